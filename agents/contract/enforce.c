#include "agents/contract/enforce.h"

#include "core/text.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum {
  MOST = 10,     // differences that are told one by one
  VALUE = 72,    // bytes of a value
  CONFIG = 5000  // bytes of all config: an error is not a file
};

// ---- which count

// Facts of which a null says that nobody knows; elsewhere it says that there is none.
static bool is_unknown(const co_difference *found) {
  if (!co_json_is_null(found->a) && !co_json_is_null(found->b)) return false;
  return found->kind == CO_DIFF_POSE || found->kind == CO_DIFF_GAIN ||
         found->kind == CO_DIFF_TORQUE_LIMIT || found->kind == CO_DIFF_CONTROL_PERIOD ||
         strcmp(found->path, "history.length") == 0;
}

bool co_difference_counts(const co_difference *found) {
  return found->changes_meaning && found->kind != CO_DIFF_DOMAIN && !is_unknown(found);
}

static bool matches(const char *name, const char *const *pattern, int count) {
  for (int i = 0; i < count; i++)
    if (co_glob_match(pattern[i], name)) return true;
  return false;
}

void co_difference_title(const co_difference *found, char out[CO_DIFFERENCE_TITLE]) {
  snprintf(out, CO_DIFFERENCE_TITLE, "%s: %s%s%s%s", co_difference_names[found->kind], found->path,
           *found->element ? " (" : "", found->element, *found->element ? ")" : "");
}

bool co_difference_accepted(const co_difference *found, const char *const *accepted, int count) {
  char title[CO_DIFFERENCE_TITLE];
  co_difference_title(found, title);
  return matches(co_difference_names[found->kind], accepted, count) ||
         matches(found->path, accepted, count) || matches(title, accepted, count);
}

bool co_kind_accepted(co_difference_kind kind, const co_env_info *world) {
  return matches(co_difference_names[kind], world->accepted, world->num_accepted);
}

// What a strategy makes up for that maps elements by name, and what is the other body's own.
static bool is_mapped(co_difference_kind kind) {
  static const co_difference_kind own[] = {CO_DIFF_NAME, CO_DIFF_ORDER, CO_DIFF_SIZE,
                                           CO_DIFF_SIGN, CO_DIFF_SCALE, CO_DIFF_OFFSET,
                                           CO_DIFF_POSE, CO_DIFF_GAIN,  CO_DIFF_TORQUE_LIMIT};
  for (size_t i = 0; i < sizeof own / sizeof *own; i++)
    if (own[i] == kind) return true;
  return false;
}

// ---- comparisons

static co_status compare(const co_contract *policy, const co_env_info *world,
                         co_contract_diff *out) {
  co_network_def def = {.obs_dim = world->obs_dim, .act_dim = world->act_dim};
  co_contract contract;
  CO_TRY(co_contract_from_world(world, &def, "none", &contract));
  const co_diff_side a = {.contract = policy}, b = {.contract = &contract};
  co_status status = co_contract_diff_make(&a, &b, out);
  co_contract_free(&contract);
  return status;
}

// The task with some of what its map makes of it.
static co_status compare_elements(const co_contract *policy, const co_env_info *task,
                                  const co_world_elements *elements, co_contract_diff *out) {
  co_env_info world = *task;
  world.obs = elements->obs;
  world.action = elements->action;
  world.pose = elements->pose;
  world.num_pose = elements->num_pose;
  return compare(policy, &world, out);
}

static bool has(const co_contract_diff *diff, const co_difference *found) {
  for (int i = 0; i < diff->count; i++) {
    const co_difference *other = &diff->difference[i];
    if (other->kind == found->kind && co_difference_counts(other) &&
        strcmp(other->path, found->path) == 0 && strcmp(other->element, found->element) == 0)
      return true;
  }
  return false;
}

// The task, and the same otherwise.
typedef struct comparisons {
  co_contract_diff task, own, unmapped, paired;
} comparisons;

static void free_comparisons(comparisons *c) {
  co_contract_diff_free(&c->task);
  co_contract_diff_free(&c->own);
  co_contract_diff_free(&c->unmapped);
  co_contract_diff_free(&c->paired);
}

static co_status make_comparisons(const co_enforced *e, comparisons *c) {
  CO_TRY(compare(e->policy, e->task, &c->task));
  if (c->task.meaning_equal) return CO_OK;
  if (e->own) CO_TRY(compare(e->policy, e->own, &c->own));
  if (!e->task->paired) return CO_OK;
  CO_TRY(compare_elements(e->policy, e->task, e->task->unmapped, &c->unmapped));
  return compare_elements(e->policy, e->task, e->task->paired, &c->paired);
}

// "observation.3.of" and ".quantity": what the element is, which pairing it with another changes.
static bool is_identity(const co_difference *found) {
  const char *key = strrchr(found->path, '.');
  return strncmp(found->path, "observation.", 12) == 0 &&
         (strcmp(key, ".of") == 0 || strcmp(key, ".quantity") == 0);
}

// Whether the map declares it.
static bool is_declared(const comparisons *c, const co_difference *found) {
  return !has(&c->paired, found) || (is_identity(found) && !has(&c->unmapped, found));
}

// ---- what is said

// Numbers as people write them; of a list its beginning.
static void put_value(const co_json *value, co_buf *out) {
  if (co_json_is_number(value)) {
    co_buf_printf(out, "%.9g", co_json_as_number(value, 0));
    return;
  }
  co_buf text = {0};
  if (co_json_write(value, 0, &text) != CO_OK || co_buf_status(&text) != CO_OK) {
    out->failed = true;
  } else {
    int size = (int)strcspn(text.data, "\n");
    co_buf_printf(out, "%.*s%s", size < VALUE ? size : VALUE - 4, text.data,
                  size < VALUE ? "" : "...");
  }
  co_buf_free(&text);
}

static void put_difference(const co_difference *found, const char *where, co_buf *out) {
  char title[CO_DIFFERENCE_TITLE];
  co_difference_title(found, title);
  co_buf_printf(out, "\n%s: ", title);
  put_value(found->a, out);
  co_buf_puts(out, " in the policy, ");
  put_value(found->b, out);
  co_buf_printf(out, " %s%s", where,
                !found->inferred ? ""
                : found->by_axis ? " (by the joint's axis)"
                                 : " (by the default pose)");
}

// "observation" of "observation.3.scale"; shifts stand in a domain, other lines in the task itself.
static void put_place(const co_difference *found, co_buf *out) {
  bool shift = strncmp(found->config, "{ parameter", 11) == 0;
  bool clock = strncmp(found->path, "clocks.", 7) == 0;
  const char *place = *found->config != '{' ? "task"
                      : shift               ? "domain"
                      : clock               ? "observation"
                                            : found->path;
  co_buf_printf(out, "\ndeclared in %.*s: ", (int)strcspn(place, "."), place);
}

// Differences of one term have the same config, and follow each other.
static void put_config(const co_contract_diff *diff, co_buf *out) {
  const char *last = NULL;
  size_t begin = out->size;
  for (int i = 0; i < diff->count; i++) {
    const co_difference *found = &diff->difference[i];
    if (!found->config || (last && strcmp(last, found->config) == 0)) continue;
    last = found->config;
    if (out->size - begin + strlen(last) > CONFIG) {
      co_buf_puts(out, "\nand more config, which carryover diff prints");
      return;
    }
    put_place(found, out);
    co_buf_puts(out, found->config);
  }
}

static bool is_named_otherwise(const co_contract_diff *diff) {
  bool any = false;
  for (int i = 0; i < diff->count; i++)
    any = any || diff->difference[i].kind == CO_DIFF_NAME ||
          diff->difference[i].kind == CO_DIFF_ORDER;
  return any;
}

// What may be said to it, by where it is said.
static void put_ways(const co_enforced *e, const co_contract_diff *diff, co_buf *out) {
  bool study = e->how & CO_ENFORCE_STUDY, strategy = e->how & CO_ENFORCE_STRATEGY;
  if (e->task->paired)
    co_buf_puts(out, "`accept` in the map says which of them are meant, each as it is called here");
  else
    co_buf_printf(out,
                  "A map declares them (carryover diff POLICY TASK --write-map FILE writes one for "
                  "%s), or the task",
                  study ? "map = \"FILE\"" : "--map FILE");
  if (strategy && is_named_otherwise(diff))
    co_buf_puts(out,
                "; in its strategy match = \"names\" maps elements by name, match = \"place\" "
                "takes them as they stand:");
  else
    co_buf_printf(out, "; with %s it acts as it is:", study ? "map = \"none\"" : "--map none");
}

static co_status refuse(const co_enforced *e, const co_contract_diff *diff) {
  const char *behind = e->task->paired ? " behind its map" : "";
  co_buf text = {0};
  co_buf_printf(&text,
                "%s: %d difference%s of meaning between this policy, of task \"%s\", and task "
                "\"%s\"%s. ",
                e->name, diff->count, diff->count == 1 ? "" : "s", e->policy->task, e->task->task,
                behind);
  put_ways(e, diff, &text);
  for (int i = 0; i < diff->count && i < MOST; i++)
    put_difference(&diff->difference[i], *behind ? "behind the map" : "in the task", &text);
  if (diff->count > MOST) co_buf_printf(&text, "\nand %d more", diff->count - MOST);
  if (!*behind) put_config(diff, &text);  // that of the task is not what stands behind it
  co_status status = co_buf_status(&text);
  if (status == CO_OK) status = co_fail(CO_CONFIG, "%s", text.data);
  co_buf_free(&text);
  return status;
}

// ---- the whole

static bool is_mismatch(const co_enforced *e, const comparisons *c, const co_difference *found) {
  return co_difference_counts(found) && !((e->how & CO_ENFORCE_MAPPED) && is_mapped(found->kind)) &&
         !co_difference_accepted(found, e->task->accepted, e->task->num_accepted) &&
         (!e->own || has(&c->own, found)) && (!e->task->paired || !is_declared(c, found));
}

co_status co_contract_mismatches(const co_enforced *e, co_contract_diff *out) {
  assert(e->policy && e->name && e->task);
  comparisons c = {0};
  co_status status = make_comparisons(e, &c);
  if (status == CO_OK) {
    int count = 0;
    for (int i = 0; i < c.task.count; i++) {
      co_difference *found = &c.task.difference[i];
      if (is_mismatch(e, &c, found))
        c.task.difference[count++] = *found;
      else
        co_difference_free(found);
    }
    c.task.count = count;
    *out = c.task;
    c.task = (co_contract_diff){0};
  }
  free_comparisons(&c);
  return status;
}

co_status co_contract_enforce(const co_enforced *e) {
  co_contract_diff diff;
  CO_TRY(co_contract_mismatches(e, &diff));
  co_status status = diff.count ? refuse(e, &diff) : CO_OK;
  co_contract_diff_free(&diff);
  return status;
}
