// What can be known of a study before anything of it is trained: worlds that can be built, policy
// files that fit, strategies whose tensors exist and whose copies fit between every source and
// target.

#ifndef TRANSFER_STUDY_CHECK_H_
#define TRANSFER_STUDY_CHECK_H_

#include "transfer/trial.h"

// Builds every world once, loads every policy file, and plans every transfer on policies as
// trainings would make them. Fails with one line per mistake, each with file and line, and the code
// of the first: CO_CONFIG, CO_NO_INPUT or CO_DATA.
co_status co_study_check(const co_trial_context *context);

#endif  // TRANSFER_STUDY_CHECK_H_
