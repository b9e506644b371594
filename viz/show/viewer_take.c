// The viewer's recording of its own window.

#include "core/clock.h"
#include "core/log.h"
#include "viz/show/private/viewer_internal.h"

#include <stdio.h>

static void tell(co_viewer *viewer, const char *text) {
  co_log(CO_LOG_INFO, "%s", text);
  co_viewer_say(viewer, false, text);
}

static co_status begin(co_viewer *viewer) {
  char text[700];
  int width = co_window_width(viewer->window), height = co_window_height(viewer->window);
  CO_TRY(co_take_begin(viewer->def->folder, width, height, &viewer->take));
  snprintf(text, sizeof text, "recording %s (F9 ends it)", co_take_path(viewer->take));
  tell(viewer, text);
  return CO_OK;
}

// `why`: beside that it was asked for.
static co_status end(co_viewer *viewer, const char *why) {
  char name[520], text[700], left_out[64] = "";
  double lost = 0, seconds = co_take_seconds(viewer->take);
  co_take *take = viewer->take;
  viewer->take = NULL;
  viewer->fresh = true;
  snprintf(name, sizeof name, "%s", co_take_path(take));
  CO_TRY(co_take_end(take, co_clock_wall(), &lost));
  if (lost > 0) snprintf(left_out, sizeof left_out, ", %.1f s left out: encoding is slow", lost);
  snprintf(text, sizeof text, "saved %s, %.1f s%s%s", name, seconds, left_out, why);
  tell(viewer, text);
  return CO_OK;
}

co_status co_viewer_record(co_viewer *viewer) {
  return viewer->take ? end(viewer, "") : begin(viewer);
}

// What fails is told and ends the recording, not the viewer.
static co_status settle(co_viewer *viewer, co_status status) {
  if (status == CO_OK) return CO_OK;
  co_viewer_say(viewer, true, co_error_text());
  co_take_abandon(viewer->take);
  viewer->take = NULL;
  return status == CO_MEMORY ? status : CO_OK;
}

co_status co_viewer_film(co_viewer *viewer) {
  int width = co_window_width(viewer->window), height = co_window_height(viewer->window);
  if (!viewer->take) return CO_OK;
  if (!co_take_fits(viewer->take, width, height))
    return settle(viewer, end(viewer, ": the window has another size"));
  co_image image;
  co_status status = co_screen_read(viewer->screen, &image);
  if (status == CO_OK) status = co_take_show(viewer->take, &image, co_clock_wall());
  return settle(viewer, status);
}

// The seconds on the screen go on while nothing else is drawn.
co_status co_viewer_film_on(co_viewer *viewer) {
  if (!viewer->take) return CO_OK;
  int before = (int)co_take_seconds(viewer->take);
  CO_TRY(settle(viewer, co_take_wait(viewer->take, co_clock_wall())));
  if (viewer->take && (int)co_take_seconds(viewer->take) != before) viewer->fresh = true;
  return CO_OK;
}

const char *co_viewer_filming(const co_viewer *viewer, char out[32]) {
  if (!viewer->take) return NULL;
  snprintf(out, 32, "recording %d s", (int)co_take_seconds(viewer->take));
  return out;
}

void co_viewer_film_end(co_viewer *viewer) {
  if (viewer->take && end(viewer, "") != CO_OK) co_log(CO_LOG_ERROR, "%s", co_error_text());
}
