#include "core/file.h"
#include "core/hash.h"
#include "tests/support/support.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char root[2048];  // scratch folder of this file, new for every test

static void setup(void) {
  const char *build = getenv("CARRYOVER_BUILD_DIR");
  snprintf(root, sizeof root, "%s/test_file.%ld", build ? build : ".", (long)getpid());
  ck_assert_int_eq(co_dir_remove(root), CO_OK);
  ck_assert_int_eq(co_dir_create(root), CO_OK);
}

static void teardown(void) {
  ck_assert_int_eq(co_dir_remove(root), CO_OK);
}

static const char *at(const char *name) {
  static char path[4][4096];
  static int next;
  char *text = path[next++ % 4];
  snprintf(text, sizeof path[0], "%s/%s", root, name);
  return text;
}

// asserts on the last error: "PATH: rest"
static void assert_error(const char *path, const char *rest) {
  char expected[5000];
  snprintf(expected, sizeof expected, "%s: %s", path, rest);
  ck_assert_str_eq(co_error_text(), expected);
}

static void assert_content(const char *path, const char *text) {
  co_buf buf = {0};
  ck_assert_int_eq(co_file_read(path, 0, &buf), CO_OK);
  ck_assert_str_eq(buf.data, text);
  co_buf_free(&buf);
}

static void assert_entries(const char *path, int count) {
  co_names names;
  ck_assert_int_eq(co_dir_list(path, &names), CO_OK);
  ck_assert_int_eq(names.count, count);
  co_names_free(&names);
}

START_TEST(write_and_read) {
  const char *path = at("file");
  ck_assert_int_eq(co_file_write(path, "first", 5), CO_OK);
  assert_content(path, "first");
  ck_assert_int_eq(co_file_put(path, "second", 6), CO_OK);
  assert_content(path, "second");
  ck_assert_int_eq(co_file_write(path, "", 0), CO_OK);
  assert_content(path, "");
  ck_assert_int_eq(co_file_sync(path), CO_OK);
  co_file_begin_sync(path);
  co_file_begin_sync("/nowhere/at/all");
  size_t size = 3 << 20;  // more than one block
  char *bytes = malloc(size);
  for (size_t i = 0; i < size; i++) bytes[i] = (char)(i * 31 >> 3);
  ck_assert_int_eq(co_file_write(path, bytes, size), CO_OK);
  co_buf buf = {0};
  ck_assert_int_eq(co_file_read(path, 0, &buf), CO_OK);
  ck_assert(buf.size == size && memcmp(buf.data, bytes, size) == 0 && buf.data[size] == '\0');
  co_buf_free(&buf);
  ck_assert_int_eq(co_file_read(path, size, &buf), CO_OK);
  co_buf_free(&buf);
  ck_assert_int_eq(co_file_read(path, size - 1, &buf), CO_DATA);
  assert_error(path, "larger than 3145727 bytes");
  ck_assert_ptr_null(buf.data);
  free(bytes);
  assert_entries(root, 1);
}
END_TEST

START_TEST(same_file) {
  ck_assert_int_eq(co_file_write(at("one"), "text", 4), CO_OK);
  ck_assert_int_eq(co_file_write(at("other"), "text", 4), CO_OK);
  ck_assert_int_eq(link(at("one"), at("hard")), 0);
  ck_assert_int_eq(symlink("one", at("soft")), 0);
  ck_assert(co_file_same(at("one"), at("./one")));
  ck_assert(co_file_same(at("one"), at("hard")) && co_file_same(at("one"), at("soft")));
  ck_assert(!co_file_same(at("one"), at("other")));
  ck_assert(!co_file_same(at("none"), at("none")));
}
END_TEST

START_TEST(written_piece_by_piece) {
  const char *path = at("file");
  co_file_out out;
  ck_assert_int_eq(co_file_write(path, "old", 3), CO_OK);
  ck_assert_int_eq(co_file_out_begin(path, &out), CO_OK);
  ck_assert_int_eq(co_file_out_write(&out, "abc", 3), CO_OK);
  ck_assert_int_eq(co_file_out_patch(&out, 1, "X", 1), CO_OK);
  ck_assert_int_eq(co_file_out_write(&out, "def", 3), CO_OK);
  assert_content(path, "old");
  assert_entries(root, 2);
  ck_assert_int_eq(co_file_out_commit(&out), CO_OK);
  assert_content(path, "aXcdef");
  co_file_out_discard(&out);
  ck_assert_int_eq(co_file_out_begin(path, &out), CO_OK);
  ck_assert_int_eq(co_file_out_write(&out, "new", 3), CO_OK);
  co_file_out_discard(&out);
  co_file_out_discard(&out);
  assert_content(path, "aXcdef");
  assert_entries(root, 1);
  ck_assert_int_eq(co_file_out_begin(at("none/file"), &out), CO_CREATE);
  co_file_out_discard(&out);
}
END_TEST

START_TEST(maps) {
  const char *path = at("file");
  co_file_map map;
  ck_assert_int_eq(co_file_write(path, "mapped", 6), CO_OK);
  ck_assert_int_eq(co_file_map_open(path, &map), CO_OK);
  ck_assert_int_eq(co_file_write(path, "replaced", 8), CO_OK);
  ck_assert_uint_eq(map.size, 6);
  ck_assert_int_eq(memcmp(map.bytes, "mapped", 6), 0);
  co_file_map_close(&map);
  co_file_map_close(&map);
  uint64_t hash = 0;
  ck_assert_int_eq(co_file_hash(path, &hash), CO_OK);
  ck_assert_uint_eq(hash, co_hash("replaced", 8));
  ck_assert_int_eq(co_file_hash(at("none"), &hash), CO_NO_INPUT);
  ck_assert_int_eq(co_file_write(path, "", 0), CO_OK);
  ck_assert_int_eq(co_file_map_open(path, &map), CO_OK);
  ck_assert_uint_eq(map.size, 0);
  co_file_map_close(&map);
  ck_assert_int_eq(co_file_map_open(at("none"), &map), CO_NO_INPUT);
  ck_assert_int_eq(co_file_map_open(root, &map), CO_IO);
  assert_error(root, "not a regular file");
}
END_TEST

START_TEST(read_errors) {
  ck_assert_int_eq(co_file_sync("/nowhere/at/all"), CO_NO_INPUT);
  co_buf buf;
  ck_assert_int_eq(co_file_read(at("none"), 0, &buf), CO_NO_INPUT);
  assert_error(at("none"), "cannot open: No such file or directory");
  ck_assert_int_eq(co_file_read(root, 0, &buf), CO_IO);
  assert_error(root, "not a regular file");
  ck_assert_int_eq(mkfifo(at("fifo"), 0600), 0);  // must not wait for a writer
  ck_assert_int_eq(co_file_read(at("fifo"), 0, &buf), CO_IO);
  assert_error(at("fifo"), "not a regular file");
  ck_assert_int_eq(co_file_read("/dev/zero", 0, &buf), CO_IO);
  // files of /proc say size 0
  ck_assert_int_eq(co_file_read("/proc/self/status", 0, &buf), CO_OK);
  ck_assert_int_gt(buf.size, 100);
  co_buf_free(&buf);
  ck_assert_int_eq(co_file_read("/proc/self/status", 50, &buf), CO_DATA);
}
END_TEST

START_TEST(write_errors) {
  ck_assert_int_eq(co_file_write(at("none/file"), "x", 1), CO_CREATE);
  assert_error(at("none/file"), "cannot create: No such file or directory");
  ck_assert_int_eq(co_file_write(root, "x", 1), CO_CREATE);
  assert_error(root, "cannot create: not a regular file");
  ck_assert_int_eq(co_file_write("/dev/null", "x", 1), CO_CREATE);
  assert_error("/dev/null", "cannot create: not a regular file");
  ck_assert_int_eq(co_file_write("/proc/carryover", "x", 1), CO_CREATE);
  ck_assert_int_eq(co_file_write(at("a"), "x", 1), CO_OK);
  ck_assert_int_eq(co_file_write(at("a/b"), "x", 1), CO_CREATE);
  assert_error(at("a/b"), "cannot create: Not a directory");
  assert_entries(root, 1);
}
END_TEST

START_TEST(a_limit_leaves_the_old_file) {
  ck_assert_int_eq(co_file_write(at("file"), "old", 3), CO_OK);
  signal(SIGXFSZ, SIG_IGN);
  struct rlimit before, limit;
  getrlimit(RLIMIT_FSIZE, &before);
  limit = (struct rlimit){1000, before.rlim_max};
  ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
  char bytes[5000] = {0};
  co_status status = co_file_write(at("file"), bytes, sizeof bytes);
  setrlimit(RLIMIT_FSIZE, &before);
  ck_assert_int_eq(status, CO_IO);
  assert_error(at("file"), "cannot write: File too large");
  assert_content(at("file"), "old");
  assert_entries(root, 1);
}
END_TEST

START_TEST(a_full_disk_leaves_the_old_file) {
  const char *disk = at("disk");
  ck_assert_int_eq(co_dir_create(disk), CO_OK);
  if (mount("tmpfs", disk, "tmpfs", 0, "size=16k") != 0) return;  // needs privileges
  char file[4200], bytes[64 * 1024] = {0};
  snprintf(file, sizeof file, "%s/file", disk);
  co_status first = co_file_write(file, "old", 3);
  co_status status = co_file_write(file, bytes, sizeof bytes);
  char error[CO_ERROR_MAX];
  snprintf(error, sizeof error, "%s", co_error_text());
  co_buf buf = {0};
  co_status reading = co_file_read(file, 0, &buf);
  co_names names;
  ck_assert_int_eq(co_dir_list(disk, &names), CO_OK);
  umount2(disk, MNT_DETACH);
  ck_assert_int_eq(first, CO_OK);
  ck_assert_int_eq(status, CO_IO);
  ck_assert_msg(strstr(error, "cannot write: No space left on device"), "%s", error);
  ck_assert_int_eq(reading, CO_OK);
  ck_assert_str_eq(buf.data, "old");
  ck_assert_int_eq(names.count, 1);
  co_names_free(&names);
  co_buf_free(&buf);
}
END_TEST

// root may write everywhere, so a child becomes nobody
START_TEST(no_permission) {
  if (geteuid() != 0) {
    ck_assert_int_eq(chmod(root, 0500), 0);
    ck_assert_int_eq(co_file_write(at("file"), "x", 1), CO_CREATE);
    chmod(root, 0700);
    return;
  }
  char folder[] = P_tmpdir "/carryover-test-XXXXXX";  // where nobody may search
  if (!mkdtemp(folder)) return;
  chmod(folder, 0555);
  char file[100], expected[200];
  snprintf(file, sizeof file, "%s/file", folder);
  snprintf(expected, sizeof expected, "%s: cannot create: Permission denied", file);
  pid_t child = fork();
  if (child == 0) {
    bool ok = setuid(65534) == 0 && co_file_write(file, "x", 1) == CO_CREATE &&
              strcmp(co_error_text(), expected) == 0;
    _exit(ok ? 0 : 1);
  }
  int result = -1;
  waitpid(child, &result, 0);
  rmdir(folder);
  ck_assert_int_eq(result, 0);
}
END_TEST

START_TEST(a_stale_temporary_is_no_obstacle) {
  char stale[4200];
  snprintf(stale, sizeof stale, "%s.tmp.%ld.0", at("file"), (long)getpid());
  ck_assert_int_eq(co_file_write(stale, "stale", 5), CO_OK);
  ck_assert_int_eq(co_file_write(at("file"), "new", 3), CO_OK);
  assert_content(at("file"), "new");
  assert_content(stale, "stale");
}
END_TEST

START_TEST(temporaries_of_a_path_go) {
  static const char *const names[] = {"file.tmp.7.0",   "file.tmp.4194304.99", "file",
                                      "file.tmp.7.0.x", "file.tmp.7.",         "file.tmp.note.txt",
                                      "file.tmp",       "other.tmp.7.0",       "my.file.tmp.7.0"};
  enum { GO = 2, NAMES = sizeof names / sizeof *names };
  for (int i = 0; i < NAMES; i++) ck_assert_int_eq(co_file_write(at(names[i]), "x", 1), CO_OK);
  co_file_remove_temporaries(at("file"));
  for (int i = 0; i < NAMES; i++)
    ck_assert_msg(co_file_exists(at(names[i])) == (i >= GO), "%s", names[i]);
  co_file_remove_temporaries(at("none/file"));
}
END_TEST

START_TEST(temporaries_of_a_folder_go) {
  static const char *const names[] = {"a.png.tmp.7.0", "b.tmp.1.0.tmp.41.9", "a.png",
                                      "tmp.7.0",       ".tmp.7.0",           "notes.tmp.txt"};
  enum { GO = 2, NAMES = sizeof names / sizeof *names };
  ck_assert_int_eq(co_dir_create(at("left")), CO_OK);
  for (int i = 0; i < NAMES; i++) {
    char name[64];
    snprintf(name, sizeof name, "left/%s", names[i]);
    ck_assert_int_eq(co_file_write(at(name), "x", 1), CO_OK);
  }
  co_dir_remove_temporaries(at("left"));
  for (int i = 0; i < NAMES; i++) {
    char name[64];
    snprintf(name, sizeof name, "left/%s", names[i]);
    ck_assert_msg(co_file_exists(at(name)) == (i >= GO), "%s", names[i]);
  }
  (void)co_fail(CO_CONFIG, "what went wrong");
  co_dir_remove_temporaries(at("none"));
  ck_assert_str_eq(co_error_text(), "what went wrong");
}
END_TEST

START_TEST(folders) {
  ck_assert_int_eq(co_dir_create(at("a/b//c/")), CO_OK);
  ck_assert(co_dir_exists(at("a/b/c")) && !co_file_exists(at("a/b/c")));
  ck_assert_int_eq(co_dir_create(at("a/b/c")), CO_OK);
  ck_assert_int_eq(co_file_write(at("a/file"), "x", 1), CO_OK);
  ck_assert(co_file_exists(at("a/file")) && !co_dir_exists(at("a/file")));
  ck_assert_int_eq(co_dir_create(at("a/file/d")), CO_CREATE);
  ck_assert_msg(strstr(co_error_text(), "cannot create the folder: "), "%s", co_error_text());
  ck_assert_int_eq(co_file_write(at("a/Z"), "x", 1), CO_OK);
  ck_assert_int_eq(co_file_write(at("a/.h"), "x", 1), CO_OK);
  co_names names;
  ck_assert_int_eq(co_dir_list(at("a"), &names), CO_OK);
  const char *const expected[] = {".h", "Z", "b", "file"};
  ck_assert_int_eq(names.count, 4);
  for (int i = 0; i < 4; i++) ck_assert_str_eq(names.name[i], expected[i]);
  co_names_free(&names);
  ck_assert_int_eq(co_dir_list(at("none"), &names), CO_NO_INPUT);
  ck_assert_int_eq(names.count, 0);
}
END_TEST

START_TEST(removing_follows_no_link) {
  ck_assert_int_eq(co_dir_create(at("kept")), CO_OK);
  ck_assert_int_eq(co_file_write(at("kept/file"), "x", 1), CO_OK);
  ck_assert_int_eq(co_dir_create(at("gone/deep/deeper")), CO_OK);
  ck_assert_int_eq(co_file_write(at("gone/deep/file"), "x", 1), CO_OK);
  ck_assert_int_eq(symlink(at("kept"), at("gone/deep/link")), 0);
  ck_assert_int_eq(symlink("/no/such", at("gone/dangling")), 0);
  ck_assert_int_eq(symlink(at("kept"), at("link")), 0);
  ck_assert_int_eq(co_dir_remove(at("link")), CO_IO);
  ck_assert_int_eq(co_dir_remove(at("kept/file")), CO_IO);
  assert_error(at("kept/file"), "cannot remove: Not a directory");
  ck_assert_int_eq(co_dir_remove(at("gone")), CO_OK);
  ck_assert(!co_dir_exists(at("gone")) && co_file_exists(at("kept/file")));
  ck_assert_int_eq(co_dir_remove(at("gone")), CO_OK);
}
END_TEST

START_TEST(removing_is_bounded) {
  co_buf path = {0};
  co_buf_puts(&path, at("deep"));
  for (int i = 0; i < 80; i++) co_buf_puts(&path, "/d");
  ck_assert_int_eq(co_dir_create(path.data), CO_OK);
  ck_assert_int_eq(co_dir_remove(at("deep")), CO_IO);
  assert_error(at("deep"), "folders are nested too deep");
  while (strcmp(path.data, at("deep")) != 0) {
    rmdir(path.data);
    path.data[path.size -= 2] = '\0';
  }
  co_buf_free(&path);
}
END_TEST

static const struct {
  const char *folder, *name, *joined;
} joins[] = {{"a", "b", "a/b"}, {"a/", "b", "a/b"}, {"a//", "b/c", "a/b/c"},
             {"/", "b", "/b"},  {"", "b", "b"},     {".", "b", "./b"}};

static const struct {
  const char *path, *folder, *base;
} splits[] = {{"a/b/c", "a/b", "c"}, {"c", ".", "c"}, {"/c", "/", "c"}, {"a/", "a", ""}};

START_TEST(paths) {
  for (size_t i = 0; i < sizeof joins / sizeof *joins; i++) {
    char *path = co_path_join(joins[i].folder, joins[i].name);
    ck_assert_str_eq(path, joins[i].joined);
    free(path);
  }
  for (size_t i = 0; i < sizeof splits / sizeof *splits; i++) {
    char *folder = co_path_dir(splits[i].path);
    ck_assert_str_eq(folder, splits[i].folder);
    ck_assert_str_eq(co_path_base(splits[i].path), splits[i].base);
    free(folder);
  }
}
END_TEST

START_TEST(locks) {
  co_lock lock, other;
  ck_assert_int_eq(co_lock_take(at("lock"), &lock), CO_OK);
  ck_assert_int_eq(co_lock_take(at("lock"), &other), CO_CREATE);
  assert_error(at("lock"), "is in use by another carryover");
  ck_assert_int_eq(other.fd, -1);
  co_lock_release(&lock);
  co_lock_release(&lock);
  ck_assert_int_eq(co_lock_take(at("lock"), &other), CO_OK);
  co_lock_release(&other);
  ck_assert_int_eq(co_lock_take(at("none/lock"), &lock), CO_CREATE);
  // the lock of a process goes with it, however it dies
  int ready[2];
  ck_assert_int_eq(pipe(ready), 0);
  pid_t child = fork();
  if (child == 0) {
    bool ok = co_lock_take(at("lock"), &lock) == CO_OK;
    if (write(ready[1], ok ? "y" : "n", 1) != 1) _exit(1);
    pause();
  }
  char answer = '?';
  ck_assert_int_eq(read(ready[0], &answer, 1), 1);
  ck_assert_int_eq(answer, 'y');
  ck_assert_int_eq(co_lock_take(at("lock"), &other), CO_CREATE);
  kill(child, SIGKILL);
  waitpid(child, NULL, 0);
  ck_assert_int_eq(co_lock_take(at("lock"), &other), CO_OK);
  co_lock_release(&other);
  close(ready[0]);
  close(ready[1]);
}
END_TEST

START_TEST(data) {
  char *path;
  ck_assert_int_eq(co_dir_create(at("configs")), CO_OK);
  ck_assert_int_eq(co_file_write(at("configs/own.cfg"), "x", 1), CO_OK);
  setenv("CARRYOVER_DATA", root, 1);
  ck_assert_int_eq(co_data_find("configs/own.cfg", &path), CO_OK);
  ck_assert_str_eq(path, at("configs/own.cfg"));
  free(path);
  // what is not there is looked for in the source tree above this executable
  ck_assert_int_eq(co_data_find("core/file.h", &path), CO_OK);
  ck_assert(co_file_exists(path));
  free(path);
  ck_assert_int_eq(co_data_find("configs/none.cfg", &path), CO_NO_INPUT);
  ck_assert_ptr_null(path);
  ck_assert_msg(strncmp(co_error_text(), "configs/none.cfg: not found in ", 31) == 0, "%s",
                co_error_text());
  ck_assert_ptr_nonnull(strstr(co_error_text(), root));
  ck_assert_ptr_nonnull(strstr(co_error_text(), "/../share/carryover, "));
  unsetenv("CARRYOVER_DATA");
  ck_assert_int_eq(co_data_find("configs/own.cfg", &path), CO_NO_INPUT);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("file");
  TCase *tcase = tcase_create("file");
  tcase_add_checked_fixture(tcase, setup, teardown);
  tcase_add_test(tcase, write_and_read);
  tcase_add_test(tcase, same_file);
  tcase_add_test(tcase, written_piece_by_piece);
  tcase_add_test(tcase, maps);
  tcase_add_test(tcase, read_errors);
  tcase_add_test(tcase, write_errors);
  tcase_add_test(tcase, a_limit_leaves_the_old_file);
  tcase_add_test(tcase, a_full_disk_leaves_the_old_file);
  tcase_add_test(tcase, no_permission);
  tcase_add_test(tcase, a_stale_temporary_is_no_obstacle);
  tcase_add_test(tcase, temporaries_of_a_path_go);
  tcase_add_test(tcase, temporaries_of_a_folder_go);
  tcase_add_test(tcase, folders);
  tcase_add_test(tcase, removing_follows_no_link);
  tcase_add_test(tcase, removing_is_bounded);
  tcase_add_test(tcase, paths);
  tcase_add_test(tcase, locks);
  tcase_add_test(tcase, data);
  suite_add_tcase(suite, tcase);
  return suite;
}
