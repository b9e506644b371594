#include "viz/play/pair.h"

#include "core/memory.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

// ---- where they part

static const co_model *model_of(const co_pair *pair, int i) {
  return co_stage_world(pair->stage[i])->model;
}

// Coordinates that both have, by the names of their joints.
static co_status match(co_pair *pair) {
  if (pair->count < CO_PAIR_STAGES) return CO_OK;
  const co_model *a = model_of(pair, 0), *b = model_of(pair, 1);
  const co_elements *names = &a->elements[CO_QPOS];
  int *common = co_alloc(2 * (size_t)names->count + 1, sizeof *common), count = 0;
  if (!common) return CO_MEMORY;
  for (int i = 0; i < names->count; i++) {
    int other = co_model_find(b, CO_QPOS, names->name[i]);
    int at = co_model_at(a, CO_QPOS, i), other_at = other < 0 ? -1 : co_model_at(b, CO_QPOS, other);
    if (at < 0 || other_at < 0) continue;
    common[2 * count] = at;
    common[2 * count + 1] = other_at;
    count++;
  }
  free(pair->common);
  pair->common = common;
  pair->num_common = count;
  return CO_OK;
}

// NaN differs from everything.
static bool differ(const co_pair *pair) {
  const double *a = co_stage_row(pair->stage[0])->physics->qpos;
  const double *b = co_stage_row(pair->stage[1])->physics->qpos;
  for (int i = 0; i < pair->num_common; i++) {
    double distance = fabs(a[pair->common[2 * i]] - b[pair->common[2 * i + 1]]);
    if (!(distance <= pair->threshold)) return true;
  }
  return false;
}

static int64_t step_of(const co_pair *pair, int i) {
  return co_stage_now(pair->stage[i])->step;
}

static void look_for_parting(co_pair *pair) {
  if (pair->count < CO_PAIR_STAGES) return;
  int64_t now = co_pair_now(pair);
  if (pair->parting >= 0 && pair->parting <= now) return;
  if (step_of(pair, 0) != step_of(pair, 1) || differ(pair)) pair->parting = now;
}

// ---- life

co_status co_pair_create(const co_stage_def *def, int count, double threshold, co_pair *out) {
  assert(count >= 1 && count <= CO_PAIR_STAGES);
  *out = (co_pair){.threshold = threshold, .parting = -1};
  co_status status = CO_OK;
  for (; out->count < count && status == CO_OK; out->count++) {
    status = co_stage_create(&def[out->count], &out->stage[out->count]);
  }
  if (status == CO_OK) status = match(out);
  if (status == CO_OK) {
    look_for_parting(out);
  } else {
    co_pair_free(out);
  }
  return status;
}

void co_pair_free(co_pair *pair) {
  for (int i = 0; i < pair->count; i++) co_stage_free(pair->stage[i]);
  free(pair->common);
  *pair = (co_pair){0};
}

// ---- transport

int64_t co_pair_now(const co_pair *pair) {
  int64_t now = step_of(pair, 0);
  for (int i = 1; i < pair->count; i++) now = step_of(pair, i) > now ? step_of(pair, i) : now;
  return now;
}

int64_t co_pair_first(const co_pair *pair) {
  int64_t first = co_stage_first(pair->stage[0]);
  for (int i = 1; i < pair->count; i++) {
    int64_t other = co_stage_first(pair->stage[i]);
    if (other > first) first = other;
  }
  return first;
}

// Of stages that have not ended, the one that has come least far; of the others the longest.
int64_t co_pair_last(const co_pair *pair) {
  int64_t longest = 0, least = INT64_MAX;
  for (int i = 0; i < pair->count; i++) {
    int64_t last = co_stage_last(pair->stage[i]);
    if (last > longest) longest = last;
    if (!co_stage_ended(pair->stage[i]) && last < least) least = last;
  }
  return least < INT64_MAX ? least : longest;
}

bool co_pair_over(const co_pair *pair) {
  for (int i = 0; i < pair->count; i++) {
    if (!co_stage_over(pair->stage[i])) return false;
  }
  return true;
}

bool co_pair_failed(const co_pair *pair) {
  for (int i = 0; i < pair->count; i++) {
    const co_instant *now = co_stage_now(pair->stage[i]);
    if (now->fault || (now->terminated && !now->success)) return true;
  }
  return false;
}

static int64_t held(int64_t step, int64_t low, int64_t high) {
  return step < low ? low : step > high ? high : step;
}

// Where a stage is while the pair is at this step.
static co_status seek_stage(co_stage *stage, int64_t step) {
  return co_stage_seek(stage, held(step, co_stage_first(stage), co_stage_last(stage)));
}

co_status co_pair_seek(co_pair *pair, int64_t step) {
  int64_t before = co_pair_now(pair);
  int64_t last = co_pair_last(pair), first = co_pair_first(pair);
  step = held(step, first < last ? first : last, last);
  for (int i = 0; i < pair->count; i++) {
    co_status status = seek_stage(pair->stage[i], step);
    if (status == CO_OK) continue;
    while (--i >= 0) seek_stage(pair->stage[i], before);
    return status;
  }
  look_for_parting(pair);
  return CO_OK;
}

static co_status step_stage(co_stage *stage, int64_t now) {
  if (co_stage_now(stage)->step < now) return CO_OK;  // it stands still
  if (co_stage_last(stage) > now) return co_stage_seek(stage, now + 1);
  return co_stage_step(stage);
}

co_status co_pair_step(co_pair *pair) {
  int64_t now = co_pair_now(pair);
  for (int i = 0; i < pair->count; i++) {
    co_status status = step_stage(pair->stage[i], now);
    if (status == CO_OK) continue;
    while (--i >= 0) seek_stage(pair->stage[i], now);
    return status;
  }
  look_for_parting(pair);
  return CO_OK;
}

// A start that worked before works again, so that a failure leaves no other episode behind.
co_status co_pair_reset(co_pair *pair, uint32_t episode) {
  uint32_t before = co_stage_episode(pair->stage[0]);
  for (int i = 0; i < pair->count; i++) {
    co_status status = co_stage_reset(pair->stage[i], episode);
    if (status == CO_OK) continue;
    while (--i >= 0) co_stage_reset(pair->stage[i], before);
    return status;
  }
  pair->parting = -1;
  look_for_parting(pair);
  return CO_OK;
}

// A stage that stood still at its end may go on now: then the others come back to where it is.
co_status co_pair_changed(co_pair *pair) {
  CO_TRY(match(pair));
  if (co_pair_now(pair) > co_pair_last(pair)) CO_TRY(co_pair_seek(pair, co_pair_last(pair)));
  if (pair->parting > co_pair_now(pair)) pair->parting = -1;
  look_for_parting(pair);
  return CO_OK;
}
