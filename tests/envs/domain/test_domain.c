// Domains: every parameter changes the model and the physics responds the way theory says; nothing
// accumulates.

#include "envs/physics/mujoco/engine.h"
#include "tests/envs/models.h"

#include <mujoco/mujoco.h>

static const mjModel *mj_of(const co_built_world *world) {
  return ((const co_mujoco_model *)world->model)->mj;
}

static double value_of(const co_built_world *world, co_parameter_id parameter, const char *name,
                       int i) {
  double value[CO_PARAMETER_WIDTH] = {0};
  co_element kind = co_parameters[parameter].element;
  int element = kind == CO_NO_ELEMENT ? 0 : co_model_find(world->model, kind, name);
  ck_assert_int_ge(element, 0);
  world->model->engine->get(world->model, parameter, element, value);
  return value[i];
}

// ---- numbers

typedef struct number_case {
  const char *task, *shift;
  co_parameter_id parameter;
  const char *element;
  int i;
  double wanted;
} number_case;

#define SHIFT(parameter, rest) "{ parameter = \"" parameter "\"; " rest " }"

static const number_case kNumbers[] = {
    {"hopper", SHIFT("option.gravity", "scale = 1.5;"), CO_GRAVITY, "", 2, -9.81 * 1.5},
    {"hopper", SHIFT("option.gravity", "set = (1, 2, -3);"), CO_GRAVITY, "", 0, 1.0},
    {"hopper", SHIFT("option.gravity", "add = (0, 0, 9);"), CO_GRAVITY, "", 2, -9.81 + 9},
    {"hopper", SHIFT("option.gravity", "scale = (1, 1, 0.5);"), CO_GRAVITY, "", 2, -9.81 * 0.5},
    {"hopper", SHIFT("geom.friction", "select = \"foot*\"; scale = 0.5;"), CO_FRICTION, "foot_geom",
     0, 1.0},
    {"hopper", SHIFT("geom.friction", "select = \"foot*\"; scale = 0.5;"), CO_FRICTION, "foot_geom",
     1, 0.0025},
    {"hopper", SHIFT("geom.friction", "select = \"foot*\"; scale = 0.5;"), CO_FRICTION, "floor", 0,
     1.0},
    {"hopper", SHIFT("geom.friction", "select = \"*\"; set = 0.3;"), CO_FRICTION, "floor", 0, 0.3},
    {"hopper", SHIFT("geom.friction", "select = \"*\"; set = 0.3;"), CO_FRICTION, "floor", 1,
     0.005},
    {"hopper", SHIFT("geom.friction", "select = \"floor|leg*\"; set = (1, 2, 3);"), CO_FRICTION,
     "leg_geom", 2, 3.0},
    {"hopper", SHIFT("body.mass", "select = \"torso\"; add = -1.0;"), CO_MASS, "torso", 0,
     2.6651914291880923},
    {"hopper", SHIFT("body.mass", "select = \"t*\"; set = 2;"), CO_MASS, "thigh", 0, 2.0},
    {"hopper", SHIFT("joint.damping", "select = \"leg*\"; scale = 3;"), CO_DAMPING, "leg_joint", 0,
     3.0},
    {"hopper", SHIFT("actuator.gear", "select = \"foot_joint\"; scale = -1;"), CO_GEAR,
     "foot_joint", 0, -200.0},
    {"pendulum", SHIFT("option.gravity", "scale = 0.5;"), CO_GRAVITY, "", 2, -5.0},
    {"pendulum", SHIFT("body.mass", "select = \"pole\"; set = 3;"), CO_MASS, "pole", 0, 3.0},
    {"pendulum", SHIFT("actuator.gear", "select = \"*\"; scale = -1;"), CO_GEAR, "hinge", 0, -1.0},
};

START_TEST(test_numbers) {
  const number_case *c = &kNumbers[_i];
  co_built_world *world = test_world(c->task, c->shift, NULL);
  ck_assert_double_eq_tol(value_of(world, c->parameter, c->element, c->i), c->wanted, 1e-14);
  ck_assert_int_eq(world->info.num_shifts, 1);
  ck_assert_str_eq(world->info.shift[0].parameter, co_parameters[c->parameter].name);
  co_built_world *nominal = test_world(c->task, NULL, NULL);
  ck_assert_uint_eq(world->info.model_hash, nominal->info.model_hash);
  co_world_free(nominal);
  co_world_free(world);
}
END_TEST

START_TEST(test_description) {
  co_built_world *world =
      test_world("hopper",
                 SHIFT("geom.friction", "select = \"foot*\"; set = (1.5, 0.25);") ", " SHIFT(
                     "option.gravity", "scale = 2;"),
                 NULL);
  const co_shift_info *shift = world->info.shift;
  ck_assert_int_eq(world->info.num_shifts, 2);
  ck_assert_str_eq(shift[0].select, "foot*");
  ck_assert_str_eq(shift[0].operation, "set");
  ck_assert_int_eq(shift[0].num_values, 2);
  ck_assert_double_eq(shift[0].value[1], 0.25);
  ck_assert_str_eq(shift[1].select, "");
  ck_assert_str_eq(shift[1].operation, "scale");
  co_world_free(world);
}
END_TEST

// The inertia goes along with the mass, and the constants that follow are derived anew.
START_TEST(test_mass_takes_inertia_along) {
  co_built_world *a = test_world("hopper", NULL, NULL);
  co_built_world *b =
      test_world("hopper", SHIFT("body.mass", "select = \"*o*\"; scale = 2;"), NULL);
  int torso = co_model_find(a->model, CO_BODY, "torso");
  for (int i = 0; i < 3; i++) {
    ck_assert_double_eq(mj_of(b)->body_inertia[3 * torso + i],
                        2 * mj_of(a)->body_inertia[3 * torso + i]);
  }
  ck_assert_double_lt(mj_of(b)->body_invweight0[2 * torso], mj_of(a)->body_invweight0[2 * torso]);
  ck_assert_double_gt(mj_of(b)->body_subtreemass[0], mj_of(a)->body_subtreemass[0]);
  co_world_free(a);
  co_world_free(b);
}
END_TEST

// A shifted mass is a model compiled with that mass: all constants, bit for bit where they are
// sums.
START_TEST(test_shift_equals_recompiling) {
  static const char *const text =
      "<mujoco><compiler angle='radian'/><worldbody><body name='a'><joint name='x' type='slide'/>"
      "<geom size='.1' mass='%s'/><body name='b' pos='0.3 0 0'><joint name='y' axis='0 1 0'/>"
      "<geom type='capsule' size='.05 .2' mass='2'/></body></body></worldbody>"
      "<actuator><motor name='m' joint='y' ctrllimited='true' ctrlrange='-1 "
      "1'/></actuator></mujoco>";
  char heavy[1000], light[1000];
  snprintf(heavy, sizeof heavy, text, "3");
  snprintf(light, sizeof light, text, "1.5");
  char *path = test_write("heavy.xml", heavy);
  char *other = test_write("light.xml", light);
  co_model *wanted = NULL, *model = NULL;
  ck_ok(co_model_load(&co_engine_mujoco, path, NULL, &wanted));
  ck_ok(co_model_load(&co_engine_mujoco, other, NULL, &model));
  int body = co_model_find(model, CO_BODY, "a");
  ck_ok(model->engine->put(model, CO_MASS, body, (double[]){3.0}));
  ck_ok(model->engine->settle(model));
  const mjModel *a = ((co_mujoco_model *)wanted)->mj, *b = ((co_mujoco_model *)model)->mj;
  ck_assert_double_eq(a->body_mass[1], b->body_mass[1]);
  ck_assert_double_eq_tol(a->stat.meaninertia, b->stat.meaninertia, 1e-15);
  for (int i = 0; i < 3; i++) ck_assert_double_eq(a->body_inertia[3 + i], b->body_inertia[3 + i]);
  for (int i = 0; i < 6; i++) ck_assert_double_eq(a->body_invweight0[i], b->body_invweight0[i]);
  for (int i = 0; i < 2; i++) ck_assert_double_eq(a->dof_invweight0[i], b->dof_invweight0[i]);
  ck_assert_double_eq(a->actuator_acc0[0], b->actuator_acc0[0]);
  co_model_free(wanted);
  co_model_free(model);
  free(path), free(other);
}
END_TEST

// A shift to the nominal value leaves every bit of the physics as it was.
START_TEST(test_nominal_shift_changes_no_bit) {
  static const char *const shift[] = {SHIFT("option.gravity", "scale = 1;"),
                                      SHIFT("geom.friction", "select = \"*\"; scale = 1;"),
                                      SHIFT("body.mass", "select = \"*\"; scale = 1;"),
                                      SHIFT("joint.damping", "select = \"*\"; add = 0;"),
                                      SHIFT("actuator.gear", "select = \"*\"; scale = 1;")};
  co_built_world *a = test_world("half_cheetah", NULL, NULL);
  co_built_world *b = test_world("half_cheetah", shift[_i], NULL);
  ck_assert_int_eq(b->plan.effect[0].changed, 0);
  ck_assert_int_gt(b->plan.effect[0].elements, 0);
  co_row x = test_row(a, 1), y = test_row(b, 1);
  for (int step = 0; step < 50; step++) {
    co_row_result result = {0};
    double action[6] = {1, -1, 0.5, -0.5, 0.2, -0.1};
    ck_ok(co_row_step(&x, action, &result));
    ck_ok(co_row_step(&y, action, &result));
  }
  ck_assert_mem_eq(x.obs, y.obs, 17 * sizeof(double));
  co_row_free(&x);
  co_row_free(&y);
  co_world_free(a);
  co_world_free(b);
}
END_TEST

// ---- physics

// State after `steps` control steps of constant action, from the nominal state.
static double after(const char *task, const char *shift, double action, int steps, co_element group,
                    const char *name) {
  co_built_world *world = test_world(task, shift, NULL);
  co_row row = test_row(world, 1);
  double actions[8];
  for (int i = 0; i < 8; i++) actions[i] = action;
  ck_ok(co_row_clear(&row));
  ck_ok(co_row_start(&row));
  for (int i = 0; i < steps; i++) {
    co_row_result result = {0};
    ck_ok(co_row_step(&row, actions, &result));
  }
  int index = co_model_find(world->model, group, name);
  double value = co_ref_value(row.physics, (co_ref){group, index, index});
  co_row_free(&row);
  co_world_free(world);
  return value;
}

// Above the ground the hopper falls freely: v = g t, until the foot touches.
START_TEST(test_gravity) {
  for (int k = 0; k < 3; k++) {
    const double factor[] = {1.0, 0.5, 2.0};
    char shift[100];
    snprintf(shift, sizeof shift, "{ parameter = \"option.gravity\"; scale = %g; }", factor[k]);
    co_built_world *world = test_world("hopper", shift, NULL);
    co_row row = test_row(world, 1);
    ck_ok(co_row_clear(&row));
    row.physics->qpos[1] += 5;
    ck_ok(co_row_start(&row));
    ck_ok(co_physics_step(row.physics, 100));
    ck_assert_double_eq_tol(row.physics->qvel[1], -9.81 * factor[k] * 0.2, 1e-9);
    co_row_free(&row);
    co_world_free(world);
  }
}
END_TEST

// A cart under constant force: heavier accelerates less, more damping runs slower, gear -1 runs the
// other way.
START_TEST(test_directions_on_the_cart) {
  double nominal = after("inverted_pendulum", NULL, 0.3, 2, CO_QVEL, "slider");
  double heavy =
      after("inverted_pendulum", SHIFT("body.mass", "select = \"*a*t|pole\"; scale = 2;"), 0.3, 2,
            CO_QVEL, "slider");
  double damped =
      after("inverted_pendulum", SHIFT("joint.damping", "select = \"slider\"; set = 50;"), 0.3, 2,
            CO_QVEL, "slider");
  double reversed =
      after("inverted_pendulum", SHIFT("actuator.gear", "select = \"*\"; scale = -1;"), 0.3, 2,
            CO_QVEL, "slider");
  double strong = after("inverted_pendulum", SHIFT("actuator.gear", "select = \"*\"; scale = 2;"),
                        0.3, 2, CO_QVEL, "slider");
  ck_assert_double_gt(nominal, 0.0);
  ck_assert(heavy > 0.4 * nominal && heavy < 0.7 * nominal);
  ck_assert(damped > 0 && damped < 0.95 * nominal);
  ck_assert_double_eq_tol(reversed, -nominal, 0.02 * nominal);
  ck_assert_double_eq_tol(strong, 2 * nominal, 0.02 * nominal);
}
END_TEST

// Sliding on its belly, the cheetah is stopped sooner by more friction.
START_TEST(test_friction) {
  double run[3];
  const double friction[] = {0.05, 0.4, 1.5};
  for (int k = 0; k < 3; k++) {
    char shift[120];
    snprintf(shift, sizeof shift, "{ parameter = \"geom.friction\"; select = \"*\"; set = %g; }",
             friction[k]);
    co_built_world *world = test_world("half_cheetah", shift, NULL);
    co_row row = test_row(world, 1);
    ck_ok(co_row_clear(&row));
    row.physics->qvel[0] = 3.0;
    ck_ok(co_row_start(&row));
    ck_ok(co_physics_step(row.physics, 300));
    run[k] = row.physics->qpos[0];
    co_row_free(&row);
    co_world_free(world);
  }
  ck_assert(run[0] > 1.2 * run[1] && run[1] > run[2] && run[2] > 0);
}
END_TEST

// The pendulum's frequency of small swings about hanging down: w^2 = 3 g / (2 l).
START_TEST(test_pendulum_frequency) {
  for (int k = 0; k < 2; k++) {
    double g = k ? 40.0 : 10.0;
    co_built_world *world =
        test_world("pendulum", k ? SHIFT("option.gravity", "scale = 4;") : NULL, NULL);
    co_row row = test_row(world, 1);
    ck_ok(co_row_clear(&row));
    row.physics->qpos[0] = 3.141592653589793 + 0.01;
    int crossings = 0;
    double last = 0.01;
    for (int step = 0; step < 2000; step++) {
      ck_ok(co_physics_step(row.physics, 1));
      double angle = row.physics->qpos[0] - 3.141592653589793;
      crossings += (angle < 0) != (last < 0);
      last = angle;
    }
    double frequency = crossings / (2.0 * 100.0);
    ck_assert_double_eq_tol(frequency, sqrt(1.5 * g) / 6.283185307179586, 0.02 * frequency + 0.01);
    co_row_free(&row);
    co_world_free(world);
  }
}
END_TEST

// Rebuilding, resetting and stepping any number of times does not move a shifted number.
START_TEST(test_nothing_accumulates) {
  co_built_world *world =
      test_world("hopper", SHIFT("body.mass", "select = \"torso\"; scale = 1.1;"), NULL);
  co_row row = test_row(world, 1);
  double mass = value_of(world, CO_MASS, "torso", 0);
  ck_assert_double_eq(mass, 1.1 * 3.6651914291880923);
  for (int i = 0; i < 100; i++) {
    co_row_result result = {0};
    ck_ok(co_row_reset(&row));
    ck_ok(co_row_step(&row, (double[]){0, 0, 0}, &result));
  }
  ck_assert_double_eq(value_of(world, CO_MASS, "torso", 0), mass);
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

// ---- errors

typedef struct error_case {
  const char *task, *shift, *says;
} error_case;

static const error_case kErrors[] = {
    {"hopper", SHIFT("body.mas", "select = \"*\"; scale = 1;"), "did you mean \"body.mass\""},
    {"hopper", SHIFT("body.mass", "scale = 1;"), "domain.cfg:1: select: body.mass needs a pattern"},
    {"hopper", SHIFT("body.mass", "select = \"torsoo\"; scale = 2;"), "did you mean \"torso\""},
    {"hopper", SHIFT("body.mass", "select = \"wing\"; scale = 2;"),
     "matches no body; there are: world, torso"},
    {"hopper", SHIFT("body.mass", "select = \"torso\";"),
     "give exactly one of set, scale, add; here are 0"},
    {"hopper", SHIFT("body.mass", "select = \"torso\"; set = 1; add = 1;"), "here are 2"},
    {"hopper", SHIFT("body.mass", "select = \"torso\"; scale = -1;"),
     "body.mass torso would be -3.66519"},
    {"hopper", SHIFT("body.mass", "select = \"torso\"; set = (1, 2);"),
     "takes 1 value, here are 2"},
    {"hopper", SHIFT("body.mass", "select = \"world\"; set = 1;"), "has no mass"},
    {"hopper", SHIFT("body.mass", "select = \"torso\"; weight = 1;"), "weight"},
    {"hopper", SHIFT("geom.friction", "select = \"floor\"; add = -2;"), "allowed 0 to 1000"},
    {"hopper", SHIFT("option.gravity", "select = \"*\"; scale = 2;"), "one for the whole model"},
    {"hopper", SHIFT("option.gravity", "set = -9.81;"), "takes 3 values, here are 1"},
    {"hopper", SHIFT("option.gravity", "set = (0, 0, -2000);"), "allowed -1000 to 1000 m/s^2"},
    {"hopper", SHIFT("joint.damping", "select = \"*\"; set = \"high\";"), "domain.cfg:1: set"},
    {"pendulum", SHIFT("joint.damping", "select = \"*\"; set = 1;"),
     "engine \"pendulum\" has no joint.damping"},
    {"pendulum", SHIFT("option.gravity", "set = (1, 0, -9);"), "vertical gravity only"},
    {"hopper",
     SHIFT("body.mass", "select = \"torso\"; scale = 2;") ", " SHIFT("body.mass",
                                                                     "select = \"t*\"; scale = 2;"),
     "body.mass torso is shifted twice"},
    {"hopper", SHIFT("body.mass", "select = \"torso|wing\"; scale = 2;"),
     "select: \"wing\" of \"torso|wing\" matches no body; there are: world, torso"},
    {"hopper", SHIFT("observation.noise", "select = \"rootz\"; set = 0.1;"),
     "select: \"rootz\" matches qpos/rootz and qvel/rootz: say which"},
    {"hopper", SHIFT("observation.noise", "select = \"qpos/rootz|rooty\"; set = 0.1;"),
     "\"rooty\" of \"qpos/rootz|rooty\" matches qpos/rooty and qvel/rooty: say which"},
    {"hopper", SHIFT("push.speed", "select = \"rootx|rootw\"; set = 0.1;"),
     "\"rootw\" of \"rootx|rootw\" matches no qvel"},
};

START_TEST(test_errors) {
  co_built_world *world = NULL;
  ck_fails(test_try_world(kErrors[_i].task, kErrors[_i].shift, NULL, &world), CO_CONFIG,
           kErrors[_i].says);
  ck_assert_ptr_nonnull(strstr(co_error_text(), "domain.cfg:1"));
}
END_TEST

// Names that hold letters with a meaning in patterns, as files and --domain write them.
typedef struct odd_name {
  const char *select;
  int elements;  // 0: an error
  const char *says;
} odd_name;

static const odd_name kOddNames[] = {
    {"g\\|1", 1, NULL},
    {"g\\\\|1", 1, NULL},
    {"g\\|1|a\\*", 2, NULL},
    {"a\\*", 1, NULL},
    {"a*", 2, NULL},
    {"*\\?", 1, NULL},
    {"q\"x", 1, NULL},
    {"g|1", 0,
     "\"g\" of \"g|1\" matches no geom; there are: floor, g|1, a*, ab, why?, q\"x; did "
     "you mean \"g\\|1\"?"},
    {"g\\|2", 0, "did you mean \"g\\|1\"?"},
    {"a\\*\\*", 0, "\"a\\*\\*\" matches no geom"},
};

START_TEST(test_odd_names) {
  const odd_name *c = &kOddNames[_i];
  char *task = test_model_task(
      "<mujoco><worldbody><geom name='floor' type='plane' size='5 5 .1'/><body><joint name='j'/>"
      "<geom name='g|1' size='.1'/><geom name='a*' size='.1'/><geom name='ab' size='.1'/>"
      "<geom name='why?' size='.1'/><geom name='q&quot;x' size='.1'/></body></worldbody>"
      "<actuator><motor name='m' joint='j' ctrlrange='-1 1'/></actuator></mujoco>",
      "horizon = 10;");
  char shift[200], select[40];
  size_t used = 0;
  for (const char *at = c->select; *at; at++) {  // as libconfig wants a quote
    if (*at == '"') select[used++] = '\\';
    select[used++] = *at;
  }
  select[used] = '\0';
  snprintf(shift, sizeof shift, "{ parameter = \"geom.friction\"; select = \"%s\"; scale = 2.0; }",
           select);
  co_built_world *world = NULL;
  if (c->elements) {
    ck_ok(test_try_world(task, shift, NULL, &world));
    ck_assert_int_eq(world->plan.effect[0].elements, c->elements);
    co_world_free(world);
  } else {
    ck_fails(test_try_world(task, shift, NULL, &world), CO_CONFIG, c->says);
  }
  free(task);
}
END_TEST

START_TEST(test_all_errors_at_once) {
  co_built_world *world = NULL;
  const char *shifts = SHIFT("body.mass", "select = \"wing\"; scale = 2;") ",\n" SHIFT(
      "geom.friction", "select = \"floor\"; add = -2;") ",\n" SHIFT("actuator.gear",
                                                                    "select = \"fin\"; set = 1;");
  ck_fails(test_try_world("hopper", shifts, NULL, &world), CO_CONFIG, "domain.cfg:1");
  ck_assert_ptr_nonnull(strstr(co_error_text(), "domain.cfg:2"));
  ck_assert_ptr_nonnull(strstr(co_error_text(), "domain.cfg:3"));
}
END_TEST

START_TEST(test_parameter_table) {
  for (int i = 0; i < CO_NUM_PARAMETERS; i++) {
    const co_parameter *parameter = &co_parameters[i];
    ck_assert_int_eq(co_parameter_find(parameter->name), i);
    ck_assert_int_le(parameter->width, CO_PARAMETER_WIDTH);
    ck_assert_int_le(parameter->least, parameter->width);
    ck_assert(parameter->min < parameter->max);
    ck_assert(*parameter->unit && *parameter->doc);
  }
  ck_assert_int_eq(co_parameter_find("body.colour"), CO_NUM_PARAMETERS);
}
END_TEST

// ---- random definitions

static double random_number(co_rng *rng, bool whole) {
  double value = (co_rng_uniform(rng) - 0.5) * pow(10, (double)co_rng_below(rng, 12) - 5);
  return whole ? nearbyint(value) : value;
}

static void add_numbers(co_buf *buf, co_rng *rng, int count, bool whole) {
  co_buf_puts(buf, "(");
  for (int i = 0; i < count; i++) {
    co_buf_printf(buf, "%s%#.17g", i ? ", " : "", random_number(rng, whole));
  }
  co_buf_puts(buf, ")");
}

// Pairs of ends, or of mean and deviation, that are allowed whatever the numbers.
static void add_pairs(co_buf *buf, co_rng *rng, int pairs, bool whole) {
  co_buf_puts(buf, "(");
  for (int i = 0; i < pairs; i++) {
    double low = fabs(random_number(rng, whole)) + 1, high = low + fabs(random_number(rng, whole));
    co_buf_printf(buf, "%s%#.17g, %#.17g", i ? ", " : "", low, high);
  }
  co_buf_puts(buf, ")");
}

static void add_distribution(co_buf *buf, co_rng *rng, int values, bool whole) {
  co_distribution_kind kind = (co_distribution_kind)(CO_UNIFORM + co_rng_below(rng, 4));
  if (values > 4 || (kind == CO_CHOICE && values > 1)) {
    add_numbers(buf, rng, values, whole);
    return;
  }
  co_buf_printf(buf, "{ %s = ", co_distribution_name(kind));
  if (kind == CO_CHOICE) {
    add_numbers(buf, rng, 1 + (int)co_rng_below(rng, CO_SHIFT_VALUES), whole);
  } else {
    add_pairs(buf, rng, values, whole);
  }
  co_buf_puts(buf, ";");
  if (kind == CO_NORMAL && co_rng_below(rng, 2)) co_buf_puts(buf, " clip = (-1, 2.5);");
  if (co_rng_below(rng, 2)) co_buf_puts(buf, " each = true;");
  if (co_rng_below(rng, 3) == 0) {
    co_buf_printf(buf, " from = %#.17g; over = %u;", random_number(rng, whole),
                  1 + co_rng_below(rng, 1000000));
  }
  co_buf_puts(buf, " }");
}

static void add_shift(co_buf *buf, co_rng *rng) {
  static const char *const select[] = {"*", "torso|a*", "\\\"odd\\\" name", "qpos/x"};
  const co_parameter *parameter = &co_parameters[co_rng_below(rng, CO_NUM_PARAMETERS)];
  co_operation operation = (co_operation)co_rng_below(rng, CO_NUM_OPERATIONS);
  bool whole = (parameter->how & CO_WHOLE) && operation != CO_SCALE;
  int least = operation == CO_SCALE ? 1 : parameter->least;
  int values = least + (int)co_rng_below(rng, (uint32_t)(parameter->width - least + 1));
  co_buf_printf(buf, "{ parameter = \"%s\";", parameter->name);
  if (parameter->element != CO_NO_ELEMENT) {
    co_buf_printf(buf, " select = \"%s\";", select[co_rng_below(rng, 4)]);
  }
  co_buf_printf(buf, " %s = ", co_operation_name(operation));
  switch (co_rng_below(rng, 3)) {
    case 0: add_numbers(buf, rng, values, whole); break;
    default: add_distribution(buf, rng, values, whole);
  }
  co_buf_puts(buf, "; }");
}

static co_status read_domain(const char *text, co_arena *arena, co_domain_def *out,
                             co_node **tree) {
  co_schema_errors errors = {0};
  CO_TRY(co_tree_parse(text, "d.cfg", tree));
  co_domain_read(co_node_get(*tree, "domain"), arena, out, &errors);
  return co_schema_finish(&errors);
}

// A shift's description makes the same shift again.
static void check_description(const co_shift_def *shift) {
  co_node *group = NULL;
  co_shift_info info = co_shift_describe(shift);
  ck_ok(co_shift_to_tree(&info, &group));
  co_node *list = co_node_new(CO_NODE_LIST, "domain", "d.cfg", 1);
  ck_ok(co_node_add(list, group));
  co_arena arena = {0};
  co_domain_def domain;
  co_schema_errors errors = {0};
  co_domain_read(list, &arena, &domain, &errors);
  ck_ok(co_schema_finish(&errors));
  co_shift_info again = co_shift_describe(co_domain_shift(&domain, 0));
  ck_assert_mem_eq(&info, &again, sizeof info);
  co_node_free(list);
  co_arena_free(&arena);
}

// Read, written, read and written again: both texts are the same.
START_TEST(test_random_definitions) {
  for (uint32_t i = 0; i < 1000; i++) {
    co_rng rng = co_rng_make(&(co_stream){12, (uint32_t)_i, CO_PURPOSE_TEST}, i);
    co_arena arena = {0};
    co_domain_def first, second;
    co_node *tree = NULL, *again = NULL;
    co_buf text = {0}, once = {0}, twice = {0};
    int shifts = (int)co_rng_below(&rng, 6);
    co_buf_puts(&text, "domain = (");
    for (int k = 0; k < shifts; k++) {
      if (k) co_buf_puts(&text, ", ");
      add_shift(&text, &rng);
    }
    co_buf_puts(&text, ");");
    co_status status = read_domain(text.data, &arena, &first, &tree);
    ck_assert_msg(status == CO_OK, "%s\n%s", co_error_text(), text.data);
    ck_ok(co_domain_write(&first, &once));
    status = read_domain(once.data, &arena, &second, &again);
    ck_assert_msg(status == CO_OK, "%s\n%s", co_error_text(), once.data);
    ck_assert_int_eq(second.shift.count, shifts);
    ck_ok(co_domain_write(&second, &twice));
    ck_assert_str_eq(once.data, twice.data);
    for (int k = 0; k < shifts; k++) check_description(co_domain_shift(&first, k));
    co_buf_free(&text), co_buf_free(&once), co_buf_free(&twice);
    co_node_free(tree), co_node_free(again);
    co_arena_free(&arena);
  }
}
END_TEST

#define LOOP(function, table) \
  tcase_add_loop_test(tcase, function, 0, (int)(sizeof(table) / sizeof *(table)))

Suite *test_suite(void) {
  Suite *suite = suite_create("domain");
  TCase *tcase = tcase_create("domain");
  LOOP(test_numbers, kNumbers);
  tcase_add_test(tcase, test_description);
  tcase_add_test(tcase, test_mass_takes_inertia_along);
  tcase_add_test(tcase, test_shift_equals_recompiling);
  tcase_add_loop_test(tcase, test_nominal_shift_changes_no_bit, 0, 5);
  tcase_add_test(tcase, test_gravity);
  tcase_add_test(tcase, test_directions_on_the_cart);
  tcase_add_test(tcase, test_friction);
  tcase_add_test(tcase, test_pendulum_frequency);
  tcase_add_test(tcase, test_nothing_accumulates);
  LOOP(test_errors, kErrors);
  tcase_add_loop_test(tcase, test_odd_names, 0, (int)(sizeof kOddNames / sizeof *kOddNames));
  tcase_add_test(tcase, test_all_errors_at_once);
  tcase_add_test(tcase, test_parameter_table);
  tcase_add_loop_test(tcase, test_random_definitions, 0, 5);
  suite_add_tcase(suite, tcase);
  return suite;
}
