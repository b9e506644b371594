// Observations and actions of two contracts: which is which, in what order, and what they stand
// for.

#include "agents/contract/output.h"
#include "agents/contract/private/config.h"
#include "agents/contract/private/differ.h"
#include "core/memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// What is compared alike for both kinds of elements.
typedef struct element_list {
  const char *member;           // "observation" | "action"
  const char *name_a, *name_b;  // of the first element
  size_t stride;
  const co_match *match;
} element_list;

static const char *name_a(const element_list *list, int i) {
  return list->name_a + list->stride * (size_t)i;
}

static const char *name_b(const element_list *list, int j) {
  return list->name_b + list->stride * (size_t)j;
}

// ---- order

typedef struct place {
  int b;
  const char *name;  // in B
} place;

static int compare_places(const void *x, const void *y) {
  const place *p = x, *q = y;
  return (p->b > q->b) - (p->b < q->b);
}

// Names of the run's elements that have a partner, in the order of A and of B.
static void add_order(co_differ *d, const element_list *list, co_element_span run,
                      const char *element) {
  place *in_b = co_alloc((size_t)run.count, sizeof *in_b);
  if (!in_b) {
    d->failed = true;
    return;
  }
  co_json *a = co_json_array(), *b = co_json_array();
  int count = 0;
  for (int i = run.first; i < run.first + run.count; i++) {
    int j = list->match->b_of_a[i];
    if (j < 0) continue;
    in_b[count++] = (place){j, name_b(list, j)};
    co_json_add(a, co_json_string(name_a(list, i)));
  }
  qsort(in_b, (size_t)count, sizeof *in_b, compare_places);
  for (int k = 0; k < count; k++) co_json_add(b, co_json_string(in_b[k].name));
  co_differ_add(d, CO_DIFF_ORDER, element, a, b, "%s", list->member);
  free(in_b);
}

// Terms have names of their own, so an order within one is told apart from the order of all.
static void compare_order(co_differ *d, const element_list *list, co_element_span run) {
  char element[CO_NAME];
  snprintf(element, sizeof element, "%.*s", (int)strcspn(name_a(list, run.first), "/"),
           name_a(list, run.first));
  int last = -1;
  for (int i = run.first; i < run.first + run.count; i++) {
    int j = list->match->b_of_a[i];
    if (j >= 0 && j < last) {
      add_order(d, list, run, element);
      return;
    }
    if (j >= 0) last = j;
  }
}

// Runs of A whose elements come behind those of a later run in B.
static void compare_runs(co_differ *d, const element_list *list,
                         co_element_span (*run_of)(const co_contract *, int)) {
  int count = list->match->num_a, most = -1;
  for (co_element_span run = {0, 0}; run.first < count; run.first += run.count) {
    run = run_of(d->a, run.first);
    int least = list->match->num_b, last = most;
    for (int i = run.first; i < run.first + run.count; i++) {
      int j = list->match->b_of_a[i];
      if (j >= 0 && j < least) least = j;
      if (j > last) last = j;
    }
    if (least < most) {
      add_order(d, list, (co_element_span){0, count}, "");
      return;
    }
    most = last;
  }
}

// ---- names and numbers of elements

static void compare_size(co_differ *d, const element_list *list) {
  int a = list->match->num_a, b = list->match->num_b;
  if (a != b)
    co_differ_add(d, CO_DIFF_SIZE, "", co_json_int(a), co_json_int(b), "%s", list->member);
}

// An element without a partner: a value of the past, "joint_pos/knee@-2", belongs to a history.
static void add_missing(co_differ *d, const element_list *list, const char *name, bool in_a,
                        int index) {
  co_json *a = in_a ? co_json_string(name) : co_json_null();
  co_json *b = in_a ? co_json_null() : co_json_string(name);
  co_difference_kind kind = strchr(name, '@') ? CO_DIFF_HISTORY : CO_DIFF_NAME;
  co_differ_add(d, kind, name, a, b, "%s.%d", list->member, index);
}

static void compare_names(co_differ *d, const element_list *list) {
  for (int j = 0; j < list->match->num_b; j++)
    if (list->match->a_of_b[j] < 0) add_missing(d, list, name_b(list, j), false, j);
}

// Whether a joint of the element turns the other way in B.
static bool is_flipped(const co_differ *d, const char *name) {
  int turn = co_element_turn(d->a, name);
  return turn >= 0 && d->flipped[turn];
}

// A factor has a size and a direction; the direction is that of the joint, too.
static void compare_scale(co_differ *d, const char *element, double a, double b, bool flipped,
                          const char *path) {
  double turned = flipped ? -b : b;
  if (a * turned < 0) {
    co_difference *sign = co_differ_numbers(d, CO_DIFF_SIGN, element, a, turned, path);
    if (sign) sign->inferred = flipped;
    if (sign) sign->by_axis = flipped && co_element_turn(d->a, element) >= d->a->num_pose;
  }
  double size_a = fabs(a), size_b = fabs(b);
  co_difference *scale =
      size_a == size_b ? NULL : co_differ_numbers(d, CO_DIFF_SCALE, element, a, b, path);
  if (scale) scale->changes_meaning = !co_is_close(size_a, size_b, 0);
}

// ---- observations

static co_json *bounds_json(const co_obs_element *obs) {
  if (isinf(obs->clip_low) && isinf(obs->clip_high)) return co_json_null();
  return co_json_numbers((double[]){obs->clip_low, obs->clip_high}, 2);
}

static void compare_clip(co_differ *d, const co_obs_element *a, const co_obs_element *b,
                         const char *path) {
  if (a->clip_low == b->clip_low && a->clip_high == b->clip_high) return;
  co_difference *clip =
      co_differ_add(d, CO_DIFF_SCALE, a->name, bounds_json(a), bounds_json(b), "%s", path);
  if (clip)
    clip->changes_meaning =
        !co_is_close(a->clip_low, b->clip_low, 0) || !co_is_close(a->clip_high, b->clip_high, 0);
}

// The same angle may be told as it is or from the default pose on; the last action is called after
// the kind of the action, which is compared there.
// Of the same joint, whatever drives it and however that is called.
static bool is_same_action(const co_differ *d, const char *a, const char *b) {
  const co_action_list of_a = {d->a->action, d->a->num_action};
  const co_action_list of_b = {d->b->action, d->b->num_action};
  return strcmp(co_element_tail(a), co_element_tail(b)) == 0 ||
         co_action_same_name(of_a, a, of_b, b);
}

static void compare_obs_name(co_differ *d, const co_obs_element *a, const co_obs_element *b,
                             int index) {
  char path[64];
  if (*a->quantity && *b->quantity) {  // a sensor may be called anything
    snprintf(path, sizeof path, "observation.%d.quantity", index);
    co_differ_texts(d, CO_DIFF_NAME, a->name, a->quantity, b->quantity, path);
    snprintf(path, sizeof path, "observation.%d.of", index);
    bool told = strcmp(a->frame, b->frame) != 0;
    if (!told) co_differ_texts(d, CO_DIFF_FRAME, a->name, a->of, b->of, path);
    return;
  }
  if (strcmp(a->term, b->term) != 0) {
    snprintf(path, sizeof path, "observation.%d.term", index);
    co_differ_texts(d, CO_DIFF_POSE, a->name, a->term, b->term, path);
  } else if (strcmp(a->term, "last_action") != 0 || !is_same_action(d, a->name, b->name)) {
    snprintf(path, sizeof path, "observation.%d.name", index);
    co_differ_texts(d, CO_DIFF_NAME, a->name, a->name, b->name, path);
  }
}

static bool is_constant(const co_obs_element *element) {
  return strcmp(element->term, "constant") == 0;
}

// Format 1 tells the frame of terms that name one; of others it is unknown there.
static void compare_view(co_differ *d, const co_obs_element *a, const co_obs_element *b,
                         const char *path) {
  bool unknown_a = d->a->format == 1 && !*a->frame && !co_obs_names_frame(a);
  bool unknown_b = d->b->format == 1 && !*b->frame && !co_obs_names_frame(b);
  if (!unknown_a && !unknown_b)
    co_differ_texts(d, CO_DIFF_FRAME, a->name, a->frame, b->frame, path);
}

// How old a value is, and how sure.
static void compare_signal(co_differ *d, const co_obs_element *a, const co_obs_element *b,
                           const char *delay, const char *noise) {
  bool known_a = !isnan(a->delay), known_b = !isnan(b->delay);
  if (co_differ_both(d, "delay", known_a ? a : NULL, known_b ? b : NULL))
    co_differ_numbers(d, CO_DIFF_HISTORY, a->name, a->delay, b->delay, delay);
  known_a = !isnan(a->noise), known_b = !isnan(b->noise);
  if (co_differ_both(d, "noise", known_a ? a : NULL, known_b ? b : NULL))
    co_differ_numbers(d, CO_DIFF_DOMAIN, a->name, a->noise, b->noise, noise);
}

// Where the two elements lie, for what is said of their origin.
static void go_to(co_differ *d, const char *member, int a, int b) {
  snprintf(d->place_a, sizeof d->place_a, "%s.%d.", member, a);
  snprintf(d->place_b, sizeof d->place_b, "%s.%d.", member, b);
}

static void compare_obs(co_differ *d, int index, const co_obs_element *b) {
  const co_obs_element *a = &d->a->obs[index];
  char path[64];
#define PATH(key) (snprintf(path, sizeof path, "observation.%d." key, index), path)
  if (is_constant(a) != is_constant(b)) {  // nothing else of the two can be compared
    co_differ_texts(d, CO_DIFF_NAME, a->name, a->term, b->term, PATH("term"));
    return;
  }
  compare_obs_name(d, a, b, index);
  co_differ_texts(d, CO_DIFF_UNIT, a->name, a->unit, b->unit, PATH("unit"));
  bool flipped = co_obs_is_directed(a) && is_flipped(d, a->name);
  compare_scale(d, a->name, a->scale, b->scale, flipped, PATH("scale"));
  co_differ_numbers(d, CO_DIFF_OFFSET, a->name, a->offset, b->offset, PATH("offset"));
  compare_clip(d, a, b, PATH("clip"));
  compare_view(d, a, b, PATH("frame"));
  co_difference *fill = co_differ_texts(d, CO_DIFF_HISTORY, a->name, co_fill_names[a->fill],
                                        co_fill_names[b->fill], PATH("fill"));
  if (fill)  // else nothing of the past is seen
    fill->changes_meaning = strchr(a->name, '@') || a->delay > 0 || b->delay > 0;
  char noise[64];
  snprintf(noise, sizeof noise, "observation.%d.noise", index);
  if (!is_constant(a)) compare_signal(d, a, b, PATH("delay"), noise);
#undef PATH
}

static void compare_obs_run(co_differ *d, const element_list *list, co_element_span run) {
  int first = d->out->count;
  for (int i = run.first; i < run.first + run.count; i++) {
    int j = list->match->b_of_a[i];
    if (j >= 0) {
      go_to(d, "observation", i, j);
      compare_obs(d, i, &d->b->obs[j]);
    } else {
      add_missing(d, list, name_a(list, i), true, i);
    }
  }
  compare_order(d, list, run);
  if (d->out->count > first) co_differ_config(d, first, co_config_obs(d->a, d->b, d->flipped, run));
}

void co_differ_observation(co_differ *d) {
  element_list list = {"observation", d->a->obs->name, d->b->obs->name, sizeof *d->a->obs,
                       &d->out->observation};
  compare_size(d, &list);
  for (co_element_span run = {0, 0}; run.first < d->a->num_obs; run.first += run.count) {
    run = co_obs_run(d->a, run.first);
    compare_obs_run(d, &list, run);
  }
  compare_runs(d, &list, co_obs_run);
  compare_names(d, &list);
}

// ---- actions

// Targets stand on the default pose, whose difference is told of the joint.
static void compare_offset(co_differ *d, const co_action_element *a, const co_action_element *b,
                           const char *path) {
  double x = a->offset, y = b->offset;
  int joint_a = co_element_joint(d->a, a->name), joint_b = co_element_joint(d->b, b->name);
  bool on_pose = co_action_is_target(a) && co_action_is_target(b);
  if (on_pose && joint_a >= 0 && joint_b >= 0) {
    double turn = d->flipped[joint_a] ? -1 : 1, size = fmax(fabs(x), fabs(y));
    if (co_is_close(x - d->a->pose[joint_a].value, turn * (y - d->b->pose[joint_b].value), size) &&
        d->a->pose[joint_a].value != d->b->pose[joint_b].value)
      return;
  }
  co_differ_numbers(d, CO_DIFF_OFFSET, a->name, x, y, path);
}

static void compare_action(co_differ *d, int index, const co_action_element *b) {
  const co_action_element *a = &d->a->action[index];
  char path[64];
#define PATH(key) (snprintf(path, sizeof path, "action.%d." key, index), path)
  bool same_kind = strcmp(a->kind, b->kind) == 0;
  bool other_law = !same_kind && co_action_is_target(a) && co_action_is_target(b);
  // the name tells the kind, too
  if (!co_element_same_name(a->name, b->name) &&
      (!is_same_action(d, a->name, b->name) ||
       (same_kind && strcmp(co_element_tail(a->name), co_element_tail(b->name)) == 0)))
    co_differ_texts(d, CO_DIFF_NAME, a->name, a->name, b->name, PATH("name"));
  co_difference *kind =
      co_differ_texts(d, CO_DIFF_ACTION_KIND, a->name, a->kind, b->kind, PATH("kind"));
  if (kind && other_law) kind->changes_meaning = !co_differ_follows(d, a, b);
  co_differ_texts(d, CO_DIFF_UNIT, a->name, a->unit, b->unit, PATH("unit"));
  bool flipped = is_flipped(d, a->name);
  int first = d->out->count;
  compare_scale(d, a->name, a->scale, b->scale, flipped, PATH("scale"));
  co_differ_drive(d, index, a, b, flipped ? -1 : 1, first);
  compare_offset(d, a, b, PATH("offset"));
  co_differ_numbers(d, CO_DIFF_SCALE, a->name, a->low, b->low, PATH("low"));
  co_differ_numbers(d, CO_DIFF_SCALE, a->name, a->high, b->high, PATH("high"));
  if (other_law) {
    co_differ_laws(d, a, b);
  } else {
    co_differ_numbers(d, CO_DIFF_GAIN, a->name, a->kp, b->kp, PATH("kp"));
    co_differ_numbers(d, CO_DIFF_GAIN, a->name, a->kd, b->kd, PATH("kd"));
  }
  co_differ_numbers(d, CO_DIFF_TORQUE_LIMIT, a->name, a->torque_limit, b->torque_limit,
                    PATH("torque_limit"));
#undef PATH
}

static void compare_action_run(co_differ *d, const element_list *list, co_element_span run) {
  int first = d->out->count;
  for (int i = run.first; i < run.first + run.count; i++) {
    int j = list->match->b_of_a[i];
    if (j >= 0) {
      go_to(d, "action", i, j);
      compare_action(d, i, &d->b->action[j]);
    } else {
      add_missing(d, list, name_a(list, i), true, i);
    }
  }
  compare_order(d, list, run);
  if (d->out->count > first)
    co_differ_config(d, first, co_config_action(d->a, d->b, d->flipped, run));
}

void co_differ_action(co_differ *d) {
  element_list list = {"action", d->a->action->name, d->b->action->name, sizeof *d->a->action,
                       &d->out->action};
  compare_size(d, &list);
  for (co_element_span run = {0, 0}; run.first < d->a->num_action; run.first += run.count) {
    run = co_action_run(d->a, run.first);
    compare_action_run(d, &list, run);
  }
  compare_runs(d, &list, co_action_run);
  compare_names(d, &list);
}

// ---- what outputs are

static co_json *range_json(const co_output_map *map) {
  return co_json_numbers((double[]){(double)map->first, (double)map->last}, 2);
}

// Ranges that are not the bounds of their actions, which are compared with the actions.
static void compare_range(co_differ *d, int i, const co_output_map *a, const co_output_map *b) {
  if (!d->a->range && !d->b->range) return;
  if (a->first == b->first && a->last == b->last) return;
  co_difference *found = co_differ_add(d, CO_DIFF_SCALE, d->a->action[i].name, range_json(a),
                                       range_json(b), "output_range.%d", i);
  if (found) found->changes_meaning = a->scaled || b->scaled;
}

// Units of a range of -1..1 are those of the action.
static bool is_action(const co_output_map *map) {
  return !map->scaled || (map->first == -1 && map->last == 1);
}

static void compare_maps(co_differ *d, const co_output_map *a, const co_output_map *b) {
  const char *name_a = co_output_names[co_output_of(d->a)];
  const char *name_b = co_output_names[co_output_of(d->b)];
  int at = d->out->count;
  bool other_unit = false;
  co_differ_texts(d, CO_DIFF_SCALE, "", name_a, name_b, "output");
  for (int i = 0; i < d->a->num_action; i++) {
    int j = d->out->action.b_of_a[i];
    if (j < 0) continue;
    other_unit = other_unit || is_action(&a[i]) != is_action(&b[j]);
    compare_range(d, i, &a[i], &b[j]);
  }
  if (at < d->out->count && strcmp(name_a, name_b) != 0)
    d->out->difference[at].changes_meaning = other_unit;
}

void co_differ_output(co_differ *d) {
  size_t count = (size_t)(d->a->num_action + d->b->num_action);
  co_output_map *map = co_alloc(count + 1, sizeof *map);
  if (!map) {
    d->failed = true;
    return;
  }
  co_output_maps(d->a, map);
  co_output_maps(d->b, map + d->a->num_action);
  compare_maps(d, map, map + d->a->num_action);
  free(map);
}
