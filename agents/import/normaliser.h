// Observation normalisers that lie in files of their own, or among the tensors of a policy.
//
//   CSV          a line of names with `mean` and `var` or `std` among them, then a line per element
//                of the observation; lines "# clip = 10", "# epsilon = 1e-8" say these two
//   safetensors  tensors under the names that programs give them (docs/formats.md), metadata
//                `norm_clip`, `norm_epsilon`, `norm_count`
//
// Each program's own formula is kept: an epsilon that is added to the deviation, and not to the
// variance, is a part of the variance here. Thread-safe.

#ifndef AGENTS_IMPORT_NORMALISER_H_
#define AGENTS_IMPORT_NORMALISER_H_

#include "agents/formats/safetensors.h"
#include "agents/policy/policy.h"

typedef struct co_import_normaliser {
  int dim;             // 0: there is none
  double *mean, *var;  // (dim) owned
  double clip;         // INFINITY: none
  double epsilon;      // added to the variance
  double count;        // observations it has seen; 0: not said
  const char *rule;    // whose formula it is, for people: "VecNormalize", "as written"
  bool is_default;     // clip and epsilon are that program's usual ones, the file does not say them
} co_import_normaliser;

// A file of either kind for observations of `dim` elements. CO_NO_INPUT; CO_DATA names file and
// line or tensor.
co_status co_import_normaliser_read(const char *path, int dim, co_import_normaliser *out);
// The one among these tensors; out->dim 0: there is none. `used` (count of the tensors, or NULL)
// marks those that it consists of.
co_status co_import_normaliser_find(const co_safetensors *tensors, const char *file, bool *used,
                                    co_import_normaliser *out);
void co_import_normaliser_free(co_import_normaliser *normaliser);

// Makes it the policy's, in its contract too.
void co_import_normaliser_apply(const co_import_normaliser *normaliser, co_policy *policy);

#endif  // AGENTS_IMPORT_NORMALISER_H_
