// Which strips there are for a pair of worlds.

#include "core/memory.h"
#include "viz/show/strips.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// What is known while rows are added.
typedef struct sides {
  const co_env_info *info[2];  // info[1] NULL with one stage
  const int *obs, *action;     // b_of_a, owned
  int num_groups;
} sides;

// NULL: out of memory.
static co_strip *add(co_strips *strips, co_strip_kind kind, const char *name, const char *unit) {
  if (strips->num_rows == strips->capacity) {
    int capacity = strips->capacity ? 2 * strips->capacity : 64;
    co_strip *row = co_realloc(strips->row, (size_t)capacity, sizeof *row);
    if (!row) return NULL;
    strips->row = row;
    strips->capacity = capacity;
  }
  co_strip *strip = &strips->row[strips->num_rows++];
  *strip = (co_strip){.kind = kind, .column = {-1, -1}, .count = {1, 1}, .group = -1};
  snprintf(strip->name, sizeof strip->name, "%s", name);
  snprintf(strip->unit, sizeof strip->unit, "%s", unit);
  return strip;
}

static bool add_heading(co_strips *strips, const char *name) {
  return add(strips, CO_STRIP_HEADING, name, "") != NULL;
}

// Columns of a track lie in the order observation, action, terms, totals (viz/play/track.h).
static int first_action(const co_env_info *info) {
  return info->obs_dim;
}

static int first_term(const co_env_info *info) {
  return info->obs_dim + info->act_dim;
}

// Reward, value and return lie behind the terms, in this order (viz/play/track.c).
static bool add_totals(co_strips *strips, const sides *s) {
  static const struct {
    const char *name;
    int behind;
  } total[] = {{"return so far", 2}, {"value estimate", 1}, {"reward", 0}};
  if (!add_heading(strips, "return")) return false;
  for (int i = 0; i < 3; i++) {
    co_strip *strip = add(strips, CO_STRIP_SERIES, total[i].name, "");
    if (!strip) return false;
    for (int side = 0; side < strips->num_sides; side++)
      strip->column[side] = first_term(s->info[side]) + s->info[side]->num_terms + total[i].behind;
  }
  return true;
}

static int find_term(const co_env_info *info, const char *name) {
  for (int i = 0; info && i < info->num_terms; i++)
    if (strcmp(info->term[i], name) == 0) return i;
  return -1;
}

// The source's terms, each with the target's of the same name; then those that only the target has.
static bool add_terms(co_strips *strips, const sides *s) {
  if (!add_heading(strips, "reward terms, weighted")) return false;
  for (int side = 0; side < strips->num_sides; side++) {
    const co_env_info *info = s->info[side];
    for (int i = 0; i < info->num_terms; i++) {
      if (side == 1 && find_term(s->info[0], info->term[i]) >= 0) continue;
      co_strip *strip = add(strips, CO_STRIP_SERIES, info->term[i], "");
      if (!strip) return false;
      strip->column[side] = first_term(info) + i;
      int other = side == 0 ? find_term(s->info[1], info->term[i]) : -1;
      if (other >= 0) strip->column[1] = first_term(s->info[1]) + other;
    }
  }
  return true;
}

// Whether an element of the target has been shown beside one of the source.
static bool is_partner(const int *b_of_a, int num_a, int b) {
  for (int a = 0; a < num_a; a++)
    if (b_of_a[a] == b) return true;
  return false;
}

// Limits are those of each side: a motor may have become weaker.
static void set_action(co_strip *strip, int side, const co_env_info *info, int i) {
  strip->column[side] = first_action(info) + i;
  strip->low[side] = info->action[i].low;
  strip->high[side] = info->action[i].high;
}

static bool add_actions(co_strips *strips, const sides *s) {
  if (!add_heading(strips, "actions, limits as lines")) return false;
  for (int side = 0; side < strips->num_sides; side++) {
    const co_env_info *info = s->info[side];
    for (int i = 0; i < info->act_dim; i++) {
      if (side == 1 && is_partner(s->action, s->info[0]->act_dim, i)) continue;
      co_strip *strip = add(strips, CO_STRIP_ACTION, info->action[i].name, info->action[i].unit);
      if (!strip) return false;
      set_action(strip, side, info, i);
      if (side == 0 && s->info[1] && s->action[i] >= 0)
        set_action(strip, 1, s->info[1], s->action[i]);
    }
  }
  return true;
}

// An element with its partner.
static bool add_element(co_strips *strips, const sides *s, int side, int i, int group) {
  const co_obs_element *element = &s->info[side]->obs[i];
  co_strip *strip = add(strips, CO_STRIP_SERIES, element->name, element->unit);
  if (!strip) return false;
  strip->column[side] = i;
  if (side == 0 && s->info[1]) strip->column[1] = s->obs[i];
  strip->group = group;
  return true;
}

// Elements first .. first + returned - 1 have one term.
static int term_length(const co_env_info *info, int first) {
  int end = first + 1;
  while (end < info->obs_dim && strcmp(info->obs[end].term, info->obs[first].term) == 0) end++;
  return end - first;
}

static int find_group(const co_env_info *info, const char *term) {
  for (int i = 0; info && i < info->obs_dim; i++)
    if (strcmp(info->obs[i].term, term) == 0) return i;
  return -1;
}

static bool has_unit(const char *units, const char *unit) {
  size_t length = strlen(unit);
  for (const char *at = strstr(units, unit); at; at = strstr(at + 1, unit)) {
    bool begins = at == units || at[-1] == ' ';
    if (begins && (at[length] == '\0' || at[length] == ',')) return true;
  }
  return false;
}

// Units of the elements, each once: of a slide and a hinge "m, rad".
static void join_units(const co_env_info *info, int first, int count, char *out, size_t size) {
  size_t used = 0;
  *out = '\0';
  for (int i = first; i < first + count; i++) {
    const char *unit = info->obs[i].unit;
    if (has_unit(out, unit) || used + strlen(unit) + 3 > size) continue;
    used += (size_t)snprintf(out + used, size - used, "%s%s", used ? ", " : "", unit);
  }
}

// A term of several elements: one row for all of them, and one for each that is shown when it is
// open.
static bool add_group(co_strips *strips, sides *s, int side, int first, int count) {
  const co_env_info *info = s->info[side];
  const char *term = info->obs[first].term;
  char units[sizeof((co_strip *)0)->unit];
  join_units(info, first, count, units, sizeof units);
  co_strip *strip = add(strips, CO_STRIP_GROUP, term, units);
  if (!strip) return false;
  strip->column[side] = first;
  strip->count[side] = count;
  int other = side == 0 ? find_group(s->info[1], term) : -1;
  if (other >= 0) {
    strip->column[1] = other;
    strip->count[1] = term_length(s->info[1], other);
  }
  strip->group = s->num_groups++;
  int group = strip->group;
  for (int i = first; i < first + count; i++)
    if (!add_element(strips, s, side, i, group)) return false;
  for (int i = other; other >= 0 && i < other + term_length(s->info[1], other); i++)
    if (!is_partner(s->obs, info->obs_dim, i) && !add_element(strips, s, 1, i, group)) return false;
  return true;
}

static bool add_observations(co_strips *strips, sides *s) {
  if (!add_heading(strips, "observations by term")) return false;
  for (int side = 0; side < strips->num_sides; side++) {
    const co_env_info *info = s->info[side];
    for (int i = 0; i < info->obs_dim;) {
      int count = term_length(info, i);
      bool shown = side == 1 && find_group(s->info[0], info->obs[i].term) >= 0;
      bool added = shown || (count == 1 ? add_element(strips, s, side, i, -1)
                                        : add_group(strips, s, side, i, count));
      if (!added) return false;
      i += count;
    }
  }
  return true;
}

// ---- partners by name, where the caller knows none

// As given, or the equal name; -1 where there is none. NULL: out of memory.
static int *match(int num_a, const int *given, int num_b, const char *const *name_a,
                  const char *const *name_b) {
  int *b_of_a = co_alloc((size_t)num_a + 1, sizeof *b_of_a);
  for (int a = 0; b_of_a && a < num_a; a++) {
    b_of_a[a] = given ? given[a] : -1;
    for (int b = 0; !given && b < num_b; b++)
      if (strcmp(name_a[a], name_b[b]) == 0) b_of_a[a] = b;
    assert(b_of_a[a] < num_b);
  }
  return b_of_a;
}

// Pointers to the names of a world's elements.
static const char **names_of(const co_env_info *info, bool actions) {
  int count = !info ? 0 : actions ? info->act_dim : info->obs_dim;
  const char **name = co_alloc((size_t)count + 1, sizeof *name);
  for (int i = 0; name && i < count; i++)
    name[i] = actions ? info->action[i].name : info->obs[i].name;
  return name;
}

static int *partners(const co_env_info *const info[2], bool actions, const int *given) {
  const char **name[2] = {names_of(info[0], actions), names_of(info[1], actions)};
  int num_a = actions ? info[0]->act_dim : info[0]->obs_dim;
  int num_b = !info[1] ? 0 : actions ? info[1]->act_dim : info[1]->obs_dim;
  int *out = name[0] && name[1] ? match(num_a, given, num_b, name[0], name[1]) : NULL;
  free(name[0]);
  free(name[1]);
  return out;
}

co_status co_strips_build(const co_env_info *source, const co_env_info *target,
                          const int *obs_b_of_a, const int *action_b_of_a, co_strips *out) {
  sides s = {.info = {source, target}};
  int *obs = partners(s.info, false, obs_b_of_a), *action = partners(s.info, true, action_b_of_a);
  s.obs = obs;
  s.action = action;
  *out = (co_strips){.num_sides = target ? 2 : 1};
  for (int side = 0; side < out->num_sides; side++)
    out->control_dt[side] = s.info[side]->timestep * s.info[side]->substeps;
  bool whole = obs && action && add_totals(out, &s) && add_terms(out, &s) && add_actions(out, &s) &&
               add_observations(out, &s);
  free(obs);
  free(action);
  if (whole) return CO_OK;
  co_strips_free(out);
  return CO_MEMORY;
}

void co_strips_free(co_strips *strips) {
  free(strips->row);
  memset(strips, 0, sizeof *strips);
}
