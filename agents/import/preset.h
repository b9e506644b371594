// Named tensors as a graph: which operations the tensors of known programs stand for.
//
// A preset is a list of layouts, each of which says how a program names the layers of an actor,
// what stands behind the last one, and which activation it has where nobody says one. All tensors
// have to be known: what neither the actor, the normaliser nor something that only learning needs
// is called so is an error, since a part of the network may not be left out in silence. A file of
// the user's says the same for programs that are not known (docs/formats.md).
//
// Thread-safe.

#ifndef AGENTS_IMPORT_PRESET_H_
#define AGENTS_IMPORT_PRESET_H_

#include "agents/formats/onnx.h"
#include "agents/import/normaliser.h"

extern const char *const co_preset_names[];  // "sb3", ..., NULL-terminated

typedef struct co_preset_options {
  const char *preset;      // one of the names, or a path that ends in .cfg; NULL: recognised
  const char *activation;  // of the hidden layers, as facts or the user say; NULL: not said
  const char *output;      // "tanh", "none"; NULL: as the preset has it
} co_preset_options;

typedef struct co_preset_result {
  co_onnx graph;  // input "obs", output "action", states "h_in", "h_out", "c_in", "c_out"
  const char *preset;
  char activation[16];              // "" where there is no hidden layer
  co_origin activation_from;        // CO_FROM_USER, CO_FROM_FILE (metadata), CO_FROM_DEFAULT
  char activation_place[128];       // who says so: "sb3's default"
  co_import_normaliser normaliser;  // dim 0: none among the tensors
  int num_log_std;
  double *log_std;  // (num_log_std) spread among the tensors, owned; NULL: none
} co_preset_result;

// CO_DATA names file and tensor; CO_CONFIG what has to be said, and how.
co_status co_preset_graph(const co_safetensors *tensors, const char *file,
                          const co_preset_options *options, co_preset_result *out);
void co_preset_free(co_preset_result *result);

#endif  // AGENTS_IMPORT_PRESET_H_
