#include "agents/import/normaliser.h"

#include "agents/import/private/tensors.h"
#include "core/file.h"
#include "core/memory.h"
#include "core/text.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static co_status create(int dim, co_import_normaliser *out) {
  *out = (co_import_normaliser){.dim = dim, .clip = (double)INFINITY};
  out->mean = co_alloc(2 * (size_t)dim, sizeof *out->mean);
  out->var = out->mean ? out->mean + dim : NULL;
  return out->mean ? CO_OK : CO_MEMORY;
}

void co_import_normaliser_free(co_import_normaliser *normaliser) {
  free(normaliser->mean);
  *normaliser = (co_import_normaliser){0};
}

void co_import_normaliser_apply(const co_import_normaliser *normaliser, co_policy *policy) {
  enum { UNSAID = 1000000 };  // so that the first new observations do not outweigh it
  co_normalizer *norm = &policy->obs_norm;
  assert(normaliser->dim == norm->dim);
  for (int i = 0; i < norm->dim; i++) {
    norm->mean[i] = normaliser->mean[i];
    norm->var[i] = normaliser->var[i];
  }
  *norm->count = normaliser->count > 0 ? normaliser->count : UNSAID;
  norm->clip = normaliser->clip;
  norm->epsilon = normaliser->epsilon;
  policy->contract.norm_clip = norm->clip;
  policy->contract.norm_epsilon = norm->epsilon;
  policy->contract.norm_count = *norm->count;
}

static co_status check(const co_import_normaliser *normaliser, const char *file) {
  for (int i = 0; i < normaliser->dim; i++)
    if (!(normaliser->var[i] + normaliser->epsilon > 0))
      return co_fail(CO_DATA, "%s: variance %d of the normaliser is %.9g, not above 0", file, i,
                     normaliser->var[i]);
  if (normaliser->clip > 0 && normaliser->epsilon >= 0) return CO_OK;
  return co_fail(CO_DATA, "%s: clip %.9g or epsilon %.9g of the normaliser is not what one can be",
                 file, normaliser->clip, normaliser->epsilon);
}

// ---- tensors

// How a program calls its statistics, and what it computes from them.
typedef struct normaliser_names {
  const char *mean, *var, *std, *count;  // var or std may be NULL
  double epsilon, clip;
  bool adds_to_std;  // epsilon is added to the deviation
  const char *rule;
} normaliser_names;

static const normaliser_names known[] = {
    // stable_baselines3/common/vec_env/vec_normalize.py
    {"obs_rms.mean", "obs_rms.var", NULL, "obs_rms.count", 1e-8, 10, false, "VecNormalize"},
    // rsl_rl/modules/normalizer.py, EmpiricalNormalization
    {"actor_obs_normalizer._mean", "actor_obs_normalizer._var", "actor_obs_normalizer._std",
     "actor_obs_normalizer.count", 1e-2, (double)INFINITY, true, "rsl_rl"},
    {"actor.obs_normalizer._mean", "actor.obs_normalizer._var", "actor.obs_normalizer._std",
     "actor.obs_normalizer.count", 1e-2, (double)INFINITY, true, "rsl_rl"},
    {"obs_normalizer._mean", "obs_normalizer._var", "obs_normalizer._std", "obs_normalizer.count",
     1e-2, (double)INFINITY, true, "rsl_rl"},
    {"obs_norm_state_dict._mean", "obs_norm_state_dict._var", "obs_norm_state_dict._std",
     "obs_norm_state_dict.count", 1e-2, (double)INFINITY, true, "rsl_rl"},
    {"normalizer._mean", "normalizer._var", "normalizer._std", "normalizer.count", 1e-2,
     (double)INFINITY, true, "rsl_rl"},
    // skrl/resources/preprocessors/torch/running_standard_scaler.py
    {"state_preprocessor.running_mean", "state_preprocessor.running_variance", NULL,
     "state_preprocessor.current_count", 1e-8, 5, true, "RunningStandardScaler"},
    {"running_mean", "running_variance", NULL, "current_count", 1e-8, 5, true,
     "RunningStandardScaler"},
    // rl_games/algos_torch/running_mean_std.py
    {"running_mean_std.running_mean", "running_mean_std.running_var", NULL,
     "running_mean_std.count", 1e-5, 5, false, "RL Games"},
    // files that say it plainly
    {"mean", "var", "std", "count", 0, (double)INFINITY, false, "as written"},
};

static co_status read_number(const co_safetensors *tensors, const char *key, const char *file,
                             double *out) {
  const char *text = co_safetensors_metadata(tensors, key);
  if (!text) return CO_OK;
  if (strcmp(text, "none") == 0) {
    *out = (double)INFINITY;
  } else if (!co_parse_double(text, out)) {
    return co_fail(CO_DATA, "%s: metadata \"%s\" is no number: %.40s", file, key, text);
  }
  return CO_OK;
}

static co_status read_statistics(const co_safetensors *tensors, const normaliser_names *names,
                                 const char *file, bool *used, co_import_normaliser *out) {
  int mean_at, spread_at, count_at;
  const co_safetensor *mean = co_tensors_find(tensors, names->mean, "", &mean_at);
  // what divides is the deviation, where both are there
  bool is_std = names->std && co_safetensors_find(tensors, names->std);
  const co_safetensor *spread =
      co_tensors_find(tensors, is_std ? names->std : names->var, "", &spread_at);
  if (!spread)
    return co_fail(CO_DATA, "%s: tensor \"%s\" without \"%s\"", file, names->mean, names->var);
  size_t dim = co_tensors_count(mean);
  if (dim == 0 || dim > CO_MAX_OBS || co_tensors_count(spread) != dim)
    return co_fail(CO_DATA, "%s: tensor \"%s\" has %zu elements and \"%s\" %zu", file, mean->name,
                   dim, spread->name, co_tensors_count(spread));
  CO_TRY(create((int)dim, out));
  CO_TRY(co_tensors_numbers(mean, file, out->mean));
  CO_TRY(co_tensors_numbers(spread, file, out->var));
  double epsilon = names->epsilon;
  out->clip = names->clip;
  out->rule = names->rule;
  out->is_default = !co_safetensors_metadata(tensors, "norm_epsilon");
  CO_TRY(read_number(tensors, "norm_epsilon", file, &epsilon));
  CO_TRY(read_number(tensors, "norm_clip", file, &out->clip));
  for (int i = 0; i < out->dim; i++) {
    double std = is_std ? out->var[i] : sqrt(out->var[i]);
    if (names->adds_to_std) std += epsilon;
    if (names->adds_to_std || is_std) out->var[i] = std * std;
  }
  out->epsilon = names->adds_to_std ? 0 : epsilon;
  const co_safetensor *count = co_tensors_find(tensors, names->count, "", &count_at);
  if (count && co_tensors_count(count) == 1) CO_TRY(co_tensors_numbers(count, file, &out->count));
  if (used) {
    used[mean_at] = used[spread_at] = true;
    if (count) used[count_at] = true;
    if (is_std && co_tensors_find(tensors, names->var, "", &spread_at)) used[spread_at] = true;
  }
  return check(out, file);
}

co_status co_import_normaliser_find(const co_safetensors *tensors, const char *file, bool *used,
                                    co_import_normaliser *out) {
  *out = (co_import_normaliser){0};
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    if (!co_safetensors_find(tensors, known[i].mean)) continue;
    co_status status = read_statistics(tensors, &known[i], file, used, out);
    if (status != CO_OK) co_import_normaliser_free(out);
    return status;
  }
  return CO_OK;
}

// ---- CSV

typedef struct normaliser_lines {
  const char *file;
  int line;
  int mean, var, std;  // columns, -1: none
  int rows;
} normaliser_lines;

// Cuts a field off; *rest is NULL behind the last.
static char *cut_field(char **rest) {
  char *field = *rest, *comma = strchr(field, ',');
  if (comma) *comma = '\0';
  *rest = comma ? comma + 1 : NULL;
  while (*field == ' ' || *field == '\t') field++;
  for (char *end = field + strlen(field); end > field && strchr(" \t\r", end[-1]); *--end = '\0')
    ;
  return field;
}

// "# clip = 10"
static co_status read_remark(const normaliser_lines *in, char *line, co_import_normaliser *out) {
  char *sign = strchr(line, '=');
  double *to = NULL;
  if (sign && strncmp(line + 1 + strspn(line + 1, " "), "clip", 4) == 0) to = &out->clip;
  if (sign && strncmp(line + 1 + strspn(line + 1, " "), "epsilon", 7) == 0) to = &out->epsilon;
  if (!to) return CO_OK;
  char *rest = sign + 1, *text = cut_field(&rest);
  if (co_parse_double(text, to)) return CO_OK;
  return co_fail(CO_DATA, "%s:%d: no number: %.40s", in->file, in->line, text);
}

static co_status read_names(normaliser_lines *in, char *line) {
  for (int column = 0; line; column++) {
    const char *name = cut_field(&line);
    if (strcmp(name, "mean") == 0) in->mean = column;
    if (strcmp(name, "var") == 0) in->var = column;
    if (strcmp(name, "std") == 0) in->std = column;
  }
  if (in->mean >= 0 && (in->var >= 0 || in->std >= 0)) return CO_OK;
  return co_fail(CO_DATA, "%s:%d: the first line names columns, among them mean and var or std",
                 in->file, in->line);
}

static co_status read_row(normaliser_lines *in, char *line, co_import_normaliser *out) {
  if (in->rows == out->dim)
    return co_fail(CO_DATA, "%s:%d: more rows than the observation has elements, %d", in->file,
                   in->line, out->dim);
  int wanted = in->std >= 0 ? in->std : in->var, found = 0;
  double spread = 0;
  for (int column = 0; line; column++) {
    const char *text = cut_field(&line);
    double *to = column == in->mean ? &out->mean[in->rows] : column == wanted ? &spread : NULL;
    if (to && !co_parse_double(text, to))
      return co_fail(CO_DATA, "%s:%d: no number: %.40s", in->file, in->line, text);
    found += to != NULL;
  }
  if (found != 2) return co_fail(CO_DATA, "%s:%d: a column is missing", in->file, in->line);
  if (spread < 0) return co_fail(CO_DATA, "%s:%d: a spread below 0", in->file, in->line);
  out->var[in->rows++] = in->std >= 0 ? spread * spread : spread;
  return CO_OK;
}

static co_status read_csv(const char *path, char *text, co_import_normaliser *out) {
  normaliser_lines in = {.file = path, .mean = -1, .var = -1, .std = -1};
  out->rule = "as written";
  for (char *line = text, *next; line && *line; line = next) {
    char *end = strchr(line, '\n');
    if (end) *end = '\0';
    next = end ? end + 1 : NULL;
    in.line++;
    if (line[strspn(line, " \t\r")] == '\0') continue;
    if (*line == '#') {
      CO_TRY(read_remark(&in, line, out));
    } else if (in.mean < 0) {
      CO_TRY(read_names(&in, line));
    } else {
      CO_TRY(read_row(&in, line, out));
    }
  }
  if (in.rows == out->dim) return check(out, path);
  return co_fail(CO_DATA, "%s:%d: %d rows, the observation has %d elements", path, in.line, in.rows,
                 out->dim);
}

// ---- either

static co_status read_tensors(const char *path, const co_buf *bytes, int dim,
                              co_import_normaliser *out) {
  co_safetensors tensors;
  CO_TRY(co_safetensors_parse(bytes->data, bytes->size, path, &tensors));
  co_status status = co_import_normaliser_find(&tensors, path, NULL, out);
  co_safetensors_free(&tensors);
  CO_TRY(status);
  if (out->dim == dim) return CO_OK;
  if (!out->dim) return co_fail(CO_DATA, "%s: no tensors of a normaliser in it", path);
  int has = out->dim;
  co_import_normaliser_free(out);
  return co_fail(CO_DATA, "%s: a normaliser of %d elements, the observation has %d", path, has,
                 dim);
}

static bool ends_with(const char *text, const char *end) {
  size_t size = strlen(text), tail = strlen(end);
  return size >= tail && strcmp(text + size - tail, end) == 0;
}

co_status co_import_normaliser_read(const char *path, int dim, co_import_normaliser *out) {
  assert(dim > 0);
  *out = (co_import_normaliser){0};
  co_buf bytes = {0};
  CO_TRY(co_file_read(path, 0, &bytes));
  co_status status;
  if (ends_with(path, ".safetensors")) {
    status = read_tensors(path, &bytes, dim, out);
  } else if (memchr(bytes.data, '\0', bytes.size)) {
    status = co_fail(CO_DATA, "%s: neither text nor safetensors", path);
  } else {
    status = create(dim, out);
    if (status == CO_OK) status = read_csv(path, bytes.data, out);
  }
  co_buf_free(&bytes);
  if (status != CO_OK) co_import_normaliser_free(out);
  return status;
}
