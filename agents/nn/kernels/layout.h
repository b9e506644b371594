// What a network's parameter block and the kernels agree on: how wide rows are padded, and which
// activations and recurrent cells there are.

#ifndef AGENTS_NN_KERNELS_LAYOUT_H_
#define AGENTS_NN_KERNELS_LAYOUT_H_

enum { CO_LANES = 16 };  // floats that rows are padded to, with zeros

// Elements of a row with its padding.
static inline int co_padded(int count) {
  return (count + CO_LANES - 1) / CO_LANES * CO_LANES;
}

// Floats from a row of weights or activations to the next: padded, and no multiple of 128. At
// strides of 512 bytes and their multiples the rows of a tile of columns fall into a few sets of
// the nearest cache and push each other out.
static inline int co_row_stride(int count) {
  int padded = co_padded(count);
  return padded % 128 == 0 ? padded + CO_LANES : padded;
}

typedef enum co_activation { CO_TANH, CO_RELU, CO_ELU, CO_SWISH } co_activation;
extern const char *const co_activation_names[];  // NULL-terminated

typedef enum co_cell { CO_LSTM, CO_GRU, CO_NUM_CELLS } co_cell;
extern const char *const co_cell_names[];  // NULL-terminated
enum { CO_CELL_TAPE = 4 };                 // vectors of its width that a step of either leaves

static inline int co_cell_gates(co_cell cell) {
  return cell == CO_LSTM ? 4 : 3;
}

// Vectors of its width that a row's state has.
static inline int co_cell_states(co_cell cell) {
  return cell == CO_LSTM ? 2 : 1;
}

#endif  // AGENTS_NN_KERNELS_LAYOUT_H_
