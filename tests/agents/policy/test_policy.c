// A policy and its file: the same actions and the same bytes after loading, and nothing damaged is
// let through.

#include "agents/formats/safetensors.h"
#include "agents/policy/policy.h"
#include "core/file.h"
#include "tests/support/acting.h"
#include "tests/support/small_policy.h"
#include "tests/support/support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void random_obs(float *obs, int count) {
  co_rng rng = co_rng_make(&(co_stream){4, 0, CO_PURPOSE_TEST}, 0);
  for (int i = 0; i < count; i++) obs[i] = 3 * (float)co_rng_normal(&rng);
}

static co_buf scratch_path(const char *name) {
  const char *folder = getenv("CARRYOVER_BUILD_DIR");
  co_buf path = {0};
  co_buf_printf(&path, "%s/%s.%d", folder ? folder : ".", name, (int)getpid());
  return path;
}

static const co_memory_def memories[] = {{CO_LSTM, 0}, {CO_LSTM, 5}, {CO_GRU, 5}};
enum { NUM_MEMORIES = sizeof memories / sizeof *memories };

// ---- acting

START_TEST(loaded_policy_acts_the_same_and_saves_the_same) {
  enum { ROWS = 200 };  // more than a block
  static float obs[ROWS * LINE_OBS], action[ROWS * LINE_ACTION], again[ROWS * LINE_ACTION];
  co_policy *policy = small_policy_with(memories[_i], 1), *loaded = NULL;
  co_buf path = scratch_path("policy"), first = {0}, second = {0};
  ck_assert_msg(co_policy_save(policy, path.data) == CO_OK, "%s", co_error_text());
  ck_assert_msg(co_policy_load(path.data, &loaded) == CO_OK, "%s", co_error_text());
  random_obs(obs, ROWS * LINE_OBS);
  policy_act(policy, obs, ROWS, action);
  policy_act(loaded, obs, ROWS, again);
  ck_assert_mem_eq(action, again, sizeof action);
  ck_assert_int_eq(co_policy_write(policy, &first), CO_OK);
  ck_assert_int_eq(co_policy_write(loaded, &second), CO_OK);
  ck_assert_uint_eq(first.size, second.size);
  ck_assert_mem_eq(first.data, second.data, first.size);
  ck_assert_uint_eq(co_policy_hash(policy), co_policy_hash(loaded));
  ck_assert_uint_eq(co_policy_hash(policy), co_hash(first.data, first.size));
  unlink(path.data);
  co_buf_free(&first);
  co_buf_free(&second);
  co_buf_free(&path);
  co_policy_free(loaded);
  co_policy_free(policy);
}
END_TEST

// mean of the actor written out, in double
static void naive_action(const co_policy *policy, const float *obs, double *action) {
  double layer[LINE_OBS], hidden[4];
  const co_normalizer *norm = &policy->obs_norm;
  for (int i = 0; i < LINE_OBS; i++) {
    layer[i] = ((double)obs[i] - norm->mean[i]) / sqrt(norm->var[i] + norm->epsilon);
    layer[i] = fmin(fmax(layer[i], -norm->clip), norm->clip);
  }
  const co_tensor *t = policy->tensor;
  int w0 = co_tensor_find(t, policy->num_tensors, "actor.trunk.0.weight");
  int b0 = co_tensor_find(t, policy->num_tensors, "actor.trunk.0.bias");
  int w1 = co_tensor_find(t, policy->num_tensors, "actor.mean.weight");
  int b1 = co_tensor_find(t, policy->num_tensors, "actor.mean.bias");
  for (int j = 0; j < 4; j++) {
    hidden[j] = co_tensor_get(&t[b0], 0, j);
    for (int i = 0; i < LINE_OBS; i++) hidden[j] += layer[i] * co_tensor_get(&t[w0], i, j);
    hidden[j] = tanh(hidden[j]);
  }
  for (int j = 0; j < LINE_ACTION; j++) {
    action[j] = co_tensor_get(&t[b1], 0, j);
    for (int i = 0; i < 4; i++) action[j] += hidden[i] * co_tensor_get(&t[w1], i, j);
    action[j] = fmin(fmax(action[j], line_action[j].low), line_action[j].high);
  }
}

START_TEST(act_is_normalise_forward_clip) {
  enum { ROWS = 100 };
  float obs[ROWS * LINE_OBS], action[ROWS * LINE_ACTION];
  co_policy *policy = small_policy(2);
  random_obs(obs, ROWS * LINE_OBS);
  policy_act(policy, obs, ROWS, action);
  int clipped = 0, inside = 0;
  for (int r = 0; r < ROWS; r++) {
    double want[LINE_ACTION];
    naive_action(policy, obs + r * LINE_OBS, want);
    for (int j = 0; j < LINE_ACTION; j++) {
      double have = (double)action[r * LINE_ACTION + j];
      ck_assert_double_eq_tol(have, want[j], 1e-5);
      bool bound = have == line_action[j].low || have == line_action[j].high;
      clipped += bound;
      inside += !bound;
    }
  }
  ck_assert_int_gt(clipped, 5);  // both cases were seen
  ck_assert_int_gt(inside, 5);
  co_policy_free(policy);
}
END_TEST

START_TEST(rows_do_not_depend_on_their_company) {
  enum { ROWS = 130 };
  float obs[ROWS * LINE_OBS], all[ROWS * LINE_ACTION], one[LINE_ACTION];
  co_policy *policy = small_policy(3);
  random_obs(obs, ROWS * LINE_OBS);
  policy_act(policy, obs, ROWS, all);
  for (int r = 0; r < ROWS; r++) {
    policy_act(policy, obs + r * LINE_OBS, 1, one);
    ck_assert_mem_eq(one, all + r * LINE_ACTION, sizeof one);
  }
  co_policy_free(policy);
}
END_TEST

START_TEST(copy_is_whole_and_independent) {
  co_policy *policy = small_policy_with(memories[_i], 4), *copy = NULL;
  policy->obs_norm.clip = 5;
  policy->contract.norm_clip = 7;  // the normaliser's own is what counts
  uint64_t hash = co_policy_hash(policy);
  ck_assert_int_eq(co_policy_copy(policy, &copy), CO_OK);
  ck_assert_uint_eq(co_policy_hash(copy), hash);
  policy->net.block[0] += 1;
  policy->obs_norm.mean[0] += 1;
  ck_assert_uint_ne(co_policy_hash(policy), hash);
  co_policy_free(policy);
  ck_assert_uint_eq(co_policy_hash(copy), hash);
  co_policy_free(copy);
}
END_TEST

START_TEST(fresh_policy_follows_its_stream_only) {
  co_network_def def = {.obs_dim = LINE_OBS,
                        .act_dim = LINE_ACTION,
                        .num_hidden = 2,
                        .hidden = {8, 8},
                        .activation = CO_TANH};
  co_env_info world = line_make_info();
  co_stream streams[3] = {
      {1, 2, CO_PURPOSE_RESET}, {1, 2, CO_PURPOSE_TEST}, {1, 3, CO_PURPOSE_TEST}};
  uint64_t hash[3];
  for (int i = 0; i < 3; i++) {
    co_policy *policy = NULL;
    ck_assert_int_eq(co_policy_create(&def, &world, "ppo", &streams[i], &policy), CO_OK);
    hash[i] = co_policy_hash(policy);
    co_policy_free(policy);
  }
  ck_assert_uint_eq(hash[0], hash[1]);
  ck_assert_uint_ne(hash[0], hash[2]);
}
END_TEST

// ---- the file

START_TEST(weights_are_out_by_in) {
  co_policy *policy = small_policy(5);
  co_buf file = {0};
  ck_assert_int_eq(co_policy_write(policy, &file), CO_OK);
  co_safetensors all;
  ck_assert_int_eq(co_safetensors_parse(file.data, file.size, "f", &all), CO_OK);
  ck_assert_int_eq(all.count, policy->num_tensors);
  const co_safetensor *weight = co_safetensors_find(&all, "actor.trunk.0.weight");
  ck_assert_int_eq(weight->rank, 2);
  ck_assert_uint_eq(weight->shape[0], 4);
  ck_assert_uint_eq(weight->shape[1], LINE_OBS);
  const co_tensor *tensor =
      &policy->tensor[co_tensor_find(policy->tensor, policy->num_tensors, weight->name)];
  for (int out = 0; out < 4; out++)
    for (int in = 0; in < LINE_OBS; in++) {
      float value;
      memcpy(&value, (const char *)weight->data + sizeof value * (size_t)(out * LINE_OBS + in),
             sizeof value);
      ck_assert((double)value == co_tensor_get(tensor, in, out));
    }
  ck_assert_int_eq(co_safetensors_find(&all, "actor.log_std")->rank, 1);
  ck_assert_int_eq(co_safetensors_find(&all, "obs_norm.mean")->element, CO_SAFETENSORS_F64);
  co_safetensors_free(&all);
  co_buf_free(&file);
  co_policy_free(policy);
}
END_TEST

static void expect_refusal(const char *bytes, size_t size, const char *text) {
  co_policy *policy = NULL;
  co_status status = co_policy_parse(bytes, size, "f", &policy);
  ck_assert_msg(status == CO_DATA, "accepted, or another status: %d", status);
  ck_assert_ptr_null(policy);
  ck_assert_msg(strncmp(co_error_text(), "f: offset ", 10) == 0, "%s", co_error_text());
  ck_assert_msg(strchr(co_error_text(), '\n') == NULL, "more than a line: %s", co_error_text());
  ck_assert_msg(strstr(co_error_text(), text) != NULL, "%s", co_error_text());
}

START_TEST(every_truncation_is_refused) {
  co_buf file = small_policy_file_with(memories[_i], 6);
  for (size_t size = 0; size < file.size; size++) {
    char *exact = malloc(size + 1);
    memcpy(exact, file.data, size);
    expect_refusal(exact, size, "");
    sign_policy_file(exact, size);
    expect_refusal(exact, size, "");
    free(exact);
  }
  co_buf_free(&file);
}
END_TEST

START_TEST(every_flipped_bit_is_refused) {
  co_buf file = small_policy_file(7);
  for (size_t bit = 0; bit < 8 * file.size; bit++) {
    file.data[bit / 8] ^= (char)(1 << bit % 8);
    expect_refusal(file.data, file.size, "");
    file.data[bit / 8] ^= (char)(1 << bit % 8);
  }
  co_policy *policy = NULL;
  ck_assert_int_eq(co_policy_parse(file.data, file.size, "f", &policy), CO_OK);
  co_policy_free(policy);
  co_buf_free(&file);
}
END_TEST

START_TEST(trailing_bytes_are_refused) {
  co_buf file = small_policy_file(8);
  for (int i = 0; i < 9; i++) {
    co_buf_add(&file, i % 2 ? "\n" : "", 1);
    expect_refusal(file.data, file.size, "belong to no tensor");
    sign_policy_file(file.data, file.size);
    expect_refusal(file.data, file.size, "belong to no tensor");
  }
  co_buf_free(&file);
}
END_TEST

// Writes `value` over one element of a tensor's data and signs the file.
static void overwrite(co_buf *file, const char *name, size_t offset, const void *value,
                      size_t size) {
  co_safetensors all;
  ck_assert_int_eq(co_safetensors_parse(file->data, file->size, "f", &all), CO_OK);
  const co_safetensor *tensor = co_safetensors_find(&all, name);
  ck_assert_ptr_nonnull(tensor);
  ptrdiff_t at = (const char *)tensor->data - (const char *)file->data;
  memcpy((char *)file->data + at + (ptrdiff_t)offset, value, size);
  co_safetensors_free(&all);
  sign_policy_file(file->data, file->size);
}

START_TEST(numbers_that_can_not_be_are_refused) {
  static const struct {
    const char *tensor;
    size_t offset, size;
    double value;
    const char *text;
  } cases[] = {
      {"actor.mean.weight", 4, 4, (double)NAN,
       "actor.mean.weight\" holds a number that is not finite"},
      {"critic.0.value.bias", 0, 4, (double)INFINITY, "critic.0.value.bias\" holds"},
      {"obs_norm.mean", 16, 8, (double)-INFINITY, "obs_norm.mean\" holds"},
      {"obs_norm.var", 8, 8, -1e-300, "obs_norm has a negative variance"},
      {"reward_norm.count", 0, 8, -1, "reward_norm has a negative variance or count"},
      {"obs_norm.count", 0, 8, 12, "obs_norm.count is 12, the contract says"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    co_buf file = small_policy_file(9);
    float narrow = (float)cases[i].value;
    const void *value = cases[i].size == 4 ? (const void *)&narrow : (const void *)&cases[i].value;
    overwrite(&file, cases[i].tensor, cases[i].offset, value, cases[i].size);
    expect_refusal(file.data, file.size, cases[i].text);
    co_buf_free(&file);
  }
}
END_TEST

START_TEST(diverged_policy_is_not_written) {
  co_policy *policy = small_policy(16);
  co_buf path = scratch_path("diverged");
  policy->net.block[1] = NAN;
  ck_assert_int_eq(co_policy_save(policy, path.data), CO_INTERNAL);
  ck_assert_ptr_nonnull(strstr(co_error_text(), "tensor \"actor.trunk.0.weight\" holds"));
  ck_assert(!co_file_exists(path.data));
  ck_assert_uint_eq(co_policy_hash(policy), 0);
  co_buf_free(&path);
  co_policy_free(policy);
}
END_TEST

// The file of a policy with tensors and metadata changed by hand, signed.
typedef struct forgery {
  const char *drop, *add, *retype, *reshape, *metadata, *text;
} forgery;

static const forgery forgeries[] = {
    {.drop = "actor.log_std", .text = "no tensor \"actor.log_std\""},
    {.add = "actor.extra", .text = "\"actor.extra\" belongs to no policy"},
    {.retype = "actor.mean.bias", .text = "\"actor.mean.bias\" has type I32, a policy needs F32"},
    {.retype = "obs_norm.var", .text = "\"obs_norm.var\" has type I64, a policy needs F64"},
    {.reshape = "actor.mean.weight", .text = "\"actor.mean.weight\" hasn't the shape"},
    {.metadata = "", .text = "no contract"},
    {.metadata = "{", .text = "contract:1:"},
    {.metadata = "[]", .text = "contract: must be an object"},
    {.metadata = "{\"a\\nb\":1}", .text = "contract: unknown key"},
};

static int forge_tensors(const forgery *forged, const co_safetensors *all, co_safetensor *out) {
  static const float extra[1] = {1};
  int count = 0;
  for (int i = 0; i < all->count; i++) {
    co_safetensor tensor = all->tensor[i];
    if (forged->drop && strcmp(tensor.name, forged->drop) == 0) continue;
    if (forged->retype && strcmp(tensor.name, forged->retype) == 0)
      tensor.element =
          tensor.element == CO_SAFETENSORS_F32 ? CO_SAFETENSORS_I32 : CO_SAFETENSORS_I64;
    if (forged->reshape && strcmp(tensor.name, forged->reshape) == 0) {
      size_t rows = tensor.shape[0];
      tensor.shape[0] = tensor.shape[1];
      tensor.shape[1] = rows;
    }
    out[count++] = tensor;
  }
  if (forged->add)
    out[count++] = (co_safetensor){forged->add, CO_SAFETENSORS_F32, 1, {1}, extra, sizeof extra};
  return count;
}

START_TEST(forged_file_is_refused) {
  const forgery *forged = &forgeries[_i];
  co_buf file = small_policy_file(10), out = {0};
  co_safetensors all;
  co_safetensor tensors[32];
  ck_assert_int_eq(co_safetensors_parse(file.data, file.size, "f", &all), CO_OK);
  int count = forge_tensors(forged, &all, tensors);
  const char *contract =
      forged->metadata ? forged->metadata : co_safetensors_metadata(&all, "carryover");
  co_metadata metadata[] = {{"checksum", "0000000000000000"}, {"carryover", contract}};
  int entries = *contract ? 2 : 1;
  ck_assert_int_eq(co_safetensors_write(metadata, entries, tensors, count, &out), CO_OK);
  sign_policy_file(out.data, out.size);
  expect_refusal(out.data, out.size, forged->text);
  co_safetensors_free(&all);
  co_buf_free(&out);
  co_buf_free(&file);
}
END_TEST

START_TEST(other_safetensors_are_no_policy) {
  co_buf out = {0};
  static const float data[1] = {1};
  co_safetensor tensor = {"model.weight", CO_SAFETENSORS_F32, 1, {1}, data, sizeof data};
  ck_assert_int_eq(co_safetensors_write(NULL, 0, &tensor, 1, &out), CO_OK);
  expect_refusal(out.data, out.size, "not a policy of carryover");
  co_buf_free(&out);
}
END_TEST

// ---- mutation

// Changes one place of the file; returns its new size. `bytes` has room for 64 more.
static size_t mutate(co_rng *rng, char *bytes, size_t size, size_t header_end) {
  // half of the changes in the header, where most of the reader looks
  uint32_t range = (uint32_t)(co_rng_below(rng, 2) ? header_end : size);
  size_t at = co_rng_below(rng, range), run = 1 + co_rng_below(rng, 16);
  if (run > size - at) run = size - at;
  switch (co_rng_below(rng, 6)) {
    case 0: bytes[at] = (char)co_rng_below(rng, 256); return size;
    case 1: bytes[at] ^= (char)(1u << co_rng_below(rng, 8)); return size;
    case 2: bytes[at] = "0123456789-+.eE[]{}\",:\\nulltrue"[co_rng_below(rng, 31)]; return size;
    case 3: memmove(bytes + at, bytes + at + run, size - at - run); return size - run;
    case 4: memmove(bytes + at + run, bytes + at, size - at); return size + run;
    default:
      memmove(bytes + at, bytes + co_rng_below(rng, (uint32_t)(size - run + 1)), run);
      return size;
  }
}

// What a mutated file that is let through must still be: all numbers finite, and a policy that can
// act and be saved.
static void check_accepted(const co_policy *policy) {
  float obs[LINE_OBS] = {0.5f, -1, 2};
  co_buf bytes = {0};
  for (int i = 0; i < policy->num_tensors; i++)
    for (int row = 0; row < policy->tensor[i].rows; row++)
      for (int col = 0; col < policy->tensor[i].cols; col++)
        ck_assert(isfinite(co_tensor_get(&policy->tensor[i], row, col)));
  float action[LINE_ACTION];
  if (policy->contract.num_obs == LINE_OBS && policy->contract.num_action == LINE_ACTION)
    policy_act(policy, obs, 1, action);
  ck_assert_int_eq(co_policy_write(policy, &bytes), CO_OK);
  co_buf_free(&bytes);
}

START_TEST(mutated_policies_are_refused_or_whole) {
  enum { MUTATIONS = 20000 };
  co_buf file = small_policy_file_with(memories[_i], 11);
  co_rng rng = co_rng_make(&(co_stream){20, 0, CO_PURPOSE_TEST}, 0);
  int accepted = 0;
  for (int i = 0; i < MUTATIONS; i++) {
    char *bytes = malloc(file.size + 64);
    memcpy(bytes, file.data, file.size);
    size_t header_end = 8 + (unsigned char)bytes[0] + 256u * (unsigned char)bytes[1];
    size_t size = file.size;
    for (uint32_t k = 0; k <= co_rng_below(&rng, 3); k++)
      size = mutate(&rng, bytes, size, header_end / 2);
    sign_policy_file(bytes, size);
    char *exact = malloc(size);  // no room behind it
    memcpy(exact, bytes, size);
    co_policy *policy = NULL;
    if (co_policy_parse(exact, size, "f", &policy) == CO_OK) {
      check_accepted(policy);
      accepted++;
    } else {
      ck_assert_ptr_null(policy);
      ck_assert_msg(strncmp(co_error_text(), "f: offset ", 10) == 0, "%s", co_error_text());
    }
    co_policy_free(policy);
    free(exact);
    free(bytes);
  }
  ck_assert_int_gt(accepted, 100);  // the mutations reach what lies behind the checksum
  ck_assert_int_lt(accepted, MUTATIONS / 2);
  co_buf_free(&file);
}
END_TEST

// ---- files on disk

START_TEST(missing_file_and_folder_have_their_status) {
  co_policy *policy = small_policy(12), *loaded = NULL;
  co_buf path = scratch_path("missing");
  ck_assert_int_eq(co_policy_load(path.data, &loaded), CO_NO_INPUT);
  ck_assert_ptr_nonnull(strstr(co_error_text(), path.data));
  co_buf_puts(&path, "/no/policy");
  ck_assert_int_eq(co_policy_save(policy, path.data), CO_CREATE);
  co_buf_free(&path);
  co_policy_free(policy);
}
END_TEST

START_TEST(damaged_file_names_its_path) {
  co_buf path = scratch_path("damaged"), file = small_policy_file(13);
  file.data[file.size / 2] ^= 4;
  ck_assert_int_eq(co_file_write(path.data, file.data, file.size), CO_OK);
  co_policy *loaded = NULL;
  ck_assert_int_eq(co_policy_load(path.data, &loaded), CO_DATA);
  ck_assert(strncmp(co_error_text(), path.data, path.size) == 0);
  unlink(path.data);
  co_buf_free(&file);
  co_buf_free(&path);
}
END_TEST

// ---- worlds

START_TEST(world_that_fits) {
  co_policy *policy = small_policy(14);
  co_env_info world = line_make_info();
  ck_assert_int_eq(co_policy_check_world(policy, &world), CO_OK);
  world.task = "another";  // names decide, not the task
  world.task_hash = 1;
  ck_assert_int_eq(co_policy_check_world(policy, &world), CO_OK);
  co_policy_free(policy);
}
END_TEST

static void swap_obs(co_obs_element *obs, co_action_element *action) {
  (void)action;
  obs[1] = line_obs[2];
  obs[2] = line_obs[1];
}

static void rename_obs(co_obs_element *obs, co_action_element *action) {
  (void)action;
  snprintf(obs[1].name, sizeof obs[1].name, "qvel/xx");
}

static void rename_action(co_obs_element *obs, co_action_element *action) {
  (void)obs;
  snprintf(action[1].name, sizeof action[1].name, "torque/elbow");
}

static void keep(co_obs_element *obs, co_action_element *action) {
  (void)obs;
  (void)action;
}

START_TEST(world_that_does_not_fit_is_explained) {
  static const struct {
    void (*change)(co_obs_element *, co_action_element *);
    int obs_dim, act_dim;
    const char *text;
  } cases[] = {
      {keep, 2, 2,
       "policy expects 3 observations (qpos/x, qvel/x, goal/x), world line gives 2 (qpos/x, "
       "qvel/x); first "
       "difference at observation 2: policy goal/x, world none; the world has no goal/x"},
      {keep, 4, 2, "first difference at observation 3: the policy doesn't know more/x"},
      {keep, 3, 1,
       "policy expects 2 actions (ctrl/push, ctrl/pull), world line gives 1 (ctrl/push)"},
      {swap_obs, 3, 2,
       "first difference at observation 1: policy qvel/x, world goal/x; the world has qvel/x at 2: "
       "another order"},
      {rename_obs, 3, 2, "policy qvel/x, world qvel/xx; is it what the world calls qvel/xx?"},
      {rename_action, 3, 2, "first difference at action 1: policy ctrl/pull, world torque/elbow"},
  };
  co_policy *policy = small_policy(15);
  co_obs_element obs[4] = {line_obs[0], line_obs[1], line_obs[2], {.name = "more/x"}};
  co_action_element action[2] = {line_action[0], line_action[1]};
  co_env_info world = line_make_info();
  cases[_i].change(obs, action);
  world.obs = obs;
  world.action = action;
  world.obs_dim = cases[_i].obs_dim;
  world.act_dim = cases[_i].act_dim;
  ck_assert_int_eq(co_policy_check_world(policy, &world), CO_CONFIG);
  ck_assert_msg(strstr(co_error_text(), cases[_i].text) != NULL, "%s", co_error_text());
  co_policy_free(policy);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("policy");
  TCase *tcase = tcase_create("all");
  tcase_set_timeout(tcase, 240);
  tcase_add_loop_test(tcase, loaded_policy_acts_the_same_and_saves_the_same, 0, NUM_MEMORIES);
  tcase_add_test(tcase, act_is_normalise_forward_clip);
  tcase_add_test(tcase, rows_do_not_depend_on_their_company);
  tcase_add_loop_test(tcase, copy_is_whole_and_independent, 0, NUM_MEMORIES);
  tcase_add_test(tcase, fresh_policy_follows_its_stream_only);
  tcase_add_test(tcase, weights_are_out_by_in);
  tcase_add_loop_test(tcase, every_truncation_is_refused, 0, NUM_MEMORIES);
  tcase_add_test(tcase, every_flipped_bit_is_refused);
  tcase_add_test(tcase, trailing_bytes_are_refused);
  tcase_add_test(tcase, numbers_that_can_not_be_are_refused);
  tcase_add_test(tcase, diverged_policy_is_not_written);
  tcase_add_loop_test(tcase, forged_file_is_refused, 0, sizeof forgeries / sizeof *forgeries);
  tcase_add_test(tcase, other_safetensors_are_no_policy);
  tcase_add_loop_test(tcase, mutated_policies_are_refused_or_whole, 0, 2);
  tcase_add_test(tcase, missing_file_and_folder_have_their_status);
  tcase_add_test(tcase, damaged_file_names_its_path);
  tcase_add_test(tcase, world_that_fits);
  tcase_add_loop_test(tcase, world_that_does_not_fit_is_explained, 0, 6);
  suite_add_tcase(suite, tcase);
  return suite;
}
