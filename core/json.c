#include "core/json.h"

#include "core/file.h"
#include "core/printable.h"
#include "core/unconst.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 64, FILE_LIMIT = 1 << 26 };

// A jansson value can't carry a mark, so a setter without memory marks the thread, and its next
// co_json_write fails.
static _Thread_local bool out_of_memory;

static json_t *value_of(const co_json *json) {
  return co_unconst(json);
}

static co_json *made(json_t *value) {
  if (!value) out_of_memory = true;
  return (co_json *)value;
}

// Text of any bytes (file names, error texts) as a JSON string: what is no UTF-8 becomes U+FFFD.
static json_t *string_of_bytes(const char *text) {
  co_buf buf = {0};
  co_buf_add(&buf, "", 0);
  for (const char *c = text; *c;) {
    size_t size = co_utf8_size(c);
    if (size) {
      co_buf_add(&buf, c, size);
    } else {
      co_buf_puts(&buf, "\xef\xbf\xbd");
    }
    c += size ? size : 1;
  }
  json_t *value = buf.failed ? NULL : json_stringn(buf.data, buf.size);
  co_buf_free(&buf);
  return value;
}

co_json *co_json_object(void) {
  return made(json_object());
}

co_json *co_json_array(void) {
  return made(json_array());
}

co_json *co_json_string(const char *text) {
  if (!text) return co_json_null();
  json_t *value = json_string(text);
  return made(value ? value : string_of_bytes(text));
}

co_json *co_json_number(double value) {
  return isfinite(value) ? made(json_real(value)) : co_json_null();
}

co_json *co_json_int(int64_t value) {
  return made(json_integer(value));
}

co_json *co_json_bool(bool value) {
  return made(json_boolean(value));
}

co_json *co_json_null(void) {
  return made(json_null());
}

void co_json_free(co_json *json) {
  json_decref(value_of(json));
}

void co_json_set(co_json *object, const char *key, co_json *value) {
  json_t *name = json_string(key);  // NULL also when the key is no UTF-8
  if (!name) name = string_of_bytes(key);
  const char *text = json_string_value(name);
  // takes over the value, also when it fails
  if (!text) {
    json_decref(value_of(value));
    out_of_memory = true;
  } else if (json_object_set_new(value_of(object), text, value_of(value)) != 0) {
    out_of_memory = true;
  }
  json_decref(name);
}

void co_json_set_string(co_json *object, const char *key, const char *value) {
  co_json_set(object, key, co_json_string(value));
}

void co_json_set_number(co_json *object, const char *key, double value) {
  co_json_set(object, key, co_json_number(value));
}

void co_json_set_int(co_json *object, const char *key, int64_t value) {
  co_json_set(object, key, co_json_int(value));
}

void co_json_set_bool(co_json *object, const char *key, bool value) {
  co_json_set(object, key, co_json_bool(value));
}

void co_json_add(co_json *array, co_json *value) {
  if (json_array_append_new(value_of(array), value_of(value)) != 0) out_of_memory = true;
}

void co_json_add_number(co_json *array, double value) {
  co_json_add(array, co_json_number(value));
}

co_json *co_json_numbers(const double *value, int count) {
  co_json *array = co_json_array();
  for (int i = 0; i < count; i++) co_json_add_number(array, value[i]);
  return array;
}

static int add_piece(const char *bytes, size_t size, void *buf) {
  co_buf_add(buf, bytes, size);
  return ((co_buf *)buf)->failed ? -1 : 0;
}

co_status co_json_write(const co_json *json, int indent, co_buf *buf) {
  bool failed = out_of_memory || !json;
  out_of_memory = false;
  size_t flags = JSON_ENCODE_ANY | JSON_REAL_PRECISION(17);
  flags |= indent > 0 ? JSON_INDENT((size_t)indent) : JSON_COMPACT;
  if (failed || json_dump_callback(value_of(json), add_piece, buf, flags) != 0) {
    return co_fail(CO_MEMORY, "out of memory for a JSON text");
  }
  co_buf_puts(buf, "\n");
  return co_buf_status(buf);
}

// jansson recurses to 2,048 levels, while nothing of ours is deeper than a few, and skips zero
// bytes
static co_status check_text(const char *text, size_t size, const char *file) {
  int depth = 0, line = 1;
  bool quoted = false;
  for (size_t i = 0; i < size; i++) {
    char c = text[i];
    if (c == '\0') return co_fail(CO_DATA, "%s:%d: holds a zero byte", file, line);
    if (c == '\n') line++;
    if (quoted) {
      if (c == '\\') i++;
      if (c == '"') quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '[' || c == '{') {
      depth++;
    } else if (c == ']' || c == '}') {
      depth--;
    }
    if (depth > DEPTH_MAX) {
      return co_fail(CO_DATA, "%s:%d: nested more than %d deep", file, line, DEPTH_MAX);
    }
  }
  return CO_OK;
}

co_status co_json_parse(const char *text, size_t size, const char *file, co_json **out) {
  *out = NULL;
  CO_TRY(check_text(text, size, file));
  json_error_t error;
  json_t *value = json_loadb(text, size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
  if (!value) {
    // the text quotes the input
    for (char *c = error.text; *c; c++) {
      if ((unsigned char)*c < 0x20 || (unsigned char)*c >= 0x7f) *c = '?';
    }
    return co_fail(CO_DATA, "%s:%d: %s", file, error.line > 0 ? error.line : 1, error.text);
  }
  *out = (co_json *)value;
  return CO_OK;
}

co_status co_json_read(const char *path, co_json **out) {
  *out = NULL;
  co_buf buf = {0};
  CO_TRY(co_file_read(path, FILE_LIMIT, &buf));
  co_status status = co_json_parse(buf.data, buf.size, path, out);
  co_buf_free(&buf);
  return status;
}

bool co_json_is_object(const co_json *json) {
  return json_is_object(value_of(json));
}

bool co_json_is_array(const co_json *json) {
  return json_is_array(value_of(json));
}

bool co_json_is_string(const co_json *json) {
  return json_is_string(value_of(json));
}

bool co_json_is_number(const co_json *json) {
  return json_is_number(value_of(json));
}

bool co_json_is_bool(const co_json *json) {
  return json_is_boolean(value_of(json));
}

bool co_json_is_null(const co_json *json) {
  return !json || json_is_null(value_of(json));
}

const co_json *co_json_get(const co_json *object, const char *key) {
  return (const co_json *)json_object_get(value_of(object), key);
}

const char *co_json_get_string(const co_json *object, const char *key) {
  return co_json_as_string(co_json_get(object, key));
}

double co_json_get_number(const co_json *object, const char *key, double otherwise) {
  return co_json_as_number(co_json_get(object, key), otherwise);
}

int64_t co_json_get_int(const co_json *object, const char *key, int64_t otherwise) {
  return co_json_as_int(co_json_get(object, key), otherwise);
}

bool co_json_get_bool(const co_json *object, const char *key, bool otherwise) {
  const json_t *value = value_of(co_json_get(object, key));
  return json_is_boolean(value) ? json_is_true(value) : otherwise;
}

size_t co_json_count(const co_json *json) {
  const json_t *value = value_of(json);
  return json_is_array(value) ? json_array_size(value) : json_object_size(value);
}

const co_json *co_json_at(const co_json *array, size_t index) {
  return (const co_json *)json_array_get(value_of(array), index);
}

static void *member_at(const co_json *object, size_t index) {
  void *member = json_object_iter(value_of(object));
  for (size_t i = 0; member && i < index; i++) {
    member = json_object_iter_next(value_of(object), member);
  }
  return member;
}

const char *co_json_key_at(const co_json *object, size_t index) {
  void *member = member_at(object, index);
  return member ? json_object_iter_key(member) : NULL;
}

const co_json *co_json_value_at(const co_json *object, size_t index) {
  void *member = member_at(object, index);
  return member ? (const co_json *)json_object_iter_value(member) : NULL;
}

double co_json_as_number(const co_json *json, double otherwise) {
  return json_is_number(value_of(json)) ? json_number_value(value_of(json)) : otherwise;
}

int64_t co_json_as_int(const co_json *json, int64_t otherwise) {
  const json_t *value = value_of(json);
  if (json_is_integer(value)) return json_integer_value(value);
  double real = json_is_real(value) ? json_real_value(value) : (double)NAN;
  return fabs(real) <= 0x1p53 && real == trunc(real) ? (int64_t)real : otherwise;
}

bool co_json_as_bool(const co_json *json, bool otherwise) {
  return json_is_boolean(value_of(json)) ? json_is_true(value_of(json)) : otherwise;
}

const char *co_json_as_string(const co_json *json) {
  return json_string_value(value_of(json));
}
