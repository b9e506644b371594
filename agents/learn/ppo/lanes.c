// An epoch by lanes: each network is a strand (core/strands.h) of gradients and steps. They meet
// once a minibatch, where each needs the norm of the whole gradient, and the divergence, before its
// own tensors are stepped: a lane tells what it knows in a line of the cache of its own, reads the
// other's, and draws the same conclusions.

#include "agents/learn/ppo/private/memory.h"
#include "agents/learn/ppo/private/step.h"

#include <assert.h>
#include <string.h>

// What a lane told of the minibatch before may still be read while this one's is written, but not
// what it told of the one before that: its lane has met the other since.
static co_ppo_report *report_of(co_ppo_learner *learner, int part, int minibatch) {
  return &learner->scratch.report[part][minibatch % 2];
}

// ---- gradients ----

static void run_rows(co_ppo_learner *learner, int part, const co_ppo_minibatch *minibatch,
                     int64_t step, co_ppo_task *task) {
  int most = learner->spec.task_rows;
  for (int first = 0; first < minibatch->rows; first += most) {
    int left = minibatch->rows - first;
    co_ppo_pass pass = {.minibatch = minibatch,
                        .first = first,
                        .rows = left < most ? left : most,
                        .step = step,
                        .over = first > 0 ? CO_SUM_BLOCKS_ON : CO_SUM_BLOCKS,
                        .grad = learner->scratch.grad};
    co_ppo_run_pass(learner, part, &pass, task);
  }
}

// the gradient of one network over a whole minibatch; its losses are left in task->sums
static void add_up(co_ppo_learner *learner, int part, const co_ppo_minibatch *minibatch,
                   int64_t step) {
  co_ppo_task *task = &learner->scratch.task[part];
  task->sums = (co_ppo_sums){0};
  if (part == CO_ACTOR) co_ppo_prepare_actor(learner, minibatch);
  if (learner->spec.remembers) {
    co_ppo_run_sequences(learner, part, minibatch, task);
  } else {
    run_rows(learner, part, minibatch, step, task);
  }
}

static double square_of(co_ppo_learner *learner, int tensor) {
  if (!learner->scratch.tensor_moves[tensor]) return 0;
  return co_adam_reduce(&learner->state.adam, tensor, learner->scratch.grad, 0, 1);
}

static void write_report(co_ppo_learner *learner, int part, co_ppo_report *report) {
  const co_ppo_sums *sums = &learner->scratch.task[part].sums;
  int first = learner->spec.tensor0[part], end = learner->spec.tensor0[part + 1];
  if (part == CO_ACTOR) {
    double square = 0;
    for (int t = first; t < end; t++) square += square_of(learner, t);
    report->loss = sums->policy_loss;
    report->of.actor.square = square;
    report->of.actor.approx_kl = sums->approx_kl;
    report->of.actor.clipped = sums->clipped;
    memcpy(report->of.actor.term, sums->term, sizeof sums->term);
  } else {
    assert(end - first <= CO_PPO_SQUARES);
    for (int t = first; t < end; t++) report->of.critic_square[t - first] = square_of(learner, t);
    report->loss = sums->value_loss;
  }
}

// ---- conclusions ----

static bool judge(co_ppo_learner *learner, int rows, int minibatch, co_ppo_progress *progress) {
  const co_ppo_report *actor = report_of(learner, CO_ACTOR, minibatch);
  const co_ppo_report *critic = report_of(learner, CO_CRITIC, minibatch);
  co_ppo_sums sums = {.policy_loss = actor->loss,
                      .value_loss = critic->loss,
                      .approx_kl = actor->of.actor.approx_kl,
                      .clipped = actor->of.actor.clipped};
  memcpy(sums.term, actor->of.actor.term, sizeof sums.term);
  double square = actor->of.actor.square;
  for (int i = 0; i < learner->spec.tensor0[CO_NUM_PARTS] - learner->spec.tensor0[CO_CRITIC]; i++)
    square += critic->of.critic_square[i];
  return co_ppo_judge(&learner->spec.def, &sums, square, rows, progress);
}

static void step_part(co_ppo_learner *learner, int part, const co_ppo_progress *progress) {
  for (int t = learner->spec.tensor0[part]; t < learner->spec.tensor0[part + 1]; t++)
    co_ppo_step_tensor(learner, t, progress);
  co_ppo_transpose_part(learner, part);
}

// ---- lanes ----

// Steps of a lane in a minibatch. A run of the strands has so many minibatches that its beginning
// and end do not count.
enum { GRADIENT, STEP, STEPS_EACH, MOST_MINIBATCHES = 32 };

typedef struct run {
  co_ppo_learner *learner;
  int first;                               // minibatch
  co_ppo_progress progress[CO_NUM_PARTS];  // of each lane, the same in the end
} run;

static bool has_ended(const co_ppo_progress *progress) {
  return progress->stopped || progress->wrong;
}

static void lane_step(void *context, int step, int part) {
  run *r = context;
  co_ppo_learner *learner = r->learner;
  co_ppo_progress *progress = &r->progress[part];
  int number = step / STEPS_EACH;
  co_ppo_minibatch minibatch = co_ppo_minibatch_at(learner, r->first + number);
  if (has_ended(progress)) return;
  if (step % STEPS_EACH == GRADIENT) {
    add_up(learner, part, &minibatch, learner->state.gradient_steps + progress->steps_done);
    write_report(learner, part, report_of(learner, part, number));
  } else if (judge(learner, minibatch.rows, number, progress)) {
    step_part(learner, part, progress);
  }
}

static void run_lanes(co_ppo_learner *learner, int first, int minibatches) {
  int needs[STEPS_EACH * MOST_MINIBATCHES];
  run r = {.learner = learner, .first = first};
  for (int part = 0; part < CO_NUM_PARTS; part++) r.progress[part] = learner->state.progress;
  for (int i = 0; i < minibatches; i++) {
    needs[STEPS_EACH * i + GRADIENT] = -1;
    needs[STEPS_EACH * i + STEP] = STEPS_EACH * i + GRADIENT;
  }
  co_strands strands = {.run = lane_step,
                        .context = &r,
                        .num_steps = STEPS_EACH * minibatches,
                        .num_strands = CO_NUM_PARTS,
                        .needs = needs,
                        .strand = learner->scratch.lane};
  co_strands_run(learner->spec.pool, &strands);
  learner->state.progress = r.progress[CO_ACTOR];
}

// A run ends where dormant units are looked for.
void co_ppo_learn_by_lanes(co_ppo_learner *learner) {
  const co_ppo_state *state = &learner->state;
  int all = co_ppo_minibatches(learner), each;
  for (int first = 0; first < all && !has_ended(&state->progress); first += each) {
    int64_t left = all - first, most = left < MOST_MINIBATCHES ? left : MOST_MINIBATCHES;
    int64_t done = state->gradient_steps + state->progress.steps_done;
    each = (int)co_redo_steps(&learner->spec.redo, done, most);
    run_lanes(learner, first, each);
    if (!has_ended(&state->progress)) co_ppo_redo(learner, first + each - 1);
  }
}
