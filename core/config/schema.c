// Reading: one pass over the members of a group, each through the reader of its field's kind.
// Errors are collected as records "line number, text", which co_schema_finish sorts into the order
// of the file.

#include "core/config/schema.h"

#include "core/memory.h"
#include "core/text.h"

#include <assert.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  STRING_MAX = 4096,   // bytes of a string with its NUL
  ERRORS_SHOWN = 20,   // of one reading
  RECORD_KEY = 10,     // digits of the line number before each record
  MESSAGE_MAX = 2048,  // bytes of one error
  QUOTE_MAX = 60,      // bytes of a value quoted in an error
};

// ---- errors

void co_schema_error(co_schema_errors *errors, const co_node *node, const char *key,
                     const char *format, ...) {
  char message[MESSAGE_MAX];
  va_list args;
  va_start(args, format);
  vsnprintf(message, sizeof message, format, args);
  va_end(args);
  const co_node *member = key ? co_node_get(node, key) : NULL;
  if (member) node = member;  // the line of the key, not of its group
  if (!key) key = node->name;
  co_buf *text = &errors->text;
  size_t start = text->size;
  // edits by --set have no line and come last
  co_buf_printf(text, "%0*u", RECORD_KEY, node->line ? (unsigned)node->line : UINT_MAX);
  co_node_place(node, key, text);
  co_buf_printf(text, "%s\n", message);
  // one record is one line, whatever the file is called
  for (size_t i = start; i + 1 < text->size; i++) {
    if (text->data[i] == '\n') text->data[i] = ' ';
  }
  errors->count++;
}

static int by_line(const void *a, const void *b) {
  const char *x = *(char *const *)a, *y = *(char *const *)b;
  int order = memcmp(x, y, RECORD_KEY);
  return order ? order : (x > y) - (x < y);  // in order of finding within a line
}

static co_status fail_sorted(co_schema_errors *errors) {
  char **record = co_alloc((size_t)errors->count, sizeof *record);
  co_buf sorted = {0};
  char *at = errors->text.data;
  for (int i = 0; record && i < errors->count; i++) {
    record[i] = at;
    at = strchr(at, '\n');
    *at++ = '\0';
  }
  if (record) qsort(record, (size_t)errors->count, sizeof *record, by_line);
  for (int i = 0; record && i < errors->count && i < ERRORS_SHOWN; i++) {
    co_buf_printf(&sorted, "%s%s", i ? "\n" : "", record[i] + RECORD_KEY);
  }
  if (errors->count > ERRORS_SHOWN) {
    co_buf_printf(&sorted, "\nand %d more errors", errors->count - ERRORS_SHOWN);
  }
  co_status status = record && !sorted.failed ? co_fail(CO_CONFIG, "%s", sorted.data) : CO_MEMORY;
  free(record);
  co_buf_free(&sorted);
  return status;
}

co_status co_schema_finish(co_schema_errors *errors) {
  co_status status = CO_OK;
  if (errors->text.failed) {
    status = CO_MEMORY;
  } else if (errors->count > 0) {
    status = fail_sorted(errors);
  }
  co_buf_free(&errors->text);
  errors->count = 0;
  return status;
}

static const char *const node_text[] = {
    [CO_NODE_BOOL] = "true or false", [CO_NODE_INT] = "an integer",
    [CO_NODE_FLOAT] = "a float",      [CO_NODE_STRING] = "a string",
    [CO_NODE_ARRAY] = "an array [ ]", [CO_NODE_LIST] = "a list ( )",
    [CO_NODE_GROUP] = "a group { }",
};

static const char *const field_text[] = {
    [CO_FIELD_BOOL] = "true or false",
    [CO_FIELD_INT] = "an integer",
    [CO_FIELD_FLOAT] = "a number",
    [CO_FIELD_STRING] = "a string",
    [CO_FIELD_CHOICE] = "a string",
    [CO_FIELD_FLOATS] = "a number or a list of numbers",
    [CO_FIELD_STRINGS] = "a string or a list of strings",
    [CO_FIELD_GROUP] = "a group { }",
    [CO_FIELD_LIST] = "a list ( ) of groups { }",
    [CO_FIELD_TREE] = "anything",
};

// a scalar as it would be written, cut where it is long
static void quote_value(const co_node *node, char *out, size_t size) {
  co_buf text = {0};
  if (node->kind == CO_NODE_FLOAT && !isfinite(node->value.real)) {
    co_buf_puts(&text, "not finite");
  } else {
    co_tree_write(node, &text);
  }
  bool cut = text.size > QUOTE_MAX;
  snprintf(out, size, "%.*s%s", QUOTE_MAX, text.size ? text.data : "", cut ? "..." : "");
  co_buf_free(&text);
}

// One reading of one field; `key` carries the index within a list ("clip.1").
typedef struct reading {
  const co_field *field;
  const char *key;
  co_arena *arena;
  co_schema_errors *errors;
} reading;

static void wrong_type(const reading *r, const co_node *node, const char *expected) {
  char value[QUOTE_MAX + 8];
  if (node->kind >= CO_NODE_ARRAY) {
    co_schema_error(r->errors, node, r->key, "expected %s, got %s", expected,
                    node_text[node->kind]);
    return;
  }
  quote_value(node, value, sizeof value);
  const char *kind = node->kind == CO_NODE_BOOL ? "a truth value" : node_text[node->kind];
  co_schema_error(r->errors, node, r->key, "expected %s, got %s (%s)", expected, kind, value);
}

static void *allocate(const reading *r, size_t count, size_t size) {
  void *memory = co_arena_alloc(r->arena, count, size);
  if (!memory) r->errors->text.failed = true;
  return memory;
}

// ---- numbers

static bool has_bounds(const co_field *field) {
  return field->min != 0 || field->max != 0 || (field->flags & CO_POSITIVE_EXCLUSIVE);
}

static double upper_bound(const co_field *field) {
  return field->min == 0 && field->max == 0 ? (double)INFINITY : field->max;
}

static bool in_bounds(const co_field *field, double value) {
  if (!has_bounds(field)) return true;
  bool above = field->flags & CO_POSITIVE_EXCLUSIVE ? value > field->min : value >= field->min;
  return above && value <= upper_bound(field);
}

static void out_of_range(const reading *r, const co_node *node) {
  const co_field *field = r->field;
  char value[QUOTE_MAX + 8], low[48] = "", high[48] = "";
  quote_value(node, value, sizeof value);
  bool exclusive = field->flags & CO_POSITIVE_EXCLUSIVE;
  double max = upper_bound(field);
  if (isfinite(field->min))
    snprintf(low, sizeof low, "%s %.15g", exclusive ? ">" : ">=", field->min);
  if (isfinite(max)) snprintf(high, sizeof high, "<= %.15g", max);
  if (field->min == max) {
    co_schema_error(r->errors, node, r->key, "must be %.15g, is %s", max, value);
    return;
  }
  if (*low && *high && !exclusive) {
    co_schema_error(r->errors, node, r->key, "%s is out of range, allowed %.15g .. %.15g", value,
                    field->min, max);
    return;
  }
  co_schema_error(r->errors, node, r->key, "%s is out of range, allowed %s%s%s", value, low,
                  *low && *high ? " and " : "", high);
}

static void read_int(const reading *r, const co_node *node, void *value) {
  if (node->kind != CO_NODE_INT) {
    wrong_type(r, node, field_text[CO_FIELD_INT]);
  } else if (!in_bounds(r->field, (double)node->value.integer)) {
    out_of_range(r, node);
  } else {
    *(int64_t *)value = node->value.integer;
  }
}

static void read_float(const reading *r, const co_node *node, void *value) {
  if (node->kind != CO_NODE_INT && node->kind != CO_NODE_FLOAT) {
    wrong_type(r, node, field_text[CO_FIELD_FLOAT]);
    return;
  }
  double number = node->kind == CO_NODE_INT ? (double)node->value.integer : node->value.real;
  if (!isfinite(number)) {
    co_schema_error(r->errors, node, r->key, "must be finite");
  } else if (!in_bounds(r->field, number)) {
    out_of_range(r, node);
  } else {
    *(double *)value = number;
  }
}

static void read_bool(const reading *r, const co_node *node, void *value) {
  if (node->kind != CO_NODE_BOOL) {
    wrong_type(r, node, field_text[CO_FIELD_BOOL]);
  } else {
    *(bool *)value = node->value.boolean;
  }
}

// ---- strings

// "unknown value "X", allowed "a", "b", did you mean "a"?"
static void not_a_choice(const reading *r, const co_node *node) {
  char value[QUOTE_MAX + 8];
  quote_value(node, value, sizeof value);
  co_buf text = {0};
  int count = 0;
  for (; r->field->choices[count]; count++) {
    co_buf_printf(&text, "%s\"%s\"", count ? ", " : "", r->field->choices[count]);
  }
  const char *near = co_suggest(node->value.string, r->field->choices, count);
  if (near) co_buf_printf(&text, ", did you mean \"%s\"?", near);
  co_schema_error(r->errors, node, r->key, "unknown value %s, allowed %s", value,
                  text.size ? text.data : "");
  co_buf_free(&text);
}

// the string of a node, checked, or NULL; *choice is its index among the choices
static const char *checked_string(const reading *r, const co_node *node, int *choice) {
  if (node->kind != CO_NODE_STRING) {
    wrong_type(r, node, field_text[CO_FIELD_STRING]);
    return NULL;
  }
  if (strlen(node->value.string) >= STRING_MAX) {
    co_schema_error(r->errors, node, r->key, "the string is longer than %d bytes", STRING_MAX - 1);
    return NULL;
  }
  const char *const *choices = r->field->choices;
  *choice = 0;
  while (choices && choices[*choice] && strcmp(choices[*choice], node->value.string) != 0)
    ++*choice;
  if (choices && !choices[*choice]) {
    not_a_choice(r, node);
    return NULL;
  }
  return node->value.string;
}

static void read_string(const reading *r, const co_node *node, void *value) {
  int choice;
  const char *text = checked_string(r, node, &choice);
  if (!text) return;
  char *copy = allocate(r, strlen(text) + 1, 1);
  if (copy) strcpy(copy, text);
  *(const char **)value = copy;
}

static void read_choice(const reading *r, const co_node *node, void *value) {
  int choice;
  if (checked_string(r, node, &choice)) *(int *)value = choice;
}

// ---- lists

static bool count_fits(const reading *r, const co_node *node, int count) {
  int low = r->field->min_count, high = r->field->max_count;
  if ((low == 0 && high == 0) || (count >= low && (count <= high || high == 0))) return true;
  const char *noun = count == 1 ? "element" : "elements";
  if (low == high) {
    co_schema_error(r->errors, node, r->key, "has %d %s, allowed exactly %d", count, noun, low);
  } else if (high == 0) {
    co_schema_error(r->errors, node, r->key, "has %d %s, allowed at least %d", count, noun, low);
  } else {
    co_schema_error(r->errors, node, r->key, "has %d %s, allowed %d .. %d", count, noun, low, high);
  }
  return false;
}

typedef void element_reader(const reading *r, const co_node *node, void *value);

// Elements of a list or array, or a scalar as a list of one; returns their memory and sets *count.
static void *read_elements(const reading *r, const co_node *node, size_t size, element_reader *read,
                           int *count) {
  bool scalar = node->kind < CO_NODE_ARRAY;
  *count = 0;
  if (node->kind == CO_NODE_GROUP) {
    wrong_type(r, node, field_text[r->field->kind]);
    return NULL;
  }
  int elements = scalar ? 1 : node->count;
  if (!count_fits(r, node, elements)) return NULL;
  char *memory = allocate(r, (size_t)elements, size);
  for (int i = 0; memory && i < elements; i++) {
    char key[128];
    snprintf(key, sizeof key, "%s.%d", r->key, i);
    reading element = *r;
    if (!scalar) element.key = key;
    read(&element, scalar ? node : node->child[i], memory + (size_t)i * size);
  }
  if (memory) *count = elements;
  return memory;
}

static void read_floats(const reading *r, const co_node *node, void *value) {
  co_floats *floats = value;
  int choice;
  if (r->field->choices && node->kind == CO_NODE_STRING) {
    if (!checked_string(r, node, &choice)) return;
    floats->value = allocate(r, 2, sizeof *floats->value);
    if (!floats->value) return;
    floats->value[0] = -INFINITY;
    floats->value[1] = INFINITY;
    floats->count = 2;
    return;
  }
  floats->value = read_elements(r, node, sizeof(double), read_float, &floats->count);
}

static void read_strings(const reading *r, const co_node *node, void *value) {
  co_strings *strings = value;
  strings->value = read_elements(r, node, sizeof(char *), read_string, &strings->count);
}

// ---- groups

static void read_members(const co_schema *schema, const co_node *node, co_arena *arena, void *value,
                         co_schema_errors *errors);

static void read_group(const reading *r, const co_node *node, void *value) {
  if (node->kind != CO_NODE_GROUP) {
    wrong_type(r, node, field_text[CO_FIELD_GROUP]);
  } else {
    read_members(r->field->child, node, r->arena, value, r->errors);
  }
}

static void read_item(const reading *r, const co_node *node, void *value) {
  co_schema_defaults(r->field->child, value);
  read_group(r, node, value);
}

static void read_list(const reading *r, const co_node *node, void *value) {
  co_list *list = value;
  if (node->kind != CO_NODE_LIST) {
    wrong_type(r, node, field_text[CO_FIELD_LIST]);
  } else {
    list->item = read_elements(r, node, r->field->child->size, read_item, &list->count);
  }
}

static void read_tree(const reading *r, const co_node *node, void *value) {
  (void)r;
  *(const co_node **)value = node;
}

static element_reader *const reader_of_kind[] = {
    [CO_FIELD_BOOL] = read_bool,       [CO_FIELD_INT] = read_int,
    [CO_FIELD_FLOAT] = read_float,     [CO_FIELD_STRING] = read_string,
    [CO_FIELD_CHOICE] = read_choice,   [CO_FIELD_FLOATS] = read_floats,
    [CO_FIELD_STRINGS] = read_strings, [CO_FIELD_GROUP] = read_group,
    [CO_FIELD_LIST] = read_list,       [CO_FIELD_TREE] = read_tree,
};

static const co_field *find_field(const co_schema *schema, const char *key) {
  for (int i = 0; i < schema->count; i++) {
    if (strcmp(schema->field[i].key, key) == 0) return &schema->field[i];
  }
  return NULL;
}

static void unknown_key(const co_schema *schema, const co_node *node, co_schema_errors *errors) {
  co_buf text = {0};
  const char *near = NULL;
  const char **key = co_alloc((size_t)schema->count + 1, sizeof *key);
  for (int i = 0; key && i < schema->count; i++) {
    key[i] = schema->field[i].key;
    co_buf_printf(&text, "%s%s", i ? ", " : "", key[i]);
  }
  if (key) near = co_suggest(node->name, key, schema->count);
  if (near) co_buf_printf(&text, ", did you mean \"%s\"?", near);
  co_schema_error(errors, node, NULL, "unknown key of %s, allowed %s", schema->name,
                  text.size ? text.data : "none");
  free(key);
  co_buf_free(&text);
}

static void report_missing(const co_schema *schema, const co_node *node, co_schema_errors *errors) {
  for (int i = 0; i < schema->count; i++) {
    const co_field *field = &schema->field[i];
    if (!(field->flags & CO_REQUIRED) || co_node_get(node, field->key)) continue;
    const char *doc = field->doc ? field->doc : field_text[field->kind];
    co_schema_error(errors, node, field->key, "missing key of %s, required (%s)", schema->name,
                    doc);
  }
}

static void read_members(const co_schema *schema, const co_node *node, co_arena *arena, void *value,
                         co_schema_errors *errors) {
  int before = errors->count;
  report_missing(schema, node, errors);
  for (int i = 0; i < node->count; i++) {
    const co_node *member = node->child[i];
    const co_field *field = find_field(schema, member->name);
    if (!field) {
      unknown_key(schema, member, errors);
      continue;
    }
    const reading r = {field, field->key, arena, errors};
    reader_of_kind[field->kind](&r, member, (char *)value + field->offset);
  }
  // what depends on several fields is only asked of fields that are right
  bool whole = errors->count == before && !errors->text.failed;
  if (whole && schema->validate) schema->validate(value, node, errors);
}

static void set_unset(const co_schema *schema, char *value) {
  for (int i = 0; i < schema->count; i++) {
    const co_field *field = &schema->field[i];
    if (field->kind == CO_FIELD_FLOAT) *(double *)(value + field->offset) = NAN;
    if (field->kind != CO_FIELD_GROUP) continue;
    set_unset(field->child, value + field->offset);
    if (field->child->defaults) field->child->defaults(value + field->offset);
  }
}

void co_schema_defaults(const co_schema *schema, void *value) {
  memset(value, 0, schema->size);
  set_unset(schema, value);
  if (schema->defaults) schema->defaults(value);
}

void co_schema_read_into(const co_schema *schema, const co_node *node, co_arena *arena, void *value,
                         co_schema_errors *errors) {
  co_schema_defaults(schema, value);
  if (node->kind == CO_NODE_GROUP) {
    read_members(schema, node, arena, value, errors);
  } else {
    const reading r = {NULL, node->name, arena, errors};
    wrong_type(&r, node, field_text[CO_FIELD_GROUP]);
  }
}

co_status co_schema_read(const co_schema *schema, const co_node *node, co_arena *arena,
                         void *value) {
  co_schema_errors errors = {0};
  co_schema_read_into(schema, node, arena, value, &errors);
  return co_schema_finish(&errors);
}
