#include "transfer/run/record.h"

#include "core/file.h"
#include "core/hash.h"
#include "core/memory.h"
#include "core/text.h"

#include <assert.h>
#include <limits.h>
#include <math.h>
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

const co_point *co_record_final(const co_record *record, bool in_source) {
  const co_point *found = NULL;
  for (int i = 0; i < record->num_points; i++)
    if (record->point[i].is_final && record->point[i].in_source == in_source)
      found = &record->point[i];
  return found;
}

void co_record_free(co_record *record) {
  for (int i = 0; i < record->num_points; i++) co_evaluation_free(&record->point[i].eval);
  free(record->point);
  free(record->tensor);
  free(record->definition);
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

static bool checksum_holds(char *text, size_t size) {
  char hash[CO_HASH_TEXT], said[CO_HASH_TEXT] = "";
  char *digits = find_digits(text);
  if (!digits) return false;
  memcpy(said, digits, CO_HASH_TEXT - 1);
  memcpy(digits, NO_CHECKSUM, CO_HASH_TEXT - 1);
  co_hash_text(co_hash(text, size), hash);
  return strcmp(said, hash) == 0;
}

// ---- writing ----

static void set_hash(co_json *object, const char *key, uint64_t hash) {
  char text[CO_HASH_TEXT];
  co_hash_text(hash, text);
  co_json_set_string(object, key, text);
}

static co_json *point_json(const co_point *point) {
  const co_evaluation *eval = &point->eval;
  co_json *object = co_json_object();
  co_json_set_int(object, "step", point->step);
  co_json_set_string(object, "evaluated_in", point->in_source ? "source" : "target");
  co_json_set_bool(object, "final", point->is_final);
  co_json *episodes = co_json_array();
  for (int i = 0; i < eval->count; i++) {
    const co_episode *episode = &eval->episode[i];
    co_json *json = co_json_object();
    co_json_set_number(json, "return", episode->ret);
    co_json_set_int(json, "length", episode->length);
    co_json_set_bool(json, "terminated", episode->terminated);
    co_json_set_bool(json, "truncated", episode->truncated);
    co_json_set(json, "success",
                eval->has_success ? co_json_bool(episode->success) : co_json_null());
    co_json_set_bool(json, "fault", episode->fault);
    set_hash(json, "trace", episode->trace_hash);
    co_json_add(episodes, json);
  }
  co_json_set(object, "episodes", episodes);
  return object;
}

co_json *co_tensor_record_json(const co_tensor_record *tensor) {
  co_json *object = co_json_object();
  co_json_set_string(object, "name", tensor->name);
  co_json *shape = co_json_array();
  for (int i = 0; i < tensor->rank; i++) co_json_add(shape, co_json_int(tensor->shape[i]));
  co_json_set(object, "shape", shape);
  co_json_set_string(object, "status", tensor->status);
  co_json_set_bool(object, "trained", tensor->trained);
  set_hash(object, "hash_before", tensor->before);
  set_hash(object, "hash_after", tensor->after);
  co_json_set_number(object, "moved", tensor->moved);
  return object;
}

static co_json *files_json(const co_file_record *file, int count) {
  co_json *object = co_json_object();
  for (int i = 0; i < count; i++) set_hash(object, file[i].name, file[i].hash);
  return object;
}

co_status co_record_write(const co_record *record, co_buf *out) {
  co_json *root = co_json_object();
  co_json_set_string(root, "checksum", NO_CHECKSUM);
  co_json_set_int(root, "format", 1);
  co_json_set_string(root, "id", record->id);
  set_hash(root, "definition_hash", record->definition_hash);
  co_json_set_string(root, "definition", record->definition);
  co_json_set(root, "inputs", files_json(record->input, record->num_inputs));
  if (record->policy_hash)
    set_hash(root, "policy_hash", record->policy_hash);
  else
    co_json_set(root, "policy_hash", co_json_null());
  co_json_set(root, "logs", files_json(record->log, record->num_logs));
  co_json *tensors = co_json_array();
  for (int i = 0; i < record->num_tensors; i++)
    co_json_add(tensors, co_tensor_record_json(&record->tensor[i]));
  co_json_set(root, "tensors", tensors);
  co_json_set_number(root, "step0_action_difference", record->action_difference);
  co_json_set_number(root, "step0_entropy", record->entropy);
  co_json_set_number(root, "step0_explained_variance", record->explained_variance);
  co_json_set_int(root, "env_steps", record->env_steps);
  co_json_set_int(root, "gradient_steps", record->gradient_steps);
  co_json_set_int(root, "faults", record->faults);
  co_json_set_string(root, "failed", *record->failed ? record->failed : NULL);
  co_json_set_string(root, "build", record->build);
  co_json_set_string(root, "libc", record->libc);
  co_json *points = co_json_array();
  for (int i = 0; i < record->num_points; i++) co_json_add(points, point_json(&record->point[i]));
  co_json_set(root, "evaluations", points);
  size_t start = out->size;
  co_status status = co_json_write(root, 1, out);
  co_json_free(root);
  if (status == CO_OK) sign(out->data + start, out->size - start);
  return status;
}

// ---- reading ----

static bool get_hash(const co_json *object, const char *key, uint64_t *out) {
  const char *text = co_json_get_string(object, key);
  if (!text || strlen(text) != CO_HASH_TEXT - 1 ||
      strspn(text, "0123456789abcdef") != CO_HASH_TEXT - 1)
    return false;
  *out = strtoull(text, NULL, 16);
  return true;
}

static bool get_text(const co_json *object, const char *key, char *out, size_t size) {
  const char *text = co_json_get_string(object, key);
  if (!text || strlen(text) >= size) return false;
  memcpy(out, text, strlen(text) + 1);
  return true;
}

// A success is told of all episodes of an evaluation or of none.
static bool read_episode(const co_json *json, bool has_success, co_episode *out) {
  const co_json *success = co_json_get(json, "success");
  *out = (co_episode){
      .ret = co_json_get_number(json, "return", NAN),
      .length = (int)co_json_get_int(json, "length", -1),
      .terminated = co_json_get_bool(json, "terminated", false),
      .truncated = co_json_get_bool(json, "truncated", false),
      .success = co_json_get_bool(json, "success", false),
      .fault = co_json_get_bool(json, "fault", false),
  };
  return get_hash(json, "trace", &out->trace_hash) && out->length >= 0 &&
         (has_success ? co_json_is_bool(success) : co_json_is_null(success)) &&
         (isfinite(out->ret) || out->fault);
}

static bool read_point(const co_json *json, co_record *record) {
  const co_json *episodes = co_json_get(json, "episodes");
  const char *where = co_json_get_string(json, "evaluated_in");
  size_t count = co_json_count(episodes);
  int64_t step = co_json_get_int(json, "step", -1);
  bool in_source = where && strcmp(where, "source") == 0;
  if (!where || (!in_source && strcmp(where, "target") != 0) || step < 0 ||
      !co_json_is_bool(co_json_get(json, "final")) || !co_json_is_array(episodes) || count == 0 ||
      count > 100000)
    return false;
  co_evaluation eval = {
      .count = (int)count,
      .has_success = !co_json_is_null(co_json_get(co_json_at(episodes, 0), "success")),
      .episode = co_alloc(count, sizeof(co_episode))};
  bool ok = eval.episode != NULL;
  for (size_t i = 0; ok && i < count; i++)
    ok = read_episode(co_json_at(episodes, i), eval.has_success, &eval.episode[i]);
  if (!ok) {
    co_evaluation_free(&eval);
    return false;
  }
  if (co_evaluation_summarize(&eval) != CO_OK) {
    co_evaluation_free(&eval);
    return false;
  }
  return co_record_add_point(record, step, in_source, co_json_get_bool(json, "final", false),
                             &eval) == CO_OK;
}

static bool read_size(const co_json *json, int *out) {
  double value = co_json_as_number(json, -1);
  if (!(value >= 1 && value <= INT_MAX)) return false;
  *out = (int)value;
  return true;
}

static bool read_tensor(const co_json *json, co_tensor_record *out) {
  const co_json *shape = co_json_get(json, "shape");
  out->trained = co_json_get_bool(json, "trained", false);
  out->moved = co_json_get_number(json, "moved", NAN);
  out->rank = (int)co_json_count(shape);
  if (out->rank < 1 || out->rank > 2) return false;
  for (int i = 0; i < out->rank; i++)
    if (!read_size(co_json_at(shape, (size_t)i), &out->shape[i])) return false;
  return get_text(json, "name", out->name, sizeof out->name) &&
         get_text(json, "status", out->status, sizeof out->status) &&
         get_hash(json, "hash_before", &out->before) && get_hash(json, "hash_after", &out->after);
}

static bool read_files(const co_json *files, int most, co_file_record *file, int *out) {
  size_t count = co_json_count(files);
  if (!co_json_is_object(files) || count > (size_t)most) return false;
  for (size_t i = 0; i < count; i++, (*out)++) {
    const char *name = co_json_key_at(files, i);
    if (strlen(name) >= sizeof file[i].name || strchr(name, '/') ||
        !get_hash(files, name, &file[i].hash))
      return false;
    memcpy(file[i].name, name, strlen(name) + 1);
  }
  return true;
}

// Files of older versions lack text and logs. The text is that of the hash.
static bool read_definition(const co_json *root, co_record *out) {
  const char *text = co_json_get_string(root, "definition");
  if (!get_hash(root, "definition_hash", &out->definition_hash)) return false;
  if (!text) return true;
  out->definition = co_strdup(text);
  return out->definition && co_hash(text, strlen(text)) == out->definition_hash;
}

static bool read_logs(const co_json *root, co_record *out) {
  const co_json *logs = co_json_get(root, "logs");
  return !logs || read_files(logs, CO_MAX_LOGS, out->log, &out->num_logs);
}

static bool read_tensors(const co_json *tensors, co_record *record) {
  size_t count = co_json_count(tensors);
  if (!co_json_is_array(tensors) || count > 10000) return false;
  record->tensor = co_alloc(count + 1, sizeof *record->tensor);
  if (!record->tensor) return false;
  for (size_t i = 0; i < count; i++, record->num_tensors++)
    if (!read_tensor(co_json_at(tensors, i), &record->tensor[i])) return false;
  return true;
}

static bool read_record(const co_json *root, co_record *out) {
  out->action_difference = co_json_get_number(root, "step0_action_difference", NAN);
  out->entropy = co_json_get_number(root, "step0_entropy", NAN);
  out->explained_variance = co_json_get_number(root, "step0_explained_variance", NAN);
  out->env_steps = co_json_get_int(root, "env_steps", 0);
  out->gradient_steps = co_json_get_int(root, "gradient_steps", 0);
  get_text(root, "failed", out->failed, sizeof out->failed);
  if (!get_text(root, "libc", out->libc, sizeof out->libc)) strcpy(out->libc, "unknown");
  bool ok = co_json_get_int(root, "format", 0) == 1 &&
            get_text(root, "id", out->id, sizeof out->id) &&
            get_text(root, "build", out->build, sizeof out->build) && read_definition(root, out) &&
            (co_json_is_null(co_json_get(root, "policy_hash")) ||
             get_hash(root, "policy_hash", &out->policy_hash)) &&
            read_files(co_json_get(root, "inputs"), CO_MAX_INPUTS, out->input, &out->num_inputs) &&
            read_logs(root, out) && read_tensors(co_json_get(root, "tensors"), out);
  const co_json *points = co_json_get(root, "evaluations");
  for (size_t i = 0; ok && i < co_json_count(points); i++)
    ok = read_point(co_json_at(points, i), out);
  out->faults = (int)co_json_get_int(root, "faults", 0);
  return ok;
}

static co_status parse(const char *path, co_buf *text, co_record *out) {
  if (!checksum_holds(text->data, text->size))
    return co_fail(CO_DATA, "%s: damaged: its checksum does not hold", path);
  co_json *root;
  CO_TRY(co_json_parse(text->data, text->size, path, &root));
  bool ok = read_record(root, out);
  co_json_free(root);
  return ok ? CO_OK : co_fail(CO_DATA, "%s: not the record of a finished trial", path);
}

// takes over the text
static co_status parse_whole(const char *path, co_buf text, co_record *out) {
  *out = (co_record){0};
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
