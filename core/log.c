#include "core/log.h"

#include <stdarg.h>
#include <stdio.h>

static co_log_sink *log_sink;
static void *log_context;

void co_log_set(co_log_sink *sink, void *context) {
  log_sink = sink;
  log_context = context;
}

void co_log(co_log_level level, const char *format, ...) {
  if (!log_sink) return;
  char line[2048];
  va_list args;
  va_start(args, format);
  vsnprintf(line, sizeof line, format, args);
  va_end(args);
  log_sink(log_context, level, line);
}
