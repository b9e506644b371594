// One gradient update of SAC: a minibatch is drawn, its stages run (schedule.c), its figures are
// added up in the order of its rows.

#include "agents/learn/sac/private/stages.h"

#include <math.h>

// ---- before the stages ----

// of the layers of a part; the temperature, which no layer has, takes its step whole
static void begin_steps(co_sac_learner *learner, co_tensor_part part) {
  const co_network *net = &learner->spec.policy->net;
  co_sac_begin_lap(learner, 0);
  for (int t = 0; t < net->num_tensors; t++) {
    const co_tensor_facts *facts = &net->tensor[t].facts;
    if (facts->part == part && facts->layer != CO_LAYER_NONE && co_sac_tensor_moves(learner, t))
      learner->scratch.nets.step[t] =
          co_adam_begin(&learner->state.adam, t, 1, learner->spec.def.rate);
  }
  co_sac_end_lap(learner, 0, CO_SAC_PHASE_steps);
}

static void draw_rows(co_sac_learner *learner) {
  co_sac_minibatch *m = &learner->scratch.minibatch;
  co_sac_begin_lap(learner, 0);
  for (int role = 0; role < CO_NUM_ENV_ROLES; role++)
    if (learner->spec.env[role])
      m->source[role].count = co_replay_buffer_count(learner->state.player[role].replay);
  co_minibatch_draw(m->source, m->num_sources, &learner->state.sampler, learner->spec.batch,
                    m->row);
  co_sac_end_lap(learner, 0, CO_SAC_PHASE_gather);
}

// ---- figures ----

static double squares(const co_sac_net *net) {
  double sum = 0;
  for (int i = 0; i < net->num_slices; i++) sum += net->slice[i].square;
  return sum;
}

// of the whole gradient of what moves
static double norm_of(const co_sac_learner *learner) {
  const co_sac_nets *nets = &learner->scratch.nets;
  double square = 0;
  for (int k = 0; k < learner->spec.num_critics; k++) square += squares(&nets->critic[k]);
  if (learner->scratch.minibatch.acts) square += squares(&nets->actor);
  return sqrt(square);
}

static co_sac_sums sums_of(const co_sac_learner *learner, int first, int end) {
  const co_sac_minibatch *m = &learner->scratch.minibatch;
  co_sac_sums sums = {0};
  for (int k = 0; k < learner->spec.num_critics; k++) {
    for (int row = first; row < end; row++) {
      double error = (double)(m->value[k][row] - co_sac_goal_of(learner, row));
      sums.critic_loss += (double)m->row[row].weight * (0.5 * error * error);
      sums.value += (double)m->value[k][row];
    }
  }
  for (int row = first; m->acts && row < end; row++) {
    float log_prob = m->sample.log_prob[row];
    float value = m->acted_value[co_sac_smallest_critic(learner, row)][row];
    sums.actor_loss += (double)(m->alpha * log_prob) - (double)value;
    sums.log_prob += (double)log_prob;
    for (int i = 0; i < learner->state.losses.count; i++)
      sums.term[i] += (double)m->term_value[(ptrdiff_t)i * learner->spec.batch + row];
  }
  return sums;
}

// some rows at a time, whatever the blocks are
static co_sac_sums means(const co_sac_learner *learner) {
  enum { ROWS = 8 };
  co_sac_sums mean = {0};
  int batch = learner->spec.batch;
  double weight = 1.0 / batch;
  for (int first = 0; first < batch; first += ROWS) {
    int left = batch - first;
    co_sac_sums sums = sums_of(learner, first, first + (left < ROWS ? left : ROWS));
    mean.critic_loss += sums.critic_loss * weight;
    mean.actor_loss += sums.actor_loss * weight;
    mean.log_prob += sums.log_prob * weight;
    mean.value += sums.value * weight / learner->spec.num_critics;
    for (int i = 0; i < CO_MAX_LOSSES; i++) mean.term[i] += sums.term[i] * weight;
  }
  return mean;
}

static double count_flop(const co_sac_learner *learner) {
  enum { FOLLOW_FLOP = 3 };  // per number
  const co_sac_nets *nets = &learner->scratch.nets;
  const co_mlp *actor = nets->actor.mlp, *critic = nets->critic[0].mlp;
  double of_critics = co_ensemble_forward_flop(&nets->critics);
  double per_row = co_mlp_forward_flop(actor) + 2 * of_critics;
  for (int k = 0; k < learner->spec.num_critics; k++)
    per_row += co_mlp_backward_flop(critic, nets->critic[k].moves);
  if (learner->scratch.minibatch.acts) {
    double first = 2.0 * critic->layer[0].in * critic->layer[0].out;
    double to_action = 2.0 * learner->spec.squashed.dim * critic->layer[0].out;
    per_row += co_mlp_forward_flop(actor) + co_mlp_backward_flop(actor, nets->actor.moves);
    per_row += co_losses_label_flop(&learner->state.losses);
    // forward through all critics, back through that of the smallest value
    per_row += of_critics + co_mlp_forward_flop(critic) - first + to_action;
  }
  return per_row * learner->spec.batch +
         (CO_ADAM_FLOP + FOLLOW_FLOP) * co_network_stepped(&learner->spec.policy->net) +
         co_adam_adapter_flop(&learner->state.adam);
}

static co_status check_finite(const co_sac_learner *learner, const co_sac_sums *sums, double norm) {
  const char *what = !isfinite(sums->critic_loss)  ? "critic loss"
                     : !isfinite(sums->actor_loss) ? "actor loss"
                     : !isfinite(norm)             ? "gradient"
                                                   : NULL;
  if (!what) return CO_OK;
  return co_fail(CO_DIVERGED, "non-finite %s at gradient update %lld", what,
                 (long long)learner->state.gradient_steps);
}

static void count_step(co_sac_learner *learner, const co_sac_sums *sums, double norm) {
  co_sac_state *state = &learner->state;
  state->total.critic_loss += sums->critic_loss;
  state->total.actor_loss += sums->actor_loss;
  state->total.log_prob += sums->log_prob;
  state->total.value += sums->value;
  for (int i = 0; i < CO_MAX_LOSSES; i++) state->total.term[i] += sums->term[i];
  state->norm_sum += norm;
  state->steps_done++;
  state->actor_steps_done += learner->scratch.minibatch.acts;
  state->gradient_steps++;
  state->flop += count_flop(learner);
}

// ---- the update ----

static bool any_moves(const co_sac_net *net) {
  bool any = false;
  for (int l = 0; l < co_mlp_layers(net->mlp); l++) any = any || net->moves[l];
  return any;
}

static bool actor_is_held(const co_sac_learner *learner) {
  const co_sac_spec *spec = &learner->spec;
  return spec->from_source && learner->state.gradient_steps < spec->def.critic_updates;
}

co_status co_sac_learn(co_sac_learner *learner) {
  const co_network *net = &learner->spec.policy->net;
  co_sac_minibatch *m = &learner->scratch.minibatch;
  bool moves = any_moves(&learner->scratch.nets.actor) ||
               co_sac_tensor_moves(learner, co_sac_alpha_tensor(net));
  m->acts = moves && !actor_is_held(learner);
  learner->spec.kernels->exp(net->block + net->log_alpha, 1, &m->alpha);
  draw_rows(learner);
  begin_steps(learner, CO_PART_CRITIC);
  if (m->acts) begin_steps(learner, CO_PART_ACTOR);
  co_sac_run_stages(learner);
  co_sac_begin_lap(learner, 0);
  co_sac_sums sums = means(learner);
  if (m->acts) co_sac_learn_temperature(learner, sums.log_prob);
  double norm = norm_of(learner);
  CO_TRY(check_finite(learner, &sums, norm));
  count_step(learner, &sums, norm);
  co_sac_redo(learner);
  co_sac_end_lap(learner, 0, CO_SAC_PHASE_steps);
  return CO_OK;
}
