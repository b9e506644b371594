// Facts that elements depend on: joints, frames, clocks, drives.

#include "agents/contract/private/config.h"
#include "agents/contract/private/differ.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

// ---- joints

// Axes are unit vectors: 1 the same way, -1 the other way.
static double alignment(const double a[3], const double b[3]) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

bool co_differ_axis(const co_differ *d, const char *joint, double *cosine) {
  int i = co_find_joint(d->a, joint), j = co_find_joint(d->b, joint);
  if (i < 0 || j < 0) return false;
  *cosine = alignment(d->a->joint[i].axis, d->b->joint[j].axis);
  return true;
}

static bool is_aligned(double cosine) {
  return fabs(cosine) >= 1 - 1e-12;
}

// Whether some element has told that the joint turns the other way.
static bool is_told(const co_differ *d, int joint) {
  for (int i = 0; i < d->out->count; i++) {
    const co_difference *found = &d->out->difference[i];
    if (found->kind == CO_DIFF_SIGN &&
        co_element_turn(d->a, found->element) == d->a->num_pose + joint)
      return true;
  }
  return false;
}

// An axis that is turned about by half is told by the elements that count along it, unless they
// undo it or there are none.
static void compare_axis(co_differ *d, int joint) {
  const co_joint_info *a = &d->a->joint[joint];
  int j = co_find_joint(d->b, a->name);
  double cosine;
  if (j < 0 || !co_differ_axis(d, a->name, &cosine) || (is_aligned(cosine) && cosine > 0)) return;
  bool turned = is_aligned(cosine);
  if (turned && is_told(d, joint)) return;
  co_difference *found =
      co_differ_add(d, turned ? CO_DIFF_SIGN : CO_DIFF_FRAME, a->name, co_json_numbers(a->axis, 3),
                    co_json_numbers(d->b->joint[j].axis, 3), "joints.%s.axis", a->name);
  if (found) found->changes_meaning = !turned;
}

void co_differ_joints(co_differ *d) {
  if (!co_differ_both(d, "joints", d->a->joint, d->b->joint)) return;
  for (int i = 0; i < d->a->num_joints; i++) compare_axis(d, i);
}

// ---- frames

static const co_frame_info *find_frame(const co_contract *contract, const char *name) {
  for (int i = 0; i < contract->num_frames; i++)
    if (strcmp(contract->frame[i].name, name) == 0) return &contract->frame[i];
  return NULL;
}

static bool starts(const char *text, const char *with) {
  return strncmp(text, with, strlen(with)) == 0;
}

// Whether an element changes when what it is seen from, or what it is of, is moved or turned. All
// points of a body turn alike and see gravity alike.
static bool depends(const co_obs_element *element, const char *frame, bool turned) {
  bool own = strcmp(element->frame, frame) == 0;
  bool site = strcmp(element->term, "sensor") == 0 || starts(element->term, "site_");
  bool rotation = strcmp(element->term, "gravity") == 0 || strcmp(element->term, "euler") == 0 ||
                  strcmp(element->term, "site_mat") == 0 ||
                  starts(element->quantity, "angular_velocity") ||
                  starts(element->quantity, "orientation");
  bool place = strcmp(element->term, "site_pos") == 0 || starts(element->quantity, "position");
  return (own || site) && (turned ? !place : !rotation);
}

static bool matters(const co_contract *contract, const char *frame, bool turned) {
  for (int i = 0; i < contract->num_obs; i++)
    if (depends(&contract->obs[i], frame, turned)) return true;
  return false;
}

static void add_pose(co_differ *d, const char *name, const char *key, const double *a,
                     const double *b, int count) {
  co_difference *found = co_differ_add(d, CO_DIFF_FRAME, name, co_json_numbers(a, count),
                                       co_json_numbers(b, count), "frames.%s.%s", name, key);
  if (found) found->changes_meaning = matters(d->a, name, count == 4);
}

static void compare_frame(co_differ *d, const co_frame_info *a, const co_frame_info *b) {
  char path[CO_NAME + 16];
  snprintf(path, sizeof path, "frames.%s.body", a->name);
  co_differ_texts(d, CO_DIFF_FRAME, a->name, a->body, b->body, path);
  double apart = 0, same = 0;
  for (int k = 0; k < 3; k++) apart = fmax(apart, fabs(a->pos[k] - b->pos[k]));
  for (int k = 0; k < 4; k++) same += a->quat[k] * b->quat[k];  // q and -q turn alike
  snprintf(path, sizeof path, "frames.%s", a->name);
  double widened = co_differ_resolution(d, path);
  if (apart > 1e-9 + widened) add_pose(d, a->name, "pos", a->pos, b->pos, 3);
  if (fabs(same) < 1 - 1e-12 - widened) add_pose(d, a->name, "quat", a->quat, b->quat, 4);
}

void co_differ_frames(co_differ *d) {
  if (!co_differ_both(d, "frames", d->a->frame, d->b->frame)) return;
  for (int i = 0; i < d->a->num_frames; i++) {
    const co_frame_info *b = find_frame(d->b, d->a->frame[i].name);
    if (b) compare_frame(d, &d->a->frame[i], b);
  }
}

// ---- clocks

static void compare_angles(co_differ *d, const co_clock_info *clock, const char *key,
                           const double *a, int num_a, const double *b, int num_b) {
  bool same = num_a == num_b;
  for (int i = 0; same && i < num_a; i++) same = co_is_close(a[i], b[i], 1);
  if (same) return;
  co_differ_add(d, CO_DIFF_OFFSET, clock->name, co_json_numbers(a, num_a),
                co_json_numbers(b, num_b), "clocks.%s.%s", clock->name, key);
}

// The term with all of its clock mends it.
static char *clock_config(const co_differ *d, const co_clock_info *clock) {
  size_t length = strlen(clock->name);
  for (int i = 0; i < d->a->num_obs; i++) {
    const co_obs_element *element = &d->a->obs[i];
    if (strncmp(element->name, clock->name, length) == 0 && element->name[length] == '/')
      return co_config_obs(d->a, d->b, d->flipped, co_obs_run(d->a, i));
  }
  return NULL;
}

static void compare_clock(co_differ *d, const co_clock_info *a, const co_clock_info *b) {
  int first = d->out->count;
  char path[CO_NAME + 16];
#define PATH(key) (snprintf(path, sizeof path, "clocks.%s." key, a->name), path)
  co_differ_numbers(d, CO_DIFF_SCALE, a->name, a->period, b->period, PATH("period"));
  compare_angles(d, a, "angle", a->angle, a->num_angles, b->angle, b->num_angles);
  co_differ_numbers(d, CO_DIFF_SCALE, a->name, a->gain, b->gain, PATH("gain"));
  co_differ_numbers(d, CO_DIFF_SCALE, a->name, a->most, b->most, PATH("most"));
  co_differ_numbers(d, CO_DIFF_SCALE, a->name, a->stop, b->stop, PATH("stop"));
  compare_angles(d, a, "rest", a->rest, a->num_rest, b->rest, b->num_rest);
  co_differ_texts(d, CO_DIFF_NAME, a->name, a->of, b->of, PATH("of"));
#undef PATH
  if (d->out->count > first) co_differ_config(d, first, clock_config(d, a));
}

// A clock that only one side has shows in its elements.
void co_differ_clocks(co_differ *d) {
  if (!co_differ_both(d, "clocks", d->a->clock, d->b->clock)) return;
  for (int i = 0; i < d->a->num_clocks; i++) {
    for (int j = 0; j < d->b->num_clocks; j++) {
      if (strcmp(d->a->clock[i].name, d->b->clock[j].name) == 0)
        compare_clock(d, &d->a->clock[i], &d->b->clock[j]);
    }
  }
}

// ---- drives

// What is commanded by an action of 1: of a control that an action scales.
static bool same_command(const co_action_element *a, const co_action_element *b, double turn,
                         bool sized) {
  const co_drive_info *x = &a->drive, *y = &b->drive;
  for (int shifted = 0; shifted < 2; shifted++) {
    double of_a = a->scale * (shifted ? x->shifted[0] : x->unit);
    double of_b = turn * b->scale * (shifted ? y->shifted[0] : y->unit);
    if (sized ? co_is_close(fabs(of_a), fabs(of_b), 0) : of_a * of_b > 0) return true;
  }
  return false;
}

// Gear where that is what differs.
static void add_unit(co_differ *d, co_difference_kind kind, int index, const co_action_element *a,
                     const co_action_element *b, bool changes_meaning) {
  bool gear = a->drive.gear != b->drive.gear && !isnan(a->drive.gear) && !isnan(b->drive.gear);
  co_difference *found =
      co_differ_add(d, kind, a->name, co_json_number(gear ? a->drive.gear : a->drive.unit),
                    co_json_number(gear ? b->drive.gear : b->drive.unit), "action.%d.drive.%s",
                    index, gear ? "gear" : "unit");
  if (found) found->changes_meaning = changes_meaning;
}

static void compare_unit(co_differ *d, int index, const co_action_element *a,
                         const co_action_element *b, double turn, int first) {
  double x = a->drive.unit, y = b->drive.unit;
  if (isnan(x) || isnan(y)) return;
  bool same_way = same_command(a, b, turn, false), same_size = same_command(a, b, turn, true);
  for (int i = first; i < d->out->count; i++) {  // what undoes the drive's difference
    co_difference *found = &d->out->difference[i];
    if (found->kind == CO_DIFF_SIGN && same_way) found->changes_meaning = false;
    if (found->kind == CO_DIFF_SCALE && same_size) found->changes_meaning = false;
  }
  if (x * y < 0) add_unit(d, CO_DIFF_SIGN, index, a, b, !same_way);
  if (co_is_close(fabs(x), fabs(y), 0)) return;
  int at = d->out->count;
  bool servo = !isnan(a->drive.kp);
  add_unit(d, CO_DIFF_GAIN, index, a, b, !same_size);
  co_differ_config(d, at,
                   co_config_factor(servo ? "actuator.target" : "actuator.gear", a, fabs(x / y)));
}

// Stiffness or damping that the model's servo has at the joint, unless the domain makes up for it.
static void compare_servo(co_differ *d, int index, const co_action_element *a,
                          const co_action_element *b, bool damping) {
  const co_drive_info *x = &a->drive, *y = &b->drive;
  double of_a = damping ? x->kv : x->kp, of_b = damping ? y->kv : y->kp;
  double now_a = x->shifted[damping ? 2 : 1], now_b = y->shifted[damping ? 2 : 1];
  char path[64];
  int at = d->out->count;
  snprintf(path, sizeof path, "action.%d.drive.%s", index, damping ? "kv" : "kp");
  co_difference *found = co_differ_numbers(d, CO_DIFF_GAIN, a->name, of_a, of_b, path);
  if (!found) return;
  if (co_is_close(now_a, now_b, 0)) found->changes_meaning = false;
  co_differ_config(d, at,
                   co_config_factor(damping ? "actuator.kv" : "actuator.kp", a, of_a / of_b));
}

void co_differ_drive(co_differ *d, int index, const co_action_element *a,
                     const co_action_element *b, double turn, int first) {
  if (!co_differ_both(d, "drive", *a->drive.kind ? a : NULL, *b->drive.kind ? b : NULL)) return;
  bool plain = strcmp(a->kind, "ctrl") == 0 && strcmp(b->kind, "ctrl") == 0;
  char path[64];
  snprintf(path, sizeof path, "action.%d.drive.kind", index);
  co_difference *kind =
      strcmp(a->kind, b->kind) == 0
          ? co_differ_texts(d, CO_DIFF_ACTION_KIND, a->name, a->drive.kind, b->drive.kind, path)
          : NULL;
  if (kind || strcmp(a->drive.kind, b->drive.kind) != 0) return;
  if (plain) compare_unit(d, index, a, b, turn, first);
  compare_servo(d, index, a, b, false);
  compare_servo(d, index, a, b, true);
}

// ---- targets: what follows them

// A gain by which a target is followed, at the joint.
typedef struct gain {
  double value;  // NAN: unknown
  char path[64];
  const co_provenance *fact;  // NULL: the contract's own origin
  bool untold;                // nobody said it
} gain;

static gain gain_of(const co_contract *contract, const char *place,
                    const co_action_element *element, bool damping) {
  bool servo = strcmp(element->kind, "position") == 0;
  const co_drive_info *drive = &element->drive;
  gain out;
  if (servo) {
    out.value = !*drive->kind ? (double)NAN : damping ? drive->kv : drive->kp;
  } else {
    out.value = damping ? element->kd : element->kp;
  }
  snprintf(out.path, sizeof out.path, "%.31s%s%s", place, servo ? "drive." : "",
           !damping ? "kp"
           : servo  ? "kv"
                    : "kd");
  out.fact = co_contract_provenance(contract, out.path);
  co_origin from = out.fact ? out.fact->from : contract->origin;
  out.untold = !isfinite(out.value) && from == CO_FROM_UNKNOWN;
  return out;
}

bool co_differ_follows(const co_differ *d, const co_action_element *a, const co_action_element *b) {
  gain x = gain_of(d->a, d->place_a, a, false), y = gain_of(d->b, d->place_b, b, false);
  return (isfinite(x.value) || x.untold) && (isfinite(y.value) || y.untold);
}

static void compare_gain(co_differ *d, const co_action_element *a, const co_action_element *b,
                         bool damping) {
  gain x = gain_of(d->a, d->place_a, a, damping), y = gain_of(d->b, d->place_b, b, damping);
  if (isnan(x.value) && isnan(y.value)) return;
  if (x.untold || y.untold) {
    co_differ_both(d, x.path, x.untold ? NULL : a, y.untold ? NULL : b);
    return;
  }
  double widened = (x.fact ? x.fact->resolution : 0) + (y.fact ? y.fact->resolution : 0);
  if (fabs(x.value - y.value) <= widened || co_is_close(x.value, y.value, 0)) return;
  co_differ_add(d, CO_DIFF_GAIN, a->name, co_json_number(x.value), co_json_number(y.value), "%s",
                x.path);
}

void co_differ_laws(co_differ *d, const co_action_element *a, const co_action_element *b) {
  compare_gain(d, a, b, false);
  compare_gain(d, a, b, true);
}
