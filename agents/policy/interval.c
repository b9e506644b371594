#include "agents/policy/interval.h"

#include "core/stats/stats.h"

#include <assert.h>
#include <math.h>

// Returns in ascending order, each with the episode it belongs to: a resample is a count per
// episode, so that none of the 50,000 repetitions sorts again.
typedef struct ranks {
  co_rank *rank;
  int count;
} ranks;

static void evaluate_iqm(const void *context, const int *count, double *scratch, double *out) {
  const ranks *all = context;
  (void)scratch;
  *out = co_ranked_iqm(all->rank, all->count, count);
}

// returns of the episodes without fault; gives their number
static int valid_returns(const co_evaluation *eval, double *value) {
  int count = 0;
  for (int i = 0; i < eval->count; i++)
    if (!eval->episode[i].fault) value[count++] = eval->episode[i].ret;
  return count;
}

// every episode is one unit of one stratum
static co_status bootstrap(const ranks *all, const int *unit, uint64_t seed, co_pool *pool,
                           co_interval *out) {
  co_bootstrap_def def = co_bootstrap_default();
  def.stream = (co_stream){seed, 0, CO_PURPOSE_BOOTSTRAP};
  const int stratum[] = {0, all->count};
  co_design design = {.strata = 1, .stratum = stratum, .unit = unit};
  co_statistic statistic = {.evaluate = evaluate_iqm, .context = all, .outs = 1};
  return co_bootstrap(&def, &design, &statistic, pool, out);
}

co_status co_evaluation_interval(const co_evaluation *eval, uint64_t seed, co_pool *pool,
                                 co_interval *out) {
  assert(eval->count >= 0 && (eval->episode || eval->count == 0));
  *out = (co_interval){.lo = NAN, .hi = NAN};
  co_arena arena = {0};
  size_t most = (size_t)eval->count + 1;
  double *value = co_arena_alloc(&arena, most, sizeof *value);
  int *unit = co_arena_alloc(&arena, most, sizeof *unit);
  int count = value ? valid_returns(eval, value) : 0;
  ranks all = {value ? co_rank_values(&arena, value, count, 0) : NULL, count};
  co_status status = unit && all.rank ? CO_OK : CO_MEMORY;
  if (status == CO_OK && count > 1) {
    for (int i = 0; i <= count; i++) unit[i] = i;
    co_rank_sort(all.rank, count);
    status = bootstrap(&all, unit, seed, pool, out);
  }
  co_arena_free(&arena);
  return status;
}

void co_evaluation_expect(const co_evaluation *eval, const co_interval *interval, uint64_t seed,
                          co_contract *contract) {
  int episodes = eval->count - eval->faults;
  bool known = interval && isfinite(interval->lo) && isfinite(interval->hi);
  contract->expected_episodes = episodes;
  contract->expected_mean = episodes ? eval->mean : 0;
  contract->expected_std = episodes > 1 ? eval->std : 0;
  contract->expected_confidence = known ? co_bootstrap_default().confidence : 0;
  contract->expected_iqm = known ? eval->iqm : 0;
  contract->expected_lo = known ? interval->lo : 0;
  contract->expected_hi = known ? interval->hi : 0;
  contract->expected_seed = known ? seed : 0;
}
