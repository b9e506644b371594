#include "envs/world/vector.h"

#include "core/memory.h"
#include "envs/world/row.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

typedef struct vector_env {
  co_env base;
  co_shared_world *shared;      // kept
  const co_built_world *world;  // that one
  int rows;
  co_row *row;       // (rows), owned
  co_env_info info;  // the world's, or what a map that all rows have makes of it
  co_map **map;      // (num_maps) those that rows have, owned
  int num_maps;
  co_map_row *part;  // (rows) of a map that is being put, else empty
  size_t map_bytes;  // the most that a map keeps of a row
  double
      *scratch;   // (rows x (act_dim + num_rewards)) so that calls on different rows share nothing
  double *state;  // (rows x (nq + nv)) last ones asked for, of models that lack coordinates
} vector_env;

static const vector_env *view(const co_env *env) {
  return (const vector_env *)env;
}

static const co_env_info *info(const co_env *env) {
  return &view(env)->info;
}

static int rows_of(const co_env *env) {
  return view(env)->rows;
}

static void check_range(const co_env *env, int row0, int rows) {
  assert(row0 >= 0 && rows >= 0 && row0 + rows <= view(env)->rows);
  (void)env, (void)row0, (void)rows;
}

// The only place where values become float32.
static void write_obs(const co_row *row, int i, const co_env_out *out) {
  if (!out->obs) return;
  int dim = row->binding->obs_dim;
  float *obs = out->obs + (size_t)i * (size_t)dim;
  for (int j = 0; j < dim; j++) obs[j] = (float)row->seen[j];
}

static co_status reset(co_env *env, int row0, int rows, const co_env_out *out) {
  check_range(env, row0, rows);
  for (int i = 0; i < rows; i++) {
    co_row *row = &view(env)->row[row0 + i];
    CO_TRY(co_row_reset(row));
    write_obs(row, i, out);
  }
  return CO_OK;
}

static co_status begin(co_env *env, int index, const co_stream *stream, uint32_t episode,
                       const co_env_out *out) {
  check_range(env, index, 1);
  co_row *row = &view(env)->row[index];
  CO_TRY(co_row_begin(row, stream, episode));
  write_obs(row, 0, out);
  return CO_OK;
}

static co_status place(co_env *env, int index, const co_env_state *start, const co_env_out *out) {
  check_range(env, index, 1);
  co_row *row = &view(env)->row[index];
  CO_TRY(co_row_place(row, start));
  write_obs(row, 0, out);
  return CO_OK;
}

static void hold(co_env *env, int index, const double *command) {
  check_range(env, index, 1);
  co_row_hold(&view(env)->row[index], command);
}

static void draws(const co_env *env, int index, double *value) {
  check_range(env, index, 1);
  co_row_get_draws(&view(env)->row[index], value);
}

static co_status set_draws(co_env *env, int index, const double *value, int count) {
  check_range(env, index, 1);
  return co_row_set_draws(&view(env)->row[index], value, count);
}

static co_status set_ranges(co_env *env, const co_shift_info *shift, int count) {
  const vector_env *vector = view(env);
  const co_plan *plan = &vector->world->plan;
  CO_TRY(co_plan_check_ranges(plan, shift, count));
  for (int i = 0; i < vector->rows; i++)
    co_plan_put_ranges(plan, shift, count, vector->row[i].ranges);
  return CO_OK;
}

static void write_result(const co_row_result *result, int num_terms, int i, const co_env_out *out) {
  if (out->reward) out->reward[i] = (float)result->reward;
  if (out->terminated) out->terminated[i] = result->terminated;
  if (out->truncated) out->truncated[i] = result->truncated;
  if (out->success) out->success[i] = result->success;
  if (out->fault) out->fault[i] = result->fault;
  for (int j = 0; out->terms && j < num_terms; j++) {
    out->terms[(size_t)i * (size_t)num_terms + (size_t)j] = (float)result->terms[j];
  }
  for (int j = 0; out->metrics && j < CO_NUM_STEP_METRICS; j++) {
    out->metrics[(size_t)i * CO_NUM_STEP_METRICS + (size_t)j] = (float)result->metrics[j];
  }
}

static co_status step(co_env *env, int row0, int rows, const float *action, const co_env_out *out) {
  check_range(env, row0, rows);
  const co_env_info *about = info(env);
  size_t act_dim = (size_t)about->act_dim, width = act_dim + (size_t)about->num_terms;
  for (int i = 0; i < rows; i++) {
    co_row *row = &view(env)->row[row0 + i];
    double *wide = view(env)->scratch + (size_t)(row0 + i) * width;
    for (size_t j = 0; j < act_dim; j++) wide[j] = (double)action[(size_t)i * act_dim + j];
    double metrics[CO_NUM_STEP_METRICS];
    co_row_result result = {.terms = wide + act_dim, .metrics = out->metrics ? metrics : NULL};
    CO_TRY(co_row_step(row, wide, &result));
    write_obs(row, i, out);
    write_result(&result, about->num_terms, i, out);
  }
  return CO_OK;
}

static size_t row_size(const co_env *env) {
  return co_row_size(&view(env)->world->binding) + view(env)->map_bytes;
}

static void save(const co_env *env, int row, void *bytes) {
  check_range(env, row, 1);
  const co_row *from = &view(env)->row[row];
  bool own = from->binding->map != NULL;  // those bytes are the row's
  size_t kept = own ? 0 : co_map_row_size(from->map.map), most = view(env)->map_bytes;
  co_row_save(from, bytes);
  // rows with a smaller map are padded
  memset((unsigned char *)bytes + row_size(env) - (most - kept), 0, most - kept);
}

static co_status load(co_env *env, int row, const void *bytes) {
  check_range(env, row, 1);
  return co_row_load(&view(env)->row[row], bytes);
}

static void gather(const co_physics *physics, const co_model *model, co_element group, int count,
                   double *out) {
  for (int i = 0; i < count; i++) {
    out[i] = co_ref_value(physics, (co_ref){group, i, co_model_at(model, group, i)});
  }
}

// In the order of the nominal model: where a domain has removed some, the engine's arrays are
// shorter.
static void state(const co_env *env, int index, co_env_state *out) {
  check_range(env, index, 1);
  const co_row *row = &view(env)->row[index];
  const co_model *model = row->binding->model;
  const co_physics *physics = row->physics;
  *out = (co_env_state){physics->qpos, physics->qvel, model->nq, model->nv};
  if (!model->elements[CO_QPOS].at) return;
  double *qpos = view(env)->state + (size_t)index * (size_t)(model->nq + model->nv);
  gather(physics, model, CO_QPOS, model->nq, qpos);
  gather(physics, model, CO_QVEL, model->nv, qpos + model->nq);
  out->qpos = qpos;
  out->qvel = qpos + model->nq;
}

static co_status signals(const co_env *env, int row, double *value) {
  check_range(env, row, 1);
  return co_low_level_read(&view(env)->world->low_level, &view(env)->row[row], value);
}

static co_status inverse(const co_env *env, int row, const double *qacc, double *force) {
  check_range(env, row, 1);
  return co_row_inverse(&view(env)->row[row], qacc, force);
}

// ---- maps

static bool is_used(const vector_env *vector, const co_map *map) {
  for (int i = 0; i < vector->rows; i++)
    if (vector->row[i].map.map == map) return true;
  return false;
}

// Frees maps that no row has any more.
static void drop_maps(vector_env *vector) {
  int kept = 0;
  for (int i = 0; i < vector->num_maps; i++) {
    if (is_used(vector, vector->map[i]))
      vector->map[kept++] = vector->map[i];
    else
      co_map_free(vector->map[i]);
  }
  vector->num_maps = kept;
}

// What follows from the maps of all rows.
static void settle_maps(vector_env *vector) {
  const co_map *first = vector->row[0].map.map;
  bool same = first != NULL;
  vector->map_bytes = 0;
  if (vector->world->binding.map) return;  // the world tells of it, and its rows are larger
  for (int i = 0; i < vector->rows; i++) {
    size_t bytes = co_map_row_size(vector->row[i].map.map);
    if (bytes > vector->map_bytes) vector->map_bytes = bytes;
    same = same && vector->row[i].map.map == first;
  }
  vector->info = vector->world->info;
  if (!same) return;
  co_map_describe(first, &vector->info);
}

// Makes all that the rows need of a map before the first of them is touched.
static co_status make_parts(vector_env *vector, int rows, const co_map *map) {
  co_status status = CO_OK;
  int made = 0;
  for (; status == CO_OK && made < rows; made++)
    status = co_map_row_create(map, &vector->part[made]);
  while (status != CO_OK && made > 0) co_map_row_free(&vector->part[--made]);
  return status;
}

static co_status map(co_env *env, int row0, int rows, const struct co_map_def *def) {
  vector_env *vector = (vector_env *)env;
  co_map *next = NULL;
  check_range(env, row0, rows);
  if (vector->world->binding.map)
    return co_fail(CO_CONFIG, "%s: stands behind a map already", vector->info.task);
  if (def) CO_TRY(co_map_create(def, &vector->world->binding, &next));
  co_status status = make_parts(vector, rows, next);
  if (status != CO_OK) {
    co_map_free(next);
    return status;
  }
  if (next) vector->map[vector->num_maps++] = next;
  for (int i = 0; i < rows; i++) co_row_set_map(&vector->row[row0 + i], &vector->part[i]);
  drop_maps(vector);
  settle_maps(vector);
  return CO_OK;
}

static void destroy(co_env *env) {
  vector_env *vector = (vector_env *)env;
  for (int i = 0; vector->row && i < vector->rows; i++) co_row_free(&vector->row[i]);
  for (int i = 0; i < vector->num_maps; i++) co_map_free(vector->map[i]);
  free(vector->map);
  free(vector->part);
  free(vector->row);
  free(vector->scratch);
  free(vector->state);
  co_shared_world_drop(vector->shared);
  free(vector);
}

static const co_env_class kClass = {.info = info,
                                    .rows = rows_of,
                                    .reset = reset,
                                    .step = step,
                                    .row_size = row_size,
                                    .save = save,
                                    .load = load,
                                    .destroy = destroy,
                                    .state = state,
                                    .begin = begin,
                                    .place = place,
                                    .signals = signals,
                                    .inverse = inverse,
                                    .map = map,
                                    .hold = hold,
                                    .draws = draws,
                                    .set_draws = set_draws,
                                    .set_ranges = set_ranges};

co_status co_vector_share(co_shared_world *shared, int rows, const co_stream *stream,
                          co_env **out) {
  assert(rows > 0);
  vector_env *vector = co_alloc(1, sizeof *vector);
  if (!vector) return CO_MEMORY;
  const co_built_world *world = co_shared_world_get(shared);
  size_t width = (size_t)(world->info.act_dim + world->info.num_terms);
  vector->base.class = &kClass;
  vector->shared = co_shared_world_keep(shared);
  vector->world = world;
  vector->info = world->info;
  vector->row = co_alloc((size_t)rows, sizeof *vector->row);
  vector->scratch = co_alloc((size_t)rows * width, sizeof *vector->scratch);
  vector->state =
      co_alloc((size_t)rows * (size_t)(world->model->nq + world->model->nv), sizeof *vector->state);
  vector->map = co_alloc((size_t)rows + 1, sizeof(co_map *));  // one per row, and one to come
  vector->part = co_alloc((size_t)rows, sizeof *vector->part);
  bool whole = vector->row && vector->scratch && vector->state && vector->map && vector->part;
  co_status status = whole ? CO_OK : CO_MEMORY;
  for (; status == CO_OK && vector->rows < rows; vector->rows++) {
    co_row *row = &vector->row[vector->rows];
    status = co_row_create(&world->binding, stream, (uint32_t)vector->rows, row);
    if (status != CO_OK) break;
  }
  if (status != CO_OK) {
    destroy(&vector->base);
    return status;
  }
  *out = &vector->base;
  return CO_OK;
}

co_status co_vector_create(co_built_world *world, int rows, const co_stream *stream, co_env **out) {
  co_shared_world *shared;
  CO_TRY(co_shared_world_take(world, &shared));
  co_status status = co_vector_share(shared, rows, stream, out);
  co_shared_world_drop(shared);
  return status;
}

co_status co_vector_open(co_world_shelf *shelf, const co_world *world, int rows,
                         const co_stream *stream, co_env **out, const co_built_world **built) {
  co_shared_world *shared;
  CO_TRY(co_world_shelf_take(shelf, world, &shared));
  co_status status = co_vector_share(shared, rows, stream, out);
  if (status == CO_OK && built) *built = co_shared_world_get(shared);
  co_shared_world_drop(shared);
  return status;
}

co_row *co_vector_row(co_env *env, int row) {
  check_range(env, row, 1);
  return &((vector_env *)env)->row[row];
}
