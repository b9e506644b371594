#include "envs/task/meaning.h"

#include "envs/task/measured.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *name_of(const co_model *model, co_element kind, int index) {
  return model->elements[kind].name[index];
}

static void note_joint(const co_model *model, int joint, bool *used) {
  if (joint >= 0 && joint < model->elements[CO_JOINT].count) used[joint] = true;
}

// Observed, or driven: coordinates of hinges and slides have the names of their joints.
static void note_joints(const co_binding *binding, bool *used) {
  const co_model *model = binding->model;
  const co_terms_bound *terms = &binding->terms[CO_TERM_OBSERVATION];
  for (int t = 0; t < terms->count; t++) {
    for (int i = 0; i < terms->term[t].size; i++) {
      co_measure found;
      bool joint = co_measured(model, &terms->term[t], i, &found) && found.object == CO_JOINT;
      if (joint) note_joint(model, found.index, used);
    }
  }
  for (int i = 0; i < binding->act_dim; i++) {
    const char *joint = binding->action[i].drive.joint;
    if (*joint) note_joint(model, co_model_find(model, CO_JOINT, joint), used);
  }
}

static co_status list_joints(const co_binding *binding, co_arena *arena, co_meaning *out) {
  const co_model *model = binding->model;
  size_t count = (size_t)model->elements[CO_JOINT].count;
  bool *used = co_arena_alloc(arena, count, sizeof *used);
  out->joint = co_arena_alloc(arena, count, sizeof *out->joint);
  CO_TRY(co_arena_status(arena));
  note_joints(binding, used);
  for (int i = 0; i < (int)count; i++) {
    co_joint_info *info = &out->joint[out->num_joints];
    const char *name = name_of(model, CO_JOINT, i);
    if (!used[i] || strlen(name) >= CO_NAME || !model->engine->facts.joint_axis) continue;
    if (!model->engine->facts.joint_axis(model, i, info->axis)) continue;
    snprintf(info->name, CO_NAME, "%s", name);
    out->num_joints++;
  }
  return CO_OK;
}

static void add_frame(const co_model *model, const co_measure *measure, co_meaning *out) {
  co_frame_info *info = &out->frame[out->num_frames];
  if (measure->object != CO_SITE && measure->object != CO_BODY) return;
  if (!co_measured_frame(model, measure, info->name)) return;
  for (int i = 0; i < out->num_frames; i++)
    if (strcmp(out->frame[i].name, info->name) == 0) return;
  int body =
      model->engine->facts.frame(model, measure->object, measure->index, info->pos, info->quat);
  snprintf(info->body, CO_NAME, "%.*s", CO_NAME - 1, name_of(model, CO_BODY, body));
  out->num_frames++;
}

static co_status list_frames(const co_binding *binding, co_arena *arena, co_meaning *out) {
  const co_terms_bound *terms = &binding->terms[CO_TERM_OBSERVATION];
  out->frame = co_arena_alloc(arena, (size_t)binding->raw_dim + 1, sizeof *out->frame);
  if (!out->frame) return CO_MEMORY;
  for (int t = 0; t < terms->count; t++) {
    for (int i = 0; i < terms->term[t].size; i++) {
      co_measure found;
      bool known = co_measured(binding->model, &terms->term[t], i, &found);
      if (known) add_frame(binding->model, &found, out);
    }
  }
  return CO_OK;
}

// A clock of more legs is not bound.
static int copy_angles(const co_floats *from, double to[CO_CLOCK_LEGS]) {
  assert(from->count <= CO_CLOCK_LEGS);
  for (int i = 0; i < from->count; i++) to[i] = from->value[i];
  return from->count;
}

static void describe_clock(const co_term_def *def, co_clock_info *out) {
  *out = (co_clock_info){.period = def->value.count ? def->value.value[0] : 1 / def->frequency,
                         .gain = def->gain,
                         .most = isfinite(def->most) ? def->most : (double)NAN,
                         .stop = def->stop};
  snprintf(out->name, CO_NAME, "%.*s", CO_NAME - 1, def->name ? def->name : def->term);
  snprintf(out->of, CO_NAME, "%.*s", CO_NAME - 1, def->of ? def->of : "");
  out->num_angles = copy_angles(&def->angle, out->angle);
  out->num_rest = copy_angles(&def->rest, out->rest);
}

static co_status list_clocks(const co_binding *binding, co_arena *arena, co_meaning *out) {
  const co_terms_bound *terms = &binding->terms[CO_TERM_OBSERVATION];
  out->clock = co_arena_alloc(arena, (size_t)terms->count + 1, sizeof *out->clock);
  if (!out->clock) return CO_MEMORY;
  for (int t = 0; t < terms->count; t++) {
    const co_term *term = &terms->term[t];
    if (strcmp(term->class->name, "phase") != 0 || co_term_held(term)) continue;
    describe_clock(term->def, &out->clock[out->num_clocks++]);
  }
  return CO_OK;
}

co_status co_meaning_list(const co_binding *binding, co_arena *arena, co_meaning *out) {
  *out = (co_meaning){0};
  CO_TRY(list_joints(binding, arena, out));
  CO_TRY(list_frames(binding, arena, out));
  return list_clocks(binding, arena, out);
}
