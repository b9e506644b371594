// Reward terms. Most measure a number of the present state; what they return is that number, its
// value before the step, or its change over the step.

#include "core/number.h"
#include "envs/physics/trig.h"
#include "envs/task/terms/space.h"

#include <assert.h>
#include <string.h>

// ---- one measure, four uses: now, before the step, gained, lost

static bool is_before(const co_term *term) {
  return term->def->when && strcmp(term->def->when, "before") == 0;
}

static void keep(const co_term *term, const co_moment *moment, double *state) {
  assert(term->states == 1);
  *state = term->class->measure(term, moment);
}

static double measured(const co_term *term, const co_moment *moment, const double *state) {
  return is_before(term) ? *state : term->class->measure(term, moment);
}

static double increase(const co_term *term, const co_moment *moment, const double *state) {
  return (term->class->measure(term, moment) - *state) / moment->dt;
}

static double decrease(const co_term *term, const co_moment *moment, const double *state) {
  return (*state - term->class->measure(term, moment)) / moment->dt;
}

// ---- state

static void bind_one(co_term *term, const co_term_binder *binder) {
  if (term->refs == 1) return;
  co_schema_error(binder->errors, binder->node, "of", "\"%s\" takes one element, not %d",
                  term->class->name, term->refs);
}

// What `velocity` and `target_speed` take the change of.
static double coordinate(const co_term *term, const co_moment *moment) {
  assert(term->refs == 1);
  return co_ref_value(moment->physics, term->ref[0]);
}

// `of` is an axis here, no element.
static void bind_center(co_term *term, const co_term_binder *binder) {
  const char *of = term->def->of;
  if (strlen(of) != 1 || !strchr("xyz", *of)) {
    co_schema_error(binder->errors, binder->node, "of", "\"%s\" is no axis; allowed: x, y, z", of);
  }
  if (!binder->model->engine->mass_center) {
    co_schema_error(binder->errors, binder->node, "term", "engine \"%s\" has no centre of mass",
                    binder->model->engine->name);
  }
}

static double center(const co_term *term, const co_moment *moment) {
  double place[3];
  assert(moment->physics->model->engine->mass_center);
  moment->physics->model->engine->mass_center(moment->physics, place);
  return place[term->def->of[0] - 'x'];
}

static double weighted_sum(const co_term *term, const co_moment *moment) {
  double sum = 0.0;
  for (int i = 0; i < term->refs; i++) {
    sum += co_floats_at(&term->def->scale, i, 1.0) * co_ref_value(moment->physics, term->ref[i]);
  }
  return sum;
}

// NaN stays: a step that gives it is a fault.
// Of differences from `value`, after `clip`, times `scale`; at most `max`.
static double weighted_squares(const co_term *term, const co_moment *moment) {
  const co_term_def *def = term->def;
  double sum = 0.0;
  for (int i = 0; i < term->refs; i++) {
    double x = co_ref_value(moment->physics, term->ref[i]);
    if (def->clip.count) x = co_clamp(x, def->clip.value[0], def->clip.value[1]);
    x = co_floats_at(&def->scale, i, 1.0) * (x - co_floats_at(&def->value, i, 0.0));
    sum += x * x;
  }
  return sum > def->max ? def->max : sum;  // false when there is no max
}

// A joint that has turned fully round costs nothing.
static double angle_squares(const co_term *term, const co_moment *moment) {
  double sum = 0.0;
  for (int i = 0; i < term->refs; i++) {
    double angle = co_wrap(co_ref_value(moment->physics, term->ref[i]));
    sum += angle * angle;
  }
  return sum;
}

static double rate_squares(const co_term *term, const co_moment *moment) {
  double sum = 0.0;
  for (int i = 0; i < term->refs; i++) {
    double rate = co_ref_value(moment->physics, term->ref[i]);
    sum += rate * rate;
  }
  return sum;
}

// A joint that the compilation lacks is at no angle, so it costs nothing.
static double pose_squares(const co_term *term, const co_moment *moment) {
  double sum = 0.0;
  for (int i = 0; i < term->refs; i++) {
    if (term->ref[i].at < 0) continue;
    double angle = co_ref_value(moment->physics, term->ref[i]) - moment->pose[term->ref[i].index];
    sum += angle * angle;
  }
  return sum;
}

// Four terms of one distance, see co_points_bind.
static double distance(const co_term *term, const co_moment *moment) {
  return co_points_distance(term, moment->physics);
}

static double closeness(const co_term *term, const co_moment *moment) {
  return exp(-distance(term, moment) / term->def->sigma);
}

static double reached(const co_term *term, const co_moment *moment) {
  return distance(term, moment) < term->def->radius ? 1.0 : 0.0;
}

// Joint torques have the indices of joint velocities. Unlike actuator forces they include the
// gear, and a tendon's pull counts at each of its joints. Unless the task observes "fresh", torques
// are those of the last physics step, velocities those after it.
static double power(const co_term *term, const co_moment *moment) {
  const co_model *model = moment->physics->model;
  double sum = 0.0;
  for (int i = 0; i < term->refs; i++) {
    int index = term->ref[i].index;
    co_ref rate = {CO_QVEL, index, co_model_at(model, CO_QVEL, index)};
    sum += fabs(co_ref_value(moment->physics, term->ref[i]) * co_ref_value(moment->physics, rate));
  }
  return sum;
}

// ---- episode and action

// Terminations are judged before rewards, success before both.
static double one_while_alive(const co_term *term, const co_moment *moment, const double *state) {
  (void)term, (void)state;
  return moment->terminated ? 0.0 : 1.0;
}

static double one_on_success(const co_term *term, const co_moment *moment, const double *state) {
  (void)term, (void)state;
  return moment->success ? 1.0 : 0.0;
}

static double action_square(const co_term *term, const co_moment *moment, const double *state) {
  (void)state;
  bool clipped = term->def->action && strcmp(term->def->action, "clipped") == 0;
  const double *action = clipped ? moment->clipped : moment->action;
  double sum = 0.0;
  for (int i = 0; i < moment->act_dim; i++) sum += action[i] * action[i];
  return sum;
}

// What the policy gave, clipped or not; at the first step, from 0.
static double action_rate(const co_term *term, const co_moment *moment, const double *state) {
  (void)term, (void)state;
  double sum = 0.0;
  for (int i = 0; i < moment->act_dim; i++) {
    double change = moment->action[i] - moment->previous[i];
    sum += change * change;
  }
  return sum;
}

// ---- frames and commands

static void bind_frame(co_term *term, const co_term_binder *binder) {
  co_frame *frame = co_term_alloc(binder, 1, sizeof *frame);
  term->data = frame;
  if (frame) co_frame_bind(term, binder, frame);
}

// The square of the sine of the lean.
static double gravity_square(const co_term *term, const co_moment *moment) {
  double gravity[3];
  co_frame_gravity(term->data, moment->physics, gravity);
  return gravity[0] * gravity[0] + gravity[1] * gravity[1];
}

// What a tracking term follows: the velocity of a frame, and up to two commands.
typedef struct tracking {
  co_frame frame;
  int command[2];  // indices
} tracking;

// Commands are found by name, so their order in the task file is free.
static void bind_tracking(co_term *term, const co_term_binder *binder, const char *const *name,
                          int count) {
  tracking *track = co_term_alloc(binder, 1, sizeof *track);
  term->data = track;
  if (!track || !co_frame_bind_moving(term, binder, &track->frame)) return;
  if (!binder->command && binder->num_commands) return;  // wrong and reported
  for (int i = 0; i < count; i++) {
    int at = 0;
    while (at < binder->num_commands && strcmp(binder->command[at].name, name[i]) != 0) at++;
    track->command[i] = at;
    if (at < binder->num_commands) continue;
    co_schema_error(binder->errors, binder->node, "term", "\"%s\" needs a command named \"%s\"",
                    term->class->name, name[i]);
  }
}

static void bind_track_linear(co_term *term, const co_term_binder *binder) {
  bind_tracking(term, binder, (const char *const[]){"vx", "vy"}, 2);
}

static void bind_track_yaw(co_term *term, const co_term_binder *binder) {
  bind_tracking(term, binder, (const char *const[]){"yaw"}, 1);
}

// Rudin et al. 2021, "Learning to walk in minutes": sigma here is the root of theirs.
static double kernel(const co_term *term, double square) {
  assert(term->def->sigma > 0);
  return exp(-square / (term->def->sigma * term->def->sigma));
}

static double track_linear(const co_term *term, const co_moment *moment) {
  const tracking *track = term->data;
  double velocity[6];
  co_frame_velocity(&track->frame, moment->physics, velocity);
  double x = velocity[3] - moment->command[track->command[0]];
  double y = velocity[4] - moment->command[track->command[1]];
  return kernel(term, x * x + y * y);
}

static double track_yaw(const co_term *term, const co_moment *moment) {
  const tracking *track = term->data;
  double velocity[6];
  co_frame_velocity(&track->frame, moment->physics, velocity);
  double yaw = velocity[2] - moment->command[track->command[0]];
  return kernel(term, yaw * yaw);
}

static double target_speed(const co_term *term, const co_moment *moment, const double *state) {
  double off = increase(term, moment, state) - co_floats_at(&term->def->value, 0, NAN);
  return kernel(term, off * off);
}

// Places of which a finite difference is a velocity; every quantity; keys of a distance.
#define MOVING (CO_BIT(CO_QPOS) | CO_BIT(CO_BODY_POS) | CO_BIT(CO_SITE_POS))
#define ANY (CO_BIT(CO_NUM_ELEMENTS) - CO_BIT(CO_FIRST_QUANTITY))
#define BETWEEN "name weight of to value order"

const co_term_class co_reward_terms[] = {
    {CO_TERM_REWARD, "velocity", "name of weight", "of", MOVING, .state = 1,
     .doc = "change of one coordinate over the control step, divided by its duration",
     .bind = bind_one, .before = keep, .reward = increase, .measure = coordinate,
     .speed = increase},
    {CO_TERM_REWARD, "center_velocity", "name of weight", "of", .state = 1, .unit = "m/s",
     .doc =
         "change of the centre of mass of all bodies along `of` (\"x\", \"y\" or \"z\") over the "
         "control step, divided by its duration",
     .bind = bind_center, .before = keep, .reward = increase, .measure = center, .speed = increase},
    {CO_TERM_REWARD, "target_speed", "name of weight value sigma", "of value sigma",
     CO_BIT(CO_QPOS) | CO_BIT(CO_BODY_POS), .state = 1, .unit = "1",
     .doc = "exp(-(v - value)^2 / sigma^2) of the velocity of one coordinate", .bind = bind_one,
     .before = keep, .reward = target_speed, .measure = coordinate, .speed = increase},
    {CO_TERM_REWARD, "alive", "name weight", "", .unit = "1",
     .doc = "1 for every step that does not terminate the episode", .reward = one_while_alive},
    {CO_TERM_REWARD, "success", "name weight", "", .unit = "1",
     .doc = "1 for every step at which a success term holds", .reward = one_on_success},
    {CO_TERM_REWARD, "action_square", "name weight action", "", .unit = "1",
     .doc = "sum of squares of the action, raw (as the policy gave it) or clipped to its bounds",
     .reward = action_square},
    {CO_TERM_REWARD, "action_rate", "name weight", "", .unit = "1",
     .doc = "sum of squares of the action minus that of the step before, as the policy gave them",
     .reward = action_rate},
    {CO_TERM_REWARD, "angle_square", "name of weight when", "of", CO_BIT(CO_QPOS), .state = 1,
     .unit = "rad^2",
     .doc = "sum of squares of angles brought to [-pi, pi), after or before the control step",
     .before = keep, .reward = measured, .measure = angle_squares},
    {CO_TERM_REWARD, "rate_square", "name of weight when", "of", CO_BIT(CO_QVEL), .state = 1,
     .doc = "sum of squares of velocities, after or before the control step", .before = keep,
     .reward = measured, .measure = rate_squares},
    {CO_TERM_REWARD, "square", "name of weight clip value scale max order", "of", ANY,
     .doc = "sum of (scale * (x - value))^2, each x first brought within clip; at most max",
     .reward = measured, .measure = weighted_squares},
    {CO_TERM_REWARD, "value", "name of weight scale when order", "of", ANY, .state = 1,
     .doc = "sum of scale * x, after or before the control step", .before = keep,
     .reward = measured, .measure = weighted_sum},
    {CO_TERM_REWARD, "pose_square", "name of weight", "of", CO_BIT(CO_QPOS),
     .doc = "sum of squares of positions minus those of the default pose", .reward = measured,
     .measure = pose_squares},
    {CO_TERM_REWARD, "distance", BETWEEN " when", "of", CO_POINTS, CO_POINTS, .state = 1,
     .unit = "m",
     .doc = "distance from `of` to `to` or the point `value`, after or before the step",
     .bind = co_points_bind, .before = keep, .reward = measured, .measure = distance},
    {CO_TERM_REWARD, "progress", BETWEEN, "of", CO_POINTS, CO_POINTS, .state = 1, .unit = "m/s",
     .doc =
         "decrease of the distance from `of` to `to` or the point `value` over the control step, "
         "divided by its duration",
     .bind = co_points_bind, .before = keep, .reward = decrease, .measure = distance},
    {CO_TERM_REWARD, "closeness", BETWEEN " sigma", "of sigma", CO_POINTS, CO_POINTS, .unit = "1",
     .doc = "exp(-distance / sigma) of the distance from `of` to `to` or the point `value`",
     .bind = co_points_bind, .reward = measured, .measure = closeness},
    {CO_TERM_REWARD, "reached", BETWEEN " radius", "of radius", CO_POINTS, CO_POINTS, .unit = "1",
     .doc = "1 when `of` is nearer than radius to `to` or the point `value`",
     .bind = co_points_bind, .reward = measured, .measure = reached},
    {CO_TERM_REWARD, "gravity_square", "name weight frame", "frame", .unit = "1",
     .doc = "x^2 + y^2 of the unit vector of gravity seen from a body or site: 0 upright",
     .bind = bind_frame, .reward = measured, .measure = gravity_square},
    {CO_TERM_REWARD, "track_linear", "name weight frame sigma", "frame sigma", .unit = "1",
     .doc =
         "exp(-e^2 / sigma^2), e from the commands vx and vy to the velocity seen from the frame",
     .bind = bind_track_linear, .reward = measured, .measure = track_linear},
    {CO_TERM_REWARD, "track_yaw", "name weight frame sigma", "frame sigma", .unit = "1",
     .doc = "exp(-e^2 / sigma^2), e from the command yaw to the rotation about the frame's z axis",
     .bind = bind_track_yaw, .reward = measured, .measure = track_yaw},
    {CO_TERM_REWARD, "power", "name of weight", "", CO_BIT(CO_JOINT_TORQUE), .unit = "W",
     .doc = "sum of |joint torque of the actuators * joint velocity|", .reward = measured,
     .measure = power},
    {.name = NULL},
};
