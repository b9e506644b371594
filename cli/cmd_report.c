// carryover report: report.html again from a folder's results.json and media/; charts, numbers and
// tables of one or several studies as files.

#include "cli/cli.h"
#include "core/file.h"
#include "core/memory.h"
#include "transfer/folder/files.h"
#include "transfer/report/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---- the studies

static co_status read_results(const char *dir, co_json **out) {
  char *path = co_path_join(dir, "results.json");
  if (!path) return CO_MEMORY;
  co_status status = co_json_read(path, out);
  free(path);
  return status;
}

// `results` (count) is zeroed; what was read is freed by the caller.
static co_status read_all(const cli_args *args, int count, co_json **results) {
  for (int i = 0; i < count; i++) CO_TRY(read_results(cli_positional(args, i), &results[i]));
  return CO_OK;
}

// ---- files

typedef struct folder {
  const char *path;
  co_json *files;  // names of what was written
} folder;

static co_status write_file(const char *path, const co_buf *content, co_json *files) {
  CO_TRY(co_file_write(path, content->data ? content->data : "", content->size));
  co_json_add(files, co_json_string(path));
  return CO_OK;
}

static co_status write_figure(void *context, const char *name, const co_buf *content) {
  const folder *out = context;
  char *path = co_path_join(out->path, name);
  if (!path) return CO_MEMORY;
  co_status status = write_file(path, content, out->files);
  free(path);
  return status;
}

static co_status write_figures(const co_json *const *results, int count, const char *path,
                               co_json *files) {
  folder out = {path, files};
  CO_TRY(co_dir_create(path));
  return co_report_figures(results, count, write_figure, &out);
}

// FILE with the ending .bib; CO_USAGE where that is FILE.
static co_status name_beside(const char *path, co_buf *out) {
  const char *name = strrchr(path, '/'), *dot = strrchr(name ? name : path, '.');
  co_buf_add(out, path, dot ? (size_t)(dot - path) : strlen(path));
  co_buf_puts(out, ".bib");
  CO_TRY(co_buf_status(out));
  if (strcmp(out->data, path) != 0) return CO_OK;
  return co_fail(CO_USAGE, "report: --latex: the references lie in %s; name another file", path);
}

static co_status write_latex(const co_json *const *results, int count, const char *path,
                             const char *beside, co_json *files) {
  co_buf tables = {0}, bib = {0};
  co_status status = co_report_latex(results, count, &tables, &bib);
  if (status == CO_OK) status = write_file(path, &tables, files);
  if (status == CO_OK) status = write_file(beside, &bib, files);
  co_buf_free(&tables);
  co_buf_free(&bib);
  return status;
}

static co_status write_page(const char *dir, const co_json *results, co_json *files) {
  CO_TRY(co_folder_write_report(dir, results));
  char *path = co_path_join(dir, "report.html");
  if (!path) return CO_MEMORY;
  co_json_add(files, co_json_string(path));
  free(path);
  return CO_OK;
}

static co_status write_all(const cli_args *args, co_json *const *results, int count,
                           const char *beside, co_json *files) {
  const char *figures = cli_value(args, "figures"), *latex = cli_value(args, "latex");
  const co_json *const *studies = (const co_json *const *)results;
  for (int i = 0; i < count; i++) CO_TRY(write_page(cli_positional(args, i), results[i], files));
  if (figures) CO_TRY(write_figures(studies, count, figures, files));
  return latex ? write_latex(studies, count, latex, beside, files) : CO_OK;
}

// ---- the command

static co_status print(const cli_args *args, const co_json *files) {
  if (cli_json(args)) {
    co_json *object = cli_object("report");
    co_json *list = co_json_array();
    for (size_t i = 0; i < co_json_count(files); i++)
      co_json_add(list, co_json_string(co_json_as_string(co_json_at(files, i))));
    co_json_set_string(object, "report", co_json_as_string(co_json_at(files, 0)));
    co_json_set(object, "files", list);
    co_status status = cli_print_json(object);
    co_json_free(object);
    return status;
  }
  co_buf text = {0};
  for (size_t i = 0; i < co_json_count(files); i++)
    co_buf_printf(&text, "%s\n", co_json_as_string(co_json_at(files, i)));
  co_status status = cli_print_text(&text);
  co_buf_free(&text);
  return status;
}

static co_status run(const cli_args *args) {
  int count = cli_positional_count(args);
  const char *latex = cli_value(args, "latex");
  co_buf beside = {0};
  co_json **results = co_alloc((size_t)count, sizeof *results), *files = co_json_array();
  co_status status = results ? CO_OK : CO_MEMORY;
  if (status == CO_OK && latex) status = name_beside(latex, &beside);
  if (status == CO_OK) status = read_all(args, count, results);
  if (status == CO_OK) status = write_all(args, results, count, beside.data, files);
  if (status == CO_OK) status = print(args, files);
  for (int i = 0; results && i < count; i++) co_json_free(results[i]);
  co_json_free(files);
  co_buf_free(&beside);
  free(results);
  return status;
}

static const cli_option options[] = {
    {"figures", "DIR", "every chart as SVG for paper and its numbers as CSV, over all studies too"},
    {"latex", "FILE",
     "tables for LaTeX; references as BibTeX beside it, FILE with the ending .bib"},
    {NULL, NULL, NULL}};

const cli_command cli_report = {
    "report",
    "write a study's report.html again; charts, numbers and tables of studies as files",
    "carryover report runs/quickstart --figures figures --latex tables.tex",
    "DIR...",
    1,
    CLI_MAX_VALUES,
    options,
    run,
};
