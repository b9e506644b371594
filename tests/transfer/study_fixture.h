// Small studies on the closed-form pendulum, in a scratch folder of their own.

#ifndef TESTS_TRANSFER_STUDY_FIXTURE_H_
#define TESTS_TRANSFER_STUDY_FIXTURE_H_

#include "agents/policy/policy.h"
#include "core/file.h"
#include "core/hash.h"
#include "envs/source/worlds.h"
#include "envs/world/world.h"
#include "tests/support/support.h"
#include "transfer/study/study.h"
#include "transfer/study/trial.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ck_ok(call) ck_assert_msg((call) == CO_OK, "%s", co_error_text())

// Fails unless the call gives this status and an error text that holds `part`.
#define ck_fails(call, status, part)                                                              \
  do {                                                                                            \
    ck_assert_int_eq((call), (status));                                                           \
    ck_assert_msg(strstr(co_error_text(), (part)), "\"%s\" not in: %s", (part), co_error_text()); \
  } while (0)

static char fixture_folder[512];

static inline void fixture_setup(void) {
  const char *build = getenv("CARRYOVER_BUILD_DIR");
  snprintf(fixture_folder, sizeof fixture_folder, "%s/scratch/study.%d", build ? build : ".",
           (int)getpid());
  ck_ok(co_dir_create(fixture_folder));
}

static inline void fixture_teardown(void) {
  co_dir_remove(fixture_folder);
}

// Path below the scratch folder, valid until the fourth next call.
static inline const char *fixture_path(const char *name) {
  static char path[4][1024];
  static int next;
  next = (next + 1) % 4;
  snprintf(path[next], sizeof path[next], "%s/%s", fixture_folder, name);
  return path[next];
}

static inline const char *fixture_write(const char *name, const char *text) {
  const char *path = fixture_path(name);
  ck_ok(co_file_write(path, text, strlen(text)));
  return path;
}

// Writes a fresh policy of the nominal pendulum with two layers of `width`.
static inline void fixture_write_policy(const char *name, const char *algorithm, int width) {
  co_world_source worlds = co_worlds(NULL);
  co_world world = {.task = "pendulum"};
  co_stream stream = {.purpose = CO_PURPOSE_INIT};
  co_env *env;
  ck_ok(worlds.create(worlds.context, &world, 1, &stream, &env));
  co_network_def def = {
      .obs_dim = 3,
      .act_dim = 1,
      .num_hidden = 2,
      .hidden = {width, width},
      .activation = CO_TANH,
      .head = strcmp(algorithm, "sac") == 0 ? CO_HEAD_SQUASHED : CO_HEAD_GAUSSIAN};
  co_policy *policy;
  ck_ok(co_policy_create(&def, co_env_get_info(env), algorithm, &stream, &policy));
  ck_ok(co_policy_save(policy, fixture_path(name)));
  co_policy_free(policy);
  co_env_destroy(env);
}

// two seeds, one source, one target, two updates of 64 samples each in either
static const char fixture_text[] =
    "study = {\n"
    "  format = 1;\n"
    "  name = \"tiny\";\n"
    "  seeds = 2;\n"
    "  episodes = 2;\n"
    "  final_episodes = 3;\n"
    "  random_episodes = 4;\n"
    "  evaluations = 3;\n"
    "  bootstrap = 100;\n"
    "  learning = { envs = 2; horizon = 32; hidden = (8, 8); epochs = 2; warmup_steps = 32; };\n"
    "  sources = ( { name = \"a\"; task = \"pendulum\"; steps = 128; } );\n"
    "  targets = ( { name = \"b\"; task = \"pendulum\"; steps = 128; oracle_steps = 256;\n"
    "    domain = ( { parameter = \"option.gravity\"; scale = 2.0; } ); if_not_live = \"run\"; } "
    ");\n"
    "  strategies = ( { name = \"scratch\"; }, { name = \"full\"; } );\n"
    "};\n";

// Reads the tiny study with up to three edits (NULL: none).
static inline co_study *fixture_study(const char *edit, const char *edit2, const char *edit3) {
  const char *set[3];
  int count = 0;
  if (edit) set[count++] = edit;
  if (edit2) set[count++] = edit2;
  if (edit3) set[count++] = edit3;
  co_study *study = NULL;
  ck_ok(co_study_read(fixture_write("tiny.cfg", fixture_text), set, count, &study));
  return study;
}

// Puts the checksum into the text of a record that was changed.
static inline void fixture_sign(co_buf *text) {
  char digits[CO_HASH_TEXT];
  char *at = strstr(text->data, "\"checksum\": \"") + strlen("\"checksum\": \"");
  memset(at, '0', CO_HASH_TEXT - 1);
  co_hash_text(co_hash(text->data, text->size), digits);
  memcpy(at, digits, CO_HASH_TEXT - 1);
}

// A study with everything that its trials are run with.
typedef struct fixture {
  co_study *study;
  co_trials trials;
  co_world_source worlds;
  co_trial_context context;
} fixture;

// `study` moves into the fixture, whose trials lie in the scratch folder.
static inline void fixture_open(fixture *f, co_study *study) {
  *f = (fixture){.study = study, .worlds = co_worlds(NULL)};
  ck_ok(co_trials_expand(study, &f->trials));
  f->context = (co_trial_context){.study = study,
                                  .trials = &f->trials,
                                  .worlds = &f->worlds,
                                  .dir = fixture_folder,
                                  .build = "test",
                                  .libc = "test libc"};
}

static inline void fixture_close(fixture *f) {
  co_trials_free(&f->trials);
  co_study_free(f->study);
}

static inline const co_trial *fixture_trial(const fixture *f, const char *id) {
  int index = co_trials_find(&f->trials, id);
  ck_assert_msg(index >= 0, "no trial %s", id);
  return &f->trials.trial[index];
}

static inline bool fixture_done(const fixture *f, const char *id) {
  bool done = false;
  ck_ok(co_trial_is_done(&f->context, fixture_trial(f, id), &done));
  return done;
}

static inline void fixture_run(const fixture *f, const char *id) {
  ck_ok(co_trial_run(&f->context, fixture_trial(f, id)));
}

// Path of a file in a trial's folder; free it.
static inline char *fixture_file(const fixture *f, const char *id, const char *name) {
  char *path = co_trial_path(&f->context, fixture_trial(f, id), name);
  ck_assert_ptr_nonnull(path);
  return path;
}

static inline co_buf fixture_read(const fixture *f, const char *id, const char *name) {
  char *path = fixture_file(f, id, name);
  co_buf bytes = {0};
  ck_ok(co_file_read(path, 0, &bytes));
  free(path);
  return bytes;
}

typedef enum fixture_damage {
  FIXTURE_FLIP,
  FIXTURE_CUT,
  FIXTURE_EMPTY,
  FIXTURE_REMOVE,
  FIXTURE_NUM_DAMAGES
} fixture_damage;

static inline void fixture_spoil(const fixture *f, const char *id, const char *name,
                                 fixture_damage how) {
  char *path = fixture_file(f, id, name);
  co_buf bytes = fixture_read(f, id, name);
  if (how == FIXTURE_FLIP) bytes.data[bytes.size / 2] ^= 4;
  size_t size = how == FIXTURE_CUT ? bytes.size - 1 : how == FIXTURE_EMPTY ? 0 : bytes.size;
  if (how == FIXTURE_REMOVE)
    ck_assert_int_eq(remove(path), 0);
  else
    ck_ok(co_file_write(path, bytes.data, size));
  co_buf_free(&bytes);
  free(path);
}

#endif  // TESTS_TRANSFER_STUDY_FIXTURE_H_
