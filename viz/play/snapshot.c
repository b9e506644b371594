#include "viz/play/snapshot.h"

#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

// ---- series

static size_t floats_of(const co_instant_layout *layout) {
  return (size_t)(layout->obs_dim + layout->act_dim + layout->num_terms);
}

static co_status make_room(co_series *series, const co_instant_layout *layout, int count) {
  size_t floats = (size_t)count * floats_of(layout);
  if (floats > series->floats) {
    free(series->block);
    series->block = co_alloc(floats, sizeof *series->block);
    series->floats = series->block ? floats : 0;
  }
  if (count > series->capacity) {
    free(series->instant);
    series->instant = co_alloc((size_t)count, sizeof *series->instant);
    series->capacity = series->instant ? count : 0;
  }
  bool ok = floats <= series->floats && count <= series->capacity;
  return ok ? CO_OK : CO_MEMORY;
}

static float *copy(const float *from, int count, float **at) {
  float *to = *at;
  memcpy(to, from, (size_t)count * sizeof *to);
  *at += count;
  return to;
}

static co_status take_series(co_stage_view *view, const co_stage *stage, int reach) {
  co_series *series = &view->series;
  const co_instant_layout *layout = &view->layout;
  int64_t first = view->now.step - reach + 1, last = view->now.step + reach - 1;
  series->count = 0;
  if (reach < 1) return CO_OK;
  if (first < view->first) first = view->first;
  if (last > view->last) last = view->last;
  int count = (int)(last - first + 1);
  CO_TRY(make_room(series, layout, count));
  float *at = series->block;
  for (int i = 0; i < count; i++) {
    co_instant *to = &series->instant[i];
    *to = *co_stage_at(stage, first + i);
    to->row = to->state = to->after = NULL;
    to->obs = copy(to->obs, layout->obs_dim, &at);
    to->action = copy(to->action, layout->act_dim, &at);
    to->terms = copy(to->terms, layout->num_terms, &at);
  }
  series->first = first;
  series->count = count;
  return CO_OK;
}

// ---- stages

static co_status take_instant(co_stage_view *view, const co_stage *stage) {
  const co_instant_layout layout = *co_stage_layout(stage);
  if (!view->block || co_instant_bytes(&layout) != co_instant_bytes(&view->layout)) {
    void *block = co_alloc(co_instant_bytes(&layout), 1);
    if (!block) return CO_MEMORY;  // the view still shows what it did
    free(view->block);
    view->block = block;
  }
  view->layout = layout;
  const co_instant_arrays arrays = co_instant_place(&layout, view->block);
  co_instant_copy(&layout, co_stage_now(stage), &arrays, &view->now);
  return CO_OK;
}

static co_status take_trace(co_stage_view *view, const co_policy *policy) {
  if (policy != view->policy) {
    co_policy_trace_free(&view->trace);
    view->policy = NULL;
    if (policy) CO_TRY(co_policy_trace_create(policy, &view->trace));
    view->policy = policy;
  }
  const void *state = view->now.owner == policy ? view->now.state : NULL;
  if (policy) co_policy_trace_run(&view->trace, view->now.obs, state);
  return CO_OK;
}

static co_status take_stage(co_stage_view *view, const co_session *session, int index, int series) {
  const co_stage *stage = co_session_stage(session, index);
  co_shared_world *world = co_stage_shared_world(stage), *before = view->world;
  view->world = co_shared_world_keep(world);
  co_shared_world_drop(before);
  CO_TRY(take_instant(view, stage));
  CO_TRY(take_trace(view, view->now.stint.who.policy));
  view->choice = co_session_policy(session, index);
  view->acting = co_session_find(session, &view->now.stint.who);
  view->before = co_session_find(session, &view->now.stint.before);
  view->episode = co_stage_episode(stage);
  view->first = co_stage_first(stage);
  view->last = co_stage_last(stage);
  view->over = co_stage_over(stage);
  return take_series(view, stage, series);
}

co_status co_snapshot_take(co_snapshot *snapshot, const co_session *session, int series) {
  snapshot->num_stages = co_session_stages(session);
  for (int i = 0; i < snapshot->num_stages; i++) {
    CO_TRY(take_stage(&snapshot->stage[i], session, i, series));
    snapshot->stage[i].changes = co_session_changes(session, i);
  }
  snapshot->step = co_session_step(session);
  snapshot->first = co_session_first(session);
  snapshot->last = co_session_last(session);
  snapshot->parting = co_session_parting(session);
  snapshot->searching = co_session_searching(session);
  snapshot->running = co_session_running(session);
  snapshot->over = co_session_over(session);
  snapshot->speed = co_session_speed(session);
  snapshot->true_speed = co_session_true_speed(session);
  return CO_OK;
}

void co_snapshot_free(co_snapshot *snapshot) {
  for (int i = 0; i < CO_SESSION_STAGES; i++) {
    co_stage_view *view = &snapshot->stage[i];
    co_shared_world_drop(view->world);
    co_policy_trace_free(&view->trace);
    free(view->series.block);
    free(view->series.instant);
    free(view->block);
  }
  *snapshot = (co_snapshot){0};
}
