// What can be known of a study before anything of it is trained: worlds that can be built, policy
// files that fit, strategies whose tensors exist and whose copies fit between every source and
// target; and what it will not tell.

#ifndef TRANSFER_STUDY_STUDY_CHECK_H_
#define TRANSFER_STUDY_STUDY_CHECK_H_

#include "transfer/study/trial.h"

// Builds every world once, loads every policy file, and plans every transfer on policies as
// trainings would make them. Fails with one line per mistake, each with file and line, and the code
// of the first: CO_CONFIG, CO_NO_INPUT or CO_DATA.
co_status co_study_check(const co_trial_context *context);

// Appends one line for everything that will run and tell little, whatever the trials give: too few
// seeds for the planned comparisons, an oracle shorter than source and target together, a threshold
// that random actions reach. Of a study that has passed co_study_check.
co_status co_study_advise(const co_trial_context *context, co_buf *out);

// The same, each line as a warning in the log too.
co_status co_study_warn(const co_trial_context *context, co_buf *out);

#endif  // TRANSFER_STUDY_STUDY_CHECK_H_
