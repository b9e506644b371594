#include "agents/data/csv.h"

#include "agents/data/link.h"
#include "agents/nn/network.h"
#include "core/file.h"
#include "core/memory.h"
#include "core/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Groups of columns, in the order in which they are written; the last three have an element's name.
typedef enum csv_group {
  EPISODE,
  ROW,
  TERMINATED,
  TRUNCATED,
  REWARD,
  OBS,
  ACTION,
  NEXT,
  NUM_GROUPS
} csv_group;
static const char *const names[] = {"episode", "row",  "terminated", "truncated",
                                    "reward",  "obs/", "action/",    "next_obs/"};

// ---- writing

typedef struct csv_writer {
  co_file_out file;
  co_buf pending;
  const co_data_about *about;
} csv_writer;

static co_status flush(csv_writer *writer) {
  CO_TRY(co_buf_status(&writer->pending));
  CO_TRY(co_file_out_write(&writer->file, writer->pending.data, writer->pending.size));
  writer->pending.size = 0;
  return CO_OK;
}

// A cell with what would end it is quoted.
static void put_name(co_buf *out, const char *prefix, const char *name) {
  bool quoted = strpbrk(name, ",\"\r\n");
  co_buf_printf(out, ",%s%s", quoted ? "\"" : "", prefix);
  for (; *name; name++) {
    if (*name == '"') co_buf_puts(out, "\"");
    co_buf_add(out, name, 1);
  }
  if (quoted) co_buf_puts(out, "\"");
}

static void put_names(co_buf *out, const char *prefix, const co_data_name *name, int count) {
  for (int i = 0; i < count; i++) {
    char number[16];
    snprintf(number, sizeof number, "%d", i);
    put_name(out, prefix, name ? name[i].name : number);
  }
}

static co_status begin(void *context, const co_data_about *about) {
  csv_writer *writer = context;
  co_buf *out = &writer->pending;
  writer->about = about;
  for (int i = 0; i < OBS; i++) co_buf_printf(out, "%s%s", i ? "," : "", names[i]);
  put_names(out, names[OBS], about->obs, about->obs_dim);
  put_names(out, names[ACTION], about->action, about->act_dim);
  put_names(out, names[NEXT], about->obs, about->obs_dim);
  co_buf_puts(out, "\n");
  return co_buf_status(out);
}

// NULL: empty cells
static void put_numbers(co_buf *out, const float *x, int count) {
  for (int i = 0; i < count; i++) {
    co_buf_puts(out, ",");
    if (x) co_buf_printf(out, "%.9g", (double)x[i]);
  }
}

static co_status add(void *context, const co_data_transition *at) {
  enum { MOST = 1 << 16 };
  csv_writer *writer = context;
  co_buf *out = &writer->pending;
  bool terminated = at->flags & CO_DATA_TERMINATED, truncated = at->flags & CO_DATA_TRUNCATED;
  co_buf_printf(out, "%" PRIu32 ",%" PRIu32 ",%d,%d,%.9g", at->episode, at->row, terminated,
                truncated, (double)at->reward);
  put_numbers(out, at->obs, writer->about->obs_dim);
  put_numbers(out, at->action, writer->about->act_dim);
  put_numbers(out, terminated || truncated ? at->next_obs : NULL, writer->about->obs_dim);
  co_buf_puts(out, "\n");
  return out->size > MOST ? flush(writer) : co_buf_status(out);
}

co_status co_data_csv_write(const co_data_set *set, const char *path) {
  csv_writer writer = {0};
  CO_TRY(co_file_out_begin(path, &writer.file));
  co_status status = co_data_sink_set(set, &(co_data_sink){&writer, begin, add});
  if (status == CO_OK) status = flush(&writer);
  if (status == CO_OK) status = co_file_out_commit(&writer.file);
  co_file_out_discard(&writer.file);
  co_buf_free(&writer.pending);
  return status;
}

// ---- reading

// What a column is: an element of a group.
typedef struct csv_column {
  csv_group group;
  int index;
} csv_column;

typedef struct csv_reader {
  const char *file;
  const char *at, *end;  // what is left to be read
  int64_t line;
  csv_column *column;  // (count), owned
  int count;
  int width[NUM_GROUPS];
  co_data_name *name[NUM_GROUPS];  // (width) of obs, action, next_obs; owned
  // a row
  double fixed[OBS];
  float reward;
  float *value[NUM_GROUPS];  // (width) of obs, action, next_obs; owned
  int filled[NUM_GROUPS];    // cells with a number
  co_data_link link;
} csv_reader;

static co_status fail_line(const csv_reader *in, const char *text) {
  return co_fail(CO_DATA, "%s:%" PRId64 ": %s", in->file, in->line, text);
}

// The next cell of the line, without quotes, into `out` (size); *last tells whether it ends the
// line. Lines end with \n or \r\n, the last one with the file too.
static co_status take_cell(csv_reader *in, char *out, size_t size, bool *last) {
  size_t length = 0;
  bool quoted = in->at < in->end && *in->at == '"';
  in->at += quoted;
  for (; in->at < in->end; in->at++) {
    char c = *in->at;
    if (quoted && c == '"') {
      in->at++;
      quoted = in->at < in->end && *in->at == '"';
      if (!quoted) break;
    } else if (!quoted && (c == ',' || c == '\n' || c == '\r')) {
      break;
    }
    if (length + 1 == size || c == '\0') return fail_line(in, "a cell is too long, or no text");
    out[length++] = c;
  }
  out[length] = '\0';
  if (quoted) return fail_line(in, "a quote has no end");
  if (in->end - in->at >= 2 && in->at[0] == '\r' && in->at[1] == '\n') in->at++;
  *last = in->at == in->end || *in->at == '\n';
  if (!*last && *in->at != ',') return fail_line(in, "a comma is missing behind a cell");
  in->at += in->at < in->end;
  return CO_OK;
}

// ---- names

static bool find_group(const char *cell, csv_group *out, const char **name) {
  for (int g = 0; g < NUM_GROUPS; g++) {
    size_t length = strlen(names[g]);
    bool is = g < OBS ? strcmp(cell, names[g]) == 0 : strncmp(cell, names[g], length) == 0;
    if (!is) continue;
    *out = (csv_group)g;
    *name = cell + length;
    return true;
  }
  return false;
}

static co_status add_column(csv_reader *in, const char *cell) {
  csv_group group;
  const char *name;
  if (!find_group(cell, &group, &name))
    return co_fail(CO_DATA,
                   "%s:1: column \"%s\": expected episode, row, terminated, truncated, reward, "
                   "obs/NAME, action/NAME or next_obs/NAME",
                   in->file, cell);
  int most = group < OBS       ? 1
             : group == ACTION ? CO_MAX_WIDTH
                               : CO_MAX_OBS,
      index = in->width[group];
  if (index == most || strlen(name) >= CO_NAME)
    return co_fail(CO_DATA, "%s:1: column \"%s\": it is one too many, or its name is too long",
                   in->file, cell);
  csv_column *column = co_realloc(in->column, (size_t)in->count + 1, sizeof *column);
  if (!column) return CO_MEMORY;
  in->column = column;
  column[in->count++] = (csv_column){group, index};
  in->width[group]++;
  if (group < OBS) return CO_OK;
  co_data_name *list = co_realloc(in->name[group], (size_t)index + 1, sizeof *list);
  if (!list) return CO_MEMORY;
  in->name[group] = list;
  list[index] = (co_data_name){0};
  strcpy(list[index].name, name);
  return CO_OK;
}

static co_status check_columns(const csv_reader *in) {
  static const csv_group needed[] = {TERMINATED, REWARD, OBS, ACTION};
  for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
    if (!in->width[needed[i]])
      return co_fail(CO_DATA, "%s:1: no column \"%s\": is this a data set?", in->file,
                     names[needed[i]]);
  if (in->width[EPISODE] != in->width[ROW])
    return co_fail(CO_DATA, "%s:1: episode and row need each other", in->file);
  if (!in->width[NEXT]) return CO_OK;
  if (in->width[NEXT] == in->width[OBS] &&
      memcmp(in->name[NEXT], in->name[OBS], (size_t)in->width[OBS] * sizeof **in->name) == 0)
    return CO_OK;
  return co_fail(CO_DATA, "%s:1: obs and next_obs have other names, or another order", in->file);
}

static co_status read_names(csv_reader *in) {
  in->line = 1;
  for (bool last = false; !last;) {
    char cell[2 * CO_NAME];
    CO_TRY(take_cell(in, cell, sizeof cell, &last));
    CO_TRY(add_column(in, cell));
  }
  CO_TRY(check_columns(in));
  for (int g = OBS; g < NUM_GROUPS; g++) {
    in->value[g] = co_alloc((size_t)in->width[g] + 1, sizeof *in->value[g]);
    if (!in->value[g]) return CO_MEMORY;
  }
  return CO_OK;
}

// Names that only count are none.
static bool are_numbers(const co_data_name *name, int count) {
  char number[16];
  for (int i = 0; i < count; i++) {
    snprintf(number, sizeof number, "%d", i);
    if (strcmp(name[i].name, number) != 0) return false;
  }
  return true;
}

// ---- rows

static co_status read_cell(csv_reader *in, const csv_column *column, const char *cell) {
  double value;
  if (!*cell && column->group == NEXT) return CO_OK;
  if (!co_parse_double(cell, &value))
    return co_fail(CO_DATA, "%s:%" PRId64 ": \"%s\" is no number", in->file, in->line, cell);
  in->filled[column->group]++;
  if (column->group == REWARD) in->reward = strtof(cell, NULL);  // not through double
  if (column->group < OBS)
    in->fixed[column->group] = value;
  else
    in->value[column->group][column->index] = strtof(cell, NULL);
  return CO_OK;
}

static bool is_count(double value) {
  return value >= 0 && value <= (double)UINT32_MAX && value == (double)(uint32_t)value;
}

static co_status add_row(csv_reader *in) {
  if (in->filled[NEXT] && in->filled[NEXT] != in->width[NEXT])
    return fail_line(in, "next_obs is there in part");
  if (!is_count(in->fixed[EPISODE]) || !is_count(in->fixed[ROW]))
    return fail_line(in, "episode and row are whole numbers from 0");
  co_data_step step = {.obs = in->value[OBS],
                       .action = in->value[ACTION],
                       .next_obs = in->filled[NEXT] ? in->value[NEXT] : NULL,
                       .reward = in->reward,
                       .terminated = in->fixed[TERMINATED] != 0,
                       .truncated = in->fixed[TRUNCATED] != 0,
                       .numbered = in->width[EPISODE],
                       .episode = (uint32_t)in->fixed[EPISODE],
                       .row = (uint32_t)in->fixed[ROW]};
  return co_data_link_add(&in->link, &step, in->at == in->end);
}

static co_status read_row(csv_reader *in) {
  in->line++;
  memset(in->filled, 0, sizeof in->filled);
  bool last = false;
  for (int i = 0; i < in->count; i++) {
    char cell[64];
    if (last) return fail_line(in, "fewer cells than names");
    CO_TRY(take_cell(in, cell, sizeof cell, &last));
    CO_TRY(read_cell(in, &in->column[i], cell));
  }
  if (!last) return fail_line(in, "more cells than names");
  return add_row(in);
}

static co_status read_rows(csv_reader *in, const co_data_sink *sink, co_data_problems *problems) {
  CO_TRY(read_names(in));
  co_data_about about = {.obs_dim = in->width[OBS],
                         .act_dim = in->width[ACTION],
                         .obs = in->name[OBS],
                         .action = in->name[ACTION],
                         .num_obs = in->width[OBS],
                         .num_action = in->width[ACTION],
                         .seed = -1};
  if (are_numbers(about.obs, about.num_obs)) about.obs = NULL, about.num_obs = 0;
  if (are_numbers(about.action, about.num_action)) about.action = NULL, about.num_action = 0;
  CO_TRY(co_data_link_begin(sink, in->file, &about, &in->link));
  while (in->at < in->end) CO_TRY(read_row(in));
  return co_data_link_tell(&in->link, problems);
}

co_status co_data_csv_read(const char *path, const co_data_sink *sink, co_data_problems *problems) {
  co_file_map map;
  CO_TRY(co_file_map_open(path, &map));
  csv_reader in = {.file = path, .at = map.bytes, .end = (const char *)map.bytes + map.size};
  co_status status = read_rows(&in, sink, problems);
  co_data_link_free(&in.link);
  for (int g = 0; g < NUM_GROUPS; g++) {
    free(in.name[g]);
    free(in.value[g]);
  }
  free(in.column);
  co_file_map_close(&map);
  return status;
}
