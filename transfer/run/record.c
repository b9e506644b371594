#include "transfer/run/record.h"

#include "agents/formats/members.h"
#include "core/file.h"
#include "core/hash.h"
#include "core/memory.h"
#include "core/text.h"

#include <assert.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

co_status co_record_add_point(co_record *record, int64_t step, bool in_source, bool is_final,
                              co_evaluation *eval) {
  co_point *point = co_realloc(record->point, (size_t)record->num_points + 1, sizeof *point);
  if (!point) {
    co_evaluation_free(eval);
    return CO_MEMORY;
  }
  record->point = point;
  point[record->num_points++] = (co_point){step, in_source, is_final, *eval};
  record->faults += eval->faults;
  *eval = (co_evaluation){0};
  return CO_OK;
}

co_status co_record_set_layers(co_record *record, const co_layer_movement *layer, int count) {
  free(record->layer);
  record->num_layers = 0;
  record->layer = co_alloc((size_t)count, sizeof *layer);
  if (!record->layer) return CO_MEMORY;
  memcpy(record->layer, layer, (size_t)count * sizeof *layer);
  record->num_layers = count;
  return CO_OK;
}

const co_point *co_record_final(const co_record *record, bool in_source) {
  const co_point *found = NULL;
  for (int i = 0; i < record->num_points; i++)
    if (record->point[i].is_final && record->point[i].in_source == in_source)
      found = &record->point[i];
  return found;
}

int64_t co_record_steps(const co_record *record, const co_algorithm *algorithm) {
  return co_algorithm_steps(algorithm, record->env_steps, record->gradient_steps);
}

void co_record_free(co_record *record) {
  for (int i = 0; i < record->num_points; i++) co_evaluation_free(&record->point[i].eval);
  free(record->point);
  free(record->tensor);
  free(record->layer);
  free(record->definition);
  free(record->input);
  free(record->set);
  *record = (co_record){0};
}

// ---- checksum ----

// The first member is the hash of the whole text with the checksum's own digits as zeros, so that a
// damaged number is found like damaged syntax.
#define NO_CHECKSUM "0000000000000000"

static char *find_digits(char *text) {
  char *key = strstr(text, "\"checksum\": \"");
  char *digits = key ? key + strlen("\"checksum\": \"") : NULL;
  return digits && strlen(digits) >= CO_HASH_TEXT - 1 ? digits : NULL;
}

static void sign(char *text, size_t size) {
  char hash[CO_HASH_TEXT];
  char *digits = find_digits(text);
  assert(digits);
  co_hash_text(co_hash(text, size), hash);
  memcpy(digits, hash, CO_HASH_TEXT - 1);
}

// Leaves zeros in place of the checksum.
static bool checksum_holds(char *text, size_t size) {
  char hash[CO_HASH_TEXT], said[CO_HASH_TEXT] = "";
  char *digits = find_digits(text);
  if (!digits) return false;
  memcpy(said, digits, CO_HASH_TEXT - 1);
  memcpy(digits, NO_CHECKSUM, CO_HASH_TEXT - 1);
  co_hash_text(co_hash(text, size), hash);
  return strcmp(said, hash) == 0;
}

// ---- members ----

static const char *const statuses[] = {"done", "diverged", NULL};
static const char *const worlds[] = {"target", "source", NULL};

static co_json *derive_checksum(const void *base) {
  (void)base;
  return co_json_string(NO_CHECKSUM);
}

static co_json *derive_format(const void *base) {
  (void)base;
  return co_json_int(1);
}

static const char *check_episode(const void *base) {
  const co_episode *episode = base;
  return isfinite(episode->ret) || episode->fault ? NULL : "has neither a return nor a fault";
}

// A success is told of all episodes of an evaluation or of none.
static const char *check_point(const void *base) {
  const co_evaluation *eval = &((const co_point *)base)->eval;
  for (int i = 1; i < eval->count; i++)
    if (eval->episode[i].has_success != eval->episode[0].has_success)
      return "tells the success of some episodes only";
  return NULL;
}

static int has_rank(const void *base) {
  return ((const co_tensor_record *)base)->lora > 0;
}

static int has_adapter(const void *base) {
  return ((const co_tensor_record *)base)->adapter != CO_ADAPTER_NONE;
}

static int has_source_steps(const void *base) {
  return ((const co_record *)base)->source_env_steps > 0;
}

static const char *check_file(const void *base) {
  return strchr(((const co_file_record *)base)->name, '/') ? "is no base name" : NULL;
}

static const char *check_set(const void *base) {
  return strchr(((const co_set_record *)base)->file, '/') ? "file: is no base name" : NULL;
}

// The part in front of the only slash is a trial's id.
static const char *check_input(const void *base) {
  const char *name = ((const co_file_record *)base)->name, *slash = strchr(name, '/');
  char id[CO_INPUT_NAME];
  co_trial_parts parts;
  if (!slash) return NULL;
  snprintf(id, sizeof id, "%.*s", (int)(slash - name), name);
  bool fine = !strchr(slash + 1, '/') && slash[1] && co_trial_id_parse(id, &parts) == CO_OK;
  return fine ? NULL : "is neither a base name nor TRIAL/FILE";
}

static const char *check_record(const void *base) {
  const co_record *record = base;
  const char *text = record->definition;
  return !text || co_hash(text, strlen(text)) == record->definition_hash
             ? NULL
             : "definition: has another hash";
}

CO_MEMBERS(episode_members, check_episode, CO_ROW(REAL, co_episode, ret, "return", .nullable = 1),
           CO_ROW(INTEGER, co_episode, length, "length"),
           CO_ROW(BOOL, co_episode, terminated, "terminated"),
           CO_ROW(BOOL, co_episode, truncated, "truncated"),
           CO_ROW(BOOL, co_episode, success, "success", .nullable = 1,
                  .extra = offsetof(co_episode, has_success)),
           CO_ROW(BOOL, co_episode, fault, "fault"), CO_ROW(HASH, co_episode, trace_hash, "trace"));

CO_MEMBERS(point_members, check_point, CO_ROW(INTEGER, co_point, step, "step"),
           CO_ROW(CHOICE, co_point, in_source, "evaluated_in", .choices = worlds),
           CO_ROW(BOOL, co_point, is_final, "final"),
           CO_LIST_ROW(LIST, co_point, eval.episode, eval.count, episode_members, "episodes",
                       .min_count = 1, .max_count = 100000));

CO_MEMBERS(tensor_members, NULL, CO_ROW(TEXT, co_tensor_record, name, "name"),
           CO_ROW(INTS, co_tensor_record, shape, "shape", .extra = offsetof(co_tensor_record, rank),
                  .min = 1, .max = INT_MAX, .min_count = 1, .max_count = 2),
           CO_ROW(TEXT, co_tensor_record, status, "status"),
           CO_ROW(BOOL, co_tensor_record, trained, "trained"),
           CO_ROW(INTEGER, co_tensor_record, lora, "lora", .min = 1, .max = CO_MAX_WIDTH,
                  .optional = 1, .present = has_rank),
           CO_ROW(CHOICE, co_tensor_record, adapter, "adapter", .choices = co_adapter_names,
                  .optional = 1, .present = has_adapter),
           CO_ROW(HASH, co_tensor_record, before, "hash_before"),
           CO_ROW(HASH, co_tensor_record, after, "hash_after"),
           CO_ROW(REAL, co_tensor_record, moved, "moved", .max = 1e300, .nullable = 1));

static int is_hidden(const void *base) {
  return ((const co_layer_movement *)base)->units > 0;
}

CO_MEMBERS(layer_members, NULL, CO_ROW(TEXT, co_layer_movement, layer, "layer", .min = 1),
           CO_ROW(REAL, co_layer_movement, moved, "moved"),
           CO_ROW(REAL, co_layer_movement, relative, "relative", .nullable = 1),
           CO_ROW(REAL, co_layer_movement, norm, "norm"),
           CO_ROW(INTEGER, co_layer_movement, units, "units", .min = 1, .max = CO_MAX_WIDTH,
                  .optional = 1, .present = is_hidden),
           CO_ROW(INTEGER, co_layer_movement, rank_before, "rank_before", .max = CO_MAX_WIDTH,
                  .optional = 1, .present = is_hidden),
           CO_ROW(INTEGER, co_layer_movement, rank, "rank", .max = CO_MAX_WIDTH, .optional = 1,
                  .present = is_hidden),
           CO_ROW(REAL, co_layer_movement, dormant_before, "dormant_before", .max = 1,
                  .nullable = 1, .optional = 1, .present = is_hidden),
           CO_ROW(REAL, co_layer_movement, dormant, "dormant", .max = 1, .nullable = 1,
                  .optional = 1, .present = is_hidden),
           CO_ROW(REAL, co_layer_movement, cka, "cka", .nullable = 1, .optional = 1,
                  .present = is_hidden));

CO_MEMBERS(file_members, check_file, CO_ROW(TEXT, co_file_record, name, "name"),
           CO_ROW(HASH, co_file_record, hash, "hash"));

CO_MEMBERS(input_members, check_input, CO_ROW(TEXT, co_file_record, name, "name"),
           CO_ROW(HASH, co_file_record, hash, "hash"));

CO_MEMBERS(set_members, check_set, CO_ROW(TEXT, co_set_record, file, "file", .min = 1),
           CO_ROW(HASH, co_set_record, hash, "hash"),
           CO_ROW(INTEGER, co_set_record, episodes, "episodes"),
           CO_ROW(INTEGER, co_set_record, transitions, "transitions"),
           CO_ROW(REAL, co_set_record, return_mean, "return_mean", .nullable = 1));

// What is optional was not in files of older versions, but for data, which few trials have.
CO_MEMBERS(record_members, check_record, CO_DERIVED_ROW(derive_checksum, "checksum"),
           CO_DERIVED_ROW(derive_format, "format"), CO_ROW(TEXT, co_record, id, "id"),
           CO_ROW(HASH, co_record, definition_hash, "definition_hash"),
           CO_ROW(STRING, co_record, definition, "definition", .nullable = 1, .optional = 1),
           CO_LIST_ROW(MAP, co_record, input, num_inputs, input_members, "inputs",
                       .max_count = CO_MAX_INPUTS),
           CO_ROW(HASH, co_record, policy_hash, "policy_hash", .nullable = 1),
           CO_LIST_ROW(MAP, co_record, log, num_logs, file_members, "logs", .in_place = 1,
                       .max_count = CO_MAX_LOGS, .optional = 1),
           CO_LIST_ROW(LIST, co_record, set, num_sets, set_members, "data", .min_count = 1,
                       .max_count = 100, .optional = 1),
           CO_LIST_ROW(LIST, co_record, tensor, num_tensors, tensor_members, "tensors",
                       .max_count = 10000),
           CO_LIST_ROW(LIST, co_record, layer, num_layers, layer_members, "layers", .min_count = 1,
                       .max_count = 10000, .optional = 1),
           CO_ROW(REAL, co_record, action_difference, "step0_action_difference", .nullable = 1),
           CO_ROW(REAL, co_record, entropy, "step0_entropy", .nullable = 1),
           CO_ROW(REAL, co_record, explained_variance, "step0_explained_variance", .nullable = 1),
           CO_ROW(INTEGER, co_record, env_steps, "env_steps"),
           CO_ROW(INTEGER, co_record, gradient_steps, "gradient_steps"),
           CO_ROW(INTEGER, co_record, source_env_steps, "source_env_steps", .min = 1, .optional = 1,
                  .present = has_source_steps),
           CO_ROW(INTEGER, co_record, source_episodes, "source_episodes", .optional = 1,
                  .present = has_source_steps),
           CO_ROW(INTEGER, co_record, faults, "faults"),
           CO_ROW(CHOICE, co_record, status, "status", .choices = statuses, .optional = 1),
           CO_ROW(TEXT, co_record, failed, "failed", .nullable = 1),
           CO_ROW(TEXT, co_record, build, "build"),
           CO_ROW(TEXT, co_record, libc, "libc", .optional = 1),
           CO_LIST_ROW(LIST, co_record, point, num_points, point_members, "evaluations",
                       .max_count = 1000000));

// ---- names of inputs ----

void co_record_input_name(const char *trial, const char *file, char out[CO_INPUT_NAME]) {
  snprintf(out, CO_INPUT_NAME, "%s/%s", trial, file);
}

bool co_record_input_is(const co_file_record *input, const char *trial, const char *file) {
  char name[CO_INPUT_NAME];
  co_record_input_name(trial, file, name);
  bool is_older = strcmp(file, CO_FILE_POLICY) == 0 && strcmp(input->name, trial) == 0;
  return is_older || strcmp(input->name, name) == 0;
}

// ---- writing and reading ----

co_json *co_tensor_record_json(const co_tensor_record *tensor) {
  return co_members_write(&tensor_members, tensor);
}

co_json *co_layer_movement_json(const co_layer_movement *layer) {
  return co_members_write(&layer_members, layer);
}

co_status co_record_write(const co_record *record, co_buf *out) {
  co_json *root = co_members_write(&record_members, record);
  size_t start = out->size;
  co_status status = co_json_write(root, 1, out);
  co_json_free(root);
  if (status == CO_OK) sign(out->data + start, out->size - start);
  return status;
}

static co_status parse(const char *path, co_buf *text, co_record *out) {
  if (!checksum_holds(text->data, text->size))
    return co_fail(CO_DATA, "%s: damaged: its checksum does not hold", path);
  co_json *root;
  CO_TRY(co_json_parse(text->data, text->size, path, &root));
  co_status status = co_members_read(&record_members, root, path, out);
  co_json_free(root);
  if (status == CO_OK && *out->failed) out->status = CO_RECORD_DIVERGED;  // older ones say no more
  if (status == CO_OK && out->status == CO_RECORD_DIVERGED && !*out->failed)
    status = co_fail(CO_DATA, "%s: status: diverged, and \"failed\" does not say where", path);
  for (int i = 0; status == CO_OK && i < out->num_points; i++)
    status = co_evaluation_summarize(&out->point[i].eval);
  return status;
}

// takes over the text
static co_status parse_whole(const char *path, co_buf text, co_record *out) {
  *out = (co_record){.libc = "unknown"};
  co_status status = parse(path, &text, out);
  if (status != CO_OK) co_record_free(out);
  co_buf_free(&text);
  return status;
}

co_status co_record_parse(const void *bytes, size_t size, const char *file, co_record *out) {
  co_buf text = {0};
  co_buf_add(&text, bytes, size);
  co_status status = co_buf_status(&text);
  return status == CO_OK ? parse_whole(file, text, out) : (co_buf_free(&text), status);
}

co_status co_record_read(const char *path, co_record *out) {
  co_buf text;
  CO_TRY(co_file_read(path, 0, &text));
  return parse_whole(path, text, out);
}
