// Trials of kind `data`: what they record, the same bytes for any number of threads, what makes
// them be recorded again.

#include "agents/data/data_set.h"
#include "agents/data/writer.h"
#include "tests/transfer/study_fixture.h"
#include "transfer/run/definition.h"
#include "transfer/run/plan.h"
#include "transfer/run/private/finished.h"

#define SOURCE "source.a.-.-.s0"
#define OWN "data.a.-.own.s0"
#define AWAY "data.a.b.away.s0"
#define CHANCE "data.-.b.chance.s0"
#define DATA                                                                                   \
  "data=( { name = \"own\"; episodes = 5; }, { name = \"away\"; episodes = 3; in = "           \
  "\"target\"; actions = \"sampled\"; }, { name = \"chance\"; episodes = 2; in = \"target\"; " \
  "actions = \"random\"; } )"

static void open_data(fixture *f, const char *edit) {
  fixture_open(f, fixture_study(DATA, edit, NULL));
}

static void open_set(const fixture *f, const char *id, co_data_set *out) {
  char *path = fixture_file(f, id, "data.codata");
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

// ---- expansion ----

START_TEST(sets_are_trials_of_every_seed) {
  static const char *const expected[] = {OWN,    "data.a.-.own.s1",   AWAY, "data.a.b.away.s1",
                                         CHANCE, "data.-.b.chance.s1"};
  fixture f;
  open_data(&f, NULL);
  int first = co_trials_find(&f.trials, expected[0]);
  ck_assert_int_ge(first, 0);
  for (int i = 0; i < 6; i++) {
    const co_trial *trial = &f.trials.trial[first + i];
    ck_assert_str_eq(trial->id, expected[i]);
    ck_assert_int_eq(trial->kind, CO_TRIAL_DATA);
    ck_assert_int_eq(co_trial_policy_of(trial), i < 4 ? i % 2 : -1);
    ck_assert_int_eq(trial->num_needs, i < 4);
    ck_assert_int_eq(co_trial_acts_at_random(f.study, trial), i >= 4);
    ck_assert_int_eq(co_trial_train_steps(f.study, trial), 0);
    ck_assert_int_eq(co_trial_eval_episodes(f.study, trial), i < 2 ? 5 : i < 4 ? 3 : 2);
  }
  fixture_close(&f);
}
END_TEST

#define TWO_SOURCES                                                                       \
  "sources=( { name = \"z\"; task = \"pendulum\"; steps = 64; }, { name = \"a\"; task = " \
  "\"pendulum\"; steps = 128; } )"

START_TEST(a_set_is_of_each_source_or_of_one) {
  fixture f;
  fixture_open(&f, fixture_study(TWO_SOURCES, DATA, "data.1.source=\"z\""));
  ck_assert_int_ge(co_trials_find(&f.trials, "data.z.-.own.s0"), 0);
  ck_assert_int_ge(co_trials_find(&f.trials, OWN), 0);
  ck_assert_int_ge(co_trials_find(&f.trials, "data.z.b.away.s1"), 0);
  ck_assert_int_lt(co_trials_find(&f.trials, AWAY), 0);
  const co_trial *own = fixture_trial(&f, "data.a.-.own.s1");
  ck_assert_str_eq(f.trials.trial[co_trial_policy_of(own)].id, "source.a.-.-.s1");
  ck_assert_int_ge(co_trials_find(&f.trials, CHANCE), 0);
  fixture_close(&f);
}
END_TEST

// ---- recording ----

START_TEST(a_set_is_recorded) {
  static const struct {
    const char *id;
    int episodes, inputs;
    co_data_actor actor;
  } sets[] = {
      {OWN, 5, 1, CO_DATA_POLICY}, {AWAY, 3, 1, CO_DATA_POLICY}, {CHANCE, 2, 0, CO_DATA_RANDOM}};
  fixture f;
  open_data(&f, NULL);
  fixture_run(&f, SOURCE);
  for (int i = 0; i < 3; i++) {
    ck_assert(!fixture_done(&f, sets[i].id));
    fixture_run(&f, sets[i].id);
    ck_assert(fixture_done(&f, sets[i].id));
    co_record record = read_record(&f, sets[i].id);
    co_data_set set;
    open_set(&f, sets[i].id, &set);
    ck_assert_int_eq(set.episodes, sets[i].episodes);
    ck_assert_int_eq(set.about.actor, sets[i].actor);
    ck_assert_int_eq(record.num_sets, 1);
    ck_assert_str_eq(record.set->file, "data.codata");
    ck_assert_int_eq(record.set->episodes, set.episodes);
    ck_assert_int_eq(record.set->transitions, set.transitions);
    ck_assert(isfinite(record.set->return_mean));
    ck_assert_int_eq(record.num_points, 0);
    ck_assert_uint_eq(record.policy_hash, 0);
    ck_assert_int_eq(record.num_inputs, sets[i].inputs);
    if (record.num_inputs) ck_assert_str_eq(record.input[0].name, SOURCE "/policy.safetensors");
    co_data_set_close(&set);
    co_record_free(&record);
  }
  fixture_close(&f);
}
END_TEST

START_TEST(a_set_needs_its_policy) {
  fixture f;
  open_data(&f, NULL);
  ck_fails(co_trial_run(&f.context, fixture_trial(&f, OWN)), CO_NO_INPUT,
           OWN " needs the policy of " SOURCE ", which is not done");
  fixture_run(&f, CHANCE);
  ck_assert(fixture_done(&f, CHANCE));
  fixture_close(&f);
}
END_TEST

// Numbers of episodes count from 0 in every set, and starts are those of no evaluation.
START_TEST(episodes_are_no_evaluations) {
  fixture f;
  co_data_set set;
  open_data(&f, NULL);
  fixture_run(&f, SOURCE);
  fixture_run(&f, OWN);
  co_record record = read_record(&f, SOURCE);
  const co_point *final = co_record_final(&record, true);
  open_set(&f, OWN, &set);
  for (int e = 0; e < set.episodes; e++) {
    ck_assert_uint_eq(co_data_set_episode(&set, e).number, (unsigned)e);
    for (int k = 0; k < final->eval.count; k++)
      ck_assert_double_ne(co_data_set_episode(&set, e).ret, final->eval.episode[k].ret);
  }
  co_data_set_close(&set);
  co_record_free(&record);
  fixture_close(&f);
}
END_TEST

START_TEST(bytes_do_not_depend_on_threads) {
  static const char *const ids[] = {OWN, AWAY, CHANCE};
  static const char *const files[] = {"data.codata", "done.json"};
  fixture f;
  co_buf want[3][2];
  open_data(&f, NULL);
  fixture_run(&f, SOURCE);
  for (int threads = 1; threads <= 3; threads++) {
    ck_ok(co_pool_create(threads, &f.context.pool));
    for (int i = 0; i < 6; i++) {
      if (i % 2 == 0) fixture_run(&f, ids[i / 2]);
      co_buf bytes = fixture_read(&f, ids[i / 2], files[i % 2]);
      if (threads == 1) {
        want[i / 2][i % 2] = bytes;
        continue;
      }
      ck_assert_uint_eq(bytes.size, want[i / 2][i % 2].size);
      ck_assert_mem_eq(bytes.data, want[i / 2][i % 2].data, bytes.size);
      co_buf_free(&bytes);
    }
    co_pool_free(f.context.pool);
  }
  for (int i = 0; i < 6; i++) co_buf_free(&want[i / 2][i % 2]);
  fixture_close(&f);
}
END_TEST

// What was stopped has left nothing, and the next call records the same.
START_TEST(a_recording_can_be_stopped) {
  fixture f;
  const volatile sig_atomic_t stop = 1;
  open_data(&f, NULL);
  fixture_run(&f, SOURCE);
  fixture_run(&f, OWN);
  co_buf want = fixture_read(&f, OWN, "data.codata");
  f.context.stop = &stop;
  ck_assert_int_eq(co_trial_run(&f.context, fixture_trial(&f, OWN)), CO_INTERRUPTED);
  char *path = fixture_file(&f, OWN, "data.codata");
  ck_assert(!co_file_exists(path));
  free(path);
  f.context.stop = NULL;
  ck_assert(!fixture_done(&f, OWN));
  fixture_run(&f, OWN);
  co_buf again = fixture_read(&f, OWN, "data.codata");
  ck_assert_mem_eq(again.data, want.data, want.size);
  co_buf_free(&want);
  co_buf_free(&again);
  fixture_close(&f);
}
END_TEST

// ---- done, and done again ----

static void assert_look(const fixture *f, const char *id, co_finish want, const char *says) {
  co_finish found;
  co_buf why = {0};
  ck_ok(co_trial_look(&f->context, fixture_trial(f, id), &found, &why));
  ck_assert_int_eq(found, want);
  if (says) ck_assert_msg(why.data && strstr(why.data, says), "%s", why.data ? why.data : "");
  co_buf_free(&why);
}

START_TEST(what_a_set_depends_on_decides) {
  static const struct {
    const char *edit, *id, *says;
  } changes[] = {
      {"data.0.episodes=6", OWN, "episodes 5 -> 6"},
      {"data.0.actions=\"sampled\"", OWN, "actions \"policy\" -> \"sampled\""},
      {"seed=2", CHANCE, "seed 1 -> 2"},
      {"targets.0.domain.0.scale=2.5", AWAY, "world.shift"},
  };
  fixture f, changed;
  open_data(&f, NULL);
  fixture_run(&f, SOURCE);
  fixture_run(&f, OWN);
  fixture_run(&f, AWAY);
  fixture_run(&f, CHANCE);
  for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
    open_data(&changed, changes[i].edit);
    assert_look(&changed, changes[i].id, CO_FINISH_OTHER, changes[i].says);
    fixture_close(&changed);
  }
  open_data(&changed, "targets.0.domain.0.scale=2.5");
  assert_look(&changed, OWN, CO_FINISH_DONE, NULL);  // another world's
  fixture_close(&changed);
  open_data(&changed, "sources.0.steps=64");
  fixture_run(&changed, SOURCE);
  assert_look(&changed, OWN, CO_FINISH_INPUTS, "starts from another policy, " SOURCE);
  assert_look(&changed, CHANCE, CO_FINISH_DONE, NULL);
  fixture_close(&changed);
  fixture_close(&f);
}
END_TEST

START_TEST(a_damaged_set_is_recorded_again) {
  fixture f;
  open_data(&f, NULL);
  fixture_run(&f, CHANCE);
  co_buf want = fixture_read(&f, CHANCE, "data.codata");
  fixture_spoil(&f, CHANCE, "data.codata", (fixture_damage)_i);
  assert_look(&f, CHANCE, CO_FINISH_DAMAGED, "data.codata");
  fixture_run(&f, CHANCE);
  assert_look(&f, CHANCE, CO_FINISH_DONE, NULL);
  co_buf again = fixture_read(&f, CHANCE, "data.codata");
  ck_assert_uint_eq(again.size, want.size);
  ck_assert_mem_eq(again.data, want.data, want.size);
  co_buf_free(&want);
  co_buf_free(&again);
  fixture_close(&f);
}
END_TEST

static void lose_set(co_record *record) {
  record->num_sets = 0;
  free(record->set);
  record->set = NULL;
}
static void lose_episode(co_record *record) {
  record->set->episodes--;
}
static void rename_set(co_record *record) {
  strcpy(record->set->file, "other.codata");
}
static void claim_steps(co_record *record) {
  record->env_steps = 7;
}
static const struct {
  void (*spoil)(co_record *record);
  const char *says;
} wrong[] = {
    {lose_set, "has 0 data sets instead of 1"},
    {lose_episode, "has 1 episodes of data and 0 faults instead of 2"},
    {rename_set, "has a data set other.codata instead of data.codata"},
    {claim_steps, "has 7 steps of training instead of 0"},
};

START_TEST(a_record_of_wrong_content_is_no_result) {
  fixture f;
  open_data(&f, NULL);
  fixture_run(&f, CHANCE);
  co_record record = read_record(&f, CHANCE);
  wrong[_i].spoil(&record);
  ck_fails(co_trial_check_record(&f.context, fixture_trial(&f, CHANCE), &record), CO_DATA,
           wrong[_i].says);
  co_record_free(&record);
  fixture_close(&f);
}
END_TEST

// ---- what learns from it ----

#define CLONES                                                                               \
  "strategies=( { name = \"scratch\"; }, { name = \"clone\"; algorithm = \"bc\"; copy = "    \
  "\"\"; data = \"own\"; }, { name = \"both\"; base = \"full\"; algorithm = \"bc\"; data = " \
  "(\"chance\", \"own\"); } )"
#define LEARNING                                                                                   \
  "learning={ ppo = { envs = 2; horizon = 32; hidden = (8, 8); epochs = 2; warmup_steps = 32; }; " \
  "bc = { hidden = (8, 8); interval = 64; minibatch = 32; }; }"
#define CLONE "transfer.a.b.clone.s0"
#define BOTH "transfer.a.b.both.s0"

// `edit` NULL: none.
static void open_clones(fixture *f, const char *edit) {
  const char *set[] = {DATA, CLONES, LEARNING, edit};
  co_study *study;
  ck_ok(co_study_read(fixture_write("clones.cfg", fixture_text), set, edit ? 4 : 3, &study));
  fixture_open(f, study);
}

START_TEST(a_strategy_learns_from_sets) {
  fixture f;
  open_clones(&f, NULL);
  fixture_run(&f, SOURCE);
  ck_fails(co_trial_run(&f.context, fixture_trial(&f, CLONE)), CO_NO_INPUT,
           CLONE " needs the data of " OWN ", which is not done");
  fixture_run(&f, OWN);
  fixture_run(&f, CHANCE);
  fixture_run(&f, CLONE);
  fixture_run(&f, BOTH);
  ck_assert(fixture_done(&f, CLONE));
  ck_assert(fixture_done(&f, BOTH));
  co_record clone = read_record(&f, CLONE), both = read_record(&f, BOTH);
  ck_assert_int_eq(clone.env_steps, 0);
  ck_assert_int_eq(clone.gradient_steps, 128);
  ck_assert_int_eq(clone.num_inputs, 1);
  ck_assert_str_eq(clone.input[0].name, OWN "/data.codata");
  ck_assert_double_nan(clone.action_difference);  // it copies nothing
  ck_assert_ptr_nonnull(co_record_final(&clone, true));
  ck_assert_int_eq(both.num_inputs, 3);
  ck_assert_str_eq(both.input[0].name, SOURCE "/policy.safetensors");
  ck_assert_str_eq(both.input[1].name, CHANCE "/data.codata");
  ck_assert_str_eq(both.input[2].name, OWN "/data.codata");
  ck_assert_double_eq(both.action_difference, 0);
  co_record_free(&clone);
  co_record_free(&both);
  fixture_close(&f);
}
END_TEST

START_TEST(what_learns_from_a_set_depends_on_it) {
  fixture f, changed;
  open_clones(&f, NULL);
  fixture_run(&f, SOURCE);
  fixture_run(&f, OWN);
  fixture_run(&f, CHANCE);
  fixture_run(&f, CLONE);
  open_clones(&changed, "strategies.1.data=(\"own\", \"chance\")");
  assert_look(&changed, CLONE, CO_FINISH_OTHER, "strategy.data.1");
  fixture_close(&changed);
  open_clones(&changed, "data.2.episodes=3");
  fixture_run(&changed, CHANCE);
  assert_look(&changed, CLONE, CO_FINISH_DONE, NULL);  // it takes another one
  fixture_close(&changed);
  open_clones(&changed, "data.0.episodes=6");
  assert_look(&changed, CLONE, CO_FINISH_DONE, NULL);  // the set is still the old one
  fixture_run(&changed, OWN);
  assert_look(&changed, CLONE, CO_FINISH_INPUTS,
              "starts from another data set, " OWN "/data.codata");
  fixture_run(&changed, CLONE);
  assert_look(&changed, CLONE, CO_FINISH_DONE, NULL);
  fixture_close(&changed);
  fixture_close(&f);
}
END_TEST

// Somebody puts a file of another world where the set was.
START_TEST(a_set_of_another_world_is_refused) {
  fixture f;
  const co_data_about about = {.obs_dim = 2, .act_dim = 1, .seed = -1};
  const float obs[2] = {0}, action = 0;
  co_data_transition transition = {
      .obs = obs, .action = &action, .next_obs = obs, .flags = CO_DATA_TRUNCATED};
  co_data_writer *writer;
  open_clones(&f, NULL);
  fixture_run(&f, SOURCE);
  fixture_run(&f, OWN);
  char *path = fixture_file(&f, OWN, "data.codata");
  ck_ok(co_data_writer_create(path, &about, &writer));
  ck_ok(co_data_writer_add(writer, &transition));
  ck_ok(co_data_writer_commit(writer));
  co_data_writer_destroy(writer);
  ck_fails(co_trial_run(&f.context, fixture_trial(&f, CLONE)), CO_CONFIG,
           "data.codata: it has 2 observation elements, the task has 3");
  free(path);
  fixture_close(&f);
}
END_TEST

// ---- plan ----

START_TEST(a_plan_tells_what_is_recorded) {
  fixture f;
  co_study_plan without, with;
  fixture_open(&f, fixture_study(NULL, NULL, NULL));
  ck_ok(co_study_plan_make(&f.context, 1, 1, false, &without));
  fixture_close(&f);
  open_data(&f, NULL);
  ck_ok(co_study_plan_make(&f.context, 1, 1, false, &with));
  ck_assert_int_eq(with.trials, without.trials + 6);
  ck_assert_int_eq(with.episodes, without.episodes);
  ck_assert_int_eq(without.recorded, 0);
  ck_assert_int_eq(with.recorded, 2 * (5 + 3 + 2));
  // 200 steps of 3 observations, an action and 4 words more, and a record behind each episode
  double sets = 20 * 201 * (3 + 1 + 4) * 4.0;
  ck_assert_double_gt(with.bytes, without.bytes + sets);
  ck_assert_double_lt(with.bytes, without.bytes + 2 * sets + 6 * 200000.0);
  co_study_plan_free(&without);
  co_study_plan_free(&with);
  fixture_close(&f);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("recording");
  TCase *all = tcase_create("all");
  tcase_add_checked_fixture(all, fixture_setup, fixture_teardown);
  tcase_set_timeout(all, 60);
  tcase_add_test(all, sets_are_trials_of_every_seed);
  tcase_add_test(all, a_set_is_of_each_source_or_of_one);
  tcase_add_test(all, a_set_is_recorded);
  tcase_add_test(all, a_set_needs_its_policy);
  tcase_add_test(all, episodes_are_no_evaluations);
  tcase_add_test(all, bytes_do_not_depend_on_threads);
  tcase_add_test(all, a_recording_can_be_stopped);
  tcase_add_test(all, what_a_set_depends_on_decides);
  tcase_add_loop_test(all, a_damaged_set_is_recorded_again, 0, FIXTURE_NUM_DAMAGES);
  tcase_add_loop_test(all, a_record_of_wrong_content_is_no_result, 0, sizeof wrong / sizeof *wrong);
  tcase_add_test(all, a_strategy_learns_from_sets);
  tcase_add_test(all, what_learns_from_a_set_depends_on_it);
  tcase_add_test(all, a_set_of_another_world_is_refused);
  tcase_add_test(all, a_plan_tells_what_is_recorded);
  suite_add_tcase(suite, all);
  return suite;
}
