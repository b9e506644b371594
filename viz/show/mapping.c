#include "viz/show/private/mapping.h"

static co_color color_of(co_severity severity) {
  static const co_ink ink[] = {CO_INK_DIM, CO_INK_WARNING, CO_INK_BAD};
  return co_ink_color(ink[severity]);
}

// ---- where things are

static co_box title_of(co_box *box, int row) {
  *box = co_box_inset(*box, row / 4, row / 4);
  return co_box_take_top(box, row);
}

static bool is_shown(const co_mapping_row *row, bool only) {
  return !only || row->kind == CO_MAPPING_HEADING || row->severity != CO_SAME;
}

// An element whose sides are the same in everything takes one line.
static int lines_of(const co_mapping_row *row) {
  return row->kind == CO_MAPPING_ELEMENT && row->severity != CO_SAME ? 2 : 1;
}

// The next column and the gap behind it.
static co_box column(co_box *rest, int width) {
  co_box box = co_box_take_left(rest, width);
  co_box_take_right(&box, rest->h / 4);
  return box;
}

// Names are long, numbers short.
static int name_width(co_box box) {
  return box.w * 2 / 5;
}

static int cell_width(co_box box) {
  return (box.w - name_width(box)) / CO_NUM_MAPPING_COLUMNS;
}

// ---- what is drawn

static void paint_heading(co_paint *paint, co_box box, const co_mapping_row *row) {
  co_box rest = box;
  co_paint_fill(paint, box, co_ink_color(CO_INK_RAISED));
  co_paint_text(paint, column(&rest, name_width(box)), CO_LEFT, co_ink_color(CO_INK_TEXT),
                row->text);
  for (int c = 0; row->title && c < CO_NUM_MAPPING_COLUMNS; c++)
    co_paint_text(paint, column(&rest, cell_width(box)), CO_LEFT, co_ink_color(CO_INK_DIM),
                  row->title[c]);
}

// One side of an element on one line. What differs has a ground of its own: colour alone would not
// do for everybody.
static void paint_side(co_paint *paint, co_box box, const co_mapping_row *row, int side) {
  co_box rest = box, name = column(&rest, name_width(box));
  bool alone = row->severity == CO_SAME, missing = !*row->name[side];
  co_paint_text(paint, name, CO_LEFT,
                alone     ? co_ink_color(CO_INK_TEXT)
                : missing ? color_of(row->severity)
                          : co_ink_of_stage(side),
                missing ? "no partner" : row->name[side]);
  for (int c = 0; c < CO_NUM_MAPPING_COLUMNS; c++) {
    const co_mapping_cell *cell = &row->cell[c];
    co_box place = column(&rest, cell_width(box));
    if (cell->severity != CO_SAME)
      co_paint_fill(paint, co_box_inset(place, 0, 1), co_color_fade(color_of(cell->severity), 25));
    co_paint_text(paint, place, CO_LEFT,
                  cell->severity == CO_SAME ? co_ink_color(CO_INK_DIM) : co_ink_color(CO_INK_TEXT),
                  cell->text[side]);
  }
}

static void paint_row(co_paint *paint, co_box box, const co_mapping_row *row, int line) {
  if (row->kind == CO_MAPPING_HEADING) {
    paint_heading(paint, box, row);
  } else if (row->kind == CO_MAPPING_NOTE) {
    co_box_take_left(&box, box.h / 2);
    co_paint_text(paint, box, CO_LEFT, color_of(row->severity), row->text);
  } else {
    paint_side(paint, co_box_take_top(&box, line), row, 0);
    if (box.h > 0) paint_side(paint, box, row, 1);
  }
}

// Both sides in their colours, and how many differences there are, in the colour of the worst.
static void paint_title(co_paint *paint, co_box box, const co_mapping_input *input) {
  const co_mapping *mapping = input->mapping;
  co_box right = co_box_take_right(&box, box.w * 2 / 5);
  co_severity worst = mapping->in_meaning    ? CO_DIFFERS_IN_MEANING
                      : mapping->differences ? CO_DIFFERS
                                             : CO_SAME;
  if (mapping->applied > worst) worst = mapping->applied;
  co_paint_textf(paint, right, CO_RIGHT, color_of(worst), "%d differ, %d in meaning: %s",
                 mapping->differences, mapping->in_meaning, input->only ? "these" : "all");
  co_box half = co_box_take_left(&box, box.w / 2);
  co_paint_text(paint, half, CO_LEFT, co_ink_of_stage(0), input->name[0]);
  co_paint_text(paint, box, CO_LEFT, co_ink_of_stage(1), input->name[1]);
}

// Rows to leave out so that the last one just fits in.
static int most_scroll(const co_mapping_input *input, int room) {
  int left = 0, fit = 0;
  for (int i = input->mapping->num_rows - 1; i >= 0; i--) {
    const co_mapping_row *row = &input->mapping->row[i];
    if (!is_shown(row, input->only)) continue;
    room -= lines_of(row);
    if (room >= 0) fit++;
    left++;
  }
  return left - fit;
}

int co_mapping_paint(co_paint *paint, co_box box, const co_mapping_input *input) {
  int line = co_paint_row(paint), skip = input->scroll;
  co_paint_surface(paint, box, co_ink_color(CO_INK_GROUND));
  co_paint_fill(paint, (co_box){box.x, box.y, box.w, 1}, co_ink_color(CO_INK_GRID));
  paint_title(paint, title_of(&box, line), input);
  co_box rest = box;
  for (int i = 0; i < input->mapping->num_rows; i++) {
    const co_mapping_row *row = &input->mapping->row[i];
    if (!is_shown(row, input->only) || skip-- > 0) continue;
    if (lines_of(row) * line > rest.h) break;
    paint_row(paint, co_box_take_top(&rest, lines_of(row) * line), row, line);
  }
  return most_scroll(input, box.h / line);
}

// ---- mouse

bool co_mapping_toggles(co_box box, int row, int x, int y) {
  return co_box_has(title_of(&box, row), x, y);
}
