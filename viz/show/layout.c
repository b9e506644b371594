#include "viz/show/private/layout.h"

#include <assert.h>
#include <string.h>

const char *const co_panel_names[] = {
#define X(id, name, share) [id] = name,
    CO_PANEL_LIST(X)
#undef X
};

static const int shares[] = {
#define X(id, name, share) [id] = share,
    CO_PANEL_LIST(X)
#undef X
};

enum {
  PANEL_COLUMNS = 22,  // width of the panels in rows of text: names, numbers and some strip
  PANEL_ROWS = 6,      // what a panel needs to say anything
  SCENE_ROWS = 6,
};

static int least(int a, int b) {
  return a < b ? a : b;
}

// The time line comes first, then panels, then the sidebar: each is left out where it would leave
// too little to the scenes.
static int count_open(const co_layout_def *def) {
  int open = 0;
  for (int p = 0; p < CO_NUM_PANELS; p++) open += def->open[p];
  return open;
}

// The open panels by their shares; in equal parts where that would leave one too small, and only as
// many as have room, in order.
static void stack_panels(const co_layout_def *def, co_box column, co_layout *out) {
  int least_height = PANEL_ROWS * def->row, room = column.h / least_height, sum = 0;
  int left = least(count_open(def), room);
  for (int p = 0; p < CO_NUM_PANELS; p++) sum += def->open[p] ? shares[p] : 0;
  bool equal = left < count_open(def) || column.h * 2 / sum < least_height;
  for (int p = 0; p < CO_NUM_PANELS && left > 0; p++) {
    if (!def->open[p]) continue;
    int height = equal ? column.h / left : column.h * shares[p] / sum;
    out->panel[p] = co_box_take_top(&column, left == 1 ? column.h : height);
    sum -= shares[p];
    left--;
  }
}

// Half of the rest each, to a pixel.
static void split_scenes(const co_layout_def *def, co_box rest, co_layout *out) {
  if (def->scenes == 2) {
    out->scene[1] = co_box_take_right(&rest, rest.w / 2);
    if (out->scene[1].w == 0) out->scene[1] = (co_box){0};
  }
  out->scene[0] = rest;
}

void co_layout_make(const co_layout_def *def, co_layout *out) {
  assert(def->width > 0 && def->height > 0 && def->row > 0 && def->sidebar >= 0);
  assert(def->scenes == 1 || def->scenes == 2);
  memset(out, 0, sizeof *out);
  co_box rest = {0, 0, def->width, def->height};
  if (def->timeline && rest.h >= (SCENE_ROWS + 3) * def->row)
    out->timeline = co_box_take_bottom(&rest, 2 * def->row + def->row / 2);
  // the scenes' share; panels take two fifths at most, or nothing when they would be useless
  int scenes = def->width / 3, panels = least(PANEL_COLUMNS * def->row, def->width * 2 / 5);
  bool fits = panels >= PANEL_COLUMNS * def->row / 2 && rest.h >= PANEL_ROWS * def->row;
  if (count_open(def) > 0 && fits) {
    co_box column = co_box_take_right(&rest, panels);
    stack_panels(def, column, out);
  }
  if (def->sidebar > 0 && rest.w - def->sidebar >= scenes)
    out->sidebar = co_box_take_left(&rest, def->sidebar);
  split_scenes(def, rest, out);
}

co_place co_layout_find(const co_layout *layout, int x, int y, int *index) {
  *index = 0;
  if (co_box_has(layout->timeline, x, y)) return CO_PLACE_TIMELINE;
  if (co_box_has(layout->sidebar, x, y)) return CO_PLACE_SIDEBAR;
  for (int p = 0; p < CO_NUM_PANELS; p++) {
    *index = p;
    if (co_box_has(layout->panel[p], x, y)) return CO_PLACE_PANEL;
  }
  for (int s = 0; s < 2; s++) {
    *index = s;
    if (co_box_has(layout->scene[s], x, y)) return CO_PLACE_SCENE;
  }
  *index = 0;
  return CO_PLACE_NONE;
}

int co_layout_font(double pixel_ratio, int text) {
  int scale = (int)(pixel_ratio * text / 50 + 0.5) * 50, least = text < 100 ? 50 : 100;
  return scale < least ? least : scale > 300 ? 300 : scale;
}
