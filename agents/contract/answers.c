#include "agents/contract/answers.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH = 2 * CO_NAME };

typedef struct asker {
  const co_contract *contract;
  co_json *rows;
} asker;

static co_origin origin_of(const co_contract *contract, const char *path, const char **detail) {
  const co_provenance *fact = co_contract_provenance(contract, path);
  *detail = fact ? fact->detail : "";
  return fact ? fact->from : contract->origin;
}

// Takes the value; `known` is the path whose origin it has.
static void add(asker *a, const char *path, const char *known, co_json *value) {
  const char *detail;
  co_origin from = origin_of(a->contract, known, &detail);
  co_json *row = co_json_object();
  if (from == CO_FROM_UNKNOWN) {
    co_json_free(value);
    value = co_json_null();
  }
  co_json_set_string(row, "path", path);
  co_json_set(row, "value", value);
  co_json_set_string(row, "from", co_origin_names[from]);
  co_json_set_string(row, "detail", detail);
  co_json_add(a->rows, row);
}

// A fact that is absent is unknown, whatever the origin of the rest.
static void add_known(asker *a, bool is_known, const char *path, co_json *value) {
  if (is_known) {
    add(a, path, path, value);
    return;
  }
  co_json *row = co_json_object();
  co_json_free(value);
  co_json_set_string(row, "path", path);
  co_json_set(row, "value", co_json_null());
  co_json_set_string(row, "from", co_origin_names[CO_FROM_UNKNOWN]);
  co_json_set_string(row, "detail", "");
  co_json_add(a->rows, row);
}

// ---- elements

// A member of elements: of observations or actions, as text or number.
typedef struct column {
  const char *list, *member;
  const void *first;  // the member of element 0
  size_t stride;      // bytes to the next one's
  int count;
  bool is_text;
} column;

static const void *cell(const column *c, int i) {
  return (const char *)c->first + (size_t)i * c->stride;
}

static double number_at(const column *c, int i) {
  double value;
  memcpy(&value, cell(c, i), sizeof value);
  return value;
}

static bool is_same(const column *c, int i, int k) {
  if (c->is_text) return strcmp(cell(c, i), cell(c, k)) == 0;
  double a = number_at(c, i), b = number_at(c, k);
  return a == b || (isnan(a) && isnan(b));
}

static co_json *value_at(const column *c, int i) {
  return c->is_text ? co_json_string(cell(c, i)) : co_json_number(number_at(c, i));
}

// Elements first to last have one origin.
static void add_run(asker *a, const column *c, int first, int last) {
  char path[PATH], known[PATH];
  bool all = first == 0 && last == c->count - 1, same = true;
  snprintf(known, sizeof known, "%s.%d.%s", c->list, first, c->member);
  if (all)
    snprintf(path, sizeof path, "%s.%s", c->list, c->member);
  else if (first == last)
    snprintf(path, sizeof path, "%s", known);
  else
    snprintf(path, sizeof path, "%s.%d-%d.%s", c->list, first, last, c->member);
  for (int i = first + 1; i <= last; i++) same = same && is_same(c, first, i);
  if (same && strcmp(c->member, "name") != 0) {
    add(a, path, known, value_at(c, first));
    return;
  }
  co_json *values = co_json_array();
  for (int i = first; i <= last; i++) co_json_add(values, value_at(c, i));
  add(a, path, known, values);
}

static void add_column(asker *a, const column *c) {
  int first = 0;
  for (int i = 1; i <= c->count; i++) {
    const char *detail[2];
    char known[2][PATH];
    if (i < c->count) {
      snprintf(known[0], PATH, "%s.%d.%s", c->list, first, c->member);
      snprintf(known[1], PATH, "%s.%d.%s", c->list, i, c->member);
      co_origin from = origin_of(a->contract, known[0], &detail[0]);
      co_origin next = origin_of(a->contract, known[1], &detail[1]);
      if (from == next && strcmp(detail[0], detail[1]) == 0) continue;
    }
    add_run(a, c, first, i - 1);
    first = i;
  }
}

static void add_elements(asker *a) {
  const co_contract *k = a->contract;
#define OBS(field, text) \
  { "observation", #field, &k->obs[0].field, sizeof *k->obs, k->num_obs, text }
#define ACTION(field, text) \
  { "action", #field, &k->action[0].field, sizeof *k->action, k->num_action, text }
  const column columns[] = {OBS(name, true),       OBS(term, true),
                            OBS(scale, false),     OBS(offset, false),
                            OBS(frame, true),      ACTION(name, true),
                            ACTION(kind, true),    ACTION(scale, false),
                            ACTION(offset, false), ACTION(low, false),
                            ACTION(high, false),   ACTION(kp, false),
                            ACTION(kd, false),     ACTION(torque_limit, false)};
#undef OBS
#undef ACTION
  for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) add_column(a, &columns[i]);
}

// ---- the rest

static void add_sizes(asker *a) {
  add(a, "observation", "network", co_json_int(a->contract->num_obs));
  add(a, "action", "network", co_json_int(a->contract->num_action));
}

static void add_pose(asker *a) {
  const co_contract *k = a->contract;
  co_json *pose = co_json_object();
  for (int i = 0; i < k->num_pose; i++)
    co_json_set_number(pose, k->pose[i].joint, k->pose[i].value);
  add_known(a, k->pose != NULL, "default_pose", pose);
}

static void add_timing(asker *a) {
  const co_contract *k = a->contract;
  add(a, "timing.control_dt", "timing.control_dt", co_json_number(k->timestep * k->substeps));
  add(a, "timing.timestep", "timing.timestep", co_json_number(k->timestep));
  add(a, "timing.substeps", "timing.substeps", co_json_int(k->substeps));
}

static void add_history(asker *a) {
  const co_contract *k = a->contract;
  add_known(a, k->history > 0, "history.length", co_json_int(k->history));
  if (k->history < 2) return;
  add(a, "history.layout", "history.layout", co_json_string(co_layout_names[k->layout]));
  add(a, "history.order", "history.order", co_json_string(co_past_names[k->past_order]));
  add(a, "history.reset", "history.reset", co_json_string(co_fill_names[k->obs[0].fill]));
}

static void add_normaliser(asker *a) {
  const co_contract *k = a->contract;
  co_json *object = co_json_object();
  if (k->norm_count > 0) {
    co_json_set_number(object, "count", k->norm_count);
    co_json_set_number(object, "clip", k->norm_clip);
    co_json_set_number(object, "epsilon", k->norm_epsilon);
  } else {
    co_json_free(object);
    object = co_json_string("none");
  }
  add_known(a, co_contract_knows_normaliser(k), "normaliser", object);
}

static void add_memory(asker *a) {
  const co_network_def *net = &a->contract->network;
  co_json *memory = co_json_string("none");
  if (net->memory.width) {
    co_json_free(memory);
    memory = co_json_object();
    co_json_set_string(memory, "cell", co_network_memory_name(net));
    co_json_set_int(memory, "width", net->memory.width);
  }
  add(a, "network.memory", "network", memory);
}

// Of an actor from elsewhere only, of which somebody had to say it: the number is told there.
static void add_spread(asker *a) {
  const co_provenance *fact = co_contract_provenance(a->contract, "network.log_std");
  if (fact && strcmp(fact->path, "network.log_std") == 0)
    add(a, fact->path, fact->path, co_json_number(strtod(fact->detail, NULL)));
}

// Of tensors only, whose names do not say it: "elu, the default of rsl_rl".
static void add_activation(asker *a) {
  const co_provenance *fact = co_contract_provenance(a->contract, "network.activation");
  if (!fact || strcmp(fact->path, "network.activation") != 0) return;
  char name[32];
  snprintf(name, sizeof name, "%.*s", (int)strcspn(fact->detail, ","), fact->detail);
  add(a, fact->path, fact->path, co_json_string(name));
}

static void add_command(asker *a) {
  const co_contract *k = a->contract;
  co_json *command = co_json_array();
  for (int i = 0; i < k->num_commands; i++) {
    co_json *one = co_json_object();
    co_json_set_string(one, "name", k->command[i].name);
    co_json_set_number(one, "low", k->command[i].low);
    co_json_set_number(one, "high", k->command[i].high);
    co_json_add(command, one);
  }
  add_known(a, k->command != NULL, "command", command);
}

co_json *co_contract_answers(const co_contract *contract) {
  asker a = {contract, co_json_array()};
  add_sizes(&a);
  add_elements(&a);
  add_pose(&a);
  add_timing(&a);
  add_history(&a);
  add_normaliser(&a);
  add_memory(&a);
  add_activation(&a);
  add_spread(&a);
  add_command(&a);
  add(&a, "task", "task", co_json_string(contract->task));
  add(&a, "model", "model", co_json_string(contract->model));
  return a.rows;
}

// ---- for people

static void put_value(const co_json *value, co_buf *out);

static bool is_equal(const co_json *a, const co_json *b) {
  const char *one = co_json_as_string(a), *other = co_json_as_string(b);
  if (one || other) return one && other && strcmp(one, other) == 0;
  if (!co_json_is_number(a) || !co_json_is_number(b)) return false;
  return co_json_as_number(a, 0) == co_json_as_number(b, 0);
}

// "0.25 x12, 1 x3": what follows itself is counted; only the first ones are shown.
static void put_list(const co_json *list, co_buf *out) {
  enum { SHOWN = 8 };
  size_t count = co_json_count(list), shown = 0;
  for (size_t i = 0; i < count && shown < SHOWN; shown++) {
    const co_json *one = co_json_at(list, i);
    size_t run = 1;
    while (i + run < count && is_equal(one, co_json_at(list, i + run))) run++;
    if (i) co_buf_puts(out, ", ");
    put_value(one, out);
    if (run > 1) co_buf_printf(out, " x%zu", run);
    i += run;
    if (shown + 1 == SHOWN && i < count) co_buf_printf(out, ", ... (%zu)", count);
  }
}

static void put_object(const co_json *object, co_buf *out) {
  enum { SHOWN = 8 };
  size_t count = co_json_count(object);
  for (size_t i = 0; i < count && i < SHOWN; i++) {
    co_buf_printf(out, "%s%s ", i ? ", " : "", co_json_key_at(object, i));
    put_value(co_json_value_at(object, i), out);
  }
  if (count > SHOWN) co_buf_printf(out, ", ... (%zu)", count);
}

static void put_value(const co_json *value, co_buf *out) {
  const char *text = co_json_as_string(value);
  if (text)
    co_buf_puts(out, *text ? text : "none");
  else if (co_json_is_number(value))
    co_buf_printf(out, "%.6g", co_json_as_number(value, NAN));
  else if (co_json_is_array(value))
    put_list(value, out);
  else if (co_json_is_object(value))
    put_object(value, out);
  else
    co_buf_puts(out, "none");
}

void co_answers_print(const co_json *answers, co_buf *out) {
  for (size_t i = 0; i < co_json_count(answers); i++) {
    const co_json *row = co_json_at(answers, i);
    const char *from = co_json_get_string(row, "from"), *detail = co_json_get_string(row, "detail");
    co_buf_printf(out, "  %-22s ", co_json_get_string(row, "path"));
    if (strcmp(from, co_origin_names[CO_FROM_UNKNOWN]) == 0)
      co_buf_puts(out, "unknown");
    else
      put_value(co_json_get(row, "value"), out);
    bool told = strcmp(from, co_origin_names[CO_FROM_UNKNOWN]) != 0 || *detail;
    if (told) co_buf_printf(out, "  (%s%s%s)", from, *detail ? ": " : "", detail);
    co_buf_puts(out, "\n");
  }
}
