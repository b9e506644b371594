// A robot is visible whatever groups its geoms are in, and collision shapes are not where there is
// something else.

#include "tests/viz/frames.h"
#include "viz/draw/drawing_internal.h"
#include "viz/draw/shapes.h"

#include <mujoco/mujoco.h>

// A trunk of both kinds, a leg that only collides, a tail that is shown but cannot be seen through
// its colour, and a wall that nobody is to see.
static const char robot[] =
    "<mujoco><worldbody><geom type='plane' size='9 9 1'/>"
    "<geom name='wall' type='box' group='4' size='.1 9 1' pos='5 0 1'/>"
    "<body name='trunk' pos='0 0 1'><freejoint/><geom name='skin' size='.2' group='2'/>"
    "<geom name='hull' size='.25' group='3'/>"
    "<body name='leg' pos='0 0 -.4'><joint name='j'/>"
    "<geom name='shin' type='capsule' size='.05 .2' group='3' rgba='.2 .6 .2 .3'/></body>"
    "<body name='tail' pos='.3 0 0'>"
    "<geom name='air' size='.1' rgba='1 0 0 0'/><geom name='bone' size='.1' group='5'/></body>"
    "</body></worldbody><actuator><motor joint='j' ctrlrange='-1 1'/></actuator></mujoco>";
static const char task[] =
    "task = { format = 1; model = \"shown.xml\"; substeps = 1; horizon = 10; "
    "observation = ( { term = \"qpos\"; } ); action = ( { term = \"ctrl\"; } ); "
    "reward = ( { term = \"alive\"; } ); };";

static const mjvGeom *find(co_drawing *drawing, const char *name) {
  const mjvScene *scene = co_drawing_scene(drawing);
  int id = mj_name2id(co_drawing_model(drawing), mjOBJ_GEOM, name);
  ck_assert_int_ge(id, 0);
  for (int i = 0; i < scene->ngeom; i++)
    if (scene->geoms[i].objtype == mjOBJ_GEOM && scene->geoms[i].objid == id)
      return &scene->geoms[i];
  return NULL;
}

START_TEST(what_is_shown) {
  char *model = test_write("shown.xml", robot), *path = test_write("shown.cfg", task);
  frame_world frame = frame_open(path, NULL, 0);
  co_drawing *drawing = frame_drawing(&frame, 0);
  ck_assert_int_eq(co_drawing_bare(drawing), 2);
  ck_assert_ptr_nonnull(find(drawing, "skin"));
  ck_assert_ptr_null(find(drawing, "hull"));
  ck_assert_ptr_null(find(drawing, "wall"));
  ck_assert_ptr_nonnull(find(drawing, "shin"));
  ck_assert_float_eq(find(drawing, "shin")->rgba[3], 1);
  ck_assert_ptr_nonnull(find(drawing, "bone"));
  co_shape shape[16];  // floor, skin, shin, bone
  ck_assert_int_eq(co_drawing_shapes(drawing, shape, 16), 4);
  co_drawing_free(drawing);
  frame_close(&frame);
  free(model);
  free(path);
}
END_TEST

// Our own models hide nothing.
START_TEST(our_robots) {
  frame_world frame = frame_open(test_tasks[_i], NULL, 0);
  co_drawing *drawing = frame_drawing(&frame, 0);
  ck_assert_int_eq(co_drawing_bare(drawing), 0);
  co_drawing_free(drawing);
  frame_close(&frame);
}
END_TEST

// Of meshes that the renderer does not have, the ghost shows the boxes around them.
START_TEST(ghosts_of_meshes) {
  char *model = test_write("shown.xml",
                           "<mujoco><asset><mesh name='m' vertex='0 0 0 .4 0 0 0 .2 0 0 0 .6'/>"
                           "</asset><worldbody><body pos='0 0 1'><joint name='j'/>"
                           "<geom type='mesh' mesh='m'/></body></worldbody><actuator>"
                           "<motor joint='j' ctrlrange='-1 1'/></actuator></mujoco>");
  char *path = test_write("shown.cfg", task);
  frame_world frame = frame_open("hopper", NULL, 0), other = frame_open(path, NULL, 0);
  co_drawing *drawing = frame_drawing(&frame, 0), *ghost = frame_drawing(&other, 0);
  mjvScene *scene = co_drawing_scene(drawing);
  int before = scene->ngeom;
  co_drawing_add_ghost(drawing, ghost, co_ghost_color);
  ck_assert_int_eq(scene->ngeom, before + 1);
  const mjvGeom *box = &scene->geoms[before];
  ck_assert_int_eq(box->type, mjGEOM_BOX);
  double volume = 8.0 * (double)(box->size[0] * box->size[1] * box->size[2]);
  ck_assert_double_ge(volume, 0.4 * 0.2 * 0.6 / 2);  // the mesh's axes are those of its inertia
  ck_assert_double_le(volume, 0.4 * 0.2 * 0.6 * 2);
  const mjModel *mj = co_drawing_model(ghost);
  const double *middle = &mj->geom_aabb[0], *turn = co_drawing_data(ghost)->geom_xmat;
  for (int k = 0; k < 3; k++)
    ck_assert_double_eq_tol((double)box->pos[k],
                            co_drawing_data(ghost)->geom_xpos[k] + mju_dot3(turn + 3 * k, middle),
                            1e-6);
  co_drawing_free(ghost);
  co_drawing_free(drawing);
  frame_close(&frame);
  frame_close(&other);
  free(model);
  free(path);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("viz/drawing_shown");
  TCase *tests = tcase_create("drawing_shown");
  tcase_add_test(tests, what_is_shown);
  tcase_add_loop_test(tests, our_robots, 0, TEST_TASKS);
  tcase_add_test(tests, ghosts_of_meshes);
  suite_add_tcase(suite, tests);
  return suite;
}
