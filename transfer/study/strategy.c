#include "transfer/study/strategy.h"

#include "core/file.h"
#include "core/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const init_names[] = {"copy", "fresh", "zero", NULL};
static const char *const norm_names[] = {"auto", "keep", "blend", "reset", NULL};

#define RULE(member) offsetof(co_rule_def, member)
static const co_field rule_fields[] = {
    {"tensors", CO_FIELD_STRING, RULE(tensors), CO_REQUIRED,
     .doc = "which tensors: glob, | separates"},
    {"init", CO_FIELD_STRING, RULE(init), .choices = init_names,
     .doc = "where the values come from"},
    {"rate", CO_FIELD_FLOAT, RULE(rate), .min = 0, .max = 1000,
     .doc = "factor on the learning rate, 0 freezes"},
    {"from_update", CO_FIELD_FLOAT, RULE(from_update), .min = 0, .max = 1e9,
     .doc = "first update in which it moves"},
    {"decay", CO_FIELD_FLOAT, RULE(decay), .min = 0, .max = 1, .doc = "decoupled weight decay"},
    {"l2sp", CO_FIELD_FLOAT, RULE(l2sp), .min = 0, .max = 1000,
     .doc = "pull towards the value at start"},
    {"lora", CO_FIELD_INT, RULE(lora), CO_ZERO_IS_UNSET, .min = 1, .max = CO_MAX_WIDTH,
     .doc = "rank of a low-rank adapter: weights move in that many directions"},
    {"alpha", CO_FIELD_FLOAT, RULE(alpha), .min = 1e-6, .max = 1e6,
     .doc = "scale of the adapter, times its rank; lora when unset"},
    {"hold", CO_FIELD_FLOAT, RULE(hold), .min = 0, .max = 0.999999,
     .doc = "share of the numbers of weights, the largest at the start, that stay"},
};

static void check_rule(const void *value, const co_node *node, co_schema_errors *errors) {
  const co_rule_def *rule = value;
  if (!isnan(rule->alpha) && !rule->lora)
    co_schema_error(errors, node, "alpha", "is the scale of an adapter: give lora, its rank");
}

static const co_schema rule_schema = {"strategy.rule",
                                      sizeof(co_rule_def),
                                      rule_fields,
                                      sizeof rule_fields / sizeof *rule_fields,
                                      NULL,
                                      check_rule};

#define STRATEGY(member) offsetof(co_strategy_def, member)
static const co_field strategy_fields[] = {
    {"name", CO_FIELD_STRING, STRATEGY(name), CO_REQUIRED, .doc = "name in results"},
    {"doc", CO_FIELD_STRING, STRATEGY(doc), .doc = "one line for people"},
    {"base", CO_FIELD_STRING, STRATEGY(base), .doc = "strategy whose members and rules come first"},
    {"algorithm", CO_FIELD_STRING, STRATEGY(algorithm), .choices = co_algorithm_names,
     .doc = "that trains in the target; unset: the target's, else the source's"},
    {"copy", CO_FIELD_STRING, STRATEGY(copy),
     .doc = "tensors taken from the source: glob, | separates"},
    {"train", CO_FIELD_STRING, STRATEGY(train),
     .doc = "tensors that move in the target: glob, | separates"},
    {"obs_norm", CO_FIELD_STRING, STRATEGY(obs_norm), .choices = norm_names,
     .doc = "observation normaliser"},
    {"rules", CO_FIELD_LIST, STRATEGY(rules), .min_count = 0, .max_count = CO_MAX_RULES,
     .child = &rule_schema, .doc = "exceptions per tensor"},
    {"loss", CO_FIELD_LIST, STRATEGY(loss), .min_count = 0, .max_count = CO_MAX_LOSSES,
     .child = &co_loss_schema, .doc = "terms beside the algorithm's own loss"},
};
static void check_strategy(const void *value, const co_node *node, co_schema_errors *errors) {
  co_loss_check_names(&((const co_strategy_def *)value)->loss, co_node_get(node, "loss"), errors);
}

const co_schema co_strategy_schema = {"strategy",
                                      sizeof(co_strategy_def),
                                      strategy_fields,
                                      sizeof strategy_fields / sizeof *strategy_fields,
                                      NULL,
                                      check_strategy};

typedef struct strategy_file {
  co_list strategies;
} strategy_file;

co_status co_strategies_read(const char *path, co_arena *arena, co_list *out) {
  static const co_field fields[] = {
      {"strategies", CO_FIELD_LIST, offsetof(strategy_file, strategies), CO_REQUIRED,
       .child = &co_strategy_schema, .doc = "the built-in strategies"}};
  static const co_schema schema = {"strategies", sizeof(strategy_file), fields, 1, NULL, NULL};
  co_node *root = NULL;
  co_status status = co_tree_read(path, &root);
  strategy_file file;
  if (status == CO_OK) status = co_schema_read(&schema, root, arena, &file);
  if (status == CO_OK) *out = file.strategies;
  co_node_free(root);
  return status;
}

co_status co_strategies_builtin(co_arena *arena, co_list *out) {
  char *path;
  CO_TRY(co_data_find("configs/strategies.cfg", &path));
  co_status status = co_strategies_read(path, arena, out);
  free(path);
  return status;
}

// ---- resolving bases ----

static const co_strategy_def *find(const co_list *list, const char *name) {
  const co_strategy_def *def = list->item;
  for (int i = 0; i < list->count; i++)
    if (strcmp(def[i].name, name) == 0) return &def[i];
  return NULL;
}

// `what` says of a name that it is no strategy; the nearest other name follows.
static co_status no_strategy(const co_list *own, const co_list *builtin, const char *name,
                             const char *what) {
  const char *names[256];
  int count = 0;
  const co_list *lists[2] = {own, builtin};
  for (int l = 0; l < 2; l++)
    for (int i = 0; i < lists[l]->count && count < 256; i++) {
      const char *known = ((const co_strategy_def *)lists[l]->item)[i].name;
      if (strcmp(known, name) != 0) names[count++] = known;
    }
  const char *near = co_suggest(name, names, count);
  return co_fail(CO_CONFIG, "%s%s%s%s (carryover list strategies)", what,
                 near ? ", did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

static co_status unknown_strategy(const co_list *own, const co_list *builtin, const char *name) {
  char what[CO_NAME + 32];
  snprintf(what, sizeof what, "unknown strategy \"%.*s\"", CO_NAME, name);
  return no_strategy(own, builtin, name, what);
}

// An own entry that is no built-in one's refinement has to say something: a name alone is a slip.
static co_status check_says_something(const co_list *own, const co_list *builtin,
                                      const co_strategy_def *def) {
  if (find(builtin, def->name) || def->base || def->copy || def->train || def->obs_norm ||
      def->algorithm || def->rules.count || def->loss.count)
    return CO_OK;
  char what[CO_NAME + 128];
  snprintf(
      what, sizeof what,
      "strategy \"%.*s\" is not built in and says neither base, algorithm, copy, train, obs_norm, "
      "rules nor loss",
      CO_NAME, def->name);
  return no_strategy(own, builtin, def->name, what);
}

// fills what `out` leaves open from `def`; rules of a base go before those already there
static co_status inherit(const co_strategy_def *def, co_strategy *out) {
  if (!out->doc) out->doc = def->doc;
  if (!out->copy) out->copy = def->copy;
  if (!out->train) out->train = def->train;
  if (!out->obs_norm) out->obs_norm = def->obs_norm;
  if (!out->algorithm) out->algorithm = def->algorithm;
  if (out->num_rules + def->rules.count > CO_MAX_RULES)
    return co_fail(CO_CONFIG, "strategy \"%s\": more than %d rules with those of its bases",
                   out->name, CO_MAX_RULES);
  memmove(out->rule + def->rules.count, out->rule, (size_t)out->num_rules * sizeof *out->rule);
  for (int i = 0; i < def->rules.count; i++)
    out->rule[i] = (const co_rule_def *)def->rules.item + i;
  out->num_rules += def->rules.count;
  if (co_loss_list_add(&out->loss, &def->loss)) return CO_OK;
  return co_fail(CO_CONFIG, "strategy \"%s\": more than %d loss terms with those of its bases",
                 out->name, CO_MAX_LOSSES);
}

co_status co_strategy_resolve(const co_list *own, const co_list *builtin, const char *name,
                              co_strategy *out) {
  *out = (co_strategy){.name = name};
  enum { DEEPEST = 16 };
  const char *next = name;
  for (int depth = 0; next; depth++) {
    if (depth == DEEPEST)
      return co_fail(CO_CONFIG, "strategy \"%s\": its bases form a circle", name);
    // an own entry may refine the built-in one of the same name: { name = "full"; rules = ... }
    const co_strategy_def *def = find(own, next);
    if (!def) def = find(builtin, next);
    if (!def) return unknown_strategy(own, builtin, next);
    CO_TRY(check_says_something(own, builtin, def));
    CO_TRY(inherit(def, out));
    const co_strategy_def *shadowed = find(builtin, next);
    if (shadowed && shadowed != def && !def->base) CO_TRY(inherit(shadowed, out));
    next = def->base;
  }
  if (!out->copy) out->copy = "*";
  if (!out->train) out->train = "*";
  if (!out->obs_norm) out->obs_norm = "auto";
  if (!out->doc) out->doc = "";
  return CO_OK;
}

// ---- the plan per tensor ----

static co_status check_glob(const co_strategy *strategy, const char *what, const char *glob,
                            const co_tensor *tensor, int count) {
  if (!*glob) return CO_OK;
  const char *names[64];
  for (int i = 0; i < count; i++) {
    if (co_glob_match(glob, tensor[i].name)) return CO_OK;
    if (i < 64) names[i] = tensor[i].name;
  }
  const char *near = co_suggest(glob, names, count < 64 ? count : 64);
  return co_fail(CO_CONFIG, "strategy \"%s\": %s = \"%s\" matches no tensor%s%s%s", strategy->name,
                 what, glob, near ? ", did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

// Each alternative of a glob that the study itself writes, at its place: a misspelt one would be
// dropped without a word. Those of built-in strategies are of several algorithms.
static void check_own_glob(const co_strategy *strategy, const co_node *node, const char *what,
                           const co_tensor *tensor, int count, co_schema_errors *errors) {
  const co_node *member = co_node_get(node, what);
  if (!member || member->kind != CO_NODE_STRING) return;
  char alternative[256];
  for (const char *from = member->value.string, *to; *from; from = *to ? to + 1 : to) {
    to = from + strcspn(from, "|");
    snprintf(alternative, sizeof alternative, "%.*s", (int)(to - from), from);
    if (check_glob(strategy, what, alternative, tensor, count) != CO_OK)
      co_schema_error(errors, member, NULL, "%s", co_error_text());
  }
}

void co_strategy_check_own(const co_strategy *strategy, const co_tensor *tensor, int count,
                           co_schema_errors *errors) {
  if (!strategy->node) return;
  check_own_glob(strategy, strategy->node, "copy", tensor, count, errors);
  check_own_glob(strategy, strategy->node, "train", tensor, count, errors);
  const co_node *rules = co_node_get(strategy->node, "rules");
  for (int r = 0; rules && r < rules->count; r++)
    check_own_glob(strategy, rules->child[r], "tensors", tensor, count, errors);
}

static void apply_rule(const co_rule_def *rule, const co_tensor *tensor, co_tensor_plan *plan) {
  if (rule->init)
    plan->init = rule->init[0] == 'c'   ? CO_INIT_COPY
                 : rule->init[0] == 'f' ? CO_INIT_FRESH
                                        : CO_INIT_ZERO;
  if (!isnan(rule->rate)) plan->rule.rate = rule->rate;
  if (!isnan(rule->from_update)) plan->rule.from_update = (int64_t)rule->from_update;
  if (!isnan(rule->decay)) plan->rule.decay = rule->decay;
  if (!isnan(rule->l2sp)) plan->rule.l2sp = rule->l2sp;
  if (tensor->facts.role != CO_TENSOR_WEIGHT) return;
  if (!isnan(rule->hold)) plan->rule.hold = rule->hold;
  if (!rule->lora) return;
  plan->rule.lora = (int)rule->lora;
  plan->rule.alpha = isnan(rule->alpha) ? (double)rule->lora : rule->alpha;
}

// a copied layer that stays frozen sees the normaliser in front of it
static const co_tensor *frozen_copy(const co_tensor *tensor, int count,
                                    const co_tensor_plan *plan) {
  for (int i = 0; i < count; i++)
    if (tensor[i].facts.layer != CO_LAYER_NONE && plan[i].init == CO_INIT_COPY &&
        plan[i].rule.rate == 0)
      return &tensor[i];
  return NULL;
}

static co_status plan_obs_norm(const co_strategy *strategy, const co_tensor *tensor, int count,
                               co_tensor_plan *plan) {
  const co_tensor *frozen = frozen_copy(tensor, count, plan);
  const char *mode = strategy->obs_norm;
  bool automatic = strcmp(mode, "auto") == 0;  // what is copied stays what it is
  for (int i = 0; i < count; i++) {
    if (tensor[i].facts.part != CO_PART_OBS_NORM) continue;
    bool keep = strcmp(mode, "keep") == 0 || (automatic && plan[i].init == CO_INIT_COPY);
    if (strcmp(mode, "keep") == 0 || strcmp(mode, "blend") == 0) plan[i].init = CO_INIT_COPY;
    if (strcmp(mode, "reset") == 0) plan[i].init = CO_INIT_FRESH;
    if (keep) plan[i].rule.rate = 0;
    if (frozen && (plan[i].rule.rate != 0 || plan[i].init != CO_INIT_COPY))
      return co_fail(CO_CONFIG,
                     "strategy \"%s\": %s is copied and frozen, but the observation normaliser in "
                     "front of it would "
                     "change, so it would compute another function: copy obs_norm.* and say "
                     "obs_norm = \"keep\"",
                     strategy->name, frozen->name);
  }
  return CO_OK;
}

// Adapters and masks are of the weights that a rule names: there is one, and all have that rank.
static co_status check_weights(const co_strategy *strategy, const co_rule_def *rule,
                               const co_tensor *tensor, int count) {
  bool any = false;
  if (!rule->lora && isnan(rule->hold)) return CO_OK;
  for (int i = 0; i < count; i++) {
    int most = tensor[i].rows < tensor[i].cols ? tensor[i].rows : tensor[i].cols;
    bool named =
        tensor[i].facts.role == CO_TENSOR_WEIGHT && co_glob_match(rule->tensors, tensor[i].name);
    if (named && rule->lora > most)
      return co_fail(
          CO_CONFIG, "strategy \"%s\": lora = %d is more than the rank of %s, which is %d x %d",
          strategy->name, (int)rule->lora, tensor[i].name, tensor[i].cols, tensor[i].rows);
    any = any || named;
  }
  if (any) return CO_OK;
  return co_fail(CO_CONFIG,
                 "strategy \"%s\": %s is of weights of layers, and tensors = \"%s\" names none",
                 strategy->name, rule->lora ? "lora" : "hold", rule->tensors);
}

static co_status check_one_way(const co_strategy *strategy, const co_tensor *tensor,
                               const co_tensor_plan *plan) {
  if (!plan->rule.lora || plan->rule.hold <= 0) return CO_OK;
  return co_fail(
      CO_CONFIG,
      "strategy \"%s\": %s has both lora and hold: numbers of an adapted weight all move",
      strategy->name, tensor->name);
}

co_status co_strategy_plan(const co_strategy *strategy, const co_tensor *tensor, int count,
                           co_tensor_plan *plan) {
  CO_TRY(check_glob(strategy, "copy", strategy->copy, tensor, count));
  CO_TRY(check_glob(strategy, "train", strategy->train, tensor, count));
  for (int r = 0; r < strategy->num_rules; r++)
    CO_TRY(check_glob(strategy, "tensors", strategy->rule[r]->tensors, tensor, count));
  for (int i = 0; i < count; i++) {
    plan[i] = (co_tensor_plan){
        .init = co_glob_match(strategy->copy, tensor[i].name) ? CO_INIT_COPY : CO_INIT_FRESH,
        .rule.rate = co_glob_match(strategy->train, tensor[i].name) ? 1 : 0,
    };
    for (int r = 0; r < strategy->num_rules; r++)
      if (co_glob_match(strategy->rule[r]->tensors, tensor[i].name))
        apply_rule(strategy->rule[r], &tensor[i], &plan[i]);
  }
  for (int r = 0; r < strategy->num_rules; r++)
    CO_TRY(check_weights(strategy, strategy->rule[r], tensor, count));
  for (int i = 0; i < count; i++) CO_TRY(check_one_way(strategy, &tensor[i], &plan[i]));
  return plan_obs_norm(strategy, tensor, count, plan);
}

bool co_strategy_copies_nothing(const co_strategy *strategy) {
  for (int r = 0; r < strategy->num_rules; r++)
    if (strategy->rule[r]->init && strcmp(strategy->rule[r]->init, "copy") == 0) return false;
  return !*strategy->copy &&
         (strcmp(strategy->obs_norm, "auto") == 0 || strcmp(strategy->obs_norm, "reset") == 0);
}

bool co_strategy_copies_all(const co_strategy *strategy) {
  for (int r = 0; r < strategy->num_rules; r++)
    if (strategy->rule[r]->init && strcmp(strategy->rule[r]->init, "copy") != 0) return false;
  return strcmp(strategy->copy, "*") == 0 && strcmp(strategy->obs_norm, "reset") != 0;
}

bool co_strategy_trains(const co_strategy *strategy) {
  for (int r = 0; r < strategy->num_rules; r++)
    if (strategy->rule[r]->rate > 0) return true;
  return *strategy->train != '\0';
}

static bool means_the_same(const co_tensor_facts *facts, co_head from, co_head to) {
  bool trunk = facts->part == CO_PART_ACTOR && facts->layer == CO_LAYER_TRUNK;
  return from == to || trunk || facts->part == CO_PART_OBS_NORM;
}

static bool is_missing(const co_tensor *tensor, const co_policy *source) {
  return co_tensor_is_learners(&tensor->facts) &&
         co_tensor_find(source->tensor, source->num_tensors, tensor->name) < 0;
}

// What the strategy says of a tensor's rate: the last rule that has one for it, else `train`.
static void find_rate(const co_strategy *strategy, const char *tensor, const char **what,
                      const char **glob) {
  *what = "train";
  *glob = strategy->train;
  for (int r = 0; r < strategy->num_rules; r++) {
    const co_rule_def *rule = strategy->rule[r];
    if (isnan(rule->rate) || !co_glob_match(rule->tensors, tensor)) continue;
    *what = "tensors";
    *glob = rule->tensors;
  }
}

// A critic that was to be copied, and is neither copied nor trained, tells no values.
static co_status check_fresh(const co_strategy *strategy, const co_tensor *tensor,
                             const co_tensor_plan *plan, const co_policy *source, bool same_head) {
  const char *what, *glob;
  bool moves = plan->rule.rate != 0 || !co_strategy_trains(strategy);
  if (tensor->facts.part != CO_PART_CRITIC || moves) return CO_OK;
  find_rate(strategy, tensor->name, &what, &glob);
  return co_fail(CO_CONFIG,
                 "strategy \"%s\": %s = \"%s\" freezes %s, but the source policy has %s, so that "
                 "it would be fresh and never learn: let critic.* train",
                 strategy->name, what, glob, tensor->name,
                 !co_policy_has_critics(source) ? "no critics"
                 : same_head                    ? "fewer critics"
                                                : "critics of another algorithm");
}

co_status co_strategy_adapt(const co_strategy *strategy, co_tensor_plan *plan,
                            const co_policy *source, const co_policy *target, co_not_copied *out) {
  co_not_copied count = {0};
  for (int i = 0; i < target->num_tensors; i++) {
    const co_tensor *tensor = &target->tensor[i];
    if (plan[i].init != CO_INIT_COPY) continue;
    bool same = means_the_same(&tensor->facts, source->net.def.head, target->net.def.head);
    if (same && !is_missing(tensor, source)) continue;
    CO_TRY(check_fresh(strategy, tensor, &plan[i], source, same));
    plan[i].init = CO_INIT_FRESH;
    count.other_head += !same;
    count.missing += same;
  }
  if (out) *out = count;
  return CO_OK;
}

// ---- applying it ----

// "16 x 3", the shape as policy files have it
static void write_shape(const co_tensor *tensor, char *out, size_t size) {
  int shape[2];
  if (co_tensor_shape(tensor, shape) == 1)
    snprintf(out, size, "%d", shape[0]);
  else
    snprintf(out, size, "%d x %d", shape[0], shape[1]);
}

static co_status other_shape(const co_strategy *strategy, const co_tensor *from,
                             const co_tensor *to) {
  char source[32], target[32];
  write_shape(from, source, sizeof source);
  write_shape(to, target, sizeof target);
  return co_fail(CO_CONFIG,
                 "strategy \"%s\": cannot copy %s: %s in the source policy, %s in the target",
                 strategy->name, to->name, source, target);
}

// ---- shapes are not all: what else has to be the same ----

// weights of a trunk mean something behind one activation only, a head on one depth only
static co_status check_network(const co_strategy *strategy, const co_tensor *tensor,
                               const co_network_def *from, const co_network_def *to) {
  const char *name = tensor->name;
  co_tensor_layer layer = tensor->facts.layer;
  bool trunk = layer == CO_LAYER_TRUNK, head = layer != CO_LAYER_NONE && !trunk;
  int depth = tensor->facts.depth;
  if (trunk && co_network_activation(from, depth) != co_network_activation(to, depth))
    return co_fail(CO_CONFIG,
                   "strategy \"%s\": cannot copy %s: its activation is %s in the source policy, %s "
                   "in the target",
                   strategy->name, name, co_activation_names[co_network_activation(from, depth)],
                   co_activation_names[co_network_activation(to, depth)]);
  if (trunk && from->layer_norm != to->layer_norm)
    return co_fail(CO_CONFIG,
                   "strategy \"%s\": cannot copy %s: only the %s policy has layer norm behind it",
                   strategy->name, name, from->layer_norm ? "source" : "target");
  if (layer == CO_LAYER_VALUE && from->shared_trunk != to->shared_trunk)
    return co_fail(CO_CONFIG,
                   "strategy \"%s\": cannot copy %s: only in the %s policy it stands on the "
                   "actor's trunk",
                   strategy->name, name, from->shared_trunk ? "source" : "target");
  if (head && from->num_hidden != to->num_hidden)
    return co_fail(CO_CONFIG,
                   "strategy \"%s\": cannot copy %s: it stands on %d hidden layers in the source "
                   "policy, on %d in the target",
                   strategy->name, name, from->num_hidden, to->num_hidden);
  return CO_OK;
}

static co_status other_element(const co_strategy *strategy, const char *name, const char *what,
                               int index, const char *from, const char *to) {
  return co_fail(CO_CONFIG,
                 "strategy \"%s\": cannot copy %s: %s %d is %s in the source policy, %s in the "
                 "target",
                 strategy->name, name, what, index, from, to);
}

// Tensors that face observations or actions are ordered like their elements: with the same sizes in
// another order they would fit and compute nonsense. Other sizes are told as shapes.
static co_status check_elements(const co_strategy *strategy, const co_tensor *tensor,
                                const co_contract *from, const co_contract *to) {
  const char *name = tensor->name;
  bool obs = co_tensor_faces_observation(&tensor->facts);
  bool action = co_tensor_faces_action(&tensor->facts);
  for (int i = 0; obs && from->num_obs == to->num_obs && i < to->num_obs; i++)
    if (strcmp(from->obs[i].name, to->obs[i].name) != 0)
      return other_element(strategy, name, "observation", i, from->obs[i].name, to->obs[i].name);
  for (int i = 0; action && from->num_action == to->num_action && i < to->num_action; i++)
    if (strcmp(from->action[i].name, to->action[i].name) != 0)
      return other_element(strategy, name, "action", i, from->action[i].name, to->action[i].name);
  return CO_OK;
}

static co_status check_shape(const co_strategy *strategy, const co_policy *source,
                             const co_tensor *to) {
  int from = co_tensor_find(source->tensor, source->num_tensors, to->name);
  if (from < 0)
    return co_fail(CO_CONFIG, "strategy \"%s\": the source policy has no tensor %s", strategy->name,
                   to->name);
  const co_tensor *tensor = &source->tensor[from];
  if (tensor->rows != to->rows || tensor->cols != to->cols)
    return other_shape(strategy, tensor, to);
  return CO_OK;
}

co_status co_strategy_check(const co_strategy *strategy, const co_tensor_plan *plan,
                            const co_policy *source, const co_policy *target) {
  for (int i = 0; i < target->num_tensors; i++)
    if (plan[i].init == CO_INIT_COPY) CO_TRY(check_shape(strategy, source, &target->tensor[i]));
  for (int i = 0; i < target->num_tensors; i++) {
    const co_tensor *tensor = &target->tensor[i];
    if (plan[i].init != CO_INIT_COPY) continue;
    CO_TRY(check_network(strategy, tensor, &source->net.def, &target->net.def));
    CO_TRY(check_elements(strategy, tensor, &source->contract, &target->contract));
  }
  return CO_OK;
}

// Index among a policy's tensors, of which it has one.
static int find_role(const co_policy *policy, co_tensor_part part, co_tensor_layer layer,
                     co_tensor_role role) {
  return co_tensor_find_role(policy->tensor, policy->num_tensors, part, layer, role);
}

static void apply_tensor(co_init init, const co_policy *source, co_tensor *to) {
  if (init == CO_INIT_ZERO)
    memset(to->data, 0,
           (size_t)to->rows * (size_t)to->stride *
               (to->dtype == CO_F64 ? sizeof(double) : sizeof(float)));
  if (init == CO_INIT_COPY)
    co_tensor_copy(to,
                   &source->tensor[co_tensor_find(source->tensor, source->num_tensors, to->name)]);
}

// A copied critic predicts values on the source's return scale. When the scaler does not come
// along, the last layer is rescaled exactly: w, b times old sigma / new sigma. The learner does the
// same once its first rollout sets the new scale (co_learner_def.raw_values).
static void rescale_value(const co_tensor_plan *plan, const co_policy *source, co_policy *target) {
  int weight = find_role(target, CO_PART_CRITIC, CO_LAYER_VALUE, CO_TENSOR_WEIGHT);
  int bias = find_role(target, CO_PART_CRITIC, CO_LAYER_VALUE, CO_TENSOR_BIAS);
  int scaler = find_role(target, CO_PART_REWARD_NORM, CO_LAYER_NONE, CO_TENSOR_VARIANCE);
  if (plan[scaler].init == CO_INIT_COPY) return;
  float factor = (float)sqrt((source->reward_norm.var[0] + source->reward_norm.epsilon) /
                             (target->reward_norm.var[0] + target->reward_norm.epsilon));
  int tensors[2] = {weight, bias};
  for (int t = 0; t < 2; t++) {
    if (plan[tensors[t]].init != CO_INIT_COPY) continue;
    co_tensor *tensor = &target->tensor[tensors[t]];
    float *data = tensor->data;
    for (int i = 0; i < tensor->rows * tensor->stride; i++) data[i] *= factor;
  }
}

// clip and epsilon of a normaliser are part of what it computes
static void copy_limits(const co_tensor_plan *plan, const co_policy *source, co_policy *target) {
  int obs = find_role(target, CO_PART_OBS_NORM, CO_LAYER_NONE, CO_TENSOR_MEAN);
  int reward = find_role(target, CO_PART_REWARD_NORM, CO_LAYER_NONE, CO_TENSOR_VARIANCE);
  if (plan[obs].init == CO_INIT_COPY) {
    target->obs_norm.clip = source->obs_norm.clip;
    target->obs_norm.epsilon = source->obs_norm.epsilon;
  }
  if (plan[reward].init == CO_INIT_COPY) {
    target->reward_norm.clip = source->reward_norm.clip;
    target->reward_norm.epsilon = source->reward_norm.epsilon;
  }
}

// What the actor puts out means what it meant where it was trained.
static co_status keep_output(const co_tensor_plan *plan, const co_policy *source,
                             co_policy *target) {
  static const co_tensor_role head[] = {CO_TENSOR_WEIGHT, CO_TENSOR_BIAS};
  for (int i = 0; i < 2; i++) {
    int at = find_role(target, CO_PART_ACTOR, CO_LAYER_MEAN, head[i]);
    if (plan[at].init == CO_INIT_COPY) return co_policy_keep_output(source, target);
  }
  return CO_OK;
}

static bool is_blended(const co_strategy *strategy, const co_tensor_plan *plan) {
  return strcmp(strategy->obs_norm, "keep") != 0 && plan->init == CO_INIT_COPY &&
         plan->rule.rate > 0;
}

co_status co_strategy_apply(const co_strategy *strategy, const co_tensor_plan *plan,
                            const co_policy *source, double blend_count, co_policy *target) {
  CO_TRY(co_strategy_check(strategy, plan, source, target));
  for (int i = 0; i < target->num_tensors; i++)
    apply_tensor(plan[i].init, source, &target->tensor[i]);
  copy_limits(plan, source, target);
  rescale_value(plan, source, target);
  CO_TRY(keep_output(plan, source, target));
  int count = find_role(target, CO_PART_OBS_NORM, CO_LAYER_NONE, CO_TENSOR_COUNT);
  if (is_blended(strategy, &plan[count])) co_normalizer_cap(&target->obs_norm, blend_count);
  return CO_OK;
}

void co_strategy_write(const co_strategy *strategy, co_buf *out) {
  co_buf_printf(out,
                "strategy = { name = \"%s\"; copy = \"%s\"; train = \"%s\"; obs_norm = \"%s\";\n",
                strategy->name, strategy->copy, strategy->train, strategy->obs_norm);
  for (int i = 0; i < strategy->num_rules; i++) {
    co_buf_puts(out, "rule = { ");
    co_schema_write(&rule_schema, strategy->rule[i], out);
    co_buf_puts(out, " };\n");
  }
  co_loss_list_write(&strategy->loss, out);
  co_buf_puts(out, "};\n");
}
