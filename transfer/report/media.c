// Pictures and replays of a study: files of its media folder, embedded so that the page is one
// file. PNG files are data URIs (RFC 2397); a replay, which has a script, is the document of a
// frame of its own that cannot reach this page, and that browsers load when it is opened.

#include "core/file.h"
#include "transfer/report/private/parts.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const size_t PICTURE_MAX = 8u << 20;    // bytes of one picture
static const size_t PICTURES_MAX = 32u << 20;  // bytes of all: the page has to open on a phone
static const size_t REPLAYS_MAX = 12u << 20;   // bytes of all; what is more is linked

// What the page holds so far.
typedef struct media_page {
  co_buf *out;
  const char *folder;
  size_t pictures, replays;  // bytes
  bool open;                 // the section
} media_page;

static bool has_ending(const char *name, const char *ending) {
  size_t size = strlen(name), part = strlen(ending);
  return size > part && name[0] != '.' && strcmp(name + size - part, ending) == 0;
}

// The name without its ending, with another one; owned by the caller, NULL: out of memory.
static char *with_ending(const char *name, const char *ending) {
  co_buf text = {0};
  co_buf_printf(&text, "%.*s%s", (int)(strrchr(name, '.') - name), name, ending);
  return text.data;
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
  size_t size = (size_t)(strrchr(name, '.') - name);
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

static void put_left_out(co_buf *out, const char *name, const char *why) {
  co_buf_puts(out, "<p class=\"none\">");
  co_put_html(out, name);
  co_buf_printf(out, ": left out, %s.</p>\n", why);
}

// CO_DATA: larger than the limit.
static co_status read_file(const media_page *page, const char *name, co_buf *file) {
  char *path = co_path_join(page->folder, name);
  if (!path) return CO_MEMORY;
  co_status status = co_file_read(path, PICTURE_MAX, file);
  free(path);
  return status;
}

// --- replays

static bool is_replay(const co_buf *file) {
  static const char mark[] = "<meta name=\"generator\" content=\"carryover replay ";
  size_t head = file->size < 512 ? file->size : 512;
  return memmem(file->data, head, mark, sizeof mark - 1) != NULL;
}

// A name as part of an address (RFC 3986).
static void put_address(co_buf *out, const char *name) {
  for (; *name; name++) {
    bool plain = isalnum((unsigned char)*name) || strchr("-._~", *name);
    co_buf_printf(out, plain ? "%c" : "%%%02X", (unsigned char)*name);
  }
}

static void put_frame(co_buf *out, const char *name, const co_buf *file) {
  co_buf_puts(out,
              "<details class=\"replay\"><summary>Replay</summary>"
              "<iframe sandbox=\"allow-scripts\" loading=\"lazy\" title=\"");
  put_caption(out, name);
  co_buf_puts(out, "\" srcdoc=\"");
  co_put_html(out, file->data);
  co_buf_puts(out, "\"></iframe></details>\n");
}

static void put_link(co_buf *out, const char *name) {
  co_buf_puts(out, "<p class=\"replay\"><a href=\"media/");
  put_address(out, name);
  co_buf_puts(out, "\">Replay</a>, a file beside this page</p>\n");
}

typedef enum replay_place { NOWHERE, IN_PAGE, BESIDE_PAGE } replay_place;

// NOWHERE: no such file, or no replay.
static co_status read_replay(const media_page *page, const char *name, co_buf *file,
                             replay_place *out) {
  co_status status = read_file(page, name, file);
  *out = status == CO_DATA ? BESIDE_PAGE : NOWHERE;
  if (status == CO_OK && is_replay(file))
    *out = page->replays + file->size > REPLAYS_MAX ? BESIDE_PAGE : IN_PAGE;
  return status == CO_DATA || status == CO_NO_INPUT ? CO_OK : status;
}

static void put_replay(media_page *page, const char *name, const co_buf *file, replay_place place) {
  if (place == IN_PAGE) {
    put_frame(page->out, name, file);
    page->replays += file->size;
  } else if (place == BESIDE_PAGE) {
    put_link(page->out, name);
  }
}

static co_status put_replay_of(media_page *page, const char *picture) {
  co_buf file = {0};
  replay_place place;
  char *name = with_ending(picture, ".html");
  co_status status = name ? read_replay(page, name, &file, &place) : CO_MEMORY;
  if (status == CO_OK) put_replay(page, name, &file, place);
  co_buf_free(&file);
  free(name);
  return status;
}

static void open_section(media_page *page) {
  if (page->open) return;
  co_report_put_section(page->out, "pictures", "Pictures");
  co_buf_puts(page->out, "<div class=\"grid\">\n");
  page->open = true;
}

static co_status put_figure(media_page *page, const char *name) {
  co_buf file = {0};
  replay_place place;
  co_status status = read_replay(page, name, &file, &place);
  if (status == CO_OK && place != NOWHERE) {
    open_section(page);
    co_buf_puts(page->out, "<figure class=\"wide\"><figcaption>");
    put_caption(page->out, name);
    co_buf_puts(page->out, "</figcaption>");
    put_replay(page, name, &file, place);
    co_buf_puts(page->out, "</figure>\n");
  }
  co_buf_free(&file);
  return status;
}

// A replay without a picture; what else ends in .html is no part of the page.
static co_status put_lone_replay(media_page *page, const char *name) {
  char *picture = with_ending(name, ".png");
  char *path = picture ? co_path_join(page->folder, picture) : NULL;
  co_status status = path ? CO_OK : CO_MEMORY;
  if (path && !co_file_exists(path)) status = put_figure(page, name);
  free(path);
  free(picture);
  return status;
}

// --- pictures

static co_status put_picture(media_page *page, const char *name, const co_buf *file) {
  co_buf *out = page->out;
  co_buf_puts(out, is_wide(file) ? "<figure class=\"wide\">" : "<figure>");
  co_buf_puts(out, "<img alt=\"");
  put_caption(out, name);
  co_buf_puts(out, "\" src=\"data:image/png;base64,");
  co_put_base64(out, (const unsigned char *)file->data, file->size);
  co_buf_puts(out, "\"/><figcaption>");
  put_caption(out, name);
  co_buf_puts(out, "</figcaption>");
  co_status status = put_replay_of(page, name);
  co_buf_puts(out, "</figure>\n");
  return status;
}

static co_status put_file(media_page *page, const char *name) {
  co_buf file = {0};
  open_section(page);
  co_status status = read_file(page, name, &file);
  if (status == CO_DATA) {  // larger than the limit
    put_left_out(page->out, name, "larger than 8 MiB");
  } else if (status == CO_OK && !is_png(&file)) {
    put_left_out(page->out, name, "not a PNG file");
  } else if (status == CO_OK && page->pictures + file.size > PICTURES_MAX) {
    put_left_out(page->out, name, "the page holds 32 MiB of pictures already");
  } else if (status == CO_OK) {
    page->pictures += file.size;
    status = put_picture(page, name, &file);
  }
  co_buf_free(&file);
  return status == CO_DATA ? CO_OK : status;
}

co_status co_report_put_media(co_buf *out, const char *media_dir) {
  if (!media_dir || !co_dir_exists(media_dir)) return CO_OK;
  co_names names = {0};
  CO_TRY(co_dir_list(media_dir, &names));
  media_page page = {.out = out, .folder = media_dir};
  co_status status = CO_OK;
  for (int i = 0; i < names.count && status == CO_OK; i++) {
    bool picture = has_ending(names.name[i], ".png");
    if (!picture && !has_ending(names.name[i], ".html")) continue;
    status = picture ? put_file(&page, names.name[i]) : put_lone_replay(&page, names.name[i]);
  }
  if (page.open) co_buf_puts(out, "</div>\n</section>\n");
  co_names_free(&names);
  return status;
}
