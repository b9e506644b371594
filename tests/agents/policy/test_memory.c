// Memory in a policy's file.

#include "agents/formats/safetensors.h"
#include "tests/support/small_policy.h"
#include "tests/support/support.h"

// As PyTorch's: gates x in, and gates x width.
START_TEST(memory_is_gates_by_in) {
  static const char *const names[] = {"actor.trunk.0.memory.weight",
                                      "actor.trunk.0.memory.recurrent.weight",
                                      "critic.0.trunk.0.memory.recurrent.bias"};
  co_buf file = small_policy_file_with((co_memory_def){CO_GRU, 5}, 5);
  co_safetensors all;
  ck_assert_int_eq(co_safetensors_parse(file.data, file.size, "f", &all), CO_OK);
  for (int i = 0; i < 3; i++) {
    const co_safetensor *tensor = co_safetensors_find(&all, names[i]);
    ck_assert_ptr_nonnull(tensor);
    ck_assert_int_eq(tensor->rank, i < 2 ? 2 : 1);
    ck_assert_uint_eq(tensor->shape[0], 15);
    if (i < 2) ck_assert_uint_eq(tensor->shape[1], i ? 5 : LINE_OBS);
  }
  co_safetensors_free(&all);
  co_buf_free(&file);
}
END_TEST

// A memory that the tensors do not have, or nothing could have.
static const struct {
  const char *from, *to, *text;
} memory_edits[] = {
    {"\"width\":5", "\"width\":0", "network.memory.width: must be a whole number from 1 to 1024"},
    {"\"width\":5", "\"width\":1025",
     "network.memory.width: must be a whole number from 1 to 1024"},
    {"\"width\":5", "\"width\":1000000000000", "network.memory.width: "},
    {"\"width\":5", "\"width\":5.5", "network.memory.width: must be a whole number"},
    {"\"width\":5", "\"width\":6", "\"actor.trunk.0.memory.weight\" hasn't the shape"},
    {"\"cell\":\"lstm\"", "\"cell\":\"gru\"", "\"actor.trunk.0.memory.weight\" hasn't the shape"},
    {"\"cell\":\"lstm\"", "\"cell\":\"lstn\"",
     "network.memory.cell: unknown, did you mean \"lstm\"?"},
    {"\"cell\":\"lstm\",", "", "network.memory.cell: is missing"},
    {",\"memory\":{\"cell\":\"lstm\",\"width\":5}", "",
     "\"actor.trunk.0.weight\" hasn't the shape"},
};

START_TEST(forged_memory_is_refused) {
  co_buf file = small_policy_file_with((co_memory_def){CO_LSTM, 5}, 10), out = {0}, edited = {0};
  co_safetensors all;
  ck_assert_int_eq(co_safetensors_parse(file.data, file.size, "f", &all), CO_OK);
  const char *text = co_safetensors_metadata(&all, "carryover");
  const char *place = strstr(text, memory_edits[_i].from);
  ck_assert_ptr_nonnull(place);
  co_buf_printf(&edited, "%.*s%s%s", (int)(place - text), text, memory_edits[_i].to,
                place + strlen(memory_edits[_i].from));
  co_metadata metadata[] = {{"checksum", "0000000000000000"}, {"carryover", edited.data}};
  ck_assert_int_eq(co_safetensors_write(metadata, 2, all.tensor, all.count, &out), CO_OK);
  sign_policy_file(out.data, out.size);
  co_policy *policy = NULL;
  ck_assert_int_eq(co_policy_parse(out.data, out.size, "f", &policy), CO_DATA);
  ck_assert_ptr_null(policy);
  ck_assert_msg(strstr(co_error_text(), memory_edits[_i].text) != NULL, "%s", co_error_text());
  co_safetensors_free(&all);
  co_buf_free(&out);
  co_buf_free(&edited);
  co_buf_free(&file);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("memory in policies");
  TCase *tcase = tcase_create("all");
  tcase_add_test(tcase, memory_is_gates_by_in);
  tcase_add_loop_test(tcase, forged_memory_is_refused, 0,
                      sizeof memory_edits / sizeof *memory_edits);
  suite_add_tcase(suite, tcase);
  return suite;
}
