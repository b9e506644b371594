#include "envs/domain/domain.h"

#include "core/memory.h"
#include "core/unconst.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const kParameterNames[] = {
#define X(id, name, element, width, least, min, max, unit, how, doc) name,
    CO_PARAMETER_LIST(X)
#undef X
        NULL,
};

#define AT(member) offsetof(co_shift_def, member)
static const co_field kShift[] = {
    {"parameter", CO_FIELD_STRING, AT(parameter), CO_REQUIRED, 0, 0, 0, 0, kParameterNames, NULL,
     "what is shifted"},
    {"select", CO_FIELD_STRING, AT(select), 0, 0, 0, 0, 0, NULL, NULL, "pattern of element names"},
#define X(id, name, doc) {name, CO_FIELD_TREE, AT(tree[id]), 0, 0, 0, 0, 0, NULL, NULL, doc},
    CO_OPERATION_LIST(X)
#undef X
};

const char *co_operation_name(co_operation operation) {
  static const char *const name[] = {
#define X(id, text, doc) text,
      CO_OPERATION_LIST(X)
#undef X
  };
  assert(operation < CO_NUM_OPERATIONS);
  return name[operation];
}

co_parameter_id co_parameter_find(const char *name) {
  assert(name);
  int i = 0;
  while (i < CO_NUM_PARAMETERS && strcmp(co_parameters[i].name, name) != 0) i++;
  return (co_parameter_id)i;
}

double co_operation_apply(co_operation operation, co_parameter_id id, const double *value,
                          int values, int i, double nominal) {
  assert(operation < CO_NUM_OPERATIONS && id < CO_NUM_PARAMETERS && values > 0 && i >= 0);
  if (values == 1 && i == 1 && (co_parameters[id].how & CO_FIRST_TWO)) i = 0;
  if (operation == CO_SCALE && values == 1) return value[0] * nominal;
  if (i >= values) return nominal;
  switch (operation) {
    case CO_SET: return value[i];
    case CO_SCALE: return value[i] * nominal;
    default: return value[i] + nominal;
  }
}

// ---- reading

static void check_count(const co_shift_def *shift, const co_parameter *parameter,
                        const co_node *node, co_schema_errors *errors) {
  int least = shift->operation == CO_SCALE ? 1 : parameter->least;
  int values = co_distribution_values(&shift->value);
  if (values >= least && values <= parameter->width) return;
  char range[32] = "";
  if (least < parameter->width) snprintf(range, sizeof range, "%d to ", least);
  co_schema_error(errors, node, co_operation_name(shift->operation),
                  "%s takes %s%d value%s, here are %d", parameter->name, range, parameter->width,
                  parameter->width == 1 ? "" : "s", values);
}

static bool all_whole(const co_floats *list) {
  for (int i = 0; i < list->count; i++) {
    if (list->value[i] != nearbyint(list->value[i])) return false;
  }
  return true;
}

// A factor need not be whole, nor need a mean.
static void check_whole(const co_shift_def *shift, const co_parameter *parameter,
                        const co_node *node, co_schema_errors *errors) {
  const co_distribution *value = &shift->value;
  if (!(parameter->how & CO_WHOLE) || shift->operation == CO_SCALE) return;
  bool whole = value->kind == CO_NORMAL || all_whole(&value->number);
  if (whole && (isnan(value->from) || value->from == nearbyint(value->from))) return;
  co_schema_error(errors, node, co_operation_name(shift->operation), "%s is a whole number",
                  parameter->name);
}

static void check_select(const co_shift_def *shift, const co_parameter *parameter,
                         const co_node *node, co_schema_errors *errors) {
  if (parameter->element == CO_NO_ELEMENT && shift->select) {
    co_schema_error(errors, node, "select", "%s is one for the whole model", parameter->name);
  }
  if (parameter->element != CO_NO_ELEMENT && !shift->select) {
    co_schema_error(errors, node, "select", "%s needs a pattern of %s names, \"*\" for all",
                    parameter->name, co_element_name(parameter->element));
  }
}

// What can be said without a model.
static void check_shift(const void *value, const co_node *node, co_schema_errors *errors) {
  const co_shift_def *shift = value;
  int given = 0;
  for (int i = 0; i < CO_NUM_OPERATIONS; i++) given += shift->tree[i] != NULL;
  check_select(shift, &co_parameters[co_parameter_find(shift->parameter)], node, errors);
  if (given == 1) return;
  co_schema_error(errors, node, "parameter", "give exactly one of set, scale, add; here are %d",
                  given);
}

static const co_schema kShiftSchema = {
    "domain", sizeof(co_shift_def), kShift, sizeof kShift / sizeof *kShift, NULL, check_shift};

// Numbers of the wrong kind are reported whatever else is wrong with the shift.
static void read_shift(const co_node *node, co_arena *arena, co_shift_def *shift,
                       co_schema_errors *errors) {
  int before = errors->count;
  co_schema_read_into(&kShiftSchema, node, arena, shift, errors);
  bool sound = errors->count == before;
  for (int i = 0; i < CO_NUM_OPERATIONS; i++) {
    if (!shift->tree[i]) continue;
    shift->operation = (co_operation)i;
    co_distribution_read(shift->tree[i], arena, &shift->value, errors);
  }
  if (!sound || errors->count != before || errors->text.failed) return;
  const co_parameter *parameter = &co_parameters[co_parameter_find(shift->parameter)];
  check_count(shift, parameter, node, errors);
  check_whole(shift, parameter, node, errors);
}

void co_domain_read(const co_node *node, co_arena *arena, co_domain_def *out,
                    co_schema_errors *errors) {
  *out = (co_domain_def){.node = node};
  if (!node) return;
  if (node->kind != CO_NODE_LIST) {
    co_schema_error(errors, node, "domain",
                    "must be a list of shifts: ( { parameter = ... }, ... )");
    return;
  }
  co_shift_def *shift = co_arena_alloc(arena, (size_t)node->count, sizeof *shift);
  if (!shift) {
    errors->text.failed = true;
    return;
  }
  for (int i = 0; i < node->count; i++) read_shift(node->child[i], arena, &shift[i], errors);
  out->shift = (co_list){shift, node->count};
}

// ---- writing

typedef struct written {
  co_list shift;
} written;

static const co_field kDomain[] = {{"domain", CO_FIELD_LIST, offsetof(written, shift), CO_REQUIRED,
                                    0, 0, 0, 0, NULL, &kShiftSchema, "list of shifts"}};
static const co_schema kDomainSchema = {"domain", sizeof(written), kDomain, 1, NULL, NULL};

// The tree is made from what was read, so that spelling does not matter; *out owns it.
static co_status respell(const co_shift_def *from, co_shift_def *out) {
  co_node *tree = NULL;
  *out = (co_shift_def){.parameter = from->parameter, .select = from->select};
  CO_TRY(co_distribution_to_tree(&from->value, &tree));
  out->tree[from->operation] = tree;
  return CO_OK;
}

static void free_trees(co_shift_def *shift) {
  for (int i = 0; i < CO_NUM_OPERATIONS; i++) co_node_free(co_unconst(shift->tree[i]));
}

co_status co_domain_write(const co_domain_def *domain, co_buf *buf) {
  co_shift_def *shift = co_alloc((size_t)domain->shift.count + 1, sizeof *shift);
  if (!shift) return CO_MEMORY;
  co_status status = CO_OK;
  for (int i = 0; i < domain->shift.count && status == CO_OK; i++) {
    status = respell(co_domain_shift(domain, i), &shift[i]);
  }
  written list = {{shift, domain->shift.count}};
  if (status == CO_OK) status = co_schema_write(&kDomainSchema, &list, buf);
  for (int i = 0; i < domain->shift.count; i++) free_trees(&shift[i]);
  free(shift);
  return status;
}

// ---- description

co_shift_info co_shift_describe(const co_shift_def *shift) {
  co_shift_info info = {0};
  const co_distribution *value = &shift->value;
  snprintf(info.parameter, sizeof info.parameter, "%s", shift->parameter);
  snprintf(info.select, sizeof info.select, "%s", shift->select ? shift->select : "");
  snprintf(info.operation, sizeof info.operation, "%s", co_operation_name(shift->operation));
  snprintf(info.distribution, sizeof info.distribution, "%s", co_distribution_name(value->kind));
  assert(value->number.count <= CO_SHIFT_VALUES && value->clip.count <= 2);
  info.num_values = value->number.count;
  for (int i = 0; i < info.num_values; i++) info.value[i] = value->number.value[i];
  info.num_clip = value->clip.count;
  for (int i = 0; i < info.num_clip; i++) info.clip[i] = value->clip.value[i];
  info.each = value->each;
  info.over = value->over;
  if (value->over) info.from = value->from;
  return info;
}

static co_operation find_operation(const char *name) {
  int i = 0;
  while (i < CO_NUM_OPERATIONS && strcmp(co_operation_name((co_operation)i), name) != 0) i++;
  return (co_operation)i;
}

static co_distribution_kind find_distribution(const char *name) {
  int i = 0;
  while (i < CO_NUM_DISTRIBUTIONS &&
         strcmp(co_distribution_name((co_distribution_kind)i), name) != 0) {
    i++;
  }
  return (co_distribution_kind)i;
}

co_status co_shift_to_tree(const co_shift_info *info, co_node **out) {
  co_shift_info copy = *info;
  co_shift_def shift = {.parameter = copy.parameter,
                        .select = *copy.select ? copy.select : NULL,
                        .operation = find_operation(copy.operation),
                        .value = {.kind = find_distribution(copy.distribution),
                                  .number = {copy.value, copy.num_values},
                                  .clip = {copy.clip, copy.num_clip},
                                  .each = copy.each,
                                  .from = copy.over ? copy.from : (double)NAN,
                                  .over = copy.over}};
  if (shift.operation == CO_NUM_OPERATIONS || shift.value.kind == CO_NUM_DISTRIBUTIONS ||
      copy.num_values < 1) {
    return co_fail(CO_DATA, "%s: no shift \"%s %s\"", copy.parameter, copy.operation,
                   copy.distribution);
  }
  co_shift_def spelled;
  CO_TRY(respell(&shift, &spelled));
  co_status status = co_schema_to_tree(&kShiftSchema, &spelled, out);
  free_trees(&spelled);
  return status;
}

co_status co_shifts_to_tree(const co_shift_info *shift, int count, const char *file,
                            co_node **out) {
  assert(count >= 0 && (shift || count == 0));
  *out = NULL;
  if (count == 0) return CO_OK;
  co_node *list = co_node_new(CO_NODE_LIST, "domain", file, 0);
  co_status status = list ? CO_OK : CO_MEMORY;
  for (int i = 0; status == CO_OK && i < count; i++) {
    co_node *one = NULL;
    status = co_shift_to_tree(&shift[i], &one);
    if (status == CO_OK) status = co_node_add(list, one);
  }
  if (status == CO_OK)
    *out = list;
  else
    co_node_free(list);
  return status;
}
