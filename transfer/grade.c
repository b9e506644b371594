#include "transfer/grade.h"

#include "transfer/report/format.h"

#include <math.h>
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

// squared standard error of an evaluation's mean; one episode has none
static double error2(const co_evaluation *eval) {
  int n = eval->count - eval->faults;
  return n > 1 ? eval->std * eval->std / n : NAN;
}

void co_grade_policies(const co_record *const *source, const co_record *const *zero_shot, int seeds,
                       co_shift_grade *grade) {
  int episodes = 0, identical = 0, within = 0;
  double difference = 0, noise = 0;
  grade->policies = grade->inert_policies = 0;
  for (int s = 0; s < seeds; s++) {
    const co_point *home = source[s] ? co_record_final(source[s], true) : NULL;
    const co_point *away = zero_shot[s] ? co_record_final(zero_shot[s], false) : NULL;
    if (!home || !away) continue;
    int count = home->eval.count < away->eval.count ? home->eval.count : away->eval.count;
    int same = 0;
    for (int i = 0; i < count; i++)
      same += home->eval.episode[i].trace_hash == away->eval.episode[i].trace_hash;
    identical += same;
    episodes += count;
    grade->inert_policies += same == count;
    double gap = away->eval.mean - home->eval.mean,
           error = 2 * sqrt(error2(&home->eval) + error2(&away->eval));
    within += fabs(gap) <= error;
    difference += gap;
    noise += error;
    grade->policies++;
  }
  if (!grade->policies) return;
  grade->graded = true;
  grade->identical_share = (double)identical / episodes;
  grade->difference = difference / grade->policies;
  grade->noise = noise / grade->policies;
  if (grade->grade == CO_GRADE_INERT) return;
  bool inert = grade->inert_policies > 0 || 2 * identical >= episodes;
  grade->grade = inert                          ? CO_GRADE_INERT_UNDER_POLICY
                 : 2 * within > grade->policies ? CO_GRADE_WEAK
                                                : CO_GRADE_LIVE;
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
                    "meet the shift, %.0f %% of all episodes are the same bit for bit as in the "
                    "source%s%s",
                    target, grade->inert_policies, grade->policies, source,
                    100 * grade->identical_share, *reason ? "; " : "", reason);
      break;
    case CO_GRADE_WEAK:
      co_format_number(grade->difference, 0, true, difference);
      co_format_number(grade->noise, 0, false, noise);
      co_buf_printf(out,
                    "target \"%s\" is weak: its shift moves the return of the policies from \"%s\" "
                    "by %s, less than the evaluation noise of %s",
                    target, source, difference, noise);
      break;
    case CO_GRADE_LIVE: co_buf_printf(out, "target \"%s\" is live", target); break;
  }
}
