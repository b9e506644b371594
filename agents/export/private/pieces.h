// Functions of the exported C, embedded from agents/export/code/: those of the kernels
// (agents/nn/kernels/private/math.h, product.h, norm.h, cells.h), one number at a time.

#ifndef AGENTS_EXPORT_PRIVATE_PIECES_H_
#define AGENTS_EXPORT_PRIVATE_PIECES_H_

// in the order in which they need each other
#define CO_EXPORT_PIECES(X) \
  X(multiply_add)           \
  X(wide)                   \
  X(narrow)                 \
  X(tanh)                   \
  X(exp)                    \
  X(sigmoid)                \
  X(act_tanh)               \
  X(act_relu)               \
  X(act_elu)                \
  X(act_swish)              \
  X(norm)                   \
  X(lstm)                   \
  X(gru)
#define X(name) extern const char co_export_##name[];
CO_EXPORT_PIECES(X)
#undef X

#endif  // AGENTS_EXPORT_PRIVATE_PIECES_H_
