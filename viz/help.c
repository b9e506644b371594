#include "viz/help.h"

#include "viz/actions.h"

#include <stdbool.h>

enum { COLUMN_ROWS = 27, KEY_ROWS = 7 };  // widths in heights of a line

typedef struct line {
  bool heading;
  int index;  // of the group or the action
} line;

enum { MOST_LINES = CO_NUM_ACTIONS + CO_NUM_ACTION_GROUPS };

static int list_lines(line out[MOST_LINES]) {
  int count = 0;
  for (int g = 0; g < CO_NUM_ACTION_GROUPS; g++) {
    out[count++] = (line){true, g};
    for (int a = 0; a < CO_NUM_ACTIONS; a++)
      if (co_actions[a].group == (co_action_group)g) out[count++] = (line){false, a};
  }
  return count;
}

static void paint_line(co_paint *paint, co_box box, const line *at) {
  if (at->heading) {
    co_paint_text(paint, box, CO_LEFT, co_ink_color(CO_INK_TARGET),
                  co_action_group_names[at->index]);
    return;
  }
  char key[32];
  int row = co_paint_row(paint), gap = row / 2;
  co_box left = co_box_take_left(&box, KEY_ROWS * row < box.w / 4 ? KEY_ROWS * row : box.w / 4);
  co_box_take_right(&left, gap);
  co_paint_text(paint, left, CO_RIGHT, co_ink_color(CO_INK_SOURCE),
                co_action_key((co_action_id)at->index, key));
  co_box mouse = co_box_take_right(&box, box.w * 2 / 5);
  co_box_take_right(&box, gap);
  co_paint_text(paint, box, CO_LEFT, co_ink_color(CO_INK_TEXT), co_actions[at->index].doc);
  co_paint_text(paint, mouse, CO_LEFT, co_ink_color(CO_INK_DIM), co_actions[at->index].mouse);
}

int co_help_paint(co_paint *paint, co_box box, int scroll) {
  int row = co_paint_row(paint);
  co_paint_surface(paint, box, co_ink_color(CO_INK_GROUND));
  co_paint_frame(paint, box, co_ink_color(CO_INK_GRID));
  box = co_box_inset(box, row, row / 2);
  co_paint_text(paint, co_box_take_top(&box, row + row / 2), CO_LEFT, co_ink_color(CO_INK_TEXT),
                "Keys and mouse");
  line lines[MOST_LINES];
  int count = list_lines(lines), columns = box.w / (COLUMN_ROWS * row);
  if (columns < 1) columns = 1;
  int height = box.h / row, shown = columns * height, most = count > shown ? count - shown : 0;
  if (height == 0) return count;
  int first = scroll < 0 ? 0 : scroll > most ? most : scroll;
  if (most == 0) height = (count + columns - 1) / columns;  // columns of equal length
  for (int i = first; i < count && i - first < columns * height; i++) {
    int column = (i - first) / height, at = (i - first) % height;
    co_box place = {box.x + column * (box.w / columns), box.y + at * row, box.w / columns, row};
    paint_line(paint, place, &lines[i]);
  }
  return most;
}
