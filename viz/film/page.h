// A film that is played in a browser: one HTML page with the shapes of one or two worlds, the poses
// of their bodies and the positions of their joints in every frame, and a player. Nothing is
// rendered, so no OpenGL is needed.
//
// What the page holds, and how exactly: docs/formats.md#replays. It depends on policies, worlds,
// seed and zlib's version, not on clocks, paths or the renderer. Names are escaped: they may come
// from anywhere.
//
// Not thread-safe.

#ifndef VIZ_FILM_PAGE_H_
#define VIZ_FILM_PAGE_H_

#include "viz/film/recorder.h"

enum {
  CO_PAGE_FRAMES = 30000,     // most of a page
  CO_PAGE_NUMBERS = 16 << 20  // most of a page, over all frames
};

typedef struct co_page_side {
  co_drawing *drawing;         // borrowed, of the world in which it happens
  const char *policy, *world;  // names; NULL: "recorded actions", ""
  double dt;                   // [s] of a control step
} co_page_side;

typedef struct co_page_def {
  int count;  // of sides, 1 or 2
  co_page_side side[2];
  bool ghost;  // the first is shown as a ghost in the scene of the second, until the reader asks
  int fps;
} co_page_def;

typedef struct co_page co_page;

co_status co_page_create(const co_page_def *def, co_page **out);
void co_page_free(co_page *page);

// Adds a frame: an instant of each side. `begins`: it is the first of this episode. CO_USAGE: the
// page would hold more than it may; CO_DATA of damaged instants, CO_MEMORY.
co_status co_page_add(co_page *page, const co_instant *const *instant, bool begins,
                      uint32_t episode);
// Appends the page; there is a frame. CO_MEMORY.
co_status co_page_put(const co_page *page, co_buf *out);

// What co_recorder_run would film as a page, at def->out: size, preset, overlays, camera and
// captions mean nothing. In `out` gl is empty. CO_USAGE, CO_CONFIG as there, CO_CREATE, CO_IO.
co_status co_page_record(const co_recorder_def *def, co_recorded *out);

#endif  // VIZ_FILM_PAGE_H_
