#include "transfer/run/training.h"

#include "agents/policy/actor.h"
#include "agents/policy/interval.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/number.h"
#include "core/printable.h"
#include "transfer/run/private/training_state.h"
#include "transfer/study/program.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum {
  BLEND_UPDATES = 10
};  // a blended normaliser counts as this many updates' samples (docs/methods.md rule 6)

// episodes of evaluations are common to all trainings of a seed
static co_stream evaluation_stream(const co_training_state *t, co_purpose purpose) {
  return (co_stream){t->def->seed, t->def->number, purpose};
}

co_stream co_training_stream(const co_training_state *t, co_purpose purpose) {
  uint32_t number = t->def->number + (t->def->in_target ? CO_TARGET_STREAMS : 0);
  return (co_stream){t->def->seed, number, purpose};
}

co_status co_training_open_env(const co_training_state *t, const co_world *world, int64_t rows,
                               co_stream stream, co_env **out) {
  return t->def->worlds->create(t->def->worlds->context, world, (int)rows, &stream, out);
}

static co_status describe_world(const co_training_def *def, co_world_facts *out) {
  return def->worlds->describe(def->worlds->context, &def->world, out);
}

int64_t co_training_step(const co_training_state *t) {
  return co_algorithm_steps(t->def->algorithm, t->record->env_steps, t->cost->train.gradient_steps);
}

void co_training_report(const co_training_state *t) {
  if (!t->def->progress) return;
  int64_t trained = t->cost->train.env_steps;
  if (t->def->algorithm)
    trained = co_algorithm_steps(t->def->algorithm, trained, t->cost->train.gradient_steps);
  t->def->progress(t->def->progress_context, trained + t->cost->evaluate.env_steps);
}

// ---- evaluation ----

// every evaluation opens its env anew, so that the same episodes are played at every point
static co_status evaluate(co_training_state *t, const co_world *world, const co_policy *policy,
                          int64_t episodes, co_purpose purpose, co_evaluation *out) {
  double wall = co_clock_wall(), cpu = co_clock_cpu();
  co_env *env;
  co_stream stream = evaluation_stream(t, purpose);
  CO_TRY(co_training_open_env(t, world, episodes, stream, &env));
  co_status status = co_evaluate(policy, env, &stream, t->def->pool, out);
  co_env_destroy(env);
  if (status != CO_OK) return status;
  t->cost->evaluate.wall_s += co_clock_wall() - wall;
  t->cost->evaluate.cpu_s += co_clock_cpu() - cpu;
  t->cost->evaluate.env_steps += out->env_steps;
  co_training_report(t);
  return CO_OK;
}

// Episodes that ended in a fault are no returns: what is left out is said.
static void tell_faults(const co_training_state *t, const char *where, const co_evaluation *eval) {
  if (eval->faults == eval->count)
    co_log(CO_LOG_WARNING, "%s: %s: no return: all %d episodes ended in a fault", t->def->name,
           where, eval->count);
  else if (eval->faults)
    co_log(CO_LOG_WARNING, "%s: %s: %d of %d episodes ended in a fault and are left out",
           t->def->name, where, eval->faults, eval->count);
}

co_status co_training_add_point(co_training_state *t, int64_t step) {
  co_evaluation eval;
  CO_TRY(evaluate(t, &t->def->world, t->policy, t->def->episodes, CO_PURPOSE_EVAL_CURVE, &eval));
  char where[32];
  snprintf(where, sizeof where, "step %" PRId64, step);
  tell_faults(t, where, &eval);
  if (!t->def->quiet && eval.faults < eval.count)
    co_log(CO_LOG_INFO, "%s: step %" PRId64 ": return %.1f over %d episodes", t->def->name, step,
           eval.mean, eval.count);
  return co_record_add_point(t->record, step, t->def->in_source, false, &eval);
}

// Says that it diverged; what was said first stays.
static void diverge(co_training_state *t, const char *why) {
  t->record->status = CO_RECORD_DIVERGED;
  if (!*t->record->failed) co_printable_line(t->record->failed, sizeof t->record->failed, why);
}

// Fresh episodes where it was trained, and back in the source for forgetting. A policy that
// must have a return and has none has diverged, which the record says.
static co_status add_final_points(co_training_state *t, int64_t step, bool must_return) {
  const co_training_def *def = t->def;
  co_evaluation eval;
  CO_TRY(evaluate(t, &def->world, t->policy, def->final_episodes, CO_PURPOSE_EVAL_FINAL, &eval));
  // without a return it is no policy that anything could be started from or compared with
  if (must_return && eval.faults == eval.count) {
    char why[96];
    snprintf(why, sizeof why, "all %d final episodes ended in a fault: the policy has no return",
             eval.count);
    diverge(t, why);
    co_evaluation_free(&eval);
    return CO_OK;
  }
  tell_faults(t, "final", &eval);
  co_evaluation_expect(&eval, NULL, 0, &t->policy->contract);
  CO_TRY(co_record_add_point(t->record, step, def->in_source, true, &eval));
  if (!def->home) return CO_OK;
  CO_TRY(evaluate(t, def->home, t->policy, def->final_episodes, CO_PURPOSE_EVAL_FINAL, &eval));
  tell_faults(t, "final, back in the source", &eval);
  return co_record_add_point(t->record, step, true, true, &eval);
}

// ---- preparing the policy ----

static co_status make_policy(co_training_state *t, const co_env_info *info) {
  const co_algorithm *algorithm = t->def->algorithm;
  co_network_def network;
  if (t->def->strategy && co_strategy_takes_program(t->def->strategy, t->def->source)) {
    CO_TRY(co_strategy_check_program(t->def->strategy, t->def->source));
    return co_program_policy(t->def->source, info, &t->policy);
  }
  CO_TRY(co_algorithm_network(algorithm, t->def->settings, info, &network));
  if (t->def->strategy) CO_TRY(co_strategy_network(t->def->strategy, t->def->source, &network));
  co_stream stream = co_training_stream(t, CO_PURPOSE_INIT);
  return co_algorithm_policy_of(algorithm, &network, info, &stream, &t->policy);
}

static co_status create_policy(co_training_state *t, const co_env_info *info) {
  CO_TRY(make_policy(t, info));
  t->policy->contract.seed = co_training_stream(t, CO_PURPOSE_INIT).seed;
  t->policy->contract.seed_number = t->def->number;
  t->plan = co_arena_alloc(&t->arena, (size_t)t->policy->num_tensors, sizeof *t->plan);
  if (!t->plan) return CO_MEMORY;
  for (int i = 0; i < t->policy->num_tensors; i++)
    t->plan[i] = (co_tensor_plan){.init = CO_INIT_FRESH, .rule.rate = 1};
  return CO_OK;
}

static void tell_not_copied(const co_training_state *t, const co_not_copied *count) {
  if (count->other_head)
    co_log(CO_LOG_WARNING, "%s: %d tensors of the source policy are of another head: fresh instead",
           t->def->name, count->other_head);
  if (count->missing)
    co_log(CO_LOG_WARNING,
           "%s: the source policy is without %d tensors that only a learner needs: fresh instead",
           t->def->name, count->missing);
  if (count->other_draws)
    co_log(
        CO_LOG_WARNING,
        "%s: the source policy's critic sees other drawn numbers: its %d tensors are fresh instead",
        t->def->name, count->other_draws);
}

// Fresh values of the network; with a source, of what nothing of it follows into.
static void init_network(co_training_state *t) {
  co_stream stream = co_training_stream(t, CO_PURPOSE_INIT);
  const co_policy *policy = t->policy;
  if (policy->program) return;  // has none, and all else is copied
  for (int i = 0; i < policy->num_tensors && i < policy->net.num_tensors; i++) {
    if (policy->tensor[i].data != policy->net.tensor[i].data) continue;  // what cloning is without
    if (!t->def->source || t->plan[i].init == CO_INIT_FRESH ||
        (t->def->strategy && t->def->strategy->match))  // outputs without a partner stay so
      co_network_init_tensor(&t->policy->net, &stream, i);
  }
}

static co_status plan_transfer(co_training_state *t) {
  const co_strategy *strategy = t->def->strategy;
  if (!strategy) return CO_OK;
  if (t->def->steps > 0) CO_TRY(co_strategy_check_budget(strategy, t->def->steps));
  CO_TRY(co_strategy_plan(strategy, t->policy->tensor, t->policy->num_tensors, t->plan));
  co_not_copied count = {0};
  if (t->def->source)
    CO_TRY(co_strategy_adapt(strategy, t->plan, t->def->source, t->policy, &count));
  tell_not_copied(t, &count);
  return co_strategy_check_learner(strategy, t->plan, t->def->algorithm, t->def->source, t->policy);
}

static co_status transfer_policy(co_training_state *t) {
  const co_strategy *strategy = t->def->strategy;
  CO_TRY(plan_transfer(t));
  init_network(t);
  if (!strategy || !t->def->source) return CO_OK;
  double blend = (double)(BLEND_UPDATES * t->def->algorithm->steps_per_update(t->def->settings));
  t->policy->contract.parent = co_policy_hash(t->def->source);
  CO_TRY(co_strategy_apply(strategy, t->plan, t->def->source, blend, t->policy));
  co_stream stream = co_training_stream(t, CO_PURPOSE_INIT);
  return co_strategy_shrink(t->plan, &stream, t->policy);
}

// Of a policy whose spread does not depend on the state; NAN: only observations can tell.
static double entropy(const co_policy *policy) {
  co_actor actor = co_actor_view(co_kernels_get(), policy);
  return policy->net.def.head == CO_HEAD_GAUSSIAN ? co_actor_entropy(&actor, NULL) : (double)NAN;
}

// "shrunk": and perhaps perturbed. "mapped": to the elements of another body, "resized": of which
// there are more, or fewer.
static const char *status_of(const co_training_state *t, int index) {
  static const char *const status[] = {
      [CO_INIT_COPY] = "copied", [CO_INIT_FRESH] = "fresh", [CO_INIT_ZERO] = "zero"};
  const co_tensor *to = &t->policy->tensor[index];
  co_init init = t->plan[index].init;
  if (t->plan[index].shrink > 0) return "shrunk";
  if (init != CO_INIT_COPY || !t->def->source || !co_strategy_maps(t->def->strategy, to))
    return status[init];
  int at = co_tensor_find(t->def->source->tensor, t->def->source->num_tensors, to->name);
  const co_tensor *from = &t->def->source->tensor[at];
  return from->rows == to->rows && from->cols == to->cols ? "mapped" : "resized";
}

// the tensor table before training; `start` keeps the values for `moved`
static co_status begin_tensors(co_training_state *t) {
  int count = t->policy->num_tensors;
  t->record->tensor = co_alloc((size_t)count, sizeof *t->record->tensor);
  if (!t->record->tensor) return CO_MEMORY;
  t->record->num_tensors = count;
  for (int i = 0; i < count; i++) {
    const co_tensor *tensor = &t->policy->tensor[i];
    co_tensor_record *record = &t->record->tensor[i];
    snprintf(record->name, sizeof record->name, "%s", tensor->name);
    snprintf(record->status, sizeof record->status, "%s", status_of(t, i));
    record->rank = co_tensor_shape(tensor, record->shape);
    record->trained = t->plan[i].rule.rate > 0;
    record->lora = record->trained ? t->plan[i].rule.lora : 0;
    record->adapter = (int)(record->trained ? t->plan[i].rule.adapter : CO_ADAPTER_NONE);
    record->before = co_tensor_hash(tensor);
  }
  return CO_OK;
}

static void finish_tensors(co_training_state *t) {
  for (int i = 0; i < t->policy->num_tensors; i++) {
    const co_tensor *now = &t->policy->tensor[i], *then = &t->start->tensor[i];
    co_tensor_record *record = &t->record->tensor[i];
    record->after = co_tensor_hash(now);
    for (int row = 0; row < now->rows; row++)
      for (int col = 0; col < now->cols; col++)
        record->moved =
            fmax(record->moved, fabs(co_tensor_get(now, row, col) - co_tensor_get(then, row, col)));
  }
}

// Layer by layer; what it takes, hundreds of features, is given back.
static co_status measure_movement(co_training_state *t) {
  co_layer_movement *layer;
  int count;
  co_arena_mark mark = co_arena_get_mark(&t->arena);
  co_status status =
      co_movement_measure(t->start, t->policy, t->def->source, &t->seen, &t->arena, &count, &layer);
  if (status == CO_OK) status = co_record_set_layers(t->record, layer, count);
  co_arena_release(&t->arena, mark);
  return status;
}

// ---- whole ----

bool co_training_is_stopped(const co_training_state *t) {
  return t->def->stop && *t->def->stop;
}

// nothing is trained: the one point of the curve
static co_status show(co_training_state *t) {
  CO_TRY(co_training_add_point(t, 0));
  return co_training_is_stopped(t) ? co_fail(CO_INTERRUPTED, "interrupted during the evaluations")
                                   : CO_OK;
}

// A training that diverged is a result: the update that failed was taken back, and the policy from
// before it is evaluated and kept (docs/methods.md rule 18). An error of the engine or of the
// program is none, and ends the trial without a record.
static co_status train_and_evaluate(co_training_state *t) {
  bool trains = t->def->steps > 0;
  co_status status = trains ? co_training_loop(t) : show(t);
  if (status == CO_DIVERGED) {
    diverge(t, co_error_text());
    status = CO_OK;
    co_log(CO_LOG_WARNING, "%s: diverged at step %" PRId64 ": %s", t->def->name,
           co_training_step(t), t->record->failed);
  }
  CO_TRY(status);
  finish_tensors(t);
  if (co_policy_check_finite(t->policy) != CO_OK) return CO_OK;  // nothing to evaluate
  if (trains) CO_TRY(measure_movement(t));
  t->policy->contract.steps = co_training_step(t);
  return add_final_points(t, co_training_step(t), trains);
}

// What is trained goes back to the source's world at the end, which is found out before anything is
// trained.
static co_status check_home(const co_training_state *t) {
  const co_training_def *def = t->def;
  bool steps_there = def->strategy && def->strategy->source_env && def->steps > 0;
  assert(def->home || !steps_there);
  if (!def->home) return CO_OK;
  co_world_facts facts;
  CO_TRY(def->worlds->describe(def->worlds->context, def->home, &facts));
  co_status status = co_policy_check_world(t->policy, facts.info);
  co_world_facts_drop(&facts);
  if (status != CO_CONFIG) return status;
  return co_fail_context(status, steps_there ? "source_env" : "back in the source");
}

static co_status prepare(co_training_state *t) {
  co_world_facts facts;
  CO_TRY(describe_world(t->def, &facts));
  co_status status = create_policy(t, facts.info);
  co_world_facts_drop(&facts);
  if (status == CO_OK) status = check_home(t);
  if (status == CO_OK) status = transfer_policy(t);
  if (status == CO_OK) t->record->entropy = entropy(t->policy);
  if (status == CO_OK && t->def->source && t->def->home) status = co_training_compare(t);
  return status == CO_OK ? begin_tensors(t) : status;
}

void co_training_account_start(const co_training_def *def, co_training_cost *cost) {
  if (def->began <= 0) return;
  cost->start.wall_s = co_clock_wall() - def->began;
  cost->start.cpu_s = co_clock_cpu() - def->began_cpu;
}

// ---- entries ----

co_status co_training_run(const co_training_def *def, co_record *record, co_training_cost *cost,
                          co_policy **policy) {
  co_training_state t = {.def = def, .record = record, .cost = cost};
  co_status status = prepare(&t);
  if (status == CO_OK) status = co_policy_copy(t.policy, &t.start);
  co_training_account_start(def, cost);
  if (status == CO_OK) status = train_and_evaluate(&t);
  record->gradient_steps = cost->train.gradient_steps;
  co_arena_free(&t.arena);
  co_policy_free(t.start);
  if (status != CO_OK || !co_record_final(record, def->in_source)) {
    co_policy_free(t.policy);
    t.policy = NULL;
  }
  *policy = t.policy;
  return status;
}

co_status co_training_evaluate(const co_training_def *def, co_policy *policy, co_record *record,
                               co_training_cost *cost) {
  co_training_state t = {.def = def, .record = record, .cost = cost, .policy = policy};
  co_world_facts facts;
  CO_TRY(describe_world(def, &facts));
  co_status status = co_policy_check_world(policy, facts.info);
  co_world_facts_drop(&facts);
  CO_TRY(status);
  record->entropy = entropy(policy);
  co_training_account_start(def, cost);
  CO_TRY(co_training_add_point(&t, 0));
  CO_TRY(add_final_points(&t, 0, true));
  return *record->failed ? co_fail(CO_INTERNAL, "%s", record->failed) : CO_OK;
}

co_status co_training_random(const co_training_def *def, co_record *record,
                             co_training_cost *cost) {
  co_training_state t = {.def = def, .record = record, .cost = cost};
  co_evaluation eval;
  co_training_account_start(def, cost);
  CO_TRY(evaluate(&t, &def->world, NULL, def->final_episodes, CO_PURPOSE_RANDOM, &eval));
  tell_faults(&t, "random actions", &eval);
  return co_record_add_point(record, 0, def->in_source, true, &eval);
}
