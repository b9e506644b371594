// The mapping inspector: what two worlds make of actions on their way to the joints; then
// observation and action elements of two contracts, partner beside partner, with what their numbers
// stand for, and where that differs.
//
// Rows are built once for a pair of contracts from what agents/contract/diff.h finds, and of their
// worlds from what viz/show/private/applied.h tells; painting is pure.

#ifndef VIZ_SHOW_PRIVATE_MAPPING_H_
#define VIZ_SHOW_PRIVATE_MAPPING_H_

#include "agents/contract/diff.h"
#include "viz/draw/paint.h"
#include "viz/show/private/applied.h"

typedef enum co_severity { CO_SAME, CO_DIFFERS, CO_DIFFERS_IN_MEANING } co_severity;

// id, title
#define CO_MAPPING_COLUMN_LIST(X) \
  X(CO_MAPPING_SIGN, "sign")      \
  X(CO_MAPPING_SCALE, "scale")    \
  X(CO_MAPPING_OFFSET, "offset")  \
  X(CO_MAPPING_POSE, "default")   \
  X(CO_MAPPING_GAIN, "kp/kd")

typedef enum co_mapping_column {
#define X(id, title) id,
  CO_MAPPING_COLUMN_LIST(X)
#undef X
      CO_NUM_MAPPING_COLUMNS
} co_mapping_column;

typedef struct co_mapping_cell {
  char text[2][24];  // of each side; "": the element has none
  co_severity severity;
} co_mapping_cell;

typedef enum co_mapping_kind {
  CO_MAPPING_HEADING,  // text: "actions", with titles of the columns
  CO_MAPPING_ELEMENT,  // name and cells, by co_mapping_column or co_applied_column
  CO_MAPPING_NOTE,     // text: any other difference, of the element above or of the contracts
} co_mapping_kind;

typedef struct co_mapping_row {
  co_mapping_kind kind;
  co_severity severity;   // of an element: the worst of name, cells and notes
  char name[2][CO_NAME];  // "": no partner
  co_mapping_cell cell[CO_NUM_MAPPING_COLUMNS];
  const char *const *title;  // (CO_NUM_MAPPING_COLUMNS) of a heading; NULL: it has none
  char text[192];
} co_mapping_row;

typedef struct co_mapping {
  int num_rows, capacity;
  co_mapping_row *row;          // (num_rows) owned
  int differences, in_meaning;  // of the contracts
  co_severity applied;          // the worst that the worlds do to actions
} co_mapping;

// What is compared.
typedef struct co_mapping_sides {
  const co_contract *a, *b;
  const co_contract_diff *diff;             // of the two
  const co_built_world *world_a, *world_b;  // NULL, both: nothing is told of what they apply
} co_mapping_sides;

// CO_MEMORY.
co_status co_mapping_build(const co_mapping_sides *sides, co_mapping *out);
void co_mapping_free(co_mapping *mapping);

typedef struct co_mapping_input {
  const co_mapping *mapping;
  const char *name[2];  // of the sides
  bool only;            // differences only
  int scroll;           // rows above the first one shown
} co_mapping_input;

// Returns the largest scroll that is useful.
int co_mapping_paint(co_paint *paint, co_box box, const co_mapping_input *input);
// Whether a click here asks for the differences only, or for everything again.
bool co_mapping_toggles(co_box box, int row, int x, int y);

#endif  // VIZ_SHOW_PRIVATE_MAPPING_H_
