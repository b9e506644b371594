#include "envs/serve/serve.h"

#include "core/memory.h"
#include "envs/serve/private/layout.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ERROR_TEXT = 512, ALIGNMENT = 64 };

// Rows of one task of the pool.
typedef struct row_group {
  int row0, rows;
  co_status status;
  char error[ERROR_TEXT];  // error texts belong to a thread and are carried to the caller's
} row_group;

struct co_serve {
  co_serve_def def;
  co_stream stream;
  co_serve_layout layout;
  co_serve_count count;
  int num_groups;
  row_group *group;        // (num_groups)
  unsigned char *block;    // the request's, in which its arrays are aligned
  unsigned char *request;  // (layout.request)
  size_t have;             // bytes of it that have been read
  int64_t offset;          // of it, in the stream
  unsigned char *answer;   // (layout.answer)
  bool is_reset, is_seeded;
};

// ---- create

static void make_groups(co_serve *s) {
  int piece = co_pool_piece(s->def.pool, s->layout.rows);
  for (int i = 0; i < s->num_groups; i++) {
    int row0 = i * piece, left = s->layout.rows - row0;
    s->group[i] = (row_group){.row0 = row0, .rows = left < piece ? left : piece};
  }
}

co_status co_serve_create(const co_serve_def *def, co_serve **out) {
  assert(def->env && def->stream);
  int rows = co_env_rows(def->env), piece = co_pool_piece(def->pool, rows);
  co_serve *s = co_alloc(1, sizeof *s);
  if (!s) return CO_MEMORY;
  s->def = *def;
  s->stream = *def->stream;
  s->layout = co_serve_layout_make(co_env_get_info(def->env), rows, def->hide_rewards);
  s->num_groups = (rows + piece - 1) / piece;
  s->group = co_alloc((size_t)s->num_groups, sizeof *s->group);
  s->block = co_alloc_aligned(ALIGNMENT + s->layout.request, 1);
  s->answer = co_alloc_aligned(s->layout.answer, 1);
  if (!s->group || !s->block || !s->answer) {
    co_serve_free(s);
    return CO_MEMORY;
  }
  s->request = s->block + ALIGNMENT - 1;  // arrays begin behind its first byte
  make_groups(s);
  *out = s;
  return CO_OK;
}

void co_serve_free(co_serve *serve) {
  if (!serve) return;
  free(serve->group);
  free(serve->block);
  free(serve->answer);
  free(serve);
}

co_serve_count co_serve_counts(const co_serve *serve) {
  return serve->count;
}

// ---- what a client needs to know

static co_json *element_json(const char *name, const char *unit, double low, double high) {
  co_json *object = co_json_object();
  co_json_set_string(object, "name", name);
  co_json_set_string(object, "unit", unit);
  co_json_set_number(object, "low", low);
  co_json_set_number(object, "high", high);
  return object;
}

void co_serve_describe(const co_serve *serve, co_json *object) {
  const co_env_info *info = co_env_get_info(serve->def.env);
  co_json *observation = co_json_array(), *action = co_json_array();
  for (int i = 0; i < info->obs_dim; i++) {
    const co_obs_element *e = &info->obs[i];
    co_json_add(observation, element_json(e->name, e->unit, e->clip_low, e->clip_high));
  }
  for (int i = 0; i < info->act_dim; i++) {
    const co_action_element *e = &info->action[i];
    co_json_add(action, element_json(e->name, e->unit, e->low, e->high));
  }
  int64_t budget = serve->def.budget;
  co_json_set_int(object, "envs", serve->layout.rows);
  co_json_set(object, "budget", budget < 0 ? co_json_null() : co_json_int(budget));
  co_json_set_bool(object, "rewards", !serve->def.hide_rewards);
  co_json_set_number(object, "control_dt", info->timestep * info->substeps);
  co_json_set_int(object, "horizon", info->horizon);
  co_json_set(object, "observation", observation);
  co_json_set(object, "action", action);
  co_serve_layout_describe(&serve->layout, object);
}

// ---- reading and writing

// Reads until `size` bytes of the request are there. `is_end`: there is none, and never will be.
static co_status read_until(co_serve *s, int in, size_t size, bool *is_end) {
  *is_end = false;
  while (s->have < size) {
    ssize_t got = read(in, s->request + s->have, s->layout.request - s->have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return co_fail(CO_IO, "standard input: cannot read: %s", strerror(errno));
    if (got == 0 && s->have > 0)
      return co_fail(CO_DATA,
                     "standard input: offset %" PRId64 ": ends within a request, %zu of %zu bytes",
                     s->offset, s->have, size);
    if (got == 0) {
      *is_end = true;
      return CO_OK;
    }
    s->have += (size_t)got;
  }
  return CO_OK;
}

// The next request as a whole; what has been read of the one behind it stays.
static co_status read_request(co_serve *s, int in, size_t *size, bool *is_end) {
  CO_TRY(read_until(s, in, 1, is_end));
  if (*is_end) return CO_OK;
  *size = co_serve_request_size(&s->layout, s->request[0]);
  if (!*size)
    return co_fail(CO_DATA,
                   "standard input: offset %" PRId64
                   ": byte 0x%02x begins no request: r (reset), s (step) or c (close)",
                   s->offset, s->request[0]);
  return read_until(s, in, *size, is_end);
}

static void drop_request(co_serve *s, size_t size) {
  s->have -= size;
  s->offset += (int64_t)size;
  memmove(s->request, s->request + size, s->have);
}

static bool write_all(int out, const void *bytes, size_t size) {
  const unsigned char *at = bytes;
  while (size) {
    ssize_t put = write(out, at, size);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return false;
    at += put;
    size -= (size_t)put;
  }
  return true;
}

static co_status write_answer(co_serve *s, int out) {
  co_serve_head head = {.env_steps = s->count.env_steps};
  memcpy(s->answer, &head, sizeof head);
  if (write_all(out, s->answer, s->layout.answer)) return CO_OK;
  return co_fail(CO_IO, "standard output: cannot write: %s", strerror(errno));
}

// The last answer. Whether it arrives is the client's business.
static void write_error(const co_serve *s, int out, co_status status) {
  const char *text = co_error_text();
  co_serve_head head = {
      .code = (uint32_t)status, .text = (uint32_t)strlen(text), .env_steps = s->count.env_steps};
  if (write_all(out, &head, sizeof head)) (void)write_all(out, text, head.text);
}

// ---- what requests do

// A row's part of an array of the answer; NULL where it is left out.
static void *answer_at(const co_serve *s, co_serve_array array, int row, size_t bytes) {
  size_t at = s->layout.offset[array];
  return at ? s->answer + at + (size_t)row * bytes : NULL;
}

static co_env_out out_at(const co_serve *s, int row) {
  return (co_env_out){
      .obs = answer_at(s, CO_SERVE_OBS, row, (size_t)s->layout.obs_dim * sizeof(float)),
      .reward = answer_at(s, CO_SERVE_REWARD, row, sizeof(float)),
      .terminated = answer_at(s, CO_SERVE_TERMINATED, row, 1),
      .truncated = answer_at(s, CO_SERVE_TRUNCATED, row, 1),
      .success = answer_at(s, CO_SERVE_SUCCESS, row, 1),
      .fault = answer_at(s, CO_SERVE_FAULT, row, 1),
  };
}

static bool has_ended(const co_env_out *one) {
  return *one->terminated || *one->truncated || *one->fault;
}

// Keeps the row's last observation and starts its next episode.
static co_status end_row(co_serve *s, int row, const co_env_out *one) {
  size_t bytes = (size_t)s->layout.obs_dim * sizeof(float);
  memcpy(answer_at(s, CO_SERVE_FINAL_OBS, row, bytes), one->obs, bytes);
  return co_env_reset(s->def.env, row, 1, &(co_env_out){.obs = one->obs});
}

static co_status step_group(co_serve *s, const row_group *group) {
  size_t bytes = (size_t)s->layout.obs_dim * sizeof(float);
  const float *action = (const float *)(const void *)(s->request + 1);
  co_env_out out = out_at(s, group->row0);
  memset(answer_at(s, CO_SERVE_FINAL_OBS, group->row0, bytes), 0, bytes * (size_t)group->rows);
  CO_TRY(co_env_step(s->def.env, group->row0, group->rows,
                     action + (size_t)group->row0 * (size_t)s->layout.act_dim, &out));
  for (int row = group->row0; row < group->row0 + group->rows; row++) {
    co_env_out one = out_at(s, row);
    if (has_ended(&one)) CO_TRY(end_row(s, row, &one));
  }
  return CO_OK;
}

// Under another seed a row is what it is in an env that was created with it.
static co_status reset_group(co_serve *s, const row_group *group) {
  co_env_out out = out_at(s, group->row0);
  if (!s->is_seeded)
    return co_env_reset(s->def.env, group->row0, group->rows, &(co_env_out){.obs = out.obs});
  for (int row = group->row0; row < group->row0 + group->rows; row++)
    CO_TRY(co_env_begin(s->def.env, row, &s->stream, (uint32_t)row,
                        &(co_env_out){.obs = out_at(s, row).obs}));
  return CO_OK;
}

static void keep_status(row_group *group, co_status status) {
  group->status = status;
  if (status != CO_OK) snprintf(group->error, sizeof group->error, "%s", co_error_text());
}

static void step_task(void *context, int index) {
  co_serve *s = context;
  keep_status(&s->group[index], step_group(s, &s->group[index]));
}

static void reset_task(void *context, int index) {
  co_serve *s = context;
  keep_status(&s->group[index], reset_group(s, &s->group[index]));
}

// The first error in the order of rows is the caller's.
static co_status run_groups(co_serve *s, co_pool_task *task) {
  co_pool_run(s->def.pool, task, s, s->num_groups);
  for (int i = 0; i < s->num_groups; i++)
    if (s->group[i].status != CO_OK) return co_fail(s->group[i].status, "%s", s->group[i].error);
  return CO_OK;
}

static co_status reset(co_serve *s) {
  int64_t seed;
  memcpy(&seed, s->request + 1, sizeof seed);
  s->is_seeded = seed >= 0;
  if (s->is_seeded) s->stream.seed = (uint64_t)seed;
  memset(s->answer, 0, s->layout.answer);
  CO_TRY(run_groups(s, reset_task));
  s->is_reset = true;
  return CO_OK;
}

static co_status check_actions(const co_serve *s) {
  const float *action = (const float *)(const void *)(s->request + 1);
  int dim = s->layout.act_dim, count = s->layout.rows * dim;
  for (int i = 0; i < count; i++) {
    if (isfinite(action[i])) continue;
    return co_fail(CO_DATA,
                   "standard input: offset %" PRId64 ": action of row %d, element %d (%s): %f",
                   s->offset, i / dim, i % dim, co_env_get_info(s->def.env)->action[i % dim].name,
                   (double)action[i]);
  }
  return CO_OK;
}

static co_status check_step(const co_serve *s) {
  int64_t budget = s->def.budget, made = s->count.env_steps;
  if (!s->is_reset)
    return co_fail(CO_DATA, "standard input: offset %" PRId64 ": a step before the first reset",
                   s->offset);
  CO_TRY(check_actions(s));
  if (budget < 0 || s->layout.rows <= budget - made) return CO_OK;
  return co_fail(CO_WANTING,
                 "a step of %d rows goes beyond the budget: %" PRId64 " of %" PRId64
                 " env steps have been made",
                 s->layout.rows, made, budget);
}

static void count_step(co_serve *s) {
  s->count.env_steps += s->layout.rows;
  for (int row = 0; row < s->layout.rows; row++) {
    const co_env_out one = out_at(s, row);
    s->count.episodes += has_ended(&one);
    s->count.faults += *one.fault;
  }
}

static co_status step(co_serve *s) {
  CO_TRY(check_step(s));
  CO_TRY(run_groups(s, step_task));
  count_step(s);
  return CO_OK;
}

// ---- the loop

static co_status serve_one(co_serve *s, int in, int out, bool *is_end) {
  size_t size = 0;
  CO_TRY(read_request(s, in, &size, is_end));
  *is_end = *is_end || s->request[0] == CO_SERVE_CLOSE;
  if (*is_end) return CO_OK;
  CO_TRY(s->request[0] == CO_SERVE_STEP ? step(s) : reset(s));
  drop_request(s, size);
  return write_answer(s, out);
}

co_status co_serve_run(co_serve *serve, int in, int out) {
  co_status status = CO_OK;
  bool is_end = false;
  while (status == CO_OK && !is_end) status = serve_one(serve, in, out, &is_end);
  if (status != CO_OK) write_error(serve, out, status);
  return status;
}
