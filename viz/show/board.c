#include "viz/show/private/board.h"

#include "viz/show/help.h"
#include "viz/show/private/activations.h"

#include <stdio.h>
#include <string.h>

// --- what it happened in

static const co_built_world *world_of(co_shared_world *world) {
  return world ? co_shared_world_get(world) : NULL;
}

static const co_env_info *info_of(co_shared_world *world) {
  return world ? &world_of(world)->info : NULL;
}

static void drop_world(co_board *board, int stage) {
  co_shared_world_drop(board->world[stage]);
  board->world[stage] = NULL;
}

void co_board_free(co_board *board) {
  for (int i = 0; i < CO_SESSION_STAGES; i++) {
    drop_world(board, i);
    co_track_free(&board->track[i]);
    co_tensor_fates_free(&board->fates[i]);
  }
  co_shared_world_drop(board->origin);
  co_strips_free(&board->strips);
  co_mapping_free(&board->mapping);
  memset(board, 0, sizeof *board);
}

// A world that has other numbers only keeps what has been seen.
static void take_world(co_board *board, int stage, co_shared_world *world) {
  co_track fresh, *track = &board->track[stage];
  const co_env_info *info = info_of(world);
  drop_world(board, stage);
  board->world[stage] = co_shared_world_keep(world);
  co_track_init(info->obs_dim, info->act_dim, info->num_terms, &fresh);
  if (track->width == fresh.width && track->action == fresh.action && track->terms == fresh.terms)
    return;
  co_track_free(track);
  *track = fresh;
}

static co_status compare(co_board *board, co_mapping_sides *sides) {
  co_contract_diff diff;
  co_mapping mapping;
  co_diff_side from = {.contract = sides->a}, to = {.contract = sides->b};
  CO_TRY(co_contract_diff_make(&from, &to, &diff));
  sides->diff = &diff;
  co_status status = co_mapping_build(sides, &mapping);
  co_contract_diff_free(&diff);
  CO_TRY(status);
  co_mapping_free(&board->mapping);
  board->mapping = mapping;
  return CO_OK;
}

static co_status contract_of(co_shared_world *world, co_contract *out) {
  const co_env_info *info = info_of(world);
  co_network_def def = {.obs_dim = info->obs_dim, .act_dim = info->act_dim};
  return co_contract_from_world(info, &def, "none", out);
}

// Of two stages their worlds; of one, its world against that in which it began, whose contract
// gives way to that of the policy that answers.
static co_status map(co_board *board, const co_policy *policy) {
  bool two = board->stages == 2;
  co_shared_world *from = two ? board->world[0] : board->origin, *to = board->world[two];
  co_contract a = {0}, b = {0};
  co_status status = contract_of(to, &b);
  if (status == CO_OK && !policy) status = contract_of(from, &a);
  co_mapping_sides sides = {.a = policy ? &policy->contract : &a,
                            .b = &b,
                            .world_a = world_of(from),
                            .world_b = world_of(to)};
  if (status == CO_OK) status = compare(board, &sides);
  co_contract_free(&a);
  co_contract_free(&b);
  return status;
}

static co_status take_mapping(co_board *board, const co_snapshot *snapshot) {
  const co_policy *policy = board->stages == 1 ? snapshot->stage[0].policy : NULL;
  if (board->mapped && board->mapped_of == policy) return CO_OK;
  CO_TRY(map(board, policy));
  board->mapped = true;
  board->mapped_of = policy;
  return CO_OK;
}

static co_status take_worlds(co_board *board, const co_snapshot *snapshot) {
  bool same = board->stages == snapshot->num_stages;
  for (int i = 0; i < snapshot->num_stages; i++) {
    if (board->world[i] == snapshot->stage[i].world) continue;
    take_world(board, i, snapshot->stage[i].world);
    same = false;
  }
  if (same) return CO_OK;
  if (!board->origin) board->origin = co_shared_world_keep(board->world[0]);
  board->mapped = false;
  board->stages = 0;  // until the strips are there
  co_strips_free(&board->strips);
  CO_TRY(co_strips_build(info_of(board->world[0]), info_of(board->world[1]), NULL, NULL,
                         &board->strips));
  board->stages = snapshot->num_stages;
  return CO_OK;
}

// What is known of the policy that answers; else tensors of the second stage are compared with
// those of the first: source and target.
static co_status take_fates(const co_board *board, const co_snapshot *snapshot, int stage,
                            co_tensor_fates *out) {
  const co_stage_view *view = &snapshot->stage[stage];
  if (view->acting >= 0 && view->acting < board->num_known)
    return co_tensor_fates_copy(&board->known[view->acting], out);
  return co_tensor_fates_make(view->policy, stage == 1 ? snapshot->stage[0].policy : NULL, out);
}

static co_status take_policies(co_board *board, const co_snapshot *snapshot) {
  bool same = true;
  for (int i = 0; i < snapshot->num_stages; i++)
    same = same && board->policy[i] == snapshot->stage[i].policy;
  if (same) return CO_OK;
  for (int i = 0; i < snapshot->num_stages; i++) {
    const co_policy *policy = snapshot->stage[i].policy;
    co_tensor_fates_free(&board->fates[i]);
    board->policy[i] = NULL;
    if (policy) CO_TRY(take_fates(board, snapshot, i, &board->fates[i]));
    board->policy[i] = policy;
  }
  return CO_OK;
}

co_status co_board_update(co_board *board, const co_snapshot *snapshot) {
  CO_TRY(take_worlds(board, snapshot));
  CO_TRY(take_mapping(board, snapshot));
  CO_TRY(take_policies(board, snapshot));
  for (int i = 0; i < snapshot->num_stages; i++)
    CO_TRY(co_track_follow(&board->track[i], &snapshot->stage[i]));
  return CO_OK;
}

void co_board_say(co_board *board, bool bad, double until, const char *text) {
  snprintf(board->note, sizeof board->note, "%s", text);
  board->note[strcspn(board->note, "\n")] = '\0';
  board->note_bad = bad;
  board->note_until = until;
}

// --- what is painted

static const char *name_of(const co_board_view *view, int choice, bool recorded) {
  if (recorded) return "recording";
  return choice >= 0 ? view->choice[choice].name : "no policy";
}

// Who answers at the shown instant.
static const char *policy_name(const co_board_view *view, int stage) {
  const co_stage_view *shown = &view->snapshot->stage[stage];
  return name_of(view, shown->acting, shown->now.stint.who.recorded);
}

static co_strips_input strips_input(const co_board *board, const co_board_view *view) {
  return (co_strips_input){
      .strips = &board->strips,
      .track = {&board->track[0], board->stages == 2 ? &board->track[1] : NULL},
      .name = {view->world_name[0], view->world_name[1]},
      .step = view->snapshot->step,
      .parting = view->snapshot->parting,
      .view = view->desk->strips,
  };
}

static co_timeline_input timeline_input(const co_board *board, const co_board_view *view) {
  const co_snapshot *snapshot = view->snapshot;
  return (co_timeline_input){
      .track = {&board->track[0], board->stages == 2 ? &board->track[1] : NULL},
      .control_dt = board->strips.control_dt[0],
      .horizon = info_of(board->world[0])->horizon,
      .step = snapshot->step,
      .parting = snapshot->parting,
      .episode = snapshot->stage[0].episode,
      .running = snapshot->running,
      .speed = snapshot->speed,
      .true_speed = snapshot->true_speed,
      .filming = view->filming,
  };
}

static void paint_head(const co_board *board, co_paint *paint, const co_board_view *view,
                       int scene) {
  int stage = co_desk_stage(view->desk, scene);
  const co_stage_view *shown = &view->snapshot->stage[stage];
  const co_stint *stint = &shown->now.stint;
  const co_env_info *info = info_of(board->world[stage]);
  double dt = board->strips.control_dt[stage];
  bool split = co_desk_scenes(view->desk) == 2;
  co_head_input input = {
      .side = stage,
      .chosen = split && view->desk->side == stage,
      .policy = policy_name(view, stage),
      .before = stint->branched ? name_of(view, shown->before, stint->before.recorded) : NULL,
      .since = (double)stint->since * dt,
      .ret_before = stint->ret_before,
      .world = view->world_name[stage],
      .shift = info->shift,
      .num_shifts = info->num_shifts,
      .step = shown->now.step,
      .time = (double)shown->now.step * dt,
      .ret = shown->now.ret,
      .end = shown->over ? co_track_end(&board->track[stage]) : "",
      .end_ink = co_track_end_ink(&board->track[stage]),
      .renderer = scene == 0 ? view->renderer : NULL,
  };
  co_head_paint(paint, view->layout->scene[scene], &input);
}

static void paint_panels(co_board *board, co_paint *paint, const co_board_view *view) {
  const co_layout *layout = view->layout;
  int side = view->desk->side;
  const co_stage_view *stage = &view->snapshot->stage[side];
  co_strips_input strips = strips_input(board, view);
  co_activations_input activations = {
      .name = policy_name(view, side),
      .side = side,
      .policy = stage->policy,
      .trace = &stage->trace,
      .fates = &board->fates[side],
      .scroll = view->desk->scroll[CO_PANEL_ACTIVATIONS],
  };
  if (layout->panel[CO_PANEL_STRIPS].w > 0)
    co_strips_paint(paint, layout->panel[CO_PANEL_STRIPS], &strips);
  if (layout->panel[CO_PANEL_ACTIVATIONS].w > 0)
    board->most[CO_PANEL_ACTIVATIONS] =
        co_activations_paint(paint, layout->panel[CO_PANEL_ACTIVATIONS], &activations);
  co_mapping_input mapping = {
      .mapping = &board->mapping,
      .name = {board->stages == 2 ? view->world_name[0]
               : board->mapped_of ? "trained for"
                                  : "at first",
               view->world_name[board->stages - 1]},
      .only = view->desk->only,
      .scroll = view->desk->scroll[CO_PANEL_MAPPING],
  };
  if (layout->panel[CO_PANEL_MAPPING].w > 0)
    board->most[CO_PANEL_MAPPING] =
        co_mapping_paint(paint, layout->panel[CO_PANEL_MAPPING], &mapping);
}

// One line at the lower edge of a scene, as wide as its text.
static void paint_line(co_paint *paint, co_box scene, int above, co_ink ink, const char *text) {
  int row = co_paint_row(paint);
  int wanted = co_font_text_width(paint->font, text, (int)strlen(text)) + row;
  int width = wanted < scene.w ? wanted : scene.w;
  if (!*text || scene.w < 4 * row || scene.h < (above + 4) * row) return;
  co_box box = {scene.x + (scene.w - width) / 2, scene.y + scene.h - (above + 2) * row, width,
                row + row / 2};
  co_paint_surface(paint, box, co_ink_color(CO_INK_GROUND));
  co_paint_text(paint, co_box_inset(box, row / 2, 0), CO_LEFT, co_ink_color(ink), text);
}

static co_box all_scenes(const co_layout *layout) {
  co_box all = layout->scene[0];
  all.w += layout->scene[1].w;
  return all;
}

static void paint_notes(const co_board *board, co_paint *paint, const co_board_view *view) {
  co_box all = all_scenes(view->layout);
  if (view->time < board->note_until)
    paint_line(paint, all, 0, board->note_bad ? CO_INK_BAD : CO_INK_TEXT, board->note);
  int where = board->picked_scene < co_desk_scenes(view->desk) ? board->picked_scene : 0;
  paint_line(paint, view->layout->scene[where], 2, CO_INK_WARNING, board->picked);
}

// Over scenes and panels.
static co_box help_box(const co_layout *layout) {
  co_box box = all_scenes(layout);
  for (int p = 0; p < CO_NUM_PANELS; p++)
    if (layout->panel[p].w > 0 && layout->panel[p].y == 0) box.w += layout->panel[p].w;
  return box;
}

void co_board_paint(co_board *board, co_paint *paint, const co_board_view *view) {
  const co_layout *layout = view->layout;
  if (view->desk->help) {
    board->help_most = co_help_paint(paint, help_box(layout), view->desk->help_scroll);
  } else {
    for (int scene = 0; view->desk->head && scene < co_desk_scenes(view->desk); scene++)
      paint_head(board, paint, view, scene);
    paint_panels(board, paint, view);
    paint_notes(board, paint, view);
  }
  co_timeline_input timeline = timeline_input(board, view);
  if (layout->timeline.h > 0) co_timeline_paint(paint, layout->timeline, &timeline);
}

// --- the mouse

static void seek(co_desk *desk, int64_t step) {
  if (step >= 0) co_desk_command(desk, &(co_command){.id = CO_CMD_SEEK, .value = step});
}

static bool press_timeline(co_board *board, co_desk *desk, const co_event *event, int row,
                           const co_board_view *view) {
  co_timeline_input input = timeline_input(board, view);
  co_timeline_hit hit =
      co_timeline_find(view->layout->timeline, row, &input, (int)event->x, (int)event->y, false);
  if (hit.toggle) {
    co_desk_command(desk, &(co_command){.id = CO_CMD_TOGGLE});
    return true;
  }
  if (hit.step < 0) return true;
  desk->drag = CO_DRAG_STEP;
  desk->drag_button = event->button;
  desk->drag_scene = -1;
  seek(desk, hit.step);
  return true;
}

static bool press_strips(co_board *board, co_desk *desk, const co_event *event, int row,
                         const co_board_view *view) {
  co_strips_input input = strips_input(board, view);
  co_strips_hit hit = co_strips_find(view->layout->panel[CO_PANEL_STRIPS], row, &input,
                                     (int)event->x, (int)event->y);
  if (hit.group >= 0 && hit.group < CO_STRIP_GROUPS) {
    desk->strips.open ^= UINT64_C(1) << hit.group;
  } else if (hit.step >= 0) {
    desk->drag = CO_DRAG_STEP;
    desk->drag_button = event->button;
    desk->drag_scene = CO_PANEL_STRIPS;
    seek(desk, hit.step);
  }
  return true;
}

static void drag_step(co_board *board, co_desk *desk, const co_event *event, int row,
                      const co_board_view *view) {
  if (desk->drag_scene < 0) {
    co_timeline_input input = timeline_input(board, view);
    seek(desk,
         co_timeline_find(view->layout->timeline, row, &input, (int)event->x, (int)event->y, true)
             .step);
    return;
  }
  co_strips_input input = strips_input(board, view);
  seek(desk, co_strips_find(view->layout->panel[CO_PANEL_STRIPS], row, &input, (int)event->x,
                            (int)event->y)
                 .step);
}

static bool scroll_panel(co_board *board, co_desk *desk, const co_event *event, int panel, int row,
                         const co_board_view *view) {
  enum { LINES = 3 };
  int by = event->dy > 0 ? -LINES : LINES;
  if (panel != CO_PANEL_STRIPS) {
    int wanted = desk->scroll[panel] + by, most = board->most[panel];
    desk->scroll[panel] = wanted < 0 ? 0 : wanted > most ? most : wanted;
    return true;
  }
  if (event->control) {
    co_desk_do(desk, by < 0 ? CO_DO_SHORTER : CO_DO_LONGER, NULL);
    return true;
  }
  co_strips_input input = strips_input(board, view);
  input.view.scroll += by;
  desk->strips = co_strips_hold(view->layout->panel[CO_PANEL_STRIPS], row, &input);
  return true;
}

static bool press(co_board *board, co_desk *desk, const co_event *event, int row,
                  const co_board_view *view, co_place place, int index) {
  if (desk->drag != CO_DRAG_NONE) return false;
  if (place == CO_PLACE_TIMELINE) return press_timeline(board, desk, event, row, view);
  if (place == CO_PLACE_PANEL && index == CO_PANEL_STRIPS)
    return press_strips(board, desk, event, row, view);
  if (place == CO_PLACE_PANEL && index == CO_PANEL_MAPPING &&
      co_mapping_toggles(view->layout->panel[index], row, (int)event->x, (int)event->y))
    desk->only = !desk->only;
  return place == CO_PLACE_PANEL;
}

// Help takes the wheel, and goes away with a click.
static bool event_of_help(const co_board *board, co_desk *desk, const co_event *event,
                          const co_board_view *view) {
  if (!co_box_has(help_box(view->layout), (int)event->x, (int)event->y)) return false;
  int wanted = desk->help_scroll + (event->dy > 0 ? -1 : 1);
  if (event->kind == CO_EVENT_SCROLL)
    desk->help_scroll = wanted < 0 ? 0 : wanted > board->help_most ? board->help_most : wanted;
  if (event->kind == CO_EVENT_PRESS && desk->drag == CO_DRAG_NONE) desk->help = 0;
  return event->kind == CO_EVENT_SCROLL || event->kind == CO_EVENT_PRESS;
}

bool co_board_event(co_board *board, co_desk *desk, const co_event *event, int row,
                    const co_board_view *view) {
  int index;
  co_place place = co_layout_find(view->layout, (int)event->x, (int)event->y, &index);
  if (desk->help && event_of_help(board, desk, event, view)) return true;
  switch (event->kind) {
    case CO_EVENT_PRESS: return press(board, desk, event, row, view, place, index);
    case CO_EVENT_MOVE:
      if (desk->drag != CO_DRAG_STEP) return false;
      drag_step(board, desk, event, row, view);
      return true;
    case CO_EVENT_RELEASE:
      if (desk->drag != CO_DRAG_STEP || event->button != desk->drag_button) return false;
      desk->drag = CO_DRAG_NONE;
      return true;
    case CO_EVENT_LEAVE:
      if (desk->drag == CO_DRAG_STEP) desk->drag = CO_DRAG_NONE;
      return false;
    case CO_EVENT_SCROLL:
      return place == CO_PLACE_PANEL && scroll_panel(board, desk, event, index, row, view);
    default: return false;
  }
}
