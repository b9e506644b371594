#include "viz/play/stand_in.h"

#include "agents/policy/random_action.h"
#include "core/text.h"

#include <string.h>

const char *const co_stand_in_names[] = {
#define X(id, name, title) name,
    CO_STAND_IN_LIST(X)
#undef X
};

const char *const co_stand_in_titles[] = {
#define X(id, name, title) title,
    CO_STAND_IN_LIST(X)
#undef X
};

co_status co_stand_in_find(const char *name, co_stand_in *out) {
  for (int i = 0; i < CO_NUM_STAND_INS; i++)
    if (strcmp(name, co_stand_in_names[i]) == 0) return *out = (co_stand_in)i, CO_OK;
  const char *near = co_suggest(name, co_stand_in_names, CO_NUM_STAND_INS);
  return co_fail(CO_USAGE, "must be zero, random or sliders, is \"%s\"%s%s%s", name,
                 near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

// Every element takes two words of the stream, every block of it has four.
static void draw(const co_env_info *info, const co_stand_in_place *at, float *action) {
  const co_stream stream = {at->seed, 0, CO_PURPOSE_ACTION};
  co_rng rng = co_rng_make(&stream, at->episode);
  uint64_t words = 2 * (uint64_t)info->act_dim * (uint64_t)at->step;
  co_rng_seek(&rng, words / 4);
  if (words % 4) co_rng_u64(&rng);
  co_random_action(info, &rng, action);
}

void co_stand_in_act(co_stand_in who, const co_env_info *info, const co_stand_in_place *at,
                     float *action) {
  size_t bytes = (size_t)info->act_dim * sizeof *action;
  if (who == CO_STAND_IN_RANDOM)
    draw(info, at, action);
  else if (who == CO_STAND_IN_SLIDERS && at->before)
    memmove(action, at->before, bytes);
  else
    memset(action, 0, bytes);
}

double co_stand_in_low(const co_action_element *element) {
  return isfinite(element->low) ? element->low : -1;
}

double co_stand_in_high(const co_action_element *element) {
  return isfinite(element->high) ? element->high : 1;
}
