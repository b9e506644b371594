// The tasks against the reference data: recorded trajectories, sizes, bounds, reward terms, and how
// episodes start. Models are compared in test_facts.c.

#include "core/json.h"
#include "envs/record/replay.h"
#include "tests/envs/worlds.h"

enum { kKinds = 4 };
static const char kSuffix[kKinds] = "012x";  // uniform, smooth, held; x: held, beyond the end

// Tasks that end early are recorded beyond their end too.
static bool ends_early(const char *task) {
  static const char *const early[] = {
      "ant", "hopper", "walker2d", "humanoid", "inverted_pendulum", "inverted_double_pendulum"};
  for (size_t i = 0; i < sizeof early / sizeof *early; i++)
    if (strcmp(early[i], task) == 0) return true;
  return false;
}

static void print_replay(const char *path, const co_replay *replay) {
  printf("%s:", co_path_base(path));
  for (int i = 0; i < replay->num_fields; i++) {
    printf(" %s %.1e", replay->field[i].name, replay->field[i].max_abs);
  }
  printf(", %d windows %.1e\n", replay->windows.count, replay->windows.max_abs);
}

static void replay_file(const char *task, const char *path, co_replay *out) {
  co_built_world *world = test_world(task, NULL, NULL);
  co_replay_options options = {.windows = true, .tolerance = NAN};
  ck_ok(co_replay_file(world, path, &options, out));
  co_world_free(world);
}

START_TEST(test_trajectory) {
  const char *shared = test_shared(), *task = test_tasks[_i / kKinds];
  char path[4200], suffix = kSuffix[_i % kKinds];
  if (!shared || (suffix == 'x' && !ends_early(task))) return;
  snprintf(path, sizeof path, "%s/golden/traj/%s_%c.json", shared, task, suffix);
  co_replay replay;
  replay_file(task, path, &replay);
  print_replay(path, &replay);
  for (int i = 0; i < replay.num_fields; i++) {
    const co_replay_field *field = &replay.field[i];
    ck_assert_msg(field->first_above < 0, "%s: %s differs by %g, first at step %d", path,
                  field->name, field->max_abs, field->first_above);
  }
  ck_assert_int_eq(replay.terminated.mismatches, 0);
  ck_assert_int_eq(replay.truncated.mismatches, 0);
  ck_assert_int_lt(replay.windows.first_above, 0);
  ck_assert(replay.ok);
  ck_assert_int_ge(replay.num_fields, 3);
  co_replay_free(&replay);
}
END_TEST

// ---- tasks against fact sheets

static co_json *read_facts(const char *shared, const char *task) {
  char path[4200];
  co_json *facts = NULL;
  snprintf(path, sizeof path, "%s/golden/facts/%s.json", shared, task);
  ck_ok(co_json_read(path, &facts));
  return facts;
}

static bool has_term(const co_env_info *info, const char *name) {
  for (int i = 0; i < info->num_terms; i++)
    if (strcmp(info->term[i], name) == 0) return true;
  return false;
}

// The task's sizes, bounds, times and reward terms.
START_TEST(test_specification) {
  const char *shared = test_shared();
  if (!shared) return;
  const char *task = test_tasks[_i];
  co_json *facts = read_facts(shared, task);
  const co_json *spec = co_json_get(facts, "task_spec");
  co_built_world *world = test_world(task, NULL, NULL);
  const co_env_info *info = &world->info;
  const co_json *action = co_json_get(spec, "action");
  ck_assert_int_eq(info->obs_dim, co_json_get_int(co_json_get(spec, "observation"), "dim", -1));
  ck_assert_int_eq(info->act_dim, co_json_get_int(action, "dim", -1));
  ck_assert_int_eq(info->horizon, co_json_get_int(spec, "max_episode_steps", -1));
  ck_assert_int_eq(info->substeps, co_json_get_int(spec, "frame_skip", -1));
  ck_assert_double_eq(world->binding.dt, co_json_get_number(spec, "dt", NAN));
  for (int i = 0; i < info->act_dim; i++) {
    const co_json *low = co_json_at(co_json_get(action, "low"), (size_t)i);
    const co_json *high = co_json_at(co_json_get(action, "high"), (size_t)i);
    ck_assert_double_eq(info->action[i].low, co_json_as_number(low, NAN));
    ck_assert_double_eq(info->action[i].high, co_json_as_number(high, NAN));
  }
  bool named = strcmp(task, "pendulum") != 0;  // Pendulum-v1 reports no terms
  const co_json *terms = named ? co_json_get(spec, "reward_terms") : NULL;
  for (size_t i = 0; i < co_json_count(terms); i++)
    ck_assert(has_term(info, co_json_get_string(co_json_at(terms, i), "name")));
  if (terms) ck_assert_uint_eq(co_json_count(terms), (size_t)info->num_terms);
  const co_json *entries = co_json_get(co_json_get(spec, "observation"), "entries");
  for (int i = 0; i < info->obs_dim; i++) {
    const co_json *entry = co_json_at(entries, (size_t)i);
    const co_json *clip = co_json_get(entry, "clip");
    ck_assert_str_eq(info->obs[i].unit, co_json_get_string(entry, "unit"));
    double low = clip ? co_json_as_number(co_json_at(clip, 0), NAN) : -INFINITY;
    double high = clip ? co_json_as_number(co_json_at(clip, 1), NAN) : INFINITY;
    ck_assert_double_eq(info->obs[i].clip_low, low);
    ck_assert_double_eq(info->obs[i].clip_high, high);
  }
  co_world_free(world);
  co_json_free(facts);
}
END_TEST

// ---- how episodes start

// Bounds of a sum of independent draws would be wide; extremes and mean squares of many starts are
// narrow.
enum { kStarts = 400 };

typedef struct spread {
  double least, most, square;  // of what was added to the nominal value; the mean of squares
} spread;

static void add_start(spread *s, double value) {
  s->least = fmin(s->least, value);
  s->most = fmax(s->most, value);
  s->square += value * value / kStarts;
}

static void check_uniform(const spread *s, double scale, const char *what, int i) {
  ck_assert_msg(s->least >= -scale && s->most <= scale && s->least < -0.9 * scale &&
                    s->most > 0.9 * scale && fabs(s->square / (scale * scale / 3) - 1) < 0.25,
                "%s[%d] is in %g..%g with square %g, not uniform by %g", what, i, s->least, s->most,
                s->square, scale);
}

static void check_normal(const spread *s, double scale, const char *what, int i) {
  ck_assert_msg(s->most < 5 * scale && s->least > -5 * scale && s->most > 2 * scale &&
                    fabs(s->square / (scale * scale) - 1) < 0.35,
                "%s[%d] is in %g..%g with square %g, not normal by %g", what, i, s->least, s->most,
                s->square, scale);
}

// Tasks whose every coordinate is drawn by itself; scales as in their specification.
static const struct {
  const char *task;
  double scale;
  bool normal;  // velocities
} kStart[] = {
    {"inverted_pendulum", 0.01, false},      {"hopper", 0.005, false}, {"half_cheetah", 0.1, true},
    {"inverted_double_pendulum", 0.1, true}, {"ant", 0.1, true},       {"humanoid", 0.01, false},
    {"humanoid_standup", 0.01, false},       {"swimmer", 0.1, false},  {"walker2d", 0.005, false},
};

START_TEST(test_starts) {
  co_built_world *world = test_world(kStart[_i].task, NULL, NULL);
  const co_model *model = world->model;
  co_row row = test_row(world, 11);
  spread position[64] = {{0}}, velocity[64] = {{0}};
  for (int n = 0; n < kStarts; n++) {
    ck_ok(co_row_reset(&row));
    for (int i = 0; i < model->nq; i++)
      add_start(&position[i], row.physics->qpos[i] - model->qpos0[i]);
    for (int i = 0; i < model->nv; i++) add_start(&velocity[i], row.physics->qvel[i]);
  }
  for (int i = 0; i < model->nq; i++)
    check_uniform(&position[i], kStart[_i].scale * (1 + 1e-12), "qpos", i);
  for (int i = 0; i < model->nv; i++) {
    if (kStart[_i].normal)
      check_normal(&velocity[i], kStart[_i].scale, "qvel", i);
    else
      check_uniform(&velocity[i], kStart[_i].scale, "qvel", i);
  }
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

// The target is anywhere in a disc; the arm moves a little, the target not at all.
START_TEST(test_reacher_starts) {
  co_built_world *world = test_world("reacher", NULL, NULL);
  co_row row = test_row(world, 11);
  spread joint[2] = {{0}}, rate[2] = {{0}};
  double square = 0, farthest = 0;
  for (int n = 0; n < kStarts; n++) {
    ck_ok(co_row_reset(&row));
    const double *qpos = row.physics->qpos, *qvel = row.physics->qvel;
    double distance = hypot(qpos[2], qpos[3]);
    square += distance * distance / kStarts;
    farthest = fmax(farthest, distance);
    for (int i = 0; i < 2; i++) add_start(&joint[i], qpos[i]), add_start(&rate[i], qvel[i]);
    ck_assert(qvel[2] == 0 && qvel[3] == 0);
  }
  for (int i = 0; i < 2; i++) {
    check_uniform(&joint[i], 0.1, "qpos", i);
    check_uniform(&rate[i], 0.005, "qvel", i);
  }
  ck_assert(farthest < 0.2 && farthest > 0.19);
  ck_assert_double_eq_tol(square, 0.2 * 0.2 / 2, 0.003);  // uniform over the area
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

// The object is somewhere on one side, away from the goal; the arm stands still at its limits.
START_TEST(test_pusher_starts) {
  co_built_world *world = test_world("pusher", NULL, NULL);
  co_row row = test_row(world, 11);
  spread rate[7] = {{0}}, y = {0}, x = {0};
  for (int n = 0; n < kStarts; n++) {
    ck_ok(co_row_reset(&row));
    const double *qpos = row.physics->qpos, *qvel = row.physics->qvel;
    for (int i = 0; i < 7; i++) ck_assert_double_eq(qpos[i], 0);
    for (int i = 0; i < 7; i++) add_start(&rate[i], qvel[i]);
    for (int i = 7; i < 11; i++) ck_assert_double_eq(qvel[i], 0);
    ck_assert(qpos[9] == 0 && qpos[10] == 0);
    ck_assert_double_gt(hypot(qpos[7], qpos[8]), 0.17);
    add_start(&y, qpos[7]), add_start(&x, qpos[8]);
  }
  for (int i = 0; i < 7; i++) check_uniform(&rate[i], 0.005, "qvel", i);
  ck_assert(y.least >= -0.3 && y.least < -0.28 && y.most <= 0 && y.most > -0.03);
  ck_assert(x.least >= -0.2 && x.least < -0.19 && x.most <= 0.2 && x.most > 0.19);
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("golden");
  TCase *tcase = tcase_create("golden");
  tcase_set_timeout(tcase, 60);
  tcase_add_loop_test(tcase, test_trajectory, 0, TEST_TASKS * kKinds);
  tcase_add_loop_test(tcase, test_specification, 0, TEST_TASKS);
  tcase_add_loop_test(tcase, test_starts, 0, (int)(sizeof kStart / sizeof *kStart));
  tcase_add_test(tcase, test_reacher_starts);
  tcase_add_test(tcase, test_pusher_starts);
  suite_add_tcase(suite, tcase);
  return suite;
}
