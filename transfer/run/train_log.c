#include "transfer/run/private/train_log.h"

#include "core/file.h"
#include "core/json.h"
#include "core/log.h"
#include "core/memory.h"
#include "transfer/run/private/event_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *const co_train_log_names[CO_NUM_LOGS] = {"log.jsonl", "log.csv",
                                                     "events.out.tfevents.carryover"};

typedef struct log_file {
  char *path;    // owned
  int fd;        // -1: not written
  int64_t size;  // [bytes] in the file
  co_buf rows;   // what is to follow
} log_file;

struct co_train_log {
  log_file file[CO_NUM_LOGS];
  bool column[CO_NUM_LEARNER_METRICS];
};

// ---- files ----

static co_status fail_file(const log_file *file, co_status status, const char *what) {
  return co_fail(status, "%s: cannot %s: %s", file->path, what, strerror(errno));
}

static co_status open_file(const char *folder, const char *name, int64_t position, log_file *file) {
  file->path = co_path_join(folder, name);
  if (!file->path) return CO_MEMORY;
  file->fd = open(file->path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  if (file->fd < 0) return fail_file(file, CO_CREATE, "open");
  struct stat about;
  if (fstat(file->fd, &about) != 0) return fail_file(file, CO_IO, "look at");
  if (!S_ISREG(about.st_mode)) return co_fail(CO_CREATE, "%s: is not a regular file", file->path);
  file->size = position;
  if (about.st_size >= position) return CO_OK;
  return co_fail(CO_DATA, "%s: has %lld bytes, fewer than the %" PRId64 " of the checkpoint",
                 file->path, (long long)about.st_size, position);
}

// Events only repeat what the other logs hold. Where they are gone, say because the training went
// on without --tensorboard for a while, they begin anew, and no update is lost for them.
static co_status accept_events(log_file *file, co_status status) {
  if (status != CO_DATA) return status;
  co_log(CO_LOG_WARNING, "%s: begins anew: it lacks rows of the checkpoint", file->path);
  file->size = 0;
  return CO_OK;
}

static co_status cut(log_file *file) {
  if (file->fd < 0 || ftruncate(file->fd, file->size) == 0) return CO_OK;
  return fail_file(file, CO_IO, "cut");
}

// As much as the disk takes: what is left stays for the next time.
static bool append(log_file *file) {
  size_t done = 0;
  while (done < file->rows.size) {
    ssize_t wrote = pwrite(file->fd, file->rows.data + done, file->rows.size - done, file->size);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) break;
    done += (size_t)wrote;
    file->size += wrote;
  }
  if (done) memmove(file->rows.data, file->rows.data + done, file->rows.size - done);
  file->rows.size -= done;
  return file->rows.size == 0;
}

// ---- rows ----

// 17 digits, so that it reads back to the same number
static void add_number(const co_learner_metric *metric, const co_learner_stats *stats,
                       const char *none, co_buf *out) {
  double value = co_learner_metric_value(metric, stats);
  if (metric->count)
    co_buf_printf(out, "%" PRId64, co_learner_metric_count(metric, stats));
  else if (isfinite(value))
    co_buf_printf(out, "%.17g", value);
  else
    co_buf_puts(out, none);
}

static void add_json(const co_train_log *log, const co_learner_stats *stats, co_buf *out) {
  const char *before = "{";
  for (int i = 0; i < CO_NUM_LEARNER_METRICS; i++) {
    if (!log->column[i]) continue;
    co_buf_printf(out, "%s\"%s\": ", before, co_learner_metrics[i].name);
    add_number(&co_learner_metrics[i], stats, "null", out);
    before = ", ";
  }
  co_buf_puts(out, "}\n");
}

// NULL: the line of names
static void add_csv(const co_train_log *log, const co_learner_stats *stats, co_buf *out) {
  const char *before = "";
  for (int i = 0; i < CO_NUM_LEARNER_METRICS; i++) {
    if (!log->column[i]) continue;
    co_buf_puts(out, before);
    if (stats)
      add_number(&co_learner_metrics[i], stats, "", out);
    else
      co_buf_puts(out, co_learner_metrics[i].name);
    before = ",";
  }
  co_buf_puts(out, "\n");
}

static void add_event(const co_learner_stats *stats, co_buf *out) {
  co_scalar scalar[CO_NUM_LEARNER_METRICS];
  char tag[CO_NUM_LEARNER_METRICS][64];
  int count = 0;
  for (int i = 0; i < CO_NUM_LEARNER_METRICS; i++) {
    const co_learner_metric *metric = &co_learner_metrics[i];
    double value = co_learner_metric_value(metric, stats);
    if (!metric->logged || !isfinite(value) || i == CO_LEARNER_env_steps) continue;
    if (metric->logged == CO_LOGGED_OF_SOURCE && !stats->source_env_steps) continue;
    if (metric->logged == CO_LOGGED_OF_REDO && !stats->recycled_units) continue;
    snprintf(tag[count], sizeof tag[count], "train/%s", metric->name);
    scalar[count] = (co_scalar){tag[count], (float)value};
    count++;
  }
  // a learner without an env has gradient steps alone
  int64_t step = stats->env_steps > 0 ? stats->env_steps : stats->gradient_steps;
  co_event_add(step, (double)step, scalar, count, out);
}

// what a file begins with
static void add_head(co_train_log *log, int kind) {
  log_file *file = &log->file[kind];
  if (file->fd < 0 || file->size > 0) return;
  if (kind == CO_LOG_CSV) add_csv(log, NULL, &file->rows);
  if (kind == CO_LOG_EVENTS) co_event_begin(&file->rows);
}

// ---- entries ----

void co_train_log_close(co_train_log *log) {
  if (!log) return;
  for (int i = 0; i < CO_NUM_LOGS; i++) {
    log_file *file = &log->file[i];
    if (file->fd >= 0) close(file->fd);
    co_buf_free(&file->rows);
    free(file->path);
  }
  free(log);
}

static co_status open_files(co_train_log *log, const char *folder, bool events,
                            const co_train_log_position *position) {
  int count = events ? CO_NUM_LOGS : CO_LOG_EVENTS;
  CO_TRY(co_dir_create(folder));
  for (int i = 0; i < count; i++) {
    int64_t from = position ? position->size[i] : 0;
    co_status status = open_file(folder, co_train_log_names[i], from, &log->file[i]);
    CO_TRY(i == CO_LOG_EVENTS ? accept_events(&log->file[i], status) : status);
  }
  return CO_OK;
}

static co_status remove_events(const char *folder) {
  char *path = co_path_join(folder, co_train_log_names[CO_LOG_EVENTS]);
  if (!path) return CO_MEMORY;
  co_status status = CO_OK;
  if (unlink(path) != 0 && errno != ENOENT)
    status = co_fail(CO_IO, "%s: cannot remove: %s", path, strerror(errno));
  free(path);
  return status;
}

static bool has_term(const co_strategy *strategy, const char *name) {
  for (int i = 0; strategy && i < strategy->loss.count; i++)
    if (strcmp(strategy->loss.item[i]->term, name) == 0) return true;
  return false;
}

static bool has_column(const co_learner_metric *metric, const co_strategy *strategy, bool data) {
  switch (metric->logged) {
    case CO_LOGGED_NEVER: return false;
    case CO_LOGGED: return true;
    case CO_LOGGED_OF_TERM: return has_term(strategy, metric->name);
    case CO_LOGGED_OF_DATA: return data;
    case CO_LOGGED_OF_SOURCE: return strategy && strategy->source_env;
    case CO_LOGGED_OF_REDO: return strategy && strategy->redo;
  }
  return false;
}

co_status co_train_log_open(const char *folder, bool events, const co_strategy *strategy, bool data,
                            const co_train_log_position *position, co_train_log **out) {
  *out = NULL;
  co_train_log *log = co_alloc(1, sizeof *log);
  if (!log) return CO_MEMORY;
  for (int i = 0; i < CO_NUM_LOGS; i++) log->file[i].fd = -1;
  for (int i = 0; i < CO_NUM_LEARNER_METRICS; i++)
    log->column[i] = has_column(&co_learner_metrics[i], strategy, data);
  co_status status = open_files(log, folder, events, position);
  if (status == CO_OK && !events) status = remove_events(folder);
  for (int i = 0; status == CO_OK && i < CO_NUM_LOGS; i++) {
    status = cut(&log->file[i]);
    add_head(log, i);
    if (status == CO_OK) status = co_buf_status(&log->file[i].rows);
  }
  if (status != CO_OK) {
    co_train_log_close(log);
    return status;
  }
  *out = log;
  return CO_OK;
}

// ---- events from a log ----

static co_status read_row(const char *line, size_t length, const char *path,
                          co_learner_stats *out) {
  co_json *row;
  CO_TRY(co_json_parse(line, length, path, &row));
  *out = co_learner_stats_none;
  for (int i = 0; i < CO_NUM_LEARNER_METRICS; i++) {
    const co_learner_metric *metric = &co_learner_metrics[i];
    if (metric->logged)
      co_learner_metric_put(metric, co_json_get_int(row, metric->name, 0),
                            co_json_get_number(row, metric->name, NAN), out);
  }
  co_json_free(row);
  return CO_OK;
}

static co_status events_of(const co_buf *log, const char *path, co_buf *out) {
  const char *line = log->data, *end = log->data + log->size;
  co_event_begin(out);
  while (line < end) {
    const char *next = memchr(line, '\n', (size_t)(end - line));
    co_learner_stats stats;
    if (!next) return co_fail(CO_DATA, "%s: its last line is cut", path);
    CO_TRY(read_row(line, (size_t)(next - line), path, &stats));
    add_event(&stats, out);
    line = next + 1;
  }
  return co_buf_status(out);
}

static co_status write_events(const char *path, const co_buf *events) {
  co_buf old = {0};
  bool same = co_file_exists(path) && co_file_read(path, 0, &old) == CO_OK &&
              old.size == events->size && memcmp(old.data, events->data, old.size) == 0;
  co_buf_free(&old);
  if (same) return CO_OK;
  co_log(CO_LOG_INFO, "%s: made from %s", path, co_train_log_names[CO_LOG_JSONL]);
  return co_file_write(path, events->data, events->size);
}

co_status co_train_log_restore_events(const char *folder) {
  char *from = co_path_join(folder, co_train_log_names[CO_LOG_JSONL]),
       *to = co_path_join(folder, co_train_log_names[CO_LOG_EVENTS]);
  co_buf log = {0}, events = {0};
  co_status status = from && to ? co_file_read(from, 0, &log) : CO_MEMORY;
  if (status == CO_OK) status = events_of(&log, from, &events);
  if (status == CO_OK) status = write_events(to, &events);
  co_buf_free(&log);
  co_buf_free(&events);
  free(from);
  free(to);
  return status;
}

co_status co_train_log_write(co_train_log *log, const co_learner_stats *stats) {
  add_json(log, stats, &log->file[CO_LOG_JSONL].rows);
  add_csv(log, stats, &log->file[CO_LOG_CSV].rows);
  if (log->file[CO_LOG_EVENTS].fd >= 0) add_event(stats, &log->file[CO_LOG_EVENTS].rows);
  for (int i = 0; i < CO_NUM_LOGS; i++) {
    log_file *file = &log->file[i];
    CO_TRY(co_buf_status(&file->rows));
    if (file->fd >= 0) append(file);
  }
  return CO_OK;
}

co_status co_train_log_sync(co_train_log *log, co_train_log_position *out) {
  *out = (co_train_log_position){0};
  for (int i = 0; i < CO_NUM_LOGS; i++) {
    log_file *file = &log->file[i];
    if (file->fd < 0) continue;
    if (!append(file) || fdatasync(file->fd) != 0) return fail_file(file, CO_IO, "write");
    out->size[i] = file->size;
  }
  return CO_OK;
}

co_status co_train_log_finish(co_train_log *log) {
  for (int i = 0; i < CO_NUM_LOGS; i++) {
    log_file *file = &log->file[i];
    if (file->fd >= 0 && !append(file)) return fail_file(file, CO_IO, "write");
  }
  return CO_OK;
}

co_status co_train_log_keep(const char *folder) {
  co_status status = CO_OK;
  for (int i = 0; i < CO_NUM_LOGS && status == CO_OK; i++) {
    char *path = co_path_join(folder, co_train_log_names[i]);
    if (!path) return CO_MEMORY;
    if (co_file_exists(path)) status = co_file_sync(path);
    free(path);
  }
  return status;
}
