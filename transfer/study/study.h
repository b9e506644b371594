// A study file as a value: sources x targets x strategies x seeds, with budgets.
//
// Read once, checked as a whole (all errors at once), constant afterwards. Domains and learning
// settings stay config trees: the first belong to envs/, the second to the algorithm's schema.
// Everything lives in the study's arena.

#ifndef TRANSFER_STUDY_STUDY_H_
#define TRANSFER_STUDY_STUDY_H_

#include "transfer/study/learning.h"
#include "transfer/study/study_def.h"

// Reads FILE, applies edits ("study.seeds=2" or "seeds=2"). CO_NO_INPUT, CO_CONFIG with all errors.
co_status co_study_read(const char *path, const char *const *set, int num_set, co_study **out);
void co_study_free(co_study *study);

// The effective study as the text of a study file; reads back to the same bytes.
co_status co_study_write(const co_study *study, co_buf *out);
uint64_t co_study_hash(const co_study *study);  // of that text; 0 when out of memory

co_world co_source_world(const co_source_def *source);
co_world co_target_world(const co_target_def *target);

#endif  // TRANSFER_STUDY_STUDY_H_
