#include "tests/viz/frames.h"
#include "viz/camera.h"

#include <mujoco/mujoco.h>

static const co_camera start = {.mode = CO_CAMERA_TRACK, .distance = 2, .azimuth = 90};

START_TEST(turning) {
  co_camera camera = start;
  co_camera_turn(&camera, 0.5, -0.1);
  ck_assert_double_eq_tol(camera.azimuth, 0, 1e-9);
  ck_assert_double_eq_tol(camera.elevation, -18, 1e-9);
  ck_assert_int_eq(camera.mode, CO_CAMERA_TRACK);
  for (int i = 0; i < 100; i++) co_camera_turn(&camera, 0.9, 0.9);
  ck_assert_double_le(fabs(camera.azimuth), 180);
  ck_assert_double_eq(camera.elevation, 89);  // never over the top
}
END_TEST

START_TEST(zooming) {
  co_camera camera = start;
  co_camera_zoom(&camera, 1);
  ck_assert_double_eq(camera.distance, 1);
  co_camera_zoom(&camera, -2);
  ck_assert_double_eq(camera.distance, 4);
  co_camera_zoom(&camera, 1000);
  ck_assert_double_gt(camera.distance, 0);
  co_camera_zoom(&camera, -1000);
  ck_assert_double_lt(camera.distance, 1e4);
}
END_TEST

// what was in the middle goes with the mouse
START_TEST(panning) {
  frame_world frame = frame_open("ant", NULL, 0);
  co_drawing *drawing = frame_drawing(&frame, 0);
  co_camera camera;
  co_drawing_default_camera(drawing, &camera);
  double before[3];
  memcpy(before, camera.lookat, sizeof before);
  co_camera_pan(&camera, 0.25, 0.1);
  ck_assert_int_eq(camera.mode, CO_CAMERA_FREE);
  ck_ok(co_drawing_update(drawing, &camera, 0));
  const mjvGLCamera *view = &co_drawing_scene(drawing)->camera[0];
  double side[3], from[3], up[3], forward[3];
  for (int k = 0; k < 3; k++) {
    from[k] = before[k] - 0.5 * (view[0].pos[k] + view[1].pos[k]);
    up[k] = view->up[k];
    forward[k] = view->forward[k];
  }
  mju_cross(side, forward, up);
  double depth = mju_dot3(from, forward), height = 2 * depth * tan(22.5 * acos(-1.0) / 180);
  ck_assert_double_eq_tol(mju_dot3(from, side) / height, 0.25, 0.02);
  ck_assert_double_eq_tol(mju_dot3(from, up) / height, 0.1, 0.02);
  co_drawing_free(drawing);
  frame_close(&frame);
}
END_TEST

START_TEST(fixed_ones_stay) {
  co_camera camera = start;
  camera.mode = CO_CAMERA_FIXED;
  co_camera same = camera;
  co_camera_turn(&camera, 1, 1);
  co_camera_pan(&camera, 1, 1);
  co_camera_zoom(&camera, 1);
  ck_assert_mem_eq(&camera, &same, sizeof same);
}
END_TEST

START_TEST(picking) {
  frame_world frame = frame_open("ant", NULL, 0);
  co_drawing *drawing = frame_drawing(&frame, CO_OVERLAY_MASS);
  co_pick pick;
  ck_assert(co_camera_pick(drawing, 4.0 / 3, 0.5, 0.5, &pick));
  ck_assert_str_eq(mj_id2name(co_drawing_model(drawing), mjOBJ_BODY, pick.body), "torso");
  const double *torso = co_drawing_data(drawing)->xpos + 3 * pick.body;
  double distance = 0;
  for (int k = 0; k < 3; k++) distance += pow(pick.point[k] - torso[k], 2);
  ck_assert_double_eq_tol(sqrt(distance), 0.25, 0.05);              // on its sphere
  ck_assert(!co_camera_pick(drawing, 4.0 / 3, 0.02, 0.98, &pick));  // sky
  ck_assert(!co_camera_pick(drawing, 4.0 / 3, 0.02, 0.02, &pick));  // floor
  co_drawing_free(drawing);
  frame_close(&frame);
}
END_TEST

START_TEST(arrows) {
  frame_world frame = frame_open("hopper", NULL, 0);
  co_drawing *drawing = frame_drawing(&frame, 0);
  const double from[3] = {1, 2, 3}, to[3] = {1, 2, 5};
  int before = co_drawing_scene(drawing)->ngeom;
  co_drawing_add_arrow(drawing, from, to, co_ghost_color);
  const mjvScene *scene = co_drawing_scene(drawing);
  ck_assert_int_eq(scene->ngeom, before + 1);
  const mjvGeom *arrow = &scene->geoms[before];
  ck_assert_int_eq(arrow->type, mjGEOM_ARROW);
  ck_assert_float_eq(arrow->rgba[2], co_ghost_color[2]);
  co_drawing_free(drawing);
  frame_close(&frame);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("viz/camera");
  TCase *tests = tcase_create("camera");
  tcase_add_test(tests, turning);
  tcase_add_test(tests, zooming);
  tcase_add_test(tests, panning);
  tcase_add_test(tests, fixed_ones_stay);
  tcase_add_test(tests, picking);
  tcase_add_test(tests, arrows);
  suite_add_tcase(suite, tests);
  return suite;
}
