// The policies of a study's folder: of one source and one target the source's own, the long run
// from scratch, and each strategy, each seed.

#ifndef TRANSFER_FOLDER_POLICIES_H_
#define TRANSFER_FOLDER_POLICIES_H_

#include "agents/policy/tensor_fates.h"
#include "transfer/study/trial.h"

typedef struct co_folder_policies {
  co_study *study;     // as the folder keeps it, owned
  int source, target;  // indices in the study
  char *task[2];       // of source and target: names, or paths as they are found from here;
                       // NULL: not found; owned
  int count;
  char (*name)[CO_NAME];   // (count) "partial, seed 3", in the order of the trials, owned
  co_policy **policy;      // (count), owned
  co_tensor_fates *fates;  // (count) of each policy's tensors: change against the source of its
                           // seed where it has one, status and training as its trial's record
                           // tells; owned
} co_folder_policies;

// Reads DIR. `source`, `target`: names, NULL the first. Trials that are not done yet have no policy
// and are left out. A study's task files are relative to where it was run from: that is here, or a
// folder above DIR. CO_NO_INPUT when DIR is no study's folder or holds no policy, CO_CONFIG for an
// unknown name, CO_DATA when a policy or a record is damaged; then there is nothing to be freed.
co_status co_folder_policies_read(const char *dir, const char *source, const char *target,
                                  co_folder_policies *out);
void co_folder_policies_free(co_folder_policies *policies);

// Index of the policy with this name, -1: none.
int co_folder_policies_find(const co_folder_policies *policies, const char *name);

#endif  // TRANSFER_FOLDER_POLICIES_H_
