#include "agents/contract/match.h"

#include "core/memory.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *co_element_tail(const char *name) {
  const char *slash = strrchr(name, '/');
  return slash ? slash + 1 : name;
}

static const char *without(const char *name, const char *prefix) {
  size_t length = strlen(prefix);
  return strncmp(name, prefix, length) == 0 ? name + length : name;
}

static const char *target_of(const char *name) {
  const char *joint = without(name, "position/");
  return joint == name ? without(name, "pd/") : joint;
}

bool co_element_same_name(const char *a, const char *b) {
  const char *x = without(a, "last_action/"), *y = without(b, "last_action/");
  if (strcmp(a, b) == 0) return true;
  bool alike = (x == a) == (y == b) && target_of(x) != x && target_of(y) != y;
  return alike && strcmp(target_of(x), target_of(y)) == 0;
}

// The joint that the action of this name drives; NULL: there is none.
static const char *joint_driven(co_action_list list, const char *name) {
  const char *own = without(name, "last_action/");
  size_t length = strcspn(own, "@");
  for (int i = 0; i < list.count; i++)
    if (strncmp(list.action[i].name, own, length) == 0 && !list.action[i].name[length])
      return *list.action[i].drive.joint ? list.action[i].drive.joint : NULL;
  return NULL;
}

// "knee" is what "pd/knee@-1" says.
static bool says(const char *name, const char *joint) {
  const char *tail = co_element_tail(name);
  size_t length = strcspn(tail, "@");
  return joint && strncmp(tail, joint, length) == 0 && !joint[length];
}

bool co_action_same_name(co_action_list of_a, const char *a, co_action_list of_b, const char *b) {
  if (co_element_same_name(a, b)) return true;
  const char *x = without(a, "last_action/"), *y = without(b, "last_action/");
  bool alike = (x == a) == (y == b) && strcmp(co_element_age(a), co_element_age(b)) == 0;
  bool targets = target_of(x) != x && target_of(y) != y;
  bool one_term = strcspn(x, "/") == strcspn(y, "/") && strncmp(x, y, strcspn(x, "/")) == 0;
  if (!alike || (!targets && !one_term)) return false;
  return says(a, joint_driven(of_b, b)) || says(b, joint_driven(of_a, a));
}

const char *co_element_age(const char *name) {
  const char *age = strchr(name, '@');
  return age ? age : "";
}

int co_find_joint(const co_contract *contract, const char *name) {
  for (int i = 0; i < contract->num_joints; i++)
    if (strcmp(contract->joint[i].name, name) == 0) return i;
  return -1;
}

// Of an action its actuator's joint, of an observation the one it is called after.
static int find_joint(const co_contract *contract, const char *name) {
  char tail[CO_NAME];
  for (int i = 0; i < contract->num_action; i++)
    if (strcmp(contract->action[i].name, name) == 0)
      return co_find_joint(contract, contract->action[i].drive.joint);
  snprintf(tail, sizeof tail, "%.*s", (int)strcspn(co_element_tail(name), "@"),
           co_element_tail(name));
  return co_find_joint(contract, tail);
}

int co_element_turn(const co_contract *contract, const char *name) {
  int joint = find_joint(contract, name);
  return joint >= 0 ? contract->num_pose + joint : co_element_joint(contract, name);
}

int co_element_joint(const co_contract *contract, const char *name) {
  const char *tail = co_element_tail(name);
  size_t length = strcspn(tail, "@");
  int near = -1, count = 0;
  for (int i = 0; i < contract->num_pose; i++) {
    const char *joint = contract->pose[i].joint;
    if (strncmp(joint, tail, length) != 0) continue;
    if (!joint[length]) return i;
    if (joint[length] != '_') continue;
    near = i;
    count++;
  }
  return count == 1 ? near : -1;
}

// ---- when two elements are the same

typedef bool co_same(const co_contract *a, int i, const co_contract *b, int j);

static bool same_obs_name(const co_contract *a, int i, const co_contract *b, int j) {
  return strcmp(a->obs[i].name, b->obs[j].name) == 0;
}

// Measured of the same thing, whatever the term is called and wherever it is seen from.
static bool same_obs_quantity(const co_contract *a, int i, const co_contract *b, int j) {
  const co_obs_element *x = &a->obs[i], *y = &b->obs[j];
  return *x->quantity && strcmp(x->quantity, y->quantity) == 0 && strcmp(x->of, y->of) == 0 &&
         strcmp(co_element_age(x->name), co_element_age(y->name)) == 0;
}

// an angle as it is, or from the default pose on
static bool is_position(const char *term) {
  return strcmp(term, "qpos") == 0 || strcmp(term, "joint_pos") == 0;
}

static bool same_obs_tail(const co_contract *a, int i, const co_contract *b, int j) {
  const co_obs_element *x = &a->obs[i], *y = &b->obs[j];
  bool related = strcmp(x->term, y->term) == 0 || (is_position(x->term) && is_position(y->term));
  return related && strcmp(co_element_tail(x->name), co_element_tail(y->name)) == 0;
}

static bool same_obs_place(const co_contract *a, int i, const co_contract *b, int j) {
  const co_obs_element *x = &a->obs[i], *y = &b->obs[j];
  return a->num_obs == b->num_obs && i == j && strcmp(x->term, y->term) == 0 &&
         strcmp(x->unit, y->unit) == 0;
}

static bool same_action_name(const co_contract *a, int i, const co_contract *b, int j) {
  return strcmp(a->action[i].name, b->action[j].name) == 0;
}

static bool same_action_tail(const co_contract *a, int i, const co_contract *b, int j) {
  const co_action_list of_a = {a->action, a->num_action}, of_b = {b->action, b->num_action};
  if (co_action_same_name(of_a, a->action[i].name, of_b, b->action[j].name)) return true;
  return strcmp(co_element_tail(a->action[i].name), co_element_tail(b->action[j].name)) == 0;
}

static bool same_action_place(const co_contract *a, int i, const co_contract *b, int j) {
  const co_action_element *x = &a->action[i], *y = &b->action[j];
  bool alike = strcmp(x->kind, y->kind) == 0 || (co_action_is_target(x) && co_action_is_target(y));
  return a->num_action == b->num_action && i == j && alike && strcmp(x->unit, y->unit) == 0;
}

// ---- matching

// The next partner stands mostly behind the last one, so the search starts there.
static int find_partner(const co_contract *a, int i, const co_contract *b, co_same *same,
                        const co_match *match, int start) {
  for (int k = 0; k < match->num_b; k++) {
    int j = (start + k) % match->num_b;
    if (match->a_of_b[j] < 0 && same(a, i, b, j)) return j;
  }
  return -1;
}

static void match_by(const co_contract *a, const co_contract *b, co_same *same, co_match *match) {
  int start = 0;
  for (int i = 0; i < match->num_a; i++) {
    if (match->b_of_a[i] >= 0) continue;
    int j = find_partner(a, i, b, same, match, start);
    if (j < 0) continue;
    match->b_of_a[i] = j;
    match->a_of_b[j] = i;
    start = j + 1;
  }
}

static co_status make_match(int num_a, int num_b, co_match *out) {
  *out = (co_match){.num_a = num_a,
                    .num_b = num_b,
                    .b_of_a = co_alloc((size_t)num_a + 1, sizeof *out->b_of_a),
                    .a_of_b = co_alloc((size_t)num_b + 1, sizeof *out->a_of_b)};
  if (!out->b_of_a || !out->a_of_b) {
    co_match_free(out);
    return CO_MEMORY;
  }
  for (int i = 0; i < num_a; i++) out->b_of_a[i] = -1;
  for (int j = 0; j < num_b; j++) out->a_of_b[j] = -1;
  return CO_OK;
}

co_status co_match_observation(const co_contract *a, const co_contract *b, co_match *out) {
  assert(a && b && out);
  CO_TRY(make_match(a->num_obs, b->num_obs, out));
  match_by(a, b, same_obs_name, out);
  match_by(a, b, same_obs_quantity, out);
  match_by(a, b, same_obs_tail, out);
  match_by(a, b, same_obs_place, out);
  return CO_OK;
}

co_status co_match_action(const co_contract *a, const co_contract *b, co_match *out) {
  assert(a && b && out);
  CO_TRY(make_match(a->num_action, b->num_action, out));
  match_by(a, b, same_action_name, out);
  match_by(a, b, same_action_tail, out);
  match_by(a, b, same_action_place, out);
  return CO_OK;
}

void co_match_free(co_match *match) {
  free(match->b_of_a);
  free(match->a_of_b);
  *match = (co_match){0};
}
