#include "agents/import/private/fact_rows.h"

#include <math.h>
#include <stdio.h>

static co_json *names_json(const co_fact_names *names) {
  co_json *array = co_json_array();
  for (int i = 0; i < names->count; i++) co_json_add(array, co_json_string(names->name[i]));
  return array;
}

static co_json *fact_json(const co_fact_row *row, const co_fact *fact) {
  if (!fact->stated) return co_json_null();
  switch (row->kind) {
    case CO_FACT_TEXT: return co_json_string(((const co_fact_text *)fact)->value);
    case CO_FACT_NUMBER: return co_json_number(((const co_fact_number *)fact)->value);
    case CO_FACT_NUMBERS: {
      const co_fact_numbers *list = (const co_fact_numbers *)fact;
      if (!list->count) return co_json_null();
      if (list->count == 1) return co_json_number(list->value[0]);
      return co_json_numbers(list->value, list->count);
    }
    case CO_FACT_NAMES: return names_json((const co_fact_names *)fact);
    case CO_FACT_NOTE: break;
  }
  return co_json_null();
}

// Takes `value` over.
static co_status tell(co_fact_visit visit, void *context, const char *path, co_json *value,
                      const co_fact *fact) {
  co_origin from = fact->stated ? fact->from : CO_FROM_UNKNOWN;
  co_status status = visit(context, path, value, from, fact->place ? fact->place : "");
  co_json_free(value);
  return status;
}

static void set_text(co_json *object, const char *key, const char *text) {
  if (text) co_json_set_string(object, key, text);
}

static co_json *term_json(const co_fact_term *term) {
  co_json *object = co_json_object();
  co_json_set_string(object, "term", term->term);
  if (term->start >= 0) co_json_set_int(object, "start", term->start);
  if (term->dim >= 0) co_json_set_int(object, "dim", term->dim);
  for (const co_fact_row *row = co_term_rows; row->path; row++) {
    const co_fact *fact = co_fact_in(term, row);
    if (fact->stated) co_json_set(object, row->path, fact_json(row, fact));
  }
  set_text(object, "sensor", term->sensor);
  set_text(object, "site", term->site);
  set_text(object, "frame", term->frame);
  if (term->slice[0] >= 0) {
    const double slice[2] = {term->slice[0], term->slice[1]};
    co_json_set(object, "slice", co_json_numbers(slice, 2));
  }
  if (term->history) co_json_set_int(object, "history", term->history);
  return object;
}

static co_json *commands_json(const co_facts *facts) {
  co_json *array = co_json_array();
  for (int i = 0; i < facts->num_commands; i++) {
    const co_fact_command *command = &facts->command[i];
    co_json *object = co_json_object();
    co_json_set_string(object, "name", command->name);
    if (command->unit) co_json_set_string(object, "unit", command->unit);
    if (!isnan(command->value)) co_json_set_number(object, "value", command->value);
    if (!isnan(command->low)) co_json_set_number(object, "low", command->low);
    if (!isnan(command->high)) co_json_set_number(object, "high", command->high);
    co_json_add(array, object);
  }
  return array;
}

co_status co_facts_list(const co_facts *facts, co_fact_visit visit, void *context) {
  static const co_fact nothing = {.stated = false};
  for (const co_fact_row *row = co_fact_rows; row->path; row++) {
    if (row->kind == CO_FACT_NOTE) continue;
    const co_fact *fact = co_fact_in(facts, row);
    if (!fact->stated && !row->asked) continue;
    CO_TRY(tell(visit, context, row->path, fact_json(row, fact), fact));
  }
  for (int i = 0; i < facts->num_terms; i++) {
    char path[32];
    snprintf(path, sizeof path, "observation.%d", i);
    CO_TRY(tell(visit, context, path, term_json(&facts->term[i]), &facts->term[i].at));
  }
  if (!facts->num_terms) CO_TRY(tell(visit, context, "observation", co_json_null(), &nothing));
  co_json *commands = facts->command_at.stated ? commands_json(facts) : co_json_null();
  return tell(visit, context, "command", commands, &facts->command_at);
}
