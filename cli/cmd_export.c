// carryover export: a policy as a file that other programs run.

#include "agents/export/c_source.h"
#include "agents/export/readback.h"
#include "cli/zoo.h"
#include "core/file.h"

#include <math.h>
#include <string.h>

// What is written: one file or two, and how far what is read back is from the policy.
typedef struct written {
  char second[4096];  // "": none
  co_buf first_bytes, second_bytes;
  double max_abs;  // NAN: not measured
} written;

static co_status make_c(const cli_args *args, const co_policy *policy, const char *out,
                        written *to) {
  const char *prefix = cli_value(args, "name") ? cli_value(args, "name") : "policy";
  size_t size = strlen(out);
  if (size < 3 || strcmp(out + size - 2, ".c") != 0 || size >= sizeof to->second)
    return co_fail(CO_USAGE, "export: --out %s: C needs a name with the ending .c", out);
  if (!co_export_is_prefix(prefix))
    return co_fail(CO_USAGE, "export: --name %s: no beginning of names in C", prefix);
  memcpy(to->second, out, size + 1);
  to->second[size - 1] = 'h';
  to->max_abs = (double)NAN;
  CO_TRY(co_export_c_source(policy, prefix, co_path_base(to->second), &to->first_bytes));
  return co_export_c_header(policy, prefix, &to->second_bytes);
}

static co_status make(const cli_args *args, const co_policy *policy, const char *out, written *to) {
  const char *form = cli_value(args, "to");
  if (policy->acts)
    return co_fail(CO_DATA, "%s is no network that this program trains: it is not exported",
                   cli_positional(args, 0));
  if (strcmp(form, "c") == 0) return make_c(args, policy, out, to);
  if (strcmp(form, "onnx") == 0) return co_export_onnx(policy, &to->first_bytes, &to->max_abs);
  return co_fail(CO_USAGE, "export: --to %s: it is onnx or c", form);
}

// Both files are written before either one takes its place.
static co_status write_files(const char *out, const written *from) {
  co_file_out first = {0}, second = {0};
  co_status status = co_file_out_begin(out, &first);
  if (status == CO_OK)
    status = co_file_out_write(&first, from->first_bytes.data, from->first_bytes.size);
  if (status == CO_OK && *from->second) status = co_file_out_begin(from->second, &second);
  if (status == CO_OK && *from->second)
    status = co_file_out_write(&second, from->second_bytes.data, from->second_bytes.size);
  if (status == CO_OK && *from->second) status = co_file_out_commit(&second);
  if (status == CO_OK) status = co_file_out_commit(&first);
  co_file_out_discard(&first);
  co_file_out_discard(&second);
  return status;
}

static co_status print(const cli_args *args, const char *out, const written *from) {
  co_status status;
  if (cli_json(args)) {
    co_json *object = cli_object("export"), *files = co_json_array();
    co_json_add(files, co_json_string(out));
    if (*from->second) co_json_add(files, co_json_string(from->second));
    co_json_set(object, "files", files);
    co_json_set_number(object, "max_abs", from->max_abs);
    status = cli_print_json(object);
    co_json_free(object);
    return status;
  }
  co_buf text = {0};
  co_buf_printf(&text, "%s\n", out);
  if (*from->second) co_buf_printf(&text, "%s\n", from->second);
  if (isfinite(from->max_abs))
    co_buf_printf(&text, "read back, actions differ by %.3g at most\n", from->max_abs);
  status = cli_print_text(&text);
  co_buf_free(&text);
  return status;
}

static co_status run(const cli_args *args) {
  char name[CLI_POLICY_NAME];
  const char *path, *out = cli_value(args, "out");
  co_policy *policy = NULL;
  written to = {0};
  if (!out || !cli_value(args, "to"))
    return co_fail(CO_USAGE, "export: --to FORM and --out FILE are needed");
  CO_TRY(cli_check_policy_out(args, "out"));
  CO_TRY(cli_policy_path(cli_positional(args, 0), name, &path));
  co_status status = co_policy_load(path, &policy);
  if (status == CO_OK) status = make(args, policy, out, &to);
  if (status == CO_OK) status = write_files(out, &to);
  if (status == CO_OK) status = print(args, out, &to);
  co_buf_free(&to.first_bytes);
  co_buf_free(&to.second_bytes);
  co_policy_free(policy);
  return status;
}

static const cli_option options[] = {
    {"to", "FORM", "onnx, or c: a source and its header without dependencies"},
    {"out", "FILE", "where it is written; of C the header lies beside it"},
    {"name", "PREFIX", "of C: what its names begin with (policy)"},
    {NULL, NULL, NULL},
};

const cli_command cli_export = {
    "export",
    "a policy as ONNX, or as C without dependencies",
    "carryover export zoo:quadruped_flat --to onnx --out policy.onnx",
    "POLICY",
    1,
    1,
    options,
    run,
};
