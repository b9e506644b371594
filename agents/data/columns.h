// The columns of D4RL (Fu et al. 2020, "D4RL: datasets for deep data-driven reinforcement
// learning"): one array per kind of number, a row per step, as .npz and .hdf5 files hold them; and
// three more that only our own files have, by which they come back as the set that they were.

#ifndef AGENTS_DATA_COLUMNS_H_
#define AGENTS_DATA_COLUMNS_H_

#include "agents/data/sink.h"

// id, name, type in our files: floats, bytes of 0 and 1, whole numbers
#define CO_DATA_COLUMN_LIST(X)                        \
  X(CO_COLUMN_OBS, "observations", CO_DATA_F32)       \
  X(CO_COLUMN_ACTION, "actions", CO_DATA_F32)         \
  X(CO_COLUMN_REWARD, "rewards", CO_DATA_F32)         \
  X(CO_COLUMN_TERMINAL, "terminals", CO_DATA_BOOL)    \
  X(CO_COLUMN_TIMEOUT, "timeouts", CO_DATA_BOOL)      \
  X(CO_COLUMN_NEXT, "next_observations", CO_DATA_F32) \
  X(CO_COLUMN_EPISODE, "episode", CO_DATA_U32)        \
  X(CO_COLUMN_ROW, "row", CO_DATA_U32)
typedef enum co_data_type { CO_DATA_F32, CO_DATA_BOOL, CO_DATA_U32 } co_data_type;
typedef enum co_data_column {
#define X(id, name, type) id,
  CO_DATA_COLUMN_LIST(X)
#undef X
      CO_NUM_COLUMNS
} co_data_column;
extern const char *const co_data_column_names[CO_NUM_COLUMNS];
extern const co_data_type co_data_column_types[CO_NUM_COLUMNS];
// Name of a further array: the text of the set (docs/formats.md), bytes.
extern const char co_data_about_name[];

// ---- writing

// Elements of a step, and bytes of each.
int co_data_column_width(const co_data_about *about, co_data_column column);
size_t co_data_column_bytes(co_data_column column);
// Those of one transition, `out` (width x bytes).
void co_data_column_take(const co_data_about *about, const co_data_transition *transition,
                         co_data_column column, void *out);

// ---- reading

typedef struct co_data_columns {
  const char *file;  // for messages, borrowed
  int64_t rows;
  int width[CO_NUM_COLUMNS];  // 0: the file has no such column
  void *context;
  // The next row of a column: (width), as double, which holds all types.
  co_status (*next)(void *context, co_data_column column, double *out);
} co_data_columns;

// Whether columns of these rows make a set: CO_DATA that names what is missing, or too long.
co_status co_data_columns_check(const co_data_columns *columns, const int64_t rows[CO_NUM_COLUMNS]);
// All rows, through agents/data/link.h. `about` NULL: the file does not say; its sizes are the
// columns'. Numbers that float32 does not hold are rounded, and that is told.
co_status co_data_columns_read(const co_data_columns *columns, const co_data_about *about,
                               const co_data_sink *sink, co_data_problems *problems);

// A number as float32; counts those that are another number then.
float co_data_narrow(double value, int64_t *rounded);
co_status co_data_tell_rounded(int64_t rounded, co_data_problems *problems);

#endif  // AGENTS_DATA_COLUMNS_H_
