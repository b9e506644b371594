// What a study's folder holds before a call changes anything in it, and what the call would
// replace.

#include "core/file.h"
#include "core/log.h"
#include "core/memory.h"
#include "transfer/run/private/finished.h"
#include "transfer/run/runner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_IDS = 10, MOST_REASONS = 5, MOST_DAMAGED = 10 };

// one trial
typedef struct looked {
  co_finish finish;
  co_buf why;
} looked;

static bool is_replaced(const looked *found) {
  return found->finish == CO_FINISH_OTHER || found->finish == CO_FINISH_INPUTS;
}

// ---- looking ----

static co_status check_owner(const co_trial_context *context) {
  char *path = co_path_join(context->dir, "study.cfg");
  if (!path) return CO_MEMORY;
  co_study *other = NULL;
  co_status status = co_file_exists(path) ? co_study_read(path, NULL, 0, &other) : CO_OK;
  free(path);
  if (status != CO_OK)
    return co_fail_context(status, "%s: the folder's own study cannot be read", context->dir);
  if (other && strcmp(other->def.name, context->study->def.name) != 0)
    status =
        co_fail(CO_CONFIG, "%s: the folder belongs to study \"%s\", not \"%s\": give another --out",
                context->dir, other->def.name, context->study->def.name);
  co_study_free(other);
  return status;
}

// Whether a trial counts depends on those that it starts from. Where one of them is only made anew,
// to the same bytes, its worker looks again afterwards.
static void settle(const co_trial *needed, const looked *source, looked *out) {
  if (out->finish != CO_FINISH_DONE && out->finish != CO_FINISH_INPUTS) return;
  if (is_replaced(source)) {
    out->finish = CO_FINISH_INPUTS;
    co_buf_free(&out->why);
    co_buf_printf(&out->why, "starts from %s, which is done again", needed->id);
  } else if (source->finish != CO_FINISH_DONE) {
    out->finish = CO_FINISH_NONE;
  }
}

static co_status look_at_trials(const co_trial_context *context, int only, looked *all) {
  for (int i = 0; i < context->trials->count; i++) {
    const co_trial *trial = &context->trials->trial[i];
    if (only >= 0 && i != only) continue;
    CO_TRY(co_trial_check_stop(context));
    CO_TRY(co_trial_look(context, trial, &all[i].finish, &all[i].why));
    for (int k = 0; only < 0 && k < trial->num_needs; k++)
      settle(&context->trials->trial[trial->need[k].trial], &all[trial->need[k].trial], &all[i]);
    CO_TRY(co_buf_status(&all[i].why));
  }
  return CO_OK;
}

// ---- what is damaged ----

static co_status tell_damage(const looked *all, int count, bool collect) {
  int damaged = 0;
  co_buf text = {0};
  for (int i = 0; i < count; i++) {
    if (all[i].finish != CO_FINISH_DAMAGED) continue;
    if (!collect) co_log(CO_LOG_WARNING, "%s: the trial is done again", all[i].why.data);
    if (damaged++ < MOST_DAMAGED)
      co_buf_printf(&text, "%s%s", damaged > 1 ? "\n" : "", all[i].why.data);
  }
  if (damaged > MOST_DAMAGED)
    co_buf_printf(&text, "\nand %d more trials; a call without --collect does them again",
                  damaged - MOST_DAMAGED);
  co_status status = co_buf_status(&text);
  if (status == CO_OK && damaged && collect) status = co_fail(CO_DATA, "%s", text.data);
  co_buf_free(&text);
  return status;
}

// ---- what would be replaced ----

static bool is_first_of_its_reason(const looked *all, int index) {
  for (int i = 0; i < index; i++)
    if (is_replaced(&all[i]) && strcmp(all[i].why.data, all[index].why.data) == 0) return false;
  return true;
}

// all trials with the reason of this one
static void put_reason(const co_trials *trials, const looked *all, int index, co_buf *out) {
  int same = 0;
  co_buf ids = {0};
  for (int i = index; i < trials->count; i++) {
    if (!is_replaced(&all[i]) || strcmp(all[i].why.data, all[index].why.data) != 0) continue;
    if (same++ < MOST_IDS) co_buf_printf(&ids, "%s %s", same > 1 ? "," : "", trials->trial[i].id);
  }
  co_buf_printf(out, "\n  %s:%s%s (%d)", all[index].why.data, ids.data ? ids.data : "",
                same > MOST_IDS ? ", ..." : "", same);
  co_buf_free(&ids);
}

static co_status refuse(const co_trial_context *context, const looked *all, bool collect) {
  int count = 0, reasons = 0;
  co_buf text = {0};
  for (int i = 0; i < context->trials->count; i++) {
    if (!is_replaced(&all[i])) continue;
    count++;
    if (is_first_of_its_reason(all, i) && reasons++ < MOST_REASONS)
      put_reason(context->trials, all, i, &text);
  }
  if (reasons > MOST_REASONS)
    co_buf_printf(&text, "\n  and %d more reasons", reasons - MOST_REASONS);
  co_status status = co_buf_status(&text);
  if (status == CO_OK && count)
    status = co_fail(CO_CONFIG, "%s: %d finished trial%s of another definition would be %s:%s",
                     context->dir, count, count == 1 ? "" : "s",
                     collect ? "left out (--force does so)"
                             : "done again (--force does so, another --out keeps both)",
                     text.data);
  co_buf_free(&text);
  return status;
}

// ---- all of it ----

static co_status look(const co_trial_context *context, const co_look *how, looked *all) {
  CO_TRY(check_owner(context));
  CO_TRY(look_at_trials(context, how->trial, all));
  if (!how->force) CO_TRY(refuse(context, all, how->collect));
  return tell_damage(all, context->trials->count, how->collect);
}

co_status co_study_look(const co_trial_context *context, const co_look *how,
                        co_trial_state *state) {
  int count = context->trials->count;
  looked *all = co_alloc((size_t)count, sizeof *all);
  if (!all) return CO_MEMORY;
  co_status status = look(context, how, all);
  for (int i = 0; i < count; i++) {
    if (status == CO_OK && state)
      state[i] = all[i].finish == CO_FINISH_DONE ? CO_TRIAL_DONE : CO_TRIAL_PENDING;
    co_buf_free(&all[i].why);
  }
  free(all);
  return status;
}
