#include "envs/terms.h"

#include "core/text.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

const char *co_term_kind_name(co_term_kind kind) {
  static const char *const name[] = {
#define X(id, text, table) [id] = text,
      CO_TERM_KIND_LIST(X)
#undef X
  };
  assert(kind < CO_NUM_TERM_KINDS);
  return name[kind];
}

const co_term_class *co_term_table(co_term_kind kind) {
  static const co_term_class *const table[] = {
      [CO_TERM_OBSERVATION] = co_observation_terms,
      [CO_TERM_ACTION] = co_action_terms,
      [CO_TERM_REWARD] = co_reward_terms,
      [CO_TERM_TERMINATE] = co_over_terms,
      [CO_TERM_SUCCESS] = co_over_terms,
      [CO_TERM_RESET] = co_reset_terms,
      [CO_TERM_COMMAND] = co_command_terms,
  };
  assert(kind < CO_NUM_TERM_KINDS);
  return table[kind];
}

const co_term_class *co_term_find(co_term_kind kind, const char *name) {
  for (const co_term_class *class = co_term_table(kind); class->name; class ++) {
    if (strcmp(class->name, name) == 0) return class;
  }
  return NULL;
}

bool co_word_in(const char *list, const char *word) {
  size_t length = strlen(word);
  for (const char *at = list; (at = strstr(at, word)); at += length) {
    bool starts = at == list || at[-1] == ' ';
    if (starts && (at[length] == ' ' || at[length] == '\0')) return true;
  }
  return false;
}

const char *co_ref_name(const co_model *model, co_ref ref) {
  assert(ref.group < CO_NUM_ELEMENTS && ref.index < model->elements[ref.group].count);
  return model->elements[ref.group].name[ref.index];
}

bool co_term_check_range(const co_term_def *def, int size, const co_node *node,
                         co_schema_errors *errors) {
  int from = (int)def->from, count = (int)def->count;
  if (from + count <= size && from < size) return true;
  if (count) {
    co_schema_error(errors, node, "count", "from %d, %d of them, but there %s only %d", from, count,
                    size == 1 ? "is" : "are", size);
  } else {
    co_schema_error(errors, node, "from", "must be below %d, as many as there are", size);
  }
  return false;
}

void *co_term_alloc(const co_term_binder *binder, int count, size_t size) {
  assert(count >= 0);
  void *block = co_arena_alloc(binder->arena, (size_t)count, size);
  if (!block) binder->errors->text.failed = true;
  return block;
}

static bool matches(const char *pattern, co_element group, const char *name) {
  char full[512];
  snprintf(full, sizeof full, "%s/%s", co_element_name(group), name);
  return co_glob_match(pattern, full) || co_glob_match(pattern, name) ||
         co_glob_match(pattern, co_element_name(group));
}

static bool is_taken(const co_ref *ref, int size, co_element group, int index) {
  for (int i = 0; i < size; i++) {
    if (ref[i].group == group && ref[i].index == index) return true;
  }
  return false;
}

// Appends the elements that match one pattern and are not there yet.
static void select_matches(const co_model *model, unsigned groups, const char *pattern, co_ref *ref,
                           int *size) {
  for (int group = CO_FIRST_QUANTITY; group < CO_NUM_ELEMENTS; group++) {
    const co_elements *elements = &model->elements[group];
    if (!(groups & CO_BIT(group))) continue;
    for (int i = 0; i < elements->count; i++) {
      if (!matches(pattern, (co_element)group, elements->name[i])) continue;
      if (is_taken(ref, *size, (co_element)group, i)) continue;
      ref[(*size)++] = (co_ref){(co_element)group, i, co_model_at(model, (co_element)group, i)};
    }
  }
}

static size_t elements_of(const co_model *model, unsigned groups) {
  size_t count = 0;
  for (int group = CO_FIRST_QUANTITY; group < CO_NUM_ELEMENTS; group++) {
    if (groups & CO_BIT(group)) count += (size_t)model->elements[group].count;
  }
  return count;
}

co_status co_refs_select(const co_model *model, unsigned groups, const char *pattern, bool given,
                         co_arena *arena, co_ref **ref, int *size) {
  *ref = co_arena_alloc(arena, elements_of(model, groups), sizeof **ref);
  *size = 0;
  if (!*ref) return co_fail(CO_MEMORY, "out of memory");
  if (!given) {
    select_matches(model, groups, pattern, *ref, size);
    return CO_OK;
  }
  char *copy = co_arena_strdup(arena, pattern), *rest = NULL;
  if (!copy) return co_fail(CO_MEMORY, "out of memory");
  for (char *one = strtok_r(copy, "|", &rest); one; one = strtok_r(NULL, "|", &rest)) {
    select_matches(model, groups, one, *ref, size);
  }
  return CO_OK;
}
