#include "viz/show/help.h"

#include "viz/play/actions.h"

#include <stdbool.h>
#include <string.h>

typedef struct line {
  bool heading;
  int index;  // of the group or the action
} line;

enum { MOST_LINES = CO_NUM_ACTIONS + CO_NUM_ACTION_GROUPS };

// Groups in their order, actions in that of the table.
static int list_lines(line out[MOST_LINES]) {
  int count = 0;
  for (int g = 0; g < CO_NUM_ACTION_GROUPS; g++) {
    out[count++] = (line){true, g};
    for (int a = 0; a < CO_NUM_ACTIONS; a++)
      if (co_actions[a].group == (co_action_group)g) out[count++] = (line){false, a};
  }
  return count;
}

static int width_of(const co_paint *paint, const char *text) {
  return co_font_text_width(paint->font, text, (int)strlen(text));
}

static int gap_of(const co_paint *paint) {
  return paint->font->height / 2;
}

// The sidebar has most of it, and goes without saying.
static const char *mouse_of(int action) {
  const char *mouse = co_actions[action].mouse;
  return strcmp(mouse, "sidebar") == 0 ? "" : mouse;
}

// Of the longest key's name.
static int key_width(const co_paint *paint) {
  int most = 0;
  for (int a = 0; a < CO_NUM_ACTIONS; a++) {
    char key[32];
    int width = width_of(paint, co_action_key((co_action_id)a, key));
    if (width > most) most = width;
  }
  return most;
}

// What a column takes so that nothing in it is cut.
static int column_width(const co_paint *paint, bool mouse) {
  int most = 0;
  for (int a = 0; a < CO_NUM_ACTIONS; a++) {
    const char *hint = mouse ? mouse_of(a) : "";
    int width = width_of(paint, co_actions[a].doc) + (*hint ? gap_of(paint) : 0);
    width += width_of(paint, hint);
    if (width > most) most = width;
  }
  return key_width(paint) + most + 3 * gap_of(paint);
}

// How the lines lie: what the mouse does is left out where the window is too small for it.
typedef struct shape {
  bool mouse;
  int columns, height;  // lines of a column
  int most;             // lines that can be scrolled
} shape;

static shape shape_of(const co_paint *paint, co_box box, int row, int count) {
  shape s = {.mouse = true, .height = box.h / row};
  s.columns = box.w / column_width(paint, true);
  if (s.columns < 1 || s.columns * s.height < count) {
    s.mouse = false;
    s.columns = box.w / column_width(paint, false);
  }
  if (s.columns < 1) s.columns = 1;
  int shown = s.columns * s.height;
  s.most = count > shown ? count - shown : 0;
  if (s.most == 0) s.height = (count + s.columns - 1) / s.columns;  // columns of equal length
  return s;
}

static void paint_line(co_paint *paint, co_box box, const line *at, int keys, bool mouse) {
  int gap = gap_of(paint);
  if (at->heading) {
    co_paint_text(paint, box, CO_LEFT, co_ink_color(CO_INK_TARGET),
                  co_action_group_names[at->index]);
    return;
  }
  char key[32];
  co_box left = co_box_take_left(&box, keys);
  co_box_take_left(&box, gap);
  co_paint_text(paint, left, CO_RIGHT, co_ink_color(CO_INK_SOURCE),
                co_action_key((co_action_id)at->index, key));
  const char *doc = co_actions[at->index].doc;
  co_paint_text(paint, co_box_take_left(&box, width_of(paint, doc)), CO_LEFT,
                co_ink_color(CO_INK_TEXT), doc);
  co_box_take_left(&box, gap);
  if (mouse) co_paint_text(paint, box, CO_LEFT, co_ink_color(CO_INK_DIM), mouse_of(at->index));
}

static void paint_title(co_paint *paint, co_box box, const shape *s, int first) {
  const char *where = s->mouse ? ", and where the mouse does it; the sidebar (Tab) has the rest"
                               : "; the sidebar (Tab) has what the mouse does";
  int below = s->most - first;
  if (s->most)
    co_paint_textf(paint, box, CO_LEFT, co_ink_color(CO_INK_WARNING),
                   "Keys: %d lines above, %d below (Up, Down, wheel)", first, below);
  else
    co_paint_textf(paint, box, CO_LEFT, co_ink_color(CO_INK_TEXT), "Keys%s", where);
}

int co_help_paint(co_paint *paint, co_box box, int scroll) {
  int row = paint->font->height + 1;  // closer than elsewhere: all of it fits at 1280x720
  co_paint_surface(paint, box, co_ink_color(CO_INK_GROUND));
  co_paint_frame(paint, box, co_ink_color(CO_INK_GRID));
  box = co_box_inset(box, row, row / 2);
  co_box title = co_box_take_top(&box, row + row / 2);
  line lines[MOST_LINES];
  int count = list_lines(lines), keys = key_width(paint);
  shape s = shape_of(paint, box, row, count);
  if (s.height == 0) return count;
  int first = scroll < 0 ? 0 : scroll > s.most ? s.most : scroll;
  paint_title(paint, title, &s, first);
  for (int i = first; i < count && i - first < s.columns * s.height; i++) {
    int column = (i - first) / s.height, at = (i - first) % s.height;
    co_box place = {box.x + column * (box.w / s.columns), box.y + at * row, box.w / s.columns, row};
    paint_line(paint, place, &lines[i], keys, s.mouse);
  }
  return s.most;
}
