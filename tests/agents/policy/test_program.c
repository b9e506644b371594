// Policies that act by a program: what the program gives, from first to last bit, in memory, in
// files and in rows of any number.

#include "agents/learn/checkpoint.h"
#include "core/count_alloc.h"
#include "tests/support/acting.h"
#include "tests/support/small_program.h"

#define ck_ok(call) ck_assert_msg((call) == CO_OK, "%s", co_error_text())

enum { ROWS = 70, STEPS = 4 };

typedef struct play {
  float action[STEPS][ROWS * LINE_ACTION];
  float state[ROWS * 16];  // in the end
} play;

static const float *obs_of(int step) {
  return program_numbers(ROWS * LINE_OBS, (uint64_t)(100 + step));
}

// All rows, `group` of them at once.
static void act_in_groups(const co_policy *policy, int group, play *p) {
  acting a = acting_begin(policy, ROWS);
  ck_assert_uint_le(ROWS * a.actor.state_bytes, sizeof p->state);
  for (int t = 0; t < STEPS; t++)
    for (int r = 0; r < ROWS; r += group)
      co_actor_act(&a.actor, obs_of(t) + r * LINE_OBS, ROWS - r < group ? ROWS - r : group,
                   co_actor_state_at(&a.actor, a.state, r), &a.at, p->action[t] + r * LINE_ACTION);
  memcpy(p->state, a.state, ROWS * a.actor.state_bytes);
  acting_end(&a);
}

// As the network's own way: normaliser, then the program, then the bounds.
static void run_by_hand(const co_policy *policy, play *p) {
  const co_program *program = &policy->program->program;
  float input[ROWS * LINE_OBS], state[ROWS * PROGRAM_WIDTH] = {0};
  for (int t = 0; t < STEPS; t++) {
    co_normalizer_apply(&policy->obs_norm, obs_of(t), ROWS, input, LINE_OBS);
    for (int r = 0; r < ROWS; r++)
      run_program(program, input + r * LINE_OBS, 1, state + r * program->state_dim,
                  p->action[t] + r * LINE_ACTION);
    co_output_actions(policy->output, LINE_ACTION, ROWS, p->action[t], p->action[t]);
  }
}

static co_policy *normalised(int kind) {
  co_policy *policy = program_policy(kind);
  for (int i = 0; i < LINE_OBS; i++) {
    policy->obs_norm.mean[i] = 0.2 * (i + 1);
    policy->obs_norm.var[i] = 0.5 + i;
  }
  *policy->obs_norm.count = 10;
  return policy;
}

START_TEST(it_does_what_the_program_does) {
  static const int groups[] = {1, 2, 31, 33, ROWS};
  co_policy *policy = normalised(_i);
  play want = {.state = {0}}, have;
  run_by_hand(policy, &want);
  for (size_t g = 0; g < sizeof groups / sizeof *groups; g++) {
    memset(&have, 0, sizeof have);
    act_in_groups(policy, groups[g], &have);
    ck_assert_mem_eq(have.action, want.action, sizeof want.action);
    if (g == 0) memcpy(want.state, have.state, sizeof want.state);
    ck_assert_mem_eq(have.state, want.state, sizeof want.state);
  }
  bool moves = memcmp(want.action[0], want.action[1], sizeof want.action[0]) != 0;
  ck_assert(moves);
  co_policy_free(policy);
}
END_TEST

START_TEST(levels_have_the_same_bits) {
  co_policy *policy = normalised(_i);
  play want, have;
  memset(&want, 0, sizeof want);
  memset(&have, 0, sizeof have);
  int levels = 0;
  for (int l = 0; co_kernels_names[l]; l++) {
    if (!co_kernels_choose(co_kernels_names[l])) continue;
    act_in_groups(policy, 7, levels++ ? &have : &want);
    if (levels > 1) ck_assert_mem_eq(&have, &want, sizeof want);
  }
  ck_assert_int_gt(levels, 1);
  co_policy_free(policy);
}
END_TEST

// A state begins with the episode; rows have one each.
START_TEST(a_state_begins_with_the_episode) {
  co_policy *policy = program_policy(PROGRAM_STATE);
  float first[LINE_ACTION * 2], second[LINE_ACTION * 2], again[LINE_ACTION * 2];
  acting a = acting_begin(policy, 2);
  ck_assert_uint_eq(a.actor.state_bytes, 6 * sizeof(float));  // five numbers in whole doubles
  co_actor_act(&a.actor, obs_of(0), 2, a.state, &a.at, first);
  co_actor_act(&a.actor, obs_of(0), 2, a.state, &a.at, second);
  ck_assert_mem_ne(first, second, sizeof first);
  co_actor_begin(&a.actor, 1, co_actor_state_at(&a.actor, a.state, 1));
  co_actor_act(&a.actor, obs_of(0), 2, a.state, &a.at, again);
  ck_assert_mem_eq(again + LINE_ACTION, first + LINE_ACTION, LINE_ACTION * sizeof *first);
  ck_assert_mem_ne(again, first, LINE_ACTION * sizeof *first);
  acting_end(&a);
  co_policy_free(policy);
}
END_TEST

// What a checkpoint has of its rows goes on as if nothing had been between.
START_TEST(a_state_is_saved_with_the_row) {
  co_policy *policy = program_policy(PROGRAM_STATE);
  acting a = acting_begin(policy, ROWS), b = acting_begin(policy, ROWS);
  float want[ROWS * LINE_ACTION], have[ROWS * LINE_ACTION];
  co_buf bytes = {0};
  co_pack pack;
  co_actor_act(&a.actor, obs_of(0), ROWS, a.state, &a.at, want);
  co_pack_begin(&bytes);
  co_actor_states_save(&a.actor, a.state, ROWS, "states", &bytes);
  co_pack_end(&bytes);
  ck_ok(co_pack_parse(bytes.data, bytes.size, "f", &pack));
  ck_ok(co_actor_states_load(&b.actor, b.state, ROWS, "states", &pack));
  co_actor_act(&a.actor, obs_of(1), ROWS, a.state, &a.at, want);
  co_actor_act(&b.actor, obs_of(1), ROWS, b.state, &b.at, have);
  ck_assert_mem_eq(have, want, sizeof want);
  co_pack_free(&pack);
  co_buf_free(&bytes);
  acting_end(&a);
  acting_end(&b);
  co_policy_free(policy);
}
END_TEST

START_TEST(acting_allocates_nothing) {
  co_policy *policy = program_policy(_i);
  float action[ROWS * LINE_ACTION];
  const float *obs = obs_of(0);
  acting a = acting_begin(policy, ROWS);
  co_count_alloc_start();
  co_actor_begin(&a.actor, ROWS, a.state);
  co_actor_act(&a.actor, obs, ROWS, a.state, &a.at, action);
  ck_assert_int_le(co_count_alloc_stop(), 0);
  acting_end(&a);
  co_policy_free(policy);
}
END_TEST

// A copy shares the program and outlives the original; a file is read to the same bytes.
START_TEST(copies_and_files_act_the_same) {
  co_policy *policy = normalised(_i), *copy, *back;
  play want, have;
  memset(&want, 0, sizeof want);
  memset(&have, 0, sizeof have);
  co_buf file = {0}, again = {0};
  act_in_groups(policy, 9, &want);
  ck_ok(co_policy_copy(policy, &copy));
  ck_ok(co_policy_write(policy, &file));
  ck_assert_uint_eq(co_policy_hash(copy), co_policy_hash(policy));
  co_policy_free(policy);
  act_in_groups(copy, 9, &have);
  ck_assert_mem_eq(&have, &want, sizeof want);
  ck_ok(co_policy_parse(file.data, file.size, "f", &back));
  act_in_groups(back, 9, &have);
  ck_assert_mem_eq(&have, &want, sizeof want);
  ck_ok(co_policy_write(back, &again));
  ck_assert_uint_eq(file.size, again.size);
  ck_assert_mem_eq(file.data, again.data, file.size);
  ck_assert_uint_eq(back->program->hash, copy->program->hash);
  ck_assert_int_eq(back->num_tensors, 4);  // the spread and the normaliser
  co_buf_free(&file);
  co_buf_free(&again);
  co_policy_free(copy);
  co_policy_free(back);
}
END_TEST

// ---- files of others

static co_buf file_of(int kind) {
  co_policy *policy = program_policy(kind);
  co_buf file = {0};
  ck_ok(co_policy_write(policy, &file));
  co_policy_free(policy);
  return file;
}

static void refuse(const char *bytes, size_t size) {
  co_policy *policy = NULL;
  ck_assert_int_eq(co_policy_parse(bytes, size, "f", &policy), CO_DATA);
  ck_assert_ptr_null(policy);
  ck_assert_msg(strncmp(co_error_text(), "f: ", 3) == 0, "%s", co_error_text());
}

START_TEST(cut_files_are_refused) {
  co_buf file = file_of(PROGRAM_STATE);
  for (size_t size = 0; size < file.size; size++) {
    char *cut = malloc(size + 1);  // so that what is read behind it is seen
    memcpy(cut, file.data, size);
    refuse(cut, size);
    free(cut);
  }
  co_buf_free(&file);
}
END_TEST

// Every flipped bit is found; behind a right checksum it is refused, or it is another policy.
START_TEST(flipped_bits_are_found) {
  enum { STRIDE = 7 };
  co_buf file = file_of(_i);
  int taken = 0;
  for (size_t i = 0; i < file.size; i += STRIDE) {
    file.data[i] ^= (char)(1 << i % 8);
    co_policy *policy = NULL;
    refuse(file.data, file.size);
    co_buf forged = {0};
    co_buf_add(&forged, file.data, file.size);
    sign_policy_file(forged.data, forged.size);
    co_status status = co_policy_parse(forged.data, forged.size, "f", &policy);
    ck_assert_msg(status == CO_OK || status == CO_DATA, "%s", co_error_text());
    if (policy) {
      play p;
      act_in_groups(policy, ROWS, &p);
      taken++;
    }
    co_policy_free(policy);
    co_buf_free(&forged);
    file.data[i] ^= (char)(1 << i % 8);
  }
  ck_assert_int_gt(taken, 0);
  co_buf_free(&file);
}
END_TEST

// The same file with one text of its metadata edited.
static co_buf edit(const co_buf *file, const char *key, const char *from, const char *to) {
  static const char *const keys[] = {"carryover", "program"};
  co_safetensors all;
  ck_ok(co_safetensors_parse(file->data, file->size, "f", &all));
  co_metadata metadata[3] = {{"checksum", "0000000000000000"}};
  co_buf text = {0}, out = {0};
  for (int i = 0; i < 2; i++) {
    const char *have = co_safetensors_metadata(&all, keys[i]);
    const char *place = strcmp(keys[i], key) == 0 ? strstr(have, from) : NULL;
    if (place)
      co_buf_printf(&text, "%.*s%s%s", (int)(place - have), have, to, place + strlen(from));
    metadata[1 + i] = (co_metadata){keys[i], place ? text.data : have};
  }
  ck_assert_msg(text.size > 0, "no %s in %s", from, key);
  ck_ok(co_safetensors_write(metadata, 3, all.tensor, all.count, &out));
  sign_policy_file(out.data, out.size);
  co_safetensors_free(&all);
  co_buf_free(&text);
  return out;
}

static const struct {
  const char *key, *from, *to, *says;
} edits[] = {
    {"carryover", "\"layers\":[]", "\"layers\":[4]", "the contract has a network of its own"},
    {"program", "\"shape\":[1,3]", "\"shape\":[1,2147483648]", "whole numbers from 1 to"},
    {"program", "\"op\":\"Tanh\"", "\"op\":\"Scan\"", "(Scan): this operator is not known"},
    {"program", "\"name\":\"obs\"", "\"name\":\"abs\"", "\"obs\", which nothing makes before it"},
    {"program", "\"action\":\"action\"", "\"action\":\"h_out\"", "of which it needs"},
};

START_TEST(forged_programs_are_refused) {
  co_buf file = file_of(PROGRAM_STATE);
  co_buf forged = edit(&file, edits[_i].key, edits[_i].from, edits[_i].to);
  refuse(forged.data, forged.size);
  ck_assert_msg(strstr(co_error_text(), edits[_i].says), "%s", co_error_text());
  co_buf_free(&forged);
  co_buf_free(&file);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("policies by a program");
  TCase *tcase = tcase_create("all");
  tcase_set_timeout(tcase, 120);
  tcase_add_loop_test(tcase, it_does_what_the_program_does, 0, NUM_PROGRAMS);
  tcase_add_loop_test(tcase, levels_have_the_same_bits, 0, NUM_PROGRAMS);
  tcase_add_test(tcase, a_state_begins_with_the_episode);
  tcase_add_test(tcase, a_state_is_saved_with_the_row);
  tcase_add_loop_test(tcase, acting_allocates_nothing, 0, NUM_PROGRAMS);
  tcase_add_loop_test(tcase, copies_and_files_act_the_same, 0, NUM_PROGRAMS);
  tcase_add_test(tcase, cut_files_are_refused);
  tcase_add_loop_test(tcase, flipped_bits_are_found, 0, NUM_PROGRAMS);
  tcase_add_loop_test(tcase, forged_programs_are_refused, 0, sizeof edits / sizeof *edits);
  suite_add_tcase(suite, tcase);
  return suite;
}
