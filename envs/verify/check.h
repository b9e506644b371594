// `carryover check`: whether a task (in a domain) is fit to be learned from. Each test is a
// sentence that is true of every sound task; they run the env for a few hundred steps.

#ifndef ENVS_VERIFY_CHECK_H_
#define ENVS_VERIFY_CHECK_H_

#include "envs/world/shelf.h"

enum { CO_CHECK_TESTS = 32, CO_CHECK_SHIFTS = 32 };

typedef struct co_check_test {
  char name[CO_NAME];
  bool ok;
  char text[512];  // what was found
} co_check_test;

typedef struct co_check {
  char task[CO_NAME];
  int num_domain;  // shifts of the domain that are listed
  co_shift_info domain[CO_CHECK_SHIFTS];
  bool ok;  // all tests
  int num_tests;
  co_check_test test[CO_CHECK_TESTS];
  bool has_shift;  // the domain has shifts
  co_shift shift;  // measured against the same task without them, or with others
} co_check;

// `against` (NULL: none) are the shifts of the world that the domain is compared with; without them
// it is the task's nominal one, and of several shifts each is left out in turn. CO_OK when the
// tests could be run, whatever they found; a world that cannot be built is that error. The worlds
// that are compared are left on the shelf (NULL: it has one of its own).
co_status co_check_world(co_world_shelf *shelf, const co_world *world, const co_node *against,
                         uint64_t seed, co_check *out);

// Only whether it builds and its shifts do something: for tables over many domains. Its worlds are
// built anew.
co_status co_check_domain(const co_world *world, const co_node *against, uint64_t seed,
                          co_check *out);

#endif  // ENVS_VERIFY_CHECK_H_
