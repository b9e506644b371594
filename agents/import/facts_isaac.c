// Isaac Lab: descriptors of what goes in and out of a policy, and pairs of joint orders that lead
// from one physics to another.

#include "agents/import/private/fact_reader.h"

#include <stdio.h>
#include <string.h>

static const co_doc *text_at(const co_doc *map, const char *key) {
  const co_doc *doc = co_doc_get(map, key);
  return doc && doc->kind == CO_DOC_TEXT ? doc : NULL;
}

static bool contains(const co_doc *text, const char *word) {
  return text && strstr(text->text, word) != NULL;
}

// ---- descriptors

// The path of the class says what an action is; gains are those of the simulator's servos.
static void name_kind(const co_fact_reader *r, const co_doc *action) {
  const co_doc *path = text_at(action, "full_path");
  const char *kind = contains(path, "RelativeJointPosition") ? "joint position increment"
                     : contains(path, "JointPosition")       ? "joint position target"
                                                             : NULL;
  if (kind)
    co_fact_set_text(&r->facts->memory, kind, co_fact_place_of(r, path), &r->facts->action_kind);
}

static co_status take_actions(const co_fact_reader *r, const co_doc *actions) {
  static const co_fact_pair pairs[] = {
      {"joint_names", "joints"}, {"scale", "action.scale"}, {"offset", "action.offset"}};
  if (!actions || actions->kind != CO_DOC_LIST || actions->count != 1) return CO_OK;
  name_kind(r, &actions->child[0]);
  const co_doc *clip = co_doc_get(&actions->child[0], "clip");
  bool pair = clip && clip->kind == CO_DOC_LIST && clip->count == 2;
  if (clip && (clip->kind == CO_DOC_NULL || pair))
    CO_TRY(co_fact_take(r, &actions->child[0], "clip", "action.clip"));
  return CO_FACT_TAKE_ALL(r, &actions->child[0], pairs);
}

// Product of what a shape says; 0: it says nothing.
static int size_of(const co_doc *shape) {
  double size = shape && shape->kind == CO_DOC_LIST && shape->count ? 1 : 0;
  for (int i = 0; size > 0 && i < shape->count; i++) {
    double side = shape->child[i].kind == CO_DOC_NUMBER ? shape->child[i].number : 0;
    size = side >= 1 && side <= 65536 ? size * side : 0;
  }
  return size <= 65536 ? (int)size : 0;
}

static co_status take_term(const co_fact_reader *r, const co_doc *doc) {
  const co_doc *name = text_at(doc, "name"), *more = co_doc_get(doc, "overloads");
  if (!name || !co_fact_is_word(name->text))
    return co_fact_fail(r->document, doc, "observations", "a term has no name");
  co_fact_term *term = co_fact_add_term(r->facts, name->text, NULL, co_fact_place_of(r, doc));
  CO_TRY(co_fact_take_term(r, more, "scale", "scale", term));
  CO_TRY(co_fact_take_term(r, more, "clip", "clip", term));
  CO_TRY(co_fact_take_history(r, co_doc_get(more, "history_length"), term));
  static const char *const keys[] = {"element_names", "joint_names"};
  for (int i = 0; i < 2; i++) {
    const co_doc *names = co_doc_get(doc, keys[i]);
    if (!names || names->kind != CO_DOC_LIST || !names->count || term->elements.count) continue;
    CO_TRY(co_fact_take_term(r, doc, keys[i], "elements", term));
  }
  int size = size_of(co_doc_get(doc, "shape"));
  if (size) term->dim = size * (term->history ? term->history : 1);
  return CO_OK;
}

// Of the group that acts: "policy", or the only one.
static const co_doc *find_group(const co_doc *groups) {
  const co_doc *policy = co_doc_get(groups, "policy");
  if (policy || !groups || groups->kind != CO_DOC_MAP || groups->count != 1) return policy;
  return groups->child;
}

// What the robot has in its own order belongs to the joints of the action where these are all.
static co_status take_robot(const co_fact_reader *r, const co_doc *robots) {
  static const co_fact_pair pairs[] = {{"joint_names", "joints"},
                                       {"default_joint_pos", "default_pose"},
                                       {"default_joint_stiffness", "gains.kp"},
                                       {"default_joint_damping", "gains.kd_actuator"}};
  if (!robots || robots->kind != CO_DOC_MAP || robots->count != 1) return CO_OK;
  co_facts robot = {0};
  const co_fact_reader own = {r->document, &robot};
  co_status status = CO_FACT_TAKE_ALL(&own, robots->child, pairs);
  bool other = r->facts->joints.count && r->facts->joints.count != robot.joints.count;
  if (status == CO_OK && !other) status = co_facts_merge(&robot, r->facts);
  co_facts_free(&robot);
  return status;
}

co_status co_facts_read_isaac(const co_fact_reader *r) {
  static const co_fact_pair clock[] = {
      {"physics_dt", "sim.timestep"}, {"decimation", "sim.substeps"}, {"dt", "sim.control_dt"}};
  const co_doc *root = &r->document->root, *terms = find_group(co_doc_get(root, "observations"));
  CO_TRY(CO_FACT_TAKE_ALL(r, co_doc_get(root, "scene"), clock));
  CO_TRY(take_actions(r, co_doc_get(root, "actions")));
  CO_TRY(take_robot(r, co_doc_get(root, "articulations")));
  if (terms && terms->kind == CO_DOC_LIST && terms->count) {
    CO_TRY(co_fact_room_for(r->facts, terms->count));
    for (int i = 0; i < terms->count; i++) CO_TRY(take_term(r, &terms->child[i]));
  }
  co_facts_settle_history(r->facts);
  return CO_OK;
}

// ---- joint orders

// The policy has the order of the source; where each of its joints stands in the target's.
co_status co_facts_read_joint_orders(const co_fact_reader *r) {
  static const co_fact_row row = {.kind = CO_FACT_NAMES};
  const co_doc *doc = co_doc_get(&r->document->root, "target_joint_names");
  co_facts *facts = r->facts;
  co_fact_names target = {0};
  CO_TRY(co_fact_take(r, &r->document->root, "source_joint_names", "joints"));
  CO_TRY(co_fact_read(r->document, doc, "target_joint_names", &row, &facts->memory, &target));
  int count = facts->joints.count;
  if (!count || count != target.count)
    return co_fact_fail(r->document, doc, "target_joint_names", "%d names, the source has %d",
                        target.count, count);
  double *place = co_arena_alloc(&facts->memory, (size_t)count, sizeof *place);
  CO_TRY(co_arena_status(&facts->memory));
  for (int i = 0; i < count; i++) {
    int k = 0;
    while (k < count && strcmp(target.name[k], facts->joints.name[i]) != 0) k++;
    if (k == count)
      return co_fact_fail(r->document, doc, "target_joint_names", "\"%s\" is missing",
                          facts->joints.name[i]);
    place[i] = k;
  }
  co_fact_set_text(&facts->memory, "target_joint_names", target.at.place, &facts->order_name);
  return co_fact_set_numbers(&facts->memory, place, NULL, count, target.at.place,
                             &facts->joint_order);
}
