#include "agents/data/convert.h"

#include "agents/data/csv.h"
#include "agents/data/hdf5.h"
#include "agents/data/npz.h"
#include "agents/data/writer.h"
#include "agents/formats/magic.h"
#include "core/file.h"
#include "core/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static co_status read_own(const char *path, const co_data_sink *sink, co_data_problems *problems) {
  (void)problems;
  co_data_set set;
  CO_TRY(co_data_set_open(path, &set));
  co_status status = co_data_sink_set(&set, sink);
  co_data_set_close(&set);
  return status;
}

enum { OWN, NPZ, CSV, MINARI, HDF5, NUM_FORMATS };
static const co_data_format formats[NUM_FORMATS] = {
    [OWN] = {"codata", {".codata"}, read_own, NULL},
    [NPZ] = {"npz", {".npz"}, co_data_npz_read, co_data_npz_write},
    [CSV] = {"csv", {".csv"}, co_data_csv_read, co_data_csv_write},
    // its ending is one of the next, too: the first counts
    [MINARI] = {"minari", {".minari.hdf5"}, co_data_hdf5_read, co_data_minari_write},
    [HDF5] = {"hdf5", {".hdf5", ".h5"}, co_data_hdf5_read, co_data_hdf5_write},
};

static bool ends_with(const char *path, const char *ending) {
  size_t length = strlen(path), size = strlen(ending);
  return length > size && strcmp(path + length - size, ending) == 0;
}

co_status co_data_format_for(const char *path, const co_data_format **out) {
  for (int i = 0; i < NUM_FORMATS; i++)
    for (const char *const *ending = formats[i].endings; *ending; ending++)
      if (ends_with(path, *ending)) {
        *out = &formats[i];
        return CO_OK;
      }
  char list[128] = "";
  for (int i = 0; i < NUM_FORMATS; i++)
    for (const char *const *ending = formats[i].endings; *ending; ending++) {
      size_t used = strlen(list);
      snprintf(list + used, sizeof list - used, "%s*%s", used ? ", " : "", *ending);
    }
  return co_fail(CO_USAGE, "%s: its name does not say which format it is to be: %s", path, list);
}

// Text has no first bytes of its own: there the name decides.
static co_status look(const char *path, const co_file_map *map, const co_data_format **out) {
  static const struct {
    const char *bytes;
    int size, format;
  } magics[] = {{"CODATA01", 8, OWN},
                {"PK\x03\x04", 4, NPZ},
                {"PK\x05\x06", 4, NPZ},
                {"\x89HDF\r\n", 6, HDF5}};
  for (size_t i = 0; i < sizeof magics / sizeof *magics; i++)
    if (map->size >= (size_t)magics[i].size &&
        memcmp(map->bytes, magics[i].bytes, (size_t)magics[i].size) == 0) {
      *out = &formats[magics[i].format];
      return CO_OK;
    }
  co_status named = co_data_format_for(path, out);
  if (named == CO_OK) return CO_OK;
  const char *other = co_magic_name(map->bytes, map->size);
  return co_fail(CO_DATA, "%s: offset 0: this is %s, not a data set", path,
                 other ? other : "of no known format");
}

co_status co_data_format_of(const char *path, const co_data_format **out) {
  co_file_map map;
  CO_TRY(co_file_map_open(path, &map));
  co_status status = look(path, &map, out);
  co_file_map_close(&map);
  return status;
}

// ---- conversions

// A set that is being written from what a format holds.
typedef struct set_sink {
  const char *path;
  co_data_writer *writer;
} set_sink;

static co_status begin_set(void *context, const co_data_about *about) {
  set_sink *to = context;
  return co_data_writer_create(to->path, about, &to->writer);
}

static co_status add_to_set(void *context, const co_data_transition *transition) {
  return co_data_writer_add(((set_sink *)context)->writer, transition);
}

static co_status into_set(const co_data_format *format, const char *from, const char *to,
                          co_data_problems *problems) {
  set_sink set = {.path = to};
  const co_data_sink sink = {&set, begin_set, add_to_set};
  co_status status = format->read(from, &sink, problems);
  if (status == CO_OK) status = co_data_writer_commit(set.writer);
  co_data_writer_destroy(set.writer);
  return status;
}

static co_status out_of_set(const char *from, const co_data_format *format, const char *to) {
  co_data_set set;
  CO_TRY(co_data_set_open(from, &set));
  co_status status = format->write(&set, to);
  co_data_set_close(&set);
  return status;
}

static co_status by_a_set(const co_data_format *source, const char *from,
                          const co_data_format *target, const char *to,
                          co_data_problems *problems) {
  size_t size = strlen(to) + 32;
  char *between = co_alloc(size, 1);
  if (!between) return CO_MEMORY;
  snprintf(between, size, "%s.between.codata", to);
  co_status status = into_set(source, from, between, problems);
  if (status == CO_OK) {
    status = out_of_set(between, target, to);
    co_status removed = co_file_remove(between);
    if (status == CO_OK) status = removed;
  }
  free(between);
  return status;
}

co_status co_data_convert(const char *from, const char *to, co_data_problems *problems) {
  const co_data_format *source, *target;
  CO_TRY(co_data_format_for(to, &target));
  CO_TRY(co_data_format_of(from, &source));
  if (!target->write) return into_set(source, from, to, problems);
  if (!source->write) return out_of_set(from, target, to);
  return by_a_set(source, from, target, to, problems);
}
