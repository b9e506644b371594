// Is a trial finished? By what its record says and what its files hold, not by its checksum alone.

#include "tests/transfer/study_fixture.h"
#include "transfer/run/definition.h"
#include "transfer/run/private/finished.h"

#include <math.h>

#define SOURCE "source.a.-.-.s0"
#define FULL "transfer.a.b.full.s0"
#define RANDOM "random.-.b.-.s0"

static void open_pair(fixture *f) {
  fixture_open(f, fixture_study(NULL, NULL, NULL));
  fixture_run(f, SOURCE);
  fixture_run(f, FULL);
  fixture_run(f, RANDOM);
}

static co_finish look(const fixture *f, const char *id, co_buf *why) {
  co_finish finish;
  ck_ok(co_trial_look(&f->context, fixture_trial(f, id), &finish, why));
  return finish;
}

static void assert_look(const fixture *f, const char *id, co_finish want, const char *says) {
  co_buf why = {0};
  co_finish found = look(f, id, &why);
  ck_assert_msg(found == want, "%s is %d instead of %d: %s", id, found, want,
                why.size ? why.data : "");
  ck_assert_msg(!says || strstr(why.data, says), "\"%s\" not in: %s", says ? says : "", why.data);
  co_buf_free(&why);
}

// ---- content ----

// Each makes a record wrong that was right; the record is signed again.
static void double_point(co_record *record) {
  co_evaluation copy = record->point[1].eval;
  copy.episode = malloc((size_t)copy.count * sizeof *copy.episode);
  ck_assert_ptr_nonnull(copy.episode);
  memcpy(copy.episode, record->point[1].eval.episode, (size_t)copy.count * sizeof *copy.episode);
  ck_ok(co_record_add_point(record, record->point[1].step, false, false, &copy));
  for (int i = record->num_points - 1; i > 2; i--) {
    co_point moved = record->point[i];
    record->point[i] = record->point[i - 1];
    record->point[i - 1] = moved;
  }
}
static void swap_points(co_record *record) {
  co_point first = record->point[0];
  record->point[0] = record->point[1];
  record->point[1] = first;
}
static void drop_point(co_record *record) {
  co_evaluation_free(&record->point[--record->num_points].eval);
}
static void move_point(co_record *record) {
  record->point[1].step++;
}
static void turn_world(co_record *record) {
  record->point[1].in_source = true;
}
static void turn_final(co_record *record) {
  record->point[2].is_final = true;
}
static void drop_episode(co_record *record) {
  record->point[1].eval.count--;
}
static void claim_steps(co_record *record) {
  record->env_steps++;
}
static void lose_faults(co_record *record) {
  record->faults = -1;
}
static void lose_input(co_record *record) {
  record->num_inputs = 0;
}
static void rename_input(co_record *record) {
  strcpy(record->input[0].name, "source.a.-.-.s1");
}
static void double_tensor(co_record *record) {
  strcpy(record->tensor[1].name, record->tensor[0].name);
}
static void invent_status(co_record *record) {
  strcpy(record->tensor[0].status, "stolen");
}
static void move_backwards(co_record *record) {
  record->tensor[0].moved = -1;
}
static void move_in_place(co_record *record) {
  record->tensor[0].after = record->tensor[0].before;
  record->tensor[0].moved = 0.5;
}
static void lose_tensors(co_record *record) {
  record->num_tensors = 0;
}
static void lose_policy(co_record *record) {
  record->policy_hash = 0;
}
static void change_text(co_record *record) {
  record->definition[0] = 'F';
}
static void change_id(co_record *record) {
  strcpy(record->id, SOURCE);
}

static const struct {
  void (*spoil)(co_record *record);
  const char *says;
} wrong[] = {
    {double_point,
     "evaluation 2 is of step 64 in the target, where step 128 in the target belongs"},
    {swap_points, "evaluation 0 is of step 64 in the target, where step 0"},
    {drop_point, "has 4 evaluations instead of 5"},
    {move_point, "evaluation 1 is of step 65"},
    {turn_world, "evaluation 1 is of step 64 in the source, where step 64 in the target belongs"},
    {turn_final, "evaluation 2 is the final one of step 128"},
    {drop_episode, "evaluation 1 has 1 episodes instead of 2"},
    {claim_steps, "has 129 steps of training instead of 128"},
    {lose_faults, "faults: must be a whole number from 0"},
    {lose_input, "has 0 inputs instead of 1"},
    {rename_input, "starts from source.a.-.-.s1 instead of " SOURCE "/policy.safetensors"},
    {double_tensor, " is there twice"},
    {invent_status, "has an unknown status, stolen"},
    {move_backwards, "tensors.0.moved: -1 is out of range"},
    {move_in_place, "moved by 0.5, and its hashes say otherwise"},
    {lose_tensors, "has 0 tensors"},
    {lose_policy, "lacks a policy"},
    {change_text, "done.json: definition: has another hash"},
    {change_id, "is the record of trial " SOURCE},
};

static void change_record(const fixture *f, const char *id, void (*change)(co_record *record)) {
  char *path = fixture_file(f, id, "done.json");
  co_record record;
  co_buf text = {0};
  ck_ok(co_record_read(path, &record));
  change(&record);
  ck_ok(co_record_write(&record, &text));
  ck_ok(co_file_write(path, text.data, text.size));
  co_record_free(&record);
  co_buf_free(&text);
  free(path);
}

START_TEST(a_record_of_wrong_content_is_no_result) {
  fixture f;
  open_pair(&f);
  co_buf want = fixture_read(&f, FULL, "done.json");
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    change_record(&f, FULL, wrong[i].spoil);
    assert_look(&f, FULL, CO_FINISH_DAMAGED, wrong[i].says);
    assert_look(&f, FULL, CO_FINISH_DAMAGED, "/done.json: ");
    ck_assert(!fixture_done(&f, FULL));
    char *path = fixture_file(&f, FULL, "done.json");
    ck_ok(co_file_write(path, want.data, want.size));
    free(path);
    assert_look(&f, FULL, CO_FINISH_DONE, NULL);
  }
  co_buf_free(&want);
  fixture_close(&f);
}
END_TEST

static void fewer_episodes(co_record *record) {
  record->point[0].eval.count = 3;
}
static void claim_failure(co_record *record) {
  record->status = CO_RECORD_DIVERGED;
  strcpy(record->failed, "it says");
}
START_TEST(random_actions_have_one_evaluation) {
  fixture f;
  open_pair(&f);
  change_record(&f, RANDOM, fewer_episodes);
  assert_look(&f, RANDOM, CO_FINISH_DAMAGED, "evaluation 0 has 3 episodes instead of 4");
  fixture_run(&f, RANDOM);
  change_record(&f, RANDOM, claim_failure);
  assert_look(&f, RANDOM, CO_FINISH_DAMAGED, "says that a training diverged");
  fixture_close(&f);
}
END_TEST

// every number of points that a study may ask for, of fewer and of more updates
START_TEST(the_curve_is_as_it_is_written) {
  static const int points[] = {2, 3, 4, 5, 7, 50};
  char edit[64];
  for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
    fixture f;
    snprintf(edit, sizeof edit, "evaluations=%d", points[i]);
    fixture_open(&f, fixture_study(edit, _i ? "sources.0.steps=300" : "sources.0.steps=1", NULL));
    fixture_run(&f, SOURCE);
    assert_look(&f, SOURCE, CO_FINISH_DONE, NULL);
    fixture_close(&f);
  }
}
END_TEST

// ---- files ----

START_TEST(lost_and_changed_logs_are_made_anew) {
  static const char *const files[] = {"log.jsonl", "log.csv", "timing.csv"};
  fixture f;
  open_pair(&f);
  for (int i = 0; i < 3; i++) {
    if (i == 2 && _i == FIXTURE_FLIP) continue;  // times have no hash: they differ from run to run
    if (i == 2 && _i == FIXTURE_CUT) continue;
    co_buf want = fixture_read(&f, FULL, files[i]);
    fixture_spoil(&f, FULL, files[i], (fixture_damage)_i);
    assert_look(&f, FULL, CO_FINISH_DAMAGED, files[i]);
    fixture_run(&f, FULL);
    assert_look(&f, FULL, CO_FINISH_DONE, NULL);
    co_buf again = fixture_read(&f, FULL, files[i]);
    if (i < 2) ck_assert_int_eq(memcmp(again.data, want.data, want.size), 0);
    co_buf_free(&want);
    co_buf_free(&again);
  }
  fixture_close(&f);
}
END_TEST

// ---- another definition ----

START_TEST(another_definition_says_what_differs) {
  static const struct {
    const char *edit, *id, *says;
  } edits[] = {
      {"seed=2", SOURCE, "seed 1 -> 2"},
      {"targets.0.steps=64", FULL, "steps 128 -> 64"},
      {"random_episodes=5", RANDOM, "episodes 4 -> 5"},
      {"strategies.1.train=\"critic.*\"", FULL, "strategy.train \"*\" -> \"critic.*\""},
  };
  fixture f, changed;
  open_pair(&f);
  for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
    fixture_open(&changed, fixture_study(edits[i].edit, NULL, NULL));
    assert_look(&changed, edits[i].id, CO_FINISH_OTHER, edits[i].says);
    fixture_close(&changed);
  }
  fixture_open(&changed, fixture_study("sources.0.steps=64", NULL, NULL));
  fixture_run(&changed, SOURCE);
  assert_look(&changed, FULL, CO_FINISH_INPUTS,
              "starts from another policy, " SOURCE "/policy.safetensors");
  fixture_close(&changed);
  fixture_close(&f);
}
END_TEST

// Definitions without names of elements, as they were written before.
static void lose_names(co_record *record) {
  co_buf text = {0};
  co_buf_puts(&text, record->definition);
  co_definition_make_like("", &text);
  ck_assert(strstr(record->definition, "names_hash") && !strstr(text.data, "names_hash"));
  free(record->definition);
  record->definition = text.data;
  record->definition_hash = co_hash(text.data, text.size);
}
static void forget(co_record *record) {
  lose_names(record);
  strcpy(record->input[0].name, SOURCE);
  free(record->definition);
  record->definition = NULL;
  record->num_logs = 0;
}
START_TEST(records_of_an_older_version_count) {
  fixture f, changed;
  open_pair(&f);
  fixture_open(&changed, fixture_study("seed=2", NULL, NULL));
  change_record(&f, FULL, lose_names);
  assert_look(&f, FULL, CO_FINISH_DONE, NULL);
  assert_look(&changed, FULL, CO_FINISH_OTHER, "seed 1 -> 2");
  fixture_close(&changed);
  fixture_run(&f, FULL);
  change_record(&f, FULL, forget);
  assert_look(&f, FULL, CO_FINISH_DONE, NULL);
  fixture_open(&changed, fixture_study("seed=2", NULL, NULL));
  assert_look(&changed, FULL, CO_FINISH_OTHER, "by an older version that kept its hash only");
  fixture_close(&changed);
  fixture_close(&f);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("finished");
  TCase *all = tcase_create("all");
  tcase_add_checked_fixture(all, fixture_setup, fixture_teardown);
  tcase_set_timeout(all, 60);
  tcase_add_test(all, a_record_of_wrong_content_is_no_result);
  tcase_add_test(all, random_actions_have_one_evaluation);
  tcase_add_loop_test(all, the_curve_is_as_it_is_written, 0, 2);
  tcase_add_loop_test(all, lost_and_changed_logs_are_made_anew, 0, FIXTURE_NUM_DAMAGES);
  tcase_add_test(all, another_definition_says_what_differs);
  tcase_add_test(all, records_of_an_older_version_count);
  suite_add_tcase(suite, all);
  return suite;
}
