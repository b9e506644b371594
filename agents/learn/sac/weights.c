// Weights of a SAC learner: their copies in other layouts, which of them move, and their steps.

#include "agents/learn/sac/private/learner.h"

#include <string.h>

// ---- copies of weights in other layouts ----

// rows in0 .. in0 + count - 1 of a layer's weight into its transposed copy
static void pack_slice(co_sac_learner *learner, co_sac_net *net, const co_sac_slice *slice) {
  const co_kernels *kernels = learner->spec.kernels;
  const co_dense_view *layer = &net->mlp->layer[slice->layer];
  int stride = layer->out_stride, first = slice->in0, end = first + slice->count;
  if (slice->layer > 0) {
    kernels->transpose(layer->weight + (ptrdiff_t)first * stride, slice->count, stride, layer->out,
                       net->transposed[slice->layer] + first, layer->in_stride);
  } else if (slice->part >= CO_CRITIC) {
    // the action elements stand behind those of the observation
    const co_sac_nets *nets = &learner->scratch.nets;
    int k = slice->part - CO_CRITIC, obs_dim = learner->spec.policy->net.def.obs_dim;
    if (first < obs_dim) first = obs_dim;
    if (first < end)
      kernels->transpose(layer->weight + (ptrdiff_t)first * stride, end - first, stride, layer->out,
                         nets->action_transposed[k] + first - obs_dim,
                         nets->action_input[k].in_stride);
  }
}

// rows of a slice of the target's last layer into its transposed copy
static void pack_target(co_sac_learner *learner, const co_sac_slice *slice) {
  int k = slice->part - CO_CRITIC;
  if (k < 0 || slice->layer < learner->spec.policy->net.num_layers - 1) return;
  const co_sac_nets *nets = &learner->scratch.nets;
  const co_dense_view *layer = &learner->state.target.mlp[k].layer[slice->layer];
  const float *from = layer->weight + (ptrdiff_t)slice->in0 * layer->out_stride;
  learner->spec.kernels->transpose(from, slice->count, layer->out_stride, layer->out,
                                   nets->target_transposed[k] + slice->in0, layer->in_stride);
}

// columns first .. first + layer->out - 1 of the joint head
static void join_columns(const co_sac_learner *learner, const co_dense *layer, int first) {
  const co_network *net = &learner->spec.policy->net;
  const co_sac_nets *nets = &learner->scratch.nets;
  int stride = nets->actor_dense[net->num_layers - 1].out_stride;
  for (int i = 0; i <= layer->in; i++) {  // the bias lies behind the last row
    memcpy(nets->head + (ptrdiff_t)i * stride + first,
           net->block + layer->weight + (ptrdiff_t)i * layer->out_stride,
           (size_t)layer->out * sizeof(float));
  }
}

static void pack_head(co_sac_learner *learner) {
  const co_network *net = &learner->spec.policy->net;
  int last = net->num_layers - 1;
  join_columns(learner, &net->part[CO_ACTOR].layer[last], 0);
  join_columns(learner, &net->log_std_head, net->def.act_dim);
  const co_sac_net *actor = &learner->scratch.nets.actor;
  const co_dense_view *view = &actor->mlp->layer[last];
  learner->spec.kernels->transpose(view->weight, view->in, view->out_stride, view->out,
                                   actor->transposed[last], view->in_stride);
}

// the part of the joint head's gradient that belongs to one of its two layers
static void part_columns(const co_sac_learner *learner, const co_dense *layer, int first) {
  const co_sac_nets *nets = &learner->scratch.nets;
  const co_dense *head = &nets->actor_dense[learner->spec.policy->net.num_layers - 1];
  for (int i = 0; i <= layer->in; i++) {
    memcpy(nets->grad + layer->weight + (ptrdiff_t)i * layer->out_stride,
           nets->grad + head->weight + (ptrdiff_t)i * head->out_stride + first,
           (size_t)layer->out * sizeof(float));
  }
}

static void pack_net(co_sac_learner *learner, co_sac_net *net) {
  for (int i = 0; i < net->num_slices; i++) {
    pack_slice(learner, net, &net->slice[i]);
    pack_target(learner, &net->slice[i]);
  }
}

void co_sac_pack_all(co_sac_learner *learner) {
  pack_head(learner);
  pack_net(learner, &learner->scratch.nets.actor);
  for (int k = 0; k < learner->spec.num_critics; k++)
    pack_net(learner, &learner->scratch.nets.critic[k]);
}

// ---- what moves ----

static bool layer_moves(const co_sac_learner *learner, const co_dense *layer) {
  bool moves = false;
  for (int t = layer->tensor; t < co_dense_tensors_end(layer); t++)
    moves = moves || co_sac_tensor_moves(learner, t);
  return moves;
}

void co_sac_choose_moving(co_sac_learner *learner) {
  const co_network *net = &learner->spec.policy->net;
  co_sac_nets *nets = &learner->scratch.nets;
  int last = net->num_layers - 1;
  for (int l = 0; l <= last; l++) {
    nets->actor.moves[l] = layer_moves(learner, &net->part[CO_ACTOR].layer[l]);
    for (int k = 0; k < learner->spec.num_critics; k++)
      nets->critic[k].moves[l] = layer_moves(learner, &net->part[CO_CRITIC + k].layer[l]);
  }
  if (layer_moves(learner, &net->log_std_head)) nets->actor.moves[last] = true;
  for (int l = last + 1; l < co_mlp_layers(nets->actor.mlp); l++)
    nets->actor.moves[l] = layer_moves(learner, &net->part[CO_ACTOR].layer[l]);
}

// ---- slices of weights ----

static void step_rows(co_sac_learner *learner, int tensor, int row0, int rows, double *square) {
  const co_adam *adam = &learner->state.adam;
  const co_sac_nets *nets = &learner->scratch.nets;
  if (!co_sac_tensor_moves(learner, tensor)) return;
  *square += co_adam_pull(adam, tensor, row0, rows, nets->grad);
  co_adam_apply(adam, tensor, &nets->step[tensor], row0, rows, nets->grad);
}

static void step_layer(co_sac_learner *learner, const co_dense *layer, const co_sac_slice *slice,
                       double *square) {
  step_rows(learner, layer->tensor, slice->in0, slice->count, square);
  if (slice->in0 == 0) step_rows(learner, layer->tensor + 1, 0, 1, square);
}

// the gradient of a layer's norm, which is summed line by line of the minibatch, and its step
static void step_norm(co_sac_learner *learner, const co_dense *layer, float *lines,
                      double *square) {
  size_t size = 2 * (size_t)layer->out_stride;
  int count = (learner->spec.batch + CO_LANES - 1) / CO_LANES;
  learner->spec.kernels->reduce(lines, size, count, size, 0, NULL, NULL);
  memcpy(learner->scratch.nets.grad + layer->norm, lines, size * sizeof *lines);
  step_rows(learner, layer->tensor + 2, 0, 1, square);
  step_rows(learner, layer->tensor + 3, 0, 1, square);
}

static void follow(co_sac_learner *learner, const co_sac_slice *slice) {
  co_ensemble_follow(&learner->scratch.nets.critics, &learner->state.target,
                     (float)learner->spec.def.tau, slice->part - CO_CRITIC, slice->layer,
                     slice->in0, slice->count);
}

// the joint head's gradient, taken apart, and the steps of its two layers
static void step_head(co_sac_learner *learner, co_sac_slice *slice) {
  const co_network *net = &learner->spec.policy->net;
  const co_dense *mean = &net->part[CO_ACTOR].layer[net->num_layers - 1];
  part_columns(learner, mean, 0);
  part_columns(learner, &net->log_std_head, net->def.act_dim);
  step_layer(learner, mean, slice, &slice->square);
  step_layer(learner, &net->log_std_head, slice, &slice->square);
  pack_head(learner);
}

void co_sac_step_slice(co_sac_learner *learner, co_sac_net *net, const float *x, int x_stride,
                       co_sac_slice *slice, int task) {
  const co_network *all = &learner->spec.policy->net;
  const co_dense *layer = &all->part[slice->part].layer[slice->layer];
  slice->square = 0;
  if (!net->moves[slice->layer]) return;
  co_sac_begin_lap(learner, task);
  co_mlp_gradient(net->mlp,
                  &(co_mlp_backward_args){.x = x,
                                          .x_stride = x_stride,
                                          .rows = learner->spec.batch,
                                          .output = net->pass.output,
                                          .delta = net->pass.delta,
                                          .grad = learner->scratch.nets.grad},
                  slice->layer, slice->in0, slice->count, slice->bias_grad);
  co_sac_end_lap(learner, task,
                 slice->part == CO_ACTOR ? CO_SAC_PHASE_actor : CO_SAC_PHASE_critics);
  if (slice->part == CO_ACTOR && slice->layer == all->num_layers - 1) {
    step_head(learner, slice);
  } else {
    step_layer(learner, layer, slice, &slice->square);
    if (slice->in0 == 0 && layer->norm)
      step_norm(learner, layer, net->pass.norm_lines[slice->layer], &slice->square);
    if (slice->part != CO_ACTOR) follow(learner, slice);
    pack_slice(learner, net, slice);
    pack_target(learner, slice);
  }
  co_sac_end_lap(learner, task, CO_SAC_PHASE_steps);
}
