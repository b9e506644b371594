// What the tests of sessions share: a session of one or two worlds with one policy.

#ifndef TESTS_VIZ_SESSIONS_H_
#define TESTS_VIZ_SESSIONS_H_

#include "tests/viz/stages.h"
#include "viz/play/session.h"

typedef struct test_worlds {
  co_session_def def;
  co_node *domain[CO_SESSION_STAGES];
  co_choice choice[2];
} test_worlds;

// `shifts` of the second stage, NULL: there is one stage. Two policies can be chosen. Free with
// test_worlds_free after the session.
static inline void test_worlds_make(const char *task, const char *first, const char *second,
                                    test_worlds *out) {
  co_built_world *world = test_world(task, NULL, NULL);
  *out = (test_worlds){.choice = {{.name = "one"}, {.name = "two"}}};
  for (int i = 0; i < 2; i++)
    out->choice[i].policy = test_policy_for(&world->info, 5 + (uint64_t)i);
  co_world_free(world);
  out->domain[0] = first ? test_domain(first) : NULL;
  out->domain[1] = second ? test_domain(second) : NULL;
  out->def = (co_session_def){
      .num_stages = second ? 2 : 1,
      .world = {{.task = task, .domain = out->domain[0]}, {.task = task, .domain = out->domain[1]}},
      .choice = out->choice,
      .num_choices = 2,
      .seed = 11,
      .threshold = 0.05,
      .history_bytes = 64 << 20};
}

static inline void test_worlds_free(test_worlds *worlds) {
  for (int i = 0; i < 2; i++) co_policy_free(worlds->choice[i].policy);
  for (int i = 0; i < CO_SESSION_STAGES; i++) co_node_free(worlds->domain[i]);
}

static inline co_session *test_session(const test_worlds *worlds) {
  co_session *session = NULL;
  ck_ok(co_session_create(&worlds->def, &session));
  return session;
}

static inline void test_do(co_session *session, co_command_id id, int64_t value) {
  const co_command command = {.id = id, .value = value};
  ck_ok(co_session_execute(session, &command));
}

static inline void test_walk(co_session *session, int steps) {
  for (int i = 0; i < steps; i++) test_do(session, CO_CMD_FORWARD, 0);
}

// One value.
static inline co_command test_shift(int stage, const char *parameter, const char *select,
                                    const char *operation, double value) {
  co_command command = {.id = CO_CMD_SHIFT, .stage = stage};
  co_shift_info *shift = &command.shift;
  snprintf(shift->parameter, sizeof shift->parameter, "%s", parameter);
  snprintf(shift->select, sizeof shift->select, "%s", select);
  snprintf(shift->operation, sizeof shift->operation, "%s", operation);
  shift->value[0] = value;
  shift->num_values = 1;
  return command;
}

static inline void test_put(co_session *session, int stage, const char *parameter,
                            const char *select, const char *operation, double value) {
  co_command command = test_shift(stage, parameter, select, operation, value);
  ck_ok(co_session_execute(session, &command));
}

static inline const co_instant *test_now(const co_session *session, int stage) {
  return co_stage_now(co_session_stage(session, stage));
}

// Until a search is over.
static inline co_status test_search(co_session *session) {
  co_status status = CO_OK;
  while (status == CO_OK && co_session_searching(session) >= 0)
    status = co_session_advance(session, 0.01);
  return status;
}

#endif  // TESTS_VIZ_SESSIONS_H_
