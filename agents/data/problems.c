#include "agents/data/problems.h"

#include "core/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

co_status co_data_problems_add(co_data_problems *problems, const char *format, ...) {
  char line[CO_ERROR_MAX];
  va_list args;
  va_start(args, format);
  vsnprintf(line, sizeof line, format, args);
  va_end(args);
  char **text = co_realloc(problems->text, (size_t)problems->count + 1, sizeof *text);
  if (!text) return CO_MEMORY;
  problems->text = text;
  text[problems->count] = co_strdup(line);
  if (!text[problems->count]) return CO_MEMORY;
  problems->count++;
  return CO_OK;
}

void co_data_problems_free(co_data_problems *problems) {
  for (int i = 0; i < problems->count; i++) free(problems->text[i]);
  free(problems->text);
  *problems = (co_data_problems){0};
}
