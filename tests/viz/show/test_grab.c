// Hands on the robot without OpenGL: what can be pushed, what is said of it, and the arrow of a
// push.

#include "tests/viz/frames.h"
#include "viz/show/private/grab.h"

#include <mujoco/mujoco.h>

static int body_named(const co_drawing *drawing, const char *name) {
  int body = mj_name2id(co_drawing_model(drawing), mjOBJ_BODY, name);
  ck_assert_int_gt(body, 0);
  return body;
}

START_TEST(the_world_and_what_is_welded_to_it_rest) {
  frame_world frame = frame_open("hopper", NULL, 3);
  co_drawing *drawing = frame_drawing(&frame, 0);
  char text[CO_GRAB_TEXT];
  int torso = body_named(drawing, "torso");
  ck_assert(co_grab_moves(drawing, torso) && !co_grab_moves(drawing, 0));
  ck_assert(!co_grab_moves(drawing, -1) && !co_grab_moves(drawing, 1000));
  co_grab_describe(drawing, 0, text);
  ck_assert_ptr_nonnull(strstr(text, "world, rests: cannot be pushed"));
  ck_assert_ptr_null(strstr(text, "kg"));
  co_grab_describe(drawing, torso, text);
  ck_assert_ptr_nonnull(strstr(text, "torso, 3.6"));
  ck_assert_ptr_nonnull(strstr(text, "kg"));
  co_drawing_free(drawing);
  frame_close(&frame);
  frame = frame_open("pendulum", NULL, 3);  // the closed form has no bodies at all
  drawing = frame_drawing(&frame, 0);
  for (int body = 0; body < 3; body++) ck_assert(!co_grab_moves(drawing, body));
  co_drawing_free(drawing);
  frame_close(&frame);
}
END_TEST

// Along the force, with its point at the body's centre of mass; the weight is as long as the robot.
START_TEST(a_push_is_an_arrow) {
  frame_world frame = frame_open("hopper", NULL, 10);
  co_drawing *drawing = frame_drawing(&frame, 0);
  const mjvScene *scene = co_drawing_scene(drawing);
  int torso = body_named(drawing, "torso"), before = scene->ngeom;
  double force[6], weight = 0;
  const mjModel *mj = co_drawing_model(drawing);
  for (int i = 1; i < mj->nbody; i++) weight += 9.81 * mj->body_mass[i];
  for (int side = -1; side <= 1; side += 2) {
    co_grab_nudge(drawing, side, force);
    ck_assert_double_eq_tol(mju_norm3(force), 0.5 * weight, 1e-6 * weight);
    co_grab_arrow(drawing, torso, force);
    ck_assert_int_eq(scene->ngeom, ++before);
    const mjvGeom *geom = &scene->geoms[before - 1];
    ck_assert_int_eq(geom->type, mjGEOM_ARROW);
    double length = geom->size[2], way[3];
    ck_assert_double_gt(length, 0.1);
    for (int k = 0; k < 3; k++)
      way[k] = co_drawing_data(drawing)->xipos[3 * torso + k] - (double)geom->pos[k];
    ck_assert_double_eq_tol(mju_norm3(way), length, 1e-5);
    ck_assert_double_eq_tol(mju_dot3(way, force), length * mju_norm3(force), 1e-3 * weight);
  }
  const double none[3] = {0};
  co_grab_arrow(drawing, torso, none);
  co_grab_arrow(drawing, 0, force);
  ck_assert_int_eq(scene->ngeom, before);
  co_drawing_free(drawing);
  frame_close(&frame);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("viz/grab");
  TCase *tcase = tcase_create("grab");
  tcase_add_test(tcase, the_world_and_what_is_welded_to_it_rest);
  tcase_add_test(tcase, a_push_is_an_arrow);
  suite_add_tcase(suite, tcase);
  return suite;
}
