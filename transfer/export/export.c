#include "transfer/export/export.h"

#include "agents/export/c_readback.h"
#include "agents/export/c_source.h"
#include "agents/export/deploy.h"
#include "agents/export/readback.h"
#include "agents/export/tensors.h"
#include "core/file.h"
#include "core/text.h"
#include "transfer/import/import.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct maker {
  const co_policy *policy;
  const char *path, *prefix;
  co_export *out;
} maker;

// ---- names

static bool ends_in(const char *text, const char *end) {
  size_t length = strlen(text), size = strlen(end);
  return length > size && strcmp(text + length - size, end) == 0;
}

// The next file, `path` with its last `cut` bytes replaced. CO_USAGE when the name is too long.
static co_status name_file(const maker *m, size_t cut, const char *end, co_buf **bytes) {
  char *to = m->out->path[m->out->count];
  int size = snprintf(to, CO_EXPORT_PATH, "%.*s%s", (int)(strlen(m->path) - cut), m->path, end);
  if (size < 0 || size >= CO_EXPORT_PATH)
    return co_fail(CO_USAGE, "export: --out %.64s...: the name is too long", m->path);
  *bytes = &m->out->bytes[m->out->count++];
  return CO_OK;
}

// ---- reading back

// The files as import takes them; what comes acts as the policy.
static co_status compare_imported(const maker *m) {
  const char *name[CO_EXPORT_FILES];
  for (int i = 0; i < m->out->count; i++) name[i] = m->out->path[i];
  const co_import_def def = {
      .file = name, .num_files = m->out->count, .bytes = m->out->bytes, .log_std = (double)NAN};
  co_import back;
  CO_TRY(co_import_run(&def, &back));
  co_status status = co_export_difference(m->policy, back.policy, &m->out->max_abs);
  co_import_free(&back);
  return status;
}

// ---- forms

static co_status make_onnx(const maker *m) {
  co_buf *bytes;
  double own;
  CO_TRY(name_file(m, 0, "", &bytes));
  return co_export_onnx(m->policy, bytes, &own, &m->out->max_abs);
}

static co_status make_c(const maker *m) {
  co_buf *source, *header;
  if (!ends_in(m->path, ".c"))
    return co_fail(CO_USAGE, "export: --out %s: C needs a name with the ending .c", m->path);
  if (!co_export_is_prefix(m->prefix))
    return co_fail(CO_USAGE, "export: --name %s: no beginning of names in C", m->prefix);
  CO_TRY(name_file(m, 0, "", &source));
  CO_TRY(name_file(m, 1, "h", &header));
  CO_TRY(co_export_c_source(m->policy, m->prefix, co_path_base(m->out->path[1]), source));
  CO_TRY(co_export_c_header(m->policy, m->prefix, header));
  return co_export_c_difference(m->policy, source, &m->out->max_abs);
}

static co_status make_safetensors(const maker *m) {
  static const char ending[] = ".safetensors";
  co_buf *tensors, *facts;
  if (!ends_in(m->path, ending))
    return co_fail(CO_USAGE, "export: --out %s: tensors need a name with the ending %s", m->path,
                   ending);
  CO_TRY(name_file(m, 0, "", &tensors));
  CO_TRY(name_file(m, strlen(ending), ".facts.json", &facts));
  CO_TRY(co_export_tensors(m->policy, tensors));
  CO_TRY(
      co_export_facts(m->policy, co_path_base(m->path), "safetensors", &m->out->left_out, facts));
  return compare_imported(m);
}

// A folder has both under the names that their programs look for; a file has the network beside it.
static co_status make_deploy(const maker *m) {
  co_buf *network, *settings;
  static const char ending[] = ".yaml";
  size_t length = strlen(m->path);
  if (ends_in(m->path, ending)) {
    CO_TRY(name_file(m, strlen(ending), ".onnx", &network));
    CO_TRY(name_file(m, 0, "", &settings));
  } else {
    m->out->folder = m->path;
    size_t slash = length > 1 && m->path[length - 1] == '/';
    CO_TRY(name_file(m, slash, "/policy.onnx", &network));
    CO_TRY(name_file(m, slash, "/deploy.yaml", &settings));
  }
  CO_TRY(co_export_deploy(m->policy, &m->out->left_out, settings));
  double own, graph;
  CO_TRY(co_export_onnx(m->policy, network, &own, &graph));
  CO_TRY(compare_imported(m));
  m->out->max_abs = fmax(m->out->max_abs, graph);
  return CO_OK;
}

static const struct {
  const char *name;
  co_status (*make)(const maker *);
} forms[] = {
    {"onnx", make_onnx},
    {"c", make_c},
    {"safetensors", make_safetensors},
    {"deploy", make_deploy},
};
enum { FORMS = sizeof forms / sizeof *forms };

co_status co_export_make(const co_policy *policy, const char *form, const char *path,
                         const char *prefix, co_export *out) {
  *out = (co_export){.max_abs = (double)NAN};
  const maker m = {policy, path, prefix, out};
  co_status status = CO_OK;
  int at = 0;
  while (at < FORMS && strcmp(forms[at].name, form) != 0) at++;
  if (at == FORMS) {
    const char *names[FORMS];
    char list[64];
    for (int i = 0; i < FORMS; i++) names[i] = forms[i].name;
    co_name_list(names, FORMS, list, sizeof list);
    return co_fail(CO_USAGE, "export: --to %s: it is one of %s", form, list);
  }
  if (policy->acts || policy->program)
    return co_fail(CO_CONFIG,
                   "network.program: this policy acts by the operations of another program's file, "
                   "which is what other programs run: use that file");
  status = forms[at].make(&m);
  if (status != CO_OK) co_export_free(out);
  return status;
}

void co_export_free(co_export *made) {
  for (int i = 0; i < CO_EXPORT_FILES; i++) co_buf_free(&made->bytes[i]);
  co_buf_free(&made->left_out.text);
  made->count = 0;
}
