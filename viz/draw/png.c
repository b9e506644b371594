#include "viz/draw/png.h"

#include "core/file.h"
#include "core/memory.h"

#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE_MAX = 4096 };

// Level 3 of zlib is half as fast as none and a tenth larger than the best, on frames of robots.
enum { COMPRESSION = 3 };

static void on_error(png_structp png, png_const_charp text) {
  co_fail(CO_INTERNAL, "libpng: %s", text);
  png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp text) {
  (void)png, (void)text;
}

static void on_data(png_structp png, png_bytep bytes, png_size_t size) {
  co_buf_add(png_get_io_ptr(png), bytes, size);
}

static void on_flush(png_structp png) {
  (void)png;
}

// Everything between the jump's two ends: no variables that live across it.
static co_status encode(png_structp png, png_infop info, const co_image *image) {
  if (setjmp(png_jmpbuf(png))) return CO_INTERNAL;
  png_set_compression_level(png, COMPRESSION);
  png_set_IHDR(png, info, (png_uint_32)image->width, (png_uint_32)image->height, 8,
               PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
               PNG_FILTER_TYPE_DEFAULT);
  png_write_info(png, info);
  for (int y = 0; y < image->height; y++)
    png_write_row(png, image->rgb + (size_t)y * image->stride);
  png_write_end(png, NULL);
  return CO_OK;
}

co_status co_png_encode(const co_image *image, co_buf *out) {
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, on_error, on_warning);
  png_infop info = png ? png_create_info_struct(png) : NULL;
  co_status status = info ? CO_OK : co_fail(CO_MEMORY, "out of memory for a PNG file");
  if (status == CO_OK) {
    png_set_write_fn(png, out, on_data, on_flush);
    status = encode(png, info, image);
  }
  png_destroy_write_struct(&png, &info);
  return status == CO_OK ? co_buf_status(out) : status;
}

co_status co_png_write(const char *path, const co_image *image) {
  co_buf file = {0};
  co_status status = co_png_encode(image, &file);
  if (status == CO_OK) status = co_file_write(path, file.data, file.size);
  co_buf_free(&file);
  return status;
}

// libpng's simplified interface does the conversions of foreign files.
static co_status decode(const char *path, const co_buf *file, co_image *out) {
  png_image png = {.version = PNG_IMAGE_VERSION};
  if (!png_image_begin_read_from_memory(&png, file->data, file->size))
    return co_fail(CO_DATA, "%s: %s", path, png.message);
  png.format = PNG_FORMAT_RGB;
  co_status status = CO_OK;
  if (png.width > SIDE_MAX || png.height > SIDE_MAX)
    status = co_fail(CO_DATA, "%s: %u x %u pixels, allowed %d x %d", path, png.width, png.height,
                     SIDE_MAX, SIDE_MAX);
  *out = (co_image){(int)png.width, (int)png.height, NULL, 3 * (size_t)png.width};
  // zeroed: what is transparent shows what was there
  if (status == CO_OK) out->rgb = co_alloc(1, PNG_IMAGE_SIZE(png));
  if (status == CO_OK && !out->rgb) status = CO_MEMORY;
  if (status == CO_OK && !png_image_finish_read(&png, NULL, out->rgb, 0, NULL))
    status = co_fail(CO_DATA, "%s: %s", path, png.message);
  png_image_free(&png);
  if (status != CO_OK) {
    free(out->rgb);
    *out = (co_image){0};
  }
  return status;
}

co_status co_png_read(const char *path, co_image *out) {
  co_buf file;
  *out = (co_image){0};
  CO_TRY(co_file_read(path, 0, &file));
  co_status status = decode(path, &file, out);
  co_buf_free(&file);
  return status;
}
