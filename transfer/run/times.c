#include "transfer/run/times.h"

#include "core/file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void co_timing_row(const char *trial, const char *phase, const co_cost *cost, co_buf *out) {
  co_buf_printf(out, "%s,%s,%.6f,%.6f,%" PRId64 ",%" PRId64 ",%.17g\n", trial, phase, cost->wall_s,
                cost->cpu_s, cost->env_steps, cost->gradient_steps, cost->flop);
}

static void add_row(const char *line, co_training_cost *sum) {
  char phase[16];
  double wall_s;
  int64_t steps, gradient_steps;
  if (sscanf(line, "%*[^,],%15[^,],%lf,%*[^,],%" SCNd64 ",%" SCNd64, phase, &wall_s, &steps,
             &gradient_steps) != 4)
    return;
  bool starts = strcmp(phase, "start") == 0;
  co_cost *to = starts                           ? &sum->start
                : strcmp(phase, "train") == 0    ? &sum->train
                : strcmp(phase, "evaluate") == 0 ? &sum->evaluate
                                                 : NULL;
  if (to == &sum->train && steps == 0) steps = gradient_steps;  // its budget counts those
  if (!to || !(wall_s >= 0) || (!starts && steps <= 0)) return;
  to->wall_s += wall_s;
  to->env_steps += steps;
}

void co_times_add(const co_trial_context *context, const co_trial *trial, co_training_cost *sum) {
  co_buf text = {0};
  char *path = co_trial_path(context, trial, "timing.csv");
  if (path && co_file_read(path, 0, &text) == CO_OK) {
    for (char *line = text.data, *next; line && *line; line = next) {
      next = strchr(line, '\n');
      if (!next) break;
      *next++ = '\0';
      add_row(line, sum);
    }
  }
  co_buf_free(&text);
  free(path);
}
