// What the sections of a report share: results.json seen as pairs (source, target) x strategies x
// seeds, and the pieces of the page. Internal to transfer/report*.c and transfer/table_text.c.
//
// Nothing in the results is trusted: any field may be missing, null or of another type; then the
// accessors give NULL or NAN and the section says "not measured".

#ifndef TRANSFER_REPORT_PRIVATE_PARTS_H_
#define TRANSFER_REPORT_PRIVATE_PARTS_H_

#include "core/arena.h"
#include "core/format.h"
#include "core/json.h"
#include "transfer/report/private/svg.h"

// One way from a source to a target; `source` NULL where nothing with a source was measured.
typedef struct co_report_pair {
  const char *source, *target;
} co_report_pair;

typedef struct co_report {
  const co_json *results;  // lent
  co_arena arena;
  const char **strategy;  // (strategies), in the order of the study
  const char **source;    // (sources)
  co_report_pair *pair;   // (pairs), targets in the order of the study, sources within
  int strategies, sources, pairs;
} co_report;

// CO_MEMORY, or CO_DATA when the results are no JSON object. Close in any case.
co_status co_report_open(const co_json *results, co_report *report);
void co_report_close(co_report *report);
const char *co_report_name(const co_report *report);  // of the study
// Several of them, in the arena (NULL when it has no memory). Close in any case.
co_status co_reports_open(const co_json *const *results, int studies, co_arena *arena,
                          co_report **out);
void co_reports_close(co_report *report, int studies);

// Colour and mark of a strategy, the same on the whole page: a neutral ring for scratch, the
// baseline.
int co_report_color(const co_report *report, int strategy);
int co_report_mark(const co_report *report, int strategy);
bool co_report_is_scratch(const co_report *report, int strategy);

// A number that can be drawn: NAN when it is none or larger than any return can be.
double co_report_number(const co_json *json);
double co_report_get(const co_json *object, const char *key);

// Element of results[list] that belongs to pair and strategy (-1: any); NULL when there is none.
const co_json *co_report_entry(const co_report *report, const char *list, int pair, int strategy);

co_estimate co_report_estimate(const co_json *json);  // of a metric object, or of a bare number
co_estimate co_report_metric(const co_report *report, int pair, int strategy, const char *name);
co_estimate co_report_pair_metric(const co_report *report, int pair,
                                  const char *name);  // of whichever strategy has it

// Reference returns of a target; `which` is "random" or "oracle".
double co_report_reference(const co_report *report, const char *target, const char *which);

// Element of results[list] whose "name" is `name`, or NULL.
const co_json *co_report_named(const co_report *report, const char *list, const char *name);

// "skipped" targets, and why (NULL when nothing is recorded).
bool co_report_skipped(const co_report *report, int pair);
const char *co_report_skip_reason(const co_report *report, int pair);

// Smallest number of source seeds behind two of them; 0 stands for "not recorded".
int co_report_least(int n, int other);

// Appends the clauses of a metric's note that say something new; `out` holds nothing but such
// clauses.
void co_report_put_clauses(co_buf *out, const char *note);

// What there is to say about a strategy in a target in a few words: "negative transfer; ...". Plain
// text.
void co_report_put_note(co_buf *out, const co_report *report, int pair, int strategy);

// Suggestion `i` of results.next, NULL: there are no more; its edits as arguments for a shell, and
// one argument.
const co_json *co_report_next(const co_report *report, int i);
void co_report_put_edits(co_buf *out, const co_json *suggestion);  // `out` is empty
void co_report_put_argument(co_buf *out, const char *text);

int co_report_seeds(const co_report *report);      // of the study, 0 when not recorded
int co_report_count_finite(const co_json *seeds);  // numbers in an array
void co_report_put_sample(co_buf *out, int n);     // "n = 5 source seeds, 95 % nominal interval"

// ---- charts

enum { CO_STRIP_REFERENCES_MAX = 4 };

// One row of a strip chart: a label, one mark per seed, the interval below.
typedef struct co_strip_row {
  const char *label;
  const co_json *seeds;  // array of numbers or null, or NULL
  co_estimate estimate;
  int color, mark;
} co_strip_row;

typedef struct co_strip_reference {
  const char *label, *css;
  double value;
} co_strip_reference;

typedef struct co_film_strip {
  const char *title;  // for readers that can't see the chart
  const char *unit;   // label of the axis
  co_strip_row *row;
  int rows;
  co_strip_reference reference[CO_STRIP_REFERENCES_MAX];
  int references;
  bool plus;  // differences: signs are shown
} co_film_strip;

void co_strip_add_reference(co_film_strip *strip, const char *label, const char *css,
                            double value);                     // NAN is left out
double co_strip_put(co_buf *out, const co_film_strip *strip);  // returns its height [px]

// The charts of a pair, of the study; names are lent by the results or lie in the arena; `row` has
// room for (strategies), (pairs). They return the least number of source seeds behind a row, 0
// where it is not recorded.
int co_report_final_strip(const co_report *report, int pair, co_strip_row *row,
                          co_film_strip *strip);
int co_report_paired_strip(const co_report *report, int pair, co_strip_row *row,
                           co_film_strip *strip);
int co_report_carry_over_strip(const co_report *report, co_arena *arena, co_strip_row *row,
                               co_film_strip *strip);
// The curves of all strategies in one chart; its height [px], 0: none was measured.
double co_report_put_curve_chart(co_buf *out, const co_report *report, int pair);

// ---- sections, in the order of the page

void co_report_put_style(co_buf *out);
void co_report_put_chart_style(co_buf *out);  // of a chart in a file of its own, for paper
void co_report_put_next(co_buf *out, const co_report *report);  // in the verdict
void co_report_put_overview(co_buf *out, const co_report *report);
void co_report_put_target(co_buf *out, const co_report *report, int pair);
void co_report_put_curves(co_buf *out, const co_report *report, int pair);
void co_report_put_matrix(co_buf *out, const co_report *report);
void co_report_put_forgetting(co_buf *out, const co_report *report);
void co_report_put_shifts(co_buf *out, const co_report *report);
void co_report_put_tensors(co_buf *out, const co_report *report);
void co_report_put_movement(co_buf *out, const co_report *report);
void co_report_put_step0(co_buf *out, const co_report *report);
co_status co_report_put_media(co_buf *out, const char *media_dir);
void co_report_put_details(co_buf *out, const co_report *report);

// ---- pieces

// A mark and its name, for table heads and legends.
void co_report_put_strategy(co_buf *out, const co_report *report, int strategy);
// "source → target", or the target alone when the study has one source; escaped.
void co_report_put_pair(co_buf *out, const co_report *report, int pair);
// Text of a field that may be a string, a number, or an array or object of such; escaped; "–" for
// nothing.
void co_report_put_value(co_buf *out, const co_json *json);
// Badge with the grade of a shift, nothing for NULL.
void co_report_put_grade(co_buf *out, const co_json *shift);
void co_report_put_share(co_buf *out, const co_estimate *share);  // "45 % [41, 50]"
void co_report_put_number_cell(co_buf *out, double value, bool plus);
void co_report_put_estimate_cell(co_buf *out, const co_estimate *estimate, bool plus);
void co_report_put_section(co_buf *out, const char *id,
                           const char *title);  // heading; closed by the caller
void co_report_open_table(co_buf *out, const char *css,
                          const char *label);  // in a container that scrolls
void co_report_close_table(co_buf *out);

#endif  // TRANSFER_REPORT_PRIVATE_PARTS_H_
