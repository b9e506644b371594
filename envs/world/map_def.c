#include "envs/world/map_def.h"

#include "core/hash.h"

#include <stddef.h>

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

static const char *const kFill[] = {"first", "zero", NULL};

// --- one struct for entries of both directions, of which actions have no `fill`

#define AT(member) offsetof(co_map_entry, member)
#define ENTRY_FIELDS                                                                    \
  {"element",                                                                           \
   CO_FIELD_STRING,                                                                     \
   AT(element),                                                                         \
   CO_REQUIRED,                                                                         \
   0,                                                                                   \
   0,                                                                                   \
   0,                                                                                   \
   0,                                                                                   \
   NULL,                                                                                \
   NULL,                                                                                \
   "pattern of what is written: the policy's observations, the task's actions"},        \
      {"from",                                                                          \
       CO_FIELD_STRING,                                                                 \
       AT(from),                                                                        \
       0,                                                                               \
       0,                                                                               \
       0,                                                                               \
       0,                                                                               \
       0,                                                                               \
       NULL,                                                                            \
       NULL,                                                                            \
       "pattern of what they are taken from, as many"},                                 \
      {"sign", CO_FIELD_FLOATS, AT(sign), 0, -1, 1, 1, 4096, NULL, NULL, "1 or -1"},    \
      {"scale",                                                                         \
       CO_FIELD_FLOATS,                                                                 \
       AT(scale),                                                                       \
       0,                                                                               \
       -1e9,                                                                            \
       1e9,                                                                             \
       1,                                                                               \
       4096,                                                                            \
       NULL,                                                                            \
       NULL,                                                                            \
       "value = sign * scale * taken + offset"},                                        \
      {"offset",                                                                        \
       CO_FIELD_FLOATS,                                                                 \
       AT(offset),                                                                      \
       0,                                                                               \
       -1e9,                                                                            \
       1e9,                                                                             \
       1,                                                                               \
       4096,                                                                            \
       NULL,                                                                            \
       NULL,                                                                            \
       "value = sign * scale * taken + offset"},                                        \
      {"delay",                                                                         \
       CO_FIELD_INT,                                                                    \
       AT(delay),                                                                       \
       CO_ZERO_IS_UNSET,                                                                \
       0,                                                                               \
       CO_MAP_DELAY,                                                                    \
       0,                                                                               \
       0,                                                                               \
       NULL,                                                                            \
       NULL,                                                                            \
       "control steps that the value is old"},                                          \
  {                                                                                     \
    "hold", CO_FIELD_INT, AT(hold), CO_ZERO_IS_UNSET, 0, CO_MAP_HOLD, 0, 0, NULL, NULL, \
        "control steps between two readings"                                            \
  }

static const co_field kAction[] = {ENTRY_FIELDS};
static const co_field kObservation[] = {
    ENTRY_FIELDS,
    {"fill", CO_FIELD_STRING, AT(fill), 0, 0, 0, 0, 0, kFill, NULL,
     "what is read before anything has arrived"},
};

static void check_entry(const void *value, const co_node *node, co_schema_errors *errors) {
  const co_map_entry *entry = value;
  for (int i = 0; i < entry->sign.count; i++) {
    double sign = entry->sign.value[i];
    if (sign == 1 || sign == -1) continue;
    co_schema_error(errors, node, "sign", "must be 1 or -1, is %.15g", sign);
  }
}

static const co_schema kObservationSchema = {
    "map.observation", sizeof(co_map_entry), kObservation, COUNT(kObservation), NULL, check_entry};
static const co_schema kActionSchema = {"map.action", sizeof(co_map_entry), kAction, COUNT(kAction),
                                        NULL,         check_entry};

static const co_field kTurn[] = {
    {"of", CO_FIELD_STRING, offsetof(co_turn_def, of), CO_REQUIRED, 0, 0, 0, 0, NULL, NULL,
     "pattern of the task's observations, in threes: x, y, z"},
    {"from", CO_FIELD_STRING, offsetof(co_turn_def, from), 0, 0, 0, 0, 0, NULL, NULL,
     "\"world\", \"body/NAME\" or \"site/NAME\": where the task sees them from"},
    {"to", CO_FIELD_STRING, offsetof(co_turn_def, to), 0, 0, 0, 0, 0, NULL, NULL,
     "the same, where the policy does"},
};
static const co_schema kTurnSchema = {"map.turn", sizeof(co_turn_def), kTurn, COUNT(kTurn), NULL,
                                      NULL};

// --- the whole

#define NAMES(key, doc) \
  { #key, CO_FIELD_STRINGS, offsetof(co_map_def, key), 0, 0, 0, 1, 4096, NULL, NULL, doc }
#define LIST(key, most, schema, doc) \
  { #key, CO_FIELD_LIST, offsetof(co_map_def, key), 0, 0, 0, 0, most, NULL, schema, doc }
static const co_field kMap[] = {
    {"format", CO_FIELD_INT, offsetof(co_map_def, format), CO_REQUIRED, 1, 1, 0, 0, NULL, NULL,
     "version of the format, 1"},
    {"task", CO_FIELD_STRING, offsetof(co_map_def, task), 0, 0, 0, 0, 0, NULL, NULL,
     "name of the task that it was written for; it goes with no other"},
    NAMES(observation_order, "names of the policy's observations, in its order"),
    LIST(observation, 4096, &kObservationSchema, "what becomes of observations"),
    NAMES(action_order, "names of the policy's actions, in its order"),
    LIST(action, 4096, &kActionSchema, "what becomes of actions"),
    LIST(pose, 1000, &co_pose_schema, "positions that the policy takes for the default pose"),
    LIST(turn, 64, &kTurnSchema, "vectors that the policy sees from another frame"),
    NAMES(accept, "differences of meaning that are meant: patterns of their kinds or paths"),
};
const co_schema co_map_schema = {"map", sizeof(co_map_def), kMap, COUNT(kMap), NULL, NULL};

static const co_field kFile[] = {{"map", CO_FIELD_GROUP, 0, CO_REQUIRED, 0, 0, 0, 0, NULL,
                                  &co_map_schema, "what stands between policy and task"}};
static const co_schema kFileSchema = {"file", sizeof(co_map_def), kFile, 1, NULL, NULL};

// Takes over the tree, on failure too.
static co_status read_tree(co_node *tree, co_map_def *out) {
  co_arena arena = {0};
  co_status status = co_schema_read(&kFileSchema, tree, &arena, out);
  if (status != CO_OK) {
    co_arena_free(&arena);
    co_node_free(tree);
    *out = (co_map_def){0};
    return status;
  }
  out->arena = arena;
  out->tree = tree;
  return CO_OK;
}

co_status co_map_read(const char *path, co_map_def *out) {
  co_node *tree = NULL;
  CO_TRY(co_tree_read(path, &tree));
  return read_tree(tree, out);
}

co_status co_map_parse(const char *text, const char *file, co_map_def *out) {
  co_node *tree = NULL;
  CO_TRY(co_tree_parse(text, file, &tree));
  return read_tree(tree, out);
}

void co_map_def_free(co_map_def *def) {
  co_arena_free(&def->arena);
  co_node_free(def->tree);
  *def = (co_map_def){0};
}

co_status co_map_write(const co_map_def *def, co_buf *buf) {
  return co_schema_write(&kFileSchema, def, buf);
}

co_status co_map_hash(const co_map_def *def, uint64_t *out) {
  co_buf text = {0};
  co_status status = co_map_write(def, &text);
  if (status == CO_OK) *out = co_hash(text.data, text.size);
  co_buf_free(&text);
  return status;
}
