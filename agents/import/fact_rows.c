#include "agents/import/private/fact_rows.h"

#include "core/text.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

// ---- the tables

#define ROW(which, key, field, ...) \
  { .path = key, .kind = CO_FACT_##which, .offset = offsetof(co_facts, field), __VA_ARGS__ }
#define SIZE(key, field, most, ...) \
  ROW(NUMBER, key, field, .low = 1, .high = most, .whole = true, __VA_ARGS__)
#define POSITIVE(key, field, ...) ROW(NUMBER, key, field, .low = 1e-9, .high = 1e3, __VA_ARGS__)
#define BY(what, key, field, ...) ROW(NUMBERS, key, field, .per = CO_PER_##what, __VA_ARGS__)
#define NOTE(key) \
  { .path = key, .kind = CO_FACT_NOTE }

const co_fact_row co_fact_rows[] = {
    ROW(TEXT, "name", name, 0),
    ROW(TEXT, "task", task, 0),
    ROW(TEXT, "model.file", model, 0),
    ROW(TEXT, "base_body", base_body, 0),
    ROW(TEXT, "policy.file", policy_file, 0),
    ROW(TEXT, "policy.format", policy_format, 0),
    ROW(TEXT, "policy.algorithm", algorithm, 0),
    ROW(TEXT, "policy.activation", activation, 0),
    ROW(TEXT, "policy.recurrent", recurrent, .none = true),
    ROW(TEXT, "policy.output", output, 0),
    NOTE("policy.input"),
    NOTE("policy.network"),
    NOTE("policy.upstream_file"),
    SIZE("policy.obs_dim", obs_dim, 65536, .asked = true),
    SIZE("policy.action_dim", act_dim, 65536, .asked = true),
    POSITIVE("sim.timestep", timestep, .asked = true),
    SIZE("sim.substeps", substeps, CO_MAX_SUBSTEPS, .asked = true),
    POSITIVE("sim.control_dt", control_dt, .asked = true),
    ROW(TEXT, "sim.integrator", integrator, 0),
    SIZE("sim.solver_iterations", solver_iterations, 1e6, 0),
    SIZE("sim.ls_iterations", ls_iterations, 1e6, 0),
    ROW(NAMES, "joints", joints, .asked = true),
    ROW(TEXT, "joint_order_name", order_name, 0),
    ROW(TEXT, "order", order, .asked = true),
    BY(JOINT, "joint_order", joint_order, .whole = true, .low = 0, .high = 65535),
    BY(JOINT, "default_pose", default_pose, .asked = true),
    ROW(TEXT, "action.kind", action_kind, .asked = true),
    ROW(TEXT, "action.output", action_output, 0),
    ROW(NAMES, "action.actuators", actuators, 0),
    BY(ACTION, "action.scale", action_scale, .one = true, .asked = true),
    BY(ACTION, "action.offset", action_offset, .one = true),
    BY(PAIR, "action.clip", action_clip, .none = true),
    ROW(TEXT, "action.clip_of", action_clip_of, 0),
    BY(ACTION, "action.low", action_low, .one = true),
    BY(ACTION, "action.high", action_high, .one = true),
    BY(ACTION, "action.kp", kp, .one = true, .low = 0, .high = 1e9),
    BY(ACTION, "action.kd", kd, .one = true, .low = 0, .high = 1e9),
    BY(ACTION, "action.torque_limit", torque_limit, .one = true, .low = 0, .high = 1e9,
       .none = true),
    ROW(TEXT, "action.previous_action", previous_action, 0),
    BY(ACTION, "gains.kp", servo_kp, .one = true),
    BY(ACTION, "gains.kd_actuator", servo_kd, .one = true),
    BY(ACTION, "gains.joint_damping", joint_damping, .one = true),
    SIZE("history.length", history, CO_MAX_HISTORY, .asked = true),
    ROW(TEXT, "history.layout", history_layout, 0),
    ROW(TEXT, "history.order", history_order, 0),
    ROW(TEXT, "history.reset", history_reset, 0),
    ROW(TEXT, "normalisation.where", normaliser, .asked = true),
    BY(OBS, "normalisation.mean", norm_mean, 0),
    BY(OBS, "normalisation.var", norm_var, .low = 0, .high = 1e300),
    ROW(NUMBER, "normalisation.clip", norm_clip, .low = 1e-9, .high = 1e9, .none = true),
    ROW(NUMBER, "normalisation.epsilon", norm_epsilon, .low = 0, .high = 1),
    NOTE("normalisation.external"),
    BY(ANY, "gait.frequency", gait_frequency, .one = true),
    ROW(NUMBER, "gait.frequency_gain", gait_gain, 0),
    BY(ANY, "gait.phase0", gait_phase, .one = true),
    BY(ANY, "gait.standing_phase", gait_standing, .one = true),
    ROW(TEXT, "init.keyframe", keyframe, 0),
    BY(ANY, "init.qpos", init_qpos, 0),
    BY(ANY, "init.qvel", init_qvel, 0),
    BY(ANY, "init.ctrl", init_ctrl, 0),
    ROW(TEXT, "init.noise", init_noise, 0),
    ROW(NUMBER, "fall.base_height_min", fall_height, 0),
    ROW(NUMBER, "fall.up_z_min", fall_up, 0),
    SIZE("horizon", horizon, 1e9, 0),
    ROW(TEXT, "reward", reward, 0),
    ROW(TEXT, "termination", termination, 0),
    {.path = NULL},
};

#undef ROW
#define ROW(which, key, field, ...) \
  { .path = key, .kind = CO_FACT_##which, .offset = offsetof(co_fact_term, field), __VA_ARGS__ }

const co_fact_row co_term_rows[] = {
    ROW(NUMBERS, "scale", scale, .one = true),
    ROW(NUMBERS, "offset", offset, .one = true),
    ROW(NUMBERS, "clip", clip, .per = CO_PER_PAIR, .none = true),
    ROW(NUMBER, "period", period, .low = 1e-9, .high = 1e9),
    ROW(NAMES, "elements", elements, 0),
    {.path = NULL},
};

const co_fact_row *co_fact_find_row(const co_fact_row *rows, const char *path) {
  for (; rows->path; rows++)
    if (strcmp(rows->path, path) == 0) return rows;
  return NULL;
}

// ---- setting

void co_fact_set_text(co_arena *memory, const char *value, const char *place, co_fact_text *out) {
  *out = (co_fact_text){.at = {.stated = true, .from = CO_FROM_FILE, .place = place},
                        .value = value ? co_arena_strdup(memory, value) : NULL};
}

void co_fact_set_number(double value, double resolution, const char *place, co_fact_number *out) {
  *out = (co_fact_number){.at = {true, CO_FROM_FILE, place, resolution}, .value = value};
}

co_status co_fact_set_numbers(co_arena *memory, const double *value, const double *resolution,
                              int count, const char *place, co_fact_numbers *out) {
  co_fact_numbers made = {.at = {true, CO_FROM_FILE, place, 0}, .count = count};
  made.value = co_arena_alloc(memory, (size_t)count, sizeof *made.value);
  made.resolution = co_arena_alloc(memory, (size_t)count, sizeof *made.resolution);
  CO_TRY(co_arena_status(memory));
  for (int i = 0; i < count; i++) {
    made.value[i] = value[i];
    made.resolution[i] = resolution ? resolution[i] : 0;
    made.at.resolution = fmax(made.at.resolution, made.resolution[i]);
  }
  *out = made;
  return CO_OK;
}

// ---- reading

const char *co_fact_place(co_arena *memory, const co_document *document, const co_doc *doc,
                          const char *path) {
  char text[256];
  if (doc->line) {
    snprintf(text, sizeof text, "%s:%d", document->base, doc->line);
  } else {
    snprintf(text, sizeof text, "%s: %s", document->base, path);
  }
  const char *place = co_arena_strdup(memory, text);
  return place ? place : "";
}

co_status co_fact_fail(const co_document *document, const co_doc *doc, const char *path,
                       const char *format, ...) {
  char text[512], line[24] = "";
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  if (doc && doc->line) snprintf(line, sizeof line, ":%d", doc->line);
  return co_fail(CO_DATA, "%s%s: %s: %s", document->file, line, path, text);
}

// Text that stays on its line of a message.
static bool is_printable(const char *text) {
  for (; *text; text++)
    if ((unsigned char)*text < 0x20 || *text == 0x7f) return false;
  return true;
}

bool co_fact_is_word(const char *text) {
  return *text && strlen(text) < CO_NAME && is_printable(text);
}

static co_status read_text(const co_document *document, const co_doc *doc, const char *path,
                           const char **out) {
  enum { LONGEST = 2048 };
  if (doc->kind != CO_DOC_TEXT) return co_fact_fail(document, doc, path, "must be text");
  size_t length = strlen(doc->text);
  if (length == 0 || length > LONGEST || !is_printable(doc->text))
    return co_fact_fail(document, doc, path, "must be printable text of 1 to %d bytes", LONGEST);
  *out = doc->text;
  return CO_OK;
}

static co_status read_number(const co_document *document, const co_doc *doc, const char *path,
                             const co_fact_row *row, double *value, double *resolution) {
  if (doc->kind != CO_DOC_NUMBER) return co_fact_fail(document, doc, path, "must be a number");
  double number = doc->number;
  if (row->low != row->high && !(number >= row->low && number <= row->high))
    return co_fact_fail(document, doc, path, "%.9g is out of range (%.9g to %.9g)", number,
                        row->low, row->high);
  if (row->whole && number != floor(number))
    return co_fact_fail(document, doc, path, "%.9g is no whole number", number);
  *value = number;
  *resolution = row->whole ? 0 : doc->resolution;
  return CO_OK;
}

// Of one number that stands for all, or of a list.
static co_status read_numbers(const co_document *document, const co_doc *doc, const char *path,
                              const co_fact_row *row, co_arena *memory, co_fact_numbers *out) {
  bool single = doc->kind == CO_DOC_NUMBER && row->one;
  if (!single && doc->kind != CO_DOC_LIST)
    return co_fact_fail(
        document, doc, path,
        row->one ? "must be a number or a list of numbers" : "must be a list of numbers");
  const co_doc *item = single ? doc : doc->child;
  int count = single ? 1 : doc->count;
  if (count == 0) return co_fact_fail(document, doc, path, "must not be empty");
  if (row->per == CO_PER_PAIR && count != 2)
    return co_fact_fail(document, doc, path, "must be [low, high]");
  double *value = co_arena_alloc(memory, (size_t)count, sizeof *value);
  double *resolution = co_arena_alloc(memory, (size_t)count, sizeof *resolution);
  CO_TRY(co_arena_status(memory));
  for (int i = 0; i < count; i++) {
    char at[160];
    snprintf(at, sizeof at, single ? "%.120s" : "%.120s.%d", path, i);
    CO_TRY(read_number(document, &item[i], at, row, &value[i], &resolution[i]));
  }
  if (row->per == CO_PER_PAIR && value[0] > value[1])
    return co_fact_fail(document, doc, path, "low %.9g is above high %.9g", value[0], value[1]);
  return co_fact_set_numbers(memory, value, resolution, count,
                             co_fact_place(memory, document, doc, path), out);
}

static co_status read_names(const co_document *document, const co_doc *doc, const char *path,
                            co_arena *memory, co_fact_names *out) {
  if (doc->kind != CO_DOC_LIST || doc->count == 0)
    return co_fact_fail(document, doc, path, "must be a list of names");
  if (doc->count > 4096)
    return co_fact_fail(document, doc, path, "%d names, at most 4096 are read", doc->count);
  co_fact_names names = {.at = {true, CO_FROM_FILE, co_fact_place(memory, document, doc, path), 0},
                         .count = doc->count,
                         .name = co_arena_alloc(memory, (size_t)doc->count, sizeof *names.name)};
  CO_TRY(co_arena_status(memory));
  for (int i = 0; i < doc->count; i++) {
    char at[160];
    const char *name;
    snprintf(at, sizeof at, "%.120s.%d", path, i);
    CO_TRY(read_text(document, &doc->child[i], at, &name));
    if (strlen(name) >= CO_NAME)
      return co_fact_fail(document, &doc->child[i], at, "a name has at most %d bytes", CO_NAME - 1);
    for (int k = 0; k < i; k++)
      if (strcmp(names.name[k], name) == 0)
        return co_fact_fail(document, &doc->child[i], at, "\"%s\" stands twice, also at %d", name,
                            k);
    names.name[i] = co_arena_strdup(memory, name);
  }
  *out = names;
  return co_arena_status(memory);
}

co_status co_fact_read(const co_document *document, const co_doc *doc, const char *path,
                       const co_fact_row *row, co_arena *memory, void *base) {
  void *out = (char *)base + row->offset;
  if (row->kind == CO_FACT_NOTE) return CO_OK;
  const char *place = co_fact_place(memory, document, doc, path);
  if (doc->kind == CO_DOC_NULL) {
    if (row->kind == CO_FACT_NUMBER) ((co_fact_number *)out)->value = (double)NAN;
    *(co_fact *)out = (co_fact){.stated = row->none, .from = CO_FROM_FILE, .place = place};
    return co_arena_status(memory);
  }
  const char *text;
  double value = NAN, resolution = 0;
  switch (row->kind) {
    case CO_FACT_TEXT:
      CO_TRY(read_text(document, doc, path, &text));
      co_fact_set_text(memory, text, place, out);
      return co_arena_status(memory);
    case CO_FACT_NUMBER:
      CO_TRY(read_number(document, doc, path, row, &value, &resolution));
      co_fact_set_number(value, resolution, place, out);
      return CO_OK;
    case CO_FACT_NUMBERS: return read_numbers(document, doc, path, row, memory, out);
    case CO_FACT_NAMES: return read_names(document, doc, path, memory, out);
    case CO_FACT_NOTE: break;
  }
  return CO_OK;
}
