// Typed configuration: one table of fields reads a config tree into a struct, checks it, and writes
// it back.
//
// A schema lists the keys of one group. Reading reports all errors of a file at once, each as
//   file:line: key: what is wrong, what is allowed, did you mean ...?
// and writing gives the effective configuration (defaults filled in), whose text reads back to the
// same struct and writes to the same bytes. `--set` edits the tree before reading, so edited values
// are checked like written ones.
//
// Strings, arrays and lists inside the struct live in the arena given to co_schema_read.

#ifndef CORE_CONFIG_SCHEMA_H_
#define CORE_CONFIG_SCHEMA_H_

#include "core/arena.h"
#include "core/buf.h"
#include "core/config/tree.h"
#include "core/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum co_field_kind {
  CO_FIELD_BOOL,     // bool
  CO_FIELD_INT,      // int64_t, min..max
  CO_FIELD_FLOAT,    // double, min..max; a whole number is accepted; unset optional = NAN
  CO_FIELD_STRING,   // const char *; unset optional = NULL
  CO_FIELD_CHOICE,   // int, index into choices
  CO_FIELD_FLOATS,   // co_floats: number, ( ) or [ ] of numbers; min_count..max_count elements;
                     // unset = count 0; a word of `choices` = (-INFINITY, INFINITY)
  CO_FIELD_STRINGS,  // co_strings: string or ( ) or [ ] of strings; unset = count 0
  CO_FIELD_GROUP,    // the nested struct itself, `child` schema
  CO_FIELD_LIST,     // co_list of structs, `child` schema; unset = count 0
  CO_FIELD_TREE,  // const co_node *: lent from the tree read, for the module that understands it;
                  // unset = NULL
} co_field_kind;

typedef struct co_floats {
  double *value;  // (count)
  int count;
} co_floats;

typedef struct co_strings {
  const char **value;  // (count)
  int count;
} co_strings;

typedef struct co_list {
  void *item;  // (count) structs of the child schema
  int count;
} co_list;

enum {
  CO_REQUIRED = 1,
  CO_POSITIVE_EXCLUSIVE = 2,  // min itself is not allowed
  CO_ZERO_IS_UNSET = 4,       // of INT: 0 is not written
  // of BOOL, INT, FLOAT, CHOICE: the default is not written, so that a setting that is new does not
  // change the text, and with it the hash, of what was made before
  CO_USUAL_UNWRITTEN = 8,
};

typedef struct co_schema co_schema;
typedef struct co_schema_errors co_schema_errors;

typedef struct co_field {
  const char *key;
  co_field_kind kind;
  size_t offset;             // in the struct
  int flags;                 // CO_REQUIRED, ...
  double min, max;           // of numbers; both 0: no bounds, or above 0 with CO_POSITIVE_EXCLUSIVE
  int min_count, max_count;  // of FLOATS, STRINGS, LIST; both 0: any
  const char *const
      *choices;  // NULL-terminated: of CHOICE, of STRING where only these are allowed, and of
                 // FLOATS the one word that may stand there: no bounds
  const co_schema *child;
  const char *doc;  // one sentence with unit, for docs and messages
} co_field;

struct co_schema {
  const char *name;       // "study.target", for messages
  size_t size;            // of the struct
  const co_field *field;  // (count)
  int count;
  // Sets defaults in memory that is zeroed, with unset FLOATs as NAN already. May be NULL.
  void (*defaults)(void *value);
  // Checks what needs several fields; reports each problem with co_schema_error. May be NULL.
  void (*validate)(const void *value, const co_node *node, co_schema_errors *errors);
};

// Collects errors of one reading; co_schema_finish puts them in the order of the file.
struct co_schema_errors {
  co_buf text;  // records; `failed` when memory ran out
  int count;
};

// Adds "file:line: key: text" for a node or, when it is a group with that key, for the member (key
// may be NULL).
void co_schema_error(co_schema_errors *errors, const co_node *node, const char *key,
                     const char *format, ...) __attribute__((format(printf, 4, 5)));

// Reads `node` (a group) into `value` (schema->size bytes). All errors are collected: CO_CONFIG,
// text with one line per error. On failure `value` must not be used.
co_status co_schema_read(const co_schema *schema, const co_node *node, co_arena *arena,
                         void *value);

// Same, adding to a collection instead of failing; for modules that read a subtree (CO_FIELD_TREE)
// of theirs.
void co_schema_read_into(const co_schema *schema, const co_node *node, co_arena *arena, void *value,
                         co_schema_errors *errors);

// Turns a collection into a status (CO_OK when empty) and releases it.
co_status co_schema_finish(co_schema_errors *errors);

// The effective value as a tree (unset optional fields and non-finite FLOATs are left out) and as
// text of one group's members. A non-finite element of FLOATS is CO_INTERNAL, since no file could
// hold it.
co_status co_schema_to_tree(const co_schema *schema, const void *value, co_node **out);
co_status co_schema_write(const co_schema *schema, const void *value, co_buf *buf);

// Defaults only; `value` is zeroed first.
void co_schema_defaults(const co_schema *schema, void *value);

#endif  // CORE_CONFIG_SCHEMA_H_
