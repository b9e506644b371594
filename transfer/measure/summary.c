// What a person can repeat of a study: at most three sentences, without a number that needs an
// explanation. The verdict has the rest.

#include "core/format.h"
#include "transfer/measure/measure.h"
#include "transfer/measure/private/standing.h"

#include <limits.h>
#include <math.h>
#include <string.h>

enum {
  NAMED_TARGETS = 4,     // more are counted
  DESCRIBED = 6,         // strategies told by what they do; where there are more, by name alone
  NAMED_STRATEGIES = 8,  // more that stand alike are counted
};

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

static bool count_one(const co_metrics *metrics, const co_arm *arm, int before, co_buf *out) {
  (void)metrics, (void)arm, (void)before, (void)out;
  return true;
}

static void put_strategy(const co_metrics *metrics, const co_arm *arm, bool described,
                         co_buf *out) {
  bool few = each_strategy(metrics, count_one, out) <= DESCRIBED;
  co_buf_puts(out, arm->name);
  if (few && described && arm->doc && *arm->doc) co_buf_printf(out, " (%s)", arm->doc);
}

// A group of standings: two strategies are alike in it when they have each of them in the same
// pairs.
typedef struct standings {
  co_standing first, last;
  bool described;  // what the strategies do is told
} standings;

static const standings told_apart = {CO_ABOVE, CO_BELOW, true};
static const standings not_told_apart = {CO_NOT_TOLD_APART, CO_NOT_TOLD_APART, true};
static const standings also_not_told_apart = {CO_NOT_TOLD_APART, CO_NOT_TOLD_APART, false};

static bool stand_alike(const co_metrics *metrics, const standings *in, const char *a,
                        const char *b) {
  for (int i = 0; i < metrics->pairs; i++)
    for (co_standing s = in->first; s <= in->last; s++)
      if (stands(metrics, i, a, s) != stands(metrics, i, b, s)) return false;
  return true;
}

// Calls `put` for the strategies that stand as `arm` does, from it on; returns how many these are,
// 0 where one before `arm` is among them, so that they have been said.
static int each_alike(const co_metrics *metrics, const standings *in, const co_arm *arm,
                      void (*put)(const co_metrics *metrics, const co_arm *arm, int before,
                                  void *context),
                      void *context) {
  int said = 0;
  bool reached = false;
  for (int i = 0; i < metrics->pairs; i++) {
    for (int a = 0; a < metrics->data[i].arms; a++) {
      const co_arm *other = &metrics->data[i].arm[a];
      if (!is_first(metrics, i, a) || !stand_alike(metrics, in, arm->name, other->name)) continue;
      if (!reached && other != arm) return 0;
      reached = true;
      if (put) put(metrics, other, said, context);
      said++;
    }
  }
  return said;
}

typedef struct listing {
  int count;
  bool described;
  co_buf *out;
} listing;

static void put_listed(const co_metrics *metrics, const co_arm *arm, int before, void *context) {
  const listing *list = context;
  put_joint(before, list->count, list->out);
  put_strategy(metrics, arm, list->described, list->out);
}

// "full (all copied, all trained) and partial", or "9 strategies"; returns how many.
static int put_alike(const co_metrics *metrics, const standings *in, const co_arm *arm,
                     co_buf *out) {
  listing list = {each_alike(metrics, in, arm, NULL, NULL), in->described, out};
  if (list.count > NAMED_STRATEGIES) {
    co_buf_printf(out, "%d strategies", list.count);
  } else {
    each_alike(metrics, in, arm, put_listed, &list);
  }
  return list.count;
}

// "full (all copied, all trained) ends above scratch in gravity and below it in reversed"
static bool put_told_apart(const co_metrics *metrics, const co_arm *arm, int before, co_buf *out) {
  int above = count_pairs(metrics, arm->name, CO_ABOVE);
  int below = count_pairs(metrics, arm->name, CO_BELOW);
  if (above + below == 0 || !each_alike(metrics, &told_apart, arm, NULL, NULL)) return false;
  co_buf_puts(out, before ? "; " : "After training, ");
  bool several = put_alike(metrics, &told_apart, arm, out) > 1;
  co_buf_puts(out, several ? " end " : " ends ");
  if (above) co_buf_puts(out, "above scratch ");
  if (above) put_where(metrics, arm->name, CO_ABOVE, out);
  if (below) co_buf_puts(out, above ? " and below it " : "below scratch ");
  if (below) put_where(metrics, arm->name, CO_BELOW, out);
  return true;
}

// The least and the most seeds that comparisons of strategies ask for.
typedef struct need {
  int least, most;
} need;

// Where there is one source seed, how many would do is not known.
static void add_need(const co_metrics *metrics, const co_arm *arm, int before, void *context) {
  need *n = context;
  (void)before;
  for (int i = 0; i < metrics->pairs; i++) {
    if (!stands(metrics, i, arm->name, CO_NOT_TOLD_APART)) continue;
    const co_comparison *c = against_scratch(metrics, i, arm->name);
    if (c->n < 2) continue;
    if (!n->most || c->seeds_needed < n->least) n->least = c->seeds_needed;
    if (c->seeds_needed > n->most) n->most = c->seeds_needed;
  }
}

// "(about 40 seeds would be needed)", "(40 to 90 seeds would be needed)"
static void put_need(const need *n, co_buf *out) {
  if (n->most == 0) return;
  if (n->least > CO_MANY_SEEDS) {
    co_buf_puts(out, " (more than 1,000 seeds would be needed)");
  } else if (n->most > CO_MANY_SEEDS) {
    co_buf_printf(out, " (%d to over 1,000 seeds would be needed)", n->least);
  } else if (n->least < n->most) {
    co_buf_printf(out, " (%d to %d seeds would be needed)", n->least, n->most);
  } else {
    co_buf_printf(out, " (about %d seeds would be needed)", n->most);
  }
}

// "new_head in gravity (about 40 seeds would be needed)"
static bool put_not_told_apart(const co_metrics *metrics, const co_arm *arm, int before,
                               co_buf *out) {
  need n = {0};
  if (count_pairs(metrics, arm->name, CO_NOT_TOLD_APART) == 0) return false;
  if (!each_alike(metrics, &not_told_apart, arm, add_need, &n)) return false;
  // what it does has been said
  bool told = count_pairs(metrics, arm->name, CO_ABOVE) + count_pairs(metrics, arm->name, CO_BELOW);
  co_buf_puts(out, before ? "; " : "Not told apart from scratch: ");
  put_alike(metrics, told ? &also_not_told_apart : &not_told_apart, arm, out);
  co_buf_puts(out, " ");
  put_where(metrics, arm->name, CO_NOT_TOLD_APART, out);
  put_need(&n, out);
  return true;
}

static bool has_several_seeds(const co_metrics *metrics) {
  for (int i = 0; i < metrics->pairs; i++)
    if (metrics->data[i].units > 1) return true;
  return false;
}

static void say_strategies(const co_metrics *metrics, co_buf *out) {
  if (metrics->family > 0 && !has_several_seeds(metrics)) {
    co_buf_puts(out,
                "After training, no strategy is told apart from scratch: one source seed tells "
                "nothing apart.\n");
    return;
  }
  int told = each_strategy(metrics, put_told_apart, out);
  if (told == 0 && metrics->family > 0)
    co_buf_puts(out, "After training, no strategy is told apart from scratch");
  if (told > 0 || metrics->family > 0) co_buf_puts(out, ".\n");
  if (each_strategy(metrics, put_not_told_apart, out) > 0) co_buf_puts(out, ".\n");
}

static int count_sentences(const co_buf *text) {
  int lines = 0;
  for (size_t i = 0; i < text->size; i++) lines += text->data[i] == '\n';
  return lines;
}

static void say_left_out(const char *left_out, co_buf *out) {
  static const char end[] = ".\n";
  enum { MOST_SENTENCES = 3 };
  bool begins = count_sentences(out) < MOST_SENTENCES;
  if (!begins) out->size -= sizeof end - 1;
  co_buf_printf(out, "%s out of the comparison: %s%s", begins ? "Left" : "; left", left_out, end);
}

void co_metrics_summary(const co_metrics *metrics, const char *left_out, co_buf *out) {
  say_carry_over(metrics, out);
  say_strategies(metrics, out);
  if (left_out) say_left_out(left_out, out);
}
