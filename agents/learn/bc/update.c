// An update of a cloning learner: gradient steps on minibatches in slots, the spread, the loss on
// what was held out. Slots and the rows of their passes are the same for any number of threads, and
// so are all sums.

#include "agents/learn/bc/private/learner.h"
#include "agents/nn/gaussian.h"
#include "core/number.h"

#include <math.h>
#include <string.h>

// ---- rows ----

static void clear_sums(co_bc_sums *sums, int act_dim) {
  sums->loss = 0;
  memset(sums->square, 0, (size_t)act_dim * sizeof *sums->square);
}

static void add_sums(co_bc_sums *total, const co_bc_sums *sums, int act_dim) {
  total->loss += sums->loss;
  for (int j = 0; j < act_dim; j++) total->square[j] += sums->square[j];
}

// One transition into row `r` of a slot's pass; the rest is done for all rows at once.
static void take(const co_bc_spec *spec, const co_data_transition *from, float weight,
                 co_bc_slot *slot, int r) {
  const co_network_def *net = &spec->policy->net.def;
  memcpy(slot->obs + (ptrdiff_t)r * net->obs_dim, from->obs,
         (size_t)net->obs_dim * sizeof *slot->obs);
  memcpy(slot->target + (ptrdiff_t)r * net->act_dim, from->action,
         (size_t)net->act_dim * sizeof *slot->target);
  slot->weight[r] = weight;
}

static void prepare(const co_bc_spec *spec, int rows, const co_bc_slot *slot) {
  const co_policy *policy = spec->policy;
  co_normalizer_apply(&policy->obs_norm, slot->obs, rows, slot->x, spec->x_stride);
  co_output_invert(policy->output, policy->net.def.act_dim, rows, slot->target, slot->target);
}

static void forward(const co_bc_learner *learner, int rows, const co_bc_slot *slot) {
  co_mlp_pass_forward(&slot->pass, &learner->scratch.actor, slot->x, learner->spec.x_stride, rows);
}

// The loss of a pass, and its derivative by the means: of w / dim |mean - target|^2, `share` times.
static void add_loss(const co_mlp *actor, int rows, int dim, double share, co_bc_slot *slot) {
  int last = actor->num_layers - 1, stride = actor->layer[last].out_stride;
  for (int r = 0; r < rows; r++) {
    const float *mean = slot->pass.output[last] + (ptrdiff_t)r * stride;
    const float *target = slot->target + (ptrdiff_t)r * dim;
    float *dmean = slot->pass.delta[last] + (ptrdiff_t)r * stride;
    double weight = (double)slot->weight[r], square = 0;
    for (int j = 0; j < dim; j++) {
      double error = (double)mean[j] - (double)target[j];
      dmean[j] = (float)(2 * share * weight / dim * error);
      slot->sums.square[j] += weight * error * error;
      square += error * error;
    }
    slot->sums.loss += weight * square / dim;
  }
}

// ---- slots ----

// Rows of a slot, cut at whole blocks.
typedef struct span {
  int first, rows;
} span;

static int blocks_of(int rows) {
  return (rows + CO_BLOCK - 1) / CO_BLOCK;
}

// No slot is without rows.
static int slots_of(int rows) {
  int blocks = blocks_of(rows);
  return blocks < CO_BC_SLOTS ? blocks : CO_BC_SLOTS;
}

static span span_of(int rows, int slot) {
  int blocks = blocks_of(rows), slots = slots_of(rows);
  int first = blocks * slot / slots * CO_BLOCK, end = blocks * (slot + 1) / slots * CO_BLOCK;
  return (span){first, (end < rows ? end : rows) - first};
}

// The pass of a slot that begins `done` rows behind its first.
static span pass_at(const span *slot, int done) {
  int left = slot->rows - done;
  return (span){slot->first + done, left < CO_BC_PASS ? left : CO_BC_PASS};
}

// ---- a minibatch ----

static void take_rows(const co_bc_learner *learner, const span *pass, co_bc_slot *slot) {
  for (int r = 0; r < pass->rows; r++) {
    const co_minibatch_row *row = &learner->scratch.row[pass->first + r];
    co_data_transition from = co_data_part_at(&learner->spec.kept[row->set], row->index);
    take(&learner->spec, &from, row->weight, slot, r);
  }
}

static void backward(const co_bc_learner *learner, int rows, co_row_sum over, float *grad,
                     const co_bc_slot *slot) {
  co_mlp_backward(&learner->scratch.actor,
                  &(co_mlp_backward_args){.x = slot->x,
                                          .x_stride = learner->spec.x_stride,
                                          .rows = rows,
                                          .output = slot->pass.output,
                                          .delta = slot->pass.delta,
                                          .tape = slot->pass.taped ? &slot->pass.tape : NULL,
                                          .moves = learner->scratch.moves,
                                          .over = over,
                                          .grad = grad});
}

static void learn_slot(void *context, int index) {
  co_bc_learner *learner = context;
  co_bc_slot *slot = &learner->scratch.slot[index];
  int rows = (int)learner->spec.def.minibatch, dim = learner->spec.policy->net.def.act_dim;
  span all = span_of(rows, index);
  float *grad = learner->scratch.grad + (size_t)index * learner->spec.grad_size;
  clear_sums(&slot->sums, dim);
  for (int done = 0; done < all.rows; done += CO_BC_PASS) {
    span pass = pass_at(&all, done);
    take_rows(learner, &pass, slot);
    prepare(&learner->spec, pass.rows, slot);
    forward(learner, pass.rows, slot);
    add_loss(&learner->scratch.actor, pass.rows, dim, 1.0 / rows, slot);
    backward(learner, pass.rows, done ? CO_SUM_BLOCKS_ON : CO_SUM_BLOCKS, grad, slot);
  }
}

// ---- a step ----

static void transpose_layer(co_bc_learner *learner, int layer) {
  const co_dense_view *view = &learner->scratch.actor.layer[layer];
  float *to = learner->scratch.transposed[layer];
  if (!to) return;  // the first layer, whose input needs no derivative
  learner->spec.kernels->transpose(view->weight, view->in, view->out_stride, view->out, to,
                                   view->in_stride);
}

static void transpose_tensor(co_bc_learner *learner, int tensor) {
  const co_mlp *actor = &learner->scratch.actor;
  for (int l = 0; l < co_mlp_layers(actor); l++)
    if (actor->dense[l].tensor == tensor) transpose_layer(learner, l);
}

void co_bc_transpose_all(co_bc_learner *learner) {
  for (int l = 0; l < co_mlp_layers(&learner->scratch.actor); l++) transpose_layer(learner, l);
}

// Adds up what all slots have of a tensor's gradient, and steps it: no step waits for the norm.
static void step_tensor(void *context, int tensor) {
  co_bc_learner *learner = context;
  co_bc_scratch *scratch = &learner->scratch;
  scratch->tensor_square[tensor] = 0;
  if (!scratch->tensor_moves[tensor]) return;
  scratch->tensor_square[tensor] =
      co_adam_reduce(&learner->state.adam, tensor, scratch->grad, learner->spec.grad_size,
                     slots_of((int)learner->spec.def.minibatch));
  co_adam_step(&learner->state.adam, tensor, scratch->grad, 1, learner->spec.def.rate);
  transpose_tensor(learner, tensor);
}

static double add_up_slots(co_bc_scratch *scratch, int rows, int act_dim) {
  double loss = 0;
  for (int i = 0; i < slots_of(rows); i++) {
    loss += scratch->slot[i].sums.loss;
    add_sums(&scratch->total, &scratch->slot[i].sums, act_dim);
  }
  return loss;
}

static co_status diverge(const co_bc_learner *learner, const char *what) {
  return co_fail(CO_DIVERGED, "non-finite %s at update %lld", what,
                 (long long)learner->state.updates);
}

co_status co_bc_step(co_bc_learner *learner) {
  const co_bc_spec *spec = &learner->spec;
  co_bc_scratch *scratch = &learner->scratch;
  int rows = (int)spec->def.minibatch;
  co_pool_run(spec->pool, learn_slot, learner, slots_of(rows));
  co_pool_run(spec->pool, step_tensor, learner, spec->num_tensors);
  double loss = add_up_slots(scratch, rows, spec->policy->net.def.act_dim), square = 0;
  if (!isfinite(loss)) return diverge(learner, "loss");
  for (int t = 0; t < spec->num_tensors; t++) square += scratch->tensor_square[t];
  if (!isfinite(square)) return diverge(learner, "gradient");
  scratch->norm_sum += sqrt(square);
  return CO_OK;
}

// ---- what moves ----

static bool is_spread(const co_bc_learner *learner, int tensor) {
  return learner->spec.policy->net.tensor[tensor].facts.role == CO_TENSOR_SPREAD;
}

static void choose_moving(co_bc_learner *learner) {
  const co_mlp *actor = &learner->scratch.actor;
  bool *moves = learner->scratch.tensor_moves;
  for (int t = 0; t < learner->spec.num_tensors; t++)
    moves[t] =
        !is_spread(learner, t) && co_adam_moves(&learner->state.adam, t, learner->state.updates);
  for (int l = 0; l < co_mlp_layers(actor); l++) {
    learner->scratch.moves[l] = false;
    for (int t = actor->dense[l].tensor; t < co_dense_tensors_end(&actor->dense[l]); t++)
      learner->scratch.moves[l] |= moves[t];
  }
}

// The spread that makes what the update has seen likeliest.
static void set_spread(co_bc_learner *learner, double rows) {
  const co_network *net = &learner->spec.policy->net;
  float *log_std = net->block + net->log_std;
  for (int t = 0; t < learner->spec.num_tensors; t++) {
    if (!is_spread(learner, t) || !co_adam_moves(&learner->state.adam, t, learner->state.updates))
      continue;
    for (int j = 0; j < net->def.act_dim; j++)
      log_std[j] = co_clamp_float((float)(0.5 * log(learner->scratch.total.square[j] / rows)),
                                  CO_LOG_STD_MIN, CO_LOG_STD_MAX);
  }
}

// ---- what was held out ----

enum { MOST_HELD = 16384 };  // transitions that a loss is taken of, evenly spaced

static int held_rows(const co_bc_spec *spec) {
  return spec->held_transitions < MOST_HELD ? (int)spec->held_transitions : MOST_HELD;
}

// Number `index` of all that were held out, set by set.
static co_data_transition held_at(const co_bc_spec *spec, int64_t index) {
  int i = 0;
  for (; index >= spec->held[i].transitions; i++) index -= spec->held[i].transitions;
  return co_data_part_at(&spec->held[i], index);
}

static void try_slot(void *context, int index) {
  co_bc_learner *learner = context;
  const co_bc_spec *spec = &learner->spec;
  co_bc_slot *slot = &learner->scratch.slot[index];
  int rows = held_rows(spec), dim = spec->policy->net.def.act_dim;
  span all = span_of(rows, index);
  clear_sums(&slot->sums, dim);
  for (int done = 0; done < all.rows; done += CO_BC_PASS) {
    span pass = pass_at(&all, done);
    for (int r = 0; r < pass.rows; r++) {
      co_data_transition from = held_at(spec, (pass.first + r) * spec->held_transitions / rows);
      take(spec, &from, 1, slot, r);
    }
    prepare(spec, pass.rows, slot);
    forward(learner, pass.rows, slot);
    add_loss(&learner->scratch.actor, pass.rows, dim, 0, slot);
  }
}

static double held_loss(co_bc_learner *learner) {
  int rows = held_rows(&learner->spec);
  double loss = 0;
  if (!rows) return (double)NAN;
  co_pool_run(learner->spec.pool, try_slot, learner, slots_of(rows));
  for (int i = 0; i < slots_of(rows); i++) loss += learner->scratch.slot[i].sums.loss;
  return loss / rows;
}

// ---- an update ----

static co_status learn_all(co_bc_learner *learner) {
  const co_bc_spec *spec = &learner->spec;
  for (int64_t i = 0; i < spec->def.interval; i++) {
    co_minibatch_draw(spec->source, spec->num_sets, &learner->state.sampler,
                      (int)spec->def.minibatch, learner->scratch.row);
    CO_TRY(co_bc_step(learner));
  }
  set_spread(learner, (double)(spec->def.interval * spec->def.minibatch));
  return co_policy_check_finite(learner->spec.policy);
}

static double update_flop(const co_bc_learner *learner, double steps, double rows) {
  const co_mlp *actor = &learner->scratch.actor;
  double stepped = 0;
  for (int t = 0; t < learner->spec.num_tensors; t++) {
    const co_tensor *tensor = &learner->spec.policy->net.tensor[t];
    if (!is_spread(learner, t)) stepped += (double)tensor->rows * co_padded(tensor->cols);
  }
  return rows * (co_mlp_forward_flop(actor) + co_mlp_backward_flop(actor, learner->scratch.moves)) +
         steps * (CO_ADAM_FLOP * stepped + co_adam_adapter_flop(&learner->state.adam)) +
         held_rows(&learner->spec) * co_mlp_forward_flop(actor);
}

static void end_update(co_bc_learner *learner) {
  co_bc_state *state = &learner->state;
  double steps = (double)learner->spec.def.interval;
  double rows = steps * (double)learner->spec.def.minibatch;
  state->loss = learner->scratch.total.loss / rows;
  state->norm = learner->scratch.norm_sum / steps;
  state->held_loss = held_loss(learner);
  state->flop += update_flop(learner, steps, rows);
  state->gradient_steps += learner->spec.def.interval;
  state->updates++;
}

co_status co_bc_update(co_bc_learner *learner) {
  clear_sums(&learner->scratch.total, learner->spec.policy->net.def.act_dim);
  learner->scratch.norm_sum = 0;
  choose_moving(learner);
  co_adam_save(&learner->state.adam);
  co_status status = learn_all(learner);
  if (status != CO_OK) {
    co_adam_restore(&learner->state.adam);
    co_bc_transpose_all(learner);
    return status;
  }
  end_update(learner);
  return CO_OK;
}
