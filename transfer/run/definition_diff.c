// What differs between two effective definitions (transfer/run/definition.h), value by value.

#include "transfer/run/definition.h"

#include <stdio.h>
#include <string.h>

enum {
  MOST_DEPTH = 8,
  MOST_NAME = 48,                                      // bytes of one name that are told
  MOST_PATH = (MOST_DEPTH + 1) * (MOST_NAME + 8) + 1,  // names, dots and counts always fit
  MOST_LEAVES = 500,                                   // a definition has about fifty
  MOST_TOLD = 5,                                       // differences
  MOST_SHOWN = 60,                                     // bytes of a value
};

// One "path = value" of a definition's text. Paths of what comes several times, as shifts and rules
// do, end in a count: "world.shift", "world.shift.1".
typedef struct leaf {
  const char *path, *value;
} leaf;

typedef struct leaves {
  leaf *leaf;  // (count), in the arena
  int count;
  co_arena *arena;
} leaves;

static const leaf *find(const leaves *all, const char *path) {
  for (int i = 0; i < all->count; i++)
    if (strcmp(all->leaf[i].path, path) == 0) return &all->leaf[i];
  return NULL;
}

// Whether a value or a group of this path is there already.
static bool is_taken(const leaves *all, const char *path) {
  size_t length = strlen(path);
  for (int i = 0; i < all->count; i++)
    if (strncmp(all->leaf[i].path, path, length) == 0 &&
        (all->leaf[i].path[length] == '\0' || all->leaf[i].path[length] == '.'))
      return true;
  return false;
}

static void add_leaf(leaves *all, const char *path, const char *value, size_t size) {
  char *kept = co_arena_alloc(all->arena, size + 1, 1);
  const char *name = co_arena_strdup(all->arena, path);
  if (!kept || !name) return;
  memcpy(kept, value, size);
  all->leaf[all->count++] = (leaf){name, kept};
}

// The end of a value: the next semicolon outside of quotes and brackets.
static const char *end_of_value(const char *at) {
  bool quoted = false;
  for (int depth = 0; *at; at++) {
    if (*at == '"') quoted = !quoted;
    if (*at == '\\' && quoted && at[1]) at++;
    if (quoted) continue;
    if (strchr("({[", *at)) depth++;
    if (strchr(")}]", *at)) depth--;
    if (*at == ';' && depth == 0) break;
  }
  return at;
}

static const char *skip(const char *at, const char *set) {
  return at + strspn(at, set);
}

// Members up to the end of their group, whose brace is left for the caller. Text that is no
// definition ends the reading early: then less is told.
static const char *read_members(leaves *all, const char *prefix, int depth, const char *at) {
  char path[MOST_PATH];
  for (at = skip(at, " \n;"); *at && *at != '}'; at = skip(at, " \n;")) {
    size_t length = strcspn(at, " =;{}\n");
    int told = length < MOST_NAME ? (int)length : MOST_NAME;
    snprintf(path, sizeof path, "%s%.*s", prefix, told, at);
    for (int i = 1; is_taken(all, path); i++)
      snprintf(path, sizeof path, "%s%.*s.%d", prefix, told, at, i);
    at = skip(at + length, " =");
    if (all->arena->failed || all->count == MOST_LEAVES) return at + strlen(at);
    if (*at == '{' && depth < MOST_DEPTH) {
      strncat(path, ".", sizeof path - strlen(path) - 1);
      at = read_members(all, path, depth + 1, at + 1);
      at += *at == '}';
    } else {
      const char *end = end_of_value(at);
      add_leaf(all, path, at, (size_t)(end - at));
      at = end;
    }
  }
  return at;
}

static co_status read_leaves(const char *text, co_arena *arena, leaves *out) {
  *out = (leaves){.leaf = co_arena_alloc(arena, MOST_LEAVES, sizeof(leaf)), .arena = arena};
  if (!out->leaf) return CO_MEMORY;
  read_members(out, "", 0, text);
  return co_arena_status(arena);
}

static void put_value(const leaf *of, co_buf *out) {
  const char *text = of ? of->value : "none";
  bool cut = strlen(text) > MOST_SHOWN;
  co_buf_printf(out, "%.*s%s", MOST_SHOWN, text, cut ? "..." : "");
}

// Counts differences, and writes the first ones.
static void put_difference(const char *path, const leaf *old, const leaf *now, int *count,
                           co_buf *out) {
  if (old && now && strcmp(old->value, now->value) == 0) return;
  if ((*count)++ >= MOST_TOLD) return;
  co_buf_printf(out, "%s%s ", *count > 1 ? ", " : "", path);
  put_value(old, out);
  co_buf_puts(out, " -> ");
  put_value(now, out);
}

co_status co_definition_diff(const char *old, const char *now, co_buf *out) {
  co_arena arena = {0};
  leaves before, after;
  int count = 0;
  co_status status = read_leaves(old, &arena, &before);
  if (status == CO_OK) status = read_leaves(now, &arena, &after);
  for (int i = 0; status == CO_OK && i < before.count; i++)
    put_difference(before.leaf[i].path, &before.leaf[i], find(&after, before.leaf[i].path), &count,
                   out);
  for (int i = 0; status == CO_OK && i < after.count; i++)
    if (!find(&before, after.leaf[i].path))
      put_difference(after.leaf[i].path, NULL, &after.leaf[i], &count, out);
  if (count > MOST_TOLD) co_buf_printf(out, " and %d more", count - MOST_TOLD);
  co_arena_free(&arena);
  return status == CO_OK ? co_buf_status(out) : status;
}
