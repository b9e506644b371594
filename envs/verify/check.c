#include "envs/verify/check.h"

#include "core/hash.h"
#include "core/memory.h"
#include "envs/verify/dead.h"
#include "envs/verify/private/moved.h"
#include "envs/verify/private/ranges.h"
#include "envs/verify/shift.h"
#include "envs/verify/tape.h"
#include "envs/world/row.h"
#include "envs/world/vector.h"
#include "envs/world/work.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { kRows = 4, kSteps = 200, kMaxHorizon = 20000, kFaults = 20 };

// One check: the world, and room for what kRows rows do in kSteps steps.
typedef struct checker {
  const co_world *world;
  co_world_shelf *shelf;   // with the worlds that it is compared with
  const co_node *against;  // shifts of the world it is compared with, or NULL
  uint64_t seed;
  const co_env_info *info;  // of env
  co_env *env;
  float *action;           // (kSteps x kRows x act_dim) the tape
  float *obs, *reward;     // (kRows x obs_dim), (kRows)
  uint8_t flag[3][kRows];  // terminated, truncated, fault
  co_range_count *range;   // (act_dim)
  int steps;               // of kSteps, as many as there is time for
  int tried;               // random steps of all rows
  bool finite;             // nothing was wrong in them
  double work;             // of a control step of one row, on average
  co_check *out;
} checker;

__attribute__((format(printf, 4, 5))) static void note(co_check *out, const char *name, bool ok,
                                                       const char *format, ...) {
  assert(out->num_tests < CO_CHECK_TESTS);
  co_check_test *test = &out->test[out->num_tests++];
  va_list args;
  va_start(args, format);
  snprintf(test->name, sizeof test->name, "%s", name);
  vsnprintf(test->text, sizeof test->text, format, args);
  va_end(args);
  test->ok = ok;
  out->ok = out->ok && ok;
}

// `shelf` NULL: of a world that is built anew.
static co_status make_env(const checker *c, co_world_shelf *shelf, co_env **out) {
  co_stream stream = {c->seed, 0, CO_PURPOSE_TEST};
  return co_vector_open(shelf, c->world, kRows, &stream, out, NULL);
}

static co_env_out destination(checker *c, int row) {
  return (co_env_out){.obs = c->obs + (size_t)row * (size_t)c->info->obs_dim,
                      .reward = c->reward + row,
                      .terminated = c->flag[0] + row,
                      .truncated = c->flag[1] + row,
                      .fault = c->flag[2] + row};
}

static const float *tape_at(const checker *c, int step, int row) {
  return c->action + ((size_t)step * kRows + (size_t)row) * (size_t)c->info->act_dim;
}

static co_status fill_tape(checker *c) {
  co_rng tape = co_rng_make(&(co_stream){c->seed, 0, CO_PURPOSE_TAPE}, 0);
  int act_dim = c->info->act_dim;
  double *low = co_alloc(2 * (size_t)act_dim, sizeof *low);
  if (!low) return CO_MEMORY;
  double *high = low + act_dim;
  co_tape_bounds(co_vector_row(c->env, 0)->binding, low, high);
  for (int i = 0; i < kSteps * kRows * act_dim; i++) {
    int k = i % act_dim;
    c->action[i] = (float)(low[k] + (high[k] - low[k]) * co_rng_uniform(&tape));
  }
  free(low);
  return CO_OK;
}

static co_status step_rows(checker *c, co_env *env, int step, int row0, int rows) {
  co_env_out out = destination(c, row0);
  return co_env_step(env, row0, rows, tape_at(c, step, row0), &out);
}

static co_status reset_ended(checker *c, co_env *env) {
  for (int row = 0; row < kRows; row++) {
    if (!c->flag[0][row] && !c->flag[1][row] && !c->flag[2][row]) continue;
    co_env_out out = {.obs = destination(c, row).obs};
    CO_TRY(co_env_reset(env, row, 1, &out));
  }
  return CO_OK;
}

static void hash_step(const checker *c, co_hasher *hasher) {
  co_hasher_add(hasher, c->obs, (size_t)kRows * (size_t)c->info->obs_dim * sizeof *c->obs);
  co_hasher_add(hasher, c->reward, kRows * sizeof *c->reward);
  co_hasher_add(hasher, c->flag, sizeof c->flag);
}

// Plays the tape on a fresh env, all rows at once or one by one from the last, and hashes
// everything that comes out.
static co_status play_tape(checker *c, bool one_by_one, uint64_t *hash) {
  co_env *env = NULL;
  co_hasher *hasher = co_hasher_create();
  if (!hasher) return CO_MEMORY;
  co_status status = make_env(c, NULL, &env);
  co_env_out out = destination(c, 0);
  if (status == CO_OK) status = co_env_reset(env, 0, kRows, &out);
  for (int step = 0; status == CO_OK && step < c->steps; step++) {
    if (!one_by_one) status = step_rows(c, env, step, 0, kRows);
    for (int row = kRows - 1; one_by_one && status == CO_OK && row >= 0; row--) {
      status = step_rows(c, env, step, row, 1);
    }
    hash_step(c, hasher);
    if (status == CO_OK) status = reset_ended(c, env);
  }
  *hash = co_hasher_value(hasher);
  co_hasher_free(hasher);
  co_env_destroy(env);
  return status;
}

// ---- the tests

// The effective definition is text, and that text reads back to itself.
static co_status check_written(checker *c) {
  co_world_def first;
  co_buf once = {0}, twice = {0};
  co_node *tree = NULL;
  co_task_def again = {0};
  co_arena arena = {0};
  co_schema_errors errors = {0};
  CO_TRY(co_world_read(c->world, &first));
  co_status status = co_task_write(&first.task, &once);
  if (status == CO_OK) status = co_tree_parse(once.data, "written", &tree);
  if (status == CO_OK) {
    co_task_read(co_node_get(tree, "task"), &arena, &again, &errors);
    status = co_schema_finish(&errors);
  }
  if (status == CO_OK) status = co_task_write(&again, &twice);
  bool same =
      status == CO_OK && once.size == twice.size && !memcmp(once.data, twice.data, once.size);
  note(c->out, "written back", same, "the definition's %zu bytes read back to %s bytes", once.size,
       same ? "the same" : "other");
  co_buf_free(&once);
  co_buf_free(&twice);
  co_node_free(tree);
  co_arena_free(&arena);
  co_world_def_free(&first);
  return status;
}

static co_status check_bounds(checker *c) {
  int bad = 0, open = 0;
  for (int i = 0; i < c->info->act_dim; i++) {
    const co_action_element *element = &c->info->action[i];
    open += isinf(element->low) && isinf(element->high);
    bad += !(element->low < element->high);
  }
  char rest[64] = "";
  if (open) snprintf(rest, sizeof rest, ", %d %s not clipped", open, open == 1 ? "is" : "are");
  note(c->out, "action bounds", bad == 0, "%d of %d actions have finite bounds%s",
       c->info->act_dim - bad - open, c->info->act_dim, rest);
  return CO_OK;
}

// Told only where there is something to tell.
static co_status check_ranges(checker *c) {
  const co_action_element *first = NULL;
  int far = 0;
  for (int i = c->info->act_dim - 1; i >= 0; i--) {
    if (!co_action_is_far(&c->info->action[i])) continue;
    first = &c->info->action[i];
    far++;
  }
  if (first)
    note(c->out, "action ranges", true,
         "%d of %d far from 1, as %s from %g to %g: an output in units of the range, as of new "
         "policies, reaches them, a raw one does not",
         far, c->info->act_dim, first->name, first->low, first->high);
  return CO_OK;
}

static bool all_finite(const float *value, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (!isfinite(value[i])) return false;
  }
  return true;
}

// Which ranges of the model have cut what random actions command.
static void note_ranges(checker *c) {
  char text[sizeof c->out->test->text];
  const co_binding *binding = co_vector_row(c->env, 0)->binding;
  co_ranges_text(binding, c->range, c->tried, text, sizeof text);
  note(c->out, "ranges of the model", true, "%s", text);
}

// Finite under random actions, and the time limit is not mixed up with termination.
static co_status check_random(checker *c) {
  int faults = 0, terminated = 0, mixed = 0, lost = 0, step = 0;
  bool finite = true;
  double work = 0.0;
  co_env_out out = destination(c, 0);
  CO_TRY(co_env_reset(c->env, 0, kRows, &out));
  int rows = co_row_work(co_vector_row(c->env, 0)) > CO_MOST_WORK ? 1 : kRows;
  for (; step < kSteps && faults < kFaults && work < CO_MOST_WORK; step++) {
    CO_TRY(step_rows(c, c->env, step, 0, rows));
    work += rows * co_row_work(co_vector_row(c->env, 0));
    finite = finite && all_finite(c->obs, (size_t)rows * (size_t)c->info->obs_dim) &&
             all_finite(c->reward, (size_t)rows);
    for (int row = 0; row < rows; row++) {
      const co_row *state = co_vector_row(c->env, row);
      co_ranges_count(state, c->range);
      faults += c->flag[2][row];
      terminated += c->flag[0][row];
      mixed += c->flag[1][row] != (state->step >= c->info->horizon) && !c->flag[2][row];
      lost += state->step == 0 || (float)state->obs[0] != destination(c, row).obs[0];
    }
    CO_TRY(reset_ended(c, c->env));
  }
  c->steps = step;
  c->finite = finite && !faults;
  c->tried = step * rows;
  c->work = work / c->tried;
  note(c->out, "finite", c->finite, "%d faults in %d random steps%s", faults, c->tried,
       faults >= kFaults ? ", and no more were tried"
       : step < kSteps   ? "; the world is too large for more"
                         : "");
  note(c->out, "terminated and truncated", mixed == 0,
       "%d terminations; the time limit was reported wrongly %d times", terminated, mixed);
  note(c->out, "final observation", lost == 0,
       "a step never resets: the last observation stayed in %d of %d steps", c->tried - lost,
       c->tried);
  note_ranges(c);
  return CO_OK;
}

static co_status skip(checker *c, const char *name) {
  note(c->out, name, true, "not tried: the world is too large");
  return CO_OK;
}

// Same seed, same bytes, however rows are grouped into calls.
static co_status check_repeats(checker *c) {
  uint64_t first = 0, second = 0, single = 0;
  if (c->steps < kSteps / 10) return skip(c, "same seed");
  CO_TRY(play_tape(c, false, &first));
  CO_TRY(play_tape(c, false, &second));
  CO_TRY(play_tape(c, true, &single));
  char text[CO_HASH_TEXT];
  co_hash_text(first, text);
  note(c->out, "same seed", first == second, "two runs give %s bytes (%s)",
       first == second ? "the same" : "different", text);
  note(c->out, "rows are independent", first == single,
       "rows stepped together and one by one in reverse give %s bytes",
       first == single ? "the same" : "different");
  return CO_OK;
}

// Goes on from a saved row twice; *hash over what comes out.
static co_status continue_row(checker *c, int from, uint64_t *hash) {
  co_hasher *hasher = co_hasher_create();
  if (!hasher) return CO_MEMORY;
  co_status status = CO_OK;
  for (int step = from;
       status == CO_OK && step < from + 20 && step < c->info->horizon && step < c->steps; step++) {
    status = step_rows(c, c->env, step, 0, 1);
    co_hasher_add(hasher, c->obs, (size_t)c->info->obs_dim * sizeof *c->obs);
    co_hasher_add(hasher, c->reward, sizeof *c->reward);
  }
  *hash = co_hasher_value(hasher);
  co_hasher_free(hasher);
  return status;
}

static co_status check_saved(checker *c) {
  uint64_t first = 0, second = 1;
  if (c->work > CO_MOST_WORK) return skip(c, "save and load");
  co_env_out out = destination(c, 0);
  unsigned char *bytes = co_alloc(c->env->class->row_size(c->env), 1);
  if (!bytes) return CO_MEMORY;
  co_status status = co_env_reset(c->env, 0, kRows, &out);
  int most = c->info->horizon < c->steps ? c->info->horizon : c->steps;
  int before = most < 14 ? most / 2 : 7;
  for (int step = 0; status == CO_OK && step < before; step++) {
    status = step_rows(c, c->env, step, 0, 1);
  }
  c->env->class->save(c->env, 0, bytes);
  if (status == CO_OK) status = continue_row(c, before, &first);
  // by way of another row, whose bytes must be the same
  if (status == CO_OK) status = c->env->class->load(c->env, 1, bytes);
  if (status == CO_OK) c->env->class->save(c->env, 1, bytes);
  if (status == CO_OK) status = c->env->class->load(c->env, 0, bytes);
  if (status == CO_OK) status = continue_row(c, before, &second);
  free(bytes);
  note(c->out, "save and load", status == CO_OK && first == second,
       "a row saved in mid-episode goes on with %s bytes", first == second ? "the same" : "other");
  return status;
}

// Zero actions until the time limit, without looking at termination.
static co_status check_time_limit(checker *c) {
  if (c->info->horizon > kMaxHorizon || c->info->horizon * c->work > CO_MOST_WORK) {
    note(c->out, "time limit", true, "%d steps: too many to try", c->info->horizon);
    return CO_OK;
  }
  float *zero = co_alloc((size_t)c->info->act_dim, sizeof *zero);
  if (!zero) return CO_MEMORY;
  co_env_out out = destination(c, 0);
  co_status status = co_env_reset(c->env, 0, 1, &out);
  int first = 0, step = 0;
  while (status == CO_OK && !first && step++ < c->info->horizon + 1) {
    status = co_env_step(c->env, 0, 1, zero, &out);
    if (c->flag[1][0]) first = step;
  }
  free(zero);
  note(c->out, "time limit", first == c->info->horizon, "truncated after step %d, horizon %d",
       first, c->info->horizon);
  return status;
}

// A NaN from a policy must not become a NaN in the batch.
static co_status check_bad_action(checker *c) {
  if (c->work > CO_MOST_WORK) return skip(c, "bad action");
  float *bad = co_alloc((size_t)c->info->act_dim, sizeof *bad);
  if (!bad) return CO_MEMORY;
  bad[0] = NAN;
  co_env_out out = destination(c, 0);
  co_status status = co_env_reset(c->env, 0, 1, &out);
  if (status == CO_OK) status = co_env_step(c->env, 0, 1, bad, &out);
  bool flagged = c->flag[2][0] && c->reward[0] == 0 && c->obs[0] == 0;
  if (status == CO_OK) status = co_env_reset(c->env, 0, 1, &out);
  if (status == CO_OK) status = step_rows(c, c->env, 0, 0, 1);
  bool recovered = !c->flag[2][0];
  free(bad);
  note(c->out, "bad action", flagged && recovered,
       "a non-finite action is %s and the row is %s after a reset",
       flagged ? "a fault" : "passed on", recovered ? "sound" : "still faulty");
  return status;
}

// ---- the shift

// A spread of next to nothing makes any difference a huge one: no number is told beyond this.
static void describe_spreads(double spreads, char *out, size_t size) {
  if (spreads > 1000)
    snprintf(out, size, "over 1,000 spreads");
  else
    snprintf(out, size, "%.3g spreads", spreads);
}

// the source world has the task's edits too
static co_status check_shift(checker *c) {
  if (!c->info->num_shifts && !c->against) return CO_OK;
  const char **set = co_alloc((size_t)c->world->num_set + 1, sizeof *set);
  if (!set) return CO_MEMORY;
  co_world source = co_world_elsewhere(c->world, c->against, set);
  co_shift *shift = &c->out->shift;
  co_status status = co_shift_compare(c->shelf, &source, c->world, c->seed, shift);
  free(set);
  CO_TRY(status);
  c->out->has_shift = true;
  if (shift->live) {
    char spreads[32];
    describe_spreads(shift->rms[2], spreads, sizeof spreads);
    note(c->out, "shift is live", true, "first difference at step %d, %s after %d steps",
         shift->first_step, spreads, c->info->horizon < 100 ? c->info->horizon : 100);
  } else {
    note(c->out, "shift is live", false, "nothing changes%s%s", *shift->reason ? ": " : "",
         shift->reason);
  }
  char moved[sizeof c->out->test->text];
  co_moved_text(shift, moved, sizeof moved);
  note(c->out, "moved along", true, "%s", moved);
  return CO_OK;
}

// A dead shift among live ones hides behind them, so with several each is left out in turn.
static co_status check_each_shift(const checker *c) {
  co_check *out = c->out;
  if (out->num_domain < 2 || c->against || out->num_tests == CO_CHECK_TESTS) return CO_OK;
  co_dead_shifts found;
  CO_TRY(co_shifts_find_dead(c->shelf, c->world, c->seed, &found));
  co_buf dead = {0};
  for (int i = 0; i < found.count && i < out->num_domain; i++) {
    if (!found.dead[i]) continue;
    if (dead.size) co_buf_puts(&dead, "; ");
    co_shifts_put(&out->domain[i], 1, &dead);
  }
  co_status status = co_buf_status(&dead);
  if (status == CO_OK)
    note(out, "each shift is live", !dead.size, "%s%.400s",
         dead.size ? "nothing changes without: " : "without any of them it would be another world",
         dead.size ? dead.data : "");
  co_buf_free(&dead);
  return status;
}

// ---- the whole

// ", without joint/x, actuator/x": elements that the domain has removed.
static void list_missing(const co_env_info *info, char *out, size_t size) {
  size_t used = 0;
  out[0] = '\0';
  for (int i = 0; i < info->num_missing && used < size; i++) {
    int written =
        snprintf(out + used, size - used, "%s%s", i ? ", " : ", without ", info->missing[i]);
    used += (size_t)written;
  }
}

// What roles stand for on this robot, a test for each shift while there is room for those below.
static void note_roles(checker *c) {
  enum { OTHERS = 18 };
  for (int i = 0; c->info->resolved && i < c->info->num_shifts; i++) {
    const char *elements = c->info->resolved[i];
    if (!elements || c->out->num_tests >= CO_CHECK_TESTS - OTHERS) continue;
    note(c->out, "roles", true, "%s of %s: %s", c->info->shift[i].parameter,
         c->info->shift[i].select, elements);
  }
}

static void describe(checker *c) {
  co_check *out = c->out;
  snprintf(out->task, sizeof out->task, "%s", c->info->task);
  for (int i = 0; i < c->info->num_shifts && i < CO_CHECK_SHIFTS; i++) {
    out->domain[out->num_domain++] = c->info->shift[i];
  }
  char missing[256];
  list_missing(c->info, missing, sizeof missing);
  note(out, "builds", true, "observation of %d, action of %d, %d reward terms; %s%s, %s",
       c->info->obs_dim, c->info->act_dim, c->info->num_terms, c->info->model, missing,
       c->info->engine);
  note_roles(c);
}

static co_status allocate(checker *c) {
  size_t tape = (size_t)kSteps * kRows * (size_t)c->info->act_dim;
  size_t obs = (size_t)kRows * (size_t)c->info->obs_dim;
  c->action = co_alloc(tape + obs + kRows, sizeof *c->action);
  c->range = co_alloc((size_t)c->info->act_dim + 1, sizeof *c->range);
  if (!c->action || !c->range) return CO_MEMORY;
  c->obs = c->action + tape;
  c->reward = c->obs + obs;
  return CO_OK;
}

static co_status run(checker *c) {
  static co_status (*const test[])(checker *) = {check_written,    check_bounds,     check_ranges,
                                                 check_random,     check_repeats,    check_saved,
                                                 check_time_limit, check_bad_action, check_shift};
  CO_TRY(allocate(c));
  CO_TRY(fill_tape(c));
  describe(c);
  for (size_t i = 0; i < sizeof test / sizeof *test; i++) {
    CO_TRY(test[i](c));
    if (c->finite) continue;
    note(c->out, "further tests", false, "not tried: what is not finite is not worth it");
    break;
  }
  return CO_OK;
}

co_status co_check_domain(const co_world *world, const co_node *against, uint64_t seed,
                          co_check *out) {
  *out = (co_check){.ok = true};
  checker c = {.world = world, .against = against, .seed = seed, .out = out};
  CO_TRY(co_world_shelf_create(&c.shelf));
  co_shared_world *shared = NULL;
  co_status status = co_world_shelf_take(c.shelf, world, &shared);
  if (status == CO_OK) {
    c.info = &co_shared_world_get(shared)->info;
    describe(&c);
    status = check_shift(&c);
  }
  co_shared_world_drop(shared);
  co_world_shelf_free(c.shelf);
  return status;
}

co_status co_check_world(co_world_shelf *shelf, const co_world *world, const co_node *against,
                         uint64_t seed, co_check *out) {
  *out = (co_check){.ok = true};
  checker c = {.world = world, .against = against, .seed = seed, .finite = true, .out = out};
  co_world_shelf *own = NULL;
  if (!shelf) CO_TRY(co_world_shelf_create(&own));
  c.shelf = shelf ? shelf : own;
  co_status status = make_env(&c, c.shelf, &c.env);
  if (status == CO_OK) {
    c.info = co_env_get_info(c.env);
    status = run(&c);
  }
  if (status == CO_OK) status = check_each_shift(&c);
  free(c.action);
  free(c.range);
  co_env_destroy(c.env);
  co_world_shelf_free(own);
  return status;
}
