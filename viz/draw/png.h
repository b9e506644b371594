// Pictures as PNG files (PNG specification, 2nd edition): 8 bits per channel, RGB, no time stamps,
// so that the same picture gives the same bytes with the same version of libpng and zlib.
//
// Thread-safe for different paths.

#ifndef VIZ_DRAW_PNG_H_
#define VIZ_DRAW_PNG_H_

#include "core/buf.h"

// An RGB picture: rows from the top, `stride` bytes from one to the next.
typedef struct co_image {
  int width, height;
  unsigned char *rgb;  // (height x stride)
  size_t stride;       // >= 3 * width
} co_image;

// Appends the file's bytes; CO_MEMORY, CO_INTERNAL with libpng's text.
co_status co_png_encode(const co_image *image, co_buf *out);
// The same into a file, atomically; also CO_CREATE, CO_IO.
co_status co_png_write(const char *path, const co_image *image);

// Reads an RGB file of at most 4096 x 4096 pixels. CO_NO_INPUT, CO_IO; CO_DATA "path: ..." for what
// is none. out->rgb is malloc'd, without padding.
co_status co_png_read(const char *path, co_image *out);

#endif  // VIZ_DRAW_PNG_H_
