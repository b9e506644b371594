// From the network's output to an action: units of the range, exact ends, and what is left alone.

#include "agents/contract/diff.h"
#include "agents/contract/output.h"
#include "core/rng.h"
#include "tests/support/leg_contract.h"

#include <math.h>
#include <string.h>

enum { DIM = 4 };

// Controls of -3..3, 0..255, -1..1 and the target of a joint.
static co_action_element actions[DIM] = {{.kind = "ctrl", .low = -3, .high = 3},
                                         {.kind = "ctrl", .low = 0, .high = 255},
                                         {.kind = "ctrl", .low = -1, .high = 1},
                                         {.kind = "position", .low = -0.5, .high = 2}};

static co_contract make(co_output output, co_head head) {
  return (co_contract){
      .network.head = head, .num_action = DIM, .action = actions, .output = output};
}

static void check(const co_contract *contract, float output, const float *want) {
  co_output_map map[DIM];
  float in[DIM] = {output, output, output, output}, out[DIM];
  co_output_maps(contract, map);
  co_output_actions(map, contract->num_action, 1, in, out);
  for (int i = 0; i < contract->num_action; i++)
    ck_assert_msg(memcmp(&out[i], &want[i], sizeof *out) == 0, "%g of element %d: %.9g, not %.9g",
                  (double)output, i, (double)out[i], (double)want[i]);
}

START_TEST(outputs_are_in_units_of_the_range) {
  co_contract contract = make(CO_OUTPUT_RANGE, CO_HEAD_GAUSSIAN);
  ck_assert_int_eq(co_output_find_far(&contract), -1);
  check(&contract, 0.5f, (float[]){1.5f, 191.25f, 0.5f, 0.5f});
  check(&contract, -1, (float[]){-3, 0, -1, -0.5f});
  check(&contract, 1, (float[]){3, 255, 1, 1});
  check(&contract, -7, (float[]){-3, 0, -1, -0.5f});
  check(&contract, 7, (float[]){3, 255, 1, 2});
}
END_TEST

START_TEST(raw_outputs_are_the_action) {
  co_contract contract = make(CO_OUTPUT_RAW, CO_HEAD_GAUSSIAN);
  ck_assert_int_eq(co_output_find_far(&contract), 1);  // 0..255
  check(&contract, 0.5f, (float[]){0.5f, 0.5f, 0.5f, 0.5f});
  check(&contract, -7, (float[]){-3, 0, -1, -0.5f});
  check(&contract, 7, (float[]){3, 7, 1, 2});
}
END_TEST

// Whatever the bounds are, -1 and 1 are their floats, and nothing lies beyond.
START_TEST(ends_are_exact) {
  co_stream stream = {4, 0, CO_PURPOSE_TEST};
  co_rng rng = co_rng_make(&stream, 0);
  for (int i = 0; i < 20000; i++) {
    double low = co_rng_normal(&rng) * exp(3 * co_rng_normal(&rng));
    co_action_element element = {
        .kind = "ctrl", .low = low, .high = low + exp(4 * co_rng_normal(&rng))};
    co_contract contract = {.num_action = 1, .action = &element, .output = CO_OUTPUT_RANGE};
    co_output_map map;
    float output[4] = {-1, 1, nextafterf(-1, 0), nextafterf(1, 0)}, action[4];
    co_output_maps(&contract, &map);
    co_output_actions(&map, 1, 4, output, action);
    ck_assert(action[0] == (float)element.low && action[1] == (float)element.high);
    ck_assert(action[0] <= action[2] && action[2] <= action[3] && action[3] <= action[1]);
  }
}
END_TEST

// Not even the sign of a zero changes, and what is no number stays none.
START_TEST(a_range_of_one_changes_no_bit) {
  co_action_element one = {.kind = "ctrl", .low = -1, .high = 1};
  co_contract contract = {.num_action = 1, .action = &one, .output = CO_OUTPUT_RANGE};
  float smallest = nextafterf(0, 1);
  check(&contract, -0.0f, (float[]){-0.0f});
  check(&contract, -smallest, (float[]){-smallest});
  check(&contract, NAN, (float[]){NAN});
}
END_TEST

// Controls without bounds have no range, and a single value is a range, too.
START_TEST(ranges_that_are_none) {
  co_action_element element[3] = {{.kind = "ctrl", .low = -INFINITY, .high = INFINITY},
                                  {.kind = "ctrl", .low = 0, .high = INFINITY},
                                  {.kind = "ctrl", .low = 2, .high = 2}};
  co_contract contract = {.num_action = 3, .action = element, .output = CO_OUTPUT_RANGE};
  check(&contract, 300, (float[]){300, 300, 2});
  check(&contract, -300, (float[]){-300, 0, 2});
}
END_TEST

// tanh is brought to the bounds of all elements, whatever the file says; a side without a bound is
// 1 from 0.
START_TEST(squashed_heads_put_out_units_of_the_range) {
  co_action_element element[3] = {{.kind = "position", .low = -2, .high = 4},
                                  {.kind = "ctrl", .low = -INFINITY, .high = INFINITY},
                                  {.kind = "ctrl", .low = 0, .high = INFINITY}};
  for (int output = 0; output < 2; output++) {
    co_contract contract = make((co_output)output, CO_HEAD_SQUASHED);
    contract.num_action = 3;
    contract.action = element;
    check(&contract, -1, (float[]){-2, -1, 0});
    check(&contract, 0, (float[]){1, 0, 0.5f});
    check(&contract, 1, (float[]){4, 1, 1});
    ck_assert_int_eq(co_output_of(&contract), CO_OUTPUT_RANGE);
  }
  // so is a Gaussian that is drawn before tanh
  co_contract drawn = make(CO_OUTPUT_TANH, CO_HEAD_GAUSSIAN);
  drawn.num_action = 3;
  drawn.action = element;
  ck_assert(co_output_is_squashed(&drawn));
  ck_assert_int_eq(co_output_of(&drawn), CO_OUTPUT_TANH);
  ck_assert_int_eq(co_output_find_far(&drawn), -1);
  check(&drawn, -1, (float[]){-2, -1, 0});
  check(&drawn, 0.5f, (float[]){2.5f, 0.5f, 0.75f});
  drawn.output = CO_OUTPUT_RANGE;
  ck_assert(!co_output_is_squashed(&drawn));
}
END_TEST

// An actor of other bounds does what it did at home, as far as the new bounds allow.
START_TEST(an_actor_from_elsewhere_keeps_its_range) {
  co_output_range range[DIM] = {{-1, 1}, {0, 10}, {-4, 0}, {0, 1}};
  co_contract contract = make(CO_OUTPUT_RANGE, CO_HEAD_GAUSSIAN);
  contract.range = range;
  contract.num_ranges = DIM;
  check(&contract, 0.5f, (float[]){0.5f, 7.5f, -1, 0.5f});
  check(&contract, 2, (float[]){1, 10, 0, 1});
  check(&contract, -2, (float[]){-1, 0, -1, 0});
  range[2] = (co_output_range){10, 20};  // beyond the bounds
  check(&contract, -2, (float[]){-1, 0, 1, 0});
}
END_TEST

// ---- comparing

static co_contract_diff compare(const co_contract *a, const co_contract *b, bool policies) {
  static const co_tensor none[1];
  const co_tensor *tensor = policies ? none : NULL;
  co_contract_diff diff;
  ck_assert_int_eq(co_contract_diff_make(&(co_diff_side){.contract = a, .tensor = tensor},
                                         &(co_diff_side){.contract = b, .tensor = tensor}, &diff),
                   CO_OK);
  return diff;
}

static void check_only(const co_contract_diff *diff, const char *path, bool changes_meaning) {
  ck_assert_int_eq(diff->count, 1);
  const co_difference *found = diff->difference;
  ck_assert_str_eq(found->path, path);
  ck_assert(found->kind == CO_DIFF_SCALE && !found->config);
  ck_assert_int_eq(found->changes_meaning, changes_meaning);
}

// The unit is no fact of a task; of two policies it matters where it differs.
START_TEST(units_of_outputs_are_compared) {
  co_contract a = make_leg(), b = make_leg();
  a.output = CO_OUTPUT_RAW;
  co_contract_diff diff = compare(&a, &b, false);
  ck_assert(diff.equal);
  for (int controls = 0; controls < 2; controls++) {  // targets of joints have a scale of their own
    if (controls) put_text(a.action[1].kind, "ctrl"), put_text(b.action[1].kind, "ctrl");
    co_contract_diff_free(&diff);
    diff = compare(&a, &b, true);
    check_only(&diff, "output", controls);
    ck_assert_str_eq(co_json_as_string(diff.difference->a), "raw");
    ck_assert_str_eq(co_json_as_string(diff.difference->b), "range");
  }
  a.network.head = CO_HEAD_SQUASHED;  // tanh, in -1..1 of all actions
  b.output = CO_OUTPUT_RAW;
  for (int i = 0; i < LEG_ACTIONS; i++) {
    a.action[i].low = b.action[i].low = -1;
    a.action[i].high = b.action[i].high = 1;
  }
  co_contract_diff_free(&diff);
  diff = compare(&a, &b, true);
  check_only(&diff, "output", false);
  a.network.head = CO_HEAD_GAUSSIAN;
  a.output = b.output = CO_OUTPUT_RANGE;
  a.action[1].low = -3;
  b.action[1].low = -1.5;  // so that there is a range of its own
  ck_assert_int_eq(co_contract_keep_output(&a, &b), CO_OK);
  b.action[1].low = -3;
  b.range[1].low = -2;
  co_contract_diff_free(&diff);
  diff = compare(&a, &b, true);
  check_only(&diff, "output_range.1", true);
  ck_assert_str_eq(diff.difference->element, "pd/knee");
  ck_assert(co_json_as_number(co_json_at(diff.difference->b, 0), 0) == -2);
  co_contract_diff_free(&diff);
  co_contract_free(&a);
  co_contract_free(&b);
}
END_TEST

// Back and forth is the same action; what lies beyond the bounds is counted once per row.
START_TEST(outputs_of_actions_give_them) {
  co_output outputs[2] = {CO_OUTPUT_RANGE, CO_OUTPUT_RAW};
  co_contract contract = make(outputs[_i], CO_HEAD_GAUSSIAN);
  const float action[3][DIM] = {{-3, 0, -1, -0.5f}, {3, 255, 1, 2}, {0.375f, 90.5f, -0.25f, 1.5f}};
  const float beyond[2][DIM] = {{-4, 300, 0.5f, 3}, {0, 1, 0, 0}};
  float output[3][DIM], again[3][DIM];
  co_output_map map[DIM];
  co_output_maps(&contract, map);
  ck_assert_int_eq(co_output_invert(map, DIM, 3, *action, *output), 0);
  co_output_actions(map, DIM, 3, *output, *again);
  ck_assert_mem_eq(again, action, sizeof action);
  ck_assert_float_eq(output[1][1], _i ? 255 : 1);
  ck_assert_float_eq(output[0][0], _i ? -3 : -1);
  ck_assert_int_eq(co_output_invert(map, DIM, 2, *beyond, *output), 1);
  ck_assert_float_eq(output[0][1], _i ? 255 : 1);
  ck_assert_float_eq(output[0][3], 2);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("output");
  TCase *tests = tcase_create("output");
  tcase_add_test(tests, outputs_are_in_units_of_the_range);
  tcase_add_test(tests, raw_outputs_are_the_action);
  tcase_add_test(tests, ends_are_exact);
  tcase_add_test(tests, a_range_of_one_changes_no_bit);
  tcase_add_test(tests, ranges_that_are_none);
  tcase_add_test(tests, squashed_heads_put_out_units_of_the_range);
  tcase_add_test(tests, an_actor_from_elsewhere_keeps_its_range);
  tcase_add_test(tests, units_of_outputs_are_compared);
  tcase_add_loop_test(tests, outputs_of_actions_give_them, 0, 2);
  suite_add_tcase(suite, tests);
  return suite;
}
