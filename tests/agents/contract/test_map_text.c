// Maps that comparisons write: bound to worlds whose files say the same robot otherwise, policies
// act there as at home, bit for bit where nothing but order and names differ.

#include "agents/contract/enforce.h"
#include "agents/contract/map_text.h"
#include "agents/policy/evaluate.h"
#include "core/rng.h"
#include "envs/world/map_def.h"
#include "envs/world/vector.h"
#include "tests/support/support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ck_ok(call) ck_assert_msg((call) == CO_OK, "%s", co_error_text())

enum { JOINTS = 12, TERMS = 6, PERMUTATIONS = 1000, STEPS = 4 };

static const char *const joint[JOINTS] = {
    "front_left_abduction", "front_left_hip",       "front_left_knee",     "front_right_abduction",
    "front_right_hip",      "front_right_knee",     "rear_left_abduction", "rear_left_hip",
    "rear_left_knee",       "rear_right_abduction", "rear_right_hip",      "rear_right_knee"};

// The order of n things, 0 to n - 1, drawn anew; NULL: as they are.
static void shuffle(co_rng *rng, int n, int *order) {
  for (int i = 0; i < n; i++) order[i] = i;
  for (int i = n - 1; rng && i > 0; i--) {
    int j = (int)co_rng_below(rng, (uint32_t)i + 1), held = order[i];
    order[i] = order[j], order[j] = held;
  }
}

static void put_joints(co_rng *rng, co_buf *out) {
  int order[JOINTS];
  shuffle(rng, JOINTS, order);
  for (int i = 0; i < JOINTS; i++) co_buf_printf(out, "%s%s", i ? "|" : "", joint[order[i]]);
}

// The task of the walking quadruped, with joints and terms in an order of their own; its reward is
// no sum whose order would show.
static char *task_text(co_rng *rng) {
  co_buf out = {0};
  int order[TERMS];
  co_buf_puts(&out,
              "task = { format = 1; model = \"quadruped.xml\"; substeps = 4; horizon = 1000;"
              "observe = \"stale\"; default_pose = ( { of = \"*_hip\"; value = 0.82; },"
              "{ of = \"*_knee\"; value = -1.5; } ); command = ("
              "{ term = \"uniform\"; name = \"vx\"; low = -0.6; high = 1.0; every = 250; },"
              "{ term = \"uniform\"; name = \"vy\"; low = -0.4; high = 0.4; every = 250; },"
              "{ term = \"uniform\"; name = \"yaw\"; low = -1.0; high = 1.0; every = 250; } );"
              "observation = (");
  shuffle(rng, TERMS, order);
  for (int i = 0; i < TERMS; i++) {
    static const char *const term[TERMS] = {
        "{ term = \"angular_velocity\"; frame = \"site/imu\"; scale = 0.25; }",
        "{ term = \"gravity\"; frame = \"site/imu\"; }",
        "{ term = \"command\"; }",
        "{ term = \"joint_pos\"; order = \"given\"; of = \"",
        "{ term = \"qvel\"; scale = 0.05; order = \"given\"; of = \"",
        "{ term = \"last_action\"; }"};
    bool of_joints = order[i] == 3 || order[i] == 4;
    co_buf_printf(&out, "%s%s", i ? "," : "", term[order[i]]);
    if (of_joints) put_joints(rng, &out);
    if (of_joints) co_buf_puts(&out, "\"; }");
  }
  co_buf_puts(&out, "); action = ( { term = \"pd\"; order = \"given\"; actuators = \"");
  put_joints(rng, &out);
  co_buf_puts(
      &out,
      "\"; scale = 0.3; clip = ( -3.0, 3.0 ); kp = 40.0; kd = 1.0; torque_limit = 25.0; } );"
      "reward = ( { term = \"alive\"; weight = 1.0; } );"
      "terminate = ( { term = \"tilted\"; frame = \"body/trunk\"; max = 1.0; } );"
      "reset = ( { term = \"uniform\"; of = \"qvel\"; scale = 0.1; } ); };");
  ck_ok(co_buf_status(&out));
  return out.data;
}

static co_env *open_task(const char *text, co_map_def *map) {
  const co_world world = {.task = "quadruped", .held = {.text = text}};
  const co_stream stream = {7, 0, CO_PURPOSE_EVAL_FINAL};
  co_env *env;
  ck_ok(co_vector_open(NULL, &world, 1, &stream, &env, NULL));
  if (map) ck_ok(co_env_map(env, 0, 1, map));
  return env;
}

// Over observations, actions and rewards of a few steps.
static uint64_t play(const co_policy *policy, co_env *env) {
  const co_evaluation_setup setup = {.steps = STEPS};
  co_evaluation eval;
  ck_ok(co_evaluate_with(policy, env, NULL, &setup, NULL, &eval));
  uint64_t hash = eval.trace_hash;
  co_evaluation_free(&eval);
  return hash;
}

static co_map_def map_of(const co_contract *policy, const co_env_info *task) {
  co_network_def network = {.obs_dim = task->obs_dim, .act_dim = task->act_dim};
  co_contract contract;
  ck_ok(co_contract_from_world(task, &network, "none", &contract));
  const co_diff_side a = {.contract = policy}, b = {.contract = &contract};
  co_contract_diff diff;
  ck_ok(co_contract_diff_make(&a, &b, &diff));
  co_buf text = {0};
  ck_ok(co_contract_map_write(policy, &contract, &diff, &text));
  co_map_def def;
  ck_ok(co_map_parse(text.data, "map", &def));
  co_buf_free(&text);
  co_contract_diff_free(&diff);
  co_contract_free(&contract);
  return def;
}

START_TEST(permutations_act_the_same) {
  co_policy *policy;
  ck_ok(co_policy_load("zoo:quadruped_flat", &policy));
  char *text = task_text(NULL);
  co_env *home = open_task(text, NULL);
  uint64_t wanted = play(policy, home);
  co_env_destroy(home);
  free(text);
  const co_stream stream = {11, 0, CO_PURPOSE_TEST};
  int refused = 0;
  for (int k = 0; k < PERMUTATIONS; k++) {
    co_rng rng = co_rng_make(&stream, (uint32_t)k);
    text = task_text(&rng);
    co_env *plain = open_task(text, NULL);
    const co_env_info *info = co_env_get_info(plain);
    refused += co_contract_enforce(&(co_enforced){
                   .policy = &policy->contract, .name = "p", .task = info}) == CO_CONFIG;
    co_map_def map = map_of(&policy->contract, info);
    ck_ok(co_env_map(plain, 0, 1, &map));
    ck_ok(co_contract_enforce(
        &(co_enforced){.policy = &policy->contract, .name = "p", .task = co_env_get_info(plain)}));
    ck_assert_msg(play(policy, plain) == wanted, "permutation %d acts otherwise", k);
    co_env_destroy(plain);
    co_map_def_free(&map);
    free(text);
  }
  ck_assert_int_ge(refused, PERMUTATIONS - 1);  // none is likely to be the order of home
  co_policy_free(policy);
}
END_TEST

// Scales, offsets, another pose and wiring: the same to rounding, and nothing is left behind the
// map.
START_TEST(numbers_are_mapped) {
  co_policy *policy;
  ck_ok(co_policy_load("zoo:quadruped_flat", &policy));
  char *text = task_text(NULL);
  static const char *const edit[] = {"observation.0.scale=0.5", "observation.3.offset=0.1",
                                     "default_pose.1.value=-1.2", "action.0.scale=-0.2",
                                     "action.0.clip=(-9.0,9.0)"};
  const co_stream stream = {7, 0, CO_PURPOSE_EVAL_FINAL};
  const co_world other = {.task = "quadruped", .held = {.text = text}, .set = edit, .num_set = 5};
  co_env *env;
  ck_ok(co_vector_open(NULL, &other, 1, &stream, &env, NULL));
  co_map_def map = map_of(&policy->contract, co_env_get_info(env));
  ck_ok(co_env_map(env, 0, 1, &map));
  static const char *const bounds[] = {"action.*.low", "action.*.high"};
  co_env_info info = *co_env_get_info(env);
  info.accepted = bounds;
  info.num_accepted = 2;
  ck_ok(
      co_contract_enforce(&(co_enforced){.policy = &policy->contract, .name = "p", .task = &info}));
  for (int i = 0; i < info.obs_dim; i++) {
    const co_obs_element *want = &policy->contract.obs[i], *have = &info.obs[i];
    ck_assert_str_eq(have->name, want->name);
    ck_assert_double_eq_tol(have->scale, want->scale, 1e-12);
    ck_assert_double_eq_tol(have->offset, want->offset, 1e-12);
  }
  co_env_destroy(env);
  co_map_def_free(&map);
  free(text);
  co_policy_free(policy);
}
END_TEST

// A velocity seen from a place whose name needs escapes.
static void seen_from(const char *frame, co_obs_element obs[3], co_action_element *action,
                      co_contract *out) {
  static const char axes[] = "xyz";
  for (int i = 0; i < 3; i++) {
    obs[i] = (co_obs_element){.term = "velocity", .unit = "m/s", .scale = 1};
    obs[i].clip_low = -(double)INFINITY, obs[i].clip_high = (double)INFINITY;
    snprintf(obs[i].name, sizeof obs[i].name, "velocity/%c", axes[i]);
    snprintf(obs[i].frame, sizeof obs[i].frame, "%s", frame);
  }
  *action = (co_action_element){.name = "ctrl/a", .kind = "ctrl", .unit = "1", .scale = 1};
  *out = (co_contract){.format = 2, .num_obs = 3, .num_action = 1, .obs = obs, .action = action};
}

START_TEST(names_are_escaped) {
  co_obs_element obs[2][3];
  co_action_element action[2];
  co_contract a, b;
  co_contract_diff diff;
  co_buf text = {0};
  seen_from("", obs[0], &action[0], &a);
  seen_from("site/a\"b", obs[1], &action[1], &b);
  const co_diff_side sides[] = {{.contract = &a}, {.contract = &b}};
  ck_ok(co_contract_diff_make(&sides[0], &sides[1], &diff));
  ck_ok(co_contract_map_write(&a, &b, &diff, &text));
  ck_assert_msg(strstr(text.data, "from = \"site/a\\\"b\"; to = \"world\"; }") != NULL, "%s",
                text.data);
  co_contract_diff_free(&diff);
  co_buf_free(&text);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("map_text");
  TCase *tcase = tcase_create("maps");
  tcase_set_timeout(tcase, 300);
  tcase_add_test(tcase, permutations_act_the_same);
  tcase_add_test(tcase, numbers_are_mapped);
  tcase_add_test(tcase, names_are_escaped);
  suite_add_tcase(suite, tcase);
  return suite;
}
