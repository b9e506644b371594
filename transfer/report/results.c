// Reading results.json for a report: who was compared with whom, and where each number lies.

#include "transfer/report/private/parts.h"

#include <math.h>
#include <string.h>

// Lists whose elements carry source, target and strategy; any of them may be the only one that is
// there.
static const char *const lists[] = {"strategies", "final", "paired",  "curves",
                                    "tensors",    "step0", "movement"};
enum { LISTS = sizeof lists / sizeof *lists };

static const double LARGEST =
    1e15;  // beyond this a return is a fault, and can't be drawn next to others

double co_report_number(const co_json *json) {
  double value = co_json_is_number(json) ? co_json_as_number(json, (double)NAN) : (double)NAN;
  return fabs(value) <= LARGEST ? value : (double)NAN;
}

double co_report_get(const co_json *object, const char *key) {
  return co_report_number(co_json_get(object, key));
}

static const co_json *array_of(const co_json *results, const char *list) {
  const co_json *array = co_json_get(results, list);
  return co_json_is_array(array) ? array : NULL;
}

// ---- names in the order of their definitions, then of their appearance

typedef struct names {
  const char **name;
  int count, capacity;
} names;

static void add_unique(names *set, const char *name) {
  if (!name || set->count == set->capacity) return;
  for (int i = 0; i < set->count; i++) {
    if (strcmp(set->name[i], name) == 0) return;
  }
  set->name[set->count++] = name;
}

static void add_all(names *set, const co_json *array, const char *key) {
  for (size_t i = 0; array && i < co_json_count(array); i++) {
    add_unique(set, co_json_get_string(co_json_at(array, i), key));
  }
}

// every name under `key` in the measured lists, those of results[definitions] first
static co_status collect(co_report *report, const char *definitions, const char *key, names *set) {
  size_t most = co_json_count(array_of(report->results, definitions));
  for (int i = 0; i < LISTS; i++) most += co_json_count(array_of(report->results, lists[i]));
  *set = (names){co_arena_alloc(&report->arena, most, sizeof(char *)), 0, (int)most};
  if (!set->name) return CO_MEMORY;
  add_all(set, array_of(report->results, definitions), "name");
  for (int i = 0; i < LISTS; i++) add_all(set, array_of(report->results, lists[i]), key);
  return CO_OK;
}

static bool same(const char *a, const char *b) {
  return a && b && strcmp(a, b) == 0;
}

static bool measured(const co_json *results, const char *source, const char *target) {
  for (int i = 0; i < LISTS; i++) {
    const co_json *array = array_of(results, lists[i]);
    for (size_t k = 0; array && k < co_json_count(array); k++) {
      const co_json *entry = co_json_at(array, k);
      if (same(co_json_get_string(entry, "target"), target) &&
          same(co_json_get_string(entry, "source"), source)) {
        return true;
      }
    }
  }
  return false;
}

static co_status collect_pairs(co_report *report, const names *targets) {
  size_t most = (size_t)targets->count * (size_t)(report->sources + 1);
  report->pair = co_arena_alloc(&report->arena, most, sizeof *report->pair);
  if (!report->pair) return CO_MEMORY;
  for (int t = 0; t < targets->count; t++) {
    int before = report->pairs;
    for (int s = 0; s < report->sources; s++) {
      if (!measured(report->results, report->source[s], targets->name[t])) continue;
      report->pair[report->pairs++] = (co_report_pair){report->source[s], targets->name[t]};
    }
    if (report->pairs == before)
      report->pair[report->pairs++] = (co_report_pair){NULL, targets->name[t]};
  }
  return CO_OK;
}

co_status co_report_open(const co_json *results, co_report *report) {
  *report = (co_report){.results = results};
  if (!co_json_is_object(results))
    return co_fail(CO_DATA, "report: the results are not a JSON object");
  names strategies, sources, targets;
  CO_TRY(collect(report, "strategy_definitions", "strategy", &strategies));
  CO_TRY(collect(report, "sources", "source", &sources));
  CO_TRY(collect(report, "targets", "target", &targets));
  report->strategy = strategies.name;
  report->strategies = strategies.count;
  report->source = sources.name;
  report->sources = sources.count;
  return collect_pairs(report, &targets);
}

void co_report_close(co_report *report) {
  co_arena_free(&report->arena);
}

const char *co_report_name(const co_report *report) {
  const char *name = co_json_get_string(report->results, "name");
  if (!name) name = co_json_get_string(report->results, "study");
  return name ? name : "study";
}

co_status co_reports_open(const co_json *const *results, int studies, co_arena *arena,
                          co_report **out) {
  *out = co_arena_alloc(arena, (size_t)studies, sizeof **out);
  if (!*out) return CO_MEMORY;
  for (int i = 0; i < studies; i++) CO_TRY(co_report_open(results[i], &(*out)[i]));
  return CO_OK;
}

void co_reports_close(co_report *report, int studies) {
  for (int i = 0; report && i < studies; i++) co_report_close(&report[i]);
}

// ---- one colour and mark per strategy

bool co_report_is_scratch(const co_report *report, int strategy) {
  const char *name = report->strategy[strategy];
  const co_json *definition = co_report_named(report, "strategy_definitions", name);
  return co_json_get_bool(definition, "is_scratch", strcmp(name, "scratch") == 0);
}

// position among the strategies that are not the baseline
static int rank_of(const co_report *report, int strategy) {
  int rank = strategy;
  for (int i = 0; i < strategy; i++) rank -= co_report_is_scratch(report, i);
  return rank;
}

int co_report_color(const co_report *report, int strategy) {
  return co_report_is_scratch(report, strategy)
             ? 0
             : 1 + rank_of(report, strategy) % (CO_SVG_COLORS - 1);
}

int co_report_mark(const co_report *report, int strategy) {
  int last = CO_SVG_MARKS - 1;
  return co_report_is_scratch(report, strategy) ? last : rank_of(report, strategy) % last;
}

// ---- entries and numbers

const co_json *co_report_entry(const co_report *report, const char *list, int pair, int strategy) {
  const co_json *array = array_of(report->results, list);
  const co_report_pair *at = &report->pair[pair];
  for (size_t i = 0; array && i < co_json_count(array); i++) {
    const co_json *entry = co_json_at(array, i);
    const char *source = co_json_get_string(entry, "source");
    if (!same(co_json_get_string(entry, "target"), at->target)) continue;
    if (source && at->source && strcmp(source, at->source) != 0)
      continue;  // none: shared by all sources
    if (strategy < 0 || same(co_json_get_string(entry, "strategy"), report->strategy[strategy]))
      return entry;
  }
  return NULL;
}

static int count_of(const co_json *object, const char *key) {
  int64_t value = co_json_get_int(object, key, 0);
  return value > 0 && value < 1000000 ? (int)value : 0;
}

co_estimate co_report_estimate(const co_json *json) {
  if (!co_json_is_object(json)) return (co_estimate){co_report_number(json), NAN, NAN, 0, 0, NULL};
  co_estimate estimate = {.value = co_report_get(json, "value"),
                          .lo = co_report_get(json, "lo"),
                          .hi = co_report_get(json, "hi"),
                          .n = count_of(json, "n"),
                          .censored = count_of(json, "censored"),
                          .note = co_json_get_string(json, "note")};
  if (estimate.note && !*estimate.note) estimate.note = NULL;
  return estimate;
}

co_estimate co_report_metric(const co_report *report, int pair, int strategy, const char *name) {
  const co_json *entry = co_report_entry(report, "strategies", pair, strategy);
  return co_report_estimate(co_json_get(co_json_get(entry, "metrics"), name));
}

co_estimate co_report_pair_metric(const co_report *report, int pair, const char *name) {
  co_estimate found = co_report_estimate(NULL);
  for (int i = 0; i < report->strategies && !isfinite(found.value); i++) {
    co_estimate estimate = co_report_metric(report, pair, i, name);
    if (isfinite(estimate.value) || (estimate.note && !found.note)) found = estimate;
  }
  return found;
}

double co_report_reference(const co_report *report, const char *target, const char *which) {
  const co_json *references = co_json_get(report->results, "references");
  return co_report_estimate(co_json_get(co_json_get(references, target), which)).value;
}

const co_json *co_report_named(const co_report *report, const char *list, const char *name) {
  const co_json *array = array_of(report->results, list);
  for (size_t i = 0; array && i < co_json_count(array); i++) {
    if (same(co_json_get_string(co_json_at(array, i), "name"), name)) return co_json_at(array, i);
  }
  return NULL;
}

bool co_report_skipped(const co_report *report, int pair) {
  const co_json *target = co_report_named(report, "targets", report->pair[pair].target);
  return same(co_json_get_string(target, "state"), "skipped");
}

const char *co_report_skip_reason(const co_report *report, int pair) {
  return co_json_get_string(co_report_named(report, "targets", report->pair[pair].target),
                            "reason");
}

int co_report_seeds(const co_report *report) {
  return count_of(report->results, "seeds");
}

int co_report_count_finite(const co_json *seeds) {
  int count = 0;
  if (!co_json_is_array(seeds)) return 0;
  for (size_t i = 0; i < co_json_count(seeds); i++)
    count += isfinite(co_report_number(co_json_at(seeds, i)));
  return count;
}

int co_report_least(int n, int other) {
  return n == 0 || (other > 0 && other < n) ? other : n;
}

void co_report_put_sample(co_buf *out, int n) {
  if (n <= 0) {
    co_buf_puts(out, "number of seeds not recorded");
  } else if (n == 1) {
    co_buf_puts(out, "n = 1 source seed, no interval");
  } else {
    // below ten seeds a percentile interval covers less than it claims (docs/methods.md rule 15)
    co_buf_printf(out, "n = %d source seeds, 95 %%%s interval", n, n < 10 ? " nominal" : "");
  }
}

// Clauses of a note, "; " between them, without what the page says anyway ("n = 5: nominal
// interval" stands in each caption) and what `out` holds already.
void co_report_put_clauses(co_buf *out, const char *note) {
  while (note && *note) {
    const char *end = strstr(note, "; ");
    size_t size = end ? (size_t)(end - note) : strlen(note);
    co_buf clause = {0};
    co_buf_add(&clause, note, size);
    bool nominal = clause.data && strncmp(clause.data, "n = ", 4) == 0 &&
                   strstr(clause.data, "nominal interval");
    bool doubled = clause.data && out->data && strstr(out->data, clause.data);
    if (size > 0 && !nominal && !doubled)
      co_buf_printf(out, "%s%s", out->size ? "; " : "", clause.data);
    out->failed |= clause.failed;
    co_buf_free(&clause);
    note += size + (end ? 2 : 0);
  }
}

// Where several algorithms train: whose scratch it is compared with, and how it stands to the best
// of them.
static void put_baselines(co_buf *out, const co_report *report, int pair, int strategy) {
  const co_json *entry = co_report_entry(report, "strategies", pair, strategy);
  const co_json *best = co_json_get(entry, "against_best_scratch");
  const char *own = co_json_get_string(entry, "scratch");
  const char *against = co_json_get_string(best, "against");
  if (!best || co_report_is_scratch(report, strategy)) return;
  if (own) co_buf_printf(out, "%scompared with %s", out->size ? "; " : "", own);
  co_estimate shown = {.value = co_report_get(best, "difference"),
                       .lo = co_report_get(best, "lo"),
                       .hi = co_report_get(best, "hi")};
  if (!against || !isfinite(shown.value)) return;
  co_buf_puts(out, out->size ? "; " : "");
  co_put_estimate(out, &shown, true);
  co_buf_printf(out, " against %s, the best of the scratches", against);
}

void co_report_put_note(co_buf *out, const co_report *report, int pair, int strategy) {
  co_estimate negative = co_report_metric(report, pair, strategy, "negative_transfer");
  const co_json *seeds = co_json_get(co_report_entry(report, "final", pair, strategy), "seeds");
  int finite = co_report_count_finite(seeds);
  if (negative.value > 0) co_report_put_clauses(out, "negative transfer");
  if (co_json_is_array(seeds) && (size_t)finite < co_json_count(seeds)) {
    co_buf_printf(out, "%s%d of %zu runs", out->size > 0 ? "; " : "", finite, co_json_count(seeds));
  }
  if (!co_report_is_scratch(report, strategy)) {
    co_report_put_clauses(out,
                          co_report_metric(report, pair, strategy, "difference_to_scratch").note);
  }
  put_baselines(out, report, pair, strategy);
  co_report_put_clauses(out, co_report_metric(report, pair, strategy, "final_iqm").note);
}
