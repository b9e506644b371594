#include "agents/export/private/metadata.h"

#include "agents/contract/contract_json.h"
#include "agents/export/joints.h"
#include "agents/import/own.h"

#include <math.h>
#include <string.h>

// ---- mjlab's

const char *co_export_term_mjlab(const char *term) {
  static const char *const words[][2] = {{"angular_velocity", "base_ang_vel"},
                                         {"linear_velocity", "base_lin_vel"},
                                         {"gravity", "projected_gravity"},
                                         {"qvel", "joint_vel"},
                                         {"last_action", "actions"}};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (strcmp(term, words[i][0]) == 0) return words[i][1];
  return term;
}

// A list that is written with commas; nothing, once a name holds one.
typedef struct list {
  co_buf text;
  int count;
  bool spoilt;
} list;

static void add_name(list *to, const char *name) {
  to->spoilt |= strpbrk(name, ",;\n") != NULL || !*name;
  co_buf_printf(&to->text, "%s%s", to->count++ ? "," : "", name);
}

static void add_number(list *to, double value) {
  to->spoilt |= !isfinite(value);
  co_buf_printf(&to->text, "%s%.9g", to->count++ ? "," : "", value);
}

static void end_list(list *from, const char *key, co_onnx_builder *build) {
  bool usable = from->count > 0 && !from->spoilt && !from->text.failed;
  if (usable) co_onnx_add_metadata(build, key, from->text.data);
  co_buf_free(&from->text);
}

static void add_numbers(const co_joints *joints, double (*get)(const co_joints *, int), bool known,
                        const char *key, co_onnx_builder *build) {
  list numbers = {0};
  for (int i = 0; known && i < joints->count; i++) add_number(&numbers, get(joints, i));
  end_list(&numbers, key, build);
}

static double scale_of(const co_joints *joints, int action) {
  return joints->contract->action[action].scale;
}

// Each run of elements of one term is a term of theirs.
static void add_observations(const co_contract *contract, co_onnx_builder *build) {
  list terms = {0};
  for (int i = 0; i < contract->num_obs; i++)
    if (i == 0 || strcmp(contract->obs[i].term, contract->obs[i - 1].term) != 0)
      add_name(&terms, co_export_term_mjlab(contract->obs[i].term));
  end_list(&terms, "observation_names", build);
}

void co_export_mjlab(const co_contract *contract, co_onnx_builder *build) {
  co_joints joints = co_joints_of(contract);
  list names = {0}, commands = {0};
  for (int i = 0; joints.named && i < joints.count; i++)
    add_name(&names, co_joint_name(&joints, i));
  end_list(&names, "joint_names", build);
  add_numbers(&joints, co_joint_kp, joints.targets && joints.has_gains, "joint_stiffness", build);
  add_numbers(&joints, co_joint_kd, joints.targets && joints.has_gains, "joint_damping", build);
  add_numbers(&joints, co_joint_pose, joints.targets, "default_joint_pos", build);
  add_numbers(&joints, scale_of, true, "action_scale", build);
  for (int i = 0; i < contract->num_commands; i++) add_name(&commands, contract->command[i].name);
  end_list(&commands, "command_names", build);
  add_observations(contract, build);
}

// ---- ours

// The actor's tensors that no operation of the graph holds, with all their digits.
static bool is_beside_graph(const co_tensor *tensor) {
  const co_tensor_facts *facts = &tensor->facts;
  if (co_tensor_is_learners(facts)) return false;
  return co_tensor_is_statistic(facts) || facts->role == CO_TENSOR_SPREAD ||
         facts->layer == CO_LAYER_SPREAD;
}

static co_json *tensor_json(const co_tensor *tensor) {
  co_json *array = co_json_array();
  for (int col = 0; col < tensor->cols; col++)
    for (int row = 0; row < tensor->rows; row++)
      co_json_add_number(array, co_tensor_get(tensor, row, col));
  return array;
}

// One line without its end.
static co_status add_json(co_json *json, const char *key, co_onnx_builder *build) {
  co_buf text = {0};
  co_status status = co_json_write(json, 0, &text);
  co_json_free(json);
  if (status == CO_OK) {
    text.data[--text.size] = '\0';
    co_onnx_add_metadata(build, key, text.data);
  }
  co_buf_free(&text);
  return status;
}

co_status co_export_own(const co_policy *policy, co_onnx_builder *build) {
  // the normaliser's own numbers are what acts; arrays are borrowed
  co_contract contract = policy->contract;
  contract.norm_clip = policy->obs_norm.clip;
  contract.norm_epsilon = policy->obs_norm.epsilon;
  contract.norm_count = *policy->obs_norm.count;
  co_json *json, *tensors = co_json_object();
  for (int i = 0; i < policy->num_tensors; i++)
    if (is_beside_graph(&policy->tensor[i]))
      co_json_set(tensors, policy->tensor[i].name, tensor_json(&policy->tensor[i]));
  CO_TRY(add_json(tensors, CO_OWN_TENSORS, build));
  CO_TRY(co_contract_to_json(&contract, &json));
  CO_TRY(add_json(json, CO_OWN_CONTRACT, build));
  if (policy->task_text) co_onnx_add_metadata(build, CO_OWN_TASK, policy->task_text);
  if (policy->domain_text) co_onnx_add_metadata(build, CO_OWN_DOMAIN, policy->domain_text);
  return CO_OK;
}
