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

typedef enum co_member_kind {
  CO_MEMBER_TEXT,     // char[size], printable, at least `min` bytes; `optional`: null while empty,
                      // absent while `present` says no
  CO_MEMBER_BOOL,     // `optional`: absent while `present` says no
  CO_MEMBER_REAL,     // double, min..max
  CO_MEMBER_KNOWN,    // double, min..max; null or absent = NAN: there is none, or it is unknown;
                      // `optional`: absent = 0, while `present` says no
  CO_MEMBER_LOW,      // double, null = -INFINITY
  CO_MEMBER_HIGH,     // double, null = INFINITY
  CO_MEMBER_RANGE,    // [low, high] of doubles at `offset` and `extra`, null = none of both
  CO_MEMBER_INTEGER,  // signed or unsigned of `size` 4 or 8 bytes, min..max, never negative, below
                      // 2^63
  CO_MEMBER_HASH,     // uint64_t as 16 hex digits, null = 0 = unknown
  CO_MEMBER_CHOICE,   // enum as one of `choices`; `optional`: absent while `present` says no
  CO_MEMBER_INTS,     // int[max_count], each min..max; count (int) at `extra`
  CO_MEMBER_REALS,    // double[max_count]; count (int) at `extra`
  CO_MEMBER_VECTOR,   // double[max_count], as many as that
  CO_MEMBER_GROUP,  // object whose members lie in the same struct; `optional`: absent while the int
                    // at `extra` is 0, or `present` says no
  CO_MEMBER_LIST,  // array of objects: pointer to structs of `size` bytes, calloc'd; count (int) at
                   // `extra`; `optional`: absent while the pointer is NULL
  CO_MEMBER_MAP,   // the same as an object of numbers; `child` has the name (TEXT) and the number
                   // (REAL)
  CO_MEMBER_DERIVED,  // `derive`
} co_member_kind;

typedef struct co_members co_members;

typedef struct co_member {
  const char *key;
  co_member_kind kind;
  size_t offset, extra;  // in the struct
  size_t size;
  double min, max;
  int max_count;
  int optional;
  const char *const *choices;            // NULL-terminated
  const co_members *child;               // of GROUP, LIST and MAP
  co_json *(*derive)(const void *base);  // a new value from the struct
  int (*present)(const void *base);  // of an optional GROUP, CHOICE or BOOL, in place of `extra`
} co_member;

struct co_members {
  const co_member *member;  // (count)
  int count;
};

// A new object; NULL never (out of memory shows in co_json_write).
co_json *co_members_write(const co_members *members, const void *base);

// Fills zeroed memory. On failure lists already read stay in `base` for the caller to free.
co_status co_members_read(const co_members *members, const co_json *json, const char *file,
                          void *base);

#endif  // AGENTS_FORMATS_MEMBERS_H_
