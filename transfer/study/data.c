#include "transfer/study/data.h"

#include <inttypes.h>
#include <string.h>

// ---- schema ----

static const char *const action_names[] = {"policy", "sampled", "random", "kept", NULL};
static const char *const place_names[] = {"source", "target", NULL};

#define DATA(member) offsetof(co_data_def, member)
static const co_field data_fields[] = {
    {"name", CO_FIELD_STRING, DATA(name), CO_REQUIRED, .doc = "name in ids and results"},
    {"episodes", CO_FIELD_INT, DATA(episodes), CO_ZERO_IS_UNSET, .min = 1, .max = 1000000,
     .doc = "whole episodes; required but of what was kept"},
    {"actions", CO_FIELD_CHOICE, DATA(actions), .choices = action_names,
     .doc = "of the source's policy, drawn from its distribution, uniformly random, or those of "
            "the source's training, whose replay it keeps"},
    {"in", CO_FIELD_CHOICE, DATA(in), .choices = place_names,
     .doc = "the source's own world, or each target"},
    {"source", CO_FIELD_STRING, DATA(source), .doc = "of this source only; unset: of each"},
};
static void validate(const void *value, const co_node *node, co_schema_errors *errors) {
  const co_data_def *data = value;
  if (!co_data_is_kept(data)) {
    if (!data->episodes && !co_node_get(node, "episodes"))
      co_schema_error(errors, node, "episodes",
                      "missing key of study.data, required (whole episodes)");
    return;
  }
  if (data->episodes)
    co_schema_error(errors, node, "episodes", "of what was kept nothing is played: leave it out");
  if (data->in == CO_IN_TARGET)
    co_schema_error(errors, node, "in", "a replay is of its source's own world");
}

const co_schema co_data_schema = {"study.data", sizeof(co_data_def),
                                  data_fields,  sizeof data_fields / sizeof *data_fields,
                                  NULL,         validate};

// ---- what a set is ----

bool co_data_is_kept(const co_data_def *data) {
  return data->actions == CO_ACTIONS_KEPT;
}

bool co_data_needs_policy(const co_data_def *data) {
  return data->actions != CO_ACTIONS_RANDOM;
}

bool co_data_has_source(const co_data_def *data) {
  return co_data_needs_policy(data) || data->in == CO_IN_SOURCE;
}

bool co_data_is_of(const co_study *study, const co_data_def *data, int source) {
  if (!co_data_has_source(data)) return source < 0;
  return source >= 0 &&
         (!data->source || strcmp(data->source, co_study_source(study, source)->name) == 0);
}

const char *co_data_actions_name(const co_data_def *data) {
  return action_names[data->actions];
}

bool co_study_has_source(const co_study *study, int strategy) {
  const co_strategy *of = &study->strategy[strategy];
  for (int i = 0; i < of->data.count; i++) {
    int d = co_study_find_data(study, of->data.value[i]);
    const co_data_def *data = d < 0 ? NULL : co_study_data(study, d);
    if (data && co_data_has_source(data) && !data->source) return true;
  }
  return of->source_env || !co_strategy_copies_nothing(of);
}

int co_study_find_source(const co_study *study, const char *name) {
  for (int i = 0; i < study->def.sources.count; i++)
    if (strcmp(co_study_source(study, i)->name, name) == 0) return i;
  return -1;
}

int co_study_find_data(const co_study *study, const char *name) {
  for (int i = 0; i < study->def.data.count; i++)
    if (strcmp(co_study_data(study, i)->name, name) == 0) return i;
  return -1;
}

void co_data_write(const co_data_def *data, co_buf *out) {
  co_buf_printf(out, "actions = \"%s\";\nepisodes = %" PRId64 ";\n", co_data_actions_name(data),
                data->episodes);
}
