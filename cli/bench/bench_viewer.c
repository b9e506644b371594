// bench viewer: frames of the whole window, with two worlds and all panels, while a policy plays at
// true speed.

#include "cli/bench/bench.h"
#include "cli/play.h"
#include "cli/worlds.h"
#include "core/memory.h"
#include "viz/show/viewer.h"

#include <math.h>
#include <stdlib.h>

typedef struct state {
  co_node *domain;
  co_policy *policy;
  co_choice choice;
  co_viewer_def def;
  co_viewer_stats stats[BENCH_MAX_REPEATS];
  int count;
} state;

// Untrained: what it does is drawn as fast as what a good one does.
static co_status make_policy(const bench *b, const co_world *world, co_policy **out) {
  co_built_world *built;
  CO_TRY(co_world_build(world, &built));
  co_network_def def = {.obs_dim = built->info.obs_dim,
                        .act_dim = built->info.act_dim,
                        .num_hidden = 2,
                        .hidden = {64, 64},
                        .activation = CO_TANH};
  co_stream stream = {cli_seed(b->args), 0, CO_PURPOSE_INIT};
  co_status status = co_policy_create(&def, &built->info, "ppo", &stream, out);
  co_world_free(built);
  return status;
}

static co_status make_domain(co_node **out) {
  co_shift_info gravity = {
      .parameter = "option.gravity", .operation = "scale", .value = {1.5}, .num_values = 1};
  co_node *shift;
  *out = co_node_new(CO_NODE_LIST, "domain", "bench", 0);
  if (!*out) return CO_MEMORY;
  CO_TRY(co_shift_to_tree(&gravity, &shift));
  return co_node_add(*out, shift);
}

static co_status prepare(bench *b) {
  state *s = b->state = co_alloc(1, sizeof *s);
  if (!s) return CO_MEMORY;
  CO_TRY(make_domain(&s->domain));
  co_world source = cli_world(b->args, "half_cheetah", NULL), target = source;
  target.domain = s->domain;
  CO_TRY(make_policy(b, &source, &s->policy));
  s->choice = (co_choice){.name = "untrained", .policy = s->policy};
  s->def = (co_viewer_def){
      .session = {.num_stages = 2,
                  .world = {source, target},
                  .choice = &s->choice,
                  .num_choices = 1,
                  .seed = cli_seed(b->args),
                  .threshold = 0.05,
                  .history_bytes = CO_STAGE_HISTORY},
      .world_name = {"source", "target"},
      .title = "carryover bench viewer",
      .width = 1280,
      .height = 720,
      .running = true,
      .all_open = true,
      .steady = true,
      .scaled = cli_flag(b->args, "scaled"),
      .seconds = fmax(b->seconds, 0.5),
      .folder = ".",
  };
  return cli_window_size(b->args, &s->def);
}

static co_status measure(bench *b, double *value, double *limit) {
  state *s = b->state;
  co_viewer_stats *stats = &s->stats[s->count];
  CO_TRY(co_viewer_run(&s->def, stats));
  s->count++;
  *value = stats->frames_per_s;
  *limit = NAN;
  return CO_OK;
}

typedef double figure(const co_viewer_stats *stats);

static double p99_of(const co_viewer_stats *stats) {
  return stats->p99_ms;
}

static double logic_of(const co_viewer_stats *stats) {
  return stats->logic_ms;
}

static double ratio_of(const co_viewer_stats *stats) {
  return stats->speed_ratio;
}

static double median_of(const state *s, figure *of) {
  double value[BENCH_MAX_REPEATS];
  for (int i = 0; i < s->count; i++) value[i] = of(&s->stats[i]);
  return bench_median(value, s->count);
}

static void add_json(const bench *b, co_json *object) {
  const state *s = b->state;
  co_json_set_string(object, "task", s->def.session.world[0].task);
  co_json_set_int(object, "width", s->def.width);
  co_json_set_int(object, "height", s->def.height);
  co_json_set_bool(object, "scaled", s->def.scaled);
  co_json_set_number(object, "frames_per_s", b->value);
  co_json_set_number(object, "p99_ms", median_of(s, p99_of));
  co_json_set_number(object, "logic_ms", median_of(s, logic_of));
  co_json_set_number(object, "speed_ratio", median_of(s, ratio_of));
  co_json_set_string(object, "renderer", s->stats[0].gl.renderer);
  co_json_set_bool(object, "software", s->stats[0].gl.software);
}

static void finish(bench *b) {
  state *s = b->state;
  if (!s) return;
  co_policy_free(s->policy);
  co_node_free(s->domain);
  free(s);
}

const bench_kind bench_viewer = {
    .name = "viewer",
    .unit = "frames/s",
    .prepare = prepare,
    .measure = measure,
    .add_json = add_json,
    .finish = finish,
};
