#include "transfer/study/data_check.h"

#include "core/text.h"
#include "transfer/study/algorithms.h"
#include "transfer/study/data.h"

#include <string.h>

// ---- names ----

typedef const char *(*name_of)(const co_study *study, int i);

static const char *source_name(const co_study *study, int i) {
  return co_study_source(study, i)->name;
}

static const char *data_name(const co_study *study, int i) {
  return co_study_data(study, i)->name;
}

// A name that stands in the study, or an error at its key.
static void check_name(const co_study *study, name_of at, int count, const char *name,
                       const co_node *node, const char *key, co_schema_errors *errors) {
  enum { MOST = 100 };
  const char *names[MOST];
  for (int i = 0; i < count && i < MOST; i++) {
    names[i] = at(study, i);
    if (strcmp(names[i], name) == 0) return;
  }
  const char *near = co_suggest(name, names, count < MOST ? count : MOST);
  co_schema_error(errors, node, key, "\"%s\" is not in the study%s%s%s", name,
                  near ? ", did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

// ---- sets ----

static void check_kept(const co_study *study, const co_data_def *data, const co_node *node,
                       co_schema_errors *errors) {
  for (int s = 0; s < study->def.sources.count; s++) {
    const co_source_def *source = co_study_source(study, s);
    if (!co_data_is_of(study, data, s) || source->keep_replay) continue;
    co_schema_error(errors, node, "actions",
                    "source \"%s\" keeps none: keep_replay = true in it, or name another source",
                    source->name);
    return;
  }
}

static void check_one(const co_study *study, const co_data_def *data, const co_node *node,
                      co_schema_errors *errors) {
  if (data->in == CO_IN_TARGET && !study->def.targets.count)
    co_schema_error(errors, node, "in", "the study has no targets");
  if (co_data_is_kept(data)) check_kept(study, data, node, errors);
  if (!data->source) return;
  if (!co_data_has_source(data))
    co_schema_error(errors, node, "source", "random actions in a target are of no source");
  else
    check_name(study, source_name, study->def.sources.count, data->source, node, "source", errors);
}

// ---- who learns from them ----

static bool needs_data(const co_algorithm *algorithm) {
  return algorithm->needs & CO_NEEDS_DATA;
}

static bool takes_data(const co_algorithm *algorithm) {
  return (algorithm->needs | algorithm->uses) & CO_NEEDS_DATA;
}

static void check_replay(const co_source_def *source, const co_node *node,
                         co_schema_errors *errors) {
  const co_algorithm *of = co_algorithm_find(source->algorithm);
  if (source->keep_replay && of && !of->add_data)
    co_schema_error(errors, node, "keep_replay", "%s, which trains \"%s\", has no replay", of->name,
                    source->name);
}

// What trains in a target, where a strategy does not name its own, has nothing to learn from but
// the target.
static void check_world(const char *algorithm, const co_node *node, co_schema_errors *errors) {
  const co_algorithm *of = algorithm ? co_algorithm_find(algorithm) : NULL;
  if (of && needs_data(of))
    co_schema_error(errors, node, "algorithm",
                    "%s learns from data, which strategies name: let one of them name it",
                    of->name);
}

static void check_names(const co_study *study, const co_strings *names, const co_node *node,
                        co_schema_errors *errors) {
  for (int i = 0; i < names->count; i++) {
    check_name(study, data_name, study->def.data.count, names->value[i], node, "data", errors);
    for (int k = 0; k < i; k++)
      if (strcmp(names->value[k], names->value[i]) == 0)
        co_schema_error(errors, node, "data", "\"%s\" stands there twice", names->value[i]);
  }
}

// A source is trained before targets are graded, and its set before the source: so that is of a
// source's world, and of a policy that needs no set itself.
static const char *why_not_before(const co_study *study, const co_data_def *data) {
  if (data->in == CO_IN_TARGET) return "is played in targets, which come after their sources";
  if (!data->source) return "is each source's own: name the one that it is of (source = \"NAME\")";
  int of = co_study_find_source(study, data->source);
  bool waits = co_data_needs_policy(data) && co_study_source(study, of)->data.count > 0;
  return waits ? "is of a source that learns from data itself" : NULL;
}

static void check_source(const co_study *study, int s, const co_node *node,
                         co_schema_errors *errors) {
  const co_source_def *source = co_study_source(study, s);
  const co_algorithm *of = co_algorithm_find(source->algorithm);
  bool given = source->data.count > 0;
  int before = errors->count;
  check_replay(source, node, errors);
  if (!given && needs_data(of) && !source->policy.count)
    co_schema_error(errors, node, "algorithm",
                    "%s learns from data, and \"%s\" names none (data = \"NAME\")", of->name,
                    source->name);
  if (given && !takes_data(of))
    co_schema_error(errors, node, "data", "%s, which trains \"%s\", has no use for data", of->name,
                    source->name);
  check_names(study, &source->data, node, errors);
  for (int i = 0; errors->count == before && i < source->data.count; i++) {
    const char *name = source->data.value[i];
    const char *why = why_not_before(study, co_study_data(study, co_study_find_data(study, name)));
    if (why) co_schema_error(errors, node, "data", "\"%s\" %s", name, why);
  }
}

// What trains it in every target agrees with what it is given; the first that does not is told.
static void check_algorithms(const co_study *study, int k, co_schema_errors *errors) {
  const co_strategy *strategy = &study->strategy[k];
  bool given = strategy->data.count > 0, of_each = co_study_has_source(study, k);
  for (int t = 0; t < study->def.targets.count; t++)
    for (int s = of_each ? 0 : -1; s < (of_each ? study->def.sources.count : 0); s++) {
      const co_algorithm *algorithm = co_study_algorithm(study, s, t, k);
      if (given ? takes_data(algorithm) : !needs_data(algorithm)) continue;
      co_schema_error(errors, strategy->node, given ? "data" : "algorithm",
                      given ? "%s, which trains \"%s\", has no use for data"
                            : "%s learns from data, and \"%s\" names none",
                      algorithm->name, strategy->name);
      return;
    }
}

static void check_strategy(const co_study *study, int k, co_schema_errors *errors) {
  const co_strategy *strategy = &study->strategy[k];
  int before = errors->count;
  check_names(study, &strategy->data, strategy->node, errors);
  if (strategy->data.count && !co_strategy_trains(strategy))
    co_schema_error(errors, strategy->node, "data",
                    "\"%s\" trains nothing, so it learns from no data", strategy->name);
  if (strategy->data.count && k == study->scratch)
    co_schema_error(errors, strategy->node, "data",
                    "\"scratch\" learns in its target alone: give this one another name");
  if (errors->count == before && co_strategy_trains(strategy)) check_algorithms(study, k, errors);
}

// ---- who steps in a source's world ----

// What trains it in a target takes such steps; the first that does not is told.
static void check_steps(const co_study *study, int k, co_schema_errors *errors) {
  const co_strategy *strategy = &study->strategy[k];
  for (int t = 0; t < study->def.targets.count; t++)
    for (int s = 0; s < study->def.sources.count; s++) {
      const co_algorithm *algorithm = co_study_algorithm(study, s, t, k);
      if (co_algorithm_check_source_env(algorithm, strategy->source_env) == CO_OK) continue;
      co_schema_error(errors, strategy->node, "source_env", "\"%s\": %s", strategy->name,
                      co_error_text());
      return;
    }
}

static void check_source_env(const co_study *study, int k, co_schema_errors *errors) {
  const co_strategy *strategy = &study->strategy[k];
  if (!strategy->source_env) return;
  if (!co_strategy_trains(strategy))
    co_schema_error(errors, strategy->node, "source_env",
                    "\"%s\" trains nothing, so it learns from no steps of the source's world",
                    strategy->name);
  else if (k == study->scratch)
    co_schema_error(errors, strategy->node, "source_env",
                    "\"scratch\" learns in its target alone: give this one another name");
  else
    check_steps(study, k, errors);
}

void co_data_check(const co_study *study, co_schema_errors *errors) {
  const co_node *root = co_node_get(study->root, "study");
  const co_node *sources = co_node_get(root, "sources"), *targets = co_node_get(root, "targets"),
                *data = co_node_get(root, "data");
  int before = errors->count;
  for (int i = 0; i < study->def.targets.count; i++)
    check_world(co_study_target(study, i)->algorithm, targets->child[i], errors);
  for (int i = 0; i < study->def.data.count; i++)
    check_one(study, co_study_data(study, i), data->child[i], errors);
  bool sound = errors->count == before;  // of each set, the source that it names is there
  for (int i = 0; sound && i < study->def.sources.count; i++)
    check_source(study, i, sources->child[i], errors);
  for (int k = 0; errors->count == before && k < study->num_strategies; k++)
    check_strategy(study, k, errors);
  for (int k = 0; errors->count == before && k < study->num_strategies; k++)
    check_source_env(study, k, errors);
}
