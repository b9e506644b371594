// Stages of the actor's step, and the temperature's.

#include "agents/learn/sac/private/stages.h"

// What loss terms add to the derivatives of a block.
static void add_terms(const co_sac_learner *learner, const co_sac_span *b,
                      const co_mlp_pass *pass) {
  const co_sac_spec *spec = &learner->spec;
  const co_losses *losses = &learner->state.losses;
  const co_mlp *mlp = learner->scratch.nets.actor.mlp;
  const co_sac_minibatch *m = &learner->scratch.minibatch;
  int last = mlp->num_layers - 1, stride = mlp->layer[last].out_stride, dim = spec->squashed.dim;
  co_loss_rows rows = {.count = b->rows,
                       .weight = 1 / (float)spec->batch,
                       .label = co_sac_row_at(m->label, b->first, losses->num_labels),
                       .dim = dim,
                       .stride = stride,
                       .mean = pass->output[last],
                       .dmean = pass->delta[last],
                       .log_std = pass->output[last] + dim,
                       .dlog_std = pass->delta[last] + dim,
                       .log_std_stride = stride};
  co_losses_add(losses, &rows, m->term_value + b->first, spec->batch);
}

// Each row's derivative by the action is that of its smallest value.
static void derive(co_sac_learner *learner, const co_sac_span *b) {
  const co_sac_spec *spec = &learner->spec;
  const co_sac_net *net = &learner->scratch.nets.actor;
  const co_sac_minibatch *m = &learner->scratch.minibatch;
  const co_mlp *mlp = net->mlp;
  int dim = spec->squashed.dim, last = mlp->num_layers - 1;
  co_squashed_sample sample = co_sac_sample_of(&m->sample, b, dim);
  co_mlp_pass pass;
  co_mlp_pass_view(&net->pass, mlp, b->first, &pass);
  for (int r = b->first; r < b->first + b->rows; r++)
    co_sac_copy_floats(co_sac_row_at(m->dvalue[co_sac_smallest_critic(learner, r)], r, dim), dim,
                       co_sac_row_at(m->daction, r, dim));
  co_squashed_backward(&spec->squashed, pass.output[last], mlp->layer[last].out_stride, b->rows,
                       &sample, co_sac_row_at(m->daction, b->first, dim), dim, m->alpha,
                       1 / (float)spec->batch, pass.delta[last]);
  if (learner->state.losses.active) add_terms(learner, b, &pass);
  co_mlp_pass_deltas(&pass, mlp, b->rows, net->moves, true);
}

void co_sac_actor_task(void *context, int block) {
  co_sac_learner *learner = context;
  co_sac_span b = co_sac_span_of(learner, block);
  co_sac_begin_lap(learner, block);
  derive(learner, &b);
  co_sac_end_lap(learner, block, CO_SAC_PHASE_actor);
}

void co_sac_actor_slice_task(void *context, int slice) {
  co_sac_learner *learner = context;
  co_sac_net *actor = &learner->scratch.nets.actor;
  co_sac_step_slice(learner, actor, learner->scratch.minibatch.obs, learner->spec.obs_stride,
                    &actor->slice[slice], co_sac_lap_of(learner, learner->spec.num_critics, slice));
}

// Derivative of -log alpha (log pi + target entropy), the usual form of eq. 18, which has the same
// root as that with alpha itself.
void co_sac_learn_temperature(co_sac_learner *learner, double log_prob) {
  const co_sac_def *def = &learner->spec.def;
  const co_network *net = &learner->spec.policy->net;
  float *grad = learner->scratch.nets.grad;
  int tensor = co_sac_alpha_tensor(net);
  if (!co_sac_tensor_moves(learner, tensor)) return;
  grad[net->log_alpha] = (float)-(log_prob + def->target_entropy);
  co_adam_step(&learner->state.adam, tensor, grad, 1, def->rate);
}
