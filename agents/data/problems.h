// A list of sentences: what is wrong with a data set, or was lost on its way.

#ifndef AGENTS_DATA_PROBLEMS_H_
#define AGENTS_DATA_PROBLEMS_H_

#include "core/status.h"

typedef struct co_data_problems {
  char **text;  // (count) owned
  int count;
} co_data_problems;

co_status co_data_problems_add(co_data_problems *problems, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void co_data_problems_free(co_data_problems *problems);

#endif  // AGENTS_DATA_PROBLEMS_H_
