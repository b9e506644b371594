// A network's memory in the contract's JSON.

#include "tests/agents/contract/contract_text.h"
#include "tests/support/line_env.h"

static co_contract make_contract(void) {
  const co_network_def small = {.obs_dim = LINE_OBS,
                                .act_dim = LINE_ACTION,
                                .num_hidden = 1,
                                .hidden = {8},
                                .activation = CO_RELU};
  co_env_info world = line_make_info();
  co_contract contract;
  ck_assert_int_eq(co_contract_from_world(&world, &small, "ppo", &contract), CO_OK);
  return contract;
}

START_TEST(memory_is_told_where_it_is) {
  co_contract contract = make_contract(), again;
  co_buf plain = text_of(&contract);
  ck_assert_ptr_null(strstr(plain.data, "memory"));
  contract.network.memory = (co_memory_def){CO_GRU, 24};
  co_buf text = text_of(&contract);
  ck_assert_ptr_nonnull(strstr(text.data, "\"memory\":{\"cell\":\"gru\",\"width\":24}"));
  ck_assert_msg(read_text(text.data, &again) == CO_OK, "%s", co_error_text());
  ck_assert(co_network_same_memory(&again.network, &contract.network));
  again.network.memory.cell = CO_LSTM;
  ck_assert(!co_network_same_memory(&again.network, &contract.network));
  co_buf_free(&plain);
  co_buf_free(&text);
  co_contract_free(&contract);
  co_contract_free(&again);
}
END_TEST

// What stands behind the activation, and what the message must say.
static const struct {
  const char *more, *text;
} refused[] = {
    {",\"memory\":{\"cell\":\"lstm\",\"width\":0}",
     "f: network.memory.width: must be a whole number from 1 to 1024"},
    {",\"memory\":{\"cell\":\"lsmt\",\"width\":8}",
     "f: network.memory.cell: unknown, did you mean \"lstm\"?"},
    {",\"memory\":{\"cell\":\"lstm\"}", "f: network.memory.width: is missing"},
    {",\"memory\":[8]", "f: network.memory: must be an object"},
    {",\"head\":\"squashed\",\"memory\":{\"cell\":\"gru\",\"width\":8}",
     "f: network.memory: needs a gaussian head and no shared trunk"},
    {",\"shared_trunk\":true,\"memory\":{\"cell\":\"gru\",\"width\":8}",
     "f: network.memory: needs a gaussian head and no shared trunk"},
};

START_TEST(impossible_memory_is_refused) {
  co_contract contract = make_contract(), out;
  co_buf text = text_of(&contract), edited = {0};
  const char *behind = strstr(text.data, "\"relu\"") + strlen("\"relu\"");
  co_buf_printf(&edited, "%.*s%s%s", (int)(behind - text.data), text.data, refused[_i].more,
                behind);
  ck_assert_int_eq(read_text(edited.data, &out), CO_DATA);
  ck_assert_ptr_nonnull(strstr(co_error_text(), refused[_i].text));
  co_buf_free(&edited);
  co_buf_free(&text);
  co_contract_free(&contract);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("memory in contracts");
  TCase *tcase = tcase_create("all");
  tcase_add_test(tcase, memory_is_told_where_it_is);
  tcase_add_loop_test(tcase, impossible_memory_is_refused, 0, sizeof refused / sizeof *refused);
  suite_add_tcase(suite, tcase);
  return suite;
}
