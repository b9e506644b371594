// Dormant units of both networks, behind a step, on its minibatch: by the caller's thread alone, in
// the order of the rows.

#include "agents/learn/ppo/private/step.h"
#include "agents/nn/dormant.h"

#include <string.h>

co_status co_ppo_create_redo(co_arena *arena, co_ppo_learner *learner) {
  if (learner->spec.redo.every == 0) return CO_OK;
  size_t units = 0;
  const co_network_def *net = &learner->spec.policy->net.def;
  for (int l = 0; l < net->num_hidden; l++) units += (size_t)net->hidden[l];
  learner->scratch.activity = co_arena_alloc(arena, units, sizeof(double));
  return learner->scratch.activity ? CO_OK : CO_MEMORY;
}

// Of all hidden layers, one behind the other.
static void add_activity(co_ppo_learner *learner, int part, const co_ppo_minibatch *minibatch) {
  const co_network *net = &learner->spec.policy->net;
  const co_mlp *mlp = &learner->scratch.part[part];
  const co_ppo_task *task = &learner->scratch.task[part];
  for (int first = 0; first < minibatch->rows; first += CO_BLOCK) {
    int left = minibatch->rows - first;
    co_ppo_pass pass = {
        .minibatch = minibatch, .first = first, .rows = left < CO_BLOCK ? left : CO_BLOCK};
    co_ppo_gather(learner, part, &pass, task);
    co_mlp_forward(mlp, task->x, co_ppo_stride(&learner->scratch.batch, part), pass.rows,
                   task->output);
    double *activity = learner->scratch.activity;
    for (int l = 0; l < net->def.num_hidden; l++) {
      const co_dense *layer = &net->part[part].layer[l];
      co_hidden_layer_add(layer, task->output[l], pass.rows, activity);
      activity += layer->out;
    }
  }
  learner->state.flop += co_mlp_forward_flop(mlp) * minibatch->rows;
}

static void renew_part(co_ppo_learner *learner, int part, const co_ppo_minibatch *minibatch,
                       int64_t event) {
  const co_network *net = &learner->spec.policy->net;
  co_ppo_state *state = &learner->state;
  double *activity = learner->scratch.activity;
  size_t units = 0;
  for (int l = 0; l < net->def.num_hidden; l++) units += (size_t)net->def.hidden[l];
  memset(activity, 0, units * sizeof *activity);
  add_activity(learner, part, minibatch);
  for (int l = 0; l < net->def.num_hidden; l++) {
    co_hidden_layer layer = co_hidden_layer_of(net, part, l);
    co_rng rng = co_hidden_layer_draws(&state->adam, &layer, &learner->spec.dropout, event);
    if (co_hidden_layer_renews(&state->adam, &layer, state->updates))
      state->recycled_units +=
          co_hidden_layer_renew(&state->adam, &layer, activity, learner->spec.redo.threshold, &rng);
    activity += layer.layer->out;
  }
}

void co_ppo_redo(co_ppo_learner *learner, int number) {
  const co_redo *redo = &learner->spec.redo;
  int64_t steps = learner->state.gradient_steps + learner->state.progress.steps_done;
  if (!co_redo_is_due(redo, steps)) return;
  co_ppo_minibatch minibatch = co_ppo_minibatch_at(learner, number);
  bool shared = learner->spec.policy->net.def.shared_trunk;
  for (int part = 0; part < (shared ? CO_CRITIC : CO_NUM_PARTS); part++)
    renew_part(learner, part, &minibatch, steps / redo->every);
  co_ppo_transpose_all(learner);
}
