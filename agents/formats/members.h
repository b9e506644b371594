// One table of members reads a JSON object into a struct, checks it, and writes it back.
//
// The same idea as core/config/schema.h has for config files, for JSON that programs exchange:
// every member of the table must be there (unless it says otherwise), nothing else may be, numbers
// are finite and in range. What follows from other members is a DERIVED member: computed when
// written, compared when read, never stored. Errors are CO_DATA with "file: path.to.0.key: text".
// Thread-safe.

#ifndef AGENTS_FORMATS_MEMBERS_H_
#define AGENTS_FORMATS_MEMBERS_H_

#include "core/json.h"
#include "core/status.h"

#include <stddef.h>
#include <stdint.h>

// What a member is in the struct and in JSON, and what it holds where a `nullable` one is null.
typedef enum co_member_kind {
  CO_MEMBER_TEXT,     // char[size], printable, at least `min` bytes; null: empty
  CO_MEMBER_STRING,   // char *, malloc'd, owned by the struct, of any length; null: NULL
  CO_MEMBER_BOOL,     // bool, or uint8_t of 0 and 1; null: false, and the flag of the same type at
                      // `extra`, which says whether there is a value, is false
  CO_MEMBER_REAL,     // double, min..max; null: NAN, there is none, or it is unknown
  CO_MEMBER_LOW,      // double, null = -INFINITY
  CO_MEMBER_HIGH,     // double, null = INFINITY
  CO_MEMBER_RANGE,    // [low, high] of doubles at `offset` and `extra`, null = none of both
  CO_MEMBER_INTEGER,  // signed or unsigned of `size` 4 or 8 bytes, min..max, never negative, below
                      // 2^63
  CO_MEMBER_HASH,     // uint64_t as 16 hex digits; null: 0 = unknown, which is never digits then
  CO_MEMBER_CHOICE,   // enum, or bool (`size` 1), as one of `choices`
  CO_MEMBER_CHOICES,  // enum[max_count], each as one of `choices`; count (int) at `extra`
  CO_MEMBER_INTS,     // int[max_count], each min..max; count (int) at `extra`
  CO_MEMBER_REALS,    // double[max_count]; count (int) at `extra`
  CO_MEMBER_VECTOR,   // double[max_count], as many as that
  CO_MEMBER_GROUP,    // object whose members lie in the same struct
  CO_MEMBER_LIST,     // array of objects: pointer to structs of `size` bytes, calloc'd; count (int)
                      // at `extra`
  CO_MEMBER_MAP,      // the same as an object: `child` has the name (TEXT), and the value (REAL,
                      // HASH, ...)
  CO_MEMBER_DERIVED,  // `derive`
} co_member_kind;

typedef struct co_members co_members;

typedef struct co_member {
  const char *key;
  co_member_kind kind;
  size_t offset, extra;  // in the struct
  size_t size;
  double min, max;
  int min_count, max_count;  // of CHOICES, INTS, REALS, LIST and MAP
  int nullable;              // may be null: TEXT, STRING, BOOL, REAL, HASH
  // May be absent, and is what the memory held before; a nullable REAL is NAN, as if it were null.
  // It is left out when written where `present` says no, else a LIST or MAP where its pointer is
  // NULL and a GROUP where the int at `extra` is 0. With `present`, an absent REAL is 0.
  int optional;
  int in_place;                          // LIST, MAP: structs [max_count] in place of a pointer
  const char *const *choices;            // NULL-terminated
  const co_members *child;               // of GROUP, LIST and MAP
  co_json *(*derive)(const void *base);  // a new value from the struct
  int (*present)(const void *base);
} co_member;

struct co_members {
  const co_member *member;  // (count)
  int count;
  // What is wrong with a struct whose members are right, each by itself; NULL: nothing. May be
  // NULL.
  const char *(*check)(const void *base);
};

// Rows of tables, by the field of a struct, the key in JSON and what else there is to say as
// designators: CO_ROW(REAL, co_record, entropy, "step0_entropy", .nullable = 1).
#define CO_ROW(which, type, field, ...)                         \
  {                                                             \
    .kind = CO_MEMBER_##which, .offset = offsetof(type, field), \
    .size = sizeof(((type *)0)->field), .key = __VA_ARGS__      \
  }
// of kind LIST or MAP, whose structs have the members `table`
#define CO_LIST_ROW(which, type, field, number, table, ...)                                      \
  {                                                                                              \
    .kind = CO_MEMBER_##which, .offset = offsetof(type, field), .extra = offsetof(type, number), \
    .size = sizeof(((type *)0)->field[0]), .child = &(table), .key = __VA_ARGS__                 \
  }
#define CO_DERIVED_ROW(function, name) \
  { .key = name, .kind = CO_MEMBER_DERIVED, .derive = function }
// A table of rows, and a function that checks the whole, or NULL.
#define CO_MEMBERS(name, function, ...)                                                        \
  static const co_member name##_member[] = {__VA_ARGS__};                                      \
  static const co_members name = {name##_member, sizeof name##_member / sizeof *name##_member, \
                                  function}

// A new object; NULL never (out of memory shows in co_json_write).
co_json *co_members_write(const co_members *members, const void *base);

// Fills zeroed memory, but for what optional members are when absent. On failure lists and strings
// already read stay in `base` for the caller to free.
co_status co_members_read(const co_members *members, const co_json *json, const char *file,
                          void *base);

#endif  // AGENTS_FORMATS_MEMBERS_H_
