#include "agents/formats/members.h"

#include "core/hash.h"
#include "core/memory.h"
#include "core/text.h"

#include <assert.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const void *at(const void *base, size_t offset) {
  return (const char *)base + offset;
}
static void *at_mutable(void *base, size_t offset) {
  return (char *)base + offset;
}
static double real_at(const void *base, size_t offset) {
  return *(const double *)at(base, offset);
}
static int int_at(const void *base, size_t offset) {
  return *(const int *)at(base, offset);
}
// a bool, or a uint8_t that is used as one
static bool flag_at(const void *base, size_t offset) {
  return *(const uint8_t *)at(base, offset) != 0;
}
static const char *items_at(const co_member *member, const void *base) {
  const void *place = at(base, member->offset);
  return member->in_place ? place : *(const void *const *)place;
}

// ---- writing

static co_json *integer_json(const co_member *member, const void *base) {
  if (member->size == sizeof(uint32_t))
    return co_json_int(*(const uint32_t *)at(base, member->offset));
  uint64_t value = *(const uint64_t *)at(base, member->offset);
  assert(value <= INT64_MAX);
  return co_json_int((int64_t)value);
}

// As text: a JSON number would lose the low bits in most readers.
static co_json *hash_json(const co_member *member, uint64_t hash) {
  char text[CO_HASH_TEXT];
  co_hash_text(hash, text);
  return hash || !member->nullable ? co_json_string(text) : co_json_null();
}

static co_json *bool_json(const co_member *member, const void *base) {
  bool known = !member->nullable || flag_at(base, member->extra);
  return known ? co_json_bool(flag_at(base, member->offset)) : co_json_null();
}

static co_json *choice_json(const co_member *member, const void *base) {
  const unsigned *value = at(base, member->offset);
  bool is_flag = member->size == sizeof(bool);
  return co_json_string(member->choices[is_flag ? flag_at(base, member->offset) : *value]);
}

static co_json *choices_json(const co_member *member, const void *base) {
  const unsigned *value = at(base, member->offset);
  co_json *array = co_json_array();
  for (int i = 0; i < int_at(base, member->extra); i++)
    co_json_add(array, co_json_string(member->choices[value[i]]));
  return array;
}

// JSON has no infinity: co_json_numbers writes null for it.
static co_json *range_json(double low, double high) {
  if (isinf(low) && isinf(high)) return co_json_null();
  return co_json_numbers((double[]){low, high}, 2);
}

static co_json *ints_json(const int *value, int count) {
  co_json *array = co_json_array();
  for (int i = 0; i < count; i++) co_json_add(array, co_json_int(value[i]));
  return array;
}

static co_json *list_json(const co_member *member, const void *base) {
  const char *item = items_at(member, base);
  co_json *array = co_json_array();
  for (int i = 0; i < int_at(base, member->extra); i++)
    co_json_add(array, co_members_write(member->child, item + (size_t)i * member->size));
  return array;
}

static co_json *member_json(const co_member *member, const void *base);

static co_json *map_json(const co_member *member, const void *base) {
  const co_member *name = &member->child->member[0], *value = &member->child->member[1];
  const char *item = items_at(member, base);
  co_json *object = co_json_object();
  for (int i = 0; i < int_at(base, member->extra); i++, item += member->size)
    co_json_set(object, at(item, name->offset), member_json(value, item));
  return object;
}

static co_json *text_json(const co_member *member, const char *text) {
  return co_json_string(member->nullable && !*text ? NULL : text);
}

static co_json *member_json(const co_member *member, const void *base) {
  const void *value = at(base, member->offset);
  switch (member->kind) {
    case CO_MEMBER_TEXT: return text_json(member, value);
    case CO_MEMBER_STRING: return co_json_string(*(const char *const *)value);
    case CO_MEMBER_BOOL: return bool_json(member, base);
    case CO_MEMBER_REAL:
    case CO_MEMBER_LOW:
    case CO_MEMBER_HIGH: return co_json_number(*(const double *)value);
    case CO_MEMBER_RANGE: return range_json(*(const double *)value, real_at(base, member->extra));
    case CO_MEMBER_INTEGER: return integer_json(member, base);
    case CO_MEMBER_HASH: return hash_json(member, *(const uint64_t *)value);
    case CO_MEMBER_CHOICE: return choice_json(member, base);
    case CO_MEMBER_CHOICES: return choices_json(member, base);
    case CO_MEMBER_INTS: return ints_json(value, int_at(base, member->extra));
    case CO_MEMBER_REALS: return co_json_numbers(value, int_at(base, member->extra));
    case CO_MEMBER_VECTOR: return co_json_numbers(value, member->max_count);
    case CO_MEMBER_GROUP: return co_members_write(member->child, base);
    case CO_MEMBER_LIST: return list_json(member, base);
    case CO_MEMBER_MAP: return map_json(member, base);
    case CO_MEMBER_DERIVED: return member->derive(base);
  }
  return co_json_null();
}

// An optional group is known by a count of its own: 0 episodes say nothing about performance. A
// list that is there may be empty, which is not the same as unknown.
static bool is_absent(const co_member *member, const void *base) {
  if (!member->optional) return false;
  if (member->present) return !member->present(base);
  if (member->kind == CO_MEMBER_LIST || member->kind == CO_MEMBER_MAP)
    return items_at(member, base) == NULL;
  return member->kind == CO_MEMBER_GROUP && int_at(base, member->extra) == 0;
}

co_json *co_members_write(const co_members *members, const void *base) {
  assert(members && base);
  co_json *object = co_json_object();
  for (int i = 0; i < members->count; i++) {
    const co_member *member = &members->member[i];
    if (!is_absent(member, base)) co_json_set(object, member->key, member_json(member, base));
  }
  return object;
}

// ---- reading

enum { PATH = 256 };

// Where the reader is, for messages.
typedef struct place {
  const char *file;
  const struct place *above;  // NULL at the top
  const char *key;            // of a member of it, or index
} place;

static place step_into(const place *in, const char *key) {
  return (place){in->file, in, key};
}

// "observation.3.scale", "" at the top
static void spell(const place *in, char path[PATH]) {
  path[0] = '\0';
  if (!in->above) return;
  spell(in->above, path);
  size_t length = strlen(path);
  snprintf(path + length, PATH - length, "%s%s", length ? "." : "", in->key);
}

__attribute__((format(printf, 2, 3))) static co_status fail(const place *in, const char *format,
                                                            ...) {
  char path[PATH], text[512];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  spell(in, path);
  return co_fail(CO_DATA, "%s: %s%s%s", in->file, path, path[0] ? ": " : "", text);
}

// Text that stays on its line of a message.
static bool printable(const char *text) {
  for (; *text; text++)
    if ((unsigned char)*text < 0x20 || *text == 0x7f) return false;
  return true;
}

static co_status read_text(const co_member *member, const co_json *json, const place *in,
                           char *out) {
  const char *text = co_json_as_string(json);
  if (!text) return fail(in, "must be text");
  size_t length = strlen(text);
  if (length < (size_t)member->min || length >= member->size || !printable(text))
    return fail(in, "must be printable text of %d to %zu bytes", (int)member->min,
                member->size - 1);
  memcpy(out, text, length + 1);
  return CO_OK;
}

static co_status read_string(const co_json *json, const place *in, char **out) {
  const char *text = co_json_as_string(json);
  if (!text) return fail(in, "must be text");
  *out = co_strdup(text);
  return *out ? CO_OK : CO_MEMORY;
}

static co_status read_real(const co_json *json, double min, double max, const place *in,
                           double *out) {
  double value = co_json_as_number(json, NAN);
  if (!isfinite(value)) return fail(in, "must be a finite number");
  if (min != max && !(value >= min && value <= max))
    return fail(in, "%.9g is out of range (%.9g to %.9g)", value, min, max);
  *out = value;
  return CO_OK;
}

static co_status read_bool(const co_member *member, const co_json *json, const place *in,
                           void *base) {
  if (!co_json_is_bool(json)) return fail(in, "must be true or false");
  *(uint8_t *)at_mutable(base, member->offset) = co_json_as_bool(json, false);
  if (member->nullable) *(uint8_t *)at_mutable(base, member->extra) = true;
  return CO_OK;
}

static co_status read_bound(const co_json *json, double when_null, const place *in, double *out) {
  if (json && co_json_is_null(json)) {
    *out = when_null;
    return CO_OK;
  }
  return read_real(json, 0, 0, in, out);
}

static co_status read_range(const co_json *json, const place *in, double *low, double *high) {
  *low = -INFINITY;
  *high = INFINITY;
  if (co_json_is_null(json)) return CO_OK;
  if (!co_json_is_array(json) || co_json_count(json) != 2)
    return fail(in, "must be null or [low, high]");
  CO_TRY(read_bound(co_json_at(json, 0), -INFINITY, in, low));
  CO_TRY(read_bound(co_json_at(json, 1), INFINITY, in, high));
  if (isinf(*low) && isinf(*high)) return fail(in, "must be null where it bounds nothing");
  return *low <= *high ? CO_OK : fail(in, "low %.9g is above high %.9g", *low, *high);
}

static co_status read_integer(const co_member *member, const co_json *json, const place *in,
                              void *out) {
  int64_t value = co_json_as_int(json, -1);
  int64_t least = (int64_t)member->min;
  int64_t most = member->max > 0 ? (int64_t)member->max : member->size == 4 ? INT_MAX : INT64_MAX;
  if (value < least || value > most)
    return fail(in, "must be a whole number from %lld to %lld", (long long)least, (long long)most);
  if (member->size == sizeof(uint32_t)) {
    *(uint32_t *)out = (uint32_t)value;
  } else {
    *(uint64_t *)out = (uint64_t)value;
  }
  return CO_OK;
}

static co_status read_hash(const co_member *member, const co_json *json, const place *in,
                           uint64_t *out) {
  const char *text = co_json_as_string(json);
  if (!text || strlen(text) != CO_HASH_TEXT - 1 ||
      strspn(text, "0123456789abcdef") != CO_HASH_TEXT - 1)
    return fail(in, "must be %s16 digits 0-9a-f", member->nullable ? "null or " : "");
  *out = strtoull(text, NULL, 16);
  return *out || !member->nullable ? CO_OK : fail(in, "must be null where the hash is unknown");
}

// one of the member's choices, by its number
static co_status read_number_of(const co_member *member, const co_json *json, const place *in,
                                unsigned *out) {
  const char *text = co_json_as_string(json);
  if (!text) return fail(in, "must be text");
  int count = 0;
  for (; member->choices[count]; count++) {
    if (strcmp(member->choices[count], text) != 0) continue;
    *out = (unsigned)count;
    return CO_OK;
  }
  const char *near = co_suggest(text, member->choices, count);
  return fail(in, "unknown%s%s%s", near ? ", did you mean \"" : "", near ? near : "",
              near ? "\"?" : "");
}

static co_status read_choice(const co_member *member, const co_json *json, const place *in,
                             void *out) {
  unsigned number;
  CO_TRY(read_number_of(member, json, in, &number));
  if (member->size == sizeof(bool)) {
    *(uint8_t *)out = (uint8_t)number;
  } else {
    *(unsigned *)out = number;
  }
  return CO_OK;
}

// Checks that there is an array that fits, and gives its length.
static co_status read_count(const co_member *member, const co_json *json, const place *in,
                            int *out) {
  size_t count = co_json_count(json);
  if (!co_json_is_array(json) || count > (size_t)member->max_count)
    return fail(in, "must be an array of at most %d", member->max_count);
  if (count < (size_t)member->min_count)
    return fail(in, "must be an array of at least %d", member->min_count);
  *out = (int)count;
  return CO_OK;
}

static co_status read_numbers(const co_member *member, const co_json *json, const place *in,
                              void *out, int *count) {
  int length = 0;
  CO_TRY(read_count(member, json, in, &length));
  for (int i = 0; i < length; i++) {
    double value;
    CO_TRY(read_real(co_json_at(json, (size_t)i), member->min, member->max, in, &value));
    if (member->kind == CO_MEMBER_REALS) {
      ((double *)out)[i] = value;
    } else if (value == (int)value) {  // in range: min and max of INTS are ints
      ((int *)out)[i] = (int)value;
    } else {
      return fail(in, "must hold whole numbers");
    }
  }
  *count = length;
  return CO_OK;
}

static co_status read_choices(const co_member *member, const co_json *json, const place *in,
                              unsigned *out, int *count) {
  int length = 0;
  CO_TRY(read_count(member, json, in, &length));
  for (int i = 0; i < length; i++) {
    char index[16];
    snprintf(index, sizeof index, "%d", i);
    place here = step_into(in, index);
    CO_TRY(read_number_of(member, co_json_at(json, (size_t)i), &here, &out[i]));
  }
  *count = length;
  return CO_OK;
}

static co_status read_vector(const co_member *member, const co_json *json, const place *in,
                             double *out) {
  if (!co_json_is_array(json) || co_json_count(json) != (size_t)member->max_count)
    return fail(in, "must be an array of %d numbers", member->max_count);
  for (int i = 0; i < member->max_count; i++)
    CO_TRY(read_real(co_json_at(json, (size_t)i), 0, 0, in, &out[i]));
  return CO_OK;
}

static co_status read_object(const co_members *members, const co_json *json, const place *in,
                             void *base);

// The list is handed to `base` before its items are read, so that a caller who fails can free it.
static co_status make_items(const co_member *member, int count, void *base, char **item) {
  void *here = at_mutable(base, member->offset);
  *item = member->in_place ? here : co_alloc((size_t)count + 1, member->size);
  if (!*item) return CO_MEMORY;
  if (!member->in_place) *(void **)here = *item;
  *(int *)at_mutable(base, member->extra) = count;
  return CO_OK;
}

static co_status read_list(const co_member *member, const co_json *json, const place *in,
                           void *base) {
  int count = 0;
  char *item = NULL;
  CO_TRY(read_count(member, json, in, &count));
  CO_TRY(make_items(member, count, base, &item));
  for (int i = 0; i < count; i++) {
    char index[16];
    snprintf(index, sizeof index, "%d", i);
    place here = step_into(in, index);
    CO_TRY(read_object(member->child, co_json_at(json, (size_t)i), &here,
                       item + (size_t)i * member->size));
  }
  return CO_OK;
}

static co_status check_whole(const co_members *members, const place *in, const void *base) {
  const char *wrong = members->check ? members->check(base) : NULL;
  return wrong ? fail(in, "%s", wrong) : CO_OK;
}

static co_status read_value(const co_member *member, const co_json *json, const place *in,
                            void *base);

static co_status read_map(const co_member *member, const co_json *json, const place *in,
                          void *base) {
  const co_member *name = &member->child->member[0], *value = &member->child->member[1];
  size_t count = co_json_count(json);
  char *item = NULL;
  if (!co_json_is_object(json) || count > (size_t)member->max_count)
    return fail(in, "must be an object of at most %d members", member->max_count);
  CO_TRY(make_items(member, (int)count, base, &item));
  for (size_t i = 0; i < count; i++, item += member->size) {
    const char *key = co_json_key_at(json, i);
    if (!*key || strlen(key) >= name->size || !printable(key))
      return fail(in, "a name is printable text of 1 to %zu bytes", name->size - 1);
    memcpy(item + name->offset, key, strlen(key) + 1);
    place here = step_into(in, key);
    CO_TRY(read_value(value, co_json_value_at(json, i), &here, item));
    CO_TRY(check_whole(member->child, &here, item));
  }
  return CO_OK;
}

static co_status read_value(const co_member *member, const co_json *json, const place *in,
                            void *base) {
  void *out = at_mutable(base, member->offset), *extra = at_mutable(base, member->extra);
  switch (member->kind) {
    case CO_MEMBER_TEXT: return read_text(member, json, in, out);
    case CO_MEMBER_STRING: return read_string(json, in, out);
    case CO_MEMBER_BOOL: return read_bool(member, json, in, base);
    case CO_MEMBER_REAL: return read_real(json, member->min, member->max, in, out);
    case CO_MEMBER_LOW: return read_bound(json, -INFINITY, in, out);
    case CO_MEMBER_HIGH: return read_bound(json, INFINITY, in, out);
    case CO_MEMBER_RANGE: return read_range(json, in, out, extra);
    case CO_MEMBER_INTEGER: return read_integer(member, json, in, out);
    case CO_MEMBER_HASH: return read_hash(member, json, in, out);
    case CO_MEMBER_CHOICE: return read_choice(member, json, in, out);
    case CO_MEMBER_CHOICES: return read_choices(member, json, in, out, extra);
    case CO_MEMBER_INTS:
    case CO_MEMBER_REALS: return read_numbers(member, json, in, out, extra);
    case CO_MEMBER_VECTOR: return read_vector(member, json, in, out);
    case CO_MEMBER_GROUP: return read_object(member->child, json, in, base);
    case CO_MEMBER_LIST: return read_list(member, json, in, base);
    case CO_MEMBER_MAP: return read_map(member, json, in, base);
    case CO_MEMBER_DERIVED: return CO_OK;  // compared when all else is known
  }
  return CO_OK;
}

// What null and absent leave in zeroed memory is what they mean, but for numbers.
static co_status read_member(const co_member *member, const co_json *object, const place *in,
                             void *base) {
  const co_json *json = co_json_get(object, member->key);
  place here = step_into(in, member->key);
  if (!json && !member->optional) return fail(&here, "is missing");
  if (json && !(member->nullable && co_json_is_null(json)))
    return read_value(member, json, &here, base);
  if (member->kind == CO_MEMBER_REAL && member->nullable && (json || !member->present))
    *(double *)at_mutable(base, member->offset) = NAN;
  return CO_OK;
}

static const co_member *find(const co_members *members, const char *key) {
  for (int i = 0; i < members->count; i++)
    if (strcmp(members->member[i].key, key) == 0) return &members->member[i];
  return NULL;
}

static co_status refuse_unknown(const co_members *members, const co_json *json, const place *in) {
  // more members than the table is long: one of the first count + 1 is unknown, so the loop is
  // short
  for (size_t i = 0; i < co_json_count(json); i++) {
    const char *key = co_json_key_at(json, i);
    if (find(members, key)) continue;
    return fail(in, "unknown key \"%.60s\"", printable(key) ? key : "?");
  }
  return CO_OK;
}

static co_status read_object(const co_members *members, const co_json *json, const place *in,
                             void *base) {
  if (!co_json_is_object(json)) return fail(in, "must be an object");
  CO_TRY(refuse_unknown(members, json, in));
  for (int i = 0; i < members->count; i++) CO_TRY(read_member(&members->member[i], json, in, base));
  return check_whole(members, in, base);
}

// Compared as text, in which equal values are equal, since both sides come from the same writer.
static co_status check_derived(const co_member *member, const co_json *json, const place *in,
                               const void *base) {
  co_buf want = {0}, have = {0};
  co_json *derived = member->derive(base);
  co_status status = co_json_write(derived, 0, &want);
  if (status == CO_OK) status = co_json_write(json, 0, &have);
  if (status == CO_OK && strcmp(want.data, have.data) != 0)
    status = fail(in, "must be %.*s, which follows from the rest", (int)want.size - 1, want.data);
  co_json_free(derived);
  co_buf_free(&want);
  co_buf_free(&have);
  return status;
}

// Second pass. Members of list items are never derived, so lists are not entered.
static co_status check_all_derived(const co_members *members, const co_json *json, const place *in,
                                   const void *base) {
  for (int i = 0; i < members->count; i++) {
    const co_member *member = &members->member[i];
    const co_json *value = co_json_get(json, member->key);
    place here = step_into(in, member->key);
    if (member->kind == CO_MEMBER_GROUP && value) {
      CO_TRY(check_all_derived(member->child, value, &here, base));
    } else if (member->kind == CO_MEMBER_DERIVED) {
      CO_TRY(check_derived(member, value, &here, base));
    }
  }
  return CO_OK;
}

co_status co_members_read(const co_members *members, const co_json *json, const char *file,
                          void *base) {
  assert(file && base);
  place top = {.file = file};
  CO_TRY(read_object(members, json, &top, base));
  return check_all_derived(members, json, &top, base);
}
