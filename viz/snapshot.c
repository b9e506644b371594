#include "viz/snapshot.h"

#include <stdlib.h>
#include <string.h>

// ---- series

static size_t floats_of(const co_instant_layout *layout) {
  return (size_t)(layout->obs_dim + layout->act_dim + layout->num_terms) + 2;
}

static co_status make_room(co_series *series, const co_instant_layout *layout, int count) {
  size_t floats = (size_t)count * floats_of(layout);
  if (floats > series->capacity) {
    free(series->block);
    series->block = malloc(floats * sizeof *series->block);
    series->capacity = series->block ? floats : 0;
  }
  if (count > series->max_count) {
    free(series->pushed);
    series->pushed = malloc((size_t)count);
    series->max_count = series->pushed ? count : 0;
  }
  bool ok = floats <= series->capacity && count <= series->max_count;
  return ok ? CO_OK : co_fail(CO_MEMORY, "out of memory for plots of %d steps", count);
}

static void lay_out(co_series *series, const co_instant_layout *layout, int count) {
  float *at = series->block;
  size_t n = (size_t)count;
  series->count = count;
  series->obs = at;
  series->action = at + n * (size_t)layout->obs_dim;
  series->terms = series->action + n * (size_t)layout->act_dim;
  series->reward = series->terms + n * (size_t)layout->num_terms;
  series->value = series->reward + n;
}

static void copy_instant(const co_instant *from, const co_instant_layout *layout, int i,
                         co_series *series) {
  size_t obs = (size_t)layout->obs_dim, act = (size_t)layout->act_dim;
  size_t terms = (size_t)layout->num_terms, at = (size_t)i;
  memcpy(series->obs + at * obs, from->obs, obs * sizeof *from->obs);
  memcpy(series->action + at * act, from->action, act * sizeof *from->action);
  memcpy(series->terms + at * terms, from->terms, terms * sizeof *from->terms);
  series->reward[i] = from->reward;
  series->value[i] = from->value;
  series->pushed[i] = from->pushed;
}

static co_status take_series(co_stage_view *view, const co_stage *stage, int most) {
  co_series *series = &view->series;
  int64_t there = view->now.step - view->first + 1;
  int count = there < most ? (int)there : most > 0 ? most : 0;
  series->count = 0;
  if (!count) return CO_OK;
  CO_TRY(make_room(series, &view->layout, count));
  lay_out(series, &view->layout, count);
  series->first = view->now.step - count + 1;
  for (int i = 0; i < count; i++) {
    copy_instant(co_stage_at(stage, series->first + i), &view->layout, i, series);
  }
  return CO_OK;
}

// ---- stages

static co_status take_instant(co_stage_view *view, const co_stage *stage) {
  const co_env_info *info = &co_stage_world(stage)->info;
  const co_instant_layout layout = {co_row_size(&co_stage_world(stage)->binding), info->obs_dim,
                                    info->act_dim, info->num_terms};
  if (!view->block || co_instant_bytes(&layout) != co_instant_bytes(&view->layout)) {
    free(view->block);
    view->block = malloc(co_instant_bytes(&layout));
    if (!view->block) return co_fail(CO_MEMORY, "out of memory for a snapshot");
  }
  view->layout = layout;
  co_instant_place(&layout, view->block, &view->now);
  co_instant_copy(&layout, co_stage_now(stage), &view->now);
  return CO_OK;
}

static co_status take_trace(co_stage_view *view, const co_policy *policy) {
  if (policy != view->policy) {
    co_policy_trace_free(&view->trace);
    view->policy = NULL;
    if (policy) CO_TRY(co_policy_trace_create(policy, &view->trace));
    view->policy = policy;
  }
  if (policy) co_policy_trace_run(policy, view->now.obs, &view->trace);
  return CO_OK;
}

static co_status take_stage(co_stage_view *view, const co_stage *stage, int choice, int series) {
  co_shared_world *world = co_stage_shared_world(stage), *before = view->world;
  view->world = co_shared_world_keep(world);
  co_shared_world_drop(before);
  CO_TRY(take_instant(view, stage));
  CO_TRY(take_trace(view, co_stage_policy(stage)));
  view->choice = choice;
  view->episode = co_stage_episode(stage);
  view->first = co_stage_first(stage);
  view->last = co_stage_last(stage);
  view->over = co_stage_over(stage);
  view->recorded = co_stage_recorded(stage);
  return take_series(view, stage, series);
}

co_status co_snapshot_take(co_snapshot *snapshot, const co_session *session, int series) {
  snapshot->num_stages = co_session_stages(session);
  for (int i = 0; i < snapshot->num_stages; i++) {
    CO_TRY(take_stage(&snapshot->stage[i], co_session_stage(session, i),
                      co_session_policy(session, i), series));
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
    free(view->series.pushed);
    free(view->block);
  }
  *snapshot = (co_snapshot){0};
}
