// Trials: ids and order, what is done and when it has to be done again, equal bytes for any number
// of threads.

#include "core/json.h"
#include "tests/transfer/study_fixture.h"
#include "transfer/run/definition.h"
#include "transfer/run/record.h"

#include <math.h>

#define SOURCE "source.a.-.-.s0"
#define FULL "transfer.a.b.full.s0"
#define SCRATCH "transfer.-.b.scratch.s0"
#define RANDOM "random.-.b.-.s0"

// --- expansion ---

START_TEST(ids_come_in_the_order_of_their_needs) {
  static const char *const expected[] = {
      "source.a.-.-.s0",           "source.a.-.-.s1",           "oracle.-.b.scratch.s0",
      "oracle.-.b.scratch.s1",     "random.a.-.-.s0",           "random.-.b.-.s0",
      "transfer.a.b.zero_shot.s0", "transfer.a.b.zero_shot.s1", "transfer.-.b.scratch.s0",
      "transfer.-.b.scratch.s1",   "transfer.a.b.full.s0",      "transfer.a.b.full.s1"};
  enum { COUNT = sizeof expected / sizeof *expected };
  fixture f;
  fixture_open(&f, fixture_study(NULL, NULL, NULL));
  ck_assert_int_eq(f.trials.count, COUNT);
  for (int i = 0; i < COUNT; i++) {
    const co_trial *trial = &f.trials.trial[i];
    ck_assert_str_eq(trial->id, expected[i]);
    ck_assert_int_eq(co_trials_find(&f.trials, expected[i]), i);
    int from = co_trial_policy_of(trial);
    ck_assert_int_lt(from, i);
    ck_assert_int_eq(trial->num_needs, trial->kind == CO_TRIAL_TRANSFER && trial->source >= 0);
    ck_assert_int_eq(from >= 0, trial->num_needs);
    if (from >= 0) {
      ck_assert_int_eq(f.trials.trial[from].seed, trial->seed);
      ck_assert_int_eq(f.trials.trial[from].source, trial->source);
      ck_assert_str_eq(trial->need[0].file, "policy.safetensors");
    }
  }
  ck_assert_int_eq(co_trials_find(&f.trials, "source.a.-.-.s2"), -1);
  fixture_close(&f);
}
END_TEST

#define TWO_SOURCES                                                                       \
  "sources=( { name = \"z\"; task = \"pendulum\"; steps = 64; }, { name = \"a\"; task = " \
  "\"pendulum\"; steps = 128; } )"
#define TWO_TARGETS                                                                             \
  "targets=( { name = \"new\"; task = \"pendulum\"; steps = 64; domain = ( { parameter = "      \
  "\"option.gravity\"; "                                                                        \
  "scale = 3.0; } ); }, { name = \"b\"; task = \"pendulum\"; steps = 128; oracle_steps = 256; " \
  "if_not_live = \"run\"; "                                                                     \
  "domain = ( { parameter = \"option.gravity\"; scale = 2.0; } ); } )"
#define MORE_STRATEGIES \
  "strategies=( { name = \"l2sp\"; }, { name = \"scratch\"; }, { name = \"full\"; } )"

// each puts something new in front of what was there
static const char *const growth[] = {TWO_SOURCES,
                                     TWO_TARGETS,
                                     MORE_STRATEGIES,
                                     "seeds=3",
                                     "data=( { name = \"own\"; episodes = 3; } )",
                                     "name=\"other\"",
                                     "bootstrap=777",
                                     "targets.0.threshold=-5.0",
                                     "targets.0.if_not_live=\"stop\""};
START_TEST(old_trials_keep_id_and_definition_when_a_study_grows) {
  fixture before, after;
  fixture_open(&before, fixture_study(NULL, NULL, NULL));
  fixture_open(&after, fixture_study(growth[_i], NULL, NULL));
  for (int i = 0; i < before.trials.count; i++) {
    const co_trial *old = &before.trials.trial[i], *same = fixture_trial(&after, old->id);
    uint64_t was, is;
    ck_ok(co_trial_definition_hash(&before.context, old, &was));
    ck_ok(co_trial_definition_hash(&after.context, same, &is));
    ck_assert_msg(was == is, "%s", old->id);
  }
  fixture_close(&before);
  fixture_close(&after);
}
END_TEST

// What a checkpoint of the trial has to agree with, but for its inputs.
static uint64_t identity_of(const fixture *f, const char *id) {
  co_arena arena = {0};
  co_training_def def;
  uint64_t identity;
  ck_ok(co_trial_training(&f->context, fixture_trial(f, id), &arena, &def));
  ck_ok(co_training_identity(&def, &identity));
  co_arena_free(&arena);
  return identity;
}

static const struct {
  const char *edit;
  bool source, full, scratch, random;  // whose definition changes
} changes[] = {
    {"seed=2", true, true, true, true},
    {"episodes=3", true, true, true, false},
    {"final_episodes=4", true, true, true, false},
    {"evaluations=2", true, true, true, false},
    {"random_episodes=5", false, false, false, true},
    {"learning.epochs=3", true, true, true, false},
    {"sources.0.steps=64", true, false, false, false},  // the others notice by the policy
    {"targets.0.steps=64", false, true, true, false},
    {"targets.0.domain.0.scale=2.5", false, true, true, true},
    {"targets.0.learning={ epochs = 3; }", false, true, true, false},
    {"sources.0.learning={ epochs = 3; }", true, false, false, false},
    {"strategies.1.train=\"critic.*\"", false, true, false, false},
    {"strategies.1.rules=( { tensors = \"*\"; rate = 0.5; } )", false, true, false, false},
    {"sources.0.domain=( { parameter = \"option.gravity\"; scale = 1.5; } )", true, true, true,
     false},  // home too
};
START_TEST(definitions_change_with_what_they_depend_on) {
  fixture before, after;
  fixture_open(&before, fixture_study(NULL, NULL, NULL));
  fixture_open(&after, fixture_study(changes[_i].edit, NULL, NULL));
  static const char *const ids[] = {SOURCE, FULL, SCRATCH, RANDOM};
  const bool expected[] = {changes[_i].source, changes[_i].full, changes[_i].scratch,
                           changes[_i].random};
  for (int i = 0; i < 4; i++) {
    uint64_t was, is;
    ck_ok(co_trial_definition_hash(&before.context, fixture_trial(&before, ids[i]), &was));
    ck_ok(co_trial_definition_hash(&after.context, fixture_trial(&after, ids[i]), &is));
    ck_assert_msg((was != is) == expected[i], "%s, %s", ids[i], changes[_i].edit);
    // one text is behind both
    was = identity_of(&before, ids[i]);
    is = identity_of(&after, ids[i]);
    ck_assert_msg((was != is) == expected[i], "identity of %s, %s", ids[i], changes[_i].edit);
  }
  fixture_close(&before);
  fixture_close(&after);
}
END_TEST

// Two bodies, the motor at the first one: only their names say which one the task observes, so that
// the compiled models have the same hash.
static void write_swapped(const char *first, const char *second) {
  char text[2000];
  snprintf(text, sizeof text,
           "<mujoco><worldbody>"
           "<body name=\"%s\"><joint name=\"%s\" axis=\"0 1 0\"/><geom size=\"0.1\" pos=\"1 0 "
           "0\"/></body>"
           "<body name=\"%s\"><joint name=\"%s\" axis=\"0 1 0\"/><geom size=\"0.1\" pos=\"2 0 "
           "0\"/></body>"
           "</worldbody><actuator><motor name=\"m\" joint=\"%s\" ctrlrange=\"-1 "
           "1\"/></actuator></mujoco>",
           first, first, second, second, first);
  fixture_write("pair.xml", text);
}

START_TEST(names_of_elements_are_part_of_a_definition) {
  static const char task[] =
      "task = { format = 1; model = \"pair.xml\"; substeps = 1; horizon = 10;\n"
      "  observe = \"fresh\";\n"
      "  observation = ( { term = \"qpos\"; of = \"left\"; } );\n"
      "  action = ( { term = \"ctrl\"; } ); reward = ( { term = \"alive\"; } ); };\n";
  co_buf edit = {0}, told = {0}, text[2] = {{0}};
  co_buf_printf(&edit, "sources=( { name = \"a\"; task = \"%s\"; steps = 64; } )",
                fixture_write("pair.cfg", task));
  fixture f;
  fixture_open(&f, fixture_study(edit.data, NULL, NULL));
  write_swapped("left", "right");
  ck_ok(co_trial_definition(&f.context, fixture_trial(&f, SOURCE), &text[0]));
  write_swapped("right", "left");
  ck_ok(co_trial_definition(&f.context, fixture_trial(&f, SOURCE), &text[1]));
  ck_ok(co_definition_diff(text[0].data, text[1].data, &told));
  ck_assert_msg(told.size > 0, "the same definition");
  ck_assert_ptr_eq(strstr(told.data, "world.names_hash \""), told.data);
  ck_assert_ptr_null(strchr(told.data, ','));  // nothing else differs
  co_buf_free(&edit), co_buf_free(&told), co_buf_free(&text[0]), co_buf_free(&text[1]);
  fixture_close(&f);
}
END_TEST

START_TEST(budgets_count_what_runs) {
  fixture f;
  fixture_open(&f, fixture_study(NULL, NULL, NULL));
  static const struct {
    const char *id;
    int64_t steps, episodes;
  } budgets[] = {{SOURCE, 128, 3 * 2 + 3},
                 {"oracle.-.b.scratch.s1", 256, 3 * 2 + 2 * 3},
                 {RANDOM, 0, 4},
                 {FULL, 128, 3 * 2 + 2 * 3},
                 {"transfer.a.b.zero_shot.s0", 0, 2 + 2 * 3}};
  for (size_t i = 0; i < sizeof budgets / sizeof *budgets; i++) {
    const co_trial *trial = fixture_trial(&f, budgets[i].id);
    ck_assert_int_eq(co_trial_train_steps(f.study, trial), budgets[i].steps);
    ck_assert_int_eq(co_trial_eval_episodes(f.study, trial), budgets[i].episodes);
  }
  fixture_close(&f);
}
END_TEST

// --- running ---

static co_record read_record(const fixture *f, const char *id) {
  char *path = fixture_file(f, id, "done.json");
  co_record record;
  ck_ok(co_record_read(path, &record));
  free(path);
  return record;
}

START_TEST(a_source_leaves_policy_curve_and_record) {
  fixture f;
  fixture_open(&f, fixture_study(NULL, NULL, NULL));
  ck_assert(!fixture_done(&f, SOURCE));
  fixture_run(&f, SOURCE);
  ck_assert(fixture_done(&f, SOURCE));
  co_record record = read_record(&f, SOURCE);
  ck_assert_int_eq(record.num_inputs, 0);
  ck_assert_double_nan(record.action_difference);
  ck_assert_int_eq(record.env_steps, 128);  // the warm-up of the normaliser is on top
  ck_assert_int_eq(record.num_points, 4);
  for (int i = 0; i < 4; i++) {
    ck_assert(record.point[i].in_source);
    ck_assert_int_eq(record.point[i].is_final, i == 3);
    ck_assert_int_eq(record.point[i].eval.count, i == 3 ? 3 : 2);
  }
  ck_assert_int_eq(record.point[0].step, 0);
  ck_assert_int_eq(record.point[2].step, record.env_steps);
  co_record_free(&record);
  fixture_close(&f);
}
END_TEST

START_TEST(a_transfer_needs_its_source) {
  fixture f;
  fixture_open(&f, fixture_study(NULL, NULL, NULL));
  ck_fails(co_trial_run(&f.context, fixture_trial(&f, FULL)), CO_NO_INPUT,
           FULL " needs the policy of " SOURCE ", which is not done");
  ck_assert(!fixture_done(&f, FULL));
  fixture_run(&f, SOURCE);
  fixture_run(&f, FULL);
  ck_assert(fixture_done(&f, FULL));
  co_record record = read_record(&f, FULL);
  ck_assert_int_eq(record.num_inputs, 1);
  ck_assert_str_eq(record.input[0].name, SOURCE "/policy.safetensors");
  ck_assert_double_eq(record.action_difference, 0);
  ck_assert_ptr_nonnull(co_record_final(&record, true));
  ck_assert_ptr_nonnull(co_record_final(&record, false));
  co_record_free(&record);
  fixture_close(&f);
}
END_TEST

START_TEST(zero_shot_return_is_the_start_of_copy_all) {
  fixture f;
  fixture_open(&f, fixture_study(NULL, NULL, NULL));
  fixture_run(&f, SOURCE);
  fixture_run(&f, FULL);
  fixture_run(&f, "transfer.a.b.zero_shot.s0");
  co_record full = read_record(&f, FULL), zero = read_record(&f, "transfer.a.b.zero_shot.s0");
  ck_assert_int_eq(zero.env_steps, 0);
  ck_assert_int_eq(zero.num_points, 3);  // one point of a curve, final in target and source
  ck_assert_double_eq(full.point[0].eval.mean, zero.point[0].eval.mean);
  for (int i = 0; i < zero.num_tensors; i++)
    ck_assert_uint_eq(zero.tensor[i].before, zero.tensor[i].after);
  co_record source = read_record(&f, SOURCE);  // played the same final episodes at home
  ck_assert_double_eq(co_record_final(&zero, true)->eval.mean,
                      co_record_final(&source, true)->eval.mean);
  co_record_free(&full);
  co_record_free(&zero);
  co_record_free(&source);
  fixture_close(&f);
}
END_TEST

static void run_with_threads(fixture *f, int threads, co_buf bytes[4]) {
  ck_ok(co_pool_create(threads, &f->context.pool));
  fixture_run(f, SOURCE);
  fixture_run(f, FULL);
  bytes[0] = fixture_read(f, SOURCE, "policy.safetensors");
  bytes[1] = fixture_read(f, SOURCE, "done.json");
  bytes[2] = fixture_read(f, FULL, "policy.safetensors");
  bytes[3] = fixture_read(f, FULL, "done.json");
  co_pool_free(f->context.pool);
}

START_TEST(bytes_do_not_depend_on_threads) {
  fixture f;
  fixture_open(&f, fixture_study(NULL, NULL, NULL));
  co_buf one[4], more[4];
  run_with_threads(&f, 1, one);
  for (int threads = 2; threads <= 3; threads++) {
    run_with_threads(&f, threads, more);
    for (int i = 0; i < 4; i++) {
      ck_assert_uint_eq(one[i].size, more[i].size);
      ck_assert_int_eq(memcmp(one[i].data, more[i].data, one[i].size), 0);
      co_buf_free(&more[i]);
    }
  }
  for (int i = 0; i < 4; i++) co_buf_free(&one[i]);
  fixture_close(&f);
}
END_TEST

// --- done again ---

static void run_pair(fixture *f) {
  fixture_open(f, fixture_study(NULL, NULL, NULL));
  fixture_run(f, SOURCE);
  fixture_run(f, FULL);
  ck_assert(fixture_done(f, SOURCE));
  ck_assert(fixture_done(f, FULL));
}

START_TEST(done_trials_stay_done_when_a_study_grows) {
  fixture f, grown;
  run_pair(&f);
  fixture_open(&grown, fixture_study(growth[_i], NULL, NULL));
  ck_assert(fixture_done(&grown, SOURCE));
  ck_assert(fixture_done(&grown, FULL));
  fixture_close(&f);
  fixture_close(&grown);
}
END_TEST

START_TEST(changed_trials_are_not_done) {
  fixture f, changed;
  run_pair(&f);
  fixture_open(&changed, fixture_study(changes[_i].edit, NULL, NULL));
  ck_assert_int_eq(fixture_done(&changed, SOURCE), !changes[_i].source);
  ck_assert_int_eq(fixture_done(&changed, FULL), !changes[_i].full);
  fixture_close(&f);
  fixture_close(&changed);
}
END_TEST

START_TEST(a_new_source_policy_outdates_what_started_from_it) {
  fixture f, changed;
  run_pair(&f);
  fixture_open(&changed, fixture_study("sources.0.steps=64", NULL, NULL));
  ck_assert(fixture_done(&changed, FULL));  // the policy is still the old one
  fixture_run(&changed, SOURCE);
  ck_assert(fixture_done(&changed, SOURCE));
  ck_assert(!fixture_done(&changed, FULL));
  fixture_run(&changed, FULL);
  ck_assert(fixture_done(&changed, FULL));
  fixture_close(&f);
  fixture_close(&changed);
}
END_TEST

START_TEST(damage_is_noticed_and_repaired) {
  static const char *const files[] = {"done.json", "policy.safetensors"};
  fixture f;
  run_pair(&f);
  co_buf policy = fixture_read(&f, FULL, "policy.safetensors"),
         record = fixture_read(&f, FULL, "done.json");
  for (int file = 0; file < 2; file++) {
    fixture_spoil(&f, FULL, files[file], (fixture_damage)_i);
    ck_assert_msg(!fixture_done(&f, FULL), "%s", files[file]);
    ck_assert(fixture_done(&f, SOURCE));
    fixture_run(&f, FULL);
    ck_assert(fixture_done(&f, FULL));
    co_buf again = fixture_read(&f, FULL, files[file]);
    ck_assert_int_eq(memcmp(again.data, (file ? policy : record).data, again.size), 0);
    co_buf_free(&again);
  }
  fixture_spoil(&f, SOURCE, "policy.safetensors", (fixture_damage)_i);
  ck_assert(!fixture_done(&f, SOURCE));
  ck_assert(!fixture_done(&f, FULL));
  co_buf_free(&policy);
  co_buf_free(&record);
  fixture_close(&f);
}
END_TEST

START_TEST(another_trials_record_does_not_count) {
  fixture f;
  run_pair(&f);
  fixture_run(&f, "source.a.-.-.s1");
  co_buf record = fixture_read(&f, SOURCE, "done.json");
  char *path = fixture_file(&f, "source.a.-.-.s1", "done.json");
  ck_ok(co_file_write(path, record.data, record.size));
  ck_assert(!fixture_done(&f, "source.a.-.-.s1"));
  co_buf_free(&record);
  free(path);
  fixture_close(&f);
}
END_TEST

START_TEST(leftovers_of_a_killed_worker_go_away) {
  fixture f;
  fixture_open(&f, fixture_study(NULL, NULL, NULL));
  fixture_run(&f, RANDOM);
  static const char *const leftovers[] = {"policy.safetensors.tmp.1.0", "done.json.tmp.1.0",
                                          "policy.safetensors"};
  for (int i = 0; i < 3; i++) {
    char *path = fixture_file(&f, RANDOM, leftovers[i]);
    ck_ok(co_file_write(path, "half", 4));
    free(path);
  }
  char *log = fixture_file(&f, RANDOM, "log.txt");
  ck_ok(co_file_write(log, "so far\n", 7));
  fixture_run(&f, RANDOM);
  char *folder = fixture_file(&f, RANDOM, "");
  co_names names;
  ck_ok(co_dir_list(folder, &names));
  ck_assert_int_eq(names.count, 3);
  ck_assert_str_eq(names.name[0], "done.json");
  ck_assert_str_eq(names.name[1], "log.txt");
  ck_assert_str_eq(names.name[2], "timing.csv");
  co_names_free(&names);
  free(folder);
  free(log);
  fixture_close(&f);
}
END_TEST

// --- policies that are given ---

// Writes the policy of a study's source to a file and gives a study that starts from it.
static co_study *study_from_policy(const char *edit) {
  fixture f;
  fixture_open(&f, fixture_study(NULL, NULL, NULL));
  fixture_run(&f, SOURCE);
  co_buf bytes = fixture_read(&f, SOURCE, "policy.safetensors");
  const char *path = fixture_path("given.safetensors");
  ck_ok(co_file_write(path, bytes.data, bytes.size));
  co_buf_free(&bytes);
  fixture_close(&f);
  char sources[2048];
  snprintf(sources, sizeof sources,
           "sources=( { name = \"a\"; task = \"pendulum\"; policy = \"%s\"; } )", path);
  return fixture_study(sources, edit, NULL);
}

START_TEST(a_given_policy_is_a_source) {
  fixture f;
  fixture_open(&f, study_from_policy(NULL));
  ck_assert(!fixture_done(&f, SOURCE));  // the trained one's definition is another
  fixture_run(&f, SOURCE);
  fixture_run(&f, FULL);
  ck_assert(fixture_done(&f, FULL));
  co_record record = read_record(&f, SOURCE);
  ck_assert_str_eq(record.input[0].name, "given.safetensors");
  ck_assert_int_eq(record.env_steps, 0);
  co_record_free(&record);
  co_policy *policy;
  ck_ok(co_policy_load(fixture_path("given.safetensors"), &policy));
  ((float *)policy->tensor[0].data)[0] += 1;
  ck_ok(co_policy_save(policy, fixture_path("given.safetensors")));
  co_policy_free(policy);
  ck_assert(!fixture_done(&f, SOURCE));
  fixture_close(&f);
}
END_TEST

START_TEST(a_given_policy_has_to_be_whole_and_to_fit) {
  fixture f;
  fixture_open(&f, study_from_policy(NULL));
  const char *path = fixture_path("given.safetensors");
  co_buf bytes = {0};
  ck_ok(co_file_read(path, 0, &bytes));
  bytes.data[bytes.size - 5] ^= 1;
  ck_ok(co_file_write(path, bytes.data, bytes.size));
  ck_fails(co_trial_run(&f.context, fixture_trial(&f, SOURCE)), CO_DATA, "given.safetensors");
  ck_assert_int_eq(remove(path), 0);
  ck_fails(co_trial_run(&f.context, fixture_trial(&f, SOURCE)), CO_NO_INPUT, "given.safetensors");
  co_buf_free(&bytes);
  fixture_close(&f);
  fixture_open(&f, study_from_policy("sources.0.task=\"inverted_pendulum\""));
  ck_fails(co_trial_run(&f.context, fixture_trial(&f, SOURCE)), CO_CONFIG, "given.safetensors");
  fixture_close(&f);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("trial");
  TCase *expansion = tcase_create("expansion");
  tcase_add_checked_fixture(expansion, fixture_setup, fixture_teardown);
  tcase_add_test(expansion, ids_come_in_the_order_of_their_needs);
  tcase_add_loop_test(expansion, old_trials_keep_id_and_definition_when_a_study_grows, 0,
                      sizeof growth / sizeof *growth);
  tcase_add_test(expansion, names_of_elements_are_part_of_a_definition);
  tcase_add_loop_test(expansion, definitions_change_with_what_they_depend_on, 0,
                      sizeof changes / sizeof *changes);
  tcase_add_test(expansion, budgets_count_what_runs);
  suite_add_tcase(suite, expansion);
  TCase *running = tcase_create("running");
  tcase_add_checked_fixture(running, fixture_setup, fixture_teardown);
  tcase_set_timeout(running, 60);
  tcase_add_test(running, a_source_leaves_policy_curve_and_record);
  tcase_add_test(running, a_transfer_needs_its_source);
  tcase_add_test(running, zero_shot_return_is_the_start_of_copy_all);
  tcase_add_test(running, bytes_do_not_depend_on_threads);
  suite_add_tcase(suite, running);
  TCase *again = tcase_create("again");
  tcase_add_checked_fixture(again, fixture_setup, fixture_teardown);
  tcase_set_timeout(again, 60);
  tcase_add_loop_test(again, done_trials_stay_done_when_a_study_grows, 0,
                      sizeof growth / sizeof *growth);
  tcase_add_loop_test(again, changed_trials_are_not_done, 0, sizeof changes / sizeof *changes);
  tcase_add_test(again, a_new_source_policy_outdates_what_started_from_it);
  tcase_add_loop_test(again, damage_is_noticed_and_repaired, 0, FIXTURE_NUM_DAMAGES);
  tcase_add_test(again, another_trials_record_does_not_count);
  tcase_add_test(again, leftovers_of_a_killed_worker_go_away);
  suite_add_tcase(suite, again);
  TCase *given = tcase_create("given");
  tcase_add_checked_fixture(given, fixture_setup, fixture_teardown);
  tcase_set_timeout(given, 60);
  tcase_add_test(given, a_given_policy_is_a_source);
  tcase_add_test(given, a_given_policy_has_to_be_whole_and_to_fit);
  suite_add_tcase(suite, given);
  return suite;
}
