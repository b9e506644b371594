#include "agents/contract/private/config.h"

#include "core/buf.h"
#include "core/memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// What is written, and for whom.
typedef struct writer {
  const co_contract *a, *b;
  const bool *flipped;  // (a->num_pose)
  co_buf text;
  bool failed;  // something is not known
} writer;

static char *finish(writer *w) {
  bool whole = !w->failed && !w->text.failed && w->text.size > 0;
  if (whole) return w->text.data;
  co_buf_free(&w->text);
  return NULL;
}

// ---- runs

static bool same_prefix(const char *x, const char *y) {
  size_t length = strcspn(x, "/");
  return length == strcspn(y, "/") && strncmp(x, y, length) == 0;
}

co_element_span co_obs_run(const co_contract *contract, int first) {
  const co_obs_element *head = &contract->obs[first];
  int end = first + 1;
  while (end < contract->num_obs && strcmp(contract->obs[end].term, head->term) == 0 &&
         same_prefix(contract->obs[end].name, head->name))
    end++;
  return (co_element_span){first, end - first};
}

co_element_span co_action_run(const co_contract *contract, int first) {
  const co_action_element *head = &contract->action[first];
  int end = first + 1;
  while (end < contract->num_action && strcmp(contract->action[end].kind, head->kind) == 0 &&
         same_prefix(contract->action[end].name, head->name))
    end++;
  return (co_element_span){first, end - first};
}

// ---- pieces of config text

// The shortest text that reads back to the same number, as a float.
static void put_number(writer *w, double value) {
  char text[40];
  w->failed = w->failed || !isfinite(value);
  for (int digits = 15; digits <= 17; digits++) {
    snprintf(text, sizeof text, "%.*g", digits, value == 0 ? 0.0 : value);
    if (strtod(text, NULL) == value) break;
  }
  co_buf_printf(&w->text, "%s%s", text, strpbrk(text, ".en") ? "" : ".0");
}

static void put_list(writer *w, const char *key, const double *value, int count) {
  co_buf_printf(&w->text, " %s = %s", key, count == 1 ? "" : "( ");
  for (int i = 0; i < count; i++) {
    if (i) co_buf_puts(&w->text, ", ");
    put_number(w, value[i]);
  }
  co_buf_puts(&w->text, count == 1 ? ";" : " );");
}

// In parentheses also where it is one number.
static void put_array(writer *w, const char *key, const double *value, int count) {
  if (count == 1) co_buf_printf(&w->text, " %s = (", key);
  if (count == 1) put_number(w, *value);
  if (count == 1) co_buf_puts(&w->text, ");");
  if (count > 1) put_list(w, key, value, count);
}

// One number where all are the same.
static void put_numbers(writer *w, const char *key, const double *value, int count) {
  bool same = true;
  for (int i = 1; i < count; i++) same = same && value[i] == value[0];
  put_list(w, key, value, same ? 1 : count);
}

// Left out where it is what a term has without it.
static void put_unless(writer *w, const char *key, const double *value, int count, double usual) {
  for (int i = 0; i < count; i++) {
    if (value[i] == usual) continue;
    put_numbers(w, key, value, count);
    return;
  }
}

static void put_pair(writer *w, const char *key, double x, double y) {
  put_list(w, key, (double[]){x, y}, 2);
}

// A name as a pattern that matches nothing else.
static void put_pattern(writer *w, const char *name, size_t length) {
  w->failed = w->failed || strcspn(name, "*?|\"\\") < length;
  co_buf_printf(&w->text, "%.*s", (int)length, name);
}

// What has the same last part in B: some element of the joint, actuator or axis.
static bool is_known(const co_contract *b, const char *tail, size_t length) {
#define IS(name) (strncmp(name, tail, length) == 0 && strchr("@", (name)[length]))
  for (int i = 0; i < b->num_obs; i++)
    if (IS(co_element_tail(b->obs[i].name))) return true;
  for (int i = 0; i < b->num_action; i++)
    if (IS(co_element_tail(b->action[i].name))) return true;
  for (int i = 0; i < b->num_pose; i++)
    if (IS(b->pose[i].joint)) return true;
#undef IS
  return false;
}

// The part of an element's name that a pattern of its term matches.
static const char *pattern_of(const char *name, size_t *length) {
  const char *slash = strchr(name, '/'), *part = slash ? slash + 1 : name;
  *length = strcspn(part, "@");
  return part;
}

static void put_patterns(writer *w, const char *key, const char *name, size_t stride, int count) {
  co_buf_printf(&w->text, " %s = \"", key);
  for (int i = 0; i < count; i++) {
    size_t length;
    const char *part = pattern_of(name + stride * (size_t)i, &length);
    w->failed = w->failed || !is_known(w->b, part, length);
    if (i) co_buf_puts(&w->text, "|");
    put_pattern(w, part, length);
  }
  co_buf_puts(&w->text, "\";");
}

// -1 where the joint turns the other way in B.
static double direction(const writer *w, const char *name) {
  int turn = co_element_turn(w->a, name);
  return turn >= 0 && w->flipped[turn] ? -1.0 : 1.0;
}

// ---- observations

bool co_obs_is_directed(const co_obs_element *element) {
  static const char *const directed[] = {"qpos", "joint_pos", "qvel", "sin"};
  for (size_t i = 0; i < sizeof directed / sizeof *directed; i++)
    if (strcmp(element->term, directed[i]) == 0) return true;
  return false;
}

bool co_obs_names_frame(const co_obs_element *element) {
  static const char *const terms[] = {"angular_velocity", "linear_velocity", "gravity", "euler",
                                      "relative"};
  for (size_t i = 0; i < sizeof terms / sizeof *terms; i++)
    if (strcmp(element->term, terms[i]) == 0) return true;
  return false;
}

// NAN, unknown, is the same as NAN.
static bool same_number(double a, double b) {
  return a == b || (isnan(a) && isnan(b));
}

// Elements of one term from `first` on: those with the same clip, delay and noise, seen from the
// same frame.
static int piece_end(const co_contract *a, int first, int end) {
  const co_obs_element *head = &a->obs[first];
  int i = first + 1;
  while (i < end && a->obs[i].clip_low == head->clip_low &&
         a->obs[i].clip_high == head->clip_high && same_number(a->obs[i].delay, head->delay) &&
         same_number(a->obs[i].noise, head->noise) &&
         (!co_obs_names_frame(head) || strcmp(a->obs[i].frame, head->frame) == 0))
    i++;
  return i;
}

// Values of each element, oldest first, and all of one age together: elements of a history of
// `count / size` values, where the last `size` are the present ones. 0: it is no such thing.
static int history_of(const co_obs_element *obs, int count) {
  int size = 0;
  for (int i = 0; i < count; i++) size += strchr(obs[i].name, '@') == NULL;
  if (size == 0 || count % size != 0) return 0;
  for (int i = 0; i < count - size; i++) {
    char name[CO_NAME + 16];
    const co_obs_element *now = &obs[count - size + i % size];
    snprintf(name, sizeof name, "%s@-%d", now->name, (count - 1 - i) / size);
    if (strcmp(name, obs[i].name) != 0) return 0;
  }
  return count / size;
}

// Axes that follow each other, of the three of a frame.
static void put_axes(writer *w, const co_obs_element *obs, int count) {
  int from = co_element_tail(obs->name)[0] - 'x';
  for (int i = 0; i < count; i++) {
    const char *tail = co_element_tail(obs[i].name);
    w->failed = w->failed || tail[0] != 'x' + from + i || (tail[1] && tail[1] != '@');
  }
  bool known = false;
  for (int i = 0; i < w->b->num_obs; i++)
    known = known || strcmp(w->b->obs[i].frame, obs->frame) == 0;
  for (int i = 0; i < w->b->num_frames; i++)
    known = known || strcmp(w->b->frame[i].name, obs->frame) == 0;
  w->failed = w->failed || !known || !*obs->frame || from < 0 || from + count > 3;
  if (count < 3) co_buf_printf(&w->text, " from = %d; count = %d;", from, count);
}

// Terms of commands show them in the task's order.
static void put_commands(writer *w, const co_obs_element *obs, int count) {
  int last = -1;
  for (int i = 0; i < count; i++) {
    size_t length;
    const char *name = pattern_of(obs[i].name, &length);
    int at = 0;
    while (at < w->b->num_commands &&
           (strncmp(w->b->command[at].name, name, length) != 0 || w->b->command[at].name[length]))
      at++;
    w->failed = w->failed || at == w->b->num_commands || at <= last;
    last = at;
  }
  if (count != w->b->num_commands) put_patterns(w, "of", obs->name, sizeof *obs, count);
}

// Numbers are called by their places; others are elements of a term that is not known, held at a
// number.
static void put_constants(writer *w, const co_obs_element *obs, int count) {
  double *value = co_alloc((size_t)count, sizeof *value);
  w->failed = w->failed || !value;
  for (int i = 0; !w->failed && i < count; i++) {
    char place[16];
    size_t length;
    const char *name = pattern_of(obs[i].name, &length);
    snprintf(place, sizeof place, "%d", i);
    w->failed = strlen(place) != length || strncmp(place, name, length) != 0;
    value[i] = obs[i].offset;
  }
  if (!w->failed) put_list(w, "value", value, count);
  free(value);
}

static void put_known(writer *w, const char *key, double value) {
  if (!isnan(value)) put_list(w, key, &value, 1);
}

// All of a clock, since a term counts its elements from the first.
static void put_clock(writer *w, const co_obs_element *obs, int count) {
  const co_clock_info *clock = NULL;
  size_t label = strcspn(obs->name, "/");
  for (int i = 0; i < w->a->num_clocks; i++) {
    const co_clock_info *one = &w->a->clock[i];
    if (strncmp(one->name, obs->name, label) == 0 && !one->name[label]) clock = one;
  }
  int legs = clock && clock->num_angles ? clock->num_angles : 1;
  w->failed = w->failed || !clock || count != 2 * legs;
  if (w->failed) return;
  put_list(w, "value", &clock->period, 1);
  if (clock->num_angles) put_array(w, "angle", clock->angle, clock->num_angles);
  put_known(w, "gain", clock->gain);
  put_known(w, "most", clock->most);
  put_known(w, "stop", clock->stop);
  if (clock->num_rest) put_array(w, "rest", clock->rest, clock->num_rest);
  if (!*clock->of) return;
  co_buf_puts(&w->text, " of = \"");
  w->failed = w->failed || strpbrk(clock->of, "\"\\");
  co_buf_printf(&w->text, "%s\";", clock->of);
}

// Which elements, by the term's own keys.
static void put_elements(writer *w, const co_obs_element *obs, int count) {
  static const char *const axes[] = {"angular_velocity", "linear_velocity", "gravity"};
  static const char *const untold[] = {"relative"};
  if (strcmp(obs->term, "constant") == 0) {
    put_constants(w, obs, count);
    return;
  }
  for (size_t i = 0; i < sizeof untold / sizeof *untold; i++)
    w->failed = w->failed || strcmp(obs->term, untold[i]) == 0;
  for (size_t i = 0; i < sizeof axes / sizeof *axes; i++)
    if (strcmp(obs->term, axes[i]) == 0) {
      put_axes(w, obs, count);
      return;
    }
  if (strcmp(obs->term, "phase") == 0) {
    put_clock(w, obs, count);
  } else if (strcmp(obs->term, "command") == 0) {
    put_commands(w, obs, count);
  } else if (strcmp(obs->term, "last_action") == 0) {
    w->failed = w->failed || count != w->a->num_action;
  } else if (strcmp(obs->term, "time_left") != 0) {
    put_patterns(w, "of", obs->name, sizeof *obs, count);
    if (count > 1) co_buf_puts(&w->text, " order = \"given\";");
  }
}

static void put_obs_scaling(writer *w, const co_obs_element *obs, int count) {
  double *scale = co_alloc(2 * (size_t)count, sizeof *scale), *offset = scale + count;
  if (!scale) {
    w->failed = true;
    return;
  }
  for (int i = 0; i < count; i++) {
    double sign = co_obs_is_directed(&obs[i]) ? direction(w, obs[i].name) : 1.0;
    scale[i] = sign * obs[i].scale;
    offset[i] = obs[i].offset;
  }
  put_unless(w, "scale", scale, count, 1);
  put_unless(w, "offset", offset, count, 0);
  free(scale);
}

static void put_obs(writer *w, const co_obs_element *obs, int count) {
  int history = history_of(obs, count);
  w->failed = w->failed || !history;
  if (w->failed) return;
  const co_obs_element *now = obs + count - count / history;
  count /= history;
  co_buf_printf(&w->text, "{ term = \"%s\";", now->term);
  size_t label = strcspn(now->name, "/");
  if (strncmp(now->term, now->name, label) != 0 || now->term[label]) {
    co_buf_puts(&w->text, " name = \"");
    put_pattern(w, now->name, label);
    co_buf_puts(&w->text, "\";");
  }
  put_elements(w, now, count);
  if (co_obs_names_frame(now) && *now->frame)
    co_buf_printf(&w->text, " frame = \"%s\";", now->frame);
  if (strcmp(now->term, "constant") != 0) put_obs_scaling(w, now, count);
  if (isfinite(now->clip_low) || isfinite(now->clip_high))
    put_pair(w, "clip", now->clip_low, now->clip_high);
  if (now->delay > 0) co_buf_printf(&w->text, " delay = %.0f;", now->delay);
  if (now->noise > 0) put_list(w, "noise", &now->noise, 1);
  if (history > 1) co_buf_printf(&w->text, " history = %d;", history);
  if ((history > 1 || now->delay > 0) && now->fill) co_buf_puts(&w->text, " fill = \"zero\";");
  co_buf_puts(&w->text, " }");
}

char *co_config_obs(const co_contract *a, const co_contract *b, const bool *flipped,
                    co_element_span run) {
  writer w = {.a = a, .b = b, .flipped = flipped};
  int end = run.first + run.count;
  for (int i = run.first, next; i < end; i = next) {
    next = piece_end(a, i, end);
    if (i > run.first) co_buf_puts(&w.text, ", ");
    put_obs(&w, &a->obs[i], next - i);
  }
  return finish(&w);
}

// ---- actions

static int action_piece_end(const co_contract *a, int first, int end) {
  const co_action_element *head = &a->action[first];
  int i = first + 1;
  while (i < end && a->action[i].low == head->low && a->action[i].high == head->high &&
         isnan(a->action[i].torque_limit) == isnan(head->torque_limit))
    i++;
  return i;
}

double co_control_direction(const co_action_element *a, const co_action_element *b) {
  bool plain = strcmp(a->kind, "ctrl") == 0 && strcmp(b->kind, "ctrl") == 0;
  bool known = *a->drive.kind && *b->drive.kind;
  return plain && known && a->drive.unit * b->drive.unit < 0 ? -1.0 : 1.0;
}

static const co_action_element *partner_of(const writer *w, const co_action_element *action) {
  const char *tail = co_element_tail(action->name);
  for (int i = 0; i < w->b->num_action; i++)
    if (strcmp(co_element_tail(w->b->action[i].name), tail) == 0) return &w->b->action[i];
  return NULL;
}

// What a number of this action is multiplied by to do the same in B.
static double action_direction(const writer *w, const co_action_element *action) {
  double sign = direction(w, action->name);
  const co_action_element *partner = partner_of(w, action);
  return partner ? sign * co_control_direction(action, partner) : sign;
}

// The key `offset`: of a target without the default pose, on which it stands. A joint that the pose
// does not name stands where the model has it, which no contract knows.
static double own_offset(writer *w, const co_action_element *action, bool is_target) {
  double sign = action_direction(w, action);
  if (!is_target) return sign * action->offset;
  int joint = co_element_joint(w->a, action->name);
  w->failed = w->failed || (joint < 0 && action->offset != 0);
  double own = joint >= 0 ? action->offset - w->a->pose[joint].value : 0;
  return sign * (fabs(own) <= 1e-9 * fabs(action->offset) ? 0 : own);
}

// What follows a target where it is used: a law beside the model, a servo of it, or as in A.
typedef enum follower { AS_IN_A, BY_LAW, BY_SERVO } follower;

static follower follower_in_b(const writer *w, const co_action_element *action) {
  const co_action_element *partner = partner_of(w, action);
  bool targets = partner && co_action_is_target(action) && co_action_is_target(partner);
  if (!targets || strcmp(action->kind, partner->kind) == 0) return AS_IN_A;
  if (strcmp(partner->kind, "torque") == 0) return BY_LAW;
  return *partner->drive.kind ? BY_SERVO : AS_IN_A;
}

static double law_of(const co_action_element *action, follower follows, bool damping) {
  if (follows == BY_SERVO) return NAN;
  if (follows == BY_LAW) return damping ? action->drive.kv : action->drive.kp;
  return damping ? action->kd : action->kp;
}

static void put_action_numbers(writer *w, const co_action_element *action, int count,
                               bool is_target) {
  const follower follows = follower_in_b(w, action);
  enum { SCALE, OFFSET, KP, KD, LIMIT, COLUMNS };
  double *column = co_alloc(COLUMNS * (size_t)count, sizeof *column);
  w->failed = w->failed || !column;
  if (w->failed) {
    free(column);
    return;
  }
  for (int i = 0; i < count; i++) {
    column[SCALE * count + i] = action_direction(w, &action[i]) * action[i].scale;
    column[OFFSET * count + i] = own_offset(w, &action[i], is_target);
    column[KP * count + i] = law_of(&action[i], follows, false);
    column[KD * count + i] = law_of(&action[i], follows, true);
    column[LIMIT * count + i] = action[i].torque_limit;
  }
  put_unless(w, "scale", column, count, 1);
  put_unless(w, "offset", column + OFFSET * count, count, 0);
  if (isfinite(action->low) && isfinite(action->high))
    put_pair(w, "clip", action->low, action->high);
  if (isinf(action->low) && isinf(action->high)) co_buf_puts(&w->text, " clip = \"none\";");
  if (!isnan(column[KP * count])) put_numbers(w, "kp", column + KP * count, count);
  if (!isnan(column[KD * count])) put_numbers(w, "kd", column + KD * count, count);
  if (!isnan(action->torque_limit) && follows != BY_SERVO)
    put_numbers(w, "torque_limit", column + LIMIT * count, count);
  free(column);
}

static void put_action(writer *w, const co_action_element *action, int count) {
  static const char *const terms[] = {"ctrl", "increment", "position", "pd"};
  size_t length = strcspn(action->name, "/");
  int term = 0;
  while (term < 4 && (strncmp(terms[term], action->name, length) != 0 || terms[term][length]))
    term++;
  const follower follows = follower_in_b(w, action);
  if (follows == BY_LAW) term = 3;
  if (follows == BY_SERVO) term = 2;
  w->failed = w->failed || term == 4 || (follows == BY_LAW && isnan(action->drive.kp));
  if (w->failed) return;
  co_buf_printf(&w->text, "{ term = \"%s\";", terms[term]);
  put_patterns(w, "actuators", action->name, sizeof *action, count);
  if (count > 1) co_buf_puts(&w->text, " order = \"given\";");
  put_action_numbers(w, action, count, term >= 2);
  co_buf_puts(&w->text, " }");
}

char *co_config_action(const co_contract *a, const co_contract *b, const bool *flipped,
                       co_element_span run) {
  writer w = {.a = a, .b = b, .flipped = flipped};
  int end = run.first + run.count;
  for (int i = run.first, next; i < end; i = next) {
    next = action_piece_end(a, i, end);
    if (i > run.first) co_buf_puts(&w.text, ", ");
    put_action(&w, &a->action[i], next - i);
  }
  return finish(&w);
}

// ---- the rest

char *co_config_pose(const co_contract *b, const co_pose_element *pose) {
  writer w = {.b = b};
  size_t length = strlen(pose->joint);
  w.failed = !is_known(b, pose->joint, length);
  co_buf_puts(&w.text, "{ of = \"");
  put_pattern(&w, pose->joint, length);
  co_buf_puts(&w.text, "\";");
  put_numbers(&w, "value", &pose->value, 1);
  co_buf_puts(&w.text, " }");
  return finish(&w);
}

char *co_config_command(const co_command_element *command) {
  writer w = {0};
  co_buf_puts(&w.text, "{ term = \"uniform\"; name = \"");
  put_pattern(&w, command->name, strlen(command->name));
  co_buf_puts(&w.text, "\";");
  put_numbers(&w, "low", &command->low, 1);
  put_numbers(&w, "high", &command->high, 1);
  co_buf_puts(&w.text, " }");
  return finish(&w);
}

static void put_draw(writer *w, const co_shift_info *shift) {
  co_buf_printf(&w->text, " %s = {", shift->operation);
  put_list(w, shift->distribution, shift->value, shift->num_values);
  if (shift->num_clip == 2) put_pair(w, "clip", shift->clip[0], shift->clip[1]);
  if (shift->each) co_buf_puts(&w->text, " each = true;");
  if (shift->over) {
    put_numbers(w, "from", &shift->from, 1);
    co_buf_printf(&w->text, " over = %lld;", (long long)shift->over);
  }
  co_buf_puts(&w->text, " };");
}

char *co_config_shift(const co_shift_info *shift) {
  writer w = {0};
  w.failed = strpbrk(shift->select, "\"\\") || strpbrk(shift->parameter, "\"\\");
  co_buf_printf(&w.text, "{ parameter = \"%s\";", shift->parameter);
  if (*shift->select) co_buf_printf(&w.text, " select = \"%s\";", shift->select);
  if (*shift->distribution) {
    put_draw(&w, shift);
  } else {
    put_list(&w, shift->operation, shift->value, shift->num_values);
  }
  co_buf_puts(&w.text, " }");
  return finish(&w);
}

char *co_config_factor(const char *parameter, const co_action_element *element, double factor) {
  writer w = {.failed = !isfinite(factor) || factor == 0};
  co_buf_printf(&w.text, "{ parameter = \"%s\"; select = \"", parameter);
  put_pattern(&w, co_element_tail(element->name), strlen(co_element_tail(element->name)));
  co_buf_puts(&w.text, "\";");
  put_list(&w, "scale", &factor, 1);
  co_buf_puts(&w.text, " }");
  return finish(&w);
}

char *co_config_substeps(const co_contract *a, const co_contract *b) {
  writer w = {0};
  double steps = a->timestep * a->substeps / b->timestep, whole = nearbyint(steps);
  w.failed = whole < 1 || whole > 1e6 || fabs(steps - whole) > 1e-9 * whole;
  if (!w.failed) co_buf_printf(&w.text, "substeps = %.0f;", whole);
  return finish(&w);
}
