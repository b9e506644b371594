#include "agents/import/facts.h"
#include "agents/import/private/fact_rows.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

void co_facts_free(co_facts *facts) {
  co_arena_free(&facts->memory);
  *facts = (co_facts){0};
}

static const char *keep(co_arena *memory, const char *text) {
  return text ? co_arena_strdup(memory, text) : NULL;
}

// What two sources say of one fact, as text.
static const char *told(co_arena *memory, const char *value, const char *place) {
  char text[256];
  snprintf(text, sizeof text, "%.120s (%.120s)", value, place ? place : "");
  return co_arena_strdup(memory, text);
}

static void add_conflict(co_facts *facts, const char *path, const char *kept, const char *at_kept,
                         const char *other, const char *at_other) {
  int count = facts->num_conflicts;
  if ((count & (count - 1)) == 0) {  // full at every power of 2
    co_fact_conflict *grown =
        co_arena_alloc(&facts->memory, count ? 2 * (size_t)count : 1, sizeof *grown);
    if (!grown) return;
    if (count) memcpy(grown, facts->conflict, (size_t)count * sizeof *grown);
    facts->conflict = grown;
  }
  facts->conflict[facts->num_conflicts++] =
      (co_fact_conflict){co_arena_strdup(&facts->memory, path), told(&facts->memory, kept, at_kept),
                         told(&facts->memory, other, at_other)};
}

static void copy_numbers(co_arena *memory, const co_fact_numbers *from, const int *order,
                         co_fact_numbers *into) {
  *into = *from;
  into->value = co_arena_alloc(memory, (size_t)from->count, sizeof *into->value);
  into->resolution = co_arena_alloc(memory, (size_t)from->count, sizeof *into->resolution);
  if (!into->value || !into->resolution) return;
  for (int i = 0; i < from->count; i++) {
    int k = order ? order[i] : i;
    into->value[i] = from->value[k];
    into->resolution[i] = from->resolution[k];
  }
}

static void copy_names(co_arena *memory, const co_fact_names *from, co_fact_names *into) {
  *into = *from;
  into->name = co_arena_alloc(memory, (size_t)from->count, sizeof *into->name);
  if (!into->name) return;
  for (int i = 0; i < from->count; i++) into->name[i] = keep(memory, from->name[i]);
}

// A fact into one that is not stated.
static void copy_fact(co_arena *memory, const co_fact_row *row, const co_fact *from,
                      const int *order, co_fact *into) {
  switch (row->kind) {
    case CO_FACT_TEXT:
      *(co_fact_text *)into = *(const co_fact_text *)from;
      ((co_fact_text *)into)->value = keep(memory, ((const co_fact_text *)from)->value);
      break;
    case CO_FACT_NUMBER: *(co_fact_number *)into = *(const co_fact_number *)from; break;
    case CO_FACT_NUMBERS:
      copy_numbers(memory, (const co_fact_numbers *)from, order, (co_fact_numbers *)into);
      break;
    case CO_FACT_NAMES:
      copy_names(memory, (const co_fact_names *)from, (co_fact_names *)into);
      break;
    case CO_FACT_NOTE: return;
  }
  into->place = keep(memory, from->place);
}

static bool differ(double a, double b, double within) {
  if (isnan(a) || isnan(b)) return isnan(a) != isnan(b);
  return fabs(a - b) > within;
}

static void compare_numbers(co_facts *facts, const char *path, const co_fact_numbers *a,
                            const co_fact_numbers *b, const int *order) {
  char kept[64], other[64], below[160];
  if (a->count != b->count && a->count != 1 && b->count != 1) {
    snprintf(kept, sizeof kept, "%d numbers", a->count);
    snprintf(other, sizeof other, "%d numbers", b->count);
    add_conflict(facts, path, kept, a->at.place, other, b->at.place);
    return;
  }
  int count = a->count > b->count ? a->count : b->count;
  if (a->count == 0 || b->count == 0) count = a->count != b->count;
  for (int i = 0; i < count; i++) {
    int j = a->count == 1 ? 0 : i, k = b->count == 1 ? 0 : order ? order[i] : i;
    double x = a->count ? a->value[j] : (double)NAN, y = b->count ? b->value[k] : (double)NAN;
    double within = a->count && b->count ? a->resolution[j] + b->resolution[k] : 0;
    if (!differ(x, y, within)) continue;
    snprintf(kept, sizeof kept, "%.9g", x);
    snprintf(other, sizeof other, "%.9g", y);
    snprintf(below, sizeof below, "%.120s.%d", path, i);
    add_conflict(facts, below, kept, a->at.place, other, b->at.place);
    return;
  }
}

static void compare_names(co_facts *facts, const char *path, const co_fact_names *a,
                          const co_fact_names *b) {
  char kept[64], other[64], below[160];
  for (int i = 0; a->count == b->count && i < a->count; i++) {
    if (strcmp(a->name[i], b->name[i]) == 0) continue;
    snprintf(below, sizeof below, "%.120s.%d", path, i);
    add_conflict(facts, below, a->name[i], a->at.place, b->name[i], b->at.place);
    return;
  }
  if (a->count == b->count) return;
  snprintf(kept, sizeof kept, "%d names", a->count);
  snprintf(other, sizeof other, "%d names", b->count);
  add_conflict(facts, path, kept, a->at.place, other, b->at.place);
}

static void compare_fact(co_facts *facts, const char *path, const co_fact_row *row,
                         const co_fact *a, const co_fact *b, const int *order) {
  char kept[64], other[64];
  switch (row->kind) {
    case CO_FACT_TEXT: {
      const char *x = ((const co_fact_text *)a)->value, *y = ((const co_fact_text *)b)->value;
      if (x && y && strcmp(x, y) != 0) add_conflict(facts, path, x, a->place, y, b->place);
      break;
    }
    case CO_FACT_NUMBER: {
      double x = ((const co_fact_number *)a)->value, y = ((const co_fact_number *)b)->value;
      if (!differ(x, y, a->resolution + b->resolution)) break;
      snprintf(kept, sizeof kept, "%.9g", x);
      snprintf(other, sizeof other, "%.9g", y);
      add_conflict(facts, path, kept, a->place, other, b->place);
      break;
    }
    case CO_FACT_NUMBERS:
      compare_numbers(facts, path, (const co_fact_numbers *)a, (const co_fact_numbers *)b, order);
      break;
    case CO_FACT_NAMES:
      compare_names(facts, path, (const co_fact_names *)a, (const co_fact_names *)b);
      break;
    case CO_FACT_NOTE: break;
  }
}

// Lists by joint, or by action where each joint has one.
static bool is_by_joint(const co_facts *facts, const co_fact_row *row, const co_fact *fact) {
  if (row->kind != CO_FACT_NUMBERS) return false;
  int count = ((const co_fact_numbers *)fact)->count;
  return (row->per == CO_PER_JOINT || row->per == CO_PER_ACTION) && count == facts->joints.count;
}

// Rows of a struct in `from` into those of one in `into`. `prefix` goes before the paths of
// conflicts.
static void merge_rows(co_facts *facts, const char *prefix, const co_fact_row *rows,
                       const void *from, const int *order, void *into) {
  for (const co_fact_row *row = rows; row->path; row++) {
    if (row->kind == CO_FACT_NOTE) continue;
    const co_fact *one = co_fact_in(from, row);
    co_fact *two = co_fact_at(into, row);
    const int *its = is_by_joint(facts, row, one) ? order : NULL;
    if (!one->stated) continue;
    // what was inferred or is a habit gives way to what somebody says
    bool weak = two->from == CO_FROM_INFERRED || two->from == CO_FROM_DEFAULT;
    bool strong = one->from == CO_FROM_FILE || one->from == CO_FROM_USER;
    if (!two->stated || (weak && strong)) {
      copy_fact(&facts->memory, row, one, its, two);
      continue;
    }
    if (!weak && !strong) continue;
    char path[160];
    snprintf(path, sizeof path, "%.60s%.90s", prefix, row->path);
    compare_fact(facts, path, row, two, one, its);
  }
}

// Where joint i of `into` stands among those of `from`; NULL where the two are not the same set, or
// have the same order.
static const int *order_by_name(co_facts *into, const co_fact_names *from) {
  const co_fact_names *to = &into->joints;
  if (!to->count || to->count != from->count) return NULL;
  int *order = co_arena_alloc(&into->memory, (size_t)to->count, sizeof *order);
  bool same = true;
  for (int i = 0; order && i < to->count; i++) {
    int k = 0;
    while (k < from->count && strcmp(from->name[k], to->name[i]) != 0) k++;
    if (k == from->count) return NULL;
    order[i] = k;
    same = same && k == i;
  }
  return same ? NULL : order;
}

static void copy_term(co_facts *facts, const co_fact_term *from, co_fact_term *into) {
  *into = co_fact_term_empty();
  merge_rows(facts, "", co_term_rows, from, NULL, into);
  into->at = from->at;
  into->at.place = keep(&facts->memory, from->at.place);
  into->stated_as = keep(&facts->memory, from->stated_as);
  into->term = keep(&facts->memory, from->term);
  into->start = from->start, into->dim = from->dim, into->history = from->history;
  memcpy(into->slice, from->slice, sizeof into->slice);
  into->sensor = keep(&facts->memory, from->sensor);
  into->site = keep(&facts->memory, from->site);
  into->frame = keep(&facts->memory, from->frame);
  into->note = keep(&facts->memory, from->note);
}

static void merge_term(co_facts *facts, int i, const co_fact_term *from, co_fact_term *into) {
  char path[32], kept[64], other[64];
  snprintf(path, sizeof path, "observation.%d.", i);
  merge_rows(facts, path, co_term_rows, from, NULL, into);
  const struct {
    const char *key;
    int from, *into;
  } number[] = {{"dim", from->dim, &into->dim}, {"start", from->start, &into->start}};
  for (int k = 0; k < 2; k++) {
    if (*number[k].into < 0) *number[k].into = number[k].from;
    if (number[k].from < 0 || number[k].from == *number[k].into) continue;
    snprintf(path, sizeof path, "observation.%d.%s", i, number[k].key);
    snprintf(kept, sizeof kept, "%d", *number[k].into);
    snprintf(other, sizeof other, "%d", number[k].from);
    add_conflict(facts, path, kept, into->at.place, other, from->at.place);
  }
  if (!into->history) into->history = from->history;
  if (into->slice[0] < 0) memcpy(into->slice, from->slice, sizeof into->slice);
  if (!into->sensor) into->sensor = keep(&facts->memory, from->sensor);
  if (!into->site) into->site = keep(&facts->memory, from->site);
  if (!into->frame) into->frame = keep(&facts->memory, from->frame);
  if (!into->note) into->note = keep(&facts->memory, from->note);
}

static void merge_terms(const co_facts *from, co_facts *into) {
  if (!from->num_terms) return;
  if (!into->num_terms) {
    into->term = co_arena_alloc(&into->memory, (size_t)from->num_terms, sizeof *into->term);
    if (!into->term) return;
    into->num_terms = from->num_terms;
    for (int i = 0; i < from->num_terms; i++) copy_term(into, &from->term[i], &into->term[i]);
    return;
  }
  char kept[64], other[64];
  if (into->num_terms != from->num_terms) {
    snprintf(kept, sizeof kept, "%d terms", into->num_terms);
    snprintf(other, sizeof other, "%d terms", from->num_terms);
    add_conflict(into, "observation", kept, into->term->at.place, other, from->term->at.place);
    return;
  }
  for (int i = 0; i < from->num_terms; i++) {
    co_fact_term *a = &into->term[i];
    const co_fact_term *b = &from->term[i];
    char path[32];
    snprintf(path, sizeof path, "observation.%d.term", i);
    if (strcmp(a->term, b->term) == 0) {
      merge_term(into, i, b, a);
    } else {
      add_conflict(into, path, a->term, a->at.place, b->term, b->at.place);
    }
  }
}

static void copy_command(co_facts *facts, const co_fact_command *from, co_fact_command *into) {
  *into = *from;
  into->name = keep(&facts->memory, from->name);
  into->unit = keep(&facts->memory, from->unit);
}

// The element of `into` that element i of `from` is: by its name, or by its place where one of both
// has none.
static co_fact_command *find_command(const co_facts *from, int i, co_facts *into) {
  const char *name = from->command[i].name;
  for (int k = 0; k < into->num_commands; k++)
    if (strcmp(into->command[k].name, name) == 0) return &into->command[k];
  if (into->num_commands != from->num_commands) return NULL;
  bool nameless = isdigit((unsigned char)*name) || isdigit((unsigned char)*into->command[i].name);
  return nameless ? &into->command[i] : NULL;
}

static void merge_end(co_facts *into, const char *path, double from, const co_fact *place,
                      double *to) {
  enum { PER_DIGIT = 2000 };  // exporters write three decimals
  char kept[64], other[64];
  if (isnan(*to)) *to = from;
  if (isnan(from) || !differ(*to, from, 1.0 / PER_DIGIT)) return;
  snprintf(kept, sizeof kept, "%.9g", *to);
  snprintf(other, sizeof other, "%.9g", from);
  add_conflict(into, path, kept, into->command_at.place, other, place->place);
}

static void merge_command(const co_facts *from, int i, co_facts *into) {
  const co_fact_command *b = &from->command[i];
  co_fact_command *a = find_command(from, i, into);
  char path[128];
  if (!a) {
    snprintf(path, sizeof path, "%d elements", into->num_commands);
    add_conflict(into, "command", path, into->command_at.place, b->name, from->command_at.place);
    return;
  }
  if (isnan(a->value)) a->value = b->value;
  if (!a->unit) a->unit = keep(&into->memory, b->unit);
  snprintf(path, sizeof path, "command.%.80s.low", a->name);
  merge_end(into, path, b->low, &from->command_at, &a->low);
  snprintf(path, sizeof path, "command.%.80s.high", a->name);
  merge_end(into, path, b->high, &from->command_at, &a->high);
}

static void merge_commands(const co_facts *from, co_facts *into) {
  if (!from->command_at.stated) return;
  if (into->command_at.stated) {
    for (int i = 0; i < from->num_commands; i++) merge_command(from, i, into);
    return;
  }
  into->command_at = from->command_at;
  into->command_at.place = keep(&into->memory, from->command_at.place);
  into->command = co_arena_alloc(&into->memory, (size_t)from->num_commands, sizeof *into->command);
  if (!into->command) return;
  into->num_commands = from->num_commands;
  for (int i = 0; i < from->num_commands; i++)
    copy_command(into, &from->command[i], &into->command[i]);
}

co_status co_facts_merge(const co_facts *from, co_facts *into) {
  const int *order = order_by_name(into, &from->joints);
  merge_rows(into, "", co_fact_rows, from, order, into);
  merge_terms(from, into);
  merge_commands(from, into);
  if (!into->urdf) into->urdf = keep(&into->memory, from->urdf);
  for (const co_fact_row *row = co_fact_rows; row->path; row++)
    if (row->kind == CO_FACT_NUMBER && !co_fact_in(into, row)->stated)
      ((co_fact_number *)co_fact_at(into, row))->value = (double)NAN;
  return co_arena_status(&into->memory);
}
