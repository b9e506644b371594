// body.force: a constant force on a body, by Newton's second law.

#include "tests/envs/models.h"

static const char kBall[] =
    "<mujoco><option gravity='0 0 0' timestep='.002'/><worldbody><body name='ball'>"
    "<freejoint name='root'/><geom size='.1' mass='2'/></body><body name='arm' pos='5 0 0'>"
    "<joint name='j' axis='0 1 0'/><geom size='.1' pos='.2 0 0'/></body></worldbody>"
    "<actuator><motor joint='j' ctrlrange='-1 1'/></actuator></mujoco>";

// Plays a second, control steps of 8 ms; the ball's velocity is in `out`.
static void play_ball(co_row *row, double out[3]) {
  for (int step = 0; step < 125; step++) {
    co_row_result result = {0};
    ck_ok(co_row_step(row, (double[]){0}, &result));
    ck_assert(!result.fault);
  }
  memcpy(out, row->physics->qvel, 3 * sizeof *out);
}

// F t / m, along all axes, from the first step on, anew in every episode.
START_TEST(test_force) {
  char *task = test_model_task(kBall, "horizon = 200;");
  co_built_world *world = test_world(
      task, "{ parameter = \"body.force\"; select = \"ball\"; set = (4.0, -2.0, 1.0); }", NULL);
  co_row row = test_row(world, 1);
  for (int episode = 0; episode < 2; episode++) {
    double velocity[3];
    ck_ok(co_row_reset(&row));
    play_ball(&row, velocity);
    ck_assert_double_eq_tol(velocity[0], 2.0, 1e-9);
    ck_assert_double_eq_tol(velocity[1], -1.0, 1e-9);
    ck_assert_double_eq_tol(velocity[2], 0.5, 1e-9);
  }
  co_row_free(&row);
  co_world_free(world);
  free(task);
}
END_TEST

// Each episode draws its own, which a saved row keeps.
START_TEST(test_drawn_force) {
  char *task = test_model_task(kBall, "horizon = 200;");
  co_built_world *world = test_world(task,
                                     "{ parameter = \"body.force\"; select = \"ball\"; "
                                     "set = { uniform = (1.0, 9.0, -9.0, -1.0, 0.0, 0.0); }; }",
                                     NULL);
  co_row row = test_row(world, 1), other = test_row(world, 2);
  double first[3], again[3], before = 0.0;
  unsigned char *bytes = malloc(co_row_size(&world->binding));
  for (int episode = 0; episode < 3; episode++) {
    ck_ok(co_row_reset(&row));
    co_row_save(&row, bytes);
    play_ball(&row, first);
    ck_assert(first[0] >= 0.5 && first[0] <= 4.5 && first[1] <= -0.5 && first[1] >= -4.5);
    ck_assert_double_eq(first[2], 0.0);
    ck_assert_double_ne(first[0], before);
    before = first[0];
    ck_ok(co_row_load(&other, bytes));
    play_ball(&other, again);
    ck_assert_mem_eq(first, again, sizeof first);
  }
  free(bytes);
  co_row_free(&row);
  co_row_free(&other);
  co_world_free(world);
  free(task);
}
END_TEST

START_TEST(test_force_needs_bodies) {
  co_built_world *world = NULL;
  ck_fails(test_try_world("pendulum",
                          "{ parameter = \"body.force\"; select = \"*\"; set = (1.0, 0.0, 0.0); }",
                          NULL, &world),
           CO_CONFIG, "engine \"pendulum\" has no body.force");
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("body_force");
  TCase *tcase = tcase_create("body_force");
  tcase_add_test(tcase, test_force);
  tcase_add_test(tcase, test_drawn_force);
  tcase_add_test(tcase, test_force_needs_bodies);
  suite_add_tcase(suite, tcase);
  return suite;
}
