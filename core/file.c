#include "core/file.h"

#include "core/hash.h"
#include "core/memory.h"
#include "core/unconst.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FOLDER_DEPTH_MAX = 64 };

// "PATH: WHAT: REASON" with the reason of errno
static co_status fail_errno(co_status status, const char *path, const char *what) {
  char reason[128];
  // the GNU variant returns the text
  const char *text = strerror_r(errno, reason, sizeof reason);
  return co_fail(status, "%s: %s: %s", path, what, text);
}

static int open_retrying(const char *path, int flags, mode_t mode) {
  int fd;
  do fd = open(path, flags | O_CLOEXEC, mode);
  while (fd < 0 && errno == EINTR);
  return fd;
}

// reads to the end of the file, at most `limit` bytes
static co_status read_all(int fd, const char *path, size_t limit, co_buf *out) {
  char block[1 << 16];
  co_buf_add(out, "", 0);
  for (;;) {
    ssize_t size = read(fd, block, sizeof block);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return fail_errno(CO_IO, path, "cannot read");
    if (size == 0) return co_buf_status(out);
    if ((size_t)size > limit - out->size) {
      return co_fail(CO_DATA, "%s: larger than %zu bytes", path, limit);
    }
    co_buf_add(out, block, (size_t)size);
    CO_TRY(co_buf_status(out));
  }
}

// Opens a regular file for reading.
static co_status open_regular(const char *path, int *fd, struct stat *info) {
  *fd = open_retrying(path, O_RDONLY | O_NONBLOCK, 0);  // a fifo without a writer would wait
  if (*fd < 0) {
    co_status missing = errno == ENOENT || errno == ENOTDIR ? CO_NO_INPUT : CO_IO;
    return fail_errno(missing, path, "cannot open");
  }
  co_status status = CO_OK;
  if (fstat(*fd, info) != 0) {
    status = fail_errno(CO_IO, path, "cannot read");
  } else if (!S_ISREG(info->st_mode)) {
    status = co_fail(CO_IO, "%s: not a regular file", path);
  }
  if (status != CO_OK) close(*fd);
  return status;
}

co_status co_file_read(const char *path, size_t limit, co_buf *out) {
  if (limit == 0) limit = (size_t)1 << 30;
  *out = (co_buf){0};
  int fd;
  struct stat info;
  CO_TRY(open_regular(path, &fd, &info));
  co_status status;
  if (info.st_size > 0 && (uintmax_t)info.st_size > limit) {
    status = co_fail(CO_DATA, "%s: larger than %zu bytes", path, limit);
  } else {
    status = read_all(fd, path, limit, out);
  }
  if (status != CO_OK) co_buf_free(out);
  close(fd);
  return status;
}

co_status co_file_map_open(const char *path, co_file_map *out) {
  int fd;
  struct stat info;
  *out = (co_file_map){.bytes = ""};
  CO_TRY(open_regular(path, &fd, &info));
  co_status status = CO_OK;
  if (info.st_size > 0) {  // nothing cannot be mapped
    void *bytes = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (bytes == MAP_FAILED)
      status = fail_errno(CO_IO, path, "cannot read");
    else
      *out = (co_file_map){bytes, (size_t)info.st_size};
  }
  close(fd);
  return status;
}

void co_file_map_close(co_file_map *map) {
  if (map->size) munmap(co_unconst(map->bytes), map->size);
  *map = (co_file_map){0};
}

co_status co_file_hash(const char *path, uint64_t *out) {
  co_file_map map;
  CO_TRY(co_file_map_open(path, &map));
  *out = co_hash(map.bytes, map.size);
  co_file_map_close(&map);
  return CO_OK;
}

static co_status write_all(int fd, const char *path, const char *bytes, size_t size) {
  while (size > 0) {
    ssize_t written = write(fd, bytes, size);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return fail_errno(CO_IO, path, "cannot write");
    bytes += written;
    size -= (size_t)written;
  }
  return CO_OK;
}

static co_status sync_file(int fd, const char *path) {
  return fsync(fd) == 0 ? CO_OK : fail_errno(CO_IO, path, "cannot write");
}

// makes the rename last; file systems that can't sync a folder say EINVAL
static co_status sync_folder(const char *path) {
  char *folder = co_path_dir(path);
  if (!folder) return CO_MEMORY;
  int fd = open_retrying(folder, O_RDONLY | O_DIRECTORY, 0);
  bool ok = fd >= 0 && (fsync(fd) == 0 || errno == EINVAL);
  co_status status = ok ? CO_OK : fail_errno(CO_IO, folder, "cannot write the folder");
  if (fd >= 0) close(fd);
  free(folder);
  return status;
}

// Creates PATH.tmp.PID.N. A name that is taken was left by a dead process of the same id or belongs
// to another host.
static co_status create_temporary(const char *path, char **name, int *fd) {
  size_t size = strlen(path) + 48;
  *name = co_alloc(size, 1);
  if (!*name) return CO_MEMORY;
  for (int i = 0; i < 100; i++) {
    snprintf(*name, size, "%s.tmp.%ld.%d", path, (long)getpid(), i);
    *fd = open_retrying(*name, O_WRONLY | O_CREAT | O_EXCL, 0666);
    if (*fd >= 0 || errno != EEXIST) break;
  }
  if (*fd >= 0) return CO_OK;
  free(*name);
  return fail_errno(CO_CREATE, path, "cannot create");
}

co_status co_file_out_begin(const char *path, co_file_out *out) {
  *out = (co_file_out){.fd = -1};
  struct stat info;
  // renaming over a device such as /dev/null would replace it
  if (stat(path, &info) == 0 && !S_ISREG(info.st_mode)) {
    return co_fail(CO_CREATE, "%s: cannot create: not a regular file", path);
  }
  char *copy = co_strdup(path);
  if (!copy) return CO_MEMORY;
  co_status status = create_temporary(path, &out->temporary, &out->fd);
  if (status == CO_OK)
    out->path = copy;
  else
    free(copy);
  return status;
}

co_status co_file_out_write(co_file_out *out, const void *bytes, size_t size) {
  return write_all(out->fd, out->path, bytes, size);
}

co_status co_file_out_patch(co_file_out *out, size_t at, const void *bytes, size_t size) {
  if (lseek(out->fd, (off_t)at, SEEK_SET) < 0) return fail_errno(CO_IO, out->path, "cannot write");
  CO_TRY(write_all(out->fd, out->path, bytes, size));
  return lseek(out->fd, 0, SEEK_END) < 0 ? fail_errno(CO_IO, out->path, "cannot write") : CO_OK;
}

static void file_out_free(co_file_out *out) {
  free(out->path);
  free(out->temporary);
  *out = (co_file_out){.fd = -1};
}

static co_status commit(co_file_out *out, bool synced) {
  co_status status = synced ? sync_file(out->fd, out->path) : CO_OK;
  if (close(out->fd) != 0 && status == CO_OK) status = fail_errno(CO_IO, out->path, "cannot write");
  if (status == CO_OK && rename(out->temporary, out->path) != 0) {
    status = fail_errno(CO_IO, out->path, "cannot write");
  }
  if (status != CO_OK)
    unlink(out->temporary);
  else if (synced)
    status = sync_folder(out->path);
  file_out_free(out);
  return status;
}

co_status co_file_out_commit(co_file_out *out) {
  return commit(out, true);
}

void co_file_out_discard(co_file_out *out) {
  if (!out->path) return;
  close(out->fd);
  unlink(out->temporary);
  file_out_free(out);
}

static co_status write_file(const char *path, const void *bytes, size_t size, bool synced) {
  co_file_out out;
  CO_TRY(co_file_out_begin(path, &out));
  co_status status = co_file_out_write(&out, bytes, size);
  if (status == CO_OK) return commit(&out, synced);
  co_file_out_discard(&out);
  return status;
}

co_status co_file_write(const char *path, const void *bytes, size_t size) {
  return write_file(path, bytes, size, true);
}

co_status co_file_put(const char *path, const void *bytes, size_t size) {
  return write_file(path, bytes, size, false);
}

// Length of BASE in a name BASE.tmp.PID.N; 0: another name.
static size_t temporary_base(const char *name) {
  size_t size = 0;
  for (const char *at = name; (at = strstr(at, ".tmp.")); at++) {
    long process;
    int number, end = -1;
    sscanf(at, ".tmp.%ld.%d%n", &process, &number, &end);
    if (end >= 0 && at[end] == '\0') size = (size_t)(at - name);
  }
  return size;
}

static void remove_temporary(const char *folder, const char *name) {
  char *path = co_path_join(folder, name);
  if (path) unlink(path);
  free(path);
}

// Of one base, NULL: of all. Cleaning up follows an error often enough, whose text is to stay.
static void remove_temporaries(const char *folder, const char *base) {
  co_names names;
  if (!co_dir_exists(folder) || co_dir_list(folder, &names) != CO_OK) return;
  for (int i = 0; i < names.count; i++) {
    const char *name = names.name[i];
    size_t size = temporary_base(name);
    bool same = !base || (strlen(base) == size && strncmp(name, base, size) == 0);
    if (size > 0 && same) remove_temporary(folder, name);
  }
  co_names_free(&names);
}

void co_file_remove_temporaries(const char *path) {
  char *folder = co_path_dir(path);
  if (folder) remove_temporaries(folder, co_path_base(path));
  free(folder);
}

void co_dir_remove_temporaries(const char *path) {
  remove_temporaries(path, NULL);
}

static co_status append(int fd, const char *path, size_t at, const void *bytes, size_t size) {
  struct stat info;
  if (fstat(fd, &info) != 0) return fail_errno(CO_IO, path, "cannot read");
  if ((uintmax_t)info.st_size < at)
    return co_fail(CO_DATA, "%s: has %lld bytes, not the %zu that were written", path,
                   (long long)info.st_size, at);
  if (ftruncate(fd, (off_t)at) != 0 || lseek(fd, (off_t)at, SEEK_SET) < 0)
    return fail_errno(CO_IO, path, "cannot write");
  CO_TRY(write_all(fd, path, bytes, size));
  return sync_file(fd, path);
}

co_status co_file_append(const char *path, size_t at, const void *bytes, size_t size) {
  int fd = open_retrying(path, O_WRONLY | (at == 0 ? O_CREAT : 0), 0666);
  if (fd < 0) return fail_errno(CO_CREATE, path, "cannot open");
  co_status status = append(fd, path, at, bytes, size);
  if (close(fd) != 0 && status == CO_OK) status = fail_errno(CO_IO, path, "cannot write");
  return status == CO_OK && at == 0 ? sync_folder(path) : status;
}

void co_file_begin_sync(const char *path) {
  int fd = open_retrying(path, O_RDONLY, 0);
  if (fd < 0) return;
  (void)sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
  close(fd);
}

co_status co_file_sync(const char *path) {
  int fd = open_retrying(path, O_RDONLY, 0);
  if (fd < 0) return fail_errno(CO_NO_INPUT, path, "cannot open");
  co_status status = fdatasync(fd) == 0 ? CO_OK : fail_errno(CO_IO, path, "cannot write");
  close(fd);
  return status;
}

co_status co_file_remove(const char *path) {
  if (unlink(path) == 0 || errno == ENOENT) return CO_OK;
  return fail_errno(CO_IO, path, "cannot remove");
}

bool co_file_exists(const char *path) {
  struct stat info;
  return stat(path, &info) == 0 && S_ISREG(info.st_mode);
}

bool co_dir_exists(const char *path) {
  struct stat info;
  return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

co_status co_dir_create(const char *path) {
  if (!*path || co_dir_exists(path)) return CO_OK;
  char *folder = co_strdup(path);
  if (!folder) return CO_MEMORY;
  co_status status = CO_OK;
  char *slash = folder;
  do {
    slash = strchr(slash + 1, '/');
    if (slash) *slash = '\0';
    int failed = mkdir(folder, 0777) == 0 ? 0 : errno;
    if (failed && !co_dir_exists(folder)) {
      errno = failed;  // the look at the folder has its own
      status = fail_errno(CO_CREATE, folder, "cannot create the folder");
    }
    if (slash) *slash = '/';
  } while (slash && status == CO_OK);
  free(folder);
  return status;
}

static co_status remove_contents(int fd, const char *path, int depth);

// Removes the entry `name` of the folder `fd`. Opened with O_NOFOLLOW, so that a link is removed,
// not what it names.
static co_status remove_entry(int fd, const char *name, const char *path, int depth) {
  if (unlinkat(fd, name, 0) == 0 || errno == ENOENT) return CO_OK;
  if (errno != EISDIR && errno != EPERM) return fail_errno(CO_IO, path, "cannot remove");
  if (depth == FOLDER_DEPTH_MAX) return co_fail(CO_IO, "%s: folders are nested too deep", path);
  int child = openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (child < 0) return fail_errno(CO_IO, path, "cannot remove");
  CO_TRY(remove_contents(child, path, depth + 1));
  if (unlinkat(fd, name, AT_REMOVEDIR) != 0) return fail_errno(CO_IO, path, "cannot remove");
  return CO_OK;
}

// empties the folder `fd` and closes it
static co_status remove_contents(int fd, const char *path, int depth) {
  DIR *folder = fdopendir(fd);
  if (!folder) {
    co_status failed = fail_errno(CO_IO, path, "cannot remove");
    close(fd);
    return failed;
  }
  co_status status = CO_OK;
  struct dirent *entry;
  while (status == CO_OK && (entry = readdir(folder))) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    status = remove_entry(fd, entry->d_name, path, depth);
  }
  closedir(folder);
  return status;
}

co_status co_dir_remove(const char *path) {
  int fd = open_retrying(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
  if (fd < 0) return errno == ENOENT ? CO_OK : fail_errno(CO_IO, path, "cannot remove");
  CO_TRY(remove_contents(fd, path, 0));
  return rmdir(path) == 0 ? CO_OK : fail_errno(CO_IO, path, "cannot remove");
}

static int by_bytes(const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool add_name(co_names *names, int *capacity, const char *text) {
  if (names->count == *capacity) {
    int more = *capacity ? 2 * *capacity : 16;
    char **name = co_realloc(names->name, (size_t)more, sizeof *name);
    if (!name) return false;
    names->name = name;
    *capacity = more;
  }
  char *copy = co_strdup(text);
  if (!copy) return false;
  names->name[names->count++] = copy;
  return true;
}

co_status co_dir_list(const char *path, co_names *out) {
  *out = (co_names){0};
  DIR *folder = opendir(path);
  if (!folder) {
    co_status missing = errno == ENOENT || errno == ENOTDIR ? CO_NO_INPUT : CO_IO;
    return fail_errno(missing, path, "cannot read the folder");
  }
  int capacity = 0;
  co_status status = CO_OK;
  struct dirent *entry;
  while (status == CO_OK && (errno = 0, entry = readdir(folder))) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    if (!add_name(out, &capacity, entry->d_name)) status = CO_MEMORY;
  }
  if (status == CO_OK && errno) status = fail_errno(CO_IO, path, "cannot read the folder");
  closedir(folder);
  if (status != CO_OK) {
    co_names_free(out);
    return status;
  }
  if (out->count) qsort(out->name, (size_t)out->count, sizeof *out->name, by_bytes);
  return CO_OK;
}

void co_names_free(co_names *names) {
  for (int i = 0; i < names->count; i++) free(names->name[i]);
  free(names->name);
  *names = (co_names){0};
}

char *co_path_join(const char *folder, const char *name) {
  size_t size = strlen(folder);
  while (size > 1 && folder[size - 1] == '/') size--;
  const char *slash = size == 0 || (size == 1 && folder[0] == '/') ? "" : "/";
  char *path = co_alloc(size + strlen(name) + 2, 1);
  if (path) sprintf(path, "%.*s%s%s", (int)size, folder, slash, name);
  return path;
}

char *co_path_dir(const char *path) {
  const char *slash = strrchr(path, '/');
  if (!slash) return co_strdup(".");
  return slash == path ? co_strdup("/") : co_strndup(path, (size_t)(slash - path));
}

const char *co_path_base(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

bool co_file_same(const char *a, const char *b) {
  struct stat one, other;
  return stat(a, &one) == 0 && stat(b, &other) == 0 && one.st_dev == other.st_dev &&
         one.st_ino == other.st_ino;
}

static co_status in_use(const char *path) {
  return co_fail(CO_CREATE, "%s: is in use by another carryover", path);
}

// Who held a lock may have removed its file between our open and flock: then it locks nothing.
static bool is_at(int fd, const char *path) {
  struct stat ours, there;
  return fstat(fd, &ours) == 0 && stat(path, &there) == 0 && ours.st_dev == there.st_dev &&
         ours.st_ino == there.st_ino;
}

co_status co_lock_take(const char *path, co_lock *out) {
  out->fd = -1;
  int fd = open_retrying(path, O_RDWR | O_CREAT, 0666);
  if (fd < 0) return fail_errno(CO_CREATE, path, "cannot create");
  int failed;
  do failed = flock(fd, LOCK_EX | LOCK_NB);
  while (failed && errno == EINTR);
  if (failed) {
    co_status status =
        errno == EWOULDBLOCK ? in_use(path) : fail_errno(CO_CREATE, path, "cannot lock");
    close(fd);
    return status;
  }
  if (!is_at(fd, path)) {
    close(fd);
    return in_use(path);
  }
  out->fd = fd;
  return CO_OK;
}

void co_lock_release(co_lock *lock) {
  if (lock->fd >= 0) close(lock->fd);
  lock->fd = -1;
}

// takes folder/relative when it is there, else notes the folder as searched
static bool take_if_exists(const char *folder, const char *relative, co_buf *searched, char **out) {
  char *path = co_path_join(folder, relative);
  searched->failed |= !path;
  if (path && access(path, F_OK) == 0) {
    *out = path;
    return true;
  }
  free(path);
  co_buf_printf(searched, "%s%s", searched->size ? ", " : "", folder);
  return false;
}

static bool is_source_tree(const char *folder) {
  char probe[PATH_MAX + 16];
  snprintf(probe, sizeof probe, "%s/configs", folder);
  if (!co_dir_exists(probe)) return false;
  snprintf(probe, sizeof probe, "%s/envs/models", folder);
  return co_dir_exists(probe);
}

// the installed place, then the source tree above the folder of the executable
static bool find_by_executable(const char *relative, co_buf *searched, char **out) {
  char folder[PATH_MAX], installed[PATH_MAX + 32];
  ssize_t size = readlink("/proc/self/exe", folder, sizeof folder - 1);
  if (size <= 0) return false;
  folder[size] = '\0';
  char *slash = strrchr(folder, '/');
  if (!slash) return false;
  *slash = '\0';
  snprintf(installed, sizeof installed, "%s/../share/carryover", folder);
  if (take_if_exists(installed, relative, searched, out)) return true;
  for (; slash; slash = strrchr(folder, '/')) {
    *slash = '\0';
    if (is_source_tree(folder)) return take_if_exists(folder, relative, searched, out);
  }
  return false;
}

co_status co_data_find(const char *relative, char **out) {
  *out = NULL;
  co_buf searched = {0};
  const char *data = getenv("CARRYOVER_DATA");
  bool found = (data && *data && take_if_exists(data, relative, &searched, out)) ||
               find_by_executable(relative, &searched, out);
  co_status status = co_buf_status(&searched);  // a folder that was not looked into is no answer
  if (status != CO_OK) {
    free(*out);
    *out = NULL;
  } else if (!found) {
    status = co_fail(CO_NO_INPUT, "%s: not found in %s", relative,
                     searched.size ? searched.data : "any folder (set CARRYOVER_DATA)");
  }
  co_buf_free(&searched);
  return status;
}
