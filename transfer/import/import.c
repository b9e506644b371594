#include "transfer/import/import.h"

#include "agents/contract/diff.h"
#include "agents/formats/magic.h"
#include "agents/formats/onnx.h"
#include "agents/formats/safetensors.h"
#include "agents/import/chain.h"
#include "agents/import/own.h"
#include "agents/import/preset.h"
#include "agents/policy/actor.h"
#include "agents/program/program.h"
#include "core/file.h"
#include "core/memory.h"
#include "core/rng.h"
#include "transfer/import/private/norm.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MAX_GRAPHS = 8 };

typedef struct importer {
  const co_import_def *def;
  co_import *out;
  co_onnx read[MAX_GRAPHS];           // of files
  co_preset_result made[MAX_GRAPHS];  // of tensors
  int num_read, num_made, num_graphs;
  const co_onnx *graph[MAX_GRAPHS];  // (num_graphs) of either, in the order of the files
  co_program program;
  co_chain chain;
  co_network_def net;    // of the chain; of another program its sizes alone
  co_contract contract;  // what the policy gets
  const char *network;   // the file that the network is named after
} importer;

// ---- files

static bool ends_in(const char *path, const char *ending) {
  size_t length = strlen(path), of_ending = strlen(ending);
  return length >= of_ending && strcmp(path + length - of_ending, ending) == 0;
}

// Settings beside the network, as programs publish them.
static bool is_settings(const char *path) {
  static const char *const endings[] = {".yaml", ".yml", ".json"};
  for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
    if (ends_in(path, endings[i])) return true;
  return false;
}

static bool is_safetensors(const char *bytes, size_t size) {
  return size > 9 && bytes[8] == '{' && bytes[6] == 0 && bytes[7] == 0;
}

// What a preset makes of tensors: a graph, and what else lies among them.
static co_status take_tensors(importer *in, const co_safetensors *tensors, const char *path) {
  const co_preset_options options = {in->def->preset, in->out->facts.activation.value, NULL};
  co_preset_result *made = &in->made[in->num_made];
  if (co_safetensors_metadata(tensors, "carryover"))
    return co_fail(CO_DATA, "%s: is a policy of carryover already, there is nothing to import",
                   path);
  CO_TRY(co_preset_graph(tensors, path, &options, made));
  in->num_made++;
  in->graph[in->num_graphs] = &made->graph;
  return CO_OK;
}

// Tensors have no operations: their names say which.
static co_status parse_tensors(importer *in, const char *path, const co_buf *bytes) {
  co_safetensors tensors;
  CO_TRY(co_safetensors_parse(bytes->data, bytes->size, path, &tensors));
  co_status status = take_tensors(in, &tensors, path);
  co_safetensors_free(&tensors);
  return status;
}

static co_status read_tensors(importer *in, const char *path, const co_buf *given) {
  co_buf bytes = {0};
  if (given) return parse_tensors(in, path, given);
  CO_TRY(co_file_read(path, 0, &bytes));
  co_status status = parse_tensors(in, path, &bytes);
  co_buf_free(&bytes);
  return status;
}

static co_status read_onnx(importer *in, const char *path, const co_buf *given) {
  co_onnx *read = &in->read[in->num_read];
  CO_TRY(given ? co_onnx_parse(given->data, given->size, path, ".", read)
               : co_onnx_read(path, read));
  in->num_read++;
  in->graph[in->num_graphs] = read;
  return CO_OK;
}

// A network is brought to a graph; the file of this program's own, a pointer, an archive and a
// pickle are called what they are.
static co_status read_network(importer *in, const char *path, const co_buf *given) {
  if (in->num_graphs == MAX_GRAPHS)
    return co_fail(CO_USAGE, "%s: more than %d files of networks", path, MAX_GRAPHS);
  co_file_map map = {0};
  if (given) map.bytes = given->data;
  if (!given) CO_TRY(co_file_map_open(path, &map));
  size_t size = given ? given->size : map.size;
  bool tensors = is_safetensors(map.bytes, size);
  const char *other = co_magic_name(map.bytes, size);
  bool onnx = ends_in(path, ".onnx") || (other && strstr(other, "ONNX"));
  bool absent = other && (strstr(other, "Git LFS") || size == 0);
  co_file_map_close(&map);
  if (absent || (!tensors && !onnx))
    return co_fail(CO_DATA, "%s: offset 0: this is %s, and no network as ONNX or safetensors%s",
                   path, other ? other : "of no known kind",
                   other && (strstr(other, "zip") || strstr(other, "pickle"))
                       ? " (tools/convert.py makes one of it)"
                       : "");
  CO_TRY(tensors ? read_tensors(in, path, given) : read_onnx(in, path, given));
  in->num_graphs++;
  if (!in->network) in->network = path;
  return CO_OK;
}

static co_status read_settings(importer *in, const char *path, const co_buf *given) {
  co_facts *facts = &in->out->facts;
  return given ? co_facts_parse(given->data, given->size, path, facts) : co_facts_read(path, facts);
}

// What the user says comes first, then settings, then what networks carry: of two that disagree the
// first one counts and both are told.
static co_status read_files(importer *in) {
  const co_import_def *def = in->def;
  for (int i = 0; i < def->num_facts; i++) CO_TRY(co_facts_read(def->facts[i], &in->out->facts));
  for (int i = 0; i < def->num_files; i++)
    if (is_settings(def->file[i]))
      CO_TRY(read_settings(in, def->file[i], def->bytes ? &def->bytes[i] : NULL));
  for (int i = 0; i < def->num_files; i++)
    if (!is_settings(def->file[i]))
      CO_TRY(read_network(in, def->file[i], def->bytes ? &def->bytes[i] : NULL));
  if (!in->num_graphs)
    return co_fail(CO_USAGE, "%s: is a file of settings; the network's file is missing",
                   def->file[0]);
  for (int i = 0; i < in->num_read; i++) CO_TRY(co_facts_read_onnx(&in->read[i], &in->out->facts));
  return CO_OK;
}

// ---- network

static co_status list_operators(importer *in) {
  co_import *out = in->out;
  const co_program *program = &in->program;
  out->operator_name =
      co_arena_alloc(&out->memory, (size_t)program->num_ops + 1, sizeof *out->operator_name);
  CO_TRY(co_arena_status(&out->memory));
  for (int i = 0; i < program->num_ops; i++) {
    bool known = false;
    for (int k = 0; k < out->num_operators; k++)
      known = known || strcmp(out->operator_name[k], program->op[i].name) == 0;
    if (known) continue;
    out->operator_name[out->num_operators++] = co_arena_strdup(&out->memory, program->op[i].name);
  }
  return co_arena_status(&out->memory);
}

// Whose actors end in tanh and are trained by critics of actions: SAC and its kin, as all are whose
// tensors have the names of a preset where nobody names the algorithm. All others that end so drew
// a Gaussian before it.
static bool is_off_policy(const importer *in) {
  static const char *const names[] = {"sac", "td3", "tqc", "ddpg", "redq", "crossq"};
  const char *stated = in->out->facts.algorithm.value;
  for (size_t i = 0; stated && i < sizeof names / sizeof *names; i++)
    if (strncasecmp(stated, names[i], strlen(names[i])) == 0) return true;
  return !stated && in->num_made > 0;
}

static co_status compile(importer *in) {
  CO_TRY(co_program_compile(in->graph, in->num_graphs, in->def->action, &in->program));
  CO_TRY(list_operators(in));
  CO_TRY(co_chain_match(&in->program, &in->chain));
  in->out->trainable = in->chain.matches;
  if (in->chain.matches) {
    in->net = in->chain.def;
  } else {
    in->net = (co_network_def){.obs_dim = in->program.obs_dim, .act_dim = in->program.act_dim};
    snprintf(in->out->untrainable, sizeof in->out->untrainable, "%s", in->chain.reason);
  }
  return CO_OK;
}

// ---- contract

static co_status check_sizes(const importer *in) {
  const co_env_info *world = in->def->world;
  if (in->net.obs_dim != world->obs_dim)
    return co_fail(CO_CONFIG, "%s: takes %d observations, task %s has %d", in->network,
                   in->net.obs_dim, in->def->task, world->obs_dim);
  if (in->net.act_dim != world->act_dim)
    return co_fail(CO_CONFIG, "%s: gives %d actions, task %s has %d", in->network, in->net.act_dim,
                   in->def->task, world->act_dim);
  return CO_OK;
}

static void put_value(const co_json *value, co_buf *out) {
  co_buf text = {0};
  if (co_json_is_number(value)) {
    co_buf_printf(out, "%.9g", co_json_as_number(value, 0));
    return;
  }
  if (co_json_write(value, 0, &text) == CO_OK && text.size > 0)
    co_buf_add(out, text.data, text.size - 1);  // without the line's end
  co_buf_free(&text);
}

// "qpos/3": counted, since nobody named it.
static bool is_counted(const char *element) {
  const char *tail = co_element_tail(element);
  return *tail && strspn(tail, "0123456789") == strcspn(tail, "@");
}

// Whether any number of the policy is counted from the default pose.
static bool starts_from_pose(const co_contract *contract) {
  for (int i = 0; i < contract->num_obs; i++)
    if (strcmp(contract->obs[i].term, "joint_pos") == 0) return true;
  for (int i = 0; i < contract->num_action; i++)
    if (co_action_is_target(&contract->action[i])) return true;
  return false;
}

// What is stated, and not only absent or without a name of its own.
static bool is_stated(const co_contract *stated, const co_difference *one) {
  const co_provenance *fact = co_contract_provenance(stated, one->path);
  bool empty = co_json_is_null(one->a) || (co_json_is_array(one->a) && !co_json_count(one->a));
  if (!fact || fact->from == CO_FROM_UNKNOWN || empty) return false;
  if (one->kind == CO_DIFF_POSE && !starts_from_pose(stated)) return false;
  return one->kind != CO_DIFF_NAME || !is_counted(one->element);
}

// A joint without an entry in the task's pose stands where the target of its action starts from.
static bool starts_alike(const co_contract *task, const co_difference *one) {
  if (one->kind != CO_DIFF_POSE || !co_json_is_null(one->b)) return false;
  double value = co_json_as_number(one->a, (double)NAN);
  for (int i = 0; i < task->num_action; i++) {
    const co_action_element *action = &task->action[i];
    bool target = strcmp(action->kind, "position") == 0 || strcmp(action->kind, "torque") == 0;
    if (target && strcmp(action->drive.joint, one->element) == 0) return action->offset == value;
  }
  return false;
}

// A command of unit 1 is one whose unit nobody has said.
static bool has_no_unit(const co_difference *one) {
  const char *a = co_json_as_string(one->a), *b = co_json_as_string(one->b);
  bool command = strncmp(one->path, "command.", 8) == 0;
  return command && a && b && (strcmp(a, "1") == 0 || strcmp(b, "1") == 0);
}

// A line per fact that says something else than the task, or than what `name` calls.
static int put_differences(const co_contract *stated, const co_contract *other, const char *name,
                           const co_contract_diff *diff, co_buf *text) {
  enum { SHOWN = 20 };
  const char *told = "";
  int count = 0;
  for (int i = 0; i < diff->count; i++) {
    const co_difference *one = &diff->difference[i];
    bool same = !one->changes_meaning || !is_stated(stated, one) || starts_alike(other, one) ||
                has_no_unit(one);
    if (same || count++ >= SHOWN) continue;
    const co_provenance *fact = co_contract_provenance(stated, one->path);
    co_buf_printf(text, "\n%s: %s%s", one->path, one->element, *one->element ? ": " : "");
    put_value(one->a, text);
    co_buf_printf(text, " (%s), %s has ", *fact->detail ? fact->detail : "the files",
                  name ? name : "the task");
    put_value(one->b, text);
    size_t line = one->config && !name ? strcspn(one->config, "\n") : 0;
    bool again = line && strcmp(told, one->config) == 0;  // of one term, as the lines before
    if (line && !again) co_buf_printf(text, "; in the task: %.*s", (int)line, one->config);
    if (line) told = one->config;
  }
  if (count > SHOWN) co_buf_printf(text, "\nand %d more", count - SHOWN);
  return count;
}

static const char to_task[] =
    "; without --task it is imported as stated, and a map carries it there (carryover diff POLICY "
    "TASK --write-map FILE, then --map FILE)";

// `name` is what messages call the other one, NULL: the task.
static co_status compare_with(importer *in, const co_contract *stated, const co_contract *other,
                              const char *name) {
  const co_diff_side a = {.contract = stated}, b = {.contract = other};
  co_contract_diff diff;
  co_buf text = {0};
  CO_TRY(co_contract_diff_make(&a, &b, &diff));
  int count = put_differences(stated, other, name, &diff, &text);
  co_contract_diff_free(&diff);
  co_status status = co_buf_status(&text);
  if (status == CO_OK && count)
    status =
        co_fail(CO_CONFIG, "%s: %s%s means something else than what is stated in %d place%s%s:%s",
                in->network, name ? "" : "task ", name ? name : in->def->task, count,
                count == 1 ? "" : "s", name ? "" : to_task, text.data);
  co_buf_free(&text);
  return status;
}

// Where anything was stated, that is what the contract says of it.
static co_status contract_of_task(importer *in, const co_contract *stated) {
  CO_TRY(check_sizes(in));
  CO_TRY(co_contract_from_world(in->def->world, &in->net, "imported", &in->contract));
  co_contract *contract = &in->contract;
  contract->origin = CO_FROM_USER;
  contract->output = stated->output;
  return compare_with(in, stated, &in->contract, NULL);
}

static co_status make_contract(importer *in) {
  co_contract stated;
  CO_TRY(co_facts_contract(&in->out->facts, &in->net, &stated));
  if (in->def->world) {
    co_status status = contract_of_task(in, &stated);
    co_contract_free(&stated);
    CO_TRY(status);
  } else {
    in->contract = stated;
  }
  bool squashed = in->chain.matches && in->chain.range && is_off_policy(in);
  snprintf(in->contract.algorithm, sizeof in->contract.algorithm, "%s",
           squashed ? "sac" : "imported");
  // no file's place is in a policy, only its name
  CO_TRY(co_contract_set_origin(&in->contract, "network", CO_FROM_FILE, co_path_base(in->network)));
  return co_contract_set_origin(&in->contract, "training", CO_FROM_UNKNOWN, "");
}

// ---- a file that this program wrote

enum { OWN_STEPS = 16 };  // of one episode, through graph and policy

// A file of ours is taken at its contract's word where nobody says anything about it but settings
// that lie beside it, which have to say the same.
static bool is_own(const importer *in) {
  const co_import_def *def = in->def;
  bool alone = in->num_graphs == 1 && in->num_read == 1;
  bool told =
      def->num_facts > 0 || def->preset || def->normaliser || def->action || !isnan(def->log_std);
  return alone && !told && co_import_is_own(&in->read[0]);
}

// Largest difference of the actions, as a part of the larger of them and 1.
static double largest_gap(const float *a, const float *b, int count) {
  double most = 0;
  for (int i = 0; i < count; i++) {
    double gap = fabs((double)a[i] - (double)b[i]) / fmax(1, fabs((double)a[i]));
    most = gap <= most ? most : gap;
  }
  return most;
}

typedef struct own_rows {
  float *obs, *action, *graphs, *block, *work, *state;
  void *memory;  // of the policy
} own_rows;

static co_status take_rows(const co_program *program, const co_actor *actor, co_arena *arena,
                           own_rows *out) {
  size_t size = sizeof(float), act = (size_t)program->act_dim;
  out->obs = co_arena_alloc(arena, (size_t)program->obs_dim, size);
  out->action = co_arena_alloc(arena, act, size);
  out->graphs = co_arena_alloc(arena, act, size);
  out->state = co_arena_alloc(arena, (size_t)program->state_dim + 1, size);
  out->memory = co_arena_alloc(arena, actor->state_bytes + 8, 1);
  CO_TRY(co_arena_status(arena));
  out->block = co_alloc_aligned(co_actor_scratch_size(actor, 1), size);
  out->work = co_alloc_aligned(co_program_work_size(program, 1), size);
  return out->block && out->work ? CO_OK : CO_MEMORY;
}

static double compare_rows(const co_program *program, const co_actor *actor, const own_rows *at) {
  co_rng rng = co_rng_make(&(co_stream){.seed = 1, .purpose = CO_PURPOSE_INIT}, 0);
  co_actor_scratch scratch = co_actor_scratch_place(actor, 1, at->block);
  double most = 0;
  co_actor_begin(actor, 1, at->memory);
  for (int t = 0; t < OWN_STEPS; t++) {
    for (int i = 0; i < program->obs_dim; i++) at->obs[i] = (float)co_rng_normal(&rng);
    co_actor_act(actor, at->obs, 1, at->memory, &scratch, at->action);
    co_program_run(program, at->obs, 1, at->state, at->work, at->graphs);
    most = fmax(most, largest_gap(at->graphs, at->action, program->act_dim));
  }
  return most;
}

// The operations may have been changed since; the contract then is about another function.
static co_status check_own(const importer *in) {
  const co_policy *policy = in->out->policy;
  const co_program *program = &in->program;
  if (program->obs_dim != policy->net.def.obs_dim || program->act_dim != policy->net.def.act_dim)
    return co_fail(CO_DATA, "%s: its graph is not as large as its contract says", in->network);
  co_actor actor = co_actor_view(co_kernels_get(), policy);
  co_arena arena = {0};
  own_rows rows = {0};
  co_status status = take_rows(program, &actor, &arena, &rows);
  double gap = status == CO_OK ? compare_rows(program, &actor, &rows) : 0;
  free(rows.block);
  free(rows.work);
  co_arena_free(&arena);
  CO_TRY(status);
  if (gap < 1e-5) return CO_OK;
  return co_fail(CO_DATA,
                 "%s: its graph gives other actions than the policy that its metadata \"%s\" "
                 "describe (by up to %.3g); without these it is imported as a graph",
                 in->network, CO_OWN_CONTRACT, gap);
}

static co_status compare_with_settings(importer *in) {
  co_contract stated;
  if (in->def->num_files == 1) return CO_OK;
  CO_TRY(co_facts_contract(&in->out->facts, &in->net, &stated));
  co_status status = compare_with(in, &stated, &in->out->policy->contract, "the policy's contract");
  co_contract_free(&stated);
  return status;
}

static co_status take_own(importer *in) {
  CO_TRY(co_import_own(&in->read[0], &in->out->policy));
  CO_TRY(compare_with_settings(in));
  if (in->def->world) CO_TRY(check_sizes(in));
  return check_own(in);
}

// ---- the whole

// What a deployed actor does has no spread; what learns from it needs one. Tensors may have it.
static co_status give_spread(importer *in) {
  double given = in->def->log_std, log_std = isnan(given) ? -1 : given;
  co_contract *contract = &in->out->policy->contract;
  char detail[160];
  for (int i = 0; isnan(given) && i < in->num_made; i++) {
    const co_preset_result *made = &in->made[i];
    if (made->num_log_std != 1 && made->num_log_std != in->net.act_dim) continue;
    co_chain_set_log_std(in->out->policy, made->log_std, made->num_log_std);
    snprintf(detail, sizeof detail, "%g of the first action, %.80s", made->log_std[0],
             co_path_base(in->network));
    return co_contract_set_origin(contract, "network.log_std", CO_FROM_FILE, detail);
  }
  snprintf(detail, sizeof detail, "%g%s", log_std,
           isnan(given) ? ", since no file says it: the actor is deterministic" : "");
  co_chain_set_log_std(in->out->policy, &log_std, 1);
  return co_contract_set_origin(contract, "network.log_std",
                                isnan(given) ? CO_FROM_DEFAULT : CO_FROM_USER, detail);
}

// Names of tensors do not say what stands between layers; who did is told.
static co_status say_activation(importer *in) {
  char detail[192];
  for (int i = 0; i < in->num_made; i++) {
    const co_preset_result *made = &in->made[i];
    if (!made->activation[0]) continue;
    const co_fact *at = &in->out->facts.activation.at;
    bool stated = in->out->facts.activation.value != NULL;  // which preset and file give way to
    snprintf(detail, sizeof detail, "%s, %s", made->activation,
             stated && at->place ? co_path_base(at->place) : made->activation_place);
    return co_contract_set_origin(&in->out->policy->contract, "network.activation",
                                  stated ? at->from : made->activation_from, detail);
  }
  return CO_OK;
}

static co_status make_policy(importer *in) {
  if (in->chain.matches)
    CO_TRY(co_chain_policy(&in->chain, &in->program, &in->contract, &in->out->policy));
  else
    CO_TRY(co_policy_from_program(&in->program, in->network, &in->contract, &in->out->policy));
  CO_TRY(give_spread(in));
  CO_TRY(say_activation(in));
  const co_env_info *world = in->def->world;
  if (world && world->task_text) {
    in->out->policy->task_text = co_strdup(world->task_text);
    if (!in->out->policy->task_text) return CO_MEMORY;
  }
  return CO_OK;
}

static co_status run(importer *in) {
  CO_TRY(read_files(in));
  CO_TRY(compile(in));
  if (is_own(in)) {
    CO_TRY(take_own(in));
    in->out->knows_normaliser = co_contract_knows_normaliser(&in->out->policy->contract);
    return CO_OK;
  }
  if (in->def->name_order) CO_TRY(in->def->name_order(in->def->order_context, &in->out->facts));
  CO_TRY(make_contract(in));
  CO_TRY(make_policy(in));
  const co_norm_facts norm = {in->def, &in->out->facts, in->network, in->chain.has_normaliser,
                              in->num_made ? &in->made[0].normaliser : NULL};
  CO_TRY(co_import_settle_normaliser(&norm, in->out->policy));
  in->out->knows_normaliser = co_contract_knows_normaliser(&in->out->policy->contract);
  return CO_OK;
}

co_status co_import_run(const co_import_def *def, co_import *out) {
  *out = (co_import){0};
  importer *in = co_alloc(1, sizeof *in);
  if (!in) return CO_MEMORY;
  *in = (importer){.def = def, .out = out};
  co_status status = run(in);
  co_contract_free(&in->contract);
  co_chain_free(&in->chain);
  co_program_free(&in->program);
  for (int i = 0; i < in->num_read; i++) co_onnx_free(&in->read[i]);
  for (int i = 0; i < in->num_made; i++) co_preset_free(&in->made[i]);
  free(in);
  if (status != CO_OK) co_import_free(out);
  return status;
}

void co_import_free(co_import *import) {
  co_policy_free(import->policy);
  co_facts_free(&import->facts);
  co_arena_free(&import->memory);
  *import = (co_import){0};
}
