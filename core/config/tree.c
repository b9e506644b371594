// Nodes, and edits by path.

#include "core/config/tree.h"

#include "core/memory.h"
#include "core/text.h"

#include <assert.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char edit_file[] = "--set";

co_node *co_node_new(co_node_kind kind, const char *name, const char *file, int line) {
  co_node *node = co_alloc(1, sizeof *node);
  if (!node) return NULL;
  node->kind = kind;
  node->line = line;
  node->name = name ? co_strdup(name) : NULL;
  node->file = co_strdup(file);
  if ((name && !node->name) || !node->file) {
    co_node_free(node);
    return NULL;
  }
  return node;
}

// A key of an edited group stands behind the group's path; all others are the path itself.
static void put_path(const co_node *node, const char *key, co_buf *out) {
  size_t length = strlen(node->path), size = key ? strlen(key) : 0;
  bool ends = size && size <= length && strcmp(node->path + length - size, key) == 0;
  co_buf_puts(out, node->path);
  if (node->kind == CO_NODE_GROUP && key && !ends) co_buf_printf(out, ".%s", key);
}

void co_node_place(const co_node *node, const char *key, co_buf *out) {
  co_buf_puts(out, node->file);
  if (node->line) co_buf_printf(out, ":%d", node->line);
  co_buf_puts(out, ": ");
  if (node->path)
    put_path(node, key, out);
  else if (key)
    co_buf_puts(out, key);
  if (node->path || key) co_buf_puts(out, ": ");
}

co_status co_node_fail(co_status status, const co_node *node, const char *key, const char *format,
                       ...) {
  char text[CO_ERROR_MAX];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  co_buf place = {0};
  co_node_place(node, key, &place);
  if (co_buf_status(&place) == CO_OK) status = co_fail(status, "%s%s", place.data, text);
  co_buf_free(&place);
  return status;
}

void co_node_free(co_node *node) {
  if (!node) return;
  for (int i = 0; i < node->count; i++) co_node_free(node->child[i]);
  if (node->kind == CO_NODE_STRING) free(node->value.string);
  free(node->child);
  free(node->name);
  free(node->file);
  free(node->path);
  free(node);
}

co_status co_node_add(co_node *parent, co_node *child) {
  assert(parent->kind >= CO_NODE_ARRAY && (parent->kind == CO_NODE_GROUP) == (child->name != NULL));
  if ((parent->count & (parent->count - 1)) == 0) {  // full at every power of two
    size_t capacity = parent->count ? 2 * (size_t)parent->count : 1;
    co_node **more = co_realloc(parent->child, capacity, sizeof(co_node *));
    if (!more) {
      co_node_free(child);
      return CO_MEMORY;
    }
    parent->child = more;
  }
  parent->child[parent->count++] = child;
  return CO_OK;
}

static int find_member(const co_node *group, const char *name, size_t size) {
  for (int i = 0; i < group->count; i++) {
    const char *other = group->child[i]->name;
    if (strncmp(other, name, size) == 0 && other[size] == '\0') return i;
  }
  return -1;
}

co_node *co_node_get(const co_node *group, const char *name) {
  if (group->kind != CO_NODE_GROUP) return NULL;
  int index = find_member(group, name, strlen(name));
  return index < 0 ? NULL : group->child[index];
}

co_node *co_node_copy(const co_node *node) {
  co_node *copy = co_node_new(node->kind, node->name, node->file, node->line);
  if (!copy) return NULL;
  if (node->kind == CO_NODE_STRING) {
    copy->value.string = co_strdup(node->value.string);
  } else {
    copy->value = node->value;
  }
  copy->path = node->path ? co_strdup(node->path) : NULL;
  bool whole = (node->kind != CO_NODE_STRING || copy->value.string) && !node->path == !copy->path;
  for (int i = 0; whole && i < node->count; i++) {
    co_node *child = co_node_copy(node->child[i]);
    whole = child && co_node_add(copy, child) == CO_OK;
  }
  if (whole) return copy;
  co_node_free(copy);
  return NULL;
}

static int depth_of(const co_node *node) {
  int deepest = 0;
  for (int i = 0; i < node->count; i++) {
    int depth = depth_of(node->child[i]);
    if (depth > deepest) deepest = depth;
  }
  return deepest + (node->kind >= CO_NODE_ARRAY);
}

// An edit has no lines, but what --set calls it and what is in it.
static co_status mark_edit(co_node *node, const char *path) {
  node->line = 0;
  node->path = co_strdup(path);
  if (!node->path) return CO_MEMORY;
  co_status status = CO_OK;
  for (int i = 0; status == CO_OK && i < node->count; i++) {
    co_node *child = node->child[i];
    co_buf below = {0};
    co_buf_printf(&below, "%s.", path);
    if (child->name)
      co_buf_puts(&below, child->name);
    else
      co_buf_printf(&below, "%d", i);
    status = co_buf_status(&below);
    if (status == CO_OK) status = mark_edit(child, below.data);
    co_buf_free(&below);
  }
  return status;
}

// An assignment taken apart: where the value goes.
typedef struct place {
  const char *path, *last;  // in the assignment
  size_t path_size, last_size;
  co_node *parent;
  int index;  // of the child to replace; parent->count appends
  int depth;  // of the parent
} place;

#define FAIL(place, format, ...) \
  co_fail(CO_CONFIG, "--set: %.*s: " format, (int)(place)->path_size, (place)->path, __VA_ARGS__)

static const char *nearest_member(const co_node *group, const char *word) {
  const char *near = NULL;
  const char **name = co_alloc((size_t)group->count + 1, sizeof *name);
  for (int i = 0; name && i < group->count; i++) name[i] = group->child[i]->name;
  if (name) near = co_suggest(word, name, group->count);
  free(name);
  return near;
}

static co_status fail_no_member(const place *p, const co_node *group, const char *name,
                                size_t size) {
  char word[80];
  snprintf(word, sizeof word, "%.*s", (int)size, name);
  const char *near = nearest_member(group, word);
  if (near) return FAIL(p, "there is no \"%s\", did you mean \"%s\"?", word, near);
  return FAIL(p, "there is no \"%s\"", word);
}

// Position of a path's element in `node`; its count where the element may be new.
static co_status find_element(const place *p, const co_node *node, const char *name, size_t size,
                              int *index) {
  if (size == 0) return FAIL(p, "%s", "the path has an empty element");
  if (node->kind < CO_NODE_ARRAY)
    return FAIL(p, "a value has no element \"%.*s\"", (int)size, name);
  if (node->kind == CO_NODE_GROUP) {
    *index = find_member(node, name, size);
    if (*index < 0) *index = node->count;
    return CO_OK;
  }
  int64_t number = -1;
  char digits[12] = "";
  if (size < sizeof digits) memcpy(digits, name, size);
  if (strspn(digits, "0123456789") != size || !co_parse_int(digits, &number) || number > INT_MAX) {
    return FAIL(p, "\"%.*s\" is not an index of a list", (int)size, name);
  }
  if (number > node->count) {
    return FAIL(p, "there is no element %d, the list has %d", (int)number, node->count);
  }
  *index = (int)number;
  return CO_OK;
}

static co_status find_place(co_node *root, place *p) {
  const char *at = p->path, *end = p->path + p->path_size;
  p->parent = root;
  for (p->depth = 0; p->depth < CO_TREE_DEPTH; p->depth++) {
    const char *dot = memchr(at, '.', (size_t)(end - at));
    size_t size = (size_t)((dot ? dot : end) - at);
    CO_TRY(find_element(p, p->parent, at, size, &p->index));
    if (!dot) {
      p->last = at;
      p->last_size = size;
      return CO_OK;
    }
    if (p->index == p->parent->count) {
      if (p->parent->kind == CO_NODE_GROUP) return fail_no_member(p, p->parent, at, size);
      return FAIL(p, "there is no element %d, the list has %d", p->index, p->parent->count);
    }
    p->parent = p->parent->child[p->index];
    at = dot + 1;
  }
  return FAIL(p, "nested more than %d deep", CO_TREE_DEPTH);
}

// A word that is a string without quotes: foot*|floor, actor.mean.*, ../hopper.cfg. What begins
// like a number is none.
static bool is_bare_string(const char *text) {
  static const char number[] = "0123456789abcdefABCDEFxXlL+-.";
  if (!*text || strpbrk(text, " \t\r\n\f\"(){}[];=,")) return false;
  if (strcasecmp(text, "true") == 0 || strcasecmp(text, "false") == 0) return false;
  const char *digits = text + (*text == '+' || *text == '-');
  digits += *digits == '.';
  bool like_number = *digits >= '0' && *digits <= '9' && strspn(text, number) == strlen(text);
  return !like_number;
}

// a key that a file could hold
static bool is_key(const char *text) {
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ*"
  bool boolean = strcasecmp(text, "true") == 0 || strcasecmp(text, "false") == 0;
  return !boolean && strchr(LETTERS, *text) && strspn(text, LETTERS "0123456789_-") == strlen(text);
}

static co_status parse_value(const place *p, const char *key, const char *text, co_node **out) {
  if (is_bare_string(text)) {
    co_node *node = co_node_new(CO_NODE_STRING, key, edit_file, 0);
    if (node) node->value.string = co_strdup(text);
    if (!node || !node->value.string) {
      co_node_free(node);
      return CO_MEMORY;
    }
    *out = node;
    return CO_OK;
  }
  co_buf line = {0};
  co_buf_printf(&line, "%s = %s\n;", key, text);
  co_node *root = NULL;
  co_status status = co_buf_status(&line);
  if (status == CO_OK) status = co_tree_parse(line.data, edit_file, &root);
  co_buf_free(&line);
  if (status == CO_CONFIG) {
    const char *what = strchr(co_error_text(), ' ') + 1;  // behind "--set:1:"
    size_t size = strlen(key);
    if (strncmp(what, key, size) == 0 && what[size] == ':') what += size + 2;
    return FAIL(p, "cannot read the value: %s", what);
  }
  if (status != CO_OK) return status;
  if (root->count == 1) {
    *out = root->child[0];
    root->count = 0;
  } else {
    status = FAIL(p, "%s", "more than one value");
  }
  co_node_free(root);
  return status;
}

static co_status put(place *p, co_node *value) {
  co_node *parent = p->parent;
  if (p->depth + 1 + depth_of(value) > CO_TREE_DEPTH) {
    co_node_free(value);
    return FAIL(p, "nested more than %d deep", CO_TREE_DEPTH);
  }
  if (parent->kind != CO_NODE_GROUP) {
    free(value->name);
    value->name = NULL;
  }
  if (p->index == parent->count) {
    CO_TRY(co_node_add(parent, value));
  } else {
    co_node_free(parent->child[p->index]);
    parent->child[p->index] = value;
  }
  // an array holds one type of scalars; a list may hold anything
  for (int i = 0; parent->kind == CO_NODE_ARRAY && i < parent->count; i++) {
    const co_node *child = parent->child[i];
    bool fits = child->kind < CO_NODE_ARRAY && child->kind == parent->child[0]->kind;
    if (!fits) parent->kind = CO_NODE_LIST;
  }
  return CO_OK;
}

co_status co_tree_set(co_node *root, const char *assignment) {
  const char *equals = strchr(assignment, '=');
  if (!equals) return co_fail(CO_CONFIG, "--set: \"%.80s\" is not path=value", assignment);
  place p = {.path = assignment, .path_size = (size_t)(equals - assignment)};
  CO_TRY(find_place(root, &p));
  char key[256] = "value";
  if (p.parent->kind == CO_NODE_GROUP) {
    if (p.last_size >= sizeof key) return FAIL(&p, "%s", "the last element is too long");
    memcpy(key, p.last, p.last_size);
    key[p.last_size] = '\0';
  }
  if (!equals[1]) return FAIL(&p, "%s", "no value; an empty string is written \"\"");
  if (!is_key(key)) return FAIL(&p, "\"%s\" is not a key: letters, digits, _ - * only", key);
  co_node *value = NULL;
  CO_TRY(parse_value(&p, key, equals + 1, &value));
  char *path = co_strndup(assignment, p.path_size);
  co_status status = path ? mark_edit(value, path) : CO_MEMORY;
  free(path);
  if (status == CO_OK) return put(&p, value);
  co_node_free(value);
  return status;
}
