// Where things lie in the window: scenes, sidebar, panels, time line, for a size of the window,
// what is open, and the size of the font. Pure.
//
//   +---------+-------------------------+---------+
//   | sidebar | scene 0     | scene 1   | panels  |
//   |         |             |           | one     |
//   |         |             |           | above   |
//   |         |             |           | another |
//   +---------+-------------------------+---------+
//   | time line                                   |
//   +---------------------------------------------+
//
// Boxes never overlap and lie within the window; what has no room is empty (width and height 0).
// The scenes keep at least a third of the width: first the sidebar gives way, then the panels.

#ifndef VIZ_SHOW_PRIVATE_LAYOUT_H_
#define VIZ_SHOW_PRIVATE_LAYOUT_H_

#include "viz/draw/paint.h"

// id, name for people, share of the height
#define CO_PANEL_LIST(X)                    \
  X(CO_PANEL_STRIPS, "strips", 3)           \
  X(CO_PANEL_ACTIVATIONS, "activations", 2) \
  X(CO_PANEL_MAPPING, "mapping", 2)

typedef enum co_panel {
#define X(id, name, share) id,
  CO_PANEL_LIST(X)
#undef X
      CO_NUM_PANELS
} co_panel;
extern const char *const co_panel_names[];

typedef struct co_layout_def {
  int width, height;  // [pixels] of the window
  int row;            // [pixels] of a line of text (co_paint_row)
  int scenes;         // 1 or 2 side by side
  int sidebar;        // [pixels] wanted width; 0: closed
  bool open[CO_NUM_PANELS];
  bool timeline;
} co_layout_def;

typedef struct co_layout {
  co_box scene[2];  // scene[1] is empty with one scene
  co_box sidebar, timeline;
  co_box panel[CO_NUM_PANELS];
} co_layout;

void co_layout_make(const co_layout_def *def, co_layout *out);

typedef enum co_place {
  CO_PLACE_NONE,
  CO_PLACE_SCENE,  // index: which
  CO_PLACE_SIDEBAR,
  CO_PLACE_TIMELINE,
  CO_PLACE_PANEL,  // index: co_panel
} co_place;

// What lies at a pixel.
co_place co_layout_find(const co_layout *layout, int x, int y, int *index);

// Font scale of MuJoCo [%] for a ratio of pixels to the screen's points and a wanted size of text
// [%]: 50 where less than 100 % is wanted, else 100, 150, 200, 250, 300.
int co_layout_font(double pixel_ratio, int text);

#endif  // VIZ_SHOW_PRIVATE_LAYOUT_H_
