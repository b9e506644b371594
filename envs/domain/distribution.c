#include "envs/domain/distribution.h"

#include "core/number.h"
#include "core/unconst.h"
#include "envs/env.h"
#include "envs/physics/parameters.h"
#include "envs/physics/physics.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double kDeviations = 4.0;  // where a normal distribution without clip is cut

const char *co_distribution_name(co_distribution_kind kind) {
  static const char *const name[] = {
#define X(id, text) text,
      CO_DISTRIBUTION_LIST(X)
#undef X
  };
  assert(kind < CO_NUM_DISTRIBUTIONS);
  return name[kind];
}

// ---- as it is spelled

typedef struct spelled {
  co_floats number[CO_NUM_DISTRIBUTIONS];
  co_floats clip;
  bool each;
  double from;
  int64_t over;
} spelled;

#define AT(member) offsetof(spelled, member)
#define NUMBERS(key, at, least, most, doc) \
  { key, CO_FIELD_FLOATS, at, 0, -1e9, 1e9, least, most, NULL, NULL, doc }
static const co_field kSpelled[] = {
    NUMBERS("uniform", AT(number[CO_UNIFORM]), 2, CO_SHIFT_VALUES, "(low, high), and more pairs"),
    NUMBERS("log_uniform", AT(number[CO_LOG_UNIFORM]), 2, CO_SHIFT_VALUES,
            "(low, high), and more pairs"),
    NUMBERS("normal", AT(number[CO_NORMAL]), 2, CO_SHIFT_VALUES,
            "(mean, standard deviation), and more pairs"),
    NUMBERS("choice", AT(number[CO_CHOICE]), 1, CO_SHIFT_VALUES, "values of equal chance"),
    NUMBERS("clip", AT(clip), 2, 2, "(low, high) to which a normal distribution is cut"),
    {"each", CO_FIELD_BOOL, AT(each), 0, 0, 0, 0, 0, NULL, NULL,
     "one draw for every selected element"},
    {"from", CO_FIELD_FLOAT, AT(from), 0, -1e9, 1e9, 0, 0, NULL, NULL, "where a curriculum starts"},
    {"over", CO_FIELD_INT, AT(over), CO_ZERO_IS_UNSET, 1, 1e12, 0, 0, NULL, NULL,
     "control steps of a row over which the range widens"},
};

static co_distribution_kind kind_of(const spelled *group, int *given) {
  co_distribution_kind kind = CO_FIXED;
  *given = 0;
  for (int i = CO_UNIFORM; i < CO_NUM_DISTRIBUTIONS; i++) {
    if (!group->number[i].count) continue;
    kind = (co_distribution_kind)i;
    ++*given;
  }
  return kind;
}

static void check_pairs(co_distribution_kind kind, const co_floats *number, const co_node *node,
                        co_schema_errors *errors) {
  const char *name = co_distribution_name(kind);
  if (number->count % 2) {
    co_schema_error(errors, node, name, "takes pairs of numbers, here are %d", number->count);
    return;
  }
  for (int i = 0; i < number->count; i += 2) {
    double first = number->value[i], second = number->value[i + 1];
    if (kind == CO_NORMAL && second < 0) {
      co_schema_error(errors, node, name, "the standard deviation must not be below 0");
    } else if (kind == CO_LOG_UNIFORM && !(first > 0)) {
      co_schema_error(errors, node, name, "the low end must be above 0");
    } else if (kind != CO_NORMAL && first > second) {
      co_schema_error(errors, node, name, "the low end must not be above the high end");
    }
  }
}

void co_distribution_check(const co_distribution *distribution, const co_node *node,
                           co_schema_errors *errors) {
  co_distribution_kind kind = distribution->kind;
  const co_floats *clip = &distribution->clip;
  if (kind != CO_CHOICE && kind != CO_FIXED) check_pairs(kind, &distribution->number, node, errors);
  if (clip->count && kind != CO_NORMAL) {
    co_schema_error(errors, node, "clip", "only a normal distribution is clipped");
  } else if (clip->count && clip->value[0] > clip->value[1]) {
    co_schema_error(errors, node, "clip", "the low end must not be above the high end");
  }
}

static bool same_floats(const co_floats *a, const co_floats *b) {
  size_t bytes = (size_t)a->count * sizeof *a->value;
  return a->count == b->count && (!bytes || memcmp(a->value, b->value, bytes) == 0);
}

bool co_distribution_same_numbers(const co_distribution *a, const co_distribution *b) {
  return same_floats(&a->number, &b->number) && same_floats(&a->clip, &b->clip);
}

static void check_spelled(const void *value, const co_node *node, co_schema_errors *errors) {
  const spelled *group = value;
  int given;
  co_distribution_kind kind = kind_of(group, &given);
  if (given != 1) {
    co_schema_error(errors, node, NULL,
                    "give exactly one of uniform, log_uniform, normal, choice; here are %d", given);
    return;
  }
  const co_distribution read = {.kind = kind, .number = group->number[kind], .clip = group->clip};
  co_distribution_check(&read, node, errors);
  if (isnan(group->from) != !group->over) {
    co_schema_error(errors, node, "from", "a curriculum needs both from and over");
  }
}

static const co_schema kSchema = {"distribution", sizeof(spelled),
                                  kSpelled,       sizeof kSpelled / sizeof *kSpelled,
                                  NULL,           check_spelled};

static void read_group(const co_node *node, co_arena *arena, co_distribution *out,
                       co_schema_errors *errors) {
  spelled group;
  int given, before = errors->count;
  co_schema_read_into(&kSchema, node, arena, &group, errors);
  if (errors->count != before || errors->text.failed) return;
  out->kind = kind_of(&group, &given);
  out->number = group.number[out->kind];
  out->clip = group.clip;
  out->each = group.each;
  out->from = group.from;
  out->over = group.over;
}

// Schemas read members of groups: the node is seen as the one member of one.
static void read_numbers(const co_node *node, co_arena *arena, co_distribution *out,
                         co_schema_errors *errors) {
  const co_field field = {node->name, CO_FIELD_FLOATS,    0,    0,    -1e9,     1e9,
                          1,          CO_PARAMETER_WIDTH, NULL, NULL, "numbers"};
  const co_schema schema = {"domain", sizeof(co_floats), &field, 1, NULL, NULL};
  co_node *child[] = {co_unconst(node)};
  const co_node group = {
      .kind = CO_NODE_GROUP, .file = node->file, .line = node->line, .child = child, .count = 1};
  co_schema_read_into(&schema, &group, arena, &out->number, errors);
}

void co_distribution_read(const co_node *node, co_arena *arena, co_distribution *out,
                          co_schema_errors *errors) {
  *out = (co_distribution){.from = NAN};
  if (node->kind == CO_NODE_GROUP) {
    read_group(node, arena, out, errors);
  } else {
    read_numbers(node, arena, out, errors);
  }
}

// The numbers alone are written like those of any schema: through a group with one member.
static co_status numbers_to_tree(const co_floats *number, co_node **out) {
  const co_field field = {"set", CO_FIELD_FLOATS, 0, 0, 0, 0, 0, 0, NULL, NULL, "numbers"};
  const co_schema schema = {"domain", sizeof *number, &field, 1, NULL, NULL};
  co_node *group = NULL;
  CO_TRY(co_schema_to_tree(&schema, number, &group));
  *out = co_node_copy(group->child[0]);
  co_node_free(group);
  return *out ? CO_OK : CO_MEMORY;
}

co_status co_distribution_to_tree(const co_distribution *distribution, co_node **out) {
  if (distribution->kind == CO_FIXED) return numbers_to_tree(&distribution->number, out);
  spelled group = {.clip = distribution->clip,
                   .each = distribution->each,
                   .from = distribution->from,
                   .over = distribution->over};
  group.number[distribution->kind] = distribution->number;
  return co_schema_to_tree(&kSchema, &group, out);
}

// ---- draws

int co_distribution_values(const co_distribution *distribution) {
  switch (distribution->kind) {
    case CO_FIXED: return distribution->number.count;
    case CO_CHOICE: return 1;
    default: return distribution->number.count / 2;
  }
}

void co_distribution_range(const co_distribution *distribution, int i, double *low, double *high) {
  const double *number = distribution->number.value;
  assert(i >= 0 && i < co_distribution_values(distribution));
  if (distribution->kind == CO_FIXED || distribution->kind == CO_CHOICE) {
    *low = *high = number[i];
    for (int k = 0; distribution->kind == CO_CHOICE && k < distribution->number.count; k++) {
      *low = fmin(*low, number[k]);
      *high = fmax(*high, number[k]);
    }
    return;
  }
  *low = number[2 * i];
  *high = number[2 * i + 1];
  if (distribution->kind != CO_NORMAL) return;
  double mean = *low, reach = kDeviations * *high;
  *low = distribution->clip.count ? distribution->clip.value[0] : mean - reach;
  *high = distribution->clip.count ? distribution->clip.value[1] : mean + reach;
}

// low^(1-u) high^u: each binary digit of u says which half of the range, cut at its geometric mean.
static double between_logs(double low, double high, double u) {
  for (int digit = 0; digit < 53; digit++) {
    double middle = sqrt(low) * sqrt(high);
    u *= 2;
    if (u >= 1) {
      low = middle;
      u -= 1;
    } else {
      high = middle;
    }
  }
  return low;
}

static double draw_one(const co_distribution *distribution, int i, bool whole, co_rng *rng) {
  const double *number = distribution->number.value;
  double low, high;
  co_distribution_range(distribution, i, &low, &high);
  switch (distribution->kind) {
    case CO_UNIFORM:
      if (whole) return fmin(floor(low + (high - low + 1) * co_rng_uniform(rng)), high);
      return fmin(low + (high - low) * co_rng_uniform(rng), high);
    case CO_LOG_UNIFORM: return co_clamp(between_logs(low, high, co_rng_uniform(rng)), low, high);
    case CO_NORMAL:
      return co_clamp(number[2 * i] + number[2 * i + 1] * co_rng_normal(rng), low, high);
    case CO_CHOICE: return number[co_rng_below(rng, (uint32_t)distribution->number.count)];
    default: return number[i];
  }
}

void co_distribution_draw(const co_distribution *distribution, bool whole, int64_t steps,
                          co_rng *rng, double *value) {
  assert(steps >= 0);
  for (int i = 0; i < co_distribution_values(distribution); i++) {
    value[i] = draw_one(distribution, i, whole, rng);
    if (!distribution->over || steps >= distribution->over) continue;
    double share = (double)steps / (double)distribution->over;
    value[i] = distribution->from + share * (value[i] - distribution->from);
  }
}
