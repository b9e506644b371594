// Gates of recurrent cells, one row of one step, part of the source of the kernels (body.h).
//
// Gates lie one behind the other without padding, as the outputs of one product; tape and state are
// padded. What is 0 in the padding of a state stays 0.

#ifndef AGENTS_NN_KERNELS_PRIVATE_CELLS_H_
#define AGENTS_NN_KERNELS_PRIVATE_CELLS_H_

#include "agents/nn/kernels/kernels.h"
#include "agents/nn/kernels/private/math.h"

#include <string.h>

// CO_LANES numbers of a gate from `c` on, with zeros behind its width
INLINE vec load_gate(const float *gates, int width, int gate, int c) {
  const float *from = gates + (ptrdiff_t)gate * width + c;
  if (c + CO_LANES <= width) return vec_load(from);
  float tail[CO_LANES] = {0};
  memcpy(tail, from, (size_t)(width - c) * sizeof *tail);
  return vec_load(tail);
}

INLINE void store_gate(float *gates, int width, int gate, int c, vec a) {
  float *to = gates + (ptrdiff_t)gate * width + c;
  if (c + CO_LANES <= width) {
    vec_store(to, a);
    return;
  }
  float tail[CO_LANES];
  vec_store(tail, a);
  memcpy(to, tail, (size_t)(width - c) * sizeof *tail);
}

INLINE vec sum_of_gate(const co_cell_args *args, int gate, int c) {
  return vec_add(load_gate(args->input, args->width, gate, c),
                 load_gate(args->recurrent, args->width, gate, c));
}

// d s'(.) where s = sigmoid(.)
INLINE vec sigmoid_slope(vec s, vec d) {
  return vec_mul(vec_mul(d, s), vec_sub(vec_set(1.0f), s));
}

// c' = f c + i g, h' = o tanh c'
static void kernel_lstm(const co_cell_args *args) {
  int padded = co_padded(args->width);
  float *tape = args->tape, *h = args->state, *cell = args->state + padded;
  for (int c = 0; c < args->width; c += CO_LANES) {
    vec input = sigmoid_vec(sum_of_gate(args, 0, c)), forget = sigmoid_vec(sum_of_gate(args, 1, c));
    vec value = tanh_vec(sum_of_gate(args, 2, c)), output = sigmoid_vec(sum_of_gate(args, 3, c));
    vec after = vec_fma(forget, vec_load(cell + c), vec_mul(input, value));
    vec_store(tape + c, input);
    vec_store(tape + padded + c, forget);
    vec_store(tape + 2 * padded + c, value);
    vec_store(tape + 3 * padded + c, output);
    vec_store(cell + c, after);
    vec_store(h + c, vec_mul(output, tanh_vec(after)));
  }
}

static void kernel_lstm_backward(const co_cell_backward_args *args) {
  int width = args->width, padded = co_padded(width);
  const float *tape = args->tape, *cell = args->before + padded;
  float *dh = args->dstate, *dcell = args->dstate + padded, *dz = args->dinput;
  for (int c = 0; c < width; c += CO_LANES) {
    vec input = vec_load(tape + c), forget = vec_load(tape + padded + c);
    vec value = vec_load(tape + 2 * padded + c), output = vec_load(tape + 3 * padded + c);
    vec before = vec_load(cell + c), d = vec_load(dh + c);
    vec squashed = tanh_vec(vec_fma(forget, before, vec_mul(input, value)));
    vec dc = vec_add(vec_load(dcell + c), tanh_slope(squashed, vec_mul(d, output)));
    store_gate(dz, width, 0, c, sigmoid_slope(input, vec_mul(dc, value)));
    store_gate(dz, width, 1, c, sigmoid_slope(forget, vec_mul(dc, before)));
    store_gate(dz, width, 2, c, tanh_slope(value, vec_mul(dc, input)));
    store_gate(dz, width, 3, c, sigmoid_slope(output, vec_mul(d, squashed)));
    vec_store(dh + c, vec_set(0));
    vec_store(dcell + c, vec_mul(dc, forget));
  }
}

// h' = (1 - u) n + u h, n = tanh(x W_n + r (h U_n))
static void kernel_gru(const co_cell_args *args) {
  int padded = co_padded(args->width);
  float *tape = args->tape, *h = args->state;
  for (int c = 0; c < args->width; c += CO_LANES) {
    vec reset = sigmoid_vec(sum_of_gate(args, 0, c)), update = sigmoid_vec(sum_of_gate(args, 1, c));
    vec product = load_gate(args->recurrent, args->width, 2, c);
    vec fresh = tanh_vec(vec_fma(reset, product, load_gate(args->input, args->width, 2, c)));
    vec_store(tape + c, reset);
    vec_store(tape + padded + c, update);
    vec_store(tape + 2 * padded + c, fresh);
    vec_store(tape + 3 * padded + c, product);
    vec_store(h + c, vec_fma(update, vec_sub(vec_load(h + c), fresh), fresh));
  }
}

static void kernel_gru_backward(const co_cell_backward_args *args) {
  int width = args->width, padded = co_padded(width);
  const float *tape = args->tape;
  float *dh = args->dstate;
  for (int c = 0; c < width; c += CO_LANES) {
    vec reset = vec_load(tape + c), update = vec_load(tape + padded + c);
    vec fresh = vec_load(tape + 2 * padded + c), product = vec_load(tape + 3 * padded + c);
    vec d = vec_load(dh + c), kept = vec_mul(d, update);
    vec dfresh = tanh_slope(fresh, vec_sub(d, kept));
    vec dreset = sigmoid_slope(reset, vec_mul(dfresh, product));
    vec dupdate = sigmoid_slope(update, vec_mul(d, vec_sub(vec_load(args->before + c), fresh)));
    store_gate(args->dinput, width, 0, c, dreset);
    store_gate(args->dinput, width, 1, c, dupdate);
    store_gate(args->dinput, width, 2, c, dfresh);
    store_gate(args->drecurrent, width, 0, c, dreset);
    store_gate(args->drecurrent, width, 1, c, dupdate);
    store_gate(args->drecurrent, width, 2, c, vec_mul(dfresh, reset));
    vec_store(dh + c, kept);
  }
}

#endif  // AGENTS_NN_KERNELS_PRIVATE_CELLS_H_
