#include "envs/task/selection.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---- one alternative

// "qpos/root*": what stands before the first slash is a group.
static bool says_group(co_glob one, const char *group, const char *name) {
  const char *slash = memchr(one.text, '/', one.size);
  if (co_glob_match_one(one, group)) return true;
  if (!slash) return false;
  co_glob head = {one.text, (size_t)(slash - one.text)};
  co_glob tail = {slash + 1, one.size - head.size - 1};
  return co_glob_match_one(head, group) && co_glob_match_one(tail, name);
}

co_meeting co_glob_meets(co_glob one, const char *group, const char *name) {
  char full[512];
  if (says_group(one, group, name)) return CO_MEETS_GROUP;
  snprintf(full, sizeof full, "%s/%s", group, name);
  bool meets = co_glob_match_one(one, name) || co_glob_match_one(one, full);
  return meets ? CO_MEETS_NAME : CO_MEETS_NOT;
}

bool co_ask(co_asked *asked, const char *group, const char *name) {
  co_meeting meeting = co_glob_meets(asked->one, group, name);
  if (meeting == CO_MEETS_NOT) return false;
  int other = asked->met && strcmp(group, asked->group[0]) != 0;
  if (!asked->met || (other && !*asked->group[1])) {
    snprintf(asked->group[other], sizeof asked->group[other], "%s", group);
    snprintf(asked->name[other], sizeof asked->name[other], "%s", name);
  }
  asked->by_name = asked->by_name || meeting == CO_MEETS_NAME;
  asked->met++;
  return true;
}

bool co_asked_one_group(const co_asked *asked, const char *pattern, const char *key,
                        const co_node *node, co_schema_errors *errors) {
  char quoted[400];
  if (!asked->by_name || !*asked->group[1]) return true;
  co_schema_error(errors, node, key, "%s matches %s/%s and %s/%s: say which",
                  co_glob_quote(pattern, asked->one, quoted, sizeof quoted), asked->group[0],
                  asked->name[0], asked->group[1], asked->name[1]);
  return false;
}

// ---- quantities of a model

static bool is_allowed(const co_selection *s, int group) {
  return s->groups & CO_BIT(group);
}

static int elements_of(const co_selection *s) {
  int count = 0;
  for (int group = CO_FIRST_QUANTITY; group < CO_NUM_ELEMENTS; group++) {
    if (is_allowed(s, group)) count += s->model->elements[group].count;
  }
  return count;
}

// Where the alternative says exactly this group: what stands behind the slash.
static bool tail_of(co_glob one, const char *group, co_glob *tail) {
  size_t head = strlen(group) + 1;
  if (one.size < head || one.text[head - 1] != '/' || memcmp(one.text, group, head - 1) != 0) {
    return false;
  }
  *tail = (co_glob){one.text + head, one.size - head};
  return true;
}

static bool is_elsewhere(const co_selection *s, int group, const char *name) {
  for (int other = CO_FIRST_QUANTITY; other < CO_NUM_ELEMENTS; other++) {
    if (other == group || !is_allowed(s, other)) continue;
    if (co_model_find(s->model, (co_element)other, name) >= 0) return true;
  }
  return false;
}

// The nearest name of an allowed group; with the group where the pattern says it, or has to.
static const char *nearest(const co_selection *s, co_glob one, char *out, size_t size) {
  for (int group = CO_FIRST_QUANTITY; group < CO_NUM_ELEMENTS; group++) {
    const co_elements *elements = &s->model->elements[group];
    const char *label = co_element_name((co_element)group);
    char name[200];
    co_glob tail = one;
    if (!is_allowed(s, group)) continue;
    bool prefix = tail_of(one, label, &tail);
    const char *near = co_glob_suggest(tail, elements->name, elements->count, name, sizeof name);
    if (!near) continue;
    prefix = prefix || is_elsewhere(s, group, near);
    snprintf(out, size, "%s%s%s", prefix ? label : "", prefix ? "/" : "", near);
    return out;
  }
  return NULL;
}

// The first element that the alternative meets in groups that are not allowed.
static const char *barred(const co_selection *s, co_glob one, char *out, size_t size) {
  for (int group = CO_FIRST_QUANTITY; group < CO_NUM_ELEMENTS; group++) {
    const co_elements *elements = &s->model->elements[group];
    const char *label = co_element_name((co_element)group);
    for (int i = 0; !is_allowed(s, group) && i < elements->count; i++) {
      if (co_glob_meets(one, label, elements->name[i]) == CO_MEETS_NOT) continue;
      snprintf(out, size, "%s/%s", label, elements->name[i]);
      return out;
    }
  }
  return NULL;
}

static bool report_no_match(const co_selection *s, co_glob one, co_schema_errors *errors) {
  char quoted[400], name[300];
  const char *other = barred(s, one, name, sizeof name);
  if (other) {
    co_schema_error(errors, s->node, s->key,
                    "%s matches no element of %s that can stand here, and %s cannot",
                    co_glob_quote(s->pattern, one, quoted, sizeof quoted), s->model->name, other);
    return false;
  }
  const char *near = nearest(s, one, name, sizeof name);
  co_schema_error(errors, s->node, s->key, "%s matches no element of %s%s%s%s",
                  co_glob_quote(s->pattern, one, quoted, sizeof quoted), s->model->name,
                  near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
  return false;
}

// Asks one alternative about every element; those it meets are appended, each once.
typedef struct selecting {
  const co_selection *about;
  bool *taken;  // (elements of all groups)
  co_ref *ref;
  int size;
} selecting;

static bool select_one(selecting *s, co_glob one, co_schema_errors *errors) {
  const co_selection *about = s->about;
  co_asked asked = {.one = one};
  int at = 0;
  for (int group = CO_FIRST_QUANTITY; group < CO_NUM_ELEMENTS; group++) {
    const co_elements *elements = &about->model->elements[group];
    co_element kind = (co_element)group;
    for (int i = 0; is_allowed(about, group) && i < elements->count; i++, at++) {
      if (!co_ask(&asked, co_element_name(kind), elements->name[i]) || s->taken[at]) continue;
      s->taken[at] = true;
      s->ref[s->size++] = (co_ref){kind, i, co_model_at(about->model, kind, i)};
    }
  }
  if (!asked.met) return report_no_match(about, one, errors);
  return co_asked_one_group(&asked, about->pattern, about->key, about->node, errors);
}

static int compare_refs(const void *a, const void *b) {
  const co_ref *x = a, *y = b;
  return x->group != y->group ? (int)x->group - (int)y->group : x->index - y->index;
}

bool co_refs_select(const co_selection *selection, co_arena *arena, co_schema_errors *errors,
                    co_ref **ref, int *size) {
  size_t count = (size_t)elements_of(selection);
  selecting s = {.about = selection,
                 .taken = co_arena_alloc(arena, count, sizeof *s.taken),
                 .ref = co_arena_alloc(arena, count, sizeof *s.ref)};
  *ref = s.ref;
  *size = 0;
  if (!s.taken || !s.ref) {
    errors->text.failed = true;
    return false;
  }
  for (const char *rest = selection->pattern; rest;) {
    if (!select_one(&s, co_glob_take(&rest), errors)) return false;
  }
  if (!selection->given) qsort(s.ref, (size_t)s.size, sizeof *s.ref, compare_refs);
  *size = s.size;
  return true;
}
