// What a policy computes that acts by a program: what goes in, what it remembers, its operations.

#include "transfer/inspect/private/parts.h"
#include "transfer/study/program.h"

// ---- as JSON

static co_json *ports_json(const co_program *program, const co_program_port *port, int count) {
  co_json *array = co_json_array();
  for (int i = 0; i < count; i++) {
    co_json *object = co_json_object();
    co_json_set_string(object, "name", program->value[port[i].value].name);
    co_json_set_int(object, "count", port[i].count);
    co_json_add(array, object);
  }
  return array;
}

static bool is_first_of_kind(const co_program *program, int op) {
  for (int i = 0; i < op; i++)
    if (program->op[i].class == program->op[op].class) return false;
  return true;
}

static co_json *operators_json(const co_program *program) {
  co_json *array = co_json_array();
  for (int i = 0; i < program->num_ops; i++)
    if (is_first_of_kind(program, i)) co_json_add(array, co_json_string(program->op[i].name));
  return array;
}

static int64_t count_numbers(const co_program *program) {
  int64_t count = 0;
  for (int v = 0; v < program->num_values; v++)
    if (program->value[v].number || program->value[v].integer) count += program->value[v].count;
  return count;
}

co_status co_inspect_program_json(const co_policy *policy, co_json **out) {
  char why[CO_UNTRAINABLE];
  *out = NULL;
  if (!policy->program) return CO_OK;
  CO_TRY(co_program_untrainable(policy, why));
  const co_program *program = &policy->program->program;
  co_json *json = co_json_object();
  co_json_set(json, "hash", co_inspect_hash_json(policy->program->hash));
  co_json_set(json, "inputs", ports_json(program, program->input, program->num_inputs));
  co_json_set(json, "states", ports_json(program, program->state, program->num_states));
  co_json_set_int(json, "operations", program->num_ops);
  co_json_set(json, "operators", operators_json(program));
  co_json_set_int(json, "constants", policy->program->num_tensors);
  co_json_set_int(json, "numbers", count_numbers(program));
  co_json_set_string(json, "untrainable", why);
  *out = json;
  return CO_OK;
}

// ---- as text

static void print_ports(const char *what, const co_json *ports, co_buf *out) {
  for (size_t i = 0; i < co_json_count(ports); i++) {
    const co_json *port = co_json_at(ports, i);
    co_buf_printf(out, "%s%s (%lld)", i ? ", " : what, co_inspect_text(port, "name"),
                  (long long)co_json_get_int(port, "count", 0));
  }
  if (co_json_count(ports)) co_buf_puts(out, "\n");
}

void co_inspect_print_program(const co_json *object, co_buf *out) {
  const co_json *program = co_json_get(object, "program");
  if (!program) return;
  const co_json *operators = co_json_get(program, "operators");
  co_buf_printf(
      out, "  program     %lld operations: ", (long long)co_json_get_int(program, "operations", 0));
  for (size_t i = 0; i < co_json_count(operators); i++)
    co_buf_printf(out, "%s%s", i ? ", " : "", co_json_as_string(co_json_at(operators, i)));
  co_buf_printf(out, "; %lld numbers in %lld constants\n",
                (long long)co_json_get_int(program, "numbers", 0),
                (long long)co_json_get_int(program, "constants", 0));
  print_ports("  inputs      ", co_json_get(program, "inputs"), out);
  print_ports("  states      ", co_json_get(program, "states"), out);
  co_buf_printf(out, "  untrainable %s\n", co_inspect_text(program, "untrainable"));
}
