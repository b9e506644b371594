// Sequences of a rollout, and how minibatches and blocks are made of them.

#include "agents/learn/ppo/private/sequences.h"
#include "tests/support/support.h"

#include <stdlib.h>
#include <string.h>

enum { ROWS = 9, STEPS = 50, SAMPLES = ROWS * STEPS };

typedef struct fixture {
  co_arena arena;
  co_batch batch;
  uint8_t done[SAMPLES], valid[SAMPLES];
  co_ppo_plan plan;
  uint32_t sample[SAMPLES];
} fixture;

// Episodes of all lengths; those of row 3 are faulty.
static fixture *make(int interval, int minibatch) {
  fixture *f = calloc(1, sizeof *f);
  co_rng rng = co_rng_make(&(co_stream){4, 0, CO_PURPOSE_TEST}, 0);
  memset(f->valid, 1, sizeof f->valid);
  for (int i = 0; i < SAMPLES; i++) f->done[i] = co_rng_uniform(&rng) < 0.1;
  f->done[0] = f->done[STEPS - 1] = 1;
  memset(f->valid + 3 * STEPS, 0, STEPS);
  f->batch = (co_batch){.rows = ROWS,
                        .steps = STEPS,
                        .done = f->done,
                        .valid = f->valid,
                        .interval = interval,
                        .num_states = (STEPS + interval - 1) / interval};
  ck_assert_int_eq(co_ppo_plan_create(&f->arena, SAMPLES, minibatch, &f->plan), CO_OK);
  co_ppo_plan_list(&f->batch, &f->plan);
  return f;
}

static void release(fixture *f) {
  co_arena_free(&f->arena);
  free(f);
}

static const int intervals[] = {1, 7, 16, 50, 64};
enum { NUM_INTERVALS = sizeof intervals / sizeof *intervals };

// Together they are all valid samples, in order; each is within an episode and begins where a state
// is known: that of the collector, or the zeros of an episode that begins.
START_TEST(sequences_cover_the_rollout) {
  fixture *f = make(intervals[_i], 64);
  uint32_t next = 0;
  for (uint32_t s = 0; s < f->plan.num_sequences; s++) {
    co_ppo_sequence seq = f->plan.sequence[s];
    int row = (int)seq.first / STEPS, t = (int)seq.first % STEPS;
    if (next == 3 * STEPS) next += STEPS;
    ck_assert_uint_eq(seq.first, next);
    ck_assert(seq.length >= 1 && seq.length <= intervals[_i] && t + seq.length <= STEPS);
    for (int i = 0; i < seq.length - 1; i++) ck_assert(!f->done[seq.first + (uint32_t)i]);
    if (seq.state >= 0) {
      ck_assert_int_eq(seq.state / f->batch.num_states, row);
      ck_assert_int_eq(seq.state % f->batch.num_states * intervals[_i], t);
    } else {
      ck_assert(t > 0 && f->done[seq.first - 1]);
    }
    next = seq.first + (uint32_t)seq.length;
  }
  ck_assert_uint_eq(next, SAMPLES);
  release(f);
}
END_TEST

// Rows of a block: those of a step behind those of the step before, each one step further.
static void check_block(const fixture *f, const co_ppo_minibatch *minibatch,
                        const co_ppo_block *block) {
  const uint32_t *sample = minibatch->sample + block->first;
  int at = 0, before = block->count;
  ck_assert(block->count >= 1 && block->count <= CO_PPO_ABREAST);
  for (int t = 0; t < block->steps.steps; t++) {
    int active = block->steps.active[t];
    ck_assert(active >= 1 && active <= before);
    for (int i = 0; i < block->count; i++) {
      const co_ppo_sequence *seq = &f->plan.sequence[block->sequence[i]];
      ck_assert_int_eq(i < active, t < seq->length);
      if (i < active) ck_assert_uint_eq(sample[at++], seq->first + (uint32_t)t);
    }
    before = active;
  }
  ck_assert_int_eq(at, block->rows);
}

static const int minibatches[] = {2, 64, 200, 1000};
enum { NUM_MINIBATCHES = sizeof minibatches / sizeof *minibatches };

// Every sample is in one minibatch, whatever the order; all but the last have the rows asked for,
// and none has a sequence more than it needs.
START_TEST(minibatches_are_whole_sequences) {
  int interval = intervals[_i / NUM_MINIBATCHES], size = minibatches[_i % NUM_MINIBATCHES];
  fixture *f = make(interval, size);
  co_rng rng = co_rng_make(&(co_stream){4, 0, CO_PURPOSE_SHUFFLE}, 0);
  for (int epoch = 0; epoch < 3; epoch++) {
    int seen[SAMPLES] = {0}, rows = 0, blocks = 0;
    co_rng_shuffle(&rng, f->plan.order, f->plan.num_sequences);
    co_ppo_plan_cut(size, &f->plan, f->sample);
    for (int m = 0; m < f->plan.num_minibatches; m++) {
      const co_ppo_minibatch *minibatch = &f->plan.minibatch[m];
      ck_assert_ptr_eq(minibatch->sample, f->sample + rows);
      ck_assert(minibatch->rows >= size || m == f->plan.num_minibatches - 1);
      ck_assert_int_lt(minibatch->rows, size + interval);
      int in_blocks = 0;
      for (int b = 0; b < minibatch->num_blocks; in_blocks += minibatch->block[b++].rows) {
        ck_assert_int_eq(minibatch->block[b].first, in_blocks);
        check_block(f, minibatch, &minibatch->block[b]);
      }
      ck_assert_int_eq(in_blocks, minibatch->rows);
      rows += minibatch->rows;
      blocks += minibatch->num_blocks;
    }
    for (int i = 0; i < rows; i++) seen[f->sample[i]]++;
    for (int i = 0; i < SAMPLES; i++) ck_assert_int_eq(seen[i], f->valid[i]);
    ck_assert_int_eq(blocks, f->plan.num_blocks);
    ck_assert_int_le(blocks, SAMPLES / CO_PPO_ABREAST + f->plan.num_minibatches);
  }
  release(f);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("ppo_sequences");
  TCase *tcase = tcase_create("ppo_sequences");
  tcase_add_loop_test(tcase, sequences_cover_the_rollout, 0, NUM_INTERVALS);
  tcase_add_loop_test(tcase, minibatches_are_whole_sequences, 0, NUM_INTERVALS * NUM_MINIBATCHES);
  suite_add_tcase(suite, tcase);
  return suite;
}
