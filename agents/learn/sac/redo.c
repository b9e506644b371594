// Dormant units of the actor and of all critics, behind a gradient update, on its minibatch: by the
// caller's thread alone, in the order of the rows. Target critics follow as ever.

#include "agents/learn/sac/private/learner.h"
#include "agents/nn/dormant.h"

static void renew_part(co_sac_learner *learner, int part, const co_sac_net *net, const float *x,
                       int x_stride) {
  const co_network *policy = &learner->spec.policy->net;
  co_sac_state *state = &learner->state;
  const co_redo *redo = &learner->spec.redo;
  int rows = learner->spec.batch;
  co_mlp_forward(net->mlp, x, x_stride, rows, net->pass.output);
  state->flop += co_mlp_forward_flop(net->mlp) * rows;
  for (int l = 0; l < policy->def.num_hidden; l++) {
    double activity[CO_MAX_WIDTH] = {0};
    co_hidden_layer layer = co_hidden_layer_of(policy, part, l);
    if (!co_hidden_layer_renews(&state->adam, &layer, state->updates)) continue;
    co_rng rng = co_hidden_layer_draws(&state->adam, &layer, &learner->spec.dropout,
                                       state->gradient_steps / redo->every);
    co_hidden_layer_add(layer.layer, net->pass.output[l], rows, activity);
    state->recycled_units +=
        co_hidden_layer_renew(&state->adam, &layer, activity, redo->threshold, &rng);
  }
}

void co_sac_redo(co_sac_learner *learner) {
  const co_sac_nets *nets = &learner->scratch.nets;
  const co_sac_minibatch *m = &learner->scratch.minibatch;
  if (!co_redo_is_due(&learner->spec.redo, learner->state.gradient_steps)) return;
  if (m->acts) renew_part(learner, CO_ACTOR, &nets->actor, m->obs, learner->spec.obs_stride);
  for (int k = 0; k < learner->spec.num_critics; k++)
    renew_part(learner, CO_CRITIC + k, &nets->critic[k], m->pair, learner->spec.pair_stride);
  co_sac_pack_all(learner);
}
