#include "transfer/run/private/generations.h"

#include "core/clock.h"
#include "core/file.h"
#include "core/log.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// A checkpoint that took c seconds is followed by 50 c without one: how long fsync takes is the
// disk's affair, and nobody should have to know.
static const double least_share = 50;

// ---- reading ----

static char *slot_path(const co_generations *g, int slot) {
  char name[24];
  snprintf(name, sizeof name, "checkpoint.%d", slot);
  return co_path_join(g->folder, name);
}

static co_status remove_entry(const co_generations *g, const char *name) {
  char *path = co_path_join(g->folder, name);
  if (!path) return CO_MEMORY;
  bool failed = co_file_exists(path) && remove(path) != 0;
  free(path);
  return failed ? co_fail(CO_IO, "%s: cannot remove %s", g->folder, name) : CO_OK;
}

static co_status parse(const co_generations *g, co_generation *out) {
  CO_TRY(co_file_read(out->path, 0, &out->bytes));
  CO_TRY(co_pack_parse(out->bytes.data, out->bytes.size, out->path, &out->pack));
  uint64_t identity;
  int64_t number;
  CO_TRY(co_pack_read(&out->pack, "identity", &identity, sizeof identity));
  CO_TRY(co_pack_read(&out->pack, "generation", &number, sizeof number));
  if (number < 1 || number == INT64_MAX)
    return co_fail(CO_DATA, "%s: generation: out of range", out->path);
  if (identity == g->identity) out->number = number;
  return CO_OK;
}

// What cannot be read is as good as not there; only a lack of memory is not the file's fault.
static co_status read_slot(co_generations *g, int slot) {
  co_generation *generation = &g->generation[slot];
  generation->path = slot_path(g, slot);
  if (!generation->path) return CO_MEMORY;
  co_file_remove_temporaries(generation->path);
  if (!co_file_exists(generation->path)) return CO_OK;
  co_status status = parse(g, generation);
  if (status == CO_OK && generation->number) return CO_OK;
  g->foreign |= status == CO_OK;
  g->damaged |= status != CO_OK;
  if (status != CO_OK)
    co_log(CO_LOG_WARNING, "%s: damaged checkpoint left out: %s", g->name, co_error_text());
  co_generation_drop(generation);
  return status == CO_MEMORY ? status : CO_OK;
}

co_status co_generations_open(const char *folder, const char *name, uint64_t identity,
                              double period, co_generations *out) {
  co_generations g = {
      .folder = folder, .name = name, .identity = identity, .period = period, .next = 1};
  co_status status = CO_OK;
  bool exists = co_dir_exists(folder);
  for (int slot = 0; exists && slot < CO_GENERATIONS && status == CO_OK; slot++)
    status = read_slot(&g, slot);
  if (status != CO_OK) {
    co_generations_close(&g);
    return status;
  }
  g.tried = co_clock_wall();
  *out = g;
  return CO_OK;
}

void co_generation_drop(co_generation *generation) {
  co_pack_free(&generation->pack);
  co_buf_free(&generation->bytes);
  free(generation->path);
  *generation = (co_generation){0};
}

void co_generations_close(co_generations *g) {
  for (int slot = 0; slot < CO_GENERATIONS; slot++) co_generation_drop(&g->generation[slot]);
}

co_generation *co_generations_newest(co_generations *g) {
  int newest = g->generation[1].number > g->generation[0].number;
  if (!g->generation[newest].number) return NULL;
  g->next = g->generation[newest].number + 1;
  g->slot = 1 - newest;
  return &g->generation[newest];
}

co_status co_generations_clear(co_generations *g) {
  co_generations_close(g);
  g->next = 1;
  g->slot = 0;
  co_names names;
  if (!co_dir_exists(g->folder)) return CO_OK;
  CO_TRY(co_dir_list(g->folder, &names));
  co_status status = CO_OK;
  for (int i = 0; i < names.count && status == CO_OK; i++)
    if (strcmp(names.name[i], "lock") != 0) status = remove_entry(g, names.name[i]);
  co_names_free(&names);
  return status;
}

// ---- writing ----

bool co_generations_are_due(const co_generations *g) {
  if (g->period == 0) return true;
  return co_clock_wall() - g->tried >= fmax(g->period, least_share * g->cost);
}

co_status co_generations_begin(co_generations *g, co_buf *pack) {
  g->tried = co_clock_wall();
  CO_TRY(co_dir_create(g->folder));
  pack->size = 0;
  co_pack_begin(pack);
  co_pack_add(pack, "identity", &g->identity, sizeof g->identity);
  co_pack_add(pack, "generation", &g->next, sizeof g->next);
  return CO_OK;
}

// The older generation is the one that is replaced, so what fails here costs nothing.
co_status co_generations_commit(co_generations *g, co_buf *pack) {
  co_pack_end(pack);
  CO_TRY(co_buf_status(pack));
  char *path = slot_path(g, g->slot);
  if (!path) return CO_MEMORY;
  co_status status = co_file_write(path, pack->data, pack->size);
  free(path);
  double now = co_clock_wall();
  g->cost = now - g->tried;
  g->tried = now;
  CO_TRY(status);
  g->next++;
  g->slot = 1 - g->slot;
  return CO_OK;
}
