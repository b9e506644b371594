#include "transfer/measure/private/differs.h"

#include "core/config/tree.h"

#include <string.h>

// ---- spaces

// Names of the elements of a space, `stride` bytes from one to the next.
typedef struct space {
  const char *first;
  size_t stride;
  int count;
} space;

static bool same_names(const space *a, const space *b) {
  if (a->count != b->count) return false;
  for (int i = 0; i < a->count; i++)
    if (strcmp(a->first + (size_t)i * a->stride, b->first + (size_t)i * b->stride) != 0)
      return false;
  return true;
}

static co_json *space_json(const space *source, const space *target) {
  co_json *object = co_json_object();
  co_json_set_int(object, "source", source->count);
  co_json_set_int(object, "target", target->count);
  co_json_set_bool(object, "same", same_names(source, target));
  return object;
}

static space observations(const co_env_info *info) {
  return (space){info->obs->name, sizeof *info->obs, info->obs_dim};
}

static space actions(const co_env_info *info) {
  return (space){info->action->name, sizeof *info->action, info->act_dim};
}

// ---- what is paid

// What the task pays and when it ends, as text: both decide the return.
static co_status put_payment(const co_env_info *info, co_buf *out) {
  static const char *const members[] = {"reward", "terminate", "success", "horizon"};
  co_node *root;
  CO_TRY(co_tree_parse(info->task_text, info->task, &root));
  const co_node *task = co_node_get(root, "task");
  for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
    const co_node *member = task ? co_node_get(task, members[i]) : NULL;
    if (member) co_tree_write(member, out);
    co_buf_puts(out, "\n");
  }
  co_node_free(root);
  return co_buf_status(out);
}

static co_status compare_payment(const co_env_info *source, const co_env_info *target, bool *same) {
  co_buf a = {0}, b = {0};
  *same = source->task_hash == target->task_hash;
  co_status status = *same ? CO_OK : put_payment(source, &a);
  if (status == CO_OK && !*same) status = put_payment(target, &b);
  if (status == CO_OK && !*same) *same = a.size == b.size && memcmp(a.data, b.data, a.size) == 0;
  co_buf_free(&a);
  co_buf_free(&b);
  return status;
}

// ---- both

static co_status describe(const co_env_info *source, const co_env_info *target, co_json **out) {
  space obs[] = {observations(source), observations(target)};
  space action[] = {actions(source), actions(target)};
  bool same;
  CO_TRY(compare_payment(source, target, &same));
  *out = co_json_object();
  co_json_set(*out, "observation", space_json(&obs[0], &obs[1]));
  co_json_set(*out, "action", space_json(&action[0], &action[1]));
  co_json_set_string(*out, "reward", same ? "same" : "other");
  return CO_OK;
}

co_status co_differs_json(const co_trial_context *context, int source, int target, co_json **out) {
  const co_world_source *worlds = context->worlds;
  co_world worlds_of[] = {co_source_world(co_study_source(context->study, source)),
                          co_target_world(co_study_target(context->study, target))};
  co_world_facts facts[2];
  CO_TRY(worlds->describe(worlds->context, &worlds_of[0], &facts[0]));
  co_status status = worlds->describe(worlds->context, &worlds_of[1], &facts[1]);
  if (status == CO_OK) {
    status = describe(facts[0].info, facts[1].info, out);
    co_world_facts_drop(&facts[1]);
  }
  co_world_facts_drop(&facts[0]);
  return status;
}
