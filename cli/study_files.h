// The files of a study's folder: results.csv, results.json, timing.csv, report.html.

#ifndef CLI_STUDY_FILES_H_
#define CLI_STUDY_FILES_H_

#include "cli/cli.h"
#include "transfer/measure/results.h"

// Collects what is done and writes all four files, after it has removed what a killed call left of
// them; gives results.json as an object, which the caller frees. The caller holds the folder's
// lock.
co_status cli_write_study(const co_study_run *run, co_pool *pool, co_json **out);

// Writes report.html of a folder from its results and media.
co_status cli_write_report(const char *dir, const co_json *results);

#endif  // CLI_STUDY_FILES_H_
