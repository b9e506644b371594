#include "agents/nn/tensor_facts.h"

#include <stdio.h>

void co_tensor_layer_name(const co_tensor_facts *facts, char out[CO_NAME]) {
  static const char *const parts[] = {[CO_PART_ACTOR] = "actor",
                                      [CO_PART_CRITIC] = "critic",
                                      [CO_PART_OBS_NORM] = "obs_norm",
                                      [CO_PART_REWARD_NORM] = "reward_norm",
                                      [CO_PART_EXTRA] = "extra"};
  static const char *const layers[] = {[CO_LAYER_NONE] = "",
                                       [CO_LAYER_TRUNK] = ".trunk",
                                       [CO_LAYER_MEAN] = ".mean",
                                       [CO_LAYER_SPREAD] = ".log_std",
                                       [CO_LAYER_VALUE] = ".value",
                                       [CO_LAYER_MEMORY] = ".trunk",
                                       [CO_LAYER_RESIDUAL] = ".residual"};
  char member[16] = "", depth[32] = "";
  bool several = facts->part == CO_PART_CRITIC || facts->part == CO_PART_EXTRA;
  if (several) snprintf(member, sizeof member, ".%d", facts->member);
  bool chain = facts->layer == CO_LAYER_TRUNK || facts->layer == CO_LAYER_RESIDUAL;
  if (chain) snprintf(depth, sizeof depth, ".%d", facts->depth);
  if (facts->layer == CO_LAYER_MEMORY) snprintf(depth, sizeof depth, ".%d.memory", facts->depth);
  snprintf(out, CO_NAME, "%s%s%s%s", parts[facts->part], member, layers[facts->layer], depth);
}

void co_tensor_name(const co_tensor_facts *facts, char out[CO_NAME]) {
  static const char *const roles[] = {
      [CO_TENSOR_WEIGHT] = ".weight",
      [CO_TENSOR_BIAS] = ".bias",
      [CO_TENSOR_GAIN] = ".norm.weight",
      [CO_TENSOR_OFFSET] = ".norm.bias",
      [CO_TENSOR_RECURRENT] = ".recurrent.weight",
      [CO_TENSOR_RECURRENT_BIAS] = ".recurrent.bias",
      [CO_TENSOR_SPREAD] = ".log_std",
      [CO_TENSOR_TEMPERATURE] = ".log_alpha",
      [CO_TENSOR_MEAN] = ".mean",
      [CO_TENSOR_VARIANCE] = ".var",
      [CO_TENSOR_COUNT] = ".count",
  };
  char layer[CO_NAME];
  co_tensor_layer_name(facts, layer);
  snprintf(out, CO_NAME, "%s%s", layer, roles[facts->role]);
}

bool co_tensor_same_layer(const co_tensor_facts *a, const co_tensor_facts *b) {
  return a->part == b->part && a->member == b->member && a->layer == b->layer &&
         a->depth == b->depth;
}

bool co_tensor_is_weight(const co_tensor_facts *facts) {
  return facts->role == CO_TENSOR_WEIGHT || facts->role == CO_TENSOR_RECURRENT;
}

bool co_tensor_is_statistic(const co_tensor_facts *facts) {
  return facts->role == CO_TENSOR_MEAN || facts->role == CO_TENSOR_VARIANCE ||
         facts->role == CO_TENSOR_COUNT;
}

bool co_tensor_is_learners(const co_tensor_facts *facts) {
  return facts->part == CO_PART_CRITIC || facts->part == CO_PART_REWARD_NORM ||
         facts->role == CO_TENSOR_TEMPERATURE;
}

static bool faces(const co_tensor_facts *facts, co_tensor_axis axis) {
  return facts->rows_are == axis || facts->rows_are == CO_FACES_BOTH || facts->cols_are == axis ||
         facts->cols_are == CO_FACES_BOTH;
}

bool co_tensor_faces_observation(const co_tensor_facts *facts) {
  return faces(facts, CO_FACES_OBSERVATION) || facts->rows_are == CO_FACES_PRIVILEGED;
}

bool co_tensor_faces_action(const co_tensor_facts *facts) {
  return faces(facts, CO_FACES_ACTION);
}
