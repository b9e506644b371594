#include "viz/film/private/sink.h"

#include "core/memory.h"
#include "viz/film/private/video.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIGITS = 6, NAME = DIGITS + 4 };  // "000000.png"

struct co_sink {
  char *path;       // owned
  co_video *video;  // NULL: a folder
  int64_t frames;
};

static bool ends_with(const char *path, const char *end) {
  size_t size = strlen(path), part = strlen(end);
  return size > part && strcmp(path + size - part, end) == 0;
}

static co_status check_name(const char *path) {
  static const char *const others[] = {".gif", ".avi", ".mov",  ".mkv", ".webm",
                                       ".png", ".jpg", ".jpeg", ".m4v", ".MP4"};
  for (size_t i = 0; i < sizeof others / sizeof *others; i++)
    if (ends_with(path, others[i]))
      return co_fail(CO_USAGE, "%s: must be a file *.mp4, or a folder for PNG files", path);
  return *path ? CO_OK : co_fail(CO_USAGE, "the name of the pictures is empty");
}

static co_status open_place(co_sink *sink, int width, int height, int fps) {
  if (!ends_with(sink->path, ".mp4")) return co_dir_create(sink->path);
  return co_video_open(sink->path, width, height, fps, &sink->video);
}

static void destroy(co_sink *sink) {
  free(sink->path);
  free(sink);
}

co_status co_sink_open(const char *path, int width, int height, int fps, co_sink **out) {
  CO_TRY(check_name(path));
  co_sink *sink = co_alloc(1, sizeof *sink);
  if (sink) sink->path = co_strdup(path);
  if (!sink || !sink->path) {
    free(sink);
    return CO_MEMORY;
  }
  co_status status = open_place(sink, width, height, fps);
  if (status != CO_OK) {
    destroy(sink);
    return status;
  }
  *out = sink;
  return CO_OK;
}

static char *frame_path(const co_sink *sink, int64_t frame) {
  char name[32];
  snprintf(name, sizeof name, "%0*lld.png", DIGITS, (long long)frame);
  return co_path_join(sink->path, name);
}

// Without the sync of co_file_write, which takes longer than drawing: what a crash leaves of a
// recording is of no use anyway.
static co_status write_bytes(const char *path, const co_buf *bytes) {
  FILE *file = fopen(path, "wbe");
  if (!file) return co_fail(CO_CREATE, "%s: %s", path, strerror(errno));
  bool written = fwrite(bytes->data, 1, bytes->size, file) == bytes->size;
  int error = errno;
  if (fclose(file) == 0 && written) return CO_OK;
  if (written) error = errno;
  remove(path);
  return co_fail(CO_IO, "%s: %s", path, strerror(error));
}

static co_status write_frame(co_sink *sink, const co_image *image) {
  char *path = frame_path(sink, sink->frames);
  if (!path) return CO_MEMORY;
  co_buf file = {0};
  co_status status = co_png_encode(image, &file);
  if (status == CO_OK) status = write_bytes(path, &file);
  co_buf_free(&file);
  free(path);
  return status;
}

co_status co_sink_add(co_sink *sink, const co_image *image) {
  if (sink->frames >= CO_SINK_FRAMES)
    return co_fail(CO_USAGE, "%s: more than %d frames", sink->path, CO_SINK_FRAMES);
  CO_TRY(sink->video ? co_video_add(sink->video, image) : write_frame(sink, image));
  sink->frames++;
  return CO_OK;
}

// --- the end

// The number of a frame's name, -1 for other names.
static int64_t frame_number(const char *name) {
  if (strlen(name) != NAME || strcmp(name + DIGITS, ".png") != 0) return -1;
  for (int i = 0; i < DIGITS; i++)
    if (!isdigit((unsigned char)name[i])) return -1;
  return strtoll(name, NULL, 10);
}

static co_status remove_later_frames(const co_sink *sink) {
  co_names names;
  CO_TRY(co_dir_list(sink->path, &names));
  co_status status = CO_OK;
  for (int i = 0; i < names.count && status == CO_OK; i++) {
    if (frame_number(names.name[i]) < sink->frames) continue;
    char *path = co_path_join(sink->path, names.name[i]);
    status = path ? co_file_remove(path) : CO_MEMORY;
    free(path);
  }
  co_names_free(&names);
  return status;
}

static co_status list_files(const co_sink *sink, co_names *out) {
  int count = sink->video ? 1 : (int)sink->frames;
  *out = (co_names){.name = co_alloc((size_t)count + 1, sizeof *out->name)};
  if (!out->name) return CO_MEMORY;
  for (int i = 0; i < count; i++) {
    out->name[i] = sink->video ? co_strdup(sink->path) : frame_path(sink, i);
    if (!out->name[i]) {
      co_names_free(out);
      return CO_MEMORY;
    }
    out->count++;
  }
  return CO_OK;
}

co_status co_sink_close(co_sink *sink, co_names *files) {
  co_status status = files ? list_files(sink, files) : CO_OK;
  if (status != CO_OK) {
    co_sink_abandon(sink);
    return status;
  }
  status = sink->video ? co_video_close(sink->video) : remove_later_frames(sink);
  if (status != CO_OK && files) co_names_free(files);
  destroy(sink);
  return status;
}

void co_sink_abandon(co_sink *sink) {
  if (!sink) return;
  co_video_abandon(sink->video);
  destroy(sink);
}
