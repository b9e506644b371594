#include "transfer/import/private/norm.h"

#include "agents/import/chain.h"
#include "core/file.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

// Observations pass as they are, to the last bit.
static void turn_off(co_policy *policy) {
  co_normalizer_reset(&policy->obs_norm);
  policy->obs_norm.clip = INFINITY;
  policy->obs_norm.epsilon = 0;
}

// What acts is what the contract says.
static co_status finish(co_policy *policy, co_origin from, const char *detail) {
  co_contract *contract = &policy->contract;
  contract->norm_clip = policy->obs_norm.clip;
  contract->norm_epsilon = policy->obs_norm.epsilon;
  contract->norm_count = *policy->obs_norm.count;
  return co_contract_set_origin(contract, "normaliser", from, detail);
}

static co_status check_value(const char *place, const char *what, int index, double value) {
  bool fits = isfinite(value) && (strcmp(what, "variance") != 0 || value >= 0);
  if (fits) return CO_OK;
  return co_fail(CO_DATA, "%s: %s %d of the normaliser is %g", place, what, index, value);
}

// ---- from what is stated

static double value_of(const co_fact_numbers *list, int i) {
  return list->value[list->count == 1 ? 0 : i];
}

static co_status check_counts(const co_fact_numbers *list, const char *what, int dim) {
  if (list->count == 1 || list->count == dim) return CO_OK;
  return co_fail(CO_DATA, "%s: the normaliser has %d %ss, there are %d observations",
                 list->at.place ? list->at.place : "facts", list->count, what, dim);
}

static co_status take_stated(const co_facts *facts, co_policy *policy) {
  co_normalizer *norm = &policy->obs_norm;
  const char *place = facts->norm_mean.at.place ? facts->norm_mean.at.place : "facts";
  double epsilon = facts->norm_epsilon.at.stated ? facts->norm_epsilon.value : 0;
  double clip = facts->norm_clip.at.stated ? facts->norm_clip.value : (double)INFINITY;
  if (!(epsilon >= 0) || !(clip > 0))
    return co_fail(CO_DATA, "%s: epsilon %g or clip %g of the normaliser cannot be", place, epsilon,
                   clip);
  CO_TRY(check_counts(&facts->norm_mean, "mean", norm->dim));
  CO_TRY(check_counts(&facts->norm_var, "variance", norm->dim));
  for (int i = 0; i < norm->dim; i++) {
    norm->mean[i] = value_of(&facts->norm_mean, i);
    norm->var[i] = value_of(&facts->norm_var, i);
    CO_TRY(check_value(place, "mean", i, norm->mean[i]));
    CO_TRY(check_value(place, "variance", i, norm->var[i]));
    if (norm->var[i] + epsilon <= 0)
      return co_fail(CO_DATA, "%s: variance %d of the normaliser is 0, and there is no epsilon",
                     place, i);
  }
  norm->clip = clip;
  norm->epsilon = epsilon;
  *norm->count = CO_CHAIN_COUNT;
  return finish(policy, facts->norm_mean.at.from, place);
}

// ---- from a recording

static co_status fit(const co_norm_facts *in, co_policy *policy) {
  const co_rollout *recording = in->def->recording;
  co_normalizer *norm = &policy->obs_norm;
  char detail[256];
  if (!recording)
    return co_fail(CO_USAGE, "--normaliser fit: needs --verify LOG, whose observations it fits");
  if (recording->obs_dim != norm->dim)
    return co_fail(CO_DATA, "%s: obs[0]: has %d numbers, the network takes %d",
                   in->def->recording_path, recording->obs_dim, norm->dim);
  co_normalizer_reset(norm);
  double count = 0;
  for (int step = 0; step < recording->steps; step++) {
    if (!recording->has_obs[step]) continue;
    count++;
    for (int i = 0; i < norm->dim; i++) {  // Welford: var holds the sum of squares so far
      double x = recording->obs[(ptrdiff_t)step * norm->dim + i], delta = x - norm->mean[i];
      if (count == 1) norm->var[i] = 0;
      norm->mean[i] += delta / count;
      norm->var[i] += delta * (x - norm->mean[i]);
    }
  }
  for (int i = 0; i < norm->dim; i++) norm->var[i] /= count;
  *norm->count = count;
  norm->clip = 10;  // an element that hardly moved here would be large at once elsewhere
  norm->epsilon = 1e-8;
  snprintf(detail, sizeof detail, "fitted to %.0f observations of %.180s", count,
           co_path_base(in->def->recording_path));
  return finish(policy, CO_FROM_INFERRED, detail);
}

// ---- the whole

// Files that hold nothing but a normaliser.
static bool is_values(const char *path) {
  const char *dot = strrchr(path, '.');
  return dot && (strcmp(dot, ".csv") == 0 || strcmp(dot, ".safetensors") == 0);
}

static co_status read_values(const char *path, co_policy *policy) {
  co_import_normaliser values;
  CO_TRY(co_import_normaliser_read(path, policy->contract.num_obs, &values));
  co_import_normaliser_apply(&values, policy);
  co_import_normaliser_free(&values);
  return finish(policy, CO_FROM_USER, co_path_base(path));
}

static bool has_own(const co_norm_facts *in) {
  return in->beside && in->beside->dim > 0;
}

static co_status take_given(const co_norm_facts *in, co_policy *policy) {
  const char *given = in->def->normaliser;
  if (in->inside || has_own(in))
    return co_fail(CO_USAGE,
                   "--normaliser %s: %s normalises its observations itself, a second time would be "
                   "wrong",
                   given, in->network);
  turn_off(policy);
  if (strcmp(given, "none") == 0) return finish(policy, CO_FROM_USER, "--normaliser none");
  if (strcmp(given, "fit") == 0) return fit(in, policy);
  if (is_values(given)) return read_values(given, policy);
  co_facts file = {0};
  co_status status = co_facts_read(given, &file);
  if (status == CO_OK && (!file.norm_mean.count || !file.norm_var.count))
    status = co_fail(CO_DATA, "%s: states no mean and variance of a normaliser", given);
  if (status == CO_OK) status = take_stated(&file, policy);
  co_facts_free(&file);
  return status == CO_OK ? finish(policy, CO_FROM_USER, co_path_base(given)) : status;
}

co_status co_import_settle_normaliser(const co_norm_facts *in, co_policy *policy) {
  const co_facts *facts = in->facts;
  const char *stated = facts->normaliser.value, *place = facts->normaliser.at.place;
  char detail[256];
  if (in->def->normaliser) return take_given(in, policy);
  if (in->inside) {
    snprintf(detail, sizeof detail, "%.220s: part of the network", co_path_base(in->network));
    return finish(policy, CO_FROM_FILE, detail);
  }
  if (has_own(in)) {
    if (in->beside->dim != policy->contract.num_obs)
      return co_fail(CO_DATA, "%s: its normaliser has %d elements, the network takes %d",
                     in->network, in->beside->dim, policy->contract.num_obs);
    co_import_normaliser_apply(in->beside, policy);
    snprintf(detail, sizeof detail, "%.180s: %.60s", co_path_base(in->network), in->beside->rule);
    return finish(policy, CO_FROM_FILE, detail);
  }
  turn_off(policy);
  if (facts->norm_mean.count && facts->norm_var.count) return take_stated(facts, policy);
  if (stated && strcmp(stated, "none") == 0)
    return finish(policy, facts->normaliser.at.from, place ? place : "");
  snprintf(detail, sizeof detail, "%.40s%s%.180s", stated ? "stated as " : "nobody says",
           stated ? stated : "", stated ? ", and not found" : "");
  return finish(policy, CO_FROM_UNKNOWN, detail);
}
