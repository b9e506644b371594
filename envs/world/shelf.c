#include "envs/world/shelf.h"

#include "core/memory.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

typedef struct place {
  char *key;  // owned
  co_draws draws;
  bool has_draws;          // of its domain: else every `draws` is the same
  co_shared_world *world;  // kept
  int64_t asked;           // when it was asked for last
} place;

struct co_world_shelf {
  pthread_mutex_t lock;
  place place[CO_SHELF_WORLDS];
  int count;
  int64_t now, builds;
};

co_status co_world_shelf_create(co_world_shelf **out) {
  co_world_shelf *shelf = co_alloc(1, sizeof *shelf);
  if (!shelf) return CO_MEMORY;
  pthread_mutex_init(&shelf->lock, NULL);
  *out = shelf;
  return CO_OK;
}

static void clear(place *at) {
  co_shared_world_drop(at->world);
  free(at->key);
  *at = (place){0};
}

void co_world_shelf_free(co_world_shelf *shelf) {
  if (!shelf) return;
  for (int i = 0; i < shelf->count; i++) clear(&shelf->place[i]);
  pthread_mutex_destroy(&shelf->lock);
  free(shelf);
}

// No domain and an empty list of shifts are the same world.
static void write_domain(const co_node *domain, co_buf *out) {
  if (domain && domain->kind == CO_NODE_STRING) {
    co_buf_printf(out, "file %s\n", domain->value.string);
    return;
  }
  for (int i = 0; domain && i < domain->count; i++) {
    co_tree_write(domain->child[i], out);
    co_buf_puts(out, "\n");
  }
}

// What the world is, but for `draws`.
static co_status write_key(const co_world *world, co_buf *out) {
  const co_task_text *held = &world->held;
  co_buf_printf(out, "task %s\n", world->task);
  if (held->text)
    co_buf_printf(out, "text %s\nfolder %s\nmodel %s\n", held->text,
                  held->folder ? held->folder : "", held->model ? held->model : "");
  for (int i = 0; i < world->num_set; i++) co_buf_printf(out, "set %s\n", world->set[i]);
  if (world->map) co_buf_printf(out, "map %s\n", world->map);
  write_domain(world->domain, out);
  return co_buf_status(out);
}

static place *find(co_world_shelf *shelf, const char *key, co_draws draws) {
  for (int i = 0; i < shelf->count; i++) {
    place *at = &shelf->place[i];
    if (strcmp(at->key, key) == 0 && (at->draws == draws || !at->has_draws)) return at;
  }
  return NULL;
}

// A free place, or that of the world nobody has asked for the longest.
static place *make_room(co_world_shelf *shelf) {
  if (shelf->count < CO_SHELF_WORLDS) return &shelf->place[shelf->count++];
  place *oldest = &shelf->place[0];
  for (int i = 1; i < shelf->count; i++) {
    if (shelf->place[i].asked < oldest->asked) oldest = &shelf->place[i];
  }
  clear(oldest);
  return oldest;
}

static bool has_draws(const co_env_info *info) {
  for (int i = 0; i < info->num_shifts; i++) {
    if (*info->shift[i].distribution) return true;
  }
  return false;
}

// `key` moves onto the shelf.
static co_status build(co_world_shelf *shelf, const co_world *world, co_buf *key, place **out) {
  co_shared_world *built = NULL;
  CO_TRY(co_shared_world_build(world, &built));
  shelf->builds++;
  *out = make_room(shelf);
  **out = (place){.key = key->data,
                  .draws = world->draws,
                  .has_draws = has_draws(&co_shared_world_get(built)->info),
                  .world = built};
  *key = (co_buf){0};
  return CO_OK;
}

static co_status take(co_world_shelf *shelf, const co_world *world, co_shared_world **out) {
  co_buf key = {0};
  co_status status = write_key(world, &key);
  place *at = status == CO_OK ? find(shelf, key.data, world->draws) : NULL;
  if (status == CO_OK && !at) status = build(shelf, world, &key, &at);
  co_buf_free(&key);
  CO_TRY(status);
  at->asked = ++shelf->now;
  *out = co_shared_world_keep(at->world);
  return CO_OK;
}

co_status co_world_shelf_take(co_world_shelf *shelf, const co_world *world, co_shared_world **out) {
  assert(world && out);
  if (!shelf) return co_shared_world_build(world, out);
  pthread_mutex_lock(&shelf->lock);
  co_status status = take(shelf, world, out);
  pthread_mutex_unlock(&shelf->lock);
  return status;
}

int64_t co_world_shelf_builds(co_world_shelf *shelf) {
  pthread_mutex_lock(&shelf->lock);
  int64_t builds = shelf->builds;
  pthread_mutex_unlock(&shelf->lock);
  return builds;
}
