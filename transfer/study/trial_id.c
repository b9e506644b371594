#include "transfer/study/trial_id.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const co_trial_kind_facts co_trial_kind_table[CO_NUM_TRIAL_KINDS] = {
#define X(kind, name, leaves) {name, leaves},
    CO_TRIAL_KINDS(X)
#undef X
};

enum { MOST_PART = 47, MOST_DIGITS = 7, MOST_SHOWN = 80 };

bool co_trial_part_is_fine(const char *name) {
  if (!*name || strlen(name) > MOST_PART || name[0] == '-') return false;
  for (const char *c = name; *c; c++)
    if (!((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') ||
          *c == '_' || *c == '-'))
      return false;
  return true;
}

// ---- printing

static void append(char *id, const char *what, int number) {
  size_t used = strlen(id);
  if (number >= 0) snprintf(id + used, CO_TRIAL_ID - used, ".%s%d", what, number);
}

void co_trial_id_print(const co_trial_parts *parts, char out[CO_TRIAL_ID]) {
  assert(parts->kind < CO_NUM_TRIAL_KINDS && parts->seed >= 0);
  snprintf(out, CO_TRIAL_ID, "%s.%.*s.%.*s.%.*s", co_trial_kind_table[parts->kind].name, MOST_PART,
           parts->source, MOST_PART, parts->target, MOST_PART, parts->strategy);
  append(out, "s", parts->seed);
  append(out, "t", parts->stage);
  append(out, "c", parts->candidate);
}

// ---- parsing

// What is left of an id, and the whole of it for messages.
typedef struct reader {
  const char *id, *rest;  // rest NULL: nothing
} reader;

static co_status fail(const reader *in, const char *what) {
  return co_fail(CO_CONFIG,
                 "\"%.*s\" is no trial: %s (kind.source.target.strategy.sN, behind it .tSTAGE and "
                 ".cCANDIDATE)",
                 MOST_SHOWN, in->id, what);
}

// The next part, up to a dot; "" where there is none, or where it is too long for any.
static void take(reader *in, char out[CO_NAME]) {
  size_t size = in->rest ? strcspn(in->rest, ".") : 0;
  *out = '\0';
  if (size < CO_NAME && size) snprintf(out, CO_NAME, "%.*s", (int)size, in->rest);
  if (in->rest) in->rest = in->rest[size] ? in->rest + size + 1 : NULL;
}

static co_status take_kind(reader *in, co_trial_kind *out) {
  char part[CO_NAME];
  take(in, part);
  for (int i = 0; i < CO_NUM_TRIAL_KINDS; i++) {
    if (strcmp(part, co_trial_kind_table[i].name) != 0) continue;
    *out = (co_trial_kind)i;
    return CO_OK;
  }
  return fail(in, "it begins with no kind of trial");
}

static co_status take_name(reader *in, const char *missing, char out[CO_NAME]) {
  take(in, out);
  return strcmp(out, "-") == 0 || co_trial_part_is_fine(out) ? CO_OK : fail(in, missing);
}

// A number as it is printed: digits, no zeros in front.
static bool is_number(const char *text) {
  size_t digits = strspn(text, "0123456789");
  return digits && !text[digits] && digits <= MOST_DIGITS && (text[0] != '0' || digits == 1);
}

// Parts in any other order than they are printed in are none.
static co_status take_numbers(reader *in, co_trial_parts *out) {
  static const char letter[] = "stc";
  int *number[] = {&out->seed, &out->stage, &out->candidate};
  *number[0] = *number[1] = *number[2] = -1;
  int next = 0;
  do {
    char part[CO_NAME];
    take(in, part);
    const char *at = *part ? strchr(letter + next, *part) : NULL;
    if (next == 0 && at != letter) return fail(in, "it has no seed, sN, behind its strategy");
    if (!at) return fail(in, "behind its seed stands neither a stage nor a candidate");
    if (!is_number(part + 1)) return fail(in, "what follows s, t or c is no number");
    next = (int)(at - letter);
    *number[next++] = atoi(part + 1);
  } while (in->rest);
  return CO_OK;
}

co_status co_trial_id_parse(const char *id, co_trial_parts *out) {
  reader in = {id, id};
  co_trial_parts parts;
  CO_TRY(take_kind(&in, &parts.kind));
  CO_TRY(take_name(&in, "its source is neither a name nor -", parts.source));
  CO_TRY(take_name(&in, "its target is neither a name nor -", parts.target));
  CO_TRY(take_name(&in, "its strategy is neither a name nor -", parts.strategy));
  CO_TRY(take_numbers(&in, &parts));
  *out = parts;
  return CO_OK;
}
