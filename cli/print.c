// Output and the arguments that name a world.

#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "core/file.h"
#include "core/text.h"

co_json *cli_object(const char *command) {
  co_json *object = co_json_object();
  co_json_set_int(object, "format", 1);
  co_json_set_string(object, "command", command);
  co_json_set_string(object, "version", CARRYOVER_VERSION);
  return object;
}

const char *cli_build_text(void) { return CARRYOVER_VERSION " " CARRYOVER_BUILD; }

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

// one --domain argument as a list of shifts: config text "( {...} )" or "{...}", else a file or a known name
static co_status parse_domain(const char *text, co_node **out) {
  co_buf source = {0};
  bool is_file = text[0] != '(' && text[0] != '{';
  if (is_file) {
    co_buf_printf(&source, "domain = \"%s\";", text);
  } else {
    bool is_list = text[0] == '(';
    co_buf_printf(&source, "domain = %s%s%s;", is_list ? "" : "(", text, is_list ? "" : ")");
  }
  co_status status = co_buf_status(&source);
  if (status == CO_OK) status = co_tree_parse(source.data, "--domain", out);
  co_buf_free(&source);
  return status;
}

co_status cli_domain(const cli_args *args, co_node **out) {
  *out = NULL;
  const char *const *values;
  int count = cli_values(args, "domain", &values);
  if (count > 1) return co_fail(CO_USAGE, "--domain: give one list of shifts, e.g. '({parameter=...}, {parameter=...})'");
  if (count == 0) return CO_OK;
  co_node *root;
  CO_TRY(parse_domain(values[0], &root));
  *out = co_node_copy(co_node_get(root, "domain"));
  co_node_free(root);
  return *out ? CO_OK : co_fail(CO_MEMORY, "out of memory for --domain");
}

co_world cli_world(const cli_args *args, const char *task, const co_node *domain) {
  co_world world = {.task = cli_value(args, "task"), .domain = domain};
  if (!world.task) world.task = task;
  world.num_set = cli_values(args, "set", &world.set);
  return world;
}
