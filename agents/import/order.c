#include "agents/import/order.h"

#include "core/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const co_order_names[] = {
#define X(id, name) name,
    CO_ORDER_LIST(X)
#undef X
};

co_status co_joint_tree_of(const co_robot *robot, co_arena *arena, co_joint_tree *out) {
  *out = (co_joint_tree){.count = robot->num_joints};
  out->name = co_arena_alloc(arena, (size_t)robot->num_joints, sizeof *out->name);
  out->parent = co_arena_alloc(arena, (size_t)robot->num_joints, sizeof *out->parent);
  out->driven = co_arena_alloc(arena, (size_t)robot->num_actuators, sizeof *out->driven);
  CO_TRY(co_arena_status(arena));
  for (int i = 0; i < robot->num_joints; i++) {
    out->name[i] = robot->joint[i].name;
    out->parent[i] = robot->joint[i].parent;
  }
  for (int i = 0; i < robot->num_actuators; i++)
    if (robot->actuator[i].joint >= 0) out->driven[out->num_driven++] = robot->actuator[i].joint;
  return CO_OK;
}

// ---- orders

static int by_declaration(const co_joint_tree *tree, int *joint) {
  for (int i = 0; i < tree->count; i++) joint[i] = i;
  return tree->count;
}

// Joints without a parent, then their children by turns: the list is its own queue.
static int by_breadth(const co_joint_tree *tree, int *joint) {
  int count = 0;
  for (int i = 0; i < tree->count; i++)
    if (tree->parent[i] < 0) joint[count++] = i;
  for (int at = 0; at < count; at++)
    for (int i = 0; i < tree->count; i++)
      if (tree->parent[i] == joint[at]) joint[count++] = i;
  return count;
}

// The next joint behind `from` with this parent.
static int next_child(const co_joint_tree *tree, int parent, int from) {
  for (int i = from; i < tree->count; i++)
    if (tree->parent[i] == parent) return i;
  return -1;
}

static int by_depth(const co_joint_tree *tree, int *joint) {
  int count = 0, at = next_child(tree, -1, 0);
  while (at >= 0) {
    joint[count++] = at;
    int down = next_child(tree, at, 0);
    while (down < 0 && at >= 0) {  // up to where another branch begins
      down = next_child(tree, tree->parent[at], at + 1);
      at = tree->parent[at];
    }
    at = down;
  }
  return count;
}

static int by_actuator(const co_joint_tree *tree, int *joint) {
  int count = 0;
  for (int i = 0; i < tree->num_driven; i++) {
    bool twice = false;
    for (int k = 0; k < count; k++) twice = twice || joint[k] == tree->driven[i];
    if (!twice) joint[count++] = tree->driven[i];
  }
  return count;
}

static int by_alphabet(const co_joint_tree *tree, int *joint) {
  for (int i = 0; i < tree->count; i++) {
    int at = i;
    for (; at > 0 && strcmp(tree->name[joint[at - 1]], tree->name[i]) > 0; at--)
      joint[at] = joint[at - 1];
    joint[at] = i;
  }
  return tree->count;
}

// Whether `right` is the name of `left` with the side changed at one place.
static bool is_pair(const char *left, const char *right) {
  static const char *const sides[][2] = {
      {"left", "right"}, {"Left", "Right"}, {"LEFT", "RIGHT"}, {"L", "R"}, {"l", "r"}};
  for (size_t s = 0; s < sizeof sides / sizeof *sides; s++) {
    size_t size = strlen(sides[s][0]), other = strlen(sides[s][1]);
    for (const char *at = strstr(left, sides[s][0]); at; at = strstr(at + 1, sides[s][0])) {
      size_t before = (size_t)(at - left);
      if (strncmp(left, right, before) == 0 && strncmp(right + before, sides[s][1], other) == 0 &&
          strcmp(at + size, right + before + other) == 0)
        return true;
    }
  }
  return false;
}

static int by_sides(const co_joint_tree *tree, int *joint) {
  int count = 0;
  for (int i = 0; i < tree->count; i++) {
    int right = -1;
    bool is_right = false;
    for (int k = 0; k < tree->count; k++) {
      if (is_pair(tree->name[i], tree->name[k])) right = k;
      is_right = is_right || is_pair(tree->name[k], tree->name[i]);
    }
    if (!is_right) joint[count++] = i;
    if (!is_right && right >= 0) joint[count++] = right;
  }
  return count;
}

int co_order_make(const co_joint_tree *tree, co_order order, int *joint) {
  switch (order) {
    case CO_ORDER_DECLARATION: return by_declaration(tree, joint);
    case CO_ORDER_BREADTH_FIRST: return by_breadth(tree, joint);
    case CO_ORDER_DEPTH_FIRST: return by_depth(tree, joint);
    case CO_ORDER_ACTUATOR: return by_actuator(tree, joint);
    case CO_ORDER_ALPHABETICAL: return by_alphabet(tree, joint);
    case CO_ORDER_LEFT_RIGHT: return by_sides(tree, joint);
    case CO_NUM_ORDERS: break;
  }
  return 0;
}

// ---- comparing

static int find(const char *const *name, int count, const char *which) {
  for (int i = 0; i < count; i++)
    if (strcmp(name[i], which) == 0) return i;
  return -1;
}

// Whether those of the order that are among the names are the names, in their order.
static bool is_same(const co_joint_tree *tree, const int *joint, int joints,
                    const char *const *name, int count) {
  int at = 0;
  for (int i = 0; i < joints; i++) {
    const char *own = tree->name[joint[i]];
    if (find(name, count, own) < 0) continue;
    if (at == count || strcmp(name[at++], own) != 0) return false;
  }
  return at == count;
}

co_status co_order_find(const co_joint_tree *tree, const char *const *name, int count,
                        co_order_match *out) {
  *out = (co_order_match){.missing = -1};
  for (int i = count - 1; i >= 0; i--)
    if (find((const char *const *)tree->name, tree->count, name[i]) < 0) out->missing = i;
  if (count == 0 || out->missing >= 0) return CO_OK;
  int *joint = co_alloc((size_t)tree->count + 1, 2 * sizeof *joint);
  if (!joint) return CO_MEMORY;
  for (int order = CO_NUM_ORDERS - 1; order >= 0; order--) {
    int joints = co_order_make(tree, (co_order)order, joint);
    out->matches[order] = is_same(tree, joint, joints, name, count);
    if (!out->matches[order]) continue;
    out->count++;
    out->first = (co_order)order;
  }
  free(joint);
  return CO_OK;
}

co_status co_facts_name_order(co_facts *facts, const co_joint_tree *tree, const char *place,
                              co_order_match *out) {
  char text[128] = "";
  CO_TRY(co_order_find(tree, facts->joints.name, facts->joints.count, out));
  for (int order = 0; order < CO_NUM_ORDERS; order++) {
    size_t length = strlen(text);
    if (!out->matches[order]) continue;
    snprintf(text + length, sizeof text - length, "%s%s", length ? ", " : "",
             co_order_names[order]);
  }
  if (!out->count || facts->order.at.stated) return CO_OK;
  facts->order =
      (co_fact_text){.at = {true, CO_FROM_INFERRED, co_arena_strdup(&facts->memory, place), 0},
                     .value = co_arena_strdup(&facts->memory, text)};
  return co_arena_status(&facts->memory);
}

// ---- naming

// The order that facts say, of several that are the same the first; -1: none that is known.
static int stated_order(const co_facts *facts) {
  const char *text = facts->order.at.stated ? facts->order.value : NULL;
  size_t length = text ? strcspn(text, ", ") : 0;
  for (int i = 0; text && i < CO_NUM_ORDERS; i++)
    if (strncmp(co_order_names[i], text, length) == 0 && !co_order_names[i][length]) return i;
  return -1;
}

// How many joints the facts speak of; 0: they do not say.
static int joints_meant(const co_facts *facts) {
  if (facts->joint_order.count) return facts->joint_order.count;
  if (facts->default_pose.count) return facts->default_pose.count;
  return facts->act_dim.at.stated ? (int)facts->act_dim.value : 0;
}

static bool is_permutation(const co_fact_numbers *list) {
  for (int i = 0; i < list->count; i++) {
    bool inside = list->value[i] >= 0 && list->value[i] < list->count;
    for (int k = 0; inside && k < i; k++) inside = list->value[k] != list->value[i];
    if (!inside) return false;
  }
  return true;
}

// Joints of the robot in the policy's order, 0: that does not follow.
static int place_joints(const co_facts *facts, const co_joint_tree *tree, int *joint, int *room) {
  const co_fact_numbers *map = &facts->joint_order;
  int order = stated_order(facts), meant = joints_meant(facts);
  bool by_motor = order < 0 && map->count && is_permutation(map);
  if (by_motor) order = tree->num_driven ? CO_ORDER_ACTUATOR : CO_ORDER_DECLARATION;
  if (order < 0) return 0;
  int count = co_order_make(tree, (co_order)order, room);
  if (count != meant) return 0;
  for (int i = 0; i < count; i++) joint[i] = room[by_motor ? (int)map->value[i] : i];
  return count;
}

co_status co_facts_name_joints(co_facts *facts, const co_joint_tree *tree, const char *place) {
  char text[256];
  if (facts->joints.at.stated || !tree->count) return CO_OK;
  int *joint = co_alloc((size_t)tree->count, 2 * sizeof *joint);
  if (!joint) return CO_MEMORY;
  int count = place_joints(facts, tree, joint, joint + tree->count);
  const char **name = co_arena_alloc(&facts->memory, (size_t)count + 1, sizeof *name);
  for (int i = 0; name && i < count; i++)
    name[i] = co_arena_strdup(&facts->memory, tree->name[joint[i]]);
  free(joint);
  if (!count) return co_arena_status(&facts->memory);
  const co_fact *by = facts->order.at.stated ? &facts->order.at : &facts->joint_order.at;
  snprintf(text, sizeof text, "%.120s, of %.100s", by->place, place);
  facts->joints = (co_fact_names){
      {true, CO_FROM_INFERRED, co_arena_strdup(&facts->memory, text), 0}, count, name};
  return co_arena_status(&facts->memory);
}
