// carryover diff: what two policies or tasks mean by their numbers, and where they do not mean the
// same.

#include "agents/policy/policy.h"
#include "agents/policy/zoo.h"
#include "cli/diff/diff_map.h"
#include "cli/diff/diff_print.h"
#include "cli/worlds.h"

#include <string.h>

// A policy file, or a task as a world.
typedef struct side {
  const char *given;
  co_policy *policy;      // or NULL
  co_built_world *world;  // or NULL
  co_contract contract;   // of the world
} side;

// --- what is compared

// Tasks are .cfg files or names; all other files are policies, as are those of the zoo.
static bool is_task(const char *given) {
  const char *dot = strrchr(given, '.');
  if (co_zoo_is_name(given)) return false;
  if (dot && strcmp(dot, ".cfg") == 0) return true;
  return !co_file_exists(given) && !(dot && strcmp(dot, ".safetensors") == 0);
}

static co_status open_task(const co_world *world, side *out) {
  CO_TRY(co_world_build(world, &out->world));
  const co_env_info *info = &out->world->info;
  // a task has no network; only the sizes of its ends are known
  co_network_def def = {.obs_dim = info->obs_dim, .act_dim = info->act_dim};
  return co_contract_from_world(info, &def, "none", &out->contract);
}

// A normaliser that nobody knows is no difference, and will be asked for.
static co_status open_policy(side *out) {
  CO_TRY(co_policy_load(out->given, &out->policy));
  if (!co_contract_knows_normaliser(&out->policy->contract))
    co_log(CO_LOG_WARNING,
           "%s: whether its observations are normalised is unknown; import it with --normaliser "
           "none, FILE or fit",
           out->given);
  return CO_OK;
}

static co_status open_side(const co_world *world, side *out) {
  if (!world) return open_policy(out);
  co_status status = open_task(world, out);
  bool is_name = !strpbrk(out->given, "/.");
  if (status == CO_NO_INPUT && is_name)
    return co_fail_context(status, "%s is neither a file nor a task", out->given);
  return status;
}

static void close_side(side *one) {
  co_policy_free(one->policy);
  co_contract_free(&one->contract);
  co_world_free(one->world);
}

static co_diff_side compared(const side *one) {
  if (!one->policy) return (co_diff_side){.contract = &one->contract};
  return (co_diff_side){.contract = &one->policy->contract,
                        .tensor = one->policy->tensor,
                        .num_tensors = one->policy->num_tensors,
                        .program = one->policy->program ? one->policy->program->hash : 0};
}

// --- output

static void add_side_json(const side *one, const char *key, co_json *object) {
  const co_contract *contract = compared(one).contract;
  co_json *json = co_json_object();
  co_json_set_string(json, "kind", one->policy ? "policy" : "task");
  co_json_set_string(json, "path", one->given);
  cli_set_hash(json, "hash", one->policy ? co_policy_hash(one->policy) : contract->task_hash);
  if (one->policy) co_json_set_bool(json, "verified", !one->policy->unverified);
  co_json_set_string(json, "task", contract->task);
  co_json_set(json, "domain", cli_shifts_json(contract->shift, contract->num_shifts));
  co_json_set(object, key, json);
}

static void add_side_text(const side *one, const char *name, co_buf *text) {
  const co_contract *contract = compared(one).contract;
  co_buf_printf(text, "%s  %s %s: ", name, one->policy ? "policy" : "task", one->given);
  if (one->policy && one->policy->unverified) co_buf_puts(text, "unverified: no checksum, ");
  if (one->policy) co_buf_printf(text, "task %s, ", contract->task);
  co_buf_printf(text, "model %s, %d observations, %d actions, domain ", contract->model,
                contract->num_obs, contract->num_action);
  co_shifts_put(contract->shift, contract->num_shifts, text);
  co_buf_puts(text, "\n");
}

// `map` NULL: none is written.
static co_status print(const cli_args *args, const side *a, const side *b,
                       const co_contract_diff *diff, const diff_map *map) {
  const char *path = cli_value(args, "write-map");
  co_status status;
  if (cli_json(args)) {
    co_json *object = cli_object("diff");
    add_side_json(a, "a", object);
    add_side_json(b, "b", object);
    diff_add_json(diff, object);
    if (map)
      diff_map_add_json(map, path, object);
    else
      co_json_set(object, "map", co_json_null());
    status = cli_print_json(object);
    co_json_free(object);
  } else {
    co_buf text = {0};
    add_side_text(a, "A", &text);
    add_side_text(b, "B", &text);
    diff_add_text(diff, &text);
    if (map) diff_map_add_text(map, path, &text);
    status = cli_print_text(&text);
    co_buf_free(&text);
  }
  CO_TRY(status);
  bool same = map ? map->left.count == 0 : diff->meaning_equal;
  return same ? CO_OK : CO_WANTING;
}

// --- the whole

static co_status compare(const cli_args *args, const side *a, const side *b) {
  co_diff_side from = compared(a), to = compared(b);
  co_contract_diff diff;
  const char *path = cli_value(args, "write-map");
  diff_map map = {0};
  if (path && !*path) return co_fail(CO_USAGE, "--write-map: needs the name of a file");
  if (path && !b->world)
    return co_fail(CO_USAGE, "--write-map: B must be a task, which a map is put in front of");
  CO_TRY(co_contract_diff_make(&from, &to, &diff));
  co_status status =
      path ? diff_map_write(path, from.contract, a->given, b->world, &diff, &map) : CO_OK;
  if (status == CO_OK) status = print(args, a, b, &diff, path ? &map : NULL);
  diff_map_free(&map);
  co_contract_diff_free(&diff);
  return status;
}

// --domain and --set make another world of a task: of B, to which things go, where both are one.
static co_status open_sides(const cli_args *args, const co_node *domain, side *a, side *b) {
  bool task_a = is_task(a->given), task_b = is_task(b->given);
  co_world plain = {.task = a->given}, edited = cli_world(args, b->given, domain);
  if (!task_b) edited.task = a->given;
  if (!task_a && !task_b && (domain || edited.num_set))
    return co_fail(CO_USAGE, "diff: --domain and --set need a task, and both sides are policies");
  CO_TRY(open_side(!task_a ? NULL : task_b ? &plain : &edited, a));
  return open_side(task_b ? &edited : NULL, b);
}

static co_status run(const cli_args *args) {
  side a = {.given = cli_positional(args, 0)}, b = {.given = cli_positional(args, 1)};
  co_node *domain = NULL;
  co_status status = cli_domain(args, "domain", &domain);
  if (status == CO_OK) status = open_sides(args, domain, &a, &b);
  if (status == CO_OK) status = compare(args, &a, &b);
  close_side(&a);
  close_side(&b);
  co_node_free(domain);
  return status;
}

static const cli_option options[] = {
    {"domain", "DOMAIN", "world of the task, of B where both are tasks (repeatable)"},
    {"write-map", "FILE", "write the map that shows A the task B as A knows its own, for --map"},
    {NULL, NULL, NULL},
};

const cli_command cli_diff = {
    "diff",
    "what differs between two policies or tasks in names, order, scales, gains; 1 if the meaning "
    "does",
    "carryover diff policy.safetensors quadruped_long_flat",
    "A B",
    2,
    2,
    options,
    run,
};
