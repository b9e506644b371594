// What differs between two contracts, and between the tensors of two policies.
//
// A is what a policy was made for, B where it is to go; each is a policy or a task (whose contract
// co_contract_from_world gives). A pure function: compared are facts, nothing is simulated.
//
// A difference changes the meaning when the same numbers, of an observation, an action or a
// normaliser, stand for something else: those are faults of a transfer. Another world (domain,
// model, version of the physics, reward) is not one: there the policy sees and does what it learned
// to. Unknown on one side is a difference, with a null; unknown on both is not.
//
// Facts of the newer format that only one side knows are listed as unknown, and no difference.
//
// Numbers differ in meaning by more than 1e-9 of the larger, and by more than the resolution that
// either side states. Where joints' axes are known, a joint turns the other way when they are
// opposite; else when its default angle has the other sign in B, of half to double the size and at
// least 0.3. Elements along it are of kind sign then, `inferred`: their own factors do not tell it.
// Thread-safe.

#ifndef AGENTS_CONTRACT_DIFF_H_
#define AGENTS_CONTRACT_DIFF_H_

#include "agents/contract/match.h"
#include "core/json.h"

// id, name, what it is
#define CO_DIFFERENCE_LIST(X)                                                                   \
  X(CO_DIFF_NAME, "name", "an element that only one side has, or that has another name")        \
  X(CO_DIFF_ORDER, "order", "the same elements in another order: their names in both orders")   \
  X(CO_DIFF_SIZE, "size", "number of elements")                                                 \
  X(CO_DIFF_UNIT, "unit", "unit of an element")                                                 \
  X(CO_DIFF_SIGN, "sign", "an element or a joint counts the other way")                         \
  X(CO_DIFF_SCALE, "scale", "factor or bounds of an element")                                   \
  X(CO_DIFF_OFFSET, "offset", "what is added to an element")                                    \
  X(CO_DIFF_FRAME, "frame", "from where an element is seen")                                    \
  X(CO_DIFF_POSE, "default_pose", "angle of a joint that positions and targets start from")     \
  X(CO_DIFF_ACTION_KIND, "action_kind", "what an action is: control, torque, position, ...")    \
  X(CO_DIFF_GAIN, "gain", "kp or kd of a torque or servo, and what a control commands")         \
  X(CO_DIFF_TORQUE_LIMIT, "torque_limit", "limit of such a torque")                             \
  X(CO_DIFF_CONTROL_PERIOD, "control_period", "time between two actions")                       \
  X(CO_DIFF_HISTORY, "history", "values of the past, or how old the present one is")            \
  X(CO_DIFF_NORMALISER, "normaliser", "normaliser of the observations")                         \
  X(CO_DIFF_DOMAIN, "domain", "shifts of the world, commands that are asked for, physics step") \
  X(CO_DIFF_MUJOCO, "mujoco", "version of the physics")                                         \
  X(CO_DIFF_MODEL, "model", "model of the robot")
typedef enum co_difference_kind {
#define X(id, name, doc) id,
  CO_DIFFERENCE_LIST(X)
#undef X
      CO_NUM_DIFFERENCE_KINDS
} co_difference_kind;
extern const char *const co_difference_names[];  // by kind
extern const char *const co_difference_docs[];

typedef struct co_difference {
  char path[2 * CO_NAME + 320];  // "observation.9.scale": index in A, or in B when A has none
  co_difference_kind kind;
  char element[CO_NAME];  // "joint_pos/knee", of A where it has one; "": of no element
  co_json *a, *b;         // the values, owned; a JSON null: there is none, or it is unknown
  bool changes_meaning;
  bool inferred;  // from other facts: the joint's axis or default pose
  bool by_axis;   // the axis tells it
  char *config;   // owned: config text that gives B the meaning of A, or NULL. The differences of
                 // one term have the same text, each a copy; past 1 MiB only the first ones have it
} co_difference;

// id, name
#define CO_TENSOR_STATUS_LIST(X)            \
  X(CO_TENSOR_SAME, "same") /* every bit */ \
  X(CO_TENSOR_CHANGED, "changed")           \
  X(CO_TENSOR_SHAPE, "shape") /* or type */ \
  X(CO_TENSOR_ONLY_A, "only_a")             \
  X(CO_TENSOR_ONLY_B, "only_b")
typedef enum co_tensor_status {
#define X(id, name) id,
  CO_TENSOR_STATUS_LIST(X)
#undef X
      CO_NUM_TENSOR_STATUS
} co_tensor_status;
extern const char *const co_tensor_status_names[];

typedef struct co_tensor_difference {
  char name[CO_NAME];
  co_tensor_status status;
  double max_abs;  // largest difference of two elements; NAN where there are no two
} co_tensor_difference;

// One side; borrowed.
typedef struct co_diff_side {
  const co_contract *contract;
  const co_tensor *tensor;  // (num_tensors) of a policy; NULL: a task
  int num_tensors;
  uint64_t program;  // hash of the program that acts; 0: a network does
} co_diff_side;

enum { CO_DIFF_OTHERS = 5 };

typedef struct co_contract_diff {
  bool equal;          // nothing differs at all
  bool meaning_equal;  // nothing differs in meaning
  int count, num_tensors;
  co_difference *difference;     // (count) in the order of the contract's members, owned
  co_tensor_difference *tensor;  // (num_tensors) in A's order, then those of B only, owned
  co_match observation, action;  // which is which
  bool *turned;  // (A's num_pose + num_joints, by co_element_turn) joints that turn the other way
                 // in B, owned
  co_json *unknown;  // owned array of names: of facts that one side knows nothing of
  int num_others;    // members of two policies' contracts that differ and are of no kind
  const char *other[CO_DIFF_OTHERS];  // "algorithm", "network", "program", "training", ...
} co_contract_diff;

// CO_MEMORY only.
co_status co_contract_diff_make(const co_diff_side *a, const co_diff_side *b,
                                co_contract_diff *out);
void co_contract_diff_free(co_contract_diff *diff);
void co_difference_free(co_difference *found);

#endif  // AGENTS_CONTRACT_DIFF_H_
