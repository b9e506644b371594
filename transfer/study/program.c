#include "transfer/study/program.h"

#include "agents/import/chain.h"

#include <stdio.h>
#include <string.h>

// The operation that a reason begins with, or NULL.
static const co_program_op *find_op(const co_program *program, const char *reason) {
  for (int i = 0; i < program->num_ops; i++) {
    size_t length = strlen(program->op[i].node);
    if (strncmp(reason, program->op[i].node, length) == 0 && reason[length] == ':')
      return &program->op[i];
  }
  return NULL;
}

co_status co_program_untrainable(const co_policy *policy, char out[CO_UNTRAINABLE]) {
  const co_program *program = &policy->program->program;
  co_chain chain;
  CO_TRY(co_chain_match(program, &chain));
  const co_program_op *op = find_op(program, chain.reason);
  if (chain.matches)
    snprintf(out, CO_UNTRAINABLE, "its operations are kept as they are, though they are a network");
  else if (op)
    snprintf(out, CO_UNTRAINABLE, "%s (%s)%s", op->node, op->name, chain.reason + strlen(op->node));
  else
    snprintf(out, CO_UNTRAINABLE, "%s", chain.reason);
  co_chain_free(&chain);
  return CO_OK;
}

bool co_strategy_takes_program(const co_strategy *strategy, const co_policy *source) {
  return source && source->program && !co_strategy_copies_nothing(strategy);
}

// What the strategy does that nothing can do with a program; NULL: nothing.
static const char *what_is_wrong(const co_strategy *strategy) {
  if (co_strategy_trains(strategy)) return "trains";
  if (strategy->match) return "maps to another body";
  if (strategy->residual) return "adds a residual network to";
  return co_strategy_copies_all(strategy) ? NULL : "takes a part of";
}

co_status co_strategy_check_program(const co_strategy *strategy, const co_policy *source) {
  char why[CO_UNTRAINABLE];
  if (!co_strategy_takes_program(strategy, source)) return CO_OK;
  const char *wrong = what_is_wrong(strategy);
  if (!wrong) return CO_OK;
  CO_TRY(co_program_untrainable(source, why));
  return co_fail(CO_CONFIG,
                 "strategy \"%s\" %s a policy that acts by a program, which has no backward pass: "
                 "%s; zero_shot takes it as it is, and a network of this program learns from its "
                 "episodes (carryover data record, then train --algorithm bc --data)",
                 strategy->name, wrong, why);
}

co_status co_program_policy(const co_policy *source, const co_env_info *world, co_policy **out) {
  const co_contract *from = &source->contract;
  const co_stream stream = {from->seed, from->seed_number, CO_PURPOSE_INIT};
  co_network_def def = source->net.def;
  *out = NULL;
  if (world->obs_dim != def.obs_dim || world->act_dim != def.act_dim)
    return co_fail(
        CO_CONFIG,
        "a program of %d observations and %d actions does not go to a world of %d and %d",
        def.obs_dim, def.act_dim, world->obs_dim, world->act_dim);
  CO_TRY(co_policy_create_blank(&def, world, from->algorithm, &stream, out));
  co_policy_take_program(*out, source->program);
  return CO_OK;
}
