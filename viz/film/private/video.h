// MP4 files through a child process of ffmpeg, which gets raw frames through a socket.
//
// The file appears under its name when it is whole: before, it lies beside it under a temporary
// name, and it is removed when anything fails.
//
// Thread safety: one thread per video.

#ifndef VIZ_FILM_PRIVATE_VIDEO_H_
#define VIZ_FILM_PRIVATE_VIDEO_H_

#include "viz/draw/png.h"

typedef struct co_video co_video;

// CO_CREATE: the file cannot be made, or there is no ffmpeg. Sides may be odd: players want them
// even, so a row or column of black is added.
co_status co_video_open(const char *path, int width, int height, int fps, co_video **out);
// One frame, of the size given above. CO_IO with ffmpeg's own words when it has ended.
co_status co_video_add(co_video *video, const co_image *image);
// Ends the file; frees the video, on failure too, where no file is left. CO_IO, also where ffmpeg
// left half a file and said that all is well.
co_status co_video_close(co_video *video);
// Frees the video and leaves no file. NULL: nothing.
void co_video_abandon(co_video *video);

#endif  // VIZ_FILM_PRIVATE_VIDEO_H_
