// SAC on networks whose activation needs a tape, the rows of which are those of the blocks that
// threads take.

#include "agents/sac_learner.h"
#include "core/hash.h"
#include "tests/support/pendulum_env.h"
#include "tests/support/support.h"

// all numbers of a policy after some updates
static uint64_t hash_after(co_activation activation, int threads) {
  static double hidden[] = {16, 20};
  co_stream stream = {31, 5, CO_PURPOSE_RESET};
  co_sac_def def;
  co_schema_defaults(&co_sac_schema, &def);
  def.horizon = 25;
  def.batch = 70;  // whole blocks and a rest
  def.start_steps = def.random_steps = 75;
  def.hidden = (co_floats){hidden, 2};
  def.activation = (int)activation;
  co_env *env = &pendulum_create((int)def.envs, &stream)->base;
  co_network_def network;
  co_sac.network(&def, PENDULUM_OBS, 1, &network);
  co_pool *pool;
  co_policy *policy;
  co_learner *learner;
  ck_assert_int_eq(co_pool_create(threads, &pool), CO_OK);
  ck_assert_int_eq(co_policy_create(&network, co_env_get_info(env), "sac", &stream, &policy),
                   CO_OK);
  co_learner_def sac = {
      .settings = &def, .policy = policy, .env = env, .pool = pool, .stream = stream};
  ck_assert_int_eq(co_sac.create(&sac, &learner), CO_OK);
  for (int i = 0; i < 8; i++) {
    ck_assert_int_eq(co_sac.collect(learner), CO_OK);
    ck_assert_msg(co_sac.update(learner) == CO_OK, "%s", co_error_text());
  }
  uint64_t part[64];
  size_t size = (size_t)policy->num_tensors * sizeof *part;
  for (int t = 0; t < policy->num_tensors; t++) part[t] = co_tensor_hash(&policy->tensor[t]);
  co_sac.destroy(learner);
  co_policy_free(policy);
  co_pool_free(pool);
  co_env_destroy(env);
  return co_hash(part, size);
}

START_TEST(threads_change_nothing) {
  uint64_t one = hash_after((co_activation)_i, 1);
  ck_assert_uint_eq(hash_after((co_activation)_i, 2), one);
  ck_assert_uint_eq(hash_after((co_activation)_i, 3), one);
  if (_i != CO_RELU) ck_assert_uint_ne(hash_after(CO_RELU, 1), one);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("sac_layers");
  TCase *tcase = tcase_create("sac_layers");
  tcase_set_timeout(tcase, 60);
  tcase_add_loop_test(tcase, threads_change_nothing, CO_TANH, CO_SWISH + 1);
  suite_add_tcase(suite, tcase);
  return suite;
}
