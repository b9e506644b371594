// carryover export: a policy as files that other programs run.

#include "cli/zoo.h"
#include "core/file.h"
#include "core/memory.h"
#include "transfer/export/export.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// All are written before the first one takes its place.
static co_status put_files(const co_export *made) {
  co_file_out file[CO_EXPORT_FILES] = {{0}};
  co_status status = CO_OK;
  for (int i = 0; i < made->count; i++)  // nothing takes the place of one
    if (co_dir_exists(made->path[i]))
      return co_fail(CO_CREATE, "%s: is a folder, no file is written there", made->path[i]);
  for (int i = 0; status == CO_OK && i < made->count; i++) {
    status = co_file_out_begin(made->path[i], &file[i]);
    if (status == CO_OK)
      status = co_file_out_write(&file[i], made->bytes[i].data, made->bytes[i].size);
  }
  for (int i = made->count - 1; status == CO_OK && i >= 0; i--)
    status = co_file_out_commit(&file[i]);
  for (int i = 0; i < made->count; i++) co_file_out_discard(&file[i]);
  return status;
}

// A folder that was made for files that cannot be written goes again.
static co_status write_files(const co_export *made) {
  bool fresh = made->folder && !co_dir_exists(made->folder);
  if (fresh) CO_TRY(co_dir_create(made->folder));
  co_status status = put_files(made);
  if (fresh && status != CO_OK) rmdir(made->folder);
  return status;
}

// A sentence per line.
static co_json *lines(const co_left_out *list) {
  co_json *array = co_json_array();
  const char *line = list->text.data;
  for (int i = 0; i < list->count; i++) {
    co_buf one = {0};
    size_t size = strcspn(line, "\n");
    co_buf_add(&one, line, size);
    co_json_add(array, co_json_string(one.data));
    co_buf_free(&one);
    line += size + 1;
  }
  return array;
}

static co_status print(const cli_args *args, const co_export *made) {
  co_status status;
  if (cli_json(args)) {
    co_json *object = cli_object("export"), *files = co_json_array();
    for (int i = 0; i < made->count; i++) co_json_add(files, co_json_string(made->path[i]));
    co_json_set(object, "files", files);
    co_json_set_number(object, "max_abs", made->max_abs);
    co_json_set(object, "left_out", lines(&made->left_out));
    status = cli_print_json(object);
    co_json_free(object);
    return status;
  }
  co_buf text = {0};
  for (int i = 0; i < made->count; i++) co_buf_printf(&text, "%s\n", made->path[i]);
  if (isfinite(made->max_abs))
    co_buf_printf(&text, "read back, actions differ by %.3g at most\n", made->max_abs);
  if (made->left_out.count)
    co_buf_printf(&text, "left out, as it cannot be said there:\n%s\n", made->left_out.text.data);
  status = cli_print_text(&text);
  co_buf_free(&text);
  return status;
}

static co_status make(const cli_args *args, const co_policy *policy, co_export *made) {
  const char *prefix = cli_value(args, "name") ? cli_value(args, "name") : "policy";
  return co_export_make(policy, cli_value(args, "to"), cli_value(args, "out"), prefix, made);
}

static co_status run(const cli_args *args) {
  char name[CLI_POLICY_NAME];
  const char *path;
  co_policy *policy = NULL;
  co_export *made = co_alloc(1, sizeof *made);
  if (!made) return CO_MEMORY;
  co_status status = CO_OK;
  if (!cli_value(args, "out") || !cli_value(args, "to"))
    status = co_fail(CO_USAGE, "export: --to FORM and --out FILE are needed");
  if (status == CO_OK) status = cli_check_policy_out(args, "out");
  if (status == CO_OK) status = cli_policy_path(cli_positional(args, 0), name, &path);
  if (status == CO_OK) status = co_policy_load(path, &policy);
  if (status == CO_OK) status = make(args, policy, made);
  if (status == CO_OK) status = write_files(made);
  if (status == CO_OK) status = print(args, made);
  co_export_free(made);
  free(made);
  co_policy_free(policy);
  return status;
}

static const cli_option options[] = {
    {"to", "FORM", "onnx, safetensors with facts, deploy (deploy.yaml, policy.onnx), or c"},
    {"out", "FILE", "where it is written, of deploy a folder; what belongs to it lies beside it"},
    {"name", "PREFIX", "of C: what its names begin with (policy)"},
    {NULL, NULL, NULL},
};

const cli_command cli_export = {
    "export",
    "a policy as ONNX, tensors and facts, deploy.yaml, or C without dependencies",
    "carryover export zoo:quadruped_flat --to onnx --out policy.onnx",
    "POLICY",
    1,
    1,
    options,
    run,
};
