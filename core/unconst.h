// For interfaces that take no const and do not write: arguments of a new process, nodes lent to a
// reader, values of a library. Nothing else drops a const: where one reads and another writes, they
// have two types, or the owner keeps the address that may be written.

#ifndef CORE_UNCONST_H_
#define CORE_UNCONST_H_

// The same address; who gets it must not write there.
static inline void *co_unconst(const void *address) {
  union {
    const void *read;
    void *write;
  } same = {address};
  return same.write;
}

#endif  // CORE_UNCONST_H_
