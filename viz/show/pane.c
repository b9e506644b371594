#include "viz/show/private/pane.h"

#include <math.h>
#include <string.h>

void co_pane_free(co_pane *pane) {
  co_drawing_free(pane->drawing);
  co_shared_world_drop(pane->world);
  memset(pane, 0, sizeof *pane);
}

static co_status redraw(co_pane *pane, co_shared_world *world, co_quality preset, const void *row) {
  co_drawing *drawing;
  CO_TRY(co_drawing_create(co_shared_world_get(world), preset, &drawing));
  co_status status = co_drawing_load(drawing, row);
  if (status != CO_OK) {
    co_drawing_free(drawing);
    return status;
  }
  co_drawing_free(pane->drawing);
  co_shared_world_drop(pane->world);
  pane->drawing = drawing;
  pane->world = co_shared_world_keep(world);
  pane->preset = preset;
  pane->undressed = true;
  return CO_OK;
}

// The camera glides along with what is played and jumps along with what is sought.
static void follow(co_pane *pane, const co_stage_view *stage) {
  enum { GLIDE = 25 };  // control steps
  const co_env_info *info = &co_shared_world_get(pane->world)->info;
  int64_t steps = stage->now.step - pane->step;
  bool jumps = !pane->aimed || stage->episode != pane->episode || steps < -GLIDE || steps > GLIDE;
  if (!pane->aimed) co_drawing_default_camera(pane->drawing, &pane->camera);
  pane->aimed = true;
  // a narrow scene beside another needs a camera that keeps up closely
  const double eager = 3;
  double seconds = eager * fabs((double)steps) * info->timestep * info->substeps;
  if (steps != 0 || jumps)
    co_drawing_follow(pane->drawing, jumps ? (double)INFINITY : seconds, &pane->camera);
  pane->step = stage->now.step;
  pane->episode = stage->episode;
}

co_status co_pane_take(co_pane *pane, const co_stage_view *stage, co_quality preset) {
  if (pane->world != stage->world || pane->preset != preset || !pane->drawing)
    CO_TRY(redraw(pane, stage->world, preset, stage->now.row));
  else
    CO_TRY(co_drawing_load(pane->drawing, stage->now.row));
  follow(pane, stage);
  return CO_OK;
}

// --- the camera

static const double kDegree = 3.14159265358979323846 / 180;

void co_pane_orbit(co_pane *pane, double dx, double dy) {
  if (pane->camera.mode == CO_CAMERA_FIXED) pane->camera.mode = CO_CAMERA_FREE;
  pane->camera.azimuth = remainder(pane->camera.azimuth - 180 * dx, 360);
  pane->camera.elevation = fmax(-89, fmin(89, pane->camera.elevation - 180 * dy));
}

// What is under the mouse stays there: at the distance looked at the picture is as high as that.
void co_pane_slide(co_pane *pane, double dx, double dy) {
  co_camera *camera = &pane->camera;
  double a = camera->azimuth * kDegree, e = camera->elevation * kDegree;
  double reach = 0.83 * camera->distance;  // 2 tan(45 / 2 deg)
  const double right[3] = {sin(a), -cos(a), 0};
  const double up[3] = {-cos(a) * sin(e), -sin(a) * sin(e), cos(e)};
  for (int k = 0; k < 3; k++) camera->lookat[k] += reach * (dy * up[k] - dx * right[k]);
  camera->mode = CO_CAMERA_FREE;
}

void co_pane_zoom(co_pane *pane, double lines) {
  if (pane->camera.mode == CO_CAMERA_FIXED) pane->camera.mode = CO_CAMERA_FREE;
  double distance = pane->camera.distance * exp(-0.1 * fmax(-20, fmin(20, lines)));
  pane->camera.distance = fmax(0.02, fmin(500, distance));
}

void co_pane_aim(co_pane *pane, co_camera_mode mode, int fixed) {
  if (!pane->drawing) return;
  if (mode == CO_CAMERA_FIXED && fixed >= co_drawing_cameras(pane->drawing)) return;
  pane->camera.mode = mode;
  pane->camera.fixed = fixed;
  if (mode == CO_CAMERA_TRACK) co_drawing_follow(pane->drawing, INFINITY, &pane->camera);
}

co_camera co_pane_fit(const co_pane *pane, co_box scene) {
  co_camera camera = pane->camera;
  double shape = scene.w > 0 ? 0.7 * scene.h / scene.w : 1;
  if (shape > 1) camera.distance *= shape;
  return camera;
}
