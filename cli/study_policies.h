// The policies of a study's folder, to be flipped through while one plays: of one source and one
// target, the source's own, the long run from scratch, and each strategy, each seed.

#ifndef CLI_STUDY_POLICIES_H_
#define CLI_STUDY_POLICIES_H_

#include "transfer/study/trial.h"
#include "viz/play/session.h"
#include "viz/show/tensor_fates.h"

typedef struct cli_study_policies {
  co_study *study;         // as the folder keeps it, owned
  int source, target;      // indices in the study
  char *task[2];           // of source and target: names, or paths as they are found from here;
                           // NULL: not found; owned
  co_choice *choice;       // (count) "partial, seed 3", in the order of the trials, owned
  co_tensor_fates *fates;  // (count) of each policy's tensors: change against the source of its
                           // seed where it has one, status and training as its trial's record tells
  int count;
} cli_study_policies;

// Reads DIR. `source`, `target`: names, NULL the first. Trials that are not done yet have no policy
// and are left out. A study's task files are relative to where it was run from: that is here, or a
// folder above DIR. CO_NO_INPUT when DIR is no study's folder or holds no policy, CO_CONFIG for an
// unknown name, CO_DATA when a policy or a record is damaged.
co_status cli_study_policies_read(const char *dir, const char *source, const char *target,
                                  cli_study_policies *out);
void cli_study_policies_free(cli_study_policies *policies);

// Index of the choice with this name, -1: none.
int cli_study_policies_find(const cli_study_policies *policies, const char *name);

#endif  // CLI_STUDY_POLICIES_H_
