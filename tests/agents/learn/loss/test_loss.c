// The table of loss terms and what strategies list of it: names, schedules, refinements,
// checkpoints; a term of weight 0 is left out.

#include "core/pack.h"
#include "tests/agents/learn/loss/loss_fixture.h"

#include <stdio.h>

// ---- the table ----

START_TEST(names_are_those_of_the_table) {
  int count = 0;
  for (; co_loss_classes[count]; count++) {
    const co_loss_class *class = co_loss_classes[count];
    ck_assert_str_eq(class->name, co_loss_names[count]);
    ck_assert_ptr_eq(co_loss_find(class->name), class);
    ck_assert_str_eq(co_learner_metrics[class->metric].name, class->name);
    ck_assert(co_learner_metrics[class->metric].logged == CO_LOGGED_OF_TERM);
    ck_assert(!class->save == !class->load);
  }
  ck_assert_ptr_null(co_loss_names[count]);
  ck_assert_ptr_null(co_loss_find("kl"));
}
END_TEST

START_TEST(an_algorithm_may_take_none) {
  co_loss_def def = {.term = "kl_to_source", .weight = 1};
  co_algorithm takes_none = {.name = "some"};
  co_policy *policy = loss_policy(CO_HEAD_GAUSSIAN, 1);
  ck_fails(co_loss_check(&def, &takes_none, policy, policy, false), CO_CONFIG,
           "some takes no loss terms");
  co_policy_free(policy);
}
END_TEST

// ---- as config ----

typedef struct listed {
  co_list loss;
} listed;

static const co_field list_fields[] = {
    {"loss", CO_FIELD_LIST, 0, CO_REQUIRED, .min_count = 0, .child = &co_loss_schema}};
static const co_schema list_schema = {"list", sizeof(listed), list_fields, 1, NULL, NULL};

static co_status read(const char *text, co_arena *arena, co_node **root, listed *out) {
  char file[512];
  snprintf(file, sizeof file, "loss = ( %s );", text);
  ck_ok(co_tree_parse(file, "own.cfg", root));
  return co_schema_read(&list_schema, *root, arena, out);
}

static const struct {
  const char *text, *error;  // NULL: none
} entries[] = {
    {"{ term = \"kl_to_source\"; weight = 0.5; }", NULL},
    {"{ term = \"kl_to_source\"; weight = 0; schedule = \"linear\"; }", NULL},
    {"{ term = \"kl_to_source\"; weight = 1; schedule = \"exponential\"; half_life = 1e5; }", NULL},
    {"{ term = \"kl_to_sorce\"; weight = 1; }", "own.cfg:1: term: unknown value \"kl_to_sorce\""},
    {"{ term = \"kl_to_sorce\"; weight = 1; }", "did you mean \"kl_to_source\"?"},
    {"{ weight = 1; }", "term"},
    {"{ term = \"kl_to_source\"; }", "weight"},
    {"{ term = \"kl_to_source\"; weight = -1; }", "weight"},
    {"{ term = \"kl_to_source\"; weight = 1; scedule = \"linear\"; }", "\"schedule\""},
    {"{ term = \"kl_to_source\"; weight = 1; schedule = \"linaer\"; }", "\"linear\""},
    {"{ term = \"kl_to_source\"; weight = 1; schedule = \"exponential\"; }",
     "own.cfg:1: schedule: exponential needs half_life"},
    {"{ term = \"kl_to_source\"; weight = 1; half_life = 5; }",
     "own.cfg:1: half_life: is of schedule = \"exponential\""},
    {"{ term = \"kl_to_source\"; weight = 1; schedule = \"exponential\"; half_life = 0; }",
     "half_life"},
};
enum { NUM_ENTRIES = sizeof entries / sizeof *entries };

START_TEST(entries_are_checked) {
  co_arena arena = {0};
  co_node *root;
  listed list;
  co_status status = read(entries[_i].text, &arena, &root, &list);
  if (entries[_i].error)
    ck_fails(status, CO_CONFIG, entries[_i].error);
  else
    ck_ok(status);
  co_node_free(root);
  co_arena_free(&arena);
}
END_TEST

START_TEST(a_term_stands_once) {
  co_arena arena = {0};
  co_node *root;
  listed list;
  ck_ok(read("{ term = \"kl_to_source\"; weight = 1; }, { term = \"kl_to_source\"; weight = 2; }",
             &arena, &root, &list));
  co_schema_errors errors = {0};
  co_loss_check_names(&list.loss, co_node_get(root, "loss"), &errors);
  ck_fails(co_schema_finish(&errors), CO_CONFIG,
           "own.cfg:1: term: \"kl_to_source\" is listed twice");
  co_node_free(root);
  co_arena_free(&arena);
}
END_TEST

START_TEST(what_is_there_stays) {
  co_loss_def own = {.term = "kl_to_source", .weight = 2, .half_life = NAN};
  co_loss_def base = {.term = "kl_to_source", .weight = 1, .half_life = NAN};
  co_loss_list list = {0};
  ck_assert(co_loss_list_add(&list, &(co_list){&own, 1}));
  ck_assert(co_loss_list_add(&list, &(co_list){&base, 1}));
  ck_assert_int_eq(list.count, 1);
  ck_assert_ptr_eq(list.item[0], &own);
  co_buf text = {0};
  ck_ok(co_loss_list_write(&list, &text));
  ck_assert_ptr_nonnull(strstr(text.data, "weight = 2.0"));
  ck_assert_ptr_null(strstr(text.data, "half_life"));
  co_buf_free(&text);
  text = (co_buf){.failed = true};
  ck_assert_int_eq(co_loss_list_write(&list, &text), CO_MEMORY);
}
END_TEST

// ---- schedules ----

START_TEST(weights_follow_their_schedule) {
  co_loss_def def = {.term = "kl_to_source", .weight = 0.5, .half_life = NAN};
  ck_assert(co_loss_weight(&def, 0, 1000) == 0.5 && co_loss_weight(&def, 5000, 1000) == 0.5);
  def.schedule = CO_LOSS_LINEAR;
  static const double linear[] = {0.5, 0.375, 0.25, 0.125, 0, 0};
  for (int i = 0; i < 6; i++) ck_assert(co_loss_weight(&def, 250 * i, 1000) == linear[i]);
  def.schedule = CO_LOSS_EXPONENTIAL;
  def.half_life = 250;
  static const double halved[] = {0.5, 0.25, 0.125, 0.0625};
  for (int i = 0; i < 4; i++) ck_assert(co_loss_weight(&def, 250 * i, 1000) == halved[i]);
}
END_TEST

START_TEST(an_end_of_the_weight_depends_on_the_horizon) {
  co_loss_def def = {.term = "kl_to_source", .weight = 0.5, .half_life = 10};
  co_loss_list list = {1, {&def}};
  for (int schedule = CO_LOSS_CONSTANT; schedule <= CO_LOSS_EXPONENTIAL; schedule++) {
    def.schedule = schedule;
    ck_assert_int_eq(co_loss_list_horizon_matters(&list), schedule == CO_LOSS_LINEAR);
  }
  def.schedule = CO_LOSS_LINEAR;
  def.weight = 0;
  ck_assert(!co_loss_list_horizon_matters(&list));
}
END_TEST

// ---- of a training ----

START_TEST(what_has_no_weight_is_left_out) {
  co_policy *source = loss_policy(CO_HEAD_GAUSSIAN, 1);
  co_loss_def def = {
      .term = "kl_to_source", .weight = 1, .schedule = CO_LOSS_LINEAR, .half_life = NAN};
  co_loss_list list = {1, {&def}};
  co_arena arena = {0};
  co_losses losses = loss_terms(&arena, &list, source, 100);
  float obs[LOSS_OBS] = {0}, label[LOSS_DIM] = {7, 7, 7}, mean[LOSS_DIM] = {1, 2, 3};
  float log_std[LOSS_DIM] = {0}, dmean[LOSS_DIM] = {0}, dlog_std[LOSS_DIM] = {0}, value[1] = {7};
  co_loss_rows rows = {.count = 1,
                       .weight = 1,
                       .label = label,
                       .dim = LOSS_DIM,
                       .stride = LOSS_DIM,
                       .mean = mean,
                       .dmean = dmean,
                       .log_std = log_std,
                       .dlog_std = dlog_std};
  co_losses_begin(&losses, 100);
  ck_assert(!losses.active && co_losses_label_flop(&losses) == 0);
  co_losses_label(&losses, 0, obs, 1, label);
  co_losses_add(&losses, &rows, value, 1);
  ck_assert(label[0] == 7 && value[0] == 0 && dmean[0] == 0 && dlog_std[0] == 0);
  co_losses_end(&losses, (double[]){3}, 2);
  co_learner_stats stats = co_learner_stats_none;
  co_losses_stats(&losses, &stats);
  ck_assert(isnan(stats.kl_to_source));
  co_losses_begin(&losses, 50);
  ck_assert(losses.active && losses.loss[0].coefficient == 0.5);
  ck_assert(co_losses_label_flop(&losses) == 2 * (3 * 20 + 20 * 9 + 9 * 3));
  co_losses_label(&losses, 0, obs, 1, label);
  co_losses_add(&losses, &rows, value, 1);
  ck_assert(label[0] != 7 && value[0] > 0 && dmean[0] != 0 && dlog_std[0] != 0);
  co_losses_end(&losses, (double[]){3}, 2);
  co_losses_stats(&losses, &stats);
  ck_assert(stats.kl_to_source == 1.5);
  co_arena_free(&arena);
  co_policy_free(source);
}
END_TEST

// ---- checkpoints ----

static co_buf saved(const co_losses *losses) {
  co_buf bytes = {0};
  co_pack_begin(&bytes);
  ck_ok(co_losses_save(losses, &bytes));
  co_pack_end(&bytes);
  ck_ok(co_buf_status(&bytes));
  return bytes;
}

static co_status load(co_losses *losses, const co_buf *bytes) {
  co_pack pack;
  ck_ok(co_pack_parse(bytes->data, bytes->size, "pack", &pack));
  co_status status = co_losses_load(losses, &pack);
  co_pack_free(&pack);
  return status;
}

START_TEST(terms_load_what_they_saved_and_nothing_else) {
  co_policy *source = loss_policy(CO_HEAD_GAUSSIAN, 1), *other = loss_policy(CO_HEAD_GAUSSIAN, 2);
  co_loss_def def = {.term = "kl_to_source", .weight = 1, .half_life = NAN}, heavier = def;
  heavier.weight = 2;
  co_loss_list list = {1, {&def}}, heavy = {1, {&heavier}};
  co_arena arena = {0};
  co_losses a = loss_terms(&arena, &list, source, 100), b = loss_terms(&arena, &list, source, 100);
  co_losses none = loss_terms(&arena, NULL, NULL, 100);
  a.loss[0].mean = 0.25;
  co_buf bytes = saved(&a), empty = saved(&none);
  ck_ok(load(&b, &bytes));
  ck_assert(b.loss[0].mean == 0.25);
  ck_ok(load(&none, &empty));
  ck_fails(load(&none, &bytes), CO_DATA, "pack: loss.terms: of other loss terms");
  ck_fails(load(&b, &empty), CO_DATA, "pack: loss.terms: of other loss terms");
  b = loss_terms(&arena, &heavy, source, 100);
  ck_fails(load(&b, &bytes), CO_DATA, "pack: loss.terms: of other loss terms");
  b = loss_terms(&arena, &list, other, 100);
  ck_fails(load(&b, &bytes), CO_DATA, "pack: loss.kl_to_source.source: of another policy");
  co_buf_free(&bytes);
  co_buf_free(&empty);
  co_arena_free(&arena);
  co_policy_free(source);
  co_policy_free(other);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("loss_terms");
  TCase *tcase = tcase_create("loss_terms");
  tcase_add_test(tcase, names_are_those_of_the_table);
  tcase_add_test(tcase, an_algorithm_may_take_none);
  tcase_add_loop_test(tcase, entries_are_checked, 0, NUM_ENTRIES);
  tcase_add_test(tcase, a_term_stands_once);
  tcase_add_test(tcase, what_is_there_stays);
  tcase_add_test(tcase, weights_follow_their_schedule);
  tcase_add_test(tcase, an_end_of_the_weight_depends_on_the_horizon);
  tcase_add_test(tcase, what_has_no_weight_is_left_out);
  tcase_add_test(tcase, terms_load_what_they_saved_and_nothing_else);
  suite_add_tcase(suite, tcase);
  return suite;
}
