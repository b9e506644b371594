// JSON of a bench as text for people.

#ifndef CLI_BENCH_DESCRIBE_H_
#define CLI_BENCH_DESCRIBE_H_

#include "core/buf.h"
#include "core/json.h"

// One member of the object per line; those of an object in it as "share.physics", and a list of
// objects, which have the same members, as a table below its name.
void bench_describe_members(const co_json *object, co_buf *out);

#endif  // CLI_BENCH_DESCRIBE_H_
