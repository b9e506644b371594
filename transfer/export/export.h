// A policy as files for other programs, which are read again before anything is written.
//
// What comes is bytes under the names that they are to have; the caller writes them, all or none.
// Thread-safe.

#ifndef TRANSFER_EXPORT_EXPORT_H_
#define TRANSFER_EXPORT_EXPORT_H_

#include "agents/export/facts.h"
#include "agents/policy/policy.h"

enum { CO_EXPORT_FILES = 2, CO_EXPORT_PATH = 4096 };

typedef struct co_export {
  int count;
  char path[CO_EXPORT_FILES][CO_EXPORT_PATH];
  co_buf bytes[CO_EXPORT_FILES];  // owned
  const char *folder;  // that they lie in, where the caller is to make it; else NULL. Borrowed
  // Largest difference between actions of the policy and of what is read back.
  double max_abs;
  co_left_out left_out;  // what the form cannot say, owned
} co_export;

// `form` is "onnx", "c", "safetensors" or "deploy", `prefix` what names in C begin with. CO_USAGE
// for a form, path or prefix that cannot be; CO_CONFIG for what the form cannot say and a policy
// does not act without.
co_status co_export_make(const co_policy *policy, const char *form, const char *path,
                         const char *prefix, co_export *out);
void co_export_free(co_export *made);

#endif  // TRANSFER_EXPORT_EXPORT_H_
