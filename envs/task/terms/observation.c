// Observation terms: raw values of a row, before noise, scale, offset and clip.

#include "core/text.h"
#include "envs/physics/trig.h"
#include "envs/task/terms/space.h"

#include <assert.h>
#include <stdio.h>

#define ALL "scale offset clip noise delay history fill hold"
#define READS "name of order from count " ALL

// ---- elements of a quantity

static void read_values(const co_term *term, const co_moment *moment, const double *state,
                        double *value) {
  (void)state;
  for (int i = 0; i < term->size; i++) value[i] = co_ref_value(moment->physics, term->ref[i]);
}

static void cosines(const co_term *term, const co_moment *moment, const double *state,
                    double *value) {
  read_values(term, moment, state, value);
  for (int i = 0; i < term->size; i++) value[i] = co_cos(value[i]);
}

static void sines(const co_term *term, const co_moment *moment, const double *state,
                  double *value) {
  read_values(term, moment, state, value);
  for (int i = 0; i < term->size; i++) value[i] = co_sin(value[i]);
}

// A joint that the compilation lacks reads 0, whatever its pose.
static void from_pose(const co_term *term, const co_moment *moment, const double *state,
                      double *value) {
  read_values(term, moment, state, value);
  for (int i = 0; i < term->size; i++) {
    if (term->ref[i].at >= 0) value[i] -= moment->pose[term->ref[i].index];
  }
}

// ---- values that are no elements: which of them are shown, and the frame they are seen from

typedef struct source {
  co_frame frame;
  int *pick;  // (size)
} source;

// Chooses from .. from + count - 1 of `count` values. NULL after reporting an error.
static source *make_source(co_term *term, const co_term_binder *binder, const char *const *name,
                           const char *const *unit, int count) {
  const co_term_def *def = term->def;
  if (!co_term_check_range(def, count, binder->node, binder->errors)) return NULL;
  int from = (int)def->from, size = def->count ? (int)def->count : count - from;
  source *out = co_term_alloc(binder, 1, sizeof *out);
  int *pick = co_term_alloc(binder, size, sizeof *pick);
  term->name = co_term_alloc(binder, size, sizeof *term->name);
  term->unit = co_term_alloc(binder, size, sizeof *term->unit);
  if (!out || !pick || !term->name || !term->unit) return NULL;
  for (int i = 0; i < size; i++) {
    pick[i] = from + i;
    term->name[i] = name[from + i];
    term->unit[i] = unit[from + i];
  }
  out->pick = pick;
  term->size = size;
  term->data = out;
  return out;
}

// Hands on the chosen ones.
static void show(const co_term *term, const double *all, double *value) {
  const source *from = term->data;
  assert(from);
  for (int i = 0; i < term->size; i++) value[i] = all[from->pick[i]];
}

static const char *const kAngles[] = {"roll", "pitch", "yaw"};
static const char *const kAxes[] = {"x", "y", "z"};
static const char *const kOnes[] = {"1", "1", "1"};

// ---- seen from a body or site

static void bind_gravity(co_term *term, const co_term_binder *binder) {
  source *from = make_source(term, binder, kAxes, kOnes, 3);
  if (from) co_frame_bind(term, binder, &from->frame);
}

static void gravity(const co_term *term, const co_moment *moment, const double *state,
                    double *value) {
  (void)state;
  double all[3];
  co_frame_gravity(&((const source *)term->data)->frame, moment->physics, all);
  show(term, all, value);
}

static void bind_euler(co_term *term, const co_term_binder *binder) {
  static const char *const units[] = {"rad", "rad", "rad"};
  source *from = make_source(term, binder, kAngles, units, 3);
  if (from) co_frame_bind(term, binder, &from->frame);
}

static void euler(const co_term *term, const co_moment *moment, const double *state,
                  double *value) {
  (void)state;
  double all[3];
  co_frame_euler(&((const source *)term->data)->frame, moment->physics, all);
  show(term, all, value);
}

// Rotation and translation come from the engine together.
static void bind_velocity(co_term *term, const co_term_binder *binder, const char *unit) {
  const char *units[] = {unit, unit, unit};
  source *from = make_source(term, binder, kAxes, units, 3);
  if (from) co_frame_bind_moving(term, binder, &from->frame);
}

static void bind_angular(co_term *term, const co_term_binder *binder) {
  bind_velocity(term, binder, "rad/s");
}

static void bind_linear(co_term *term, const co_term_binder *binder) {
  bind_velocity(term, binder, "m/s");
}

static void angular_velocity(const co_term *term, const co_moment *moment, const double *state,
                             double *value) {
  (void)state;
  double all[6];
  co_frame_velocity(&((const source *)term->data)->frame, moment->physics, all);
  show(term, all, value);
}

static void linear_velocity(const co_term *term, const co_moment *moment, const double *state,
                            double *value) {
  (void)state;
  double all[6];
  co_frame_velocity(&((const source *)term->data)->frame, moment->physics, all);
  show(term, all + 3, value);
}

// ---- the task's own: action, commands, time

// All actions have the unit 1: scale comes after.
static void bind_last_action(co_term *term, const co_term_binder *binder) {
  if (!binder->action) return;  // something is wrong with them, and reported
  const char **name = co_term_alloc(binder, binder->act_dim, sizeof *name);
  const char **unit = co_term_alloc(binder, binder->act_dim, sizeof *unit);
  if (!name || !unit) return;
  for (int i = 0; i < binder->act_dim; i++) {
    name[i] = binder->action[i].name;
    unit[i] = "1";
  }
  make_source(term, binder, name, unit, binder->act_dim);
}

static void last_action(const co_term *term, const co_moment *moment, const double *state,
                        double *value) {
  (void)state;
  show(term, moment->action, value);
}

// Whether each alternative names a command; reports the first that does not.
static bool all_match(const co_term_binder *binder, const char *pattern) {
  for (const char *rest = pattern; rest;) {
    co_glob one = co_glob_take(&rest);
    char quoted[400];
    bool found = false;
    for (int i = 0; i < binder->num_commands; i++) {
      found = found || co_glob_match_one(one, binder->command[i].name);
    }
    if (found) continue;
    co_schema_error(binder->errors, binder->node, "of", "%s matches no command",
                    co_glob_quote(pattern, one, quoted, sizeof quoted));
    return false;
  }
  return true;
}

// The commands that `of` names, in their own order; NULL: reported.
static int *match_commands(const co_term *term, const co_term_binder *binder, int *matches) {
  const char *pattern = term->def->of ? term->def->of : "*";
  int *match = co_term_alloc(binder, binder->num_commands, sizeof *match);
  *matches = 0;
  if (!binder->command && binder->num_commands) return NULL;  // wrong, and reported
  if (!match || !all_match(binder, pattern)) return NULL;
  for (int i = 0; i < binder->num_commands; i++) {
    if (co_glob_match(pattern, binder->command[i].name)) match[(*matches)++] = i;
  }
  return match;
}

static void bind_command(co_term *term, const co_term_binder *binder) {
  int matches;
  const int *match = match_commands(term, binder, &matches);
  const char **name = co_term_alloc(binder, matches, sizeof *name);
  const char **unit = co_term_alloc(binder, matches, sizeof *unit);
  if (!match || !name || !unit) return;
  for (int i = 0; i < matches; i++) {
    name[i] = binder->command[match[i]].name;
    unit[i] = binder->command[match[i]].unit;
  }
  source *from = make_source(term, binder, name, unit, matches);
  for (int i = 0; from && i < term->size; i++) from->pick[i] = match[from->pick[i]];
}

static void command(const co_term *term, const co_moment *moment, const double *state,
                    double *value) {
  (void)state;
  show(term, moment->command, value);
}

// ---- numbers that never change

// Called by their place; a policy has no more observations than these.
static void bind_constant(co_term *term, const co_term_binder *binder) {
  enum { MOST = 4096 };
  const co_term_def *def = term->def;
  int size = def->count ? (int)fmin((double)def->count, MOST + 1) : def->value.count;
  if (size > MOST) {
    co_schema_error(binder->errors, binder->node, "count", "must be at most %d", MOST);
    return;
  }
  term->name = co_term_alloc(binder, size, sizeof *term->name);
  for (int i = 0; term->name && i < size; i++) {
    char *name = co_term_alloc(binder, 12, 1);
    if (!name) return;
    snprintf(name, 12, "%d", i);
    term->name[i] = name;
  }
  term->size = term->name ? size : 0;
}

// Says to a critic that the time limit is near.
static void bind_time_left(co_term *term, const co_term_binder *binder) {
  static const char *const name[] = {"share"};
  make_source(term, binder, name, kOnes, 1);
}

static void time_left(const co_term *term, const co_moment *moment, const double *state,
                      double *value) {
  (void)term, (void)state;
  *value = 1.0 - (double)moment->step / (double)moment->horizon;
}

// ---- clocks for gaits

typedef struct phase_clock {
  source from;   // the sines of all legs, then their cosines
  int *command;  // (commands) whose size it follows
  int commands;
  int legs;
  double frequency;  // [Hz] without commands
} phase_clock;

static bool given(double key) {
  return !isnan(key);
}

// Keys that say nothing without another one.
static void check_phase(const co_term *term, const co_term_binder *binder) {
  const co_term_def *def = term->def;
  const co_floats *period = &def->value;
  bool follows = given(def->gain) || given(def->stop);
  const struct {
    bool wrong;
    const char *key, *says;
  } rule[] = {
      {period->count ? given(def->frequency) : !given(def->frequency), "value",
       "\"phase\" needs either value, one period above 0 [s], or frequency [Hz]"},
      {period->count && (period->count != 1 || !(period->value[0] > 0)), "value",
       "must be one period above 0 [s]"},
      {given(def->most) && !given(def->gain), "most", "says nothing without gain"},
      {def->rest.count && !given(def->stop), "rest", "says nothing without stop"},
      {def->of && !follows, "of", "says nothing without gain or stop"},
  };
  for (size_t i = 0; i < sizeof rule / sizeof *rule; i++) {
    if (rule[i].wrong)
      co_schema_error(binder->errors, binder->node, rule[i].key, "%s", rule[i].says);
  }
  // policies hold no more, and would be told apart by the first ones only
  if (def->angle.count > CO_CLOCK_LEGS)
    co_schema_error(binder->errors, binder->node, "angle",
                    "%d angles, but a clock has at most %d legs: split it into several terms",
                    def->angle.count, CO_CLOCK_LEGS);
}

// "sin" and "cos", or one of each per leg: "sin.0", "sin.1", "cos.0", "cos.1".
static bool name_phases(const co_term_binder *binder, int legs, const char **name,
                        const char **unit) {
  static const char *const of[] = {"sin", "cos"};
  for (int i = 0; i < 2 * legs; i++) {
    char *text = co_term_alloc(binder, 16, 1);
    if (!text) return false;
    snprintf(text, 16, legs > 1 ? "%s.%d" : "%s", of[i / legs], i % legs);
    name[i] = text;
    unit[i] = "1";
  }
  return true;
}

static void bind_phase(co_term *term, const co_term_binder *binder) {
  const co_term_def *def = term->def;
  int errors = binder->errors->count, legs = def->angle.count ? def->angle.count : 1;
  check_phase(term, binder);
  phase_clock *clock = co_term_alloc(binder, 1, sizeof *clock);
  const char **name = co_term_alloc(binder, 2 * legs, sizeof *name);
  const char **unit = co_term_alloc(binder, 2 * legs, sizeof *unit);
  if (!clock || !name || !unit || !name_phases(binder, legs, name, unit)) return;
  if (def->rest.count > 1 && def->rest.count != legs) {
    co_schema_error(binder->errors, binder->node, "rest", "%d angles for a clock of %d",
                    def->rest.count, legs);
  }
  if (given(def->gain) || given(def->stop)) {
    clock->command = match_commands(term, binder, &clock->commands);
    term->states = 1;  // turns since the start
  }
  const source *from = make_source(term, binder, name, unit, 2 * legs);
  if (!from || binder->errors->count != errors) return;
  clock->from = *from;
  clock->legs = legs;
  clock->frequency = def->value.count ? 1.0 / def->value.value[0] : def->frequency;
  term->data = clock;
}

// Size of the commands that the clock follows.
static double command_size(const phase_clock *clock, const co_moment *moment) {
  double sum = 0.0;
  for (int i = 0; i < clock->commands; i++) {
    double value = moment->command[clock->command[i]];
    sum += value * value;
  }
  return sqrt(sum);
}

// By the command that was followed in the step that is over. A clock that shows angles of its own
// while it stands goes on behind them, at the frequency without commands.
static void advance_phase(const co_term *term, const co_moment *moment, double *state) {
  const co_term_def *def = term->def;
  const phase_clock *clock = term->data;
  if (!term->states || !moment->step) return;
  double size = command_size(clock, moment), frequency = clock->frequency;
  bool stands = given(def->stop) && size < def->stop;
  if (stands && !def->rest.count) return;
  if (!stands && given(def->gain)) frequency += def->gain * fmin(size, def->most);
  *state += frequency * moment->dt;
  *state -= floor(*state);
}

static void phase(const co_term *term, const co_moment *moment, const double *state,
                  double *value) {
  const double two_pi = 6.283185307179586;
  const co_term_def *def = term->def;
  const phase_clock *clock = term->data;
  double time = (double)moment->step * moment->dt;
  double turned = term->states       ? two_pi * *state
                  : def->value.count ? two_pi * time / def->value.value[0]
                                     : two_pi * time * def->frequency;
  bool rests = def->rest.count && command_size(clock, moment) < def->stop;
  for (int i = 0; i < term->size; i++) {
    int leg = clock->from.pick[i] % clock->legs;
    double angle = rests ? co_floats_at(&def->rest, leg, 0.0)
                         : turned + (def->angle.count ? def->angle.value[leg] : 0.0);
    value[i] = clock->from.pick[i] < clock->legs ? co_sin(angle) : co_cos(angle);
  }
}

// ---- differences of places

static void bind_relative(co_term *term, const co_term_binder *binder) {
  co_pairs_check(term, binder);
  if (!term->def->frame) return;
  if (term->refs % 3) {
    co_schema_error(binder->errors, binder->node, "of",
                    "to be seen from a frame, elements must come in threes; %d match", term->refs);
  }
  co_frame *frame = co_term_alloc(binder, 1, sizeof *frame);
  term->data = frame;
  if (frame) co_frame_bind(term, binder, frame);
}

static void relative(const co_term *term, const co_moment *moment, const double *state,
                     double *value) {
  read_values(term, moment, state, value);
  for (int i = 0; i < term->size; i++) value[i] -= co_ref_value(moment->physics, term->to[i]);
  if (!term->data) return;
  for (int i = 0; i < term->size; i += 3) {
    double world[3] = {value[i], value[i + 1], value[i + 2]};
    co_frame_rotate(term->data, moment->physics, world, value + i);
  }
}

#define PLACES \
  (CO_BIT(CO_BODY_POS) | CO_BIT(CO_GEOM_POSITION) | CO_BIT(CO_SITE_POS) | CO_BIT(CO_MOCAP_POS))
// Beside places, coordinates and the targets of their position actuators.
#define COMPARED (PLACES | CO_BIT(CO_QPOS) | CO_BIT(CO_CTRL))

// Elements of one quantity as they are.
#define PLAIN(name, group, about) \
  { CO_TERM_OBSERVATION, name, READS, "", CO_BIT(group), .doc = about, .observe = read_values }

const co_term_class co_observation_terms[] = {
    PLAIN("qpos", CO_QPOS, "positions"),
    PLAIN("qvel", CO_QVEL, "velocities"),
    {CO_TERM_OBSERVATION, "cos", READS, "", CO_BIT(CO_QPOS), .unit = "1",
     .doc = "cosines of angles", .observe = cosines},
    {CO_TERM_OBSERVATION, "sin", READS, "", CO_BIT(CO_QPOS), .unit = "1", .doc = "sines of angles",
     .observe = sines},
    {CO_TERM_OBSERVATION, "joint_pos", READS, "", CO_BIT(CO_QPOS), .from_pose = true,
     .doc = "positions minus those of the default pose", .observe = from_pose},
    PLAIN("body_pos", CO_BODY_POS, "origins of bodies in the world"),
    PLAIN("body_quat", CO_BODY_QUAT, "orientations of bodies, w x y z"),
    PLAIN("body_mat", CO_BODY_MAT, "orientations of bodies, rotation matrices by rows"),
    PLAIN("body_com", CO_BODY_COM, "centres of mass of bodies in the world"),
    PLAIN("cinert", CO_BODY_INERTIA, "inertias of bodies about their tree's centre of mass"),
    PLAIN("cvel", CO_BODY_VELOCITY,
          "velocities of bodies at their tree's centre of mass: rotation, translation"),
    PLAIN("cfrc_ext", CO_BODY_FORCE, "external torques and forces on bodies"),
    PLAIN("geom_pos", CO_GEOM_POSITION, "centres of geoms in the world"),
    PLAIN("site_pos", CO_SITE_POS, "places of sites in the world"),
    PLAIN("site_mat", CO_SITE_MAT, "orientations of sites, rotation matrices by rows"),
    PLAIN("qfrc_actuator", CO_JOINT_TORQUE, "actuator forces on the degrees of freedom"),
    PLAIN("qfrc_constraint", CO_CONSTRAINT_FORCE, "constraint forces on the degrees of freedom"),
    PLAIN("actuator_force", CO_ACTUATOR_FORCE, "forces of the actuators"),
    PLAIN("sensor", CO_SENSOR, "values of the model's sensors"),
    {CO_TERM_OBSERVATION, "angular_velocity", "name frame from count " ALL, "frame",
     .unit = "rad/s", .doc = "rotation of a body or site, in its own frame", .bind = bind_angular,
     .observe = angular_velocity},
    {CO_TERM_OBSERVATION, "linear_velocity", "name frame from count " ALL, "frame", .unit = "m/s",
     .doc = "velocity of the origin of a body or site, in its own frame", .bind = bind_linear,
     .observe = linear_velocity},
    {CO_TERM_OBSERVATION, "gravity", "name frame from count " ALL, "frame", .unit = "1",
     .doc = "unit vector of gravity, seen from a body or site: (0, 0, -1) upright",
     .bind = bind_gravity, .observe = gravity},
    {CO_TERM_OBSERVATION, "euler", "name frame from count " ALL, "frame", .unit = "rad",
     .doc = "roll, pitch and yaw of a body or site: turns about its x, y and z axis that follow "
            "each other as z, y, x",
     .bind = bind_euler, .observe = euler},
    {CO_TERM_OBSERVATION, "relative", "name of to frame order " ALL, "of to", COMPARED, COMPARED,
     .doc = "elements of `of` minus those of `to`, in the world or seen from a frame",
     .bind = bind_relative, .observe = relative},
    {CO_TERM_OBSERVATION, "last_action", "name from count " ALL, "", .unit = "1",
     .doc = "action of the last step as the policy gave it; 0 at the start",
     .bind = bind_last_action, .observe = last_action},
    {CO_TERM_OBSERVATION, "command", "name of from count " ALL, "",
     .doc = "commands, or those whose names match `of`", .bind = bind_command, .observe = command},
    {CO_TERM_OBSERVATION, "constant", "name value count history fill", "value", .unit = "1",
     .doc = "numbers that never change, count of them (0: as many as there are in `value`)",
     .bind = bind_constant},
    {CO_TERM_OBSERVATION, "time_left", "name " ALL, "", .unit = "1",
     .doc = "share of the episode that is left until the time limit", .bind = bind_time_left,
     .observe = time_left},
    {CO_TERM_OBSERVATION, "phase",
     "name value frequency angle gain most of stop rest from count " ALL, "", .unit = "1",
     .doc = "clock of a gait: sines, then cosines, of 2 pi t / value + angle (a period [s]) or of "
            "2 pi frequency t + angle, one for each of `angle`",
     .bind = bind_phase, .before = advance_phase, .observe = phase},
    {.name = NULL},
};
