// A video of what is on a screen while it goes on, by the clock: each picture stays until the next
// one comes. Where the encoder cannot keep up, the window is not kept waiting: time is left out.
//
// Thread safety: one thread per take.

#ifndef VIZ_FILM_TAKE_H_
#define VIZ_FILM_TAKE_H_

#include "viz/draw/png.h"

enum { CO_TAKE_FPS = 30, CO_TAKE_MOST = 1000 /* names in a folder */ };

typedef struct co_take co_take;

// Begins the first of FOLDER/carryover-001.mp4, ... that is free; from then on the name is taken.
// CO_CREATE: the folder takes none, or there is no ffmpeg; CO_MEMORY.
co_status co_take_begin(const char *folder, int width, int height, co_take **out);
const char *co_take_path(const co_take *take);
bool co_take_fits(const co_take *take, int width, int height);
double co_take_seconds(const co_take *take);  // of video so far

// A picture of the size above that is on the screen from `time` [s] on, of any clock that goes
// forward. CO_IO with ffmpeg's words when it has ended.
co_status co_take_show(co_take *take, const co_image *image, double time);
// It still is.
co_status co_take_wait(co_take *take, double time);
// Ends the file and frees the take, on failure too, where no file is left. `lost` gets the seconds
// that were left out.
co_status co_take_end(co_take *take, double time, double *lost);
// Frees it and leaves no file. NULL: nothing.
void co_take_abandon(co_take *take);

#endif  // VIZ_FILM_TAKE_H_
