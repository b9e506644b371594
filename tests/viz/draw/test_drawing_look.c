// Floors without an edge in view, and shadows that are fine and stay with the robot.

#include "tests/viz/frames.h"
#include "viz/draw/drawing_internal.h"

#include <mujoco/mujoco.h>

static const mjvLight *sun_of(co_drawing *drawing) {
  const mjvScene *scene = co_drawing_scene(drawing);
  for (int i = 0; i < scene->nlight; i++)
    if (!scene->lights[i].headlight && scene->lights[i].type == mjLIGHT_DIRECTIONAL)
      return &scene->lights[i];
  ck_abort_msg("there is no sun");
  return NULL;
}

// [m] how far the middle of the map of shadows is from the robot, across the light.
static double off_robot(co_drawing *drawing) {
  const mjvLight *sun = sun_of(drawing);
  const double *at = &co_drawing_data(drawing)->subtree_com[3 * drawing->root];
  double way[3], dir[3];
  for (int k = 0; k < 3; k++) {
    way[k] = at[k] - (double)sun->pos[k];
    dir[k] = (double)sun->dir[k];
  }
  double along = mju_dot3(way, dir);
  ck_assert_double_gt(along, drawing->reach);  // all of it is in front of the light
  mju_addToScl3(way, dir, -along);
  return mju_norm3(way);
}

static void seen(co_drawing *drawing) {
  co_camera camera;
  co_drawing_default_camera(drawing, &camera);
  ck_ok(co_drawing_update(drawing, &camera, 0));
}

static const char *const walking[] = {"hopper", "half_cheetah", "ant", "humanoid",
                                      "quadruped_rough"};
enum { WALKING = sizeof walking / sizeof *walking };

// Wherever it walks; a stop of the sun is longer than a step, so that edges do not swim.
START_TEST(shadows_stay) {
  frame_world frame = frame_open(walking[_i], NULL, 0);
  co_drawing *drawing = frame_drawing(&frame, 0);
  int moved = 0, steps = 200;
  float last[3];
  memcpy(last, sun_of(drawing)->pos, sizeof last);
  for (int i = 0; i < steps; i++) {
    frame.row.physics->qpos[0] += 0.02;
    co_row_save(&frame.row, frame.bytes);
    ck_ok(co_drawing_load(drawing, frame.bytes));
    seen(drawing);
    ck_assert_double_lt(off_robot(drawing), 0.15 * drawing->reach);
    moved += memcmp(last, sun_of(drawing)->pos, sizeof last) != 0;
    memcpy(last, sun_of(drawing)->pos, sizeof last);
  }
  ck_assert_int_gt(moved, 0);
  ck_assert_int_lt(moved, steps / 4);
  co_drawing_free(drawing);
  frame_close(&frame);
}
END_TEST

// A pixel of the map is at most 5 mm of a robot of 1 m, on a terrain of 24 m, too.
START_TEST(shadows_are_fine) {
  frame_world frame = frame_open(walking[_i], NULL, 0);
  co_drawing *drawing = NULL;
  ck_ok(co_drawing_create(frame.world, CO_QUALITY_FULL, &drawing));
  const mjModel *assets = co_drawing_assets(drawing);
  double reach = (double)assets->vis.map.shadowclip * assets->stat.extent;
  ck_assert_double_le(2 * reach / assets->vis.quality.shadowsize, 0.005 * drawing->size);
  ck_assert_double_ge(reach, 2 * drawing->size);
  co_drawing_free(drawing);
  frame_close(&frame);
}
END_TEST

// After a fault the robot is nowhere, and the sun is not.
START_TEST(the_sun_stays_finite) {
  frame_world frame = frame_open("hopper", NULL, 0);
  co_drawing *drawing = frame_drawing(&frame, 0);
  double *center = co_drawing_data(drawing)->subtree_com;
  for (int i = 0; i < 3 * (int)co_drawing_model(drawing)->nbody; i++) center[i] = NAN;
  co_camera camera;
  co_drawing_default_camera(drawing, &camera);
  ck_ok(co_drawing_update(drawing, &camera, 0));
  for (int k = 0; k < 3; k++) ck_assert(isfinite(sun_of(drawing)->pos[k]));
  co_drawing_free(drawing);
  frame_close(&frame);
}
END_TEST

static const struct {
  const char *task, *geom;
  bool floor;
} planes[] = {{"humanoid", "floor", true}, {"arm_push", "floor", true}, {"pusher", "table", false}};

START_TEST(floors_have_no_edge) {
  frame_world frame = frame_open(planes[_i].task, NULL, 0);
  co_drawing *drawing = frame_drawing(&frame, 0);
  const mjModel *assets = co_drawing_assets(drawing), *mj = co_drawing_model(drawing);
  int geom = mj_name2id(mj, mjOBJ_GEOM, planes[_i].geom);
  ck_assert_int_ge(geom, 0);
  const double *half = &assets->geom_size[3 * geom];
  if (planes[_i].floor)
    ck_assert_double_ge(half[0], 70 * drawing->size);
  else
    ck_assert_double_eq(half[0], mj->geom_size[3 * geom]);
  ck_assert_double_le(mj->geom_size[3 * geom], 40);  // physics keeps its own
  const mjvScene *scene = co_drawing_scene(drawing);
  for (int i = 0; i < scene->ngeom; i++)
    if (scene->geoms[i].objtype == mjOBJ_GEOM && scene->geoms[i].objid == geom)
      ck_assert_int_eq(scene->geoms[i].castshadow, !planes[_i].floor);
  co_drawing_free(drawing);
  frame_close(&frame);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("viz/drawing_look");
  TCase *tests = tcase_create("drawing_look");
  tcase_add_loop_test(tests, shadows_stay, 0, WALKING);
  tcase_add_loop_test(tests, shadows_are_fine, 0, WALKING);
  tcase_add_test(tests, the_sun_stays_finite);
  tcase_add_loop_test(tests, floors_have_no_edge, 0, 3);
  suite_add_tcase(suite, tests);
  return suite;
}
