// Terms against the formulas of the fact sheets, on real rows.

#include "envs/physics/trig.h"
#include "tests/envs/worlds.h"

// A row stepped once with a random action after a few others; `before` and `after` hold qpos then
// qvel.
typedef struct moment {
  co_built_world *world;
  co_row row;
  double before[64], after[64], action[8], terms[8];
  co_row_result result;
} moment;

static void copy_state(const co_row *row, double *out) {
  const co_model *model = row->binding->model;
  memcpy(out, row->physics->qpos, (size_t)model->nq * sizeof *out);
  memcpy(out + model->nq, row->physics->qvel, (size_t)model->nv * sizeof *out);
}

static moment step_once(const char *task, const char *set, uint64_t seed, double stretch) {
  moment m = {.world = test_world(task, NULL, set)};
  co_rng rng = co_rng_make(&(co_stream){seed, 0, CO_PURPOSE_TEST}, 1);
  m.row = test_row(m.world, seed);
  for (int i = 0; i < 4; i++) {
    test_random_action(&m.world->info, &rng, m.action);
    for (int j = 0; j < m.world->info.act_dim; j++) m.action[j] *= stretch;
    copy_state(&m.row, m.before);
    m.result.terms = m.terms;
    ck_ok(co_row_step(&m.row, m.action, &m.result));
  }
  copy_state(&m.row, m.after);
  return m;
}

static void release(moment *m) {
  co_row_free(&m->row);
  co_world_free(m->world);
}

static double squares(const double *value, int count) {
  double sum = 0.0;
  for (int i = 0; i < count; i++) sum += value[i] * value[i];
  return sum;
}

// ---- rewards by the fact sheets

START_TEST(test_hopper_reward) {
  moment m =
      step_once("hopper", NULL, (uint64_t)_i, 3.0);  // stretched: the cost takes the raw action
  ck_assert_double_eq(m.terms[0], (m.after[0] - m.before[0]) / 0.008);
  ck_assert_double_eq(m.terms[1], m.result.terminated ? 0.0 : 1.0);
  ck_assert_double_eq(m.terms[2], -0.001 * squares(m.action, 3));
  ck_assert_double_eq(m.result.reward, m.terms[0] + m.terms[1] + m.terms[2]);
  release(&m);
}
END_TEST

START_TEST(test_half_cheetah_reward) {
  moment m = step_once("half_cheetah", NULL, (uint64_t)_i, 1.0);
  ck_assert_double_eq(m.terms[0], (m.after[0] - m.before[0]) / 0.05);
  ck_assert_double_eq(m.terms[1], -0.1 * squares(m.action, 6));
  release(&m);
}
END_TEST

START_TEST(test_pendulum_reward) {
  moment m =
      step_once("pendulum", NULL, (uint64_t)_i, 2.0);  // stretched: the cost takes the clipped one
  double angle = co_wrap(m.before[0]), rate = m.before[1];
  double torque = fmax(-2, fmin(2, m.action[0]));
  ck_assert_double_eq(m.terms[0], -(angle * angle));
  ck_assert_double_eq(m.terms[1], -0.1 * (rate * rate));
  ck_assert_double_eq(m.terms[2], -0.001 * (torque * torque));
  ck_assert_double_eq(m.row.obs[0], co_cos(m.after[0]));
  ck_assert_double_eq(m.row.obs[1], co_sin(m.after[0]));
  ck_assert_double_eq(m.row.obs[2], m.after[1]);
  release(&m);
}
END_TEST

START_TEST(test_reward_after_the_step) {
  moment m = step_once("pendulum", "task.reward.0.when=\"after\"", 1, 1.0);
  double angle = co_wrap(m.after[0]);
  ck_assert_double_eq(m.terms[0], -(angle * angle));
  release(&m);
}
END_TEST

// ---- observations

START_TEST(test_observation_is_the_state) {
  moment m = step_once("half_cheetah", NULL, 3, 1.0);
  for (int i = 0; i < 17; i++) ck_assert_double_eq(m.row.obs[i], m.after[1 + i]);
  release(&m);
}
END_TEST

START_TEST(test_scale_offset_and_clip) {
  moment m = step_once("half_cheetah",
                       "task.observation.1={term=\"qvel\";of=\"b*\";scale=0.5;offset=2.0;"
                       "clip=(1.5,2.5);name=\"speed\";}",
                       3, 1.0);
  const co_env_info *info = &m.world->info;
  ck_assert_int_eq(info->obs_dim, 8 + 3);
  ck_assert_str_eq(info->obs[8].name, "speed/bthigh");
  ck_assert_str_eq(info->obs[8].term, "qvel");
  for (int i = 0; i < 3; i++) {
    double raw = m.after[9 + 3 + i];
    ck_assert_double_eq(m.row.obs[8 + i], fmax(1.5, fmin(2.5, 0.5 * raw + 2.0)));
  }
  release(&m);
}
END_TEST

START_TEST(test_range_of_matches) {
  moment m =
      step_once("half_cheetah", "task.observation.0={term=\"qpos\";from=3;count=2;}", 3, 1.0);
  ck_assert_int_eq(m.world->info.obs_dim, 2 + 9);
  ck_assert_str_eq(m.world->info.obs[0].name, "qpos/bthigh");
  ck_assert_str_eq(m.world->info.obs[1].name, "qpos/bshin");
  release(&m);
}
END_TEST

// "fresh" renews derived quantities only: the state is read either way.
START_TEST(test_fresh_observation) {
  moment stale = step_once("hopper", NULL, 4, 1.0);
  moment fresh = step_once("hopper", "task.observe=\"fresh\"", 4, 1.0);
  ck_assert_mem_eq(stale.row.obs, fresh.row.obs, 11 * sizeof(double));
  ck_assert_str_eq(fresh.world->info.observe, "fresh");
  release(&stale);
  release(&fresh);
}
END_TEST

// ---- actions

START_TEST(test_action_scale_and_bounds) {
  co_built_world *world = test_world(
      "hopper", NULL, "task.action.0={term=\"ctrl\";actuators=\"foot*\";scale=-0.5;offset=0.25;}");
  ck_assert_int_eq(world->info.act_dim, 1);
  ck_assert_double_eq(world->info.action[0].low, -1.5);
  ck_assert_double_eq(world->info.action[0].high, 2.5);
  co_row row = test_row(world, 1);
  co_row_result result = {0};
  ck_ok(co_row_step(&row, (double[]){2.5}, &result));
  ck_assert_double_eq(row.physics->ctrl[2], -1.0);
  ck_assert_double_eq(row.physics->ctrl[0], 0.0);
  ck_ok(co_row_step(&row, (double[]){-100.0}, &result));
  ck_assert_double_eq(row.physics->ctrl[2], 1.0);
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

START_TEST(test_action_clip) {
  co_built_world *world = test_world("hopper", NULL, "task.action.0.clip=(-0.25,0.5)");
  co_row row = test_row(world, 1);
  co_row_result result = {0};
  ck_ok(co_row_step(&row, (double[]){1, -1, 0.1}, &result));
  ck_assert_double_eq(row.physics->ctrl[0], 0.5);
  ck_assert_double_eq(row.physics->ctrl[1], -0.25);
  ck_assert_double_eq(row.physics->ctrl[2], 0.1);
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

// ---- terminations: strict and inclusive bounds, and NaN

typedef struct bound_case {
  const char *task;
  int coordinate;  // of qpos
  double value;
  bool over;
} bound_case;

static const bound_case kBounds[] = {
    {"hopper", 1, 0.7, true},
    {"hopper", 1, 0.70000001, false},
    {"hopper", 1, 1e6, false},
    {"hopper", 2, 0.2, true},
    {"hopper", 2, -0.2, true},
    {"hopper", 2, 0.19999999, false},
    {"hopper", 3, 100.0, true},
    {"hopper", 3, -99.9, false},
    {"hopper", 0, 500.0, false},  // the distance run is not bounded
    {"inverted_pendulum", 1, 0.2, false},
    {"inverted_pendulum", 1, -0.2, false},
    {"inverted_pendulum", 1, 0.20000001, true},
    {"inverted_pendulum", 1, NAN, true},
    {"half_cheetah", 1, 1e6, false},
};

START_TEST(test_bounds) {
  const bound_case *c = &kBounds[_i];
  co_built_world *world = test_world(c->task, NULL, NULL);
  co_row row = test_row(world, 1);
  row.physics->qpos[c->coordinate] = c->value;
  bool over = false;
  co_moment seen = {.physics = row.physics};
  const co_terms_bound *terms = &world->binding.terms[CO_TERM_TERMINATE];
  for (int i = 0; i < terms->count; i++) {
    over = over || terms->term[i].class->over(&terms->term[i], &seen, NULL);
  }
  ck_assert_msg(over == c->over, "%s: qpos[%d] = %.9g", c->task, c->coordinate, c->value);
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

// Velocities are bounded too.
START_TEST(test_velocity_bound) {
  co_built_world *world = test_world("hopper", NULL, NULL);
  co_row row = test_row(world, 1);
  const co_term *term = &world->binding.terms[CO_TERM_TERMINATE].term[0];
  co_moment seen = {.physics = row.physics};
  ck_assert_int_eq(term->size, 4 + 6);
  ck_assert(!term->class->over(term, &seen, NULL));
  row.physics->qvel[0] = 101;
  ck_assert(term->class->over(term, &seen, NULL));
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

// ---- resets

typedef struct reset_case {
  const char *task;
  int first, count;                   // coordinates of qpos followed by qvel
  double mean, low, high, deviation;  // deviation 0: that of the uniform distribution
} reset_case;

static const reset_case kResets[] = {
    {"hopper", 0, 1, 0.0, -0.005, 0.005, 0},
    {"hopper", 1, 1, 1.25, 1.245, 1.255, 0},
    {"hopper", 6, 6, 0.0, -0.005, 0.005, 0},
    {"inverted_pendulum", 0, 4, 0.0, -0.01, 0.01, 0},
    {"half_cheetah", 0, 9, 0.0, -0.1, 0.1, 0},
    {"half_cheetah", 9, 9, 0.0, -1.0, 1.0, 0.1},
    {"pendulum", 0, 1, 0.0, -3.1415926536, 3.1415926536, 0},
    {"pendulum", 1, 1, 0.0, -1.0, 1.0, 0},
};

START_TEST(test_reset_distribution) {
  const reset_case *c = &kResets[_i];
  co_built_world *world = test_world(c->task, NULL, NULL);
  co_row row = test_row(world, 7);
  double sum = 0.0, square = 0.0, state[64];
  const int draws = 2000;
  for (int i = 0; i < draws; i++) {
    ck_ok(co_row_reset(&row));
    copy_state(&row, state);
    for (int j = c->first; j < c->first + c->count; j++) {
      ck_assert_double_ge(state[j], c->low);
      ck_assert_double_le(state[j], c->high);
      sum += state[j] - c->mean;
      square += (state[j] - c->mean) * (state[j] - c->mean);
    }
  }
  double n = (double)draws * c->count;
  double wanted = c->deviation > 0 ? c->deviation : (c->high - c->low) / sqrt(12.0);
  ck_assert_double_lt(fabs(sum / n), 5 * wanted / sqrt(n));
  ck_assert_double_eq_tol(sqrt(square / n) / wanted, 1.0, 0.07);
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

START_TEST(test_reset_range) {
  co_built_world *world = test_world(
      "pendulum", NULL, "task.reset.0={term=\"uniform\";of=\"qpos/hinge\";low=1.0;high=1.5;}");
  co_row row = test_row(world, 7);
  for (int i = 0; i < 200; i++) {
    ck_ok(co_row_reset(&row));
    ck_assert(*row.physics->qpos >= 1.0 && *row.physics->qpos < 1.5);
  }
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

// Each row of the table has the functions of its kind, a doc, and keys that exist.
START_TEST(test_table) {
  const co_term_class *class = co_term_table((co_term_kind)_i);
  for (; class->name; class ++) {
    bool reads = class->kind == CO_TERM_OBSERVATION && strcmp(class->name, "constant") != 0;
    ck_assert_int_eq(class->observe != NULL, reads);
    ck_assert_int_eq(class->control != NULL, class->kind == CO_TERM_ACTION);
    ck_assert_int_eq(class->reward != NULL, class->kind == CO_TERM_REWARD);
    ck_assert_int_eq(class->over != NULL, class->kind == CO_TERM_TERMINATE);
    ck_assert_int_eq(class->draw != NULL, class->kind == CO_TERM_RESET);
    ck_assert_int_eq(class->command != NULL, class->kind == CO_TERM_COMMAND);
    ck_assert_int_gt(strlen(class->doc), 5);
    ck_assert_ptr_eq(co_term_find(class->kind, class->name), class);
  }
  ck_assert_ptr_null(co_term_find(CO_TERM_REWARD, "qpos"));
}
END_TEST

static const co_schema *schema_of(co_term_kind kind) {
  for (int i = 0; i < co_task_schema.count; i++) {
    const co_field *field = &co_task_schema.field[i];
    if (strcmp(field->key, co_term_kind_name(kind)) == 0) return field->child;
  }
  return NULL;
}

static bool schema_has(const co_schema *schema, const char *key) {
  for (int i = 0; i < schema->count; i++) {
    if (strcmp(schema->field[i].key, key) == 0) return true;
  }
  return false;
}

// Every word of `list` is a field of the schema, and in `within`.
static void check_words(const co_schema *schema, const char *list, const char *within,
                        const char *term) {
  char copy[256], *rest = NULL;
  snprintf(copy, sizeof copy, "%s", list);
  for (char *key = strtok_r(copy, " ", &rest); key; key = strtok_r(NULL, " ", &rest)) {
    ck_assert_msg(schema_has(schema, key), "%s: \"%s\" is no key of %s", term, key, schema->name);
    ck_assert_msg(co_word_in(within, key), "%s needs \"%s\", which it does not take", term, key);
  }
}

// What a term takes exists, what it needs it takes, and keys go with what stands behind them.
START_TEST(test_keys) {
  const co_schema *schema = schema_of((co_term_kind)_i);
  ck_assert_ptr_nonnull(schema);
  for (const co_term_class *class = co_term_table((co_term_kind)_i); class->name; class ++) {
    check_words(schema, class->keys, class->keys, class->name);
    check_words(schema, class->needs, class->keys, class->name);
    ck_assert_msg(!class->to_groups == !co_word_in(class->keys, "to"), "%s: to", class->name);
    ck_assert_msg(
        !class->groups || co_word_in(class->keys, "of") || co_word_in(class->keys, "actuators"),
        "%s: of", class->name);
    bool keeps = class->kind == CO_TERM_REWARD && class->before;
    ck_assert_msg(!co_word_in(class->keys, "when") || keeps, "%s: when", class->name);
    ck_assert_msg(!keeps || class->state == 1, "%s: state", class->name);
    ck_assert_msg(!keeps || class->measure, "%s: measure", class->name);
  }
}
END_TEST

START_TEST(test_words) {
  ck_assert(co_word_in("of from count", "from"));
  ck_assert(co_word_in("of", "of"));
  ck_assert(!co_word_in("of from count", "fro"));
  ck_assert(!co_word_in("offset of", "set"));
  ck_assert(!co_word_in("", "of"));
}
END_TEST

#define LOOP(function, table) \
  tcase_add_loop_test(tcase, function, 0, (int)(sizeof(table) / sizeof *(table)))

Suite *test_suite(void) {
  Suite *suite = suite_create("terms");
  TCase *tcase = tcase_create("terms");
  tcase_set_timeout(tcase, 60);
  tcase_add_loop_test(tcase, test_hopper_reward, 0, 20);
  tcase_add_loop_test(tcase, test_half_cheetah_reward, 0, 20);
  tcase_add_loop_test(tcase, test_pendulum_reward, 0, 20);
  tcase_add_test(tcase, test_reward_after_the_step);
  tcase_add_test(tcase, test_observation_is_the_state);
  tcase_add_test(tcase, test_scale_offset_and_clip);
  tcase_add_test(tcase, test_range_of_matches);
  tcase_add_test(tcase, test_fresh_observation);
  tcase_add_test(tcase, test_action_scale_and_bounds);
  tcase_add_test(tcase, test_action_clip);
  LOOP(test_bounds, kBounds);
  tcase_add_test(tcase, test_velocity_bound);
  LOOP(test_reset_distribution, kResets);
  tcase_add_test(tcase, test_reset_range);
  tcase_add_loop_test(tcase, test_table, 0, CO_NUM_TERM_KINDS);
  tcase_add_loop_test(tcase, test_keys, 0, CO_NUM_TERM_KINDS);
  tcase_add_test(tcase, test_words);
  suite_add_tcase(suite, tcase);
  return suite;
}
