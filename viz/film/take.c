#include "viz/film/take.h"

#include "core/clock.h"
#include "core/memory.h"
#include "viz/film/private/sink.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const double kPatience = 0.1;  // [s] that one call may take for frames that are due

struct co_take {
  char path[512];
  co_sink *sink;
  co_image held;  // on the screen, owned
  bool shown;     // there is one
  double origin;  // [s] of the first frame, later by what was left out
  double lost;    // [s]
  int64_t frames;
};

// --- the file

// An empty file of the first free name: another window may ask for one at the same time.
static co_status take_name(const char *folder, co_take *take) {
  for (int i = 1; i < CO_TAKE_MOST; i++) {
    int length = snprintf(take->path, sizeof take->path, "%s/carryover-%03d.mp4", folder, i);
    if (length >= (int)sizeof take->path) return co_fail(CO_CREATE, "%s: is too long", folder);
    int file = open(take->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file >= 0) {
      close(file);
      return CO_OK;
    }
    if (errno != EEXIST) return co_fail(CO_CREATE, "%s: %s", take->path, strerror(errno));
  }
  return co_fail(CO_CREATE, "%s: has %d videos already", folder, CO_TAKE_MOST - 1);
}

static void destroy(co_take *take) {
  free(take->held.rgb);
  free(take);
}

static co_status open_file(const char *folder, co_take *take) {
  take->held.rgb = co_alloc(take->held.stride * (size_t)take->held.height, 1);
  if (!take->held.rgb) return CO_MEMORY;
  CO_TRY(take_name(folder, take));
  co_status status =
      co_sink_open(take->path, take->held.width, take->held.height, CO_TAKE_FPS, &take->sink);
  if (status != CO_OK) unlink(take->path);
  return status;
}

co_status co_take_begin(const char *folder, int width, int height, co_take **out) {
  assert(width > 0 && height > 0);
  co_take *take = co_alloc(1, sizeof *take);
  if (!take) return CO_MEMORY;
  take->held = (co_image){width, height, NULL, 3 * (size_t)width};
  co_status status = open_file(folder, take);
  if (status != CO_OK) {
    destroy(take);
    return status;
  }
  *out = take;
  return CO_OK;
}

void co_take_abandon(co_take *take) {
  if (!take) return;
  co_sink_abandon(take->sink);
  unlink(take->path);
  destroy(take);
}

const char *co_take_path(const co_take *take) {
  return take->path;
}

bool co_take_fits(const co_take *take, int width, int height) {
  return take->held.width == width && take->held.height == height;
}

double co_take_seconds(const co_take *take) {
  return (double)take->frames / CO_TAKE_FPS;
}

// --- frames

static co_status add_frame(co_take *take) {
  CO_TRY(co_sink_add(take->sink, &take->held));
  take->frames++;
  return CO_OK;
}

// All that are due by now; what would take too long is left out.
co_status co_take_wait(co_take *take, double time) {
  if (!take->shown) return CO_OK;
  double began = co_clock_wall();
  int64_t due = (int64_t)((time - take->origin) * CO_TAKE_FPS);
  while (take->frames < due) {
    CO_TRY(add_frame(take));
    if (co_clock_wall() - began < kPatience) continue;
    double late = (double)(due - take->frames) / CO_TAKE_FPS;
    take->origin += late;
    take->lost += late;
    break;
  }
  return CO_OK;
}

co_status co_take_show(co_take *take, const co_image *image, double time) {
  assert(co_take_fits(take, image->width, image->height));
  if (!take->shown) take->origin = time;
  CO_TRY(co_take_wait(take, time));
  for (int y = 0; y < image->height; y++)
    memcpy(take->held.rgb + (size_t)y * take->held.stride, image->rgb + (size_t)y * image->stride,
           take->held.stride);
  take->shown = true;
  return CO_OK;
}

// A video has one frame at least.
co_status co_take_end(co_take *take, double time, double *lost) {
  co_status status = co_take_wait(take, time);
  if (status == CO_OK && take->frames == 0) status = add_frame(take);
  if (status != CO_OK) {
    co_take_abandon(take);
    return status;
  }
  *lost = take->lost;
  status = co_sink_close(take->sink, NULL);
  if (status != CO_OK) unlink(take->path);
  destroy(take);
  return status;
}
