// Settings of learners that tests write in C: an activation for all layers.

#ifndef TESTS_SUPPORT_ACTIVATION_H_
#define TESTS_SUPPORT_ACTIVATION_H_

#include "agents/nn/network.h"
#include "core/config/schema.h"
#include "core/unconst.h"

static inline co_strings one_activation(co_activation activation) {
  return (co_strings){co_unconst(&co_activation_names[activation]), 1};  // only ever read
}

#endif  // TESTS_SUPPORT_ACTIVATION_H_
