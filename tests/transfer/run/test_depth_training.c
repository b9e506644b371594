// Layers that a strategy holds by their place, through whole trials: PPO, a shared trunk, SAC with
// three critics, cloning.

#include "tests/support/acting.h"
#include "tests/transfer/study_fixture.h"
#include "transfer/run/record.h"
#include "transfer/study/depth.h"

#define PPO(more) \
  "ppo = { envs = 2; horizon = 32; hidden = (8, 8); epochs = 2; warmup_steps = 32; " more "};"
#define SAC                                                                                 \
  "sac = { hidden = (8, 8); activation = \"tanh\"; critics = 3; horizon = 32; batch = 16; " \
  "};"
#define BC " bc = { hidden = (8, 8); interval = 64; minibatch = 32; };"
#define WITH_BC "algorithm = \"bc\"; data = \"own\"; "
static const struct {
  const char *learning, *source, *strategy;
  co_by_depth frozen;  // from the input
} cases[] = {
    {PPO(""), "", "freeze = { actor = 1; from = \"input\"; };", {1, 0, "input"}},
    {PPO(""), "", "freeze = { actor = 2; critic = 1; from = \"input\"; };", {2, 1, "input"}},
    {PPO(""), "", "freeze = { actor = 3; critic = 2; from = \"output\"; };", {3, 0, "input"}},
    {PPO("layer_norm = true; "),
     "",
     "freeze = { actor = 1; critic = 2; from = \"input\"; };",
     {1, 2, "input"}},
    {PPO("shared_trunk = true; "),
     "",
     "freeze = { actor = 2; from = \"input\"; };",
     {2, 0, "input"}},
    {SAC,
     "algorithm = \"sac\";",
     "freeze = { actor = 1; critic = 2; from = \"input\"; };",
     {1, 2, "input"}},
    {PPO("") BC, "", WITH_BC "freeze = { actor = 2; from = \"input\"; };", {2, 0, "input"}},
};

static void open_case(fixture *f, int i) {
  char strategies[512], learning[512], source[256];
  snprintf(strategies, sizeof strategies,
           "strategies=( { name = \"scratch\"; }, { name = \"x\"; %s } )", cases[i].strategy);
  snprintf(learning, sizeof learning, "learning={ %s }", cases[i].learning);
  snprintf(source, sizeof source,
           "sources=( { name = \"a\"; task = \"pendulum\"; steps = 128; %s } )", cases[i].source);
  const char *set[] = {strategies, learning, source,
                       "data=( { name = \"own\"; actions = \"sampled\"; episodes = 2; } )"};
  co_study *study;
  ck_ok(co_study_read(fixture_write("depth.cfg", fixture_text), set, 4, &study));
  fixture_open(f, study);
}

static co_policy *load(const fixture *f, const char *id) {
  char *path = fixture_file(f, id, "policy.safetensors");
  co_policy *policy;
  ck_ok(co_policy_load(path, &policy));
  free(path);
  return policy;
}

// What layer number `layer` of a part puts out, behind its activation: out (COUNT x its units).
enum { COUNT = 50, UNITS = 16 };
static void layer_output(const co_policy *policy, int part, int layer, float *out) {
  const co_network *net = &policy->net;
  const co_part *of = &net->part[part];
  float *output[CO_MAX_LAYERS], *obs = calloc((size_t)(COUNT * of->in), sizeof *obs);
  co_stream stream = {7, 0, CO_PURPOSE_TEST};
  co_rng rng = co_rng_make(&stream, 0);
  co_rng_normals(&rng, obs, COUNT * of->in);
  co_mlp mlp = co_mlp_view(co_kernels_get(), net, of->layer);
  for (int l = 0; l < net->num_layers; l++)
    output[l] = aligned_alloc(64, (size_t)(64 * of->layer[l].out_stride) * sizeof **output);
  co_mlp_forward(&mlp, obs, of->in, COUNT, output);
  for (int r = 0; r < COUNT; r++)
    for (int u = 0; u < of->layer[layer].out; u++)
      out[r * UNITS + u] = output[layer][r * of->layer[layer].out_stride + u];
  for (int l = 0; l < net->num_layers; l++) free(output[l]);
  free(obs);
}

// The part up to its last frozen layer computes what it did, and with the next one something else.
static void check_function(const co_policy *source, const co_policy *tuned, int part, int frozen) {
  static float before[COUNT * UNITS], after[COUNT * UNITS];
  for (int layer = 0; layer < tuned->net.num_layers; layer++) {
    memset(before, 0, sizeof before);
    memset(after, 0, sizeof after);
    layer_output(source, part, layer, before);
    layer_output(tuned, part, layer, after);
    ck_assert_msg((memcmp(before, after, sizeof before) == 0) == (layer < frozen),
                  "part %d layer %d", part, layer);
  }
}

#define TRAINED "transfer.a.b.x.s0"
static void run(const fixture *f, bool from_data) {
  fixture_run(f, "source.a.-.-.s0");
  if (from_data) fixture_run(f, "data.a.-.own.s0");
  fixture_run(f, TRAINED);
}

START_TEST(frozen_layers_stay_and_compute_the_same) {
  fixture f;
  co_record record;
  open_case(&f, _i);
  run(&f, strstr(cases[_i].learning, "bc") != NULL);
  co_policy *source = load(&f, "source.a.-.-.s0"), *tuned = load(&f, TRAINED);
  co_buf text = fixture_read(&f, TRAINED, "done.json");
  ck_ok(co_record_parse(text.data, text.size, "done.json", &record));
  ck_assert_double_eq(record.action_difference, 0);
  bool outputs = strstr(cases[_i].strategy, "output") != NULL;
  for (int i = 0; i < tuned->num_tensors; i++) {
    const co_tensor_facts *facts = &tuned->tensor[i].facts;
    bool held = facts->part == CO_PART_OBS_NORM ||
                co_depth_selects(&cases[_i].frozen, tuned->tensor, tuned->num_tensors, i);
    if (outputs && facts->part == CO_PART_CRITIC)
      held = co_depth_of(tuned->tensor, tuned->num_tensors, i) > 0;
    if (facts->part == CO_PART_REWARD_NORM) continue;  // SAC has no use for it
    int from = co_tensor_find(source->tensor, source->num_tensors, tuned->tensor[i].name);
    bool same = co_tensor_hash(&tuned->tensor[i]) == co_tensor_hash(&source->tensor[from]);
    ck_assert_msg(same == held, "%s", tuned->tensor[i].name);
    ck_assert_int_eq(record.tensor[i].trained, !held);
  }
  bool shared = strstr(cases[_i].learning, "shared") != NULL;
  int parts = shared || !co_policy_has_critics(tuned) ? 1 : tuned->net.num_parts;
  for (int part = 0; part < parts; part++)
    check_function(source, tuned, part,
                   (int)(part == CO_ACTOR ? cases[_i].frozen.actor : cases[_i].frozen.critic));
  co_buf_free(&text);
  co_record_free(&record);
  co_policy_free(source);
  co_policy_free(tuned);
  fixture_close(&f);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("depth in training");
  TCase *tcase = tcase_create("all");
  tcase_add_checked_fixture(tcase, fixture_setup, fixture_teardown);
  tcase_add_loop_test(tcase, frozen_layers_stay_and_compute_the_same, 0,
                      sizeof cases / sizeof *cases);
  suite_add_tcase(suite, tcase);
  return suite;
}
