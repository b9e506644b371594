// carryover list: what there is to choose from, from the tables and data files themselves.

#include "agents/import/chain.h"
#include "agents/learn/learner_stats.h"
#include "agents/learn/loss/loss.h"
#include "agents/policy/policy.h"
#include "agents/policy/zoo.h"
#include "agents/program/ops.h"
#include "cli/cli.h"
#include "core/config/config_file.h"
#include "core/text.h"
#include "envs/domain/preset.h"
#include "envs/physics/physics.h"
#include "envs/task/terms/terms.h"
#include "envs/world/world.h"
#include "transfer/study/study.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// A kind of listing: its name is the key of the list in JSON, keys of entries are headings in text.
typedef struct list_kind {
  const char *name;
  const char *const *keys;             // of an entry, in the order of the text's columns
  co_status (*collect)(co_json *all);  // adds one object per entry
} list_kind;

// --- tasks and studies: files

// calls `describe` for each file of a folder; gives it the name, the path and an object to fill
static co_status list_files(const char *folder,
                            co_status (*describe)(const char *name, const char *path,
                                                  co_json *object),
                            co_json *all) {
  co_names names;
  CO_TRY(co_config_names(folder, &names));
  co_status status = CO_OK;
  for (int i = 0; status == CO_OK && i < names.count; i++) {
    char relative[512], *path;
    snprintf(relative, sizeof relative, "%s/%s.cfg", folder, names.name[i]);
    status = co_data_find(relative, &path);
    if (status != CO_OK) break;
    co_json *object = co_json_object();
    co_json_set_string(object, "name", names.name[i]);
    status = describe(names.name[i], path, object);
    char doc[256];
    co_config_doc(path, doc, sizeof doc);
    co_json_set_string(object, "doc", doc);
    co_json_add(all, object);
    free(path);
  }
  co_names_free(&names);
  return status;
}

// Built, not only read: sizes are known when the terms have found their elements.
static co_status describe_task(const char *name, const char *path, co_json *object) {
  (void)path;
  co_world world = {.task = name};
  co_built_world *built;
  CO_TRY(co_world_build(&world, &built));
  const co_env_info *info = &built->info;
  co_json_set_string(object, "model", info->model);
  co_json_set_int(object, "observations", info->obs_dim);
  co_json_set_int(object, "actions", info->act_dim);
  co_json_set_int(object, "horizon", info->horizon);
  co_json_set_number(object, "control_dt", info->timestep * info->substeps);
  co_world_free(built);
  return CO_OK;
}

// read with all checks, so a shipped study that is wrong is seen here
static co_status describe_study(const char *name, const char *path, co_json *object) {
  (void)name;
  co_study *study;
  CO_TRY(co_study_read(path, NULL, 0, &study));
  co_json_set_int(object, "sources", study->def.sources.count);
  co_json_set_int(object, "targets", study->def.targets.count);
  co_json_set_int(object, "strategies", study->num_strategies);
  co_json_set_int(object, "seeds", study->def.seeds);
  co_json_set_string(object, "path", path);
  co_study_free(study);
  return CO_OK;
}

static co_status list_tasks(co_json *all) {
  return list_files("configs/tasks", describe_task, all);
}

static co_status list_studies(co_json *all) {
  return list_files("configs/studies", describe_study, all);
}

// --- the zoo: what its policies say of themselves

// of the task that has this name
static void set_task_doc(const char *task, co_json *object) {
  char *path, doc[256] = "";
  if (co_config_find("task", "configs/tasks", task, &path) == CO_OK) {
    co_config_doc(path, doc, sizeof doc);
    free(path);
  }
  co_json_set_string(object, "doc", doc);
}

static void set_expected(const co_contract *contract, co_json *object) {
  bool known = contract->expected_confidence > 0;
  co_json_set_number(object, "return",
                     contract->expected_episodes ? contract->expected_mean : (double)NAN);
  co_json_set_number(object, "iqm", known ? contract->expected_iqm : (double)NAN);
  co_json_set_number(object, "lo", known ? contract->expected_lo : (double)NAN);
  co_json_set_number(object, "hi", known ? contract->expected_hi : (double)NAN);
  co_json_set_int(object, "episodes", contract->expected_episodes);
}

static co_status list_policy(const char *name, co_json *object) {
  char *path;
  co_buf bytes = {0};
  co_policy *policy = NULL;
  CO_TRY(co_zoo_find(name, &path));
  co_status status = co_file_read(path, 0, &bytes);
  if (status == CO_OK) status = co_policy_parse(bytes.data, bytes.size, path, &policy);
  if (status == CO_OK) {
    const co_contract *contract = &policy->contract;
    co_json_set_string(object, "name", name);
    co_json_set_string(object, "task", contract->task);
    co_json_set_string(object, "algorithm", contract->algorithm);
    co_json_set_int(object, "steps", contract->steps);
    set_expected(contract, object);
    co_json_set_int(object, "bytes", (int64_t)bytes.size);
    co_json_set_string(object, "path", path);
    co_json_set_string(object, "note", *contract->note ? contract->note : NULL);
    set_task_doc(contract->task, object);
  }
  co_policy_free(policy);
  co_buf_free(&bytes);
  free(path);
  return status;
}

static co_status list_zoo(co_json *all) {
  co_names names;
  CO_TRY(co_zoo_names(&names));
  co_status status = CO_OK;
  for (int i = 0; status == CO_OK && i < names.count; i++) {
    char name[CO_NAME + sizeof CO_ZOO_PREFIX];
    snprintf(name, sizeof name, "%s%.*s", CO_ZOO_PREFIX, CO_NAME, names.name[i]);
    co_json *object = co_json_object();
    status = list_policy(name, object);
    co_json_add(all, object);
  }
  co_names_free(&names);
  return status;
}

static co_status list_domains(co_json *all) {
  co_presets presets;
  CO_TRY(co_presets_read(&presets));
  for (int i = 0; i < presets.count; i++) {
    const co_preset *preset = &presets.preset[i];
    co_json *object = co_json_object();
    co_json_set_string(object, "name", preset->name);
    co_json_set_string(object, "task", preset->task);
    co_json *parameters = co_json_array();
    for (int k = 0; k < preset->domain->count; k++) {
      const co_node *parameter = co_node_get(preset->domain->child[k], "parameter");
      bool text = parameter && parameter->kind == CO_NODE_STRING;
      co_json_add(parameters, co_json_string(text ? parameter->value.string : "?"));
    }
    co_json_set(object, "parameters", parameters);
    co_json_add(all, object);
  }
  co_presets_free(&presets);
  return CO_OK;
}

// --- terms, parameters, strategies: tables

// "from count clip" as a list
static void set_words(const char *words, const char *key, co_json *object) {
  co_json *array = co_json_array();
  for (const char *at = words ? words : ""; *(at += strspn(at, " "));) {
    size_t length = strcspn(at, " ");
    char word[CO_NAME];
    snprintf(word, sizeof word, "%.*s", (int)length, at);
    co_json_add(array, co_json_string(word));
    at += length;
  }
  co_json_set(object, key, array);
}

static void list_terms_of(co_term_kind kind, co_json *all) {
  for (const co_term_class *term = co_term_table(kind); term->name; term++) {
    co_json *object = co_json_object();
    co_json_set_string(object, "kind", co_term_kind_name(kind));
    co_json_set_string(object, "name", term->name);
    co_json_set_string(object, "unit", term->unit);
    set_words(term->keys, "keys", object);
    set_words(term->needs, "needs", object);
    co_json_set_string(object, "doc", term->doc);
    co_json_add(all, object);
  }
}

static co_status list_terms(co_json *all) {
  for (int kind = 0; kind < CO_NUM_TERM_KINDS; kind++) list_terms_of((co_term_kind)kind, all);
  return CO_OK;
}

static const char *how_name(const co_parameter *parameter) {
  static const char *const name[] = {
#define X(id, text) [id] = text,
      CO_HOW_LIST(X)
#undef X
  };
  return name[parameter->how & CO_HOW];
}

static co_status list_parameters(co_json *all) {
  for (int i = 0; i < CO_NUM_PARAMETERS; i++) {
    const co_parameter *parameter = &co_parameters[i];
    co_json *object = co_json_object();
    bool whole = parameter->element == CO_NO_ELEMENT;
    co_json_set_string(object, "name", parameter->name);
    co_json_set_string(object, "select", whole ? NULL : co_element_name(parameter->element));
    co_json_set_int(object, "values", parameter->width);
    co_json_set_number(object, "min", parameter->min);
    co_json_set_number(object, "max", parameter->max);
    co_json_set_bool(object, "whole", parameter->how & CO_WHOLE);
    co_json_set_string(object, "unit", parameter->unit);
    co_json_set_string(object, "applied", how_name(parameter));
    co_json_set_string(object, "doc", parameter->doc);
    co_json_add(all, object);
  }
  return CO_OK;
}

// with their bases resolved: what a strategy does, not how it is written
static co_status list_strategies(co_json *all) {
  co_arena arena = {0};
  co_list builtin;
  co_status status = co_strategies_builtin(&arena, &builtin);
  for (int i = 0; status == CO_OK && i < builtin.count; i++) {
    const co_strategy_def *def = (const co_strategy_def *)builtin.item + i;
    co_strategy strategy;
    status = co_strategy_resolve(&(co_list){0}, &builtin, def->name, &strategy);
    if (status != CO_OK) break;
    co_json *object = co_json_object();
    co_json_set_string(object, "name", strategy.name);
    co_json_set_string(object, "status", def->status);
    co_json_set_string(object, "copy", strategy.copy);
    co_json_set_string(object, "train", strategy.train);
    co_json_set_string(object, "obs_norm", strategy.obs_norm);
    co_json_set_int(object, "rules", co_strategy_exceptions(&strategy));
    co_json_set_string(object, "cites", def->cites);
    co_json_set_string(object, "doc", strategy.doc);
    co_json_add(all, object);
  }
  co_arena_free(&arena);
  return status;
}

// --- losses: terms, and the rule that is a loss of weights

static void add_loss(const char *name, const char *kind, const char *needs, const char *doc,
                     co_json *all) {
  co_json *object = co_json_object();
  co_json_set_string(object, "name", name);
  co_json_set_string(object, "kind", kind);
  set_words(needs, "needs", object);
  co_json_set_string(object, "doc", doc);
  co_json_add(all, object);
}

static const co_field *find_field(const co_schema *schema, const char *key) {
  int i = 0;
  while (strcmp(schema->field[i].key, key) != 0) i++;
  return &schema->field[i];
}

static co_status list_losses(co_json *all) {
  for (int i = 0; co_loss_classes[i]; i++) {
    const co_loss_class *term = co_loss_classes[i];
    add_loss(term->name, "term", term->needs & CO_LOSS_NEEDS_SOURCE ? "source" : "", term->doc,
             all);
  }
  const co_schema *rule = find_field(&co_strategy_schema, "rules")->child;
  static const char *const pulls[] = {"l2sp", "l2init"};
  for (size_t i = 0; i < sizeof pulls / sizeof *pulls; i++)
    add_loss(pulls[i], "rule", "", find_field(rule, pulls[i])->doc, all);
  return CO_OK;
}

// --- metrics of learning

static co_status list_metrics(co_json *all) {
  static const char *const only[] = {[CO_LOGGED_OF_TERM] = "term",
                                     [CO_LOGGED_OF_DATA] = "data",
                                     [CO_LOGGED_OF_SOURCE] = "source_env",
                                     [CO_LOGGED_OF_REDO] = "redo"};
  for (int i = 0; i < CO_NUM_LEARNER_METRICS; i++) {
    const co_learner_metric *metric = &co_learner_metrics[i];
    co_json *object = co_json_object();
    co_json_set_string(object, "name", metric->name);
    co_json_set_string(object, "unit", metric->unit);
    co_json_set_string(object, "file", metric->logged ? "log" : "timing");
    co_json_set_string(object, "only", only[metric->logged]);
    co_json_set_string(object, "doc", metric->meaning);
    co_json_add(all, object);
  }
  return CO_OK;
}

// --- operators of graphs that are imported

static co_status list_operators(co_json *all) {
  for (int i = 0; i < co_op_count(); i++) {
    const co_op_class *op = co_op_at(i);
    co_json *object = co_json_object();
    co_json_set_string(object, "name", op->name);
    co_json_set_int(object, "first",
                    op->since > CO_ONNX_OPSET_FIRST ? op->since : CO_ONNX_OPSET_FIRST);
    co_json_set_int(object, "last", CO_ONNX_OPSET_LAST);
    co_json_set_bool(object, "runs", true);
    co_json_set_string(object, "trains", co_chain_use(op->name));
    co_json_add(all, object);
  }
  return CO_OK;
}

// --- output

static const list_kind kinds[] = {
    {"tasks",
     (const char *const[]){"name", "model", "observations", "actions", "horizon", "control_dt",
                           "doc", NULL},
     list_tasks},
    {"zoo",
     (const char *const[]){"name", "return", "iqm", "lo", "hi", "steps", "bytes", "doc", NULL},
     list_zoo},
    {"domains", (const char *const[]){"name", "task", "parameters", NULL}, list_domains},
    {"terms", (const char *const[]){"kind", "name", "unit", "needs", "keys", "doc", NULL},
     list_terms},
    {"parameters",
     (const char *const[]){"name", "select", "values", "min", "max", "unit", "applied", "doc",
                           NULL},
     list_parameters},
    {"strategies",
     (const char *const[]){"name", "status", "copy", "train", "obs_norm", "cites", "doc", NULL},
     list_strategies},
    {"losses", (const char *const[]){"name", "kind", "needs", "doc", NULL}, list_losses},
    {"studies",
     (const char *const[]){"name", "sources", "targets", "strategies", "seeds", "doc", NULL},
     list_studies},
    {"metrics", (const char *const[]){"name", "unit", "file", "doc", NULL}, list_metrics},
    {"operators", (const char *const[]){"name", "first", "last", "runs", "trains", NULL},
     list_operators},
};

enum { NUM_KINDS = sizeof kinds / sizeof *kinds };

// Counts keep all their digits.
static void put_number(double value, co_buf *out) {
  bool whole = value == floor(value) && fabs(value) < 1e15;
  co_buf_printf(out, whole ? "%.0f" : "%g", value);
}

static void cell_text(const co_json *value, co_buf *out) {
  if (co_json_is_string(value)) co_buf_puts(out, co_json_as_string(value));
  if (co_json_is_number(value)) put_number(co_json_as_number(value, 0), out);
  if (co_json_is_null(value)) co_buf_puts(out, "-");
  if (co_json_is_bool(value)) co_buf_puts(out, co_json_as_bool(value, false) ? "yes" : "no");
  for (size_t i = 0; co_json_is_array(value) && i < co_json_count(value); i++)
    co_buf_printf(out, "%s%s", i ? " " : "", co_json_as_string(co_json_at(value, i)));
}

// as wide as its widest cell or heading
static size_t column_width(const char *key, const co_json *all) {
  size_t width = strlen(key);
  for (size_t i = 0; i < co_json_count(all); i++) {
    co_buf cell = {0};
    cell_text(co_json_get(co_json_at(all, i), key), &cell);
    if (cell.size > width) width = cell.size;
    co_buf_free(&cell);
  }
  return width;
}

// the last column is not padded: it is the longest
static void add_cell(const char *text, size_t width, bool last, co_buf *out) {
  if (last)
    co_buf_printf(out, "%s\n", text);
  else
    co_buf_printf(out, "%-*s  ", (int)width, text);
}

static co_status print_text(const list_kind *kind, const co_json *all) {
  enum { MAX_COLUMNS = 8 };
  size_t width[MAX_COLUMNS];
  co_buf text = {0};
  int columns = 0;
  for (; kind->keys[columns] && columns < MAX_COLUMNS; columns++)
    width[columns] = column_width(kind->keys[columns], all);
  for (int c = 0; c < columns; c++) add_cell(kind->keys[c], width[c], c + 1 == columns, &text);
  for (size_t i = 0; i < co_json_count(all); i++) {
    for (int c = 0; c < columns; c++) {
      co_buf cell = {0};
      cell_text(co_json_get(co_json_at(all, i), kind->keys[c]), &cell);
      add_cell(cell.data ? cell.data : "", width[c], c + 1 == columns, &text);
      co_buf_free(&cell);
    }
  }
  co_status status = cli_print_text(&text);
  co_buf_free(&text);
  return status;
}

static const list_kind *find_kind(const char *name) {
  for (int i = 0; i < NUM_KINDS; i++)
    if (strcmp(kinds[i].name, name) == 0) return &kinds[i];
  return NULL;
}

static co_status unknown_kind(const char *name) {
  const char *names[NUM_KINDS];
  for (int i = 0; i < NUM_KINDS; i++) names[i] = kinds[i].name;
  const char *near = co_suggest(name, names, NUM_KINDS);
  if (near) return co_fail(CO_USAGE, "list: unknown \"%s\", did you mean \"%s\"?", name, near);
  return co_fail(CO_USAGE, "list: unknown \"%s\", expected: carryover list %s", name,
                 cli_list.positional);
}

static co_status run(const cli_args *args) {
  const list_kind *kind = find_kind(cli_positional(args, 0));
  if (!kind) return unknown_kind(cli_positional(args, 0));
  co_json *object = cli_object("list"), *all = co_json_array();
  co_status status = kind->collect(all);
  co_json_set_string(object, "kind", kind->name);
  co_json_set(object, kind->name, all);
  if (status == CO_OK) status = cli_json(args) ? cli_print_json(object) : print_text(kind, all);
  co_json_free(object);
  return status;
}

static const cli_option options[] = {{NULL, NULL, NULL}};

const cli_command cli_list = {
    "list",
    "list tasks, policies, domains, terms, parameters, strategies, losses, studies, metrics or "
    "operators",
    "carryover list parameters",
    "tasks|zoo|domains|terms|parameters|strategies|losses|studies|metrics|operators",
    1,
    1,
    options,
    run,
};
