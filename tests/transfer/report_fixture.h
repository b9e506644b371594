// A made-up study as results.json: 1 source, 3 targets (one left out), 5 strategies, 5 seeds,
// numbers of the size that Hopper gives. Deterministic.

#ifndef TESTS_TRANSFER_REPORT_FIXTURE_H_
#define TESTS_TRANSFER_REPORT_FIXTURE_H_

#include "core/json.h"
#include "tests/support/json_edit.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SEEDS = 5, STRATEGIES = 5, TARGETS = 2, POINTS = 6 };

static const char *const fixture_strategy[STRATEGIES] = {"zero_shot", "scratch", "full", "partial",
                                                         "new_head"};
static const char *const fixture_target[TARGETS] = {"gravity", "foot_reversed"};
// final returns and their spread, per target and strategy
static const double fixture_final[TARGETS][STRATEGIES] = {{503, 330, 2649, 2111, 438},
                                                          {-2, 418, 198, 240, 1291}};
static const double fixture_spread[TARGETS][STRATEGIES] = {{90, 60, 260, 700, 150},
                                                           {3, 80, 40, 60, 420}};

static uint32_t fixture_state;

static double noise(void) {  // in (-1, 1)
  fixture_state = fixture_state * 1664525u + 1013904223u;
  return (double)(fixture_state >> 8) / (1 << 23) - 1;
}

static co_json *estimate(double value, double half, const char *note) {
  co_json *json = co_json_object();
  co_json_set_number(json, "value", value);
  co_json_set_number(json, "lo", value - half);
  co_json_set_number(json, "hi", value + 0.9 * half);
  co_json_set_int(json, "n", SEEDS);
  co_json_set_int(json, "censored", 0);
  co_json_set_string(json, "note", note);
  return json;
}

static co_json *entry(const char *target, int strategy) {
  co_json *json = co_json_object();
  bool scratch = strcmp(fixture_strategy[strategy], "scratch") == 0;
  co_json_set_string(json, "source", scratch ? NULL : "hopper");
  co_json_set_string(json, "target", target);
  co_json_set_string(json, "strategy", fixture_strategy[strategy]);
  return json;
}

static co_json *fixture_metrics(int t, int k) {
  co_json *metrics = co_json_object();
  double final = fixture_final[t][k], spread = fixture_spread[t][k],
         difference = final - fixture_final[t][1];
  co_json_set(metrics, "final_iqm", estimate(final, spread, NULL));
  if (k != 1) {
    bool worse = difference < 0;
    co_json_set(metrics, "carry_over",
                estimate((fixture_final[t][0] - 18) / 2426, 0.05 - 0.045 * t, NULL));
    co_json_set(metrics, "zero_shot", estimate(fixture_final[t][0], fixture_spread[t][0], NULL));
    co_json_set(
        metrics, "difference_to_scratch",
        estimate(difference, spread + 60, k == 0 && t == 0 ? "not told apart from scratch" : NULL));
    co_json_set(metrics, "p_better_than_scratch",
                estimate(worse ? 0.08 : 0.94, 0.06, worse ? NULL : ">= 0.86, p = 0.008"));
    co_json_set(metrics, "negative_transfer", co_json_number(worse));
    co_json_set(metrics, "forgetting",
                estimate(k == 0 ? 0 : 700.0 * k - 500, k == 0 ? 0 : 320, NULL));
    co_json_set(metrics, "transfer_ratio", estimate(NAN, NAN, "scratch has not learned yet"));
  }
  co_json_set(metrics, "time_to_threshold",
              estimate(NAN, NAN, k == 2 ? NULL : "fewer than 80 % reach it"));
  return metrics;
}

static void add_curve(co_json *list, int t, int k) {
  co_json *curve = entry(fixture_target[t], k);
  co_json *step = co_json_array(), *iqm = co_json_array(), *lo = co_json_array(),
          *hi = co_json_array();
  co_json *seeds = co_json_array();
  int points = k == 0 ? 1 : POINTS;
  double start = k == 1 || k == 4 ? 20 : fixture_final[t][0];
  for (int i = 0; i < points; i++) {
    double done = i / (POINTS - 1.0),
           value = start + (fixture_final[t][k] - start) * (2 - done) * done;
    double half = fixture_spread[t][k] * (0.3 + 0.7 * done);
    co_json_add_number(step, i * 12288);
    co_json_add_number(iqm, value);
    co_json_add_number(lo, value - half);
    co_json_add_number(hi, value + 0.8 * half);
  }
  for (int s = 0; s < SEEDS; s++) {
    co_json *seed = co_json_array();
    for (int i = 0; i < points; i++) {
      co_json_add_number(
          seed, co_json_as_number(co_json_at(iqm, (size_t)i), 0) + fixture_spread[t][k] * noise());
    }
    co_json_add(seeds, seed);
  }
  co_json_set(curve, "step", step);
  co_json_set(curve, "iqm", iqm);
  co_json_set(curve, "lo", lo);
  co_json_set(curve, "hi", hi);
  co_json_set(curve, "seeds", seeds);
  co_json_add(list, curve);
}

static void add_tensor(co_json *list, const char *name, int rows, int columns, const char *status,
                       bool trained) {
  co_json *tensor = co_json_object(), *shape = co_json_array();
  co_json_add(shape, co_json_int(rows));
  if (columns) co_json_add(shape, co_json_int(columns));
  co_json_set_string(tensor, "name", name);
  co_json_set(tensor, "shape", shape);
  co_json_set_string(tensor, "status", status);
  co_json_set_bool(tensor, "trained", trained);
  co_json_set_string(tensor, "hash_before", "8c3f");
  co_json_set_string(tensor, "hash_after", trained ? "91d0" : "8c3f");
  co_json_set_number(tensor, "moved", trained ? 0.2 + 0.15 * noise() : 0);
  co_json_add(list, tensor);
}

static void add_tensors(co_json *list, int t, int k) {
  co_json *of = entry(fixture_target[t], k), *tensors = co_json_array();
  const char *trunk = k == 1 ? "fresh" : "copied", *head = k == 1 || k == 4 ? "fresh" : "copied";
  bool trained = k != 0, trunk_trained = k == 1 || k == 2;
  add_tensor(tensors, "actor.trunk.0.weight", 64, 11, trunk, trunk_trained);
  add_tensor(tensors, "actor.trunk.0.bias", 64, 0, trunk, trunk_trained);
  add_tensor(tensors, "actor.trunk.1.weight", 64, 64, trunk, trunk_trained);
  add_tensor(tensors, "actor.trunk.1.bias", 64, 0, trunk, trunk_trained);
  add_tensor(tensors, "actor.mean.weight", 3, 64, head, trained);
  add_tensor(tensors, "actor.log_std", 3, 0, head, trained);
  add_tensor(tensors, "critic.0.trunk.0.weight", 64, 11, head, trained);
  add_tensor(tensors, "obs_norm.mean", 11, 0, trunk, trunk_trained);
  co_json_set(of, "tensors", tensors);
  co_json_add(list, of);
}

static void add_step0(co_json *list, int t, int k) {
  co_json *of = entry(fixture_target[t], k);
  if (k == 1) {
    co_json_set(of, "action_difference", co_json_null());
    co_json_set(of, "zero_shot_equal", co_json_null());
  } else {
    co_json_set_number(of, "action_difference", k == 4 ? 1.873 : 0);
    co_json_set(of, "zero_shot_equal", k == 4 ? co_json_null() : co_json_bool(true));
  }
  co_json_add(list, of);
}

// final, paired, strategies, curves, tensors and step0 of one target
static void add_target_results(co_json *results, int t) {
  double scratch[SEEDS] = {0};
  for (int s = 0; s < SEEDS; s++) scratch[s] = fixture_final[t][1] + fixture_spread[t][1] * noise();
  for (int k = 0; k < STRATEGIES; k++) {
    co_json *final = entry(fixture_target[t], k), *paired = entry(fixture_target[t], k);
    co_json *seeds = co_json_array(), *difference = co_json_array();
    for (int s = 0; s < SEEDS; s++) {
      double value = k == 1 ? scratch[s] : fixture_final[t][k] + fixture_spread[t][k] * noise();
      co_json_add_number(seeds, value);
      co_json_add_number(difference, value - scratch[s]);
    }
    co_json_set(final, "seeds", seeds);
    co_json_set(paired, "difference", difference);
    co_json_add(json_member(results, "final"), final);
    co_json_add(json_member(results, "paired"), paired);
    co_json *strategy = entry(fixture_target[t], k);
    co_json_set(strategy, "metrics", fixture_metrics(t, k));
    co_json_add(json_member(results, "strategies"), strategy);
    add_curve(json_member(results, "curves"), t, k);
    add_tensors(json_member(results, "tensors"), t, k);
    add_step0(json_member(results, "step0"), t, k);
  }
}

static co_json *fixture_parse(const char *text) {
  co_json *json = NULL;
  if (co_json_parse(text, strlen(text), "fixture", &json) != CO_OK) {
    fprintf(stderr, "%s\n", co_error_text());
    abort();
  }
  return json;
}

// what does not depend on seeds
static const char fixture_frame[] =
    "{\"format\":1,\"command\":\"run\",\"version\":\"0.1.0\",\"name\":\"quickstart\",\"study\":"
    "\"quickstart.cfg\","
    "\"study_hash\":\"5f0c2a9be1d47730\",\"seeds\":5,"
    "\"verdict\":\"Fine-tuning everything wins under gravity x 1.5 and loses with the foot motor "
    "reversed.\\n"
    "gravity: 20 % of the source return carries over; after training, full ends above scratch in 5 "
    "of 5 seeds.\\n"
    "foot_reversed: nothing carries over; full and partial end below scratch, new_head above it.\","
    "\"config\":\"format = 1;\\nname = \\\"quickstart\\\";\\nseeds = 5;\\n\","
    "\"versions\":{\"carryover\":\"0.1.0\",\"mujoco\":\"4.0.1\",\"isa\":\"x86-64-v3\"},"
    "\"trials\":{\"total\":70,\"done\":69,\"failed\":[\"transfer.hopper.gravity.partial.s3\"]},"
    "\"sources\":[{\"name\":\"hopper\",\"task\":\"hopper\",\"steps\":307200,\"domain\":\"nominal\","
    "\"random\":18.1,"
    "\"return_seeds\":[2444.2,2380.7,2610.9,1102.4,2533.0]}],"
    "\"targets\":["
    "{\"name\":\"gravity\",\"task\":\"hopper\",\"steps\":61440,\"oracle_steps\":368640,"
    "\"threshold\":1000,"
    "\"domain\":\"option.gravity x 1.5\",\"state\":\"run\",\"reason\":null},"
    "{\"name\":\"foot_reversed\",\"task\":\"hopper\",\"steps\":61440,\"oracle_steps\":368640,"
    "\"domain\":\"actuator.gear x -1 (foot)\",\"state\":\"run\"},"
    "{\"name\":\"slippery\",\"task\":\"hopper\",\"steps\":61440,\"domain\":\"geom.friction x 0.1 "
    "(floor)\","
    "\"state\":\"skipped\",\"reason\":\"inert under this policy: 4 of 5 source policies return "
    "exactly the same\"}],"
    "\"strategy_definitions\":["
    "{\"name\":\"zero_shot\",\"doc\":\"the source policy as it "
    "is\",\"copy\":\"*\",\"train\":\"\",\"obs_norm\":\"keep\"},"
    "{\"name\":\"scratch\",\"doc\":\"a fresh policy, the "
    "baseline\",\"copy\":\"\",\"train\":\"*\",\"obs_norm\":\"reset\"},"
    "{\"name\":\"full\",\"doc\":\"all copied, all "
    "trained\",\"copy\":\"*\",\"train\":\"*\",\"obs_norm\":\"blend\"},"
    "{\"name\":\"partial\",\"doc\":\"all copied, actor trunk frozen\",\"copy\":\"*\","
    "\"train\":\"actor.mean.*|actor.log_std|critic.*|*_norm.*\",\"obs_norm\":\"keep\"},"
    "{\"name\":\"new_head\",\"doc\":\"trunk copied and frozen, fresh head and critic\","
    "\"copy\":\"actor.trunk.*|obs_norm.*\",\"train\":\"actor.mean.*|actor.log_std|critic.*\",\"obs_"
    "norm\":\"keep\"}],"
    "\"references\":{\"gravity\":{\"random\":14.2,\"oracle\":2718.4},\"foot_reversed\":{\"random\":"
    "18,\"oracle\":2502.7}},"
    "\"matrix\":{\"gravity\":[[2444,503],[1630,2718]],\"foot_reversed\":[[2444,-2],[31,2503]]},"
    "\"shifts\":["
    "{\"source\":\"hopper\",\"target\":\"gravity\",\"grade\":\"live\",\"live\":true,\"first_step\":"
    "1,"
    "\"rms\":{\"1\":0.012,\"10\":0.148,\"100\":0.92},\"identical_share\":0,\"difference\":-1941,"
    "\"noise\":84,"
    "\"limit_share\":0.21,\"visited_share\":0.64},"
    "{\"source\":\"hopper\",\"target\":\"foot_reversed\",\"grade\":\"live\",\"live\":true,\"first_"
    "step\":1,"
    "\"rms\":{\"1\":0.31,\"10\":1.7,\"100\":2.4},\"identical_share\":0,\"difference\":-2446,"
    "\"noise\":84},"
    "{\"source\":\"hopper\",\"target\":\"slippery\",\"grade\":\"inert_under_policy\",\"live\":true,"
    "\"first_step\":37,"
    "\"rms\":{\"1\":0,\"10\":0,\"100\":0.0042},\"identical_share\":0.8,\"difference\":0,\"noise\":"
    "84,"
    "\"effective_friction\":[{\"pair\":\"floor|foot\",\"source\":2,\"target\":2}],"
    "\"reason\":\"contact friction is the larger of the two geoms: the foot's 2.0 hides the "
    "floor's\"}],"
    "\"final\":[],\"paired\":[],\"strategies\":[],\"curves\":[],\"tensors\":[],\"step0\":[]}";

static co_json *fixture_results(void) {
  co_json *results = fixture_parse(fixture_frame);
  fixture_state = 7;
  for (int t = 0; t < TARGETS; t++) add_target_results(results, t);
  return results;
}

#endif  // TESTS_TRANSFER_REPORT_FIXTURE_H_
