// A contract that says what facts say. Observations and actions are called as our own worlds call
// them, so that comparison, matching and maps find the same joint under the same name.

#include "agents/import/private/fact_rows.h"
#include "agents/import/private/term_layout.h"
#include "core/file.h"
#include "core/memory.h"

#include <ctype.h>
#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_FACTS = 4000 };  // a contract holds 4096; one more says that there are more

// ---- where it is from

// Origins of single elements are left out once there are too many. The last entry says so, and from
// which element on: of those nothing else tells where their numbers are from.
static void say_left_out(co_contract *contract, const char *path) {
  if (contract->num_provenance > MOST_FACTS) return;
  co_provenance *to = &contract->provenance[contract->num_provenance++];
  *to = (co_provenance){.from = CO_FROM_UNKNOWN};
  snprintf(to->path, sizeof to->path, "left_out");
  snprintf(to->detail, sizeof to->detail, "origins from %.63s on: there are more than %d", path,
           MOST_FACTS);
}

__attribute__((format(printf, 3, 4))) static void say(co_contract *contract, const co_fact *fact,
                                                      const char *format, ...) {
  char path[sizeof contract->provenance->path];
  va_list args;
  va_start(args, format);
  vsnprintf(path, sizeof path, format, args);
  va_end(args);
  if (contract->num_provenance >= MOST_FACTS) {
    say_left_out(contract, path);
    return;
  }
  co_provenance *to = &contract->provenance[contract->num_provenance++];
  snprintf(to->path, sizeof to->path, "%s", path);
  to->from = fact->stated ? fact->from : CO_FROM_UNKNOWN;
  to->resolution = fact->stated ? fmin(fact->resolution, 1e9) : 0;
  snprintf(to->detail, sizeof to->detail, "%.240s", fact->stated && fact->place ? fact->place : "");
}

static co_fact only(const co_fact *fact, co_origin from) {
  co_fact made = *fact;
  made.stated = true;
  made.from = from;
  made.resolution = 0;
  return made;
}

// Number i of a list, or the one that stands for all; what was said of it.
static bool number_at(const co_fact_numbers *list, int i, double *value, co_fact *at) {
  int k = list->count == 1 ? 0 : i;
  if (k >= list->count) return false;
  *value = list->value[k];
  *at = list->at;
  at->resolution = list->resolution[k];
  return true;
}

// ---- actions

// What people call a kind, ours, and the term of a task that has it.
static const struct {
  const char *stated, *kind, *term;
} kinds[] = {
    {"joint position target", "position", "position"},
    {"joint position increment", "increment", "increment"},
    {"pd torque", "torque", "pd"},
    {"ctrl", "ctrl", "ctrl"},
};

// A target of which the gains of a law are stated is followed by that law.
static int find_kind(const co_facts *facts) {
  const char *stated = facts->action_kind.value;
  if (stated && facts->kp.count && strcmp(stated, "joint position target") == 0)
    stated = "pd torque";
  for (int i = 0; stated && i < (int)(sizeof kinds / sizeof *kinds); i++)
    if (strcmp(kinds[i].stated, stated) == 0) return i;
  return -1;
}

const char *co_facts_action_name(const co_facts *facts, int act_dim, int i, char out[CO_NAME]) {
  int kind = find_kind(facts);
  const char *name = facts->actuators.count == act_dim ? facts->actuators.name[i]
                     : facts->joints.count == act_dim  ? facts->joints.name[i]
                                                       : NULL;
  int length = name ? snprintf(out, CO_NAME, "%s/%s", kind < 0 ? "action" : kinds[kind].term, name)
                    : CO_NAME;
  if (length >= CO_NAME) snprintf(out, CO_NAME, "action/%d", i);
  return out;
}

static void set_number(co_contract *contract, const co_fact_numbers *list, int i, const char *key,
                       double *value) {
  co_fact at = list->at;
  if (number_at(list, i, value, &at)) {
    say(contract, &at, "action.%d.%s", i, key);
  } else if (!list->at.stated) {
    say(contract, &at, "action.%d.%s", i, key);
  }
}

static void set_offset(const co_facts *facts, co_contract *contract, int i,
                       co_action_element *element) {
  bool on_pose = co_action_is_target(element);
  bool by_joint = facts->joints.count == contract->num_action || !facts->joints.count;
  co_fact at;
  if (number_at(&facts->action_offset, i, &element->offset, &at)) {
    say(contract, &at, "action.%d.offset", i);
  } else if (on_pose && by_joint && number_at(&facts->default_pose, i, &element->offset, &at)) {
    at.from = CO_FROM_INFERRED;
    say(contract, &at, "action.%d.offset", i);
  } else {
    element->offset = 0;
    at = only(&facts->action_kind.at, CO_FROM_DEFAULT);
    // A pose that is stated, but not for this action, states no offset of it.
    const co_fact unknown = {.stated = false};
    say(contract, on_pose || !facts->action_kind.at.stated ? &unknown : &at, "action.%d.offset", i);
  }
}

// A list has no word for infinity: the largest number of float32 stands for it.
static double bound(double value) {
  return fabs(value) < (double)FLT_MAX ? value : copysign((double)INFINITY, value);
}

static void set_bounds(const co_facts *facts, co_contract *contract, int i,
                       co_action_element *element) {
  element->low = -(double)INFINITY, element->high = (double)INFINITY;
  if (facts->action_low.count || facts->action_high.count) {
    set_number(contract, &facts->action_low, i, "low", &element->low);
    set_number(contract, &facts->action_high, i, "high", &element->high);
  } else {
    if (facts->action_clip.count == 2)
      element->low = facts->action_clip.value[0], element->high = facts->action_clip.value[1];
    say(contract, &facts->action_clip.at, "action.%d.low", i);
    say(contract, &facts->action_clip.at, "action.%d.high", i);
  }
  element->low = bound(element->low), element->high = bound(element->high);
}

static void set_gains(const co_facts *facts, co_contract *contract, int i,
                      co_action_element *element) {
  co_drive_info *drive = &element->drive;
  co_fact at;
  element->kp = element->kd = element->torque_limit = (double)NAN;
  *drive = (co_drive_info){.gear = NAN, .unit = NAN, .kp = NAN, .kv = NAN};
  if (strcmp(element->kind, "torque") == 0) {
    set_number(contract, &facts->kp, i, "kp", &element->kp);
    set_number(contract, &facts->kd, i, "kd", &element->kd);
    set_number(contract, &facts->torque_limit, i, "torque_limit", &element->torque_limit);
  } else if (number_at(&facts->servo_kp, i, &drive->kp, &at)) {
    snprintf(drive->kind, sizeof drive->kind, "a position servo");
    say(contract, &at, "action.%d.drive.kp", i);
    set_number(contract, &facts->servo_kd, i, "drive.kv", &drive->kv);
  }
  if (*drive->kind && facts->joints.count == contract->num_action)
    snprintf(drive->joint, sizeof drive->joint, "%s", facts->joints.name[i]);
  drive->shifted[0] = drive->unit, drive->shifted[1] = drive->kp, drive->shifted[2] = drive->kv;
}

static void make_action(const co_facts *facts, co_contract *contract, int i) {
  co_action_element *element = &contract->action[i];
  int kind = find_kind(facts);
  bool target = kind >= 0 && strcmp(kinds[kind].kind, "ctrl") != 0;
  const co_fact unknown = {.stated = false};
  co_facts_action_name(facts, contract->num_action, i, element->name);
  snprintf(element->kind, sizeof element->kind, "%s", kind < 0 ? "ctrl" : kinds[kind].kind);
  snprintf(element->unit, sizeof element->unit, "%s", target ? "rad" : "1");
  const co_fact_names *named =
      facts->actuators.count == contract->num_action ? &facts->actuators : &facts->joints;
  bool known = named->count == contract->num_action;
  say(contract, known ? &named->at : &unknown, "action.%d.name", i);
  say(contract, kind < 0 ? &unknown : &facts->action_kind.at, "action.%d.kind", i);
  co_fact unit = only(&facts->action_kind.at, CO_FROM_INFERRED);
  say(contract, target ? &unit : &unknown, "action.%d.unit", i);
  element->scale = 1;
  set_number(contract, &facts->action_scale, i, "scale", &element->scale);
  set_offset(facts, contract, i, element);
  set_bounds(facts, contract, i, element);
  set_gains(facts, contract, i, element);
}

// ---- observations

static void say_observation(const co_facts *facts, const co_obs_place *place, co_contract *contract,
                            int i) {
  const co_fact unknown = {.stated = false};
  if (place->term < 0) {
    say(contract, &unknown, "observation.%d", i);
    return;
  }
  const co_fact_term *term = &facts->term[place->term];
  say(contract, &term->at, "observation.%d", i);
  if (!place->named) say(contract, &unknown, "observation.%d.name", i);
  if (!place->has_unit) say(contract, &unknown, "observation.%d.unit", i);
  co_obs_element *element = &contract->obs[i];
  co_fact at = term->scale.at;
  int k = term->scale.count == term->dim ? place->index : place->element;
  if (number_at(&term->scale, k, &element->scale, &at)) {
    say(contract, &at, "observation.%d.scale", i);
  } else {
    at = only(&term->at, CO_FROM_DEFAULT);
    say(contract, &at, "observation.%d.scale", i);
  }
  k = term->offset.count == term->dim ? place->index : place->element;
  if (number_at(&term->offset, k, &element->offset, &at))
    say(contract, &at, "observation.%d.offset", i);
  if (term->clip.count == 2)
    element->clip_low = bound(term->clip.value[0]), element->clip_high = bound(term->clip.value[1]);
}

static co_status make_observation(const co_facts *facts, co_contract *contract) {
  co_obs_place *place = co_alloc((size_t)contract->num_obs, sizeof *place);
  if (!place) return CO_MEMORY;
  co_status status = co_facts_lay_out(facts, contract->num_obs, contract->num_action, place);
  for (int i = 0; status == CO_OK && i < contract->num_obs; i++) {
    co_obs_element *element = &contract->obs[i];
    *element = (co_obs_element){.scale = 1,
                                .clip_low = -(double)INFINITY,
                                .clip_high = (double)INFINITY,
                                .delay = (double)NAN,
                                .noise = (double)NAN};
    co_facts_describe(facts, contract->num_action, i, &place[i], element);
    say_observation(facts, &place[i], contract, i);
    const char *reset = facts->history_reset.value;
    element->fill = reset && strcmp(reset, "zero") == 0;
  }
  free(place);
  return status;
}

// ---- the rest

static void make_pose(const co_facts *facts, co_contract *contract) {
  say(contract, &facts->default_pose.at, "default_pose");
  if (!facts->joints.count || facts->default_pose.count != facts->joints.count) return;
  contract->pose = co_alloc((size_t)facts->joints.count, sizeof *contract->pose);
  if (!contract->pose) return;
  contract->num_pose = facts->joints.count;
  for (int i = 0; i < contract->num_pose; i++) {
    co_pose_element *element = &contract->pose[i];
    snprintf(element->joint, sizeof element->joint, "%s", facts->joints.name[i]);
    element->value = facts->default_pose.value[i];
  }
}

// A command without its range says nothing that a contract could hold.
static void make_command(const co_facts *facts, co_contract *contract) {
  say(contract, &facts->command_at, "command");
  if (!facts->command_at.stated || facts->num_commands > 64) return;
  for (int i = 0; i < facts->num_commands; i++)
    if (!(facts->command[i].low <= facts->command[i].high)) return;
  contract->command = co_alloc((size_t)facts->num_commands + 1, sizeof *contract->command);
  if (!contract->command) return;
  contract->num_commands = facts->num_commands;
  for (int i = 0; i < facts->num_commands; i++) {
    const co_fact_command *from = &facts->command[i];
    co_command_element *to = &contract->command[i];
    *to = (co_command_element){.low = from->low, .high = from->high};
    snprintf(to->name, sizeof to->name, "%.63s", from->name);
    snprintf(to->unit, sizeof to->unit, "%.15s", from->unit ? from->unit : "1");
  }
}

static void make_clock(const co_facts *facts, co_contract *contract) {
  for (int i = 0; i < facts->num_terms; i++) {
    const co_fact_term *term = &facts->term[i];
    bool phase = strcmp(term->term, "gait_phase") == 0 && facts->gait_frequency.count == 1 &&
                 facts->gait_frequency.value[0] >= 1e-9 && facts->gait_frequency.value[0] <= 1e9;
    bool clock = strcmp(term->term, "gait_clock") == 0 && term->period.at.stated;
    if ((!phase && !clock) || facts->gait_phase.count > CO_CLOCK_LEGS) continue;
    contract->clock = co_alloc(1, sizeof *contract->clock);
    if (!contract->clock) return;
    contract->num_clocks = 1;
    co_clock_info *to = contract->clock;
    *to = (co_clock_info){.gain = NAN, .most = NAN, .stop = NAN};
    snprintf(to->name, sizeof to->name, "phase");
    to->period = phase ? 1 / facts->gait_frequency.value[0] : term->period.value;
    for (int k = 0; phase && k < facts->gait_phase.count; k++)
      to->angle[to->num_angles++] = facts->gait_phase.value[k];
    say(contract, phase ? &facts->gait_frequency.at : &term->period.at, "clocks");
    return;
  }
}

static void make_timing(const co_facts *facts, co_contract *contract) {
  const co_fact_number *step = &facts->timestep, *count = &facts->substeps;
  const co_fact_number *control = &facts->control_dt;
  contract->timestep = step->at.stated ? step->value : control->at.stated ? control->value : 1;
  contract->substeps = 1;
  bool derived = step->at.stated && control->at.stated && !count->at.stated;
  double steps = derived ? round(control->value / step->value) : 0;
  if (count->at.stated) contract->substeps = (int)count->value;
  if (derived && steps >= 1 && steps <= CO_MAX_SUBSTEPS) contract->substeps = (int)steps;
  say(contract, &step->at, "timing.timestep");
  co_fact inferred = only(&control->at, CO_FROM_INFERRED);
  say(contract, derived ? &inferred : &count->at, "timing.substeps");
  say(contract, control->at.stated ? &control->at : &step->at, "timing.control_dt");
}

static void make_history(const co_facts *facts, co_contract *contract) {
  if (facts->history.at.stated && facts->history.value <= contract->num_obs)
    contract->history = (int)facts->history.value;
  if (facts->history_layout.value)
    contract->layout = strcmp(facts->history_layout.value, "frame") == 0;
  if (facts->history_order.value)
    contract->past_order = strcmp(facts->history_order.value, "newest_first") == 0;
  say(contract, &facts->history.at, "history");
}

// A name of a file or task, without folders; "unknown" where nobody says it.
static void make_name(co_contract *contract, const co_fact_text *from, const char *path,
                      char out[CO_NAME]) {
  const char *name = from->value ? co_path_base(from->value) : "";
  bool usable =
      *name && strlen(name) < CO_NAME && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
  const co_fact unknown = {.stated = false};
  snprintf(out, CO_NAME, "%s", usable ? name : "unknown");
  say(contract, usable ? &from->at : &unknown, "%s", path);
}

// The order of the joints is no member of a contract, whose elements are named: it is told with
// where they are from.
static void say_order(const co_facts *facts, co_contract *contract) {
  if (!facts->order.value || contract->num_provenance >= MOST_FACTS) return;
  co_provenance *to = &contract->provenance[contract->num_provenance++];
  *to = (co_provenance){.from = facts->order.at.from};
  snprintf(to->path, sizeof to->path, "order");
  snprintf(to->detail, sizeof to->detail, "%.100s of %.120s", facts->order.value,
           facts->order.at.place);
}

static void make_rest(const co_facts *facts, co_contract *contract) {
  make_name(contract, &facts->task, "task", contract->task);
  make_name(contract, &facts->model, "model", contract->model);
  snprintf(contract->algorithm, sizeof contract->algorithm, "%.15s",
           facts->algorithm.value && strlen(facts->algorithm.value) < sizeof contract->algorithm
               ? facts->algorithm.value
               : "unknown");
  for (char *c = contract->algorithm; *c; c++) *c = (char)tolower((unsigned char)*c);
  say(contract, &facts->algorithm.at, "training.algorithm");
  snprintf(contract->engine, sizeof contract->engine, "unknown");
  snprintf(contract->observe, sizeof contract->observe, "fresh");
  contract->norm_clip = facts->norm_clip.at.stated && facts->norm_clip.value > 0
                            ? facts->norm_clip.value
                            : (double)INFINITY;
  contract->norm_epsilon =
      facts->norm_epsilon.at.stated ? fmin(1, fmax(1e-12, facts->norm_epsilon.value)) : 1e-8;
  say(contract, &facts->normaliser.at, "normaliser");
  say_order(facts, contract);
  make_timing(facts, contract);
  make_history(facts, contract);
  make_pose(facts, contract);
  make_command(facts, contract);
  make_clock(facts, contract);
}

static co_status check_sizes(const co_facts *facts, const co_network_def *def) {
  enum { MOST_OBS = 4096 };
  if (def->obs_dim > MOST_OBS || def->act_dim > CO_MAX_WIDTH)
    return co_fail(CO_DATA,
                   "a policy has at most %d observations and %d actions, this one %d and %d",
                   MOST_OBS, CO_MAX_WIDTH, def->obs_dim, def->act_dim);
  if (facts->obs_dim.at.stated && (int)facts->obs_dim.value != def->obs_dim)
    return co_fail(CO_DATA, "%s: the network observes %d numbers, not %.0f",
                   facts->obs_dim.at.place, def->obs_dim, facts->obs_dim.value);
  if (facts->act_dim.at.stated && (int)facts->act_dim.value != def->act_dim)
    return co_fail(CO_DATA, "%s: the network has %d actions, not %.0f", facts->act_dim.at.place,
                   def->act_dim, facts->act_dim.value);
  return CO_OK;
}

co_status co_facts_contract(const co_facts *facts, const co_network_def *def, co_contract *out) {
  CO_TRY(check_sizes(facts, def));
  CO_TRY(co_facts_check_bounds(facts->action_low.at.place, facts));
  co_contract contract = {.format = 2,
                          .network = *def,
                          .num_obs = def->obs_dim,
                          .num_action = def->act_dim,
                          .output = CO_OUTPUT_RAW,
                          .origin = CO_FROM_UNKNOWN};
  bool units = facts->action_output.value && strcmp(facts->action_output.value, "range") == 0;
  if (units || def->head == CO_HEAD_SQUASHED) contract.output = CO_OUTPUT_RANGE;
  contract.obs = co_alloc((size_t)def->obs_dim, sizeof *contract.obs);
  contract.action = co_alloc((size_t)def->act_dim, sizeof *contract.action);
  contract.provenance = co_alloc(MOST_FACTS + 1, sizeof *contract.provenance);
  bool whole = contract.obs && contract.action && contract.provenance;
  co_status status = whole ? CO_OK : CO_MEMORY;
  if (whole) {
    make_rest(facts, &contract);
    for (int i = 0; i < def->act_dim; i++) make_action(facts, &contract, i);
    status = make_observation(facts, &contract);
  }
  if (status != CO_OK) {
    co_contract_free(&contract);
    return status;
  }
  *out = contract;
  return CO_OK;
}
