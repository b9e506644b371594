// Data sets as .npz: every transition that comes out has its numbers.

#include "agents/data/npz.h"
#include "tests/fuzz/target.h"

typedef struct seen {
  int obs_dim, act_dim;
  double sum;
} seen;

static co_status begin(void *context, const co_data_about *about) {
  seen *to = context;
  to->obs_dim = about->obs_dim;
  to->act_dim = about->act_dim;
  return CO_OK;
}

static co_status add(void *context, const co_data_transition *transition) {
  seen *to = context;
  for (int i = 0; i < to->obs_dim; i++) to->sum += (double)transition->obs[i];
  for (int i = 0; i < to->act_dim; i++) to->sum += (double)transition->action[i];
  return CO_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  seen all = {0};
  const co_data_sink sink = {&all, begin, add};
  co_data_problems problems = {0};
  fuzz_accepted(co_data_npz_parse(bytes, size, FUZZ_FILE, &sink, &problems), CO_DATA);
  co_data_problems_free(&problems);
  return 0;
}
