// done.json: round trip, that anything changed in it is noticed, and that every member is asked
// for.

#include "core/text.h"
#include "tests/transfer/study_fixture.h"
#include "transfer/run/record.h"

#include <math.h>
#include <sys/mman.h>

static co_evaluation make_evaluation(int count) {
  co_evaluation eval = {.count = count, .episode = calloc((size_t)count, sizeof(co_episode))};
  ck_assert_ptr_nonnull(eval.episode);
  for (int i = 0; i < count; i++)
    eval.episode[i] = (co_episode){.ret = -100.0 / 3 - i,
                                   .length = 200 - i,
                                   .terminated = i == 1,
                                   .truncated = i != 1,
                                   .has_success = true,
                                   .success = i == 0,
                                   .trace_hash = 0xfedcba9876543210u + (uint64_t)i};
  ck_ok(co_evaluation_summarize(&eval));
  return eval;
}

static void set_definition(co_record *record, const char *text) {
  free(record->definition);
  record->definition = strdup(text);
  ck_assert_ptr_nonnull(record->definition);
  record->definition_hash = co_hash(text, strlen(text));
}

#define INPUT "source.a.-.-.s0/policy.safetensors"

static co_record make_record(void) {
  co_record record = {.id = "transfer.a.b.full.s0",
                      .build = "0.1.0 test",
                      .libc = "glibc 2.36",
                      .num_inputs = 1,
                      .policy_hash = 77,
                      .num_logs = 2,
                      .log = {{"log.jsonl", 0xabcdef}, {"log.csv", 5}},
                      .action_difference = 0,
                      .entropy = 1.4189385332046727,
                      .explained_variance = NAN,
                      .env_steps = 2048,
                      .gradient_steps = 320,
                      .faults = 0};
  record.input = calloc(1, sizeof *record.input);
  record.input[0] = (co_file_record){INPUT, 0xffffffffffffffffu};
  set_definition(&record, "kind = \"transfer\";\nworld = { \xc3\xa4 };\n");
  record.num_sets = 1;
  record.set = calloc(1, sizeof *record.set);
  record.set[0] = (co_set_record){"data.codata", 9, 5, 1000, -3.5};
  record.tensor = calloc(2, sizeof *record.tensor);
  record.num_tensors = 2;
  record.tensor[0] = (co_tensor_record){"actor.mean.weight", 2, {1, 32}, "copied", true, 0,
                                        CO_ADAPTER_OUTPUT,   1, 2,       0.1};
  record.tensor[1] = (co_tensor_record){"obs_norm.mean", 1, {3}, "copied", false, 0, 0, 3, 3, 0};
  const co_layer_movement layer[2] = {{.layer = "actor.trunk.0",
                                       .moved = 0.5,
                                       .relative = 0.25,
                                       .norm = 2,
                                       .units = 8,
                                       .rank_before = 5,
                                       .rank = 6,
                                       .dormant = 0.125,
                                       .cka = 0.75},
                                      {.layer = "actor.mean", .relative = NAN}};
  ck_ok(co_record_set_layers(&record, layer, 2));
  for (int i = 0; i < 3; i++) {
    co_evaluation eval = make_evaluation(2 + i);
    ck_ok(co_record_add_point(&record, 1024 * i, i == 2, i > 0, &eval));
    ck_assert_ptr_null(eval.episode);  // moved
  }
  return record;
}

// A file in memory: thousands of mutations would take half a minute on a disk.
static co_status read_text(const char *text, size_t size, co_record *out) {
  char path[64];
  int fd = memfd_create("done.json", 0);
  ck_assert_int_ge(fd, 0);
  ck_assert_int_eq(write(fd, text, size), (ssize_t)size);
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  co_status status = co_record_read(path, out);
  close(fd);
  return status;
}

static void assert_equal_points(const co_point *a, const co_point *b) {
  ck_assert_int_eq(a->step, b->step);
  ck_assert_int_eq(a->in_source, b->in_source);
  ck_assert_int_eq(a->is_final, b->is_final);
  ck_assert_int_eq(a->eval.count, b->eval.count);
  ck_assert_double_eq(a->eval.mean, b->eval.mean);
  ck_assert_double_eq(a->eval.std, b->eval.std);
  ck_assert_int_eq(a->eval.has_success, b->eval.has_success);
  ck_assert_double_eq(a->eval.success_rate, b->eval.success_rate);
  for (int i = 0; i < a->eval.count; i++) {
    const co_episode *x = &a->eval.episode[i], *y = &b->eval.episode[i];
    ck_assert_double_eq(x->ret, y->ret);
    ck_assert_int_eq(x->length, y->length);
    ck_assert_int_eq(x->terminated, y->terminated);
    ck_assert_int_eq(x->truncated, y->truncated);
    ck_assert_int_eq(x->success, y->success);
    ck_assert_uint_eq(x->trace_hash, y->trace_hash);
  }
}

static void assert_equal_records(const co_record *a, const co_record *b) {
  ck_assert_str_eq(a->id, b->id);
  ck_assert_str_eq(a->build, b->build);
  ck_assert_str_eq(a->failed, b->failed);
  ck_assert_uint_eq(a->definition_hash, b->definition_hash);
  ck_assert_str_eq(a->definition, b->definition);
  ck_assert_uint_eq(a->policy_hash, b->policy_hash);
  ck_assert_int_eq(a->num_inputs, b->num_inputs);
  ck_assert_str_eq(a->input[0].name, b->input[0].name);
  ck_assert_uint_eq(a->input[0].hash, b->input[0].hash);
  ck_assert_int_eq(a->num_sets, b->num_sets);
  ck_assert_str_eq(a->set->file, b->set->file);
  ck_assert_uint_eq(a->set->hash, b->set->hash);
  ck_assert_int_eq(a->set->episodes, b->set->episodes);
  ck_assert_int_eq(a->set->transitions, b->set->transitions);
  ck_assert_double_eq(a->set->return_mean, b->set->return_mean);
  ck_assert_int_eq(a->num_logs, b->num_logs);
  for (int i = 0; i < a->num_logs; i++) {
    ck_assert_str_eq(a->log[i].name, b->log[i].name);
    ck_assert_uint_eq(a->log[i].hash, b->log[i].hash);
  }
  ck_assert_int_eq(a->num_layers, b->num_layers);
  for (int i = 0; i < a->num_layers; i++) ck_assert_str_eq(a->layer[i].layer, b->layer[i].layer);
  ck_assert_int_eq(a->layer->rank, b->layer->rank);
  ck_assert_double_eq(a->layer->cka, b->layer->cka);
  ck_assert_double_eq(a->action_difference, b->action_difference);
  ck_assert_double_eq(a->entropy, b->entropy);
  ck_assert_double_nan(b->explained_variance);
  ck_assert_int_eq(a->env_steps, b->env_steps);
  ck_assert_int_eq(a->gradient_steps, b->gradient_steps);
  ck_assert_str_eq(a->libc, b->libc);
  ck_assert_int_eq(a->num_tensors, b->num_tensors);
  for (int i = 0; i < a->num_tensors; i++)
    ck_assert_int_eq(memcmp(&a->tensor[i], &b->tensor[i], sizeof a->tensor[i]), 0);
  ck_assert_int_eq(a->num_points, b->num_points);
  for (int i = 0; i < a->num_points; i++) assert_equal_points(&a->point[i], &b->point[i]);
}

START_TEST(what_is_written_reads_back) {
  co_record record = make_record(), read;
  co_buf text = {0}, again = {0};
  ck_ok(co_record_write(&record, &text));
  ck_ok(read_text(text.data, text.size, &read));
  assert_equal_records(&record, &read);
  ck_ok(co_record_write(&read, &again));
  ck_assert_str_eq(text.data, again.data);
  co_record_free(&record);
  co_record_free(&read);
  co_buf_free(&text);
  co_buf_free(&again);
}
END_TEST

START_TEST(a_definition_may_be_long) {
  enum { LONG = 200000 };
  co_record record = make_record(), read;
  char *definition = malloc(LONG + 1);
  co_buf text = {0};
  ck_assert_ptr_nonnull(definition);
  memset(definition, 'x', LONG);
  definition[LONG] = '\0';
  set_definition(&record, definition);
  ck_ok(co_record_write(&record, &text));
  ck_ok(read_text(text.data, text.size, &read));
  ck_assert_str_eq(read.definition, definition);
  free(definition);
  co_record_free(&record);
  co_record_free(&read);
  co_buf_free(&text);
}
END_TEST

START_TEST(a_failed_training_reads_back) {
  co_record record = make_record(), read;
  record.status = CO_RECORD_DIVERGED;
  strcpy(record.failed, "update 3: the loss is not finite");
  record.policy_hash = 0;
  record.action_difference = NAN;
  co_buf text = {0};
  ck_ok(co_record_write(&record, &text));
  ck_assert_ptr_nonnull(strstr(text.data, "\"status\": \"diverged\""));
  ck_assert_ptr_nonnull(strstr(text.data, "\"policy_hash\": null"));
  ck_assert_ptr_nonnull(strstr(text.data, "\"step0_action_difference\": null"));
  ck_ok(read_text(text.data, text.size, &read));
  ck_assert_str_eq(read.failed, record.failed);
  ck_assert_int_eq(read.status, CO_RECORD_DIVERGED);
  ck_assert_uint_eq(read.policy_hash, 0);
  ck_assert_double_nan(read.action_difference);
  co_record_free(&record);
  co_record_free(&read);
  co_buf_free(&text);
}
END_TEST

// Older versions told of a training that diverged by `failed` alone.
START_TEST(status_and_reason_go_together) {
  co_record record = make_record(), read;
  record.status = CO_RECORD_DIVERGED;
  co_buf text = {0};
  ck_ok(co_record_write(&record, &text));
  ck_fails(read_text(text.data, text.size, &read), CO_DATA,
           "status: diverged, and \"failed\" does not say where");
  co_buf_free(&text);
  strcpy(record.failed, "update 3: the loss is not finite");
  ck_ok(co_record_write(&record, &text));
  char *line = strstr(text.data, "\"status\": \"diverged\""), *end = strchr(line, '\n') + 1;
  memmove(line, end, strlen(end) + 1);
  text.size = strlen(text.data);
  fixture_sign(&text);
  ck_ok(read_text(text.data, text.size, &read));
  ck_assert_int_eq(read.status, CO_RECORD_DIVERGED);
  co_record_free(&read);
  co_record_free(&record);
  co_buf_free(&text);
}
END_TEST

START_TEST(a_faulty_episode_counts_nowhere) {
  co_record record = {.id = "x", .build = "y"}, read;
  co_evaluation eval = make_evaluation(3);
  eval.episode[2].ret = NAN;
  eval.episode[2].fault = 1;
  ck_ok(co_evaluation_summarize(&eval));
  double mean = eval.mean;
  ck_ok(co_record_add_point(&record, 0, false, true, &eval));
  ck_assert_int_eq(record.faults, 1);
  co_buf text = {0};
  ck_ok(co_record_write(&record, &text));
  ck_assert_ptr_null(strstr(text.data, "nan"));
  ck_ok(read_text(text.data, text.size, &read));
  ck_assert_int_eq(read.faults, 1);
  ck_assert_int_eq(read.point[0].eval.faults, 1);
  ck_assert_double_eq(read.point[0].eval.mean, mean);
  co_record_free(&record);
  co_record_free(&read);
  co_buf_free(&text);
}
END_TEST

START_TEST(without_a_success_flag_nothing_is_said) {
  co_record record = {.id = "x", .build = "y"}, read;
  co_evaluation eval = make_evaluation(3);
  for (int i = 0; i < eval.count; i++) eval.episode[i].has_success = false;
  ck_ok(co_evaluation_summarize(&eval));
  ck_ok(co_record_add_point(&record, 0, false, true, &eval));
  co_buf text = {0};
  ck_ok(co_record_write(&record, &text));
  ck_assert_ptr_nonnull(strstr(text.data, "\"success\": null"));
  ck_ok(read_text(text.data, text.size, &read));
  ck_assert(!read.point[0].eval.has_success);
  ck_assert_double_nan(read.point[0].eval.success_rate);
  co_record_free(&record);
  co_record_free(&read);
  co_buf_free(&text);
}
END_TEST

START_TEST(the_final_point_is_found_by_world) {
  co_record record = make_record();
  ck_assert_ptr_eq(co_record_final(&record, false), &record.point[1]);
  ck_assert_ptr_eq(co_record_final(&record, true), &record.point[2]);
  record.point[2].is_final = false;
  ck_assert_ptr_null(co_record_final(&record, true));
  co_record_free(&record);
}
END_TEST

// --- damage ---

static void assert_damaged(const char *text, size_t size, const char *what, size_t at) {
  co_record read;
  co_status status = read_text(text, size, &read);
  ck_assert_msg(status == CO_DATA, "%s at %zu is read as status %d", what, at, status);
  ck_assert_ptr_nonnull(strstr(co_error_text(), "/proc/self/fd/"));  // the file's name
}

START_TEST(every_truncation_is_noticed) {
  co_record record = make_record();
  co_buf text = {0};
  ck_ok(co_record_write(&record, &text));
  for (size_t size = 0; size < text.size; size++) assert_damaged(text.data, size, "a cut", size);
  co_record_free(&record);
  co_buf_free(&text);
}
END_TEST

START_TEST(every_changed_byte_is_noticed) {
  co_record record = make_record();
  co_buf text = {0};
  ck_ok(co_record_write(&record, &text));
  for (size_t i = 0; i < text.size; i++) {
    char byte = text.data[i];
    text.data[i] = (char)(byte ^ (1 << i % 8));
    assert_damaged(text.data, text.size, "a flipped bit", i);
    text.data[i] = byte;
  }
  assert_damaged("", 0, "nothing", 0);
  assert_damaged("{}\n", 3, "an empty object", 0);
  co_record_free(&record);
  co_buf_free(&text);
}
END_TEST

// what lies behind the checksum: text that was changed and signed again
#define NAME_OF_70 "0123456789012345678901234567890123456789012345678901234567890123456789"
static const struct {
  const char *from, *to, *says;
} forged[] = {
    {"\"id\": \"", "\"id\": \"" NAME_OF_70 NAME_OF_70 NAME_OF_70, ": id: must be printable text"},
    {"\"id\": \"", "\"id\": \"\\n", ": id: must be printable text"},
    {"\"definition_hash\": \"", "\"definition_hash\": \"0", ": definition_hash: must be 16 digits"},
    {"\"definition_hash\": \"", "\"definition_hash\": \"g", ": definition_hash: must be 16 digits"},
    {"\"definition\": \"", "\"definition\": \"K", ": definition: has another hash"},
    {"\"file\": \"", "\"file\": \"../", ": data.0: file: is no base name"},
    {"\"logs\": {", "\"logs\": {\"x\": \"0000000000000001\", ",
     ": logs: must be an object of at most 2 members"},
    {"\"inputs\": {", "\"inputs\": {\"x\": 7, ", ": inputs.x: must be 16 digits"},
    {"\"inputs\": {", "\"inputs\": {\"../x\": \"0000000000000001\", ",
     ": inputs.../x: is neither a base name nor TRIAL/FILE"},
    {"\"inputs\": {", "\"inputs\": {\"source.a.-.-/x\": \"0000000000000001\", ",
     ": inputs.source.a.-.-/x: is neither a base name nor TRIAL/FILE"},
    {"\"inputs\": {", "\"inputs\": {\"source.a.-.-.s0/\": \"0000000000000001\", ",
     ": inputs.source.a.-.-.s0/: is neither a base name nor TRIAL/FILE"},
    {"\"inputs\": {", "\"inputs\": {\"source.a.-.-.s0/../x\": \"0000000000000001\", ",
     ": inputs.source.a.-.-.s0/../x: is neither a base name nor TRIAL/FILE"},
    {"\"logs\": {\n  \"log.jsonl", "\"logs\": {\n  \"" INPUT, ": logs." INPUT ": is no base name"},
    {"\"policy_hash\": \"000000000000004d\"", "\"policy_hash\": \"0000000000000000\"",
     ": policy_hash: must be null where"},
    {"\"shape\": [", "\"shape\": [1e300], \"s\": [", ": tensors.0: unknown key \"s\""},
    {"\"shape\": [\n    1,", "\"shape\": [1e300,", ": tensors.0.shape: 1e+300 is out of range"},
    {"\"shape\": [\n    1,", "\"shape\": [0,", ": tensors.0.shape: 0 is out of range"},
    {"\"shape\": [\n    1,", "\"shape\": [1.5,", ": tensors.0.shape: must hold whole numbers"},
    {"\"shape\": [", "\"shape\": [3, ", ": tensors.0.shape: must be an array of at most 2"},
    {"\"shape\": [\n    3\n   ]", "\"shape\": []",
     ": tensors.1.shape: must be an array of at least 1"},
    {"\"status\": \"copied\"", "\"status\": \"copied and more\"", ": tensors.0.status: must be"},
    {"\"moved\": 0.1", "\"moved\": -0.1", ": tensors.0.moved: -0.1 is out of range"},
    {"\"tensors\": [", "\"tensors\": [7, ", ": tensors.0: must be an object"},
    {"\"evaluations\": [", "\"evaluations\": [null, ", ": evaluations.0: must be an object"},
    {"\"step\": 1024", "\"step\": -1024", ": evaluations.1.step: must be a whole number from 0"},
    {"\"evaluated_in\": \"source\"", "\"evaluated_in\": \"sourse\"",
     ": evaluations.2.evaluated_in: unknown, did you mean \"source\"?"},
    {"\"length\": 199", "\"length\": -1",
     ": evaluations.0.episodes.1.length: must be a whole number"},
    {"\"return\": -33.", "\"return\": null, \"teturn\": -33.", ": unknown key \"teturn\""},
    {"\"return\": -33.333333333333336", "\"return\": null",
     ": evaluations.0.episodes.0: has neither a return nor a fault"},
    {"\"success\": true", "\"success\": null", ": evaluations.0: tells the success of some"},
    {"\"faults\": 0", "\"faults\": 0.5", ": faults: must be a whole number from 0"},
    {"\"format\": 1", "\"format\": 7", ": format: must be 1"},
};
START_TEST(wrong_content_is_refused_behind_a_right_checksum) {
  co_record record = make_record(), read;
  co_buf text = {0}, changed = {0};
  ck_ok(co_record_write(&record, &text));
  const char *at = strstr(text.data, forged[_i].from);
  ck_assert_msg(at != NULL, "%s", forged[_i].from);
  co_buf_add(&changed, text.data, (size_t)(at - text.data));
  co_buf_puts(&changed, forged[_i].to);
  co_buf_puts(&changed, at + strlen(forged[_i].from));
  fixture_sign(&changed);
  ck_fails(read_text(changed.data, changed.size, &read), CO_DATA, forged[_i].says);
  co_record_free(&record);
  co_buf_free(&text);
  co_buf_free(&changed);
}
END_TEST

// --- every member in turn ---

typedef enum spoiling { OMITTED, MISTYPED, NULLED, WITH_EXTRA, NUM_SPOILINGS } spoiling;

// A copy of a document in which the member at `left`, counted through all objects, is spoiled.
typedef struct spoiler {
  spoiling how;
  int left;
  char path[256];  // of the member, "" while it has not been met
} spoiler;

// of another type
static co_json *nonsense(const co_json *json) {
  return co_json_is_object(json) ? co_json_array() : co_json_object();
}

static co_json *spoiled(spoiler *to, const co_json *json, const char *path);

static co_json *spoiled_object(spoiler *to, const co_json *json, const char *path) {
  co_json *object = co_json_object();
  for (size_t i = 0; i < co_json_count(json); i++) {
    char below[256];
    const char *key = co_json_key_at(json, i);
    snprintf(below, sizeof below, "%s%s%s", path, *path ? "." : "", key);
    bool here = to->left-- == 0;
    if (here) strcpy(to->path, below);
    if (here && to->how == WITH_EXTRA) co_json_set(object, "extra", co_json_array());
    if (here && to->how == MISTYPED)
      co_json_set(object, key, nonsense(co_json_value_at(json, i)));
    else if (here && to->how == NULLED)
      co_json_set(object, key, co_json_null());
    else if (!here || to->how != OMITTED)
      co_json_set(object, key, spoiled(to, co_json_value_at(json, i), below));
  }
  return object;
}

static co_json *spoiled(spoiler *to, const co_json *json, const char *path) {
  if (co_json_is_object(json)) return spoiled_object(to, json, path);
  if (co_json_is_string(json)) return co_json_string(co_json_as_string(json));
  if (co_json_is_bool(json)) return co_json_bool(co_json_as_bool(json, false));
  if (co_json_is_null(json)) return co_json_null();
  if (co_json_as_int(json, -1) >= 0) return co_json_int(co_json_as_int(json, -1));
  if (co_json_is_number(json)) return co_json_number(co_json_as_number(json, NAN));
  co_json *array = co_json_array();
  for (size_t i = 0; i < co_json_count(json); i++) {
    char below[256];
    snprintf(below, sizeof below, "%s%s%zu", path, *path ? "." : "", i);
    co_json_add(array, spoiled(to, co_json_at(json, i), below));
  }
  return array;
}

// What the header says of older versions and of values that are not there; files are fewer or more,
// as it happens. And what is told of the whole above, or of a list without room for another.
static const char *const are_fine[] = {
    [OMITTED] =
        "definition|logs|libc|status|data|*.adapter|inputs.*|logs.*|layers|layers.*.units|"
        "layers.*.rank*|layers.*.dormant*|layers.*.cka",
    [MISTYPED] = "",
    [NULLED] =
        "definition|policy_hash|step0_*|failed|tensors.*.moved|data.*.return_mean|"
        "layers.*.relative|layers.*.dormant*|layers.*.cka",
    [WITH_EXTRA] = ""};
static const char *const are_told_above[] = {
    [OMITTED] = "", [MISTYPED] = "", [NULLED] = "*.return|*.success", [WITH_EXTRA] = "logs.*"};
static const char *const says[] = {
    [OMITTED] = "is missing", [MISTYPED] = "must be", [NULLED] = "must be"};

static void assert_is_older(const char *path, const co_record *read) {
  ck_assert_int_eq(read->definition == NULL, strcmp(path, "definition") == 0);
  ck_assert_int_eq(read->num_logs,
                   2 - (strncmp(path, "logs.", 5) == 0) - 2 * !strcmp(path, "logs"));
  ck_assert_str_eq(read->libc, strcmp(path, "libc") == 0 ? "unknown" : "glibc 2.36");
}

static void read_spoiled(const spoiler *to, co_buf *text) {
  char want[512] = "extra";
  co_record read;
  fixture_sign(text);
  co_status status = read_text(text->data, text->size, &read);
  bool fine = co_glob_match(are_fine[to->how], to->path);
  ck_assert_msg(status == (fine ? CO_OK : CO_DATA), "%s spoiled as %d gives %d", to->path,
                (int)to->how, (int)status);
  if (fine && to->how == OMITTED) assert_is_older(to->path, &read);
  if (fine) co_record_free(&read);
  if (fine || co_glob_match(are_told_above[to->how], to->path)) return;
  if (to->how != WITH_EXTRA) snprintf(want, sizeof want, ": %s: %s", to->path, says[to->how]);
  ck_assert_msg(strstr(co_error_text(), want) != NULL, "\"%s\" not in: %s", want, co_error_text());
}

START_TEST(every_member_is_asked_for) {
  co_record record = make_record();
  co_buf text = {0};
  co_json *root;
  int count = 0;
  ck_ok(co_record_write(&record, &text));
  ck_ok(co_json_parse(text.data, text.size, "record", &root));
  for (bool more = true; more; count += more) {
    spoiler to = {.how = (spoiling)_i, .left = count};
    co_json *json = spoiled(&to, root, "");
    text.size = 0;
    ck_ok(co_json_write(json, 1, &text));
    co_json_free(json);
    more = *to.path != '\0';
    if (more && strcmp(to.path, "checksum") != 0) read_spoiled(&to, &text);
  }
  ck_assert_int_gt(count, 100);
  co_json_free(root);
  co_record_free(&record);
  co_buf_free(&text);
}
END_TEST

// Files of older versions call a policy by its trial alone, and nothing else so.
START_TEST(an_input_is_a_trials_file) {
  static const char id[] = "source.a.-.-.s0";
  co_file_record input = {"", 1};
  co_record_input_name(id, "policy.safetensors", input.name);
  ck_assert_str_eq(input.name, INPUT);
  ck_assert(co_record_input_is(&input, id, "policy.safetensors"));
  ck_assert(!co_record_input_is(&input, id, "data.codata"));
  ck_assert(!co_record_input_is(&input, "source.a.-.-.s1", "policy.safetensors"));
  strcpy(input.name, id);
  ck_assert(co_record_input_is(&input, id, "policy.safetensors"));
  ck_assert(!co_record_input_is(&input, id, "data.codata"));
}
END_TEST

START_TEST(a_missing_file_is_missing_input) {
  co_record read;
  ck_assert_int_eq(co_record_read(fixture_path("none.json"), &read), CO_NO_INPUT);
  ck_assert_int_eq(co_record_read(fixture_folder, &read), CO_IO);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("record");
  TCase *whole = tcase_create("whole");
  tcase_add_checked_fixture(whole, fixture_setup, fixture_teardown);
  tcase_add_test(whole, what_is_written_reads_back);
  tcase_add_test(whole, a_failed_training_reads_back);
  tcase_add_test(whole, status_and_reason_go_together);
  tcase_add_test(whole, a_faulty_episode_counts_nowhere);
  tcase_add_test(whole, without_a_success_flag_nothing_is_said);
  tcase_add_test(whole, a_definition_may_be_long);
  tcase_add_test(whole, the_final_point_is_found_by_world);
  tcase_add_test(whole, an_input_is_a_trials_file);
  tcase_add_test(whole, a_missing_file_is_missing_input);
  suite_add_tcase(suite, whole);
  TCase *damaged = tcase_create("damaged");
  tcase_add_checked_fixture(damaged, fixture_setup, fixture_teardown);
  tcase_set_timeout(damaged, 60);
  tcase_add_test(damaged, every_truncation_is_noticed);
  tcase_add_test(damaged, every_changed_byte_is_noticed);
  tcase_add_loop_test(damaged, wrong_content_is_refused_behind_a_right_checksum, 0,
                      sizeof forged / sizeof *forged);
  tcase_add_loop_test(damaged, every_member_is_asked_for, 0, NUM_SPOILINGS);
  suite_add_tcase(suite, damaged);
  return suite;
}
