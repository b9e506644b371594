// All panels at once, of a large robot, cost less than 2 ms of processor time a frame at 1280x720:
// the lists alone, and with their pixels less than 5 ms. Both are printed.

#include "tests/support/support.h"
#include "tests/viz/panel_fixture.h"
#include "viz/draw/head.h"
#include "viz/draw/raster.h"
#include "viz/show/private/activations.h"
#include "viz/show/private/layout.h"
#include "viz/show/private/mapping.h"
#include "viz/show/private/timeline.h"

#include <time.h>

// A humanoid's, in six terms, over 1,000 steps.
enum { OBS = 376, TERMS_OF_OBS = 6, ACTIONS = 17, TERMS = 5, STEPS = 1000, W = 1280, H = 720 };

#if defined(NDEBUG)
static const bool kTimed = !TEST_SANITIZED;
#else
static const bool kTimed = false;
#endif

static co_obs_element obs[OBS];
static co_action_element action[ACTIONS];
static char term[TERMS][CO_NAME];
static co_env_info info;
static co_track track[2];
static co_strips strips;
static co_policy *policy;
static co_policy_trace trace;
static co_tensor_fates fates;
static co_contract other;
static co_contract_diff diff;
static co_mapping mapping;

static void make_info(void) {
  for (int i = 0; i < OBS; i++) {
    snprintf(obs[i].name, CO_NAME, "term%d/element%d", i * TERMS_OF_OBS / OBS, i);
    snprintf(obs[i].term, CO_NAME, "term%d", i * TERMS_OF_OBS / OBS);
    snprintf(obs[i].unit, sizeof obs[i].unit, "rad");
    obs[i].scale = 1;
    obs[i].clip_low = -INFINITY;
    obs[i].clip_high = INFINITY;
  }
  for (int i = 0; i < ACTIONS; i++) {
    snprintf(action[i].name, CO_NAME, "ctrl/joint%d", i);
    snprintf(action[i].kind, sizeof action[i].kind, "ctrl");
    action[i].scale = 1;
    action[i].low = -0.4;
    action[i].high = 0.4;
    action[i].kp = action[i].kd = action[i].torque_limit = NAN;
  }
  for (int i = 0; i < TERMS; i++) snprintf(term[i], CO_NAME, "reward%d", i);
  info = (co_env_info){.task = "large",
                       .model = "large.xml",
                       .engine = "none",
                       .observe = "stale",
                       .timestep = 0.003,
                       .substeps = 5,
                       .horizon = STEPS,
                       .obs_dim = OBS,
                       .act_dim = ACTIONS,
                       .num_terms = TERMS,
                       .obs = obs,
                       .action = action,
                       .term = (const char(*)[CO_NAME])term};
}

static void make_track(int side) {
  float row[OBS + ACTIONS + TERMS];
  co_track_init(OBS, ACTIONS, TERMS, &track[side]);
  for (int step = 0; step <= STEPS; step++) {
    for (int i = 0; i < OBS + ACTIONS + TERMS; i++)
      row[i] = 0.6f * sinf(0.37f * (float)step + (float)(i + side));
    co_instant now = {.step = step, .obs = row, .action = row + OBS, .terms = row + OBS + ACTIONS};
    ck_assert_int_eq(co_track_put(&track[side], &now), CO_OK);
  }
}

static void make_policy(void) {
  co_network_def def = {.obs_dim = OBS,
                        .act_dim = ACTIONS,
                        .num_hidden = 2,
                        .hidden = {256, 256},
                        .activation = CO_ELU};
  co_stream stream = {1, 0, CO_PURPOSE_TEST};
  ck_assert_int_eq(co_policy_create(&def, &info, "ppo", &stream, &policy), CO_OK);
  ck_assert_int_eq(co_policy_trace_create(policy, &trace), CO_OK);
  co_policy_trace_run(&trace, co_track_row(&track[0], STEPS), NULL);
  ck_assert_int_eq(co_tensor_fates_make(policy, NULL, &fates), CO_OK);
  ck_assert_int_eq(co_contract_copy(&policy->contract, &other), CO_OK);
  for (int i = 0; i < OBS; i += 3) other.obs[i].scale = -2;
  co_diff_side a = {.contract = &policy->contract}, b = {.contract = &other};
  ck_assert_int_eq(co_contract_diff_make(&a, &b, &diff), CO_OK);
  co_mapping_sides sides = {.a = &policy->contract, .b = &other, .diff = &diff};
  ck_assert_int_eq(co_mapping_build(&sides, &mapping), CO_OK);
}

static void begin(void) {
  make_info();
  for (int side = 0; side < 2; side++) make_track(side);
  ck_assert_int_eq(co_strips_build(&info, &info, NULL, NULL, &strips), CO_OK);
  make_policy();
}

static void end(void) {
  for (int side = 0; side < 2; side++) co_track_free(&track[side]);
  co_strips_free(&strips);
  co_mapping_free(&mapping);
  co_contract_diff_free(&diff);
  co_contract_free(&other);
  co_tensor_fates_free(&fates);
  co_policy_trace_free(&trace);
  co_policy_free(policy);
}

static void paint_all(co_paint *paint, int scroll) {
  co_layout_def def = {W, H, co_paint_row(paint), 2, 200, {true, true, true}, true};
  co_layout layout;
  co_layout_make(&def, &layout);
  co_strips_input in = {.strips = &strips,
                        .track = {&track[0], &track[1]},
                        .name = {"source", "target"},
                        .step = STEPS / 2,
                        .parting = 40,
                        .view = {.span = STEPS, .scroll = scroll}};
  co_strips_paint(paint, layout.panel[CO_PANEL_STRIPS], &in);
  co_activations_input active = {
      .name = "policy", .policy = policy, .trace = &trace, .fates = &fates};
  co_activations_paint(paint, layout.panel[CO_PANEL_ACTIVATIONS], &active);
  co_mapping_input pairs = {.mapping = &mapping, .name = {"source", "target"}};
  co_mapping_paint(paint, layout.panel[CO_PANEL_MAPPING], &pairs);
  co_timeline_input line = {.track = {&track[0], &track[1]},
                            .control_dt = 0.015,
                            .horizon = STEPS,
                            .step = STEPS / 2,
                            .parting = 40};
  co_timeline_paint(paint, layout.timeline, &line);
  for (int side = 0; side < 2; side++) {
    co_head_input head = {.side = side, .policy = "policy", .world = "world", .end = ""};
    co_head_paint(paint, layout.scene[side], &head);
  }
}

static double milliseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return 1e3 * (double)now.tv_sec + 1e-6 * (double)now.tv_nsec;
}

static int compare(const void *x, const void *y) {
  double a = *(const double *)x, b = *(const double *)y;
  return (a > b) - (a < b);
}

// Scrolled to returns and rewards, to actions, and to the groups of observations.
START_TEST(a_frame_of_all_panels_is_cheap) {
  enum { ROUNDS = 31 };
  static unsigned char rgb[3 * W * H];
  static const int scroll[] = {0, 11, 29};
  double list[ROUNDS], both[ROUNDS];
  co_font font;
  co_font_plain(18, &font);
  co_paint paint = {0};
  for (int i = 0; i < ROUNDS; i++) {
    double start = milliseconds();
    co_paint_begin(&paint, &font);
    paint_all(&paint, scroll[_i]);
    list[i] = milliseconds() - start;
    co_raster raster = {{0, 0, W, H}, rgb, 3 * W};
    co_raster_draw(&paint, &raster);
    both[i] = milliseconds() - start;
  }
  ck_assert(panel_inside(&paint));
  qsort(list, ROUNDS, sizeof *list, compare);
  qsort(both, ROUNDS, sizeof *both, compare);
  printf("panels: %.2f ms, with pixels %.2f ms (%d pieces)\n", list[ROUNDS / 2], both[ROUNDS / 2],
         paint.num_ops);
  ck_assert(!kTimed || list[ROUNDS / 2] < 2);
  ck_assert(!kTimed || both[ROUNDS / 2] < 5);
  co_paint_free(&paint);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("viz/panels_cost");
  TCase *tcase = tcase_create("cost");
  tcase_add_checked_fixture(tcase, begin, end);
  tcase_add_loop_test(tcase, a_frame_of_all_panels_is_cheap, 0, 3);
  suite_add_tcase(suite, tcase);
  return suite;
}
