// The observation of a contract as terms, in the words of docs/formats.md: each run of elements of
// one term. For agents/export/ only.

#ifndef AGENTS_EXPORT_PRIVATE_TERMS_H_
#define AGENTS_EXPORT_PRIVATE_TERMS_H_

#include "agents/contract/contract.h"

typedef struct co_term_run {
  const char *word;          // "base_ang_vel"
  int first, width;          // its first element, and how many of one frame
  int past;                  // values of each, the present one too
  bool clips, same_clip;     // some element is clipped; all are alike
  bool one_scale, no_scale;  // the same for all, and that is 1
  bool no_offset;
  const co_obs_element *obs;  // (width) of its first frame
} co_term_run;

// Values of each element, the present one too.
int co_export_past(const co_contract *contract);

// Runs in their order, of the first frame; run (num_obs). How many.
int co_export_runs(const co_contract *contract, co_term_run *run);

// Whether somebody said what stands at `path`.
bool co_export_knows(const co_contract *contract, const char *path);
// The same of a member of all `count` elements of a block, "observation" or "action".
bool co_export_knows_each(const co_contract *contract, int count, const char *block,
                          const char *member);

#endif  // AGENTS_EXPORT_PRIVATE_TERMS_H_
