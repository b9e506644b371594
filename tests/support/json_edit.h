// Changing members of documents that a test owns.

#ifndef TESTS_SUPPORT_JSON_EDIT_H_
#define TESTS_SUPPORT_JSON_EDIT_H_

#include "core/json.h"
#include "core/unconst.h"

// The member of `object`, which the caller may change; NULL when there is none. Readers get theirs
// from co_json_get.
static inline co_json *json_member(co_json *object, const char *key) {
  return co_unconst(co_json_get(object, key));
}

#endif  // TESTS_SUPPORT_JSON_EDIT_H_
