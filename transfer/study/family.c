#include "transfer/study/family.h"

#include "core/memory.h"
#include "core/text.h"
#include "transfer/study/algorithms.h"
#include "transfer/study/data.h"

#include <stdlib.h>
#include <string.h>

static const co_comparison_def *declared(const co_study *study, int index) {
  return (const co_comparison_def *)study->def.comparisons.item + index;
}

// ---- names ----

static const char *source_name(const co_study *study, int i) {
  return co_study_source(study, i)->name;
}

static const char *target_name(const co_study *study, int i) {
  return co_study_target(study, i)->name;
}

static const char *strategy_name(const co_study *study, int i) {
  return study->strategy[i].name;
}

typedef const char *(*name_of)(const co_study *study, int i);

static int find(const co_study *study, name_of at, int count, const char *name) {
  for (int i = 0; i < count; i++)
    if (strcmp(at(study, i), name) == 0) return i;
  return -1;
}

// A name that stands in the study, or an error at its key. `name` NULL: nothing to check.
static int known(const co_study *study, name_of at, int count, const char *name,
                 const co_node *node, const char *key, co_schema_errors *errors) {
  int index = name ? find(study, at, count, name) : 0;
  if (index >= 0) return index;
  enum { MOST = 256 };
  const char *names[MOST];
  for (int i = 0; i < count && i < MOST; i++) names[i] = at(study, i);
  const char *near = co_suggest(name, names, count < MOST ? count : MOST);
  co_schema_error(errors, node, key, "\"%s\" is not in the study%s%s%s", name,
                  near ? ", did you mean \"" : "", near ? near : "", near ? "\"?" : "");
  return -1;
}

static void check_trains(const co_study *study, int strategy, const co_node *node, const char *key,
                         co_schema_errors *errors) {
  if (strategy >= 0 && !co_strategy_trains(&study->strategy[strategy]))
    co_schema_error(errors, node, key,
                    "\"%s\" trains nothing, so it is no comparison at equal budget",
                    study->strategy[strategy].name);
}

// ---- what is declared ----

static bool same(const char *a, const char *b) {
  return !a || !b || strcmp(a, b) == 0;
}

// Index of the strategy that a declaration compares with in a pair of worlds.
static int against_of(const co_study *study, const co_comparison_def *c, int source, int target,
                      int strategy) {
  if (c->against) return find(study, strategy_name, study->num_strategies, c->against);
  int from = co_study_has_source(study, strategy) ? source : -1;
  return co_study_scratch(study, target, co_study_algorithm(study, from, target, strategy));
}

// What a declaration plans in a pair of worlds. Returns whether it plans anything there.
static bool plan_in(const co_study *study, const co_comparison_def *c, int source, int target,
                    co_planned *out) {
  if (!same(c->source, source_name(study, source)) || !same(c->target, target_name(study, target)))
    return false;
  int strategy = find(study, strategy_name, study->num_strategies, c->strategy);
  if (strategy < 0) return false;
  int against = against_of(study, c, source, target, strategy);
  *out = (co_planned){source, target, strategy, against};
  return against >= 0 && against != strategy && co_study_has_strategy(study, target, strategy) &&
         co_study_has_strategy(study, target, against);
}

// Whether two declarations share a comparison, in either order.
static bool overlap(const co_study *study, const co_comparison_def *a, const co_comparison_def *b) {
  co_planned x, y;
  for (int s = 0; s < study->def.sources.count; s++)
    for (int t = 0; t < study->def.targets.count; t++)
      if (plan_in(study, a, s, t, &x) && plan_in(study, b, s, t, &y) &&
          ((x.strategy == y.strategy && x.against == y.against) ||
           (x.strategy == y.against && x.against == y.strategy)))
        return true;
  return false;
}

// Whether it plans anything in some pair of worlds.
static bool plans(const co_study *study, const co_comparison_def *c) {
  co_planned any;
  for (int s = 0; s < study->def.sources.count; s++)
    for (int t = 0; t < study->def.targets.count; t++)
      if (plan_in(study, c, s, t, &any)) return true;
  return false;
}

// `against` unset needs a scratch that the strategy can be compared with.
static const char *against_name(const co_comparison_def *c) {
  return c->against ? c->against : "scratch";
}

static void check_one(const co_study *study, int index, const co_node *node,
                      co_schema_errors *errors) {
  const co_comparison_def *c = declared(study, index);
  int count = study->num_strategies, before = errors->count;
  int strategy = known(study, strategy_name, count, c->strategy, node, "strategy", errors);
  int against = known(study, strategy_name, count, against_name(c), node, "against", errors);
  known(study, source_name, study->def.sources.count, c->source, node, "source", errors);
  known(study, target_name, study->def.targets.count, c->target, node, "target", errors);
  check_trains(study, strategy, node, "strategy", errors);
  check_trains(study, against, node, "against", errors);
  if (strategy >= 0 && strategy == against)
    co_schema_error(errors, node, "strategy", "\"%s\" is compared with itself", c->strategy);
  if (errors->count > before) return;
  if (!plans(study, c))
    co_schema_error(errors, node, "strategy", "\"%s\" and \"%s\" meet in no such target",
                    c->strategy, against_name(c));
  for (int i = 0; i < index; i++) {
    if (!overlap(study, c, declared(study, i))) continue;
    co_schema_error(errors, node, "strategy", "\"%s\" against \"%s\" is planned twice", c->strategy,
                    against_name(c));
    return;
  }
}

void co_family_check(const co_study *study, co_schema_errors *errors) {
  const co_node *nodes = co_node_get(co_node_get(study->root, "study"), "comparisons");
  for (int i = 0; i < study->def.comparisons.count; i++)
    check_one(study, i, nodes->child[i], errors);
}

// ---- all of them ----

// a declaration in every world that it names; with `out` NULL only counted
static int add(const co_study *study, const co_comparison_def *c, co_planned *out) {
  int count = 0;
  for (int s = 0; s < study->def.sources.count; s++) {
    for (int t = 0; t < study->def.targets.count; t++) {
      co_planned planned;
      if (!plan_in(study, c, s, t, &planned)) continue;
      if (out) out[count] = planned;
      count++;
    }
  }
  return count;
}

// By default each strategy that trains is compared with the scratch of its algorithm.
static int add_all(const co_study *study, co_planned *out) {
  int count = 0;
  for (int i = 0; i < study->def.comparisons.count; i++)
    count += add(study, declared(study, i), out ? out + count : NULL);
  if (study->def.comparisons.count || study->scratch < 0) return count;
  for (int k = 0; k < study->num_strategies; k++) {
    co_comparison_def c = {.strategy = strategy_name(study, k)};
    if (!co_strategy_trains(&study->strategy[k])) continue;
    count += add(study, &c, out ? out + count : NULL);
  }
  return count;
}

co_status co_family_make(const co_study *study, co_family *out) {
  int count = add_all(study, NULL);
  *out = (co_family){.planned = co_alloc((size_t)count + 1, sizeof *out->planned), .count = count};
  if (!out->planned) return CO_MEMORY;
  add_all(study, out->planned);
  return CO_OK;
}

void co_family_free(co_family *family) {
  free(family->planned);
  *family = (co_family){0};
}

// ---- what it can find ----

// one given policy for all seeds is one unit, however many target seeds there are
static bool is_one_unit(const co_study *study, int source) {
  return co_study_source(study, source)->policy.count == 1;
}

static bool is_planned_from(const co_family *family, int source) {
  for (int i = 0; i < family->count; i++)
    if (family->planned[i].source == source) return true;
  return false;
}

// such a target is no longer in the family when its shift is not live
static bool may_be_left_out(const co_study *study, const co_family *family) {
  for (int i = 0; i < family->count; i++)
    if (co_study_target(study, family->planned[i].target)->if_not_live == CO_NOT_LIVE_SKIP)
      return true;
  return false;
}

static bool has_other_units(const co_study *study, const co_family *family) {
  for (int i = 0; i < family->count; i++)
    if (!is_one_unit(study, family->planned[i].source)) return true;
  return false;
}

co_test_plan co_family_plan(const co_study *study, const co_family *family) {
  bool one = family->count && !has_other_units(study, family);
  return co_test_plan_make(one ? 1 : (int)study->def.seeds, family->count, CO_FAMILY_LEVEL);
}

co_status co_family_advise(const co_study *study, co_buf *out) {
  co_family family;
  CO_TRY(co_family_make(study, &family));
  int seeds = (int)study->def.seeds;
  co_test_plan plan = co_family_plan(study, &family);
  if (has_other_units(study, &family) && plan.smallest_p >= CO_FAMILY_LEVEL)
    co_buf_printf(out,
                  "%sno strategy can be told apart: with %d seed%s and %d planned comparison%s the "
                  "smallest p after correction is %.2g, above 0.05; %d seeds are needed%s\n",
                  may_be_left_out(study, &family) ? "unless a target is left out, " : "", seeds,
                  seeds == 1 ? "" : "s", family.count, family.count == 1 ? "" : "s",
                  plan.smallest_p, plan.needed, family.count == 1 ? "" : ", or fewer comparisons");
  for (int s = 0; s < study->def.sources.count; s++)
    if (is_one_unit(study, s) && is_planned_from(&family, s))
      co_buf_printf(
          out,
          "source \"%s\" is one policy for all seeds: n = 1, so no comparison from it can "
          "be told apart; give one policy per seed\n",
          source_name(study, s));
  co_family_free(&family);
  return co_buf_status(out);
}
