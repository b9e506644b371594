// What a critic sees and the actor does not, in a policy's contract.

#include "tests/agents/contract/contract_text.h"
#include "tests/support/pendulum_env.h"

#include <stdio.h>
#include <stdlib.h>

static const co_draw_info draws[] = {
    {.parameter = "body.mass", .element = "torso", .unit = "kg", .low = 2, .high = 3.5},
    {.parameter = "geom.friction", .element = "floor", .index = 2, .low = 0, .high = 0},
    {.parameter = "variant", .low = 0, .high = 4, .whole = true}};
enum { DRAWS = sizeof draws / sizeof *draws };

static co_contract make_contract(int num_privileged) {
  const co_network_def network = {.obs_dim = PENDULUM_OBS,
                                  .act_dim = 1,
                                  .num_hidden = 1,
                                  .hidden = {8},
                                  .activation = CO_RELU,
                                  .num_privileged = num_privileged};
  co_env_info world = pendulum_facts;
  world.num_draws = DRAWS;
  world.draw = draws;
  co_contract contract;
  ck_assert_int_eq(co_contract_from_world(&world, &network, "ppo", &contract), CO_OK);
  return contract;
}

// In the world's order, with their ranges; a copy is as good, and a policy without says nothing.
START_TEST(privileged_numbers_are_named) {
  co_contract contract = make_contract(DRAWS), copy, again, none = make_contract(0);
  ck_assert_int_eq(co_contract_copy(&contract, &copy), CO_OK);
  co_contract_free(&contract);
  co_buf text = text_of(&copy), without = text_of(&none);
  ck_assert_ptr_null(strstr(without.data, "privileged"));
  ck_assert_msg(read_text(text.data, &again) == CO_OK, "%s", co_error_text());
  ck_assert_int_eq(again.network.num_privileged, DRAWS);
  for (int i = 0; i < DRAWS; i++) {
    const co_privileged_element *of = &again.privileged[i];
    ck_assert(co_contract_same_privileged(of, &copy.privileged[i]));
    ck_assert_str_eq(of->parameter, draws[i].parameter);
    ck_assert_str_eq(of->element, draws[i].element);
    ck_assert_int_eq(of->index, draws[i].index);
    ck_assert(of->low == draws[i].low && of->high == draws[i].high);
  }
  co_buf_free(&text);
  co_buf_free(&without);
  co_contract_free(&copy);
  co_contract_free(&again);
  co_contract_free(&none);
}
END_TEST

// Every member makes another number of it.
START_TEST(another_number_is_not_the_same) {
  co_contract contract = make_contract(DRAWS);
  const co_privileged_element kept = contract.privileged[0];
  co_privileged_element *of = &contract.privileged[0];
  if (_i == 0) of->parameter[0] = 'x';
  if (_i == 1) of->element[0] = 'x';
  if (_i == 2) of->index = 1;
  if (_i == 3) of->low = 1;
  if (_i == 4) of->high = 4;
  ck_assert(!co_contract_same_privileged(of, &kept));
  co_contract_free(&contract);
}
END_TEST

static const struct {
  const char *from, *to, *text;
} refused[] = {
    {"\"low\":2.0,\"high\":3.5", "\"low\":4.0,\"high\":3.5",
     "f: privileged.0: low 4 is above high 3.5"},
    {"\"element\":\"torso\",", "", "f: privileged.0.element: is missing"},
    {"\"parameter\":\"body.mass\"", "\"parameter\":\"\"", "f: privileged.0.parameter: "},
    {"\"index\":2", "\"index\":-1", "f: privileged.1.index: must be a whole number from 0"},
    {"\"relu\"", "\"relu\",\"shared_trunk\":true",
     "f: privileged: needs a critic of its own and a gaussian head"},
};

START_TEST(impossible_ones_are_refused) {
  co_contract contract = make_contract(DRAWS), out;
  co_buf text = text_of(&contract), edited = {0};
  const char *at = strstr(text.data, refused[_i].from);
  ck_assert_msg(at != NULL, "%s: %s", refused[_i].from, text.data);
  co_buf_printf(&edited, "%.*s%s%s", (int)(at - text.data), text.data, refused[_i].to,
                at + strlen(refused[_i].from));
  ck_assert_int_eq(read_text(edited.data, &out), CO_DATA);
  ck_assert_msg(strstr(co_error_text(), refused[_i].text) != NULL, "%s", co_error_text());
  co_buf_free(&edited);
  co_buf_free(&text);
  co_contract_free(&contract);
}
END_TEST

// Observations fit, and so do privileged numbers, but not together.
START_TEST(a_critic_has_no_more_inputs_than_a_network) {
  co_contract contract = make_contract(DRAWS), large = contract, out;
  co_obs_element *obs = calloc(CO_MAX_OBS, sizeof *obs);
  ck_assert_ptr_nonnull(obs);
  for (int i = 0; i < CO_MAX_OBS; i++) {
    obs[i] = contract.obs[0];
    snprintf(obs[i].name, sizeof obs[i].name, "o%d", i);
  }
  large.obs = obs;
  for (int over = 0; over < 2; over++) {
    large.num_obs = CO_MAX_OBS - DRAWS + over;
    co_buf text = text_of(&large);
    ck_assert_int_eq(read_text(text.data, &out), over ? CO_DATA : CO_OK);
    if (!over) co_contract_free(&out);
    co_buf_free(&text);
  }
  ck_assert_str_eq(co_error_text(),
                   "f: privileged: 3 elements beside 4094 observations, more than 4096");
  free(obs);
  co_contract_free(&contract);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("privileged numbers in contracts");
  TCase *tcase = tcase_create("all");
  tcase_add_test(tcase, privileged_numbers_are_named);
  tcase_add_loop_test(tcase, another_number_is_not_the_same, 0, 5);
  tcase_add_loop_test(tcase, impossible_ones_are_refused, 0, sizeof refused / sizeof *refused);
  tcase_add_test(tcase, a_critic_has_no_more_inputs_than_a_network);
  suite_add_tcase(suite, tcase);
  return suite;
}
