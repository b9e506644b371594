// Worlds as commands name them, and the pieces of JSON that several commands print.

#ifndef CLI_WORLDS_H_
#define CLI_WORLDS_H_

#include "agents/policy/home.h"
#include "cli/cli.h"
#include "core/file.h"
#include "core/pool.h"
#include "envs/world/shelf.h"

// Reads all arguments of an option, such as "domain", (each a file, a name below configs/domains, a
// list of shifts or one shift in config syntax) into one list, NULL when none was given; the caller
// frees it. CO_CONFIG and CO_NO_INPUT as for a domain file.
co_status cli_domain(const cli_args *args, const char *option, co_node **out);
// The world of --task (or `task`), --domain, --set and --map. `domain` must outlive it.
co_world cli_world(const cli_args *args, const char *task, const co_node *domain);

// The task to play a policy (of file `path`) in: --task with --set, or the one it was trained in,
// with the model of --model (co_home_task). Worlds come from a shelf (NULL: built anew).
co_status cli_home_task(co_world_shelf *shelf, const cli_args *args, const char *path,
                        const co_policy *policy, co_found_task *out);
// A world of that task, with --set and --map. All must outlive it.
co_world cli_home_world(const cli_args *args, const co_found_task *home, const co_node *domain);
// Whether the policy of file `path` may act there (co_home_enforce).
co_status cli_enforce(co_world_shelf *shelf, const char *path, const co_policy *policy,
                      const co_world *world);

// The option of commands that let a policy act.
#define CLI_MAP_OPTION                                                                        \
  {                                                                                           \
    "map", "FILE|none",                                                                       \
        "map between policy and task: order, signs, scales, another pose; none: act as it is" \
  }

// An env and the world behind it, which the env keeps.
typedef struct cli_env {
  co_env *env;
  const co_built_world *world;
} cli_env;

// Opens `rows` rows of a world from a shelf (NULL: built anew); row r draws its resets from stream
// (stream, r).
co_status cli_env_open(co_world_shelf *shelf, const co_world *world, int rows,
                       const co_stream *stream, cli_env *out);
void cli_env_close(cli_env *env);

// A pool of --threads threads, one per core that this process may use when not given.
co_status cli_pool(const cli_args *args, co_pool **out);

// Adds a hash as 16 hex digits.
void cli_set_hash(co_json *object, const char *key, uint64_t hash);
// Adds a step, null when it is negative: none.
void cli_set_step(co_json *object, const char *key, int step);

// [{parameter, select, operation, value[]}] as in a policy's contract.
co_json *cli_shifts_json(const co_shift_info *shift, int count);

#endif  // CLI_WORLDS_H_
