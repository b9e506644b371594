// What is to be imported. Types only; transfer/import/import.h does it.

#ifndef TRANSFER_IMPORT_IMPORT_DEF_H_
#define TRANSFER_IMPORT_IMPORT_DEF_H_

#include "agents/import/facts.h"
#include "envs/env.h"
#include "transfer/import/rollout.h"

typedef struct co_import_def {
  const char *const *file;  // (num_files) networks, in the order in which they run, and settings
  int num_files;
  const co_buf *bytes;  // (num_files) what the files hold, under these names; NULL: they are read
  const char *const *facts;  // (num_facts)
  int num_facts;
  const char *preset;        // of tensors; NULL: by their names
  const char *action;        // name of the output that acts; NULL: co_program_compile's choice
  const char *normaliser;    // "none", "fit", a file; NULL: what the files say
  double log_std;            // of the actions that training draws; NAN: that of the files, or -1
  const co_env_info *world;  // of the task, NULL: none
  const char *task;          // as it was given, for messages
  // Names the order of the joints that the facts have, by robots that only the caller knows; NULL:
  // nobody does.
  co_status (*name_order)(void *context, co_facts *facts);
  void *order_context;
  const co_rollout *recording;  // of "fit"
  const char *recording_path;
} co_import_def;

#endif  // TRANSFER_IMPORT_IMPORT_DEF_H_
