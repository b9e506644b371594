#include "transfer/study/study.h"

#include "core/file.h"
#include "core/hash.h"
#include "core/memory.h"
#include "transfer/study/algorithms.h"
#include "transfer/study/data.h"
#include "transfer/study/data_check.h"
#include "transfer/study/family.h"
#include "transfer/study/trial_id.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---- schema ----

static const char *const not_live_names[] = {"stop", "skip", "run", NULL};

#define SOURCE(member) offsetof(co_source_def, member)
static const co_field source_fields[] = {
    {"name", CO_FIELD_STRING, SOURCE(name), CO_REQUIRED, .doc = "name in ids and results"},
    {"task", CO_FIELD_STRING, SOURCE(task), CO_REQUIRED,
     .doc = "task name, or path of a .cfg file"},
    {"domain", CO_FIELD_TREE, SOURCE(domain),
     .doc = "list of shifts, or the name of a domain file"},
    {"map", CO_FIELD_STRING, SOURCE(map),
     .doc = "file of a map that policies see the task behind; \"none\": they act as they are"},
    {"algorithm", CO_FIELD_STRING, SOURCE(algorithm), .choices = co_algorithm_names,
     .doc = "learning algorithm"},
    {"steps", CO_FIELD_INT, SOURCE(steps), .min = 0, .max = 1e12, .doc = "training [env steps]"},
    {"policy", CO_FIELD_STRINGS, SOURCE(policy),
     .doc = "policy files instead of training: one per seed or one for all"},
    {"learning", CO_FIELD_TREE, SOURCE(learning),
     .doc = "settings by algorithm, over those of the study"},
    {"keep_replay", CO_FIELD_BOOL, SOURCE(keep_replay), CO_USUAL_UNWRITTEN,
     .doc = "keep what the learner's replay holds at the end, as data"},
    {"data", CO_FIELD_STRINGS, SOURCE(data), .max_count = 16,
     .doc = "data sets of the study that it learns from"},
};

static void source_defaults(void *value) {
  ((co_source_def *)value)->algorithm = "ppo";
}

static void source_validate(const void *value, const co_node *node, co_schema_errors *errors) {
  const co_source_def *source = value;
  if (source->steps == 0 && source->policy.count == 0)
    co_schema_error(errors, node, "steps", "a source needs steps > 0, or policy = \"FILE\"");
  if (source->steps > 0 && source->policy.count > 0)
    co_schema_error(errors, node, "policy", "a source has either steps or policy, not both");
  if (source->keep_replay && source->policy.count > 0)
    co_schema_error(errors, node, "keep_replay", "policy files have no replay");
  if (source->data.count > 0 && source->policy.count > 0)
    co_schema_error(errors, node, "data", "policy files learn from no data");
}

static const co_schema source_schema = {
    "study.source",  sizeof(co_source_def),
    source_fields,   sizeof source_fields / sizeof *source_fields,
    source_defaults, source_validate};

#define TARGET(member) offsetof(co_target_def, member)
static const co_field target_fields[] = {
    {"name", CO_FIELD_STRING, TARGET(name), CO_REQUIRED, .doc = "name in ids and results"},
    {"task", CO_FIELD_STRING, TARGET(task), CO_REQUIRED,
     .doc = "task name, or path of a .cfg file"},
    {"domain", CO_FIELD_TREE, TARGET(domain),
     .doc = "list of shifts, or the name of a domain file"},
    {"map", CO_FIELD_STRING, TARGET(map),
     .doc = "file of a map that policies see the task behind; \"none\": they act as they are"},
    {"steps", CO_FIELD_INT, TARGET(steps), CO_REQUIRED, .min = 1, .max = 1e12,
     .doc = "of each strategy [env steps]"},
    {"oracle_steps", CO_FIELD_INT, TARGET(oracle_steps), .min = 0, .max = 1e12,
     .doc = "long scratch run that is the reference, at least source + target steps [env steps]"},
    {"threshold", CO_FIELD_FLOAT, TARGET(threshold), .doc = "return that counts as learned"},
    {"if_not_live", CO_FIELD_CHOICE, TARGET(if_not_live), .choices = not_live_names,
     .doc = "what to do when the shift is inert under the source policies, or weak"},
    {"algorithm", CO_FIELD_STRING, TARGET(algorithm), .choices = co_algorithm_names,
     .doc = "that trains here; unset: the source's; a strategy's own comes first"},
    {"learning", CO_FIELD_TREE, TARGET(learning),
     .doc = "settings by algorithm, over those of the study"},
};
static const co_schema target_schema = {
    "study.target", sizeof(co_target_def),
    target_fields,  sizeof target_fields / sizeof *target_fields,
    NULL,           NULL};

#define COMPARISON(member) offsetof(co_comparison_def, member)
static const co_field comparison_fields[] = {
    {"strategy", CO_FIELD_STRING, COMPARISON(strategy), CO_REQUIRED, .doc = "what is compared"},
    {"against", CO_FIELD_STRING, COMPARISON(against),
     .doc = "strategy it is compared with; unset: scratch of its algorithm"},
    {"source", CO_FIELD_STRING, COMPARISON(source), .doc = "from this source only"},
    {"target", CO_FIELD_STRING, COMPARISON(target), .doc = "in this target only"},
};

static const co_schema comparison_schema = {"study.comparison",
                                            sizeof(co_comparison_def),
                                            comparison_fields,
                                            sizeof comparison_fields / sizeof *comparison_fields,
                                            NULL,
                                            NULL};

static void study_defaults(void *value) {
  co_study_def *def = value;
  *def = (co_study_def){.format = 1,
                        .name = "study",
                        .seed = 1,
                        .seeds = 5,
                        .episodes = 5,
                        .final_episodes = 20,
                        .random_episodes = 100,
                        .evaluations = 6,
                        .bootstrap = 50000};
}

// names become parts of ids and file names, and must be unique within their list
static void check_names(const co_list *list, size_t size, const co_node *node, const char *what,
                        co_schema_errors *errors) {
  const co_node *items = co_node_get(node, what);
  for (int i = 0; i < list->count; i++) {
    const char *name =
        *(const char *const *)((const char *)list->item + (size_t)i * size);  // first member
    const co_node *item = items && i < items->count ? items->child[i] : node;
    if (!co_trial_part_is_fine(name))
      co_schema_error(errors, item, "name",
                      "\"%s\" is no name: letters, digits, _ and -, at most 47", name);
    for (int j = 0; j < i; j++)
      if (strcmp(name, *(const char *const *)((const char *)list->item + (size_t)j * size)) == 0)
        co_schema_error(errors, item, "name", "\"%s\" is used twice in %s", name, what);
  }
}

// Without both a study only trains its sources; one of them alone is a slip.
static void check_transfer(const co_study_def *def, const co_node *node, co_schema_errors *errors) {
  if (def->targets.count && !def->strategies.count)
    co_schema_error(errors, node, "strategies", "missing, and the study has targets");
  if (def->strategies.count && !def->targets.count)
    co_schema_error(errors, node, "targets", "missing, and the study has strategies");
}

static void study_validate(const void *value, const co_node *node, co_schema_errors *errors) {
  const co_study_def *def = value;
  check_transfer(def, node, errors);
  if (!co_trial_part_is_fine(def->name))
    co_schema_error(errors, node, "name", "\"%s\" is no name: letters, digits, _ and -, at most 47",
                    def->name);
  check_names(&def->sources, sizeof(co_source_def), node, "sources", errors);
  check_names(&def->targets, sizeof(co_target_def), node, "targets", errors);
  check_names(&def->strategies, sizeof(co_strategy_def), node, "strategies", errors);
  check_names(&def->data, sizeof(co_data_def), node, "data", errors);
  const co_source_def *source = def->sources.item;
  for (int i = 0; i < def->sources.count; i++) {
    if (source[i].policy.count > 1 && source[i].policy.count < def->seeds)
      co_schema_error(errors, node, "sources", "source \"%s\" has %d policies for %lld seeds",
                      source[i].name, source[i].policy.count, (long long)def->seeds);
  }
}

#define STUDY(member) offsetof(co_study_def, member)
static const co_field study_fields[] = {
    {"format", CO_FIELD_INT, STUDY(format), CO_REQUIRED, .min = 1, .max = 1,
     .doc = "version of this file's layout"},
    {"name", CO_FIELD_STRING, STUDY(name), .doc = "name of the study; its folder belongs to it"},
    {"seed", CO_FIELD_INT, STUDY(seed), .min = 0, .max = 9e15, .doc = "seed of all random streams"},
    {"seeds", CO_FIELD_INT, STUDY(seeds), .min = 1, .max = 1000,
     .doc = "source seeds: the n of every statistic"},
    {"episodes", CO_FIELD_INT, STUDY(episodes), .min = 1, .max = 10000,
     .doc = "episodes of a curve's evaluation"},
    {"final_episodes", CO_FIELD_INT, STUDY(final_episodes), .min = 1, .max = 10000,
     .doc = "fresh episodes at the end"},
    {"random_episodes", CO_FIELD_INT, STUDY(random_episodes), .min = 1, .max = 10000,
     .doc = "episodes of uniform random actions"},
    {"evaluations", CO_FIELD_INT, STUDY(evaluations), .min = 2, .max = 1000,
     .doc = "points of a curve, step 0 and the last included"},
    {"bootstrap", CO_FIELD_INT, STUDY(bootstrap), .min = 100, .max = 1e7,
     .doc = "repetitions of every interval"},
    {"learning", CO_FIELD_TREE, STUDY(learning), .doc = "settings of all trainings, by algorithm"},
    {"sources", CO_FIELD_LIST, STUDY(sources), CO_REQUIRED, .min_count = 1, .max_count = 100,
     .child = &source_schema, .doc = "worlds that policies come from"},
    {"targets", CO_FIELD_LIST, STUDY(targets), .max_count = 1000, .child = &target_schema,
     .doc = "worlds they go to; none: the sources are trained and that is all"},
    {"strategies", CO_FIELD_LIST, STUDY(strategies), .max_count = 100, .child = &co_strategy_schema,
     .doc = "how they go"},
    {"data", CO_FIELD_LIST, STUDY(data), .max_count = 100, .child = &co_data_schema,
     .doc = "episodes that are recorded"},
    {"comparisons", CO_FIELD_LIST, STUDY(comparisons), .min_count = 1, .max_count = 1000,
     .child = &comparison_schema,
     .doc = "what is tested; by default each strategy that trains against scratch"},
};
static const co_schema study_schema = {"study",        sizeof(co_study_def),
                                       study_fields,   sizeof study_fields / sizeof *study_fields,
                                       study_defaults, study_validate};

typedef struct study_file {
  co_study_def study;
} study_file;
static const co_field file_fields[] = {{"study", CO_FIELD_GROUP, offsetof(study_file, study),
                                        CO_REQUIRED, .child = &study_schema, .doc = "the study"}};
static const co_schema file_schema = {"study file", sizeof(study_file), file_fields, 1, NULL, NULL};

// ---- reading ----

// "seeds=2" means the study's seeds, like "study.seeds=2"
static co_status apply_edit(co_node *root, const char *edit) {
  co_node *study = co_node_get(root, "study");
  bool whole = strncmp(edit, "study.", 6) == 0 || strncmp(edit, "study=", 6) == 0;
  return co_tree_set(whole || !study ? root : study, edit);
}

static int find_strategy(const co_study *study, const char *name) {
  for (int i = 0; i < study->num_strategies; i++)
    if (strcmp(study->strategy[i].name, name) == 0) return i;
  return -1;
}

// resolves the study's strategies; zero_shot is added when it is missing, since carry-over and
// grading need it
static co_status resolve_strategies(co_study *study, co_schema_errors *errors) {
  const co_strategy_def *own = study->def.strategies.item;
  int count = study->def.strategies.count;
  study->strategy =
      co_arena_alloc(&study->arena, (size_t)count + 1 + CO_NUM_ALGORITHMS, sizeof *study->strategy);
  if (!study->strategy) return CO_MEMORY;
  bool listed = false;
  for (int i = 0; i < count; i++) listed |= strcmp(own[i].name, "zero_shot") == 0;
  if (!listed) {
    CO_TRY(co_strategy_resolve(&study->def.strategies, &study->builtin, "zero_shot",
                               &study->strategy[0]));
    study->num_strategies = 1;
  }
  const co_node *nodes = co_node_get(co_node_get(study->root, "study"), "strategies");
  for (int i = 0; i < count; i++) {
    co_strategy *strategy = &study->strategy[study->num_strategies];
    if (co_strategy_resolve(&study->def.strategies, &study->builtin, own[i].name, strategy) !=
        CO_OK) {
      co_schema_error(errors, nodes->child[i], own[i].base ? "base" : "name", "%s",
                      co_error_text());
      *strategy = (co_strategy){
          .name = own[i].name, .doc = "", .copy = "*", .train = "*", .obs_norm = "auto"};
    }
    strategy->node = nodes->child[i];
    study->num_strategies++;
  }
  study->zero_shot = find_strategy(study, "zero_shot");
  study->scratch = find_strategy(study, "scratch");
  return CO_OK;
}

// Carry-over and grading rest on zero_shot, every comparison on scratch: a study may refine them,
// not change what they are.
static void check_baselines(const co_study *study, co_schema_errors *errors) {
  const co_strategy *zero_shot = &study->strategy[study->zero_shot];
  if (co_strategy_trains(zero_shot) || !co_strategy_copies_all(zero_shot))
    co_schema_error(errors, zero_shot->node, "name",
                    "\"zero_shot\" copies all and trains nothing: give this one another name");
  if (study->scratch < 0 || co_strategy_copies_nothing(&study->strategy[study->scratch])) return;
  co_schema_error(errors, study->strategy[study->scratch].node, "name",
                  "\"scratch\" copies nothing: give this one another name");
}

// A source's policy stays what its training made where nothing is trained.
static void check_algorithms(const co_study *study, co_schema_errors *errors) {
  for (int k = 0; k < study->num_strategies; k++) {
    const co_strategy *strategy = &study->strategy[k];
    if (strategy->algorithm && !co_strategy_trains(strategy))
      co_schema_error(errors, strategy->node, "algorithm",
                      "\"%s\" trains nothing, so no algorithm trains it", strategy->name);
  }
}

// The scratch of an algorithm that is not that of `scratch` in some target.
static co_status add_scratch(co_study *study, const co_algorithm *algorithm,
                             co_schema_errors *errors) {
  char text[CO_NAME];
  snprintf(text, sizeof text, "scratch_%s", algorithm->name);
  int there = find_strategy(study, text);
  if (there >= 0 && study->strategy[there].added) return CO_OK;
  if (there >= 0) {
    co_schema_error(errors, study->strategy[there].node, "name",
                    "\"%s\" is what this study adds, the scratch of %s: give this one another name",
                    text, algorithm->name);
    return CO_OK;
  }
  const char *name = co_arena_strdup(&study->arena, text);
  if (!name) return CO_MEMORY;
  co_strategy *added = &study->strategy[study->num_strategies++];
  *added = study->strategy[study->scratch];
  added->name = name;
  added->algorithm = algorithm->name;
  added->added = true;
  return CO_OK;
}

static co_status add_scratches(co_study *study, co_schema_errors *errors) {
  for (int t = 0; study->scratch >= 0 && t < study->def.targets.count; t++) {
    co_algorithm_set here;
    co_study_algorithms_in(study, t, &here);
    for (int i = 1; i < here.count; i++)
      if (co_algorithm_has_scratch(here.item[i])) CO_TRY(add_scratch(study, here.item[i], errors));
  }
  return CO_OK;
}

static co_status read_into(co_study *study, const char *path, const char *const *set, int num_set) {
  CO_TRY(co_strategies_builtin(&study->arena, &study->builtin));
  CO_TRY(co_tree_read(path, &study->root));
  for (int i = 0; i < num_set; i++) CO_TRY(apply_edit(study->root, set[i]));
  study_file file;
  co_schema_errors errors = {0};
  co_schema_read_into(&file_schema, study->root, &study->arena, &file, &errors);
  if (errors.count == 0) {
    study->def = file.study;
    co_status status = resolve_strategies(study, &errors);
    if (status != CO_OK) return co_buf_free(&errors.text), status;
    if (errors.count == 0) check_baselines(study, &errors);
    if (errors.count == 0) check_algorithms(study, &errors);
    if (errors.count == 0) co_data_check(study, &errors);
    if (errors.count == 0) status = add_scratches(study, &errors);
    if (status != CO_OK) return co_buf_free(&errors.text), status;
    if (errors.count == 0) co_family_check(study, &errors);
    // settings are checked here too, so that one reading reports every error of the file
    co_learning_check(study, &errors);
  }
  return co_schema_finish(&errors);
}

co_status co_study_read(const char *path, const char *const *set, int num_set, co_study **out) {
  co_study *study = co_alloc(1, sizeof *study);
  if (!study) return CO_MEMORY;
  co_status status = read_into(study, path, set, num_set);
  if (status != CO_OK) {
    co_study_free(study);
    return status;
  }
  *out = study;
  return CO_OK;
}

void co_study_free(co_study *study) {
  if (!study) return;
  co_node_free(study->root);
  co_arena_free(&study->arena);
  free(study);
}

co_status co_study_write(const co_study *study, co_buf *out) {
  study_file file = {.study = study->def};
  return co_schema_write(&file_schema, &file, out);
}

uint64_t co_study_hash(const co_study *study) {
  co_buf text = {0};
  uint64_t hash = co_study_write(study, &text) == CO_OK ? co_hash(text.data, text.size) : 0;
  co_buf_free(&text);
  return hash;
}

// ---- worlds ----

co_world co_source_world(const co_source_def *source) {
  return (co_world){.task = source->task, .domain = source->domain, .map = source->map};
}

co_world co_target_world(const co_target_def *target) {
  return (co_world){.task = target->task, .domain = target->domain, .map = target->map};
}
