// The order of a gradient update's stages. With two critics and two threads each has a side: a
// critic, whose weights, moments and activations never leave its core, half of the rows and half of
// the actor's slices; it waits for the other only where it needs what that has done. With more
// threads, or another number of critics, stages are sections of the pool.

#include "agents/learn/sac/private/stages.h"

static int of_blocks(const co_sac_learner *learner) {
  return learner->spec.num_blocks;
}
static int of_critic_blocks(const co_sac_learner *learner) {
  return learner->spec.num_critics * learner->spec.num_blocks;
}
static int of_critic_slices(const co_sac_learner *learner) {
  return learner->spec.num_critics * learner->scratch.nets.critic[0].num_slices;
}
static int of_actor_slices(const co_sac_learner *learner) {
  return learner->scratch.nets.actor.num_slices;
}

// What an update does, in this order, and the stage that an index needs the other side to be
// through: -1 is none. A side is the first or the second half of all indices of each stage: half of
// the rows, a critic, half of the actor's slices. Stages of one `count` without such a need between
// them need of each other no more than the same index. X(name, task, count, needs)
#define STAGE_LIST(X)                                                  \
  X(GATHER, co_sac_gather_task, of_blocks, -1)                         \
  X(NEXT, co_sac_next_task, of_blocks, -1)                             \
  X(ACT, co_sac_act_task, of_blocks, -1)                               \
  X(TARGET, co_sac_target_task, of_critic_blocks, NEXT)                \
  X(VALUE, co_sac_value_task, of_critic_blocks, GATHER)                \
  X(CRITICIZE, co_sac_criticize_task, of_critic_blocks, TARGET)        \
  X(STEP, co_sac_critic_slice_task, of_critic_slices, -1)              \
  /* of the actor, left out where it does not move */                  \
  X(ACTED, co_sac_acted_task, of_critic_blocks, ACT)                   \
  X(DIFFERENTIATE, co_sac_differentiate_task, of_critic_blocks, ACTED) \
  X(ACTOR, co_sac_actor_task, of_blocks, DIFFERENTIATE)                \
  X(ACTOR_STEP, co_sac_actor_slice_task, of_actor_slices, ACTOR)

enum {
#define X(name, task, count, needs) name,
  STAGE_LIST(X)
#undef X
      NUM_STAGES
};

static const struct stage {
  co_pool_task *task;
  int (*count)(const co_sac_learner *);
} stages[] = {
#define X(name, task, count, needs) {task, count},
    STAGE_LIST(X)
#undef X
};

static const int stage_needs[] = {
#define X(name, task, count, needs) needs,
    STAGE_LIST(X)
#undef X
};

static int end_of_stages(const co_sac_learner *learner) {
  return learner->scratch.minibatch.acts ? NUM_STAGES : ACTED;
}

// part `part` of `parts` of the indices of stages first .. end - 1, index by index
static void run_part(co_sac_learner *learner, int first, int end, int part, int parts) {
  int count = stages[first].count(learner);
  for (int i = count * part / parts; i < count * (part + 1) / parts; i++) {
    for (int s = first; s < end; s++) stages[s].task(learner, i);
  }
}

static void side_step(void *context, int stage, int side) {
  run_part(context, stage, stage + 1, side, CO_SAC_SIDES);
}

// Each side is a strand.
static void run_sides(co_sac_learner *learner) {
  co_strands_run(learner->spec.pool, &(co_strands){.run = side_step,
                                                   .context = learner,
                                                   .num_steps = end_of_stages(learner),
                                                   .num_strands = CO_SAC_SIDES,
                                                   .needs = stage_needs,
                                                   .strand = learner->scratch.side});
}

// Sections of stages whose indices need nothing of each other. No thread helps another: what it
// would take over has its data in the other's cache, and would have to be brought back.
typedef struct section {
  co_sac_learner *learner;
  int first, end, parts;
} section;

static void part_task(void *context, int part) {
  const section *s = context;
  run_part(s->learner, s->first, s->end, part, s->parts);
}

static bool joins(int stage, int first) {
  return stages[stage].count == stages[first].count && stage_needs[stage] < first;
}

static void run_sections(co_sac_learner *learner) {
  co_pool *pool = learner->spec.pool;
  int threads = co_pool_threads(pool), end = end_of_stages(learner);
  for (int first = 0, next; first < end; first = next) {
    for (next = first + 1; next < end && joins(next, first);) next++;
    int count = stages[first].count(learner);
    section s = {learner, first, next, threads < count ? threads : count};
    co_pool_run(pool, part_task, &s, s.parts);
  }
}

// A side has a critic and at most a thread.
static bool has_sides(const co_sac_spec *spec) {
  return spec->num_critics == CO_SAC_SIDES && co_pool_threads(spec->pool) <= CO_SAC_SIDES;
}

void co_sac_run_stages(co_sac_learner *learner) {
  if (has_sides(&learner->spec))
    run_sides(learner);
  else
    run_sections(learner);
}
