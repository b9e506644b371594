// The metrics of transfer by name: unit, meaning, needs. For who computes them
// (transfer/measure/metrics.h) and who shows them; no data, no code.

#ifndef TRANSFER_MEASURE_METRIC_TABLE_H_
#define TRANSFER_MEASURE_METRIC_TABLE_H_

// What a metric can't do without; what is missing is its note.
enum {
  CO_NEEDS_SOURCE = 1,    // a strategy that copies something
  CO_NEEDS_TRAINING = 2,  // steps in the target
  CO_NEEDS_SCRATCH = 4,   // scratch runs, and not to be scratch itself
  CO_NEEDS_ORACLE = 8,    // oracle runs above random
  CO_NEEDS_CURVE = 16,    // a learning rate that does not depend on the horizon
};

// name, unit, what the value is, needs. T: with the strategy, S: from scratch, pi: the source
// policy, J: mean return.
#define CO_METRIC_LIST(X)                                                                        \
  X(carry_over, "share",                                                                         \
    "Part of the source return above random that is left in the target without any training.",   \
    CO_NEEDS_SOURCE)                                                                             \
  X(zero_shot, "return", "Return in the target before the first update.", 0)                     \
  X(jumpstart, "return", "Return before the first update minus that of scratch.",                \
    CO_NEEDS_SCRATCH)                                                                            \
  X(final_iqm, "return",                                                                         \
    "Interquartile mean over seeds of the return on fresh episodes at the end.", 0)              \
  X(difference_to_scratch, "return", "Final return minus that of scratch, paired by seed.",      \
    CO_NEEDS_SCRATCH)                                                                            \
  X(asymptotic_gain, "return", "Mean of the last five evaluations minus that of scratch.",       \
    CO_NEEDS_SCRATCH | CO_NEEDS_TRAINING)                                                        \
  X(normalised_gain, "share",                                                                    \
    "Area above scratch as a part of what the oracle has above scratch.",                        \
    CO_NEEDS_SCRATCH | CO_NEEDS_TRAINING | CO_NEEDS_ORACLE | CO_NEEDS_CURVE)                     \
  X(transfer_ratio, "ratio", "Area above scratch relative to the area of scratch above random.", \
    CO_NEEDS_SCRATCH | CO_NEEDS_TRAINING | CO_NEEDS_ORACLE | CO_NEEDS_CURVE)                     \
  X(time_to_threshold, "env steps",                                                              \
    "Median of the first step from which two evaluations in a row reach a return.",              \
    CO_NEEDS_TRAINING | CO_NEEDS_CURVE)                                                          \
  X(oracle_gap, "share",                                                                         \
    "What the untrained source policy lacks of the oracle's return above random.",               \
    CO_NEEDS_SOURCE | CO_NEEDS_ORACLE)                                                           \
  X(forgetting, "return", "Return in the source before tuning minus after it.",                  \
    CO_NEEDS_SOURCE | CO_NEEDS_TRAINING)                                                         \
  X(dip, "return", "Lowest evaluation during tuning minus the return before it.",                \
    CO_NEEDS_TRAINING)                                                                           \
  X(p_better_than_scratch, "probability",                                                        \
    "Chance that a run ends above a run from scratch, ties half.", CO_NEEDS_SCRATCH)             \
  X(negative_transfer, "0 or 1",                                                                 \
    "1: the area is below that of scratch with its whole interval, by over 2 % of oracle minus " \
    "random.",                                                                                   \
    CO_NEEDS_SOURCE | CO_NEEDS_SCRATCH | CO_NEEDS_TRAINING | CO_NEEDS_CURVE)                     \
  X(normalised_score, "percent", "Final return where random is 0 and the oracle is 100.",        \
    CO_NEEDS_ORACLE)                                                                             \
  X(success_rate, "share", "Share of final episodes that succeed.", 0)                           \
  X(fall_rate, "share", "Share of final episodes that end early without success.", 0)            \
  X(area_gain, "return", "Mean height of the learning curve minus that of scratch.",             \
    CO_NEEDS_SCRATCH | CO_NEEDS_TRAINING | CO_NEEDS_CURVE)                                       \
  X(dip_area, "return", "Mean depth of the learning curve below the return before tuning.",      \
    CO_NEEDS_TRAINING)

typedef enum co_metric_id {
#define X(name, unit, text, needs) CO_METRIC_##name,
  CO_METRIC_LIST(X)
#undef X
      CO_METRIC_COUNT
} co_metric_id;

typedef struct co_metric_info {
  const char *name, *unit, *text;
  int needs;
} co_metric_info;

extern const co_metric_info co_metric_table[CO_METRIC_COUNT];

#endif  // TRANSFER_MEASURE_METRIC_TABLE_H_
