// What a file is that was given as a policy and is none: by its first bytes. Thread-safe.

#ifndef AGENTS_FORMATS_MAGIC_H_
#define AGENTS_FORMATS_MAGIC_H_

#include <stddef.h>

// "a zip archive, as PyTorch ... write them", for a sentence that begins with "this is"; NULL when
// nothing is known by these bytes.
const char *co_magic_name(const void *bytes, size_t size);

#endif  // AGENTS_FORMATS_MAGIC_H_
