// The comparison of two contracts as JSON, and as a table for people.

#ifndef CLI_DIFF_DIFF_PRINT_H_
#define CLI_DIFF_DIFF_PRINT_H_

#include "agents/contract/diff.h"
#include "cli/cli.h"

// Adds equal, meaning_equal, differences[], tensors[], other[].
void diff_add_json(const co_contract_diff *diff, co_json *object);
void diff_add_text(const co_contract_diff *diff, co_buf *text);

#endif  // CLI_DIFF_DIFF_PRINT_H_
