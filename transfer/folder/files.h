// The files of a study's folder: results.csv, results.json, timing.csv, report.html.

#ifndef TRANSFER_FOLDER_FILES_H_
#define TRANSFER_FOLDER_FILES_H_

#include "transfer/measure/results.h"

// Collects what is done and writes all four files, after it has removed what a killed call left of
// them. `pictures` is what they took in this call, for timing.csv; NULL: nothing is said of it.
// `results` gets the members of results.json behind those that it has. The caller holds the
// folder's lock. Each file is whole or not there; CO_CREATE and CO_IO where one cannot be written.
co_status co_folder_write(const co_study_run *run, const co_cost *pictures, co_pool *pool,
                          co_json *results);

// Writes report.html of a folder from its results and media.
co_status co_folder_write_report(const char *dir, const co_json *results);

#endif  // TRANSFER_FOLDER_FILES_H_
