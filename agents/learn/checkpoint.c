#include "agents/learn/checkpoint.h"

#include "core/memory.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_MAX_BYTES = sizeof((co_pack_entry *)0)->name };

// "PREFIX.NAME"
static const char *join(const char *prefix, const char *name, char out[NAME_MAX_BYTES]) {
  int length = snprintf(out, NAME_MAX_BYTES, "%s.%s", prefix, name);
  assert(length < NAME_MAX_BYTES);
  (void)length;
  return out;
}

bool co_is_count(int64_t value) {
  return value >= 0 && value <= INT64_C(1) << 53;
}

// ---- members of a struct ----

static size_t kind_size(co_saved_kind kind) {
  switch (kind) {
    case CO_SAVED_INT: return sizeof(int);
    case CO_SAVED_INT64: return sizeof(int64_t);
    case CO_SAVED_DOUBLE: return sizeof(double);
    case CO_SAVED_BOOL: return sizeof(bool);
  }
  return 0;
}

void co_fields_save(const co_saved_field *fields, int count, const void *object, co_buf *pack) {
  assert(count >= 0);
  for (int i = 0; i < count; i++)
    co_pack_add(pack, fields[i].name, (const char *)object + fields[i].offset,
                kind_size(fields[i].kind));
}

// A bool that is neither would be undefined; counts are never negative, nor so large that adding to
// them would overflow.
static bool is_sound(co_saved_kind kind, const void *bytes) {
  int whole;
  int64_t wide;
  switch (kind) {
    case CO_SAVED_INT: return memcpy(&whole, bytes, sizeof whole), whole >= 0 && whole <= 1 << 30;
    case CO_SAVED_INT64: return memcpy(&wide, bytes, sizeof wide), co_is_count(wide);
    case CO_SAVED_DOUBLE: return true;
    case CO_SAVED_BOOL: return *(const unsigned char *)bytes <= 1;
  }
  return false;
}

co_status co_fields_load(const co_saved_field *fields, int count, const co_pack *pack,
                         void *object) {
  assert(count >= 0);
  for (int i = 0; i < count; i++) {
    unsigned char bytes[sizeof(int64_t)];
    size_t size = kind_size(fields[i].kind);
    CO_TRY(co_pack_read(pack, fields[i].name, bytes, size));
    if (!is_sound(fields[i].kind, bytes))
      return co_fail(CO_DATA, "%s: %s: out of range", pack->file, fields[i].name);
    memcpy((char *)object + fields[i].offset, bytes, size);
  }
  return CO_OK;
}

// ---- whose entries they are ----

co_status co_learner_mark(const char *algorithm, const co_schema *schema, const void *settings,
                          co_buf *pack) {
  co_buf text = {0};
  co_status status = co_schema_write(schema, settings, &text);
  if (status == CO_OK) status = co_buf_status(&text);
  if (status == CO_OK) {
    co_pack_add(pack, "algorithm", algorithm, strlen(algorithm));
    co_pack_add(pack, "settings", text.data, text.size);
  }
  co_buf_free(&text);
  return status;
}

// whether an entry is exactly this text
static bool says(const co_pack *pack, const char *name, const char *text, size_t length) {
  size_t size;
  const char *found = co_pack_find(pack, name, &size);
  return found && size == length && memcmp(found, text, length) == 0;
}

co_status co_learner_check_mark(const char *algorithm, const co_schema *schema,
                                const void *settings, const co_pack *pack) {
  if (!says(pack, "algorithm", algorithm, strlen(algorithm)))
    return co_fail(CO_DATA, "%s: not of a %s learner", pack->file, algorithm);
  co_buf text = {0};
  co_status status = co_schema_write(schema, settings, &text);
  if (status == CO_OK) status = co_buf_status(&text);
  if (status == CO_OK && !says(pack, "settings", text.data, text.size))
    status = co_fail(CO_DATA, "%s: of a %s learner with other settings", pack->file, algorithm);
  co_buf_free(&text);
  return status;
}

static const char *name_set(int index, char out[NAME_MAX_BYTES]) {
  snprintf(out, NAME_MAX_BYTES, "data.%d", index);
  return out;
}

void co_learner_mark_data(const co_data_sets *data, co_buf *pack) {
  char name[NAME_MAX_BYTES];
  for (int i = 0; data && i < data->count; i++)
    co_pack_add(pack, name_set(i, name), &data->set[i].hash, sizeof data->set[i].hash);
}

co_status co_learner_check_data(const co_data_sets *data, const co_pack *pack) {
  char name[NAME_MAX_BYTES];
  for (int i = 0; data && i < data->count; i++) {
    uint64_t hash;
    CO_TRY(co_pack_read(pack, name_set(i, name), &hash, sizeof hash));
    if (hash != data->set[i].hash)
      return co_fail(CO_DATA, "%s: %s: of other data", pack->file, name);
  }
  if (co_pack_has(pack, name_set(data ? data->count : 0, name)))
    return co_fail(CO_DATA, "%s: %s: of more data than there are", pack->file, name);
  return CO_OK;
}

// ---- streams ----

// key, and the upper half of the counter: the stream's name (core/rng.h)
static bool same_stream(const co_rng *a, const co_rng *b) {
  return memcmp(a->key, b->key, sizeof a->key) == 0 && a->counter[2] == b->counter[2] &&
         a->counter[3] == b->counter[3];
}

// A stream of another name would go on without complaint, and to other bytes.
co_status co_rng_accept(const co_rng *read, const char *name, const co_pack *pack, co_rng *rng) {
  if (read->have > 4) return co_fail(CO_DATA, "%s: %s: out of range", pack->file, name);
  if (!same_stream(read, rng))
    return co_fail(CO_DATA, "%s: %s: of another seed or row", pack->file, name);
  *rng = *read;
  return CO_OK;
}

void co_rngs_save(const co_rng *rng, int count, const char *name, co_buf *pack) {
  assert(count >= 0);
  co_pack_add(pack, name, rng, (size_t)count * sizeof *rng);
}

co_status co_rngs_load(co_rng *rng, int count, const char *name, const co_pack *pack) {
  assert(count >= 0);
  size_t size;
  const unsigned char *bytes = co_pack_find(pack, name, &size);
  if (!bytes || size != (size_t)count * sizeof *rng)
    return co_fail(CO_DATA, "%s: %s: has %zu bytes, not %zu", pack->file, name, size,
                   (size_t)count * sizeof *rng);
  for (int i = 0; i < count; i++) {
    co_rng read;
    memcpy(&read, bytes + (size_t)i * sizeof read, sizeof read);
    CO_TRY(co_rng_accept(&read, name, pack, &rng[i]));
  }
  return CO_OK;
}

// ---- tensors and optimiser ----

// with the padding, whose zeros every update relies on
static size_t tensor_bytes(const co_tensor *tensor) {
  size_t element = tensor->dtype == CO_F32 ? sizeof(float) : sizeof(double);
  return (size_t)tensor->rows * (size_t)tensor->stride * element;
}

void co_tensors_save(const co_tensor *tensor, int count, const char *prefix, co_buf *pack) {
  assert(count >= 0);
  char name[NAME_MAX_BYTES];
  for (int i = 0; i < count; i++)
    co_pack_add(pack, join(prefix, tensor[i].name, name), tensor[i].data, tensor_bytes(&tensor[i]));
}

co_status co_tensors_load(const co_tensor *tensor, int count, const char *prefix,
                          const co_pack *pack) {
  assert(count >= 0);
  char name[NAME_MAX_BYTES];
  for (int i = 0; i < count; i++)
    CO_TRY(co_pack_read(pack, join(prefix, tensor[i].name, name), tensor[i].data,
                        tensor_bytes(&tensor[i])));
  return CO_OK;
}

void co_adam_store(const co_adam *adam, const char *prefix, co_buf *pack) {
  char name[NAME_MAX_BYTES];
  size_t bytes = adam->net->size * sizeof(float);
  co_pack_add(pack, join(prefix, "m", name), adam->m, bytes);
  co_pack_add(pack, join(prefix, "v", name), adam->v, bytes);
  co_pack_add(pack, join(prefix, "start", name), adam->start, bytes);
  co_pack_add(pack, join(prefix, "power", name), adam->power,
              2 * (size_t)adam->net->num_tensors * sizeof(double));
  if (adam->moving) co_pack_add(pack, join(prefix, "moving", name), adam->moving, bytes);
  if (adam->adapter_size)
    co_pack_add(pack, join(prefix, "adapters", name), adam->adapter_numbers,
                adam->adapter_size * sizeof(float));
}

co_status co_adam_load(co_adam *adam, const char *prefix, const co_pack *pack) {
  char name[NAME_MAX_BYTES];
  size_t bytes = adam->net->size * sizeof(float);
  CO_TRY(co_pack_read(pack, join(prefix, "m", name), adam->m, bytes));
  CO_TRY(co_pack_read(pack, join(prefix, "v", name), adam->v, bytes));
  CO_TRY(co_pack_read(pack, join(prefix, "start", name), adam->start, bytes));
  CO_TRY(co_pack_read(pack, join(prefix, "power", name), adam->power,
                      2 * (size_t)adam->net->num_tensors * sizeof(double)));
  if (adam->moving) CO_TRY(co_pack_read(pack, join(prefix, "moving", name), adam->moving, bytes));
  if (!adam->adapter_size) return CO_OK;
  return co_pack_read(pack, join(prefix, "adapters", name), adam->adapter_numbers,
                      adam->adapter_size * sizeof(float));
}

// ---- states of an actor ----

void co_actor_states_save(const co_actor *actor, const void *state, int rows, const char *name,
                          co_buf *pack) {
  assert(rows >= 0 && (state || !actor->state_bytes));
  if (actor->state_bytes) co_pack_add(pack, name, state, (size_t)rows * actor->state_bytes);
}

co_status co_actor_states_load(const co_actor *actor, void *state, int rows, const char *name,
                               const co_pack *pack) {
  assert(rows >= 0 && (state || !actor->state_bytes));
  if (!actor->state_bytes) return CO_OK;
  return co_pack_read(pack, name, state, (size_t)rows * actor->state_bytes);
}

// ---- env ----

co_status co_env_save(const co_env *env, const char *name, co_buf *pack) {
  size_t rows = (size_t)co_env_rows(env), size = env->class->row_size(env);
  unsigned char *bytes = co_alloc(rows, size);
  if (!bytes) return CO_MEMORY;
  for (size_t r = 0; r < rows; r++) env->class->save(env, (int)r, bytes + r * size);
  co_pack_add(pack, name, bytes, rows * size);
  free(bytes);
  return co_buf_status(pack);
}

co_status co_env_load(co_env *env, const char *name, const co_pack *pack) {
  size_t rows = (size_t)co_env_rows(env), size = env->class->row_size(env), got;
  const unsigned char *bytes = co_pack_find(pack, name, &got);
  if (got != rows * size)
    return co_fail(CO_DATA, "%s: %s: has %zu bytes, not %zu", pack->file, name, got, rows * size);
  for (size_t r = 0; r < rows; r++) {
    co_status status = env->class->load(env, (int)r, bytes + r * size);
    if (status != CO_OK) return co_fail_context(status, "%s: %s: row %zu", pack->file, name, r);
  }
  return CO_OK;
}
