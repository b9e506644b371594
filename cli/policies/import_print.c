#include "cli/policies/import_print.h"

#include "agents/contract/answers.h"
#include "cli/worlds.h"
#include "envs/record/replay.h"

#include <math.h>
#include <string.h>

// ---- judging

static const co_replay_field *find(const co_replay *replay, const char *name) {
  for (int i = 0; i < replay->num_fields; i++)
    if (strcmp(replay->field[i].name, name) == 0) return &replay->field[i];
  return NULL;
}

static double difference(const co_replay *replay, const char *name) {
  const co_replay_field *field = find(replay, name);
  return field ? field->max_abs : (double)NAN;
}

static bool states_agree(const import_checks *checks) {
  return difference(&checks->driven, "state") <= checks->tolerance ||
         difference(&checks->led, "state_step") <= checks->tolerance;
}

bool import_checks_ok(const import_checks *checks) {
  bool ok = !checks->has_network || checks->network.max_abs <= checks->tolerance;
  if (!checks->has_replays) return ok;
  return ok && difference(&checks->led, "obs") <= checks->tolerance && states_agree(checks);
}

void import_checks_free(import_checks *checks) {
  co_verify_free(&checks->network);
  co_replay_free(&checks->led);
  co_replay_free(&checks->driven);
  co_evaluation_free(&checks->played);
}

// ---- JSON

static co_json *worst_json(const co_replay *replay) {
  co_json *array = co_json_array();
  for (int i = 0; i < replay->num_worst; i++) {
    co_json *object = co_json_object();
    co_json_set_string(object, "element", replay->worst[i].element);
    co_json_set_int(object, "step", replay->worst[i].step);
    co_json_set_number(object, "recorded", replay->worst[i].recorded);
    co_json_set_number(object, "computed", replay->worst[i].computed);
    co_json_add(array, object);
  }
  return array;
}

static co_json *actions_json(const import_checks *checks) {
  co_json *array = co_json_array();
  for (int i = 0; i < checks->policy->contract.num_action; i++) {
    const co_verify_action *action = &checks->network.action[i];
    co_json *object = co_json_object();
    co_json_set_string(object, "name", checks->policy->contract.action[i].name);
    co_json_set_number(object, "max_abs", action->max_abs);
    cli_set_step(object, "step", action->at_step);
    co_json_set_number(object, "recorded", action->recorded);
    co_json_set_number(object, "computed", action->computed);
    co_json_add(array, object);
  }
  return array;
}

static co_json *verified_json(const import_checks *checks) {
  if (!checks->has_network) return co_json_null();
  co_json *object = co_json_object(), *observation = co_json_null();
  co_json_set_bool(object, "ok", import_checks_ok(checks));
  co_json_set_number(object, "tolerance", checks->tolerance);
  co_json_set_int(object, "steps", checks->network.steps);
  co_json_set_number(object, "max_abs", checks->network.max_abs);
  co_json_set(object, "actions", actions_json(checks));
  if (checks->has_replays) {
    co_json_free(observation);
    observation = co_json_object();
    co_json_set_number(observation, "max_abs", difference(&checks->led, "obs"));
    co_json_set(observation, "worst", worst_json(&checks->led));
  }
  co_json_set(object, "observation", observation);
  double state = checks->has_replays ? difference(&checks->driven, "state") : (double)NAN;
  double step = checks->has_replays ? difference(&checks->led, "state_step") : (double)NAN;
  co_json_set_number(object, "state_max_abs", state);
  co_json_set_number(object, "state_step_max_abs", step);
  return object;
}

static co_json *played_json(const import_checks *checks) {
  if (!checks->has_episodes) return co_json_null();
  co_json *object = co_json_object(), *returned = co_json_object(), *metrics = co_json_object();
  cli_set_return(returned, &checks->played, &checks->interval);
  co_json_set_number(metrics, "fall_rate", checks->played.fall_rate);
#define X(id, name) co_json_set_number(metrics, name, checks->played.metric_mean[id]);
  CO_STEP_METRIC_LIST(X)
#undef X
  co_json_set_int(object, "episodes", checks->played.count);
  co_json_set(object, "return", returned);
  co_json_set_number(object, "length_mean", checks->played.length_mean);
  co_json_set(object, "metrics", metrics);
  co_json_set_int(object, "faults", checks->played.faults);
  return object;
}

static co_json *order_json(const co_facts *facts) {
  if (!facts->order.value || !facts->joints.count) return co_json_null();
  co_json *object = co_json_object(), *names = co_json_array();
  for (int i = 0; i < facts->joints.count; i++)
    co_json_add(names, co_json_string(facts->joints.name[i]));
  co_json_set_string(object, "name", facts->order.value);
  co_json_set(object, "elements", names);
  return object;
}

static co_json *conflicts_json(const co_facts *facts) {
  co_json *array = co_json_array();
  for (int i = 0; i < facts->num_conflicts; i++) {
    co_json *object = co_json_object();
    co_json_set_string(object, "path", facts->conflict[i].path);
    co_json_set_string(object, "kept", facts->conflict[i].kept);
    co_json_set_string(object, "other", facts->conflict[i].other);
    co_json_add(array, object);
  }
  return array;
}

static co_status print_json(const char *out, const co_import *import, const import_checks *checks) {
  co_json *object = cli_object("import"), *operators = co_json_array();
  for (int i = 0; i < import->num_operators; i++)
    co_json_add(operators, co_json_string(import->operator_name[i]));
  co_json_set_string(object, "policy", out);
  co_json_set_bool(object, "written", import_checks_ok(checks));
  cli_set_hash(object, "hash", co_policy_hash(import->policy));
  co_json_set(object, "operators", operators);
  co_json_set_int(object, "tensors", import->policy->num_tensors);
  co_json_set_bool(object, "trainable", import->trainable);
  co_json_set_string(object, "untrainable", *import->untrainable ? import->untrainable : NULL);
  co_json_set(object, "facts", co_contract_answers(&import->policy->contract));
  co_json_set(object, "conflicts", conflicts_json(&import->facts));
  co_json_set(object, "order", order_json(&import->facts));
  co_json_set_bool(object, "normaliser_known", import->knows_normaliser);
  co_json_set(object, "verified", verified_json(checks));
  co_json_set(object, "closed_loop", played_json(checks));
  co_status status = cli_print_json(object);
  co_json_free(object);
  return status;
}

// ---- text

static const char *word(bool agrees) {
  return agrees ? "agrees" : "DIFFERS";
}

static void put_network(const import_checks *checks, co_buf *text) {
  const co_verify *network = &checks->network;
  const co_verify_action *worst = &network->action[network->worst];
  const char *name = checks->policy->contract.action[network->worst].name;
  co_buf_printf(text, "  %-12s %-8s %10.3g over %d steps", "network",
                word(network->max_abs <= checks->tolerance), network->max_abs, network->steps);
  if (network->max_abs > 0)
    co_buf_printf(text, ", most in %s at step %d: recorded %.7g, computed %.7g", name,
                  worst->at_step, worst->recorded, worst->computed);
  co_buf_puts(text, "\n");
}

static void put_replays(const import_checks *checks, co_buf *text) {
  double obs = difference(&checks->led, "obs"), state = difference(&checks->driven, "state"),
         step = difference(&checks->led, "state_step");
  co_buf_printf(text, "  %-12s %-8s %10.3g in recorded states\n", "observation",
                word(obs <= checks->tolerance), obs);
  co_buf_printf(text, "  %-12s %-8s %10.3g driven by recorded actions, %.3g in a step\n", "states",
                word(states_agree(checks)), state, step);
  if (obs <= checks->tolerance || !checks->led.num_worst) return;
  co_buf_printf(text, "\n  %-32s %6s %14s %14s\n", "element", "step", "recorded", "computed");
  for (int i = 0; i < checks->led.num_worst; i++) {
    const co_replay_worst *worst = &checks->led.worst[i];
    co_buf_printf(text, "  %-32s %6d %14.7g %14.7g\n", worst->element, worst->step, worst->recorded,
                  worst->computed);
  }
}

static void put_checks(const import_checks *checks, co_buf *text) {
  if (checks->has_network) {
    co_buf_puts(text, "\nagainst the recording\n");
    put_network(checks, text);
  }
  if (checks->has_replays) put_replays(checks, text);
  if (checks->no_states)
    co_buf_puts(text, "  the recording holds no states, so that the task was not compared\n");
  if (!checks->has_episodes) return;
  co_buf_printf(text,
                "\n%d episodes of the task: return %.1f, IQM %.1f, 95 %% interval %.1f to "
                "%.1f, %.1f steps",
                checks->played.count, checks->played.mean, checks->played.iqm, checks->interval.lo,
                checks->interval.hi, checks->played.length_mean);
  if (!isnan(checks->played.fall_rate))
    co_buf_printf(text, ", falls %.0f %%", 100 * checks->played.fall_rate);
  co_buf_puts(text, "\n");
}

static void put_end(const char *out, const co_import *import, const import_checks *checks,
                    co_buf *text) {
  if (!import_checks_ok(checks))
    co_buf_printf(text, "\nnot written: it does not do what was recorded (within %.3g)\n",
                  checks->tolerance);
  else if (!import->knows_normaliser)
    co_buf_printf(text,
                  "\nwritten to %s; whether its observations are normalised is unknown, and "
                  "nothing runs it\nuntil it is imported with --normaliser none, FILE or fit\n",
                  out);
  else
    co_buf_printf(text, "\nwritten to %s\n", out);
}

static co_status print_text(const char *out, const co_import *import, const import_checks *checks) {
  co_json *facts = co_contract_answers(&import->policy->contract);
  co_buf text = {0};
  const co_network_def *net = &import->policy->contract.network;
  co_buf_printf(&text, "%d observations, %d actions, %d tensors; operators ", net->obs_dim,
                net->act_dim, import->policy->num_tensors);
  for (int i = 0; i < import->num_operators; i++)
    co_buf_printf(&text, "%s%s", i ? ", " : "", import->operator_name[i]);
  co_buf_printf(&text, "\n%s%s\n\n",
                import->trainable ? "the network is one of this program's: it can be trained on"
                                  : "it runs and cannot be trained: ",
                import->untrainable);
  co_answers_print(facts, &text);
  if (import->facts.order.value)
    co_buf_printf(&text, "  %-22s %s  (%s)\n", "order of joints", import->facts.order.value,
                  import->facts.order.at.place ? import->facts.order.at.place : "");
  co_json_free(facts);
  put_checks(checks, &text);
  put_end(out, import, checks, &text);
  co_status status = cli_print_text(&text);
  co_buf_free(&text);
  return status;
}

co_status import_print(const cli_args *args, const char *out, const co_import *import,
                       const import_checks *checks) {
  return cli_json(args) ? print_json(out, import, checks) : print_text(out, import, checks);
}
