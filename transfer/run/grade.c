#include "transfer/run/grade.h"

#include "core/format.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/stats/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const co_grade_names[] = {"live", "weak", "inert_under_policy", "inert", NULL};

co_status co_grade_worlds(const co_study *study, const co_world_source *worlds, int source,
                          int target, co_shift_grade *out) {
  const co_source_def *from = co_study_source(study, source);
  const co_target_def *to = co_study_target(study, target);
  *out = (co_shift_grade){
      .source = source, .target = target, .identical_share = NAN, .difference = NAN, .noise = NAN};
  if (strcmp(from->task, to->task) != 0) {
    out->shift = (co_shift){.live = true,
                            .first_step = 0,
                            .rms = {NAN, NAN, NAN},
                            .limit_share = NAN,
                            .visited_share = NAN,
                            .reason = "another task, not compared step by step"};
    return CO_OK;
  }
  co_world a = co_source_world(from), b = co_target_world(to);
  CO_TRY(worlds->compare(worlds->context, &a, &b, (uint64_t)study->def.seed, &out->shift));
  out->grade = out->shift.live ? CO_GRADE_LIVE : CO_GRADE_INERT;
  return CO_OK;
}

// The episodes of a policy that count: without fault in both worlds.
typedef struct pairing {
  int count, identical;
  double gap, noise;  // of their mean returns; noise NAN: one episode has no standard error
} pairing;

// squared standard error of a mean
static double error2(const double *value, int count) {
  double std = co_std(value, count);
  return count > 1 ? std * std / count : (double)NAN;
}

static co_status compare_episodes(const co_evaluation *home, const co_evaluation *away,
                                  pairing *out) {
  int most = home->count < away->count ? home->count : away->count;
  double *value = co_alloc(2 * (size_t)most + 1, sizeof *value), *other = value + most;
  if (!value) return CO_MEMORY;
  *out = (pairing){0};
  for (int i = 0; i < most; i++) {
    const co_episode *a = &home->episode[i], *b = &away->episode[i];
    if (a->fault || b->fault) continue;
    out->identical += a->trace_hash == b->trace_hash;
    value[out->count] = a->ret;
    other[out->count++] = b->ret;
  }
  out->gap = co_mean(other, out->count) - co_mean(value, out->count);
  out->noise = 2 * sqrt(error2(value, out->count) + error2(other, out->count));
  free(value);
  return CO_OK;
}

// What the policies add up to.
typedef struct sums {
  int episodes, identical, within;
  double difference, noise;
} sums;

static co_status add_policy(const co_evaluation *home, const co_evaluation *away, sums *sum,
                            co_shift_grade *grade) {
  pairing pair = {0};
  CO_TRY(compare_episodes(home, away, &pair));
  int all = home->count < away->count ? home->count : away->count;
  if (pair.count == 0) {
    grade->faulty_policies++;
    return CO_OK;
  }
  sum->identical += pair.identical;
  sum->episodes += pair.count;
  sum->within += fabs(pair.gap) <= pair.noise;
  sum->difference += pair.gap;
  sum->noise += pair.noise;
  grade->inert_policies += pair.identical == pair.count;
  grade->faulty_episodes += all - pair.count;
  grade->policies++;
  return CO_OK;
}

co_status co_grade_policies(const co_record *const *source, const co_record *const *zero_shot,
                            int seeds, co_shift_grade *grade) {
  sums sum = {0};
  grade->policies = grade->inert_policies = 0;
  grade->faulty_policies = grade->faulty_episodes = 0;
  for (int s = 0; s < seeds; s++) {
    const co_point *home = source[s] ? co_record_final(source[s], true) : NULL;
    const co_point *away = zero_shot[s] ? co_record_final(zero_shot[s], false) : NULL;
    if (home && away) CO_TRY(add_policy(&home->eval, &away->eval, &sum, grade));
  }
  if (!grade->policies) return CO_OK;
  grade->graded = true;
  grade->identical_share = (double)sum.identical / sum.episodes;
  grade->difference = sum.difference / grade->policies;
  grade->noise = sum.noise / grade->policies;
  if (grade->grade == CO_GRADE_INERT) return CO_OK;
  bool inert = grade->inert_policies > 0 || 2 * sum.identical >= sum.episodes;
  grade->grade = inert                              ? CO_GRADE_INERT_UNDER_POLICY
                 : 2 * sum.within > grade->policies ? CO_GRADE_WEAK
                                                    : CO_GRADE_LIVE;
  return CO_OK;
}

// ---- one policy, without a study

// Its final evaluation as the only point of a record.
static co_status play(const co_grade_def *def, bool in_source, co_record *out) {
  const co_world *world = in_source ? &def->source : &def->target;
  co_stream stream = {def->seed, 0, CO_PURPOSE_EVAL_FINAL};
  co_env *env;
  co_evaluation eval;
  CO_TRY(def->worlds->create(def->worlds->context, world, def->episodes, &stream, &env));
  co_status status = co_evaluate(def->policy, env, NULL, def->pool, &eval);
  co_env_destroy(env);
  return status == CO_OK ? co_record_add_point(out, 0, in_source, true, &eval) : status;
}

// Nothing can be said of a policy whose episodes all end in a fault, in one world or the other.
static co_status judge_faults(const co_grade_def *def, const co_evaluation *source,
                              const co_evaluation *target, const co_shift_grade *grade) {
  if (!grade->policies)
    return co_fail(CO_INTERNAL,
                   "%s: not to be graded: %d of %d episodes end in a fault without the shift, %d "
                   "of %d with it",
                   def->name, source->faults, source->count, target->faults, target->count);
  if (grade->faulty_episodes)
    co_log(CO_LOG_WARNING, "%s: %d of %d episodes end in a fault in one of the worlds: left out",
           def->name, grade->faulty_episodes, source->count);
  return CO_OK;
}

co_status co_grade_policy(const co_grade_def *def, const co_shift *shift, co_shift_grade *out) {
  co_record source = {0}, target = {0};
  co_shift_grade grade = {.shift = *shift, .grade = shift->live ? CO_GRADE_LIVE : CO_GRADE_INERT};
  co_status status = play(def, true, &source);
  if (status == CO_OK) status = play(def, false, &target);
  if (status == CO_OK)
    status =
        co_grade_policies(&(const co_record *){&source}, &(const co_record *){&target}, 1, &grade);
  if (status == CO_OK) status = judge_faults(def, &source.point->eval, &target.point->eval, &grade);
  if (status == CO_OK) *out = grade;
  co_record_free(&source);
  co_record_free(&target);
  return status;
}

// ---- in words

static void explain_faults(const char *target, const char *source, const co_shift_grade *grade,
                           co_buf *out) {
  co_buf_printf(out,
                "target \"%s\" is not graded under %d of %d policies from \"%s\": all their "
                "episodes end in a fault there or at home",
                target, grade->faulty_policies, grade->faulty_policies + grade->policies, source);
}

void co_grade_explain(const co_study *study, const co_shift_grade *grade, co_buf *out) {
  const char *target = co_study_target(study, grade->target)->name;
  const char *source = co_study_source(study, grade->source)->name;
  const char *reason = grade->shift.reason;
  char difference[CO_NUMBER_MAX], noise[CO_NUMBER_MAX];
  switch (grade->grade) {
    case CO_GRADE_INERT:
      co_buf_printf(
          out,
          "target \"%s\" is inert: the same actions give the same bits as in source \"%s\"%s%s",
          target, source, *reason ? "; " : "", reason);
      break;
    case CO_GRADE_INERT_UNDER_POLICY:
      co_buf_printf(out,
                    "target \"%s\" is inert under this policy: %d of %d policies from \"%s\" never "
                    "meet%s the shift, %.0f %% of all episodes are the same bit for bit as in the "
                    "source%s%s",
                    target, grade->inert_policies, grade->policies, source,
                    grade->inert_policies == 1 ? "s" : "", 100 * grade->identical_share,
                    *reason ? "; " : "", reason);
      break;
    case CO_GRADE_WEAK:
      co_format_number(grade->difference, 0, true, difference);
      co_format_number(grade->noise, 0, false, noise);
      co_buf_printf(out,
                    "target \"%s\" is weak: its shift moves the return of the policies from \"%s\" "
                    "by %s, less than the evaluation noise of %s",
                    target, source, difference, noise);
      break;
    case CO_GRADE_LIVE:
      if (grade->faulty_policies)
        explain_faults(target, source, grade, out);
      else
        co_buf_printf(out, "target \"%s\" is live", target);
      break;
  }
}
