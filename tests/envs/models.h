// What the tests of parameters share: models from a few lines, parameters by name.

#ifndef TESTS_ENVS_MODELS_H_
#define TESTS_ENVS_MODELS_H_

#include "envs/physics/mujoco/engine.h"
#include "tests/envs/worlds.h"

#include <mujoco/mujoco.h>
#include <unistd.h>

static inline co_model *test_model(const char *mjcf) {
  char name[64];
  snprintf(name, sizeof name, "model%d.xml", (int)getpid());
  char *path = test_write(name, mjcf);
  co_model *model = NULL;
  ck_ok(co_model_load(&co_engine_mujoco, path, NULL, &model));
  free(path);
  return model;
}

// A task file over a model from a few lines: all coordinates seen, all controls driven, alive
// paid; `keys` say the horizon and what else it has. Malloc'd path.
static inline char *test_model_task(const char *mjcf, const char *keys) {
  char name[64], text[2000];
  int id = (int)getpid();  // tests run at the same time in several processes
  snprintf(name, sizeof name, "world_%d.xml", id);
  free(test_write(name, mjcf));
  snprintf(text, sizeof text,
           "task = { format = 1; model = \"world_%d.xml\"; substeps = 4; observe = \"fresh\";\n"
           "observation = ( { term = \"qpos\"; }, { term = \"qvel\"; } );\n"
           "action = ( { term = \"ctrl\"; } ); reward = ( { term = \"alive\"; } );\n%s };\n",
           id, keys);
  snprintf(name, sizeof name, "world_%d.cfg", id);
  return test_write(name, text);
}

// A model of the source tree, "hopper".
static inline co_model *test_model_file(const char *name) {
  const char *source = getenv("CARRYOVER_SOURCE");
  char path[4200];
  co_model *model = NULL;
  snprintf(path, sizeof path, "%s/envs/models/%s.xml", source ? source : ".", name);
  ck_ok(co_model_load(&co_engine_mujoco, path, NULL, &model));
  return model;
}

static inline const mjModel *test_mj(const co_model *model) {
  return ((const co_mujoco_model *)model)->mj;
}

static inline int test_element(const co_model *model, co_parameter_id id, const char *name) {
  co_element kind = co_parameters[id].element;
  if (kind == CO_NO_ELEMENT) return 0;
  int element = co_model_find(model, kind, name);
  ck_assert_msg(element >= 0, "no %s \"%s\"", co_element_name(kind), name);
  return element;
}

// Puts and, where it takes that, compiles and settles.
static inline co_status test_put(co_model *model, co_parameter_id id, const char *name,
                                 const double *value) {
  CO_TRY(model->engine->put(model, id, test_element(model, id, name), value));
  if (co_parameter_is(id, CO_BY_COMPILER)) CO_TRY(model->engine->compile(model));
  return co_parameter_is(id, CO_BY_CONSTANT) ? model->engine->settle(model) : CO_OK;
}

static inline void test_get(const co_model *model, co_parameter_id id, const char *name,
                            double *value) {
  model->engine->get(model, id, test_element(model, id, name), value);
}

// Two compiled models with the same numbers.
static inline void test_same_model(const mjModel *a, const mjModel *b) {
  ck_assert_int_eq(a->nbuffer, b->nbuffer);
  ck_assert_mem_eq(a->buffer, b->buffer, (size_t)a->nbuffer);
  ck_assert_mem_eq(&a->opt, &b->opt, sizeof a->opt);
  ck_assert_double_eq(a->stat.meaninertia, b->stat.meaninertia);
}

#endif  // TESTS_ENVS_MODELS_H_
