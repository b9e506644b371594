#include "viz/show/private/menu.h"

#include <assert.h>
#include <string.h>

static int row_of(const co_font *font) {
  return font->height + (font->height + 3) / 6;
}

static int margin_of(const co_font *font) {
  return font->height / 3;
}

static int clamp(int value, int low, int high) {
  return value > high ? (high < low ? low : high) : value < low ? low : value;
}

// --- where it lies

static int widest(const co_menu *menu, const co_font *font) {
  int most = 0;
  for (int i = 0; i < menu->count; i++) {
    const char *name = menu->name(menu->context, i);
    int width = co_font_text_width(font, name, (int)strlen(name));
    if (width > most) most = width;
  }
  return most;
}

// Entries that fit, at least one.
static int shown(const co_font *font, co_box box) {
  int rows = (box.h - 2 * margin_of(font)) / row_of(font);
  return rows < 1 ? 1 : rows;
}

// To the right of the field, at its height where there is room below, else as far up as it takes.
co_box co_menu_box(const co_menu *menu, const co_font *font, int width, int height) {
  int margin = margin_of(font), row = row_of(font);
  int bar = margin;  // tells where the shown entries are among all
  int wanted = widest(menu, font) + 4 * margin + bar;
  int rows = clamp(menu->count, 1, (height - 2 * margin) / row);
  co_box box = {menu->field.x + menu->field.w, menu->field.y, wanted, rows * row + 2 * margin};
  box.w = clamp(box.w, 1, width);
  box.h = clamp(box.h, 1, height);
  box.x = clamp(box.x, 0, width - box.w);
  box.y = clamp(box.y, 0, height - box.h);
  return box;
}

int co_menu_find(const co_menu *menu, const co_font *font, co_box box, int x, int y) {
  co_box rows = co_box_inset(box, 0, margin_of(font));
  if (!co_box_has(rows, x, y)) return -1;
  int at = menu->top + (y - rows.y) / row_of(font);
  return at < menu->count && at < menu->top + shown(font, box) ? at : -1;
}

void co_menu_scroll(co_menu *menu, const co_font *font, co_box box, int by) {
  menu->top = clamp(menu->top + by, 0, menu->count - shown(font, box));
}

void co_menu_mark(co_menu *menu, const co_font *font, co_box box, int entry) {
  menu->marked = clamp(entry, 0, menu->count - 1);
  int rows = shown(font, box);
  if (menu->marked < menu->top) menu->top = menu->marked;
  if (menu->marked >= menu->top + rows) menu->top = menu->marked - rows + 1;
  co_menu_scroll(menu, font, box, 0);
}

// --- what is drawn

static void paint_bar(const co_menu *menu, co_paint *paint, co_box bar, int rows) {
  if (rows >= menu->count) return;
  int height = bar.h * rows / menu->count, way = bar.h - height;
  int at = way * menu->top / (menu->count - rows);
  co_paint_fill(paint, bar, co_ink_color(CO_INK_RAISED));
  co_paint_fill(paint, (co_box){bar.x, bar.y + at, bar.w, height > 0 ? height : 1},
                co_ink_color(CO_INK_DIM));
}

void co_menu_paint(const co_menu *menu, co_paint *paint, co_box box) {
  int margin = margin_of(paint->font), row = row_of(paint->font), rows = shown(paint->font, box);
  co_paint_surface(paint, box, co_ink_color(CO_INK_GROUND));
  co_paint_frame(paint, box, co_ink_color(CO_INK_DIM));
  co_box rest = co_box_inset(box, margin, margin);
  co_box bar = co_box_take_right(&rest, margin);
  paint_bar(menu, paint, bar, rows);
  for (int i = menu->top; i < menu->count && i < menu->top + rows; i++) {
    co_box line = co_box_take_top(&rest, row);
    bool marked = i == menu->marked;
    if (marked) co_paint_fill(paint, line, co_color_fade(co_ink_color(CO_INK_SOURCE), 40));
    co_paint_text(paint, co_box_inset(line, margin, 0), CO_LEFT, co_ink_color(CO_INK_TEXT),
                  menu->name(menu->context, i));
  }
}
