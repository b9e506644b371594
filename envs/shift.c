#include "envs/shift.h"

#include "envs/row.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { kEpisodes = 4, kShortest = 300, kLongest = 2000, kHold = 5, kContacts = 64, kMarks = 3 };
static const int kMark[kMarks] = {1, 10, 100};  // control steps after which differences are taken

// Mean, spread and range of each observation element in the source.
typedef struct spread {
  double mean, m2, low, high;
} spread;

typedef struct measurement {
  const co_built_world *world[2];  // source, target
  int steps;                       // control steps of an episode
  co_row row[2];
  double *obs[2];     // (kEpisodes x steps x obs_dim) each
  double *reward[2];  // (kEpisodes x steps)
  spread *spread;     // (obs_dim)
  long target_steps, limit_steps;
  co_shift *out;
} measurement;

static size_t dim_of(const measurement *m) {
  return (size_t)m->world[0]->info.obs_dim;
}

static const double *obs_at(const measurement *m, int side, int episode, int step) {
  assert(side < 2 && episode < kEpisodes && step >= 0 && step < m->steps);
  return m->obs[side] + ((size_t)episode * m->steps + (size_t)step) * dim_of(m);
}

// ---- the tape

// Uniform within the source's bounds, held for a few steps: excites more than independent draws.
static void draw_action(const co_env_info *info, co_rng *tape, double *action) {
  for (int i = 0; i < info->act_dim; i++) {
    const co_action_element *element = &info->action[i];
    action[i] = element->low + (element->high - element->low) * co_rng_uniform(tape);
  }
}

// Pairs of geoms that have touched in either world, with the friction both worlds would let act.
static void note_pair(co_shift *out, const measurement *m, const int geom[2]) {
  const co_model *source = m->world[0]->model, *target = m->world[1]->model;
  const char **name = source->elements[CO_GEOM].name;
  co_shift_pair pair = {0};
  snprintf(pair.pair, sizeof pair.pair, "%.60s/%.60s", name[geom[0]], name[geom[1]]);
  for (int i = 0; i < out->num_pairs; i++) {
    if (strcmp(out->pair[i].pair, pair.pair) == 0) return;
  }
  if (out->num_pairs == CO_SHIFT_PAIRS) return;
  pair.source = source->engine->pair_friction(source, geom[0], geom[1]);
  pair.target = target->engine->pair_friction(target, geom[0], geom[1]);
  out->pair[out->num_pairs++] = pair;
}

static void note_contacts(measurement *m, const co_row *row) {
  co_contact contact[kContacts];
  const co_engine *engine = row->binding->model->engine;
  int count = engine->contacts(row->physics, contact, kContacts);
  assert(count <= kContacts && (!count || engine->pair_friction));
  for (int i = 0; i < count; i++) note_pair(m->out, m, contact[i].geom);
}

// One episode in one world: the same stream names give both worlds the same actions and the same
// reset noise.
static co_status play(measurement *m, int side, int episode, uint64_t seed) {
  const co_env_info *info = &m->world[0]->info;
  co_row *row = &m->row[side];
  co_rng tape = co_rng_make(&(co_stream){seed, 0, CO_PURPOSE_TAPE}, (uint32_t)episode);
  double action[64];
  if (info->act_dim > 64) return co_fail(CO_CONFIG, "%s: more than 64 actions", info->task);
  row->rng = co_rng_make(&(co_stream){seed, 0, CO_PURPOSE_RESET}, (uint32_t)episode);
  CO_TRY(co_row_reset(row));
  for (int step = 0; step < m->steps; step++) {
    co_row_result result = {0};
    if (step % kHold == 0) draw_action(info, &tape, action);
    CO_TRY(co_row_step(row, action, &result));
    memcpy((double *)obs_at(m, side, episode, step), row->obs, dim_of(m) * sizeof *row->obs);
    m->reward[side][episode * m->steps + step] = result.reward;
    note_contacts(m, row);
    if (side == 0) continue;
    m->target_steps++;
    m->limit_steps += row->binding->model->engine->limit_active(row->physics);
  }
  return CO_OK;
}

// ---- what the records say

static void measure_spread(measurement *m) {
  size_t dim = dim_of(m);
  for (size_t j = 0; j < dim; j++) m->spread[j] = (spread){.low = DBL_MAX, .high = -DBL_MAX};
  for (size_t n = 0; n < (size_t)kEpisodes * m->steps; n++) {
    for (size_t j = 0; j < dim; j++) {
      spread *s = &m->spread[j];
      double x = m->obs[0][n * dim + j], delta = x - s->mean;
      s->mean += delta / ((double)n + 1);
      s->m2 += delta * (x - s->mean);
      s->low = fmin(s->low, x);
      s->high = fmax(s->high, x);
    }
  }
}

// Bit for bit, rewards included; the earliest step over all episodes.
static void measure_difference(measurement *m) {
  size_t bytes = dim_of(m) * sizeof(double);
  m->out->first_step = -1;
  for (int step = 0; step < m->steps && m->out->first_step < 0; step++) {
    for (int episode = 0; episode < kEpisodes; episode++) {
      const double *a = obs_at(m, 0, episode, step), *b = obs_at(m, 1, episode, step);
      size_t n = (size_t)(episode * m->steps + step);
      bool same = memcmp(a, b, bytes) == 0 &&
                  memcmp(&m->reward[0][n], &m->reward[1][n], sizeof **m->reward) == 0;
      if (!same) m->out->first_step = step + 1;
    }
  }
  m->out->live = m->out->first_step >= 0;
}

// Root mean square over episodes and elements, in units of the element's spread; constant elements
// are left out.
static double rms_after(const measurement *m, int steps) {
  double sum = 0.0;
  int count = 0;
  for (int episode = 0; episode < kEpisodes; episode++) {
    const double *a = obs_at(m, 0, episode, steps - 1), *b = obs_at(m, 1, episode, steps - 1);
    for (size_t j = 0; j < dim_of(m); j++) {
      double deviation = sqrt(m->spread[j].m2 / (kEpisodes * m->steps));
      if (!(deviation > 0)) continue;
      sum += (b[j] - a[j]) / deviation * ((b[j] - a[j]) / deviation);
      count++;
    }
  }
  return count ? sqrt(sum / count) : 0.0;
}

// Share of the target's steps at which every element lies within what the source has seen.
static double visited_share(const measurement *m) {
  size_t dim = dim_of(m), total = (size_t)kEpisodes * m->steps, inside = 0;
  for (size_t n = 0; n < total; n++) {
    size_t j = 0;
    while (j < dim && m->obs[1][n * dim + j] >= m->spread[j].low &&
           m->obs[1][n * dim + j] <= m->spread[j].high) {
      j++;
    }
    inside += j == dim;
  }
  return (double)inside / (double)total;
}

// ---- why nothing changed

static const char *why_friction(const co_shift *out) {
  if (!out->num_pairs) return "no contact occurs, so no friction acts";
  for (int i = 0; i < out->num_pairs; i++) {
    if (out->pair[i].source != out->pair[i].target) {
      return "the friction of touching geoms differs, but they do not slide: the floor's hold is "
             "the same";
    }
  }
  return "a contact takes the larger friction of its two geoms, and the other geom's is at least "
         "as "
         "large in every pair that touches";
}

static const char *why_inert(const measurement *m, int shift) {
  const co_shift_effect *effect = &m->world[1]->plan.effect[shift];
  const co_shift_info *info = &m->world[1]->info.shift[shift];
  if (!effect->changed) {
    bool scales_zero = effect->all_zero && strcmp(info->operation, "scale") == 0;
    return scales_zero ? "the nominal value is zero, and zero times a number is zero"
                       : "the new value equals the nominal one";
  }
  if (strcmp(info->parameter, "geom.friction") == 0) return why_friction(m->out);
  return NULL;
}

static void explain(measurement *m) {
  co_shift *out = m->out;
  const co_env_info *info = &m->world[1]->info;
  size_t used = 0;
  if (!out->live && !info->num_shifts) {
    snprintf(out->reason, sizeof out->reason, "the two worlds are the same");
  }
  for (int i = 0; i < info->num_shifts && !out->live; i++) {
    const char *why = why_inert(m, i);
    if (!why || used >= sizeof out->reason) continue;
    int written = snprintf(out->reason + used, sizeof out->reason - used, "%s%s%s%s: %s",
                           used ? "; " : "", info->shift[i].parameter,
                           *info->shift[i].select ? " " : "", info->shift[i].select, why);
    used += (size_t)written;
  }
}

// ---- the whole

// Long enough for the first push to be met.
static int steps_until_push(const co_built_world *world) {
  const co_signal *signal = &world->plan.signal;
  const double *speed = signal->value + signal->at[CO_PUSH_SPEED];
  double interval = signal->value[signal->at[CO_PUSH_INTERVAL]];
  int after = interval < kLongest ? (int)interval + 50 : kLongest;
  for (int i = 0; i < world->model->nv; i++) {
    if (speed[i] > 0) return after > kShortest ? after : kShortest;
  }
  return kShortest;
}

static co_status prepare(measurement *m, uint64_t seed) {
  size_t count = (size_t)kEpisodes * m->steps * dim_of(m);
  co_stream stream = {seed, 0, CO_PURPOSE_RESET};
  m->spread = calloc(dim_of(m), sizeof *m->spread);
  for (int side = 0; side < 2; side++) {
    m->obs[side] = calloc(count, sizeof **m->obs);
    m->reward[side] = calloc((size_t)kEpisodes * m->steps, sizeof **m->reward);
    if (!m->obs[side] || !m->reward[side] || !m->spread) return co_fail(CO_MEMORY, "out of memory");
    CO_TRY(co_row_create(&m->world[side]->binding, &stream, 0, &m->row[side]));
  }
  return CO_OK;
}

static co_status measure(measurement *m, uint64_t seed) {
  CO_TRY(prepare(m, seed));
  for (int side = 0; side < 2; side++) {
    for (int episode = 0; episode < kEpisodes; episode++) CO_TRY(play(m, side, episode, seed));
  }
  measure_spread(m);
  measure_difference(m);
  for (int i = 0; i < kMarks; i++) m->out->rms[i] = rms_after(m, kMark[i]);
  m->out->limit_share = (double)m->limit_steps / (double)m->target_steps;
  m->out->visited_share = visited_share(m);
  explain(m);
  return CO_OK;
}

// Worlds whose observations or actions are not the same list differ before anything is played.
static bool comparable(const co_env_info *a, const co_env_info *b) {
  if (a->obs_dim != b->obs_dim || a->act_dim != b->act_dim) return false;
  for (int i = 0; i < a->obs_dim; i++) {
    if (strcmp(a->obs[i].name, b->obs[i].name) != 0) return false;
  }
  return true;
}

co_status co_shift_measure(const co_built_world *source, const co_built_world *target,
                           uint64_t seed, co_shift *out) {
  *out = (co_shift){.live = true, .first_step = 0};
  if (!comparable(&source->info, &target->info)) return CO_OK;
  int steps = steps_until_push(source), other = steps_until_push(target);
  measurement m = {.world = {source, target}, .steps = steps > other ? steps : other, .out = out};
  co_status status = measure(&m, seed);
  for (int side = 0; side < 2; side++) {
    co_row_free(&m.row[side]);
    free(m.obs[side]);
    free(m.reward[side]);
  }
  free(m.spread);
  return status;
}

// ---- by name, at both ends of what is drawn

static bool has_draws(const co_built_world *world) {
  for (int i = 0; i < world->info.num_shifts; i++) {
    if (*world->info.shift[i].distribution) return true;
  }
  return false;
}

static co_status compare_at(const co_world *source, const co_world *target, co_draws draws,
                            uint64_t seed, co_shift *out, bool *draws_any) {
  co_built_world *a = NULL, *b = NULL;
  co_world from = *source, to = *target;
  from.draws = to.draws = draws;
  co_status status = co_world_build(&from, &a);
  if (status == CO_OK) status = co_world_build(&to, &b);
  if (status == CO_OK) {
    *draws_any = has_draws(a) || has_draws(b);
    status = co_shift_measure(a, b, seed, out);
  }
  co_world_free(b);
  co_world_free(a);
  return status;
}

// The end at which more happens stands for the shift.
static void join_ends(const co_shift *other, co_shift *out) {
  bool replaced = other->live && (!out->live || other->rms[kMarks - 1] > out->rms[kMarks - 1]);
  int first = out->first_step;
  bool both = out->live && other->live;
  if (replaced) *out = *other;
  if (both && first < out->first_step) out->first_step = first;
  if (both && other->first_step < out->first_step) out->first_step = other->first_step;
}

co_status co_shift_compare(const co_world *source, const co_world *target, uint64_t seed,
                           co_shift *out) {
  bool drawn = false;
  co_shift high;
  CO_TRY(compare_at(source, target, CO_DRAW_LOW, seed, out, &drawn));
  if (!drawn) return CO_OK;
  CO_TRY(compare_at(source, target, CO_DRAW_HIGH, seed, &high, &drawn));
  join_ends(&high, out);
  return CO_OK;
}
