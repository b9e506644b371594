#include "envs/task/terms/space.h"

#include "core/number.h"
#include "core/text.h"

#include <assert.h>
#include <string.h>

// ---- frames

// With the nearest name of the kind that the text names, or of either where it names none.
static void report_frame(const co_model *model, const char *frame, const char *key,
                         const co_node *node, co_schema_errors *errors, co_element object) {
  const char *slash = strchr(frame, '/');
  const char *name = slash ? slash + 1 : frame, *near = NULL, *kind = "";
  for (int i = 0; i < 2 && !near; i++) {
    co_element one = i ? CO_SITE : CO_BODY;
    if (object != CO_NO_ELEMENT && object != one) continue;
    const co_elements *elements = &model->elements[one];
    near = co_suggest(name, elements->name, elements->count);
    kind = co_element_name(one);
  }
  co_schema_error(errors, node, key,
                  "\"%s\" is no frame of %s; allowed: \"body/NAME\", \"site/NAME\"%s%s%s%s%s",
                  frame, model->name, near ? "; did you mean \"" : "", near ? kind : "",
                  near ? "/" : "", near ? near : "", near ? "\"?" : "");
}

bool co_frame_find(const co_model *model, const char *frame, const char *key, const co_node *node,
                   co_schema_errors *errors, co_frame *out) {
  co_element object = strncmp(frame, "body/", 5) == 0   ? CO_BODY
                      : strncmp(frame, "site/", 5) == 0 ? CO_SITE
                                                        : CO_NO_ELEMENT;
  int index = object == CO_NO_ELEMENT ? -1 : co_model_find(model, object, frame + 5);
  if (index < 0) {
    report_frame(model, frame, key, node, errors, object);
    return false;
  }
  co_element matrix = object == CO_BODY ? CO_BODY_MAT : CO_SITE_MAT;
  *out = (co_frame){object, co_model_at(model, object, index), matrix,
                    co_model_at(model, matrix, 9 * index)};
  return true;
}

bool co_frame_bind(const co_term *term, const co_term_binder *binder, co_frame *out) {
  assert(term->def->frame);  // a key that the term needs
  return co_frame_find(binder->model, term->def->frame, "frame", binder->node, binder->errors, out);
}

bool co_frame_bind_moving(const co_term *term, const co_term_binder *binder, co_frame *out) {
  if (!co_frame_bind(term, binder, out)) return false;
  const co_engine *engine = binder->model->engine;
  if (engine->object_velocity) return true;
  co_schema_error(binder->errors, binder->node, "frame",
                  "engine \"%s\" has no velocities of bodies", engine->name);
  return false;
}

const double *co_frame_matrix(const co_frame *frame, const co_physics *physics) {
  return frame->matrix_at < 0 ? NULL : physics->field[frame->matrix] + frame->matrix_at;
}

void co_frame_rotate(const co_frame *frame, const co_physics *physics, const double world[3],
                     double out[3]) {
  const double *r = co_frame_matrix(frame, physics);
  for (int k = 0; k < 3; k++) {
    // the transpose turns the other way
    out[k] = r ? r[k] * world[0] + r[3 + k] * world[1] + r[6 + k] * world[2] : 0.0;
  }
}

void co_frame_unrotate(const co_frame *frame, const co_physics *physics, const double seen[3],
                       double out[3]) {
  const double *r = co_frame_matrix(frame, physics);
  for (int k = 0; k < 3; k++) {
    out[k] = r ? r[3 * k] * seen[0] + r[3 * k + 1] * seen[1] + r[3 * k + 2] * seen[2] : 0.0;
  }
}

void co_frame_gravity(const co_frame *frame, const co_physics *physics, double out[3]) {
  const double *r = co_frame_matrix(frame, physics);  // its last row: the world's z, seen from it
  for (int k = 0; k < 3; k++) out[k] = r ? -r[6 + k] : 0.0;
}

void co_frame_euler(const co_frame *frame, const co_physics *physics, double out[3]) {
  const double *r = co_frame_matrix(frame, physics);
  memset(out, 0, 3 * sizeof *out);
  if (!r) return;
  out[0] = atan2(r[7], r[8]);
  out[1] = asin(co_clamp(-r[6], -1.0, 1.0));
  out[2] = atan2(r[3], r[0]);
}

void co_frame_velocity(const co_frame *frame, const co_physics *physics, double out[6]) {
  assert(physics->model->engine->object_velocity);
  memset(out, 0, 6 * sizeof *out);
  if (frame->index < 0) return;
  physics->model->engine->object_velocity(physics, frame->object, frame->index, true, out);
}

// ---- distances

bool co_pairs_check(const co_term *term, const co_term_binder *binder) {
  if (term->tos == term->refs) return true;
  co_schema_error(binder->errors, binder->node, "to",
                  "must match as many elements as of, %d, not %d", term->refs, term->tos);
  return false;
}

void co_points_bind(co_term *term, const co_term_binder *binder) {
  const co_term_def *def = term->def;
  if (!def->to == !def->value.count) {
    co_schema_error(binder->errors, binder->node, "to", "\"%s\" needs either to or value",
                    term->class->name);
  } else if (def->to) {
    co_pairs_check(term, binder);
  }
}

double co_points_distance(const co_term *term, const co_physics *physics) {
  double sum = 0.0;
  assert(!term->tos || term->tos == term->refs);
  for (int i = 0; i < term->refs; i++) {
    double to =
        term->tos ? co_ref_value(physics, term->to[i]) : co_floats_at(&term->def->value, i, NAN);
    double difference = co_ref_value(physics, term->ref[i]) - to;
    sum += difference * difference;
  }
  return sqrt(sum);
}
