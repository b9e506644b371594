#include "envs/world/world.h"

#include "core/config/config_file.h"
#include "core/file.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/text.h"
#include "envs/domain/preset.h"
#include "envs/physics/maze_file.h"
#include "envs/physics/model_file.h"
#include "envs/task/meaning.h"
#include "envs/task/task_file.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// --- reading files

static co_status rename_node(co_node *node, const char *name) {
  char *copy = co_strdup(name);
  if (!copy) return CO_MEMORY;
  free(node->name);
  node->name = copy;
  return CO_OK;
}

// The domain as a list node called "domain": empty, given, or from the file it names.
static co_status domain_list(const co_node *domain, co_node **out) {
  if (domain && domain->kind == CO_NODE_STRING) {
    CO_TRY(co_domain_load(domain->value.string, out));
  } else {
    *out = domain ? co_node_copy(domain) : co_node_new(CO_NODE_LIST, "domain", "", 0);
    if (!*out) return CO_MEMORY;
  }
  co_status status = rename_node(*out, "domain");
  if (status != CO_OK) co_node_free(*out);
  return status;
}

static bool starts_with_word(const char *edit, const char *word) {
  return strcspn(edit, ".=") == strlen(word) && strncmp(edit, word, strlen(word)) == 0;
}

int co_world_task_edits(const co_world *world, const char **set) {
  int count = 0;
  for (int i = 0; i < world->num_set; i++) {
    if (!starts_with_word(world->set[i], "domain")) set[count++] = world->set[i];
  }
  return count;
}

co_world co_world_elsewhere(const co_world *world, const co_node *domain, const char **set) {
  return (co_world){.task = world->task,
                    .held = world->held,
                    .domain = domain,
                    .set = set,
                    .num_set = co_world_task_edits(world, set),
                    .map = world->map};
}

// "substeps=2" means the task's, like "task.substeps=2"; "domain.0.scale=2" is the domain's.
static co_status apply_edit(const co_world_def *def, const char *edit) {
  co_node *task = co_node_get(def->tree, "task");
  bool whole = starts_with_word(edit, "task") || starts_with_word(edit, "domain");
  return co_tree_set(!whole && task && task->kind == CO_NODE_GROUP ? task : def->tree, edit);
}

// The tree becomes { task; domain } whatever the files hold, so that an edit can append a first
// shift.
static co_status add_domain_and_edits(const co_world *world, co_world_def *def) {
  co_node *list = NULL;
  const co_node *domain = co_node_get(def->tree, "domain");
  if (domain) {
    return co_node_fail(CO_CONFIG, domain, "domain", "a task file holds one group, task = { ... }");
  }
  CO_TRY(domain_list(world->domain, &list));
  CO_TRY(co_node_add(def->tree, list));
  for (int i = 0; i < world->num_set; i++) CO_TRY(apply_edit(def, world->set[i]));
  return CO_OK;
}

// Keys beside task and domain: from a file, or made by an edit.
static void check_members(const co_world_def *def, co_schema_errors *errors) {
  for (int i = 0; i < def->tree->count; i++) {
    const co_node *child = def->tree->child[i];
    if (strcmp(child->name, "task") == 0 || strcmp(child->name, "domain") == 0) continue;
    co_schema_error(errors, child, child->name, "unknown key; allowed: task, domain");
  }
  const co_node *task = co_node_get(def->tree, "task");
  if (!task || task->kind != CO_NODE_GROUP) {
    co_schema_error(errors, task ? task : def->tree, "task",
                    "there must be a group task = { ... }");
  }
}

// After the edits, which may name another layout or give its rows.
static co_status expand_maze(co_world_def *def) {
  co_node *task = co_node_get(def->tree, "task");
  return task && task->kind == CO_NODE_GROUP ? co_maze_file_expand(task) : CO_OK;
}

// Problems of task and domain are reported together.
static co_status read_definitions(co_world_def *def) {
  co_schema_errors errors = {0};
  check_members(def, &errors);
  if (!errors.count) {
    co_task_read(co_node_get(def->tree, "task"), &def->arena, &def->task, &errors);
    co_domain_read(co_node_get(def->tree, "domain"), &def->arena, &def->domain, &errors);
  }
  return co_schema_finish(&errors);
}

static co_status read_task_file(const co_world *world, co_world_def *out) {
  char *path = NULL;
  CO_TRY(co_config_find("task", "configs/tasks", world->task, &path));
  co_log(CO_LOG_DETAIL, "task \"%s\": %s", world->task, path);
  const char *base = co_path_base(path);
  snprintf(out->name, sizeof out->name, "%.*s", (int)co_config_stem(base), base);
  out->is_file = co_config_is_path(world->task);
  out->folder = co_path_dir(path);
  co_status status = out->folder ? co_task_file_read(path, &out->tree) : CO_MEMORY;
  free(path);
  return status;
}

// A text has its bases and edits in it already.
static co_status read_task_text(const co_world *world, co_world_def *out) {
  const co_task_text *held = &world->held;
  char place[CO_NAME + 16];
  snprintf(place, sizeof place, "task \"%s\"", world->task);
  snprintf(out->name, sizeof out->name, "%s", world->task);
  out->is_text = true;
  out->folder = co_strdup(held->folder ? held->folder : ".");
  out->model = held->model ? co_strdup(held->model) : NULL;
  if (!out->folder || (held->model && !out->model)) return CO_MEMORY;
  return co_tree_parse(held->text, place, &out->tree);
}

co_status co_world_read(const co_world *world, co_world_def *out) {
  assert(world->task && (world->set || !world->num_set));
  *out = (co_world_def){0};
  co_status status = world->held.text ? read_task_text(world, out) : read_task_file(world, out);
  if (status == CO_OK) status = add_domain_and_edits(world, out);
  if (status == CO_OK) status = expand_maze(out);
  if (status == CO_OK) status = read_definitions(out);
  if (status != CO_OK) co_world_def_free(out);
  return status;
}

void co_world_def_free(co_world_def *def) {
  co_arena_free(&def->arena);
  co_node_free(def->tree);
  free(def->folder);
  free(def->model);
  *def = (co_world_def){0};
}

// ---- building

// A path that was given for it is the user's own word: what it reads lies below that folder.
static co_status find_model(const co_world_def *def, const co_engine *engine, char **path) {
  co_model_wish wish = {.folder = def->folder,
                        .travels = def->is_text,
                        .node = co_node_get(co_node_get(def->tree, "task"), "model")};
  if (!def->model) return co_model_find_file(engine, &wish, def->task.model, path);
  if (!co_file_exists(def->model))
    return co_fail(CO_NO_INPUT, "--model: no file \"%s\"", def->model);
  char *folder = co_path_dir(def->model);
  if (!folder) return CO_MEMORY;
  wish = (co_model_wish){.folder = folder, .node = wish.node};
  co_status status = co_model_find_file(engine, &wish, co_path_base(def->model), path);
  free(folder);
  return status;
}

static co_status load_model(co_built_world *world) {
  const co_engine *engine = co_engine_at(world->def.task.engine);
  char *path = NULL;
  if (engine->needs_file) CO_TRY(find_model(&world->def, engine, &path));
  if (path) co_log(CO_LOG_DETAIL, "model \"%s\": %s", world->def.task.model, path);
  co_status status = co_model_load(engine, path, &world->def.task.scene, &world->model);
  free(path);
  return status;
}

static int longest_history(const co_binding *binding) {
  int longest = binding->stack;
  for (int i = 0; i < binding->terms[CO_TERM_OBSERVATION].count; i++) {
    if (binding->obs_term[i].history > longest) longest = binding->obs_term[i].history;
  }
  return longest;
}

// Joints and actuators of the nominal model that this compilation lacks.
static co_status list_missing(co_built_world *world, const char *const **out, int *count) {
  static const co_element kinds[] = {CO_JOINT, CO_ACTUATOR};
  const co_elements *elements = world->model->elements;
  size_t most = (size_t)elements[CO_JOINT].count + (size_t)elements[CO_ACTUATOR].count;
  const char **name = co_arena_alloc(&world->def.arena, most, sizeof *name);
  if (!name) return CO_MEMORY;
  for (int k = 0; k < 2; k++) {
    for (int i = 0; i < elements[kinds[k]].count; i++) {
      char full[256];
      if (co_model_at(world->model, kinds[k], i) >= 0) continue;
      snprintf(full, sizeof full, "%s/%s", co_element_name(kinds[k]), elements[kinds[k]].name[i]);
      name[*count] = co_arena_strdup(&world->def.arena, full);
      if (!name[(*count)++]) return CO_MEMORY;
    }
  }
  *out = name;
  return CO_OK;
}

// Elements that roles stand for, of shifts that name some.
static co_status list_resolved(co_built_world *world) {
  co_arena *arena = &world->def.arena;
  int count = world->def.domain.shift.count;
  const char **resolved = co_arena_alloc(arena, (size_t)count, sizeof *resolved);
  if (!resolved) return CO_MEMORY;
  for (int i = 0; i < count; i++) {
    char text[400];
    const char *select = co_domain_shift(&world->def.domain, i)->select;
    if (!select || (select[0] != '@' && !strstr(select, "|@"))) continue;
    co_plan_elements(&world->plan, i, text, sizeof text);
    resolved[i] = co_arena_strdup(arena, text);
    if (!resolved[i]) return CO_MEMORY;
  }
  world->info.resolved = resolved;
  return CO_OK;
}

static co_status list_meaning(co_built_world *world) {
  co_meaning meaning;
  CO_TRY(co_meaning_list(&world->binding, &world->def.arena, &meaning));
  world->info.joint = meaning.joint;
  world->info.frame = meaning.frame;
  world->info.clock = meaning.clock;
  world->info.num_joints = meaning.num_joints;
  world->info.num_frames = meaning.num_frames;
  world->info.num_clocks = meaning.num_clocks;
  return CO_OK;
}

// As the domain has it; the nominal number where rows draw it.
static int substeps_of(const co_built_world *world) {
  const co_signal *signal = &world->plan.signal;
  return (int)signal->value[signal->at[CO_SUBSTEPS]];
}

static co_status keep_text(co_world_def *def, co_status status, co_buf *text, const char **out) {
  if (status == CO_OK) *out = co_arena_strdup(&def->arena, text->data);
  if (status == CO_OK && !*out) status = CO_MEMORY;
  co_buf_free(text);
  return status;
}

// The effective definitions, as policies hold them.
static co_status write_texts(co_built_world *world) {
  co_buf text = {0};
  co_world_def *def = &world->def;
  co_status status = co_task_write(&def->task, &text);
  if (status == CO_OK) world->info.task_hash = co_hash(text.data, text.size);
  CO_TRY(keep_text(def, status, &text, &world->info.task_text));
  if (def->domain.shift.count == 0) return CO_OK;
  status = co_domain_write(&def->domain, &text);
  return keep_text(def, status, &text, &world->info.domain_text);
}

static co_status list_signals(co_built_world *world) {
  const co_low_level *level = &world->low_level;
  CO_TRY(co_low_level_create(&world->binding, &world->def.arena, &world->low_level));
  world->info.num_signals = level->num_signals;
  world->info.signal = level->signal;
  world->info.num_forces = level->num_forces;
  world->info.force = level->force;
  return CO_OK;
}

// The names of all elements, kind by kind in the model's order: which of them are which. No number
// depends on cameras.
static co_status hash_names(const co_model *model, uint64_t *out) {
  co_hasher *hasher = co_hasher_create();
  if (!hasher) return CO_MEMORY;
  for (int kind = 0; kind < CO_NUM_ELEMENTS; kind++) {
    const co_elements *elements = &model->elements[kind];
    int count = kind == CO_CAMERA ? 0 : elements->count;
    co_hasher_add(hasher, &count, sizeof count);
    for (int i = 0; i < count; i++)
      co_hasher_add(hasher, elements->name[i], strlen(elements->name[i]) + 1);
  }
  *out = co_hasher_value(hasher);
  co_hasher_free(hasher);
  return CO_OK;
}

// What others see of the world: no types of this module.
static co_status fill_info(co_built_world *world) {
  const co_binding *binding = &world->binding;
  const co_domain_def *domain = &world->def.domain;
  co_shift_info *shift =
      co_arena_alloc(&world->def.arena, (size_t)domain->shift.count, sizeof *shift);
  if (!shift) return CO_MEMORY;
  for (int i = 0; i < domain->shift.count; i++) {
    shift[i] = co_shift_describe(co_domain_shift(domain, i));
  }
  world->info = (co_env_info){.task = world->def.name,
                              .task_is_file = world->def.is_file,
                              .model = world->model->name,
                              .model_hash = world->model->hash,
                              .model_hash_1 = world->model->hash_1,
                              .engine = world->model->engine->version(),
                              .observe = co_observe_names[world->def.task.observe],
                              .timestep = world->model->timestep,
                              .substeps = substeps_of(world),
                              .horizon = (int)world->def.task.horizon,
                              .has_success = binding->terms[CO_TERM_SUCCESS].count > 0,
                              .history = longest_history(binding),
                              .layout = binding->stack > 1,
                              .obs_dim = binding->obs_dim,
                              .act_dim = binding->act_dim,
                              .num_terms = binding->num_rewards,
                              .num_shifts = domain->shift.count,
                              .num_commands = binding->num_commands,
                              .num_pose = binding->num_pose,
                              .num_draws = world->plan.num_draws,
                              .draw = world->plan.draw,
                              .obs = binding->obs,
                              .action = binding->action,
                              .command = binding->command,
                              .pose = binding->pose_element,
                              .term = (const char(*)[CO_NAME])binding->reward,
                              .shift = shift};
  CO_TRY(hash_names(world->model, &world->info.names_hash));
  CO_TRY(list_signals(world));
  memcpy(world->info.has_metric, binding->metrics.has, sizeof binding->metrics.has);
  CO_TRY(list_meaning(world));
  CO_TRY(list_resolved(world));
  CO_TRY(list_missing(world, &world->info.missing, &world->info.num_missing));
  return write_texts(world);
}

// Shifts of the model, terms, shifts of the signal path: what is wrong with shifts is collected
// from both, so that terms are bound to the nominal model where a shift of it was wrong.
static co_status bind(co_built_world *world, co_draws draws, co_schema_errors *errors) {
  const co_world_def *def = &world->def;
  const co_node *node = co_node_get(def->tree, "task");
  CO_TRY(co_plan_create(&def->domain, draws, world->model, errors, &world->plan));
  co_status status = co_binding_create(&def->task, node, world->model, &world->binding);
  if (status != CO_OK) return errors->count ? CO_OK : status;
  world->binding.plan = &world->plan;
  return co_plan_signal(&world->plan, &world->binding, errors);
}

// Everything after the definitions were read.
static co_status build(co_built_world *world, co_draws draws) {
  co_schema_errors errors = {0};
  CO_TRY(load_model(world));
  co_status status = bind(world, draws, &errors);
  if (status != CO_OK) {
    co_buf_free(&errors.text);
    return status;
  }
  CO_TRY(co_schema_finish(&errors));
  return fill_info(world);
}

// What stands between the task and every policy.
// The signs of one robot's joints are no other's.
static co_status check_map_task(const co_map_def *map, const char *task) {
  if (!map->task || strcmp(map->task, task) == 0) return CO_OK;
  return co_node_fail(CO_CONFIG, co_node_get(map->tree, "map"), "task",
                      "the map was written for task \"%s\", and this is \"%s\"", map->task, task);
}

static co_status put_map(co_built_world *world, const char *path) {
  static const char *const all[] = {"*"};
  if (!path) return CO_OK;
  if (!*path) return co_fail(CO_CONFIG, "map: must be the name of a file or \"none\", is \"\"");
  if (strcmp(path, "none") == 0) {
    world->info.accepted = all;
    world->info.num_accepted = 1;
    return CO_OK;
  }
  co_map_def def;
  CO_TRY(co_map_read(path, &def));
  co_status status = check_map_task(&def, world->info.task);
  if (status == CO_OK) status = co_map_create(&def, &world->binding, &world->map);
  co_map_def_free(&def);
  CO_TRY(status);
  world->binding.map = world->map;
  co_map_describe(world->map, &world->info);
  return CO_OK;
}

co_status co_world_build(const co_world *world, co_built_world **out) {
  co_built_world *built = co_alloc(1, sizeof *built);
  if (!built) return CO_MEMORY;
  co_status status = co_world_read(world, &built->def);
  if (status == CO_OK) status = build(built, world->draws);
  if (status == CO_OK) status = put_map(built, world->map);
  if (status != CO_OK) {
    co_world_free(built);
    return status;
  }
  *out = built;
  return CO_OK;
}

void co_world_free(co_built_world *world) {
  if (!world) return;
  co_map_free(world->map);
  co_binding_free(&world->binding);
  co_plan_free(&world->plan);
  co_model_free(world->model);
  co_world_def_free(&world->def);
  free(world);
}

static co_status has_model(const char *task, const char *model, bool *out) {
  co_world_def def;
  co_world world = {.task = task};
  CO_TRY(co_world_read(&world, &def));
  const char *own = def.task.model;
  *out = own && model ? strcmp(own, model) == 0 : own == model;
  co_world_def_free(&def);
  return CO_OK;
}

co_status co_world_find_stranger(const char *domain, const char *model, char out[CO_NAME]) {
  CO_TRY(co_domain_find_task(domain, out));
  bool same = true;
  if (*out) CO_TRY(has_model(out, model, &same));
  if (same) *out = '\0';
  return CO_OK;
}
