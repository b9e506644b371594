#include "viz/show/private/timeline.h"

#include "viz/play/session.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MARK_REACH = 4 };  // [pixels] at both sides of a mark

const char *co_track_end(const co_track *track) {
  uint8_t mark = track->count > 0 ? track->mark[track->count - 1] : 0;
  if (mark & CO_MARK_FAULT) return "fault";
  if (mark & CO_MARK_SUCCESS) return "success";
  if (mark & CO_MARK_TERMINATED) return "fell";
  return mark & CO_MARK_TRUNCATED ? "time limit" : "";
}

co_ink co_track_end_ink(const co_track *track) {
  uint8_t mark = track->count > 0 ? track->mark[track->count - 1] : 0;
  if (mark & CO_MARK_FAULT) return CO_INK_BAD;
  if (mark & CO_MARK_SUCCESS) return CO_INK_GOOD;
  return mark & CO_MARK_TERMINATED ? CO_INK_BAD : CO_INK_TEXT;
}

const char *co_speed_text(int speed, char out[32]) {
  if (speed >= CO_SESSION_FASTEST) {
    snprintf(out, 32, "as fast as possible");
  } else {
    snprintf(out, 32, speed < 0 ? "1/%dx" : "%dx", 1 << (speed < 0 ? -speed : speed));
  }
  return out;
}

// ---- where things are

typedef struct geometry {
  co_box button, text, line;
  co_axis axis;
} geometry;

// To the time limit where there is one: how much is left can be seen.
static int64_t last_step(const co_timeline_input *input) {
  int64_t last = co_track_last(input->track[0]);
  if (input->track[1] && co_track_last(input->track[1]) > last)
    last = co_track_last(input->track[1]);
  if (input->horizon > last) last = input->horizon;
  return last > 1 ? last : 1;
}

static geometry measure(co_box box, int row, const co_timeline_input *input) {
  geometry g;
  box = co_box_inset(box, row / 3, row / 8);
  g.text = co_box_take_top(&box, row);
  g.button = co_box_take_left(&g.text, 4 * row);
  co_box_take_left(&g.text, row / 2);
  co_box_take_top(&box, row / 8);
  g.line = box;
  g.axis = (co_axis){box.x, box.w, 0, (double)last_step(input)};
  return g;
}

// ---- what is drawn

// A word, since a symbol would need a font that has it.
static void paint_button(co_paint *paint, co_box box, bool running) {
  co_paint_fill(paint, box, co_ink_color(CO_INK_RAISED));
  co_paint_frame(paint, box, co_ink_color(CO_INK_GRID));
  co_paint_text(paint, box, CO_CENTER, co_ink_color(CO_INK_TEXT), running ? "pause" : "run");
}

// How each side ended, from the right; the first side stands leftmost.
static void paint_ends(co_paint *paint, co_box *rest, const co_timeline_input *input) {
  for (int side = 1; side >= 0; side--) {
    const co_track *track = input->track[side];
    if (!track || !*co_track_end(track)) continue;
    const char *end = co_track_end(track);
    int width = co_font_text_width(paint->font, end, (int)strlen(end));
    co_paint_text(paint, co_box_take_right(rest, width), CO_LEFT,
                  co_ink_color(co_track_end_ink(track)), end);
    co_box_take_right(rest, rest->h / 4);
    int size = rest->h / 2;
    co_box key = co_box_take_right(rest, size);
    co_paint_fill(paint, co_box_inset(key, 0, size / 2), co_ink_of_stage(side));
    co_box_take_right(rest, rest->h / 2);
  }
}

// A dot and words at the right.
static void paint_filming(co_paint *paint, co_box *rest, const char *text) {
  if (!text) return;
  int width = co_font_text_width(paint->font, text, (int)strlen(text));
  co_paint_text(paint, co_box_take_right(rest, width), CO_LEFT, co_ink_color(CO_INK_TEXT), text);
  co_box_take_right(rest, rest->h / 4);
  int size = rest->h / 2;
  co_box dot = co_box_take_right(rest, size);
  co_paint_fill(paint, co_box_inset(dot, 0, size / 2), co_ink_color(CO_INK_BAD));
  co_box_take_right(rest, rest->h / 2);
}

// Seconds first: that is what a person counts in.
static void paint_state(co_paint *paint, co_box box, const co_timeline_input *input) {
  char speed[32], reached[48] = "", parted[48] = "";
  co_speed_text(input->speed, speed);
  if (input->running) snprintf(reached, sizeof reached, ", truly %.3gx", input->true_speed);
  if (input->parting >= 0)
    snprintf(parted, sizeof parted, "   part at %.2f s",
             (double)input->parting * input->control_dt);
  co_paint_textf(paint, box, CO_LEFT, co_ink_color(CO_INK_TEXT),
                 "%.2f s   step %lld of %lld   episode %u   speed %s%s%s",
                 (double)input->step * input->control_dt, (long long)input->step,
                 (long long)last_step(input), input->episode, speed, reached, parted);
}

static void paint_mark(co_paint *paint, const geometry *g, int64_t step, int width, co_ink ink) {
  int x = co_axis_x(&g->axis, (double)step);
  co_box mark = {x - width / 2, g->line.y, width, g->line.h};
  co_paint_fill(paint, co_box_cut(mark, g->line), co_ink_color(ink));
}

// What is kept of a side, where it was pushed, and its end.
static void paint_side(co_paint *paint, const geometry *g, const co_track *track, co_box lane,
                       int side) {
  if (track->count == 0) return;
  int64_t last = co_track_last(track);
  int x0 = co_axis_x(&g->axis, (double)track->first), x1 = co_axis_x(&g->axis, (double)last) + 1;
  co_box kept = co_box_cut((co_box){x0, lane.y, x1 - x0, lane.h}, lane);
  co_paint_fill(paint, kept, co_color_fade(co_ink_of_stage(side), 55));
  int before = -2;  // of a push that lasts, one mark per pixel
  for (int r = 0; r < track->count; r++) {
    int x = track->mark[r] & CO_MARK_PUSHED ? co_axis_x(&g->axis, (double)(track->first + r)) : -2;
    if (x != -2 && x != before)
      co_paint_fill(paint, co_box_cut((co_box){x, lane.y, 1, lane.h}, lane),
                    co_ink_color(CO_INK_WARNING));
    before = x;
  }
  if (*co_track_end(track))
    co_paint_fill(paint, co_box_cut((co_box){x1 - 3, lane.y, 3, lane.h}, lane),
                  co_ink_color(co_track_end_ink(track)));
}

void co_timeline_paint(co_paint *paint, co_box box, const co_timeline_input *input) {
  co_paint_surface(paint, box, co_ink_color(CO_INK_GROUND));
  geometry g = measure(box, co_paint_row(paint), input);
  paint_button(paint, g.button, input->running);
  co_box text = g.text;
  paint_ends(paint, &text, input);
  paint_filming(paint, &text, input->filming);
  paint_state(paint, text, input);
  co_paint_fill(paint, g.line, co_ink_color(CO_INK_RAISED));
  co_box lane = g.line, first = co_box_take_top(&lane, input->track[1] ? lane.h / 2 : lane.h);
  paint_side(paint, &g, input->track[0], first, 0);
  if (input->track[1]) paint_side(paint, &g, input->track[1], lane, 1);
  if (input->parting >= 0) paint_mark(paint, &g, input->parting, 3, CO_INK_PARTING);
  paint_mark(paint, &g, input->step, 3, CO_INK_CURSOR);
}

// ---- mouse

// A mark is three pixels wide: it is caught from a little further, but not while dragging over it.
co_timeline_hit co_timeline_find(co_box box, int row, const co_timeline_input *input, int x, int y,
                                 bool dragged) {
  geometry g = measure(box, row, input);
  co_timeline_hit hit = {.toggle = !dragged && co_box_has(g.button, x, y), .step = -1};
  if (!dragged && !co_box_has(g.line, x, y)) return hit;
  hit.step = co_axis_step(&g.axis, x);
  int mark = input->parting >= 0 ? co_axis_x(&g.axis, (double)input->parting) : 0;
  if (input->parting >= 0 && !dragged && x >= mark - MARK_REACH && x <= mark + MARK_REACH)
    hit.step = input->parting;
  return hit;
}
