// A list that drops down from a field of the sidebar: beside it and within the window, whatever its
// length, with names in full. Pure but for its own state.

#ifndef VIZ_SHOW_PRIVATE_MENU_H_
#define VIZ_SHOW_PRIVATE_MENU_H_

#include "viz/draw/paint.h"

// The name of an entry, for as long as the menu is open.
typedef const char *co_menu_name(const void *context, int index);

typedef struct co_menu {
  bool open;
  int count, marked;
  int top;       // entry that is shown first
  co_box field;  // [pixels] from which it drops
  co_menu_name *name;
  const void *context;  // of `name`, borrowed
} co_menu;

// Where it lies in a window of this size; the field stays in view.
co_box co_menu_box(const co_menu *menu, const co_font *font, int width, int height);
// Entry at a pixel, -1: none.
int co_menu_find(const co_menu *menu, const co_font *font, co_box box, int x, int y);
// Marks an entry and shows it; beyond an end it is the last one there.
void co_menu_mark(co_menu *menu, const co_font *font, co_box box, int entry);
// Moves what is shown by entries.
void co_menu_scroll(co_menu *menu, const co_font *font, co_box box, int by);
void co_menu_paint(const co_menu *menu, co_paint *paint, co_box box);

#endif  // VIZ_SHOW_PRIVATE_MENU_H_
