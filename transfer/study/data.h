// Data sets of a study: episodes that are recorded as trials of their own, kind `data`, so that who
// asks for data reruns no source.
//
// A set is played by the policy of a source, one set for each of its seeds, or by random actions,
// in the source's own world or in a target's. It exists for every source that it depends on, or for
// the one that it names, and in every target, where it is of targets.
//
// A set may also be what a source's training has kept: then it is a file of the source's trial, and
// none of its own.

#ifndef TRANSFER_STUDY_DATA_H_
#define TRANSFER_STUDY_DATA_H_

#include "core/config/schema.h"
#include "transfer/study/study_def.h"

extern const co_schema co_data_schema;  // of a co_data_def

bool co_data_is_kept(const co_data_def *data);
// Whether the policy of a source acts, and whether a set depends on a source: on its policy or on
// its world.
bool co_data_needs_policy(const co_data_def *data);
bool co_data_has_source(const co_data_def *data);
// Whether there is one of this source; `source` -1: one that depends on none.
bool co_data_is_of(const co_study *study, const co_data_def *data, int source);

const char *co_data_actions_name(const co_data_def *data);  // as the study says it

// Whether a strategy's trials are of each source: it copies from the source's policy, learns from
// data that are each source's own, or takes steps in its world.
bool co_study_has_source(const co_study *study, int strategy);

int co_study_find_data(const co_study *study, const char *name);    // -1 when missing
int co_study_find_source(const co_study *study, const char *name);  // -1 when missing

// The members of a data trial's definition: who acts, and how many episodes.
void co_data_write(const co_data_def *data, co_buf *out);

#endif  // TRANSFER_STUDY_DATA_H_
