#include "agents/data/columns.h"

#include "agents/data/link.h"
#include "agents/nn/network.h"
#include "core/memory.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const co_data_column_names[CO_NUM_COLUMNS] = {
#define X(id, name, type) name,
    CO_DATA_COLUMN_LIST(X)
#undef X
};
const co_data_type co_data_column_types[CO_NUM_COLUMNS] = {
#define X(id, name, type) type,
    CO_DATA_COLUMN_LIST(X)
#undef X
};
const char co_data_about_name[] = "carryover";

// ---- writing

int co_data_column_width(const co_data_about *about, co_data_column column) {
  if (column == CO_COLUMN_OBS || column == CO_COLUMN_NEXT) return about->obs_dim;
  return column == CO_COLUMN_ACTION ? about->act_dim : 1;
}

size_t co_data_column_bytes(co_data_column column) {
  return co_data_column_types[column] == CO_DATA_BOOL ? 1 : 4;
}

void co_data_column_take(const co_data_about *about, const co_data_transition *transition,
                         co_data_column column, void *out) {
  const uint8_t ends[2] = {(transition->flags & CO_DATA_TERMINATED) != 0,
                           (transition->flags & CO_DATA_TRUNCATED) != 0};
  const void *const from[CO_NUM_COLUMNS] = {[CO_COLUMN_OBS] = transition->obs,
                                            [CO_COLUMN_ACTION] = transition->action,
                                            [CO_COLUMN_REWARD] = &transition->reward,
                                            [CO_COLUMN_TERMINAL] = &ends[0],
                                            [CO_COLUMN_TIMEOUT] = &ends[1],
                                            [CO_COLUMN_NEXT] = transition->next_obs,
                                            [CO_COLUMN_EPISODE] = &transition->episode,
                                            [CO_COLUMN_ROW] = &transition->row};
  size_t width = (size_t)co_data_column_width(about, column);
  memcpy(out, from[column], width * co_data_column_bytes(column));
}

// ---- reading

float co_data_narrow(double value, int64_t *rounded) {
  float near = (float)value;
  *rounded += !((double)near == value || isnan(value));
  return near;
}

co_status co_data_tell_rounded(int64_t rounded, co_data_problems *problems) {
  if (!rounded) return CO_OK;
  return co_data_problems_add(problems,
                              "%" PRId64 " number%s rounded to float32, which a set holds", rounded,
                              rounded == 1 ? " is" : "s are");
}

co_status co_data_columns_check(const co_data_columns *columns,
                                const int64_t rows[CO_NUM_COLUMNS]) {
  for (int c = 0; c < CO_NUM_COLUMNS; c++) {
    const char *name = co_data_column_names[c];
    int most = c == CO_COLUMN_ACTION                       ? CO_MAX_WIDTH
               : c == CO_COLUMN_OBS || c == CO_COLUMN_NEXT ? CO_MAX_OBS
                                                           : 1;
    if (!columns->width[c] && c <= CO_COLUMN_TERMINAL)
      return co_fail(CO_DATA, "%s: offset 0: no array \"%s\": is this a data set?", columns->file,
                     name);
    if (columns->width[c] > most)
      return co_fail(CO_DATA, "%s: offset 0: %s: %d numbers in a step, at most %d are allowed",
                     columns->file, name, columns->width[c], most);
    if (columns->width[c] && rows[c] != columns->rows)
      return co_fail(CO_DATA, "%s: offset 0: %s: %" PRId64 " steps, observations have %" PRId64,
                     columns->file, name, rows[c], columns->rows);
  }
  if (columns->width[CO_COLUMN_NEXT] &&
      columns->width[CO_COLUMN_NEXT] != columns->width[CO_COLUMN_OBS])
    return co_fail(CO_DATA, "%s: offset 0: observations and next_observations differ in size",
                   columns->file);
  return CO_OK;
}

// A file while it is read, and a row of it.
typedef struct reading {
  const co_data_columns *columns;
  co_data_link link;
  int64_t at, rounded;
  double *value;      // (width) of the widest column, owned
  float *obs, *next;  // (obs_dim), owned: one block with
  float *action;      // (act_dim)
} reading;

static co_status read_floats(reading *r, co_data_column column, float *out) {
  CO_TRY(r->columns->next(r->columns->context, column, r->value));
  for (int i = 0; i < r->columns->width[column]; i++)
    out[i] = co_data_narrow(r->value[i], &r->rounded);
  return CO_OK;
}

// false where the file has no such column
static co_status read_flag(reading *r, co_data_column column, bool *out) {
  *out = false;
  if (!r->columns->width[column]) return CO_OK;
  CO_TRY(r->columns->next(r->columns->context, column, r->value));
  *out = *r->value != 0;
  return CO_OK;
}

static co_status read_number(reading *r, co_data_column column, uint32_t *out) {
  CO_TRY(r->columns->next(r->columns->context, column, r->value));
  if (!(*r->value >= 0 && *r->value <= (double)UINT32_MAX && floor(*r->value) == *r->value))
    return co_fail(CO_DATA, "%s: step %" PRId64 ": %s: %.17g is no number of one", r->columns->file,
                   r->at, co_data_column_names[column], *r->value);
  *out = (uint32_t)*r->value;
  return CO_OK;
}

static co_status read_row(reading *r) {
  const int *width = r->columns->width;
  co_data_step step = {.obs = r->obs, .action = r->action};
  step.numbered = width[CO_COLUMN_EPISODE] && width[CO_COLUMN_ROW];
  CO_TRY(read_floats(r, CO_COLUMN_OBS, r->obs));
  CO_TRY(read_floats(r, CO_COLUMN_ACTION, r->action));
  CO_TRY(read_floats(r, CO_COLUMN_REWARD, &step.reward));
  CO_TRY(read_flag(r, CO_COLUMN_TERMINAL, &step.terminated));
  CO_TRY(read_flag(r, CO_COLUMN_TIMEOUT, &step.truncated));
  if (width[CO_COLUMN_NEXT]) {
    CO_TRY(read_floats(r, CO_COLUMN_NEXT, r->next));
    step.next_obs = r->next;
  }
  if (step.numbered) {
    CO_TRY(read_number(r, CO_COLUMN_EPISODE, &step.episode));
    CO_TRY(read_number(r, CO_COLUMN_ROW, &step.row));
  }
  return co_data_link_add(&r->link, &step, ++r->at == r->columns->rows);
}

static co_status read_all(reading *r, const co_data_about *about, const co_data_sink *sink,
                          co_data_problems *problems) {
  size_t obs = (size_t)about->obs_dim, action = (size_t)about->act_dim;
  r->value = co_alloc(obs + action, sizeof *r->value);
  r->obs = co_alloc(2 * obs + action, sizeof *r->obs);
  if (!r->value || !r->obs) return CO_MEMORY;
  r->next = r->obs + obs;
  r->action = r->next + obs;
  CO_TRY(co_data_link_begin(sink, r->columns->file, about, &r->link));
  while (r->at < r->columns->rows) CO_TRY(read_row(r));
  CO_TRY(co_data_link_tell(&r->link, problems));
  return co_data_tell_rounded(r->rounded, problems);
}

co_status co_data_columns_read(const co_data_columns *columns, const co_data_about *about,
                               const co_data_sink *sink, co_data_problems *problems) {
  const co_data_about sizes = {.obs_dim = columns->width[CO_COLUMN_OBS],
                               .act_dim = columns->width[CO_COLUMN_ACTION],
                               .seed = -1};
  reading r = {.columns = columns};
  co_status status = read_all(&r, about ? about : &sizes, sink, problems);
  co_data_link_free(&r.link);
  free(r.value);
  free(r.obs);
  return status;
}
