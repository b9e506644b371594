#include "agents/export/facts.h"

#include "agents/contract/match.h"
#include "agents/export/joints.h"
#include "agents/export/private/parts.h"
#include "agents/export/private/terms.h"
#include "core/memory.h"

#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void co_left_out_add(co_left_out *list, const char *path, const char *format, ...) {
  char text[256];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  co_buf_printf(&list->text, "%s%s: %s", list->count++ ? "\n" : "", path, text);
}

typedef struct writer {
  const co_policy *policy;
  const co_contract *contract;
  co_joints joints;
  co_json *root;
  co_left_out *left_out;
} writer;

static void set_known_text(const writer *w, co_json *to, const char *key, const char *path,
                           const char *value) {
  if (*value && strcmp(value, "unknown") != 0 && co_export_knows(w->contract, path))
    co_json_set_string(to, key, value);
}

// Names of which each stands once, as facts ask for.
static bool are_unique(const char *(*name)(const writer *, int), const writer *w, int count) {
  for (int i = 0; i < count; i++) {
    if (!*name(w, i)) return false;
    for (int k = 0; k < i; k++)
      if (strcmp(name(w, i), name(w, k)) == 0) return false;
  }
  return count > 0;
}

static bool set_names(const writer *w, co_json *to, const char *key,
                      const char *(*name)(const writer *, int), int count) {
  if (!are_unique(name, w, count)) return false;
  co_json *list = co_json_array();
  for (int i = 0; i < count; i++) co_json_add(list, co_json_string(name(w, i)));
  co_json_set(to, key, list);
  return true;
}

static bool set_numbers(const writer *w, co_json *to, const char *key,
                        double (*number)(const writer *, int), int count) {
  for (int i = 0; i < count; i++)
    if (!isfinite(number(w, i))) return false;
  co_json *list = co_json_array();
  for (int i = 0; i < count; i++) co_json_add_number(list, number(w, i));
  co_json_set(to, key, list);
  return true;
}

// ---- policy and clock

static void put_policy(const writer *w, const char *network, const char *format) {
  const co_contract *contract = w->contract;
  const co_network_def *def = &w->policy->net.def;
  co_json *policy = co_json_object();
  co_json_set_string(policy, "file", network);
  co_json_set_string(policy, "format", format);
  bool squashed = def->head == CO_HEAD_SQUASHED;
  if (strcmp(contract->algorithm, "imported") != 0 || squashed)
    set_known_text(w, policy, "algorithm", "training.algorithm",
                   squashed ? "sac" : contract->algorithm);
  if (def->num_hidden > 0 && !def->num_activations)
    co_json_set_string(policy, "activation", co_activation_names[co_network_activation(def, 0)]);
  if (def->memory.width)
    co_json_set_string(policy, "recurrent", co_network_memory_name(def));
  else
    co_json_set(policy, "recurrent", co_json_null());
  co_json_set_int(policy, "obs_dim", def->obs_dim);
  co_json_set_int(policy, "action_dim", def->act_dim);
  co_json_set(w->root, "policy", policy);
}

static void put_clock(const writer *w) {
  const co_contract *contract = w->contract;
  bool step = co_export_knows(contract, "timing.timestep");
  bool substeps = co_export_knows(contract, "timing.substeps");
  co_json *sim = co_json_object();
  if (step) co_json_set_number(sim, "timestep", contract->timestep);
  if (substeps) co_json_set_int(sim, "substeps", contract->substeps);
  if (co_export_knows(contract, "timing.control_dt"))
    co_json_set_number(sim, "control_dt", contract->timestep * contract->substeps);
  co_json_set(w->root, "sim", sim);
}

// ---- joints

static const char *joint_name(const writer *w, int i) {
  return co_joint_name(&w->joints, i);
}
static const char *pose_name(const writer *w, int i) {
  return w->contract->pose[i].joint;
}
static double pose_value(const writer *w, int i) {
  return w->contract->pose[i].value;
}

// Of the joint that an action moves: what its target starts from, where the pose has no entry of
// it; NAN: not told.
static double pose_of_action(const writer *w, int i) {
  for (int k = 0; k < w->contract->num_pose; k++)
    if (strcmp(pose_name(w, k), joint_name(w, i)) == 0) return pose_value(w, k);
  return w->joints.targets ? co_joint_pose(&w->joints, i) : (double)NAN;
}

// Where each action moves a joint, these in their order; else those of the default pose.
static void put_joints(const writer *w) {
  int actions = w->contract->num_action, poses = w->contract->num_pose;
  if (w->joints.named && set_names(w, w->root, "joints", joint_name, actions)) {
    if (!set_numbers(w, w->root, "default_pose", pose_of_action, actions) && poses)
      co_left_out_add(w->left_out, "default_pose", "does not hold each joint that an action moves");
  } else if (poses && set_names(w, w->root, "joints", pose_name, poses)) {
    set_numbers(w, w->root, "default_pose", pose_value, poses);
  }
}

// ---- action

static const struct {
  const char *kind, *stated;
} kinds[] = {
    {"position", "joint position target"},
    {"increment", "joint position increment"},
    {"torque", "pd torque"},
    {"ctrl", "ctrl"},
};

static const char *actuator_name(const writer *w, int i) {
  return co_element_tail(w->contract->action[i].name);
}
static double scale_of(const writer *w, int i) {
  return w->contract->action[i].scale;
}
static double offset_of(const writer *w, int i) {
  return w->contract->action[i].offset;
}
// What has no bound has the largest number of its type where others have one. An actor that came
// from another robot does not leave the range that it had there.
static double low_of(const writer *w, int i) {
  double own = w->contract->action[i].low;
  double low = w->contract->range ? (double)w->policy->output[i].low : own;
  return fmax(low, -(double)FLT_MAX);
}
static double high_of(const writer *w, int i) {
  double own = w->contract->action[i].high;
  double high = w->contract->range ? (double)w->policy->output[i].high : own;
  return fmin(high, (double)FLT_MAX);
}
static double kp_of(const writer *w, int i) {
  return w->contract->action[i].kp;
}
static double kd_of(const writer *w, int i) {
  return w->contract->action[i].kd;
}
static double limit_of(const writer *w, int i) {
  return w->contract->action[i].torque_limit;
}
static double servo_kp_of(const writer *w, int i) {
  return w->contract->action[i].drive.kp;
}
static double servo_kd_of(const writer *w, int i) {
  return w->contract->action[i].drive.kv;
}

static void put_bounds(const writer *w, co_json *action) {
  const co_contract *contract = w->contract;
  int count = contract->num_action;
  bool any = false;
  for (int i = 0; i < count; i++)
    any |= low_of(w, i) > -(double)FLT_MAX || high_of(w, i) < (double)FLT_MAX;
  if (!any) {
    if (co_export_knows_each(contract, count, "action", "low"))
      co_json_set(action, "clip", co_json_null());
    return;
  }
  set_numbers(w, action, "low", low_of, count);
  set_numbers(w, action, "high", high_of, count);
}

static void put_kind(const writer *w, co_json *action) {
  const co_contract *contract = w->contract;
  const char *stated = NULL, *kind = contract->action[0].kind;
  for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
    if (strcmp(kinds[k].kind, kind) == 0) stated = kinds[k].stated;
  for (int i = 1; i < contract->num_action; i++)
    if (strcmp(contract->action[i].kind, kind) != 0) stated = NULL;
  if (!co_export_knows_each(contract, contract->num_action, "action", "kind")) return;
  if (stated)
    co_json_set_string(action, "kind", stated);
  else
    co_left_out_add(w->left_out, "action.kind", "has no word in facts: \"%s\"", kind);
}

static void put_action(const writer *w) {
  const co_contract *contract = w->contract;
  int count = contract->num_action;
  co_json *action = co_json_object();
  put_kind(w, action);
  if (co_export_knows_each(contract, count, "action", "name"))
    set_names(w, action, "actuators", actuator_name, count);
  if (co_export_knows_each(contract, count, "action", "scale"))
    set_numbers(w, action, "scale", scale_of, count);
  if (co_export_knows_each(contract, count, "action", "offset"))
    set_numbers(w, action, "offset", offset_of, count);
  if (co_parts_says_range(w->policy)) co_json_set_string(action, "output", "range");
  put_bounds(w, action);
  if (strcmp(contract->action[0].kind, "torque") == 0) {
    bool gains = set_numbers(w, action, "kp", kp_of, count);
    gains &= set_numbers(w, action, "kd", kd_of, count);
    if (gains && !set_numbers(w, action, "torque_limit", limit_of, count))
      co_left_out_add(w->left_out, "action.torque_limit", "is not known for each action");
  }
  co_json_set(w->root, "action", action);
  co_json *gains = co_json_object();
  set_numbers(w, gains, "kp", servo_kp_of, count);
  set_numbers(w, gains, "kd_actuator", servo_kd_of, count);
  co_json_set(w->root, "gains", gains);
}

// ---- observation

// "pd/front_hip" of "last_action/pd/front_hip".
static const char *name_in_term(const co_obs_element *obs) {
  const char *slash = strchr(obs->name, '/');
  return slash ? slash + 1 : obs->name;
}

static void put_element_names(const co_term_run *run, co_json *term) {
  co_json *list = co_json_array();
  bool whole = true;
  for (int i = 0; i < run->width; i++) {
    char name[CO_NAME];
    const char *own = name_in_term(&run->obs[i]);
    snprintf(name, sizeof name, "%.*s", (int)(run->past > 1 ? strcspn(own, "@") : strlen(own)),
             own);
    whole &= *name != '\0';
    for (int k = 0; k < i && whole; k++) whole = strcmp(name_in_term(&run->obs[k]), own) != 0;
    co_json_add(list, co_json_string(name));
  }
  if (whole)
    co_json_set(term, "elements", list);
  else
    co_json_free(list);
}

static void put_clip(const writer *w, const co_term_run *run, co_json *term) {
  char path[CO_NAME];
  if (!run->clips) return;
  snprintf(path, sizeof path, "observation.%d.clip", run->first);
  if (!run->same_clip) {
    co_left_out_add(w->left_out, path, "elements of \"%s\" differ in it", run->obs->term);
    return;
  }
  const double ends[2] = {fmax(run->obs->clip_low, -(double)FLT_MAX),
                          fmin(run->obs->clip_high, (double)FLT_MAX)};
  co_json_set(term, "clip", co_json_numbers(ends, 2));
}

static void put_list(const co_term_run *run, co_json *term, const char *key, bool offset) {
  co_json *list = co_json_array();
  for (int i = 0; i < run->width; i++)
    co_json_add_number(list, offset ? run->obs[i].offset : run->obs[i].scale);
  co_json_set(term, key, list);
}

// A sine and a cosine of a period that nothing changes.
static bool is_clock(const writer *w, const co_term_run *run) {
  const co_contract *contract = w->contract;
  if (strcmp(run->obs->term, "phase") != 0 || contract->num_clocks == 0) return false;
  const co_clock_info *clock = contract->clock;
  if (contract->num_clocks == 1 && run->width == 2 && isnan(clock->gain) &&
      clock->num_angles == 0 && strcmp(co_element_tail(run->obs[0].name), "sin") == 0)
    return true;
  co_left_out_add(w->left_out, "clocks", "\"%s\" is more than a sine and a cosine of a period",
                  clock->name);
  return false;
}

static co_json *make_term(const writer *w, const co_term_run *run) {
  co_json *term = co_json_object();
  bool frames = strcmp(co_layout_names[w->contract->layout], "frame") == 0;
  bool clock = is_clock(w, run);
  co_json_set_string(term, "term", clock ? "gait_clock" : run->word);
  if (clock) co_json_set_number(term, "period", w->contract->clock->period);
  co_json_set_int(term, "dim", run->width * (frames ? 1 : run->past));
  if (!run->no_scale && run->one_scale)
    co_json_set_number(term, "scale", run->obs->scale);
  else if (!run->no_scale)
    put_list(run, term, "scale", false);
  if (!run->no_offset) put_list(run, term, "offset", true);
  put_clip(w, run, term);
  if (strncmp(run->obs->frame, "site/", 5) == 0)
    co_json_set_string(term, "site", run->obs->frame + 5);
  put_element_names(run, term);
  return term;
}

// A body that terms are seen from, the same one for all.
static void put_base(const writer *w) {
  const char *base = NULL;
  for (int i = 0; i < w->contract->num_obs; i++) {
    const co_obs_element *obs = &w->contract->obs[i];
    const char *body = *obs->of                               ? obs->of
                       : strncmp(obs->frame, "body/", 5) == 0 ? obs->frame + 5
                                                              : NULL;
    if (body && base && strcmp(body, base) != 0) return;
    if (body) base = body;
  }
  if (base) co_json_set_string(w->root, "base_body", base);
}

static co_status put_observation(const writer *w) {
  const co_contract *contract = w->contract;
  co_term_run *run = co_alloc((size_t)contract->num_obs, sizeof *run);
  if (!run) return CO_MEMORY;
  int count = co_export_runs(contract, run);
  co_json *terms = co_json_array();
  for (int i = 0; i < count; i++) co_json_add(terms, make_term(w, &run[i]));
  bool known = true;
  char path[CO_NAME];
  for (int i = 0; known && i < contract->num_obs; i++) {
    snprintf(path, sizeof path, "observation.%d", i);
    known = co_export_knows(contract, path);
  }
  if (known)
    co_json_set(w->root, "observation", terms);
  else
    co_json_free(terms);
  free(run);
  return CO_OK;
}

static void put_history(const writer *w) {
  const co_contract *contract = w->contract;
  if (contract->history < 1 || !co_export_knows(contract, "history")) return;
  co_json *history = co_json_object();
  co_json_set_int(history, "length", contract->history);
  if (contract->history > 1) {
    co_json_set_string(history, "layout", co_layout_names[contract->layout]);
    co_json_set_string(history, "order", co_past_names[contract->past_order]);
    co_json_set_string(history, "reset", co_fill_names[contract->obs[0].fill]);
  }
  co_json_set(w->root, "history", history);
}

// ---- normaliser, command

static void put_normaliser(const writer *w) {
  const co_normalizer *norm = &w->policy->obs_norm;
  co_json *object = co_json_object();
  bool normalises = co_parts_of(w->policy).normalises;
  co_json_set_string(object, "where", normalises ? "inside" : "none");
  if (normalises) {
    co_json_set_number(object, "clip", norm->clip);  // null where there is none
    co_json_set_number(object, "epsilon", norm->epsilon);
  }
  if (co_contract_knows_normaliser(w->contract)) {
    co_json_set(w->root, "normalisation", object);
  } else {
    co_json_free(object);
  }
}

static void put_command(const writer *w) {
  const co_contract *contract = w->contract;
  if (!contract->command || !co_export_knows(contract, "command")) return;
  co_json *order = co_json_array(), *low = co_json_array(), *high = co_json_array();
  for (int i = 0; i < contract->num_commands; i++) {
    char text[CO_NAME + 32];
    const co_command_element *one = &contract->command[i];
    snprintf(text, sizeof text, strcmp(one->unit, "1") ? "%s (%s)" : "%s", one->name, one->unit);
    co_json_add(order, co_json_string(text));
    co_json_add_number(low, one->low);
    co_json_add_number(high, one->high);
  }
  if (contract->num_commands == 0) co_json_add(order, co_json_string("none"));
  co_json_set(w->root, "command_order", order);
  if (contract->num_commands > 0) {
    co_json_set(w->root, "command_low", low);
    co_json_set(w->root, "command_high", high);
    return;
  }
  co_json_free(low);
  co_json_free(high);
}

// ---- the whole

co_status co_export_facts(const co_policy *policy, const char *network, const char *format,
                          co_left_out *left_out, co_buf *out) {
  const co_contract *contract = &policy->contract;
  writer w = {policy, contract, co_joints_of(contract), co_json_object(), left_out};
  set_known_text(&w, w.root, "task", "task", contract->task);
  co_json *model = co_json_object();
  set_known_text(&w, model, "file", "model", contract->model);
  co_json_set(w.root, "model", model);
  put_base(&w);
  put_policy(&w, network, format);
  put_clock(&w);
  put_joints(&w);
  put_action(&w);
  co_status status = put_observation(&w);
  put_history(&w);
  put_normaliser(&w);
  put_command(&w);
  if (status == CO_OK) status = co_json_write(w.root, 2, out);
  co_json_free(w.root);
  if (status == CO_OK) status = co_buf_status(&left_out->text);
  return status;
}
