// Is a world the one that a policy was trained in? Its contract knows task and model by name and by
// hash; two worlds of one name need not be the same. And so: in which task is a policy played, and
// what is there to be seen of its home? Thread-safe.

#ifndef AGENTS_POLICY_HOME_H_
#define AGENTS_POLICY_HOME_H_

#include "agents/contract/enforce.h"
#include "agents/policy/policy.h"

// What of a world is not what the policy was trained in.
typedef enum co_home_change {
  CO_HOME_TASK = 1,   // the task's definition
  CO_HOME_MODEL = 2,  // the numbers of the robot's model
} co_home_change;

// The changes as bits, 0: none. What is unknown to the contract has not changed.
unsigned co_home_changes(const co_contract *contract, const co_env_info *world);

// Whether a world that was found by the task's name alone may be taken for the policy's own: the
// same model, and for a task that was given as a file, which any file could be, the same definition
// too.
bool co_home_is_found(const co_contract *contract, unsigned changes);

// "the task differs", "the model differs", "the task and the model differ"; NULL without changes.
const char *co_home_change_text(unsigned changes);

// What a policy is called to people, by the path of its file: "runs/full.safetensors" is "full",
// and a study's "ID/policy.safetensors" is ID, which says strategy and seed. What is too long keeps
// its end.
void co_policy_title(const char *path, char out[CO_NAME]);

// A policy that looks for its home; all of it is borrowed.
typedef struct co_home {
  const co_world_source *worlds;
  const co_policy *policy;
  const char *path;   // of the policy's file: its model is looked for first where that lies
  const char *model;  // file of the model of the policy's own task; NULL: it is looked for
} co_home;

// A task that was found. Its text is the policy's, which must outlive it.
typedef struct co_found_task {
  const char *task;   // name or file, lent; NULL: there is none
  co_task_text held;  // its text, where the policy has one and no file is named
  char *folder;       // of the policy, owned
} co_found_task;

void co_found_task_free(co_found_task *found);

// The task to play the policy in: `given`, or where that is NULL the one it was trained in, whose
// text it holds; of a policy without a text, the task of that name in configs/tasks, known by its
// hashes. `set` (num_set) are edits of the task. CO_NO_INPUT asks for --model where the text's
// model is nowhere, and for --task where there is no task of this name, or another one; errors of
// the world. What was edited since the training is noted in the log.
co_status co_home_task(const co_home *home, const char *given, const char *const *set, int num_set,
                       co_found_task *out);

// The task it was trained in where it is to be seen beside the task `given`: that one where it is
// the same, else the policy's own or the one of its name; where there is none a note says so and
// out->task is NULL.
co_status co_home_source(const co_home *home, const char *given, co_found_task *out);

// Whether the policy may act in a world: co_contract_enforce with the world's task, without the
// world's domain, behind its map where it has one, and, unless a strategy maps its elements by
// name, co_policy_check_world. `how`: co_enforce_how. CO_CONFIG; errors of the world.
co_status co_home_enforce(const co_home *home, const co_world *world, unsigned how);

// Notes what of a world, found by other means, was edited since the training.
co_status co_home_note(const co_home *home, const co_world *world);

#endif  // AGENTS_POLICY_HOME_H_
