// Metrics of transfer (docs/methods.md#metrics) with the rules of a fair comparison
// (docs/methods.md#rules-of-a-fair-comparison), and the verdict in words. Plain arrays in, no
// files.
//
// The experimental unit is the source policy (source seed): n counts units, target seeds are nested
// in them, all arms of a pair use the same runs and are compared run by run, and resampling draws
// units, then runs within. A figure a rule forbids is NAN (null in JSON) with a note that says why.
// Taylor & Stone 2009 (JMLR 10:1633) for the metrics, Agarwal et al. 2021 (arXiv 2108.13264) for
// IQM and intervals, Wolczyk et al. 2021 (arXiv 2105.10919) for the normalised gain.
//
// Values over runs are joined by the interquartile mean, differences being taken within runs before
// that; a ratio is the ratio of two such values, since ratios of single runs explode where the
// denominator is small.

#ifndef TRANSFER_MEASURE_MEASURE_H_
#define TRANSFER_MEASURE_MEASURE_H_

#include "core/buf.h"
#include "core/json.h"
#include "core/stats/bootstrap.h"
#include "transfer/measure/metrics.h"

// All metrics of a study. `def` sets repetitions, confidence and stream of the bootstrap. The same
// bytes for any number of threads of `pool`, which may be NULL. CO_MEMORY only.
co_status co_metrics_create(const co_pair_data *data, int pairs, const co_bootstrap_def *def,
                            co_pool *pool, co_metrics **out);
void co_metrics_free(co_metrics *metrics);

// A new object {NAME: {value, lo, hi, n, censored, note}} of one arm; the caller owns it.
co_json *co_metrics_json(const co_arm_result *arm);

// What the numbers allow to say, for a reader who knows robots but no statistics: one paragraph of
// short sentences per pair, with an opening line where a strategy helps in one target and hurts in
// another. Paragraphs end with '\n'.
void co_metrics_verdict(const co_metrics *metrics, co_buf *out);

// The same in at most three sentences that a person can repeat, one per line: what is left without
// training, which strategies are told apart from scratch and where, which are not. Strategies are
// told by what they do; many targets are counted. `left_out` names targets that were refused, NULL:
// none; they have a sentence of their own, or the end of the third.
void co_metrics_summary(const co_metrics *metrics, const char *left_out, co_buf *out);

#endif  // TRANSFER_MEASURE_MEASURE_H_
