#include "agents/export/private/parts.h"

#include <math.h>
#include <string.h>

static bool is_identity(const co_normalizer *norm) {
  bool same = isinf(norm->clip);
  for (int i = 0; same && i < norm->dim; i++)
    same = norm->mean[i] == 0 && norm->var[i] + norm->epsilon == 1;
  return same;
}

co_parts co_parts_of(const co_policy *policy) {
  const co_network *net = &policy->net;
  const co_part *actor = &net->part[CO_ACTOR];
  return (co_parts){.policy = policy,
                    .net = net,
                    .normalises = !is_identity(&policy->obs_norm),
                    .memory = actor->graph ? &actor->graph->node[CO_NODE_MEMORY].cell : NULL,
                    .layer = actor->layer,
                    .num_layers = net->num_layers,
                    .num_residual = net->num_residual,
                    .squashed = co_output_is_squashed(&policy->contract)};
}

bool co_parts_says_range(const co_policy *policy) {
  const co_contract *contract = &policy->contract;
  bool says = co_output_of(contract) == CO_OUTPUT_RANGE && !contract->range;
  bool squashed = contract->network.head == CO_HEAD_SQUASHED;  // whose range is that of any kind
  for (int i = 1; says && !squashed && i < contract->num_action; i++)
    says = strcmp(contract->action[i].kind, contract->action[0].kind) == 0;
  return says;
}

double co_parts_factor(const co_parts *parts, int element) {
  const co_normalizer *norm = &parts->policy->obs_norm;
  return 1 / sqrt(norm->var[element] + norm->epsilon);
}

int co_parts_activation(const co_parts *parts, int layer) {
  int hidden = parts->num_layers - 1, last = parts->num_layers + parts->num_residual - 1;
  if (layer < hidden) return (int)co_network_activation(&parts->net->def, layer);
  if (layer == hidden) return -1;
  return layer == last ? CO_TANH : (int)parts->net->def.residual.activation;
}
