// Files: whole reads, atomic writes, folders, locks, lookup of data files.
//
// A written file is complete or not there: temporary name in the same folder, fsync, rename, fsync
// of the folder. All errors name the path and the system's reason. Thread-safe for different paths.

#ifndef CORE_FILE_H_
#define CORE_FILE_H_

#include "core/buf.h"
#include "core/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Reads a regular file as a whole (a NUL is added after the end). CO_NO_INPUT when missing, CO_DATA
// when larger than `limit` bytes (0: 1 GiB), CO_IO otherwise. Free with co_buf_free.
co_status co_file_read(const char *path, size_t limit, co_buf *out);

// A regular file's bytes without reading them: the system does, as they are looked at. A file that
// is cut short meanwhile ends the process (SIGBUS). CO_NO_INPUT, CO_IO.
typedef struct co_file_map {
  const void *bytes;  // (size), aligned to a page
  size_t size;        // 0: there is nothing to close
} co_file_map;
co_status co_file_map_open(const char *path, co_file_map *out);
void co_file_map_close(co_file_map *map);

// xxh3-64 of all of it. CO_NO_INPUT, CO_IO.
co_status co_file_hash(const char *path, uint64_t *out);

// Writes atomically. CO_CREATE when the file can't be made (its folder has to exist; a device or
// other special file is not replaced, a symbolic link is), CO_IO when writing fails (disk full,
// ...); the old file stays as it was and the temporary one is removed. Only where the folder cannot
// be synced afterwards, CO_IO leaves the new file.
co_status co_file_write(const char *path, const void *bytes, size_t size);
// The same without fsync: whole after a kill, and after a power cut only once co_file_sync has been
// through.
co_status co_file_put(const char *path, const void *bytes, size_t size);

// The same for what is written piece by piece: begin, then as many writes as wanted, then commit or
// discard, each of which ends it (a discard of one that was ended, or never begun, does nothing).
// Until the commit the old file stays as it was. A commit that fails has discarded. Statuses as
// above. One thread at a time.
typedef struct co_file_out {
  char *path, *temporary;  // owned; NULL: not begun
  int fd;
} co_file_out;
co_status co_file_out_begin(const char *path, co_file_out *out);
co_status co_file_out_write(co_file_out *out, const void *bytes, size_t size);
// Writes over what stands at an offset; later writes go on behind the end.
co_status co_file_out_patch(co_file_out *out, size_t at, const void *bytes, size_t size);
co_status co_file_out_commit(co_file_out *out);
void co_file_out_discard(co_file_out *out);

// Removes what co_file_write of this path left where its process died. Only for who alone writes
// the path; one that stays does no harm.
void co_file_remove_temporaries(const char *path);
// The same for every path in a folder, which holds nothing but what one process writes at a time.
void co_dir_remove_temporaries(const char *path);

// Cuts the file at `at` bytes and writes behind, synced: for files that grow and whose reader knows
// how much of them counts. Created when `at` is 0. CO_CREATE, CO_IO; CO_DATA when it is shorter.
co_status co_file_append(const char *path, size_t at, const void *bytes, size_t size);
// Returns when what has been written to the file is on the disk. CO_NO_INPUT, CO_IO.
// co_file_begin_sync lets the disk begin, so that of several files the first sync takes most of the
// time of all.
void co_file_begin_sync(const char *path);
co_status co_file_sync(const char *path);
co_status co_file_remove(const char *path);  // fine when missing; CO_IO
bool co_file_exists(const char *path);
bool co_dir_exists(const char *path);
// Both are there and are one file, whatever ways lead to it.
bool co_file_same(const char *a, const char *b);
co_status co_dir_create(const char *path);  // with parents; fine when it exists
co_status co_dir_remove(const char *path);  // with contents; fine when missing; never follows links

// Names of the entries of a folder, sorted by bytes, without . and .. ; free with co_names_free.
typedef struct co_names {
  char **name;  // (count), owned
  int count;
} co_names;
co_status co_dir_list(const char *path, co_names *out);
void co_names_free(co_names *names);

// Joins with one slash; the result is owned by the caller (NULL, and its sentence, when out of
// memory).
char *co_path_join(const char *folder, const char *name);
char *co_path_dir(const char *path);         // "a/b/c" -> "a/b", "c" -> "."; owned, or NULL
const char *co_path_base(const char *path);  // "a/b/c" -> "c"

// Exclusive lock by flock on `path` (created). CO_CREATE "... is in use by another carryover" when
// held elsewhere, or when its holder removed it this moment. The lock goes away with the process,
// however it dies.
typedef struct co_lock {
  int fd;
} co_lock;
co_status co_lock_take(const char *path, co_lock *out);
void co_lock_release(co_lock *lock);

// Finds a data file such as "configs/tasks/hopper.cfg" or "envs/models/hopper.xml" in the first of
// these that has it: $CARRYOVER_DATA, the installed place (../share/carryover of the executable's
// folder), the source tree above the executable. CO_NO_INPUT lists where it looked. *out is
// malloc'd.
co_status co_data_find(const char *relative, char **out);

#endif  // CORE_FILE_H_
