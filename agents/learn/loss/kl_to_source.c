// kl_to_source: the divergence of the source policy from the policy, on the observations that the
// policy meets: kickstarting (Schmitt et al. 2018, arXiv 1803.03835), whose cross entropy from
// teacher to student is KL(source || policy) and the source's entropy, a constant.
//
// Both are diagonal Gaussians, of a squashed head before tanh: a map that can be inverted, through
// which both go, changes no divergence. With z = (m - m0) / s and q = (s0 / s)^2, 0 the source:
//
//   KL = sum over elements of  log s - log s0 + (q + z^2 - 1) / 2
//   d/dm = z / s,  d/dlog s = 1 - q - z^2
//
// Where the policy is its source bit for bit, q is 1 and z is 0, so all derivatives are exactly 0.

#include "agents/learn/loss/private/terms.h"
#include "agents/policy/actor.h"
#include "core/number.h"

#include <assert.h>
#include <string.h>

typedef struct kl_state {
  co_actor actor;        // of the source policy, behind its own normaliser
  const float *log_std;  // (dim) held, of a Gaussian head; NULL: of the state, among the labels
  uint64_t hash;         // of the source policy
} kl_state;

static float hold(const co_loss *loss, float log_std) {
  return co_clamp_float(log_std, loss->log_std_min, CO_LOG_STD_MAX);
}

// ---- what it needs ----

static co_status other_size(const char *what, int from, int to) {
  return co_fail(CO_CONFIG, "the source policy has %d %s, the target %d", from, what, to);
}

static co_status other_name(const char *what, int index, const char *from, const char *to) {
  return co_fail(CO_CONFIG, "%s %d is %s in the source policy, %s in the target", what, index, from,
                 to);
}

static co_status check_elements(const co_contract *from, const co_contract *to) {
  if (from->num_obs != to->num_obs) return other_size("observations", from->num_obs, to->num_obs);
  if (from->num_action != to->num_action)
    return other_size("actions", from->num_action, to->num_action);
  for (int i = 0; i < to->num_obs; i++)
    if (strcmp(from->obs[i].name, to->obs[i].name) != 0)
      return other_name("observation", i, from->obs[i].name, to->obs[i].name);
  for (int i = 0; i < to->num_action; i++)
    if (strcmp(from->action[i].name, to->action[i].name) != 0)
      return other_name("action", i, from->action[i].name, to->action[i].name);
  return CO_OK;
}

// One output has to be one action in both.
static co_status check_output(const co_policy *source, const co_policy *target) {
  for (int i = 0; i < target->contract.num_action; i++) {
    const co_output_map *from = &source->output[i], *to = &target->output[i];
    if (from->scaled == to->scaled &&
        (!to->scaled || (from->first == to->first && from->last == to->last)))
      continue;
    return co_fail(
        CO_CONFIG,
        "outputs of the source policy are in other units for action %s: copy actor.mean.*",
        target->contract.action[i].name);
  }
  return CO_OK;
}

static co_status check(const co_policy *source, const co_policy *target, bool same_output) {
  co_head from = source->net.def.head, to = target->net.def.head;
  if (from != to)
    return co_fail(CO_CONFIG,
                   "the source policy's head is %s, the target's %s: their distributions are not "
                   "of one kind",
                   co_head_names[from], co_head_names[to]);
  if (co_actor_view(co_kernels_get(), source).state_bytes > 0)
    return co_fail(CO_CONFIG,
                   "the source policy has a memory: what it would do is no function of "
                   "an observation alone");
  CO_TRY(check_elements(&source->contract, &target->contract));
  return same_output ? CO_OK : check_output(source, target);
}

// ---- create ----

// columns first .. first + dense->out - 1 of a joint weight, and of the bias behind it
static void join_columns(const float *block, const co_dense *dense, int first, int stride,
                         float *joint) {
  for (int i = 0; i < dense->in; i++)
    memcpy(joint + (ptrdiff_t)i * stride + first,
           block + dense->weight + (ptrdiff_t)i * dense->out_stride,
           (size_t)dense->out * sizeof *joint);
  memcpy(joint + (ptrdiff_t)dense->in * stride + first, block + dense->bias,
         (size_t)dense->out * sizeof *joint);
}

// Mean and log_std as one layer, as SAC computes them: a sum in another order would have other
// bits, and the derivatives of a policy that is its source would not be 0.
static co_status join_head(co_arena *arena, const co_network *net, co_mlp *mlp) {
  co_dense_view *view = &mlp->layer[net->num_layers - 1];
  const co_dense *mean = &net->part[CO_ACTOR].layer[net->num_layers - 1];
  int dim = net->def.act_dim, stride = co_row_stride(2 * dim);
  float *joint = co_arena_alloc(arena, (size_t)(mean->in + 1) * (size_t)stride, sizeof *joint);
  if (!joint) return CO_MEMORY;
  join_columns(net->block, mean, 0, stride, joint);
  join_columns(net->block, &net->log_std_head, dim, stride, joint);
  view->out = 2 * dim;
  view->out_stride = stride;
  view->weight = joint;
  view->bias = joint + (ptrdiff_t)mean->in * stride;
  return CO_OK;
}

// The spread that all observations have.
static co_status keep_spread(co_arena *arena, const co_network *net, const co_loss *loss,
                             kl_state *state) {
  int dim = net->def.act_dim;
  float *log_std = co_arena_alloc(arena, (size_t)dim, sizeof *log_std);
  if (!log_std) return CO_MEMORY;
  for (int j = 0; j < dim; j++) log_std[j] = hold(loss, net->block[net->log_std + (size_t)j]);
  state->log_std = log_std;
  return CO_OK;
}

static co_status create(co_arena *arena, const co_losses *losses, const co_policy *source,
                        co_loss *out) {
  const co_network *net = &source->net;
  bool squashed = net->def.head == CO_HEAD_SQUASHED;
  kl_state *state = co_arena_alloc(arena, 1, sizeof *state);
  if (!state) return CO_MEMORY;
  *state = (kl_state){.actor = co_actor_view(out->kernels, source), .hash = co_policy_hash(source)};
  assert(state->actor.state_bytes == 0);
  if (squashed)
    CO_TRY(join_head(arena, net, &state->actor.mlp));
  else
    CO_TRY(keep_spread(arena, net, out, state));
  out->num_labels = (squashed ? 2 : 1) * net->def.act_dim;
  out->scratch_floats = co_actor_scratch_size(&state->actor, losses->task_rows);
  out->label_flop = co_mlp_forward_flop(&state->actor.mlp);
  out->state = state;
  return CO_OK;
}

// ---- labels: the source's mean, and log_std where it is of the state ----

static void label(const co_loss *loss, const float *obs, int rows, float *scratch, float *label,
                  int stride) {
  const kl_state *state = loss->state;
  co_actor_scratch at = co_actor_scratch_place(&state->actor, rows, scratch);
  int last = state->actor.mlp.num_layers - 1, dim = state->actor.policy->net.def.act_dim;
  int out_stride = state->actor.mlp.layer[last].out_stride;
  co_actor_run(&state->actor, obs, rows, NULL, &at);
  for (int r = 0; r < rows; r++, label += stride) {
    const float *out = at.output[last] + (ptrdiff_t)r * out_stride;
    for (int j = 0; j < loss->num_labels; j++) label[j] = j < dim ? out[j] : hold(loss, out[j]);
  }
}

// ---- derivatives ----

// What a row's spreads say; of a Gaussian head all rows have the same.
typedef struct kl_spread {
  float change[CO_MAX_WIDTH];   // log s - log s0
  float ratio[CO_MAX_WIDTH];    // q
  float inverse[CO_MAX_WIDTH];  // 1 / s
  bool held[CO_MAX_WIDTH];      // log s is at a bound, which does not move with it
} kl_spread;

static void compare_spreads(const co_loss *loss, const float *log_std, const float *source, int dim,
                            kl_spread *out) {
  for (int j = 0; j < dim; j++) {
    float held = hold(loss, log_std[j]);
    out->held[j] = held != log_std[j];
    out->change[j] = held - source[j];
    out->ratio[j] = -2 * out->change[j];
    out->inverse[j] = -held;
  }
  loss->kernels->exp(out->ratio, dim, out->ratio);
  loss->kernels->exp(out->inverse, dim, out->inverse);
}

// Returns the row's divergence.
static float add_row(const kl_spread *spread, float factor, int dim, const float *mean,
                     const float *source, float *dmean, float *dlog_std) {
  float sum = 0;
  for (int j = 0; j < dim; j++) {
    float z = (mean[j] - source[j]) * spread->inverse[j], rest = spread->ratio[j] + z * z - 1;
    sum += spread->change[j] + 0.5f * rest;
    dmean[j] += factor * z * spread->inverse[j];
    if (!spread->held[j]) dlog_std[j] -= factor * rest;
  }
  return sum;
}

static void add(const co_loss *loss, const co_loss_rows *rows, float *value) {
  const kl_state *state = loss->state;
  float factor = (float)loss->coefficient * rows->weight;
  kl_spread spread;
  assert(rows->dim <= CO_MAX_WIDTH);
  for (int r = 0; r < rows->count; r++) {
    size_t sample = rows->sample ? rows->sample[r] : (size_t)r;
    const float *source = rows->label + sample * (size_t)rows->num_labels + loss->first_label;
    ptrdiff_t at = (ptrdiff_t)r * rows->stride, spread_at = (ptrdiff_t)r * rows->log_std_stride;
    if (r == 0 || rows->log_std_stride > 0)
      compare_spreads(loss, rows->log_std + spread_at,
                      state->log_std ? state->log_std : source + rows->dim, rows->dim, &spread);
    value[r] = add_row(&spread, factor, rows->dim, rows->mean + at, source, rows->dmean + at,
                       rows->dlog_std + spread_at);
  }
}

// ---- checkpoints: the source policy is an input of the training, of which this tells ----

static const char entry[] = "loss.kl_to_source.source";

static void save(const co_loss *loss, co_buf *pack) {
  const kl_state *state = loss->state;
  co_pack_add(pack, entry, &state->hash, sizeof state->hash);
}

static co_status load(co_loss *loss, const co_pack *pack) {
  const kl_state *state = loss->state;
  uint64_t saved;
  CO_TRY(co_pack_read(pack, entry, &saved, sizeof saved));
  return saved == state->hash ? CO_OK
                              : co_fail(CO_DATA, "%s: %s: of another policy", pack->file, entry);
}

const co_loss_class co_kl_to_source = {
    .name = "kl_to_source",
    .doc =
        "pulls the actor to what the source policy does: KL(source || policy) on the target's "
        "observations (kickstarting)",
    .needs = CO_LOSS_NEEDS_SOURCE,
    .metric = CO_LEARNER_kl_to_source,
    .check = check,
    .create = create,
    .label = label,
    .add = add,
    .save = save,
    .load = load,
};
