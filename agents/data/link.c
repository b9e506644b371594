#include "agents/data/link.h"

#include "core/memory.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { ENDS = CO_DATA_TERMINATED | CO_DATA_TRUNCATED };

co_status co_data_link_begin(const co_data_sink *sink, const char *file, const co_data_about *about,
                             co_data_link *out) {
  size_t obs = (size_t)about->obs_dim, action = (size_t)about->act_dim;
  *out = (co_data_link){
      .sink = sink, .file = file, .obs_dim = about->obs_dim, .act_dim = about->act_dim};
  out->obs = co_alloc(2 * obs + action, sizeof *out->obs);
  if (!out->obs) return CO_MEMORY;
  out->next = out->obs + obs;
  out->action = out->next + obs;
  return sink->begin(sink->context, about);
}

void co_data_link_free(co_data_link *link) {
  free(link->obs);
  *link = (co_data_link){0};
}

static co_status emit(co_data_link *link) {
  link->holds = false;
  return link->sink->add(link->sink->context, &link->held);
}

static bool is_next(const co_data_link *link, const co_data_step *step) {
  size_t bytes = (size_t)link->obs_dim * sizeof *step->obs;
  bool same = !link->told || memcmp(link->next, step->obs, bytes) == 0;
  return same &&
         (!step->numbered || (step->episode == link->held.episode && step->row == link->held.row));
}

// The step that waits has no mark of an end: what follows it is known now. `follows` tells whether
// the new step is of its episode.
static co_status go_on(co_data_link *link, const co_data_step *step, bool *follows) {
  *follows = link->holds && is_next(link, step);
  if (!link->holds) return CO_OK;
  if (*follows) return emit(link);
  if (step->numbered)
    return co_fail(CO_DATA,
                   "%s: step %" PRId64 ": it does not follow the step before, which is no end",
                   link->file, link->steps);
  link->held.flags |= CO_DATA_TRUNCATED;
  link->cut++;
  return emit(link);
}

static void hold(co_data_link *link, const co_data_step *step, bool follows) {
  size_t bytes = (size_t)link->obs_dim * sizeof *step->obs;
  memcpy(link->obs, step->obs, bytes);
  memcpy(link->action, step->action, (size_t)link->act_dim * sizeof *step->action);
  link->told = step->next_obs;
  if (step->next_obs) memcpy(link->next, step->next_obs, bytes);
  if (!follows && !step->numbered) link->episodes++;
  link->held = (co_data_transition){.obs = link->obs,
                                    .action = link->action,
                                    .next_obs = link->next,
                                    .reward = step->reward,
                                    .episode = step->numbered ? step->episode : link->episodes - 1,
                                    .row = step->numbered ? step->row : 0};
  link->held.flags =
      (step->terminated ? CO_DATA_TERMINATED : 0U) | (step->truncated ? CO_DATA_TRUNCATED : 0U);
  link->holds = true;
}

// A truncated step without the observation behind it is left out, and ends what it follows.
static co_status drop(co_data_link *link, const co_data_step *step) {
  link->dropped++;
  if (!link->holds || !is_next(link, step)) {
    bool follows;
    return go_on(link, step, &follows);
  }
  memcpy(link->next, step->obs, (size_t)link->obs_dim * sizeof *step->obs);
  link->held.flags |= CO_DATA_TRUNCATED;
  return emit(link);
}

co_status co_data_link_add(co_data_link *link, const co_data_step *step, bool is_last) {
  co_data_step taken = *step;
  bool ends = step->terminated || step->truncated, follows;
  if (is_last && !ends) {
    taken.truncated = true;
    link->cut++;
  }
  if (step->numbered && (taken.truncated != step->truncated || (ends && !step->next_obs)))
    return co_fail(CO_DATA, "%s: step %" PRId64 ": an episode ends without its last observation",
                   link->file, link->steps);
  if (taken.truncated && !taken.terminated && !taken.next_obs) {
    CO_TRY(drop(link, &taken));
  } else {
    CO_TRY(go_on(link, &taken, &follows));
    if (taken.terminated && !taken.next_obs) {
      taken.next_obs = taken.obs;
      link->repeated++;
    }
    hold(link, &taken, follows);
    if (link->held.flags & ENDS) CO_TRY(emit(link));
  }
  link->steps++;
  return CO_OK;
}

co_status co_data_link_tell(const co_data_link *link, co_data_problems *problems) {
  if (link->cut)
    CO_TRY(co_data_problems_add(problems,
                                "%" PRId64
                                " episode%s cut where the file has no mark of an end and "
                                "the next step does not follow: taken as truncated",
                                link->cut, link->cut == 1 ? " is" : "s are"));
  if (link->dropped)
    CO_TRY(co_data_problems_add(problems,
                                "%" PRId64 " truncated step%s left out: the file does not tell the "
                                "observation behind %s",
                                link->dropped, link->dropped == 1 ? " is" : "s are",
                                link->dropped == 1 ? "it" : "them"));
  if (link->repeated)
    CO_TRY(co_data_problems_add(problems,
                                "the file does not tell the observation behind %" PRId64
                                " terminated step%s: the last one stands in for it",
                                link->repeated, link->repeated == 1 ? "" : "s"));
  return CO_OK;
}
