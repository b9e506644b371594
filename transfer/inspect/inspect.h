// What a file or folder is and holds: policy, task, domain, collection of domains, strategies,
// study, network of another program. For `carryover inspect`, and for tests of files.
//
// The object (docs: interface of the command) has kind, path, hash, tensors, contract, valid,
// problems for every kind; tensors is empty and contract {} where there are none. Of a policy,
// `hash` is that of the file's bytes, a tensor's hash is the one in done.json, its mean and std are
// over its elements (std with n). Of a config file, `keys` names the members of its group or list
// and `hash` is of the file's bytes; a study's folder adds `trials` of its results.json, and its
// `hash` is of study.cfg. Of an ONNX file tensors are the initialisers, and their hash is of
// their numbers. `problems` are findings in whole sentences; `valid` says whether the thing can be
// used. Thread-safe.

#ifndef TRANSFER_INSPECT_INSPECT_H_
#define TRANSFER_INSPECT_INSPECT_H_

#include "core/buf.h"
#include "core/json.h"
#include "core/status.h"

// Whether a file of a kind that this module does not read can be used: CO_CONFIG, CO_NO_INPUT or
// CO_DATA with one line per problem. `context` is the caller's.
typedef co_status co_inspect_check(void *context, const char *kind, const char *path);

// Adds the members to an object; `check` judges tasks, domains and their collections. CO_NO_INPUT
// when there is nothing, CO_DATA when it is damaged; the object is then as it was.
co_status co_inspect_add(const char *path, co_inspect_check *check, void *context, co_json *object);

// Appends the object as text for people: a table of the tensors, then what the contract says, then
// problems.
void co_inspect_print(const co_json *object, co_buf *out);

#endif  // TRANSFER_INSPECT_INSPECT_H_
