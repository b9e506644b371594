// Domains that are written down: every one of them builds on the task it names, and the benchmarks'
// shifts are what the reference data say: the same masses, and the same effect on recorded actions.

#include "core/json.h"
#include "envs/domain/preset.h"
#include "envs/physics/mujoco/engine.h"
#include "envs/record/replay.h"
#include "envs/source/worlds.h"
#include "tests/envs/worlds.h"

#include <mujoco/mujoco.h>

enum { kMaxPresets = 1000 };

static co_presets presets;  // all, in memory for the life of the program
static co_json *facts[2];   // of the collections below; NULL: the reference data are not there

typedef struct collection {
  const char *name, *file, *list;
} collection;

static const collection kCollections[] = {
    {"odrl", "odrl_tasks.json", "locomotion"},
    {"gym_extensions", "gym_extensions_tasks.json", "body_size"},
};

// ---- all of them build

START_TEST(test_builds) {
  const co_preset *preset = &presets.preset[_i];
  if (!preset->task) return;
  co_built_world *world = NULL;
  co_status status =
      co_world_build(&(co_world){.task = preset->task, .domain = preset->domain}, &world);
  ck_assert_msg(status == CO_OK, "%s: %s", preset->name, co_error_text());
  ck_assert_int_gt(world->info.num_shifts, 0);
  co_world_free(world);
}
END_TEST

START_TEST(test_loaded_by_name) {
  const co_preset *preset = &presets.preset[_i];
  co_node *domain = NULL;
  ck_ok(co_domain_load(preset->name, &domain));
  ck_assert_int_eq(domain->count, preset->domain->count);
  co_node_free(domain);
}
END_TEST

// A domain of another robot: by the model of the task that it is meant for.
START_TEST(test_strangers) {
  static const struct {
    const char *name, *model, *meant;
  } cases[] = {{"gym_extensions/HopperGravityHalf-v0", "hopper.xml", ""},
               {"gym_extensions/HopperGravityHalf-v0", "half_cheetah.xml", "hopper"},
               {"gym_extensions/HopperGravityHalf-v0", NULL, "hopper"},
               {"gravity_x1.5", "half_cheetah.xml", ""},  // of no robot
               {"no/such", "half_cheetah.xml", ""},
               {"{ parameter = \"option.gravity\"; scale = 1.5; }", "half_cheetah.xml", ""}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char meant[CO_NAME];
    ck_ok(co_world_find_stranger(cases[i].name, cases[i].model, meant));
    ck_assert_str_eq(meant, cases[i].meant);
  }
}
END_TEST

START_TEST(test_missing) {
  co_node *domain = NULL;
  ck_fails(co_domain_load("odrl/hopper-friction-0.2", &domain), CO_NO_INPUT, "did you mean");
  ck_fails(co_domain_load("no/such.cfg", &domain), CO_NO_INPUT, "no/such.cfg");
}
END_TEST

typedef struct bad_file {
  const char *text, *says;
} bad_file;

static const bad_file kBadFiles[] = {
    {"domain = 3;", "a domain file holds one list"},
    {"task = \"hopper\";", "a domain file holds one list"},
    {"domain = ( ); presets = ( );", "a domain file holds one list"},
    {"presets = ( { task = \"hopper\"; domain = ( ); } );", "bad.cfg:1: presets: each is"},
    {"presets = ( { name = \"a\"; } );", "bad.cfg:1: presets: each is"},
    {"presets = ( { name = \"a\"; domain = ( ); colour = 1; } );", "bad.cfg:1: presets: each is"},
    {"presets = ( { name = \"a\"; domain = ( ); },\n{ name = \"a\"; domain = ( ); } );",
     "bad.cfg:2: name: \"a\" appears twice"},
    {"presets = ( { name = \"a\"; domain = ( ); } );", "a collection: name one of its domains"},
};

START_TEST(test_bad_files) {
  char *path = test_write("bad.cfg", kBadFiles[_i].text);
  co_node *domain = NULL;
  ck_fails(co_domain_load(path, &domain), CO_CONFIG, kBadFiles[_i].says);
  free(path);
}
END_TEST

// ---- against the reference data

static const co_json *facts_of(const co_preset *preset) {
  for (size_t c = 0; c < sizeof kCollections / sizeof *kCollections; c++) {
    size_t length = strlen(kCollections[c].name);
    if (!facts[c] || strncmp(preset->name, kCollections[c].name, length) != 0) continue;
    const co_json *list = co_json_get(facts[c], kCollections[c].list);
    for (size_t i = 0; i < co_json_count(list); i++) {
      const co_json *entry = co_json_at(list, i);
      if (strcmp(co_json_get_string(entry, "name"), preset->name + length + 1) == 0) return entry;
    }
  }
  return NULL;
}

static co_built_world *build(const co_preset *preset) {
  co_built_world *world = NULL;
  ck_ok(co_world_build(&(co_world){.task = preset->task, .domain = preset->domain}, &world));
  return world;
}

// Masses of the compiled model, which follow from sizes and densities.
START_TEST(test_masses) {
  const co_preset *preset = &presets.preset[_i];
  const co_json *entry = facts_of(preset);
  const co_json *compiled = entry ? co_json_get(entry, "compiled_on_v5") : NULL;
  if (!compiled) return;
  co_built_world *world = build(preset);
  const mjModel *m = ((const co_mujoco_model *)world->model)->mj;
  double wanted = co_json_get_number(compiled, "total_mass", NAN);
  ck_assert_double_eq_tol(m->body_subtreemass[0], wanted, 1e-9 * wanted);
  const co_json *masses = co_json_get(compiled, "body_mass");
  for (int body = 1; masses && body < m->nbody; body++) {
    const char *name = mj_id2name(m, mjOBJ_BODY, body);
    const co_json *mass = name ? co_json_get(masses, name) : NULL;
    if (!mass) continue;
    double value = co_json_as_number(mass, NAN);
    ck_assert_msg(fabs(m->body_mass[body] - value) <= 1e-9 * value,
                  "%s: %s weighs %.12g, not %.12g", preset->name, name, m->body_mass[body], value);
  }
  co_world_free(world);
}
END_TEST

// The recorded actions from the recorded start in the shifted world: the step at which observations
// leave the unshifted trajectory, and how far they get. Where the difference is chaotic only its
// size is known.
static void compare_effect(const co_preset *preset, const co_built_world *world,
                           const co_json *effect) {
  char path[4200];
  const char *trajectory = co_json_get_string(effect, "trajectory");
  snprintf(path, sizeof path, "%s/golden/traj/%s.json", test_shared(), trajectory);
  co_replay replay;
  co_replay_options options = {.tolerance = 1e-9};
  ck_ok(co_replay_file(world, path, &options, &replay));
  const co_replay_field *obs = &replay.field[0];
  ck_assert_str_eq(obs->name, "obs");
  const co_json *first = co_json_get(effect, "first_step_above_1e_9");
  int wanted = co_json_is_null(first) ? -1 : (int)co_json_as_number(first, -2);
  ck_assert_msg(obs->first_above == wanted, "%s, %s: differs from step %d, not %d", preset->name,
                trajectory, obs->first_above, wanted);
  double size = co_json_get_number(effect, "max_abs_obs_difference", NAN);
  ck_assert_msg(fabs(obs->max_abs - size) <= 0.006 * size + 1e-12 || obs->max_abs > 1,
                "%s, %s: differs by %.4g, not %.4g", preset->name, trajectory, obs->max_abs, size);
  ck_assert_msg(size <= 0 || fabs(log(obs->max_abs / size)) < 0.5,
                "%s, %s: differs by %.4g, not %.4g", preset->name, trajectory, obs->max_abs, size);
  co_replay_free(&replay);
}

START_TEST(test_effects) {
  const co_preset *preset = &presets.preset[_i];
  const co_json *entry = facts_of(preset);
  const co_json *effects = entry ? co_json_get(entry, "effect_on_recorded_actions") : NULL;
  if (!effects) return;
  co_built_world *world = build(preset);
  for (size_t i = 0; i < co_json_count(effects); i++) {
    compare_effect(preset, world, co_json_at(effects, i));
  }
  co_world_free(world);
}
END_TEST

// Every shift of the reference data is among the presets.
START_TEST(test_complete) {
  for (size_t c = 0; c < sizeof kCollections / sizeof *kCollections; c++) {
    const co_json *list = facts[c] ? co_json_get(facts[c], kCollections[c].list) : NULL;
    for (size_t i = 0; list && i < co_json_count(list); i++) {
      char name[200];
      snprintf(name, sizeof name, "%s/%s", kCollections[c].name,
               co_json_get_string(co_json_at(list, i), "name"));
      co_node *domain = NULL;
      ck_ok(co_domain_load(name, &domain));
      co_node_free(domain);
    }
  }
}
END_TEST

// ODRL's hopper with friction 0.1 and 0.5 is one world: the floor's friction wins.
START_TEST(test_same_world) {
  co_node *strong = NULL, *weak = NULL;
  ck_ok(co_domain_load("odrl/hopper-friction-0.5", &strong));
  ck_ok(co_domain_load("odrl/hopper-friction-0.1", &weak));
  co_world_source worlds = co_worlds(NULL);
  co_shift shift;
  co_world a = {.task = "hopper", .domain = strong}, b = {.task = "hopper", .domain = weak};
  ck_ok(worlds.compare(worlds.context, &a, &b, 1, &shift));
  ck_assert(!shift.live);
  ck_assert_int_eq(shift.first_step, -1);
  ck_assert_ptr_nonnull(strstr(shift.reason, "the larger friction of its two geoms"));
  ck_assert_int_gt(shift.num_pairs, 0);
  for (int i = 0; i < shift.num_pairs; i++) {
    ck_assert_double_eq(shift.pair[i].source, shift.pair[i].target);
  }
  co_node_free(strong);
  co_node_free(weak);
}
END_TEST

static void load_facts(void) {
  const char *shared = test_shared();
  for (size_t c = 0; shared && c < sizeof kCollections / sizeof *kCollections; c++) {
    char path[4200];
    snprintf(path, sizeof path, "%s/golden/%s", shared, kCollections[c].file);
    if (co_json_read(path, &facts[c]) != CO_OK) abort();
  }
}

Suite *test_suite(void) {
  Suite *suite = suite_create("presets");
  TCase *tcase = tcase_create("presets");
  if (co_presets_read(&presets) != CO_OK || presets.count > kMaxPresets) abort();
  load_facts();
  tcase_set_timeout(tcase, 60);
  tcase_add_loop_test(tcase, test_builds, 0, presets.count);
  tcase_add_loop_test(tcase, test_loaded_by_name, 0, presets.count);
  tcase_add_test(tcase, test_strangers);
  tcase_add_test(tcase, test_missing);
  tcase_add_loop_test(tcase, test_bad_files, 0, (int)(sizeof kBadFiles / sizeof *kBadFiles));
  tcase_add_loop_test(tcase, test_masses, 0, presets.count);
  tcase_add_loop_test(tcase, test_effects, 0, presets.count);
  tcase_add_test(tcase, test_complete);
  tcase_add_test(tcase, test_same_world);
  suite_add_tcase(suite, tcase);
  return suite;
}
