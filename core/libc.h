// The C library that this process runs with. Its mathematics (sin, exp and their like) is in what
// engines compute, so results are the same bytes only with the same one.

#ifndef CORE_LIBC_H_
#define CORE_LIBC_H_

// Name and version, "glibc 2.36"; "unknown" where it does not tell. Static. Thread-safe.
const char *co_libc_text(void);

#endif  // CORE_LIBC_H_
