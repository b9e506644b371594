// Pictures of a study: PNG files of its media folder, embedded as data URIs (RFC 2397) so that the
// page is one file.

#include "core/file.h"
#include "transfer/report/private/parts.h"

#include <stdlib.h>
#include <string.h>

static const size_t PICTURE_MAX = 8u << 20;    // bytes of one picture
static const size_t PICTURES_MAX = 32u << 20;  // bytes of all: the page has to open on a phone

static bool is_png_name(const char *name) {
  size_t size = strlen(name);
  return size > 4 && name[0] != '.' && strcmp(name + size - 4, ".png") == 0;
}

static bool is_png(const co_buf *file) {
  static const unsigned char signature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
  return file->size >= sizeof signature && memcmp(file->data, signature, sizeof signature) == 0;
}

// A film strip takes the page's whole width. Sizes stand at the beginning of the first chunk.
static bool is_wide(const co_buf *file) {
  const unsigned char *bytes = (const unsigned char *)file->data;
  if (file->size < 24) return false;
  unsigned width = (unsigned)bytes[18] << 8 | bytes[19];
  unsigned height = (unsigned)bytes[22] << 8 | bytes[23];
  return width > 2 * height;
}

// "a_to_b.full.png" reads "a to b, full"
static void put_caption(co_buf *out, const char *name) {
  size_t size = strlen(name) - 4;
  co_buf text = {0};
  for (size_t i = 0; i < size; i++) {
    if (name[i] == '.') {
      co_buf_puts(&text, ", ");
    } else {
      co_buf_add(&text, name[i] == '_' ? " " : &name[i], 1);
    }
  }
  co_put_html(out, text.data);
  out->failed |= text.failed;
  co_buf_free(&text);
}

static void put_picture(co_buf *out, const char *name, const co_buf *file) {
  co_buf_puts(out, is_wide(file) ? "<figure class=\"wide\">" : "<figure>");
  co_buf_puts(out, "<img alt=\"");
  put_caption(out, name);
  co_buf_puts(out, "\" src=\"data:image/png;base64,");
  co_put_base64(out, (const unsigned char *)file->data, file->size);
  co_buf_puts(out, "\"/><figcaption>");
  put_caption(out, name);
  co_buf_puts(out, "</figcaption></figure>\n");
}

static void put_left_out(co_buf *out, const char *name, const char *why) {
  co_buf_puts(out, "<p class=\"none\">");
  co_put_html(out, name);
  co_buf_printf(out, ": left out, %s.</p>\n", why);
}

static co_status put_file(co_buf *out, const char *folder, const char *name, size_t *total) {
  char *path = co_path_join(folder, name);
  if (!path) return CO_MEMORY;
  co_buf file = {0};
  co_status status = co_file_read(path, PICTURE_MAX, &file);
  free(path);
  if (status == CO_DATA) {  // larger than the limit
    put_left_out(out, name, "larger than 8 MiB");
  } else if (status == CO_OK && !is_png(&file)) {
    put_left_out(out, name, "not a PNG file");
  } else if (status == CO_OK && *total + file.size > PICTURES_MAX) {
    put_left_out(out, name, "the page holds 32 MiB of pictures already");
  } else if (status == CO_OK) {
    *total += file.size;
    put_picture(out, name, &file);
  }
  co_buf_free(&file);
  return status == CO_DATA ? CO_OK : status;
}

co_status co_report_put_media(co_buf *out, const char *media_dir) {
  if (!media_dir || !co_dir_exists(media_dir)) return CO_OK;
  co_names names = {0};
  CO_TRY(co_dir_list(media_dir, &names));
  co_status status = CO_OK;
  size_t total = 0;
  bool any = false;
  for (int i = 0; i < names.count && status == CO_OK; i++) {
    if (!is_png_name(names.name[i])) continue;
    if (!any) {
      co_report_put_section(out, "pictures", "Pictures");
      co_buf_puts(out, "<div class=\"grid\">\n");
    }
    any = true;
    status = put_file(out, media_dir, names.name[i], &total);
  }
  if (any) co_buf_puts(out, "</div>\n</section>\n");
  co_names_free(&names);
  return status;
}
