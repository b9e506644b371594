// Lists of the sidebar as menus beside it. MuJoCo's own drop down over the items below, end at the
// window's edge, and cut names.

#include "viz/draw/head.h"
#include "viz/show/private/sidebar_internal.h"

#include <stdio.h>

// --- what the lists hold

static int count_of(const co_sidebar *sidebar, const mjuiItem *item) {
  switch (item->userid) {
    case CO_ITEM_POLICY: return sidebar->seen.facts->num_policies;
    case CO_ITEM_ELEMENT: return co_sidebar_elements(sidebar) + 1;
    case CO_ITEM_MADE: return sidebar->world->info.num_shifts;
    default: return item->multi.nelem;
  }
}

static const char *name_of(const void *context, int index) {
  const co_sidebar *sidebar = context;
  const mjuiItem *item = sidebar->dropped;
  switch (item->userid) {
    case CO_ITEM_POLICY: return sidebar->seen.choice[index].name;
    case CO_ITEM_ELEMENT:
      return index ? co_sidebar_element(sidebar, index - 1) : item->multi.name[0];
    case CO_ITEM_MADE: {
      static char text[CO_MENU_TEXT];  // until the next one: names are asked for one by one
      co_shift_text(&sidebar->world->info.shift[index], text, sizeof text);
      return text;
    }
    default: return item->multi.name[index];
  }
}

static int chosen_in(const co_sidebar *sidebar, const mjuiItem *item) {
  int bound = *(const int *)item->pdata;
  return item->userid == CO_ITEM_POLICY ? sidebar->policy_page + bound : bound;
}

// --- opening and closing

// MuJoCo counts from the lower end of what can be scrolled.
co_box co_sidebar_place(const co_sidebar *sidebar, const mjuiItem *item, co_box box) {
  int hidden = sidebar->ui.height - box.h;
  int scrolled = hidden > 0 ? sidebar->ui.scroll : 0;
  int bottom = item->rect.bottom - hidden + scrolled;
  return (co_box){box.x + item->rect.left, box.y + box.h - bottom - item->rect.height,
                  item->rect.width, item->rect.height};
}

static mjuiItem *list_at(co_sidebar *sidebar, co_box box, int x, int y) {
  for (int s = 0; s < sidebar->ui.nsect; s++) {
    mjuiSection *section = &sidebar->ui.sect[s];
    if (section->state == mjSECT_CLOSED) continue;
    for (int i = 0; i < section->nitem; i++) {
      mjuiItem *item = &section->item[i];
      if (item->type == mjITEM_SELECT && item->state > 0 &&
          co_box_has(co_sidebar_place(sidebar, item, box), x, y))
        return item;
    }
  }
  return NULL;
}

static void open_menu(co_sidebar *sidebar, mjuiItem *item, co_box box) {
  co_box place = co_sidebar_place(sidebar, item, box);
  sidebar->dropped = item;
  sidebar->menu = (co_menu){.open = true,
                            .count = count_of(sidebar, item),
                            .field = {box.x, place.y, box.w, place.h},
                            .name = name_of,
                            .context = sidebar};
  co_box lies = co_sidebar_menu(sidebar);
  co_menu_mark(&sidebar->menu, sidebar->font, lies, chosen_in(sidebar, item));
}

static void choose(co_sidebar *sidebar, int index) {
  sidebar->menu.open = false;
  if (index >= 0 && index < sidebar->menu.count)
    co_sidebar_choose(sidebar, sidebar->dropped, index);
}

void co_sidebar_close_menu(co_sidebar *sidebar) {
  sidebar->menu.open = false;
}

co_box co_sidebar_menu(const co_sidebar *sidebar) {
  if (!sidebar->menu.open) return (co_box){0};
  return co_menu_box(&sidebar->menu, sidebar->font, sidebar->width, sidebar->height);
}

void co_sidebar_paint(co_sidebar *sidebar, co_paint *paint, int width, int height) {
  sidebar->font = paint->font;
  sidebar->width = width;
  sidebar->height = height;
  if (sidebar->menu.open) co_menu_paint(&sidebar->menu, paint, co_sidebar_menu(sidebar));
}

// --- events

static void press_key(co_sidebar *sidebar, co_box lies, int key) {
  int marked = sidebar->menu.marked;
  switch (key) {
    case CO_KEY_UP: marked--; break;
    case CO_KEY_DOWN: marked++; break;
    case CO_KEY_PAGE_UP: marked -= CO_MENU_PAGE; break;
    case CO_KEY_PAGE_DOWN: marked += CO_MENU_PAGE; break;
    case CO_KEY_HOME: marked = 0; break;
    case CO_KEY_END: marked = sidebar->menu.count; break;
    case CO_KEY_ENTER: choose(sidebar, marked); return;
    default: sidebar->menu.open = false; return;
  }
  co_menu_mark(&sidebar->menu, sidebar->font, lies, marked);
}

// A click chooses, and so does letting go over an entry after pressing on the field.
static bool event_of_open(co_sidebar *sidebar, const co_event *event) {
  enum { LINES = 3 };
  co_menu *menu = &sidebar->menu;
  co_box lies = co_sidebar_menu(sidebar);
  int over = co_menu_find(menu, sidebar->font, lies, (int)event->x, (int)event->y);
  switch (event->kind) {
    case CO_EVENT_KEY: press_key(sidebar, lies, co_desk_key(event->key)); return true;
    case CO_EVENT_PRESS: choose(sidebar, over); return true;
    case CO_EVENT_RELEASE:
      if (over >= 0 && sidebar->held) choose(sidebar, over);
      sidebar->held = false;
      return true;
    case CO_EVENT_MOVE:
      if (over >= 0) menu->marked = over;
      return true;
    case CO_EVENT_SCROLL:
      co_menu_scroll(menu, sidebar->font, lies, event->dy > 0 ? -LINES : LINES);
      return true;
    case CO_EVENT_RESIZE:
    case CO_EVENT_LEAVE: menu->open = false; return false;
    default: return false;
  }
}

bool co_sidebar_menu_event(co_sidebar *sidebar, const co_event *event, co_box box) {
  if (box.w == 0) sidebar->menu.open = false;
  if (sidebar->menu.open) return event_of_open(sidebar, event);
  if (event->kind == CO_EVENT_RELEASE && sidebar->held) {
    sidebar->held = false;  // of the click that chose
    return true;
  }
  bool presses = event->kind == CO_EVENT_PRESS && event->button == CO_BUTTON_LEFT;
  int x = (int)event->x, y = (int)event->y;
  if (!presses || sidebar->desk->drag != CO_DRAG_NONE || !sidebar->font || !co_box_has(box, x, y))
    return false;
  mjuiItem *item = list_at(sidebar, box, x, y);
  if (!item) return false;
  sidebar->held = true;
  open_menu(sidebar, item, box);
  return true;
}
