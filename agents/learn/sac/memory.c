// Memory of a SAC learner: its state as a training begins, and its scratch. The arena remembers a
// failed allocation, and is asked where what follows needs the memory.

#include "agents/learn/sac/private/learner.h"

#include <assert.h>
#include <string.h>

// inputs of a slice: the actor's few are to be shared out evenly
enum { ACTOR_SLICE = 32, CRITIC_SLICE = 64 };
enum { MAX_SLICES = (CO_MAX_OBS + CO_MAX_WIDTH) / ACTOR_SLICE + 1 };  // of a layer

static float *floats(co_sac_learner *learner, size_t rows, int cols) {
  return co_arena_alloc(&learner->arena, rows * (size_t)cols, sizeof(float));
}

// Rows of what an update and acting between two updates share.
static size_t most_rows(const co_sac_spec *spec) {
  return (size_t)(spec->batch > spec->rows ? spec->batch : spec->rows);
}

// ---- rows and minibatch ----

static void make_play(co_sac_learner *learner) {
  const co_network_def *def = &learner->spec.policy->net.def;
  co_sac_play_scratch *play = &learner->scratch.play;
  co_arena *arena = &learner->arena;
  size_t rows = (size_t)learner->spec.rows;
  play->next_obs = floats(learner, rows, def->obs_dim);
  play->action = floats(learner, rows, def->act_dim);
  play->command = floats(learner, rows, def->act_dim);
  play->reward = floats(learner, rows, 1);
  play->terminated = co_arena_alloc(arena, rows, 1);
  play->truncated = co_arena_alloc(arena, rows, 1);
  play->fault = co_arena_alloc(arena, rows, 1);
  play->moments.mean = co_arena_alloc(arena, (size_t)def->obs_dim, sizeof(double));
  play->moments.m2 = co_arena_alloc(arena, (size_t)def->obs_dim, sizeof(double));
}

static co_squashed_sample make_sample(co_sac_learner *learner) {
  size_t rows = most_rows(&learner->spec);
  int dim = learner->spec.squashed.dim;
  return (co_squashed_sample){.noise = floats(learner, rows, dim),
                              .action = floats(learner, rows, dim),
                              .std = floats(learner, rows, dim),
                              .scratch = floats(learner, 3 * rows, dim),
                              .log_prob = floats(learner, rows, 1)};
}

// What is not the source's share is shared out as without it: of that of given data a set has as
// much as it has of their transitions.
static co_status make_sources(co_sac_learner *learner) {
  const co_sac_spec *spec = &learner->spec;
  co_sac_minibatch *m = &learner->scratch.minibatch;
  double all = spec->data ? (double)co_data_sets_transitions(spec->data) : 0;
  double target = spec->env[CO_ENV_SOURCE] ? 1 - spec->source.share : 1;
  double data = spec->data ? target * spec->def.data_share : 0;
  m->num_sources = CO_NUM_ENV_ROLES + (spec->data ? spec->data->count : 0);
  m->source = co_arena_alloc(&learner->arena, (size_t)m->num_sources, sizeof *m->source);
  if (!m->source) return CO_MEMORY;
  m->source[CO_ENV_TARGET].share = target - data;
  m->source[CO_ENV_SOURCE].share = spec->env[CO_ENV_SOURCE] ? spec->source.share : 0;
  for (int i = CO_NUM_ENV_ROLES; i < m->num_sources; i++) {
    int64_t count = spec->data->set[i - CO_NUM_ENV_ROLES].transitions;
    m->source[i] = (co_minibatch_source){count, data * (double)count / all};
  }
  return CO_OK;
}

static void make_minibatch(co_sac_learner *learner) {
  const co_sac_spec *spec = &learner->spec;
  co_sac_minibatch *m = &learner->scratch.minibatch;
  int obs_dim = spec->policy->net.def.obs_dim, act_dim = spec->squashed.dim;
  size_t rows = most_rows(spec);
  m->row = co_arena_alloc(&learner->arena, rows, sizeof *m->row);
  m->from = co_arena_alloc(&learner->arena, rows, sizeof *m->from);
  m->raw = floats(learner, rows, obs_dim);
  m->obs = floats(learner, rows, spec->obs_stride);
  m->next_obs = floats(learner, rows, spec->obs_stride);
  m->pair = floats(learner, rows, spec->pair_stride);
  m->next_pair = floats(learner, rows, spec->pair_stride);
  m->acted_pair = floats(learner, rows, spec->pair_stride);
  m->discount = floats(learner, rows, 1);
  m->daction = floats(learner, rows, act_dim);
  for (int k = 0; k < learner->spec.num_critics; k++) {
    m->next_value[k] = floats(learner, rows, 1);
    m->value[k] = floats(learner, rows, 1);
    m->acted_value[k] = floats(learner, rows, 1);
    m->picked[k] = floats(learner, rows, spec->action_stride);
    m->dvalue[k] = floats(learner, rows, act_dim);
  }
  m->label = floats(learner, rows, learner->state.losses.num_labels);
  m->term_value = floats(learner, rows, learner->state.losses.count);
  m->sample = make_sample(learner);
  m->next = make_sample(learner);
}

// ---- networks ----

static void make_transposed(co_sac_learner *learner, co_sac_net *net) {
  for (int l = 1; l < co_mlp_layers(net->mlp); l++) {
    co_dense_view *layer = &net->mlp->layer[l];
    net->transposed[l] = floats(learner, (size_t)layer->out, layer->in_stride);
    layer->transposed = net->transposed[l];
  }
}

// An adapter needs all rows of its weight. Critics are cut alike, since all have as many slices.
static bool stays_whole(const co_sac_learner *learner, int part, int layer) {
  const co_network *net = &learner->spec.policy->net;
  int first = part == CO_ACTOR ? CO_ACTOR : CO_CRITIC;
  int end = part == CO_ACTOR ? CO_CRITIC : CO_CRITIC + learner->spec.num_critics;
  bool adapts = false;
  for (int p = first; p < end; p++) {
    int weight = net->part[p].layer[layer].tensor;
    adapts = adapts || co_tensor_rule_adapts(&learner->state.adam.rule[weight]);
  }
  return adapts;
}

static void cut_layer(const co_sac_learner *learner, int part, int layer, co_sac_net *net) {
  const co_dense *dense = &net->mlp->dense[layer];
  int size = part == CO_ACTOR ? ACTOR_SLICE : CRITIC_SLICE;
  bool head = part == CO_ACTOR && layer == net->mlp->num_layers - 1;  // is taken apart as a whole
  if (head || stays_whole(learner, part, layer)) size = dense->in;
  for (int in0 = 0; in0 < dense->in; in0 += size) {
    int left = dense->in - in0;
    net->slice[net->num_slices++] =
        (co_sac_slice){.part = part,
                       .layer = layer,
                       .in0 = in0,
                       .count = left < size ? left : size,
                       .bias_grad = in0 == 0 ? learner->scratch.nets.grad + dense->bias : NULL};
  }
}

static co_status make_net(co_sac_learner *learner, int part, co_mlp *mlp, co_sac_net *net) {
  double dropout = part == CO_ACTOR ? 0 : learner->spec.def.dropout;
  co_arena *arena = &learner->arena;
  size_t slices = (size_t)co_mlp_layers(mlp) * MAX_SLICES;
  net->mlp = mlp;
  CO_TRY(co_mlp_pass_create(arena, mlp, (int)most_rows(&learner->spec), dropout, &net->pass));
  make_transposed(learner, net);
  net->slice = co_arena_alloc(arena, slices, sizeof *net->slice);
  CO_TRY(co_arena_status(arena));
  for (int l = 0; l < co_mlp_layers(mlp); l++) cut_layer(learner, part, l, net);
  return CO_OK;
}

// the actor's last layer is the joint one
static void view_actor(co_sac_learner *learner) {
  const co_sac_spec *spec = &learner->spec;
  const co_network *net = &spec->policy->net;
  co_sac_nets *nets = &learner->scratch.nets;
  int last = net->num_layers - 1, out = 2 * net->def.act_dim;
  memcpy(nets->actor_dense, net->part[CO_ACTOR].layer, sizeof nets->actor_dense);
  co_dense *dense = &nets->actor_dense[last];
  size_t weight = (size_t)dense->in * (size_t)co_row_stride(out);
  dense->out = out;
  dense->out_stride = co_row_stride(out);
  dense->weight = net->size;
  dense->bias = net->size + weight;
  nets->actor_mlp = co_mlp_view(spec->kernels, net, nets->actor_dense);
  co_dense_view *view = &nets->actor_mlp.layer[last];
  view->weight = nets->head;
  view->bias = nets->head + weight;
  learner->scratch.play.actor = co_actor_view(spec->kernels, spec->policy);
  learner->scratch.play.actor.mlp = nets->actor_mlp;
}

// what of a critic is kept in other layouts beside the weights of its hidden layers
static void make_copies(co_sac_learner *learner, int k) {
  co_sac_nets *nets = &learner->scratch.nets;
  int act_dim = learner->spec.squashed.dim;
  co_dense_view *target = &learner->state.target.mlp[k].layer[nets->critics.num_layers - 1];
  nets->target_transposed[k] = floats(learner, (size_t)target->out, target->in_stride);
  target->transposed = nets->target_transposed[k];
  co_dense_view *input = &nets->action_input[k];
  *input = nets->critics.mlp[k].layer[0];
  input->in = act_dim;
  input->in_stride = co_row_stride(act_dim);
  nets->action_transposed[k] = floats(learner, (size_t)input->out, input->in_stride);
  input->transposed = nets->action_transposed[k];
}

static co_status make_networks(co_sac_learner *learner) {
  const co_network *net = &learner->spec.policy->net;
  co_sac_nets *nets = &learner->scratch.nets;
  size_t in = (size_t)net->part[CO_ACTOR].layer[net->num_layers - 1].in;
  size_t head = (in + 1) * (size_t)co_row_stride(2 * net->def.act_dim);
  nets->head = floats(learner, head, 1);
  nets->grad = floats(learner, net->size + head, 1);
  nets->critic =
      co_arena_alloc(&learner->arena, (size_t)learner->spec.num_critics, sizeof *nets->critic);
  nets->step = co_arena_alloc(&learner->arena, (size_t)net->num_tensors, sizeof *nets->step);
  CO_TRY(co_arena_status(&learner->arena));
  view_actor(learner);
  CO_TRY(make_net(learner, CO_ACTOR, &nets->actor_mlp, &nets->actor));
  for (int k = 0; k < learner->spec.num_critics; k++) {
    CO_TRY(make_net(learner, CO_CRITIC + k, &nets->critics.mlp[k], &nets->critic[k]));
    assert(nets->critic[k].num_slices == nets->critic[0].num_slices);
    make_copies(learner, k);
  }
  return CO_OK;
}

static co_status make_scratch(co_sac_learner *learner) {
  co_sac_scratch *scratch = &learner->scratch;
  make_play(learner);
  CO_TRY(make_sources(learner));
  make_minibatch(learner);
  scratch->side = co_arena_alloc(&learner->arena, CO_SAC_SIDES, sizeof *scratch->side);
  CO_TRY(make_networks(learner));
  return co_arena_status(&learner->arena);
}

// ---- state ----

// What sets the roles apart in files: segments of replays, and fault dumps.
static const char *const replay_names[] = {"replay", "source_replay"};
static const char *const fault_prefixes[] = {"", "source."};

static co_status keep_data(co_sac_learner *learner, co_sac_player *player) {
  size_t rows = (size_t)learner->spec.rows;
  player->begins = co_arena_alloc(&learner->arena, rows, sizeof *player->begins);
  if (!player->begins) return CO_MEMORY;
  memset(player->begins, true, rows);
  return co_replay_buffer_keep_marks(player->replay);
}

// rounded up to whole updates, like the training
static int64_t most_steps(const co_sac_spec *spec, co_env_role role, int64_t total_steps) {
  int64_t per_step = role == CO_ENV_SOURCE ? spec->source.steps_per_step : 1;
  return per_step * (total_steps + spec->def.envs * spec->def.horizon);
}

static co_status make_replay(co_sac_learner *learner, const co_learner_def *def, co_env_role role) {
  const co_network_def *net = &def->policy->net.def;
  co_sac_player *player = &learner->state.player[role];
  int64_t capacity = learner->spec.def.replay;
  int64_t most = most_steps(&learner->spec, role, def->total_steps);
  if (def->total_steps > 0 && capacity > most) capacity = most;
  player->replay = co_arena_alloc(&learner->arena, 1, sizeof *player->replay);
  if (!player->replay) return CO_MEMORY;
  CO_TRY(co_replay_buffer_create(net->obs_dim, net->act_dim, capacity, def->folder,
                                 replay_names[role], player->replay));
  return def->keeps_data && role == CO_ENV_TARGET ? keep_data(learner, player) : CO_OK;
}

static co_status make_player(co_sac_learner *learner, const co_learner_def *def, co_env_role role) {
  const co_sac_spec *spec = &learner->spec;
  co_sac_player *player = &learner->state.player[role];
  co_arena *arena = &learner->arena;
  size_t rows = (size_t)spec->rows;
  if (!spec->env[role]) return CO_OK;
  CO_TRY(make_replay(learner, def, role));
  CO_TRY(co_fault_guard_create(arena, spec->env[role], &def->stream, def->faults,
                               fault_prefixes[role], &player->guard));
  player->row = co_arena_alloc(arena, rows, sizeof *player->row);
  player->actor_rows =
      co_arena_alloc(arena, rows, co_actor_view(spec->kernels, spec->policy).state_bytes);
  player->obs = floats(learner, rows, spec->policy->net.def.obs_dim);
  return co_arena_status(arena);
}

// A player's own lane, so that none shifts what the other draws.
static void seed_player(co_sac_learner *learner, co_env_role role, co_stream stream) {
  co_sac_player *player = &learner->state.player[role];
  for (int r = 0; player->row && r < learner->spec.rows; r++) {
    stream.purpose = CO_PURPOSE_WARMUP;
    player->row[r].random = co_rng_make_lane(&stream, (uint32_t)r, (uint32_t)role);
    stream.purpose = CO_PURPOSE_ACTION;
    player->row[r].noise = co_rng_make_lane(&stream, (uint32_t)r, (uint32_t)role);
  }
}

static void seed_streams(co_sac_learner *learner, co_stream stream) {
  co_sac_state *state = &learner->state;
  for (int role = 0; role < CO_NUM_ENV_ROLES; role++)
    seed_player(learner, (co_env_role)role, stream);
  stream.purpose = CO_PURPOSE_SHUFFLE;
  state->sampler = co_rng_make(&stream, 0);
  for (int r = 0; r < learner->spec.batch; r++)
    state->row_noise[r] = co_rng_make_lane(&stream, (uint32_t)r, 1);
}

static co_status make_losses(co_sac_learner *learner, const co_learner_def *def) {
  const co_sac_spec *spec = &learner->spec;
  co_losses_def losses = {.list = def->loss,
                          .source = def->source,
                          .kernels = spec->kernels,
                          .log_std_min = spec->squashed.log_std_min,
                          .total_steps = def->total_steps,
                          .tasks = spec->num_blocks,
                          .task_rows = CO_SAC_BLOCK};
  return co_losses_create(&learner->arena, &losses, &learner->state.losses);
}

static co_status make_state(co_sac_learner *learner, const co_learner_def *def) {
  co_sac_spec *spec = &learner->spec;
  co_sac_state *state = &learner->state;
  co_network *net = &spec->policy->net;
  co_arena *arena = &learner->arena;
  size_t batch = (size_t)spec->batch;
  for (int role = 0; role < CO_NUM_ENV_ROLES; role++)
    CO_TRY(make_player(learner, def, (co_env_role)role));
  CO_TRY(make_losses(learner, def));
  CO_TRY(co_adam_create(arena, spec->kernels, net, def->rule, &def->stream, spec->def.adam_epsilon,
                        &state->adam));
  state->row_noise = co_arena_alloc(arena, batch, sizeof *state->row_noise);
  CO_TRY(co_arena_status(arena));
  seed_streams(learner, def->stream);
  return CO_OK;
}

// Targets begin where the critics are.
static co_status make_critics(co_sac_learner *learner) {
  const co_sac_spec *spec = &learner->spec;
  co_ensemble *critics = &learner->scratch.nets.critics, *target = &learner->state.target;
  co_arena *arena = &learner->arena;
  CO_TRY(co_ensemble_of_critics(arena, spec->kernels, &spec->policy->net, critics));
  CO_TRY(co_ensemble_create(arena, spec->kernels, &critics->def, target));
  co_ensemble_copy(critics, target);
  return CO_OK;
}

co_status co_sac_make_memory(co_sac_learner *learner, const co_learner_def *def) {
  CO_TRY(make_critics(learner));
  CO_TRY(make_state(learner, def));
  CO_TRY(make_scratch(learner));
  co_sac_pack_all(learner);
  return CO_OK;
}
