// Rows of the mapping inspector.

#include "core/memory.h"
#include "viz/show/private/mapping.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const titles[] = {
#define X(id, title) [id] = title,
    CO_MAPPING_COLUMN_LIST(X)
#undef X
};

typedef struct builder {
  const co_contract *a, *b;
  const co_contract_diff *diff;
  co_mapping *out;
  bool failed;
} builder;

// A row to be filled; when memory is out, one that nobody sees.
static co_mapping_row *add(builder *at, co_mapping_kind kind) {
  static _Thread_local co_mapping_row nowhere;
  co_mapping *out = at->out;
  if (out->num_rows == out->capacity) {
    int capacity = out->capacity ? 2 * out->capacity : 64;
    co_mapping_row *row = co_realloc(out->row, (size_t)capacity, sizeof *row);
    if (!row) {
      at->failed = true;
      return &nowhere;
    }
    out->row = row;
    out->capacity = capacity;
  }
  co_mapping_row *row = &out->row[out->num_rows++];
  *row = (co_mapping_row){.kind = kind};
  return row;
}

static co_severity severity_of(const co_difference *d) {
  return d->changes_meaning ? CO_DIFFERS_IN_MEANING : CO_DIFFERS;
}

// A row is as bad as the worst of its parts.
static void worsen(co_severity *severity, co_severity by) {
  if (by > *severity) *severity = by;
}

// ---- notes

static void append(char out[64], const char *text) {
  size_t used = strlen(out);
  snprintf(out + used, 64 - used, "%s%s", used ? " " : "", text);
}

// Adds a value, numbers as short as people want them; what is too long is cut.
static void append_value(const co_json *json, char out[64]) {
  char number[32];
  if (co_json_is_number(json)) {
    snprintf(number, sizeof number, "%.6g", co_json_as_number(json, NAN));
    append(out, number);
  } else if (co_json_is_string(json)) {
    append(out, co_json_as_string(json));
  } else if (co_json_is_array(json)) {
    for (size_t i = 0; i < co_json_count(json); i++) append_value(co_json_at(json, i), out);
  } else {
    append(out, "none");
  }
}

static void add_note(builder *at, const char *what, const co_difference *d) {
  char a[64] = "", b[64] = "";
  append_value(d->a, a);
  append_value(d->b, b);
  co_mapping_row *row = add(at, CO_MAPPING_NOTE);
  row->severity = severity_of(d);
  snprintf(row->text, sizeof row->text, "%.56s: %s -> %s", what, a, b);
}

// "low" of "action.3.low", "" of "action.3"; NULL when the path is not below the member.
static const char *tail_below(const char *path, const char *member) {
  size_t length = strlen(member);
  if (strncmp(path, member, length) != 0 || path[length] != '.') return NULL;
  const char *dot = strchr(path + length + 1, '.');
  return dot ? dot + 1 : "";
}

// The column that shows a difference of an element, -1: it needs a note.
static int column_of(const co_difference *d, const char *tail) {
  if (strncmp(tail, "drive.", 6) == 0) return -1;  // no column has numbers of the model
  if (d->kind == CO_DIFF_SIGN) return CO_MAPPING_SIGN;
  if (d->kind == CO_DIFF_GAIN) return CO_MAPPING_GAIN;
  if (strcmp(tail, "scale") == 0) return CO_MAPPING_SCALE;
  if (strcmp(tail, "offset") == 0) return CO_MAPPING_OFFSET;
  return -1;
}

// ---- elements

// What the two kinds of elements share.
typedef struct element {
  const char *name;
  double scale, offset, kp, kd;
  double pose;  // of its joint; NAN: none
  const char *joint;
} element;

// By the rule of the comparison, so that both tell of the same joint.
static void set_pose(const co_contract *contract, element *e) {
  int joint = co_element_joint(contract, e->name);
  e->pose = joint >= 0 ? contract->pose[joint].value : (double)NAN;
  e->joint = joint >= 0 ? contract->pose[joint].joint : NULL;
}

static element obs_of(const co_contract *contract, int i) {
  const co_obs_element *o = &contract->obs[i];
  element e = {.name = o->name, .scale = o->scale, .offset = o->offset, .kp = NAN, .kd = NAN};
  set_pose(contract, &e);
  return e;
}

static element action_of(const co_contract *contract, int i) {
  const co_action_element *a = &contract->action[i];
  element e = {.name = a->name, .scale = a->scale, .offset = a->offset, .kp = a->kp, .kd = a->kd};
  set_pose(contract, &e);
  return e;
}

// Sign and size of a factor apart: the sign is what goes wrong most, and what one overlooks.
static void fill_side(co_mapping_row *row, int side, const element *e) {
  co_mapping_cell *cell = row->cell;
  snprintf(row->name[side], CO_NAME, "%s", e->name);
  snprintf(cell[CO_MAPPING_SIGN].text[side], sizeof cell->text[side], "%s",
           e->scale < 0 ? "-" : "+");
  snprintf(cell[CO_MAPPING_SCALE].text[side], sizeof cell->text[side], "%.4g", fabs(e->scale));
  snprintf(cell[CO_MAPPING_OFFSET].text[side], sizeof cell->text[side], "%.4g", e->offset);
  if (!isnan(e->pose))
    snprintf(cell[CO_MAPPING_POSE].text[side], sizeof cell->text[side], "%.4g", e->pose);
  if (!isnan(e->kp))
    snprintf(cell[CO_MAPPING_GAIN].text[side], sizeof cell->text[side], "%.3g/%.3g", e->kp, e->kd);
}

// Marks the cell that a difference is about; what has no column becomes a note later.
static void mark(co_mapping_row *row, const co_difference *d, const char *tail) {
  int column = column_of(d, tail);
  worsen(&row->severity, severity_of(d));
  if (column < 0) return;
  worsen(&row->cell[column].severity, severity_of(d));
  if (d->kind == CO_DIFF_SIGN && d->inferred)  // the factor does not tell it
    snprintf(row->cell[column].text[1], sizeof row->cell[column].text[1], "turned");
}

// Poses are compared by joint, not by element: every element of the joint shows it.
static bool is_pose_of(const co_difference *d, const element *e) {
  static const char kMember[] = "default_pose.";
  return e && e->joint && strncmp(d->path, kMember, sizeof kMember - 1) == 0 &&
         strcmp(d->element, e->joint) == 0;
}

static void add_element(builder *at, const char *member, const element *a, const element *b) {
  co_mapping_row *row = add(at, CO_MAPPING_ELEMENT);
  if (a) fill_side(row, 0, a);
  if (b) fill_side(row, 1, b);
  const char *name = a ? a->name : b->name;
  for (int i = 0; i < at->diff->count; i++) {
    const co_difference *d = &at->diff->difference[i];
    const char *tail = tail_below(d->path, member);
    if (tail && strcmp(d->element, name) == 0) mark(row, d, tail);
    if (is_pose_of(d, a) || is_pose_of(d, b)) {
      worsen(&row->cell[CO_MAPPING_POSE].severity, severity_of(d));
      worsen(&row->severity, severity_of(d));
    }
  }
  for (int i = 0; i < at->diff->count; i++) {  // `row` may move now
    const co_difference *d = &at->diff->difference[i];
    const char *tail = tail_below(d->path, member);
    // no partner, or another name: both names are seen
    if (tail && *tail && d->kind != CO_DIFF_NAME && strcmp(d->element, name) == 0 &&
        column_of(d, tail) < 0)
      add_note(at, tail, d);
  }
}

// The number of elements, both when they are not equal.
static void add_heading(builder *at, const char *text, const char *const *title, int a, int b) {
  co_mapping_row *row = add(at, CO_MAPPING_HEADING);
  row->title = title;
  snprintf(row->text, sizeof row->text, a == b ? "%s (%d)" : "%s (%d, %d)", text, a, b);
}

// Differences of the list as a whole: size and order.
static void add_notes_of_list(builder *at, const char *member) {
  for (int i = 0; i < at->diff->count; i++) {
    const co_difference *d = &at->diff->difference[i];
    if (strcmp(d->path, member) == 0) add_note(at, co_difference_names[d->kind], d);
  }
}

// A's elements in A's order, then those that only B has.
static void add_list(builder *at, const char *member, const char *title, const co_match *match,
                     element (*element_of)(const co_contract *, int)) {
  add_heading(at, title, titles, match->num_a, match->num_b);
  add_notes_of_list(at, member);
  for (int i = 0; i < match->num_a; i++) {
    int j = match->b_of_a[i];
    element a = element_of(at->a, i), b = {0};
    if (j >= 0) b = element_of(at->b, j);
    add_element(at, member, &a, j >= 0 ? &b : NULL);
  }
  for (int j = 0; j < match->num_b; j++) {
    if (match->a_of_b[j] >= 0) continue;
    element b = element_of(at->b, j);
    add_element(at, member, NULL, &b);
  }
}

// ---- what the worlds apply

static_assert((int)CO_NUM_APPLIED_COLUMNS == (int)CO_NUM_MAPPING_COLUMNS, "one table for both");

static void fill_applied(co_mapping_row *row, int side, const char *name, const co_applied *of) {
  snprintf(row->name[side], CO_NAME, "%s", name);
  for (int c = 0; c < CO_NUM_APPLIED_COLUMNS; c++)
    snprintf(row->cell[c].text[side], sizeof row->cell[c].text[side], "%s", of->cell[c]);
}

// A motor that turns the other way on one side only is worse than any size; what is the same on
// both sides is marked all the same, as a policy may be looked at that never knew it.
static void mark_applied(co_mapping_row *row, const co_applied *a, const co_applied *b) {
  for (int c = 0; c < CO_NUM_APPLIED_COLUMNS; c++)
    if (strcmp(a->cell[c], b->cell[c]) != 0) row->cell[c].severity = CO_DIFFERS;
  bool apart = strcmp(a->cell[CO_APPLIED_SIGN], b->cell[CO_APPLIED_SIGN]) != 0;
  if (apart) row->cell[CO_APPLIED_SIGN].severity = CO_DIFFERS_IN_MEANING;
  for (int c = 0; c < CO_NUM_APPLIED_COLUMNS; c++) worsen(&row->severity, row->cell[c].severity);
  if (a->reversed || b->reversed) row->cell[CO_APPLIED_SIGN].severity = CO_DIFFERS_IN_MEANING;
}

static void add_more(builder *at, const co_applied *a, const co_applied *b) {
  for (int i = 0; i < CO_APPLIED_MORE; i++) {
    if (strcmp(a->more[i], b->more[i]) == 0) continue;
    co_mapping_row *row = add(at, CO_MAPPING_NOTE);
    row->severity = CO_DIFFERS;
    worsen(&at->out->applied, CO_DIFFERS);
    snprintf(row->text, sizeof row->text, "%s: %s -> %s", co_parameters[co_applied_more[i]].name,
             *a->more[i] ? a->more[i] : "none", *b->more[i] ? b->more[i] : "none");
  }
}

static void add_pair_applied(builder *at, const co_mapping_sides *sides, int i, int j) {
  co_applied a, b;
  co_mapping_row *row = add(at, CO_MAPPING_ELEMENT);
  co_applied_measure(sides->world_a, i, &a);
  co_applied_measure(sides->world_b, j, &b);
  fill_applied(row, 0, sides->a->action[i].name, &a);
  fill_applied(row, 1, sides->b->action[j].name, &b);
  mark_applied(row, &a, &b);
  worsen(&at->out->applied, row->severity);
  add_more(at, &a, &b);
}

// Of actions that both sides have: the others stand among those of the contracts.
static void add_applied(builder *at, const co_mapping_sides *sides) {
  const co_match *match = &at->diff->action;
  if (!sides->world_a || !sides->world_b) return;
  add_heading(at, "applied to actions", co_applied_titles, match->num_a, match->num_b);
  for (int i = 0; i < match->num_a; i++)
    if (match->b_of_a[i] >= 0) add_pair_applied(at, sides, i, match->b_of_a[i]);
}

// ---- what belongs to no element

static bool is_shown_with_elements(const co_difference *d) {
  static const char *const members[] = {"observation", "action"};
  for (int i = 0; i < 2; i++) {
    size_t length = strlen(members[i]);
    if (strncmp(d->path, members[i], length) == 0 && (d->path[length] == '.' || !d->path[length]))
      return true;
  }
  // a pose that no element stands on changes no meaning
  return strncmp(d->path, "default_pose.", 13) == 0 && d->changes_meaning;
}

static void add_time(builder *at) {
  double a = at->a->timestep * at->a->substeps, b = at->b->timestep * at->b->substeps;
  co_mapping_row *row = add(at, CO_MAPPING_HEADING);
  snprintf(row->text, sizeof row->text, "contract");
  if (a != b) return;  // then it is among the differences
  row = add(at, CO_MAPPING_NOTE);
  snprintf(row->text, sizeof row->text, "control period: %.6g s", a);
}

static void add_others(builder *at) {
  add_time(at);
  for (int i = 0; i < at->diff->count; i++) {
    const co_difference *d = &at->diff->difference[i];
    if (!is_shown_with_elements(d)) add_note(at, d->path, d);
  }
}

co_status co_mapping_build(const co_mapping_sides *sides, co_mapping *out) {
  const co_contract_diff *diff = sides->diff;
  *out = (co_mapping){.differences = diff->count};
  for (int i = 0; i < diff->count; i++) out->in_meaning += diff->difference[i].changes_meaning;
  builder at = {sides->a, sides->b, diff, out, false};
  add_applied(&at, sides);
  add_list(&at, "action", "actions", &diff->action, action_of);
  add_list(&at, "observation", "observations", &diff->observation, obs_of);
  add_others(&at);
  if (!at.failed) return CO_OK;
  co_mapping_free(out);
  return CO_MEMORY;
}

void co_mapping_free(co_mapping *mapping) {
  free(mapping->row);
  memset(mapping, 0, sizeof *mapping);
}
