#include "agents/learn/collector.h"

#include "agents/policy/random_action.h"
#include "core/clock.h"
#include "core/memory.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { ERROR_TEXT = 512 };

struct co_collector_group {
  int row0, rows;
  co_actor_scratch at;
  float *critic[CO_MAX_LAYERS];             // outputs of its layers, with memory of the last one
  float *critic_input;                      // (rows x critic stride) at.input if it sees the same
  double *draws;                            // (num_privileged) of a row
  co_graph_work critic_graph;               // with memory
  float *critic_state;                      // (critic_state_size) of a row that is only looked at
  float *action;                            // (rows x act_dim) as the env gets it
  float *reward;                            // (rows)
  uint8_t *terminated, *truncated, *fault;  // (rows)
  double physics_s, inference_s;
  co_status status;
  char error[ERROR_TEXT];  // error text belongs to a thread, so it is carried to the caller's here
};

static size_t sample_bytes(const co_batch *batch) {
  size_t floats = (size_t)batch->obs_dim + (size_t)batch->obs_stride + (size_t)batch->act_dim + 4;
  return floats * sizeof(float) + 2;
}

co_status co_batch_create(co_arena *arena, int rows, int steps, int obs_dim, int act_dim,
                          co_batch *out) {
  assert(rows > 0 && steps > 0 && obs_dim > 0 && act_dim > 0);
  size_t size = (size_t)rows * (size_t)steps;
  co_batch batch = {.rows = rows,
                    .steps = steps,
                    .obs_dim = obs_dim,
                    .obs_stride = co_row_stride(obs_dim),
                    .act_dim = act_dim};
  // asked for as a whole: each array is touched when it is taken
  if (!co_memory_exists(size * sample_bytes(&batch)))
    return co_fail(CO_MEMORY, "out of memory for a batch of %d x %d steps", rows, steps);
  batch.raw_obs = co_arena_alloc(arena, size * (size_t)obs_dim, sizeof(float));
  batch.obs = co_arena_alloc(arena, size * (size_t)batch.obs_stride, sizeof(float));
  batch.action = co_arena_alloc(arena, size * (size_t)act_dim, sizeof(float));
  batch.log_prob = co_arena_alloc(arena, size, sizeof(float));
  batch.value = co_arena_alloc(arena, size, sizeof(float));
  batch.reward = co_arena_alloc(arena, size, sizeof(float));
  batch.final_value = co_arena_alloc(arena, size, sizeof(float));
  batch.done = co_arena_alloc(arena, size, 1);
  batch.valid = co_arena_alloc(arena, size, 1);
  batch.last_value = co_arena_alloc(arena, (size_t)rows, sizeof(float));
  CO_TRY(co_arena_status(arena));
  batch.critic_obs = batch.obs;
  batch.critic_stride = batch.obs_stride;
  *out = batch;
  return CO_OK;
}

co_status co_batch_keep_privileged(co_arena *arena, int count, co_batch *batch) {
  assert(count > 0 && !batch->final_obs);
  batch->critic_stride = co_row_stride(batch->obs_dim + count);
  batch->critic_obs =
      co_arena_alloc(arena, co_batch_size(batch) * (size_t)batch->critic_stride, sizeof(float));
  return co_arena_status(arena);
}

co_status co_batch_keep_final_obs(co_arena *arena, co_batch *batch) {
  size_t size = co_batch_size(batch), stride = (size_t)batch->critic_stride;
  batch->cut = co_arena_alloc(arena, size, 1);
  batch->final_obs = co_arena_alloc(arena, size * stride, sizeof(float));
  batch->last_obs = co_arena_alloc(arena, (size_t)batch->rows * stride, sizeof(float));
  return co_arena_status(arena);
}

co_status co_batch_keep_states(co_arena *arena, const co_network *net, int interval,
                               co_batch *batch) {
  assert(interval > 0);
  batch->interval = interval;
  batch->num_states = (batch->steps + interval - 1) / interval;
  for (int part = 0; part <= CO_CRITIC; part++) {
    size_t count = (size_t)batch->rows * (size_t)batch->num_states;
    batch->state_size[part] = net->part[part].graph->state_size;
    batch->state[part] =
        co_arena_alloc(arena, count * (size_t)batch->state_size[part], sizeof(float));
  }
  return co_arena_status(arena);
}

// ---- create ----

static bool alloc_outputs(co_arena *arena, const co_network *net, const co_dense *layer,
                          size_t rows, float **output) {
  for (int l = 0; l < net->num_layers; l++) {
    output[l] = co_arena_alloc(arena, rows * (size_t)layer[l].out_stride, sizeof(float));
    if (!output[l]) return false;
  }
  return true;
}

// where the critic computes
static bool create_critic(co_arena *arena, const co_collector_def *def, co_collector_group *group) {
  const co_network *net = &def->policy->net;
  const co_graph *graph = net->part[CO_CRITIC].graph;
  size_t rows = (size_t)group->rows, privileged = (size_t)net->def.num_privileged;
  group->critic_input = group->at.input;
  if (privileged > 0) {
    size_t stride = (size_t)co_row_stride(net->part[CO_CRITIC].in);
    group->critic_input = co_arena_alloc(arena, rows * stride, sizeof(float));
    group->draws = co_arena_alloc(arena, privileged, sizeof *group->draws);
    if (!group->critic_input || !group->draws) return false;
  }
  if (!graph) return alloc_outputs(arena, net, net->part[CO_CRITIC].layer, rows, group->critic);
  group->critic_state = co_arena_alloc(arena, (size_t)graph->state_size, sizeof(float));
  if (!group->critic_state) return false;
  if (co_graph_work_create(arena, def->kernels, graph, group->rows, group->rows, false,
                           &group->critic_graph) != CO_OK)
    return false;
  group->critic[net->num_layers - 1] = group->critic_graph.node[graph->num_nodes - 1].y;
  return true;
}

static bool create_group(co_arena *arena, const co_collector_def *def, const co_actor *actor,
                         int row0, int rows, co_collector_group *group) {
  const co_network *net = &actor->policy->net;
  size_t n = (size_t)rows;
  *group = (co_collector_group){.row0 = row0, .rows = rows};
  float *scratch = co_arena_alloc(arena, co_actor_scratch_size(actor, rows), sizeof(float));
  if (scratch) group->at = co_actor_scratch_place(actor, rows, scratch);
  group->action = co_arena_alloc(arena, n * (size_t)net->def.act_dim, sizeof(float));
  group->reward = co_arena_alloc(arena, n, sizeof(float));
  group->terminated = co_arena_alloc(arena, n, 1);
  group->truncated = co_arena_alloc(arena, n, 1);
  group->fault = co_arena_alloc(arena, n, 1);
  return scratch && group->action && group->reward && group->terminated && group->truncated &&
         group->fault && create_critic(arena, def, group);
}

static bool create_row(co_arena *arena, const co_collector_def *def, int obs_dim, int index,
                       co_collector_row *row) {
  co_stream noise = def->stream;
  noise.purpose = CO_PURPOSE_ACTION;
  *row = (co_collector_row){.noise = co_rng_make(&noise, (uint32_t)index)};
  double *moments = co_arena_alloc(arena, 2 * (size_t)obs_dim + 2, sizeof *moments);
  if (!moments) return false;
  row->obs_moments = (co_moments){.mean = moments, .m2 = moments + obs_dim};
  row->return_moments =
      (co_moments){.mean = moments + 2 * obs_dim, .m2 = moments + 2 * obs_dim + 1};
  return true;
}

co_status co_collector_create(co_arena *arena, const co_collector_def *def, co_collector *out) {
  assert(def->env && def->policy && def->kernels);
  const co_network *net = &def->policy->net;
  int rows = co_env_rows(def->env), obs_dim = net->def.obs_dim;
  assert(co_env_get_info(def->env)->obs_dim == obs_dim);
  assert(co_env_get_info(def->env)->act_dim == net->def.act_dim);
  co_collector c = {.def = *def, .rows = rows, .episode_return = NAN};
  c.group_rows = co_pool_piece(def->pool, rows);
  c.num_groups = (rows + c.group_rows - 1) / c.group_rows;
  c.obs = co_arena_alloc(arena, (size_t)rows * (size_t)obs_dim, sizeof *c.obs);
  c.row = co_arena_alloc(arena, (size_t)rows, sizeof *c.row);
  c.group = co_arena_alloc(arena, (size_t)c.num_groups, sizeof *c.group);
  c.actor = co_actor_view(def->kernels, def->policy);
  c.state = co_arena_alloc(arena, (size_t)rows, c.actor.state_bytes);
  const co_graph *critic = net->part[CO_CRITIC].graph;
  c.critic_state_size = critic ? critic->state_size : 0;
  c.critic_state =
      co_arena_alloc(arena, (size_t)rows * (size_t)c.critic_state_size, sizeof *c.critic_state);
  bool whole = c.obs && c.row && c.group && c.state && c.critic_state;
  for (int r = 0; whole && r < rows; r++) whole = create_row(arena, def, obs_dim, r, &c.row[r]);
  for (int g = 0; whole && g < c.num_groups; g++) {
    int row0 = g * c.group_rows, left = rows - row0;
    int count = left < c.group_rows ? left : c.group_rows;
    whole = create_group(arena, def, &c.actor, row0, count, &c.group[g]);
  }
  if (!whole) return CO_MEMORY;
  CO_TRY(co_gaussian_create(arena, net->def.act_dim, &c.gaussian));
  CO_TRY(co_fault_guard_create(arena, def->env, &def->stream, def->faults, "", &c.guard));
  *out = c;
  return CO_OK;
}

// ---- groups ----

static co_env_out group_out(const co_collector *c, const co_collector_group *group) {
  return (co_env_out){.obs = c->obs + (ptrdiff_t)group->row0 * c->def.policy->net.def.obs_dim,
                      .reward = group->reward,
                      .terminated = group->terminated,
                      .truncated = group->truncated,
                      .fault = group->fault};
}

static float *critic_state_of(const co_collector *c, int row) {
  return c->critic_state + (ptrdiff_t)row * c->critic_state_size;
}

static co_status reset_row(co_collector *c, int row) {
  co_env_out out = {.obs = c->obs + (ptrdiff_t)row * c->def.policy->net.def.obs_dim};
  co_fault_guard_reset(&c->guard, row);
  co_actor_begin(&c->actor, 1, co_actor_state_at(&c->actor, c->state, row));
  memset(critic_state_of(c, row), 0, (size_t)c->critic_state_size * sizeof(float));
  return co_env_reset(c->def.env, row, 1, &out);
}

// runs `task` over all groups; the first error in group order is the caller's
static co_status run_groups(co_collector *c, co_pool_task *task) {
  co_pool_run(c->def.pool, task, c, c->num_groups);
  for (int g = 0; g < c->num_groups; g++) {
    const co_collector_group *group = &c->group[g];
    if (group->status != CO_OK) return co_fail(group->status, "%s", group->error);
  }
  return CO_OK;
}

static void keep_status(co_collector_group *group, co_status status) {
  group->status = status;
  if (status != CO_OK) snprintf(group->error, sizeof group->error, "%s", co_error_text());
}

static void clear_moments(co_moments *moments, int dim) {
  moments->count = 0;
  memset(moments->mean, 0, (size_t)dim * sizeof(double));
  memset(moments->m2, 0, (size_t)dim * sizeof(double));
}

// ---- start ----

static void random_actions(const co_collector *c, co_collector_group *group, co_rng *rng) {
  const co_env_info *info = co_env_get_info(c->def.env);
  for (int i = 0; i < group->rows; i++) {
    co_random_action(info, &rng[i], group->action + (ptrdiff_t)i * info->act_dim);
  }
}

static co_status warm_up_step(co_collector *c, co_collector_group *group, co_rng *rng) {
  int obs_dim = c->def.policy->net.def.obs_dim;
  co_env_out out = group_out(c, group);
  for (int i = 0; i < group->rows; i++) {
    co_moments_add(&c->row[group->row0 + i].obs_moments, obs_dim, out.obs + (ptrdiff_t)i * obs_dim);
  }
  random_actions(c, group, rng);
  CO_TRY(co_env_step(c->def.env, group->row0, group->rows, group->action, &out));
  for (int i = 0; i < group->rows; i++) {
    if (group->terminated[i] || group->truncated[i] || group->fault[i])
      CO_TRY(reset_row(c, group->row0 + i));
  }
  return CO_OK;
}

static co_status start_group(co_collector *c, co_collector_group *group) {
  co_stream stream = c->def.stream;
  stream.purpose = CO_PURPOSE_WARMUP;
  co_rng rng[CO_POOL_PIECE];
  for (int i = 0; i < group->rows; i++) {
    clear_moments(&c->row[group->row0 + i].obs_moments, c->def.policy->net.def.obs_dim);
    rng[i] = co_rng_make(&stream, (uint32_t)(group->row0 + i));
    CO_TRY(reset_row(c, group->row0 + i));
  }
  for (int t = 0; t < c->warmup_steps; t++) CO_TRY(warm_up_step(c, group, rng));
  for (int i = 0; c->warmup_steps > 0 && i < group->rows; i++)
    CO_TRY(reset_row(c, group->row0 + i));
  return CO_OK;
}

static void start_task(void *context, int index) {
  co_collector *c = context;
  keep_status(&c->group[index], start_group(c, &c->group[index]));
}

co_status co_collector_start(co_collector *c, int64_t steps) {
  assert(steps >= 0);
  c->warmup_steps = (int)((steps + c->rows - 1) / c->rows);
  CO_TRY(run_groups(c, start_task));
  for (int r = 0; r < c->rows; r++)
    co_normalizer_merge(&c->def.policy->obs_norm, &c->row[r].obs_moments);
  return CO_OK;
}

// ---- rollout ----

// the states that networks with memory have before step t, where the batch keeps them
static void keep_states(const co_collector *c, const co_collector_group *group, int t) {
  const co_batch *batch = c->batch;
  if (!batch->interval || t % batch->interval) return;
  for (int row = group->row0; row < group->row0 + group->rows; row++) {
    const float *now[] = {co_actor_state_at(&c->actor, c->state, row), critic_state_of(c, row)};
    size_t at = (size_t)row * (size_t)batch->num_states + (size_t)(t / batch->interval);
    for (int part = 0; part <= CO_CRITIC; part++) {
      size_t size = (size_t)batch->state_size[part];
      memcpy(batch->state[part] + at * size, now[part], size * sizeof(float));
    }
  }
}

// What the critic sees of a row, from the group's input i that the actor sees; the numbers that a
// row has drawn stay until its next episode.
static void see_privileged(const co_collector *c, const co_collector_group *group, int row, int i) {
  const co_network_def *def = &c->def.policy->net.def;
  if (def->num_privileged == 0) return;
  float *to = group->critic_input + (ptrdiff_t)i * c->batch->critic_stride;
  memcpy(to, group->at.input + (ptrdiff_t)i * group->at.input_stride,
         (size_t)def->obs_dim * sizeof *to);
  co_env_scaled_draws(c->def.env, row, group->draws);
  for (int k = 0; k < def->num_privileged; k++) to[def->obs_dim + k] = (float)group->draws[k];
}

// runs the group's actor at its current observations, and keeps these as they are and as the
// networks see them in the batch at step t
static void observe(const co_collector *c, co_collector_group *group, int t) {
  co_batch *batch = c->batch;
  const float *obs = c->obs + (ptrdiff_t)group->row0 * batch->obs_dim;
  co_actor_run(&c->actor, obs, group->rows, co_actor_state_at(&c->actor, c->state, group->row0),
               &group->at);
  for (int i = 0; i < group->rows; i++) {
    size_t sample = (size_t)(group->row0 + i) * (size_t)batch->steps + (size_t)t;
    memcpy(batch->raw_obs + sample * (size_t)batch->obs_dim, obs + (ptrdiff_t)i * batch->obs_dim,
           (size_t)batch->obs_dim * sizeof *obs);
    memcpy(batch->obs + sample * (size_t)batch->obs_stride,
           group->at.input + (ptrdiff_t)i * batch->obs_stride,
           (size_t)batch->obs_stride * sizeof *obs);
    if (batch->critic_obs == batch->obs) continue;
    see_privileged(c, group, group->row0 + i, i);
    memcpy(batch->critic_obs + sample * (size_t)batch->critic_stride,
           group->critic_input + (ptrdiff_t)i * batch->critic_stride,
           (size_t)batch->critic_stride * sizeof *obs);
  }
}

// Draws the network's output of the group's row i into the batch, and what the env gets of it into
// group->action.
static void draw_action(co_collector *c, co_collector_group *group, int i, int t) {
  co_batch *batch = c->batch;
  const co_network *net = &c->def.policy->net;
  int row = group->row0 + i, last = net->num_layers - 1;
  size_t sample = (size_t)row * (size_t)batch->steps + (size_t)t;
  const float *mean =
      group->at.output[last] + (ptrdiff_t)i * net->part[CO_ACTOR].layer[last].out_stride;
  float *action = batch->action + sample * (size_t)batch->act_dim;
  co_gaussian_sample(&c->gaussian, mean, &c->row[row].noise, action);
  batch->log_prob[sample] = co_gaussian_log_prob(&c->gaussian, mean, action);
  batch->value[sample] =
      group->critic[last][(ptrdiff_t)i * net->part[CO_CRITIC].layer[last].out_stride];
  co_actor_finish(&c->actor, 1, action, group->action + (ptrdiff_t)i * batch->act_dim);
}

// the critic's outputs of `rows` inputs; state (rows x critic_state_size) goes a step on
static void criticise(const co_collector *c, co_collector_group *group, int rows, float *state) {
  const float *x = group->critic_input;
  if (c->critic_state_size == 0) {
    co_mlp_forward(&c->critic, x, c->batch->critic_stride, rows, group->critic);
    return;
  }
  co_sequences step = {.steps = 1, .active = &rows};
  co_graph_forward(&group->critic_graph, &step, x, state, c->critic_state_size);
}

// values of the group's rows, whose actor was run just before: a shared trunk is there already
static void value_rows(const co_collector *c, co_collector_group *group) {
  int last = c->critic.num_layers - 1;
  if (c->def.policy->net.def.shared_trunk) {
    const co_dense_view *value = &c->critic.layer[last];
    c->def.kernels->forward(value, group->at.output[last - 1], value->in_stride, group->rows, -1,
                            group->critic[last]);
  } else {
    criticise(c, group, group->rows, critic_state_of(c, group->row0));
  }
}

static void act(co_collector *c, co_collector_group *group, int t) {
  keep_states(c, group, t);
  observe(c, group, t);
  value_rows(c, group);
  for (int i = 0; i < group->rows; i++) draw_action(c, group, i, t);
}

// Value of the current observation of one row, from its state and without another one, through the
// group's scratch; what the critic sees goes to `kept` (critic_stride) unless that is NULL.
static float value_now(const co_collector *c, co_collector_group *group, int row, float *kept) {
  const co_network *net = &c->def.policy->net;
  int obs_dim = net->def.obs_dim;
  co_normalizer_apply(&c->def.policy->obs_norm, c->obs + (ptrdiff_t)row * obs_dim, 1,
                      group->at.input, c->batch->obs_stride);
  see_privileged(c, group, row, 0);
  if (kept) memcpy(kept, group->critic_input, (size_t)c->batch->critic_stride * sizeof *kept);
  if (c->critic_state_size > 0)
    memcpy(group->critic_state, critic_state_of(c, row),
           (size_t)c->critic_state_size * sizeof(float));
  criticise(c, group, 1, group->critic_state);
  return group->critic[net->num_layers - 1][0];
}

// counts an ended episode and takes a faulty one out of the batch
static void end_episode(co_collector *c, co_collector_row *row, size_t first, int t, bool fault) {
  if (fault) {
    co_fault_guard_fault(&c->guard, (int)(row - c->row));
    row->faults++;
    memset(c->batch->valid + first + row->episode_start, 0, (size_t)(t - row->episode_start + 1));
  } else {
    row->finished++;
    row->finished_return += row->episode_return;
  }
  row->episode_return = 0;
  row->episode_start = t + 1;
}

static float value_at_limit(const co_collector *c, co_collector_group *group, int i,
                            size_t sample) {
  const co_batch *batch = c->batch;
  size_t stride = (size_t)batch->critic_stride;
  return value_now(c, group, group->row0 + i,
                   batch->final_obs ? batch->final_obs + sample * stride : NULL);
}

static co_status record_row(co_collector *c, co_collector_group *group, int i, int t) {
  co_batch *batch = c->batch;
  co_collector_row *row = &c->row[group->row0 + i];
  size_t first = (size_t)(group->row0 + i) * (size_t)batch->steps, sample = first + (size_t)t;
  bool fault = group->fault[i];
  bool done = group->terminated[i] || group->truncated[i] || fault;
  bool bootstrap = group->truncated[i] && !group->terminated[i] && !fault;
  batch->reward[sample] = group->reward[i];
  batch->done[sample] = done;
  batch->valid[sample] = 1;
  if (batch->cut) batch->cut[sample] = bootstrap;
  batch->final_value[sample] = bootstrap ? value_at_limit(c, group, i, sample) : 0;
  row->episode_return += (double)group->reward[i];
  if (!done) return CO_OK;
  end_episode(c, row, first, t, fault);
  return reset_row(c, group->row0 + i);
}

static co_status step_group(co_collector *c, co_collector_group *group, int t) {
  double start = co_clock_wall();
  act(c, group, t);
  double acted = co_clock_wall();
  co_env_out out = group_out(c, group);
  for (int i = 0; i < group->rows; i++)
    co_fault_guard_step(&c->guard, group->row0 + i, out.obs + (ptrdiff_t)i * c->batch->obs_dim,
                        group->action + (ptrdiff_t)i * c->batch->act_dim);
  CO_TRY(co_env_step(c->def.env, group->row0, group->rows, group->action, &out));
  for (int i = 0; i < group->rows; i++) CO_TRY(record_row(c, group, i, t));
  group->inference_s += acted - start;
  group->physics_s += co_clock_wall() - acted;
  return CO_OK;
}

// moments of a row's valid observations and of its discounted return over the rollout
static void measure_row(const co_collector *c, int index) {
  const co_batch *batch = c->batch;
  co_collector_row *row = &c->row[index];
  clear_moments(&row->obs_moments, batch->obs_dim);
  clear_moments(&row->return_moments, 1);
  for (int t = 0; t < batch->steps; t++) {
    size_t sample = (size_t)index * (size_t)batch->steps + (size_t)t;
    if (batch->valid[sample]) {
      co_moments_add(&row->obs_moments, batch->obs_dim,
                     batch->raw_obs + sample * (size_t)batch->obs_dim);
      row->discounted_return =
          row->discounted_return * c->def.gamma + (double)batch->reward[sample];
      float discounted = (float)row->discounted_return;
      co_moments_add(&row->return_moments, 1, &discounted);
    }
    if (batch->done[sample]) row->discounted_return = 0;
  }
}

static co_status roll_group(co_collector *c, co_collector_group *group) {
  co_batch *batch = c->batch;
  for (int i = 0; i < group->rows; i++) {
    co_collector_row *row = &c->row[group->row0 + i];
    row->finished = row->faults = row->episode_start = 0;
    row->finished_return = 0;
  }
  for (int t = 0; t < batch->steps; t++) CO_TRY(step_group(c, group, t));
  for (int i = 0; i < group->rows; i++) {
    int row = group->row0 + i;
    float *kept = batch->last_obs ? batch->last_obs + (ptrdiff_t)row * batch->critic_stride : NULL;
    batch->last_value[row] = value_now(c, group, row, kept);
    measure_row(c, row);
  }
  return CO_OK;
}

static void roll_task(void *context, int index) {
  co_collector *c = context;
  co_collector_group *group = &c->group[index];
  group->physics_s = group->inference_s = 0;
  keep_status(group, roll_group(c, group));
}

// adds what rows and groups counted, in order
static void add_totals(co_collector *c) {
  int64_t finished = 0;
  double sum = 0;
  for (int r = 0; r < c->rows; r++) {
    finished += c->row[r].finished;
    sum += c->row[r].finished_return;
    c->faults += c->row[r].faults;
    c->episodes += c->row[r].finished + c->row[r].faults;
  }
  for (int g = 0; g < c->num_groups; g++) {
    c->physics_s += c->group[g].physics_s;
    c->inference_s += c->group[g].inference_s;
  }
  c->env_steps += (int64_t)co_batch_size(c->batch);
  c->episode_return = finished > 0 ? sum / (double)finished : (double)NAN;
}

co_status co_collector_run(co_collector *c, co_batch *batch) {
  assert(batch->steps > 0);
  assert(batch->rows == c->rows);
  c->batch = batch;
  const co_network *net = &c->def.policy->net;
  co_gaussian_set(&c->gaussian, c->def.kernels, net->block + net->log_std);
  c->critic = co_mlp_view(c->def.kernels, net, net->part[CO_CRITIC].layer);
  CO_TRY(run_groups(c, roll_task));
  CO_TRY(co_fault_guard_dump(&c->guard));
  add_totals(c);
  return co_fault_guard_judge(c->faults, c->episodes);
}

void co_collector_merge(co_collector *c, bool obs, bool reward) {
  for (int r = 0; r < c->rows; r++) {
    if (obs) co_normalizer_merge(&c->def.policy->obs_norm, &c->row[r].obs_moments);
    if (reward) co_normalizer_merge(&c->def.policy->reward_norm, &c->row[r].return_moments);
  }
}
