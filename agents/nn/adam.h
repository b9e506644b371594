// Adam (Kingma & Ba 2015) over named tensors, each under its own rule (co_tensor_rule).
//
// A tensor with an adapter (agents/nn/adapter.h) is stepped by the same calls, which then concern
// all of its rows at once: its gradient becomes that of the adapter, rate and decay are the
// adapter's, the sum of squares too. A tensor of which a share is held is W = mask W0 + (1 - mask)
// W', the mask 1 where W0 is largest by magnitude, as PackNet chooses what a task keeps (Mallya &
// Lazebnik 2018): only W' has gradients, moments and decay.
//
// A pull adds strength x (w - anchor) to the gradient of each number: the anchor is the value at
// create (L2-SP), or a fresh draw of the tensor (l2init).
//
// A tensor that does not move keeps its bytes: no step, no moment, no decay. A tensor that starts
// to move later has its own step count, so its bias correction starts then. Per-tensor calls on
// different tensors may run at once.

#ifndef AGENTS_NN_ADAM_H_
#define AGENTS_NN_ADAM_H_

#include "agents/nn/adapter.h"
#include "agents/nn/kernels/kernels.h"
#include "agents/nn/network.h"
#include "core/arena.h"

#include <stdbool.h>

// What pulls a tensor.
typedef struct co_pull {
  float strength;       // 0: nothing does
  const float *anchor;  // laid out like the network's block
} co_pull;

typedef struct co_adam {
  const co_kernels *kernels;
  co_network *net;       // stepped in place, borrowed
  co_tensor_rule *rule;  // (num_tensors)
  double epsilon;
  float *m, *v;            // (net->size) moments, laid out like the network's block
  float *start;            // (net->size) values at create, an anchor, W0 of adapters
  float *fresh;            // (net->size) fresh values of what is pulled to them; NULL: nothing is
  co_pull *pull;           // (num_tensors)
  double *power;           // (num_tensors x 2) beta1^t, beta2^t of each tensor
  float *backup;           // (3 net->size) block, m, v
  double *backup_power;    // (num_tensors x 2)
  float *moving;           // (net->size) 0 where a number is held, else 1; NULL: no rule holds any
  co_adapter *adapter;     // (num_tensors) inner 0 where there is none; NULL: nowhere
  size_t adapter_size;     // floats of all adapters: what is trained, and the moments of that
  float *adapter_numbers;  // (adapter_size)
  float *adapter_backup;   // (adapter_size)
} co_adam;

// `rule` (net->num_tensors) is copied, NULL: all at rate 1. Adapters of low rank and fresh
// values are drawn from `stream`, which may be NULL where no rule has one. Memory comes from the
// arena.
co_status co_adam_create(co_arena *arena, const co_kernels *kernels, co_network *net,
                         const co_tensor_rule *rule, const co_stream *stream, double epsilon,
                         co_adam *out);

// Whether a tensor moves in update number `update` (from 0).
bool co_adam_moves(const co_adam *adam, int tensor, int64_t update);

// Adds `blocks` gradient blocks (each laid out like the network's, `stride` floats apart) into the
// first one, in block order, plus the pull; returns the sum of squares.
double co_adam_reduce(const co_adam *adam, int tensor, float *grad, size_t stride, int blocks);

// The same for rows row0 .. row0 + rows - 1 of a tensor and a gradient that is whole already.
double co_adam_pull(const co_adam *adam, int tensor, int row0, int rows, float *grad);

// Only adds blocks, for a sum that goes on: no pull, no squares.
void co_adam_add(const co_adam *adam, int tensor, float *grad, size_t stride, int blocks);

// One step of a tensor at `rate` (times its rule's), its gradient times `scale`.
void co_adam_step(co_adam *adam, int tensor, const float *grad, double scale, double rate);

// A step in pieces, so that threads share a tensor: begin once, then apply to each row once. `grad`
// is laid out like the network's block.
co_adam_args co_adam_begin(co_adam *adam, int tensor, double scale, double rate);
void co_adam_apply(const co_adam *adam, int tensor, const co_adam_args *args, int row0, int rows,
                   const float *grad);

// Multiplies a tensor, its value at create and its adapter's part of it, as if it had been so from
// the start; fresh values are what they were.
void co_adam_rescale(co_adam *adam, int tensor, float factor);

// Rows and columns of a tensor.
typedef struct co_adam_area {
  int row0, rows, col0, cols;
} co_adam_area;

// Whether a tensor moves in the update and does so by numbers of its own, all of them.
bool co_adam_renews(const co_adam *adam, int tensor, int64_t update);
// Numbers of such a tensor begin anew, from `value` (rows x cols of the area; NULL: 0), without
// moments. The tensor's count of steps goes on.
void co_adam_renew(co_adam *adam, int tensor, const co_adam_area *area, const float *value);

// Floating-point operations of a step, per number.
enum { CO_ADAM_FLOP = 14 };
// Those that adapters take in a step of all tensors, beside Adam's.
double co_adam_adapter_flop(const co_adam *adam);

// Remembers parameters and moments; restore puts them back to the last save.
void co_adam_save(co_adam *adam);
void co_adam_restore(co_adam *adam);

#endif  // AGENTS_NN_ADAM_H_
