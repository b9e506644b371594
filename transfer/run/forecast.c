#include "transfer/run/forecast.h"

#include "core/memory.h"
#include "transfer/run/definition.h"
#include "transfer/run/private/pace.h"
#include "transfer/run/private/schedule.h"
#include "transfer/run/times.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORLDS_BUILT = 2 };   // by a trial: its own and that of its source
enum { MOST_PLAYED = 500 };  // trials whose order is played through; more fill all jobs anyway

// ---- places: worlds and what trains in them ----

// Strategies that step their source's world have a pace of their own each: 1, 2, ... of them in
// their order, 0 of all others.
static int variant_of(const co_study *study, const co_trial *trial) {
  int variant = 1;
  if (!co_trial_source_env(study, trial)) return 0;
  for (int k = 0; k < trial->strategy; k++) variant += study->strategy[k].source_env != NULL;
  return variant;
}

static int count_variants(const co_study *study) {
  int variants = 1;
  for (int k = 0; k < study->num_strategies; k++) variants += study->strategy[k].source_env != NULL;
  return variants;
}

static int place_of(const co_forecast *e, const co_trial *trial) {
  const co_study *study = e->run->context->study;
  int world = trial->target < 0 ? trial->source : study->def.sources.count + trial->target;
  int variant = variant_of(study, trial) * CO_NUM_ALGORITHMS;
  return world * e->variants * CO_NUM_ALGORITHMS + variant + co_algorithm_index(trial->algorithm);
}

static co_status write_source(const co_study *study, const co_trial *trial, co_buf *out) {
  const co_source_env *source = co_trial_source_env(study, trial);
  if (!source) return CO_OK;
  co_buf_printf(out, "%s\n", co_study_source(study, trial->source)->task);
  return co_schema_write(&co_source_env_schema, source, out);
}

// The task and the settings, and what is stepped beside. Shifts change the pace little, what is
// another default in targets (a schedule of the rate) not at all: it is left out.
static co_status write_key(const co_study *study, const co_trial *trial, co_buf *out) {
  const co_node *own = trial->target >= 0 ? co_study_target(study, trial->target)->learning
                                          : co_study_source(study, trial->source)->learning;
  co_arena arena = {0};
  void *settings = co_arena_alloc(&arena, 1, trial->algorithm->schema->size);
  co_status status = settings
                         ? co_study_settings(study, trial->algorithm, own, false, &arena, settings)
                         : CO_MEMORY;
  if (status == CO_OK) {
    co_buf_printf(out, "%s\n%s\n", co_trial_world(study, trial).task, trial->algorithm->name);
    status = co_schema_write(trial->algorithm->schema, settings, out);
  }
  if (status == CO_OK) status = write_source(study, trial, out);
  co_arena_free(&arena);
  return status == CO_OK ? co_buf_status(out) : status;
}

// The first trial of a place, NULL: none is there.
static const co_trial *first_in(const co_forecast *e, int place) {
  const co_trials *trials = e->run->context->trials;
  for (int i = 0; i < trials->count; i++)
    if (place_of(e, &trials->trial[i]) == place) return &trials->trial[i];
  return NULL;
}

static co_status find_alike(co_forecast *e) {
  co_buf *key = co_alloc((size_t)e->places, sizeof *key);
  co_status status = key ? CO_OK : CO_MEMORY;
  for (int p = 0; p < e->places && status == CO_OK; p++) {
    const co_trial *trial = first_in(e, p);
    e->like[p] = p;
    if (!trial) continue;
    status = write_key(e->run->context->study, trial, &key[p]);
    for (int other = 0; other < p && status == CO_OK; other++) {
      if (!key[other].data || strcmp(key[other].data, key[p].data) != 0) continue;
      e->like[p] = other;
      break;
    }
  }
  for (int p = 0; key && p < e->places; p++) co_buf_free(&key[p]);
  free(key);
  return status;
}

// ---- what finished trials took ----

void co_forecast_add(co_forecast *e, int trial) {
  const co_trial_context *context = e->run->context;
  const co_trial *of = &context->trials->trial[trial];
  co_spent *spent = &e->spent[place_of(e, of)];
  co_training_cost cost = {0};
  co_times_add(context, of, &cost);
  spent->train_s += cost.train.wall_s;
  spent->train_steps += (double)cost.train.env_steps;
  spent->evaluate_s += cost.evaluate.wall_s;
  spent->evaluate_steps += (double)cost.evaluate.env_steps;
  // no policy's episodes
  if (cost.evaluate.env_steps == 0 || co_trial_acts_at_random(context->study, of)) return;
  spent->episodes += (double)co_trial_eval_episodes(context->study, of);
  spent->policy_steps += (double)cost.evaluate.env_steps;
}

co_status co_forecast_open(const co_study_run *run, int jobs, int threads, co_forecast *out) {
  const co_study_def *def = &run->context->study->def;
  co_forecast e = {.run = run,
                   .jobs = jobs,
                   .threads = threads,
                   .variants = count_variants(run->context->study)};
  e.places = (def->sources.count + def->targets.count) * e.variants * CO_NUM_ALGORITHMS;
  e.like = co_alloc((size_t)e.places, sizeof *e.like);
  e.spent = co_alloc((size_t)e.places, sizeof *e.spent);
  e.measured = co_alloc((size_t)e.places, sizeof *e.measured);
  co_status status = e.like && e.spent && e.measured ? find_alike(&e) : CO_MEMORY;
  if (status != CO_OK) {
    co_forecast_close(&e);
    return status;
  }
  for (int p = 0; p < e.places; p++) e.measured[p] = (co_pace){NAN, NAN, NAN, NAN};
  for (int i = 0; i < run->context->trials->count; i++)
    if (run->state[i] == CO_TRIAL_DONE) co_forecast_add(&e, i);
  *out = e;
  return CO_OK;
}

void co_forecast_close(co_forecast *e) {
  free(e->like);
  free(e->spent);
  free(e->measured);
  *e = (co_forecast){0};
}

// ---- the pace of a place ----

static double ratio(double sum, double count) {
  return count > 0 ? sum / count : (double)NAN;
}

static co_pace pace_of(const co_spent *spent) {
  return (co_pace){.train_s = ratio(spent->train_s, spent->train_steps),
                   .evaluate_s = ratio(spent->evaluate_s, spent->evaluate_steps),
                   .episode = ratio(spent->policy_steps, spent->episodes),
                   .build_s = NAN};
}

static void fill(co_pace *pace, const co_pace *from) {
  if (isnan(pace->train_s)) pace->train_s = from->train_s;
  if (isnan(pace->evaluate_s)) pace->evaluate_s = from->evaluate_s;
  if (isnan(pace->episode)) pace->episode = from->episode;
  if (isnan(pace->build_s)) pace->build_s = from->build_s;
}

// Finished trials there, then those of places alike, then the calibration.
static co_pace pace_in(const co_forecast *e, int place) {
  co_pace pace = pace_of(&e->spent[place]);
  co_spent alike = {0};
  for (int p = 0; p < e->places; p++) {
    if (e->like[p] != e->like[place]) continue;
    const co_spent *spent = &e->spent[p];
    alike.train_s += spent->train_s;
    alike.train_steps += spent->train_steps;
    alike.evaluate_s += spent->evaluate_s;
    alike.evaluate_steps += spent->evaluate_steps;
    alike.episodes += spent->episodes;
    alike.policy_steps += spent->policy_steps;
  }
  co_pace other = pace_of(&alike);
  fill(&pace, &other);
  fill(&pace, &e->measured[e->like[place]]);
  return pace;
}

static bool is_left(const co_forecast *e, int trial) {
  co_trial_state state = e->run->state[trial];
  return state == CO_TRIAL_PENDING || state == CO_TRIAL_RUNNING;
}

void co_forecast_calibrate(co_forecast *e) {
  const co_trial_context *context = e->run->context;
  for (int i = 0; i < context->trials->count; i++) {
    const co_trial *trial = &context->trials->trial[i];
    int place = place_of(e, trial), like = e->like[place];
    co_pace pace = pace_in(e, place);
    bool known = !isnan(pace.evaluate_s) && !isnan(pace.episode) &&
                 (!isnan(pace.train_s) || co_trial_train_steps(context->study, trial) == 0);
    if (!is_left(e, i) || known || !isnan(e->measured[like].build_s)) continue;
    e->measured[like] = co_calibrate(context, first_in(e, like), e->jobs, e->threads);
  }
}

// ---- trials ----

static double eval_steps(const co_forecast *e, const co_trial *trial, const co_pace *pace) {
  return (double)co_trial_eval_episodes(e->run->context->study, trial) * pace->episode;
}

// of the whole trial
static double seconds_of(const co_forecast *e, const co_trial *trial, const co_pace *pace) {
  double train = (double)co_trial_train_steps(e->run->context->study, trial);
  double build = isnan(pace->build_s) ? 0 : WORLDS_BUILT * pace->build_s;
  return CO_PACE_TRIAL_S + build + (train > 0 ? train * pace->train_s : 0) +
         eval_steps(e, trial, pace) * pace->evaluate_s;
}

// what a running trial has left of them
static double rest_of(const co_forecast *e, const co_trial *trial, const co_pace *pace,
                      int64_t steps) {
  double all =
      (double)co_trial_train_steps(e->run->context->study, trial) + eval_steps(e, trial, pace);
  return seconds_of(e, trial, pace) * fmax(0, 1 - (double)steps / all);
}

// ---- all of them, in their order ----

typedef struct play {
  const co_forecast *e;
  co_trial_state *state;
  bool *graded;
  double *seconds;  // (trials) left of each
  co_pace *pace;    // (places)
  int *slot;        // (jobs) trial that runs there, -1: none
} play;

static void grade(play *p) {
  const co_trial_context *context = p->e->run->context;
  for (int t = 0; t < context->study->def.targets.count; t++)
    if (!p->graded[t]) p->graded[t] = co_schedule_can_grade(context, p->state, t);
}

static void fill_slots(play *p) {
  for (int i = 0; i < p->e->jobs; i++) {
    if (p->slot[i] >= 0) continue;
    p->slot[i] = co_schedule_next(p->e->run->context, p->state, p->graded);
    if (p->slot[i] >= 0) p->state[p->slot[i]] = CO_TRIAL_RUNNING;
  }
}

// Lets time pass until the next trial ends; 0: none runs.
static double pass(play *p) {
  int next = -1;
  for (int i = 0; i < p->e->jobs; i++)
    if (p->slot[i] >= 0 && (next < 0 || p->seconds[p->slot[i]] < p->seconds[p->slot[next]]))
      next = i;
  if (next < 0) return 0;
  double span = p->seconds[p->slot[next]];
  for (int i = 0; i < p->e->jobs; i++)
    if (p->slot[i] >= 0) p->seconds[p->slot[i]] -= span;
  p->state[p->slot[next]] = CO_TRIAL_DONE;
  p->slot[next] = -1;
  return span;
}

// Time in which all that is left runs, in the runner's order.
static double play_through(play *p) {
  int slots = 0;
  double sum = 0;
  for (int i = 0; i < p->e->run->context->trials->count; i++)
    if (p->state[i] == CO_TRIAL_RUNNING && slots < p->e->jobs) p->slot[slots++] = i;
  for (bool runs = true; runs;) {
    grade(p);
    fill_slots(p);
    runs = false;
    for (int i = 0; i < p->e->jobs; i++) runs |= p->slot[i] >= 0;
    if (runs) sum += pass(p);
  }
  return sum;
}

static double left(play *p, const int64_t *steps) {
  const co_forecast *e = p->e;
  int trials = e->run->context->trials->count, count = 0;
  double sum = 0;
  for (int i = 0; i < e->places; i++) p->pace[i] = pace_in(e, i);
  for (int i = 0; i < trials; i++) {
    p->state[i] = e->run->state[i];
    if (!is_left(e, i)) continue;
    const co_trial *trial = &e->run->context->trials->trial[i];
    p->seconds[i] = rest_of(e, trial, &p->pace[place_of(e, trial)], steps ? steps[i] : 0);
    sum += p->seconds[i];
    count++;
  }
  for (int i = 0; i < e->jobs; i++) p->slot[i] = -1;
  return isnan(sum) || count > MOST_PLAYED ? sum / e->jobs : play_through(p);
}

double co_forecast_left(const co_forecast *e, const int64_t *steps) {
  size_t trials = (size_t)e->run->context->trials->count;
  size_t targets = (size_t)e->run->context->study->def.targets.count;
  play p = {.e = e,
            .state = co_alloc(trials, sizeof *p.state),
            .graded = co_alloc(targets + 1, sizeof *p.graded),
            .seconds = co_alloc(trials, sizeof *p.seconds),
            .pace = co_alloc((size_t)e->places, sizeof *p.pace),
            .slot = co_alloc((size_t)e->jobs, sizeof *p.slot)};
  bool whole = p.state && p.graded && p.seconds && p.pace && p.slot;
  double seconds = whole ? left(&p, steps) : (double)NAN;
  free(p.state);
  free(p.graded);
  free(p.seconds);
  free(p.pace);
  free(p.slot);
  return seconds;
}
