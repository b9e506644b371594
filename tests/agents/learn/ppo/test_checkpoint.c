// A PPO learner that was saved goes on in a fresh one to the same bytes, and takes no other's pack.

#include "agents/learn/ppo/ppo.h"
#include "agents/learn/ppo/private/learner.h"
#include "core/hash.h"
#include "tests/support/leaky_actor.h"
#include "tests/support/pendulum_env.h"
#include "tests/support/support.h"

#include <stdlib.h>
#include <string.h>

#define ck_ok(call) ck_assert_msg((call) == CO_OK, "%s", co_error_text())

enum { ROWS = 5, HORIZON = 30, UPDATES = 9, MAX_TENSORS = 64 };

static const co_stream stream = {31, 5, CO_PURPOSE_RESET};

typedef struct fixture {
  co_ppo_def def;
  pendulum_env *env;
  co_pool *pool;
  co_policy *policy;
  co_ppo_learner *learner;
} fixture;

// What definitions may differ in; zero: the usual one.
typedef struct variant {
  int64_t minibatch;
  int envs, width, threads;
  uint64_t seed;
  int memory;      // of both networks, co_ppo_memory
  bool remembers;  // the actor has a state
  bool shared, dropout;
  bool recycles;  // units up to half of their layer's mean begin anew every 7 gradient steps
  bool adaptive;  // rate by KL, advantages anew but with memory
  bool ruled;  // both pulls, decay, a frozen tensor, one that starts later, a critic of raw values
  bool adapted;  // and a residual network, and all weights by adapters of rank 2, or 1, by linear
                 // layers of both kinds, or half of their numbers
} variant;

static void adapt(const co_policy *policy, co_tensor_rule *rule) {
  for (int t = 0; t < policy->net.num_tensors; t++) {
    const co_tensor *tensor = &policy->tensor[t];
    const co_tensor_facts *facts = &tensor->facts;
    bool thin = tensor->rows < 2 || tensor->cols < 2;
    bool first = facts->layer == CO_LAYER_TRUNK && facts->depth == 0;
    bool weight = facts->role == CO_TENSOR_WEIGHT;
    if (facts->part == CO_PART_CRITIC && first && (weight || facts->role == CO_TENSOR_BIAS)) {
      rule[t].adapter = CO_ADAPTER_INPUT;
    } else if (weight && facts->layer == CO_LAYER_MEAN) {
      rule[t].adapter = CO_ADAPTER_OUTPUT;
    } else if (weight && facts->depth == 1) {
      rule[t].hold = 0.5;
    } else if (weight) {
      rule[t].lora = thin ? 1 : 2;
      rule[t].alpha = 4;
    }
  }
}

static void make_rules(const co_policy *policy, bool adapted, co_tensor_rule *rule) {
  for (int t = 0; t < policy->num_tensors; t++) {
    rule[t] = (co_tensor_rule){.rate = 0.5, .decay = 1e-3};
    *(t % 3 ? &rule[t].l2sp : &rule[t].l2init) = 1e-2;
  }
  if (adapted) adapt(policy, rule);
  rule[0] = (co_tensor_rule){0};
  rule[2].from_update = 4;
}

static fixture *make(const variant *v) {
  static const co_redo redo = {0.5, 7};
  fixture *f = calloc(1, sizeof *f);
  co_schema_defaults(&co_ppo_schema, &f->def);
  f->def.envs = v->envs ? v->envs : ROWS;
  f->def.horizon = HORIZON;
  f->def.epochs = 2;
  if (v->minibatch) f->def.minibatch = v->minibatch;
  if (v->adaptive) f->def.schedule = CO_PPO_KL;
  f->def.recompute_advantages = v->adaptive && !v->memory;
  f->def.shared_trunk = v->shared;
  if (v->dropout) f->def.dropout = 0.1;
  f->def.memory = v->memory;
  f->def.memory_width = 6;
  f->def.sequence = 8;
  co_stream named = stream;
  named.seed += v->seed;
  f->env = pendulum_create((int)f->def.envs, &named);
  co_network_def network;
  co_ppo.network(&f->def, PENDULUM_OBS, 1, &network);
  network.hidden[0] = v->width ? v->width : 16;
  network.hidden[1] = 16;
  if (v->adapted && !network.memory.width)
    network.residual = (co_residual_def){1, {20}, CO_SWISH, 0.3};
  ck_ok(co_pool_create(v->threads ? v->threads : 1, &f->pool));
  ck_ok(co_policy_create(&network, co_env_get_info(&f->env->base), "ppo", &named, &f->policy));
  if (v->remembers) f->policy->acts = &leaky_actor;
  co_tensor_rule rule[MAX_TENSORS];
  ck_assert_int_le(f->policy->num_tensors, MAX_TENSORS);
  if (v->ruled) make_rules(f->policy, v->adapted, rule);
  co_learner_def learner = {.settings = &f->def,
                            .policy = f->policy,
                            .env = {&f->env->base},
                            .pool = f->pool,
                            .rule = v->ruled ? rule : NULL,
                            .raw_values = v->ruled,
                            .redo = v->recycles ? &redo : NULL,
                            .stream = named,
                            .total_steps = UPDATES * co_ppo.steps_per_update(&f->def)};
  co_learner *made;
  ck_ok(co_ppo.create(&learner, &made));
  f->learner = co_ppo_of(made);
  return f;
}

static void release(fixture *f) {
  if (f->learner) co_ppo.destroy(&f->learner->base);
  co_policy_free(f->policy);
  co_pool_free(f->pool);
  co_env_destroy(&f->env->base);
  free(f);
}

static void train(fixture *f, int updates) {
  for (int i = 0; i < updates; i++) {
    ck_ok(co_ppo.collect(&f->learner->base));
    ck_ok(co_ppo.update(&f->learner->base));
  }
}

static uint64_t hash_of(const co_policy *policy) {
  uint64_t part[MAX_TENSORS];
  for (int t = 0; t < policy->num_tensors; t++) part[t] = co_tensor_hash(&policy->tensor[t]);
  return co_hash(part, (size_t)policy->num_tensors * sizeof *part);
}

static co_buf save(const fixture *f) {
  co_buf bytes = {0};
  co_pack_begin(&bytes);
  ck_ok(co_ppo.save(&f->learner->base, &bytes));
  co_pack_end(&bytes);
  ck_ok(co_buf_status(&bytes));
  return bytes;
}

static co_status load(fixture *f, const co_buf *bytes) {
  co_pack pack;
  ck_ok(co_pack_parse(bytes->data, bytes->size, "x.pack", &pack));
  co_status status = co_ppo.load(&f->learner->base, &pack);
  co_pack_free(&pack);
  return status;
}

static uint64_t uninterrupted(const variant *v) {
  fixture *f = make(v);
  train(f, UPDATES);
  ck_assert_int_eq(f->learner->state.recycled_units > 0, v->recycles);
  uint64_t hash = hash_of(f->policy);
  release(f);
  return hash;
}

// Saved after every number of updates, none included, amid episodes; plain and with rules, with
// options, by an actor that remembers, with adapters, with memory; 1, 2, 3 threads after.
START_TEST(a_fresh_learner_goes_on_to_the_same_bytes) {
  variant v = {.ruled = _i % 2,
               .adaptive = _i % 4 > 1,
               .remembers = _i > 5 && _i<10, .adapted = _i> 7,
               .memory = _i < 10 ? CO_PPO_NO_MEMORY : CO_PPO_LSTM + _i % 2,
               .threads = 1 + _i % 3};
  uint64_t want = uninterrupted(&v);
  fixture *first = make(&v);
  for (int done = 0; done < UPDATES; done++) {
    co_buf bytes = save(first);
    variant other = v;
    other.threads = 1 + (_i + done) % 3;
    fixture *second = make(&other);
    ck_ok(load(second, &bytes));
    ck_assert_uint_eq(hash_of(second->policy), hash_of(first->policy));
    train(second, UPDATES - done);
    ck_assert_msg(hash_of(second->policy) == want, "saved after %d updates, %d threads", done,
                  other.threads);
    release(second);
    co_buf_free(&bytes);
    train(first, 1);
  }
  ck_assert_uint_eq(hash_of(first->policy), want);  // saving changes nothing
  release(first);
}
END_TEST

// Dormant units are the same for any number of threads, by lanes and in sections, on a trunk of
// one network or two, and after a checkpoint; with them it is another training.
START_TEST(dormant_units_are_the_same) {
  variant v = {
      .recycles = true, .shared = _i == 1, .dropout = _i == 2, .minibatch = _i < 3 ? 0 : 140};
  uint64_t want = uninterrupted(&v);
  for (int threads = 2; threads <= 4; threads++) {
    v.threads = threads;
    fixture *first = make(&v), *second = make(&v);
    train(first, 4);
    co_buf bytes = save(first);
    ck_ok(load(second, &bytes));
    train(second, UPDATES - 4);
    ck_assert_msg(hash_of(second->policy) == want, "%d threads", threads);
    co_buf_free(&bytes);
    release(first);
    release(second);
  }
  v.recycles = false;
  ck_assert_uint_ne(uninterrupted(&v), want);
}
END_TEST

// A learner that has gone another way is put back whole.
START_TEST(loading_leaves_nothing_of_what_was_there) {
  variant v = {.ruled = true, .adapted = _i};
  uint64_t want = uninterrupted(&v);
  fixture *f = make(&v);
  train(f, 3);
  co_buf bytes = save(f);
  train(f, 2);
  ck_ok(load(f, &bytes));
  train(f, UPDATES - 3);
  ck_assert_uint_eq(hash_of(f->policy), want);
  co_buf_free(&bytes);
  release(f);
}
END_TEST

START_TEST(figures_go_on_too) {
  variant v = {0};
  fixture *f = make(&v), *g = make(&v);
  co_learner_stats before, after;
  train(f, 4);
  co_buf bytes = save(f);
  ck_ok(load(g, &bytes));
  co_ppo.stats(&f->learner->base, &before);
  co_ppo.stats(&g->learner->base, &after);
  ck_assert_int_eq(after.env_steps, 4 * ROWS * HORIZON);
  ck_assert_int_gt(after.warmup_steps, 0);
  before.entropy = after.entropy;  // of the last minibatch, and of what it was stepped to
  ck_assert_mem_eq(&before, &after, sizeof before);
  co_buf again = save(g);
  ck_assert_uint_eq(again.size, bytes.size);
  ck_assert_mem_eq(again.data, bytes.data, bytes.size);
  co_buf_free(&bytes);
  co_buf_free(&again);
  release(f);
  release(g);
}
END_TEST

// Faulty episodes before the cut still count towards the share that ends a training.
START_TEST(faults_before_the_cut_count) {
  variant v = {.envs = 1};
  fixture *f = make(&v), *g = make(&v);
  f->env->fault_row = g->env->fault_row = 0;
  f->env->fault_step = g->env->fault_step = 10;
  train(f, 1);  // three of three, which are few
  co_buf bytes = save(f);
  ck_ok(load(g, &bytes));
  ck_assert_int_eq(g->learner->state.collector.faults, 3);
  ck_assert_int_eq(co_ppo.collect(&g->learner->base), CO_DIVERGED);
  co_buf_free(&bytes);
  release(f);
  release(g);
}
END_TEST

static const struct {
  variant other;
  const char *says;
} others[] = {
    {{.envs = ROWS + 1}, "x.pack: of a ppo learner with other settings"},
    {{.minibatch = 32}, "x.pack: of a ppo learner with other settings"},
    {{.seed = 1}, "x.pack: ppo.shuffle: of another seed or row"},
    {{.width = 32}, "x.pack: policy.actor.trunk.0.weight: has 192 bytes, not 384"},
};

START_TEST(packs_of_other_learners_are_refused) {
  fixture *f = make(&others[_i].other), *g = make(&(variant){0});
  train(g, 1);
  co_buf bytes = save(g);
  ck_assert_int_eq(load(f, &bytes), CO_DATA);
  ck_assert_str_eq(co_error_text(), others[_i].says);
  co_buf_free(&bytes);
  release(f);
  release(g);
}
END_TEST

START_TEST(packs_of_other_algorithms_are_refused) {
  fixture *f = make(&(variant){0});
  co_buf bytes = {0};
  co_pack_begin(&bytes);
  if (_i) co_pack_add(&bytes, "algorithm", "sac", 3);
  co_pack_end(&bytes);
  ck_assert_int_eq(load(f, &bytes), CO_DATA);
  ck_assert_str_eq(co_error_text(), "x.pack: not of a ppo learner");
  co_buf_free(&bytes);
  release(f);
}
END_TEST

// Every entry in turn is missing, shorter, longer, full of ones, or the largest of all counts.
typedef enum damage { MISSING, SHORTER, LONGER, ONES, LARGEST, NUM_DAMAGES } damage;

static co_buf with_damage(const co_buf *bytes, int entry, damage how) {
  co_pack pack;
  ck_ok(co_pack_parse(bytes->data, bytes->size, "x.pack", &pack));
  co_buf out = {0};
  co_pack_begin(&out);
  for (int i = 0; i < pack.count; i++) {
    const co_pack_entry *e = &pack.entry[i];
    if (i == entry && how == MISSING) continue;
    unsigned char *copy = calloc(e->size + 1, 1);
    memcpy(copy, e->bytes, e->size);
    if (i == entry && how >= ONES) memset(copy, 0xff, e->size);
    if (i == entry && how == LARGEST) copy[e->size - 1] = 0x7f;
    size_t size = e->size + (i == entry && how == LONGER) - (i == entry && how == SHORTER);
    co_pack_add(&out, e->name, copy, size);
    free(copy);
  }
  co_pack_end(&out);
  co_pack_free(&pack);
  return out;
}

START_TEST(every_entry_is_checked) {
  const variant v = {.memory = _i < NUM_DAMAGES ? CO_PPO_NO_MEMORY : CO_PPO_LSTM};
  const damage how = (damage)(_i % NUM_DAMAGES);
  fixture *f = make(&v);
  train(f, 2);
  co_buf bytes = save(f);
  co_pack pack;
  ck_ok(co_pack_parse(bytes.data, bytes.size, "x.pack", &pack));
  int refused = 0;
  for (int i = 0; i < pack.count; i++) {
    fixture *g = make(&v);
    co_buf damaged = with_damage(&bytes, i, how);
    co_status status = load(g, &damaged);
    ck_assert_msg(status == CO_DATA || (how >= ONES && status == CO_OK), "%s", pack.entry[i].name);
    if (status == CO_DATA) ck_assert_msg(strncmp(co_error_text(), "x.pack: ", 8) == 0, "prefix");
    refused += status == CO_DATA;
    co_buf_free(&damaged);
    release(g);
  }
  ck_assert_int_ge(refused, how >= ONES ? 12 : pack.count);  // counts, flags, streams, marks
  co_pack_free(&pack);
  co_buf_free(&bytes);
  release(f);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("ppo_checkpoint");
  TCase *good = tcase_create("good");
  tcase_set_timeout(good, 60);
  tcase_add_loop_test(good, dormant_units_are_the_same, 0, 4);
  tcase_add_loop_test(good, a_fresh_learner_goes_on_to_the_same_bytes, 0, 12);
  tcase_add_loop_test(good, loading_leaves_nothing_of_what_was_there, 0, 2);
  tcase_add_test(good, figures_go_on_too);
  tcase_add_test(good, faults_before_the_cut_count);
  suite_add_tcase(suite, good);
  TCase *bad = tcase_create("bad");
  tcase_set_timeout(bad, 60);
  tcase_add_loop_test(bad, packs_of_other_learners_are_refused, 0, sizeof others / sizeof *others);
  tcase_add_loop_test(bad, packs_of_other_algorithms_are_refused, 0, 2);
  tcase_add_loop_test(bad, every_entry_is_checked, 0, 2 * NUM_DAMAGES);
  suite_add_tcase(suite, bad);
  return suite;
}
