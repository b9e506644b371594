// How a drawing looks: what is added to the copy of a model that the renderer sees.

#include "core/unconst.h"
#include "viz/draw/drawing_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char kSky[] = "carryover_sky", kFloor[] = "carryover_floor";

// --- the model that is uploaded

static bool has_sky(mjSpec *spec) {
  for (mjsElement *at = mjs_firstElement(spec, mjOBJ_TEXTURE); at; at = mjs_nextElement(spec, at))
    if (mjs_asTexture(at)->type == mjTEXTURE_SKYBOX) return true;
  return false;
}

static void add_sky(mjSpec *spec) {
  static const double top[3] = {0.75, 0.85, 0.95}, bottom[3] = {0.35, 0.45, 0.6};
  mjsTexture *sky = mjs_addTexture(spec, NULL);
  mjs_setName(sky->element, kSky);
  sky->type = mjTEXTURE_SKYBOX;
  sky->builtin = mjBUILTIN_GRADIENT;
  sky->width = 64, sky->height = 64;
  memcpy(sky->rgb1, top, sizeof top);
  memcpy(sky->rgb2, bottom, sizeof bottom);
}

static void add_floor(mjSpec *spec) {
  static const double light[3] = {0.78, 0.82, 0.78}, dark[3] = {0.66, 0.72, 0.67};
  mjsTexture *tiles = mjs_addTexture(spec, NULL);
  mjs_setName(tiles->element, kFloor);
  tiles->type = mjTEXTURE_2D;
  tiles->builtin = mjBUILTIN_CHECKER;
  tiles->width = 64, tiles->height = 64;
  memcpy(tiles->rgb1, light, sizeof light);
  memcpy(tiles->rgb2, dark, sizeof dark);
  mjsMaterial *material = mjs_addMaterial(spec, NULL);
  mjs_setName(material->element, kFloor);
  mjs_setInStringVec(material->textures, mjTEXROLE_RGB, kFloor);
  material->texuniform = 1;
}

static void set_quality(mjSpec *spec, co_quality preset) {
  spec->visual.quality.offsamples = preset == CO_QUALITY_FAST ? 0 : 4;
  spec->visual.quality.shadowsize = preset == CO_QUALITY_FULL ? 4096 : 0;
}

// --- what stands for the closed-form pendulum

// A rod of 1 m on a hub, seen along y: angle 0 is upright, positive is counter-clockwise.
static const char kPendulum[] =
    "<mujoco model='pendulum'>"
    "<statistic extent='2.4' center='0 0 0'/>"
    "<default><geom contype='0' conaffinity='0'/></default>"
    "<worldbody>"
    "<light directional='true' pos='0 -2 3' dir='0.2 0.5 -1' diffuse='0.8 0.8 0.8'/>"
    "<geom type='plane' size='20 20 1' pos='0 0 -1.3'/>"
    "<geom type='box' size='0.06 0.05 0.64' pos='0 0.12 -0.66' rgba='0.45 0.48 0.52 1'/>"
    "<geom type='cylinder' size='0.07 0.1' euler='90 0 0' pos='0 0.06 0' rgba='0.3 0.33 0.37 1'/>"
    "<body name='pole'>"
    "<joint name='hinge' axis='0 -1 0'/>"
    "<geom type='capsule' size='0.07' fromto='0 0 0 0 0 0.95' mass='1' rgba='0.8 0.35 0.3 1'/>"
    "</body>"
    "</worldbody>"
    "</mujoco>";

static co_status parse_pendulum(mjSpec **out) {
  char error[256] = "";
  if (setjmp(*co_mujoco_guard())) return co_mujoco_failed("mj_parseXMLString");
  *out = mj_parseXMLString(kPendulum, NULL, error, sizeof error);
  co_mujoco_done();
  return *out ? CO_OK : co_fail(CO_INTERNAL, "the pendulum's picture: %s", error);
}

// --- compilation

// Warnings of the compiler were told when the world was built.
static co_status compile(mjSpec *spec, mjModel **out) {
  if (setjmp(*co_mujoco_guard())) return co_mujoco_failed("mj_compile");
  *out = mj_compile(spec, NULL);
  co_mujoco_done();
  return *out ? CO_OK : co_fail(CO_INTERNAL, "the drawing's copy: %s", mjs_getError(spec));
}

co_status co_drawing_make_stand_in(mjModel **out) {
  mjSpec *spec;
  CO_TRY(parse_pendulum(&spec));
  co_status status = compile(spec, out);
  mj_deleteSpec(spec);
  return status;
}

static co_status copy_spec(const co_drawing *drawing, mjSpec **out) {
  if (drawing->stand_in) return parse_pendulum(out);
  if (setjmp(*co_mujoco_guard())) return co_mujoco_failed("mj_copySpec");
  *out = mj_copySpec(((const co_mujoco_model *)drawing->world->model)->spec);
  co_mujoco_done();
  return *out ? CO_OK : co_fail(CO_MEMORY, "out of memory for a picture");
}

// Elements keep their numbers: what is new comes last.
static co_status furnish(mjSpec *spec, co_quality preset) {
  if (setjmp(*co_mujoco_guard())) return co_mujoco_failed("mjs_addTexture");
  if (!has_sky(spec)) add_sky(spec);
  add_floor(spec);
  set_quality(spec, preset);
  co_mujoco_done();
  return CO_OK;
}

// The renderer's map of shadows is as wide as the drawing says, and so as fine: over a whole
// terrain its pixels would be seen as stairs.
static void set_reach(const co_drawing *drawing, mjModel *assets) {
  assets->vis.map.shadowclip = (float)(drawing->reach / assets->stat.extent);
}

// A texture that is stretched over a floor would be stretched farther with it.
static bool is_stretched(const mjModel *assets, int geom) {
  int material = assets->geom_matid[geom];
  if (material < 0 || assets->mat_texid[material * mjNTEXROLE + mjTEXROLE_RGB] < 0) return false;
  return !assets->mat_texuniform[material];
}

// A floor goes on to where nothing can be told apart, however far its contacts reach, in few large
// pieces: of a grid as fine as some models state it there would be more than of all the rest.
static void spread_floors(const co_drawing *drawing, mjModel *assets) {
  const double far = 80 * drawing->size, piece = 4 * drawing->size;
  for (int geom = 0; geom < assets->ngeom; geom++) {
    double *half = &assets->geom_size[3 * geom];
    bool spreads = half[0] > 0 && co_drawing_is_floor(drawing, assets, geom);
    if (!spreads || is_stretched(assets, geom)) continue;
    for (int k = 0; k < 2; k++) half[k] = fmax(half[k], far);
    half[2] = fmax(half[2], piece);
  }
}

co_status co_drawing_make_assets(co_drawing *drawing, co_quality preset) {
  mjSpec *spec;
  CO_TRY(copy_spec(drawing, &spec));
  co_status status = furnish(spec, preset);
  if (status == CO_OK) status = compile(spec, &drawing->assets);
  mj_deleteSpec(spec);
  if (status != CO_OK) return status;
  set_reach(drawing, drawing->assets);
  spread_floors(drawing, drawing->assets);
  drawing->floor = mj_name2id(drawing->assets, mjOBJ_MATERIAL, kFloor);
  return CO_OK;
}

// --- scenes

static void dress_floor(const co_drawing *drawing, mjvGeom *geom) {
  const mjModel *assets = drawing->assets;
  int material = drawing->floor;
  geom->matid = material;
  geom->texid = assets->mat_texid[material * mjNTEXROLE + mjTEXROLE_RGB];
  geom->texuniform = assets->mat_texuniform[material];
  for (int k = 0; k < 2; k++) geom->texrepeat[k] = assets->mat_texrepeat[2 * material + k];
  for (int k = 0; k < 3; k++) geom->rgba[k] = 1;
}

// A robot in the air is hard to see: below one without a floor lies one, out of its reach.
static void add_ground(co_drawing *drawing) {
  const double half = 40, thick = 0.01;
  const double size[3] = {half, half, thick}, pos[3] = {0, 0, drawing->depth - thick};
  mjvGeom *geom = co_drawing_add(drawing, mjGEOM_BOX, size, pos, NULL, (float[]){1, 1, 1, 1});
  if (geom) dress_floor(drawing, geom);
}

// The light at the camera fills shadows up. As strong as MuJoCo has it, with a sun beside it, it
// bleaches what is seen from above.
static void soften(mjvLight *light) {
  for (int k = 0; k < 3 && light->headlight; k++) {
    light->ambient[k] = 0.2f;
    light->diffuse[k] = 0.25f;
    light->specular[k] = 0;
  }
  for (int k = 0; k < 3 && !light->headlight; k++)
    light->diffuse[k] = fminf(light->diffuse[k], 0.65f);
}

// Shadows reach around the place of a sun, so it goes along with the robot: in steps, or the edges
// of shadows would swim.
static void place_sun(const co_drawing *drawing, mjvLight *light) {
  const mjData *data = co_drawing_data(co_unconst(drawing));
  const double *at = drawing->still ? drawing->center : &data->subtree_com[3 * drawing->root];
  const double step = drawing->reach / 8;
  if (light->headlight || light->type != mjLIGHT_DIRECTIONAL) return;
  for (int k = 0; k < 3 && isfinite(at[k]); k++)
    light->pos[k] =
        (float)(step * round(at[k] / step) - 1.5 * drawing->reach * (double)light->dir[k]);
}

// MuJoCo's near plane goes with the model's extent: on wide terrain it would cut the robot.
static void bring_near(mjvGLCamera *camera, float near) {
  float scale = near / camera->frustum_near;
  camera->frustum_far = fminf(camera->frustum_far, 2000 * near);
  if (scale >= 1 || camera->orthographic) return;
  camera->frustum_near *= scale;
  camera->frustum_bottom *= scale;
  camera->frustum_top *= scale;
  camera->frustum_center *= scale;
  camera->frustum_width *= scale;
}

// Below the ground nobody sees a shadow, and what casts none on itself has no speckles.
static void lay_ground(const co_drawing *drawing, mjvGeom *geom) {
  if (geom->type == mjGEOM_HFIELD ||
      co_drawing_is_floor(drawing, co_drawing_model(drawing), geom->objid))
    geom->castshadow = 0;
}

static void dress_plane(const co_drawing *drawing, mjvGeom *geom) {
  const double *half = &drawing->assets->geom_size[3 * geom->objid];
  if (geom->matid < 0 && !drawing->ground) dress_floor(drawing, geom);
  geom->specular = 0;
  for (int k = 0; k < 2 && half[0] > 0; k++) geom->size[k] = (float)half[k];  // of its texture
}

void co_drawing_dress(co_drawing *drawing) {
  mjvScene *scene = &drawing->scene;
  for (int i = 0; i < scene->ngeom; i++) {
    mjvGeom *geom = &scene->geoms[i];
    if (geom->objtype != mjOBJ_GEOM) continue;
    if (geom->type == mjGEOM_PLANE) dress_plane(drawing, geom);
    lay_ground(drawing, geom);
  }
  for (int i = 0; i < scene->nlight; i++) {
    soften(&scene->lights[i]);
    place_sun(drawing, &scene->lights[i]);
  }
  for (int i = 0; i < 2; i++) bring_near(&scene->camera[i], (float)(0.05 * drawing->size));
  if (drawing->ground) add_ground(drawing);
}
