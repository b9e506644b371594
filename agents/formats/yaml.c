#include "agents/formats/yaml.h"

#include "core/file.h"
#include "core/memory.h"
#include "core/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

enum { MOST_ANCHORS = 1024 };

typedef struct anchor {
  const char *name;
  const co_doc *doc;
  int nodes;  // that it stands for
} anchor;

typedef struct reader {
  yaml_parser_t parser;
  const char *file;
  co_arena *memory;
  int nodes, num_anchors;
  anchor *anchor;  // (MOST_ANCHORS)
} reader;

static int line_of(const yaml_event_t *event) {
  return (int)event->start_mark.line + 1;
}

static co_status fail_at(const reader *r, int line, const char *says) {
  return co_fail(CO_DATA, "%s:%d: %s", r->file, line, says);
}

static co_status next(reader *r, yaml_event_t *event) {
  if (yaml_parser_parse(&r->parser, event)) return CO_OK;
  if (r->parser.error == YAML_MEMORY_ERROR) return co_fail(CO_MEMORY, "out of memory");
  const char *problem = r->parser.problem ? r->parser.problem : "is no YAML";
  size_t line =
      r->parser.error == YAML_READER_ERROR ? r->parser.mark.line : r->parser.problem_mark.line;
  return co_fail(CO_DATA, "%s:%zu: %s", r->file, line + 1, problem);
}

// ---- scalars

static bool is_one_of(const char *text, const char *const *words) {
  for (; *words; words++)
    if (strcmp(text, *words) == 0) return true;
  return false;
}

static void resolve_plain(const char *text, co_doc *out) {
  static const char *const nothing[] = {"", "~", "null", "Null", "NULL", NULL};
  static const char *const yes[] = {"true", "True", "TRUE", "yes", "Yes",
                                    "YES",  "on",   "On",   "ON",  NULL};
  static const char *const no[] = {"false", "False", "FALSE", "no",  "No",
                                   "NO",    "off",   "Off",   "OFF", NULL};
  if (is_one_of(text, nothing)) {
    out->kind = CO_DOC_NULL;
  } else if (is_one_of(text, yes) || is_one_of(text, no)) {
    out->kind = CO_DOC_BOOL;
    out->number = is_one_of(text, yes);
  } else if (co_parse_double(text, &out->number)) {
    out->kind = CO_DOC_NUMBER;
    out->resolution = co_text_resolution(text, false);
  }
}

// Tags of YAML itself say what the value looks like anyway.
static bool is_foreign(const yaml_char_t *tag) {
  static const char own[] = "tag:yaml.org,2002:", python[] = "tag:yaml.org,2002:python/";
  const char *text = (const char *)tag;
  if (!text || strcmp(text, "!") == 0) return false;
  if (strcmp(text, "tag:yaml.org,2002:python/tuple") == 0) return false;
  return strncmp(text, python, sizeof python - 1) == 0 || strncmp(text, own, sizeof own - 1) != 0;
}

static co_status read_scalar(reader *r, const yaml_event_t *event, co_doc *out) {
  const char *text = (const char *)event->data.scalar.value;
  if (strlen(text) != event->data.scalar.length)
    return fail_at(r, out->line, "text holds a byte 0");
  out->text = co_arena_strdup(r->memory, text);
  out->kind = CO_DOC_TEXT;
  bool plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
  if (is_foreign(event->data.scalar.tag)) {
    out->kind = CO_DOC_OTHER;
  } else if (plain) {
    resolve_plain(text, out);
  }
  return co_arena_status(r->memory);
}

// ---- maps and lists

static co_status read_value(reader *r, const yaml_event_t *event, int depth, co_doc *out);

// Children as they are read; how many is known at the end.
typedef struct children {
  co_doc *doc;
  int count, room;
} children;

static co_doc *add_child(children *list) {
  if (list->count == list->room) {
    int room = list->room ? 2 * list->room : 8;
    co_doc *grown = co_realloc(list->doc, (size_t)room, sizeof *grown);
    if (!grown) return NULL;
    list->doc = grown;
    list->room = room;
  }
  list->doc[list->count] = (co_doc){0};
  return &list->doc[list->count++];
}

static co_status read_key(const reader *r, const yaml_event_t *event, const children *list,
                          co_doc *out) {
  const char *text = (const char *)event->data.scalar.value;
  if (event->type != YAML_SCALAR_EVENT || strlen(text) != event->data.scalar.length)
    return fail_at(r, line_of(event), "a key must be text");
  if (list->count > CO_DOC_KEYS) return fail_at(r, line_of(event), "a map has too many keys");
  for (int i = 0; i < list->count - 1; i++)
    if (strcmp(list->doc[i].key, text) == 0)
      return co_fail(CO_DATA, "%s:%d: \"%.80s\" stands twice", r->file, line_of(event), text);
  out->key = co_arena_strdup(r->memory, text);
  return co_arena_status(r->memory);
}

// One value with its key; the list may grow meanwhile, so that it is read beside it.
static co_status read_child(reader *r, yaml_event_t *event, bool map, int depth, children *list) {
  co_doc read = {0};
  if (!add_child(list)) return CO_MEMORY;
  if (map) {
    CO_TRY(read_key(r, event, list, &read));
    const char *key = read.key;
    yaml_event_delete(event);
    memset(event, 0, sizeof *event);
    CO_TRY(next(r, event));
    CO_TRY(read_value(r, event, depth, &read));
    read.key = key;
  } else {
    CO_TRY(read_value(r, event, depth, &read));
  }
  list->doc[list->count - 1] = read;
  return CO_OK;
}

static co_status read_children(reader *r, bool map, int depth, co_doc *out) {
  yaml_event_type_t end = map ? YAML_MAPPING_END_EVENT : YAML_SEQUENCE_END_EVENT;
  children list = {0};
  co_status status = CO_OK;
  if (depth > CO_DOC_DEPTH) return fail_at(r, out->line, "is nested too deep");
  for (bool more = true; more && status == CO_OK;) {
    yaml_event_t event = {0};
    status = next(r, &event);
    more = status == CO_OK && event.type != end;
    if (more) status = read_child(r, &event, map, depth, &list);
    yaml_event_delete(&event);
  }
  out->count = list.count;
  out->child = co_arena_alloc(r->memory, (size_t)list.count, sizeof *out->child);
  if (out->child && list.count) memcpy(out->child, list.doc, (size_t)list.count * sizeof *list.doc);
  free(list.doc);
  return status == CO_OK ? co_arena_status(r->memory) : status;
}

// ---- anchors

static co_status keep_anchor(reader *r, const yaml_char_t *name, const co_doc *doc, int nodes) {
  if (!name) return CO_OK;
  if (r->num_anchors == MOST_ANCHORS) return fail_at(r, doc->line, "too many anchors");
  co_doc *kept = co_arena_alloc(r->memory, 1, sizeof *kept);
  const char *text = co_arena_strdup(r->memory, (const char *)name);
  if (!kept || !text) return CO_MEMORY;
  *kept = *doc;
  r->anchor[r->num_anchors++] = (anchor){text, kept, nodes};
  return CO_OK;
}

// The last anchor of that name; what is not complete yet is none, so that nothing holds itself.
static co_status read_alias(reader *r, const yaml_event_t *event, co_doc *out) {
  const char *name = (const char *)event->data.alias.anchor;
  int i = r->num_anchors;
  while (i > 0 && strcmp(r->anchor[i - 1].name, name) != 0) i--;
  if (i == 0) return fail_at(r, line_of(event), "an alias stands for nothing that came before it");
  *out = *r->anchor[i - 1].doc;
  out->key = NULL;
  r->nodes += r->anchor[i - 1].nodes;
  if (r->nodes > CO_DOC_NODES) return fail_at(r, line_of(event), "too many values");
  return CO_OK;
}

static co_status read_value(reader *r, const yaml_event_t *event, int depth, co_doc *out) {
  *out = (co_doc){.line = line_of(event)};
  int before = r->nodes;
  if (++r->nodes > CO_DOC_NODES) return fail_at(r, out->line, "too many values");
  if (event->type == YAML_ALIAS_EVENT) return read_alias(r, event, out);
  if (event->type == YAML_SCALAR_EVENT) {
    CO_TRY(read_scalar(r, event, out));
    return keep_anchor(r, event->data.scalar.anchor, out, 1);
  }
  bool map = event->type == YAML_MAPPING_START_EVENT;
  if (!map && event->type != YAML_SEQUENCE_START_EVENT)
    return fail_at(r, out->line, "holds no value");
  const yaml_char_t *tag = map ? event->data.mapping_start.tag : event->data.sequence_start.tag;
  const yaml_char_t *name =
      map ? event->data.mapping_start.anchor : event->data.sequence_start.anchor;
  out->kind = map ? CO_DOC_MAP : CO_DOC_LIST;
  CO_TRY(read_children(r, map, depth + 1, out));
  if (is_foreign(tag)) out->kind = CO_DOC_OTHER;
  return keep_anchor(r, name, out, r->nodes - before);
}

// ---- the file

static co_status read_stream(reader *r, co_doc *out) {
  bool found = false, more = true;
  co_status status = CO_OK;
  while (more && status == CO_OK) {
    yaml_event_t event = {0};
    status = next(r, &event);
    if (status != CO_OK) return status;
    switch (event.type) {
      case YAML_STREAM_END_EVENT: more = false; break;
      case YAML_NO_EVENT: more = false; break;
      case YAML_STREAM_START_EVENT:
      case YAML_DOCUMENT_START_EVENT:
      case YAML_DOCUMENT_END_EVENT: break;
      default:
        status = found ? fail_at(r, line_of(&event), "a second document begins")
                       : read_value(r, &event, 0, out);
        found = true;
    }
    yaml_event_delete(&event);
  }
  if (status == CO_OK && !found) return fail_at(r, 1, "holds nothing");
  return status;
}

co_status co_yaml_parse(const char *text, size_t size, const char *file, co_document *out) {
  *out = (co_document){0};
  if (size > CO_DOC_BYTES) return co_fail(CO_DATA, "%s: larger than %d bytes", file, CO_DOC_BYTES);
  reader r = {.file = file, .memory = &out->memory};
  r.anchor = co_arena_alloc(&out->memory, MOST_ANCHORS, sizeof *r.anchor);
  out->file = co_arena_strdup(&out->memory, file);
  out->base = co_arena_strdup(&out->memory, co_path_base(file));
  co_status status = co_arena_status(&out->memory);
  if (status == CO_OK && !yaml_parser_initialize(&r.parser))
    status = co_fail(CO_MEMORY, "out of memory");
  if (status == CO_OK) {
    yaml_parser_set_input_string(&r.parser, (const unsigned char *)text, size);
    status = read_stream(&r, &out->root);
    yaml_parser_delete(&r.parser);
  }
  if (status != CO_OK) co_document_free(out);
  return status;
}

co_status co_yaml_read(const char *path, co_document *out) {
  co_buf text = {0};
  CO_TRY(co_file_read(path, CO_DOC_BYTES, &text));
  co_status status = co_yaml_parse(text.data, text.size, path, out);
  co_buf_free(&text);
  return status;
}
