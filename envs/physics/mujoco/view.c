// MuJoCo behind the physics seam: numbers of a row's own.
//
// A row whose domain draws numbers sees a view: a copy of the mjModel struct in which only the
// arrays that those numbers live in, or that follow from them, point to memory of the row. What is
// in the struct itself (mjOption, mjStatistic) comes along. The model that rows share is only read.

#include "core/memory.h"
#include "envs/physics/mujoco/engine.h"
#include "envs/physics/mujoco/private/fields.h"

#include <assert.h>
#include <math.h>
#include <mujoco/mjxmacro.h>
#include <mujoco/mujoco.h>
#include <stdlib.h>
#include <string.h>

// Arrays of mjModel by MuJoCo's own list: where the pointer is, where the number of rows is, bytes
// of a row. Arrays whose width is a size of the model have width 0 here; none of them is owned.
#undef MJ_M
#define MJ_M(n) 0
#undef XNV
#define XNV X

typedef enum array_id {
#define X(type, name, rows, width) ARRAY_##name,
  MJMODEL_POINTERS
#undef X
      NUM_ARRAYS
} array_id;

static const struct {
  size_t pointer, rows, bytes;
} kArray[NUM_ARRAYS] = {
#define X(type, name, rows, width) \
  {offsetof(mjModel, name), offsetof(mjModel, rows), sizeof(type) * (size_t)(width)},
    MJMODEL_POINTERS
#undef X
};

static const struct {
  co_parameter_id parameter;
  array_id array;
} kWritten[] = {
#define X(parameter, name) {parameter, ARRAY_##name},
    CO_MUJOCO_FIELD_LIST(X)
#undef X
};

// What mj_setConst writes, often with the numbers that are there already. Found by letting it run
// with one array after another in read-only memory; a test does that with all of them at once.
// clang-format off
static const array_id kDerived[] = {
    ARRAY_body_treeid, ARRAY_body_sameframe, ARRAY_body_subtreemass, ARRAY_body_invweight0,
    ARRAY_body_margin, ARRAY_body_contype, ARRAY_body_conaffinity, ARRAY_bvh_aabb,
    ARRAY_jnt_actuatorid, ARRAY_dof_invweight0, ARRAY_dof_M0, ARRAY_dof_length, ARRAY_tree_bodyadr,
    ARRAY_tree_bodynum, ARRAY_tree_dofadr, ARRAY_tree_dofnum, ARRAY_tree_sleep_policy,
    ARRAY_geom_sameframe, ARRAY_geom_aabb, ARRAY_geom_rbound, ARRAY_site_sameframe, ARRAY_cam_mode,
    ARRAY_cam_poscom0, ARRAY_cam_pos0, ARRAY_cam_mat0, ARRAY_light_mode, ARRAY_light_poscom0,
    ARRAY_light_pos0, ARRAY_light_dir0, ARRAY_eq_data, ARRAY_tendon_actuatorid,
    ARRAY_tendon_treenum, ARRAY_tendon_treeid, ARRAY_ten_J_rownnz, ARRAY_ten_J_rowadr,
    ARRAY_ten_J_colind, ARRAY_tendon_lengthspring, ARRAY_tendon_length0, ARRAY_tendon_invweight0,
    ARRAY_actuator_acc0, ARRAY_actuator_length0,
};
// clang-format on

#define COUNT(table) (int)(sizeof(table) / sizeof *(table))

typedef struct piece {
  size_t pointer;  // of mjModel
  size_t at;       // in the view's block
  size_t bytes;
} piece;

typedef struct co_mujoco_view {
  mjModel mj;  // what the row sees
  bool owned[CO_NUM_PARAMETERS];
  bool owns[NUM_ARRAYS];
  bool derives;        // constants follow from an owned parameter
  bool begun;          // numbers were put since the last settle_row
  co_mujoco_law *law;  // (nactuator) owned: what the row has put; NULL: nothing ever
  int num_laws;
  unsigned char *block;  // owned arrays, one after another
  piece *piece;          // (num_pieces) those that have any values
  int num_pieces;
  size_t size;  // bytes of the block
} co_mujoco_view;

static const mjModel *mj_of(const co_model *model) {
  return ((const co_mujoco_model *)model)->mj;
}

static void mark_arrays(co_mujoco_view *view, co_parameter_id parameter) {
  view->owned[parameter] = true;
  for (int i = 0; i < COUNT(kWritten); i++) {
    if (kWritten[i].parameter == parameter) view->owns[kWritten[i].array] = true;
  }
  if (!co_parameter_is(parameter, CO_BY_CONSTANT)) return;
  view->derives = true;
  for (int i = 0; i < COUNT(kDerived); i++) view->owns[kDerived[i]] = true;
}

static size_t bytes_of(const mjModel *mj, int array) {
  mjtSize rows;
  memcpy(&rows, (const char *)mj + kArray[array].rows, sizeof rows);
  return (size_t)rows * kArray[array].bytes;
}

// Room for the marked arrays, those that have any values; each starts at a multiple of the widest
// type.
static co_status lay_out(co_mujoco_view *view, const mjModel *mj) {
  int count = 0;
  for (int i = 0; i < NUM_ARRAYS; i++) count += view->owns[i] && bytes_of(mj, i) > 0;
  piece *list = co_realloc(view->piece, (size_t)(count + 1), sizeof *list);
  if (!list) return CO_MEMORY;
  view->piece = list;
  view->num_pieces = count;
  view->size = 0;
  for (int i = 0; i < NUM_ARRAYS; i++) {
    size_t bytes = view->owns[i] ? bytes_of(mj, i) : 0;
    if (bytes == 0) continue;
    *list++ = (piece){kArray[i].pointer, view->size, bytes};
    view->size += (bytes + sizeof(mjtNum) - 1) / sizeof(mjtNum) * sizeof(mjtNum);
  }
  unsigned char *block = co_realloc(view->block, view->size + 1, 1);
  if (!block) return CO_MEMORY;
  view->block = block;
  return CO_OK;
}

// Room for what the row puts of force laws.
static co_status make_laws(co_mujoco_view *view, const mjModel *nominal) {
  if (view->law) return CO_OK;
  view->num_laws = (int)nominal->nactuator;
  view->law = co_alloc((size_t)view->num_laws + 1, sizeof *view->law);
  return view->law ? CO_OK : CO_MEMORY;
}

// The numbers of the shared model, in memory of the row.
static void take(co_mujoco_view *view, const mjModel *shared) {
  for (int i = 0; i < view->num_laws; i++) view->law[i] = (co_mujoco_law){NAN, NAN, NAN, NAN};
  view->mj = *shared;
  for (int i = 0; i < view->num_pieces; i++) {
    const piece *one = &view->piece[i];
    void *to = view->block + one->at, *from;
    memcpy(&from, (const char *)shared + one->pointer, sizeof from);
    memcpy(to, from, one->bytes);
    memcpy((char *)&view->mj + one->pointer, &to, sizeof to);
  }
}

size_t co_mujoco_view_size(const co_mujoco_view *view) {
  if (!view) return 0;
  return sizeof *view + (size_t)view->num_pieces * sizeof *view->piece +
         (size_t)view->num_laws * sizeof *view->law + view->size;
}

void co_mujoco_view_free(co_mujoco_view *view) {
  if (!view) return;
  free(view->block);
  free(view->piece);
  free(view->law);
  free(view);
}

co_status co_mujoco_own(co_physics *base, co_parameter_id parameter) {
  co_mujoco_row *row = (co_mujoco_row *)base;
  const mjModel *shared = mj_of(base->model);
  assert(co_mujoco_has(parameter) && !co_parameter_is(parameter, CO_BY_COMPILER));
  if (!row->view) row->view = co_alloc(1, sizeof *row->view);
  if (!row->view) return CO_MEMORY;
  mark_arrays(row->view, parameter);
  co_status status = lay_out(row->view, shared);
  if (status == CO_OK && co_mujoco_is_law(parameter)) {
    status = make_laws(row->view, ((const co_mujoco_model *)base->model)->nominal);
  }
  if (status != CO_OK) {
    co_mujoco_view_free(row->view);
    row->view = NULL;
    row->mj = shared;
    return status;
  }
  take(row->view, shared);
  row->view->begun = false;
  row->mj = &row->view->mj;
  return CO_OK;
}

// What the row puts, over what its model has.
static co_status put_law(const co_mujoco_model *model, co_mujoco_view *view,
                         co_parameter_id parameter, int actuator, int at, double value) {
  CO_TRY(co_mujoco_check_law(model->nominal, parameter, actuator, value));
  co_mujoco_law law = co_mujoco_law_of(model, actuator), *own = &view->law[actuator];
  co_mujoco_set_law(own, parameter, value);
  if (!isnan(own->gear)) law.gear = own->gear;
  if (!isnan(own->target)) law.target = own->target;
  if (!isnan(own->kp)) law.kp = own->kp;
  if (!isnan(own->kv)) law.kv = own->kv;
  co_mujoco_write_law(model->nominal, actuator, &law, &view->mj, at);
  if (parameter == CO_GEAR && model->automatic_range[actuator]) {
    co_mujoco_scale_range(model->mj, &view->mj, at);
  }
  return CO_OK;
}

co_status co_mujoco_put_row(co_physics *base, co_parameter_id parameter, int element,
                            const double *value) {
  co_mujoco_view *view = ((co_mujoco_row *)base)->view;
  const co_mujoco_model *model = (const co_mujoco_model *)base->model;
  co_element kind = co_parameters[parameter].element;
  int at = kind == CO_NO_ELEMENT ? element : co_model_at(base->model, kind, element);
  assert(view && view->owned[parameter]);
  if (at < 0) return CO_OK;  // this variant lacks it
  CO_TRY(co_mujoco_check_row(model, parameter, element));
  if (!view->begun) take(view, model->mj);
  view->begun = true;
  if (co_mujoco_is_law(parameter)) return put_law(model, view, parameter, element, at, *value);
  CO_TRY(co_mujoco_write(&view->mj, parameter, at, value));
  return parameter == CO_MASS ? co_mujoco_keep_inertia(model, &view->mj, element, at) : CO_OK;
}

co_status co_mujoco_settle_row(co_physics *base) {
  co_mujoco_row *row = (co_mujoco_row *)base;
  if (!row->view || !row->view->begun) return CO_OK;
  row->view->begun = false;
  if (!row->view->derives) return CO_OK;
  if (setjmp(*co_mujoco_guard())) return co_mujoco_failed("mj_setConst");
  co_mujoco_set_constants(&row->view->mj, row->data);
  co_mujoco_done();
  return CO_OK;
}

// Whether data and numbers of one fit the other.
static bool same_sizes(const co_mujoco_view *view, const mjModel *a, const mjModel *b) {
#define X(type, name, rows, width) \
  if (a->rows != b->rows) return false;
  MJDATA_POINTERS
#undef X
  for (int i = 0; view && i < NUM_ARRAYS; i++) {
    if (view->owns[i] && bytes_of(a, i) != bytes_of(b, i)) return false;
  }
  return true;
}

// Whether the same elements are there.
static bool same_places(const co_model *a, const co_model *b) {
  for (int kind = 0; kind < CO_NUM_ELEMENTS; kind++) {
    for (int i = 0; i < a->elements[kind].count; i++) {
      if (co_model_at(a, (co_element)kind, i) != co_model_at(b, (co_element)kind, i)) return false;
    }
  }
  return true;
}

co_status co_mujoco_use(co_physics *base, const co_model *variant) {
  co_mujoco_row *row = (co_mujoco_row *)base;
  const mjModel *mj = mj_of(variant);
  if (!same_sizes(row->view, mj_of(base->model), mj) || !same_places(base->model, variant)) {
    return co_fail(CO_CONFIG, "%s: variants must have the same sizes and elements", variant->name);
  }
  base->model = variant;
  row->mj = mj;
  if (!row->view) return CO_OK;
  take(row->view, mj);
  row->view->begun = false;
  row->mj = &row->view->mj;
  return CO_OK;
}
