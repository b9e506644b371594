// Writing: a struct back to the tree that reads to the same struct.

#include "core/config/schema.h"
#include "core/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// A new node of a written tree. No file holds it, so the name of the schema stands for one.
static co_status new_node(const co_schema *schema, co_node_kind kind, const char *name,
                          co_node **out) {
  *out = co_node_new(kind, name, schema->name, 0);
  return *out ? CO_OK : CO_MEMORY;
}

static co_status build_float(const co_schema *schema, const char *name, double value,
                             co_node **out) {
  if (!isfinite(value)) return co_fail(CO_INTERNAL, "%s: a number is not finite", schema->name);
  CO_TRY(new_node(schema, CO_NODE_FLOAT, name, out));
  (*out)->value.real = value;
  return CO_OK;
}

static co_status build_string(const co_schema *schema, const char *name, const char *text,
                              co_node **out) {
  char *copy = co_strdup(text);
  if (!copy) return CO_MEMORY;
  co_status status = new_node(schema, CO_NODE_STRING, name, out);
  if (status == CO_OK) {
    (*out)->value.string = copy;
  } else {
    free(copy);
  }
  return status;
}

static co_status build_tree(const char *name, const co_node *tree, co_node **out) {
  co_node *copy = co_node_copy(tree);
  char *copied_name = co_strdup(name);
  if (!copy || !copied_name) {
    co_node_free(copy);
    free(copied_name);
    return CO_MEMORY;
  }
  free(copy->name);
  copy->name = copied_name;
  *out = copy;
  return CO_OK;
}

static bool is_list(const co_field *field) {
  return field->kind == CO_FIELD_FLOATS || field->kind == CO_FIELD_STRINGS ||
         field->kind == CO_FIELD_LIST;
}

static int count_of(const co_field *field, const char *value) {
  switch (field->kind) {
    case CO_FIELD_FLOATS: return ((const co_floats *)value)->count;
    case CO_FIELD_STRINGS: return ((const co_strings *)value)->count;
    default: return ((const co_list *)value)->count;
  }
}

static bool is_unset(const co_field *field, const char *value) {
  switch (field->kind) {
    case CO_FIELD_FLOAT: return !isfinite(*(const double *)value);
    case CO_FIELD_INT: return (field->flags & CO_ZERO_IS_UNSET) && *(const int64_t *)value == 0;
    case CO_FIELD_STRING: return !*(const char *const *)value;
    case CO_FIELD_TREE: return !*(const co_node *const *)value;
    default: return is_list(field) && count_of(field, value) == 0;
  }
}

// A group that lacks a required key was not there when it was read, and would not read if it were
// written.
static bool lacks_required(const co_schema *schema, const char *value) {
  for (int i = 0; i < schema->count; i++) {
    const co_field *field = &schema->field[i];
    if ((field->flags & CO_REQUIRED) && is_unset(field, value + field->offset)) return true;
  }
  return false;
}

static bool is_usual(const co_field *field, const char *value, const char *usual) {
  switch (field->kind) {
    case CO_FIELD_BOOL: return *(const bool *)value == *(const bool *)usual;
    case CO_FIELD_INT: return *(const int64_t *)value == *(const int64_t *)usual;
    case CO_FIELD_FLOAT: return *(const double *)value == *(const double *)usual;
    case CO_FIELD_CHOICE: return *(const int *)value == *(const int *)usual;
    default: return false;
  }
}

// Whether a member is not written. An empty list is written where the default is another.
static bool is_left_out(const co_field *field, const char *value, const char *usual) {
  if ((field->flags & CO_USUAL_UNWRITTEN) && is_usual(field, value, usual)) return true;
  bool required = field->flags & CO_REQUIRED;
  if (field->kind == CO_FIELD_GROUP) return !required && lacks_required(field->child, value);
  if (!is_list(field)) return is_unset(field, value);
  return !required && is_unset(field, value) && is_unset(field, usual);
}

static co_status build_group(const co_schema *schema, const char *name, const char *value,
                             const char *usual, co_node **out);

static co_status build_item(const co_field *field, const char *item, co_node **out) {
  char *usual = co_alloc(field->child->size, 1);
  if (!usual) return CO_MEMORY;
  co_schema_defaults(field->child, usual);
  co_status status = build_group(field->child, NULL, item, usual, out);
  free(usual);
  return status;
}

static co_status build_element(const co_schema *schema, const co_field *field, const char *name,
                               const char *value, int i, co_node **out) {
  switch (field->kind) {
    case CO_FIELD_FLOATS:
      return build_float(schema, name, ((const co_floats *)value)->value[i], out);
    case CO_FIELD_STRINGS:
      return build_string(schema, name, ((const co_strings *)value)->value[i], out);
    default: {
      const char *items = ((const co_list *)value)->item;
      return build_item(field, items + (size_t)i * field->child->size, out);
    }
  }
}

static bool is_without_bounds(const co_field *field, const char *value) {
  if (field->kind != CO_FIELD_FLOATS || !field->choices) return false;
  const co_floats *floats = (const co_floats *)value;
  return floats->count == 2 && floats->value[0] == -(double)INFINITY &&
         floats->value[1] == (double)INFINITY;
}

// one number or string is written without brackets
static co_status build_list(const co_schema *schema, const co_field *field, const char *value,
                            co_node **out) {
  int count = count_of(field, value);
  if (is_without_bounds(field, value)) {
    return build_string(schema, field->key, field->choices[0], out);
  }
  if (count == 1 && field->kind != CO_FIELD_LIST) {
    return build_element(schema, field, field->key, value, 0, out);
  }
  co_node *list;
  CO_TRY(new_node(schema, CO_NODE_LIST, field->key, &list));
  for (int i = 0; i < count; i++) {
    co_node *element;
    co_status status = build_element(schema, field, NULL, value, i, &element);
    if (status == CO_OK) status = co_node_add(list, element);
    if (status != CO_OK) {
      co_node_free(list);
      return status;
    }
  }
  *out = list;
  return CO_OK;
}

static co_status build_member(const co_schema *schema, const co_field *field, const char *value,
                              const char *usual, co_node **out) {
  const char *key = field->key;
  switch (field->kind) {
    case CO_FIELD_BOOL:
      CO_TRY(new_node(schema, CO_NODE_BOOL, key, out));
      (*out)->value.boolean = *(const bool *)value;
      return CO_OK;
    case CO_FIELD_INT:
      CO_TRY(new_node(schema, CO_NODE_INT, key, out));
      (*out)->value.integer = *(const int64_t *)value;
      return CO_OK;
    case CO_FIELD_FLOAT: return build_float(schema, key, *(const double *)value, out);
    case CO_FIELD_STRING: return build_string(schema, key, *(const char *const *)value, out);
    case CO_FIELD_CHOICE:
      return build_string(schema, key, field->choices[*(const int *)value], out);
    case CO_FIELD_GROUP: return build_group(field->child, key, value, usual, out);
    case CO_FIELD_TREE: return build_tree(key, *(const co_node *const *)value, out);
    default: return build_list(schema, field, value, out);
  }
}

// `usual` is the struct with defaults only
static co_status build_group(const co_schema *schema, const char *name, const char *value,
                             const char *usual, co_node **out) {
  co_node *group;
  CO_TRY(new_node(schema, CO_NODE_GROUP, name, &group));
  for (int i = 0; i < schema->count; i++) {
    const co_field *field = &schema->field[i];
    const char *at = value + field->offset, *usual_at = usual + field->offset;
    if (is_left_out(field, at, usual_at)) continue;
    co_node *member;
    co_status status = build_member(schema, field, at, usual_at, &member);
    if (status == CO_OK) status = co_node_add(group, member);
    if (status != CO_OK) {
      co_node_free(group);
      return status;
    }
  }
  *out = group;
  return CO_OK;
}

co_status co_schema_to_tree(const co_schema *schema, const void *value, co_node **out) {
  *out = NULL;
  char *usual = co_alloc(schema->size, 1);
  if (!usual) return CO_MEMORY;
  co_schema_defaults(schema, usual);
  co_status status = build_group(schema, NULL, value, usual, out);
  free(usual);
  return status;
}

co_status co_schema_write(const co_schema *schema, const void *value, co_buf *buf) {
  co_node *tree;
  CO_TRY(co_schema_to_tree(schema, value, &tree));
  co_tree_write(tree, buf);
  co_node_free(tree);
  return co_buf_status(buf);
}
