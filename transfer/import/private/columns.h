// The columns of a rollout while it is read, whatever its format.

#ifndef TRANSFER_IMPORT_PRIVATE_COLUMNS_H_
#define TRANSFER_IMPORT_PRIVATE_COLUMNS_H_

#include "transfer/import/rollout.h"

typedef enum co_rollout_column {
  CO_ROLLOUT_OBS,
  CO_ROLLOUT_ACTION,
  CO_ROLLOUT_QPOS,
  CO_ROLLOUT_QVEL,
  CO_NUM_ROLLOUT_COLUMNS
} co_rollout_column;

enum {
  CO_ROLLOUT_STEPS = 10000000,   // most steps
  CO_ROLLOUT_WIDTH = 65536,      // most numbers of a column in a step
  CO_ROLLOUT_NUMBERS = 1 << 26,  // most numbers of all
};

// "obs", ...
extern const char *const co_rollout_column_names[CO_NUM_ROLLOUT_COLUMNS];
// The column that files call so, -1: none; at most `length` bytes of the name count.
int co_rollout_find_column(const char *name, size_t length);

// Memory for as many steps of these widths; CO_DATA for too many numbers, and where observations
// or actions are missing, or only one of positions and velocities.
co_status co_rollout_create(const char *path, int64_t steps, const int64_t *width, co_rollout *out);
double *co_rollout_at(co_rollout *rollout, co_rollout_column column, int step);
int co_rollout_width(const co_rollout *rollout, co_rollout_column column);
// Once all is filled: numbers are finite, the first step has an observation and begins an episode.
co_status co_rollout_finish(const char *path, co_rollout *rollout);

// From the bytes of a file of this format, up to co_rollout_finish.
co_status co_rollout_parse_npz(const char *bytes, size_t size, const char *path, co_rollout *out);
co_status co_rollout_parse_csv(const char *bytes, size_t size, const char *path, co_rollout *out);
co_status co_rollout_parse_json(const char *bytes, size_t size, const char *path, co_rollout *out);

#endif  // TRANSFER_IMPORT_PRIVATE_COLUMNS_H_
