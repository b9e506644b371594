// Robots and ghosts stay in the picture, however fast they are and wherever they fall.

#include "tests/viz/frames.h"

#include <mujoco/mujoco.h>

// Whether a point is inside of a picture of this shape (width over height).
static bool in_picture(co_drawing *drawing, const float *at, double shape) {
  const mjvGLCamera *camera = &co_drawing_scene(drawing)->camera[0];
  double way[3], forward[3], up[3], right[3];
  for (int k = 0; k < 3; k++) {
    way[k] = (double)at[k] - (double)camera->pos[k];
    forward[k] = (double)camera->forward[k];
    up[k] = (double)camera->up[k];
  }
  mju_cross(right, forward, up);
  double depth = mju_dot3(way, forward);
  double reach = depth * (double)(camera->frustum_top / camera->frustum_near);
  return depth > 0 && fabs(mju_dot3(way, up)) < reach && fabs(mju_dot3(way, right)) < shape * reach;
}

// Places all geoms that move are at, ghosts' too.
static int count_outside(co_drawing *drawing, double shape, int *all) {
  const mjvScene *scene = co_drawing_scene(drawing);
  int outside = 0;
  *all = 0;
  for (int i = 0; i < scene->ngeom; i++) {
    const mjvGeom *geom = &scene->geoms[i];
    bool ghost = geom->category == mjCAT_DECOR && geom->objtype == mjOBJ_GEOM;
    if (geom->category != mjCAT_DYNAMIC && !ghost) continue;
    outside += !in_picture(drawing, geom->pos, shape);
    ++*all;
  }
  return outside;
}

static void put(frame_world *frame, co_drawing *drawing, int coordinate, double value) {
  frame->row.physics->qpos[coordinate] = value;
  co_row_save(&frame->row, frame->bytes);
  ck_ok(co_drawing_load(drawing, frame->bytes));
}

// 12 m/s for a second, then a fall from 3 m, in frames of 1/50 s, seen in a narrow pane.
START_TEST(a_sprint_and_a_fall) {
  frame_world frame = frame_open("half_cheetah", NULL, 0);
  co_drawing *drawing = frame_drawing(&frame, 0);
  co_camera camera;
  int all;
  co_drawing_default_camera(drawing, &camera);
  for (int i = 0; i < 75; i++) {
    put(&frame, drawing, 0, 0.24 * (i < 50 ? i : 50));
    if (i >= 50) put(&frame, drawing, 1, 3 * fmax(0, 1 - (i - 50) / 8.0));
    co_drawing_follow(drawing, 0.02, &camera);
    ck_ok(co_drawing_update(drawing, &camera, 0));
    ck_assert_msg(count_outside(drawing, 1, &all) == 0, "frame %d", i);
    ck_assert_int_eq(all, 8);
  }
  co_drawing_free(drawing);
  frame_close(&frame);
}
END_TEST

// Hops are seen: a small way up is no way of the camera.
START_TEST(hops_are_seen) {
  frame_world frame = frame_open("hopper", NULL, 0);
  co_drawing *drawing = frame_drawing(&frame, 0);
  co_camera camera;
  co_drawing_default_camera(drawing, &camera);
  double before = camera.lookat[2];
  put(&frame, drawing, 1, frame.row.physics->qpos[1] + 0.15);
  co_drawing_follow(drawing, 0.04, &camera);
  ck_assert_double_lt(camera.lookat[2] - before, 0.03);
  co_drawing_free(drawing);
  frame_close(&frame);
}
END_TEST

static const double apart[] = {0, 0.3, 1, 2, 4};  // [m]

START_TEST(ghosts_are_not_cropped) {
  frame_world frame = frame_open("walker2d", NULL, 0), other = frame_open("walker2d", NULL, 0);
  co_drawing *drawing = frame_drawing(&frame, 0), *ghost = frame_drawing(&other, 0);
  co_camera camera, alone;
  int all;
  co_drawing_default_camera(drawing, &camera);
  alone = camera;
  put(&other, ghost, 0, -apart[_i]);
  put(&other, ghost, 2, 1.5);  // it lies on its face
  ck_ok(co_drawing_update(ghost, &camera, 0));
  co_drawing_widen(drawing, ghost, &camera);
  ck_ok(co_drawing_update(drawing, &camera, 0));
  co_drawing_add_ghost(drawing, ghost, co_ghost_color);
  ck_assert_int_eq(count_outside(drawing, 4.0 / 3, &all), 0);
  ck_assert_int_eq(all, 14);
  if (apart[_i] > 1) {  // the camera of before does not do
    ck_ok(co_drawing_update(drawing, &alone, 0));
    co_drawing_add_ghost(drawing, ghost, co_ghost_color);
    ck_assert_int_gt(count_outside(drawing, 4.0 / 3, &all), 0);
  }
  co_drawing_free(ghost);
  co_drawing_free(drawing);
  frame_close(&frame);
  frame_close(&other);
}
END_TEST

// One that is nowhere, or left behind for good, takes nothing of the picture; on the way there the
// camera makes no jump.
START_TEST(ghosts_that_are_gone) {
  frame_world frame = frame_open("half_cheetah", NULL, 0),
              other = frame_open("half_cheetah", NULL, 0);
  co_drawing *drawing = frame_drawing(&frame, 0), *ghost = frame_drawing(&other, 0);
  co_camera alone;
  co_drawing_default_camera(drawing, &alone);
  double last = alone.distance;
  for (int i = 0; i < 300; i++) {
    co_camera camera = alone;
    put(&other, ghost, 0, -0.1 * i);
    co_drawing_widen(drawing, ghost, &camera);
    ck_assert_double_lt(fabs(camera.distance - last), 0.5);
    ck_assert_double_lt(camera.distance, 12 * alone.distance);
    last = camera.distance;
  }
  ck_assert_double_eq(last, alone.distance);
  co_camera camera = alone;
  double *center = co_drawing_data(ghost)->subtree_com;
  for (int i = 0; i < 3 * (int)co_drawing_model(ghost)->nbody; i++) center[i] = NAN;
  co_drawing_widen(drawing, ghost, &camera);
  ck_assert_mem_eq(&camera, &alone, sizeof camera);
  camera.mode = alone.mode = CO_CAMERA_FREE;
  ck_ok(co_drawing_load(ghost, frame.bytes));
  co_drawing_widen(drawing, ghost, &camera);
  ck_assert_mem_eq(&camera, &alone, sizeof camera);
  co_drawing_free(ghost);
  co_drawing_free(drawing);
  frame_close(&frame);
  frame_close(&other);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("viz/drawing_camera");
  TCase *tests = tcase_create("drawing_camera");
  tcase_add_test(tests, a_sprint_and_a_fall);
  tcase_add_test(tests, hops_are_seen);
  tcase_add_loop_test(tests, ghosts_are_not_cropped, 0, sizeof apart / sizeof *apart);
  tcase_add_test(tests, ghosts_that_are_gone);
  suite_add_tcase(suite, tests);
  return suite;
}
