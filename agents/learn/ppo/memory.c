#include "agents/learn/ppo/private/memory.h"

#include <string.h>

co_status co_ppo_memory_create(co_arena *arena, const co_ppo_spec *spec, int part,
                               co_ppo_task *task) {
  const co_graph *graph = spec->policy->net.part[part].graph;
  size_t states = CO_PPO_ABREAST * (size_t)graph->state_size;
  task->state = co_arena_alloc(arena, states, sizeof *task->state);
  task->dstate = co_arena_alloc(arena, states, sizeof *task->dstate);
  CO_TRY(co_graph_work_create(arena, spec->kernels, graph, spec->task_rows,
                              spec->task_rows < CO_PPO_ABREAST ? spec->task_rows : CO_PPO_ABREAST,
                              true, &task->graph));
  const co_graph_node_work *head = &task->graph.node[graph->num_nodes - 1];
  task->y = head->y;
  task->dy = head->dy;
  return co_arena_status(arena);
}

// the states before the block's sequences
static void gather_states(const co_ppo_learner *learner, int part, const co_ppo_block *block,
                          float *state) {
  const co_batch *batch = &learner->scratch.batch;
  size_t size = (size_t)batch->state_size[part];
  for (int i = 0; i < block->count; i++, state += size) {
    int from = learner->scratch.plan.sequence[block->sequence[i]].state;
    if (from < 0) {
      memset(state, 0, size * sizeof *state);
    } else {
      memcpy(state, batch->state[part] + (size_t)from * size, size * sizeof *state);
    }
  }
}

// What comes behind a block's last steps is of other sequences: no derivative reaches its states.
static void run_block(co_ppo_learner *learner, int part, const co_ppo_minibatch *minibatch,
                      const co_ppo_block *block, float *grad, co_ppo_task *task) {
  co_graph_work *work = &task->graph;
  int state_size = work->graph->state_size;
  co_ppo_pass pass = {
      .minibatch = minibatch, .first = block->first, .rows = block->rows, .grad = grad};
  co_ppo_gather(learner, part, &pass, task);
  gather_states(learner, part, block, task->state);
  co_graph_forward(work, &block->steps, task->x, task->state, state_size);
  co_graph_begin_backward(work, &block->steps);
  co_ppo_add_losses(learner, part, &pass, task);
  memset(task->dstate, 0, (size_t)block->count * (size_t)state_size * sizeof *task->dstate);
  co_graph_backward(work, &block->steps, task->x, task->dstate, state_size, grad);
}

void co_ppo_run_sequences(co_ppo_learner *learner, int part, const co_ppo_minibatch *minibatch,
                          co_ppo_task *task) {
  const co_ppo_spec *spec = &learner->spec;
  co_ppo_scratch *scratch = &learner->scratch;
  size_t size = spec->policy->net.size;
  for (int b = 0; b < minibatch->num_blocks; b++) {
    run_block(learner, part, minibatch, &minibatch->block[b], scratch->grad + (b > 0) * size, task);
    for (int t = spec->tensor0[part]; b > 0 && t < spec->tensor0[part + 1]; t++) {
      if (scratch->tensor_moves[t]) co_adam_add(&learner->state.adam, t, scratch->grad, size, 2);
    }
  }
}
