// Reset terms: change the nominal start of an episode. They run in the order of the file, before
// quantities are derived from the coordinates.

#include "envs/physics/trig.h"
#include "envs/task/terms/space.h"

#include <assert.h>

#define STATE (CO_BIT(CO_QPOS) | CO_BIT(CO_QVEL) | CO_BIT(CO_MOCAP_POS))
#define PLACES (CO_BIT(CO_QPOS) | CO_BIT(CO_MOCAP_POS))

static double uniform(co_rng *rng, double low, double high) {
  return low + (high - low) * co_rng_uniform(rng);
}

// What a former term wrote is the nominal value for the next.
static void add(co_physics *physics, co_ref ref, double value) {
  co_ref_write(physics, ref, co_ref_value(physics, ref) + value);
}

// ---- each coordinate by itself

static void bind_uniform(co_term *term, const co_term_binder *binder) {
  const co_term_def *def = term->def;
  bool range = def->low.count && def->high.count, part = def->low.count || def->high.count;
  if (def->scale.count ? !part : range) return;
  co_schema_error(binder->errors, binder->node, "scale",
                  "\"uniform\" needs either scale, or low and high");
}

static void add_uniform(const co_term *term, const co_moment *moment, co_rng *rng) {
  const co_term_def *def = term->def;
  for (int i = 0; i < term->refs; i++) {
    double scale = co_floats_at(&def->scale, i, NAN);
    double low = co_floats_at(&def->low, i, -scale), high = co_floats_at(&def->high, i, scale);
    add(moment->physics, term->ref[i], uniform(rng, low, high));
  }
}

static void add_normal(const co_term *term, const co_moment *moment, co_rng *rng) {
  for (int i = 0; i < term->refs; i++) {
    double scale = co_floats_at(&term->def->scale, i, NAN);
    add(moment->physics, term->ref[i], scale * co_rng_normal(rng));
  }
}

static void set_values(const co_term *term, const co_moment *moment, co_rng *rng) {
  (void)rng;
  for (int i = 0; i < term->refs; i++) {
    co_ref_write(moment->physics, term->ref[i], co_floats_at(&term->def->value, i, NAN));
  }
}

// The lists hold tuple after tuple: points, or the ends of boxes.
static void set_one_of(const co_term *term, const co_moment *moment, co_rng *rng) {
  const co_term_def *def = term->def;
  const co_floats *low = def->value.count ? &def->value : &def->low;
  const co_floats *high = def->value.count ? &def->value : &def->high;
  int tuples = low->count / term->refs;
  assert(tuples > 0 && high->count == low->count);
  int first = (int)co_rng_below(rng, (uint32_t)tuples) * term->refs;
  for (int i = first; i < first + term->refs; i++) {
    bool point = low == high;
    double value = point ? low->value[i] : uniform(rng, low->value[i], high->value[i]);
    co_ref_write(moment->physics, term->ref[i - first], value);
  }
}

static void bind_choose(co_term *term, const co_term_binder *binder) {
  const co_term_def *def = term->def;
  bool point = def->value.count, box = def->low.count && def->high.count;
  const co_floats *list = point ? &def->value : &def->low;
  if (point == (def->low.count || def->high.count) || (!point && !box)) {
    co_schema_error(binder->errors, binder->node, "value",
                    "\"choose\" needs either value, or low and high");
  } else if (list->count % term->refs || (box && def->high.count != def->low.count)) {
    co_schema_error(binder->errors, binder->node, point ? "value" : "low",
                    "%d numbers for %d elements: give one for each, any number of times",
                    list->count, term->refs);
  }
}

// ---- two coordinates together

static bool bind_count(const co_term *term, const co_term_binder *binder, int count) {
  if (term->refs == count) return true;
  co_schema_error(binder->errors, binder->node, "of", "\"%s\" takes %d elements, not %d",
                  term->class->name, count, term->refs);
  return false;
}

static void bind_disc(co_term *term, const co_term_binder *binder) {
  bind_count(term, binder, 2);
}

static void write_pair(const co_term *term, const co_moment *moment, const double pair[2]) {
  assert(term->refs == 2);
  for (int i = 0; i < 2; i++) co_ref_write(moment->physics, term->ref[i], pair[i]);
}

// By rejection from the square around the disc: 4 of 5 draws are inside.
static void set_in_disc(const co_term *term, const co_moment *moment, co_rng *rng) {
  const co_floats *middle = &term->def->value;
  double radius = term->def->radius, x, y;
  do {
    x = uniform(rng, -radius, radius);
    y = uniform(rng, -radius, radius);
  } while (!(sqrt(x * x + y * y) < radius));
  write_pair(term, moment,
             (double[]){x + co_floats_at(middle, 0, 0.0), y + co_floats_at(middle, 1, 0.0)});
}

// From the point that `to` or `value` gives, as it is now.
static double distance_to(const co_term *term, const co_moment *moment, const double pair[2]) {
  double sum = 0.0;
  for (int i = 0; i < 2; i++) {
    double to = term->tos ? co_ref_value(moment->physics, term->to[i])
                          : co_floats_at(&term->def->value, i, NAN);
    sum += (pair[i] - to) * (pair[i] - to);
  }
  return sqrt(sum);
}

// The corner of low..high that is farthest from the point; returns its distance.
static double farthest_corner(const co_term *term, const co_moment *moment, double pair[2]) {
  const co_floats *low = &term->def->low, *high = &term->def->high;
  double best = -1.0;
  for (int corner = 0; corner < 4; corner++) {
    double candidate[2] = {co_floats_at(corner & 1 ? high : low, 0, NAN),
                           co_floats_at(corner & 2 ? high : low, 1, NAN)};
    double distance = distance_to(term, moment, candidate);
    if (distance <= best) continue;
    best = distance;
    pair[0] = candidate[0];
    pair[1] = candidate[1];
  }
  return best;
}

// A fixed point shows at once whether the range has anything far enough.
static void bind_apart(co_term *term, const co_term_binder *binder) {
  if (!bind_count(term, binder, 2)) return;
  int errors = binder->errors->count;
  co_points_bind(term, binder);
  if (binder->errors->count > errors || term->tos) return;
  double pair[2];
  if (farthest_corner(term, NULL, pair) > term->def->radius) return;
  co_schema_error(binder->errors, binder->node, "radius",
                  "nothing in low..high is that far from value");
}

// Where the range has (almost) nothing far enough from a point that other terms have moved, its
// farthest corner is taken after many draws.
static void set_apart(const co_term *term, const co_moment *moment, co_rng *rng) {
  enum { kDraws = 10000 };
  const co_term_def *def = term->def;
  double pair[2];
  for (int draw = 0; draw < kDraws; draw++) {
    for (int i = 0; i < 2; i++) {
      pair[i] = uniform(rng, co_floats_at(&def->low, i, NAN), co_floats_at(&def->high, i, NAN));
    }
    if (distance_to(term, moment, pair) > def->radius) {
      write_pair(term, moment, pair);
      return;
    }
  }
  farthest_corner(term, moment, pair);
  write_pair(term, moment, pair);
}

// ---- orientation

static void bind_yaw(co_term *term, const co_term_binder *binder) {
  bind_count(term, binder, 4);
  const co_term_def *def = term->def;
  if (def->low.count <= 1 && def->low.count == def->high.count) return;
  co_schema_error(binder->errors, binder->node, "low", "\"yaw\" needs low and high or neither");
}

// Turns the quaternion (w x y z) about the world's z axis: q <- (cos a/2, 0, 0, sin a/2) q.
static void turn(const co_term *term, const co_moment *moment, co_rng *rng) {
  const double pi = 3.141592653589793;
  const co_term_def *def = term->def;
  double low = co_floats_at(&def->low, 0, -pi), high = co_floats_at(&def->high, 0, pi);
  double half = 0.5 * uniform(rng, low, high), c = co_cos(half), s = co_sin(half);
  double q[4];
  assert(term->refs == 4);
  for (int i = 0; i < 4; i++) q[i] = co_ref_value(moment->physics, term->ref[i]);
  const double turned[4] = {c * q[0] - s * q[3], c * q[1] - s * q[2], c * q[2] + s * q[1],
                            c * q[3] + s * q[0]};
  for (int i = 0; i < 4; i++) co_ref_write(moment->physics, term->ref[i], turned[i]);
}

const co_term_class co_reset_terms[] = {
    {CO_TERM_RESET, "uniform", "of scale low high order", "of", STATE,
     .doc = "adds U(-scale, scale) or U(low, high) to each coordinate's nominal value",
     .bind = bind_uniform, .draw = add_uniform},
    {CO_TERM_RESET, "normal", "of scale order", "of scale", STATE,
     .doc = "adds scale * N(0, 1) to each coordinate's nominal value", .draw = add_normal},
    {CO_TERM_RESET, "set", "of value order", "of value", STATE, .doc = "writes value",
     .draw = set_values},
    {CO_TERM_RESET, "choose", "of value low high order", "of", STATE, .tuples = true,
     .doc =
         "writes one of the tuples in value, or a point of one of the boxes low..high, each with "
         "the same chance",
     .bind = bind_choose, .draw = set_one_of},
    {CO_TERM_RESET, "disc", "of radius value order", "of radius", STATE,
     .doc = "writes a point of the disc around value (default 0) to two coordinates",
     .bind = bind_disc, .draw = set_in_disc},
    {CO_TERM_RESET, "apart", "of to value low high radius order", "of low high radius", STATE,
     PLACES,
     .doc =
         "writes U(low, high) to two coordinates, drawn again until they are farther than radius "
         "from `to` or the point `value`",
     .bind = bind_apart, .draw = set_apart},
    {CO_TERM_RESET, "yaw", "of low high", "of", CO_BIT(CO_QPOS),
     .doc = "turns the orientation (four coordinates w x y z) by U(low, high) [rad] about the "
            "vertical; default any heading",
     .bind = bind_yaw, .draw = turn},
    {.name = NULL},
};
