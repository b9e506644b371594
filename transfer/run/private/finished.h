// Is a trial finished, and is what it left what it has to be?
//
// A trial is done when its record (done.json) is of its present definition and inputs, says what
// that definition asks for, and the files of policy, logs and times are those of the record.

#ifndef TRANSFER_RUN_PRIVATE_FINISHED_H_
#define TRANSFER_RUN_PRIVATE_FINISHED_H_

#include "transfer/run/record.h"
#include "transfer/study/trial.h"

typedef enum co_finish {
  CO_FINISH_NONE,     // nothing, or a kill came before the record
  CO_FINISH_DONE,     // skipped
  CO_FINISH_DAMAGED,  // something was lost or changed since: made anew, to the same bytes
  CO_FINISH_INPUTS,   // whole, but of another policy to start from
  CO_FINISH_OTHER,    // whole, but of another definition
} co_finish;

// `why`, to which a clause is appended unless it is nothing or done: the sentence that names the
// file for damage, "steps 128 -> 64, episodes 2 -> 3" for another definition. CO_MEMORY, and what
// the definition's worlds fail with.
co_status co_trial_look(const co_trial_context *context, const co_trial *trial, co_finish *out,
                        co_buf *why);

// Whether a record says what the trial's definition asks for: every evaluation exactly once and in
// its order, with all its episodes; inputs; a sane table of tensors. CO_DATA with what is wrong as
// the rest of a sentence that begins with the file's name.
co_status co_trial_check_record(const co_trial_context *context, const co_trial *trial,
                                const co_record *record);

#endif  // TRANSFER_RUN_PRIVATE_FINISHED_H_
