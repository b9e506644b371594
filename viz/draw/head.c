#include "viz/draw/head.h"

#include "agents/contract/contract.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { LINE = 128, SHIFTS = 4, LINES = 9 + SHIFTS };

// What will be painted, measured before it is: the surface is as large as its text.
typedef struct lines {
  int count;
  char text[LINES][LINE];
  co_color color[LINES];
} lines;

static void add(lines *out, co_color color, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void add(lines *out, co_color color, const char *format, ...) {
  va_list list;
  va_start(list, format);
  vsnprintf(out->text[out->count], LINE, format, list);
  va_end(list);
  out->color[out->count++] = color;
}

// Returns the length so far; what is too long is cut.
static int append(char *out, int size, int used, const char *text) {
  int left = size - used;
  int added = snprintf(out + used, (size_t)left, "%s", text);
  return added < left ? used + added : size - 1;
}

void co_shift_text(const co_shift_info *shift, char *out, int size) {
  static const struct {
    const char *operation, *sign;
  } signs[] = {{"set", "="}, {"scale", "x"}, {"add", "+"}};
  const char *sign = shift->operation;
  for (int i = 0; i < 3; i++)
    if (strcmp(signs[i].operation, shift->operation) == 0) sign = signs[i].sign;
  int used = append(out, size, 0, shift->parameter);
  if (*shift->select) {
    used = append(out, size, used, " ");
    used = append(out, size, used, shift->select);
  }
  used = append(out, size, used, " ");
  used = append(out, size, used, sign);
  if (*shift->distribution) {
    used = append(out, size, used, " ");
    used = append(out, size, used, shift->distribution);
  }
  for (int i = 0; i < shift->num_values; i++) {
    char number[32];
    snprintf(number, sizeof number, " %.4g", shift->value[i]);
    used = append(out, size, used, number);
  }
  co_buf draw = {0};
  co_shift_put_draw(shift, &draw);
  append(out, size, used, draw.size ? draw.data : "");
  co_buf_free(&draw);
}

// The first few: a domain of forty parameters would cover the scene.
static void add_shifts(lines *out, const co_head_input *input) {
  int shown = input->num_shifts > SHIFTS ? SHIFTS - 1 : input->num_shifts;
  for (int i = 0; i < shown; i++) {
    char text[LINE];
    co_shift_text(&input->shift[i], text, sizeof text);
    add(out, co_ink_color(CO_INK_WARNING), "%s", text);
  }
  if (shown < input->num_shifts)
    add(out, co_ink_color(CO_INK_WARNING), "and %d more", input->num_shifts - shown);
}

// In the order in which one asks: who, where, what is different, how far.
static void write_lines(const co_head_input *input, lines *out) {
  co_color color = co_ink_of_stage(input->side);
  add(out, color, "%s%s", input->chosen ? "> " : "", input->policy);
  if (input->before) {
    add(out, co_ink_color(CO_INK_WARNING), "branched at %.2f s", input->since);
    add(out, co_ink_color(CO_INK_WARNING), "from %s", input->before);
  }
  add(out, co_ink_color(CO_INK_TEXT), "in %s", input->world);
  add_shifts(out, input);
  add(out, co_ink_color(CO_INK_TEXT), "%.2f s  step %lld", input->time, (long long)input->step);
  if (input->before)
    add(out, co_ink_color(CO_INK_TEXT), "return %.5g since then", input->ret - input->ret_before);
  add(out, co_ink_color(CO_INK_TEXT), "return %.5g%s", input->ret, input->before ? " in all" : "");
  if (*input->end) add(out, co_ink_color(input->end_ink), "over: %s", input->end);
  if (input->renderer) add(out, co_ink_color(CO_INK_DIM), "drawn by software: %s", input->renderer);
}

void co_head_paint(co_paint *paint, co_box scene, const co_head_input *input) {
  lines all = {0};
  write_lines(input, &all);
  int row = co_paint_row(paint), margin = row / 4, width = 0;
  for (int i = 0; i < all.count; i++) {
    int w = co_font_text_width(paint->font, all.text[i], (int)strlen(all.text[i]));
    if (w > width) width = w;
  }
  co_box inside = co_box_inset(scene, margin, margin);
  co_box box = {inside.x, inside.y, width + 2 * margin, all.count * row + margin};
  box = co_box_cut(box, inside);
  co_paint_surface(paint, box, co_ink_color(CO_INK_GROUND));
  co_box rest = co_box_inset(box, margin, margin / 2);
  for (int i = 0; i < all.count && rest.h >= row; i++)
    co_paint_text(paint, co_box_take_top(&rest, row), CO_LEFT, all.color[i], all.text[i]);
}
