// The head of every object, and printing on standard output.

#include "cli/cli.h"
#include "core/printable.h"

#include <stdarg.h>
#include <stdio.h>

void cli_set_return(co_json *object, const co_evaluation *result, const co_interval *interval) {
  co_json_set_number(object, "mean", result->mean);
  co_json_set_number(object, "std", result->std);
  co_json_set_number(object, "iqm", result->iqm);
  co_json_set_number(object, "lo", interval->lo);
  co_json_set_number(object, "hi", interval->hi);
}

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

co_status cli_print_laid_out(const co_buf *text) {
  CO_TRY(co_buf_status(text));
  if (text->size && fwrite(text->data, 1, text->size, stdout) != text->size)
    return co_fail(CO_IO, "standard output: cannot write");
  return CO_OK;
}

co_status cli_print_text(const co_buf *text) {
  co_buf shown = {0};
  CO_TRY(co_buf_status(text));
  co_put_printable(&shown, text->size ? text->data : "");
  co_status status = cli_print_laid_out(&shown);
  co_buf_free(&shown);
  return status;
}

// The escapes are those of JSON: the same value is read back.
co_status cli_print_json(const co_json *object) {
  co_buf text = {0};
  co_status status = co_json_write(object, 0, &text);
  if (status == CO_OK) status = cli_print_text(&text);
  co_buf_free(&text);
  return status;
}

// What was printed comes first, also where both streams go to one file.
void cli_tell(const char *format, ...) {
  co_buf shown = {0};
  char text[CO_ERROR_MAX + 64];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  co_put_printable(&shown, text);
  fflush(stdout);
  fprintf(stderr, "%s\n", shown.data ? shown.data : "");
  co_buf_free(&shown);
}
