// What a person can repeat of a study: at most three sentences, without a number that needs an
// explanation. The verdict has the rest.

#include "core/format.h"
#include "transfer/measure/measure.h"
#include "transfer/measure/private/standing.h"

#include <limits.h>
#include <math.h>
#include <string.h>

enum { NAMED_TARGETS = 4 };  // more are counted

static void put_pair(const co_metrics *metrics, int pair, co_buf *out) {
  if (co_several_sources(metrics)) co_buf_printf(out, "%s to ", metrics->data[pair].source);
  co_buf_puts(out, metrics->data[pair].target);
}

// What stands before element `i` of `count` in a list of words: "a, b and c".
static void put_joint(int i, int count, co_buf *out) {
  co_buf_puts(out, i == 0 ? "" : i + 1 == count ? " and " : ", ");
}

// ---- what is left without training

static double carry_over(const co_metrics *metrics, int pair) {
  for (int a = 0; a < metrics->data[pair].arms; a++) {
    double value = metrics->pair[pair].arm[a].metric[CO_METRIC_carry_over].value;
    if (!isnan(value)) return value;  // of the source policy, so the same for every arm
  }
  return NAN;
}

static void put_share(double share, co_buf *out) {
  char number[CO_NUMBER_MAX];
  if (share < 0.005) {
    co_buf_puts(out, "nothing");
    return;
  }
  co_format_number(100 * share, 100, false, number);  // no decimals
  co_buf_printf(out, "%s %%", number);
}

static void say_carry_over(const co_metrics *metrics, co_buf *out) {
  int measured = 0, said = 0;
  double least = INFINITY, most = -INFINITY;
  for (int i = 0; i < metrics->pairs; i++) {
    double value = carry_over(metrics, i);
    if (isnan(value)) continue;
    measured++;
    least = fmin(least, value);
    most = fmax(most, value);
  }
  if (measured == 0) return;
  co_buf_puts(out, "Untrained, the source policy keeps ");
  if (measured > NAMED_TARGETS) {
    put_share(least, out);
    co_buf_puts(out, " to ");
    put_share(most, out);
    co_buf_printf(out, " of its return, by which of %d targets it meets", measured);
  }
  for (int i = 0; measured <= NAMED_TARGETS && i < metrics->pairs; i++) {
    double value = carry_over(metrics, i);
    if (isnan(value)) continue;
    put_joint(said, measured, out);
    put_share(value, out);
    if (said++ == 0) co_buf_puts(out, " of its return");
    co_buf_puts(out, " in ");
    put_pair(metrics, i, out);
  }
  co_buf_puts(out, ".\n");
}

// ---- strategies, over all pairs

static const co_comparison *against_scratch(const co_metrics *metrics, int pair, const char *name) {
  for (int a = 0; a < metrics->data[pair].arms; a++)
    if (strcmp(metrics->data[pair].arm[a].name, name) == 0)
      return &metrics->pair[pair].arm[a].scratch;
  return NULL;
}

static bool stands(const co_metrics *metrics, int pair, const char *name, co_standing wanted) {
  const co_comparison *c = against_scratch(metrics, pair, name);
  return c && co_standing_of(c) == wanted;
}

static int count_pairs(const co_metrics *metrics, const char *name, co_standing wanted) {
  int count = 0;
  for (int i = 0; i < metrics->pairs; i++) count += stands(metrics, i, name, wanted);
  return count;
}

// "in gravity and reversed", or "in 7 of 12 targets"
static void put_where(const co_metrics *metrics, const char *name, co_standing wanted,
                      co_buf *out) {
  int count = count_pairs(metrics, name, wanted), said = 0;
  if (count > NAMED_TARGETS) {
    co_buf_printf(out, "in %d of %d targets", count, metrics->pairs);
    return;
  }
  co_buf_puts(out, "in ");
  for (int i = 0; i < metrics->pairs; i++) {
    if (!stands(metrics, i, name, wanted)) continue;
    put_joint(said++, count, out);
    put_pair(metrics, i, out);
  }
}

// Arm `a` of pair `pair` names a strategy that no pair before has.
static bool is_first(const co_metrics *metrics, int pair, int a) {
  const char *name = metrics->data[pair].arm[a].name;
  for (int i = 0; i < pair; i++)
    if (against_scratch(metrics, i, name)) return false;
  return true;
}

// Calls `put` for every strategy of the study for which it has something to say; returns for how
// many that was. `put` gets how many were before.
static int each_strategy(const co_metrics *metrics,
                         bool (*put)(const co_metrics *metrics, const co_arm *arm, int before,
                                     co_buf *out),
                         co_buf *out) {
  int said = 0;
  for (int i = 0; i < metrics->pairs; i++)
    for (int a = 0; a < metrics->data[i].arms; a++)
      if (is_first(metrics, i, a)) said += put(metrics, &metrics->data[i].arm[a], said, out);
  return said;
}

static void put_strategy(const co_arm *arm, co_buf *out) {
  co_buf_puts(out, arm->name);
  if (arm->doc && *arm->doc) co_buf_printf(out, " (%s)", arm->doc);
}

// Both are told apart from scratch in the same pairs, and to the same side.
static bool stand_alike(const co_metrics *metrics, const char *a, const char *b) {
  for (int i = 0; i < metrics->pairs; i++)
    for (co_standing s = CO_ABOVE; s <= CO_BELOW; s++)
      if (stands(metrics, i, a, s) != stands(metrics, i, b, s)) return false;
  return true;
}

// Puts the strategies that stand as `arm` does, from it on, or counts them where there is no `out`.
static int put_alike(const co_metrics *metrics, const co_arm *arm, int count, co_buf *out) {
  int said = 0;
  bool reached = false;
  for (int i = 0; i < metrics->pairs; i++) {
    for (int a = 0; a < metrics->data[i].arms; a++) {
      const co_arm *other = &metrics->data[i].arm[a];
      if (!is_first(metrics, i, a) || !stand_alike(metrics, arm->name, other->name)) continue;
      if (!reached && other != arm) return 0;  // has been said
      reached = true;
      if (out) put_joint(said, count, out);
      if (out) put_strategy(other, out);
      said++;
    }
  }
  return said;
}

// "full (all copied, all trained) ends above scratch in gravity and below it in reversed"
static bool put_told_apart(const co_metrics *metrics, const co_arm *arm, int before, co_buf *out) {
  int above = count_pairs(metrics, arm->name, CO_ABOVE);
  int below = count_pairs(metrics, arm->name, CO_BELOW);
  int alike = above + below ? put_alike(metrics, arm, 0, NULL) : 0;
  if (alike == 0) return false;
  co_buf_puts(out, before ? "; " : "After training, ");
  put_alike(metrics, arm, alike, out);
  co_buf_puts(out, alike > 1 ? " end " : " ends ");
  if (above) co_buf_puts(out, "above scratch ");
  if (above) put_where(metrics, arm->name, CO_ABOVE, out);
  if (below) co_buf_puts(out, above ? " and below it " : "below scratch ");
  if (below) put_where(metrics, arm->name, CO_BELOW, out);
  return true;
}

// The most seeds that one of the strategy's comparisons asks for.
static int seeds_needed(const co_metrics *metrics, const char *name) {
  int most = 0;
  for (int i = 0; i < metrics->pairs; i++) {
    if (!stands(metrics, i, name, CO_NOT_TOLD_APART)) continue;
    int needed = against_scratch(metrics, i, name)->seeds_needed;
    if (needed > most) most = needed;
  }
  return most;
}

// "new_head in gravity (about 40 seeds would tell)"
static bool put_not_told_apart(const co_metrics *metrics, const co_arm *arm, int before,
                               co_buf *out) {
  if (count_pairs(metrics, arm->name, CO_NOT_TOLD_APART) == 0) return false;
  int told = count_pairs(metrics, arm->name, CO_ABOVE) + count_pairs(metrics, arm->name, CO_BELOW);
  int needed = seeds_needed(metrics, arm->name);
  co_buf_puts(out, before ? "; " : "Not told apart from scratch: ");
  if (told) {
    co_buf_puts(out, arm->name);  // what it does has been said
  } else {
    put_strategy(arm, out);
  }
  co_buf_puts(out, " ");
  put_where(metrics, arm->name, CO_NOT_TOLD_APART, out);
  if (needed > CO_MANY_SEEDS) {
    co_buf_puts(out, " (more than 1,000 seeds would be needed)");
  } else if (needed > 0) {
    co_buf_printf(out, " (about %d seeds would be needed)", needed);
  }
  return true;
}

void co_metrics_summary(const co_metrics *metrics, co_buf *out) {
  say_carry_over(metrics, out);
  int told = each_strategy(metrics, put_told_apart, out);
  if (told == 0 && metrics->family > 0)
    co_buf_puts(out, "After training, no strategy is told apart from scratch");
  if (told > 0 || metrics->family > 0) co_buf_puts(out, ".\n");
  if (each_strategy(metrics, put_not_told_apart, out) > 0) co_buf_puts(out, ".\n");
}
