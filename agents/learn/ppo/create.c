#include "agents/learn/ppo/private/create.h"

#include "agents/learn/ppo/private/memory.h"

// ---- spec: how work is cut ----

// More threads than networks share out blocks of rows, unless there are so few that they would
// mostly wait for each other. Networks that share a trunk are one.
static bool goes_by_lanes(const co_ppo_spec *spec) {
  enum { FEW_BLOCKS = 2 };
  if (spec->remembers) return true;
  bool few = spec->def.minibatch <= FEW_BLOCKS * CO_BLOCK;
  return !spec->policy->net.def.shared_trunk &&
         (few || co_pool_threads(spec->pool) <= CO_NUM_PARTS);
}

static int num_blocks(const co_ppo_spec *spec) {
  return (int)((spec->def.minibatch + CO_BLOCK - 1) / CO_BLOCK);
}

// A lane takes two blocks at a time: weights and the sum of gradients are read once for both, and
// what lies in between stays in a core's cache beside them.
static void choose_rows(co_ppo_spec *spec) {
  enum { BLOCKS = 2 };
  int blocks = num_blocks(spec);
  spec->task_rows = CO_BLOCK * (blocks < BLOCKS ? blocks : BLOCKS);
  spec->num_tasks = CO_NUM_PARTS;
  spec->num_grads = 1;
}

// Most steps of a sequence.
static int longest(const co_ppo_spec *spec) {
  return (int)(spec->def.sequence < spec->def.horizon ? spec->def.sequence : spec->def.horizon);
}

// Most rows of a minibatch: the last sequence may reach beyond it.
static int64_t most_rows(const co_ppo_spec *spec) {
  return spec->def.minibatch + (spec->remembers ? longest(spec) - 1 : 0);
}

// With memory a lane takes a block of sequences at a time, the gradient of which goes to the second
// slot, but that of the first block.
static void choose_blocks(co_ppo_spec *spec) {
  int64_t block = CO_PPO_ABREAST * (int64_t)longest(spec), all = most_rows(spec);
  spec->task_rows = (int)(block < all ? block : all);
  spec->num_tasks = CO_NUM_PARTS;
  spec->num_grads = 2;
}

// As many blocks as have room for their gradients in a core's cache or so, and work for all
// threads.
static void choose_waves(co_ppo_spec *spec) {
  enum { CACHE = 4 << 20 };
  size_t fit = CACHE / (spec->policy->net.size * sizeof(float));
  int blocks = num_blocks(spec);
  int wave = co_pool_threads(spec->pool) * 2;
  if (fit > (size_t)wave) wave = fit < (size_t)blocks ? (int)fit : blocks;
  spec->wave_size = wave < blocks ? wave : blocks;
  spec->task_rows = CO_BLOCK;
  spec->num_tasks = spec->wave_size * CO_NUM_PARTS;
  spec->num_grads = spec->wave_size + (blocks > spec->wave_size);
}

static int numbers(const co_network *net, int tensor) {
  return net->tensor[tensor].rows * net->tensor[tensor].stride;
}

// Deals tensors out to one task per thread, evenly and in their order: with two threads, a network
// to each, which has the same thread for its blocks.
static co_status create_shares(co_arena *arena, co_ppo_spec *spec) {
  const co_network *net = &spec->policy->net;
  int64_t all = 0, before = 0;
  spec->num_shares = co_pool_threads(spec->pool);
  spec->share = co_arena_alloc(arena, (size_t)net->num_tensors, sizeof *spec->share);
  if (!spec->share) return CO_MEMORY;
  for (int t = 0; t < net->num_tensors; t++) all += numbers(net, t);
  for (int t = 0; t < net->num_tensors; t++) {
    int64_t middle = 2 * before + numbers(net, t);
    spec->share[t] = (int)(middle * spec->num_shares / (2 * all));
    before += numbers(net, t);
  }
  return CO_OK;
}

// ---- spec ----

// the rule of a normaliser's statistics, which stand behind the network's tensors
static co_tensor_rule normalizer_rule(const co_learner_def *def, co_tensor_part part) {
  int tensor = co_tensor_find_role(def->policy->tensor, def->policy->num_tensors, part,
                                   CO_LAYER_NONE, CO_TENSOR_MEAN);
  assert(tensor >= 0);
  return def->rule ? def->rule[tensor] : (co_tensor_rule){.rate = 1};
}

// the actor's tensors come first
static void find_parts(co_ppo_spec *spec) {
  const co_network *net = &spec->policy->net;
  int t = 0;
  while (net->tensor[t].facts.part == CO_PART_ACTOR) t++;
  spec->tensor0[CO_CRITIC] = t;
  spec->tensor0[CO_NUM_PARTS] = net->num_tensors;
}

static int64_t count_updates(const co_learner_def *def) {
  int64_t each = co_ppo.steps_per_update(def->settings);
  return def->total_steps > each ? (def->total_steps + each - 1) / each : 1;
}

static co_status create_spec(co_arena *arena, const co_learner_def *def, co_ppo_spec *spec) {
  *spec = (co_ppo_spec){.def = *(const co_ppo_def *)def->settings,
                        .policy = def->policy,
                        .pool = def->pool,
                        .kernels = co_kernels_get(),
                        .obs_rule = normalizer_rule(def, CO_PART_OBS_NORM),
                        .reward_rule = normalizer_rule(def, CO_PART_REWARD_NORM),
                        .planned_updates = count_updates(def),
                        .dropout = def->stream};
  if (def->redo) spec->redo = *def->redo;
  spec->def.hidden = (co_floats){0};  // borrowed until here; the network knows its own
  spec->def.activation = (co_strings){0};
  spec->dropout.purpose = CO_PURPOSE_DROPOUT;
  find_parts(spec);
  spec->remembers = spec->policy->net.part[CO_ACTOR].graph != NULL;
  assert(!spec->remembers || spec->redo.every == 0);
  assert(!spec->remembers || !spec->policy->acts);  // whose states would be of another kind
  spec->by_lanes = goes_by_lanes(spec);
  if (spec->remembers) {
    choose_blocks(spec);
  } else if (spec->by_lanes) {
    choose_rows(spec);
  } else {
    choose_waves(spec);
  }
  return create_shares(arena, spec);
}

// ---- state ----

static co_status create_state(co_arena *arena, const co_ppo_spec *spec, const co_learner_def *def,
                              co_ppo_state *state) {
  co_stream shuffle = def->stream;
  shuffle.purpose = CO_PURPOSE_SHUFFLE;
  state->raw_values = def->raw_values;
  state->shuffle = co_rng_make(&shuffle, 0);
  co_collector_def collector = {.env = def->env[CO_ENV_TARGET],
                                .policy = spec->policy,
                                .pool = spec->pool,
                                .kernels = spec->kernels,
                                .stream = def->stream,
                                .gamma = spec->def.gamma,
                                .faults = def->faults};
  co_losses_def losses = {.list = def->loss,
                          .source = def->source,
                          .kernels = spec->kernels,
                          .log_std_min = CO_LOG_STD_MIN,
                          .total_steps = def->total_steps,
                          .tasks = spec->num_tasks,
                          .task_rows = CO_BLOCK};
  CO_TRY(co_losses_create(arena, &losses, &state->losses));
  CO_TRY(co_collector_create(arena, &collector, &state->collector));
  return co_adam_create(arena, spec->kernels, &spec->policy->net, def->rule, &def->stream,
                        spec->def.adam_epsilon, &state->adam);
}

// ---- scratch ----

static co_status create_arrays(co_arena *arena, const co_ppo_spec *spec, co_ppo_scratch *scratch) {
  const co_network *net = &spec->policy->net;
  int rows = (int)spec->def.envs, steps = (int)spec->def.horizon;
  size_t size = (size_t)rows * (size_t)steps, tensors = (size_t)net->num_tensors;
  co_batch *batch = &scratch->batch;
  CO_TRY(co_batch_create(arena, rows, steps, net->def.obs_dim, net->def.act_dim, batch));
  if (net->def.num_privileged > 0)
    CO_TRY(co_batch_keep_privileged(arena, net->def.num_privileged, batch));
  if (spec->def.recompute_advantages) CO_TRY(co_batch_keep_final_obs(arena, batch));
  if (spec->remembers) {
    CO_TRY(co_batch_keep_states(arena, net, longest(spec), batch));
    CO_TRY(co_ppo_plan_create(arena, size, (int)spec->def.minibatch, &scratch->plan));
  }
  CO_TRY(co_gaussian_create(arena, net->def.act_dim, &scratch->gaussian));
  scratch->advantage = co_arena_alloc(arena, size, sizeof *scratch->advantage);
  scratch->target = co_arena_alloc(arena, size, sizeof *scratch->target);
  scratch->sample = co_arena_alloc(arena, size, sizeof *scratch->sample);
  scratch->minibatch_advantage =
      co_arena_alloc(arena, (size_t)most_rows(spec), sizeof *scratch->minibatch_advantage);
  scratch->tensor_moves = co_arena_alloc(arena, tensors, sizeof *scratch->tensor_moves);
  scratch->square = co_arena_alloc(arena, tensors, sizeof *scratch->square);
  scratch->grad = co_arena_alloc(arena, (size_t)spec->num_grads * net->size, sizeof(float));
  return co_arena_status(arena);
}

// a view of a network, with room for transposed weights behind all layers but the first; with
// memory they are the task's
static co_status create_part(co_arena *arena, const co_ppo_spec *spec, int part,
                             co_ppo_scratch *scratch) {
  const co_network *net = &spec->policy->net;
  co_mlp *mlp = &scratch->part[part];
  *mlp = co_mlp_view(spec->kernels, net, net->part[part].layer);
  for (int l = 1; l < co_mlp_layers(mlp) && !spec->remembers; l++) {
    size_t size = (size_t)mlp->layer[l].out * (size_t)mlp->layer[l].in_stride;
    float *transposed = co_arena_alloc(arena, size, sizeof *transposed);
    scratch->transposed[part][l] = transposed;
    mlp->layer[l].transposed = transposed;
  }
  return co_arena_status(arena);
}

static co_status create_task(co_arena *arena, const co_ppo_spec *spec, const co_mlp *mlp, int part,
                             co_ppo_task *task) {
  size_t rows = (size_t)spec->task_rows;
  size_t stride = (size_t)co_row_stride(spec->policy->net.part[part].in);
  task->x = co_arena_alloc(arena, rows * stride, sizeof *task->x);
  if (spec->remembers) return co_ppo_memory_create(arena, spec, part, task);
  for (int l = 0; l < co_mlp_layers(mlp); l++) {
    size_t size = rows * (size_t)mlp->layer[l].out_stride;
    task->output[l] = co_arena_alloc(arena, size, sizeof(float));
    task->delta[l] = co_arena_alloc(arena, size, sizeof(float));
  }
  task->y = task->output[mlp->num_layers - 1];
  task->dy = task->delta[mlp->num_layers - 1];
  CO_TRY(co_arena_status(arena));
  task->taped = co_mlp_needs_tape(mlp, spec->def.dropout);
  return task->taped ? co_mlp_tape_create(arena, mlp, spec->task_rows, &task->tape) : CO_OK;
}

static co_status create_scratch(co_arena *arena, const co_ppo_spec *spec, co_ppo_scratch *scratch) {
  CO_TRY(create_arrays(arena, spec, scratch));
  for (int part = 0; part < CO_NUM_PARTS; part++) CO_TRY(create_part(arena, spec, part, scratch));
  scratch->task = co_arena_alloc(arena, (size_t)spec->num_tasks, sizeof *scratch->task);
  if (!scratch->task) return CO_MEMORY;
  for (int i = 0; i < spec->num_tasks; i++)
    CO_TRY(create_task(arena, spec, &scratch->part[i % CO_NUM_PARTS], i % CO_NUM_PARTS,
                       &scratch->task[i]));
  return CO_OK;
}

co_status co_ppo_create_members(co_ppo_learner *learner, const co_learner_def *def) {
  CO_TRY(create_spec(&learner->arena, def, &learner->spec));
  CO_TRY(create_state(&learner->arena, &learner->spec, def, &learner->state));
  CO_TRY(create_scratch(&learner->arena, &learner->spec, &learner->scratch));
  size_t labels = (size_t)learner->state.losses.num_labels;
  learner->scratch.label = co_arena_alloc(
      &learner->arena, co_batch_size(&learner->scratch.batch) * labels, sizeof(float));
  if (!learner->scratch.label) return CO_MEMORY;
  CO_TRY(co_ppo_create_redo(&learner->arena, learner));
  co_ppo_transpose_all(learner);
  return CO_OK;
}
