#include "envs/task/terms/terms.h"

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

const co_floats *co_term_held(const co_term *term) {
  if (!term->class->observe) return &term->def->value;
  return term->def->hold.count ? &term->def->hold : NULL;
}

const co_term_class *co_term_find(co_term_kind kind, const char *name) {
  for (const co_term_class *class = co_term_table(kind); class->name; class ++) {
    if (strcmp(class->name, name) == 0) return class;
  }
  return NULL;
}

bool co_action_is_kind(const char *kind) {
  return strcmp(kind, "torque") == 0 || co_term_find(CO_TERM_ACTION, kind);
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
