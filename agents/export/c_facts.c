#include "agents/export/private/c_facts.h"

#include "agents/export/joints.h"
#include "agents/export/private/parts.h"
#include "agents/export/private/text_c.h"

#include <ctype.h>
#include <math.h>

// ---- arrays of facts, each declared in the header and defined in the source

// One of them: what it holds of element i.
typedef struct fact_array {
  const char *name, *doc;
  bool observation;  // per element of the observation; else per action
  bool text;
  const char *(*texts)(const co_joints *joints, int i);
  double (*numbers)(const co_joints *joints, int i);
  bool (*known)(const co_joints *joints);
} fact_array;

static const char *obs_name(const co_joints *joints, int i) {
  return joints->contract->obs[i].name;
}
static double obs_scale(const co_joints *joints, int i) {
  return joints->contract->obs[i].scale;
}
static double obs_offset(const co_joints *joints, int i) {
  return joints->contract->obs[i].offset;
}
static const char *action_name(const co_joints *joints, int i) {
  return joints->contract->action[i].name;
}
static double action_scale(const co_joints *joints, int i) {
  return joints->contract->action[i].scale;
}
static double action_offset(const co_joints *joints, int i) {
  return joints->contract->action[i].offset;
}

static bool always(const co_joints *joints) {
  (void)joints;
  return true;
}
static bool are_named(const co_joints *joints) {
  return joints->named;
}
static bool are_targets(const co_joints *joints) {
  return joints->targets;
}
static bool have_gains(const co_joints *joints) {
  return joints->targets && joints->has_gains;
}
static bool have_limits(const co_joints *joints) {
  return joints->targets && joints->has_limits;
}

#define NUMBERS(name, doc, obs, get, known) \
  { name, doc, obs, false, NULL, get, known }
#define TEXTS(name, doc, obs, get, known) \
  { name, doc, obs, true, get, NULL, known }
static const fact_array facts[] = {
    TEXTS("observation_name", "", true, obs_name, always),
    NUMBERS("observation_scale", "an observation is its scale x raw value + offset", true,
            obs_scale, always),
    NUMBERS("observation_offset", "", true, obs_offset, always),
    TEXTS("action_name", "", false, action_name, always),
    NUMBERS("action_scale", "what goes to the actuator is scale x action + offset", false,
            action_scale, always),
    NUMBERS("action_offset", "", false, action_offset, always),
    TEXTS("joint_name", "the joint that each action moves", false, co_joint_name, are_named),
    NUMBERS("default_pose", "of these joints [rad or m]", false, co_joint_pose, are_targets),
    NUMBERS("kp", "torque = kp (target - position) - kd velocity, at every physics step", false,
            co_joint_kp, have_gains),
    NUMBERS("kd", "", false, co_joint_kd, have_gains),
    NUMBERS("torque_limit", "[N m]", false, co_joint_limit, have_limits),
};
enum { NUM_FACTS = sizeof facts / sizeof *facts };

static void put_declaration(co_buf *out, const fact_array *fact, const char *prefix) {
  co_buf_printf(out, "%s%s_%s[%s_%s]", fact->text ? "const char *const " : "const double ", prefix,
                fact->name, prefix, fact->observation ? "observations" : "actions");
}

static void put_facts(co_buf *out, const co_contract *contract, const char *prefix) {
  co_joints joints = co_joints_of(contract);
  for (int f = 0; f < NUM_FACTS; f++) {
    if (!facts[f].known(&joints)) continue;
    put_declaration(out, &facts[f], prefix);
    co_buf_puts(out, " = {");
    int count = facts[f].observation ? contract->num_obs : contract->num_action;
    for (int i = 0; i < count; i++) {
      co_buf_puts(out, "\n    ");
      if (facts[f].text)
        co_c_put_string(out, facts[f].texts(&joints, i));
      else
        co_buf_printf(out, "%.17g", facts[f].numbers(&joints, i));
      co_buf_puts(out, ",");
    }
    co_buf_puts(out, "};\n");
  }
}

void co_export_c_facts(const co_policy *policy, const char *prefix, co_buf *out) {
  co_buf_printf(out, "const double %s_control_period = %.17g;\n", prefix,
                policy->contract.timestep * policy->contract.substeps);
  put_facts(out, &policy->contract, prefix);
  co_buf_puts(out, "\n");
}

// ---- the header

static int larger(int a, int b) {
  return a > b ? a : b;
}

// Floats of the widest array that is computed.
static int widest(const co_parts *parts) {
  int most = 1;
  for (int l = 0; l < parts->num_layers + parts->num_residual; l++)
    most = larger(most, parts->layer[l].out);
  return parts->memory ? larger(most, parts->memory->input.out) : most;
}

static void put_bounds(co_buf *out, double low, double high) {
  if (!isfinite(low) && !isfinite(high)) return;
  co_buf_printf(out, ", %.9g to %.9g", low, high);
}

static void put_elements(co_buf *out, const co_contract *contract) {
  co_buf_puts(out, "/* observation: what it is of its raw value, in SI units\n");
  for (int i = 0; i < contract->num_obs; i++) {
    const co_obs_element *e = &contract->obs[i];
    co_buf_printf(out, "     %3d  ", i);
    co_c_put_comment(out, e->name);
    co_buf_puts(out, " [");
    co_c_put_comment(out, e->unit);
    co_buf_puts(out, "]");
    if (e->scale != 1) co_buf_printf(out, " x %.9g", e->scale);
    if (e->offset != 0) co_buf_printf(out, " + %.9g", e->offset);
    put_bounds(out, e->clip_low, e->clip_high);
    co_buf_puts(out, *e->frame ? ", seen from " : "");
    co_c_put_comment(out, e->frame);
    co_buf_puts(out, "\n");
  }
  co_buf_puts(out, "   action\n");
  for (int i = 0; i < contract->num_action; i++) {
    const co_action_element *e = &contract->action[i];
    co_buf_printf(out, "     %3d  ", i);
    co_c_put_comment(out, e->name);
    co_buf_puts(out, ", ");
    co_c_put_comment(out, e->kind);
    co_buf_puts(out, " [");
    co_c_put_comment(out, e->unit);
    co_buf_puts(out, "]");
    put_bounds(out, e->low, e->high);
    co_buf_puts(out, "\n");
  }
  co_buf_puts(out, "*/\n\n");
}

static void put_state(co_buf *out, const co_parts *parts, const char *prefix) {
  int width = parts->memory ? parts->memory->def.width : 0;
  co_buf_printf(
      out, "/* What the policy remembers, and where it computes. */\ntypedef struct %s_state {\n",
      prefix);
  if (width) co_buf_printf(out, "  float h[%d];\n", width);
  if (width && parts->memory->def.cell == CO_LSTM) co_buf_printf(out, "  float cell[%d];\n", width);
  co_buf_printf(out, "  float input[%s_observations], work[2][%d];\n} %s_state;\n\n", prefix,
                widest(parts), prefix);
}

static void put_functions(co_buf *out, const co_contract *contract, const char *prefix) {
  co_buf_printf(
      out, "/* Before the first observation of an episode. */\nvoid %s_reset(%s_state *state);\n",
      prefix, prefix);
  co_buf_printf(out,
                "/* From an observation (%s_observations) to an action (%s_actions), every\n"
                "   %s_control_period = %.9g s. Different states may act at once. */\n"
                "void %s_act(const float *observation, %s_state *state, float *action);\n\n",
                prefix, prefix, prefix, contract->timestep * contract->substeps, prefix, prefix);
}

static void put_facts_declared(co_buf *out, const co_contract *contract, const char *prefix) {
  co_joints joints = co_joints_of(contract);
  co_buf_printf(out, "extern const double %s_control_period; /* [s] */\n", prefix);
  for (int f = 0; f < NUM_FACTS; f++) {
    if (!facts[f].known(&joints)) continue;
    if (*facts[f].doc) co_buf_printf(out, "/* %s */\n", facts[f].doc);
    co_buf_puts(out, "extern ");
    put_declaration(out, &facts[f], prefix);
    co_buf_puts(out, ";\n");
  }
}

static void put_guard(co_buf *out, const char *prefix, const char *before) {
  co_buf_puts(out, before);
  for (; *prefix; prefix++) co_buf_printf(out, "%c", toupper((unsigned char)*prefix));
  co_buf_puts(out, "_H_\n");
}

static void put_title(co_buf *out, const co_contract *contract) {
  co_buf_puts(out, "/* A policy of task ");
  co_c_put_comment(out, contract->task);
  co_buf_puts(out, ", model ");
  co_c_put_comment(out, contract->model);
  co_buf_puts(out, ". Written by carryover export. */\n\n");
}

void co_export_c_declarations(const co_policy *policy, const char *prefix, co_buf *out) {
  co_parts parts = co_parts_of(policy);
  const co_contract *contract = &policy->contract;
  put_title(out, contract);
  put_guard(out, prefix, "#ifndef ");
  put_guard(out, prefix, "#define ");
  co_buf_puts(out, "\n#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n");
  put_elements(out, contract);
  co_buf_printf(out, "enum { %s_observations = %d, %s_actions = %d };\n\n", prefix,
                contract->num_obs, prefix, contract->num_action);
  put_state(out, &parts, prefix);
  put_functions(out, contract, prefix);
  put_facts_declared(out, contract, prefix);
  co_buf_puts(out, "\n#ifdef __cplusplus\n}\n#endif\n\n#endif\n");
}
