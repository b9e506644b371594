// Messages on the way to the user. The library never prints: it hands a line to the sink that the
// program installed (stderr in cli/, which in a worker is its trial's log.txt). Without a sink
// nothing happens. co_log is thread-safe; co_log_set is called before threads start.

#ifndef CORE_LOG_H_
#define CORE_LOG_H_

// CO_LOG_ONCE is a warning about a file that may be read several times: a sink tells it once.
typedef enum co_log_level {
  CO_LOG_ERROR,
  CO_LOG_WARNING,
  CO_LOG_ONCE,
  CO_LOG_INFO,
  CO_LOG_DETAIL
} co_log_level;

typedef void co_log_sink(void *context, co_log_level level, const char *line);

void co_log_set(co_log_sink *sink, void *context);
void co_log(co_log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif  // CORE_LOG_H_
