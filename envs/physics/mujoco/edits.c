// MuJoCo behind the physics seam: what a domain puts into a model.
//
// Everything that was put is noted, by parameter and element. A compilation starts from the spec as
// it was loaded, applies what the compiler must know, and writes the other numbers again; so
// neither order nor repetition matters, and nothing drifts.

#include "core/memory.h"
#include "envs/physics/mujoco/private/spec.h"

#include <assert.h>
#include <math.h>
#include <mujoco/mujoco.h>
#include <stdlib.h>
#include <string.h>

static bool by_compiler(co_parameter_id parameter) {
  return co_parameter_is(parameter, CO_BY_COMPILER);
}

// ---- notes

// Place of an edit in the sorted list, or where it would be.
static int find(const co_mujoco_model *model, co_parameter_id parameter, int element) {
  int i = 0;
  while (i < model->num_edits &&
         (model->edit[i].parameter < parameter ||
          (model->edit[i].parameter == parameter && model->edit[i].element < element))) {
    i++;
  }
  return i;
}

static co_mujoco_edit *look_up(const co_mujoco_model *model, co_parameter_id parameter,
                               int element) {
  int i = find(model, parameter, element);
  bool found = i < model->num_edits && model->edit[i].parameter == parameter &&
               model->edit[i].element == element;
  return found ? &model->edit[i] : NULL;
}

// The edit with these values, not yet in the compiled model; NULL: out of memory.
static co_mujoco_edit *note(co_mujoco_model *model, co_parameter_id parameter, int element,
                            const double *value) {
  size_t bytes = (size_t)co_parameters[parameter].width * sizeof *value;
  co_mujoco_edit *edit = look_up(model, parameter, element);
  if (edit) {
    memcpy(edit->value, value, bytes);
    return edit;
  }
  if (model->num_edits == model->max_edits) {
    int max = 2 * model->max_edits + 16;
    co_mujoco_edit *more = co_realloc(model->edit, (size_t)max, sizeof *more);
    if (!more) return NULL;
    model->edit = more;
    model->max_edits = max;
  }
  edit = &model->edit[find(model, parameter, element)];
  size_t behind = (size_t)(&model->edit[model->num_edits++] - edit);
  memmove(edit + 1, edit, behind * sizeof *edit);
  *edit = (co_mujoco_edit){.parameter = parameter, .element = element};
  memcpy(edit->value, value, bytes);
  return edit;
}

static void accept(co_mujoco_edit *edit) {
  memcpy(edit->before, edit->value, sizeof edit->before);
  edit->compiled = true;
}

static void accept_all(co_mujoco_model *model) {
  for (int i = 0; i < model->num_edits; i++) {
    accept(&model->edit[i]);
    model->edit[i].given[0] = 0;  // of the former model
  }
}

// Forgets what the compiled model does not have.
static void revert(co_mujoco_model *model) {
  int kept = 0;
  for (int i = 0; i < model->num_edits; i++) {
    co_mujoco_edit *edit = &model->edit[i];
    if (!edit->compiled) continue;
    memcpy(edit->value, edit->before, sizeof edit->value);
    model->edit[kept++] = *edit;
  }
  model->num_edits = kept;
}

// ---- reading

static double edited(const co_mujoco_model *model, co_parameter_id parameter, int element) {
  const co_mujoco_edit *edit = look_up(model, parameter, element);
  if (edit && edit->compiled) return *edit->before;
  return parameter == CO_LOCK ? (double)NAN : parameter == CO_REMOVE ? 0.0 : 1.0;
}

co_mujoco_law co_mujoco_law_of(const co_mujoco_model *model, int actuator) {
  co_mujoco_law law = {NAN, NAN, NAN, NAN};
  for (int i = 0; i < model->num_edits; i++) {
    const co_mujoco_edit *edit = &model->edit[i];
    bool of_it = co_mujoco_is_law(edit->parameter) && edit->element == actuator;
    if (of_it) co_mujoco_set_law(&law, edit->parameter, *edit->value);
  }
  return law;
}

static int place_of(const co_model *model, co_parameter_id parameter, int element) {
  co_element kind = co_parameters[parameter].element;
  return kind == CO_NO_ELEMENT ? element : co_model_at(model, kind, element);
}

void co_mujoco_get(const co_model *base, co_parameter_id parameter, int element, double *value) {
  const co_mujoco_model *model = (const co_mujoco_model *)base;
  int at = place_of(base, parameter, element);
  if (co_mujoco_is_law(parameter)) {
    const co_mujoco_edit *edit = at < 0 ? NULL : look_up(model, parameter, element);
    bool put = edit && edit->compiled;
    *value = put ? *edit->before : co_mujoco_nominal_law(model->nominal, parameter, element);
    return;
  }
  switch (parameter) {
    case CO_LOCK:
    case CO_REMOVE:
    case CO_LIMB_LENGTH:
    case CO_LIMB_STRETCH: *value = edited(model, parameter, element); break;
    default:
      co_mujoco_read(at < 0 ? model->nominal : model->mj, parameter, at < 0 ? element : at, value);
  }
}

// ---- writing

co_status co_mujoco_keep_inertia(const co_mujoco_model *model, mjModel *mj, int element, int at) {
  const co_mujoco_edit *inertia = look_up(model, CO_INERTIA, element);
  return inertia ? co_mujoco_write(mj, CO_INERTIA, at, inertia->value) : CO_OK;
}

// Mass scales the inertia the body was compiled with, and an inertia that was put stays: whatever
// comes first, and however often.
static co_status write_mass(const co_mujoco_model *model, mjModel *mj, co_mujoco_edit *edit,
                            int body) {
  double *given = edit->given;
  if (given[0] == 0) {  // not known
    given[0] = mj->body_mass[body];
    memcpy(given + 1, mj->body_inertia + 3 * body, 3 * sizeof *given);
  } else {
    mj->body_mass[body] = given[0];
    memcpy(mj->body_inertia + 3 * body, given + 1, 3 * sizeof *given);
  }
  CO_TRY(co_mujoco_write(mj, CO_MASS, body, edit->value));
  return co_mujoco_keep_inertia(model, mj, edit->element, body);
}

static co_status write_edit(const co_mujoco_model *model, mjModel *mj, co_mujoco_edit *edit,
                            int at) {
  if (edit->parameter == CO_MASS) return write_mass(model, mj, edit, at);
  if (co_mujoco_is_law(edit->parameter)) {
    co_mujoco_law law = co_mujoco_law_of(model, edit->element);
    co_mujoco_write_law(model->nominal, edit->element, &law, mj, at);
    return CO_OK;
  }
  return co_mujoco_write(mj, edit->parameter, at, edit->value);
}

// A lock has placed the body.
static bool is_placed_by_lock(const co_mujoco_model *model, int body) {
  const mjModel *mj = model->nominal;
  for (int i = 0; i < model->num_edits; i++) {
    const co_mujoco_edit *edit = &model->edit[i];
    if (edit->parameter == CO_LOCK && mj->jnt_bodyid[edit->element] == body) return true;
  }
  return false;
}

static co_status check_place(const co_mujoco_model *model, co_parameter_id parameter, int element) {
  if (parameter != CO_POSITION || !is_placed_by_lock(model, element)) return CO_OK;
  return co_mujoco_refuse(model->nominal, parameter, element, "a locked joint places it");
}

// The place of a free body is where an episode starts, and that is the same model's for all rows.
co_status co_mujoco_check_row(const co_mujoco_model *model, co_parameter_id parameter,
                              int element) {
  const mjModel *mj = model->nominal;
  CO_TRY(check_place(model, parameter, element));
  if (parameter != CO_POSITION || !mj->body_jntnum[element]) return CO_OK;
  if (mj->jnt_type[mj->body_jntadr[element]] != mjJNT_FREE) return CO_OK;
  return co_mujoco_refuse(mj, parameter, element,
                          "of a free body it is where an episode starts: draw reset.qpos instead");
}

// Whether the number can be written without a compilation. The range of lengths that the compiler
// finds for a muscle follows its gear, unless that is 0 and the muscle limp.
static bool is_ordinary(const co_mujoco_model *model, co_parameter_id parameter, int element,
                        int at, const double *value) {
  if (parameter == CO_GEAR) return !model->automatic_range[element] || *value == 0;
  if (parameter != CO_COM && parameter != CO_JOINT_POS) return true;
  int body = parameter == CO_COM ? at : model->mj->jnt_bodyid[at];
  return model->mj->body_simple[body] == 0;
}

static co_status put_field(co_mujoco_model *model, co_parameter_id parameter, int element,
                           const double *value) {
  int at = place_of(&model->base, parameter, element);
  if (at < 0) {
    return co_mujoco_refuse(model->nominal, parameter, element, "it was locked or removed");
  }
  CO_TRY(check_place(model, parameter, element));
  if (co_mujoco_is_law(parameter)) {
    CO_TRY(co_mujoco_check_law(model->nominal, parameter, element, *value));
  }
  co_mujoco_edit *edit = note(model, parameter, element, value);
  if (!edit) return CO_MEMORY;
  if (!is_ordinary(model, parameter, element, at, value)) return co_mujoco_compile(&model->base);
  co_status status = write_edit(model, model->mj, edit, at);
  if (status == CO_OK) {
    accept(edit);
    co_mujoco_mirror(&model->base);
  } else if (edit->compiled) {
    memcpy(edit->value, edit->before, sizeof edit->value);
  } else {
    size_t behind = (size_t)(&model->edit[--model->num_edits] - edit);
    memmove(edit, edit + 1, behind * sizeof *edit);
  }
  return status;
}

co_status co_mujoco_put(co_model *base, co_parameter_id parameter, int element,
                        const double *value) {
  co_mujoco_model *model = (co_mujoco_model *)base;
  assert(co_mujoco_has(parameter));
  if (!by_compiler(parameter)) return put_field(model, parameter, element, value);
  CO_TRY(co_mujoco_check_edit(model, parameter, element, value));
  return note(model, parameter, element, value) ? CO_OK : CO_MEMORY;
}

// ---- compilation

static co_status build(const co_mujoco_model *model, mjSpec *spec, co_mujoco_gone *gone,
                       mjModel **out) {
  if (setjmp(*co_mujoco_guard())) return co_mujoco_failed("mjSpec");
  co_status status = co_mujoco_edit_spec(model, spec, gone);
  co_mujoco_done();
  if (status == CO_OK) status = co_mujoco_compile_spec(spec, model->base.name, out);
  if (status == CO_OK) status = co_mujoco_scale_mass(*out, model->mass_factor);
  return status == CO_OK ? co_mujoco_prepare(*out) : status;
}

static co_status copy_spec(const co_mujoco_model *model, mjSpec **out) {
  if (setjmp(*co_mujoco_guard())) return co_mujoco_failed("mj_copySpec");
  *out = mj_copySpec(model->spec);
  co_mujoco_done();
  return *out ? CO_OK : co_fail(CO_MEMORY, "out of memory");
}

// What is no matter of the compiler, written anew.
static co_status write_fields(const co_mujoco_model *model, mjModel *mj,
                              const co_mujoco_gone *gone) {
  bool derives = false;
  for (int i = 0; i < model->num_edits; i++) {
    co_mujoco_edit edit = model->edit[i];  // `given` is that of the present model
    if (by_compiler(edit.parameter)) continue;
    int at = co_mujoco_gone_index(gone, co_parameters[edit.parameter].element, edit.element);
    if (at < 0) continue;
    edit.given[0] = 0;
    derives = derives || co_parameter_is(edit.parameter, CO_BY_CONSTANT);
    CO_TRY(write_edit(model, mj, &edit, at));
  }
  return derives ? co_mujoco_derive(mj) : CO_OK;
}

co_status co_mujoco_compile(co_model *base) {
  co_mujoco_model *model = (co_mujoco_model *)base;
  co_mujoco_gone gone = {0};
  mjSpec *spec = NULL;
  mjModel *mj = NULL;
  co_status status = copy_spec(model, &spec);
  if (status == CO_OK) status = build(model, spec, &gone, &mj);
  if (status == CO_OK) status = write_fields(model, mj, &gone);
  if (status == CO_OK) status = co_mujoco_place(model, &gone, mj);
  if (status == CO_OK) {
    mj_deleteModel(model->mj);
    model->mj = mj;
    accept_all(model);
    co_mujoco_mirror(base);
  } else {
    mj_deleteModel(mj);
    revert(model);
  }
  mj_deleteSpec(spec);
  co_mujoco_gone_free(&gone);
  return status;
}

co_status co_mujoco_settle(co_model *model) {
  return co_mujoco_derive(((co_mujoco_model *)model)->mj);
}
