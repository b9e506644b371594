#include "agents/policy/body.h"

#include "core/memory.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void put(const co_tensor *tensor, int row, int col, double value) {
  size_t at = (size_t)row * (size_t)tensor->stride + (size_t)col;
  if (tensor->dtype == CO_F64)
    ((double *)tensor->data)[at] = value;
  else
    ((float *)tensor->data)[at] = (float)value;
}

bool co_body_maps(const co_tensor_facts *facts) {
  return co_tensor_faces_observation(facts) || co_tensor_faces_action(facts);
}

bool co_body_fits(const co_tensor *from, const co_tensor *to) {
  bool rows = to->facts.rows_are == CO_FACES_HIDDEN || to->facts.rows_are == CO_FACES_NOTHING;
  bool cols = to->facts.cols_are != CO_FACES_ACTION && to->facts.cols_are != CO_FACES_OBSERVATION;
  return (!rows || from->rows == to->rows) && (!cols || from->cols == to->cols);
}

// ---- observations

// Of a source element: what the normaliser divides by.
static double spread(const co_policy *policy, int i) {
  return sqrt(policy->obs_norm.var[i] + policy->obs_norm.epsilon);
}

static bool has_statistics(const co_policy *policy) {
  return policy->obs_norm.count[0] > 0;
}

// The variance that the target's normaliser divides an element by, so that it sees what it saw.
static double variance_of(const co_policy *source, const co_element_line *l) {
  double s = spread(source, l->from), e = source->obs_norm.epsilon;
  if (fabs(l->factor) == 1) return source->obs_norm.var[l->from];
  return fmax(s * s / (l->factor * l->factor) - e, 0);
}

static void map_statistic(const co_body *body, const co_tensor *to) {
  const co_policy *source = body->source;
  bool mean = to->facts.role == CO_TENSOR_MEAN;
  for (int j = 0; j < to->cols; j++) {
    const co_element_line *l = &body->lines->obs[j];
    double value = mean ? 0 : 1;
    if (l->from >= 0 && has_statistics(source))
      value =
          mean ? (source->obs_norm.mean[l->from] - l->offset) / l->factor : variance_of(source, l);
    put(to, 0, j, value);
  }
}

// The weight of an input in units of the source's, and what its offset adds to the layer per
// weight.
static double input_factor(const co_body *body, const co_element_line *l, double *constant) {
  double sign = l->factor < 0 ? -1 : 1, s = spread(body->source, l->from);
  *constant = 0;
  if (body->keeps_norm && has_statistics(body->source)) {
    double own = sqrt(variance_of(body->source, l) + body->source->obs_norm.epsilon);
    double factor = l->factor * own / s;
    return fabs(fabs(factor) - 1) < 1e-12 ? sign : factor;
  }
  if (has_statistics(body->source)) return sign;  // a fresh normaliser brings its own scale
  *constant = l->offset / s;
  return l->factor;
}

static co_tensor *bias_of(co_policy *target, const co_tensor_facts *weight) {
  for (int i = 0; i < target->num_tensors; i++) {
    const co_tensor_facts *facts = &target->tensor[i].facts;
    if (co_tensor_same_layer(facts, weight) && facts->role == CO_TENSOR_BIAS)
      return &target->tensor[i];
  }
  return NULL;
}

static void map_input(const co_body *body, const co_tensor *from, const co_tensor *to, int row,
                      co_tensor *bias) {
  const co_element_line *l = &body->lines->obs[row];
  double constant = 0, factor = l->from < 0 ? 0 : input_factor(body, l, &constant);
  for (int c = 0; c < to->cols; c++) {
    double weight = l->from < 0 ? 0 : co_tensor_get(from, l->from, c);
    put(to, row, c, factor == 0 ? 0 : weight * factor);
    if (bias && constant != 0) put(bias, 0, c, co_tensor_get(bias, 0, c) + weight * constant);
  }
}

// What only the critic sees is the same in both worlds.
static void map_privileged(const co_body *body, const co_tensor *from, const co_tensor *to,
                           int num_obs) {
  int own = body->source->contract.num_obs;
  for (int r = 0; r < to->rows - num_obs; r++)
    for (int c = 0; c < to->cols; c++) put(to, num_obs + r, c, co_tensor_get(from, own + r, c));
}

// A critic sees actions in -1..1 of ranges, which are mapped.
static void map_action_inputs(const co_body *body, const co_tensor *from, const co_tensor *to,
                              int num_obs, int num_action) {
  for (int j = 0; j < num_action; j++) {
    const co_element_line *l = &body->lines->action[j];
    double factor = l->from < 0 ? 0 : l->factor < 0 ? -1 : 1;
    int row = body->source->contract.num_obs + l->from;
    for (int c = 0; c < to->cols; c++)
      put(to, num_obs + j, c, factor == 0 ? 0 : factor * co_tensor_get(from, row, c));
  }
}

// ---- actions

// Outputs in units of a range, which is mapped in place of them.
static bool in_range(const co_contract *contract, int i) {
  const co_action_element *own = &contract->action[i];
  co_output_range range =
      contract->range ? contract->range[i] : (co_output_range){own->low, own->high};
  if (contract->network.head == CO_HEAD_SQUASHED) return true;
  return contract->output == CO_OUTPUT_RANGE && strcmp(own->kind, "ctrl") == 0 &&
         isfinite(range.low) && isfinite(range.high);
}

static void map_outputs(const co_body *body, const co_tensor *from, const co_tensor *to) {
  co_tensor_role role = to->facts.role;
  bool spread_of = role == CO_TENSOR_SPREAD || to->facts.layer == CO_LAYER_SPREAD;
  for (int j = 0; j < to->cols; j++) {
    const co_element_line *l = &body->lines->action[j];
    if (l->from < 0) continue;  // fresh
    bool unit = in_range(&body->source->contract, l->from);
    double factor = !unit ? l->factor : l->factor < 0 ? -1 : 1, offset = unit ? 0 : l->offset;
    for (int r = 0; r < to->rows; r++) {
      double value = co_tensor_get(from, r, l->from);
      if (role == CO_TENSOR_SPREAD) value += log(fabs(factor));
      if (!spread_of) value *= factor;
      if (!spread_of && role == CO_TENSOR_BIAS) value += offset;
      put(to, r, j, value);
    }
  }
}

// ---- the whole

void co_body_map(const co_body *body, co_policy *target, int index) {
  co_tensor *to = &target->tensor[index];
  int at = co_tensor_find(body->source->tensor, body->source->num_tensors, to->name);
  const co_tensor *from = &body->source->tensor[at];
  const co_contract *contract = &target->contract;
  assert(at >= 0 && co_body_fits(from, to));
  if (co_tensor_is_statistic(&to->facts)) {
    map_statistic(body, to);
    return;
  }
  if (to->facts.cols_are == CO_FACES_ACTION) {
    map_outputs(body, from, to);
    return;
  }
  co_tensor *bias = bias_of(target, &to->facts);
  for (int row = 0; row < contract->num_obs; row++) map_input(body, from, to, row, bias);
  if (to->facts.rows_are == CO_FACES_BOTH)
    map_action_inputs(body, from, to, contract->num_obs, contract->num_action);
  if (to->facts.rows_are == CO_FACES_PRIVILEGED) map_privileged(body, from, to, contract->num_obs);
}

co_status co_body_keep_output(const co_body *body, co_policy *target) {
  const co_contract *from = &body->source->contract;
  co_contract *to = &target->contract;
  co_output_range *range = co_alloc((size_t)to->num_action + 1, sizeof *range);
  if (!range) return CO_MEMORY;
  for (int j = 0; j < to->num_action; j++) {
    const co_element_line *l = &body->lines->action[j];
    range[j] = (co_output_range){to->action[j].low, to->action[j].high};
    if (l->from < 0) continue;
    co_output_range own =
        from->range ? from->range[l->from]
                    : (co_output_range){from->action[l->from].low, from->action[l->from].high};
    double x = l->factor * own.low + l->offset, y = l->factor * own.high + l->offset;
    range[j] = (co_output_range){fmin(x, y), fmax(x, y)};
  }
  to->output = to->network.head == CO_HEAD_SQUASHED ? CO_OUTPUT_RANGE : from->output;
  free(to->range);
  if (to->output == CO_OUTPUT_RAW) {
    free(range);
    range = NULL;
  }
  to->range = range;
  to->num_ranges = range ? to->num_action : 0;
  co_output_maps(to, target->output);
  return CO_OK;
}
