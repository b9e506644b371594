// Observation and action elements in one line, with what most tests have nothing to say of left at
// nothing: no delay, no noise, no drive that is known.

#ifndef TESTS_SUPPORT_ELEMENTS_H_
#define TESTS_SUPPORT_ELEMENTS_H_

#include "envs/env.h"

#define TEST_OBS(name_, term_, unit_, scale_, offset_, low_, high_, frame_, fill_)   \
  {                                                                                  \
    .name = name_, .term = term_, .unit = unit_, .scale = scale_, .offset = offset_, \
    .clip_low = low_, .clip_high = high_, .frame = frame_, .fill = fill_             \
  }

#define TEST_ACTION(name_, kind_, unit_, scale_, offset_, low_, high_, kp_, kd_, limit_)          \
  {                                                                                               \
    .name = name_, .kind = kind_, .unit = unit_, .scale = scale_, .offset = offset_, .low = low_, \
    .high = high_, .kp = kp_, .kd = kd_, .torque_limit = limit_                                   \
  }

#endif  // TESTS_SUPPORT_ELEMENTS_H_
