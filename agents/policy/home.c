#include "agents/policy/home.h"

unsigned co_home_changes(const co_contract *contract, const co_env_info *world) {
  bool task = contract->task_hash && contract->task_hash != world->task_hash;
  uint64_t hash = contract->format == 1 ? world->model_hash_1 : world->model_hash;
  bool model = contract->model_hash && contract->model_hash != hash;
  return (task ? CO_HOME_TASK : 0u) | (model ? CO_HOME_MODEL : 0u);
}

bool co_home_is_found(const co_contract *contract, unsigned changes) {
  return !(changes & CO_HOME_MODEL) && !(contract->task_is_file && changes);
}

const char *co_home_change_text(unsigned changes) {
  static const char *const text[] = {NULL, "the task differs", "the model differs",
                                     "the task and the model differ"};
  return text[changes & (CO_HOME_TASK | CO_HOME_MODEL)];
}
