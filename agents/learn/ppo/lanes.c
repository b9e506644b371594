// An epoch by lanes: each thread has a network, or one thread has both, and goes through all
// minibatches without a section of the pool. Lanes meet once a minibatch, where each needs the norm
// of the whole gradient, and the divergence, before it steps its own tensors: a lane tells what it
// knows in a line of the cache of its own, waits for the other's, and draws the same conclusions.

#include "agents/learn/ppo/private/step.h"
#include "core/clock.h"

#include <assert.h>

// A report is written while the one before may still be read, but not the one before that: whoever
// has told of the last minibatch has heard of the one before.
static co_ppo_report *report_of(co_ppo_learner *learner, int part, uint64_t number) {
  return &learner->report[part][number % 2];
}

// ---- gradients ----

// the gradient of one network over a whole minibatch; its losses are left in task->sums
static void add_up(co_ppo_learner *learner, int part, const co_ppo_minibatch *minibatch,
                   int64_t step) {
  co_ppo_task *task = &learner->task[part];
  task->sums = (co_ppo_sums){0};
  if (part == CO_ACTOR) co_ppo_prepare_actor(learner, minibatch);
  for (int first = 0; first < minibatch->rows; first += learner->task_rows) {
    int left = minibatch->rows - first;
    co_ppo_pass pass = {.minibatch = minibatch,
                        .first = first,
                        .rows = left < learner->task_rows ? left : learner->task_rows,
                        .step = step,
                        .over = first > 0 ? CO_SUM_BLOCKS_ON : CO_SUM_BLOCKS,
                        .grad = learner->grad};
    co_ppo_run_pass(learner, part, &pass, task);
  }
}

static double square_of(co_ppo_learner *learner, int tensor) {
  if (!learner->tensor_moves[tensor]) return 0;
  return co_adam_reduce(&learner->adam, tensor, learner->grad, 0, 1);
}

static void write_report(co_ppo_learner *learner, int part, uint64_t number) {
  co_ppo_report *report = report_of(learner, part, number);
  const co_ppo_sums *sums = &learner->task[part].sums;
  int first = learner->tensor0[part], end = learner->tensor0[part + 1];
  if (part == CO_ACTOR) {
    double square = 0;
    for (int t = first; t < end; t++) square += square_of(learner, t);
    report->loss = sums->policy_loss;
    report->of.actor.square = square;
    report->of.actor.approx_kl = sums->approx_kl;
    report->of.actor.clipped = sums->clipped;
  } else {
    assert(end - first <= CO_PPO_SQUARES);
    for (int t = first; t < end; t++) report->of.critic_square[t - first] = square_of(learner, t);
    report->loss = sums->value_loss;
  }
  atomic_store_explicit(&report->number, number, memory_order_release);
}

// ---- conclusions ----

static bool judge(co_ppo_learner *learner, int rows, uint64_t number, co_ppo_progress *progress) {
  const co_ppo_report *actor = report_of(learner, CO_ACTOR, number);
  const co_ppo_report *critic = report_of(learner, CO_CRITIC, number);
  co_ppo_sums sums = {.policy_loss = actor->loss,
                      .value_loss = critic->loss,
                      .approx_kl = actor->of.actor.approx_kl,
                      .clipped = actor->of.actor.clipped};
  double square = actor->of.actor.square;
  for (int i = 0; i < learner->tensor0[CO_NUM_PARTS] - learner->tensor0[CO_CRITIC]; i++)
    square += critic->of.critic_square[i];
  return co_ppo_judge(&learner->def, &sums, square, rows, progress);
}

static void step(co_ppo_learner *learner, int part, const co_ppo_progress *progress) {
  for (int t = learner->tensor0[part]; t < learner->tensor0[part + 1]; t++)
    co_ppo_step_tensor(learner, t, progress);
}

// ---- lanes ----

// An epoch, and what it left.
typedef struct epoch {
  co_ppo_learner *learner;
  int lanes;
  co_ppo_progress progress;
  uint64_t told;
  double waited_s;  // of the first lane, beyond what it spun
} epoch;

// What one lane has: the networks from `first` to `end`.
typedef struct lane {
  co_ppo_learner *learner;
  int first, end;
  co_ppo_progress progress;
  uint64_t number;  // of the minibatch
  double waited_s;
} lane;

// one minibatch; false: the update has ended
static bool learn(lane *l, const co_ppo_minibatch *minibatch) {
  co_ppo_learner *learner = l->learner;
  int64_t steps = learner->gradient_steps + l->progress.steps_done;
  l->number++;
  for (int part = l->first; part < l->end; part++) {
    add_up(learner, part, minibatch, steps);
    write_report(learner, part, l->number);
  }
  for (int part = 0; part < CO_NUM_PARTS; part++)
    l->waited_s += co_pool_await(&report_of(learner, part, l->number)->number, l->number);
  if (!judge(learner, minibatch->rows, l->number, &l->progress)) return false;
  for (int part = l->first; part < l->end; part++) step(learner, part, &l->progress);
  return true;
}

static void lane_task(void *context, int index) {
  epoch *e = context;
  co_ppo_learner *learner = e->learner;
  lane l = {.learner = learner,
            .first = index * CO_NUM_PARTS / e->lanes,
            .end = (index + 1) * CO_NUM_PARTS / e->lanes,
            .progress = learner->progress,
            .number = learner->told};
  bool goes_on = true;
  for (uint32_t first = 0; goes_on && first < learner->num_samples;
       first += (uint32_t)learner->def.minibatch) {
    co_ppo_minibatch minibatch = co_ppo_minibatch_at(learner, first);
    goes_on = learn(&l, &minibatch);
  }
  if (index > 0) return;  // with the same progress
  e->progress = l.progress;
  e->told = l.number;
  e->waited_s = l.waited_s;
}

// Where something else takes up the cores, lanes wait for one that does not run, at every
// minibatch: once that is half of the time, one thread alone is faster. So it goes on alone for
// some epochs, twice as many each time, before lanes are tried again.
static void choose_next(co_ppo_learner *learner, const epoch *e, double took_s) {
  enum { MOST_ALONE = 64 };
  if (e->lanes == 1) {
    if (learner->alone > 0) learner->alone--;
  } else if (e->waited_s > took_s / 2) {
    int twice = learner->last_alone * 2;
    learner->last_alone = twice < 1 ? 1 : twice < MOST_ALONE ? twice : MOST_ALONE;
    learner->alone = learner->last_alone;
  } else {
    learner->last_alone = 0;
  }
}

void co_ppo_learn_by_lanes(co_ppo_learner *learner) {
  epoch e = {.learner = learner, .lanes = learner->alone > 0 ? 1 : learner->num_lanes};
  double began = co_clock_wall();
  co_pool_run_team(learner->pool, lane_task, &e, e.lanes);
  learner->progress = e.progress;
  learner->told = e.told;
  choose_next(learner, &e, co_clock_wall() - began);
}
