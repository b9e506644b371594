#include "envs/verify/shift.h"

#include "core/memory.h"
#include "envs/verify/private/moved.h"
#include "envs/verify/tape.h"
#include "envs/world/row.h"
#include "envs/world/work.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  kEpisodes = 4,
  kFewest = 20,
  kShortest = 300,
  kLongest = 10000,
  kHold = 5,
  kContacts = 64,
  kMarks = 3
};
static const int kMark[kMarks] = {
    1, 10, 100};  // control steps after which differences are taken, or at the end

// Mean, spread and range of each observation element in the source.
typedef struct spread {
  double mean, m2, low, high;
} spread;

// Geoms that have touched: by world, -1 where its model has no such geom.
typedef struct geom_pair {
  int geom[2][2];
} geom_pair;

typedef struct measurement {
  const co_built_world *world[2];  // source, target
  int episodes;                    // kEpisodes, or 1 in a world that is very large
  int steps;                       // control steps of an episode
  int least;                       // those that are played in however large a world
  int hold;                        // of them, an action of the tape lasts so many
  co_row row[2];
  double *low, *high, *action;  // (act_dim) of the tape
  int *now;                     // (num_now) observation elements that are not of the past
  int num_now;
  double *obs[2];     // (kEpisodes x steps x obs_dim) each
  double *reward[2];  // (kEpisodes x steps)
  spread *spread;     // (obs_dim)
  long target_steps, limit_steps;
  geom_pair pair[CO_SHIFT_PAIRS];  // of out->pair
  co_shift *out;
} measurement;

static size_t dim_of(const measurement *m) {
  return (size_t)m->world[0]->info.obs_dim;
}

static double *obs_at(const measurement *m, int side, int episode, int step) {
  assert(side < 2 && episode < kEpisodes && step >= 0 && step < m->steps);
  return m->obs[side] + ((size_t)episode * (size_t)m->steps + (size_t)step) * dim_of(m);
}

// ---- the tape

// Uniform, held for a few steps: excites more than independent draws.
static void draw_action(measurement *m, co_rng *tape) {
  for (int i = 0; i < m->world[0]->info.act_dim; i++) {
    m->action[i] = m->low[i] + (m->high[i] - m->low[i]) * co_rng_uniform(tape);
  }
}

static bool is_known(const measurement *m, int side, const int geom[2]) {
  for (int i = 0; i < m->out->num_pairs; i++) {
    const int *known = m->pair[i].geom[side];
    if (known[0] == geom[0] && known[1] == geom[1]) return true;
    if (known[0] == geom[1] && known[1] == geom[0]) return true;
  }
  return false;
}

static double friction_of(const co_model *model, const int geom[2]) {
  if (geom[0] < 0 || geom[1] < 0) return 0.0;
  co_friction_rule rule;
  return model->engine->pair_friction(model, geom[0], geom[1], &rule);
}

// Pairs of geoms that have touched in either world, with the friction both worlds would let act.
// Another layout of a maze has other geoms: between worlds they go by name.
static void note_pair(measurement *m, int side, const int geom[2]) {
  if (m->out->num_pairs == CO_SHIFT_PAIRS || is_known(m, side, geom)) return;
  const co_model *own = m->world[side]->model, *other = m->world[!side]->model;
  geom_pair *known = &m->pair[m->out->num_pairs];
  co_shift_pair *pair = &m->out->pair[m->out->num_pairs++];
  const char *name[2];
  for (int k = 0; k < 2; k++) {
    name[k] = own->elements[CO_GEOM].name[geom[k]];
    known->geom[side][k] = geom[k];
    known->geom[!side][k] = co_model_find(other, CO_GEOM, name[k]);
  }
  snprintf(pair->pair, sizeof pair->pair, "%.60s/%.60s", name[0], name[1]);
  pair->source = friction_of(m->world[0]->model, known->geom[0]);
  pair->target = friction_of(m->world[1]->model, known->geom[1]);
}

static void note_contacts(measurement *m, int side) {
  co_contact contact[kContacts];
  const co_row *row = &m->row[side];
  const co_engine *engine = row->binding->model->engine;
  int count = engine->contacts(row->physics, contact, kContacts);
  assert(count <= kContacts && (!count || engine->pair_friction));
  for (int i = 0; i < count; i++) note_pair(m, side, contact[i].geom);
}

// One episode in one world: the same stream names give both worlds the same actions and the same
// reset noise. After a fault it starts again. In a world that is too large for the whole tape, the
// first episode decides how long all are, and whether there are more.
static co_status play(measurement *m, int side, int episode, uint64_t seed) {
  co_row *row = &m->row[side];
  bool is_first = side == 0 && episode == 0;
  co_rng tape = co_rng_make(&(co_stream){seed, 0, CO_PURPOSE_TAPE}, (uint32_t)episode);
  row->rng = co_rng_make(&(co_stream){seed, 0, CO_PURPOSE_RESET}, (uint32_t)episode);
  CO_TRY(co_row_reset(row));
  double work = 0.0;
  for (int step = 0; step < m->steps; step++) {
    co_row_result result = {0};
    if (step % m->hold == 0) draw_action(m, &tape);
    CO_TRY(co_row_step(row, m->action, &result));
    memcpy(obs_at(m, side, episode, step), row->obs, dim_of(m) * sizeof *row->obs);
    m->reward[side][episode * m->steps + step] = result.reward;
    note_contacts(m, side);
    m->target_steps += side == 1;
    m->limit_steps += side == 1 && row->binding->model->engine->limit_active(row->physics);
    if (result.fault) CO_TRY(co_row_reset(row));
    work += co_row_work(row);
    if (!is_first || work <= CO_MOST_WORK) continue;
    bool too_large = work > 4.0 * CO_MOST_WORK && m->least == kFewest;
    if (too_large) m->episodes = 1;
    if (too_large || step + 1 >= m->least) m->steps = step + 1;
  }
  return CO_OK;
}

// ---- what the records say

static void measure_spread(measurement *m) {
  size_t dim = dim_of(m);
  for (size_t j = 0; j < dim; j++) m->spread[j] = (spread){.low = DBL_MAX, .high = -DBL_MAX};
  for (size_t n = 0; n < (size_t)m->episodes * (size_t)m->steps; n++) {
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
    for (int episode = 0; episode < m->episodes; episode++) {
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
// and those of the past are left out.
static double rms_after(const measurement *m, int steps) {
  double sum = 0.0;
  int count = 0;
  for (int episode = 0; episode < m->episodes; episode++) {
    const double *a = obs_at(m, 0, episode, steps - 1), *b = obs_at(m, 1, episode, steps - 1);
    for (int i = 0; i < m->num_now; i++) {
      int j = m->now[i];
      double deviation = sqrt(m->spread[j].m2 / (m->episodes * m->steps));
      if (!(deviation > 0)) continue;
      sum += (b[j] - a[j]) / deviation * ((b[j] - a[j]) / deviation);
      count++;
    }
  }
  return count ? sqrt(sum / count) : 0.0;
}

static bool is_visited(const measurement *m, const double *obs) {
  for (int i = 0; i < m->num_now; i++) {
    const spread *seen = &m->spread[m->now[i]];
    double x = obs[m->now[i]];
    if (!(x >= seen->low && x <= seen->high)) return false;
  }
  return true;
}

// Share of the target's steps at which every element lies within what the source has seen; those of
// the past have had their step.
static double visited_share(const measurement *m) {
  size_t total = (size_t)m->episodes * (size_t)m->steps, inside = 0;
  for (size_t n = 0; n < total; n++) inside += is_visited(m, m->obs[1] + n * dim_of(m));
  return (double)inside / (double)total;
}

// ---- why nothing changed

enum { kReason = 300 };

static void say(char out[kReason], const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(char out[kReason], const char *format, ...) {
  va_list args;
  va_start(args, format);
  vsnprintf(out, kReason, format, args);
  va_end(args);
}

// Whether the shift acts on the target's geom.
static bool is_shifted(const measurement *m, int shift, int geom) {
  const co_plan *plan = &m->world[1]->plan;
  for (int i = 0; i < plan->count; i++) {
    if (plan->put[i].shift == shift && plan->put[i].element == geom) return true;
  }
  return false;
}

static bool has_part(const measurement *m, const geom_pair *pair, int shift) {
  const int *geom = pair->geom[1];
  if (geom[0] < 0 || geom[1] < 0) return false;
  return is_shifted(m, shift, geom[0]) || is_shifted(m, shift, geom[1]);
}

// What decides a parameter of a pair that touches, where the engine does not combine those of its
// two geoms: one sentence. False: there is none.
static bool say_rule(const measurement *m, const geom_pair *pair, co_parameter_id parameter,
                     char out[kReason]) {
  const co_model *model = m->world[1]->model;
  const int *geom = pair->geom[1];
  const char *const *name = model->elements[CO_GEOM].name;
  const char *what = strchr(co_parameters[parameter].name, '.') + 1;
  bool own = parameter == CO_FRICTION || parameter == CO_SOLREF;
  co_friction_rule rule;
  double friction = model->engine->pair_friction(model, geom[0], geom[1], &rule);
  int first = rule == CO_FRICTION_OF_SECOND;
  switch (rule) {
    case CO_FRICTION_OF_OPTION:
      say(out, "the model's flag \"override\" gives all contacts the %s of its options", what);
      return parameter != CO_CONDIM;
    case CO_FRICTION_OF_PAIR:
      own = own && (parameter != CO_FRICTION || friction > 0);
      say(out, "the contact %.60s/%.60s is an explicit pair of the model, whose own %s acts%s%s",
          name[geom[0]], name[geom[1]], what, own ? ": shift pair." : "", own ? what : "");
      return true;
    case CO_FRICTION_OF_FIRST:
    case CO_FRICTION_OF_SECOND:
      say(out, "geom \"%.60s\" has priority over \"%.60s\": its %s acts alone", name[geom[first]],
          name[geom[!first]], what);
      return true;
    default: return false;
  }
}

static bool is_frictionless(const measurement *m, const geom_pair *pair) {
  const co_model *model = m->world[1]->model;
  co_friction_rule rule;
  model->engine->pair_friction(model, pair->geom[1][0], pair->geom[1][1], &rule);
  return rule == CO_FRICTION_NONE;
}

// Why a parameter of geoms acts in no contact. False: no reason is known.
static bool say_contact(const measurement *m, int shift, co_parameter_id parameter,
                        char out[kReason]) {
  const co_shift *about = m->out;
  int touching = 0, frictionless = 0;
  for (int i = 0; i < about->num_pairs; i++) {
    if (!has_part(m, &m->pair[i], shift)) continue;
    if (say_rule(m, &m->pair[i], parameter, out)) return true;
    touching++;
    frictionless += is_frictionless(m, &m->pair[i]);
  }
  if (about->num_pairs == CO_SHIFT_PAIRS) return false;  // there may be others
  if (!touching)
    say(out, "what is selected touches nothing in %d control steps", m->steps);
  else if (parameter == CO_FRICTION && frictionless == touching)
    say(out, "its contacts have condim 1, and so no friction");
  else
    return false;
  return true;
}

// Whether every shifted geom slides as in the source.
static bool slides_alike(const measurement *m, int shift) {
  const co_plan *plan = &m->world[1]->plan;
  double source[CO_PARAMETER_WIDTH], target[CO_PARAMETER_WIDTH];
  for (int i = 0; i < plan->count; i++) {
    if (plan->put[i].shift != shift) continue;
    const co_model *from = m->world[0]->model, *to = m->world[1]->model;
    const char *name = to->elements[CO_GEOM].name[plan->put[i].element];
    int geom = co_model_find(from, CO_GEOM, name);
    if (geom < 0) return false;
    from->engine->get(from, CO_FRICTION, geom, source);
    to->engine->get(to, CO_FRICTION, plan->put[i].element, target);
    if (source[0] != target[0]) return false;
  }
  return true;
}

static void say_friction(const measurement *m, int shift, char out[kReason]) {
  const co_shift *about = m->out;
  if (!about->num_pairs) {
    say(out, "no contact occurs, so no friction acts");
    return;
  }
  if (say_contact(m, shift, CO_FRICTION, out)) return;
  for (int i = 0; i < about->num_pairs; i++) {
    if (about->pair[i].source == about->pair[i].target) continue;
    say(out,
        "the friction of touching geoms differs, but they do not slide: the floor's hold is "
        "the same");
    return;
  }
  if (slides_alike(m, shift)) {
    say(out,
        "sliding friction is the same, and contacts of condim 3 have no torsional or rolling one");
    return;
  }
  say(out,
      "a contact takes the larger friction of its two geoms, and the other geom's is at least "
      "as large in every pair that touches");
}

static void say_other_contact(const measurement *m, int shift, co_parameter_id parameter,
                              char out[kReason]) {
  if (!m->out->num_pairs)
    say(out, "no contact occurs");
  else if (!say_contact(m, shift, parameter, out) && parameter == CO_CONDIM)
    say(out, "a contact takes the larger condim of its two geoms");
}

static bool pushes(const co_built_world *world) {
  const co_signal *signal = &world->plan.signal;
  for (int i = 0; i < world->model->nv; i++) {
    if (signal->value[signal->at[CO_PUSH_SPEED] + i] > 0) return true;
  }
  return false;
}

static double push_interval(const co_built_world *world) {
  return world->plan.signal.value[world->plan.signal.at[CO_PUSH_INTERVAL]];
}

static void say_push(const measurement *m, char out[kReason]) {
  double interval = push_interval(m->world[1]);
  if (!pushes(m->world[1])) {
    say(out, "nothing is pushed: push.speed is 0");
  } else if (interval > m->steps) {
    say(out, "no push within %d control steps: push.interval is %.0f", m->steps, interval);
  }
}

static void say_wind(const measurement *m, char out[kReason]) {
  const co_model *model = m->world[1]->model;
  double density, viscosity;
  model->engine->get(model, CO_DENSITY, 0, &density);
  model->engine->get(model, CO_VISCOSITY, 0, &viscosity);
  if (density != 0 || viscosity != 0) return;
  say(out,
      "wind acts where there is a medium, and option.density and option.viscosity are 0: shift "
      "one of them, or body.force");
}

static void say_reset(const measurement *m, char out[kReason]) {
  if (m->world[1]->binding.terms[CO_TERM_RESET].count) return;
  say(out, "the task has no reset terms: every episode starts in the same state");
}

static void say_inert(const measurement *m, int shift, char out[kReason]) {
  const co_shift_effect *effect = &m->world[1]->plan.effect[shift];
  const co_shift_info *info = &m->world[1]->info.shift[shift];
  out[0] = '\0';
  if (!effect->changed) {
    bool scales_zero = effect->all_zero && strcmp(info->operation, "scale") == 0;
    say(out, "%s",
        scales_zero ? "the nominal value is zero, and zero times a number is zero"
                    : "the new value equals the nominal one");
    return;
  }
  co_parameter_id parameter = co_parameter_find(info->parameter);
  switch (parameter) {
    case CO_FRICTION: say_friction(m, shift, out); break;
    case CO_SOLREF:
    case CO_SOLIMP:
    case CO_CONDIM: say_other_contact(m, shift, parameter, out); break;
    case CO_PUSH_SPEED:
    case CO_PUSH_INTERVAL: say_push(m, out); break;
    case CO_WIND: say_wind(m, out); break;
    case CO_RESET_NOISE: say_reset(m, out); break;
    default: break;
  }
}

static void explain(measurement *m) {
  co_shift *out = m->out;
  const co_env_info *info = &m->world[1]->info;
  size_t used = 0;
  if (!out->live && !info->num_shifts) {
    snprintf(out->reason, sizeof out->reason, "the two worlds are the same");
  }
  for (int i = 0; i < info->num_shifts && !out->live; i++) {
    char why[kReason];
    say_inert(m, i, why);
    if (!*why || used >= sizeof out->reason) continue;
    int written = snprintf(out->reason + used, sizeof out->reason - used, "%s%s%s%s: %s",
                           used ? "; " : "", info->shift[i].parameter,
                           *info->shift[i].select ? " " : "", info->shift[i].select, why);
    used += (size_t)written;
  }
}

// ---- the whole

// Control steps of an episode of the tape: long enough for the first push to be met, and never
// longer than an episode of the task.
static int tape_steps(const co_built_world *world) {
  double first = push_interval(world) + 50;
  int steps = !pushes(world) ? kShortest : first < kLongest ? (int)first : kLongest;
  return steps > kShortest ? steps : kShortest;
}

static bool repeats(const co_built_world *world) {
  const co_signal *signal = &world->plan.signal;
  return signal->value[signal->at[CO_ACTION_REPEAT]] > 1;
}

static int common_steps(const co_built_world *source, const co_built_world *target) {
  int a = tape_steps(source), b = tape_steps(target), steps = a > b ? a : b;
  if (steps > source->info.horizon) steps = source->info.horizon;
  return steps < target->info.horizon ? steps : target->info.horizon;
}

static void find_now(measurement *m) {
  const co_binding *binding = &m->world[0]->binding;
  const co_terms_bound *terms = &binding->terms[CO_TERM_OBSERVATION];
  for (int k = 0; k < terms->count; k++) {
    const co_term *term = &terms->term[k];
    int first = co_binding_now(binding, k);
    for (int i = 0; i < term->size; i++) m->now[m->num_now++] = first + i;
  }
  assert(m->num_now == binding->raw_dim);
}

static co_status allocate(measurement *m) {
  size_t actions = (size_t)m->world[0]->info.act_dim, steps = (size_t)kEpisodes * (size_t)m->steps;
  m->low = co_alloc(3 * actions, sizeof *m->low);
  m->now = co_alloc(dim_of(m), sizeof *m->now);
  m->spread = co_alloc(dim_of(m), sizeof *m->spread);
  for (int side = 0; side < 2; side++) {
    m->obs[side] = co_alloc(steps * dim_of(m), sizeof **m->obs);
    m->reward[side] = co_alloc(steps, sizeof **m->reward);
    if (!m->obs[side] || !m->reward[side]) return CO_MEMORY;
  }
  if (!m->low || !m->now || !m->spread) return CO_MEMORY;
  m->high = m->low + actions;
  m->action = m->high + actions;
  return CO_OK;
}

static void release(measurement *m) {
  for (int side = 0; side < 2; side++) {
    co_row_free(&m->row[side]);
    free(m->obs[side]);
    free(m->reward[side]);
  }
  free(m->spread);
  free(m->now);
  free(m->low);
}

static co_status prepare(measurement *m, uint64_t seed) {
  co_stream stream = {seed, 0, CO_PURPOSE_RESET};
  CO_TRY(allocate(m));
  co_tape_bounds(&m->world[0]->binding, m->low, m->high);
  find_now(m);
  for (int side = 0; side < 2; side++) {
    CO_TRY(co_row_create(&m->world[side]->binding, &stream, 0, &m->row[side]));
  }
  return CO_OK;
}

static co_status measure(measurement *m, uint64_t seed) {
  CO_TRY(prepare(m, seed));
  for (int side = 0; side < 2; side++) {
    for (int episode = 0; episode < m->episodes; episode++) CO_TRY(play(m, side, episode, seed));
  }
  measure_spread(m);
  measure_difference(m);
  for (int i = 0; i < kMarks; i++) {
    m->out->rms[i] = rms_after(m, kMark[i] < m->steps ? kMark[i] : m->steps);
  }
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
  co_moved_find(&source->plan, &target->plan, out);
  if (!comparable(&source->info, &target->info)) return CO_OK;
  measurement m = {.world = {source, target},
                   .episodes = kEpisodes,
                   .steps = common_steps(source, target),
                   .out = out};
  m.least = pushes(source) || pushes(target) ? m.steps : kFewest;
  m.hold = repeats(source) || repeats(target) ? 1 : kHold;  // or holding twice would change nothing
  co_status status = measure(&m, seed);
  release(&m);
  return status;
}

// ---- by name, at both ends of what is drawn

static bool has_draws(const co_built_world *world) {
  for (int i = 0; i < world->info.num_shifts; i++) {
    if (*world->info.shift[i].distribution) return true;
  }
  return false;
}

static co_status compare_at(co_world_shelf *shelf, const co_world *source, const co_world *target,
                            co_draws draws, uint64_t seed, co_shift *out, bool *draws_any) {
  co_shared_world *a = NULL, *b = NULL;
  co_world from = *source, to = *target;
  from.draws = to.draws = draws;
  co_status status = co_world_shelf_take(shelf, &from, &a);
  if (status == CO_OK) status = co_world_shelf_take(shelf, &to, &b);
  if (status == CO_OK) {
    const co_built_world *home = co_shared_world_get(a), *away = co_shared_world_get(b);
    *draws_any = has_draws(home) || has_draws(away);
    status = co_shift_measure(home, away, seed, out);
  }
  co_shared_world_drop(b);
  co_shared_world_drop(a);
  return status;
}

static void copy_moved(const co_shift *from, co_shift *to) {
  to->num_moved = from->num_moved;
  memcpy(to->moved, from->moved, sizeof to->moved);
}

// The end at which more happens stands for the shift; what moves at one end may not at the other.
static void join_ends(const co_shift *other, co_shift *out) {
  const co_shift low = *out;
  bool replaced = other->live && (!out->live || other->rms[kMarks - 1] > out->rms[kMarks - 1]);
  int first = out->first_step;
  bool both = out->live && other->live;
  if (replaced) *out = *other;
  if (both && first < out->first_step) out->first_step = first;
  if (both && other->first_step < out->first_step) out->first_step = other->first_step;
  copy_moved(other->num_moved > low.num_moved ? other : &low, out);
}

co_status co_shift_compare(co_world_shelf *shelf, const co_world *source, const co_world *target,
                           uint64_t seed, co_shift *out) {
  bool drawn = false;
  co_shift high;
  CO_TRY(compare_at(shelf, source, target, CO_DRAW_LOW, seed, out, &drawn));
  if (!drawn) return CO_OK;
  CO_TRY(compare_at(shelf, source, target, CO_DRAW_HIGH, seed, &high, &drawn));
  join_ends(&high, out);
  return CO_OK;
}
