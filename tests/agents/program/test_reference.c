// Policies that others trained: recorded observations to recorded actions.

#include "agents/program/program.h"
#include "core/json.h"
#include "core/memory.h"
#include "tests/support/support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const pairs[] = {"unitree_go1",        "berkeley_humanoid", "unitree_g1",
                                    "apptronik_apollo",   "leap_hand_cube",    "unitree_g1_mjlab",
                                    "unitree_g1_isaaclab"};

// A recorded step's numbers.
static void read_step(const co_json *steps, int step, const char *key, int count, float *out) {
  const co_json *list = co_json_get(co_json_at(steps, (size_t)step), key);
  ck_assert_int_eq((int)co_json_count(list), count);
  for (int i = 0; i < count; i++)
    out[i] = (float)co_json_as_number(co_json_at(list, (size_t)i), (double)NAN);
}

// Steps that have their observation: of long ones only the first do.
static int num_steps(const co_json *steps) {
  int count = 0;
  while (co_json_get(co_json_at(steps, (size_t)count), "obs")) count++;
  return count;
}

// Largest difference over all recorded steps, `block` rows at once.
static double worst_of(const co_program *program, const co_json *steps, int block) {
  int in = program->obs_dim, out = program->act_dim, count = num_steps(steps);
  float *obs = co_alloc((size_t)(block * in), sizeof *obs);
  float *action = co_alloc((size_t)(block * out), sizeof *action);
  float *recorded = co_alloc((size_t)out, sizeof *recorded);
  float *work = co_alloc_aligned(co_program_work_size(program, block), sizeof *work);
  double worst = 0;
  ck_assert_int_ge(count, 25);
  for (int first = 0; first + block <= count; first += block) {
    for (int r = 0; r < block; r++) read_step(steps, first + r, "obs", in, obs + r * in);
    co_program_run(program, obs, block, NULL, work, action);
    for (int r = 0; r < block; r++) {
      read_step(steps, first + r, "action", out, recorded);
      for (int i = 0; i < out; i++)
        worst = fmax(worst, fabs((double)action[r * out + i] - (double)recorded[i]));
    }
  }
  free(obs);
  free(action);
  free(recorded);
  free(work);
  return worst;
}

START_TEST(recorded_actions) {
  const char *shared = test_shared();
  if (!shared) return;
  char path[4200];
  co_onnx onnx;
  co_program program;
  co_json *reference;
  snprintf(path, sizeof path, "%s/sim2sim/%s/policy.onnx", shared, pairs[_i]);
  ck_assert_msg(co_onnx_read(path, &onnx) == CO_OK, "%s", co_error_text());
  const co_onnx *graphs[1] = {&onnx};
  ck_assert_msg(co_program_compile(graphs, 1, NULL, &program) == CO_OK, "%s", co_error_text());
  co_onnx_free(&onnx);  // nothing of it is kept
  snprintf(path, sizeof path, "%s/sim2sim/%s/reference.json", shared, pairs[_i]);
  ck_assert_msg(co_json_read(path, &reference) == CO_OK, "%s", co_error_text());
  ck_assert_double_le(worst_of(&program, co_json_get(reference, "data"), 1), 1e-5);
  ck_assert_double_le(worst_of(&program, co_json_get(reference, "data"), 7), 1e-5);
  co_json_free(reference);
  co_program_free(&program);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("reference");
  TCase *tcase = tcase_create("all");
  tcase_add_loop_test(tcase, recorded_actions, 0, (int)(sizeof pairs / sizeof *pairs));
  suite_add_tcase(suite, tcase);
  return suite;
}
