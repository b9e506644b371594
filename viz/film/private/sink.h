// Where frames go: an MP4 file, or a folder of PNG files 000000.png, 000001.png, ...
//
// Not thread-safe.

#ifndef VIZ_FILM_PRIVATE_SINK_H_
#define VIZ_FILM_PRIVATE_SINK_H_

#include "core/file.h"
#include "viz/draw/png.h"

#include <stdint.h>

enum { CO_SINK_FRAMES = 1000000 };  // most of one recording

typedef struct co_sink co_sink;

// `path` ending in .mp4 is a video, else a folder, made where it is missing. CO_USAGE for names of
// other kinds of pictures and for more than CO_SINK_FRAMES; errors of co_video_open.
co_status co_sink_open(const char *path, int width, int height, int fps, co_sink **out);
co_status co_sink_add(co_sink *sink, const co_image *image);
// Ends it and frees the sink, on failure too. A folder then holds no frames of an earlier, longer
// recording. `files` (or NULL) gets the paths of what was written; free with co_names_free.
co_status co_sink_close(co_sink *sink, co_names *files);
// Leaves no video; frames in a folder stay. NULL: nothing.
void co_sink_abandon(co_sink *sink);

#endif  // VIZ_FILM_PRIVATE_SINK_H_
