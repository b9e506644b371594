#include "core/libc.h"

#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static char name[64];

static void ask(void) {
#ifdef _CS_GNU_LIBC_VERSION
  size_t size = confstr(_CS_GNU_LIBC_VERSION, name, sizeof name);
  if (size > 1 && size <= sizeof name) return;
#endif
  snprintf(name, sizeof name, "unknown");
}

const char *co_libc_text(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, ask);
  return name;
}
