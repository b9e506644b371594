#include "agents/export/deploy.h"

#include "agents/export/joints.h"
#include "agents/export/private/terms.h"
#include "core/memory.h"

#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct writer {
  const co_policy *policy;
  const co_contract *contract;
  co_joints joints;
  co_term_run *run;  // (num_runs)
  int num_runs;
  co_left_out *left_out;
  co_buf *out;
} writer;

// ---- text

// As few digits as give the number again, with the point by which YAML 1.1 knows a float.
static void put_number(const writer *w, double value) {
  char text[40];
  for (int digits = 6; digits <= 17; digits++) {
    snprintf(text, sizeof text, "%.*g", digits, value);
    if (strtod(text, NULL) == value) break;
  }
  size_t mantissa = strcspn(text, "e");
  bool point = memchr(text, '.', mantissa) != NULL;
  co_buf_printf(w->out, "%.*s%s%s", (int)mantissa, text, point ? "" : ".0", text + mantissa);
}

static void put_list(const writer *w, const char *key, int count,
                     double (*number)(const writer *, int)) {
  co_buf_printf(w->out, "%s: [", key);
  for (int i = 0; i < count; i++) {
    if (i) co_buf_puts(w->out, ", ");
    put_number(w, number(w, i));
  }
  co_buf_puts(w->out, "]\n");
}

static void put_pair(const writer *w, double low, double high) {
  co_buf_puts(w->out, "[");
  put_number(w, fmax(low, -(double)FLT_MAX));
  co_buf_puts(w->out, ", ");
  put_number(w, fmin(high, (double)FLT_MAX));
  co_buf_puts(w->out, "]");
}

// Text of a contract, which must not end its line.
static void put_plain(const writer *w, const char *text) {
  for (; *text; text++)
    co_buf_printf(w->out, "%c", (unsigned char)*text < 0x20 || *text == 0x7f ? '.' : *text);
}

// A comment in the file, and a line for who exports.
__attribute__((format(printf, 3, 4))) static void leave_out(const writer *w, const char *path,
                                                            const char *format, ...) {
  char text[256];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  co_buf_printf(w->out, "# %s: ", path);
  put_plain(w, text);
  co_buf_puts(w->out, "\n");
  co_left_out_add(w->left_out, path, "%s", text);
}

// ---- joints

static double kp_of(const writer *w, int i) {
  return co_joint_kp(&w->joints, i);
}
static double kd_of(const writer *w, int i) {
  return co_joint_kd(&w->joints, i);
}
static double pose_of(const writer *w, int i) {
  return co_joint_pose(&w->joints, i);
}
static double scale_of(const writer *w, int i) {
  return w->contract->action[i].scale;
}

static void put_joints(const writer *w) {
  int count = w->contract->num_action;
  co_buf_puts(w->out, "# joints, in the order of all lists:\n");
  for (int i = 0; i < count; i++) {
    co_buf_printf(w->out, "#   %d  ", i);
    put_plain(w, co_joint_name(&w->joints, i));
    co_buf_puts(w->out, "\n");
  }
  leave_out(w, "joint_ids_map",
            "the order of the robot's motors is in no contract; stiffness and damping are in that "
            "of the policy");
  if (w->joints.has_gains) {
    put_list(w, "stiffness", count, kp_of);
    put_list(w, "damping", count, kd_of);
  } else {
    leave_out(w, "stiffness", "the gains of the joints are not known");
  }
  if (co_export_knows_each(w->contract, count, "action", "offset"))
    put_list(w, "default_joint_pos", count, pose_of);
  else
    leave_out(w, "default_joint_pos", "what targets start from is not known");
  double most = 0;
  for (int i = 0; i < count; i++) most = fmax(most, co_joint_limit(&w->joints, i));
  if (w->joints.has_limits)
    leave_out(w, "action.torque_limit", "has no key; the largest is %.9g N m", most);
}

static void put_clock(const writer *w) {
  const co_contract *contract = w->contract;
  if (co_export_knows(contract, "timing.control_dt")) {
    co_buf_puts(w->out, "step_dt: ");
    put_number(w, contract->timestep * contract->substeps);
    co_buf_puts(w->out, "\n");
  } else {
    leave_out(w, "step_dt", "the rate of the policy is not known");
  }
  if (co_export_knows(contract, "timing.timestep"))
    leave_out(w, "timing.timestep", "has no key; it was %.9g s", contract->timestep);
}

// ---- command

static void put_commands(const writer *w) {
  static const char *const keys[][2] = {
      {"vx", "lin_vel_x"}, {"vy", "lin_vel_y"}, {"yaw", "ang_vel_z"}};
  const co_contract *contract = w->contract;
  if (contract->num_commands == 0) return;
  co_buf_puts(w->out, "commands:\n  base_velocity:\n    ranges:\n");
  for (int i = 0; i < contract->num_commands; i++) {
    const co_command_element *one = &contract->command[i];
    size_t k = 0;
    while (k < 3 && strcmp(keys[k][0], one->name) != 0) k++;
    if (k == 3) {
      leave_out(w, "command", "\"%s\" has no key", one->name);
      continue;
    }
    co_buf_printf(w->out, "      %s: ", keys[k][1]);
    put_pair(w, one->low, one->high);
    co_buf_puts(w->out, "\n");
  }
}

// ---- action

// Their clip is of targets, behind scale and offset; ours is a part of the network.
static void put_action(const writer *w) {
  const co_contract *contract = w->contract;
  int count = contract->num_action;
  bool bounded = false;
  for (int i = 0; i < count; i++)
    bounded |= isfinite(contract->action[i].low) || isfinite(contract->action[i].high);
  co_buf_puts(w->out, "actions:\n  JointPositionAction:\n    clip: null\n");
  put_list(w, "    scale", count, scale_of);
  put_list(w, "    offset", count, pose_of);
  if (bounded)
    leave_out(w, "action.low", "bounds of actions have no key; the network itself keeps them");
}

// ---- observation

// Their word for a term; a clock is a sine and a cosine there.
static const char *word_of(const co_term_run *run) {
  static const char *const words[][2] = {
      {"command", "velocity_commands"}, {"joint_vel", "joint_vel_rel"}, {"phase", "gait_phase"}};
  for (size_t k = 0; k < sizeof words / sizeof *words; k++)
    if (strcmp(run->word, words[k][0]) == 0) return words[k][1];
  return run->word;
}

static void put_term(const writer *w, const co_term_run *run) {
  char path[CO_NAME];
  snprintf(path, sizeof path, "observation.%d", run->first);
  co_buf_printf(w->out, "  %s:\n", word_of(run));
  co_buf_puts(w->out, "    params: ");
  if (strcmp(run->word, "phase") == 0 && w->contract->num_clocks == 1) {
    co_buf_puts(w->out, "{period: ");
    put_number(w, w->contract->clock->period);
    co_buf_puts(w->out, "}\n");
  } else {
    co_buf_puts(w->out, "{}\n");
  }
  co_buf_puts(w->out, "    clip: ");
  bool clips = run->clips && run->same_clip && run->no_scale && run->no_offset;
  if (clips)
    put_pair(w, run->obs->clip_low, run->obs->clip_high);
  else
    co_buf_puts(w->out, "null");
  co_buf_puts(w->out, "\n    scale: [");
  for (int i = 0; i < run->width; i++) {
    if (i) co_buf_puts(w->out, ", ");
    put_number(w, run->obs[i].scale);
  }
  co_buf_printf(w->out, "]\n    history_length: %d\n", run->past);
  if (run->clips && !clips)
    leave_out(w, path,
              "\"%s\" is clipped behind its scale, or not all alike; a clip there is one of raw "
              "values",
              run->obs->term);
  if (!run->no_offset) leave_out(w, path, "the offset of \"%s\" has no key", run->obs->term);
}

// ---- the whole

static bool is_key(const char *word) {
  return *word && strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") ==
                      strlen(word);
}

static co_status check_terms(const writer *w) {
  for (int i = 0; i < w->num_runs; i++) {
    if (!is_key(word_of(&w->run[i])))
      return co_fail(CO_CONFIG, "observation.%d: \"%s\" cannot be a key of deploy.yaml",
                     w->run[i].first, w->run[i].obs->term);
    for (int k = 0; k < i; k++)
      if (strcmp(word_of(&w->run[i]), word_of(&w->run[k])) == 0)
        return co_fail(CO_CONFIG,
                       "observation.%d: \"%s\" stands in two places, and a key of deploy.yaml only "
                       "in one; --to safetensors writes facts",
                       w->run[i].first, w->run[i].obs->term);
  }
  return CO_OK;
}

static co_status check(const writer *w) {
  const co_contract *contract = w->contract;
  if (!w->joints.targets || !co_export_knows_each(contract, contract->num_action, "action", "kind"))
    return co_fail(
        CO_CONFIG,
        "action.kind: deploy.yaml is about targets of named joints, and not every action "
        "(\"%s\", ...) is one; --to safetensors writes facts of any",
        contract->action[0].kind);
  bool past = co_export_past(contract) > 1;
  if (past && (contract->layout != 0 || contract->past_order != 0))
    return co_fail(CO_CONFIG,
                   "history.%s: deploy.yaml keeps the past of each term together, oldest first; "
                   "--to safetensors writes facts of any",
                   contract->layout ? "layout" : "order");
  return check_terms(w);
}

static void put_file(const writer *w) {
  co_buf_puts(w->out,
              "# Written by carryover export. What stands behind # is no key of this file.\n");
  put_joints(w);
  put_clock(w);
  put_commands(w);
  put_action(w);
  co_buf_puts(w->out, "observations:\n");
  for (int i = 0; i < w->num_runs; i++) put_term(w, &w->run[i]);
  if (w->policy->net.def.memory.width)
    leave_out(w, "network.memory", "its state goes in and out of the network beside this file");
}

co_status co_export_deploy(const co_policy *policy, co_left_out *left_out, co_buf *out) {
  const co_contract *contract = &policy->contract;
  writer w = {.policy = policy,
              .contract = contract,
              .joints = co_joints_of(contract),
              .run = co_alloc((size_t)contract->num_obs, sizeof *w.run),
              .left_out = left_out,
              .out = out};
  if (!w.run) return CO_MEMORY;
  w.num_runs = co_export_runs(contract, w.run);
  co_status status = check(&w);
  if (status == CO_OK) put_file(&w);
  free(w.run);
  if (status == CO_OK) status = co_buf_status(out);
  return status == CO_OK ? co_buf_status(&left_out->text) : status;
}
