// Status codes and the error text of the current thread.
//
// Two kinds of failure are never mixed. A caller's bug is an assert. A fault of the world (file,
// config, disk, non-finite physics) is a co_status with one clear sentence, set by co_fail() in
// thread-local storage, so that every function can simply `return co_fail(CO_DATA, "%s: offset %zu:
// ...", ...)`. A function that failed has changed nothing the caller can see: objects are whole or
// not at all.

#ifndef CORE_STATUS_H_
#define CORE_STATUS_H_

// name, process exit code (sysexits.h where one fits), what it means
#define CO_STATUS_LIST(X)                                    \
  X(CO_OK, 0, "success")                                     \
  X(CO_WANTING, 1, "checked and found wanting")              \
  X(CO_USAGE, 2, "wrong command line")                       \
  X(CO_DATA, 65, "bad data in a file")                       \
  X(CO_NO_INPUT, 66, "missing input")                        \
  X(CO_INTERNAL, 70, "internal, or episodes of faults only") \
  X(CO_MEMORY, 71, "out of memory")                          \
  X(CO_CREATE, 73, "cannot create output")                   \
  X(CO_IO, 74, "input or output failed")                     \
  X(CO_INTERRUPTED, 75, "interrupted, can be resumed")       \
  X(CO_DIVERGED, 76, "numbers of a training are not finite") \
  X(CO_CONFIG, 78, "wrong configuration")

typedef enum co_status {
#define X(name, code, text) name = code,
  CO_STATUS_LIST(X)
#undef X
} co_status;

enum { CO_ERROR_MAX = 8192 };  // longest error text in bytes; longer ones are cut

// Sets the error text of this thread and returns `status`, so that it can be returned in the same
// statement.
co_status co_fail(co_status status, const char *format, ...) __attribute__((format(printf, 2, 3)));

// Puts "prefix: " in front of the text of this thread and returns `status`: context added on the
// way up.
co_status co_fail_context(co_status status, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

// Text of the last failure of this thread, "" when there was none. May hold several lines (one per
// config error).
const char *co_error_text(void);

// "success", "bad data in a file", ... from the list above.
const char *co_status_text(co_status status);

// Returns early with the status of a call that failed.
#define CO_TRY(call)                      \
  do {                                    \
    co_status co_try_ = (call);           \
    if (co_try_ != CO_OK) return co_try_; \
  } while (0)

#endif  // CORE_STATUS_H_
