#include "agents/contract/private/config.h"
#include "agents/contract/private/differ.h"
#include "core/buf.h"
#include "core/hash.h"
#include "core/memory.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const co_difference_names[] = {
#define X(id, name, doc) name,
    CO_DIFFERENCE_LIST(X)
#undef X
};

const char *const co_difference_docs[] = {
#define X(id, name, doc) doc,
    CO_DIFFERENCE_LIST(X)
#undef X
};

const char *const co_tensor_status_names[] = {
#define X(id, name) name,
    CO_TENSOR_STATUS_LIST(X)
#undef X
};

// ---- the list of differences

bool co_is_close(double x, double y, double size) {
  if (x == y || isinf(x) || isinf(y)) return x == y;
  return fabs(x - y) <= 1e-9 * fmax(size, fmax(fabs(x), fabs(y)));
}

static bool make_room(co_differ *d) {
  if (d->out->count < d->capacity) return true;
  int capacity = d->capacity ? 2 * d->capacity : 32;
  co_difference *more = co_realloc(d->out->difference, (size_t)capacity, sizeof *more);
  if (!more) {
    d->failed = true;
    return false;
  }
  d->out->difference = more;
  d->capacity = capacity;
  return true;
}

co_difference *co_differ_add(co_differ *d, co_difference_kind kind, const char *element, co_json *a,
                             co_json *b, const char *path, ...) {
  if (!make_room(d)) {
    co_json_free(a);
    co_json_free(b);
    return NULL;
  }
  co_difference *found = &d->out->difference[d->out->count++];
  *found = (co_difference){.kind = kind, .a = a, .b = b, .changes_meaning = true};
  snprintf(found->element, sizeof found->element, "%s", element);
  va_list args;
  va_start(args, path);
  vsnprintf(found->path, sizeof found->path, path, args);
  va_end(args);
  return found;
}

// The same fact of B, whose elements have other places.
static const char *path_in_b(const co_differ *d, const char *path, char out[192]) {
  size_t length = strlen(d->place_a);
  if (!length || strncmp(path, d->place_a, length) != 0) return path;
  snprintf(out, 192, "%s%s", d->place_b, path + length);
  return out;
}

double co_differ_resolution(const co_differ *d, const char *path) {
  char other[192];
  const co_provenance *a = co_contract_provenance(d->a, path);
  const co_provenance *b = co_contract_provenance(d->b, path_in_b(d, path, other));
  return (a ? a->resolution : 0) + (b ? b->resolution : 0);
}

static void note_unknown(co_differ *d, const char *name) {
  for (size_t i = 0; i < co_json_count(d->out->unknown); i++) {
    const char *one = co_json_as_string(co_json_at(d->out->unknown, i));
    if (one && strcmp(one, name) == 0) return;
  }
  co_json_add(d->out->unknown, co_json_string(name));
}

bool co_differ_both(co_differ *d, const char *name, const void *a, const void *b) {
  if (!a != !b) note_unknown(d, name);
  return a && b;
}

static bool is_unknown(const co_contract *contract, const char *path) {
  const co_provenance *fact = co_contract_provenance(contract, path);
  return (fact ? fact->from : contract->origin) == CO_FROM_UNKNOWN;
}

// Whether there is a value on both sides to be compared.
static bool is_known(co_differ *d, const char *path) {
  char other[192];
  bool known = !is_unknown(d->a, path) && !is_unknown(d->b, path_in_b(d, path, other));
  if (!known) note_unknown(d, path);
  return known;
}

co_difference *co_differ_numbers(co_differ *d, co_difference_kind kind, const char *element,
                                 double a, double b, const char *path) {
  if (a == b || (isnan(a) && isnan(b)) || !is_known(d, path)) return NULL;
  if (fabs(a - b) <= co_differ_resolution(d, path)) return NULL;
  co_difference *found =
      co_differ_add(d, kind, element, co_json_number(a), co_json_number(b), "%s", path);
  if (found) found->changes_meaning = !co_is_close(a, b, 0);
  return found;
}

co_difference *co_differ_texts(co_differ *d, co_difference_kind kind, const char *element,
                               const char *a, const char *b, const char *path) {
  if (strcmp(a, b) == 0 || !is_known(d, path)) return NULL;
  return co_differ_add(d, kind, element, co_json_string(*a ? a : NULL),
                       co_json_string(*b ? b : NULL), "%s", path);
}

// A term of thousands of elements would fill memory with copies.
enum { CONFIG_BYTES = 1 << 20 };

void co_differ_config(co_differ *d, int first, char *config) {
  size_t size = config ? strlen(config) : 0, used = 0;
  for (int i = first; config && i < d->out->count; i++) {
    co_difference *found = &d->out->difference[i];
    if (!found->changes_meaning || found->config) continue;
    if (used && used + size > CONFIG_BYTES) break;
    found->config = co_strdup(config);
    d->failed = d->failed || !found->config;
    used += size;
  }
  free(config);
}

static void same_meaning(co_difference *found) {
  if (found) found->changes_meaning = false;
}

// ---- default pose

static int find_joint(const co_contract *contract, const char *joint) {
  for (int i = 0; i < contract->num_pose; i++)
    if (strcmp(contract->pose[i].joint, joint) == 0) return i;
  return -1;
}

// Joints of the same name whose default angles mirror each other.
static bool is_mirrored(const co_differ *d, int pose) {
  int j = find_joint(d->b, d->a->pose[pose].joint);
  if (j < 0) return false;
  double x = d->a->pose[pose].value, y = d->b->pose[j].value, ratio = fabs(x) / fabs(y);
  return x * y < 0 && fmin(fabs(x), fabs(y)) >= 0.3 && ratio >= 0.5 && ratio <= 2;
}

// Axes tell it; poses only where there are none.
static void find_flips(co_differ *d) {
  double cosine;
  for (int i = 0; i < d->a->num_pose; i++)
    d->flipped[i] =
        co_differ_axis(d, d->a->pose[i].joint, &cosine) ? cosine < -1 + 1e-12 : is_mirrored(d, i);
  for (int i = 0; i < d->a->num_joints; i++) {
    const char *joint = d->a->joint[i].name;
    int pose = find_joint(d->a, joint);
    bool known = co_differ_axis(d, joint, &cosine);
    d->flipped[d->a->num_pose + i] = known ? cosine < -1 + 1e-12 : pose >= 0 && d->flipped[pose];
  }
}

// Joints on whose angle some observation or action stands; the others only say where an episode
// starts.
static bool *find_used(const co_contract *contract) {
  bool *used = co_alloc((size_t)contract->num_pose + 1, sizeof *used);
  for (int i = 0; used && i < contract->num_obs + contract->num_action; i++) {
    int action = i - contract->num_obs;
    int joint = co_element_joint(
        contract, action < 0 ? contract->obs[i].name : contract->action[action].name);
    if (joint >= 0) used[joint] = true;
  }
  return used;
}

// i in A's pose, j in B's; -1: not named there.
static void compare_joint(co_differ *d, int i, int j, bool used) {
  const co_pose_element *joint = i >= 0 ? &d->a->pose[i] : &d->b->pose[j];
  double x = i >= 0 ? d->a->pose[i].value : (double)NAN,
         y = j >= 0 ? d->b->pose[j].value : (double)NAN;
  char path[CO_NAME + 16];
  snprintf(path, sizeof path, "default_pose.%s", joint->joint);
  int at = d->out->count;
  co_difference *found = co_differ_numbers(d, CO_DIFF_POSE, joint->joint, x, y, path);
  if (!found) return;
  bool mirrored = i >= 0 && j >= 0 && d->flipped[i] && co_is_close(x, -y, 0);
  found->changes_meaning = found->changes_meaning && used && !mirrored;
  if (i >= 0 && !d->flipped[i]) co_differ_config(d, at, co_config_pose(d->b, joint));
}

static void compare_joints(co_differ *d, const bool *used_a, const bool *used_b) {
  for (int i = 0; i < d->a->num_pose; i++) {
    int j = find_joint(d->b, d->a->pose[i].joint);
    compare_joint(d, i, j, used_a[i] || (j >= 0 && used_b[j]));
  }
  for (int j = 0; j < d->b->num_pose; j++)
    if (find_joint(d->a, d->b->pose[j].joint) < 0) compare_joint(d, -1, j, used_b[j]);
}

// A list that only one side knows; an older file does not know of it.
static co_difference *add_unknown(co_differ *d, co_difference_kind kind, const char *path,
                                  bool known_a, bool known_b, int num_a, int num_b) {
  return co_differ_add(d, kind, "", known_a ? co_json_int(num_a) : co_json_null(),
                       known_b ? co_json_int(num_b) : co_json_null(), "%s", path);
}

// A pose names joints; one that it does not name stands where the model has it: unknown.
static void compare_pose(co_differ *d) {
  bool known_a = d->a->pose != NULL, known_b = d->b->pose != NULL;
  if (known_a != known_b) {
    add_unknown(d, CO_DIFF_POSE, "default_pose", known_a, known_b, d->a->num_pose, d->b->num_pose);
    return;
  }
  bool *used_a = find_used(d->a), *used_b = find_used(d->b);
  d->failed = d->failed || !used_a || !used_b;
  if (used_a && used_b) compare_joints(d, used_a, used_b);
  free(used_a);
  free(used_b);
}

// ---- time

static void compare_timing(co_differ *d) {
  const co_contract *a = d->a, *b = d->b;
  int at = d->out->count;
  double dt_a = a->timestep * a->substeps, dt_b = b->timestep * b->substeps;
  if (co_differ_numbers(d, CO_DIFF_CONTROL_PERIOD, "", dt_a, dt_b, "timing.control_dt"))
    co_differ_config(d, at, co_config_substeps(a, b));
  same_meaning(
      co_differ_numbers(d, CO_DIFF_DOMAIN, "", a->timestep, b->timestep, "timing.timestep"));
}

static void compare_past(co_differ *d) {
  int at = d->out->count;
  char config[64];
  if (co_differ_texts(d, CO_DIFF_HISTORY, "", d->a->observe, d->b->observe, "observe")) {
    snprintf(config, sizeof config, "observe = \"%s\";", d->a->observe);
    co_differ_config(d, at, co_strdup(config));
  }
  double a = d->a->history > 0 ? (double)d->a->history : (double)NAN,
         b = d->b->history > 0 ? (double)d->b->history : (double)NAN;
  at = d->out->count;
  co_differ_numbers(d, CO_DIFF_HISTORY, "", a, b, "history.length");
  if (d->a->history > 1 && d->b->history > 1) {
    co_differ_texts(d, CO_DIFF_HISTORY, "", co_layout_names[d->a->layout],
                    co_layout_names[d->b->layout], "history.layout");
    co_differ_texts(d, CO_DIFF_HISTORY, "", co_past_names[d->a->past_order],
                    co_past_names[d->b->past_order], "history.order");
  }
  if (d->out->count > at && d->a->layout && d->a->history > 0) {
    // the oldest frame comes first
    snprintf(config, sizeof config, "stack = %d;%s", d->a->history,
             d->a->obs[0].fill ? " fill = \"zero\";" : "");
    co_differ_config(d, at, co_strdup(config));
  }
}

// ---- normalisers of two policies

static void compare_normaliser(co_differ *d) {
  const co_contract *a = d->a, *b = d->b;
  double clip_a = a->norm_clip, clip_b = b->norm_clip;
  if (clip_a != clip_b) {
    // infinite: null, there is none
    co_difference *clip = co_differ_add(d, CO_DIFF_NORMALISER, "", co_json_number(clip_a),
                                        co_json_number(clip_b), "normaliser.clip");
    if (clip) clip->changes_meaning = !co_is_close(clip_a, clip_b, 0);
  }
  same_meaning(co_differ_numbers(d, CO_DIFF_NORMALISER, "", a->norm_epsilon, b->norm_epsilon,
                                 "normaliser.epsilon"));
  // one that has seen nothing lets observations pass as they are: lost, more often than meant
  co_difference *count = co_differ_numbers(d, CO_DIFF_NORMALISER, "", a->norm_count, b->norm_count,
                                           "normaliser.count");
  if (count) count->changes_meaning = (a->norm_count > 0) != (b->norm_count > 0);
}

// ---- the world

static int find_command(const co_contract *contract, const char *name) {
  for (int i = 0; i < contract->num_commands; i++)
    if (strcmp(contract->command[i].name, name) == 0) return i;
  return -1;
}

// Of a command that its task draws as a number, of which no task says the unit.
static bool has_no_unit(const co_command_element *command) {
  return strcmp(command->unit, "1") == 0;
}

// What is asked for differs between worlds; what a command means is its unit.
static void compare_command(co_differ *d, const co_command_element *a,
                            const co_command_element *b) {
  int at = d->out->count;
  char path[CO_NAME + 32];
  snprintf(path, sizeof path, "command.%s", a ? a->name : b->name);
  if (!a || !b) {
    co_difference *found =
        co_differ_add(d, CO_DIFF_NAME, a ? a->name : b->name, co_json_string(a ? a->name : NULL),
                      co_json_string(b ? b->name : NULL), "%s", path);
    if (a) co_differ_config(d, at, co_config_command(a));
    same_meaning(found);  // unless it is observed, which is told there
    return;
  }
  co_difference *unit = co_differ_texts(d, CO_DIFF_UNIT, a->name, a->unit, b->unit, path);
  if (has_no_unit(a) || has_no_unit(b)) same_meaning(unit);
  if (a->low == b->low && a->high == b->high) return;
  at = d->out->count;
  co_difference *range =
      co_differ_add(d, CO_DIFF_DOMAIN, a->name, co_json_numbers((double[]){a->low, a->high}, 2),
                    co_json_numbers((double[]){b->low, b->high}, 2), "%s", path);
  co_differ_config(d, at, co_config_command(a));
  same_meaning(range);
}

static void compare_commands(co_differ *d) {
  const co_contract *a = d->a, *b = d->b;
  if (!a->command != !b->command)
    same_meaning(add_unknown(d, CO_DIFF_DOMAIN, "command", a->command, b->command, a->num_commands,
                             b->num_commands));
  if (!a->command || !b->command) return;
  for (int i = 0; i < a->num_commands; i++) {
    int j = find_command(b, a->command[i].name);
    compare_command(d, &a->command[i], j >= 0 ? &b->command[j] : NULL);
  }
  for (int j = 0; j < b->num_commands; j++)
    if (find_command(a, b->command[j].name) < 0) compare_command(d, NULL, &b->command[j]);
}

static int find_shift(const co_contract *contract, const co_shift_info *shift) {
  for (int i = 0; i < contract->num_shifts; i++)
    if (strcmp(contract->shift[i].parameter, shift->parameter) == 0 &&
        strcmp(contract->shift[i].select, shift->select) == 0)
      return i;
  return -1;
}

// "scale 1.5", "set uniform 0 1"; the config text has all of it
static co_json *shift_json(const co_shift_info *shift) {
  if (!shift) return co_json_null();
  co_buf text = {0};
  co_buf_printf(&text, "%s", shift->operation);
  if (*shift->distribution) co_buf_printf(&text, " %s", shift->distribution);
  for (int i = 0; i < shift->num_values; i++) co_buf_printf(&text, " %.9g", shift->value[i]);
  if (shift->num_clip == 2) co_buf_printf(&text, " clip %.9g %.9g", shift->clip[0], shift->clip[1]);
  if (shift->each) co_buf_puts(&text, " each");
  if (shift->over)
    co_buf_printf(&text, " from %.9g over %lld", shift->from, (long long)shift->over);
  co_json *json = text.failed ? co_json_null() : co_json_string(text.data);
  co_buf_free(&text);
  return json;
}

static bool same_shift(const co_shift_info *a, const co_shift_info *b) {
  bool same = strcmp(a->operation, b->operation) == 0 &&
              strcmp(a->distribution, b->distribution) == 0 && a->num_values == b->num_values &&
              a->num_clip == b->num_clip && a->each == b->each && a->over == b->over &&
              (!a->over || a->from == b->from);
  for (int i = 0; same && i < a->num_values; i++) same = a->value[i] == b->value[i];
  for (int i = 0; same && i < a->num_clip; i++) same = a->clip[i] == b->clip[i];
  return same;
}

static void compare_shift(co_differ *d, const co_shift_info *a, const co_shift_info *b) {
  if (a && b && same_shift(a, b)) return;
  const co_shift_info *any = a ? a : b;
  char element[CO_NAME];  // a selector that is too long is cut; the path has all of it
  snprintf(element, sizeof element, "%.*s", CO_NAME - 1, any->select);
  int at = d->out->count;
  co_difference *found =
      co_differ_add(d, CO_DIFF_DOMAIN, element, shift_json(a), shift_json(b), "domain.%s%s%s",
                    any->parameter, *any->select ? "/" : "", any->select);
  if (a) co_differ_config(d, at, co_config_shift(a));
  same_meaning(found);
}

static void compare_domain(co_differ *d) {
  for (int i = 0; i < d->a->num_shifts; i++) {
    int j = find_shift(d->b, &d->a->shift[i]);
    compare_shift(d, &d->a->shift[i], j >= 0 ? &d->b->shift[j] : NULL);
  }
  for (int j = 0; j < d->b->num_shifts; j++)
    if (find_shift(d->a, &d->b->shift[j]) < 0) compare_shift(d, NULL, &d->b->shift[j]);
}

static co_json *hash_json(uint64_t hash) {
  char text[CO_HASH_TEXT];
  co_hash_text(hash, text);
  return hash ? co_json_string(text) : co_json_null();
}

// Names first: the hash of another task or model is another one anyway.
static void compare_named(co_differ *d, co_difference_kind kind, const char *member, const char *a,
                          const char *b, uint64_t hash_a, uint64_t hash_b) {
  char path[32];
  snprintf(path, sizeof path, "%s.name", member);
  if (strcmp(a, b) != 0) {
    same_meaning(co_differ_texts(d, kind, "", a, b, path));
  } else if (hash_a != hash_b) {
    same_meaning(
        co_differ_add(d, kind, "", hash_json(hash_a), hash_json(hash_b), "%s.hash", member));
  }
}

// By the older kind of hash where only one side has the other one; files of both kinds cannot be
// told apart by their models.
static void compare_model(co_differ *d) {
  const co_contract *a = d->a, *b = d->b;
  int format = a->format < b->format ? a->format : b->format;
  uint64_t hash_a = co_contract_model_hash(a, format), hash_b = co_contract_model_hash(b, format);
  if (a->format != b->format && (!hash_a || !hash_b)) hash_a = hash_b = 0;
  compare_named(d, CO_DIFF_MODEL, "model", a->model, b->model, hash_a, hash_b);
}

static void compare_world(co_differ *d) {
  const co_contract *a = d->a, *b = d->b;
  compare_commands(d);
  compare_named(d, CO_DIFF_NAME, "task", a->task, b->task, a->task_hash, b->task_hash);
  compare_domain(d);
  compare_model(d);
  same_meaning(co_differ_texts(d, CO_DIFF_MUJOCO, "", a->engine, b->engine, "engine"));
}

// ---- tensors

static co_tensor_difference compare_tensor(const co_tensor *a, const co_tensor *b) {
  co_tensor_difference found = {.status = CO_TENSOR_SHAPE, .max_abs = NAN};
  snprintf(found.name, sizeof found.name, "%s", a->name);
  if (a->rows != b->rows || a->cols != b->cols || a->dtype != b->dtype) return found;
  found.max_abs = 0;
  bool same = true;
  for (int row = 0; row < a->rows; row++) {
    for (int col = 0; col < a->cols; col++) {
      double x = co_tensor_get(a, row, col), y = co_tensor_get(b, row, col);
      same = same && x == y && signbit(x) == signbit(y);
      found.max_abs = fmax(found.max_abs, fabs(x - y));
    }
  }
  found.status = same ? CO_TENSOR_SAME : CO_TENSOR_CHANGED;
  return found;
}

static co_tensor_difference only_on(const co_tensor *tensor, co_tensor_status status) {
  co_tensor_difference found = {.status = status, .max_abs = NAN};
  snprintf(found.name, sizeof found.name, "%s", tensor->name);
  return found;
}

static void compare_tensors(co_differ *d, const co_diff_side *a, const co_diff_side *b) {
  co_contract_diff *out = d->out;
  out->tensor = co_alloc((size_t)a->num_tensors + (size_t)b->num_tensors + 1, sizeof *out->tensor);
  if (!out->tensor) {
    d->failed = true;
    return;
  }
  for (int i = 0; i < a->num_tensors; i++) {
    int j = co_tensor_find(b->tensor, b->num_tensors, a->tensor[i].name);
    out->tensor[out->num_tensors++] = j >= 0 ? compare_tensor(&a->tensor[i], &b->tensor[j])
                                             : only_on(&a->tensor[i], CO_TENSOR_ONLY_A);
  }
  for (int j = 0; j < b->num_tensors; j++)
    if (co_tensor_find(a->tensor, a->num_tensors, b->tensor[j].name) < 0)
      out->tensor[out->num_tensors++] = only_on(&b->tensor[j], CO_TENSOR_ONLY_B);
}

// ---- what is of no kind

static bool same_network(const co_network_def *a, const co_network_def *b) {
  bool same = a->head == b->head && a->num_hidden == b->num_hidden &&
              co_network_same_activations(a, b) && a->layer_norm == b->layer_norm &&
              a->shared_trunk == b->shared_trunk &&
              co_network_critics(a) == co_network_critics(b) && co_network_same_memory(a, b) &&
              co_network_same_residual(&a->residual, &b->residual);
  for (int i = 0; same && i < a->num_hidden; i++) same = a->hidden[i] == b->hidden[i];
  return same;
}

static bool same_expected(const co_contract *a, const co_contract *b) {
  return a->expected_episodes == b->expected_episodes && a->expected_mean == b->expected_mean &&
         a->expected_std == b->expected_std && a->expected_confidence == b->expected_confidence &&
         a->expected_iqm == b->expected_iqm && a->expected_lo == b->expected_lo &&
         a->expected_hi == b->expected_hi && a->expected_seed == b->expected_seed;
}

static void compare_others(co_differ *d, bool same_program) {
  const co_contract *a = d->a, *b = d->b;
  const struct {
    const char *name;
    bool same;
  } member[CO_DIFF_OTHERS] = {
      {"algorithm", strcmp(a->algorithm, b->algorithm) == 0},
      {"network", same_network(&a->network, &b->network) && co_contract_same_draws(a, b)},
      {"program", same_program},
      {"training", a->steps == b->steps && a->seed == b->seed && a->seed_number == b->seed_number &&
                       a->parent == b->parent && strcmp(a->note, b->note) == 0},
      {"expected", same_expected(a, b)},
  };
  for (int i = 0; i < CO_DIFF_OTHERS; i++)
    if (!member[i].same) d->out->other[d->out->num_others++] = member[i].name;
}

// ---- the whole

// What only policies have, when both are.
static void compare_policies(co_differ *d, const co_diff_side *a, const co_diff_side *b) {
  if (!a->tensor || !b->tensor) return;
  compare_tensors(d, a, b);
  compare_others(d, a->program == b->program);
}

static void judge(co_contract_diff *out) {
  out->meaning_equal = true;
  for (int i = 0; i < out->count; i++)
    out->meaning_equal = out->meaning_equal && !out->difference[i].changes_meaning;
  out->equal = out->count == 0 && out->num_others == 0;
  for (int i = 0; i < out->num_tensors; i++)
    out->equal = out->equal && out->tensor[i].status == CO_TENSOR_SAME;
}

co_status co_contract_diff_make(const co_diff_side *a, const co_diff_side *b,
                                co_contract_diff *out) {
  assert(a->contract && b->contract && out);
  *out = (co_contract_diff){0};
  co_differ d = {.a = a->contract, .b = b->contract, .out = out};
  d.flipped = co_alloc((size_t)d.a->num_pose + (size_t)d.a->num_joints + 1, sizeof *d.flipped);
  out->unknown = co_json_array();
  d.failed = !d.flipped || co_match_observation(d.a, d.b, &out->observation) != CO_OK ||
             co_match_action(d.a, d.b, &out->action) != CO_OK;
  if (!d.failed) {
    find_flips(&d);
    co_differ_observation(&d);
    co_differ_action(&d);
    if (a->tensor && b->tensor) co_differ_output(&d);
    compare_pose(&d);
    co_differ_joints(&d);
    co_differ_frames(&d);
    co_differ_clocks(&d);
    compare_timing(&d);
    compare_past(&d);
    if (a->tensor && b->tensor) compare_normaliser(&d);
    compare_world(&d);
    compare_policies(&d, a, b);
    judge(out);
  }
  out->turned = d.flipped;
  if (!d.failed) return CO_OK;
  co_contract_diff_free(out);
  return CO_MEMORY;
}

void co_difference_free(co_difference *found) {
  co_json_free(found->a);
  co_json_free(found->b);
  free(found->config);
  *found = (co_difference){0};
}

void co_contract_diff_free(co_contract_diff *diff) {
  for (int i = 0; i < diff->count; i++) co_difference_free(&diff->difference[i]);
  co_json_free(diff->unknown);
  free(diff->difference);
  free(diff->turned);
  free(diff->tensor);
  co_match_free(&diff->observation);
  co_match_free(&diff->action);
  *diff = (co_contract_diff){0};
}
