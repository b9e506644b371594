// Parts of inspect that its kinds share.

#ifndef TRANSFER_INSPECT_PRIVATE_PARTS_H_
#define TRANSFER_INSPECT_PRIVATE_PARTS_H_

#include "agents/policy/policy.h"
#include "core/buf.h"
#include "core/json.h"
#include "core/status.h"

#include <stdint.h>

co_json *co_inspect_hash_json(uint64_t hash);
// Members that every kind has; takes over the values.
void co_inspect_set_common(co_json *object, const char *kind, const char *path, uint64_t hash,
                           co_json *tensors, co_json *contract);

// A member for people, "-" where it is no text.
const char *co_inspect_text(const co_json *object, const char *key);

// A network of another program, as co_inspect_add.
co_status co_inspect_add_onnx(const char *path, const co_buf *bytes, co_json *object);
void co_inspect_print_onnx(const co_json *object, co_buf *out);

// What a policy computes that acts by a program; NULL of others. CO_MEMORY only.
co_status co_inspect_program_json(const co_policy *policy, co_json **out);
void co_inspect_print_program(const co_json *object, co_buf *out);

#endif  // TRANSFER_INSPECT_PRIVATE_PARTS_H_
