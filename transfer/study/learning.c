#include "transfer/study/learning.h"

#include "transfer/study/algorithms.h"

#include <string.h>

// ---- merging ----

// puts a copy of a member over that of `into`
static co_status put_over(const co_node *member, co_node *into) {
  co_node *copy = co_node_copy(member);
  if (!copy) return CO_MEMORY;
  co_node *old = co_node_get(into, copy->name);
  if (!old) return co_node_add(into, copy);
  co_node swap = *old;  // the old value leaves with the copy's shell
  *old = *copy;
  *copy = swap;
  co_node_free(copy);
  return CO_OK;
}

// The settings of the algorithm that a `learning` group holds, those that stand directly in it too;
// NULL holds none.
static co_status overlay(const co_node *learning, const co_algorithm *algorithm, co_node *into) {
  for (int i = 0; learning && i < learning->count; i++)
    if (!co_algorithm_find(learning->child[i]->name)) CO_TRY(put_over(learning->child[i], into));
  const co_node *group = learning ? co_node_get(learning, algorithm->name) : NULL;
  for (int i = 0; group && i < group->count; i++) CO_TRY(put_over(group->child[i], into));
  return CO_OK;
}

static co_status merge(const co_study *study, const co_algorithm *algorithm, const co_node *own,
                       bool in_target, co_node **out) {
  co_node *merged = co_node_new(CO_NODE_GROUP, NULL, "learning", 0);
  if (!merged) return CO_MEMORY;
  co_status status = overlay(study->def.learning, algorithm, merged);
  // what the study says is of sources where the algorithm has another default in targets
  if (status == CO_OK && in_target && algorithm->in_target) status = algorithm->in_target(merged);
  if (status == CO_OK) status = overlay(own, algorithm, merged);
  if (status != CO_OK) {
    co_node_free(merged);
    return status;
  }
  *out = merged;
  return CO_OK;
}

co_status co_study_settings(const co_study *study, const co_algorithm *algorithm,
                            const co_node *own, bool in_target, co_arena *arena, void *settings) {
  co_node *merged;
  CO_TRY(merge(study, algorithm, own, in_target, &merged));
  co_status status = co_schema_read(algorithm->schema, merged, arena, settings);
  co_node_free(merged);
  return status;
}

// ---- checking ----

static void check_settings(const co_study *study, const co_algorithm *algorithm, const co_node *own,
                           bool in_target, co_schema_errors *errors) {
  co_arena scratch = {0};
  void *settings = co_arena_alloc(&scratch, 1, algorithm->schema->size);
  co_node *merged = NULL;
  if (!settings || merge(study, algorithm, own, in_target, &merged) != CO_OK)
    errors->text.failed = true;  // out of memory
  else
    co_schema_read_into(algorithm->schema, merged, &scratch, settings, errors);
  co_node_free(merged);
  co_arena_free(&scratch);
}

// "ppo and sac"
static void put_names(const co_algorithm_set *set, const char *before, const char *last,
                      co_buf *out) {
  for (int i = 0; i < set->count; i++)
    co_buf_printf(out, "%s%s%s",
                  !i                   ? ""
                  : i + 1 < set->count ? ", "
                                       : last,
                  before, set->item[i]->name);
}

// Which algorithm's it is where there are several.
static void refuse_direct(const co_node *member, const co_algorithm_set *all,
                          co_schema_errors *errors) {
  co_buf names = {0}, places = {0};
  put_names(all, "", " and ", &names);
  put_names(all, "learning.", " or ", &places);
  co_schema_error(errors, member, NULL, "this study trains with %s: put it into %s",
                  names.data ? names.data : "", places.data ? places.data : "");
  errors->text.failed |= names.failed || places.failed;
  co_buf_free(&names);
  co_buf_free(&places);
}

static void check_algorithm(const co_node *group, const co_node *learning,
                            const co_algorithm_set *here, co_schema_errors *errors) {
  if (group->kind != CO_NODE_GROUP) {
    co_schema_error(errors, group, NULL, "expected a group { }, the settings of %s", group->name);
    return;
  }
  if (!co_algorithm_set_has(here, co_algorithm_find(group->name)))
    co_schema_error(errors, group, NULL, "nothing here trains with %s", group->name);
  for (int i = 0; i < group->count; i++)
    if (co_node_get(learning, group->child[i]->name))
      co_schema_error(errors, group->child[i], NULL, "stands directly in learning too");
}

// `all` of the study, `here` of the trainings that the group is read for
static void check_group(const co_node *learning, const co_algorithm_set *all,
                        const co_algorithm_set *here, co_schema_errors *errors) {
  if (!learning) return;
  if (learning->kind != CO_NODE_GROUP) {
    co_schema_error(errors, learning, NULL, "expected a group { }");
    return;
  }
  for (int i = 0; i < learning->count; i++) {
    const co_node *member = learning->child[i];
    if (co_algorithm_find(member->name))
      check_algorithm(member, learning, here, errors);
    else if (all->count > 1)
      refuse_direct(member, all, errors);
  }
}

static void check_groups(const co_study *study, const co_algorithm_set *all,
                         co_schema_errors *errors) {
  check_group(study->def.learning, all, all, errors);
  for (int i = 0; i < study->def.sources.count; i++) {
    co_algorithm_set here = {{co_study_algorithm(study, i, -1, -1)}, 1};
    check_group(co_study_source(study, i)->learning, all, &here, errors);
  }
  for (int i = 0; i < study->def.targets.count; i++) {
    co_algorithm_set here;
    co_study_algorithms_met(study, i, &here);
    check_group(co_study_target(study, i)->learning, all, &here, errors);
  }
}

static void check_world(const co_study *study, const co_node *own, const co_algorithm_set *here,
                        bool in_target, co_schema_errors *errors) {
  for (int i = 0; own && i < here->count; i++)
    check_settings(study, here->item[i], own, in_target, errors);
}

// ---- budgets ----

// Env steps that a training in a target makes: whole updates. 0: out of memory.
static int64_t trained_steps(const co_study *study, int target, const co_algorithm *algorithm,
                             co_schema_errors *errors) {
  const co_target_def *def = co_study_target(study, target);
  co_arena scratch = {0};
  void *settings = co_arena_alloc(&scratch, 1, algorithm->schema->size);
  int64_t steps = 0;
  if (settings &&
      co_study_settings(study, algorithm, def->learning, true, &scratch, settings) == CO_OK) {
    int64_t per_update = algorithm->steps_per_update(settings);
    steps = (def->steps + per_update - 1) / per_update * per_update;
  }
  errors->text.failed |= !steps;
  co_arena_free(&scratch);
  return steps;
}

// What is compared has the same budget (docs/methods.md rule 2), whoever trains it.
static void check_budget(const co_study *study, int target, co_schema_errors *errors) {
  const co_node *targets = co_node_get(co_node_get(study->root, "study"), "targets");
  co_algorithm_set here;
  co_study_algorithms_in(study, target, &here);
  int64_t first = trained_steps(study, target, here.item[0], errors);
  for (int i = 1; i < here.count; i++) {
    if (!(here.item[i]->needs & CO_NEEDS_ENV)) continue;  // it makes none
    int64_t steps = trained_steps(study, target, here.item[i], errors);
    if (steps == first) continue;
    co_schema_error(errors, targets->child[target], "steps",
                    "in whole updates %s makes %lld env steps and %s %lld: what is compared needs "
                    "the same, so take a number that both reach",
                    here.item[0]->name, (long long)first, here.item[i]->name, (long long)steps);
  }
}

void co_learning_check(const co_study *study, co_schema_errors *errors) {
  co_algorithm_set all;
  co_study_algorithms(study, &all);
  int before = errors->count;
  check_groups(study, &all, errors);
  if (errors->count > before) return;
  for (int i = 0; i < all.count; i++) check_settings(study, all.item[i], NULL, false, errors);
  if (errors->count > before) return;  // the rest would repeat it
  for (int i = 0; i < study->def.sources.count; i++) {
    co_algorithm_set here = {{co_study_algorithm(study, i, -1, -1)}, 1};
    check_world(study, co_study_source(study, i)->learning, &here, false, errors);
  }
  for (int i = 0; i < study->def.targets.count; i++) {
    co_algorithm_set here;
    co_study_algorithms_met(study, i, &here);
    check_world(study, co_study_target(study, i)->learning, &here, true, errors);
  }
  for (int i = 0; errors->count == before && i < study->def.targets.count; i++)
    check_budget(study, i, errors);
}
