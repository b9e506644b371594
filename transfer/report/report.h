// The result of a study as people read it: one self-contained HTML page, and a table for the
// terminal.
//
// Input is the object of results.json. Any field may be missing or null; what was not measured is
// said so, and never drawn as a number. All text of the results is escaped. Output depends on the
// input alone (no time, host or path).
//
// Fields read, beyond those every study has: references{TARGET: {random, oracle}} as numbers or
// {value, ...}; forgetting and the other metrics as numbers or {value, lo, hi, n, censored, note};
// trials.failed[] as ids or objects. Charts follow methods for few runs (Agarwal et al. 2021, arXiv
// 2108.13264): every seed is drawn, intervals carry n.
//
// Thread-safe for different buffers.

#ifndef TRANSFER_REPORT_REPORT_H_
#define TRANSFER_REPORT_REPORT_H_

#include "core/buf.h"
#include "core/json.h"

#include <stdbool.h>

// Appends the page. PNG files in `media_dir` (may be NULL or missing) are embedded in the order of
// their names. CO_DATA when the results are no object, CO_MEMORY, or the failure of reading media;
// `out` then holds no whole page.
co_status co_report_html(const co_json *results, const char *media_dir, co_buf *out);

// Appends the verdict and, per target, one row per strategy; at most 100 columns. `color`: with
// ANSI colours.
co_status co_report_text(const co_json *results, bool color, co_buf *out);

// Takes one file of a report: `name` is its own, without a folder. A failure ends the call.
typedef co_status co_report_file_fn(void *context, const char *name, const co_buf *content);

// Every chart of the reports of several studies as a file of its own, NAME.svg for paper, with its
// numbers beside it as NAME.csv: STUDY-carry-over, STUDY-TARGET-final, -difference, -curves (with
// the source in front of the target where there are several), and over all studies and targets
// profile and improvement (below). Names of files have letters, digits, dots, '-' and '_' only.
// CO_DATA when results are no object, CO_MEMORY, or what `put` returns.
co_status co_report_figures(const co_json *const *results, int studies, co_report_file_fn *put,
                            void *context);

// Appends tables for LaTeX (package booktabs), one for each study and target with a row per
// strategy, and to `bib` the BibTeX entries of what the studies used: algorithms, strategies,
// statistics, physics. CO_DATA when results are no object, CO_MEMORY.
co_status co_report_latex(const co_json *const *results, int studies, co_buf *tables, co_buf *bib);

#endif  // TRANSFER_REPORT_REPORT_H_
