#include "agents/policy/movement.h"

#include "agents/nn/linear.h"
#include "agents/policy/actor.h"
#include "core/format.h"

#include <math.h>
#include <string.h>

#define DORMANT 0.025  // of the layer's mean absolute output (Sokar et al. 2023, figure 2)
#define WHOLE 0.99     // share of the singular values' sum (Kumar et al. 2021, equation 3)

// The same observations through the layers of one policy.
typedef struct features {
  int layers;                    // hidden ones of the actor, 0: unknown
  co_matrix of[CO_MAX_HIDDEN];   // (count x units) of each
  double *value[CO_MAX_HIDDEN];  // its numbers
} features;

// ---- weights

static void add_squares(const co_tensor *now, const co_tensor *then, double *norm, double *moved,
                        double *start) {
  for (int row = 0; row < now->rows; row++)
    for (int col = 0; col < now->cols; col++) {
      double after = co_tensor_get(now, row, col), before = co_tensor_get(then, row, col);
      *norm += after * after;
      *start += before * before;
      *moved += (after - before) * (after - before);
    }
}

static void measure_weights(const co_policy *before, const co_policy *after,
                            const co_tensor_facts *layer, co_layer_movement *out) {
  double norm = 0, moved = 0, start = 0;
  for (int i = 0; i < after->num_tensors; i++)
    if (co_tensor_same_layer(&after->tensor[i].facts, layer))
      add_squares(&after->tensor[i], &before->tensor[i], &norm, &moved, &start);
  out->moved = co_round_digits(sqrt(moved));
  out->relative = start > 0 ? co_round_digits(sqrt(moved / start)) : (double)NAN;
  out->norm = co_round_digits(sqrt(norm));
}

// ---- features

static int hidden_layers(const co_policy *policy) {
  return policy->acts ? 0 : policy->net.def.num_hidden;  // another kind of actor has no such layers
}

static void keep_outputs(const co_actor_scratch *at, int row, features *out) {
  for (int l = 0; l < out->layers; l++) {
    int units = out->of[l].cols;
    for (int u = 0; u < units; u++)
      out->value[l][(ptrdiff_t)row * units + u] = (double)at->output[l][u];
  }
}

static co_status see(const co_policy *policy, const co_seen *seen, co_arena *arena, features *out) {
  co_actor actor = co_actor_view(co_kernels_get(), policy);
  *out = (features){.layers = hidden_layers(policy)};
  for (int l = 0; l < out->layers; l++) {
    int units = actor.mlp.layer[l].out;
    out->value[l] = co_arena_alloc(arena, (size_t)seen->count * (size_t)units, sizeof(double));
    out->of[l] = (co_matrix){seen->count, units, out->value[l]};
  }
  float *block = co_arena_alloc(arena, co_actor_scratch_size(&actor, 1), sizeof *block);
  void *state = co_arena_alloc(arena, 1, actor.state_bytes);
  CO_TRY(co_arena_status(arena));
  co_actor_scratch at = co_actor_scratch_place(&actor, 1, block);
  for (int i = 0; i < seen->count; i++) {
    if (seen->begins[i]) co_actor_begin(&actor, 1, state);
    co_actor_run(&actor, seen->obs + (ptrdiff_t)i * policy->net.def.obs_dim, 1, state, &at);
    keep_outputs(&at, i, out);
  }
  return CO_OK;
}

static double dormant_share(co_matrix of) {
  double whole = 0;
  int dormant = 0;
  for (ptrdiff_t i = 0; i < (ptrdiff_t)of.rows * of.cols; i++) whole += fabs(of.value[i]);
  for (int u = 0; u < of.cols; u++) {
    double sum = 0;
    for (int r = 0; r < of.rows; r++) sum += fabs(of.value[(ptrdiff_t)r * of.cols + u]);
    dormant += sum * of.cols <= DORMANT * whole;
  }
  return co_round_digits((double)dormant / of.cols);
}

static co_status effective_rank(co_matrix of, co_arena *arena, int *out) {
  double *value = co_arena_alloc(arena, (size_t)of.cols, sizeof *value), whole = 0, sum = 0;
  if (!value) return CO_MEMORY;
  CO_TRY(co_linear_singular_values(of, arena, value));
  for (int i = 0; i < of.cols; i++) whole += value[i];
  int rank = 0;
  while (rank < of.cols && sum < WHOLE * whole) sum += value[rank++];
  *out = rank;
  return CO_OK;
}

// ||a' b||^2 / (||a' a|| ||b' b||), both with their means taken off.
static co_status cka_of(co_matrix a, co_matrix b, co_arena *arena, double *out) {
  double both, own_a, own_b;
  CO_TRY(co_linear_product_square(a, b, arena, &both));
  CO_TRY(co_linear_product_square(a, a, arena, &own_a));
  CO_TRY(co_linear_product_square(b, b, arena, &own_b));
  *out = own_a > 0 && own_b > 0 ? co_round_digits(both / sqrt(own_a * own_b)) : (double)NAN;
  return CO_OK;
}

static void centre(features *of, int layer) {
  if (layer < of->layers)
    co_linear_centre(of->of[layer].rows, of->of[layer].cols, of->value[layer]);
}

// Of one hidden layer; takes the means off its features at the end.
static co_status measure_layer(features *before, features *after, features *source, int layer,
                               co_arena *arena, co_layer_movement *out) {
  co_matrix now = after->of[layer], then = before->of[layer];
  out->units = now.cols;
  out->dormant_before = dormant_share(then);
  out->dormant = dormant_share(now);
  CO_TRY(effective_rank(then, arena, &out->rank_before));
  CO_TRY(effective_rank(now, arena, &out->rank));
  centre(after, layer);
  centre(source, layer);
  return layer < source->layers ? cka_of(now, source->of[layer], arena, &out->cka) : CO_OK;
}

static bool is_hidden(const co_tensor_facts *facts, int layers) {
  return facts->part == CO_PART_ACTOR && facts->layer == CO_LAYER_TRUNK && facts->depth < layers;
}

static co_status measure_features(const co_policy *before, const co_policy *after,
                                  const co_policy *source, const co_seen *seen,
                                  const co_tensor_facts *const *facts, int count, co_arena *arena,
                                  co_layer_movement *out) {
  features then, now, theirs = {0};
  CO_TRY(see(before, seen, arena, &then));
  CO_TRY(see(after, seen, arena, &now));
  if (source) CO_TRY(see(source, seen, arena, &theirs));
  for (int i = 0; i < count; i++)
    if (is_hidden(facts[i], now.layers))
      CO_TRY(measure_layer(&then, &now, &theirs, facts[i]->depth, arena, &out[i]));
  return CO_OK;
}

// ---- whole

// The weights, each of a layer of its own, in their order.
static int find_layers(const co_policy *policy, const co_tensor_facts **out) {
  int count = 0;
  for (int i = 0; i < policy->num_tensors; i++) {
    const co_tensor_facts *facts = &policy->tensor[i].facts;
    if (facts->layer != CO_LAYER_NONE && facts->role == CO_TENSOR_WEIGHT) out[count++] = facts;
  }
  return count;
}

co_status co_movement_measure(const co_policy *before, const co_policy *after,
                              const co_policy *source, const co_seen *seen, co_arena *arena,
                              int *count, co_layer_movement **out) {
  size_t most = (size_t)after->num_tensors;
  co_layer_movement *layer = co_arena_alloc(arena, most, sizeof *layer);
  co_arena_mark mark = co_arena_get_mark(arena);
  const co_tensor_facts **facts = co_arena_alloc(arena, most, sizeof *facts);
  CO_TRY(co_arena_status(arena));
  int layers = find_layers(after, facts);
  for (int i = 0; i < layers; i++) {
    layer[i] = (co_layer_movement){.dormant_before = NAN, .dormant = NAN, .cka = NAN};
    co_tensor_layer_name(facts[i], layer[i].layer);
    measure_weights(before, after, facts[i], &layer[i]);
  }
  co_status status = CO_OK;
  if (seen && seen->count && co_linear_is_there())
    status = measure_features(before, after, source, seen, facts, layers, arena, layer);
  co_arena_release(arena, mark);
  *count = layers;
  *out = layer;
  return status;
}
