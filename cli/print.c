// Output and the arguments that name a world.

#include "cli/cli.h"
#include "envs/world.h"

#include <stdio.h>
#include <string.h>

co_json *cli_object(const char *command) {
  co_json *object = co_json_object();
  co_json_set_int(object, "format", 1);
  co_json_set_string(object, "command", command);
  co_json_set_string(object, "version", CARRYOVER_VERSION);
  return object;
}

const char *cli_build_text(void) {
  return CARRYOVER_VERSION " " CARRYOVER_BUILD;
}

co_status cli_print_text(const co_buf *text) {
  CO_TRY(co_buf_status(text));
  if (text->size && fwrite(text->data, 1, text->size, stdout) != text->size)
    return co_fail(CO_IO, "standard output: cannot write");
  return CO_OK;
}

co_status cli_print_json(const co_json *object) {
  co_buf text = {0};
  co_status status = co_json_write(object, 0, &text);
  if (status == CO_OK) status = cli_print_text(&text);
  co_buf_free(&text);
  return status;
}

// one --domain argument as a list of shifts: config text "( {...} )" or "{...}", else a file or a
// known name
static co_status parse_domain(const char *text, co_node **out) {
  if (text[0] != '(' && text[0] != '{') return co_domain_load(text, out);
  bool is_list = text[0] == '(';
  co_buf source = {0};
  co_node *root = NULL;
  co_buf_printf(&source, "domain = %s%s%s;", is_list ? "" : "(", text, is_list ? "" : ")");
  co_status status = co_buf_status(&source);
  if (status == CO_OK) status = co_tree_parse(source.data, "--domain", &root);
  co_buf_free(&source);
  CO_TRY(status);
  *out = co_node_copy(co_node_get(root, "domain"));
  co_node_free(root);
  return *out ? CO_OK : co_fail(CO_MEMORY, "out of memory for --domain");
}

// appends the shifts of one argument
static co_status append_domain(const char *text, co_node *list) {
  co_node *part;
  CO_TRY(parse_domain(text, &part));
  co_status status = CO_OK;
  for (int i = 0; status == CO_OK && i < part->count; i++) {
    co_node *shift = co_node_copy(part->child[i]);
    status = shift ? co_node_add(list, shift) : co_fail(CO_MEMORY, "out of memory for --domain");
  }
  co_node_free(part);
  return status;
}

co_status cli_domain(const cli_args *args, co_node **out) {
  *out = NULL;
  const char *const *values;
  int count = cli_values(args, "domain", &values);
  if (count == 0) return CO_OK;
  co_node *list = co_node_new(CO_NODE_LIST, "domain", "--domain", 0);
  co_status status = list ? CO_OK : co_fail(CO_MEMORY, "out of memory for --domain");
  for (int i = 0; status == CO_OK && i < count; i++) status = append_domain(values[i], list);
  if (status != CO_OK) {
    co_node_free(list);
    return status;
  }
  *out = list;
  return CO_OK;
}

co_world cli_world(const cli_args *args, const char *task, const co_node *domain) {
  co_world world = {.task = cli_value(args, "task"), .domain = domain};
  if (!world.task) world.task = task;
  world.num_set = cli_values(args, "set", &world.set);
  return world;
}
