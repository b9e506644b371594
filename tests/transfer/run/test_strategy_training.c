// Strategies in training: what stays, what moves, what step 0 shows.

#include "envs/source/worlds.h"
#include "tests/support/acting.h"
#include "tests/transfer/strategy_fixture.h"
#include "transfer/run/training.h"

#include <math.h>

// --- training on the pendulum ---

static co_ppo_def quick_settings(void) {
  static double hidden[] = {WIDTH, WIDTH};
  co_ppo_def def;
  co_schema_defaults(&co_ppo_schema, &def);
  def.envs = 4;
  def.horizon = 64;
  def.epochs = 2;
  def.warmup_steps = 64;
  def.schedule = CO_PPO_CONSTANT;
  def.hidden = (co_floats){hidden, 2};
  return def;
}

enum { UPDATE = 4 * 64 };  // samples of one update

typedef struct trained {
  co_policy *policy;
  co_record record;
} trained;

static void free_trained(trained *t) {
  co_policy_free(t->policy);
  co_record_free(&t->record);
}

// Trains for a number of updates in the shifted pendulum; `members` NULL: a fresh policy in the
// nominal one.
static trained train(const char *members, const co_policy *source, int updates) {
  strategies s;
  co_strategy strategy;
  resolve_members(members, &s, &strategy);
  co_node *root;
  ck_ok(
      co_tree_parse("domain = ( { parameter = \"option.gravity\"; scale = 1.5; } );", "t", &root));
  co_ppo_def settings = quick_settings();
  co_world_source worlds = co_worlds(NULL);
  co_world home = {.task = "pendulum"};
  co_training_def def = {
      .name = "test",
      .worlds = &worlds,
      .world = {.task = "pendulum", .domain = members ? co_node_get(root, "domain") : NULL},
      .home = &home,
      .algorithm = co_algorithm_find("ppo"),
      .settings = &settings,
      .strategy = members ? &strategy : NULL,
      .source = source,
      .seed = 5,
      .steps = updates * UPDATE,
      .evaluations = 2,
      .episodes = 2,
      .final_episodes = 2};
  trained t = {0};
  t.record.action_difference = NAN;
  co_training_cost cost = {0};
  ck_ok(co_training_run(&def, &t.record, &cost, &t.policy));
  ck_assert_str_eq(t.record.failed, "");
  co_node_free(root);
  close_strategies(&s);
  return t;
}

static double distance(const co_policy *a, const co_policy *b, const char *name) {
  const co_tensor *x = &a->tensor[find(a, name)], *y = &b->tensor[find(b, name)];
  double sum = 0;
  for (int row = 0; row < x->rows; row++)
    for (int col = 0; col < x->cols; col++)
      sum += pow(co_tensor_get(x, row, col) - co_tensor_get(y, row, col), 2);
  return sqrt(sum);
}

static double norm(const co_policy *policy, const char *name) {
  const co_tensor *x = &policy->tensor[find(policy, name)];
  double sum = 0;
  for (int row = 0; row < x->rows; row++)
    for (int col = 0; col < x->cols; col++) sum += pow(co_tensor_get(x, row, col), 2);
  return sqrt(sum);
}

// The trunk's outputs behind the normaliser, unit by unit: with a unit vector as head, the action
// is that unit's output (within +-1, so the bounds of +-2 do not clip it). out (count x WIDTH).
static void trunk_outputs(const co_policy *policy, const float *obs, int count, float *out) {
  co_policy *probe;
  ck_ok(co_policy_copy(policy, &probe));
  co_tensor *head = &probe->tensor[find(probe, "actor.mean.weight")];
  co_tensor *bias = &probe->tensor[find(probe, "actor.mean.bias")];
  ((float *)bias->data)[0] = 0;
  float *action = calloc((size_t)count, sizeof *action);
  for (int unit = 0; unit < WIDTH; unit++) {
    for (int row = 0; row < WIDTH; row++)
      ((float *)head->data)[row * head->stride] = row == unit ? 1 : 0;
    policy_act(probe, obs, count, action);
    for (int i = 0; i < count; i++) out[i * WIDTH + unit] = action[i];
  }
  free(action);
  co_policy_free(probe);
}

static bool has_prefix(const char *name, const char *prefix) {
  return strncmp(name, prefix, strlen(prefix)) == 0;
}

static const char *const freezing[] = {"base = \"partial\";", "base = \"new_head\";"};
START_TEST(a_frozen_part_computes_the_same_function) {
  enum { COUNT = 100 };
  trained source = train(NULL, NULL, 2);
  trained tuned = train(freezing[_i], source.policy, 3);
  for (int i = 0; i < tuned.policy->num_tensors; i++) {
    const char *name = tuned.policy->tensor[i].name;
    const co_tensor_record *record = &tuned.record.tensor[i];
    bool frozen = has_prefix(name, "actor.trunk.") || has_prefix(name, "obs_norm.");
    ck_assert_int_eq(record->trained, !frozen);
    bool same =
        co_tensor_hash(&tuned.policy->tensor[i]) == co_tensor_hash(&source.policy->tensor[i]);
    ck_assert_msg(same == frozen, "%s", name);
    ck_assert_msg((record->before == record->after) == frozen, "%s", name);
    ck_assert_msg((record->moved > 0) == !frozen, "%s moved by %g", name, record->moved);
  }
  float obs[3 * COUNT], before[COUNT * WIDTH], after[COUNT * WIDTH], head_before[COUNT],
      head_after[COUNT];
  random_obs(8, COUNT, obs);
  trunk_outputs(source.policy, obs, COUNT, before);
  trunk_outputs(tuned.policy, obs, COUNT, after);
  ck_assert_int_eq(memcmp(before, after, sizeof before), 0);
  policy_act(source.policy, obs, COUNT, head_before);
  policy_act(tuned.policy, obs, COUNT, head_after);
  ck_assert_int_ne(memcmp(head_before, head_after, sizeof head_before), 0);
  free_trained(&source);
  free_trained(&tuned);
}
END_TEST

// the guard of the test above: a trunk behind a normaliser that moves does compute something else
START_TEST(a_trunk_behind_a_moving_normaliser_would_change) {
  enum { COUNT = 100 };
  trained source = train(NULL, NULL, 2);
  trained tuned = train(
      "train = \"*_norm.*\"; obs_norm = \"blend\"; rules = ( { tensors = "
      "\"actor.*|critic.*\"; "
      "rate = 1e-30; } );",
      source.policy, 3);
  ck_assert_double_lt(distance(source.policy, tuned.policy, "actor.trunk.0.weight"), 1e-12);
  float obs[3 * COUNT], before[COUNT * WIDTH], after[COUNT * WIDTH];
  random_obs(8, COUNT, obs);
  trunk_outputs(source.policy, obs, COUNT, before);
  trunk_outputs(tuned.policy, obs, COUNT, after);
  ck_assert_int_ne(memcmp(before, after, sizeof before), 0);
  free_trained(&source);
  free_trained(&tuned);
}
END_TEST

START_TEST(l2sp_holds_weights_near_the_source) {
  trained source = train(NULL, NULL, 2);
  trained plain = train("base = \"full\";", source.policy, 4);
  trained held =
      train("rules = ( { tensors = \"actor.*|critic.*\"; l2sp = 1000.0; } );", source.policy, 4);
  static const char *const names[] = {"actor.trunk.1.weight", "critic.0.trunk.0.weight"};
  for (int i = 0; i < 2; i++) {
    double free_run = distance(plain.policy, source.policy, names[i]);
    double pulled = distance(held.policy, source.policy, names[i]);
    ck_assert_double_gt(pulled, 0);
    ck_assert_double_lt(pulled, 0.7 * free_run);
  }
  free_trained(&source);
  free_trained(&plain);
  free_trained(&held);
}
END_TEST

// Without a coefficient the training is that of full; a huge one leads to fresh weights.
START_TEST(l2init_leads_to_fresh_weights) {
  trained source = train(NULL, NULL, 2);
  trained plain = train("base = \"full\";", source.policy, 4);
  trained none =
      train("base = \"l2init\"; rules = ( { tensors = \"*\"; l2init = 0.0; } );", source.policy, 4);
  trained held =
      train("rules = ( { tensors = \"actor.*|critic.*\"; l2init = 1000.0; } );", source.policy, 4);
  trained fresh = train("base = \"scratch\";", source.policy, 0);
  for (int i = 0; i < plain.record.num_tensors; i++)
    ck_assert_uint_eq(none.record.tensor[i].after, plain.record.tensor[i].after);
  static const char *const names[] = {"actor.trunk.1.weight", "critic.0.trunk.0.weight"};
  for (int i = 0; i < 2; i++)
    ck_assert_double_lt(distance(held.policy, fresh.policy, names[i]),
                        0.2 * distance(source.policy, fresh.policy, names[i]));
  free_trained(&source);
  free_trained(&plain);
  free_trained(&none);
  free_trained(&held);
  free_trained(&fresh);
}
END_TEST

// Before training what is copied becomes shrink x its values + perturb x fresh ones.
START_TEST(weights_are_shrunk_and_perturbed) {
  trained source = train(NULL, NULL, 2), fresh = train("base = \"scratch\";", source.policy, 0);
  trained plain = train("base = \"full\";", source.policy, 1);
  trained none =
      train("rules = ( { tensors = \"*\"; shrink = 1; perturb = 0; } );", source.policy, 1);
  trained shrunk =
      train("base = \"shrink_perturb\"; rules = ( { tensors = \"*\"; rate = 1e-30; } );",
            source.policy, 1);
  for (int i = 0; i < plain.record.num_tensors; i++) {
    const co_tensor *now = &shrunk.policy->tensor[i], *from = &source.policy->tensor[i];
    const co_tensor *drawn = &fresh.policy->tensor[i];
    bool of_layer = co_tensor_is_weight(&now->facts) || now->facts.role == CO_TENSOR_BIAS;
    ck_assert_str_eq(shrunk.record.tensor[i].status, of_layer ? "shrunk" : "copied");
    ck_assert_uint_eq(none.record.tensor[i].after, plain.record.tensor[i].after);
    if (!of_layer) continue;
    for (int k = 0; k < now->rows * now->cols; k++) {
      int row = k / now->cols, col = k % now->cols;
      double want = 0.8 * co_tensor_get(from, row, col) + 0.2 * co_tensor_get(drawn, row, col);
      ck_assert_double_eq_tol(co_tensor_get(now, row, col), want, 1e-6);
    }
  }
  free_trained(&source);
  free_trained(&fresh);
  free_trained(&plain);
  free_trained(&none);
  free_trained(&shrunk);
}
END_TEST

// A look that no step comes to is none; one that is due changes the training.
START_TEST(dormant_units_begin_anew) {
  trained source = train(NULL, NULL, 2);
  trained plain = train("base = \"full\";", source.policy, 2);
  trained late = train("redo = { threshold = 1; every = 1000; };", source.policy, 2);
  trained due = train("redo = { threshold = 0.8; every = 10; };", source.policy, 2);
  int changed = 0;
  for (int i = 0; i < plain.record.num_tensors; i++) {
    ck_assert_uint_eq(late.record.tensor[i].after, plain.record.tensor[i].after);
    changed += due.record.tensor[i].after != plain.record.tensor[i].after;
  }
  ck_assert_int_ge(changed, 10);
  free_trained(&source);
  free_trained(&plain);
  free_trained(&late);
  free_trained(&due);
}
END_TEST

START_TEST(decay_shrinks_its_tensors_only) {
  trained source = train(NULL, NULL, 2);
  trained plain = train("base = \"full\";", source.policy, 4);
  trained decayed =
      train("rules = ( { tensors = \"actor.trunk.1.weight\"; decay = 1.0; } );", source.policy, 4);
  // 32 steps, each of which takes rate x decay = 3e-4 of the weights: 0.9904 of them are left
  double left =
      norm(decayed.policy, "actor.trunk.1.weight") / norm(plain.policy, "actor.trunk.1.weight");
  ck_assert_double_eq_tol(left, pow(1 - 3e-4, 32), 1e-3);
  double other = norm(decayed.policy, "critic.0.trunk.1.weight") /
                 norm(plain.policy, "critic.0.trunk.1.weight");
  ck_assert_double_eq_tol(other, 1, 1e-3);
  free_trained(&source);
  free_trained(&plain);
  free_trained(&decayed);
}
END_TEST

START_TEST(rates_scale_how_far_layers_move) {
  trained source = train(NULL, NULL, 2);
  trained tuned = train("base = \"layer_rates\";", source.policy, 3);
  trained plain = train("base = \"full\";", source.policy, 3);
  static const char *const names[] = {"actor.trunk.0.weight", "actor.trunk.1.weight"};
  static const double rates[] = {1 / 2.6 / 2.6, 1 / 2.6};
  for (int i = 0; i < 2; i++) {
    double ratio = distance(tuned.policy, source.policy, names[i]) /
                   distance(plain.policy, source.policy, names[i]);
    ck_assert_double_gt(ratio, 0.5 * rates[i]);
    ck_assert_double_lt(ratio, 2 * rates[i]);
  }
  free_trained(&source);
  free_trained(&tuned);
  free_trained(&plain);
}
END_TEST

START_TEST(a_tensor_waits_for_its_update) {
  trained source = train(NULL, NULL, 2);
  const char *warmup = "rules = ( { tensors = \"actor.*\"; from_update = 2; } );";
  trained held = train(warmup, source.policy, 2), released = train(warmup, source.policy, 3);
  ck_assert_double_eq(distance(held.policy, source.policy, "actor.trunk.0.weight"), 0);
  ck_assert_double_eq(distance(held.policy, source.policy, "actor.log_std"), 0);
  ck_assert_double_gt(distance(held.policy, source.policy, "critic.0.trunk.0.weight"), 0);
  ck_assert_double_gt(distance(released.policy, source.policy, "actor.trunk.0.weight"), 0);
  free_trained(&source);
  free_trained(&held);
  free_trained(&released);
}
END_TEST

static const struct {
  const char *name;
  bool copies_all;
} starts[] = {{"zero_shot", true},
              {"full", true},
              {"full_blend", true},
              {"partial", true},
              {"freeze_input", true},
              {"layer_rates", true},
              {"gradual", true},
              {"last_layers_fresh", false},
              {"l2sp", true},
              {"l2init", true},
              {"critic_warmup", true},
              {"lora", true},
              {"masked", true},
              {"redo", true},
              {"new_head", false},
              {"shrink_perturb", false},
              {"scratch_source_norm", false},
              {"input_adapter", true},
              {"output_adapter", true},
              {"kickstart", true},
              {"residual", true}};

// copy-all strategies start as the source policy, exactly; others do not
START_TEST(step_zero_is_the_zero_shot_policy) {
  trained source = train(NULL, NULL, 2), zero = train("base = \"zero_shot\";", source.policy, 0);
  char members[64];
  snprintf(members, sizeof members, "base = \"%s\";", starts[_i].name);
  trained tuned = train(members, source.policy, 1);
  if (starts[_i].copies_all) {
    ck_assert_double_eq(tuned.record.action_difference, 0);
    ck_assert_double_eq(tuned.record.point[0].eval.mean, zero.record.point[0].eval.mean);
    ck_assert_uint_eq(tuned.record.point[0].eval.trace_hash, zero.record.point[0].eval.trace_hash);
  } else {
    ck_assert_double_gt(tuned.record.action_difference, 0);
    ck_assert_double_ne(tuned.record.point[0].eval.mean, zero.record.point[0].eval.mean);
  }
  free_trained(&source);
  free_trained(&zero);
  free_trained(&tuned);
}
END_TEST

static const co_tensor_record *record_of(const trained *t, const char *name) {
  return &t->record.tensor[find(t->policy, name)];
}

static const struct {
  const char *strategy;
  int lora;             // of the trunk's weights
  const char *adapted;  // tensors with a linear layer
  co_adapter_kind kind;
} adapted[] = {{"lora", 2, "", CO_ADAPTER_NONE},
               {"input_adapter", 0, "actor.trunk.0.*", CO_ADAPTER_INPUT},
               {"output_adapter", 0, "actor.mean.weight", CO_ADAPTER_OUTPUT}};

// A record says which tensors move by adapters, and none of those that do not is called so. Of the
// actor only these move, and what is behind an output.
START_TEST(adapters_are_told) {
  char members[64];
  snprintf(members, sizeof members, "base = \"%s\";", adapted[_i].strategy);
  trained source = train(NULL, NULL, 2), tuned = train(members, source.policy, 2);
  for (int i = 0; i < tuned.record.num_tensors; i++) {
    const co_tensor_record *record = &tuned.record.tensor[i];
    const co_tensor_facts *facts = &tuned.policy->tensor[i].facts;
    bool trunk = facts->part == CO_PART_ACTOR && facts->layer == CO_LAYER_TRUNK;
    bool low = trunk && facts->role == CO_TENSOR_WEIGHT && adapted[_i].lora;
    bool linear = co_glob_match(adapted[_i].adapted, record->name);
    ck_assert_int_eq(record->lora, low ? adapted[_i].lora : 0);
    ck_assert_int_eq(record->adapter, linear ? adapted[_i].kind : CO_ADAPTER_NONE);
    if (trunk) ck_assert_int_eq(record->trained, low || linear);
    if (trunk) ck_assert_int_eq(record->moved > 0, low || linear);
  }
  ck_assert_int_eq(record_of(&tuned, "actor.mean.weight")->moved > 0,
                   adapted[_i].kind != CO_ADAPTER_INPUT);
  co_buf text = {0};
  co_record again;
  ck_ok(co_record_write(&tuned.record, &text));
  ck_ok(co_record_parse(text.data, text.size, "done.json", &again));
  for (int i = 0; i < tuned.record.num_tensors; i++) {
    ck_assert_int_eq(again.tensor[i].lora, tuned.record.tensor[i].lora);
    ck_assert_int_eq(again.tensor[i].adapter, tuned.record.tensor[i].adapter);
  }
  co_record_free(&again);
  co_buf_free(&text);
  free_trained(&source);
  free_trained(&tuned);
}
END_TEST

// ---- loss terms ----

#define KL(weight) "loss = ( { term = \"kl_to_source\"; weight = " weight "; } );"

// The whole way of a strategy: no weight is the training without the term, a huge one stays near.
START_TEST(a_term_holds_the_policy_near_its_source) {
  trained source = train(NULL, NULL, 2), full = train("base = \"full\";", source.policy, 4);
  trained none = train("base = \"full\"; " KL("0"), source.policy, 4);
  trained held = train("base = \"full\"; " KL("1e4"), source.policy, 4);
  for (int i = 0; i < full.record.num_tensors; i++)
    ck_assert_uint_eq(none.record.tensor[i].after, full.record.tensor[i].after);
  double moved = distance(full.policy, source.policy, "actor.log_std");
  ck_assert_double_lt(distance(held.policy, source.policy, "actor.log_std"), 0.3 * moved);
  ck_assert_double_gt(distance(held.policy, source.policy, "critic.0.value.weight"), 0);
  free_trained(&source), free_trained(&full), free_trained(&none), free_trained(&held);
}
END_TEST

// What is fresh learns from the source: its mean is nearer than that of a training without.
START_TEST(a_fresh_policy_learns_from_its_source) {
  enum { COUNT = 100 };
  static const char *const members[] = {"copy = \"obs_norm.*\";",
                                        "copy = \"obs_norm.*\"; " KL("10")};
  trained source = train(NULL, NULL, 6);
  float obs[3 * COUNT], wanted[COUNT], action[COUNT];
  double apart[2] = {0};
  random_obs(8, COUNT, obs);
  policy_act(source.policy, obs, COUNT, wanted);
  for (int k = 0; k < 2; k++) {
    trained tuned = train(members[k], source.policy, 12);
    policy_act(tuned.policy, obs, COUNT, action);
    for (int i = 0; i < COUNT; i++) apart[k] += fabs((double)(action[i] - wanted[i]));
    free_trained(&tuned);
  }
  ck_assert_double_lt(apart[1], 0.5 * apart[0]);
  free_trained(&source);
}
END_TEST

// ---- a residual network ----

// A residual network learns beside an actor that keeps its bytes; what it adds is bounded, and a
// policy that has one can be tuned on and shown.
START_TEST(a_residual_network_learns_beside_the_actor) {
  trained source = train(NULL, NULL, 2), tuned = train("base = \"residual\";", source.policy, 4);
  trained full = train("base = \"full\";", tuned.policy, 2);
  trained shown = train("base = \"zero_shot\";", tuned.policy, 0);
  for (int i = 0; i < tuned.record.num_tensors; i++) {
    const co_tensor_record *record = &tuned.record.tensor[i];
    const co_tensor_facts *facts = &tuned.policy->tensor[i].facts;
    bool residual = facts->layer == CO_LAYER_RESIDUAL;
    bool own = facts->layer == CO_LAYER_TRUNK || facts->layer == CO_LAYER_MEAN;
    if (residual) ck_assert(strcmp(record->status, "fresh") == 0 && record->moved > 0);
    if (own && facts->part == CO_PART_ACTOR) ck_assert(record->before == record->after);
  }
  ck_assert(record_of(&full, "actor.residual.0.weight")->moved > 0);
  ck_assert_double_eq(full.record.action_difference, 0);
  ck_assert_double_eq(shown.record.action_difference, 0);
  float obs[3 * 40], action[40], before[40], most = 0;
  random_obs(3, 40, obs);
  policy_act(tuned.policy, obs, 40, action);
  policy_act(source.policy, obs, 40, before);
  for (int i = 0; i < 40; i++) most = fmaxf(most, fabsf(action[i] - before[i]));
  ck_assert(most > 0 && most <= 0.2f + 1e-6f);
  free_trained(&source), free_trained(&tuned), free_trained(&full), free_trained(&shown);
}
END_TEST

// ---- a source without critics ----

static bool acts(const co_tensor *tensor, const void *context) {
  (void)context;
  return !co_tensor_is_learners(&tensor->facts);
}

// As it is read from a file that has nothing else.
static co_policy *actor_of(const co_policy *policy) {
  co_policy *actor;
  ck_ok(co_policy_copy(policy, &actor));
  for (int i = 0; i < actor->num_tensors; i++) {
    const co_tensor *tensor = &actor->tensor[i];
    bool wide = tensor->dtype == CO_F64;
    if (!acts(tensor, NULL))
      memset(tensor->data, 0,
             (size_t)(tensor->rows * tensor->stride) * (wide ? sizeof(double) : sizeof(float)));
  }
  co_normalizer_reset(&actor->reward_norm);
  co_policy_keep_tensors(actor, acts, NULL);
  return actor;
}

// What was not there is fresh, and is said to be: as in a training that copies none of it. The
// actor is that of the source from step 0 on, held where the strategy holds it.
START_TEST(what_a_learner_needs_is_fresh_where_it_is_missing) {
  static const char *const members[] = {"base = \"full\";", "base = \"critic_warmup\";",
                                        "base = \"partial\";"};
  static const char *const none = "base = \"full\"; copy = \"actor.*|obs_norm.*\";";
  trained source = train(NULL, NULL, 2), zero = train("base = \"zero_shot\";", source.policy, 0);
  co_policy *actor = actor_of(source.policy);
  trained tuned = train(members[_i], actor, 2), alone = train(none, source.policy, 2);
  ck_assert_int_gt(tuned.policy->num_tensors, actor->num_tensors);
  ck_assert_int_eq(tuned.record.num_tensors, alone.record.num_tensors);
  for (int i = 0; i < tuned.record.num_tensors; i++) {
    const co_tensor_record *record = &tuned.record.tensor[i];
    bool there = acts(&tuned.policy->tensor[i], NULL);
    ck_assert_msg(strcmp(record->status, there ? "copied" : "fresh") == 0, "%s: %s", record->name,
                  record->status);
    ck_assert_msg(record->before == alone.record.tensor[i].before, "%s", record->name);
    if (!there) ck_assert_msg(record->trained && record->moved > 0, "%s", record->name);
  }
  ck_assert(_i != 1 || record_of(&tuned, "actor.mean.weight")->moved == 0);
  ck_assert(_i != 2 || record_of(&tuned, "actor.trunk.0.weight")->moved == 0);
  ck_assert_double_eq(tuned.record.action_difference, 0);
  ck_assert_uint_eq(tuned.record.point[0].eval.trace_hash, zero.record.point[0].eval.trace_hash);
  if (_i == 0)  // nothing of what was left out had a part in it
    for (int i = 0; i < tuned.record.num_tensors; i++)
      ck_assert_uint_eq(tuned.record.tensor[i].after, alone.record.tensor[i].after);
  co_policy_free(actor);
  free_trained(&source), free_trained(&zero), free_trained(&tuned), free_trained(&alone);
}
END_TEST

START_TEST(a_training_without_source_compares_nothing) {
  trained fresh = train(NULL, NULL, 1);
  ck_assert_double_nan(fresh.record.action_difference);
  free_trained(&fresh);
}
END_TEST

START_TEST(training_that_turns_non_finite_is_a_result) {
  trained source = train(NULL, NULL, 1);
  strategies s;
  co_strategy strategy;
  resolve(
      "{ name = \"x\"; rules = ( { tensors = \"actor.*|critic.*\"; rate = 1000; decay = 1.0; } ); "
      "}",
      "x", &s, &strategy);
  co_ppo_def settings = quick_settings();
  settings.rate = 1;  // each step multiplies the weights by -999
  co_world_source worlds = co_worlds(NULL);
  co_world home = {.task = "pendulum"};
  co_training_def def = {.name = "test",
                         .worlds = &worlds,
                         .world = home,
                         .home = &home,
                         .algorithm = co_algorithm_find("ppo"),
                         .settings = &settings,
                         .strategy = &strategy,
                         .source = source.policy,
                         .seed = 5,
                         .steps = 8 * UPDATE,
                         .evaluations = 3,
                         .episodes = 2,
                         .final_episodes = 2};
  co_record record = {0};
  co_training_cost cost = {0};
  co_policy *policy = NULL;
  ck_ok(co_training_run(&def, &record, &cost, &policy));
  ck_assert_int_eq(record.status, CO_RECORD_DIVERGED);
  ck_assert_ptr_nonnull(strstr(record.failed, "non-finite"));
  // the last finite policy is what is left, and what was evaluated
  ck_assert_ptr_nonnull(policy);
  ck_ok(co_policy_check_finite(policy));
  const co_point *final = co_record_final(&record, false), *back = co_record_final(&record, true);
  ck_assert(final && final->is_final && final->step == record.env_steps);
  ck_assert(back && back->is_final && final->step < 8 * UPDATE);
  ck_assert_int_eq(policy->contract.steps, record.env_steps);
  ck_assert_int_ge(record.num_points, 1);
  ck_assert(isfinite(record.point[0].eval.mean));
  for (int i = 0; i < record.num_tensors; i++) {  // the table is as whole as any other
    const co_tensor_record *tensor = &record.tensor[i];
    ck_assert_uint_ne(tensor->after, 0);
    ck_assert_msg((tensor->before == tensor->after) == (tensor->moved == 0), "%s", tensor->name);
  }
  co_policy_free(policy);
  co_record_free(&record);
  free_trained(&source);
  close_strategies(&s);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("strategy training");
  TCase *training = tcase_create("train");
  tcase_set_timeout(training, 60);
  tcase_add_loop_test(training, a_frozen_part_computes_the_same_function, 0, 2);
  tcase_add_test(training, a_trunk_behind_a_moving_normaliser_would_change);
  tcase_add_test(training, l2sp_holds_weights_near_the_source);
  tcase_add_test(training, l2init_leads_to_fresh_weights);
  tcase_add_test(training, weights_are_shrunk_and_perturbed);
  tcase_add_test(training, dormant_units_begin_anew);
  tcase_add_test(training, decay_shrinks_its_tensors_only);
  tcase_add_test(training, rates_scale_how_far_layers_move);
  tcase_add_test(training, a_tensor_waits_for_its_update);
  tcase_add_loop_test(training, step_zero_is_the_zero_shot_policy, 0,
                      sizeof starts / sizeof *starts);
  tcase_add_loop_test(training, adapters_are_told, 0, sizeof adapted / sizeof *adapted);
  tcase_add_test(training, a_term_holds_the_policy_near_its_source);
  tcase_add_test(training, a_fresh_policy_learns_from_its_source);
  tcase_add_test(training, a_residual_network_learns_beside_the_actor);
  tcase_add_loop_test(training, what_a_learner_needs_is_fresh_where_it_is_missing, 0, 3);
  tcase_add_test(training, a_training_without_source_compares_nothing);
  tcase_add_test(training, training_that_turns_non_finite_is_a_result);
  suite_add_tcase(suite, training);
  return suite;
}
