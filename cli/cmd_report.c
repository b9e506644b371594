// carryover report: report.html again from a folder's results.json and media/.

#include "cli/cli.h"
#include "core/file.h"
#include "transfer/folder/files.h"

#include <stdio.h>
#include <stdlib.h>

static co_status run(const cli_args *args) {
  const char *dir = cli_positional(args, 0);
  char *path = co_path_join(dir, "results.json");
  if (!path) return CO_MEMORY;
  co_json *results = NULL;
  co_status status = co_json_read(path, &results);
  if (status == CO_OK) status = co_folder_write_report(dir, results);
  if (status == CO_OK && cli_json(args)) {
    co_json *object = cli_object("report");
    char *report = co_path_join(dir, "report.html");
    co_json_set_string(object, "report", report);
    status = cli_print_json(object);
    co_json_free(object);
    free(report);
  } else if (status == CO_OK) {
    co_buf text = {0};
    co_buf_printf(&text, "%s/report.html\n", dir);
    status = cli_print_text(&text);
    co_buf_free(&text);
  }
  co_json_free(results);
  free(path);
  return status;
}

static const cli_option options[] = {{NULL, NULL, NULL}};

const cli_command cli_report = {
    "report",
    "write a study's report.html again",
    "carryover report runs/quickstart",
    "DIR",
    1,
    1,
    options,
    run,
};
