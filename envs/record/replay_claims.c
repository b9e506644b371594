// What a recording says of the world that it comes from, against the world here: its times, its
// commands, its engine. What disagrees is told, not judged: what it changes shows in the numbers.

#include "envs/record/private/player.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static co_replay_claim *disagree(co_player *p, const char *member) {
  co_replay_claim *claim = &p->out->claim[p->out->num_claims++];
  snprintf(claim->member, sizeof claim->member, "%s", member);
  return claim;
}

static co_status check_number(co_player *p, const char *member, double here) {
  const co_json *json = co_json_get(p->file, member);
  if (!json) return CO_OK;
  double recorded = co_json_as_number(json, NAN);
  if (!isfinite(recorded)) return co_player_bad(p, member, -1, "must be a number");
  if (fabs(recorded - here) <= 1e-9 * fabs(here)) return CO_OK;
  co_replay_claim *claim = disagree(p, member);
  snprintf(claim->recorded, sizeof claim->recorded, "%.9g", recorded);
  snprintf(claim->here, sizeof claim->here, "%.9g", here);
  return CO_OK;
}

// "1, 0, 0", cut where the text is full
static void list_numbers(const double *value, int count, char *out, size_t size) {
  size_t used = 0;
  for (int i = 0; i < count && used < size; i++)
    used += (size_t)snprintf(out + used, size - used, "%s%.4g", i ? ", " : "", value[i]);
}

// "vx -1 to 1, vy 0 to 0"
static void list_commands(const co_env_info *info, char *out, size_t size) {
  size_t used = (size_t)snprintf(out, size, "%s", info->num_commands ? "" : "none");
  for (int i = 0; i < info->num_commands && used < size; i++) {
    const co_command_element *command = &info->command[i];
    used += (size_t)snprintf(out + used, size - used, "%s%s %.4g to %.4g", i ? ", " : "",
                             command->name, command->low, command->high);
  }
}

// Recorded commands are in the task's order; those that it lacks were 0. Where the task may draw
// them, the recording is played under them.
static co_status check_command(co_player *p) {
  const co_json *json = co_json_get(p->file, "command");
  const co_env_info *info = &p->world->info;
  double *value = p->command;
  int count = (int)co_json_count(json);
  if (!json) return CO_OK;
  if (!co_json_is_array(json) || co_json_count(json) > CO_PLAYER_COMMANDS)
    return co_player_bad(p, "command", -1, "must be a list of at most %d numbers",
                         CO_PLAYER_COMMANDS);
  CO_TRY(co_player_numbers(p, json, "command", -1, count, value));
  bool same = count >= info->num_commands;
  for (int i = 0; i < count; i++) {
    double low = i < info->num_commands ? info->command[i].low : 0;
    double high = i < info->num_commands ? info->command[i].high : 0;
    same = same && value[i] >= low - 1e-6 && value[i] <= high + 1e-6;
  }
  p->has_command = same;
  if (same) return CO_OK;
  co_replay_claim *claim = disagree(p, "command");
  list_numbers(value, count, claim->recorded, sizeof claim->recorded);
  list_commands(info, claim->here, sizeof claim->here);
  return CO_OK;
}

static co_status check_engine(co_player *p) {
  static const char name[] = "mujoco ";
  const co_json *json = co_json_get(p->file, "mujoco");
  const char *recorded = co_json_as_string(json), *here = p->world->info.engine;
  if (!json || co_json_is_null(json)) return CO_OK;
  if (!recorded) return co_player_bad(p, "mujoco", -1, "must be text");
  if (strncmp(here, name, strlen(name)) == 0) here += strlen(name);
  if (strcmp(recorded, here) == 0) return CO_OK;
  co_replay_claim *claim = disagree(p, "mujoco");
  snprintf(claim->recorded, sizeof claim->recorded, "%.80s", recorded);
  snprintf(claim->here, sizeof claim->here, "%.80s", here);
  return CO_OK;
}

co_status co_player_claims(co_player *p) {
  const co_env_info *info = &p->world->info;
  CO_TRY(check_number(p, "control_dt", info->timestep * info->substeps));
  CO_TRY(check_number(p, "timestep", info->timestep));
  CO_TRY(check_number(p, "substeps", info->substeps));
  CO_TRY(check_command(p));
  return check_engine(p);
}
