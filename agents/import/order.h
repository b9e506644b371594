// In which order a policy has its joints: six orders of a robot's joints are made and compared with
// the names that the policy's facts give, exactly. Where names are absent they follow from an order
// that is stated, and from nothing else.
//
// A policy may have some of the joints only; then each order is that of these. Thread-safe.

#ifndef AGENTS_IMPORT_ORDER_H_
#define AGENTS_IMPORT_ORDER_H_

#include "agents/import/facts.h"
#include "core/arena.h"
#include "envs/robot.h"

#define CO_ORDER_LIST(X)                                                             \
  X(CO_ORDER_DECLARATION, "declaration")     /* as the model's file has them */      \
  X(CO_ORDER_BREADTH_FIRST, "breadth_first") /* all of one depth, then the next */   \
  X(CO_ORDER_DEPTH_FIRST, "depth_first")     /* a chain to its end, then the next */ \
  X(CO_ORDER_ACTUATOR, "actuator")           /* as actuators drive them */           \
  X(CO_ORDER_ALPHABETICAL, "alphabetical")   /* by bytes */                          \
  X(CO_ORDER_LEFT_RIGHT, "left_right")       /* each left joint, then its right one */

typedef enum co_order {
#define X(id, name) id,
  CO_ORDER_LIST(X)
#undef X
      CO_NUM_ORDERS
} co_order;
extern const char *const co_order_names[];  // by order

typedef struct co_joint_tree {
  int count, num_driven;
  const char **name;  // (count) in the order of the file
  int *parent;        // (count) of an earlier joint, -1: none
  int *driven;        // (num_driven) joints in the order of the actuators
} co_joint_tree;

// Lists lie in `arena`, names are the robot's. CO_MEMORY.
co_status co_joint_tree_of(const co_robot *robot, co_arena *arena, co_joint_tree *out);

// The joints (at most tree->count) in that order; those that nothing drives are not in that of the
// actuators. Returns how many.
int co_order_make(const co_joint_tree *tree, co_order order, int *joint);

typedef struct co_order_match {
  bool matches[CO_NUM_ORDERS];  // several: they are the same for these joints
  int count;                    // how many do
  co_order first;               // of them
  int missing;                  // index of the first name that the robot does not have, -1: none
} co_order_match;

co_status co_order_find(const co_joint_tree *tree, const char *const *name, int count,
                        co_order_match *out);

// Says in `facts` which order of this robot its joints have, "declaration, depth_first" where
// several are the same, as inferred from `place` ("model.xml"); stays unsaid where none matches.
co_status co_facts_name_order(co_facts *facts, const co_joint_tree *tree, const char *place,
                              co_order_match *out);

// Names joints that the facts only number: by `order` where that is stated, else by their places
// among the robot's motors (joint_order), which are its actuators or, where it has none, its joints
// as they are declared. Inferred; nothing is named where the numbers do not fit.
co_status co_facts_name_joints(co_facts *facts, const co_joint_tree *tree, const char *place);

#endif  // AGENTS_IMPORT_ORDER_H_
