// Activations and tensors of a policy.

#include "tests/support/small_policy.h"
#include "tests/support/support.h"
#include "tests/viz/panel_fixture.h"
#include "viz/show/private/activations.h"

static co_policy *policy, *source;
static co_policy_trace trace;
static co_tensor_fates fates;
static co_font font;
static co_paint paint;
static co_activations_input input;

static const co_box kBox = {700, 0, 500, 700};

static void begin(void) {
  source = small_policy(1);
  ck_assert_int_eq(co_policy_copy(source, &policy), CO_OK);
  co_tensor *bias = &policy->tensor[1];
  for (int c = 0; c < bias->cols; c++) ((float *)bias->data)[c] *= 1.25f;
  ck_assert_int_eq(co_policy_trace_create(policy, &trace), CO_OK);
  float obs[LINE_OBS] = {0.5f};
  co_policy_trace_run(&trace, obs, NULL);
  ck_assert_int_eq(co_tensor_fates_make(policy, source, &fates), CO_OK);
  co_font_plain(18, &font);
  input = (co_activations_input){
      .name = "partial", .side = 1, .policy = policy, .trace = &trace, .fates = &fates};
}

static void end(void) {
  co_tensor_fates_free(&fates);
  co_policy_trace_free(&trace);
  co_policy_free(policy);
  co_policy_free(source);
  co_paint_free(&paint);
}

static int draw(co_box box) {
  co_paint_begin(&paint, &font);
  int most = co_activations_paint(&paint, box, &input);
  ck_assert(panel_inside(&paint));
  return most;
}

// ---- fates

START_TEST(change_is_a_relative_norm) {
  ck_assert_int_eq(fates.count, policy->num_tensors);
  ck_assert_double_eq(fates.fate[0].change, 0);
  ck_assert_double_eq_tol(fates.fate[1].change, 0.25, 1e-6);
  ck_assert_str_eq(fates.fate[1].name, policy->tensor[1].name);
  ck_assert_int_eq(fates.fate[1].trained, CO_UNKNOWN);
}
END_TEST

START_TEST(no_source_no_change) {
  co_tensor_fates alone;
  ck_assert_int_eq(co_tensor_fates_make(policy, NULL, &alone), CO_OK);
  for (int i = 0; i < alone.count; i++) ck_assert(isnan(alone.fate[i].change));
  co_tensor_fates_free(&alone);
}
END_TEST

START_TEST(other_shapes_and_zeros_are_told) {
  co_tensor_fates other;
  source->tensor[0].rows--;  // as of a policy with fewer inputs
  memset(source->tensor[1].data, 0, sizeof(float) * (size_t)source->tensor[1].cols);
  ck_assert_int_eq(co_tensor_fates_make(policy, source, &other), CO_OK);
  ck_assert(other.fate[0].reshaped && isnan(other.fate[0].change));
  ck_assert(isinf(other.fate[1].change));
  source->tensor[0].rows++;
  input.fates = &other;
  draw(kBox);
  ck_assert_int_ge(panel_find_text(&paint, 0, "from zero"), 0);
  ck_assert_int_ge(panel_find_text(&paint, 0, "new shape"), 0);
  co_tensor_fates_free(&other);
}
END_TEST

START_TEST(a_copy_is_the_copys_own) {
  co_tensor_fates copy;
  ck_assert_int_eq(co_tensor_fates_copy(&fates, &copy), CO_OK);
  ck_assert_ptr_ne(copy.fate, fates.fate);
  ck_assert_int_eq(copy.count, fates.count);
  ck_assert_str_eq(copy.fate[1].name, fates.fate[1].name);
  ck_assert_double_eq(copy.fate[1].change, fates.fate[1].change);
  co_tensor_fates_free(&copy);
}
END_TEST

START_TEST(facts_are_found_by_name) {
  ck_assert_ptr_eq(
      co_tensor_fates_find(&fates, "actor.mean.weight"),
      &fates.fate[co_tensor_find(policy->tensor, policy->num_tensors, "actor.mean.weight")]);
  ck_assert_ptr_null(co_tensor_fates_find(&fates, "actor.mean"));
}
END_TEST

// ---- the panel

START_TEST(every_unit_has_a_cell) {
  draw(kBox);
  for (int unit = 0; unit < trace.width[0]; unit++) {
    co_color color = co_color_diverging(trace.activation[0][unit]);  // tanh: scale 1
    ck_assert_int_ge(panel_count(&paint, CO_PAINT_FILL, color), 1);
  }
  ck_assert_int_ge(panel_find_text(&paint, 0, "layer 1: 4 tanh, +-1"), 0);
  ck_assert_int_ge(panel_find_text(&paint, 0, "25.0 %"), 0);
}
END_TEST

// What an LSTM keeps: its output and its cell, as they are behind the observation.
START_TEST(memory_has_cells_too) {
  co_policy *remembers = small_policy_with((co_memory_def){CO_LSTM, 4}, 1);
  co_policy_trace now;
  co_tensor_fates alone;
  float obs[LINE_OBS] = {0.5f};
  ck_assert_int_eq(co_policy_trace_create(remembers, &now), CO_OK);
  co_policy_trace_run(&now, obs, NULL);
  ck_assert_int_eq(co_tensor_fates_make(remembers, NULL, &alone), CO_OK);
  co_activations_input plain = input;
  input.policy = remembers, input.trace = &now, input.fates = &alone;
  draw(kBox);
  ck_assert_int_ge(panel_find_text(&paint, 0, "memory h: 4 lstm, +-1"), 0);
  char cell[64];
  double scale = co_activations_scale(now.remembered[1], 4, false);
  snprintf(cell, sizeof cell, "memory c: 4 lstm, +-%g", scale);
  ck_assert_int_ge(panel_find_text(&paint, 0, cell), 0);
  for (int unit = 0; unit < 4; unit++)
    ck_assert_int_ge(
        panel_count(&paint, CO_PAINT_FILL, co_color_diverging((double)now.remembered[0][unit])), 1);
  input = plain;
  draw(kBox);
  ck_assert_int_lt(panel_find_text(&paint, 0, "memory h: 4 lstm, +-1"), 0);
  co_tensor_fates_free(&alone);
  co_policy_trace_free(&now);
  co_policy_free(remembers);
}
END_TEST

// The network beside the actor: its hidden layers and what it adds, with their fates.
START_TEST(residual_networks_have_cells_too) {
  co_policy *corrected = small_policy_of((co_network_def){.num_hidden = 1,
                                                          .hidden = {4},
                                                          .activation = CO_RELU,
                                                          .residual = {1, {5}, CO_TANH, 0.4}},
                                         1);
  co_policy_trace now;
  co_tensor_fates alone;
  float obs[LINE_OBS] = {0.5f};
  ck_assert_int_eq(co_policy_trace_create(corrected, &now), CO_OK);
  co_policy_trace_run(&now, obs, NULL);
  ck_assert_int_eq(co_tensor_fates_make(corrected, NULL, &alone), CO_OK);
  co_tensor_fate *weight = co_tensor_fates_find(&alone, "actor.residual.1.weight");
  weight->trained = CO_KNOWN_YES;
  co_activations_input plain = input;
  input.policy = corrected, input.trace = &now, input.fates = &alone;
  draw(kBox);
  ck_assert_int_ge(panel_find_text(&paint, 0, "residual 1: 5 tanh, +-1"), 0);
  int added = panel_find_text(&paint, 0, "residual 2: 2 tanh, 0.4 of it added, +-1");
  ck_assert_int_ge(added, 0);
  ck_assert_int_eq(panel_find_text(&paint, 0, "trained"), added - 1);  // beside that layer
  const float *offset = now.at.output[corrected->net.num_layers + 1];
  for (int unit = 0; unit < LINE_ACTION; unit++)
    ck_assert_int_ge(panel_count(&paint, CO_PAINT_FILL, co_color_diverging((double)offset[unit])),
                     1);
  input = plain;
  draw(kBox);
  ck_assert_int_lt(panel_find_text(&paint, 0, "residual 1: 5 tanh, +-1"), 0);
  co_tensor_fates_free(&alone);
  co_policy_trace_free(&now);
  co_policy_free(corrected);
}
END_TEST

START_TEST(tells_what_was_frozen_trained_and_fresh) {
  co_tensor_fate *weight = co_tensor_fates_find(&fates, "actor.trunk.0.weight");
  weight->trained = CO_KNOWN_NO;
  snprintf(weight->status, sizeof weight->status, "copied");
  co_tensor_fate *mean = co_tensor_fates_find(&fates, "actor.mean.weight");
  mean->trained = CO_KNOWN_YES;
  snprintf(mean->status, sizeof mean->status, "fresh");
  draw(kBox);
  static const struct {
    const char *text;
    co_ink ink;
  } cases[] = {{"frozen", CO_INK_DIM},
               {"copied", CO_INK_DIM},
               {"trained", CO_INK_GOOD},
               {"fresh", CO_INK_WARNING}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    int at = panel_find_text(&paint, 0, cases[i].text);  // beside the layer
    ck_assert_int_ge(at, 0);
    ck_assert_uint_eq(paint.op[at].color, co_ink_color(cases[i].ink));
    ck_assert_int_ge(panel_find_text(&paint, at + 1, cases[i].text), 0);  // and in the table
  }
}
END_TEST

START_TEST(scales_are_powers_of_two) {
  const float value[] = {0.1f, -5, NAN};
  ck_assert_double_eq(co_activations_scale(value, 3, false), 8);
  ck_assert_double_eq(co_activations_scale(value, 1, false), 1);
  ck_assert_double_eq(co_activations_scale(value, 3, true), 1);
}
END_TEST

START_TEST(scrolls_to_the_last_tensor) {
  co_box small = {0, 0, 500, 150};
  const char *last = policy->tensor[policy->num_tensors - 1].name;
  input.scroll = draw(small);
  ck_assert_int_gt(input.scroll, 0);
  draw(small);
  ck_assert_int_ge(panel_find_text(&paint, 0, last), 0);
  input.scroll--;
  draw(small);
  ck_assert_int_lt(panel_find_text(&paint, 0, last), 0);
  input.scroll = 0;
  ck_assert_int_eq(draw((co_box){0, 0, 500, 2000}), 0);
}
END_TEST

START_TEST(draws_into_any_box_and_without_a_policy) {
  for (int w = 0; w < 500; w += 17) draw((co_box){1, 2, w, 2 * w});
  input = (co_activations_input){.name = "", .side = 0};
  ck_assert_int_eq(draw(kBox), 0);
  ck_assert_int_ge(panel_find_text(&paint, 0, "no policy"), 0);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("viz/activations");
  TCase *tcase = tcase_create("activations");
  tcase_add_checked_fixture(tcase, begin, end);
  tcase_add_test(tcase, change_is_a_relative_norm);
  tcase_add_test(tcase, no_source_no_change);
  tcase_add_test(tcase, other_shapes_and_zeros_are_told);
  tcase_add_test(tcase, a_copy_is_the_copys_own);
  tcase_add_test(tcase, facts_are_found_by_name);
  tcase_add_test(tcase, every_unit_has_a_cell);
  tcase_add_test(tcase, memory_has_cells_too);
  tcase_add_test(tcase, residual_networks_have_cells_too);
  tcase_add_test(tcase, tells_what_was_frozen_trained_and_fresh);
  tcase_add_test(tcase, scales_are_powers_of_two);
  tcase_add_test(tcase, scrolls_to_the_last_tensor);
  tcase_add_test(tcase, draws_into_any_box_and_without_a_policy);
  suite_add_tcase(suite, tcase);
  return suite;
}
