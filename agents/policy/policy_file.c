// The file of a policy: layout in policy.h and docs/formats.md.

#include "agents/contract/contract_json.h"
#include "agents/formats/magic.h"
#include "agents/formats/safetensors.h"
#include "agents/policy/policy.h"
#include "agents/policy/zoo.h"
#include "core/file.h"
#include "core/hash.h"
#include "core/memory.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "arrays are written as they lie in memory");

static const char contract_key[] = "carryover", checksum_key[] = "checksum";
static const char task_key[] = "task", domain_key[] = "domain", program_key[] = "program";
// The checksum is the first entry of the metadata, so its digits always lie at the same place.
static const char prefix[] = "{\"__metadata__\":{\"checksum\":\"";
static const char zeros[] = "0000000000000000";
enum { HEADER = 8, DIGITS = CO_HASH_TEXT - 1, DIGITS_OFFSET = HEADER + sizeof prefix - 1 };

static uint64_t hash_without_digits(co_hasher *hasher, const char *bytes, size_t size) {
  co_hasher_add(hasher, bytes, DIGITS_OFFSET);
  co_hasher_add(hasher, zeros, DIGITS);
  co_hasher_add(hasher, bytes + DIGITS_OFFSET + DIGITS, size - DIGITS_OFFSET - DIGITS);
  return co_hasher_value(hasher);
}

static size_t element_bytes(const co_tensor *tensor) {
  return tensor->dtype == CO_F32 ? sizeof(float) : sizeof(double);
}

// Name, type and shape of a tensor in a file.
static co_safetensor describe(const co_tensor *tensor) {
  int shape[2];
  co_safetensor out = {.name = tensor->name,
                       .element = tensor->dtype == CO_F32 ? CO_SAFETENSORS_F32 : CO_SAFETENSORS_F64,
                       .rank = co_tensor_shape(tensor, shape)};
  for (int i = 0; i < out.rank; i++) out.shape[i] = (size_t)shape[i];
  out.bytes = (size_t)tensor->rows * (size_t)tensor->cols * element_bytes(tensor);
  return out;
}

// Place of element (row, col) in the data of a file: column after column, which is (out x in) for a
// weight and the plain order for a vector of one row.
static size_t file_index(const co_tensor *tensor, int row, int col) {
  return ((size_t)col * (size_t)tensor->rows + (size_t)row) * element_bytes(tensor);
}

static void *element_at(const co_tensor *tensor, int row, int col) {
  size_t index = (size_t)row * (size_t)tensor->stride + (size_t)col;
  return (char *)tensor->data + index * element_bytes(tensor);
}

static void pack(const co_tensor *tensor, char *out) {
  for (int row = 0; row < tensor->rows; row++)
    for (int col = 0; col < tensor->cols; col++)
      memcpy(out + file_index(tensor, row, col), element_at(tensor, row, col),
             element_bytes(tensor));
}

static void unpack(const co_tensor *tensor, const char *data) {
  for (int row = 0; row < tensor->rows; row++)
    for (int col = 0; col < tensor->cols; col++)
      memcpy(element_at(tensor, row, col), data + file_index(tensor, row, col),
             element_bytes(tensor));
}

// ---- writing

static co_status contract_text(const co_policy *policy, co_buf *out) {
  // the normaliser's own numbers are what acts, so they are what the file says; arrays are borrowed
  co_contract contract = policy->contract;
  contract.norm_clip = policy->obs_norm.clip;
  contract.norm_epsilon = policy->obs_norm.epsilon;
  contract.norm_count = *policy->obs_norm.count;
  co_json *json;
  CO_TRY(co_contract_to_json(&contract, &json));
  co_status status = co_json_write(json, 0, out);
  co_json_free(json);
  if (status == CO_OK) out->data[--out->size] = '\0';  // the line's end
  return status;
}

// A policy that diverged must fail here and not when somebody loads it.
static co_status check_numbers(const co_tensor *tensor) {
  for (int row = 0; row < tensor->rows; row++)
    for (int col = 0; col < tensor->cols; col++)
      if (!isfinite(co_tensor_get(tensor, row, col)))
        return co_fail(CO_INTERNAL, "tensor \"%s\" holds a number that is not finite",
                       tensor->name);
  return CO_OK;
}

// Tensors of the list, then a program's own.
static int count_tensors(const co_policy *policy) {
  return policy->num_tensors + (policy->program ? policy->program->num_tensors : 0);
}

// All tensors in file order: `out` (count_tensors), data in `block`, which the caller frees, or the
// program's.
static co_status pack_all(const co_policy *policy, co_safetensor **out, char **block) {
  size_t bytes = 0;
  for (int i = 0; i < policy->num_tensors; i++) bytes += describe(&policy->tensor[i]).bytes;
  *out = co_alloc((size_t)count_tensors(policy), sizeof **out);
  *block = co_alloc(bytes, 1);
  if (!*out || !*block) return CO_MEMORY;
  char *next = *block;
  for (int i = 0; i < policy->num_tensors; i++) CO_TRY(check_numbers(&policy->tensor[i]));
  for (int i = 0; i < policy->num_tensors; i++) {
    (*out)[i] = describe(&policy->tensor[i]);
    (*out)[i].data = next;
    pack(&policy->tensor[i], next);
    next += (*out)[i].bytes;
  }
  for (int i = policy->num_tensors; i < count_tensors(policy); i++)
    (*out)[i] = policy->program->tensor[i - policy->num_tensors];
  return CO_OK;
}

static co_status write_checksum(char *bytes, size_t size) {
  co_hasher *hasher = co_hasher_create();
  if (!hasher) return CO_MEMORY;
  char digits[CO_HASH_TEXT];
  co_hash_text(hash_without_digits(hasher, bytes, size), digits);
  memcpy(bytes + DIGITS_OFFSET, digits, DIGITS);
  co_hasher_free(hasher);
  return CO_OK;
}

co_status co_policy_write(const co_policy *policy, co_buf *out) {
  co_buf text = {0};
  co_safetensor *tensor = NULL;
  char *block = NULL;
  // `out` may hold something already, and offsets count from the start of the policy
  size_t start = out->size;
  co_status status = contract_text(policy, &text);
  if (status == CO_OK) status = pack_all(policy, &tensor, &block);
  if (status == CO_OK) {
    co_metadata metadata[5] = {{checksum_key, zeros}, {contract_key, text.data}};
    int count = 2;
    if (policy->program) metadata[count++] = (co_metadata){program_key, policy->program->text};
    if (policy->task_text) metadata[count++] = (co_metadata){task_key, policy->task_text};
    if (policy->domain_text) metadata[count++] = (co_metadata){domain_key, policy->domain_text};
    status = co_safetensors_write(metadata, count, tensor, count_tensors(policy), out);
  }
  if (status == CO_OK) status = write_checksum(out->data + start, out->size - start);
  free(block);
  free(tensor);
  co_buf_free(&text);
  return status;
}

co_status co_policy_save(const co_policy *policy, const char *path) {
  co_buf bytes = {0};
  co_status status = co_policy_write(policy, &bytes);
  if (status == CO_OK) status = co_file_write(path, bytes.data, bytes.size);
  co_buf_free(&bytes);
  return status;
}

uint64_t co_policy_hash(const co_policy *policy) {
  co_buf bytes = {0};
  uint64_t hash = co_policy_write(policy, &bytes) == CO_OK ? co_hash(bytes.data, bytes.size) : 0;
  co_buf_free(&bytes);
  return hash;
}

// ---- reading

// A policy's file while it is read.
typedef struct source {
  const char *file;
  const char *bytes;  // (size)
  size_t size;
  co_safetensors tensors;
} source;

static size_t offset_of(const source *in, const co_safetensor *tensor) {
  return (size_t)((const char *)tensor->data - in->bytes);
}

// Other keys than these are refused: the name of one of them with a flipped bit is another key.
static co_status check_keys(const source *in) {
  static const char *const known[] = {checksum_key, contract_key, program_key, task_key,
                                      domain_key,   "format"};  // "pt", as others write it
  const co_json *metadata = co_json_get(in->tensors.header, "__metadata__");
  for (size_t i = 0; i < co_json_count(metadata); i++) {
    const char *key = co_json_key_at(metadata, i);
    bool is_known = false;
    for (size_t k = 0; k < sizeof known / sizeof *known; k++)
      is_known |= strcmp(key, known[k]) == 0;
    if (!is_known)
      return co_fail(CO_DATA, "%s: offset %d: unknown key \"%s\" in the metadata", in->file, HEADER,
                     key);
  }
  if (co_safetensors_metadata(&in->tensors, contract_key)) return CO_OK;
  return co_fail(CO_DATA,
                 "%s: offset %d: no contract in the metadata, so this is not a policy of carryover",
                 in->file, HEADER);
}

// Before anything else is believed. A file that some other program wrote may have none.
static co_status check_sum(const source *in, bool *unverified) {
  *unverified = !co_safetensors_metadata(&in->tensors, checksum_key);
  if (*unverified) return CO_OK;
  if (in->size < DIGITS_OFFSET + DIGITS ||
      memcmp(in->bytes + HEADER, prefix, sizeof prefix - 1) != 0)
    return co_fail(CO_DATA, "%s: offset %d: the checksum is not the first entry of the metadata",
                   in->file, HEADER);
  co_hasher *hasher = co_hasher_create();
  if (!hasher) return CO_MEMORY;
  char digits[CO_HASH_TEXT];
  co_hash_text(hash_without_digits(hasher, in->bytes, in->size), digits);
  co_hasher_free(hasher);
  if (memcmp(in->bytes + DIGITS_OFFSET, digits, DIGITS) == 0) return CO_OK;
  return co_fail(CO_DATA, "%s: offset %d: the checksum doesn't match: the file is damaged",
                 in->file, (int)DIGITS_OFFSET);
}

static co_status read_contract(const source *in, co_contract *out) {
  const char *text = co_safetensors_metadata(&in->tensors, contract_key);
  co_json *json;
  co_status status = co_json_parse(text, strlen(text), "contract", &json);
  if (status == CO_OK) {
    status = co_contract_from_json(json, "contract", out);
    co_json_free(json);
  }
  return status == CO_OK ? CO_OK : co_fail_context(status, "%s: offset %d", in->file, HEADER);
}

// The contract decides about sizes; the file only has to agree.
static co_status check_shape(const source *in, const co_safetensor *have,
                             const co_safetensor *want) {
  if (have->element != want->element)
    return co_fail(CO_DATA, "%s: offset %zu: tensor \"%s\" has type %s, a policy needs %s",
                   in->file, offset_of(in, have), have->name,
                   co_safetensors_type_names[have->element],
                   co_safetensors_type_names[want->element]);
  if (have->rank == want->rank &&
      memcmp(have->shape, want->shape, sizeof have->shape[0] * (size_t)have->rank) == 0)
    return CO_OK;
  return co_fail(CO_DATA,
                 "%s: offset %zu: tensor \"%s\" hasn't the shape that the contract's network needs",
                 in->file, offset_of(in, have), have->name);
}

static co_status check_finite(const source *in, const co_tensor *tensor,
                              const co_safetensor *have) {
  for (int row = 0; row < tensor->rows; row++) {
    for (int col = 0; col < tensor->cols; col++) {
      if (isfinite(co_tensor_get(tensor, row, col))) continue;
      return co_fail(CO_DATA, "%s: offset %zu: tensor \"%s\" holds a number that is not finite",
                     in->file, offset_of(in, have) + file_index(tensor, row, col), have->name);
    }
  }
  return CO_OK;
}

static co_status read_tensor(const source *in, const co_tensor *tensor) {
  const co_safetensor *have = co_safetensors_find(&in->tensors, tensor->name);
  if (!have)
    return co_fail(CO_DATA, "%s: offset %d: no tensor \"%s\"", in->file, HEADER, tensor->name);
  co_safetensor want = describe(tensor);
  CO_TRY(check_shape(in, have, &want));
  unpack(tensor, have->data);
  return check_finite(in, tensor, have);
}

// Whether two tensors belong to the same of the parts that only a learner needs, and so are in a
// file together or not at all: all critics, the reward normaliser, the temperature.
static bool are_one_section(const co_tensor_facts *a, const co_tensor_facts *b) {
  return a->part == b->part &&
         (a->role == CO_TENSOR_TEMPERATURE) == (b->role == CO_TENSOR_TEMPERATURE);
}

// A policy that is read, and the file.
typedef struct reading {
  const source *in;
  const co_tensor *all;  // (count) of the policy's network
  int count;
} reading;

static bool is_needed(const co_tensor *tensor, const void *context) {
  const reading *r = context;
  if (!co_tensor_is_learners(&tensor->facts)) return true;
  for (int i = 0; i < r->count; i++)
    if (are_one_section(&r->all[i].facts, &tensor->facts) &&
        co_safetensors_find(&r->in->tensors, r->all[i].name))
      return true;
  return false;
}

static co_status leave_out_missing(const source *in, co_policy *policy) {
  size_t bytes = (size_t)policy->num_tensors * sizeof *policy->tensor;
  co_tensor *all = co_alloc(bytes, 1);
  if (!all) return CO_MEMORY;
  memcpy(all, policy->tensor, bytes);
  co_policy_keep_tensors(policy, is_needed, &(reading){in, all, policy->num_tensors});
  free(all);
  return CO_OK;
}

static co_status read_tensors(const source *in, co_policy *policy) {
  CO_TRY(leave_out_missing(in, policy));
  for (int i = 0; i < policy->num_tensors; i++) CO_TRY(read_tensor(in, &policy->tensor[i]));
  for (int i = 0; i < in->tensors.count; i++) {
    const co_safetensor *have = &in->tensors.tensor[i];
    if (policy->program && co_stored_owns(have->name)) continue;
    if (co_tensor_find(policy->tensor, policy->num_tensors, have->name) < 0)
      return co_fail(CO_DATA, "%s: offset %zu: tensor \"%s\" belongs to no policy of this contract",
                     in->file, offset_of(in, have), have->name);
  }
  return CO_OK;
}

// Statistics that no data can have would only show as wrong actions.
static co_status check_normalizer(const source *in, const char *name, const co_normalizer *norm) {
  bool valid = *norm->count >= 0;
  bool divides = true;
  for (int i = 0; i < norm->dim; i++) {
    valid = valid && norm->var[i] >= 0;
    divides = divides && norm->var[i] + norm->epsilon > 0;
  }
  if (valid && divides) return CO_OK;
  return co_fail(CO_DATA, "%s: offset %zu: %s has a %s", in->file, in->tensors.data_offset, name,
                 valid ? "variance of 0, and no epsilon" : "negative variance or count");
}

// The count is in the contract as well, since it tells readers of the contract how much the
// statistics are worth.
static co_status read_policy(const source *in, co_policy *policy) {
  CO_TRY(read_tensors(in, policy));
  CO_TRY(check_normalizer(in, "obs_norm", &policy->obs_norm));
  CO_TRY(check_normalizer(in, "reward_norm", &policy->reward_norm));
  if (*policy->obs_norm.count != policy->contract.norm_count)
    return co_fail(CO_DATA, "%s: offset %zu: obs_norm.count is %.17g, the contract says %.17g",
                   in->file, in->tensors.data_offset, *policy->obs_norm.count,
                   policy->contract.norm_count);
  return CO_OK;
}

static co_status copy_text(const source *in, const char *key, char **out) {
  const char *text = co_safetensors_metadata(&in->tensors, key);
  *out = text ? co_strdup(text) : NULL;
  return *out || !text ? CO_OK : CO_MEMORY;
}

// The contract's hash of the task is that of the text.
static co_status read_texts(const source *in, co_policy *policy) {
  CO_TRY(copy_text(in, task_key, &policy->task_text));
  CO_TRY(copy_text(in, domain_key, &policy->domain_text));
  const char *text = policy->task_text;
  uint64_t hash = policy->contract.task_hash;
  if (!text || !hash || co_hash(text, strlen(text)) == hash) return CO_OK;
  return co_fail(CO_DATA, "%s: offset %d: the task's text is not the one of the contract's hash",
                 in->file, HEADER);
}

// What computes: the contract's network, or the program that the file has in its place.
static co_status make_policy(const source *in, const co_contract *contract, co_policy **out) {
  const char *text = co_safetensors_metadata(&in->tensors, program_key);
  if (!text) return co_policy_from_contract(contract, out);
  co_stored_program *stored;
  CO_TRY(co_stored_read(text, &in->tensors, in->file, &stored));
  co_status status = co_policy_from_stored(stored, in->file, contract, out);
  co_stored_drop(stored);
  return status;
}

static co_status build_policy(const source *in, co_policy **out) {
  co_contract contract;
  bool unverified;
  CO_TRY(check_sum(in, &unverified));
  CO_TRY(check_keys(in));
  CO_TRY(read_contract(in, &contract));
  co_status status = make_policy(in, &contract, out);
  co_contract_free(&contract);
  if (status != CO_OK) return status;
  (*out)->unverified = unverified;
  status = read_texts(in, *out);
  if (status == CO_OK) status = read_policy(in, *out);
  if (status != CO_OK) {
    co_policy_free(*out);
    *out = NULL;
  }
  return status;
}

co_status co_policy_parse(const void *bytes, size_t size, const char *file, co_policy **out) {
  assert((bytes || size == 0) && file);
  *out = NULL;
  source in = {.file = file, .bytes = bytes, .size = size};
  co_status parsed = co_safetensors_parse(bytes, size, file, &in.tensors);
  const char *other = parsed == CO_DATA ? co_magic_name(bytes, size) : NULL;
  if (other)
    return co_fail(CO_DATA, "%s: offset 0: this is %s, not a policy of carryover", file, other);
  CO_TRY(parsed);
  co_status status = build_policy(&in, out);
  co_safetensors_free(&in.tensors);
  return status;
}

co_status co_policy_load(const char *path, co_policy **out) {
  *out = NULL;
  co_buf bytes = {0};
  char *file;
  CO_TRY(co_zoo_find(path, &file));
  co_status status = co_file_read(file, 0, &bytes);
  free(file);
  CO_TRY(status);
  status = co_policy_parse(bytes.data, bytes.size, path, out);
  co_buf_free(&bytes);
  return status;
}

co_status co_policy_load_to_act(const char *path, co_policy **out) {
  CO_TRY(co_policy_load(path, out));
  if (co_contract_knows_normaliser(&(*out)->contract)) return CO_OK;
  co_policy_free(*out);
  *out = NULL;
  return co_fail(CO_CONFIG,
                 "%s: whether its observations are normalised is unknown, and a policy that acts "
                 "on the wrong ones loses all; import it with --normaliser none, FILE or fit",
                 path);
}
