#include "core/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static _Thread_local char error_text[CO_ERROR_MAX];

co_status co_fail(co_status status, const char *format, ...) {
  char text[CO_ERROR_MAX];  // arguments may point into error_text
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  memcpy(error_text, text, sizeof text);
  return status;
}

co_status co_fail_context(co_status status, const char *format, ...) {
  char prefix[512];
  va_list args;
  va_start(args, format);
  vsnprintf(prefix, sizeof prefix, format, args);
  va_end(args);
  return co_fail(status, "%s: %s", prefix, error_text);
}

const char *co_error_text(void) {
  return error_text;
}

const char *co_status_text(co_status status) {
  switch (status) {
#define X(name, code, text) \
  case name: return text;
    CO_STATUS_LIST(X)
#undef X
  }
  return "unknown status";
}
