// How a program names the layers of its actors.

#ifndef AGENTS_IMPORT_PRIVATE_PRESET_LAYOUT_H_
#define AGENTS_IMPORT_PRIVATE_PRESET_LAYOUT_H_

#include "core/arena.h"
#include "core/status.h"

#include <stdbool.h>

enum { CO_PRESET_LAYERS = 160 };  // most layers of a layout, norms among them

// Names of layers are in the order of evaluation; one that ends in '.' stands for all numbers
// behind it. A layer NAME has tensors NAME.weight (out x in), or NAME.kernel (in x out), and
// NAME.bias; one whose weight is a vector is a layer norm.
typedef struct preset_layout {
  const char *preset;
  const char *sign;            // a tensor by which it is known
  const char *const *layers;   // NULL-terminated
  const char *memory;          // "memory_a.rnn.": weight_ih_l0, ... behind it; NULL: none
  const char *log_std, *std;   // tensors of a spread, the same in all states; NULL: none
  const char *output;          // "tanh", "none"; "layers": tanh behind more than one layer
  const char *activation;      // where nobody says one; NULL: that has to be said
  const char *scale, *offset;  // tensors of what stands behind all that; NULL: none
} preset_layout;

extern const preset_layout co_preset_layouts[];
extern const int co_preset_num_layouts;

// A layout as a file of the user's has it, in `memory`. CO_CONFIG with file and line.
co_status co_preset_read_layout(const char *path, co_arena *memory, preset_layout *out);
// A tensor that no actor needs: of critics, values, targets, spreads of the state.
bool co_preset_is_learners(const char *name);

#endif  // AGENTS_IMPORT_PRIVATE_PRESET_LAYOUT_H_
