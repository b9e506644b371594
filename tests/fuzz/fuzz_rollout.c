// Recordings of other programs, of whatever format the bytes begin like: all their numbers are
// finite, the first step has an observation and begins an episode.

#include "tests/fuzz/target.h"
#include "transfer/import/rollout.h"

#include <math.h>

static void check(const co_rollout *rollout) {
  fuzz_hold(rollout->steps > 0 && rollout->episodes > 0 && rollout->episodes <= rollout->steps,
            "steps and episodes");
  fuzz_hold(rollout->begins[0] && rollout->has_obs[0], "a beginning");
  fuzz_hold((rollout->nq > 0) == (rollout->nv > 0), "states are whole");
  for (ptrdiff_t i = 0; i < (ptrdiff_t)rollout->steps * rollout->obs_dim; i++)
    fuzz_hold(isfinite(rollout->obs[i]), "finite observations");
  for (ptrdiff_t i = 0; i < (ptrdiff_t)rollout->steps * rollout->act_dim; i++)
    fuzz_hold(isfinite(rollout->action[i]), "finite actions");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  co_rollout rollout;
  co_json *log;
  if (!fuzz_accepted(co_rollout_parse(bytes, size, FUZZ_FILE, &rollout), CO_DATA)) return 0;
  check(&rollout);
  if (fuzz_accepted(co_rollout_log(&rollout, FUZZ_FILE, &log), CO_DATA)) co_json_free(log);
  co_rollout_free(&rollout);
  return 0;
}
