// Frames of the viewer without window and OpenGL, whose instructions a test counts: two stages that
// step, go back and play on, what is copied of them, and what is painted beside the scenes.
//
//   small_frames          lists them
//   small_frames NAME     runs one

#include "core/hash.h"
#include "tests/bench/counted.h"
#include "viz/show/private/board.h"

#include <stdlib.h>

static const char shift[] =
    "domain = ( { parameter = \"body.mass\"; select = \"torso\"; scale = 1.5; } );";

typedef struct state {
  co_choice choice;
  co_session *session;
  co_snapshot snapshot;
  co_board board;
  co_desk desk;
  co_layout layout;
  co_font font;
  co_paint paint;
  co_board_view view;
} state;

static void close_state(void *pointer) {
  state *s = pointer;
  if (!s) return;
  co_board_free(&s->board);
  co_snapshot_free(&s->snapshot);
  co_paint_free(&s->paint);
  co_session_free(s->session);
  co_policy_free(s->choice.policy);
  free(s);
}

static co_status make_policy(const char *task, co_policy **out) {
  co_built_world *built;
  CO_TRY(co_world_build(&(co_world){.task = task}, &built));
  const co_env_info *info = &built->info;
  co_network_def def = {.obs_dim = info->obs_dim,
                        .act_dim = info->act_dim,
                        .num_hidden = 2,
                        .hidden = {64, 64},
                        .activation = CO_TANH};
  co_stream stream = {3, 0, CO_PURPOSE_INIT};
  co_status status = co_policy_create(&def, info, "ppo", &stream, out);
  co_world_free(built);
  return status;
}

static co_status open_session(const char *task, state *s) {
  co_node *root = NULL;
  CO_TRY(co_tree_parse(shift, "shift", &root));
  co_session_def def = {
      .num_stages = 2,
      .world = {{.task = task}, {.task = task, .domain = co_node_get(root, "domain")}},
      .choice = &s->choice,
      .num_choices = 1,
      .seed = 11,
      .threshold = 0.05,
      .history_bytes = 16 << 20};
  co_status status = co_session_create(&def, &s->session);
  co_node_free(root);
  return status;
}

static co_status open_frames(const counted *work, void **out) {
  state *s = *out = calloc(1, sizeof *s);
  if (!s) return co_fail(CO_MEMORY, "out of memory");
  snprintf(s->choice.name, sizeof s->choice.name, "untrained");
  CO_TRY(make_policy(work->task, &s->choice.policy));
  CO_TRY(open_session(work->task, s));
  co_desk_init(2, true, &s->desk);
  for (int p = 0; p < CO_NUM_PANELS; p++) s->desk.open[p] = 1;
  co_font_plain(14, &s->font);
  s->view = (co_board_view){.snapshot = &s->snapshot,
                            .desk = &s->desk,
                            .layout = &s->layout,
                            .choice = &s->choice,
                            .world_name = {"source", "target"}};
  return CO_OK;
}

// What a frame does beside drawing the scenes.
static co_status show(state *s, uint64_t *hash) {
  CO_TRY(co_snapshot_take(&s->snapshot, s->session, CO_BOARD_SERIES));
  CO_TRY(co_board_update(&s->board, &s->snapshot));
  co_paint_begin(&s->paint, &s->font);
  co_desk_layout(&s->desk, 1280, 800, co_paint_row(&s->paint), 200, &s->layout);
  co_board_paint(&s->board, &s->paint, &s->view);
  uint64_t parts[] = {*hash, (uint64_t)s->paint.num_ops, (uint64_t)s->snapshot.step};
  *hash = co_hash(parts, sizeof parts);
  return co_paint_status(&s->paint);
}

static co_status play(state *s, co_command_id id, int64_t value, int frames, uint64_t *hash) {
  const co_command command = {.id = id, .value = value};
  for (int i = 0; i < frames; i++) {
    CO_TRY(co_session_execute(s->session, &command));
    CO_TRY(show(s, hash));
  }
  return CO_OK;
}

static co_status run_frames(const counted *work, void *pointer, uint64_t *hash) {
  state *s = pointer;
  CO_TRY(play(s, CO_CMD_FORWARD, 0, work->steps, hash));
  CO_TRY(play(s, CO_CMD_SEEK, work->steps / 2, 1, hash));
  CO_TRY(play(s, CO_CMD_BACK, 0, work->steps / 4, hash));
  CO_TRY(play(s, CO_CMD_FORWARD, 0, work->steps / 4, hash));
  return play(s, CO_CMD_EPISODE, 1, 1, hash);
}

static const counted works[] = {
    {"frames_half_cheetah", open_frames, run_frames, close_state, "half_cheetah", 2, 40}};

int main(int argc, char **argv) {
  return counted_main(works, sizeof works / sizeof *works, argc, argv);
}
