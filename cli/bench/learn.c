#include "cli/bench/learn.h"

#include "core/file.h"
#include "core/stats/scores.h"
#include "core/stats/stats.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---- cases ----

// algorithm, task, env steps, seeds, settings over the defaults, published mean ± standard
// deviation. Swimmer needs a long view: with gamma 0.99, or lambda 0.95 over rollouts of 256 steps,
// a stroke's reward comes too late (IQM of ten seeds 142).
#define CASE_LIST(X)                                                                      \
  X(ppo, half_cheetah, 1000000, 10, "", "1443 ± 46 (CleanRL), 5784 ± 1244 (Tianshou)")    \
  X(ppo, hopper, 1000000, 10, "", "2383 ± 272 (CleanRL), 2609 ± 701 (Tianshou)")          \
  X(ppo, walker2d, 1000000, 10, "", "2288 ± 572 (CleanRL), 3589 ± 757 (Tianshou)")        \
  X(ppo, ant, 1000000, 10, "", "3258 ± 1079 (Tianshou)")                                  \
  X(ppo, swimmer, 1000000, 10, "gamma = 0.9999; lambda = 0.99", "282 ± 10, gamma 0.9999") \
  X(ppo, reacher, 1000000, 10, "", "−4.1 ± 0.3")                                          \
  X(sac, half_cheetah, 1000000, 3, "", "9635 ± 1424 (CleanRL), 12139 ± 1049 (Tianshou)")  \
  X(sac, hopper, 300000, 5, "", "3542 ± 52, after a million")                             \
  X(sac, pendulum, 20000, 10, "", "about −150")

#define X(algorithm, task, steps, seeds, learning, published) \
  {#algorithm "_" #task, #algorithm, #task, steps, seeds, learning, published},
const learn_case learn_cases[] = {CASE_LIST(X)};
#undef X
const int learn_num_cases = sizeof learn_cases / sizeof *learn_cases;

const learn_case *learn_find(const char *name) {
  for (int i = 0; i < learn_num_cases; i++)
    if (strcmp(learn_cases[i].name, name) == 0) return &learn_cases[i];
  return NULL;
}

// ---- the learner ----

static bool is_hash(const char *text, size_t size) {
  return size == CO_HASH_TEXT - 1 && strspn(text, "0123456789abcdef") == size;
}

void learn_read_learner(const char *dir, char learner[CO_HASH_TEXT]) {
  char *path = co_path_join(dir, "learner");
  co_buf text = {0};
  learner[0] = '\0';
  if (path && co_file_exists(path) && co_file_read(path, CO_HASH_TEXT, &text) == CO_OK &&
      is_hash(text.data, text.size))
    memcpy(learner, text.data, CO_HASH_TEXT);
  co_buf_free(&text);
  free(path);
}

// ---- statistics ----

co_status learn_summarise(learn_result *result, uint64_t seed) {
  double value[LEARN_MAX_SEEDS];
  int count = 0;
  for (int i = 0; i < result->seeds; i++)
    if (isfinite(result->final[i])) value[count++] = result->final[i];
  result->done = count;
  result->iqm = result->lo = result->hi = NAN;
  if (!count) return CO_OK;
  co_bootstrap_def def = co_bootstrap_default();
  def.stream = (co_stream){.seed = seed, .purpose = CO_PURPOSE_BOOTSTRAP};
  co_scores scores = {value, count, 1};
  co_score_summary summary;
  CO_TRY(co_scores_summarise(&scores, NULL, 1u << CO_SCORE_iqm, &def, NULL, &summary));
  result->iqm = summary.point[CO_SCORE_iqm];
  if (count < 2) return CO_OK;
  result->lo = summary.interval[CO_SCORE_iqm].lo;
  result->hi = summary.interval[CO_SCORE_iqm].hi;
  return CO_OK;
}

// ---- the table ----

// 1234567 as "1,234,567"
static void put_count(int64_t count, co_buf *out) {
  if (count < 1000) {
    co_buf_printf(out, "%" PRId64, count);
    return;
  }
  put_count(count / 1000, out);
  co_buf_printf(out, ",%03d", (int)(count % 1000));
}

// four digits or one decimal are more than any two seeds share
static void put_return(double value, co_buf *out) {
  co_buf_printf(out, "%s%.*f", value < 0 ? "−" : "", fabs(value) < 100 ? 1 : 0, fabs(value));
}

static void put_interval(const learn_result *result, co_buf *out) {
  if (!result->done) {
    co_buf_puts(out, "–");
    return;
  }
  put_return(result->iqm, out);
  if (!isfinite(result->lo)) return;
  co_buf_puts(out, " [");
  put_return(result->lo, out);
  co_buf_puts(out, ", ");
  put_return(result->hi, out);
  co_buf_puts(out, "]");
}

static void put_learner(const learn_result *result, co_buf *out) {
  if (result->done && *result->learner)
    co_buf_printf(out, " | `%s`", result->learner);
  else
    co_buf_puts(out, " | –");
}

void learn_row(const learn_case *which, const learn_result *result, co_buf *out) {
  co_buf_printf(out, "| `%s`%s%s | ", which->name, *which->learning ? ", " : "", which->learning);
  put_count(result->steps ? result->steps : which->steps, out);
  co_buf_printf(out, " | %d of %d | ", result->done,
                result->seeds ? result->seeds : (int)which->seeds);
  put_interval(result, out);
  co_buf_puts(out, " | ");
  for (int i = 0, shown = 0; i < result->seeds; i++) {
    if (!isfinite(result->final[i])) continue;
    if (shown++) co_buf_puts(out, ", ");
    put_return(result->final[i], out);
  }
  if (!result->done) co_buf_puts(out, "–");
  put_learner(result, out);
  co_buf_printf(out, " | %s |\n", which->published);
}

// ---- the section ----

static const char begin_mark[] = "<!-- carryover bench learn: begin -->\n";
static const char end_mark[] = "<!-- carryover bench learn: end -->\n";

static const char introduction[] =
    "Last policy, deterministic, 20 fresh episodes; interquartile mean over seeds with its 95 %\n"
    "interval (stratified bootstrap, 50,000 repetitions; nominal below ten seeds), then every\n"
    "seed in order. \"n of N\": trainings measured so far. Published: mean ± standard deviation\n"
    "after as many env steps, unless said otherwise; Gymnasium v4 and v5. Learner: the hash over\n"
    "the tests' constants of its algorithm that held when the row was measured.\n"
    "\n"
    "| case | env steps | seeds | IQM | every seed | learner | published |\n"
    "|---|---|---|---|---|---|---|\n";

// The case's line of the old section; 0 bytes when it has none.
static size_t find_row(const char *section, size_t size, const learn_case *which,
                       const char **row) {
  char head[LEARN_NAME + 8];
  snprintf(head, sizeof head, "| `%s`", which->name);
  for (const char *line = section, *end = section + size; line < end;) {
    const char *stop = memchr(line, '\n', (size_t)(end - line));
    size_t length = stop ? (size_t)(stop - line) + 1 : (size_t)(end - line);
    if (length > strlen(head) && memcmp(line, head, strlen(head)) == 0) return *row = line, length;
    line += length;
  }
  return 0;
}

static void put_rows(const char *section, size_t size, const learn_result *results, co_buf *out) {
  for (int i = 0; i < learn_num_cases; i++) {
    const char *row;
    size_t length = results[i].done ? 0 : find_row(section, size, &learn_cases[i], &row);
    if (length)
      co_buf_add(out, row, length);
    else
      learn_row(&learn_cases[i], &results[i], out);
  }
}

typedef struct span {
  const char *begin, *end;
} span;

// What lies between the marker lines.
static co_status find_section(const char *path, const co_buf *text, span *out) {
  const char *begin = strstr(text->data, begin_mark);
  out->begin = begin ? begin + strlen(begin_mark) : NULL;
  out->end = begin ? strstr(out->begin, end_mark) : NULL;
  if (out->end) return CO_OK;
  return co_fail(CO_DATA, "%s: lacks the lines %.*s and %.*s, between which the returns stand",
                 path, (int)strlen(begin_mark) - 1, begin_mark, (int)strlen(end_mark) - 1,
                 end_mark);
}

co_status learn_check_section(const char *path) {
  co_buf text = {0};
  span section;
  co_status status = co_file_read(path, 0, &text);
  if (status == CO_OK) status = find_section(path, &text, &section);
  co_buf_free(&text);
  return status;
}

static co_status replace_section(const char *path, const co_buf *old, const learn_result *results,
                                 co_buf *out) {
  span section;
  CO_TRY(find_section(path, old, &section));
  co_buf_add(out, old->data, (size_t)(section.begin - old->data));
  co_buf_puts(out, introduction);
  put_rows(section.begin, (size_t)(section.end - section.begin), results, out);
  co_buf_add(out, section.end, old->size - (size_t)(section.end - old->data));
  return co_buf_status(out);
}

co_status learn_write_section(const char *path, const learn_result *results) {
  co_buf old = {0}, text = {0};
  co_status status = co_file_read(path, 0, &old);
  if (status == CO_OK) status = replace_section(path, &old, results, &text);
  if (status == CO_OK) status = co_file_write(path, text.data, text.size);
  co_buf_free(&old);
  co_buf_free(&text);
  return status;
}
