#include "viz/play/playback.h"

#include "core/clock.h"
#include "core/memory.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const double kDoze = 0.01;  // [s] longest sleep while it runs

struct co_playback {
  pthread_t thread;
  pthread_mutex_t mutex;  // of everything in this block
  pthread_cond_t wake;    // a command has come, or it is to stop
  co_command queue[CO_PLAYBACK_QUEUE];
  int queued;
  int replaced;  // in the queue, by newer ones, and not yet counted
  bool stop;
  bool fresh;  // `ready` was not handed out yet
  int series;
  co_snapshot *ready;

  co_snapshot snapshot[3];
  co_snapshot *front;  // the drawing thread's

  co_session *session;  // from here on the playing thread's
  co_snapshot *back;
  co_command taken[CO_PLAYBACK_QUEUE];
  double last;  // [s] when it was advanced
  uint64_t number, commands, errors;
  co_status status;
  char error[CO_SNAPSHOT_ERROR];
  int taken_series;  // of the last snapshot
};

// ---- the playing thread

static void note_failure(co_playback *p, co_status status) {
  p->errors++;
  p->status = status;
  snprintf(p->error, sizeof p->error, "%s", co_error_text());
}

static void stamp(co_playback *p, co_snapshot *snapshot) {
  snapshot->number = ++p->number;
  snapshot->commands = p->commands;
  snapshot->errors = p->errors;
  snapshot->status = p->status;
  memcpy(snapshot->error, p->error, sizeof snapshot->error);
}

// The copy is made beside the lock. Without memory for it the one before stays.
static void publish(co_playback *p, int series) {
  p->taken_series = series;
  co_status status = co_snapshot_take(p->back, p->session, series);
  if (status != CO_OK) {
    note_failure(p, status);
    return;
  }
  stamp(p, p->back);
  pthread_mutex_lock(&p->mutex);
  co_snapshot *ready = p->ready;
  p->ready = p->back;
  p->fresh = true;
  pthread_mutex_unlock(&p->mutex);
  p->back = ready;
}

// [s] until there is something to do; INFINITY: not before a command comes.
static double idle_time(const co_playback *p) {
  if (co_session_searching(p->session) >= 0) return 0;
  if (!co_session_running(p->session)) return INFINITY;
  return fmin(co_session_due_in(p->session), kDoze);
}

static void sleep_for(co_playback *p, double seconds) {
  struct timespec until;
  clock_gettime(CLOCK_MONOTONIC, &until);
  until.tv_nsec += (long)(seconds * 1e9);
  until.tv_sec += until.tv_nsec / 1000000000;
  until.tv_nsec %= 1000000000;
  pthread_cond_timedwait(&p->wake, &p->mutex, &until);
}

// Waits, and takes what has come. Returns the number of commands, -1: it is to stop.
static int take_commands(co_playback *p, int *series) {
  double idle = idle_time(p);
  pthread_mutex_lock(&p->mutex);
  while (!p->stop && !p->queued && p->series == p->taken_series && isinf(idle))
    pthread_cond_wait(&p->wake, &p->mutex);
  if (!p->stop && !p->queued && idle > 0 && !isinf(idle)) sleep_for(p, idle);
  int count = p->stop ? -1 : p->queued;
  if (count > 0) memcpy(p->taken, p->queue, (size_t)count * sizeof *p->queue);
  p->queued = 0;
  p->commands += (uint64_t)p->replaced;
  p->replaced = 0;
  *series = p->series;
  pthread_mutex_unlock(&p->mutex);
  return count;
}

static bool is_stopping(co_playback *p) {
  pthread_mutex_lock(&p->mutex);
  bool stop = p->stop;
  pthread_mutex_unlock(&p->mutex);
  return stop;
}

static void execute(co_playback *p, int count) {
  for (int i = 0; i < count && !(i && is_stopping(p)); i++) {
    co_status status = co_session_execute(p->session, &p->taken[i]);
    if (status != CO_OK) note_failure(p, status);
    p->commands++;
  }
}

// Whether there is something new to see.
static bool advance(co_playback *p, bool was_running) {
  bool active = co_session_running(p->session) || co_session_searching(p->session) >= 0;
  double now = co_clock_wall(), passed = was_running ? now - p->last : 0;
  p->last = now;
  if (!active) return false;
  int64_t before = co_session_step(p->session);
  co_status status = co_session_advance(p->session, passed);
  if (status != CO_OK) note_failure(p, status);
  return status != CO_OK || co_session_step(p->session) != before ||
         !co_session_running(p->session) || co_session_searching(p->session) >= 0;
}

static void *play(void *context) {
  co_playback *p = context;
  for (;;) {
    int series;
    bool was_running = co_session_running(p->session);
    int count = take_commands(p, &series);
    if (count < 0) return NULL;
    execute(p, count);
    bool changed = advance(p, was_running);
    if (changed || count || series != p->taken_series) publish(p, series);
  }
}

// ---- the drawing thread

// A condition that waits by the clock that is never set.
static bool make_condition(pthread_cond_t *out) {
  pthread_condattr_t attributes;
  if (pthread_condattr_init(&attributes) != 0) return false;
  bool ok = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0 &&
            pthread_cond_init(out, &attributes) == 0;
  pthread_condattr_destroy(&attributes);
  return ok;
}

static void release(co_playback *p) {
  for (int i = 0; i < 3; i++) co_snapshot_free(&p->snapshot[i]);
  co_session_free(p->session);
  free(p);
}

static co_status start_thread(co_playback *p) {
  if (!make_condition(&p->wake)) return co_fail(CO_INTERNAL, "cannot make a condition variable");
  pthread_mutex_init(&p->mutex, NULL);
  if (pthread_create(&p->thread, NULL, play, p) == 0) return CO_OK;
  pthread_mutex_destroy(&p->mutex);
  pthread_cond_destroy(&p->wake);
  return co_fail(CO_INTERNAL, "cannot start a thread");
}

co_status co_playback_start(const co_session_def *def, co_playback **out) {
  co_playback *p = co_alloc(1, sizeof *p);
  if (!p) return CO_MEMORY;
  p->front = &p->snapshot[0], p->ready = &p->snapshot[1], p->back = &p->snapshot[2];
  co_status status = co_session_create(def, &p->session);
  if (status == CO_OK) status = co_snapshot_take(p->front, p->session, 0);
  if (status == CO_OK) {
    stamp(p, p->front);
    status = start_thread(p);
  }
  if (status == CO_OK) {
    *out = p;
  } else {
    release(p);
  }
  return status;
}

void co_playback_stop(co_playback *playback) {
  if (!playback) return;
  pthread_mutex_lock(&playback->mutex);
  playback->stop = true;
  pthread_cond_signal(&playback->wake);
  pthread_mutex_unlock(&playback->mutex);
  pthread_join(playback->thread, NULL);
  pthread_mutex_destroy(&playback->mutex);
  pthread_cond_destroy(&playback->wake);
  release(playback);
}

// Whether the new command says what the old one said, with other numbers.
static bool replaces(const co_command *new, const co_command *old) {
  if (new->id != old->id || new->stage != old->stage) return false;
  switch (new->id) {
    case CO_CMD_SEEK:
    case CO_CMD_SPEED:
    case CO_CMD_PUSH: return true;
    case CO_CMD_ACTION: return new->value == old->value;
    case CO_CMD_SHIFT:
      return strcmp(new->shift.parameter, old->shift.parameter) == 0 &&
             strcmp(new->shift.select, old->shift.select) == 0;
    default: return false;
  }
}

bool co_playback_send(co_playback *playback, const co_command *command) {
  pthread_mutex_lock(&playback->mutex);
  int at = playback->queued;
  bool again = at && replaces(command, &playback->queue[at - 1]);
  if (again) at--;
  bool room = at < CO_PLAYBACK_QUEUE;
  if (room) {
    playback->queue[at] = *command;
    playback->queued = at + 1;
    playback->replaced += again;
    pthread_cond_signal(&playback->wake);
  }
  pthread_mutex_unlock(&playback->mutex);
  return room;
}

const co_snapshot *co_playback_latest(co_playback *playback) {
  pthread_mutex_lock(&playback->mutex);
  if (playback->fresh) {
    co_snapshot *front = playback->front;
    playback->front = playback->ready;
    playback->ready = front;
    playback->fresh = false;
  }
  pthread_mutex_unlock(&playback->mutex);
  return playback->front;
}

void co_playback_set_series(co_playback *playback, int count) {
  pthread_mutex_lock(&playback->mutex);
  playback->series = count;
  pthread_cond_signal(&playback->wake);
  pthread_mutex_unlock(&playback->mutex);
}
