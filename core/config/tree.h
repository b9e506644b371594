// A config file as a tree of values, read through libconfig, each node with the file and line it
// comes from.
//
// The tree is what files, `--set path=value` and generated definitions have in common;
// core/config/schema.h turns it into structs and back. Nodes are owned by their parent;
// co_node_free releases a whole tree. Reading untrusted files is safe: errors name file:line and
// nothing is left behind. Not thread-safe per tree.
//
// What libconfig 1.5 does not do is done here: an integer over 32 bits without L is an error
// (libconfig silently reads another number), and floats are written with the fewest of 15 to 17
// digits that read back to the same number, so that what is written reads back to the same bytes.

#ifndef CORE_CONFIG_TREE_H_
#define CORE_CONFIG_TREE_H_

#include "core/buf.h"
#include "core/status.h"

#include <stdbool.h>
#include <stdint.h>

typedef enum co_node_kind {
  CO_NODE_BOOL,
  CO_NODE_INT,
  CO_NODE_FLOAT,
  CO_NODE_STRING,
  CO_NODE_ARRAY,  // [ ], all of one scalar kind
  CO_NODE_LIST,   // ( ), anything
  CO_NODE_GROUP,  // { }, named members
} co_node_kind;

enum { CO_TREE_DEPTH = 32 };  // deepest nesting that is read or made by co_tree_set

typedef struct co_node co_node;
struct co_node {
  co_node_kind kind;
  char *name;  // within its group, NULL in lists and for the root, owned
  char *file;  // where it comes from ("--set" for edits), owned
  int line;    // from 1; 0 when there is none
  char *path;  // what --set calls it ("learning.rate"), NULL for what is not edited, owned
  union {
    bool boolean;
    int64_t integer;
    double real;
    char *string;  // owned
  } value;
  co_node **child;  // (count), owned
  int count;
};

// Reads a file. CO_NO_INPUT when it does not exist, CO_CONFIG with "file:line: text" for syntax,
// doubled keys, ...
co_status co_tree_read(const char *path, co_node **out);

// The same for text; `file` names it in messages.
co_status co_tree_parse(const char *text, const char *file, co_node **out);

// Applies "a.0.b=value" (value in config syntax; a bare word is taken as a string). The last
// element may be new in a group, all before it must exist; a list index equal to its length
// appends. On failure the tree is unchanged.
co_status co_tree_set(co_node *root, const char *assignment);

// Writes where a value comes from, "file:line: key: "; without a line where the node has none, and
// with the whole path of the key where it is an edit by --set. NULL: no key.
void co_node_place(const co_node *node, const char *key, co_buf *out);

// Fails with "PLACE: text", the place as above.
co_status co_node_fail(co_status status, const co_node *node, const char *key, const char *format,
                       ...) __attribute__((format(printf, 4, 5)));

// Member of a group by name, or NULL.
co_node *co_node_get(const co_node *group, const char *name);

// Deep copy; NULL when out of memory.
co_node *co_node_copy(const co_node *node);
void co_node_free(co_node *node);

// Building by hand: a new node of a kind with no children; adding moves ownership, on failure too
// (frees the child).
co_node *co_node_new(co_node_kind kind, const char *name, const char *file, int line);
co_status co_node_add(co_node *parent, co_node *child);

// Writes a node's value in config syntax (a group without name: its members, one per line),
// canonical: the same tree always gives the same bytes, and reading them gives an equal tree.
// Numbers must be finite.
void co_tree_write(const co_node *node, co_buf *buf);

#endif  // CORE_CONFIG_TREE_H_
