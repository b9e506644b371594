// Rollouts as CSV: a line of names, then a line per control step.

#include "core/memory.h"
#include "core/text.h"
#include "transfer/import/private/columns.h"

#include <stdlib.h>
#include <string.h>

enum { CELL = 256, SKIPPED = -1, EPISODE = -2, RESET = -3 };

typedef struct csv {
  const char *path, *at, *end;
  int64_t line;
  int count;       // of columns
  int *group;      // (count) a co_rollout_column, or one of the above; owned
  int64_t *index;  // (count) of the number in its column; owned
} csv;

static co_status fail(const csv *in, const char *text) {
  return co_fail(CO_DATA, "%s:%lld: %s", in->path, (long long)in->line, text);
}

// The next cell without spaces and quotes; false: it is too long. *last ends the line.
static bool take(csv *in, char out[CELL], bool *last) {
  size_t length = 0;
  bool fits = true;
  for (; in->at < in->end && !strchr(",\r\n", *in->at); in->at++) {
    if (strchr(" \t\"", *in->at) && *in->at) continue;
    fits = fits && length + 1 < CELL && *in->at;
    if (fits) out[length++] = *in->at;
  }
  out[length] = '\0';
  *last = in->at >= in->end || *in->at != ',';
  while (in->at < in->end && *in->at == '\r') in->at++;
  if (in->at < in->end) in->at++;
  return fits;
}

// "obs_3", "obs/qpos_z", "action[2]": a column, and the number in it, -1 where it has a name.
static int split(const char *name, int64_t *index) {
  size_t length = strcspn(name, "_/.[");
  char number[24] = "";
  int column = name[length] ? co_rollout_find_column(name, length) : -1;
  *index = -1;
  if (column < 0) return SKIPPED;
  const char *rest = name + length + 1;
  size_t digits = strspn(rest, "0123456789");
  if (digits && digits < sizeof number && (!rest[digits] || strcmp(rest + digits, "]") == 0)) {
    memcpy(number, rest, digits);
    co_parse_int(number, index);
  }
  return column;
}

static co_status add_column(csv *in, const char *name) {
  if (in->count == 1 << 18) return fail(in, "more columns than are read");
  if ((in->count & (in->count - 1)) == 0) {  // a power of two: full
    size_t more = (size_t)(in->count ? 2 * in->count : 1);
    int *group = co_realloc(in->group, more, sizeof *group);
    if (group) in->group = group;
    int64_t *index = co_realloc(in->index, more, sizeof *index);
    if (index) in->index = index;
    if (!group || !index) return CO_MEMORY;
  }
  int64_t *index = &in->index[in->count];
  int *group = &in->group[in->count++];
  *group = split(name, index);
  if (strcmp(name, "episode") == 0) *group = EPISODE;
  if (strcmp(name, "reset") == 0) *group = RESET;
  return CO_OK;
}

// Columns are numbered as they follow.
static void number(csv *in, int column) {
  int64_t next = 0;
  for (int i = 0; i < in->count; i++)
    if (in->group[i] == column) in->index[i] = next++;
}

// Each number of a column is there once; `taken` (width) is false.
static co_status check_numbers(const csv *in, int column, int64_t width, bool *taken) {
  const char *name = co_rollout_column_names[column];
  for (int i = 0; i < in->count; i++) {
    int64_t index = in->index[i];
    if (in->group[i] != column) continue;
    if (index >= width)
      return co_fail(CO_DATA, "%s:1: %s is numbered up to %lld and has %lld columns", in->path,
                     name, (long long)index, (long long)width);
    if (taken[index])
      return co_fail(CO_DATA, "%s:1: %s_%lld appears twice", in->path, name, (long long)index);
    taken[index] = true;
  }
  return CO_OK;
}

// Numbers of a column are those of their names where all have one, else as they follow.
static co_status settle(csv *in, int64_t *width) {
  bool *taken = co_alloc((size_t)in->count, sizeof *taken);
  co_status status = taken ? CO_OK : CO_MEMORY;
  for (int c = 0; status == CO_OK && c < CO_NUM_ROLLOUT_COLUMNS; c++) {
    bool numbered = true;
    width[c] = 0;
    for (int i = 0; i < in->count; i++) {
      if (in->group[i] != c) continue;
      numbered = numbered && in->index[i] >= 0;
      width[c]++;
    }
    if (!numbered) number(in, c);
    for (int i = 0; i < in->count; i++) taken[i] = false;
    status = check_numbers(in, c, width[c], taken);
  }
  free(taken);
  return status;
}

static co_status read_names(csv *in, int64_t *width) {
  char name[CELL];
  in->line = 1;
  for (bool last = false; !last;) {
    if (!take(in, name, &last)) return fail(in, "a name is longer than is read");
    CO_TRY(add_column(in, name));
  }
  CO_TRY(settle(in, width));
  return CO_OK;
}

static co_status read_line(csv *in, int step, double *episode, co_rollout *out) {
  char cell[CELL];
  bool last = false;
  double value;
  out->has_obs[step] = true;
  for (int i = 0; i < in->count; i++) {
    if (last) return fail(in, "has fewer cells than there are names");
    bool fits = take(in, cell, &last);
    if (in->group[i] == SKIPPED) continue;
    if (!fits || !co_parse_double(cell, &value))
      return co_fail(CO_DATA, "%s:%lld: cell %d is no finite number", in->path, (long long)in->line,
                     i + 1);
    if (in->group[i] == RESET) {
      out->begins[step] |= value != 0;
    } else if (in->group[i] == EPISODE) {
      out->begins[step] |= step && value != *episode;
      *episode = value;
    } else {
      co_rollout_at(out, (co_rollout_column)in->group[i], step)[in->index[i]] = value;
    }
  }
  return last ? CO_OK : fail(in, "has more cells than there are names");
}

// Lines that are not empty from here on.
static int64_t count_lines(const csv *in) {
  int64_t lines = 0;
  for (const char *at = in->at; at < in->end;) {
    const char *end = memchr(at, '\n', (size_t)(in->end - at));
    if (!end) end = in->end;
    lines += end > at && !(end == at + 1 && *at == '\r');
    at = end + 1;
  }
  return lines;
}

static bool is_empty_line(csv *in) {
  const char *at = in->at + (in->at < in->end && *in->at == '\r');
  if (at < in->end && *at != '\n') return false;
  in->at = at < in->end ? at + 1 : at;
  return true;
}

static co_status read_all(csv *in, co_rollout *out) {
  int64_t width[CO_NUM_ROLLOUT_COLUMNS];
  double episode = 0;
  CO_TRY(read_names(in, width));
  if (!width[CO_ROLLOUT_OBS] || !width[CO_ROLLOUT_ACTION])
    return co_fail(CO_DATA,
                   "%s:1: is no recording: its first line names no columns obs_0 ... and action_0 "
                   "...",
                   in->path);
  int64_t lines = count_lines(in);
  in->line = 2;
  if (lines * (in->count - 1) > in->end - in->at)  // a comma each, at the least
    return fail(in, "from here on lines have fewer cells than there are names");
  CO_TRY(co_rollout_create(in->path, lines, width, out));
  in->line = 1;
  for (int step = 0; step < out->steps;) {
    in->line++;
    if (is_empty_line(in)) continue;
    CO_TRY(read_line(in, step++, &episode, out));
  }
  return CO_OK;
}

co_status co_rollout_parse_csv(const char *bytes, size_t size, const char *path, co_rollout *out) {
  csv in = {.path = path, .at = bytes, .end = bytes + size};
  co_status status = read_all(&in, out);
  free(in.group);
  free(in.index);
  return status;
}
