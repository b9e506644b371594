// What the tests of maps share: envs with a map, and steps as a policy gets them.

#ifndef TESTS_ENVS_MAPS_H_
#define TESTS_ENVS_MAPS_H_

#include "tests/envs/robot.h"

enum { kSteps = 90, kEpisode = 30, kObs = 400, kActions = 32 };

static inline co_env *env_of(co_built_world *world, int rows) {
  co_env *env = NULL;
  ck_ok(co_vector_create(world, rows, &(co_stream){7, 0, CO_PURPOSE_TEST}, &env));
  return env;
}

static inline co_map_def map_of(const char *members) {
  char text[2000];
  co_map_def def;
  snprintf(text, sizeof text, "map = { format = 1;\n%s };", members);
  ck_ok(co_map_parse(text, "map.cfg", &def));
  return def;
}

static inline void put_map(co_env *env, int row0, int rows, const char *members) {
  co_map_def def = map_of(members);
  ck_ok(co_env_map(env, row0, rows, &def));
  co_map_def_free(&def);
}

// One row's last step, as a policy gets it.
typedef struct answer {
  float obs[kObs];
  float reward;
  uint8_t terminated, fault;
} answer;

static inline void ask(co_env *env, int row, const float *action, answer *out) {
  ck_assert_int_le(co_env_get_info(env)->obs_dim, kObs);
  memset(out, 0, sizeof *out);
  co_env_out into = {.obs = out->obs,
                     .reward = &out->reward,
                     .terminated = &out->terminated,
                     .fault = &out->fault};
  ck_ok(action ? co_env_step(env, row, 1, action, &into) : co_env_reset(env, row, 1, &into));
}

static inline void draw_actions(const co_env *env, co_rng *rng, float *action) {
  for (int i = 0; i < co_env_get_info(env)->act_dim; i++)
    action[i] = (float)(2 * co_rng_uniform(rng) - 1);
}

// Plays the same actions in both, over several episodes, and wants the same bytes.
static inline void compare(co_env *a, co_env *b) {
  co_rng rng = co_rng_make(&(co_stream){5, 0, CO_PURPOSE_TEST}, 0);
  bool moved = false;
  float first = 0;
  for (int step = 0; step < kSteps; step++) {
    float action[kActions];
    answer one, other;
    draw_actions(a, &rng, action);
    bool begins = step % kEpisode == 0;
    ask(a, 0, begins ? NULL : action, &one);
    ask(b, 0, begins ? NULL : action, &other);
    ck_assert_msg(memcmp(&one, &other, sizeof one) == 0, "step %d differs", step);
    ck_assert(!one.fault);
    if (step == 0) first = one.obs[0];
    moved = moved || one.obs[0] != first;
  }
  ck_assert(moved);  // two that do nothing are always the same
  co_env_destroy(a);
  co_env_destroy(b);
}

#endif  // TESTS_ENVS_MAPS_H_
