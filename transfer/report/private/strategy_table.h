// Tables of things that all strategies of a pair have, such as tensors: a row per thing, a column
// per strategy, a table per pair that can be folded.

#ifndef TRANSFER_REPORT_PRIVATE_STRATEGY_TABLE_H_
#define TRANSFER_REPORT_PRIVATE_STRATEGY_TABLE_H_

#include "transfer/report/private/parts.h"

typedef struct co_strategy_table {
  const char *list;   // of results.json, whose entries have source, target and strategy
  const char *items;  // member of an entry: array of the things
  const char *name;   // member of a thing: what it is called, once in its array
  const char *css;    // class of the table
  const char *label;  // for readers that can't see it
  const char *head;   // cells in front of the strategies' as HTML
  // Cells behind the name; NULL: there are none.
  void (*put_front)(co_buf *out, const co_json *thing);
  // The cell of a strategy; `thing` NULL: it has no such thing.
  void (*put)(co_buf *out, const co_json *thing);
} co_strategy_table;

// All pairs, the first one open. False, and nothing is written: no strategy has anything.
bool co_strategy_table_put(co_buf *out, const co_report *report, const co_strategy_table *table);

// The name of a tensor or a layer, or a glob, which may be broken behind each | and each dot.
void co_report_put_code(co_buf *out, const char *text);

#endif  // TRANSFER_REPORT_PRIVATE_STRATEGY_TABLE_H_
