#include "envs/record/recording.h"

#include "core/memory.h"
#include "envs/record/private/player.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct co_recording {
  int steps, act_dim;
  void *row;       // owned
  double *action;  // (steps x act_dim) owned
};

static co_status read_actions(co_player *p, co_recording *recording) {
  size_t dim = (size_t)p->act_dim;
  recording->action = co_alloc((size_t)p->steps * dim, sizeof *recording->action);
  if (!recording->action) return CO_MEMORY;
  for (int step = 0; step < p->steps; step++) {
    CO_TRY(co_player_action(p, step));
    memcpy(recording->action + (size_t)step * dim, p->action, dim * sizeof *p->action);
  }
  return CO_OK;
}

static co_status fill(co_player *p, co_recording *recording) {
  CO_TRY(co_player_check(p));
  CO_TRY(co_player_prepare(p));
  CO_TRY(co_player_begin(p));
  recording->steps = p->steps;
  recording->act_dim = p->act_dim;
  recording->row = co_alloc(co_row_size(p->row.binding), 1);
  if (!recording->row) return CO_MEMORY;
  co_row_save(&p->row, recording->row);
  return read_actions(p, recording);
}

co_status co_recording_open(const co_built_world *world, const char *path, co_recording **out) {
  co_json *file = NULL;
  co_replay unused = {0};
  CO_TRY(co_json_read(path, &file));
  co_recording *recording = co_alloc(1, sizeof *recording);
  co_player p = {.world = world, .path = path, .file = file, .out = &unused};
  p.obs_dim = world->info.obs_dim;
  p.act_dim = world->info.act_dim;
  co_status status = recording ? fill(&p, recording) : CO_MEMORY;
  co_player_release(&p);
  co_json_free(file);
  if (status == CO_OK) {
    *out = recording;
  } else {
    co_recording_close(recording);
  }
  return status;
}

void co_recording_close(co_recording *recording) {
  if (!recording) return;
  free(recording->row);
  free(recording->action);
  free(recording);
}

int co_recording_steps(const co_recording *recording) {
  return recording->steps;
}

const void *co_recording_row(const co_recording *recording) {
  return recording->row;
}

const double *co_recording_action(const co_recording *recording, int step) {
  assert(step >= 0 && step < recording->steps);
  return recording->action + (size_t)step * (size_t)recording->act_dim;
}
