#include "cli/worlds.h"

#include "cli/args.h"
#include "cli/machine.h"
#include "core/hash.h"
#include "envs/domain/preset.h"
#include "envs/source/worlds.h"
#include "envs/world/vector.h"

co_status cli_domain(const cli_args *args, const char *option, co_node **out) {
  const char *const *values;
  int count = cli_values(args, option, &values);
  return co_domains_read(option, values, count, out);
}

co_world cli_world(const cli_args *args, const char *task, const co_node *domain) {
  co_world world = {.task = cli_value(args, "task"), .domain = domain};
  if (!world.task) world.task = task;
  world.num_set = cli_values(args, "set", &world.set);
  world.map = cli_value(args, "map");
  return world;
}

co_status cli_home_task(co_world_shelf *shelf, const cli_args *args, const char *path,
                        const co_policy *policy, co_found_task *out) {
  const char *set[CLI_MAX_VALUES];
  const co_world world = cli_world(args, NULL, NULL);
  const co_world_source worlds = co_worlds(shelf);
  const co_home home = {&worlds, policy, path, cli_value(args, "model")};
  if (home.model && world.task)
    return co_fail(CO_USAGE,
                   "--model: is that of the policy's own task; the one of --task names its model");
  if (home.model && !policy->task_text)
    return co_fail(CO_USAGE, "--model: %s holds no task (--task FILE names one)", path);
  return co_home_task(&home, world.task, set, co_world_task_edits(&world, set), out);
}

co_world cli_home_world(const cli_args *args, const co_found_task *home, const co_node *domain) {
  co_world world = {.task = home->task, .held = home->held, .domain = domain};
  world.num_set = cli_values(args, "set", &world.set);
  world.map = cli_value(args, "map");
  return world;
}

co_status cli_enforce(co_world_shelf *shelf, const char *path, const co_policy *policy,
                      const co_world *world) {
  const co_world_source worlds = co_worlds(shelf);
  const co_home home = {&worlds, policy, path, NULL};
  return co_home_enforce(&home, world, 0);
}

co_status cli_env_open(co_world_shelf *shelf, const co_world *world, int rows,
                       const co_stream *stream, cli_env *out) {
  return co_vector_open(shelf, world, rows, stream, &out->env, &out->world);
}

void cli_env_close(cli_env *env) {
  co_env_destroy(env->env);
  *env = (cli_env){0};
}

// Results depend on no number of threads, so the default may differ between machines.
co_status cli_pool(const cli_args *args, co_pool **out) {
  int64_t threads = machine_cores();
  if (threads > CLI_MAX_THREADS) threads = CLI_MAX_THREADS;
  CO_TRY(cli_int(args, "threads", 1, CLI_MAX_THREADS, &threads));
  return co_pool_create((int)threads, out);
}

void cli_set_hash(co_json *object, const char *key, uint64_t hash) {
  char text[CO_HASH_TEXT];
  co_hash_text(hash, text);
  co_json_set_string(object, key, text);
}

void cli_set_step(co_json *object, const char *key, int step) {
  co_json_set(object, key, step >= 0 ? co_json_int(step) : co_json_null());
}

static co_json *draw_json(const co_shift_info *shift) {
  co_json *object = co_json_object();
  co_json_set_bool(object, "each", shift->each);
  co_json_set(object, "clip", co_json_numbers(shift->clip, shift->num_clip));
  co_json_set_number(object, "from", shift->from);
  co_json_set_int(object, "over", shift->over);
  return object;
}

// The same members, in the same order, as in a contract, so that scripts read both alike.
co_json *cli_shifts_json(const co_shift_info *shift, int count) {
  co_json *array = co_json_array();
  for (int i = 0; i < count; i++) {
    co_json *object = co_json_object();
    co_json_set_string(object, "parameter", shift[i].parameter);
    co_json_set_string(object, "select", shift[i].select);
    co_json_set_string(object, "operation", shift[i].operation);
    co_json_set(object, "value", co_json_numbers(shift[i].value, shift[i].num_values));
    const char *distribution = shift[i].distribution;
    co_json_set_string(object, "distribution", *distribution ? distribution : NULL);
    if (*distribution) co_json_set(object, "draw", draw_json(&shift[i]));
    co_json_add(array, object);
  }
  return array;
}
