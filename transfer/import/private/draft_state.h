// What the parts of a draft share: draft.c the order of a file, time, commands and the default
// pose; draft_observe.c observations; draft_act.c actions and added actuators; draft_goal.c
// rewards, end and start.

#ifndef TRANSFER_IMPORT_PRIVATE_DRAFT_STATE_H_
#define TRANSFER_IMPORT_PRIVATE_DRAFT_STATE_H_

#include "transfer/import/draft.h"
#include "transfer/import/private/draft_text.h"

#include <math.h>

enum { CO_DRAFT_ITEMS = 256 };  // most that is told as stated, and as open

typedef struct co_drafting {
  const co_robot *robot;
  const co_facts *facts;  // all absent where there are none
  bool has_facts;
  bool walks;       // floats, and is told where to go
  double timestep;  // [s] of a physics step
  int substeps;
  const char *frame;  // "site/imu" or "body/trunk": what the robot sees from; NULL: no body moves
  // joints that are observed and driven one by one, in the policy's order; wheels apart
  const char **joint, **wheel;
  int num_joints, num_wheels;
  const char **command;  // names
  int num_commands, num_actions;
  co_draft_text text;
  co_draft *out;
} co_drafting;

void co_draft_stated(co_drafting *d, const char *key);
// Told in the list and, where `indent` is not negative, as a comment at the present place.
void co_draft_unsure(co_drafting *d, int indent, const char *key, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

const co_robot_joint *co_draft_joint(const co_drafting *d, const char *name);  // NULL: none
// CO_DATA, with the nearest name, when the model has no such hinge or slide.
co_status co_draft_need_joint(const co_drafting *d, const co_fact *at, const char *name);
// Whether the names are all of `all`'s, in its order.
bool co_draft_in_order(const co_drafting *d, const char *const *name, int count);

co_status co_draft_observe(co_drafting *d);
void co_draft_drive(co_drafting *d);  // actuators that are added
co_status co_draft_act(co_drafting *d);
void co_draft_rewards(co_drafting *d);
void co_draft_end_of(co_drafting *d);  // of an episode
void co_draft_start(co_drafting *d);

// CO_DATA when the facts' base is no body of the model.
co_status co_draft_check_body(const co_drafting *d);
const char *co_draft_base_frame(const co_drafting *d);  // "body/trunk"; NULL: no body moves
// Of a joint in the default pose that the draft states, or of the model.
double co_draft_pose_of(const co_drafting *d, const co_robot_joint *joint);
// At which the robot's lowest point touches the ground; NAN: as the model has it.
double co_draft_standing_height(const co_robot *robot);

static inline bool co_draft_has(const co_fact_number *fact) {
  return fact->at.stated && isfinite(fact->value);
}

#endif  // TRANSFER_IMPORT_PRIVATE_DRAFT_STATE_H_
