// What the tests of envs share: worlds from a few words, failing the test with the error's text.

#ifndef TESTS_ENVS_WORLDS_H_
#define TESTS_ENVS_WORLDS_H_

#include "core/file.h"
#include "envs/world/row.h"
#include "envs/world/vector.h"
#include "envs/world/world.h"
#include "tests/support/support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The closed-form pendulum, then Gymnasium's tasks on MuJoCo.
static const char *const test_tasks[] = {
    "pendulum", "inverted_pendulum", "hopper",           "half_cheetah", "inverted_double_pendulum",
    "ant",      "humanoid",          "humanoid_standup", "pusher",       "reacher",
    "swimmer",  "walker2d"};
enum { TEST_TASKS = 12 };

#define ck_ok(call) ck_assert_msg((call) == CO_OK, "%s", co_error_text())

// Fails unless the call gives this status and an error text that holds `part`.
#define ck_fails(call, status, part)                                                              \
  do {                                                                                            \
    ck_assert_int_eq((call), (status));                                                           \
    ck_assert_msg(strstr(co_error_text(), (part)), "\"%s\" not in: %s", (part), co_error_text()); \
  } while (0)

// The list of shifts of "{ parameter = ...; }, ..."; free with co_node_free.
static inline co_node *test_domain(const char *shifts) {
  char text[2000];
  co_node *root = NULL;
  snprintf(text, sizeof text, "domain = ( %s );", shifts);
  ck_ok(co_tree_parse(text, "domain.cfg", &root));
  co_node *list = co_node_copy(co_node_get(root, "domain"));
  co_node_free(root);
  ck_assert_ptr_nonnull(list);
  return list;
}

// Builds a world; `shifts` and `set` (one edit) may be NULL.
static inline co_status test_try_world(const char *task, const char *shifts, const char *set,
                                       co_built_world **out) {
  co_node *domain = shifts ? test_domain(shifts) : NULL;
  co_world world = {.task = task, .domain = domain, .set = &set, .num_set = set != NULL};
  co_status status = co_world_build(&world, out);
  co_node_free(domain);
  return status;
}

static inline co_built_world *test_world(const char *task, const char *shifts, const char *set) {
  co_built_world *world = NULL;
  ck_ok(test_try_world(task, shifts, set, &world));
  return world;
}

static inline co_row test_row(const co_built_world *world, uint64_t seed) {
  co_row row;
  ck_ok(co_row_create(&world->binding, &(co_stream){seed, 0, CO_PURPOSE_TEST}, 0, &row));
  ck_ok(co_row_reset(&row));
  return row;
}

static inline co_env *test_env(const char *task, const char *set, int rows, uint64_t seed) {
  co_env *env = NULL;
  ck_ok(co_vector_create(test_world(task, NULL, set), rows, &(co_stream){seed, 0, CO_PURPOSE_TEST},
                         &env));
  return env;
}

// A scratch file below the build folder; the path is malloc'd.
static inline char *test_write(const char *name, const char *text) {
  const char *build = getenv("CARRYOVER_BUILD_DIR");
  char *folder = co_path_join(build ? build : ".", "scratch/envs");
  ck_ok(co_dir_create(folder));
  char *path = co_path_join(folder, name);
  FILE *file =
      fopen(path, "w");  // not the atomic writer, whose fsync would take most of a test's time
  ck_assert_ptr_nonnull(file);
  ck_assert_int_ge(fputs(text, file), 0);
  ck_assert_int_eq(fclose(file), 0);
  free(folder);
  return path;
}

// The text of a file of the source tree, below `folder`; malloc'd.
static inline char *test_source(const char *relative) {
  const char *source = getenv("CARRYOVER_SOURCE");
  char *path = co_path_join(source ? source : ".", relative);
  co_buf text = {0};
  ck_ok(co_file_read(path, 0, &text));
  free(path);
  return text.data;
}

// `text` with the first `from` replaced by `to`; malloc'd.
static inline char *test_replace(const char *text, const char *from, const char *to) {
  const char *at = strstr(text, from);
  ck_assert_msg(at != NULL, "\"%s\" is not in the text", from);
  char *out = malloc(strlen(text) + strlen(to) + 1);
  ck_assert_ptr_nonnull(out);
  sprintf(out, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
  return out;
}

// Uniform within the bounds.
static inline void test_random_action(const co_env_info *info, co_rng *rng, double *action) {
  for (int i = 0; i < info->act_dim; i++) {
    const co_action_element *element = &info->action[i];
    action[i] = element->low + (element->high - element->low) * co_rng_uniform(rng);
  }
}

#endif  // TESTS_ENVS_WORLDS_H_
