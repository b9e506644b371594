#include "agents/contract/map_text.h"

#include "agents/contract/enforce.h"
#include "agents/contract/lines.h"
#include "agents/contract/private/config.h"
#include "agents/contract/private/differ.h"
#include "core/memory.h"
#include "core/text.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct writer {
  const co_contract *a, *b;
  const co_contract_diff *diff;
  co_buf *out;
} writer;

// One element: value = factor * taken + offset.
typedef struct line {
  double factor, offset;
  int delay;
  bool zero;
} line;

// ---- pieces of text

// Inside of a string of config text.
static void put_string(const char *text, co_buf *out) {
  for (; *text; text++)
    co_buf_printf(out, "%s%c", *text == '"' || *text == '\\' ? "\\" : "", *text);
}

void co_map_put_pattern(const char *name, co_buf *out) {
  char pattern[2 * CO_DIFFERENCE_TITLE];
  co_glob_escape(name, pattern, sizeof pattern);
  put_string(pattern, out);
}

// The shortest text that reads back to the same number.
static void put_number(const char *key, double value, co_buf *out) {
  char text[40];
  for (int digits = 15; digits <= 17; digits++) {
    snprintf(text, sizeof text, "%.*g", digits, value == 0 ? 0.0 : value);
    if (strtod(text, NULL) == value) break;
  }
  co_buf_printf(out, " %s = %s%s;", key, text, strpbrk(text, ".en") ? "" : ".0");
}

static void put_line(const char *element, const char *from, const line *l, bool *any, co_buf *out) {
  bool renamed = strcmp(element, from) != 0;
  if (!renamed && l->factor == 1 && l->offset == 0 && !l->delay) return;
  co_buf_printf(out, "%s\n    { element = \"", *any ? "," : "");
  *any = true;
  co_map_put_pattern(element, out);
  co_buf_puts(out, "\";");
  if (renamed) {
    co_buf_puts(out, " from = \"");
    co_map_put_pattern(from, out);
    co_buf_puts(out, "\";");
  }
  if (l->factor < 0) co_buf_puts(out, " sign = -1.0;");
  if (fabs(l->factor) != 1) put_number("scale", fabs(l->factor), out);
  if (l->offset != 0) put_number("offset", l->offset, out);
  if (l->delay)
    co_buf_printf(out, " delay = %d; fill = \"%s\";", l->delay, l->zero ? "zero" : "first");
  co_buf_puts(out, " }");
}

// A list of names where they are others, or stand elsewhere.
static void put_order(const char *key, const char *name_a, const char *name_b, size_t stride_a,
                      int count, co_buf *out) {
  int i = 0;
  while (i < count && strcmp(name_a + stride_a * (size_t)i, name_b + stride_a * (size_t)i) == 0)
    i++;
  if (i == count) return;
  co_buf_printf(out, "  %s = (", key);
  for (i = 0; i < count; i++) {
    co_buf_printf(out, "%s\"", i ? ", " : " ");
    put_string(name_a + stride_a * (size_t)i, out);
    co_buf_puts(out, "\"");
  }
  co_buf_puts(out, " );\n");
}

// ---- numbers

static double ratio(double x, double y) {
  double value = x == y ? 1 : x == -y ? -1 : x / y;
  return isfinite(value) && value != 0 ? value : 1;
}

// What is left of rounding is nothing.
static double difference(double x, double y) {
  double size = fmax(fabs(x), fabs(y));
  return co_is_close(x, y, size) ? 0 : x - y;
}

// -1 where a joint turns the other way in B.
static double turn_of(const writer *w, const char *element) {
  int turn = co_element_turn(w->a, element);
  return turn >= 0 && w->diff->turned[turn] ? -1 : 1;
}

static double pose_of(const co_contract *contract, const char *element) {
  int joint = co_element_joint(contract, element);
  return joint >= 0 ? contract->pose[joint].value : 0;
}

// What a control commands is the product with its drive's unit.
static double command_of(const co_action_element *own, const co_action_element *other) {
  bool known = strcmp(own->kind, "ctrl") == 0 && strcmp(other->kind, "ctrl") == 0 &&
               strcmp(own->drive.kind, other->drive.kind) == 0 && isfinite(own->drive.unit) &&
               isfinite(other->drive.unit) && own->drive.unit != other->drive.unit;
  return own->scale * (known ? own->drive.unit : 1);
}

// B's action from A's, i, but for what the pose moves.
static line action_line(const writer *w, int i, const co_action_element *b) {
  const co_action_element *a = &w->a->action[i];
  double turn = turn_of(w, a->name), x = a->offset, y = b->offset;
  if (co_action_is_target(a) && co_action_is_target(b)) {
    x = difference(x, pose_of(w->a, a->name));
    y = difference(y, pose_of(w->b, b->name));
  }
  double offset = difference(turn * x, y) / (b->scale != 0 ? b->scale : 1);
  return (line){turn * ratio(command_of(a, b), command_of(b, a)), offset, 0, false};
}

static double moved_by_pose(const writer *w, int i, const co_action_element *b) {
  const co_action_element *a = &w->a->action[i];
  bool both = co_action_is_target(a) && co_action_is_target(b) && b->scale != 0;
  if (!both || co_element_joint(w->a, a->name) < 0) return 0;
  return difference(turn_of(w, a->name) * pose_of(w->a, a->name), pose_of(w->b, b->name)) /
         b->scale;
}

// Index of the action that an observation of the last one shows, -1: none.
static int shown_action(const co_contract *contract, const co_obs_element *element) {
  const char *slash = strchr(element->name, '/'), *own = slash ? slash + 1 : "";
  size_t length = strcspn(own, "@");
  for (int i = 0; strcmp(element->term, "last_action") == 0 && i < contract->num_action; i++)
    if (strlen(contract->action[i].name) == length &&
        strncmp(own, contract->action[i].name, length) == 0)
      return i;
  return -1;
}

// A's observation i from B's.
static line obs_line(const writer *w, int i, const co_obs_element *b) {
  const co_obs_element *a = &w->a->obs[i];
  line l = {.factor = ratio(a->scale, b->scale), .zero = a->fill};
  int action = shown_action(w->a, a);
  double offset = 0;
  if (action >= 0 && w->diff->action.b_of_a[action] >= 0) {
    const co_action_element *to = &w->b->action[w->diff->action.b_of_a[action]];
    line of = action_line(w, action, to);
    l.factor = of.factor == 1 ? l.factor : l.factor / of.factor;
    offset = -a->scale * (of.offset + moved_by_pose(w, action, to)) / of.factor;
  } else if (co_obs_is_directed(a)) {
    l.factor *= turn_of(w, a->name);
  }
  l.offset = difference(a->offset + offset, l.factor * b->offset);
  if (isfinite(a->delay) && isfinite(b->delay) && a->delay > b->delay && a->delay - b->delay <= 64)
    l.delay = (int)(a->delay - b->delay);
  return l;
}

// ---- parts of the map

static void put_observations(const writer *w) {
  bool any = false;
  put_order("observation_order", w->a->obs->name, w->b->obs->name, sizeof *w->a->obs, w->a->num_obs,
            w->out);
  size_t begin = w->out->size;
  co_buf_puts(w->out, "  observation = (");
  for (int i = 0; i < w->a->num_obs; i++) {
    const co_obs_element *b = &w->b->obs[w->diff->observation.b_of_a[i]];
    line l = obs_line(w, i, b);
    put_line(w->a->obs[i].name, b->name, &l, &any, w->out);
  }
  if (any)
    co_buf_puts(w->out, "\n  );\n");
  else if (!w->out->failed)
    w->out->data[w->out->size = begin] = '\0';
}

static void put_actions(const writer *w) {
  bool any = false;
  put_order("action_order", w->a->action->name, w->b->action->name, sizeof *w->a->action,
            w->a->num_action, w->out);
  size_t begin = w->out->size;
  co_buf_puts(w->out, "  action = (");
  for (int j = 0; j < w->b->num_action; j++) {
    int i = w->diff->action.a_of_b[j];
    line l = action_line(w, i, &w->b->action[j]);
    put_line(w->b->action[j].name, w->a->action[i].name, &l, &any, w->out);
  }
  if (any)
    co_buf_puts(w->out, "\n  );\n");
  else if (!w->out->failed)
    w->out->data[w->out->size = begin] = '\0';
}

// Whether something in B counts from where a joint of its pose stands.
static bool is_counted_from(const co_contract *b, int joint) {
  for (int j = 0; j < b->num_obs; j++)
    if (strcmp(b->obs[j].term, "joint_pos") == 0 && co_element_joint(b, b->obs[j].name) == joint)
      return true;
  for (int j = 0; j < b->num_action; j++)
    if (co_action_is_target(&b->action[j]) && co_element_joint(b, b->action[j].name) == joint)
      return true;
  return false;
}

static void put_pose(const writer *w) {
  bool any = false;
  for (int i = 0; i < w->a->num_pose; i++) {
    const co_pose_element *joint = &w->a->pose[i];
    int j = 0;
    while (j < w->b->num_pose && strcmp(w->b->pose[j].joint, joint->joint) != 0) j++;
    double value = w->diff->turned[i] ? -joint->value : joint->value;
    if (j == w->b->num_pose || co_is_close(value, w->b->pose[j].value, 0)) continue;
    if (!is_counted_from(w->b, j)) continue;
    co_buf_puts(w->out, any ? ",\n    { of = \"" : "  pose = (\n    { of = \"");
    any = true;
    co_map_put_pattern(joint->joint, w->out);
    co_buf_puts(w->out, "\";");
    put_number("value", value, w->out);
    co_buf_puts(w->out, " }");
  }
  if (any) co_buf_puts(w->out, "\n  );\n");
}

// Whether B has such a place to see from.
static bool knows_frame(const co_contract *b, const char *name) {
  if (!*name || strcmp(name, "world") == 0) return true;
  for (int i = 0; i < b->num_frames; i++)
    if (strcmp(b->frame[i].name, name) == 0) return true;
  return false;
}

// A vector is three elements of one term, x, y, z, that are seen from one place.
static bool is_vector(const writer *w, int i) {
  static const char *const axis[] = {"x", "y", "z"};
  const co_obs_element *first = &w->a->obs[i];
  int from = w->diff->observation.b_of_a[i];
  for (int k = 0; k < 3; k++) {
    if (i + k >= w->a->num_obs || w->diff->observation.b_of_a[i + k] != from + k) return false;
    const co_obs_element *a = first + k, *b = &w->b->obs[from + k];
    if (strcmp(co_element_tail(a->name), axis[k]) != 0 || strcmp(a->term, first->term) != 0 ||
        strcmp(a->frame, first->frame) != 0 || strcmp(b->frame, w->b->obs[from].frame) != 0)
      return false;
  }
  return true;
}

static const char *frame_name(const char *frame) {
  return *frame ? frame : "world";
}

static void put_turns(const writer *w) {
  bool any = false;
  for (int i = 0; i < w->a->num_obs; i++) {
    const co_obs_element *a = &w->a->obs[i], *b = &w->b->obs[w->diff->observation.b_of_a[i]];
    if (strcmp(frame_name(a->frame), frame_name(b->frame)) == 0 || !knows_frame(w->b, a->frame) ||
        !is_vector(w, i))
      continue;
    co_buf_puts(w->out, any ? ",\n    { of = \"" : "  turn = (\n    { of = \"");
    any = true;
    for (int k = 0; k < 3; k++) {
      if (k) co_buf_puts(w->out, "|");
      co_map_put_pattern(b[k].name, w->out);
    }
    co_buf_puts(w->out, "\"; from = \"");
    put_string(frame_name(b->frame), w->out);
    co_buf_puts(w->out, "\"; to = \"");
    put_string(frame_name(a->frame), w->out);
    co_buf_puts(w->out, "\"; }");
    i += 2;
  }
  if (any) co_buf_puts(w->out, "\n  );\n");
}

// ---- the whole

static co_status check_partners(const char *what, const char *name_a, const char *name_b,
                                size_t stride, const co_match *match) {
  for (int i = 0; i < match->num_a; i++)
    if (match->b_of_a[i] < 0)
      return co_fail(CO_CONFIG, "%s %d of A, %s, has no partner in B: no map of rows can add it",
                     what, i, name_a + stride * (size_t)i);
  for (int j = 0; j < match->num_b; j++)
    if (match->a_of_b[j] < 0)
      return co_fail(CO_CONFIG, "%s %d of B, %s, has no partner in A: no map of rows can drop it",
                     what, j, name_b + stride * (size_t)j);
  return CO_OK;
}

co_status co_contract_map_write(const co_contract *a, const co_contract *b,
                                const co_contract_diff *diff, co_buf *out) {
  assert(a && b && diff && out);
  const writer w = {a, b, diff, out};
  CO_TRY(check_partners("observation", a->obs->name, b->obs->name, sizeof *a->obs,
                        &diff->observation));
  CO_TRY(
      check_partners("action", a->action->name, b->action->name, sizeof *a->action, &diff->action));
  co_buf_puts(out, "map = {\n  format = 1;\n  task = \"");
  put_string(b->task, out);
  co_buf_puts(out, "\";\n");
  put_observations(&w);
  put_actions(&w);
  put_pose(&w);
  put_turns(&w);
  co_buf_puts(out, "};\n");
  return co_buf_status(out);
}

// ---- the same as numbers

// What the default poses add, which a map says apart.
static double posed(const writer *w, int i, const co_obs_element *b, double factor) {
  const co_obs_element *a = &w->a->obs[i];
  int of_a = co_element_joint(w->a, a->name), of_b = co_element_joint(w->b, b->name);
  bool both = strcmp(a->term, "joint_pos") == 0 && strcmp(b->term, "joint_pos") == 0;
  if (!both || of_a < 0 || of_b < 0 || b->scale == 0) return 0;
  double turn = turn_of(w, a->name);
  return factor * b->scale * difference(w->b->pose[of_b].value, turn * w->a->pose[of_a].value);
}

static void fill_lines(const writer *w, co_element_lines *out) {
  for (int j = 0; j < w->b->num_obs; j++) {
    int i = w->diff->observation.a_of_b[j];
    out->obs[j] = (co_element_line){i, 1, 0};
    if (i < 0) continue;
    line l = obs_line(w, i, &w->b->obs[j]);
    out->obs[j] = (co_element_line){i, l.factor, l.offset + posed(w, i, &w->b->obs[j], l.factor)};
  }
  for (int j = 0; j < w->b->num_action; j++) {
    int i = w->diff->action.a_of_b[j];
    out->action[j] = (co_element_line){i, 1, 0};
    if (i < 0) continue;
    line l = action_line(w, i, &w->b->action[j]);
    out->action[j] =
        (co_element_line){i, l.factor, l.offset + moved_by_pose(w, i, &w->b->action[j])};
  }
}

static void fill_places(const co_contract *a, const co_contract *b, co_element_lines *out) {
  for (int j = 0; j < b->num_obs; j++)
    out->obs[j] = (co_element_line){j < a->num_obs ? j : -1, 1, 0};
  for (int j = 0; j < b->num_action; j++)
    out->action[j] = (co_element_line){j < a->num_action ? j : -1, 1, 0};
}

co_status co_element_lines_make(const co_contract *a, const co_contract *b,
                                const co_contract_diff *diff, co_element_lines *out) {
  *out = (co_element_lines){co_alloc((size_t)b->num_obs + 1, sizeof *out->obs),
                            co_alloc((size_t)b->num_action + 1, sizeof *out->action)};
  if (!out->obs || !out->action) {
    co_element_lines_free(out);
    return CO_MEMORY;
  }
  if (diff)
    fill_lines(&(writer){.a = a, .b = b, .diff = diff}, out);
  else
    fill_places(a, b, out);
  return CO_OK;
}

void co_element_lines_free(co_element_lines *lines) {
  free(lines->obs);
  free(lines->action);
  *lines = (co_element_lines){0};
}
