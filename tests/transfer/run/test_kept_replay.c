// Sources that keep their replay: the file, the same bytes whatever happens on the way, what learns
// from it, and what makes it be done again.

#include "agents/data/writer.h"
#include "tests/transfer/study_fixture.h"
#include "transfer/run/definition.h"
#include "transfer/run/plan.h"
#include "transfer/run/private/finished.h"

#define SOURCE "source.a.-.-.s0"
#define CLONE "transfer.a.b.clone.s0"
#define FILE_NAME "replay.codata"
#define SAC "sources.0.algorithm=\"sac\""
#define KEEP "sources.0.keep_replay=true"
#define OF_SAC "sac = { envs = 2; horizon = 16; hidden = (8, 8); batch = 16; replay = 100; };"
#define LEARNING "learning={ " OF_SAC " }"
#define LEARNING_TOO \
  "learning={ " OF_SAC " bc = { hidden = (8, 8); interval = 64; minibatch = 32; }; }"
enum { REPLAY = 100, STEPS = 128 };

// `edit` NULL: none.
static void open_study(fixture *f, const char *edit) {
  const char *set[] = {
      SAC,
      KEEP,
      LEARNING_TOO,
      "data=( { name = \"replay\"; actions = \"kept\"; } )",
      "strategies=( { name = \"scratch\"; }, { name = \"clone\"; algorithm = \"bc\"; copy = \"\"; "
      "data = \"replay\"; } )",
      edit};
  co_study *study;
  ck_ok(co_study_read(fixture_write("kept.cfg", fixture_text), set, edit ? 6 : 5, &study));
  fixture_open(f, study);
}

static void open_set(const fixture *f, co_data_set *out) {
  char *path = fixture_file(f, SOURCE, FILE_NAME);
  ck_ok(co_data_set_open(path, out));
  free(path);
}

static co_record read_record(const fixture *f, const char *id) {
  char *path = fixture_file(f, id, "done.json");
  co_record record;
  ck_ok(co_record_read(path, &record));
  free(path);
  return record;
}

static void assert_look(const fixture *f, const char *id, co_finish want, const char *says) {
  co_finish found;
  co_buf why = {0};
  ck_ok(co_trial_look(&f->context, fixture_trial(f, id), &found, &why));
  ck_assert_int_eq(found, want);
  if (says) ck_assert_msg(why.data && strstr(why.data, says), "%s", why.data ? why.data : "");
  co_buf_free(&why);
}

static void assert_same(co_buf *found, const co_buf *want) {
  ck_assert_uint_eq(found->size, want->size);
  ck_assert_mem_eq(found->data, want->data, want->size);
  co_buf_free(found);
}

// ---- what is kept

START_TEST(a_source_keeps_its_replay) {
  fixture f;
  co_data_set set;
  open_study(&f, NULL);
  fixture_run(&f, SOURCE);
  ck_assert(fixture_done(&f, SOURCE));
  co_record record = read_record(&f, SOURCE);
  open_set(&f, &set);
  ck_assert_int_eq(set.transitions, REPLAY);
  ck_assert_int_eq(set.episodes, 2);  // of each row what is left of its one
  ck_assert_int_eq(set.about.actor, CO_DATA_POLICY);
  ck_assert_int_eq(set.about.num_obs, 3);
  ck_assert_ptr_nonnull(set.about.contract);
  ck_assert_int_eq(record.env_steps, STEPS);
  ck_assert_int_eq(record.num_sets, 1);
  ck_assert_str_eq(record.set->file, FILE_NAME);
  ck_assert_int_eq(record.set->transitions, REPLAY);
  ck_assert_uint_ne(record.policy_hash, 0);
  ck_assert_ptr_nonnull(strstr(record.definition, "\nkeep_replay = true;\n"));
  co_data_set_close(&set);
  co_record_free(&record);
  fixture_close(&f);
}
END_TEST

// Of the source: its definition and its policy.
static void run_plain(const char *keep, co_buf out[2]) {
  fixture f;
  fixture_open(&f, fixture_study(SAC, LEARNING, keep));
  out[0] = (co_buf){0};
  ck_ok(co_trial_definition(&f.context, fixture_trial(&f, SOURCE), &out[0]));
  fixture_run(&f, SOURCE);
  ck_assert(fixture_done(&f, SOURCE));
  out[1] = fixture_read(&f, SOURCE, "policy.safetensors");
  char *path = fixture_file(&f, SOURCE, FILE_NAME);
  ck_assert_int_eq(co_file_exists(path), keep != NULL);
  free(path);
  fixture_close(&f);
}

START_TEST(nothing_else_changes) {
  co_buf with[2], without[2];
  run_plain(KEEP, with);
  run_plain(NULL, without);
  const char line[] = "keep_replay = true;\n";
  char *said = strstr(with[0].data, line);
  ck_assert_ptr_nonnull(said);
  memmove(said, said + strlen(line), strlen(said + strlen(line)) + 1);
  ck_assert_str_eq(with[0].data, without[0].data);
  ck_assert_uint_eq(with[1].size, without[1].size);
  ck_assert_mem_eq(with[1].data, without[1].data, with[1].size);
  for (int i = 0; i < 2; i++) {
    co_buf_free(&with[i]);
    co_buf_free(&without[i]);
  }
}
END_TEST

START_TEST(bytes_do_not_depend_on_threads) {
  fixture f;
  co_buf want = {0};
  open_study(&f, NULL);
  for (int threads = 1; threads <= 3; threads++) {
    ck_ok(co_pool_create(threads, &f.context.pool));
    fixture_run(&f, SOURCE);
    co_pool_free(f.context.pool);
    co_buf bytes = fixture_read(&f, SOURCE, FILE_NAME);
    if (threads > 1)
      assert_same(&bytes, &want);
    else
      want = bytes;
  }
  co_buf_free(&want);
  fixture_close(&f);
}
END_TEST

static volatile sig_atomic_t stop;
static int64_t stop_at;

static void stop_there(void *context, int64_t steps) {
  (void)context;
  stop = steps >= stop_at;
}

// Again and again, with a checkpoint each time; the last one at the end of the training.
START_TEST(it_can_be_stopped) {
  static const char *const files[] = {FILE_NAME, "done.json", "policy.safetensors"};
  fixture f;
  co_buf want[3];
  int stops = 0;
  open_study(&f, NULL);
  fixture_run(&f, SOURCE);
  for (int i = 0; i < 3; i++) want[i] = fixture_read(&f, SOURCE, files[i]);
  f.context.stop = &stop;
  f.context.progress = stop_there;
  co_status status = CO_INTERRUPTED;
  for (stop_at = 500; status == CO_INTERRUPTED; stop_at += 500, stops++) {
    stop = 0;
    status = co_trial_run(&f.context, fixture_trial(&f, SOURCE));
  }
  ck_assert_msg(status == CO_OK, "%s", co_error_text());
  ck_assert_int_gt(stops, 2);
  for (int i = 0; i < 3; i++) {
    co_buf bytes = fixture_read(&f, SOURCE, files[i]);
    assert_same(&bytes, &want[i]);
    co_buf_free(&want[i]);
  }
  fixture_close(&f);
}
END_TEST

START_TEST(a_training_that_diverged_keeps_it_too) {
  fixture f;
  co_data_set set;
  open_study(&f,
             "learning.sac={ envs = 2; horizon = 16; hidden = (8, 8); batch = 16; replay = 100; "
             "rate = 1; gamma = 1; tau = 1; updates_per_step = 200; }");
  fixture_run(&f, SOURCE);
  ck_assert(fixture_done(&f, SOURCE));
  co_record record = read_record(&f, SOURCE);
  ck_assert_int_eq(record.status, CO_RECORD_DIVERGED);
  ck_assert_ptr_nonnull(strstr(record.failed, "non-finite"));
  open_set(&f, &set);
  ck_assert_int_gt(set.transitions, 0);
  ck_assert_int_eq(record.set->transitions, set.transitions);
  co_data_set_close(&set);
  co_record_free(&record);
  fixture_close(&f);
}
END_TEST

// ---- what depends on it

START_TEST(a_strategy_learns_from_it) {
  fixture f;
  open_study(&f, NULL);
  ck_fails(co_trial_run(&f.context, fixture_trial(&f, CLONE)), CO_NO_INPUT,
           CLONE " needs the data of " SOURCE ", which is not done");
  fixture_run(&f, SOURCE);
  fixture_run(&f, CLONE);
  ck_assert(fixture_done(&f, CLONE));
  co_record record = read_record(&f, CLONE);
  ck_assert_int_eq(record.num_inputs, 1);
  ck_assert_str_eq(record.input[0].name, SOURCE "/" FILE_NAME);
  ck_assert_int_eq(record.num_sets, 0);
  co_record_free(&record);
  fixture_close(&f);
}
END_TEST

START_TEST(from_nothing_nothing_is_learned) {
  const co_data_about about = {.obs_dim = 3, .act_dim = 1, .seed = -1};
  fixture f;
  co_data_writer *writer;
  open_study(&f, NULL);
  fixture_run(&f, SOURCE);
  char *path = fixture_file(&f, SOURCE, FILE_NAME);
  ck_ok(co_data_writer_create(path, &about, &writer));
  ck_ok(co_data_writer_commit(writer));
  co_data_writer_destroy(writer);
  ck_fails(co_trial_run(&f.context, fixture_trial(&f, CLONE)), CO_DATA,
           FILE_NAME ": there are no transitions to learn from");
  free(path);
  fixture_close(&f);
}
END_TEST

START_TEST(a_damaged_one_is_made_again) {
  fixture f;
  open_study(&f, NULL);
  fixture_run(&f, SOURCE);
  co_buf want = fixture_read(&f, SOURCE, FILE_NAME);
  fixture_spoil(&f, SOURCE, FILE_NAME, (fixture_damage)_i);
  assert_look(&f, SOURCE, CO_FINISH_DAMAGED, FILE_NAME);
  fixture_run(&f, SOURCE);
  assert_look(&f, SOURCE, CO_FINISH_DONE, NULL);
  co_buf again = fixture_read(&f, SOURCE, FILE_NAME);
  assert_same(&again, &want);
  co_buf_free(&want);
  fixture_close(&f);
}
END_TEST

static void rename_set(co_record *record) {
  strcpy(record->set->file, "data.codata");
}
static void claim_transitions(co_record *record) {
  record->set->transitions = STEPS + 1;
}
static void lose_set(co_record *record) {
  record->num_sets = 0;
  free(record->set);
  record->set = NULL;
}
static const struct {
  void (*spoil)(co_record *record);
  const char *says;
} wrong[] = {
    {rename_set, "has a data set data.codata instead of replay.codata"},
    {claim_transitions, "has kept 129 transitions of 128 steps"},
    {lose_set, "has 0 data sets instead of 1"},
};

START_TEST(a_record_of_wrong_content_is_no_result) {
  fixture f;
  open_study(&f, NULL);
  fixture_run(&f, SOURCE);
  co_record record = read_record(&f, SOURCE);
  wrong[_i].spoil(&record);
  ck_fails(co_trial_check_record(&f.context, fixture_trial(&f, SOURCE), &record), CO_DATA,
           wrong[_i].says);
  co_record_free(&record);
  fixture_close(&f);
}
END_TEST

START_TEST(a_plan_counts_its_bytes) {
  fixture f;
  co_study_plan plan;
  open_study(&f, NULL);
  ck_ok(co_study_plan_make(&f.context, 1, 1, false, &plan));
  ck_assert_int_eq(plan.recorded, 0);
  ck_assert_double_gt(plan.bytes, 2.0 * STEPS * (3 + 1 + 4) * 4);
  co_study_plan_free(&plan);
  fixture_close(&f);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("kept replay");
  TCase *all = tcase_create("all");
  tcase_add_checked_fixture(all, fixture_setup, fixture_teardown);
  tcase_set_timeout(all, 60);
  tcase_add_test(all, a_source_keeps_its_replay);
  tcase_add_test(all, nothing_else_changes);
  tcase_add_test(all, bytes_do_not_depend_on_threads);
  tcase_add_test(all, it_can_be_stopped);
  tcase_add_test(all, a_training_that_diverged_keeps_it_too);
  tcase_add_test(all, a_strategy_learns_from_it);
  tcase_add_test(all, from_nothing_nothing_is_learned);
  tcase_add_loop_test(all, a_damaged_one_is_made_again, 0, FIXTURE_NUM_DAMAGES);
  tcase_add_loop_test(all, a_record_of_wrong_content_is_no_result, 0, sizeof wrong / sizeof *wrong);
  tcase_add_test(all, a_plan_counts_its_bytes);
  suite_add_tcase(suite, all);
  return suite;
}
