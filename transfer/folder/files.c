#include "transfer/folder/files.h"

#include "core/file.h"
#include "transfer/report/report.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static co_status write_in(const char *dir, const char *name, const co_buf *text) {
  CO_TRY(co_buf_status(text));
  char *path = co_path_join(dir, name);
  if (!path) return CO_MEMORY;
  co_status status = co_file_write(path, text->data, text->size);
  free(path);
  return status;
}

// What a call that was killed while it wrote has left under temporary names.
static void remove_leftovers(const char *dir) {
  static const char *const files[] = {"results.csv", "results.json", "timing.csv", "report.html",
                                      "study.cfg"};
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
    char *path = co_path_join(dir, files[i]);
    if (path) co_file_remove_temporaries(path);
    free(path);
  }
}

co_status co_folder_write_report(const char *dir, const co_json *results) {
  co_buf html = {0};
  char *media = co_path_join(dir, "media");
  co_status status = media ? co_report_html(results, media, &html) : CO_MEMORY;
  if (status == CO_OK) status = write_in(dir, "report.html", &html);
  co_buf_free(&html);
  free(media);
  return status;
}

static co_status write_tables(const co_results *results, const co_cost *pictures) {
  const char *dir = results->run->context->dir;
  co_buf csv = {0}, timing = {0};
  co_status status = co_results_csv(results, &csv);
  if (status == CO_OK) status = write_in(dir, "results.csv", &csv);
  if (status == CO_OK) status = co_results_timing(results, pictures, &timing);
  if (status == CO_OK) status = write_in(dir, "timing.csv", &timing);
  co_buf_free(&csv);
  co_buf_free(&timing);
  return status;
}

static co_status write_json(const co_results *results, co_pool *pool, co_json *object) {
  CO_TRY(co_results_json(results, pool, object));
  co_buf text = {0};
  co_status status = co_json_write(object, 0, &text);
  if (status == CO_OK) status = write_in(results->run->context->dir, "results.json", &text);
  co_buf_free(&text);
  return status;
}

co_status co_folder_write(const co_study_run *run, const co_cost *pictures, co_pool *pool,
                          co_json *results) {
  co_results loaded;
  remove_leftovers(run->context->dir);
  CO_TRY(co_results_load(run, &loaded));
  co_status status = write_tables(&loaded, pictures);
  if (status == CO_OK) status = write_json(&loaded, pool, results);
  if (status == CO_OK) status = co_folder_write_report(run->context->dir, results);
  co_results_free(&loaded);
  return status;
}
