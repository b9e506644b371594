// Kinds of trials, and their ids:
//
//   <kind>.<source>.<target>.<strategy>.s<seed>[.t<stage>][.c<candidate>]
//
// A part that does not apply is '-'. Of a trial of kind `data` the name of its data set stands in
// the strategy's place. An id never changes when a study grows, names its folder, and is the key of
// everything that other programs read of it.

#ifndef TRANSFER_STUDY_TRIAL_ID_H_
#define TRANSFER_STUDY_TRIAL_ID_H_

#include "core/status.h"
#include "core/text.h"

#include <stdbool.h>

// What a trial leaves beside its record and its times.
enum { CO_LEAVES_POLICY = 1, CO_LEAVES_DATA = 2, CO_LEAVES_EVALUATIONS = 4 };

// name in ids, what it leaves; a new kind goes to the end
#define CO_TRIAL_KINDS(X)                                           \
  X(SOURCE, "source", CO_LEAVES_POLICY | CO_LEAVES_EVALUATIONS)     \
  X(ORACLE, "oracle", CO_LEAVES_POLICY | CO_LEAVES_EVALUATIONS)     \
  X(RANDOM, "random", CO_LEAVES_EVALUATIONS)                        \
  X(TRANSFER, "transfer", CO_LEAVES_POLICY | CO_LEAVES_EVALUATIONS) \
  X(DATA, "data", CO_LEAVES_DATA)                                   \
  X(TUNE, "tune", CO_LEAVES_POLICY | CO_LEAVES_EVALUATIONS)         \
  X(STAGE, "stage", CO_LEAVES_POLICY | CO_LEAVES_EVALUATIONS)

typedef enum co_trial_kind {
#define X(kind, name, leaves) CO_TRIAL_##kind,
  CO_TRIAL_KINDS(X)
#undef X
      CO_NUM_TRIAL_KINDS
} co_trial_kind;

typedef struct co_trial_kind_facts {
  const char *name;
  unsigned leaves;  // CO_LEAVES_*
} co_trial_kind_facts;
extern const co_trial_kind_facts co_trial_kind_table[CO_NUM_TRIAL_KINDS];

enum { CO_TRIAL_ID = 192 };  // bytes of an id, with NUL

typedef struct co_trial_parts {
  co_trial_kind kind;
  char source[CO_NAME], target[CO_NAME], strategy[CO_NAME];  // "-": does not apply
  int seed, stage, candidate;                                // stage, candidate -1: none
} co_trial_parts;

// Whether a name may be a part of an id, and of file names: letters, digits, _ and -, not first,
// at most 47.
bool co_trial_part_is_fine(const char *name);

void co_trial_id_print(const co_trial_parts *parts, char out[CO_TRIAL_ID]);
// CO_CONFIG with a sentence that says which part is none.
co_status co_trial_id_parse(const char *id, co_trial_parts *out);

#endif  // TRANSFER_STUDY_TRIAL_ID_H_
