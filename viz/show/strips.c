#include "viz/show/strips.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum { SPAN = 250, TICKS = 5, FEW = 6 };  // FEW: strips that a panel should show at least

// ---- where things are

typedef struct geometry {
  co_box title, rows, ticks;
  int row;           // height of a line of text
  int strip;         // height of a strip
  bool compact;      // strips of one line: names without numbers
  co_axis axis;      // of all strips
  int label, range;  // widths left and right of the strips
} geometry;

// Painting and the mouse both ask here, so that a click hits what is seen.
static geometry measure(co_box box, int row, const co_strips_input *input) {
  geometry g = {.row = row, .strip = 2 * row + row / 4};
  box = co_box_inset(box, row / 4, row / 4);
  g.title = co_box_take_top(&box, row);
  g.ticks = co_box_take_bottom(&box, row);
  g.rows = box;
  g.compact = box.h < FEW * g.strip;
  if (g.compact) g.strip = row + row / 4;
  g.label = box.w * 2 / 5 < 9 * row ? box.w * 2 / 5 : 9 * row;
  g.range = box.w / 5 < 4 * row ? box.w / 5 : 4 * row;
  int64_t first = input->track[0]->first, last = co_track_last(input->track[0]);
  if (input->track[1] && co_track_last(input->track[1]) > last)
    last = co_track_last(input->track[1]);
  int64_t span = input->view.span > 0 ? input->view.span : SPAN;
  int width = box.w - g.label - g.range;
  g.axis = co_axis_follow(box.x + g.label, width > 0 ? width : 0, first, last, input->step, span);
  return g;
}

// Groups beyond the bits of a view cannot be opened.
static bool is_open(const co_strips_view *view, int group) {
  return group >= 0 && group < CO_STRIP_GROUPS && (view->open >> group & 1) != 0;
}

static bool is_shown(const co_strip *strip, const co_strips_view *view) {
  return strip->kind == CO_STRIP_GROUP || strip->group < 0 || is_open(view, strip->group);
}

static int height_of(const co_strip *strip, const geometry *g) {
  return strip->kind == CO_STRIP_HEADING ? g->row + g->row / 4 : g->strip;
}

// Goes through the rows that are in view: the next one's index and box, -1: no more.
typedef struct walk {
  int next, skip;
  co_box rest;
} walk;

// Rows are shown as a whole or not at all: half a strip would have another scale.
static int step_walk(walk *at, const co_strips_input *input, const geometry *g, co_box *box) {
  const co_strips *strips = input->strips;
  for (; at->next < strips->num_rows; at->next++) {
    const co_strip *strip = &strips->row[at->next];
    if (!is_shown(strip, &input->view)) continue;
    if (at->skip > 0) {
      at->skip--;
      continue;
    }
    int height = height_of(strip, g);
    if (height > at->rest.h) return -1;
    *box = co_box_take_top(&at->rest, height);
    return at->next++;
  }
  return -1;
}

static walk start_walk(const co_strips_input *input, const geometry *g) {
  return (walk){.skip = input->view.scroll > 0 ? input->view.scroll : 0, .rest = g->rows};
}

// ---- what is drawn

static co_polyline column_of(const co_track *track, int column) {
  return (co_polyline){.value = track->row + column,
                       .count = track->count,
                       .stride = track->width,
                       .x0 = (double)track->first};
}

// Rows of the track between the ends of the axis; from > to: none.
static void visible_rows(const co_track *track, const co_axis *axis, int *from, int *to) {
  *from = (int)fmax(axis->from - (double)track->first, 0);
  *to = (int)fmin(axis->to - (double)track->first, track->count - 1);
}

static void widen(const co_track *track, int column, const co_axis *axis, double *low,
                  double *high) {
  int from, to;
  visible_rows(track, axis, &from, &to);
  for (int r = from; r <= to; r++) {
    double value = (double)track->row[(size_t)r * (size_t)track->width + (size_t)column];
    if (!isfinite(value)) continue;
    if (value < *low) *low = value;
    if (value > *high) *high = value;
  }
}

// Of both sides, since they share the strip; limits are in view, too.
static co_range range_of(const co_strip *strip, const co_strips_input *input, const geometry *g) {
  double low = INFINITY, high = -INFINITY;
  for (int side = 0; side < 2; side++) {
    if (!input->track[side] || strip->column[side] < 0) continue;
    widen(input->track[side], strip->column[side], &g->axis, &low, &high);
    if (strip->kind != CO_STRIP_ACTION) continue;
    if (isfinite(strip->low[side])) low = fmin(low, strip->low[side]);
    if (isfinite(strip->high[side])) high = fmax(high, strip->high[side]);
  }
  co_range range = co_range_pretty(low, high);
  if (strip->kind != CO_STRIP_ACTION) return range;
  double room = (range.high - range.low) * 0.08;  // limits are not the edge
  return (co_range){range.low - room, range.high + room};
}

// A line across; infinite: there is no limit.
static void paint_limit(co_paint *paint, co_box plot, co_range range, double limit) {
  if (!isfinite(limit)) return;
  double share = (limit - range.low) / (range.high - range.low);
  int y = plot.y + (int)lround((1 - share) * (plot.h - 1));
  co_paint_fill(paint, (co_box){plot.x, y, plot.w, 1}, co_ink_color(CO_INK_GRID));
}

// Stretches of steps in which an action lies on one of its limits, as bars at that edge.
static void paint_saturation(co_paint *paint, co_box plot, const co_track *track, int column,
                             const co_axis *axis, double limit, bool upper) {
  if (!isfinite(limit)) return;
  int from, to, begin = -1, thick = plot.h / 16 + 2;
  visible_rows(track, axis, &from, &to);
  for (int r = from; r <= to + 1; r++) {
    float value = r <= to ? track->row[(size_t)r * (size_t)track->width + (size_t)column] : NAN;
    bool on = upper ? value >= (float)limit : value <= (float)limit;
    if (on && begin < 0) begin = r;
    if (on || begin < 0) continue;
    int x0 = co_axis_x(axis, (double)(track->first + begin)),
        x1 = co_axis_x(axis, (double)(track->first + r));
    co_box bar = {x0, upper ? plot.y : plot.y + plot.h - thick, x1 > x0 ? x1 - x0 : 1, thick};
    co_paint_fill(paint, co_box_cut(bar, plot), co_ink_color(CO_INK_WARNING));
    begin = -1;
  }
}

static void paint_action(co_paint *paint, co_box plot, const co_strip *strip,
                         const co_strips_input *input, const geometry *g, co_range range) {
  for (int side = 0; side < 2; side++) {
    if (!input->track[side] || strip->column[side] < 0) continue;
    paint_limit(paint, plot, range, strip->low[side]);
    paint_limit(paint, plot, range, strip->high[side]);
    // the second side's bars lie further inside, so that both can be seen
    co_box half = side == 0 ? plot : co_box_inset(plot, 0, plot.h / 12 + 1);
    paint_saturation(paint, half, input->track[side], strip->column[side], &g->axis,
                     strip->low[side], false);
    paint_saturation(paint, half, input->track[side], strip->column[side], &g->axis,
                     strip->high[side], true);
  }
}

// ---- groups

enum { FOLD = 2048 };  // steps of a group that are folded at most; of more, every second, ...

// Least, mean and greatest of a group's columns at the steps that are shown.
typedef struct fold {
  int count, every;
  double first;  // step of value[0]
  float value[FOLD + 1][3];
} fold;

static void fold_group(const co_track *track, int column, int count, const co_axis *axis,
                       fold *out) {
  int from, to;
  visible_rows(track, axis, &from, &to);
  out->every = (to - from) / FOLD + 1;
  out->first = (double)(track->first + from);
  out->count = 0;
  for (int r = from; r <= to; r += out->every) {
    const float *value = track->row + (size_t)r * (size_t)track->width + column;
    float low = value[0], high = value[0], sum = 0;
    for (int i = 0; i < count; i++) {
      low = value[i] < low ? value[i] : low;
      high = value[i] > high ? value[i] : high;
      sum += value[i];
    }
    float *folded = out->value[out->count++];
    folded[0] = low;
    folded[1] = sum / (float)count;
    folded[2] = high;
  }
}

static co_range range_of_folds(const fold folds[2]) {
  double low = INFINITY, high = -INFINITY;
  for (int side = 0; side < 2; side++)
    for (int i = 0; i < folds[side].count; i++) {
      if ((double)folds[side].value[i][0] < low) low = (double)folds[side].value[i][0];
      if ((double)folds[side].value[i][2] > high) high = (double)folds[side].value[i][2];
    }
  return co_range_pretty(low, high);
}

static co_range paint_group(co_paint *paint, co_box plot, const co_strip *strip,
                            const co_strips_input *input, const geometry *g) {
  fold folds[2];
  for (int side = 0; side < 2; side++) {
    folds[side].count = 0;
    if (input->track[side] && strip->column[side] >= 0)
      fold_group(input->track[side], strip->column[side], strip->count[side], &g->axis,
                 &folds[side]);
  }
  co_range range = range_of_folds(folds);
  for (int side = 0; side < 2; side++) {
    const fold *f = &folds[side];
    if (f->count == 0) continue;
    co_range x = {(g->axis.from - f->first) / f->every, (g->axis.to - f->first) / f->every};
    for (int k = 0; k < 3; k++) {
      co_polyline line = {.value = &f->value[0][k], .count = f->count, .stride = 3};
      co_paint_line(paint, plot, &line, x, range,
                    co_color_fade(co_ink_of_stage(side), k == 1 ? 100 : 50));
    }
  }
  return range;
}

static co_range paint_series(co_paint *paint, co_box plot, const co_strip *strip,
                             const co_strips_input *input, const geometry *g) {
  co_range range = range_of(strip, input, g);
  if (strip->kind == CO_STRIP_ACTION) paint_action(paint, plot, strip, input, g, range);
  co_range x = {g->axis.from, g->axis.to};
  for (int side = 0; side < 2; side++) {
    if (!input->track[side] || strip->column[side] < 0) continue;
    co_polyline line = column_of(input->track[side], strip->column[side]);
    line.thick = side == 0 && input->track[1] ? g->row / 16 : 0;
    co_paint_line(paint, plot, &line, x, range, co_ink_of_stage(side));
  }
  return range;
}

// Vertical lines through a strip: pushes, parting, the shown step.
static void paint_marks(co_paint *paint, co_box plot, const co_strips_input *input,
                        const geometry *g) {
  int x = co_axis_x(&g->axis, (double)input->parting);
  if (input->parting >= 0)
    co_paint_fill(paint, co_box_cut((co_box){x, plot.y, 1, plot.h}, plot),
                  co_ink_color(CO_INK_PARTING));
  x = co_axis_x(&g->axis, (double)input->step);
  co_paint_fill(paint, co_box_cut((co_box){x, plot.y, 1, plot.h}, plot),
                co_color_fade(co_ink_color(CO_INK_CURSOR), 70));
}

// The values at the shown step, in the colours of their sides.
static void paint_numbers(co_paint *paint, co_box box, const co_strip *strip,
                          const co_strips_input *input) {
  for (int side = 0; side < 2; side++) {
    const co_track *track = input->track[side];
    co_box half = side == 0 ? co_box_take_left(&box, input->track[1] ? box.w / 2 : box.w) : box;
    const float *row = track ? co_track_row(track, input->step) : NULL;
    if (!row || strip->column[side] < 0) continue;
    float value = row[strip->column[side]];
    if (isfinite(value))
      co_paint_textf(paint, half, CO_LEFT, co_ink_of_stage(side), "%.4g", (double)value);
  }
}

static void paint_label(co_paint *paint, co_box box, const co_strip *strip,
                        const co_strips_input *input, bool compact) {
  co_box upper = co_box_take_top(&box, compact ? box.h : box.h / 2);
  bool group = strip->kind == CO_STRIP_GROUP;
  if (group) {
    const char *sign = is_open(&input->view, strip->group) ? "- " : "+ ";
    int width = co_font_text_width(paint->font, "+ ", 2);
    co_paint_text(paint, co_box_take_left(&upper, width), CO_LEFT, co_ink_color(CO_INK_DIM), sign);
    if (!compact)
      co_paint_textf(paint, box, CO_LEFT, co_ink_color(CO_INK_DIM), "%d elements",
                     strip->count[0] > strip->count[1] ? strip->count[0] : strip->count[1]);
  }
  const char *unit = strcmp(strip->unit, "1") == 0 ? "" : strip->unit;
  co_paint_textf(paint, upper, CO_LEFT, co_ink_color(CO_INK_TEXT), *unit ? "%s [%s]" : "%s",
                 strip->name, unit);
  if (!group && !compact) paint_numbers(paint, box, strip, input);
}

// Ends of the range, at the height at which they lie.
static void paint_range(co_paint *paint, co_box box, co_range range, bool compact) {
  char low[16], high[16];
  double tick = co_axis_tick(range.high - range.low, 4);
  co_color color = co_ink_color(CO_INK_DIM);
  co_axis_label(range.low, tick, low);
  co_axis_label(range.high, tick, high);
  co_box_take_left(&box, paint->font->cell / 4);
  if (compact) {
    co_paint_textf(paint, box, CO_LEFT, color, "%s to %s", low, high);
    return;
  }
  co_paint_text(paint, co_box_take_top(&box, box.h / 2), CO_LEFT, color, high);
  co_paint_text(paint, box, CO_LEFT, color, low);
}

static void paint_strip(co_paint *paint, co_box box, const co_strip *strip,
                        const co_strips_input *input, const geometry *g) {
  if (strip->kind == CO_STRIP_HEADING) {
    co_paint_text(paint, box, CO_LEFT, co_ink_color(CO_INK_DIM), strip->name);
    return;
  }
  co_box_take_bottom(&box, g->row / 4);
  int indent = strip->kind != CO_STRIP_GROUP && strip->group >= 0 ? g->row / 2 : 0;
  co_box label = co_box_take_left(&box, g->label);
  co_box_take_left(&label, indent);
  co_box_take_right(&label, g->row / 4);
  co_box edge = co_box_take_right(&box, g->range);
  paint_label(paint, label, strip, input, g->compact);
  if (box.w < 2 || g->axis.to <= g->axis.from) return;
  co_paint_fill(paint, box, co_ink_color(CO_INK_RAISED));
  co_range range = strip->kind == CO_STRIP_GROUP ? paint_group(paint, box, strip, input, g)
                                                 : paint_series(paint, box, strip, input, g);
  paint_marks(paint, box, input, g);
  paint_range(paint, edge, range, g->compact);
}

static void paint_legend(co_paint *paint, co_box box, const co_strips_input *input) {
  co_box half = co_box_take_left(&box, input->track[1] ? box.w / 2 : box.w);
  for (int side = 0; side < 2 && input->track[side]; side++, half = box) {
    int size = half.h / 2;
    co_box key = co_box_take_left(&half, size);
    co_paint_fill(paint, co_box_inset(key, 0, (half.h - size) / 2), co_ink_of_stage(side));
    co_box_take_left(&half, size / 2);
    co_paint_text(paint, half, CO_LEFT, co_ink_of_stage(side), input->name[side]);
  }
}

// Seconds of the first stage; steps when the stages' steps are not equally long.
static void paint_ticks(co_paint *paint, const co_strips_input *input, const geometry *g) {
  const co_strips *strips = input->strips;
  bool seconds = strips->num_sides == 1 || strips->control_dt[0] == strips->control_dt[1];
  double unit = seconds ? strips->control_dt[0] : 1;
  double tick = co_axis_tick((g->axis.to - g->axis.from) * unit, TICKS);
  int half = 2 * g->row;
  for (double t = ceil(g->axis.from * unit / tick) * tick; t <= g->axis.to * unit; t += tick) {
    char text[16];
    co_axis_label(t, tick, text);
    int x = co_axis_x(&g->axis, t / unit);
    co_paint_fill(paint, (co_box){x, g->ticks.y, 1, g->row / 5}, co_ink_color(CO_INK_DIM));
    co_paint_text(paint, (co_box){x - half, g->ticks.y, 2 * half, g->row}, CO_CENTER,
                  co_ink_color(CO_INK_DIM), text);
  }
  co_box label = {g->ticks.x, g->ticks.y, g->label - g->row, g->row};
  co_paint_text(paint, label, CO_RIGHT, co_ink_color(CO_INK_DIM), seconds ? "t [s]" : "step");
}

void co_strips_paint(co_paint *paint, co_box box, const co_strips_input *input) {
  assert(input->track[0] && (input->strips->num_sides == 1) == !input->track[1]);
  co_paint_surface(paint, box, co_ink_color(CO_INK_GROUND));
  co_paint_fill(paint, (co_box){box.x, box.y, box.w, 1}, co_ink_color(CO_INK_GRID));
  geometry g = measure(box, co_paint_row(paint), input);
  paint_legend(paint, g.title, input);
  walk at = start_walk(input, &g);
  co_box place;
  for (int i; (i = step_walk(&at, input, &g, &place)) >= 0;)
    paint_strip(paint, place, &input->strips->row[i], input, &g);
  if (g.axis.w > 1) paint_ticks(paint, input, &g);
}

// ---- mouse

// Left of the strips are names, right of them ranges.
co_strips_hit co_strips_find(co_box box, int row, const co_strips_input *input, int x, int y) {
  co_strips_hit hit = {-1, -1};
  geometry g = measure(box, row, input);
  walk at = start_walk(input, &g);
  co_box place;
  for (int i; (i = step_walk(&at, input, &g, &place)) >= 0;) {
    const co_strip *strip = &input->strips->row[i];
    if (!co_box_has(place, x, y) || strip->kind == CO_STRIP_HEADING) continue;
    if (x < g.axis.x) {
      if (strip->kind == CO_STRIP_GROUP && strip->group < CO_STRIP_GROUPS) hit.group = strip->group;
    } else if (x < g.axis.x + g.axis.w) {
      hit.step = co_axis_step(&g.axis, x);
    }
  }
  return hit;
}

// Counted from the last row back: as many as fit in are the last page.
co_strips_view co_strips_hold(co_box box, int row, const co_strips_input *input) {
  geometry g = measure(box, row, input);
  int shown = 0, fit = 0, height = 0;
  for (int i = input->strips->num_rows - 1; i >= 0; i--) {
    const co_strip *strip = &input->strips->row[i];
    if (!is_shown(strip, &input->view)) continue;
    shown++;
    height += height_of(strip, &g);
    if (height <= g.rows.h) fit = shown;
  }
  co_strips_view view = input->view;
  if (view.scroll > shown - fit) view.scroll = shown - fit;
  if (view.scroll < 0) view.scroll = 0;
  return view;
}
