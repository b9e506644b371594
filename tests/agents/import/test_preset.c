// Tensors of known programs become graphs; what is not known is never left out in silence.

#include "agents/import/preset.h"
#include "agents/program/program.h"
#include "core/file.h"
#include "tests/support/scratch.h"
#include "tests/support/support.h"

#include <math.h>
#include <string.h>

enum { IN = 3, WIDE = 4, OUT = 2 };

typedef struct made {
  co_buf bytes;
  co_safetensors tensors;
} made;

static float numbers[64];

static co_safetensor tensor_of(const char *name, size_t rows, size_t cols) {
  co_safetensor out = {.name = name,
                       .element = CO_SAFETENSORS_F32,
                       .rank = cols ? 2 : 1,
                       .shape = {rows, cols},
                       .data = numbers,
                       .bytes = rows * (cols ? cols : 1) * sizeof *numbers};
  return out;
}

static void make(const co_safetensor *tensor, int count, made *out) {
  *out = (made){0};
  for (int i = 0; i < 64; i++) numbers[i] = 0.25f + (float)i;
  ck_assert_int_eq(co_safetensors_write(NULL, 0, tensor, count, &out->bytes), CO_OK);
  ck_assert_int_eq(
      co_safetensors_parse(out->bytes.data, out->bytes.size, "p.safetensors", &out->tensors),
      CO_OK);
}

static void unmake(made *m) {
  co_safetensors_free(&m->tensors);
  co_buf_free(&m->bytes);
}

// Two layers under the names that each program has, and what the preset takes them for.
static const struct {
  const char *first, *second, *bias, *preset, *activation;
  const char *last_op;  // before the Identity that is called action
} known[] = {
    {"mlp_extractor.policy_net.0.weight", "action_net.weight", "action_net.bias", "sb3", "tanh",
     "Gemm"},
    {"actor.latent_pi.0.weight", "actor.mu.weight", "actor.mu.bias", "sb3", "relu", "Tanh"},
    {"actor.mu.0.weight", "actor.mu.2.weight", "actor.mu.2.bias", "sb3", "relu", "Tanh"},
    {"action_net.0.weight", "action_net.2.weight", "action_net.2.bias", "sb3", "relu", "Tanh"},
    {"actor.mlp.0.weight", "actor.mlp.2.weight", "actor.mlp.2.bias", "rsl_rl", "elu", "Gemm"},
    {"actor.0.weight", "actor.2.weight", "actor.2.bias", "torchscript", "elu", "Gemm"},
    {"actor_mean.0.weight", "actor_mean.2.weight", "actor_mean.2.bias", "cleanrl", "tanh", "Gemm"},
    {"fc1.weight", "fc_mu.weight", "fc_mu.bias", "cleanrl", "relu", "Tanh"},
    {"net_container.0.weight", "policy_layer.weight", "policy_layer.bias", "skrl", NULL, "Gemm"},
    {"a2c_network.actor_mlp.0.weight", "a2c_network.mu.weight", "a2c_network.mu.bias", "rl_games",
     NULL, "Gemm"},
    {"0.weight", "2.weight", "2.bias", "torchscript", NULL, "Gemm"},
};

START_TEST(names_are_recognised) {
  co_safetensor tensor[] = {tensor_of(known[_i].first, WIDE, IN),
                            tensor_of(known[_i].second, OUT, WIDE),
                            tensor_of(known[_i].bias, OUT, 0)};
  made m;
  make(tensor, 3, &m);
  co_preset_result result;
  co_preset_options options = {0};
  if (!known[_i].activation) {  // nobody says which, and it is asked for
    ck_assert_int_eq(co_preset_graph(&m.tensors, "p.safetensors", &options, &result), CO_CONFIG);
    ck_assert_ptr_nonnull(strstr(co_error_text(), "activation"));
    options.activation = "ELU";
  }
  ck_assert_msg(co_preset_graph(&m.tensors, "p.safetensors", &options, &result) == CO_OK, "%s",
                co_error_text());
  ck_assert_str_eq(result.preset, known[_i].preset);
  ck_assert_str_eq(result.activation, known[_i].activation ? known[_i].activation : "elu");
  ck_assert_int_eq(result.activation_from, known[_i].activation ? CO_FROM_DEFAULT : CO_FROM_USER);
  ck_assert_int_eq(result.normaliser.dim, 0);
  const co_onnx *graph = &result.graph;
  ck_assert_int_eq(graph->input[0].shape[1], IN);
  ck_assert_int_eq(graph->output[0].shape[1], OUT);
  ck_assert_str_eq(graph->node[0].op, "Gemm");
  ck_assert_str_eq(graph->node[graph->num_nodes - 2].op, known[_i].last_op);
  ck_assert_float_eq(co_onnx_find_tensor(graph, known[_i].first)->number[5], 5.25f);
  co_preset_free(&result);
  unmake(&m);
}
END_TEST

// Where tanh is spread over a range that is not -1 to 1.
START_TEST(ranges_of_actions_stand_behind_tanh) {
  static const char *const layers[][2] = {{"actor.latent_pi.0.weight", "actor.mu.weight"},
                                          {"actor.mu.0.weight", "actor.mu.2.weight"},
                                          {"action_net.0.weight", "action_net.2.weight"}};
  co_safetensor tensor[] = {tensor_of(layers[_i][0], WIDE, IN), tensor_of(layers[_i][1], OUT, WIDE),
                            tensor_of("action_scale", OUT, 0), tensor_of("action_bias", OUT, 0)};
  made m;
  make(tensor, 4, &m);
  co_preset_result result;
  ck_assert_msg(
      co_preset_graph(&m.tensors, "p.safetensors", &(co_preset_options){0}, &result) == CO_OK, "%s",
      co_error_text());
  const co_onnx_node *last = &result.graph.node[result.graph.num_nodes - 1];
  ck_assert_str_eq(last[-1].op, "Add");
  ck_assert_str_eq(last[-2].op, "Mul");
  ck_assert_str_eq(last[-3].op, "Tanh");
  co_preset_free(&result);
  unmake(&m);
}
END_TEST

START_TEST(what_is_not_known_is_refused) {
  co_safetensor tensor[] = {tensor_of("actor.0.weight", WIDE, IN),
                            tensor_of("actor.2.weight", OUT, WIDE),
                            tensor_of("estimator.0.weight", OUT, IN)};
  made m;
  make(tensor, 3, &m);
  co_preset_result result;
  ck_assert_int_eq(co_preset_graph(&m.tensors, "p.safetensors", &(co_preset_options){0}, &result),
                   CO_DATA);
  ck_assert_ptr_nonnull(strstr(co_error_text(), "\"estimator.0.weight\" is no part of preset"));
  ck_assert_int_eq(co_preset_graph(&m.tensors, "p.safetensors",
                                   &(co_preset_options){.preset = "cleanrl"}, &result),
                   CO_CONFIG);
  unmake(&m);
}
END_TEST

START_TEST(layers_have_to_fit) {
  co_safetensor tensor[] = {tensor_of("actor.0.weight", WIDE, IN),
                            tensor_of("actor.2.weight", OUT, WIDE + 1)};
  made m;
  make(tensor, 2, &m);
  co_preset_result result;
  ck_assert_int_eq(co_preset_graph(&m.tensors, "p.safetensors", &(co_preset_options){0}, &result),
                   CO_DATA);
  ck_assert_ptr_nonnull(strstr(co_error_text(), "takes 5 numbers, before it are 4"));
  unmake(&m);
  tensor[1] = tensor_of("actor.2.scale", OUT, WIDE);  // a gain is no matrix
  make(tensor, 2, &m);
  ck_assert_int_eq(co_preset_graph(&m.tensors, "p.safetensors", &(co_preset_options){0}, &result),
                   CO_DATA);
  ck_assert_str_eq(co_error_text(), "p.safetensors: no tensor \"actor.2.weight\"");
  unmake(&m);
}
END_TEST

// Which may be called as what goes in or comes out.
START_TEST(a_file_says_the_layers) {
  co_safetensor tensor[] = {tensor_of("obs.kernel", IN, WIDE), tensor_of("obs.bias", WIDE, 0),
                            tensor_of("ln.weight", WIDE, 0), tensor_of("action.weight", OUT, WIDE)};
  static const char text[] =
      "layers = [\"obs\", \"ln\", \"action\"];\nactivation = \"SiLU\";\noutput = \"tanh\";\n";
  scratch_make();
  const char *path = at("mine.cfg");
  ck_assert_int_eq(co_file_write(path, text, sizeof text - 1), CO_OK);
  made m;
  make(tensor, 4, &m);
  co_preset_result result;
  ck_assert_msg(co_preset_graph(&m.tensors, "p.safetensors", &(co_preset_options){.preset = path},
                                &result) == CO_OK,
                "%s", co_error_text());
  static const char *const ops[] = {
      "Gemm", "LayerNormalization", "Sigmoid", "Mul", "Gemm", "Tanh", "Identity"};
  ck_assert_int_eq(result.graph.num_nodes, 7);
  for (int i = 0; i < 7; i++) ck_assert_str_eq(result.graph.node[i].op, ops[i]);
  ck_assert_str_eq(result.activation, "swish");
  const co_onnx *graph = &result.graph;
  co_program program;
  ck_assert_msg(co_program_compile(&graph, 1, NULL, &program) == CO_OK, "%s", co_error_text());
  co_program_free(&program);
  co_preset_free(&result);
  unmake(&m);
  scratch_remove();
}
END_TEST

START_TEST(gates_get_the_order_of_onnx) {
  enum { H = 2 };
  co_safetensor tensor[] = {
      tensor_of("memory.weight_ih_l0", 4 * H, IN), tensor_of("memory.weight_hh_l0", 4 * H, H),
      tensor_of("memory.bias_ih_l0", 4 * H, 0), tensor_of("memory.bias_hh_l0", 4 * H, 0),
      tensor_of("actor.0.weight", OUT, H)};
  made m;
  make(tensor, 5, &m);
  co_preset_result result;
  ck_assert_msg(
      co_preset_graph(&m.tensors, "p.safetensors", &(co_preset_options){0}, &result) == CO_OK, "%s",
      co_error_text());
  const co_onnx_tensor *bias = co_onnx_find_tensor(&result.graph, "memory.0.B");
  static const float want[] = {0, 1, 6, 7, 2, 3, 4, 5};  // input, output, forget, cell
  for (int i = 0; i < 8; i++) {
    ck_assert_float_eq(bias->number[i], 0.25f + want[i]);
    ck_assert_float_eq(bias->number[8 + i], 0.25f + want[i]);
  }
  ck_assert_int_eq(result.graph.num_inputs, 3);
  ck_assert_int_eq(result.graph.num_outputs, 3);
  co_preset_free(&result);
  unmake(&m);
}
END_TEST

// ---- normalisers

START_TEST(each_program_has_its_formula) {
  static const struct {
    const char *mean, *spread;
    double var0, epsilon, clip;
  } rows[] = {
      {"obs_rms.mean", "obs_rms.var", 0.25, 1e-8, 10},
      {"obs_normalizer._mean", "obs_normalizer._std", 0.26 * 0.26, 0, (double)INFINITY},
      {"state_preprocessor.running_mean", "state_preprocessor.running_variance",
       (0.5 + 1e-8) * (0.5 + 1e-8), 0, 5},
      {"running_mean_std.running_mean", "running_mean_std.running_var", 0.25, 1e-5, 5},
  };
  co_safetensor tensor[] = {tensor_of(rows[_i].mean, IN, 0), tensor_of(rows[_i].spread, IN, 0)};
  made m;
  make(tensor, 2, &m);
  co_import_normaliser norm;
  bool used[2] = {false, false};
  ck_assert_msg(co_import_normaliser_find(&m.tensors, "p", used, &norm) == CO_OK, "%s",
                co_error_text());
  ck_assert_int_eq(norm.dim, IN);
  ck_assert(used[0] && used[1]);
  ck_assert_double_eq(norm.mean[1], 1.25);
  ck_assert_double_eq_tol(norm.var[0], rows[_i].var0, 1e-15);
  ck_assert_double_eq(norm.epsilon, rows[_i].epsilon);
  ck_assert(norm.clip == rows[_i].clip);
  co_import_normaliser_free(&norm);
  unmake(&m);
}
END_TEST

START_TEST(a_table_of_means_is_read) {
  static const struct {
    const char *text, *error;  // NULL: fine
  } rows[] = {
      {"# clip = 5\n# epsilon = 1e-8\nname,mean,var\na, 1,4\nb,2,9\n", NULL},
      {"std,mean\n2,1\r\n3,2\n", NULL},
      {"mean,var\n1,4\n", ":2: 1 rows, the observation has 2 elements"},
      {"mean,var\n1,4\n1,4\n1,4\n", ":4: more rows"},
      {"mean,var\n1,x\n", ":2: no number: x"},
      {"mean,var\n1\n", ":2: a column is missing"},
      {"mean,sigma\n1,2\n", ":1: the first line names columns"},
      {"mean,var\n1,0\n1,1\n", "variance 0 of the normaliser is 0"},
      {"mean,std\n1,-1\n1,1\n", ":2: a spread below 0"},
  };
  scratch_make();
  const char *path = at("norm.csv");
  ck_assert_int_eq(co_file_write(path, rows[_i].text, strlen(rows[_i].text)), CO_OK);
  co_import_normaliser norm;
  co_status status = co_import_normaliser_read(path, 2, &norm);
  if (rows[_i].error) {
    ck_assert_int_eq(status, CO_DATA);
    ck_assert_msg(strstr(co_error_text(), rows[_i].error) != NULL, "%s", co_error_text());
  } else {
    ck_assert_msg(status == CO_OK, "%s", co_error_text());
    ck_assert_double_eq(norm.mean[1], 2);
    ck_assert_double_eq(norm.var[1], 9);
    ck_assert(norm.clip == (_i == 0 ? 5 : (double)INFINITY));
    co_import_normaliser_free(&norm);
  }
  scratch_remove();
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("preset");
  TCase *tests = tcase_create("tensors");
  tcase_add_loop_test(tests, names_are_recognised, 0, sizeof known / sizeof *known);
  tcase_add_loop_test(tests, ranges_of_actions_stand_behind_tanh, 0, 3);
  tcase_add_test(tests, what_is_not_known_is_refused);
  tcase_add_test(tests, layers_have_to_fit);
  tcase_add_test(tests, a_file_says_the_layers);
  tcase_add_test(tests, gates_get_the_order_of_onnx);
  tcase_add_loop_test(tests, each_program_has_its_formula, 0, 4);
  tcase_add_loop_test(tests, a_table_of_means_is_read, 0, 9);
  suite_add_tcase(suite, tests);
  return suite;
}
