#include "transfer/study/study_check.h"

#include "agents/policy/evaluate.h"
#include "agents/policy/home.h"
#include "core/log.h"
#include "core/memory.h"
#include "transfer/study/algorithms.h"
#include "transfer/study/data.h"
#include "transfer/study/family.h"
#include "transfer/study/program.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Policies that transfers start from or end in: those of a source's files, or one as a training
// would make it, in a target one of each algorithm. None when its world has mistakes of its own.
typedef struct study_side {
  const char *name;
  const co_node *node;  // declares the source or target
  int count;
  co_policy **policy;   // (count) owned
  co_algorithm_set of;  // (count) of a target: whose they are
} study_side;

typedef struct checker {
  const co_trial_context *context;
  const co_study *study;
  study_side *source, *target;
  co_status first;  // of the mistakes
  co_buf text;      // one line each
} checker;

// ---- mistakes ----

// Keeps the text of the last error, in front of it the place of `node` and `key` (NULL: it has
// one). What several worlds or strategies share is told once. Returns whether the check can go on.
static bool keep_at(checker *c, co_status status, const co_node *node, const char *key,
                    const char *of) {
  if (status == CO_OK) return true;
  if (c->first == CO_OK || status == CO_MEMORY) c->first = status;
  co_buf line = {0};
  if (node) co_node_place(node, key, &line);
  co_buf_printf(&line, "%s%s", of, co_error_text());
  if (co_buf_status(&line) != CO_OK)
    c->first = CO_MEMORY;
  else if (!c->text.data || !strstr(c->text.data, line.data))
    co_buf_printf(&c->text, "%s%s", c->text.size ? "\n" : "", line.data);
  co_buf_free(&line);
  return c->first != CO_MEMORY;
}

static bool keep(checker *c, co_status status, const co_node *node, const char *of) {
  return keep_at(c, status, node, node && node->name ? node->name : "study", of);
}

static co_status finish(checker *c) {
  if (c->first == CO_MEMORY) return CO_MEMORY;
  return c->first == CO_OK ? CO_OK : co_fail(c->first, "%s", c->text.data);
}

// ---- worlds and the policies in them ----

// A policy as a training in the world makes it, without parameters. `own`: settings there.
static co_status make_policy(const co_study *study, const co_algorithm *algorithm,
                             const co_env_info *info, const co_node *own, bool in_target,
                             co_policy **out) {
  co_arena arena = {0};
  void *settings = co_arena_alloc(&arena, 1, algorithm->schema->size);
  co_status status =
      settings ? co_study_settings(study, algorithm, own, in_target, &arena, settings) : CO_MEMORY;
  co_stream stream = {.purpose = CO_PURPOSE_INIT};
  if (status == CO_OK) status = co_algorithm_make_policy(algorithm, settings, info, &stream, out);
  co_arena_free(&arena);
  return status;
}

enum { LAYERS_TEXT = 8 * CO_MAX_HIDDEN };  // what all hidden layers have, as text

static void put_hidden(const co_network_def *def, char out[LAYERS_TEXT]) {
  *out = '\0';
  for (int i = 0; i < def->num_hidden; i++) {
    size_t used = strlen(out);
    snprintf(out + used, LAYERS_TEXT - used, "%s%d", i ? ", " : "", def->hidden[i]);
  }
}

static void put_activations(const co_network_def *def, char out[LAYERS_TEXT]) {
  snprintf(out, LAYERS_TEXT, "%s", co_activation_names[def->activation]);
  for (int i = 1; i < def->num_activations; i++) {
    size_t used = strlen(out);
    snprintf(out + used, LAYERS_TEXT - used, ", %s", co_activation_names[def->activations[i]]);
  }
}

// A file's network has to be that of the settings: what starts from it could copy nothing else.
static co_status check_network(const co_policy *file, const co_policy *made) {
  const co_network_def *a = &file->net.def, *b = &made->net.def;
  if (file->program) return CO_OK;       // and has no network
  if (a->head != b->head) return CO_OK;  // of another algorithm: only its trunk can be copied
  char has[LAYERS_TEXT], wanted[LAYERS_TEXT];
  put_hidden(a, has);
  put_hidden(b, wanted);
  if (strcmp(has, wanted) != 0)
    return co_fail(CO_CONFIG, "its hidden layers are (%s), learning.hidden says (%s)", has, wanted);
  put_activations(a, has);
  put_activations(b, wanted);
  if (!co_network_same_activations(a, b))
    return co_fail(CO_CONFIG, "its activation is %s, learning.activation says %s", has, wanted);
  if (a->layer_norm != b->layer_norm)
    return co_fail(CO_CONFIG, "it has %s layer norm, learning.layer_norm says otherwise",
                   a->layer_norm ? "a" : "no");
  if (!co_network_same_memory(a, b))
    return co_fail(CO_CONFIG, "its memory is %s (%d), learning.memory says %s (%d)",
                   co_network_memory_name(a), a->memory.width, co_network_memory_name(b),
                   b->memory.width);
  if (a->shared_trunk != b->shared_trunk)
    return co_fail(CO_CONFIG, "it has %s trunk, learning.shared_trunk says otherwise",
                   a->shared_trunk ? "a shared" : "no shared");
  return CO_OK;
}

// A policy that may not act in the source's own task; the error names its file.
static bool drop_file(checker *c, co_policy *policy, const co_node *node) {
  co_policy_free(policy);
  return keep_at(c, CO_CONFIG, node, "policy", "");
}

static bool load_file(checker *c, const co_source_def *source, int index, const co_policy *made,
                      study_side *side) {
  const co_node *node = co_node_get(side->node, "policy");
  if (node->kind != CO_NODE_STRING) node = node->child[index];
  co_policy *policy = NULL;
  co_status status = co_policy_load_to_act(source->policy.value[index], &policy);
  if (status != CO_OK) return keep_at(c, status, node, "policy", "");
  char of[512];
  snprintf(of, sizeof of, "%.*s: ", (int)sizeof of - 8, source->policy.value[index]);
  const co_world world = co_source_world(source);
  const co_home home = {c->context->worlds, policy, source->policy.value[index], NULL};
  status = co_home_enforce(&home, &world, CO_ENFORCE_STUDY);
  if (status == CO_CONFIG) return drop_file(c, policy, node);
  if (status == CO_OK) status = check_network(policy, made);
  if (status == CO_OK)
    side->policy[side->count++] = policy;
  else
    co_policy_free(policy);
  return keep_at(c, status, node, "policy", of);
}

static bool load_files(checker *c, const co_source_def *source, const co_env_info *info,
                       study_side *side) {
  co_policy *made = NULL;
  co_status status = make_policy(c->study, co_algorithm_find(source->algorithm), info,
                                 source->learning, false, &made);
  bool goes_on = keep(c, status, side->node, "");
  for (int i = 0; goes_on && status == CO_OK && i < source->policy.count; i++)
    goes_on = load_file(c, source, i, made, side);
  co_policy_free(made);
  return goes_on;
}

// What asked for a file that is missing: the map or the domain where the error has its name, else
// the task.
static const co_node *who_asked(const co_node *side) {
  static const char *const keys[] = {"map", "domain"};
  for (int i = 0; i < 2; i++) {
    const co_node *node = co_node_get(side, keys[i]);
    if (node && node->kind == CO_NODE_STRING && strstr(co_error_text(), node->value.string))
      return node;
  }
  return co_node_get(side, "task");
}

// One policy of each algorithm, as far as there are mistakes that can be told.
static bool make_policies(checker *c, const co_algorithm_set *of, const co_env_info *info,
                          const co_node *own, bool in_target, study_side *side) {
  side->of = *of;
  for (int i = 0; i < of->count; i++) {
    co_status status =
        make_policy(c->study, of->item[i], info, own, in_target, &side->policy[side->count]);
    if (status != CO_OK) return keep(c, status, side->node, "");
    side->count++;
  }
  return true;
}

// `source` NULL: of a target. `of`: what trains there.
static bool open_side(checker *c, const co_world *world, const co_source_def *source,
                      const co_algorithm_set *of, const co_node *own, study_side *side) {
  const co_world_source *worlds = c->context->worlds;
  co_world_facts facts;
  co_status status = worlds->describe(worlds->context, world, &facts);
  // a missing file does not know who asked for it, others know their line
  const co_node *node = status == CO_NO_INPUT ? who_asked(side->node) : NULL;
  if (status != CO_OK) return keep(c, status, node, "");
  int given = source ? source->policy.count : 0;
  bool goes_on;
  side->policy = co_alloc((size_t)(given ? given : of->count), sizeof *side->policy);
  if (!side->policy)
    goes_on = keep(c, CO_MEMORY, NULL, "");
  else if (given)
    goes_on = load_files(c, source, facts.info, side);
  else
    goes_on = make_policies(c, of, facts.info, own, !source, side);
  co_world_facts_drop(&facts);
  return goes_on;
}

static bool not_stopped(const checker *c) {
  return co_trial_check_stop(c->context) == CO_OK;
}

static bool open_sides(checker *c) {
  const co_study *study = c->study;
  const co_node *root = co_node_get(study->root, "study");
  for (int i = 0; i < study->def.sources.count && not_stopped(c); i++) {
    const co_source_def *source = co_study_source(study, i);
    co_world world = co_source_world(source);
    c->source[i].name = source->name;
    c->source[i].node = co_node_get(root, "sources")->child[i];
    co_algorithm_set of = {{co_study_algorithm(study, i, -1, -1)}, 1};
    if (!open_side(c, &world, source, &of, source->learning, &c->source[i])) return false;
  }
  for (int i = 0; i < study->def.targets.count && not_stopped(c); i++) {
    const co_target_def *target = co_study_target(study, i);
    co_world world = co_target_world(target);
    c->target[i].name = target->name;
    c->target[i].node = co_node_get(root, "targets")->child[i];
    co_algorithm_set of;
    co_study_algorithms_met(study, i, &of);
    if (!open_side(c, &world, NULL, &of, target->learning, &c->target[i])) return false;
  }
  return true;
}

static void close_sides(study_side *sides, int count) {
  for (int i = 0; sides && i < count; i++) {
    for (int p = 0; p < sides[i].count; p++) co_policy_free(sides[i].policy[p]);
    free(sides[i].policy);
  }
  free(sides);
}

// ---- strategies ----

static co_status check_copy(const co_strategy *strategy, const co_algorithm *algorithm,
                            const co_policy *from, const co_policy *to, co_tensor_plan *plan) {
  CO_TRY(co_strategy_plan(strategy, to->tensor, to->num_tensors, plan));
  bool copies = !co_strategy_copies_nothing(strategy);
  if (copies) CO_TRY(co_strategy_adapt(strategy, plan, from, to, NULL));
  if (copies) CO_TRY(co_strategy_check(strategy, plan, from, to));
  return co_strategy_check_learner(strategy, plan, algorithm, copies ? from : NULL, to);
}

// The policy that the algorithm would train in a target.
static const co_policy *policy_of(const study_side *target, const co_algorithm *algorithm) {
  for (int i = 0; i < target->count; i++)
    if (target->of.item[i] == algorithm) return target->policy[i];
  return NULL;
}

// ---- data ----

// The world that something is learned for: "target" or "source".
typedef struct learned_for {
  const char *role, *name;
  const co_contract *contract;
  const co_node *node;  // of who names sets
} learned_for;

static co_status other_size(const char *what, int from, const learned_for *to, int wanted) {
  return co_fail(CO_CONFIG, "its episodes have %d %s elements, the %s's %d", from, what, to->role,
                 wanted);
}

static co_status other_name(const char *what, int i, const char *from, const learned_for *to,
                            const char *wanted) {
  return co_fail(CO_CONFIG, "%s %d is %s in its episodes, %s in the %s", what, i, from, wanted,
                 to->role);
}

// What is recorded elsewhere has the elements of the world that it is learned from for.
static co_status check_set(const co_contract *from, const learned_for *to) {
  const co_contract *wanted = to->contract;
  int obs = co_find_other_obs(from, wanted), action = co_find_other_action(from, wanted);
  if (from->num_obs != wanted->num_obs)
    return other_size("observation", from->num_obs, to, wanted->num_obs);
  if (obs >= 0)
    return other_name("observation", obs, from->obs[obs].name, to, wanted->obs[obs].name);
  if (from->num_action != wanted->num_action)
    return other_size("action", from->num_action, to, wanted->num_action);
  if (action >= 0)
    return other_name("action", action, from->action[action].name, to, wanted->action[action].name);
  return CO_OK;
}

// `s`: the source whose own sets are meant where a set names none.
static bool check_data(checker *c, const co_strings *names, int s, const learned_for *to) {
  for (int i = 0; i < names->count; i++) {
    const co_data_def *data =
        co_study_data(c->study, co_study_find_data(c->study, names->value[i]));
    int from = data->source ? co_study_find_source(c->study, data->source) : s;
    if (data->in == CO_IN_TARGET || !c->source[from].count) continue;
    char of[4 * CO_NAME];
    snprintf(of, sizeof of, "\"%s\", from %s to %s: ", data->name, c->source[from].name, to->name);
    co_status status = check_set(&c->source[from].policy[0]->contract, to);
    const co_node *named = co_node_get(to->node, "data");  // NULL: its base names them
    if (!keep_at(c, status, named ? named : to->node, "data", of)) return false;
  }
  return true;
}

// Sources that learn from data.
static bool check_sources(checker *c) {
  for (int s = 0; s < c->study->def.sources.count; s++) {
    const study_side *side = &c->source[s];
    if (!side->count) continue;
    const learned_for to = {"source", side->name, &side->policy[0]->contract, side->node};
    if (!check_data(c, &co_study_source(c->study, s)->data, s, &to)) return false;
  }
  return true;
}

// ---- a pair of worlds ----

// One strategy between two sides.
typedef struct pair {
  const co_strategy *strategy;
  const co_algorithm *algorithm;
  const study_side *source, *target;
  const co_node *node;  // where mistakes are
  bool goes_back;       // what it trains is evaluated in the source at the end
} pair;

// Whether what the source policy's numbers mean is what they mean in the target, or is mapped.
static co_status check_meaning(const checker *c, const pair *of, int t, const co_policy *from) {
  const co_world world = co_target_world(co_study_target(c->study, t));
  const co_home home = {c->context->worlds, from, of->source->name, NULL};
  return co_strategy_enforce(of->strategy, &home, &world, CO_ENFORCE_STUDY);
}

// Whether what is trained in the target can be evaluated back in the source.
static co_status check_way_back(const pair *of, const co_policy *from, const co_policy *to) {
  const co_contract *a = &from->contract, *b = &to->contract;
  int obs = co_find_other_obs(a, b), action = co_find_other_action(a, b);
  if (!of->goes_back || (obs < 0 && action < 0)) return CO_OK;
  return co_fail(
      CO_CONFIG,
      "strategy \"%s\": %s %d of the target is called otherwise in the source, where what "
      "is trained is evaluated at the end: match = \"names\" or \"place\" goes to another "
      "body",
      of->strategy->name, obs >= 0 ? "observation" : "action", obs >= 0 ? obs : action);
}

// Whether the strategy can make the policy `to` out of each of the source's; mistakes are kept.
static bool check_copies(checker *c, const pair *of, int t, const co_policy *to, bool *fits) {
  const co_strategy *strategy = of->strategy;
  co_tensor_plan *plan = co_alloc((size_t)to->num_tensors, sizeof *plan);
  if (!plan) return keep(c, CO_MEMORY, NULL, "");
  co_schema_errors errors = {0};
  co_strategy_check_own(strategy, to->tensor, to->num_tensors, &errors);
  co_status status = co_schema_finish(&errors);
  bool goes_on = keep(c, status, NULL, "");
  char from[2 * CO_NAME + 32];
  snprintf(from, sizeof from, "from %s to %s: ", of->source->name, of->target->name);
  for (int p = 0; goes_on && status == CO_OK && p < of->source->count; p++) {
    status = check_copy(strategy, of->algorithm, of->source->policy[p], to, plan);
    if (status == CO_OK) status = check_meaning(c, of, t, of->source->policy[p]);
    if (status == CO_OK) status = check_way_back(of, of->source->policy[p], to);
    goes_on = keep(c, status, of->node, from);
  }
  free(plan);
  *fits = status == CO_OK;
  return goes_on;
}

// What the strategy makes of the first of the source's policies, where it is another than `to`;
// the others have to be of its kind.
static co_status own_policy(const pair *of, const co_policy *to, co_policy **out) {
  const co_policy *first = of->source->policy[0];
  *out = NULL;
  for (int p = 0; p < of->source->count; p++) {
    CO_TRY(co_strategy_check_program(of->strategy, of->source->policy[p]));
    if (!of->source->policy[p]->program != !first->program)
      return co_fail(CO_CONFIG, "of the policies of %s some act by a program and some by a network",
                     of->source->name);
  }
  if (!co_strategy_takes_program(of->strategy, first))
    return co_strategy_policy(of->strategy, first, to, out);
  co_contract contract = to->contract;  // borrowed, copied by what follows
  contract.network =
      (co_network_def){.obs_dim = to->net.def.obs_dim, .act_dim = to->net.def.act_dim};
  co_status status = co_policy_from_stored(first->program, of->source->name, &contract, out);
  return status == CO_DATA ? co_fail(CO_CONFIG, "%s", co_error_text()) : status;
}

// The same with the network that strategy k trains in the target.
static bool check_pair(checker *c, int k, int s, int t, bool *fits) {
  const co_strategy *strategy = &c->study->strategy[k];
  const study_side *source = &c->source[s], *target = &c->target[t];
  int from = co_study_has_source(c->study, k) ? s : -1;
  const co_algorithm *algorithm = co_study_algorithm(c->study, from, t, k);
  const co_policy *to = policy_of(target, algorithm);
  *fits = false;
  if (!to) return true;  // what is wrong with it is told
  const learned_for world = {"target", target->name, &to->contract, strategy->node};
  if (!check_data(c, &strategy->data, s, &world)) return false;
  const co_node *node = co_node_get(strategy->node ? strategy->node : target->node, "name");
  const pair of = {strategy, algorithm, source, target, node, from >= 0 && !strategy->match};
  co_policy *own;
  co_status status = co_strategy_check_budget(strategy, co_study_target(c->study, t)->steps);
  if (status == CO_OK) status = own_policy(&of, to, &own);
  if (status != CO_OK) return keep(c, status, node, "");
  bool goes_on = check_copies(c, &of, t, own ? own : to, fits);
  co_policy_free(own);
  return goes_on;
}

// Where the untrained policy does not fit, nothing else is asked: it would be the same mistake.
static bool check_transfer(checker *c, int s, int t) {
  if (!c->source[s].count || !c->target[t].count) return true;
  bool fits;
  if (!check_pair(c, c->study->zero_shot, s, t, &fits)) return false;
  for (int k = 0; fits && k < c->study->num_strategies; k++) {
    bool fine;
    if (k == c->study->zero_shot || !co_study_has_strategy(c->study, t, k)) continue;
    if (!check_pair(c, k, s, t, &fine)) return false;
  }
  return true;
}

static void check_transfers(checker *c) {
  for (int s = 0; s < c->study->def.sources.count; s++)
    for (int t = 0; t < c->study->def.targets.count && not_stopped(c); t++)
      if (!check_transfer(c, s, t)) return;
}

co_status co_study_check(const co_trial_context *context) {
  const co_study_def *def = &context->study->def;
  checker c = {.context = context, .study = context->study};
  // one more target: a study of sources only has none, and nothing may be no memory
  c.source = co_alloc((size_t)def->sources.count, sizeof *c.source);
  c.target = co_alloc((size_t)def->targets.count + 1, sizeof *c.target);
  if (!c.source || !c.target)
    c.first = CO_MEMORY;
  else if (open_sides(&c) && check_sources(&c))
    check_transfers(&c);
  co_status status = finish(&c);
  close_sides(c.source, def->sources.count);
  close_sides(c.target, def->targets.count);
  co_buf_free(&c.text);
  return status;
}

// ---- what will tell little ----

static void advise_oracle(const co_study *study, const co_target_def *target, co_buf *out) {
  int64_t source = 0;
  for (int s = 0; s < study->def.sources.count; s++) {
    int64_t steps = co_source_env_steps(co_study_source(study, s));
    if (steps > source) source = steps;
  }
  if (!target->oracle_steps || target->oracle_steps >= source + target->steps) return;
  co_buf_printf(out,
                "target \"%s\": oracle_steps = %" PRId64
                " are fewer than those of source and target together, %" PRId64
                ": scores against it flatter every strategy\n",
                target->name, target->oracle_steps, source + target->steps);
}

static co_status advise_threshold(const co_trial_context *context, const co_target_def *target,
                                  co_buf *out) {
  enum { EPISODES = 10 };
  if (isnan(target->threshold)) return CO_OK;
  co_world world = co_target_world(target);
  co_stream stream = {.seed = (uint64_t)context->study->def.seed, .purpose = CO_PURPOSE_RANDOM};
  co_env *env;
  CO_TRY(context->worlds->create(context->worlds->context, &world, EPISODES, &stream, &env));
  co_evaluation eval = {0};
  co_status status = co_evaluate(NULL, env, &stream, context->pool, &eval);
  if (status == CO_OK && target->threshold <= eval.mean)
    co_buf_printf(
        out,
        "target \"%s\": threshold = %g is not above what random actions reach, about %.4g: "
        "every policy starts behind it\n",
        target->name, target->threshold, eval.mean);
  co_evaluation_free(&eval);
  co_env_destroy(env);
  return status;
}

co_status co_study_advise(const co_trial_context *context, co_buf *out) {
  const co_study *study = context->study;
  CO_TRY(co_family_advise(study, out));
  for (int t = 0; t < study->def.targets.count; t++) {
    advise_oracle(study, co_study_target(study, t), out);
    CO_TRY(advise_threshold(context, co_study_target(study, t), out));
  }
  return co_buf_status(out);
}

co_status co_study_warn(const co_trial_context *context, co_buf *out) {
  CO_TRY(co_study_advise(context, out));
  for (const char *line = out->data; line && *line;) {
    int length = (int)strcspn(line, "\n");
    co_log(CO_LOG_WARNING, "%.*s", length, line);
    line += length + (line[length] == '\n');
  }
  return CO_OK;
}
