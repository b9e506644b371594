#include "viz/show/help.h"

#include "viz/play/actions.h"

#include <stdbool.h>
#include <string.h>

enum { COLUMN_ROWS = 26 };  // width of a column in heights of a line

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

// Of the longest key's name.
static int key_width(const co_paint *paint) {
  int most = 0;
  for (int a = 0; a < CO_NUM_ACTIONS; a++) {
    char key[32];
    co_action_key((co_action_id)a, key);
    int width = co_font_text_width(paint->font, key, (int)strlen(key));
    if (width > most) most = width;
  }
  return most;
}

// What it does, and behind it where the mouse does it, unless that is the sidebar as for most.
static void paint_line(co_paint *paint, co_box box, const line *at, int keys) {
  int gap = paint->font->height / 2;
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
  const char *doc = co_actions[at->index].doc, *mouse = co_actions[at->index].mouse;
  int width = co_font_text_width(paint->font, doc, (int)strlen(doc));
  co_paint_text(paint, co_box_take_left(&box, width), CO_LEFT, co_ink_color(CO_INK_TEXT), doc);
  co_box_take_left(&box, gap);
  if (strcmp(mouse, "sidebar") != 0)
    co_paint_text(paint, box, CO_LEFT, co_ink_color(CO_INK_DIM), mouse);
}

int co_help_paint(co_paint *paint, co_box box, int scroll) {
  int row = paint->font->height + 1;  // closer than elsewhere: all of it fits at 1280x720
  co_paint_surface(paint, box, co_ink_color(CO_INK_GROUND));
  co_paint_frame(paint, box, co_ink_color(CO_INK_GRID));
  box = co_box_inset(box, row, row / 2);
  co_paint_text(paint, co_box_take_top(&box, row + row / 2), CO_LEFT, co_ink_color(CO_INK_TEXT),
                "Keys, and where the mouse does it; the sidebar (Tab) has the rest");
  line lines[MOST_LINES];
  int count = list_lines(lines), columns = box.w / (COLUMN_ROWS * row);
  if (columns < 1) columns = 1;
  int keys = key_width(paint);
  int height = box.h / row, shown = columns * height, most = count > shown ? count - shown : 0;
  if (height == 0) return count;
  int first = scroll < 0 ? 0 : scroll > most ? most : scroll;
  if (most == 0) height = (count + columns - 1) / columns;  // columns of equal length
  for (int i = first; i < count && i - first < columns * height; i++) {
    int column = (i - first) / height, at = (i - first) % height;
    co_box place = {box.x + column * (box.w / columns), box.y + at * row, box.w / columns, row};
    paint_line(paint, place, &lines[i], keys);
  }
  return most;
}
