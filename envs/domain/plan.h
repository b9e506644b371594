// What a domain does to one task: which elements it shifts, from which nominal numbers, to which
// values or distributions; and the pool of compiled variants.
//
// Every shift acts on the nominal number of the unshifted task, all of which are read before
// anything is put: nothing accumulates, and order does not matter. Two shifts of the same parameter
// and element are therefore an error, as are a selector that matches nothing, a value out of range
// and a parameter the engine has not: with file:line, all of them at once.
//
// Order in a world: parameters applied by the compiler are put and the model is compiled; fields
// are put and constants derived; terms are bound; the signal path takes its numbers. What is
// distributed is drawn by every row at every reset, from the row's domain stream: which variant of
// the pool, then the numbers in the order of the file, then of the elements. A row switches to its
// variant, puts its numbers in the order of the table of parameters, derives constants, and only
// then is the engine reset.
//
// Variants are CO_POOL compilations whose numbers come from a fixed stream: the same for all rows,
// seeds and studies. The world's own model is the first of them.
//
// The numbers of the distributions that rows draw from are a value beside the plan, the ranges:
// those of the file until others are put in their place while rows draw (ranges.c).
//
// Constant after it was built; shared by rows.

#ifndef ENVS_DOMAIN_PLAN_H_
#define ENVS_DOMAIN_PLAN_H_

#include "envs/domain/domain.h"
#include "envs/task/signal.h"

enum { CO_POOL = 16 };  // variants, where a distribution needs the compiler

// What a shift does to the numbers of the task.
typedef struct co_shift_effect {
  int elements;    // how many it acts on
  int changed;     // how many of their values differ from nominal, at either end
  bool all_zero;   // every nominal value was zero
  double nominal;  // first value of the first element
  double shifted;  // of a distribution: its low end
} co_shift_effect;

// One element of one parameter that is shifted.
typedef struct co_put {
  co_parameter_id parameter;
  int element;
  int shift;  // of the domain
  double nominal[CO_PARAMETER_WIDTH];
  double low[CO_PARAMETER_WIDTH], high[CO_PARAMETER_WIDTH];  // equal where nothing is drawn
  int drawn_at;  // first of its numbers among those a row draws; -1: none of them
} co_put;

static inline bool co_draws_rows(co_draws draws) {
  return draws == CO_DRAW_FULL || draws == CO_DRAW_WIDENING;
}

typedef struct co_plan {
  const co_domain_def *domain;
  co_draws draws;
  co_model *model;  // the world's, lent
  co_put *put;      // (count) in the order of shifts, then elements
  int count;
  co_shift_effect *effect;  // (shifts)
  co_signal signal;
  int drawn;                 // numbers that a row draws
  const co_draw_info *draw;  // (num_draws) the variant where there is a pool, then those numbers
  int num_draws;             // once the signal path is planned
  bool own;                  // some of them are the model's, or there is a pool
  int *range_at;   // (shifts) first number of its distribution among ranges; -1: no row draws it
  int num_ranges;  // numbers of ranges: of each shift its distribution's, then those of its clip
  int *row_put;    // (row_puts) which puts are drawn and the model's, parameter by parameter
  int row_puts;
  co_model **pool;  // (pools) [0] is `model`, the others are owned
  int pools;        // 0: no distribution needs the compiler
  bool *taken[CO_NUM_PARAMETERS];
  co_arena arena;
} co_plan;

// Finds what the domain shifts of a freshly loaded model and applies what is the same for all rows;
// compiles the pool. What is wrong, also with what rows may draw, is added to `errors`, and then
// the model may have a part of the shifts. CO_MEMORY, or what the engine says.
co_status co_plan_create(const co_domain_def *domain, co_draws draws, co_model *model,
                         co_schema_errors *errors, co_plan *out);

// The same for the signal path, once terms are bound.
co_status co_plan_signal(co_plan *plan, const co_binding *binding, co_schema_errors *errors);

// The elements that a shift acts on, "a, b, c", once the signal path is planned; cut to `size`.
void co_plan_elements(const co_plan *plan, int shift, char *out, size_t size);

void co_plan_free(co_plan *plan);  // before the model

// Numbers of one put after another, in order: what the file says, or draws.
typedef struct co_drawer {
  const co_plan *plan;
  int64_t steps;  // control steps the row has done
  co_rng *rng;
  const double *ranges;               // (plan->num_ranges) NULL: those of the file
  int shift;                          // whose numbers were drawn last, from -1
  double number[CO_PARAMETER_WIDTH];  // of that shift
  co_shift_def now;                   // that shift, with its numbers of `ranges`
  bool moved;                         // they are not those of the file
} co_drawer;

void co_drawer_next(co_drawer *drawer, const co_put *put, double *value);

// Ends of what a shift makes of nominal number i, the start of a curriculum included where rows
// draw.
void co_plan_ends(const co_shift_def *shift, co_draws draws, int i, double nominal, double *low,
                  double *high);

// What a shift makes of the nominal numbers, given those drawn.
void co_plan_number(const co_put *put, const co_shift_def *shift, const double *number,
                    double *value);

// ---- rows

// Whether a row of the model takes all that it may draw (plan_try.c).
co_status co_plan_try(const co_plan *plan, co_schema_errors *errors);

// Gives a row its own numbers of what it draws; once.
co_status co_plan_own(const co_plan *plan, co_physics *physics);

// Draws (drawn) numbers and a variant from these ranges, for a row that has done `steps` control
// steps.
void co_plan_draw(const co_plan *plan, const double *ranges, int64_t steps, co_rng *rng,
                  double *drawn, int64_t *variant);

// Whether a row can have drawn them from these ranges.
bool co_plan_allows(const co_plan *plan, const double *ranges, const double *drawn,
                    int64_t variant);

// ---- ranges (ranges.c)

// The ranges (num_ranges) of the file.
void co_plan_file_ranges(const co_plan *plan, double *ranges);

// Whether rows may draw from these ranges: as for those of a file, and as far as rows have room;
// what an engine would refuse shows when it is put.
bool co_plan_ranges_are_sound(const co_plan *plan, const double *ranges);

// Whether other numbers may take the place of those of a shift (co_env_class.set_ranges): as for
// those of a file, engine included. CO_CONFIG with one line per problem, CO_MEMORY.
co_status co_plan_check_ranges(const co_plan *plan, const co_shift_info *shift, int count);

// Puts checked numbers into a row's ranges.
void co_plan_put_ranges(const co_plan *plan, const co_shift_info *shift, int count, double *ranges);

// The first of the numbers (drawn) that no row draws from these ranges, and what it is, with the
// ends that it has there; -1: there is none.
int co_plan_find_undrawn(const co_plan *plan, const double *ranges, const double *drawn,
                         co_draw_info *out);

// Puts them: where plan->own, the row's engine must be reset afterwards. `value` (signal.size) gets
// the numbers of the signal path.
co_status co_plan_put(const co_plan *plan, const double *drawn, int64_t variant,
                      co_physics *physics);
void co_plan_put_signal(const co_plan *plan, const double *drawn, double *value);

#endif  // ENVS_DOMAIN_PLAN_H_
