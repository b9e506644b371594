// JSON values over jansson, whose types stay inside json.c. Numbers are written with 17 digits,
// non-finite ones as null; object members keep the order in which they were set. Reading is strict
// (doubled keys and trailing text are errors) and safe on untrusted input; depth is bounded.
//
// Ownership: setters and appends take over the child, also when they fail; getters lend. Creators
// and setters that run out of memory mark the thread, and its next co_json_write fails, so nobody
// has to check each call. Strings that are no UTF-8 get U+FFFD for every wrong byte. Not
// thread-safe per document; a document is built and written by one thread.

#ifndef CORE_JSON_H_
#define CORE_JSON_H_

#include "core/buf.h"
#include "core/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct co_json co_json;

co_json *co_json_object(void);
co_json *co_json_array(void);
co_json *co_json_string(const char *text);  // NULL gives null
co_json *co_json_number(double value);      // non-finite gives null
co_json *co_json_int(int64_t value);
co_json *co_json_bool(bool value);
co_json *co_json_null(void);
void co_json_free(co_json *json);

void co_json_set(co_json *object, const char *key, co_json *value);
void co_json_set_string(co_json *object, const char *key, const char *value);
void co_json_set_number(co_json *object, const char *key, double value);
void co_json_set_int(co_json *object, const char *key, int64_t value);
void co_json_set_bool(co_json *object, const char *key, bool value);
void co_json_add(co_json *array, co_json *value);
void co_json_add_number(co_json *array, double value);
co_json *co_json_numbers(const double *value, int count);  // a new array

// Appends the text: one line without spaces (indent 0), or indented; both end with a newline.
co_status co_json_write(const co_json *json, int indent, co_buf *buf);

// Parses; `file` names the source in "file:line: text" (CO_DATA).
co_status co_json_parse(const char *text, size_t size, const char *file, co_json **out);
co_status co_json_read(const char *path, co_json **out);  // CO_NO_INPUT when missing

bool co_json_is_object(const co_json *json);
bool co_json_is_array(const co_json *json);
bool co_json_is_string(const co_json *json);
bool co_json_is_number(const co_json *json);
bool co_json_is_bool(const co_json *json);
bool co_json_is_null(const co_json *json);  // also for NULL

// NULL when missing or not an object
const co_json *co_json_get(const co_json *object, const char *key);
const char *co_json_get_string(const co_json *object, const char *key);  // NULL when not a string
double co_json_get_number(const co_json *object, const char *key, double otherwise);
int64_t co_json_get_int(const co_json *object, const char *key, int64_t otherwise);
bool co_json_get_bool(const co_json *object, const char *key, bool otherwise);
size_t co_json_count(const co_json *json);                             // of an array or object
const co_json *co_json_at(const co_json *array, size_t index);         // NULL when out of range
const char *co_json_key_at(const co_json *object, size_t index);       // member name by position
const co_json *co_json_value_at(const co_json *object, size_t index);  // member value by position
double co_json_as_number(const co_json *json, double otherwise);
int64_t co_json_as_int(const co_json *json, int64_t otherwise);
bool co_json_as_bool(const co_json *json, bool otherwise);
const char *co_json_as_string(const co_json *json);

#endif  // CORE_JSON_H_
