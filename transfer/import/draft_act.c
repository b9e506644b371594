// Drafts of tasks: what the policy's output does.

#include "core/text.h"
#include "transfer/import/private/draft_state.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

// ---- gains that nobody stated

// Two digits are enough for a guess.
static double rounded(double value) {
  char text[32];
  snprintf(text, sizeof text, "%.1e", value);
  double out = 0;
  return co_parse_double(text, &out) ? out : value;
}

// A stiffness that puts out the joint's effort about a radian away from its target, and a fortieth
// of it as damping, as published quadrupeds and humanoids have; without an effort 5 Hz of what the
// joint moves. Within what a torque can do that is held for a physics step.
static void guess_gains(const co_drafting *d, const co_robot_joint *joint, double *kp, double *kd) {
  double inertia = fmax(joint->inertia, 1e-6), dt = d->timestep;
  *kp = isfinite(joint->effort) ? joint->effort : 1000 * inertia;
  *kd = fmin(*kp / 40, 0.5 * inertia / dt);
  *kp = rounded(fmin(*kp, 0.2 * inertia / (dt * dt)));
  *kd = rounded(*kd);
}

// ---- actuators that the model lacks

// What is dragged by the hand needs none.
static bool lacks_drives(const co_robot *robot) {
  return robot->num_actuators == 0 && !robot->hand;
}

void co_draft_drive(co_drafting *d) {
  const co_robot *robot = d->robot;
  if (!lacks_drives(robot) || !d->num_joints + d->num_wheels) return;
  co_draft_unsure(d, 2, "actuators",
                  "the model has no actuators: each joint gets a motor within the effort that the "
                  "model states; add gears where there are some");
  co_draft_begin(&d->text, "actuators");
  for (int i = 0; i < robot->num_joints; i++) {
    const co_robot_joint *joint = &robot->joint[i];
    if (!joint->own) continue;
    co_draft_open(&d->text, NULL);
    co_draft_key(&d->text, "joint", joint->name);
    co_draft_key(&d->text, "kind", "motor");
    double range[] = {-joint->effort, joint->effort};
    if (isfinite(joint->effort)) co_draft_key_numbers(&d->text, "ctrlrange", range, 2);
    co_draft_close(&d->text);
  }
  co_draft_end(&d->text);
}

// ---- which actuators

// A control as an action term takes it.
typedef struct control {
  const char *name;
  const co_robot_joint *joint;  // NULL: it drives no single one
  co_robot_drive drive;
  double low, high;
} control;

static int controls_of(const co_drafting *d, control *out) {
  const co_robot *robot = d->robot;
  int count = 0;
  for (int i = 0; i < robot->num_actuators; i++) {
    const co_robot_actuator *actuator = &robot->actuator[i];
    out[count++] =
        (control){actuator->name, actuator->joint < 0 ? NULL : &robot->joint[actuator->joint],
                  actuator->drive, actuator->low, actuator->high};
  }
  for (int i = 0; lacks_drives(robot) && i < robot->num_joints; i++) {
    const co_robot_joint *joint = &robot->joint[i];
    if (!joint->own) continue;
    out[count++] = (control){joint->name, joint, CO_ROBOT_MOTOR, -joint->effort, joint->effort};
  }
  return count;
}

static int all_controls(const co_drafting *d, control **out) {
  int most = d->robot->num_actuators + d->robot->num_joints;
  *out = co_arena_alloc(&d->out->memory, (size_t)most, sizeof **out);
  return *out ? controls_of(d, *out) : 0;
}

static const control *find_control(const control *all, int count, const char *name, bool joint) {
  for (int i = 0; i < count; i++) {
    if (joint && !all[i].joint) continue;
    if (strcmp(joint ? all[i].joint->name : all[i].name, name) == 0) return &all[i];
  }
  return NULL;
}

static co_status no_control(const co_drafting *d, const co_fact *at, const char *name, bool joint) {
  if (joint) {
    CO_TRY(co_draft_need_joint(d, at, name));
    return co_fail(CO_DATA, "%s: nothing drives the joint \"%s\" of %s", at->place, name,
                   d->robot->file);
  }
  const char *near[CO_DRAFT_ITEMS];
  int count = 0;
  for (; count < d->robot->num_actuators && count < CO_DRAFT_ITEMS; count++)
    near[count] = d->robot->actuator[count].name;
  const char *like = co_suggest(name, near, count);
  return co_fail(CO_DATA, "%s: %s has no actuator \"%s\"%s%s%s", at->place, d->robot->file, name,
                 like ? "; did you mean \"" : "", like ? like : "", like ? "\"?" : "");
}

// Those that the facts name, by actuator or by joint, else all; in the policy's order.
static co_status take_controls(const co_drafting *d, control **out, int *count) {
  const co_facts *facts = d->facts;
  control *all;
  int num = all_controls(d, &all);
  bool by_joint = !facts->actuators.count;
  const co_fact_names *names = by_joint ? &facts->joints : &facts->actuators;
  *out = all;
  *count = num;
  if (!names->count) return co_arena_status(&d->out->memory);
  *out = co_arena_alloc(&d->out->memory, (size_t)names->count, sizeof **out);
  CO_TRY(co_arena_status(&d->out->memory));
  *count = names->count;
  for (int i = 0; i < names->count; i++) {
    const control *found = find_control(all, num, names->name[i], by_joint);
    if (!found) found = find_control(all, num, names->name[i], !by_joint);
    if (!found) return no_control(d, &names->at, names->name[i], by_joint);
    (*out)[i] = *found;
  }
  return CO_OK;
}

// ---- terms

// Controls of one term, picked out of all of them.
typedef struct part {
  const char **name;
  const co_robot_joint **joint;
  int *index;  // place among all actions
  int count;
  bool bounded;
} part;

static void put_names(co_drafting *d, const control *all, int count, const part *p) {
  bool whole = p->count == d->robot->num_actuators || (lacks_drives(d->robot) && p->count == count);
  for (int i = 0; whole && i < p->count; i++) {
    whole = lacks_drives(d->robot) ? p->index[i] == i
                                   : strcmp(p->name[i], d->robot->actuator[i].name) == 0;
  }
  (void)all;
  if (whole) {
    co_draft_key(&d->text, "actuators", "*");
    return;
  }
  co_draft_key_names(&d->text, "actuators", NULL, p->name, p->count, NULL);
  co_draft_key(&d->text, "order", "given");
}

// The bounds that all actions have, where each is said to have some.
static bool same_bounds(const co_facts *facts, double out[2]) {
  const co_fact_numbers *low = &facts->action_low, *high = &facts->action_high;
  if (!low->count || !high->count) return false;
  out[0] = low->value[0], out[1] = high->value[0];
  for (int i = 1; i < low->count; i++)
    if (low->value[i] != out[0]) return false;
  for (int i = 1; i < high->count; i++)
    if (high->value[i] != out[1]) return false;
  return out[0] < out[1];
}

static void put_clip(co_drafting *d, const co_fact_numbers *clip, bool usual) {
  static const double wide[] = {-4, 4};
  double bounds[2];
  if (!clip->count && same_bounds(d->facts, bounds)) {
    co_draft_key_numbers(&d->text, "clip", bounds, 2);
  } else if (clip->count == 2) {
    co_draft_key_numbers(&d->text, "clip", clip->value, 2);
  } else if (d->has_facts && !usual) {
    co_draft_key(&d->text, "clip", "none");
  } else {
    co_draft_key_numbers(&d->text, "clip", wide, 2);
  }
}

// Values of a fact for the part's actions: one for all, or those of its places.
static void put_fact(co_drafting *d, const char *key, const co_fact_numbers *fact, const part *p) {
  double value[CO_DRAFT_ITEMS];
  if (!fact->count) return;
  if (fact->count == 1) {
    co_draft_key_numbers(&d->text, key, fact->value, 1);
    return;
  }
  for (int i = 0; i < p->count; i++) value[i] = fact->value[p->index[i]];
  co_draft_key_numbers(&d->text, key, value, p->count);
}

static void put_scale(co_drafting *d, const part *p, double usual) {
  if (d->facts->action_scale.count)
    put_fact(d, "scale", &d->facts->action_scale, p);
  else if (usual > 0)
    co_draft_key_number(&d->text, "scale", usual);
}

// What the action term adds to the default pose, on which targets stand; the facts' offset is the
// whole of it.
static void put_offset(co_drafting *d, const part *p) {
  const co_fact_numbers *offset = &d->facts->action_offset;
  double value[CO_DRAFT_ITEMS];
  bool any = false;
  for (int i = 0; i < p->count && offset->count; i++) {
    double whole = offset->value[offset->count == 1 ? 0 : p->index[i]];
    double pose = co_draft_pose_of(d, p->joint[i]);
    bool same = fabs(whole - pose) <= 1e-9 * fmax(fabs(whole), fabs(pose));
    value[i] = same ? 0 : whole - pose;
    any = any || !same;
  }
  if (any) co_draft_key_numbers(&d->text, "offset", value, p->count);
}

// What is stated of a law, else of the servos that the policy was trained with.
static const co_fact_numbers *stated_kp(const co_facts *facts) {
  return facts->kp.count ? &facts->kp : &facts->servo_kp;
}

static const co_fact_numbers *stated_kd(const co_facts *facts) {
  return facts->kd.count ? &facts->kd : &facts->servo_kd;
}

static void put_gains(co_drafting *d, const part *p) {
  double kp[CO_DRAFT_ITEMS], kd[CO_DRAFT_ITEMS], limit[CO_DRAFT_ITEMS];
  bool limited = true;
  for (int i = 0; i < p->count; i++) {
    guess_gains(d, p->joint[i], &kp[i], &kd[i]);
    limit[i] = p->joint[i]->effort;
    limited = limited && isfinite(limit[i]);
  }
  const co_facts *facts = d->facts;
  if (stated_kp(facts)->count)
    put_fact(d, "kp", stated_kp(facts), p);
  else
    co_draft_key_numbers(&d->text, "kp", kp, p->count);
  if (stated_kd(facts)->count)
    put_fact(d, "kd", stated_kd(facts), p);
  else
    co_draft_key_numbers(&d->text, "kd", kd, p->count);
  if (facts->torque_limit.count)
    put_fact(d, "torque_limit", &facts->torque_limit, p);
  else if (!d->has_facts && limited)
    co_draft_key_numbers(&d->text, "torque_limit", limit, p->count);
}

static void tell_of_scale(co_drafting *d, const char *what) {
  if (d->facts->action_scale.count) {
    co_draft_stated(d, "action.scale");
  } else {
    co_draft_unsure(d, 4, "action.scale", "not stated: %s per unit of the policy's output", what);
  }
}

static void tell_of_gains(co_drafting *d) {
  if (stated_kp(d->facts)->count && stated_kd(d->facts)->count) {
    co_draft_stated(d, "action.kp");
    co_draft_stated(d, "action.kd");
  } else {
    co_draft_unsure(d, 4, "action.kp",
                    "gains are not stated: kp from the joints' efforts and inertias, kd a fortieth "
                    "of it or what the time step bears; take those of the robot's driver");
  }
}

static void put_target(co_drafting *d, const control *all, int count, const part *p,
                       const char *term) {
  if (!p->count) return;
  bool pd = strcmp(term, "pd") == 0, slides = p->joint[0]->slide;
  co_draft_open(&d->text, NULL);
  tell_of_scale(d, slides ? "0.1 m" : d->walks ? "0.25 rad" : "0.5 rad");
  if (pd) tell_of_gains(d);
  co_draft_key(&d->text, "term", term);
  put_names(d, all, count, p);
  put_scale(d, p, slides ? 0.1 : d->walks ? 0.25 : 0.5);
  if (strcmp(term, "increment") == 0)
    put_fact(d, "offset", &d->facts->action_offset, p);
  else
    put_offset(d, p);
  put_clip(d, &d->facts->action_clip, false);
  if (pd) put_gains(d, p);
  co_draft_close(&d->text);
}

static void put_ctrl(co_drafting *d, const control *all, int count, const part *p) {
  static const double unit[] = {-1, 1};
  if (!p->count) return;
  co_draft_open(&d->text, NULL);
  if (!d->has_facts && !p->bounded)
    co_draft_unsure(d, 4, "action.clip", "no range of these controls is stated: -1 to 1");
  co_draft_key(&d->text, "term", "ctrl");
  put_names(d, all, count, p);
  if (d->has_facts) {
    put_scale(d, p, 0);
    put_fact(d, "offset", &d->facts->action_offset, p);
    put_clip(d, &d->facts->action_clip, false);
  } else if (!p->bounded) {
    co_draft_key_numbers(&d->text, "clip", unit, 2);
  }
  co_draft_close(&d->text);
}

static co_status make_part(const co_drafting *d, int most, part *out) {
  co_arena *memory = &d->out->memory;
  *out = (part){.name = co_arena_alloc(memory, (size_t)most, sizeof *out->name),
                .joint = co_arena_alloc(memory, (size_t)most, sizeof *out->joint),
                .index = co_arena_alloc(memory, (size_t)most, sizeof *out->index),
                .bounded = true};
  return co_arena_status(memory);
}

static void add_to(part *p, const control *c, int index) {
  p->name[p->count] = c->name;
  p->joint[p->count] = c->joint;
  p->index[p->count++] = index;
  p->bounded = p->bounded && isfinite(c->low) && isfinite(c->high);
}

// ---- by the facts

// The term that a kind in the words of facts stands for; NULL: none.
static const char *term_of_kind(const char *kind) {
  if (strstr(kind, "increment")) return "increment";
  if (strstr(kind, "pd") || strstr(kind, "torque")) return "pd";
  if (strstr(kind, "position")) return "position";
  return strstr(kind, "ctrl") ? "ctrl" : NULL;
}

static co_status check_lists(const co_drafting *d, int count) {
  const co_facts *f = d->facts;
  const struct {
    const char *name;
    const co_fact_numbers *list;
  } lists[] = {{"action.scale", &f->action_scale},
               {"action.offset", &f->action_offset},
               {"action.kp", &f->kp},
               {"action.kd", &f->kd},
               {"action.torque_limit", &f->torque_limit},
               {"gains.kp", &f->servo_kp},
               {"gains.kd_actuator", &f->servo_kd}};
  if (count > CO_DRAFT_ITEMS)
    return co_fail(CO_DATA, "%s: %d actions, at most %d", d->robot->file, count, CO_DRAFT_ITEMS);
  for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
    int have = lists[i].list->count;
    if (have <= 1 || have == count) continue;
    return co_fail(CO_DATA, "%s: %s: %d numbers for %d actions", lists[i].list->at.place,
                   lists[i].name, have, count);
  }
  if (!isnan(f->act_dim.value) && f->act_dim.at.stated && (int)f->act_dim.value != count)
    return co_fail(CO_DATA, "%s: the policy has %d outputs, %d actuators are named",
                   f->act_dim.at.place, (int)f->act_dim.value, count);
  return CO_OK;
}

static co_status check_drive(const co_drafting *d, const control *c, const char *term) {
  bool servo = strcmp(term, "pd") != 0;
  if (strcmp(term, "ctrl") == 0 || c->drive == (servo ? CO_ROBOT_SERVO : CO_ROBOT_MOTOR))
    return CO_OK;
  return co_fail(CO_DATA, "%s: \"%s\" needs %s, and \"%s\" of %s is none",
                 d->facts->action_kind.at.place, d->facts->action_kind.value,
                 servo ? "position servos" : "motors", c->name, d->robot->file);
}

// Targets are followed by what the model has: a law where it has motors, and its servos where only
// gains told that there was a law.
static const char *term_of_model(co_drafting *d, const char *term, co_robot_drive drive) {
  if (strcmp(term, "position") == 0 && drive == CO_ROBOT_MOTOR) {
    co_draft_unsure(
        d, 2, "action",
        "the facts speak of position targets, %s has motors: a torque that follows them",
        d->robot->file);
    return "pd";
  }
  bool inferred = d->facts->action_kind.at.from == CO_FROM_INFERRED;
  if (strcmp(term, "pd") != 0 || drive != CO_ROBOT_SERVO || !inferred) return term;
  co_draft_unsure(d, 2, "action",
                  "the facts state gains, and %s has servos: these follow the targets, with gains "
                  "that import compares",
                  d->robot->file);
  return "position";
}

static co_status act_as_stated(co_drafting *d, const control *all, int count) {
  const co_fact_text *kind = &d->facts->action_kind;
  const char *term = term_of_kind(kind->value);
  part p;
  if (!term)
    return co_fail(CO_DATA, "%s: no action of a task is a \"%s\"", kind->at.place, kind->value);
  CO_TRY(make_part(d, count, &p));
  term = term_of_model(d, term, all[0].drive);
  for (int i = 0; i < count; i++) {
    CO_TRY(check_drive(d, &all[i], term));
    add_to(&p, &all[i], i);
  }
  co_draft_stated(d, "action");
  co_draft_begin(&d->text, "action");
  if (strcmp(term, "ctrl") == 0)
    put_ctrl(d, all, count, &p);
  else
    put_target(d, all, count, &p, term);
  co_draft_end(&d->text);
  return CO_OK;
}

// ---- by the model

// Whether another servo drives this one's joint already: one term to a joint is enough.
static bool is_second(const control *all, int count, int index) {
  const co_robot_joint *joint = all[index].joint;
  for (int i = 0; joint && i < count; i++) {
    if (i == index || all[i].joint != joint || all[i].drive != CO_ROBOT_SERVO) continue;
    if (i < index || all[index].drive != CO_ROBOT_SERVO) return true;
  }
  return false;
}

static bool is_wheel(const co_drafting *d, const co_robot_joint *joint) {
  for (int i = 0; joint && i < d->num_wheels; i++)
    if (strcmp(d->wheel[i], joint->name) == 0) return true;
  return false;
}

static void put_hand(co_drafting *d) {
  if (!d->robot->hand) return;
  co_draft_open(&d->text, NULL);
  co_draft_unsure(d, 4, "action", "\"%s\" is placed by hand and drags the robot: by 5 cm at most",
                  d->robot->hand);
  co_draft_key(&d->text, "term", "mocap_increment");
  co_draft_key_names(&d->text, "of", "mocap_pos", &d->robot->hand, 1, ".*");
  co_draft_key_number(&d->text, "scale", 0.05);
  co_draft_close(&d->text);
}

static co_status act_as_usual(co_drafting *d, const control *all, int count) {
  part servo, motor, other;
  bool whole = d->robot->tied == CO_ROBOT_RIDES || !d->num_joints;
  CO_TRY(make_part(d, count, &servo));
  CO_TRY(make_part(d, count, &motor));
  CO_TRY(make_part(d, count, &other));
  for (int i = 0, index = 0; i < count; i++) {
    if (is_second(all, count, i)) continue;
    bool plain = all[i].joint && !is_wheel(d, all[i].joint) && !whole;
    part *to = plain && all[i].drive == CO_ROBOT_SERVO   ? &servo
               : plain && all[i].drive == CO_ROBOT_MOTOR ? &motor
                                                         : &other;
    add_to(to, &all[i], index++);
  }
  if (!lacks_drives(d->robot)) co_draft_stated(d, "action");
  co_draft_begin(&d->text, "action");
  put_target(d, all, count, &servo, "position");
  put_target(d, all, count, &motor, "pd");
  put_ctrl(d, all, count, &other);
  put_hand(d);
  co_draft_end(&d->text);
  d->num_actions = servo.count + motor.count + other.count;
  return CO_OK;
}

co_status co_draft_act(co_drafting *d) {
  control *all;
  int count;
  CO_TRY(take_controls(d, &all, &count));
  if (!count && !d->robot->hand)
    return co_fail(CO_DATA, "%s: has no actuators, and no joints to drive", d->robot->file);
  CO_TRY(check_lists(d, count));
  d->num_actions = count;
  if (d->facts->action_kind.value) return act_as_stated(d, all, count);
  return act_as_usual(d, all, count);
}
