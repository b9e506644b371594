#include "transfer/study/strategy.h"

#include "core/file.h"
#include "core/text.h"
#include "transfer/study/private/by_depth.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const init_names[] = {"copy", "fresh", "zero", NULL};
static const char *const match_names[] = {"names", "place", NULL};
static const char *const norm_names[] = {"auto", "keep", "blend", "reset", NULL};
static const char *const status_names[] = {"experimental", "tested", NULL};

#define RULE(member) offsetof(co_rule_def, member)
static const co_field rule_fields[] = {
    {"tensors", CO_FIELD_STRING, RULE(tensors), CO_REQUIRED,
     .doc = "which tensors: glob, | separates"},
    {"init", CO_FIELD_STRING, RULE(init), .choices = init_names,
     .doc = "where the values come from"},
    {"shrink", CO_FIELD_FLOAT, RULE(shrink), CO_POSITIVE_EXCLUSIVE, .max = 1,
     .doc = "factor on copied weights and biases before training"},
    {"perturb", CO_FIELD_FLOAT, RULE(perturb), .min = 0, .max = 1000,
     .doc = "how much of fresh values is added to them"},
    {"rate", CO_FIELD_FLOAT, RULE(rate), .min = 0, .max = 1000,
     .doc = "factor on the learning rate, 0 freezes"},
    {"from_update", CO_FIELD_FLOAT, RULE(from_update), .min = 0, .max = 1e9,
     .doc = "first update in which it moves"},
    {"decay", CO_FIELD_FLOAT, RULE(decay), .min = 0, .max = 1,
     .doc = "decoupled weight decay; of weights, where the glob names any"},
    {"l2sp", CO_FIELD_FLOAT, RULE(l2sp), .min = 0, .max = 1000,
     .doc = "pull towards the value at start"},
    {"l2init", CO_FIELD_FLOAT, RULE(l2init), .min = 0, .max = 1000,
     .doc = "pull towards the values that a fresh tensor has"},
    {"lora", CO_FIELD_INT, RULE(lora), CO_ZERO_IS_UNSET, .min = 1, .max = CO_MAX_WIDTH,
     .doc = "rank of a low-rank adapter: weights move in that many directions"},
    {"alpha", CO_FIELD_FLOAT, RULE(alpha), .min = 1e-6, .max = 1e6,
     .doc = "scale of the adapter, times its rank; lora when unset"},
    {"hold", CO_FIELD_FLOAT, RULE(hold), .min = 0, .max = 0.999999,
     .doc = "share of the numbers of weights, the largest at the start, that stay"},
    {"adapter", CO_FIELD_STRING, RULE(adapter), .choices = &co_adapter_names[CO_ADAPTER_INPUT],
     .doc = "linear layer in front of a copied layer or behind it, the identity at the start"},
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

#define RESIDUAL(member) offsetof(co_residual_settings, member)
static const co_field residual_fields[] = {
    {"hidden", CO_FIELD_FLOATS, RESIDUAL(hidden), CO_REQUIRED, .min = 1, .max = CO_MAX_WIDTH,
     .min_count = 1, .max_count = CO_MAX_RESIDUAL, .doc = "units of each hidden layer"},
    {"activation", CO_FIELD_CHOICE, RESIDUAL(activation), .choices = co_activation_names,
     .doc = "behind each hidden layer"},
    {"scale", CO_FIELD_FLOAT, RESIDUAL(scale), CO_POSITIVE_EXCLUSIVE, .max = 1e6,
     .doc = "most that is added to a mean, in units of what the network puts out"},
};

static void residual_defaults(void *value) {
  ((co_residual_settings *)value)->scale = 0.2;
}

static void check_residual(const void *value, const co_node *node, co_schema_errors *errors) {
  const co_floats *hidden = &((const co_residual_settings *)value)->hidden;
  for (int i = 0; i < hidden->count; i++)
    if (hidden->value[i] != floor(hidden->value[i]))
      co_schema_error(errors, node, "hidden", "%g is not a whole number of units",
                      hidden->value[i]);
}

static const co_schema residual_schema = {
    "strategy.residual", sizeof(co_residual_settings),
    residual_fields,     sizeof residual_fields / sizeof *residual_fields,
    residual_defaults,   check_residual};

#define STRATEGY(member) offsetof(co_strategy_def, member)
enum { BUILTIN_FIELDS = 2 };  // the first ones, of built-in strategies alone
static const co_field strategy_fields[] = {
    {"status", CO_FIELD_STRING, STRATEGY(status), .choices = status_names,
     .doc = "whether a test with a known answer and a finding are of it"},
    {"cites", CO_FIELD_STRING, STRATEGY(cites), .doc = "the paper that it is from"},
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
    {"match", CO_FIELD_STRING, STRATEGY(match), .choices = match_names,
     .doc = "of another body: inputs and outputs go by names, with sign, scale and offset, or by "
            "place"},
    {"data", CO_FIELD_STRINGS, STRATEGY(data), .max_count = 16,
     .doc = "data sets of the study that it learns from"},
    {"freeze", CO_FIELD_GROUP, STRATEGY(freeze), .child = &co_by_depth_schema,
     .doc = "layers that stay as they are, by depth"},
    {"fresh", CO_FIELD_GROUP, STRATEGY(fresh), .child = &co_by_depth_schema,
     .doc = "layers that are drawn anew, by depth"},
    {"rate_decay", CO_FIELD_FLOAT, STRATEGY(rate_decay), .min = 1, .max = 1000,
     .doc = "each layer below the output learns that many times slower than the one above"},
    {"unfreeze", CO_FIELD_GROUP, STRATEGY(unfreeze), .child = &co_unfreeze_schema,
     .doc = "layers begin to move one after the other, from the output on"},
    {"rules", CO_FIELD_LIST, STRATEGY(rules), .min_count = 0, .max_count = CO_MAX_RULES,
     .child = &rule_schema, .doc = "exceptions per tensor"},
    {"loss", CO_FIELD_LIST, STRATEGY(loss), .min_count = 0, .max_count = CO_MAX_LOSSES,
     .child = &co_loss_schema, .doc = "terms beside the algorithm's own loss"},
    {"residual", CO_FIELD_GROUP, STRATEGY(residual), .child = &residual_schema,
     .doc = "network whose outputs are added to the actor's means"},
    {"source_env", CO_FIELD_GROUP, STRATEGY(source_env), .child = &co_source_env_schema,
     .doc = "steps in the source's world beside the target, and their share of what is learned"},
    {"redo", CO_FIELD_GROUP, STRATEGY(redo), .child = &co_redo_schema,
     .doc = "when dormant units begin anew"},
    {"rollout_warmup", CO_FIELD_FLOAT, STRATEGY(rollout_warmup), .min = 0, .max = 1e12,
     .doc = "first env steps in which the copied policy acts and nothing is learned"},
};
static void check_strategy(const void *value, const co_node *node, co_schema_errors *errors) {
  co_loss_check_names(&((const co_strategy_def *)value)->loss, co_node_get(node, "loss"), errors);
}

enum { FIELDS = sizeof strategy_fields / sizeof *strategy_fields };
const co_schema co_strategy_schema = {
    "strategy", sizeof(co_strategy_def), strategy_fields + BUILTIN_FIELDS, FIELDS - BUILTIN_FIELDS,
    NULL,       check_strategy};

static void builtin_defaults(void *value) {
  ((co_strategy_def *)value)->status = status_names[0];
}

static const co_schema builtin_schema = {"strategy", sizeof(co_strategy_def), strategy_fields,
                                         FIELDS,     builtin_defaults,        check_strategy};

typedef struct strategy_file {
  co_list strategies;
} strategy_file;

co_status co_strategies_read(const char *path, co_arena *arena, co_list *out) {
  static const co_field fields[] = {{"strategies", CO_FIELD_LIST,
                                     offsetof(strategy_file, strategies), CO_REQUIRED,
                                     .child = &builtin_schema, .doc = "the built-in strategies"}};
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
  for (co_depth_kind kind = 0; kind < CO_DEPTH_KINDS; kind++)
    if (co_depth_is_said(def, kind)) return CO_OK;
  if (find(builtin, def->name) || def->base || def->copy || def->train || def->obs_norm ||
      def->algorithm || def->data.count || def->rules.count || def->loss.count ||
      def->residual.hidden.count || def->source_env.steps_per_step || def->redo.every ||
      !isnan(def->rollout_warmup) || def->match)
    return CO_OK;
  char what[CO_NAME + 64];
  snprintf(what, sizeof what, "strategy \"%.*s\" is not built in and says nothing but its name",
           CO_NAME, def->name);
  return no_strategy(own, builtin, def->name, what);
}

// fills what `out` leaves open from `def`; rules of a base go before those already there
static co_status inherit(const co_strategy_def *def, co_strategy *out) {
  if (!out->doc) out->doc = def->doc;
  if (!out->copy) out->copy = def->copy;
  if (!out->train) out->train = def->train;
  if (!out->obs_norm) out->obs_norm = def->obs_norm;
  if (!out->match) out->match = def->match;
  if (!out->algorithm) out->algorithm = def->algorithm;
  if (!out->data.count) out->data = def->data;
  if (!out->residual && def->residual.hidden.count) out->residual = &def->residual;
  if (!out->source_env && def->source_env.steps_per_step) out->source_env = &def->source_env;
  if (!out->redo && def->redo.every) out->redo = &def->redo;
  if (out->rollout_warmup < 0 && !isnan(def->rollout_warmup))
    out->rollout_warmup = (int64_t)ceil(def->rollout_warmup);
  if (out->num_rules + def->rules.count > CO_MAX_RULES)
    return co_fail(CO_CONFIG, "strategy \"%s\": more than %d rules with those of its bases",
                   out->name, CO_MAX_RULES);
  co_depth_inherit(def, out);
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
  *out = (co_strategy){.name = name, .rollout_warmup = -1};  // unset
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
  if (out->rollout_warmup < 0) out->rollout_warmup = 0;
  return CO_OK;
}

co_status co_strategy_write(const co_strategy *strategy, co_buf *out) {
  co_buf_printf(out,
                "strategy = { name = \"%s\"; copy = \"%s\"; train = \"%s\"; obs_norm = \"%s\";\n",
                strategy->name, strategy->copy, strategy->train, strategy->obs_norm);
  if (strategy->match) co_buf_printf(out, "match = \"%s\";\n", strategy->match);
  for (int i = 0; i < strategy->data.count; i++)
    co_buf_printf(out, "data = \"%s\";\n", strategy->data.value[i]);
  for (int i = 0; i <= strategy->num_rules; i++) {
    CO_TRY(co_depth_write(strategy, i, out));
    if (i == strategy->num_rules) break;
    co_buf_puts(out, "rule = { ");
    CO_TRY(co_schema_write(&rule_schema, strategy->rule[i], out));
    co_buf_puts(out, " };\n");
  }
  CO_TRY(co_loss_list_write(&strategy->loss, out));
  if (strategy->residual) {
    co_buf_puts(out, "residual = { ");
    CO_TRY(co_schema_write(&residual_schema, strategy->residual, out));
    co_buf_puts(out, " };\n");
  }
  if (strategy->source_env) {
    co_buf_puts(out, "source_env = { ");
    CO_TRY(co_schema_write(&co_source_env_schema, strategy->source_env, out));
    co_buf_puts(out, " };\n");
  }
  if (strategy->redo) {
    co_buf_puts(out, "redo = { ");
    CO_TRY(co_schema_write(&co_redo_schema, strategy->redo, out));
    co_buf_puts(out, " };\n");
  }
  if (strategy->rollout_warmup)
    co_buf_printf(out, "rollout_warmup = %" PRId64 ";\n", strategy->rollout_warmup);
  co_buf_puts(out, "};\n");
  return CO_OK;
}
