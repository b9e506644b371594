#include "agents/nn/mlp_pass.h"

#include <assert.h>
#include <stddef.h>

static float *floats(co_arena *arena, int rows, int cols) {
  return co_arena_alloc(arena, (size_t)rows * (size_t)cols, sizeof(float));
}

co_status co_mlp_pass_create(co_arena *arena, const co_mlp *mlp, int rows, double dropout,
                             co_mlp_pass *out) {
  assert(rows > 0);
  *out = (co_mlp_pass){.taped = co_mlp_needs_tape(mlp, dropout)};
  int lines = (rows + CO_LANES - 1) / CO_LANES;
  for (int l = 0; l < co_mlp_layers(mlp); l++) {
    out->output[l] = floats(arena, rows, mlp->layer[l].out_stride);
    out->delta[l] = floats(arena, rows, mlp->layer[l].out_stride);
    if (l != mlp->num_layers - 1 && mlp->norm[l].weight)
      out->norm_lines[l] = floats(arena, lines, 2 * mlp->norm[l].stride);
  }
  CO_TRY(co_arena_status(arena));
  return out->taped ? co_mlp_tape_create(arena, mlp, rows, &out->tape) : CO_OK;
}

static float *row_at(float *array, int row, int stride) {
  return array + (ptrdiff_t)row * stride;
}

void co_mlp_pass_view(const co_mlp_pass *pass, const co_mlp *mlp, int first, co_mlp_pass *out) {
  assert(first >= 0);
  out->taped = pass->taped;
  out->tape.dropout = pass->tape.dropout;
  for (int l = 0; l < co_mlp_layers(mlp); l++) {
    int stride = mlp->layer[l].out_stride;
    out->output[l] = row_at(pass->output[l], first, stride);
    out->delta[l] = row_at(pass->delta[l], first, stride);
    if (!pass->taped || l == mlp->num_layers - 1) continue;
    out->tape.slope[l] = row_at(pass->tape.slope[l], first, stride);
    if (!mlp->norm[l].weight) continue;
    assert(first % CO_LANES == 0);
    out->tape.standard[l] = row_at(pass->tape.standard[l], first, stride);
    out->tape.inverse[l] = pass->tape.inverse[l] + first;
    out->norm_lines[l] = row_at(pass->norm_lines[l], first / CO_LANES, 2 * stride);
  }
}

void co_mlp_pass_forward(const co_mlp_pass *pass, const co_mlp *mlp, const float *x, int x_stride,
                         int rows) {
  if (pass->taped) {
    co_mlp_forward_tape(mlp, x, x_stride, rows, pass->output, &pass->tape);
  } else {
    co_mlp_forward(mlp, x, x_stride, rows, pass->output);
  }
}

void co_mlp_pass_deltas(const co_mlp_pass *pass, const co_mlp *mlp, int rows, const bool *moves,
                        bool norms) {
  co_mlp_deltas(mlp, &(co_mlp_backward_args){.rows = rows,
                                             .output = pass->output,
                                             .delta = pass->delta,
                                             .tape = pass->taped ? &pass->tape : NULL,
                                             .moves = moves,
                                             .norm_lines = norms ? pass->norm_lines : NULL});
}
