// Networks with memory: fresh values, and that a part is its layers one after the other, bit for
// bit, with gradients at their places in the network's block.

#include "agents/nn/network.h"
#include "tests/support/support.h"

#include <string.h>

enum { ROWS = 3, STEPS = 4, TOTAL = 8 };

static const co_stream stream = {11, 3, CO_PURPOSE_INIT};
static const int lengths[ROWS] = {4, 3, 1};

#define SIZES .obs_dim = 5, .act_dim = 3
static const co_network_def defs[] = {
    {SIZES, .num_hidden = 2, .hidden = {17, 9}, .activation = CO_TANH, .memory = {CO_LSTM, 6}},
    {SIZES, .num_hidden = 1, .hidden = {20}, .activation = CO_SWISH, .memory = {CO_GRU, 130}},
    {SIZES, .num_hidden = 1, .hidden = {8}, .layer_norm = true, .memory = {CO_LSTM, 16}},
    {SIZES, .num_hidden = 0, .memory = {CO_GRU, 7}},
};
enum { NUM_DEFS = sizeof defs / sizeof *defs };

static co_network make(const co_network_def *def) {
  co_network net;
  ck_assert_int_eq(co_network_create(def, &net), CO_OK);
  co_network_init(&net, &stream);
  return net;
}

// ---- layout and fresh values

// Tensors fill the block one behind the other, each row padded with zeros.
START_TEST(tensors_cover_the_block) {
  co_network net = make(&defs[_i]);
  const float *next = net.block;
  for (int t = 0; t < net.num_tensors; t++) {
    const co_tensor *tensor = &net.tensor[t];
    ck_assert_ptr_eq(tensor->data, next);
    for (int row = 0; row < tensor->rows; row++)
      for (int col = tensor->cols; col < tensor->stride; col++)
        ck_assert(next[row * tensor->stride + col] == 0);
    next += (size_t)tensor->rows * (size_t)tensor->stride;
  }
  ck_assert_uint_eq((size_t)(next - net.block), net.size);
  co_network_free(&net);
}
END_TEST

// What optimiser and strategies go by: layers name their tensors.
START_TEST(layers_name_their_tensors) {
  co_network net = make(&defs[_i]);
  for (int p = 0; p < net.num_parts; p++) {
    for (int l = 0; l < net.num_layers; l++) {
      const co_dense *layer = &net.part[p].layer[l];
      ck_assert_ptr_eq(net.tensor[layer->tensor].data, net.block + layer->weight);
      ck_assert_ptr_eq(net.tensor[layer->tensor + 1].data, net.block + layer->bias);
      ck_assert_int_eq(net.tensor[layer->tensor].rows, layer->in);
    }
    const co_tensor *memory = &net.tensor[net.part[p].graph->first_tensor];
    ck_assert_int_eq(memory->facts.layer, CO_LAYER_MEMORY);
    ck_assert_int_eq(memory->rows, net.def.obs_dim);
    ck_assert_int_eq(net.part[p].layer[0].in, net.def.memory.width);
  }
  co_network_free(&net);
}
END_TEST

static double product(const co_tensor *w, int a, int b) {
  double sum = 0;  // a weight of memory is wider than high: its rows are orthogonal
  for (int col = 0; col < w->cols; col++)
    sum += co_tensor_get(w, a, col) * co_tensor_get(w, b, col);
  return sum;
}

START_TEST(memory_starts_orthogonal_and_remembering) {
  co_network net = make(&defs[_i]);
  int width = net.def.memory.width;
  for (int t = 0; t < net.num_tensors; t++) {
    const co_tensor *tensor = &net.tensor[t];
    const co_tensor_facts *facts = &tensor->facts;
    if (facts->layer != CO_LAYER_MEMORY) continue;
    bool weight = facts->role == CO_TENSOR_WEIGHT || facts->role == CO_TENSOR_RECURRENT;
    bool forgets = facts->role == CO_TENSOR_BIAS && net.def.memory.cell == CO_LSTM;
    for (int a = 0; weight && a < tensor->rows; a++)
      for (int b = 0; b <= a; b++) ck_assert_double_eq_tol(product(tensor, a, b), a == b, 4e-7);
    for (int col = 0; !weight && col < tensor->cols; col++)
      ck_assert(co_tensor_get(tensor, 0, col) == (forgets && col / width == 1));
  }
  co_network_free(&net);
}
END_TEST

START_TEST(one_tensor_gets_the_values_of_a_whole_start) {
  co_network net = make(&defs[_i]), other = make(&defs[_i]);
  memset(other.block, 0x3f, other.size * sizeof *other.block);
  for (int t = other.num_tensors - 1; t >= 0; t--) co_network_init_tensor(&other, &stream, t);
  ck_assert_mem_eq(net.block, other.block, net.size * sizeof *net.block);
  co_network_free(&net);
  co_network_free(&other);
}
END_TEST

// Without memory a network is what it was: no graph, no memory for one.
START_TEST(plain_networks_have_no_graph) {
  co_network_def def = defs[0];
  def.memory.width = 0;
  co_network net = make(&def);
  for (int p = 0; p < net.num_parts; p++) ck_assert_ptr_null(net.part[p].graph);
  ck_assert_uint_eq(net.graphs.used, 0);
  co_network_free(&net);
}
END_TEST

// ---- passes

typedef struct fixture {
  co_arena arena;
  co_network net;
  co_sequences sequences;
  int active[STEPS];
  float *x, *state, *dstate, *grad;
} fixture;

static float *floats(fixture *f, int rows, int cols) {
  return co_arena_alloc(&f->arena, (size_t)(rows * cols), sizeof(float));
}

// the arrays of passes through a part
static void set_up(fixture *f, const co_network_def *def) {
  *f = (fixture){.net = make(def)};
  co_rng rng = co_rng_make(&(co_stream){5, 0, CO_PURPOSE_TEST}, 0);
  int stride = co_row_stride(def->obs_dim), state = f->net.part[CO_ACTOR].graph->state_size;
  f->x = floats(f, TOTAL, stride);
  for (int r = 0; r < TOTAL; r++) co_rng_normals(&rng, f->x + r * stride, def->obs_dim);
  f->state = floats(f, ROWS, state);
  f->dstate = floats(f, ROWS, state);
  f->grad = floats(f, 1, (int)f->net.size);
  f->sequences = (co_sequences){co_sequences_pack(lengths, ROWS, f->active), f->active};
}

static void tear_down(fixture *f) {
  co_network_free(&f->net);
  co_arena_free(&f->arena);
}

// The layers of a part by hand, from the state that the fixture has.
static const float *by_hand(fixture *f, int p, float *state) {
  const co_kernels *kernels = co_kernels_get();
  const co_recurrent *cell = &f->net.part[p].graph->node[CO_NODE_MEMORY].cell;
  co_recurrent_view view = co_recurrent_make_view(kernels, cell, f->net.block);
  co_recurrent_work work;
  ck_assert_int_eq(co_recurrent_work_create(&f->arena, &cell->def, TOTAL, ROWS, false, &work),
                   CO_OK);
  int stride = co_row_stride(cell->def.width);
  float *y = floats(f, TOTAL, stride), *output[CO_MAX_LAYERS];
  co_recurrent_forward(&view, &f->sequences, f->x, co_row_stride(f->net.def.obs_dim), &work, state,
                       co_recurrent_state(&cell->def), y);
  co_mlp mlp = co_mlp_view(kernels, &f->net, f->net.part[p].layer);
  for (int l = 0; l < mlp.num_layers; l++) output[l] = floats(f, TOTAL, mlp.layer[l].out_stride);
  co_mlp_forward(&mlp, y, stride, TOTAL, output);
  return output[mlp.num_layers - 1];
}

START_TEST(a_part_is_its_layers_one_after_the_other) {
  fixture f;
  set_up(&f, &defs[_i]);
  for (int p = 0; p < f.net.num_parts; p++) {
    const co_graph *graph = f.net.part[p].graph;
    co_graph_work work;
    ck_assert_int_eq(
        co_graph_work_create(&f.arena, co_kernels_get(), graph, TOTAL, ROWS, true, &work), CO_OK);
    float *state = floats(&f, ROWS, graph->state_size);
    size_t bytes = (size_t)(ROWS * graph->state_size) * sizeof *state;
    memset(f.state, 0, bytes);
    const float *y = by_hand(&f, p, state);
    co_graph_forward(&work, &f.sequences, f.x, f.state, graph->state_size);
    int out_stride = graph->node[CO_NODE_RUN].stride;
    ck_assert_int_eq(graph->node[CO_NODE_RUN].width, p == CO_ACTOR ? f.net.def.act_dim : 1);
    ck_assert_mem_eq(work.node[CO_NODE_RUN].y, y, (size_t)(TOTAL * out_stride) * sizeof *y);
    ck_assert_mem_eq(f.state, state, bytes);
  }
  tear_down(&f);
}
END_TEST

// Every tensor of the part has a gradient at its place in the network's block, and nothing else.
START_TEST(gradients_lie_like_the_block) {
  fixture f;
  set_up(&f, &defs[_i]);
  for (int p = 0; p < f.net.num_parts; p++) {
    const co_graph *graph = f.net.part[p].graph;
    const co_graph_node *run = &graph->node[CO_NODE_RUN];
    co_graph_work work;
    memset(f.grad, 0, f.net.size * sizeof *f.grad);
    // the head's fresh weights are tiny for means
    for (size_t i = graph->offset; i < graph->offset + graph->size; i++) f.net.block[i] *= 8;
    ck_assert_int_eq(
        co_graph_work_create(&f.arena, co_kernels_get(), graph, TOTAL, ROWS, true, &work), CO_OK);
    co_graph_forward(&work, &f.sequences, f.x, f.state, graph->state_size);
    co_graph_begin_backward(&work, &f.sequences);
    for (int r = 0; r < TOTAL; r++)
      for (int o = 0; o < run->width; o++)
        work.node[CO_NODE_RUN].dy[r * run->stride + o] = 1 + (float)(r + o);
    co_graph_backward(&work, &f.sequences, f.x, f.dstate, graph->state_size, f.grad);
    for (size_t i = 0; i < f.net.size; i++)
      if (i < graph->offset || i >= graph->offset + graph->size) ck_assert(f.grad[i] == 0);
    for (int t = 0; t < graph->num_tensors; t++) {
      const co_tensor *tensor = &f.net.tensor[graph->first_tensor + t];
      const float *grad = f.grad + ((const float *)tensor->data - f.net.block);
      bool any = false;
      for (int i = 0; i < tensor->rows * tensor->stride; i++) any = any || grad[i] != 0;
      ck_assert_msg(any, "%s has no gradient", tensor->name);
    }
  }
  tear_down(&f);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("memory");
  TCase *layout = tcase_create("layout");
  tcase_add_loop_test(layout, tensors_cover_the_block, 0, NUM_DEFS);
  tcase_add_loop_test(layout, layers_name_their_tensors, 0, NUM_DEFS);
  tcase_add_loop_test(layout, memory_starts_orthogonal_and_remembering, 0, NUM_DEFS);
  tcase_add_loop_test(layout, one_tensor_gets_the_values_of_a_whole_start, 0, NUM_DEFS);
  tcase_add_test(layout, plain_networks_have_no_graph);
  suite_add_tcase(suite, layout);
  TCase *passes = tcase_create("passes");
  tcase_add_loop_test(passes, a_part_is_its_layers_one_after_the_other, 0, NUM_DEFS);
  tcase_add_loop_test(passes, gradients_lie_like_the_block, 0, NUM_DEFS);
  suite_add_tcase(suite, passes);
  return suite;
}
