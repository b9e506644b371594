// Parameters of a recorded task against the task here: Gymnasium's keyword arguments by name, and
// what each of them says about substeps, weights, bounds and ends of an episode.
//
// A recording made with other parameters is not what the task should do, and its differences would
// look like wrong physics. Parameters that only draw the start (reset_noise_scale), or that
// Gymnasium itself ignores (uph_cost_weight), are not compared; nor are unknown ones.

#include "core/buf.h"
#include "envs/record/private/player.h"

#include <math.h>
#include <string.h>

// Whether the task here has this value; `term` is the reward term that is meant, if any.
typedef bool (*same_function)(const co_player *p, const co_json *value, const char *term);

// Infinite bounds are written as text.
static double number_of(const co_json *value) {
  const char *text = co_json_as_string(value);
  if (text && strcmp(text, "inf") == 0) return INFINITY;
  if (text && strcmp(text, "-inf") == 0) return -INFINITY;
  return co_json_as_number(value, NAN);
}

static bool are_equal(double a, double b) {
  return a == b || (isfinite(b) && fabs(a - b) <= 1e-12 * fabs(b));
}

// The reward term of that name; NULL when the task has none.
static const co_term_def *reward_term(const co_player *p, const char *name) {
  const co_binding *binding = &p->world->binding;
  for (int i = 0; i < binding->num_rewards; i++) {
    if (strcmp(binding->reward[i], name) == 0) {
      return co_task_term(binding->task, CO_TERM_REWARD, i);
    }
  }
  return NULL;
}

static bool same_substeps(const co_player *p, const co_json *value, const char *term) {
  (void)term;
  return number_of(value) == (double)p->world->binding.task->substeps;
}

// Costs have positive weights there and negative ones here.
static bool same_weight(const co_player *p, const co_json *value, const char *term) {
  const co_term_def *def = reward_term(p, term);
  return !def || are_equal(fabs(def->weight), fabs(number_of(value)));
}

static bool same_clip(const co_player *p, const co_json *value, const char *term) {
  const co_term_def *def = reward_term(p, term);
  if (!def) return true;
  return def->clip.count == 2 && def->clip.value[0] == number_of(co_json_at(value, 0)) &&
         def->clip.value[1] == number_of(co_json_at(value, 1));
}

// Of a cost that is never negative: its lower bound cannot matter unless it is above 0.
static bool same_limit(const co_player *p, const co_json *value, const char *term) {
  const co_term_def *def = reward_term(p, term);
  if (!def) return true;
  double most = isnan(def->max) ? (double)INFINITY : fabs(def->weight) * def->max;
  return number_of(co_json_at(value, 0)) <= 0 && are_equal(most, number_of(co_json_at(value, 1)));
}

static int ends_of_episode(const co_player *p) {
  return p->world->binding.terms[CO_TERM_TERMINATE].count;
}

static bool same_ending(const co_player *p, const co_json *value, const char *term) {
  (void)term;
  return co_json_as_bool(value, false) == (ends_of_episode(p) > 0);
}

// The range is that of one of the terms that end an episode.
static bool same_range(const co_player *p, const co_json *value, const char *term) {
  (void)term;
  double low = number_of(co_json_at(value, 0)), high = number_of(co_json_at(value, 1));
  for (int i = 0; i < ends_of_episode(p); i++) {
    const co_term_def *def = co_task_term(p->world->binding.task, CO_TERM_TERMINATE, i);
    double min = isnan(def->min) ? -(double)INFINITY : def->min;
    double max = isnan(def->max) ? (double)INFINITY : def->max;
    if (min == low && max == high) return true;
  }
  return ends_of_episode(p) == 0;  // said once, by terminate_when_unhealthy
}

static bool same_gravity(const co_player *p, const co_json *value, const char *term) {
  (void)term;
  double gravity[CO_PARAMETER_WIDTH] = {0};
  p->world->model->engine->get(p->world->model, CO_GRAVITY, 0, gravity);
  return are_equal(-gravity[2], number_of(value));
}

static bool is_true(const co_player *p, const co_json *value, const char *term) {
  (void)p, (void)term;
  return co_json_as_bool(value, false);
}

// The torso, by number or name.
static bool is_torso(const co_player *p, const co_json *value, const char *term) {
  (void)p, (void)term;
  const char *name = co_json_as_string(value);
  return name ? strcmp(name, "torso") == 0 : number_of(value) == 1;
}

static const struct {
  const char *key;
  same_function same;
  const char *term;
} kRules[] = {
    {"frame_skip", same_substeps, NULL},
    {"forward_reward_weight", same_weight, "reward_forward"},
    {"healthy_reward", same_weight, "reward_survive"},
    {"ctrl_cost_weight", same_weight, "reward_ctrl"},
    {"ctrl_cost_weight", same_weight, "reward_quadctrl"},
    {"contact_cost_weight", same_weight, "reward_contact"},
    {"impact_cost_weight", same_weight, "reward_impact"},
    {"reward_near_weight", same_weight, "reward_near"},
    {"reward_dist_weight", same_weight, "reward_dist"},
    {"reward_control_weight", same_weight, "reward_ctrl"},
    {"contact_force_range", same_clip, "reward_contact"},
    {"contact_cost_range", same_limit, "reward_contact"},
    {"impact_cost_range", same_limit, "reward_impact"},
    {"terminate_when_unhealthy", same_ending, NULL},
    {"healthy_z_range", same_range, NULL},
    {"healthy_angle_range", same_range, NULL},
    {"healthy_state_range", same_range, NULL},
    {"g", same_gravity, NULL},
    {"main_body", is_torso, NULL},
    {"exclude_current_positions_from_observation", is_true, NULL},
    {"include_cfrc_ext_in_observation", is_true, NULL},
    {"include_cinert_in_observation", is_true, NULL},
    {"include_cvel_in_observation", is_true, NULL},
    {"include_qfrc_actuator_in_observation", is_true, NULL},
};

// As the sentence has it: 0.1, true, "inf", [0.2, 1]; what cannot be a parameter is "...".
static void describe(const co_json *value, co_buf *text) {
  if (co_json_is_array(value)) {
    co_buf_puts(text, "[");
    for (size_t i = 0; i < co_json_count(value) && i < 8; i++) {
      co_buf_puts(text, i ? ", " : "");
      describe(co_json_is_array(co_json_at(value, i)) ? NULL : co_json_at(value, i), text);
    }
    co_buf_puts(text, "]");
  } else if (co_json_is_number(value)) {
    co_buf_printf(text, "%g", co_json_as_number(value, NAN));
  } else if (co_json_is_bool(value)) {
    co_buf_puts(text, co_json_as_bool(value, false) ? "true" : "false");
  } else {
    const char *word = co_json_as_string(value);
    if (word)
      co_buf_printf(text, "\"%.40s\"", word);
    else
      co_buf_puts(text, "...");
  }
}

static co_status differs(const co_player *p, const char *key, const co_json *value) {
  co_buf text = {0};
  describe(value, &text);
  co_status status = co_buf_status(&text);
  if (status == CO_OK) {
    status = co_fail(CO_DATA, "%s: kwargs.%s: recorded with %s, which is not that of %s", p->path,
                     key, text.data, p->world->info.task);
  }
  co_buf_free(&text);
  return status;
}

co_status co_player_kwargs(const co_player *p) {
  const co_json *kwargs = co_json_get(p->file, "kwargs");
  if (kwargs && !co_json_is_object(kwargs))
    return co_player_bad(p, "kwargs", -1, "must be a group { }");
  for (size_t i = 0; i < sizeof kRules / sizeof *kRules; i++) {
    const co_json *value = co_json_get(kwargs, kRules[i].key);
    if (value && !kRules[i].same(p, value, kRules[i].term)) return differs(p, kRules[i].key, value);
  }
  return CO_OK;
}
