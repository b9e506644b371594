#include "transfer/inspect/inspect.h"

#include "agents/contract/answers.h"
#include "agents/contract/contract_json.h"
#include "agents/formats/safetensors.h"
#include "agents/policy/policy.h"
#include "core/config/tree.h"
#include "core/file.h"
#include "core/hash.h"
#include "transfer/inspect/private/parts.h"
#include "transfer/study/strategy.h"
#include "transfer/study/study.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

co_json *co_inspect_hash_json(uint64_t hash) {
  char text[CO_HASH_TEXT];
  co_hash_text(hash, text);
  return co_json_string(text);
}

void co_inspect_set_common(co_json *object, const char *kind, const char *path, uint64_t hash,
                           co_json *tensors, co_json *contract) {
  co_json_set_string(object, "kind", kind);
  co_json_set_string(object, "path", path);
  co_json_set(object, "hash", co_inspect_hash_json(hash));
  co_json_set(object, "tensors", tensors);
  co_json_set(object, "contract", contract);
}

static void add_problem(co_json *problems, co_buf *text) {
  if (!text->failed) co_json_add(problems, co_json_string(text->data));
  co_buf_free(text);
}

// ---- policies

// Two passes: the spread of a normaliser's means is small against their size.
static void set_moments(co_json *object, const co_tensor *tensor) {
  double count = (double)tensor->rows * tensor->cols, sum = 0, squares = 0;
  for (int row = 0; row < tensor->rows; row++)
    for (int col = 0; col < tensor->cols; col++) sum += co_tensor_get(tensor, row, col);
  double mean = sum / count;
  for (int row = 0; row < tensor->rows; row++) {
    for (int col = 0; col < tensor->cols; col++) {
      double distance = co_tensor_get(tensor, row, col) - mean;
      squares += distance * distance;
    }
  }
  co_json_set_number(object, "mean", mean);
  co_json_set_number(object, "std", sqrt(squares / count));
}

static co_json *tensor_json(const co_tensor *tensor, const co_safetensor *stored) {
  co_json *object = co_json_object(), *shape = co_json_array();
  for (int d = 0; d < stored->rank; d++) co_json_add(shape, co_json_int((int64_t)stored->shape[d]));
  co_json_set_string(object, "name", tensor->name);
  co_json_set(object, "shape", shape);
  co_json_set_string(object, "dtype", co_safetensors_type_names[stored->element]);
  co_json_set(object, "hash", co_inspect_hash_json(co_tensor_hash(tensor)));
  set_moments(object, tensor);
  return object;
}

// "../x": a name that would leave a folder if anything took it for a file's.
static bool is_path_out(const char *name) {
  for (const char *at = name; (at = strstr(at, "..")); at += 2)
    if ((at == name || at[-1] == '/') && (at[2] == '/' || !at[2])) return true;
  return false;
}

static void check_name(const char *what, const char *name, co_json *problems) {
  co_buf text = {0};
  if (!is_path_out(name)) return;
  co_buf_printf(&text, "%s \"%s\" is named like a path out of a folder", what, name);
  add_problem(problems, &text);
}

static co_json *bad_names(const co_contract *contract) {
  co_json *problems = co_json_array();
  for (int i = 0; i < contract->num_obs; i++)
    check_name("observation", contract->obs[i].name, problems);
  for (int i = 0; i < contract->num_action; i++)
    check_name("action", contract->action[i].name, problems);
  for (int i = 0; i < contract->num_pose; i++)
    check_name("joint", contract->pose[i].joint, problems);
  for (int i = 0; i < contract->num_commands; i++)
    check_name("command", contract->command[i].name, problems);
  return problems;
}

// What is no error of the file, but will surprise whoever plays it.
static void add_surprises(const co_policy *policy, co_json *problems) {
  if (policy->unverified)
    co_json_add(problems, co_json_string("unverified: the file has no checksum, so that damage to "
                                         "its numbers cannot be seen"));
  if (!co_policy_has_critics(policy))
    co_json_add(problems, co_json_string("there are no critics: it can act, but it knows no "
                                         "values"));
  if (!co_contract_knows_normaliser(&policy->contract))
    co_json_add(problems, co_json_string("whether its observations are normalised is unknown: it "
                                         "is not run until `import --normaliser` says so"));
  else if (*policy->obs_norm.count == 0)
    co_json_add(
        problems,
        co_json_string("the observation normaliser has seen nothing: observations pass unscaled"));
  for (int i = 0; i<policy->contract.num_obs && * policy->obs_norm.count> 0; i++) {
    if (policy->obs_norm.var[i] > 0) continue;
    co_buf text = {0};
    co_buf_printf(&text, "observation %s never changed in training", policy->contract.obs[i].name);
    add_problem(problems, &text);
  }
}

static co_status add_parsed_policy(const co_policy *policy, const co_safetensors *stored,
                                   const char *path, uint64_t hash, co_json *object) {
  co_json *contract, *program;
  CO_TRY(co_inspect_program_json(policy, &program));
  co_status status = co_contract_to_json(&policy->contract, &contract);
  if (status != CO_OK) {
    co_json_free(program);
    return status;
  }
  co_json *tensors = co_json_array();
  // files of before outputs had a unit don't name it
  // one list, as it always was, whatever blocks the file has
  co_json_set(contract, "observation", co_contract_elements_json(&policy->contract));
  co_json_set_string(contract, "output", co_output_names[co_output_of(&policy->contract)]);
  for (int i = 0; i < policy->num_tensors; i++) {
    const co_tensor *tensor = &policy->tensor[i];
    co_json_add(tensors, tensor_json(tensor, co_safetensors_find(stored, tensor->name)));
  }
  co_inspect_set_common(object, "policy", path, hash, tensors, contract);
  co_json_set(object, "facts", co_contract_answers(&policy->contract));
  if (program) co_json_set(object, "program", program);
  co_json *problems = bad_names(&policy->contract);
  co_json_set_bool(object, "verified", !policy->unverified);
  co_json_set(object, "task_text", co_json_string(policy->task_text));
  co_json_set(object, "domain_text", co_json_string(policy->domain_text));
  co_json_set_bool(object, "valid", co_json_count(problems) == 0);
  add_surprises(policy, problems);
  co_json_set(object, "problems", problems);
  return CO_OK;
}

// All that can fail comes before the first member is set.
static co_status add_policy(const char *path, const co_buf *bytes, co_json *object) {
  co_policy *policy;
  CO_TRY(co_policy_parse(bytes->data, bytes->size, path, &policy));
  co_safetensors stored;  // for the shapes as the file has them
  co_status status = co_safetensors_parse(bytes->data, bytes->size, path, &stored);
  if (status == CO_OK) {
    status = add_parsed_policy(policy, &stored, path, co_hash(bytes->data, bytes->size), object);
    co_safetensors_free(&stored);
  }
  co_policy_free(policy);
  return status;
}

// ---- config files

// Kinds by the name of what the file holds.
static const struct config_kind {
  const char *member, *kind;
  co_node_kind node;
} config_kinds[] = {{"task", "task", CO_NODE_GROUP},
                    {"study", "study", CO_NODE_GROUP},
                    {"domain", "domain", CO_NODE_LIST},
                    {"presets", "collection", CO_NODE_LIST},
                    {"strategies", "strategies", CO_NODE_LIST}};

// What an item of a list is called: by its name, or by the parameter that it shifts.
static const char *item_name(const co_node *item) {
  static const char *const keys[] = {"name", "parameter"};
  for (int i = 0; i < 2; i++) {
    const co_node *node = co_node_get(item, keys[i]);
    if (node && node->kind == CO_NODE_STRING) return node->value.string;
  }
  return "?";
}

static co_json *member_names(const co_node *members) {
  co_json *names = co_json_array();
  for (int i = 0; i < members->count; i++) {
    const co_node *child = members->child[i];
    const char *name = members->kind == CO_NODE_GROUP ? child->name : item_name(child);
    co_json_add(names, co_json_string(name));
  }
  return names;
}

static const co_node *find_members(const co_node *root, const char **kind) {
  for (size_t i = 0; i < sizeof config_kinds / sizeof *config_kinds; i++) {
    const co_node *members = co_node_get(root, config_kinds[i].member);
    *kind = config_kinds[i].kind;
    if (members && members->kind == config_kinds[i].node) return members;
  }
  return NULL;
}

// Syntax that is wrong is damage here: the question is what the file holds.
static co_status read_config(const char *path, co_node **out) {
  co_status status = co_tree_read(path, out);
  return status == CO_CONFIG ? co_fail(CO_DATA, "%s", co_error_text()) : status;
}

static co_status check_study(const char *path) {
  co_study *study;
  CO_TRY(co_study_read(path, NULL, 0, &study));
  co_study_free(study);
  return CO_OK;
}

// A base may be an own strategy or a built-in one.
static co_status check_strategies(const char *path) {
  co_arena arena = {0};
  co_list own, builtin;
  co_status status = co_strategies_read(path, &arena, &own);
  if (status == CO_OK) status = co_strategies_builtin(&arena, &builtin);
  for (int i = 0; status == CO_OK && i < own.count; i++) {
    co_strategy strategy;
    const char *name = ((const co_strategy_def *)own.item)[i].name;
    status = co_strategy_resolve(&own, &builtin, name, &strategy);
  }
  co_arena_free(&arena);
  return status;
}

static co_status check_config(const char *kind, const char *path, co_inspect_check *check,
                              void *context) {
  if (strcmp(kind, "study") == 0) return check_study(path);
  if (strcmp(kind, "strategies") == 0) return check_strategies(path);
  return check(context, kind, path);
}

// The lines of the error text.
static void add_error_lines(co_json *problems) {
  for (const char *line = co_error_text(); *line;) {
    size_t length = strcspn(line, "\n");
    co_buf text = {0};
    co_buf_add(&text, line, length);
    add_problem(problems, &text);
    line += length + (line[length] == '\n');
  }
}

static co_status add_config(const char *path, const co_buf *bytes, co_inspect_check *check,
                            void *context, co_json *object) {
  co_node *root;
  CO_TRY(read_config(path, &root));
  const char *kind;
  const co_node *members = find_members(root, &kind);
  co_status status = members ? check_config(kind, path, check, context) : CO_OK;
  if (members && status != CO_MEMORY) {
    co_inspect_set_common(object, kind, path, co_hash(bytes->data, bytes->size), co_json_array(),
                          co_json_object());
    co_json_set(object, "keys", member_names(members));
    co_json *problems = co_json_array();
    if (status != CO_OK) add_error_lines(problems);
    co_json_set_bool(object, "valid", status == CO_OK);
    co_json_set(object, "problems", problems);
  }
  co_node_free(root);
  if (members) return status == CO_MEMORY ? status : CO_OK;
  return co_fail(CO_DATA, "%s: holds no task, study, domain, presets or strategies", path);
}

// By name: what a damaged file was meant to be is not in its bytes.
static bool is_named(const char *path, const char *ending) {
  size_t length = strlen(path), of_ending = strlen(ending);
  return length > of_ending && strcmp(path + length - of_ending, ending) == 0;
}

static co_status add_file(const char *path, co_inspect_check *check, void *context,
                          co_json *object) {
  co_buf bytes = {0};
  CO_TRY(co_file_read(path, 0, &bytes));
  co_status status = is_named(path, ".cfg")    ? add_config(path, &bytes, check, context, object)
                     : is_named(path, ".onnx") ? co_inspect_add_onnx(path, &bytes, object)
                                               : add_policy(path, &bytes, object);
  co_buf_free(&bytes);
  return status;
}

// ---- folders of studies

// study_hash is of the text that the run wrote as study.cfg, so an edited or exchanged file shows.
static void check_results(const co_json *results, uint64_t hash, co_json *problems) {
  char text[CO_HASH_TEXT];
  co_hash_text(hash, text);
  const char *have = co_json_get_string(results, "study_hash");
  if (!have || strcmp(have, text) != 0)
    co_json_add(problems, co_json_string("results.json belongs to another version of study.cfg"));
  const co_json *trials = co_json_get(results, "trials");
  int64_t total = co_json_get_int(trials, "total", 0), done = co_json_get_int(trials, "done", 0);
  co_buf message = {0};
  if (done < total) {
    co_buf_printf(&message, "%lld of %lld trials are not done", (long long)(total - done),
                  (long long)total);
    add_problem(problems, &message);
  }
  const co_json *failed = co_json_get(trials, "failed");
  for (size_t i = 0; co_json_is_array(failed) && i < co_json_count(failed); i++) {
    const char *id = co_json_as_string(co_json_at(failed, i));
    co_buf_printf(&message, "trial %s failed", id ? id : "?");
    add_problem(problems, &message);
  }
}

// total and done of the results, null where there are none
static co_json *trials_json(const co_json *results) {
  const co_json *trials = co_json_get(results, "trials");
  if (!trials) return co_json_null();
  co_json *object = co_json_object();
  co_json_set_int(object, "total", co_json_get_int(trials, "total", 0));
  co_json_set_int(object, "done", co_json_get_int(trials, "done", 0));
  return object;
}

static void set_study(const char *path, const char *config, const co_node *study, uint64_t hash,
                      const co_json *results, co_json *object) {
  co_json *problems = co_json_array();
  if (check_study(config) != CO_OK) add_error_lines(problems);
  if (results) {
    check_results(results, hash, problems);
  } else {
    co_json_add(problems, co_json_string("no results.json yet: the study has not finished"));
  }
  bool valid = co_json_count(problems) == 0;
  co_inspect_set_common(object, "study", path, hash, co_json_array(), co_json_object());
  co_json_set(object, "keys", member_names(study));
  co_json_set(object, "trials", trials_json(results));
  co_json_set_bool(object, "valid", valid);
  co_json_set(object, "problems", problems);
}

// Results of a study; NULL when there are none yet.
static co_status read_results(const char *folder, co_json **out) {
  *out = NULL;
  char *path = co_path_join(folder, "results.json");
  if (!path) return CO_MEMORY;
  co_status status = co_file_exists(path) ? co_json_read(path, out) : CO_OK;
  if (status == CO_OK && *out && !co_json_is_object(*out))
    status = co_fail(CO_DATA, "%s:1: must be an object", path);
  if (status != CO_OK) {
    co_json_free(*out);
    *out = NULL;
  }
  free(path);
  return status;
}

static co_status add_study(const char *folder, const char *config, co_json *object) {
  co_buf bytes = {0};
  co_node *root = NULL;
  co_json *results = NULL;
  co_status status = co_file_read(config, 0, &bytes);
  if (status == CO_OK) status = read_config(config, &root);
  if (status == CO_OK) status = read_results(folder, &results);
  if (status == CO_OK) {
    const char *kind;
    const co_node *group = find_members(root, &kind);
    if (group && strcmp(kind, "study") == 0) {
      set_study(folder, config, group, co_hash(bytes.data, bytes.size), results, object);
    } else {
      status = co_fail(CO_DATA, "%s: holds no study", config);
    }
  }
  co_json_free(results);
  co_node_free(root);
  co_buf_free(&bytes);
  return status;
}

static co_status add_folder(const char *folder, co_json *object) {
  char *config = co_path_join(folder, "study.cfg");
  if (!config) return CO_MEMORY;
  co_status status =
      co_file_exists(config)
          ? add_study(folder, config, object)
          : co_fail(CO_NO_INPUT, "%s: no study.cfg, so this is not the folder of a study", folder);
  free(config);
  return status;
}

co_status co_inspect_add(const char *path, co_inspect_check *check, void *context,
                         co_json *object) {
  return co_dir_exists(path) ? add_folder(path, object) : add_file(path, check, context, object);
}
