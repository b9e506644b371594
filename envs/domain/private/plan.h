// What the files of a plan share.

#ifndef ENVS_DOMAIN_PRIVATE_PLAN_H_
#define ENVS_DOMAIN_PRIVATE_PLAN_H_

#include "envs/domain/plan.h"

// NULL: the parameter has no elements.
const char *co_plan_element_name(const co_plan *plan, const co_put *put);

// Number k of a put that rows draw.
co_draw_info co_plan_describe_draw(const co_plan *plan, const co_put *put, int k);

// Whether a shift may make `value` of a nominal number; adds an error at `node` where not.
bool co_plan_is_legal(const co_shift_def *shift, const char *element, double value, double nominal,
                      const co_node *node, co_schema_errors *errors);

// A shift with its numbers of `ranges`, which it borrows; one that no row draws as the file has it.
co_shift_def co_plan_shift_in(const co_plan *plan, int shift, const double *ranges);

// A put with the ends that it has under this shift.
co_put co_plan_put_under(const co_plan *plan, const co_put *put, const co_shift_def *shift);

// Whether a row takes all that it may draw of one shift, in place of the file's (plan_try.c).
co_status co_plan_try_shift(const co_plan *plan, int index, const co_shift_def *shift,
                            co_schema_errors *errors);

#endif  // ENVS_DOMAIN_PRIVATE_PLAN_H_
