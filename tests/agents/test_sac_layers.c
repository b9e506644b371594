// SAC on networks whose activation needs a tape, the rows of which are those of the blocks that
// threads take.

#include "tests/support/sac_fixture.h"

// all numbers of a policy after some updates
static uint64_t hash_after(co_activation activation, int threads, const co_kernels *kernels) {
  co_sac_def def = small_def();
  def.batch = 70;  // whole blocks and a rest
  def.start_steps = def.random_steps = 75;
  def.activation = (int)activation;
  fixture *f = make(def, (variant){.threads = threads, .width = 20});
  use_kernels(f, kernels);
  train(f, 8);
  uint64_t hash = hash_of(f->policy);
  release(f);
  return hash;
}

START_TEST(threads_and_levels_change_nothing) {
  co_activation activation = (co_activation)_i;
  uint64_t one = hash_after(activation, 1, co_kernels_get());
  ck_assert_uint_eq(hash_after(activation, 2, co_kernels_get()), one);
  for (int level = 0; co_kernels_names[level]; level++) {
    const co_kernels *kernels = co_kernels_named(co_kernels_names[level]);
    if (kernels) ck_assert_uint_eq(hash_after(activation, 3, kernels), one);
  }
  if (activation != CO_RELU) ck_assert_uint_ne(hash_after(CO_RELU, 1, co_kernels_get()), one);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("sac_layers");
  TCase *tcase = tcase_create("sac_layers");
  tcase_set_timeout(tcase, 60);
  tcase_add_loop_test(tcase, threads_and_levels_change_nothing, CO_TANH, CO_SWISH + 1);
  suite_add_tcase(suite, tcase);
  return suite;
}
