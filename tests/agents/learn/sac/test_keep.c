// What a SAC learner's replay holds, as a data set: what its env saw, the same bytes for any number
// of threads and when the training was cut, and nothing of it where nobody asks.

#include "agents/data/data_set.h"
#include "core/file.h"
#include "core/pack.h"
#include "tests/agents/learn/sac/sac_fixture.h"
#include "tests/support/scratch.h"

#include <string.h>

enum { ROWS = 3, UPDATES = 10, REPLAY = 640, ENDS = 37, FAULT = 150 };

// ---- an env that notes what it was asked for

typedef struct noted {
  float obs[PENDULUM_OBS], action, next_obs[PENDULUM_OBS], reward;
  bool first, terminated;
  uint32_t row;
} noted;

static noted note[ROWS * UPDATES * 25];
static int notes;
static struct {
  float obs[PENDULUM_OBS];
  bool first;
} before[ROWS];

// Row 1 ends with the task, row 2 in a fault now and then.
static co_status noting_step(co_env *env, int row0, int rows, const float *action,
                             const co_env_out *out) {
  co_status status = pendulum_step(env, row0, rows, action, out);
  for (int r = 0; r < rows; r++) {
    out->terminated[r] = r == 1 && ((pendulum_env *)env)->row[r].step == ENDS;
    noted *to = &note[notes];
    const float *next = out->obs + r * PENDULUM_OBS;
    *to = (noted){.action = action[r],
                  .reward = out->reward[r],
                  .first = before[r].first,
                  .terminated = out->terminated[r],
                  .row = (uint32_t)r};
    memcpy(to->obs, before[r].obs, sizeof to->obs);
    memcpy(to->next_obs, next, sizeof to->next_obs);
    memcpy(before[r].obs, next, sizeof to->obs);
    before[r].first = false;
    notes += !out->fault[r];
  }
  return status;
}

static co_status noting_reset(co_env *env, int row0, int rows, const co_env_out *out) {
  co_status status = pendulum_reset(env, row0, rows, out);
  for (int r = 0; r < rows; r++) {
    memcpy(before[row0 + r].obs, out->obs + r * PENDULUM_OBS, sizeof before[r].obs);
    before[row0 + r].first = true;
  }
  return status;
}

static fixture *make_noting(variant v) {
  static co_env_class noting;
  noting = pendulum_class;
  noting.step = noting_step;
  noting.reset = noting_reset;
  co_sac_def def = small_def();
  def.envs = ROWS;
  def.replay = REPLAY;
  fixture *f = make(def, v);
  f->env->base.class = &noting;
  f->env->fault_row = 2;
  f->env->fault_step = FAULT;
  return f;
}

// ---- what is kept

static void write_set(const fixture *f, const char *path) {
  const co_data_about about = {.obs_dim = PENDULUM_OBS, .act_dim = 1, .seed = -1};
  co_data_writer *writer;
  ck_ok(co_data_writer_create(path, &about, &writer));
  ck_ok(co_sac.add_data(&f->learner->base, writer));
  ck_ok(co_data_writer_commit(writer));
  co_data_writer_destroy(writer);
}

static co_buf bytes_of(const fixture *f) {
  co_buf bytes = {0};
  write_set(f, at("kept.codata"));
  ck_ok(co_file_read(at("kept.codata"), 0, &bytes));
  return bytes;
}

static void assert_same(const co_data_transition *found, const noted *want, bool first) {
  ck_assert_mem_eq(found->obs, want->obs, sizeof want->obs);
  ck_assert_float_eq(*found->action, want->action);
  ck_assert_float_eq(found->reward, want->reward);
  ck_assert_uint_eq(found->row, want->row);
  ck_assert_int_eq(!!(found->flags & CO_DATA_TERMINATED), want->terminated);
  ck_assert_int_eq(!!(found->flags & CO_DATA_FIRST), want->first || first);
  ck_assert_mem_eq(found->next_obs, want->next_obs, sizeof want->next_obs);
}

START_TEST(it_is_what_the_env_saw) {
  fixture *f = make_noting((variant){.keeps_data = true});
  co_data_set set;
  int64_t found = 0, episodes = 0;
  notes = 0;
  train(f, UPDATES);
  write_set(f, at("kept.codata"));
  ck_ok(co_data_set_open(at("kept.codata"), &set));
  ck_assert_int_eq(notes, ROWS * UPDATES * 25 - f->learner->state.player[CO_ENV_TARGET].faults);
  ck_assert_int_eq(f->learner->state.player[CO_ENV_TARGET].faults, 1);
  ck_assert_int_eq(set.transitions, REPLAY);
  for (uint32_t r = 0; r < ROWS; r++) {
    bool first = true;
    for (int n = notes - REPLAY; n < notes; n++) {
      if (note[n].row != r) continue;
      co_data_transition at = co_data_set_at(&set, found++);
      assert_same(&at, &note[n], first);
      episodes += first || note[n].first;
      first = false;
    }
  }
  ck_assert_int_eq(found, REPLAY);
  ck_assert_int_eq(set.episodes, episodes);
  ck_assert_int_gt(episodes, ROWS + 4);  // of each row a rest, of row 1 some that ended
  co_data_set_close(&set);
  release(f);
}
END_TEST

START_TEST(threads_change_nothing) {
  co_buf want = {0};
  for (int threads = 1; threads <= 3; threads++) {
    notes = 0;
    fixture *f = make_noting((variant){.threads = threads, .width = 40, .keeps_data = true});
    train(f, UPDATES);
    co_buf bytes = bytes_of(f);
    release(f);
    if (threads == 1) {
      want = bytes;
      continue;
    }
    ck_assert_uint_eq(bytes.size, want.size);
    ck_assert_mem_eq(bytes.data, want.data, want.size);
    co_buf_free(&bytes);
  }
  co_buf_free(&want);
}
END_TEST

// Saved before the ring is full and behind that, a checkpoint of which is lost.
START_TEST(a_cut_training_keeps_the_same) {
  int done = 3 * _i;
  variant v = {.keeps_data = true};
  notes = 0;
  fixture *f = make_noting(v);
  train(f, UPDATES);
  co_buf want = bytes_of(f);
  release(f);
  v.folder = scratch;
  notes = 0;
  f = make_noting(v);
  train(f, done);
  co_buf pack = save(f), lost;
  train(f, UPDATES - done - 1);
  lost = save(f);
  release(f);
  notes = 0;
  f = make_noting(v);
  ck_ok(load(f, &pack));
  train(f, UPDATES - done);
  co_buf bytes = bytes_of(f);
  ck_assert_uint_eq(bytes.size, want.size);
  ck_assert_mem_eq(bytes.data, want.data, want.size);
  release(f);
  co_buf_free(&bytes);
  co_buf_free(&want);
  co_buf_free(&pack);
  co_buf_free(&lost);
}
END_TEST

// ---- where nobody asks

static int entries(const co_buf *bytes) {
  co_pack pack;
  ck_ok(co_pack_parse(bytes->data, bytes->size, "x.pack", &pack));
  int count = pack.count;
  co_pack_free(&pack);
  return count;
}

START_TEST(it_is_kept_only_where_it_is_asked_for) {
  uint64_t hash[2];
  co_buf pack[2];
  for (int keeps = 0; keeps < 2; keeps++) {
    scratch_make();
    notes = 0;
    fixture *f = make_noting((variant){.folder = scratch, .keeps_data = keeps});
    train(f, UPDATES);
    hash[keeps] = hash_of(f->policy);
    pack[keeps] = save(f);
    co_buf segment = {0};
    ck_ok(co_file_read(at("replay.000000"), 0, &segment));
    ck_assert_mem_eq(segment.data, keeps ? "COREMARK" : "COREPLAY", 8);
    co_buf_free(&segment);
    release(f);
  }
  ck_assert_uint_eq(hash[0], hash[1]);
  ck_assert_int_eq(entries(&pack[1]), entries(&pack[0]) + 1);
  notes = 0;
  fixture *f = make_noting((variant){.folder = scratch, .keeps_data = true});
  ck_assert_int_eq(load(f, &pack[0]), CO_DATA);
  ck_assert_ptr_nonnull(strstr(co_error_text(), "sac.begins"));
  release(f);
  co_buf_free(&pack[0]);
  co_buf_free(&pack[1]);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("keep");
  TCase *tests = tcase_create("keep");
  tcase_add_checked_fixture(tests, scratch_make, scratch_remove);
  tcase_add_test(tests, it_is_what_the_env_saw);
  tcase_add_test(tests, threads_change_nothing);
  tcase_add_loop_test(tests, a_cut_training_keeps_the_same, 0, 4);
  tcase_add_test(tests, it_is_kept_only_where_it_is_asked_for);
  suite_add_tcase(suite, tests);
  return suite;
}
