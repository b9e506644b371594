// What rows draw: the right numbers, from the right stream, on top of nominal ones; ends; pools.

#include "envs/physics/mujoco/engine.h"
#include "tests/envs/worlds.h"

#include <mujoco/mujoco.h>

#define SHIFT(parameter, rest) "{ parameter = \"" parameter "\"; " rest " }"

static co_status try_drawn(const char *task, const char *shifts, co_draws draws,
                           co_built_world **out) {
  co_node *domain = test_domain(shifts);
  co_world world = {.task = task, .domain = domain, .draws = draws};
  co_status status = co_world_build(&world, out);
  co_node_free(domain);
  return status;
}

static co_built_world *drawn_world(const char *task, const char *shifts, co_draws draws) {
  co_built_world *world = NULL;
  ck_ok(try_drawn(task, shifts, draws, &world));
  return world;
}

static const mjModel *seen_by(const co_row *row) {
  return ((const co_mujoco_row *)row->physics)->mj;
}

static double mass_of(const co_row *row, const char *body) {
  return seen_by(row)->body_mass[co_model_find(row->binding->model, CO_BODY, body)];
}

static void step(co_row *row, int steps) {
  for (int i = 0; i < steps; i++) {
    double action[8] = {0.3, -0.2, 0.1, 0.2, -0.3, 0.1, 0.0, 0.0};
    co_row_result result = {0};
    ck_ok(co_row_step(row, action, &result));
  }
}

// ---- draws

// Uniform over the range around the nominal number, anew at every reset, with derived constants.
START_TEST(test_rows_draw) {
  co_built_world *plain = test_world("hopper", NULL, NULL);
  co_built_world *world = test_world(
      "hopper", SHIFT("body.mass", "select = \"torso\"; scale = { uniform = (0.5, 1.5); };"), NULL);
  co_row row = test_row(world, 1);
  int torso = co_model_find(plain->model, CO_BODY, "torso");
  const mjModel *nominal = ((co_mujoco_model *)plain->model)->mj;
  double mass = nominal->body_mass[torso], sum = 0, before = 0;
  for (int i = 0; i < 400; i++) {
    ck_ok(co_row_reset(&row));
    double factor = mass_of(&row, "torso") / mass;
    ck_assert(factor >= 0.5 && factor < 1.5 && factor != before);
    ck_assert_double_eq(mass_of(&row, "torso"), row.drawn[0]);
    ck_assert_double_eq(mass_of(&row, "leg"), nominal->body_mass[torso + 2]);
    double inertia = seen_by(&row)->body_inertia[3 * torso] / nominal->body_inertia[3 * torso];
    ck_assert_double_eq_tol(inertia, factor, 1e-12);
    bool lighter = seen_by(&row)->body_invweight0[2 * torso] > nominal->body_invweight0[2 * torso];
    ck_assert_int_eq(lighter, factor < 1);
    before = factor;
    sum += factor;
  }
  ck_assert_double_eq_tol(sum / 400, 1.0, 4 * 0.2887 / 20);
  ck_assert_double_eq(((co_mujoco_model *)world->model)->mj->body_mass[torso], mass);
  co_row_free(&row);
  co_world_free(plain), co_world_free(world);
}
END_TEST

// One draw for all elements, or one for each.
START_TEST(test_each) {
  co_built_world *one = test_world(
      "hopper", SHIFT("body.mass", "select = \"t*|leg\"; scale = { uniform = (0.5, 1.5); };"),
      NULL);
  co_built_world *each = test_world(
      "hopper",
      SHIFT("body.mass", "select = \"t*|leg\"; scale = { uniform = (0.5, 1.5); each = true; };"),
      NULL);
  co_row a = test_row(one, 1), b = test_row(each, 1);
  double nominal[3];
  for (int i = 0; i < 3; i++) nominal[i] = one->plan.put[i].nominal[0];
  ck_assert_double_eq(a.drawn[0] / nominal[0], b.drawn[0] / nominal[0]);
  for (int i = 1; i < 3; i++) {
    ck_assert_double_eq_tol(a.drawn[i] / nominal[i], a.drawn[0] / nominal[0], 1e-15);
    ck_assert_double_gt(fabs(b.drawn[i] / nominal[i] - b.drawn[0] / nominal[0]), 1e-6);
  }
  co_row_free(&a), co_row_free(&b);
  co_world_free(one), co_world_free(each);
}
END_TEST

// What a row draws neither moves its reset noise nor depends on what happened in episodes before.
START_TEST(test_streams) {
  const char *shift = SHIFT("option.gravity", "scale = { uniform = (0.5, 1.5); };");
  co_built_world *plain = test_world("half_cheetah", NULL, NULL);
  co_built_world *world = test_world("half_cheetah", shift, NULL);
  co_row a = test_row(plain, 1), b = test_row(world, 1), c = test_row(world, 1);
  for (int episode = 0; episode < 5; episode++) {
    ck_assert_mem_eq(a.physics->qpos, b.physics->qpos, 9 * sizeof(double));
    ck_assert_mem_eq(a.physics->qvel, b.physics->qvel, 9 * sizeof(double));
    ck_assert_mem_eq(b.drawn, c.drawn, (size_t)world->plan.drawn * sizeof(double));
    step(&c, 10 * episode);
    ck_ok(co_row_reset(&a)), ck_ok(co_row_reset(&b)), ck_ok(co_row_reset(&c));
  }
  co_row_free(&a), co_row_free(&b), co_row_free(&c);
  co_world_free(plain), co_world_free(world);
}
END_TEST

// Nothing accumulates: a row with many draws behind it is, with the numbers of another, that other.
START_TEST(test_nothing_accumulates) {
  co_built_world *world =
      test_world("half_cheetah",
                 SHIFT("body.mass",
                       "select = \"*\"; scale = { uniform = (0.5, 2.0); each = true; "
                       "};") ", " SHIFT("actuator.gear",
                                        "select = \"*\"; scale = { uniform = (0.5, "
                                        "2.0); };") ", " SHIFT("joint.damping",
                                                               "select = \"*\"; scale "
                                                               "= { uniform = (0.5, "
                                                               "2.0); };"),
                 NULL);
  size_t size = co_row_size(&world->binding);
  unsigned char *bytes = malloc(size), *a = malloc(size), *b = malloc(size);
  co_row used = test_row(world, 1), fresh = test_row(world, 2), source = test_row(world, 3);
  for (int i = 0; i < 300; i++) ck_ok(co_row_reset(&used));
  co_row_save(&source, bytes);
  ck_ok(co_row_load(&used, bytes));
  ck_ok(co_row_load(&fresh, bytes));
  step(&used, 100), step(&fresh, 100), step(&source, 100);
  co_row_save(&used, a), co_row_save(&fresh, b);
  ck_assert_mem_eq(a, b, size);
  co_row_save(&source, b);
  ck_assert_mem_eq(a, b, size);
  free(bytes), free(a), free(b);
  co_row_free(&used), co_row_free(&fresh), co_row_free(&source);
  co_world_free(world);
}
END_TEST

// Order of shifts in a file does not matter to the numbers of constant shifts, nor to the physics.
START_TEST(test_order) {
  static const char *const shift[] = {SHIFT("body.mass", "select = \"torso\"; scale = 2;"),
                                      SHIFT("actuator.gear", "select = \"*\"; scale = 0.5;"),
                                      SHIFT("joint.armature", "select = \"*joint\"; add = 0.5;")};
  static const int order[][3] = {{0, 1, 2}, {2, 1, 0}, {1, 2, 0}};
  double obs[3][11];
  for (int k = 0; k < 3; k++) {
    char text[400];
    snprintf(text, sizeof text, "%s, %s, %s", shift[order[k][0]], shift[order[k][1]],
             shift[order[k][2]]);
    co_built_world *world = test_world("hopper", text, NULL);
    co_row row = test_row(world, 1);
    step(&row, 30);
    memcpy(obs[k], row.obs, sizeof obs[k]);
    co_row_free(&row);
    co_world_free(world);
  }
  ck_assert_mem_eq(obs[0], obs[1], sizeof obs[0]);
  ck_assert_mem_eq(obs[0], obs[2], sizeof obs[0]);
}
END_TEST

// The same of rows: an inertia that is given stays, whatever comes first and whoever draws it.
#define TORSO_MASS SHIFT("body.mass", "select = \"torso\"; scale = { uniform = (0.5, 2); };")
#define TORSO_INERTIA(how) SHIFT("body.inertia", "select = \"torso\"; set = " how ";")
static const char *const kGivenInertia[] = {
    TORSO_INERTIA("{ uniform = (0.1, 0.11, 0.1, 0.11, 0.1, 0.11); }") ", " TORSO_MASS,
    TORSO_MASS ", " TORSO_INERTIA("(0.1, 0.1, 0.1)"),
};

START_TEST(test_given_inertia_stays) {
  co_built_world *world = test_world("hopper", kGivenInertia[_i], NULL);
  int torso = co_model_find(world->model, CO_BODY, "torso");
  const co_put *put = world->plan.put;
  int inertia = put[0].parameter == CO_INERTIA ? 0 : 1, mass = !inertia;
  co_row row = test_row(world, 1);
  for (int i = 0; i < 5; i++) {
    ck_ok(co_row_reset(&row));
    const double *wanted = _i ? put[inertia].low : row.drawn + put[inertia].drawn_at;
    ck_assert_mem_eq(seen_by(&row)->body_inertia + 3 * torso, wanted, 3 * sizeof *wanted);
    ck_assert_double_eq(mass_of(&row, "torso"), row.drawn[put[mass].drawn_at]);
  }
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

// The closed form too: a row with its draws is the world with these numbers.
#define POLE(rest) SHIFT("body.mass", "select = \"pole\"; " rest)
#define GEAR(rest) SHIFT("actuator.gear", "select = \"*\"; " rest)
#define PENDULUM(gravity, mass, gear) \
  SHIFT("option.gravity", gravity) ", " POLE(mass) ", " GEAR(gear)
#define HALF_TO_TWICE "scale = { uniform = (0.5, 2.0); };"

START_TEST(test_pendulum_draws) {
  const char *drawn = PENDULUM(HALF_TO_TWICE, HALF_TO_TWICE, HALF_TO_TWICE);
  co_built_world *world = test_world("pendulum", drawn, NULL);
  co_row row = test_row(world, 1), neighbour = test_row(world, 2);
  for (int episode = 0; episode < 4; episode++) {
    char text[500];
    snprintf(text, sizeof text,
             PENDULUM("set = (0.0, 0.0, %.17g);", "set = %.17g;", "set = %.17g;"), row.drawn[2],
             row.drawn[3], row.drawn[4]);
    co_built_world *fixed = test_world("pendulum", text, NULL);
    co_row wanted = test_row(fixed, 1);
    for (int i = 0; i < episode; i++) ck_ok(co_row_reset(&wanted));
    step(&row, 30), step(&neighbour, 10), step(&wanted, 30);
    ck_assert_mem_eq(row.obs, wanted.obs, 3 * sizeof(double));
    co_row_free(&wanted);
    co_world_free(fixed);
    ck_ok(co_row_reset(&row));
  }
  co_row_free(&row), co_row_free(&neighbour);
  co_world_free(world);
}
END_TEST

// A curriculum starts at one value and widens with the row's own steps; else it is over.
START_TEST(test_curriculum) {
  const char *shift =
      SHIFT("option.gravity", "scale = { uniform = (0.5, 1.5); from = 1.0; over = 1000; };");
  co_built_world *world = drawn_world("half_cheetah", shift, CO_DRAW_WIDENING);
  co_built_world *full = drawn_world("half_cheetah", shift, CO_DRAW_FULL);
  co_row a = test_row(world, 1), b = test_row(full, 1);
  for (int episode = 0; episode < 12; episode++) {
    double share = fmin(1.0, 0.1 * episode), drawn = a.drawn[2] / -9.81, wide = b.drawn[2] / -9.81;
    ck_assert_double_eq_tol(drawn, 1 + share * (wide - 1), 1e-12);
    ck_assert_int_eq(a.age, 100 * episode);
    step(&a, 100), step(&b, 100);
    ck_ok(co_row_reset(&a)), ck_ok(co_row_reset(&b));
  }
  co_row_free(&a), co_row_free(&b);
  co_world_free(world), co_world_free(full);
}
END_TEST

// At an end a world is that of the fixed shift, bit for bit, and nothing is drawn.
static const char *const kEnds[][3] = {
    {"{ uniform = (0.5, 1.5); }", "0.5", "1.5"},
    {"{ log_uniform = (0.5, 1.5); }", "0.5", "1.5"},
    {"{ choice = (1.25, 0.75, 1.0); }", "0.75", "1.25"},
    {"{ normal = (1.0, 0.125); }", "0.5", "1.5"},
    {"{ normal = (1.0, 1.0); clip = (0.75, 2.0); from = 1.0; over = 5; }", "0.75", "2.0"},
};

START_TEST(test_ends) {
  for (int end = 0; end < 2; end++) {
    char drawn[300], fixed[300];
    const char *format =
        "{ parameter = \"body.mass\"; select = \"torso\"; scale = %s; },"
        "{ parameter = \"observation.bias\"; select = \"qpos\"; set = %s; }";
    snprintf(drawn, sizeof drawn, format, kEnds[_i][0], kEnds[_i][0]);
    snprintf(fixed, sizeof fixed, format, kEnds[_i][1 + end], kEnds[_i][1 + end]);
    co_built_world *a = drawn_world("hopper", drawn, end ? CO_DRAW_HIGH : CO_DRAW_LOW);
    co_built_world *b = test_world("hopper", fixed, NULL);
    ck_assert_int_eq(a->plan.drawn, 0);
    co_row x = test_row(a, 1), y = test_row(b, 1);
    step(&x, 20), step(&y, 20);
    ck_assert_mem_eq(x.obs, y.obs, 11 * sizeof(double));
    co_row_free(&x), co_row_free(&y);
    co_world_free(a), co_world_free(b);
  }
}
END_TEST

// Whole numbers: each of a range has the same chance.
START_TEST(test_whole_numbers) {
  co_built_world *world =
      test_world("pendulum", SHIFT("action.delay", "set = { uniform = (0, 3); };"), NULL);
  co_row row = test_row(world, 1);
  int count[4] = {0};
  for (int i = 0; i < 4000; i++) {
    ck_ok(co_row_reset(&row));
    ck_assert(row.drawn[0] == nearbyint(row.drawn[0]) && row.drawn[0] >= 0 && row.drawn[0] <= 3);
    count[(int)row.drawn[0]]++;
  }
  for (int i = 0; i < 4; i++) ck_assert_int_le(abs(count[i] - 1000), 120);
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

// ---- pools of variants

// Draws that need the compiler come from a pool: a few bodies, the same for every row and seed.
START_TEST(test_pool) {
  const char *shifts =
      SHIFT("limb.length", "select = \"leg\"; scale = { uniform = (0.8, 1.2); };") ", " SHIFT(
          "body.mass",
          "select = \"torso\"; scale = { uniform = (0.5, 1.5); };") ", " SHIFT("joint.damping",
                                                                               "select = \"*\"; "
                                                                               "scale = 2;");
  co_built_world *world = test_world("hopper", shifts, NULL);
  co_built_world *twin = test_world("hopper", shifts, NULL);  // as another process would build it
  ck_assert_int_eq(world->plan.pools, CO_POOL);
  size_t size = co_row_size(&world->binding);
  unsigned char *a = malloc(size), *b = malloc(size);
  co_row row = test_row(world, 1), other = test_row(twin, 2);
  bool seen[CO_POOL] = {false};
  double masses[CO_POOL] = {0};
  int variants = 0;
  for (int i = 0; i < 200; i++) {
    ck_ok(co_row_reset(&row));
    double leg = mass_of(&row, "leg");
    if (!seen[row.variant]) masses[row.variant] = leg;
    variants += !seen[row.variant];
    seen[row.variant] = true;
    ck_assert_double_eq(leg, masses[row.variant]);
    ck_assert_double_eq(mass_of(&row, "torso"), row.drawn[0]);
    ck_assert_double_eq(seen_by(&row)->dof_damping[5], 2.0);
    if (i % 20) continue;
    step(&row, 7);
    co_row_save(&row, a);
    ck_ok(co_row_load(&other, a));
    step(&row, 20), step(&other, 20);
    co_row_save(&row, a), co_row_save(&other, b);
    ck_assert_mem_eq(a, b, size);
  }
  ck_assert_int_eq(variants, CO_POOL);
  for (int i = 1; i < CO_POOL; i++) ck_assert_double_ne(masses[i], masses[0]);
  free(a), free(b);
  co_row_free(&row), co_row_free(&other);
  co_world_free(world), co_world_free(twin);
}
END_TEST

// A shift of a limb and one of its mass: the mass is nominal times the factor, whatever the length.
START_TEST(test_nominal_before_the_compiler) {
  co_built_world *plain = test_world("hopper", NULL, NULL);
  co_built_world *world = test_world("hopper",
                                     SHIFT("body.mass", "select = \"leg\"; scale = 2;") ", " SHIFT(
                                         "limb.length", "select = \"leg\"; scale = 1.25;"),
                                     NULL);
  co_row a = test_row(plain, 1), b = test_row(world, 1);
  ck_assert_double_eq(mass_of(&b, "leg"), 2 * mass_of(&a, "leg"));
  co_row_free(&a), co_row_free(&b);
  co_world_free(plain), co_world_free(world);
}
END_TEST

// A locked joint is missing; its coordinate reads 0 and its control goes nowhere.
START_TEST(test_missing) {
  co_built_world *plain = test_world("hopper", NULL, NULL);
  co_built_world *world =
      test_world("hopper", SHIFT("joint.lock", "select = \"leg_joint\"; set = -0.5;"), NULL);
  ck_assert_int_eq(plain->info.num_missing, 0);
  ck_assert_int_eq(world->info.num_missing, 2);
  ck_assert_str_eq(world->info.missing[0], "joint/leg_joint");
  ck_assert_str_eq(world->info.missing[1], "actuator/leg_joint");
  ck_assert_int_eq(world->info.obs_dim, plain->info.obs_dim);
  co_row row = test_row(world, 1);
  step(&row, 10);
  ck_assert_double_eq(row.obs[3], 0.0);
  ck_assert_double_ne(row.obs[2], 0.0);
  co_row_free(&row);
  co_world_free(plain), co_world_free(world);
}
END_TEST

// ---- what is refused

static const struct {
  const char *task, *shift, *says;
} kErrors[] = {
    {"hopper", SHIFT("body.mass", "select = \"torso\"; set = { uniform = (-1.0, 2.0); };"),
     "would be -1, allowed"},
    {"hopper", SHIFT("body.mass", "select = \"torso\"; set = { uniform = (1.0, 1e8); };"),
     "would be 1e+08, allowed"},
    {"hopper", SHIFT("body.mass", "select = \"torso\"; scale = { normal = (1.0, 0.5); };"),
     "give clip = (low, high)"},
    {"hopper",
     SHIFT("body.mass", "select = \"torso\"; set = { uniform = (1, 2); from = -1; over = 9; };"),
     "would be -1, allowed"},
    {"hopper", SHIFT("option.gravity", "set = { uniform = (1.0, 2.0); };"),
     "takes 3 values, here are 1"},
    {"hopper", SHIFT("action.delay", "set = { uniform = (0.5, 2.0); };"), "is a whole number"},
    {"hopper", SHIFT("action.delay", "set = 1.5;"), "is a whole number"},
    {"hopper", SHIFT("action.delay", "set = { uniform = (0, 65); };"), "allowed 0 to 64"},
    {"hopper", SHIFT("option.timestep", "scale = { uniform = (0.5, 1.0); };"), "cannot be drawn"},
    {"hopper",
     SHIFT("limb.length",
           "select = \"leg\"; scale = { uniform = (0.8, 1.2); from = 1.0; over = 9; };"),
     "has no curriculum"},
    {"hopper",
     SHIFT("body.mass", "select = \"torso\"; scale = 2;") ", " SHIFT(
         "body.mass", "select = \"*\"; scale = { uniform = (1, 2); };"),
     "body.mass torso is shifted twice"},
    {"hopper",
     SHIFT("observation.noise", "select = \"qpos\"; set = 1;") ", " SHIFT(
         "observation.noise", "select = \"*/rootz\"; set = 2;"),
     "observation.noise qpos/rootz is shifted twice"},
    {"hopper", SHIFT("observation.noise", "select = \"qpos/rootzz\"; set = 1;"),
     "did you mean \"qpos/rootz\""},
    {"hopper", SHIFT("push.speed", "select = \"wing\"; set = 1;"), "there are: rootx"},
    {"hopper", SHIFT("push.speed", "set = 1;"), "needs a pattern of qvel names"},
    {"pendulum", SHIFT("limb.length", "select = \"pole\"; scale = 1.5;"), "engine \"pendulum\""},
    {"hopper", SHIFT("body.mass", "select = \"world\"; add = 1.0;"), "has no mass"},
    {"hopper", SHIFT("body.mass", "select = \"world\"; add = { uniform = (1.0, 2.0); };"),
     "has no mass"},
    // what no row can have, or only for some of the numbers that it could draw
    {"ant", SHIFT("body.pos", "select = \"torso\"; set = { uniform = (0, 1, 0, 1, 0.7, 0.8); };"),
     "body.pos of body \"torso\": of a free body it is where an episode starts: draw reset.qpos"},
    {"pusher", SHIFT("body.com", "select = \"object\"; add = { choice = (0.1, 0.2); };"),
     "takes 3 values"},
    {"pusher", SHIFT("body.com", "select = \"object\"; add = { uniform = (0, 1, 0, 1, 0, 1); };"),
     "body.com of body \"object\": its body is compiled as a simple one"},
    {"hopper", SHIFT("geom.condim", "select = \"foot*\"; set = { uniform = (1, 6); };"),
     "is 1, 3, 4 or 6, not 2"},
    {"hopper", SHIFT("geom.condim", "select = \"foot*\"; set = { choice = (1, 6, 5); };"),
     "is 1, 3, 4 or 6, not 5"},
    {"hopper", SHIFT("joint.range", "select = \"leg*\"; set = { uniform = (-1, 0, -0.1, 1); };"),
     "the lower limit is below"},
    {"hopper",
     SHIFT("body.inertia", "select = \"torso\"; set = { uniform = (1, 3, 1, 2, 1, 2); };"),
     "no body has a moment above the sum"},
    {"hopper",
     SHIFT("joint.lock", "select = \"leg_joint\"; set = -0.5;") ", " SHIFT(
         "body.pos", "select = \"leg\"; add = { uniform = (0, 0.1, 0, 0, 0, 0); };"),
     "a locked joint places it"},
    {"pendulum", SHIFT("option.gravity", "set = { uniform = (0, 1, 0, 0, -9, -9); };"),
     "vertical gravity only"},
};

// All of which can be drawn.
static const char *const kDrawable[] = {
    SHIFT("geom.condim", "select = \"foot*\"; set = { choice = (1, 3, 4, 6); };"),
    SHIFT("geom.condim", "select = \"foot*\"; set = { uniform = (3, 4); };"),
    SHIFT("body.inertia", "select = \"torso\"; scale = { uniform = (0.1, 9); };"),
    SHIFT("joint.range", "select = \"leg*\"; set = { uniform = (-2, -1, -0.9, 1); };"),
    SHIFT("option.iterations", "set = { uniform = (1, 1000); };"),
    SHIFT("option.solver", "set = { choice = (1, 2); from = 0; over = 100; };"),
};

START_TEST(test_drawable) {
  co_built_world *world = test_world("hopper", kDrawable[_i], NULL);
  co_row row = test_row(world, 1);
  for (int i = 0; i < 100; i++) ck_ok(co_row_reset(&row));
  co_row_free(&row);
  co_world_free(world);
}
END_TEST

START_TEST(test_errors) {
  co_built_world *world = NULL;
  ck_fails(test_try_world(kErrors[_i].task, kErrors[_i].shift, NULL, &world), CO_CONFIG,
           kErrors[_i].says);
  ck_assert_ptr_nonnull(strstr(co_error_text(), "domain.cfg:1"));
}
END_TEST

// Shifts of the model and of the signal path are checked together, those of the task's terms after.
START_TEST(test_all_errors_at_once) {
  co_built_world *world = NULL;
  const char *shifts = SHIFT("body.mass", "select = \"wing\"; scale = 2;") ",\n" SHIFT(
      "observation.noise", "select = \"qvelo\"; set = 1;") ",\n" SHIFT("action.delay", "set = 99;");
  ck_fails(test_try_world("hopper", shifts, NULL, &world), CO_CONFIG, "domain.cfg:1");
  ck_assert_ptr_nonnull(strstr(co_error_text(), "domain.cfg:2"));
  ck_assert_ptr_nonnull(strstr(co_error_text(), "domain.cfg:3"));
}
END_TEST

#define LOOP(function, table) \
  tcase_add_loop_test(tcase, function, 0, (int)(sizeof(table) / sizeof *(table)))

Suite *test_suite(void) {
  Suite *suite = suite_create("plan");
  TCase *tcase = tcase_create("plan");
  tcase_set_timeout(tcase, 60);
  tcase_add_test(tcase, test_rows_draw);
  tcase_add_test(tcase, test_each);
  tcase_add_test(tcase, test_streams);
  tcase_add_test(tcase, test_nothing_accumulates);
  tcase_add_test(tcase, test_order);
  LOOP(test_given_inertia_stays, kGivenInertia);
  tcase_add_test(tcase, test_pendulum_draws);
  tcase_add_test(tcase, test_curriculum);
  LOOP(test_ends, kEnds);
  tcase_add_test(tcase, test_whole_numbers);
  tcase_add_test(tcase, test_pool);
  tcase_add_test(tcase, test_nominal_before_the_compiler);
  tcase_add_test(tcase, test_missing);
  LOOP(test_drawable, kDrawable);
  LOOP(test_errors, kErrors);
  tcase_add_test(tcase, test_all_errors_at_once);
  suite_add_tcase(suite, tcase);
  return suite;
}
