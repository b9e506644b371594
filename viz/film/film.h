// A film strip: one episode, or several one below the other, as pictures at equal steps of time in
// one image. The time span is that of the longest episode; where an episode ends in a fall the
// picture has a red frame, and what would follow is dimmed.
//
// Thread safety: that of the canvas.

#ifndef VIZ_FILM_FILM_H_
#define VIZ_FILM_FILM_H_

#include "viz/draw/canvas.h"
#include "viz/play/stage.h"

enum { CO_FILM_ROWS = 4, CO_FILM_PICTURES = 16 };

typedef struct co_film_row {
  co_stage *stage;      // borrowed; its episode is played to its end
  co_drawing *drawing;  // borrowed, of the stage's world
  const char *caption;  // in the first picture, or NULL
} co_film_row;

// The canvas has the size of one picture. `out` is malloc'd: `pictures` wide, `rows` high, with
// thin white lines between. CO_USAGE when that is more than 32 M pixels; CO_MEMORY, errors of
// stage, drawing and canvas.
co_status co_film_strip(co_canvas *canvas, const co_film_row *row, int rows, int pictures,
                        co_image *out);

#endif  // VIZ_FILM_FILM_H_
