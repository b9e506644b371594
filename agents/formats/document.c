#include "agents/formats/document.h"

#include "core/file.h"
#include "core/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const co_doc *co_doc_get(const co_doc *map, const char *key) {
  if (!map || map->kind != CO_DOC_MAP) return NULL;
  for (int i = 0; i < map->count; i++)
    if (strcmp(map->child[i].key, key) == 0) return &map->child[i];
  return NULL;
}

void co_document_free(co_document *document) {
  co_arena_free(&document->memory);
  *document = (co_document){0};
}

// ---- digits

double co_text_resolution(const char *text, bool fixed) {
  enum { LEAST = 3 };
  int significant = 0, decimals = 0, exponent = 0;
  bool point = false;
  for (; *text && *text != 'e' && *text != 'E'; text++) {
    if (*text == '.') point = true;
    if (*text < '0' || *text > '9') continue;
    significant += significant > 0 || *text != '0';
    decimals += point;
  }
  if (*text) exponent = (int)fmax(-400, fmin(400, strtod(text + 1, NULL)));
  if (fixed) return 0.5 * pow(10, exponent - decimals);
  if (!significant) return 0;
  int missing = significant < LEAST ? LEAST - significant : 0;
  return 0.5 * pow(10, exponent - decimals - missing);
}

// The fewest digits that are the same number again.
static void shortest(double number, char text[32]) {
  for (int digits = 1; digits <= 17; digits++) {
    snprintf(text, 32, "%.*g", digits, number);
    if (strtod(text, NULL) == number) return;
  }
}

// ---- JSON

typedef struct builder {
  const char *file;
  co_arena *memory;
  int nodes;
} builder;

static co_status build(builder *b, const co_json *json, int depth, co_doc *out);

static co_status build_children(builder *b, const co_json *json, int depth, co_doc *out) {
  size_t count = co_json_count(json);
  if (depth >= CO_DOC_DEPTH)
    return co_fail(CO_DATA, "%s: nested more than %d deep", b->file, CO_DOC_DEPTH);
  if (count > CO_DOC_NODES || (b->nodes += (int)count) > CO_DOC_NODES)
    return co_fail(CO_DATA, "%s: more than %d values", b->file, CO_DOC_NODES);
  if (out->kind == CO_DOC_MAP && count > CO_DOC_KEYS)
    return co_fail(CO_DATA, "%s: an object has more than %d keys", b->file, CO_DOC_KEYS);
  out->count = (int)count;
  out->child = co_arena_alloc(b->memory, count, sizeof *out->child);
  CO_TRY(co_arena_status(b->memory));
  for (size_t i = 0; i < count; i++) {
    co_doc *child = &out->child[i];
    bool map = out->kind == CO_DOC_MAP;
    if (map) child->key = co_arena_strdup(b->memory, co_json_key_at(json, i));
    CO_TRY(build(b, map ? co_json_value_at(json, i) : co_json_at(json, i), depth + 1, child));
  }
  return co_arena_status(b->memory);
}

static co_status build_number(builder *b, const co_json *json, co_doc *out) {
  char text[32];
  out->kind = CO_DOC_NUMBER;
  out->number = co_json_as_number(json, NAN);
  if (!isfinite(out->number)) return co_fail(CO_DATA, "%s: a number is not finite", b->file);
  shortest(out->number, text);
  out->text = co_arena_strdup(b->memory, text);
  out->resolution = co_text_resolution(text, false);
  return co_arena_status(b->memory);
}

static co_status build(builder *b, const co_json *json, int depth, co_doc *out) {
  if (co_json_is_object(json) || co_json_is_array(json)) {
    out->kind = co_json_is_object(json) ? CO_DOC_MAP : CO_DOC_LIST;
    return build_children(b, json, depth, out);
  }
  if (co_json_is_number(json)) return build_number(b, json, out);
  if (co_json_is_bool(json)) {
    out->kind = CO_DOC_BOOL;
    out->number = co_json_as_bool(json, false);
  } else if (co_json_is_string(json)) {
    out->kind = CO_DOC_TEXT;
    out->text = co_arena_strdup(b->memory, co_json_as_string(json));
  }
  return co_arena_status(b->memory);
}

// Each value stands behind one of these, so that what would be too many is not built at all.
static co_status count_values(const char *text, size_t size, const char *file) {
  size_t count = 0;
  for (size_t i = 0; i < size; i++)
    count += text[i] == ',' || text[i] == '[' || text[i] == '{' || text[i] == ':';
  if (count <= 2 * CO_DOC_NODES) return CO_OK;
  return co_fail(CO_DATA, "%s: more than %d values", file, CO_DOC_NODES);
}

co_status co_document_parse_json(const char *text, size_t size, const char *file,
                                 co_document *out) {
  *out = (co_document){0};
  co_json *json = NULL;
  if (size > CO_DOC_BYTES) return co_fail(CO_DATA, "%s: larger than %d bytes", file, CO_DOC_BYTES);
  CO_TRY(count_values(text, size, file));
  CO_TRY(co_json_parse(text, size, file, &json));
  builder b = {file, &out->memory, 1};
  out->file = co_arena_strdup(&out->memory, file);
  out->base = co_arena_strdup(&out->memory, co_path_base(file));
  co_status status = build(&b, json, 0, &out->root);
  co_json_free(json);
  if (status != CO_OK) co_document_free(out);
  return status;
}

co_status co_document_read_json(const char *path, co_document *out) {
  co_buf text = {0};
  CO_TRY(co_file_read(path, CO_DOC_BYTES, &text));
  co_status status = co_document_parse_json(text.data, text.size, path, out);
  co_buf_free(&text);
  return status;
}
