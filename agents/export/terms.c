#include "agents/export/private/terms.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

bool co_export_knows(const co_contract *contract, const char *path) {
  const co_provenance *fact = co_contract_provenance(contract, path);
  return (fact ? fact->from : contract->origin) != CO_FROM_UNKNOWN;
}

bool co_export_knows_each(const co_contract *contract, int count, const char *block,
                          const char *member) {
  char path[CO_NAME];
  for (int i = 0; i < count; i++) {
    snprintf(path, sizeof path, "%s.%d.%s", block, i, member);
    if (!co_export_knows(contract, path)) return false;
  }
  return true;
}

int co_export_past(const co_contract *contract) {
  return contract->history > 1 && contract->num_obs % contract->history == 0 ? contract->history
                                                                             : 1;
}

// Our term, its word, and the unit that all of a run need for it.
static const struct {
  const char *term, *word, *unit;
} words[] = {
    {"linear_velocity", "base_lin_vel", NULL},
    {"angular_velocity", "base_ang_vel", NULL},
    {"gravity", "projected_gravity", NULL},
    {"joint_pos", "joint_pos_rel", NULL},
    {"time_left", "time_feature", NULL},
    {"qpos", "joint_pos", "rad"},
    {"qvel", "joint_vel", "rad/s"},
};

static const char *word_of(const co_obs_element *obs, int width) {
  for (size_t k = 0; k < sizeof words / sizeof *words; k++) {
    bool fits = strcmp(words[k].term, obs->term) == 0;
    for (int i = 0; fits && words[k].unit && i < width; i++)
      fits = strcmp(obs[i].unit, words[k].unit) == 0;
    if (fits) return words[k].word;
  }
  return obs->term;
}

static co_term_run describe(const co_contract *contract, int first, int width, int past) {
  const co_obs_element *obs = contract->obs + first;
  co_term_run run = {.first = first,
                     .width = width,
                     .past = past,
                     .same_clip = true,
                     .one_scale = true,
                     .no_offset = true,
                     .word = word_of(obs, width),
                     .obs = obs};
  for (int i = 0; i < width; i++) {
    run.clips |= isfinite(obs[i].clip_low) || isfinite(obs[i].clip_high);
    run.same_clip &= obs[i].clip_low == obs->clip_low && obs[i].clip_high == obs->clip_high;
    run.one_scale &= obs[i].scale == obs->scale;
    run.no_offset &= obs[i].offset == 0;
  }
  run.no_scale = run.one_scale && obs->scale == 1;
  return run;
}

int co_export_runs(const co_contract *contract, co_term_run *run) {
  int past = co_export_past(contract), count = 0;
  bool frames = strcmp(co_layout_names[contract->layout], "frame") == 0;
  int end = frames ? contract->num_obs / past : contract->num_obs;
  for (int first = 0, i = 1; i <= end; i++) {
    if (i < end && strcmp(contract->obs[i].term, contract->obs[first].term) == 0) continue;
    int length = i - first;
    int of_each = !frames && length % past == 0 ? past : 1;
    run[count++] = describe(contract, first, length / of_each, frames ? past : of_each);
    first = i;
  }
  return count;
}
