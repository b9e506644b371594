// Observation terms: raw values of a row, before noise, scale, offset and clip.

#include "envs/terms.h"
#include "envs/trig.h"

#define KEYS "name of order from count scale offset clip noise delay history"

static void read_values(const co_term *term, const co_moment *moment, const double *state,
                        double *value) {
  (void)state;
  for (int i = 0; i < term->size; i++) value[i] = co_ref_value(moment->physics, term->ref[i]);
}

static void cosines(const co_term *term, const co_moment *moment, const double *state,
                    double *value) {
  read_values(term, moment, state, value);
  for (int i = 0; i < term->size; i++) value[i] = co_cos(value[i]);
}

static void sines(const co_term *term, const co_moment *moment, const double *state,
                  double *value) {
  read_values(term, moment, state, value);
  for (int i = 0; i < term->size; i++) value[i] = co_sin(value[i]);
}

const co_term_class co_observation_terms[] = {
    {CO_TERM_OBSERVATION, "qpos", KEYS, "", CO_BIT(CO_QPOS), .doc = "positions",
     .observe = read_values},
    {CO_TERM_OBSERVATION, "qvel", KEYS, "", CO_BIT(CO_QVEL), .doc = "velocities",
     .observe = read_values},
    {CO_TERM_OBSERVATION, "cos", KEYS, "", CO_BIT(CO_QPOS), .unit = "1", .doc = "cosines of angles",
     .observe = cosines},
    {CO_TERM_OBSERVATION, "sin", KEYS, "", CO_BIT(CO_QPOS), .unit = "1", .doc = "sines of angles",
     .observe = sines},
    {.name = NULL},
};
