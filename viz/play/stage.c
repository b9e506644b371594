#include "viz/play/stage.h"

#include "core/memory.h"
#include "envs/record/recording.h"
#include "viz/play/private/carry.h"
#include "viz/play/private/push.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// What belongs to one world, made and released as a whole.
typedef struct parts {
  co_shared_world *world;  // kept
  co_instant_layout layout;
  co_row row;
  co_history *history;
  co_instant next;           // an instant that is being made
  co_instant_arrays arrays;  // its arrays, in `block`
  unsigned char *block;      // owned
  double *action;            // (act_dim + num_terms) scratch of a step, owned
  double *terms;             // (num_terms) behind it
} parts;

// Where a recording comes from: its row is one of the world that it was opened for.
typedef struct tape {
  co_recording *recording;  // owned; NULL: there is none, or no more
  co_shared_world *world;   // kept
  int64_t first;            // step of the episode at which it begins
} tape;

struct co_stage {
  parts at;
  tape tape;
  const co_policy *policy;  // NULL: none
  co_stand_in stand_in;     // where there is none
  co_policy_trace trace;    // of the policy
  uint64_t seed;
  uint32_t episode;
  size_t history_bytes;
  bool beyond;
  const co_instant *now;
  uint64_t changes;
  int pushed;  // body that is pushed, -1: none
  double force[6];
};

static const co_built_world *built_of(const parts *p) {
  return co_shared_world_get(p->world);
}

static void free_tape(tape *r) {
  co_recording_close(r->recording);
  co_shared_world_drop(r->world);
  *r = (tape){0};
}

static co_status create_row(co_shared_world *world, uint64_t seed, uint32_t episode, co_row *out) {
  // the stream of `carryover eval`
  const co_stream stream = {seed, 0, CO_PURPOSE_EVAL_FINAL};
  return co_row_create(&co_shared_world_get(world)->binding, &stream, episode, out);
}

static void free_parts(parts *p) {
  if (p->row.binding) co_row_free(&p->row);
  co_history_free(p->history);
  free(p->block);
  free(p->action);
  co_shared_world_drop(p->world);
  *p = (parts){0};
}

static co_status fill_parts(co_shared_world *world, size_t state_bytes, parts *p) {
  const co_env_info *info = &co_shared_world_get(world)->info;
  p->world = co_shared_world_keep(world);
  p->layout = (co_instant_layout){co_row_size(&co_shared_world_get(world)->binding), info->obs_dim,
                                  info->act_dim, info->num_terms, state_bytes};
  p->block = co_alloc(1, co_instant_bytes(&p->layout));
  p->action = co_alloc((size_t)(info->act_dim + info->num_terms), sizeof *p->action);
  if (!p->block || !p->action) return CO_MEMORY;
  p->terms = p->action + info->act_dim;
  p->arrays = co_instant_place(&p->layout, p->block);
  co_instant_show(&p->arrays, &p->next);
  return CO_OK;
}

// Without row and history.
static co_status create_parts(co_shared_world *world, size_t state_bytes, parts *out) {
  *out = (parts){0};
  co_status status = fill_parts(world, state_bytes, out);
  if (status != CO_OK) free_parts(out);
  return status;
}

// ---- instants

// The recorded action of an instant, NULL: there is none.
static const double *recorded_action(const co_stage *stage, const co_instant *instant) {
  const tape *r = &stage->tape;
  int64_t at = instant->step - r->first;
  bool has = r->recording && at >= 0 && at < co_recording_steps(r->recording);
  return has ? co_recording_action(r->recording, (int)at) : NULL;
}

// What the policy remembers at the present instant, when it sees it or when it has answered; NULL:
// it was another one that answered there, so that this one remembers nothing.
static const void *remembered(const co_stage *stage, bool answered) {
  const co_instant *now = stage->now;
  if (now->owner != stage->policy) return NULL;
  return answered ? now->after : now->state;
}

// What is done at the next instant where no policy acts.
static void stand_in(const co_stage *stage, const parts *p, float *action) {
  bool same = stage->now && stage->at.layout.act_dim == p->layout.act_dim;
  const co_stand_in_place at = {.seed = stage->seed,
                                .episode = stage->episode,
                                .step = p->next.step,
                                .before = same ? stage->now->action : NULL};
  co_stand_in_act(stage->stand_in, &built_of(p)->info, &at, action);
}

// Of the next instant, behind `before`: it goes on or begins anew.
static co_stint stint_after(const co_stage *stage, const parts *p, const co_instant *before) {
  co_stint stint = {.who = {stage->policy, stage->tape.recording != NULL, stage->stand_in},
                    .since = p->next.step};
  if (!before) return stint;
  bool forgot = p->layout.state_bytes > 0 && before->owner != stage->policy;
  if (co_who_is(&stint.who, &before->stint.who) && !forgot) return before->stint;
  stint.branched = true;
  stint.before = before->stint.who;
  stint.ret_before = p->next.ret;
  return stint;
}

// What the policy makes of the next instant's observation with that state, NULL: that of a
// beginning. `before`: the instant that led there, NULL: none.
static void answer(co_stage *stage, parts *p, const void *state, const co_instant *before) {
  const co_instant_arrays *to = &p->arrays;
  float *action = to->action;
  const double *recorded = recorded_action(stage, &p->next);
  p->next.value = NAN;
  p->next.owner = stage->policy;
  p->next.stint = stint_after(stage, p, before);
  p->next.pushed |= p->next.stint.branched && p->next.stint.since == p->next.step;
  for (int i = 0; recorded && i < p->layout.act_dim; i++) action[i] = (float)recorded[i];
  if (recorded) return;
  if (!stage->policy) {
    stand_in(stage, p, action);
    return;
  }
  if (state) memmove(to->state, state, p->layout.state_bytes);
  if (!state) co_policy_trace_begin(&stage->trace, to->state);
  co_policy_trace_run(&stage->trace, to->obs, to->state);
  memcpy(to->after, stage->trace.after, p->layout.state_bytes);
  memcpy(action, stage->trace.action, (size_t)p->layout.act_dim * sizeof *action);
  p->next.value = stage->trace.value;
}

// The state of the row as the next instant's, which the policy sees with `state`, as above.
static void note_row(co_stage *stage, parts *p, const void *state, const co_instant *before) {
  co_row_save(&p->row, p->arrays.row);
  for (int i = 0; i < p->layout.obs_dim; i++) p->arrays.obs[i] = (float)p->row.seen[i];
  answer(stage, p, state, before);
}

// Makes `next` the present instant; those behind it go.
static void keep(co_stage *stage, parts *p) {
  stage->changes += co_history_last(p->history) >= p->next.step;
  co_history_drop_from(p->history, p->next.step);
  co_history_add(p->history, &p->next);
  stage->now = co_history_at(p->history, p->next.step);
}

// The first instant of an episode.
static void begin(co_stage *stage, parts *p) {
  memset(p->arrays.terms, 0, (size_t)p->layout.num_terms * sizeof *p->arrays.terms);
  p->next = (co_instant){.step = p->row.step};
  co_instant_show(&p->arrays, &p->next);
  note_row(stage, p, NULL, NULL);
  stage->changes++;
  co_history_drop_from(p->history, 0);
  keep(stage, p);
}

// ---- life

// Where the recording begins, carried over where the world is not the one that it was opened for.
static co_status load_recorded(const co_stage *stage, co_row *row) {
  const tape *r = &stage->tape;
  const void *bytes = co_recording_row(r->recording);
  if (r->world == stage->at.world) return co_row_load(row, bytes);
  co_row original;
  bool exact;
  CO_TRY(create_row(r->world, stage->seed, 0, &original));
  co_status status = co_row_load(&original, bytes);
  if (status == CO_OK)
    status = co_carry(&original, co_shared_world_get(r->world), built_of(&stage->at), row, &exact);
  co_row_free(&original);
  return status;
}

co_status co_stage_reset(co_stage *stage, uint32_t episode) {
  parts *p = &stage->at;
  co_row row;
  CO_TRY(create_row(p->world, stage->seed, episode, &row));
  co_status status = stage->tape.recording ? load_recorded(stage, &row) : co_row_reset(&row);
  if (status != CO_OK) {
    co_row_free(&row);
    return status;
  }
  if (p->row.binding) co_row_free(&p->row);
  p->row = row;
  stage->episode = episode;
  stage->pushed = -1;
  stage->tape.first = row.step;
  begin(stage, p);
  return CO_OK;
}

static co_status fill(co_stage *stage, const co_stage_def *def) {
  if (def->policy) {
    CO_TRY(co_policy_check_world(def->policy, &co_shared_world_get(def->world)->info));
    CO_TRY(co_policy_trace_create(def->policy, &stage->trace));
  }
  CO_TRY(create_parts(def->world, stage->trace.state_bytes, &stage->at));
  CO_TRY(co_history_create(&stage->at.layout, def->history_bytes, &stage->at.history));
  if (def->recording) {
    stage->tape.world = co_shared_world_keep(def->world);
    CO_TRY(co_recording_open(built_of(&stage->at), def->recording, &stage->tape.recording));
  }
  return co_stage_reset(stage, 0);
}

co_status co_stage_create(const co_stage_def *def, co_stage **out) {
  assert(!def->policy || !def->recording);
  co_stage *stage = co_alloc(1, sizeof *stage);
  if (!stage) return CO_MEMORY;
  stage->policy = def->policy;
  stage->stand_in = def->stand_in;
  stage->seed = def->seed;
  stage->history_bytes = def->history_bytes;
  stage->beyond = def->beyond;
  co_status status = fill(stage, def);
  if (status != CO_OK) {
    co_stage_free(stage);
    return status;
  }
  *out = stage;
  return CO_OK;
}

void co_stage_free(co_stage *stage) {
  if (!stage) return;
  free_parts(&stage->at);
  free_tape(&stage->tape);
  co_policy_trace_free(&stage->trace);
  free(stage);
}

// ---- transport

static bool is_end(const co_stage *stage, const co_instant *at) {
  if (stage->tape.recording) return !recorded_action(stage, at);
  return at->fault || (!stage->beyond && (at->terminated || at->truncated));
}

bool co_stage_over(const co_stage *stage) {
  return is_end(stage, stage->now);
}

bool co_stage_ended(const co_stage *stage) {
  return is_end(stage, co_stage_at(stage, co_stage_last(stage)));
}

static co_status step_row(co_stage *stage, co_row_result *result) {
  parts *p = &stage->at;
  const double *recorded = recorded_action(stage, stage->now);
  *result = (co_row_result){.terms = p->terms};
  for (int i = 0; i < p->layout.act_dim; i++) {
    // recorded numbers may be finer than float32
    p->action[i] = recorded ? recorded[i] : (double)stage->now->action[i];
  }
  if (stage->pushed >= 0) co_push_set(p->row.physics, stage->pushed, stage->force);
  co_status status = co_row_step(&p->row, p->action, result);
  if (stage->pushed >= 0) co_push_set(p->row.physics, stage->pushed, NULL);
  return status;
}

// Sums are formed of float32 values, as evaluations form them.
static void note_result(co_stage *stage, const co_row_result *result) {
  parts *p = &stage->at;
  co_instant *next = &p->next;
  for (int i = 0; i < p->layout.num_terms; i++) p->arrays.terms[i] = (float)result->terms[i];
  next->step = stage->now->step + 1;
  next->reward = (float)result->reward;
  next->ret = stage->now->ret + (double)next->reward;
  next->terminated = result->terminated;
  next->truncated = result->truncated;
  next->success = result->success;
  next->fault = result->fault;
  next->pushed = stage->pushed >= 0;
}

co_status co_stage_step(co_stage *stage) {
  parts *p = &stage->at;
  if (co_stage_over(stage)) return CO_OK;
  co_row_result result;
  co_status status = step_row(stage, &result);
  if (status != CO_OK) {
    co_status back = co_row_load(&p->row, stage->now->row);
    assert(back == CO_OK);  // these bytes are the row's own
    (void)back;
    return status;
  }
  note_result(stage, &result);
  note_row(stage, p, remembered(stage, true), stage->now);
  keep(stage, p);
  return CO_OK;
}

co_status co_stage_seek(co_stage *stage, int64_t step) {
  const co_instant *instant = co_history_at(stage->at.history, step);
  assert(instant);
  if (instant == stage->now) return CO_OK;
  CO_TRY(co_row_load(&stage->at.row, instant->row));
  stage->now = instant;
  return CO_OK;
}

// ---- what is there

int64_t co_stage_first(const co_stage *stage) {
  return co_history_first(stage->at.history);
}

int64_t co_stage_last(const co_stage *stage) {
  return co_history_last(stage->at.history);
}

const co_instant *co_stage_now(const co_stage *stage) {
  return stage->now;
}

const co_instant *co_stage_at(const co_stage *stage, int64_t step) {
  return co_history_at(stage->at.history, step);
}

uint64_t co_stage_changes(const co_stage *stage) {
  return stage->changes;
}

uint32_t co_stage_episode(const co_stage *stage) {
  return stage->episode;
}

const co_built_world *co_stage_world(const co_stage *stage) {
  return built_of(&stage->at);
}

co_shared_world *co_stage_shared_world(const co_stage *stage) {
  return stage->at.world;
}

const co_policy *co_stage_policy(const co_stage *stage) {
  return stage->policy;
}

co_stand_in co_stage_stand_in(const co_stage *stage) {
  return stage->stand_in;
}

bool co_stage_recorded(const co_stage *stage) {
  return stage->tape.recording != NULL;
}

const co_instant_layout *co_stage_layout(const co_stage *stage) {
  return &stage->at.layout;
}

const co_row *co_stage_row(const co_stage *stage) {
  return &stage->at.row;
}

// ---- changes

// The instant that led to the present one; where it is kept no more, what the present one knows of
// it; NULL: the episode begins here.
static const co_instant *leading(const co_stage *stage) {
  const co_instant *now = stage->now, *before = co_stage_at(stage, now->step - 1);
  if (before) return before;
  return now->step > stage->tape.first ? now : NULL;
}

// What the policy remembered when the present instant was reached; NULL: another one led there.
static const void *left_behind(const co_stage *stage) {
  const co_instant *led = leading(stage);
  if (!led || led->owner != stage->policy) return NULL;
  return led == stage->now ? led->state : led->after;
}

// The present instant as `next` of `p`, which may be of another world.
static void copy_now(const co_stage *stage, parts *p) {
  const co_instant *now = stage->now;
  size_t bytes = (size_t)p->layout.num_terms * sizeof *now->terms;
  if (p->layout.num_terms == stage->at.layout.num_terms) {
    memmove(p->arrays.terms, now->terms, bytes);
  } else {
    memset(p->arrays.terms, 0, bytes);
  }
  p->next = *now;
  co_instant_show(&p->arrays, &p->next);
  p->next.pushed = now->pushed || now->step > 0;
}

// Instants with another size of state, those up to the present one with what they have but that.
static co_status resize_states(co_stage *stage, size_t state_bytes) {
  parts *p = &stage->at, to = *p;
  if (p->layout.state_bytes == state_bytes) return CO_OK;
  to.layout.state_bytes = state_bytes;
  CO_TRY(co_history_create(&to.layout, stage->history_bytes, &to.history));
  to.block = co_alloc(1, co_instant_bytes(&to.layout));
  if (!to.block) {
    co_history_free(to.history);
    return CO_MEMORY;
  }
  to.arrays = co_instant_place(&to.layout, to.block);
  co_instant_show(&to.arrays, &to.next);
  co_history_take_over(to.history, p->history, stage->now->step);
  stage->now = co_history_at(to.history, stage->now->step);
  free(p->block);
  co_history_free(p->history);
  *p = to;
  return CO_OK;
}

static co_status make_trace(co_stage *stage, const co_policy *policy, co_policy_trace *out) {
  if (!policy) return CO_OK;
  CO_TRY(co_policy_check_world(policy, &co_stage_world(stage)->info));
  return co_policy_trace_create(policy, out);
}

co_status co_stage_use_policy(co_stage *stage, const co_policy *policy) {
  co_policy_trace trace = {0};
  co_status status = make_trace(stage, policy, &trace);
  if (status == CO_OK) status = resize_states(stage, trace.state_bytes);
  if (status != CO_OK) {
    co_policy_trace_free(&trace);
    return status;
  }
  co_policy_trace_free(&stage->trace);
  free_tape(&stage->tape);
  stage->trace = trace;
  stage->policy = policy;
  copy_now(stage, &stage->at);
  note_row(stage, &stage->at, left_behind(stage), leading(stage));
  keep(stage, &stage->at);
  return CO_OK;
}

co_status co_stage_use_stand_in(co_stage *stage, co_stand_in stand_in) {
  co_stand_in before = stage->stand_in;
  stage->stand_in = stand_in;
  co_status status = co_stage_use_policy(stage, NULL);
  if (status != CO_OK) stage->stand_in = before;
  return status;
}

// By hand the robot is steered, not disturbed: the instant keeps its mark.
co_status co_stage_set_action(co_stage *stage, int element, double value) {
  parts *p = &stage->at;
  bool by_hand = !stage->policy && !stage->tape.recording && stage->stand_in == CO_STAND_IN_SLIDERS;
  if (!by_hand) return co_fail(CO_CONFIG, "actions are set by hand only where the sliders act");
  if (element < 0 || element >= p->layout.act_dim)
    return co_fail(CO_CONFIG, "there is no action %d", element);
  const co_action_element *of = &co_stage_world(stage)->info.action[element];
  if (!(value >= co_stand_in_low(of) && value <= co_stand_in_high(of)))
    return co_fail(CO_CONFIG, "action %s: must be from %g to %g, is %g", of->name,
                   co_stand_in_low(of), co_stand_in_high(of), value);
  copy_now(stage, p);
  p->next.pushed = stage->now->pushed;
  note_row(stage, p, NULL, leading(stage));
  p->arrays.action[element] = (float)value;
  keep(stage, p);
  return CO_OK;
}

// Both have the size of state of the stage's policy.
static bool same_instants(const parts *a, const parts *b) {
  return a->layout.row_bytes == b->layout.row_bytes && a->layout.obs_dim == b->layout.obs_dim &&
         a->layout.act_dim == b->layout.act_dim && a->layout.num_terms == b->layout.num_terms;
}

// The row, and a history of its own unless that of before can go on.
static co_status carry_over(const co_stage *stage, parts *to) {
  bool exact;
  CO_TRY(create_row(to->world, stage->seed, stage->episode, &to->row));
  CO_TRY(co_carry(&stage->at.row, co_stage_world(stage), built_of(to), &to->row, &exact));
  if (exact && same_instants(&stage->at, to)) return CO_OK;
  return co_history_create(&to->layout, stage->history_bytes, &to->history);
}

co_status co_stage_use_world(co_stage *stage, co_shared_world *world) {
  parts to;
  const co_env_info *info = &co_shared_world_get(world)->info;
  if (stage->policy) CO_TRY(co_policy_check_world(stage->policy, info));
  CO_TRY(create_parts(world, stage->at.layout.state_bytes, &to));
  co_status status = carry_over(stage, &to);
  if (status != CO_OK) {
    free_parts(&to);
    return status;
  }
  copy_now(stage, &to);
  note_row(stage, &to, remembered(stage, false), leading(stage));
  if (!to.history) {
    to.history = stage->at.history;
    stage->at.history = NULL;
  }
  stage->changes++;
  keep(stage, &to);
  free_parts(&stage->at);
  stage->at = to;
  if (stage->pushed >= co_push_bodies(to.row.physics)) stage->pushed = -1;
  return CO_OK;
}

co_status co_stage_push(co_stage *stage, int body, const double force[6]) {
  int bodies = co_push_bodies(stage->at.row.physics);
  bool pushes = false;
  for (int i = 0; body >= 0 && i < 6; i++) {
    if (!isfinite(force[i])) return co_fail(CO_CONFIG, "a push must be finite numbers");
    pushes = pushes || force[i] != 0;
  }
  if (pushes && !bodies) return co_fail(CO_CONFIG, "this world has no bodies to push");
  if (body >= bodies && bodies) return co_fail(CO_CONFIG, "there is no body %d", body);
  stage->pushed = pushes ? body : -1;
  if (pushes) memcpy(stage->force, force, sizeof stage->force);
  if (pushes && co_stage_last(stage) > stage->now->step) {
    stage->changes++;
    co_history_drop_from(stage->at.history, stage->now->step + 1);
  }
  return CO_OK;
}
