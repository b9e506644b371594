// A map as a value: what stands between a policy and a task whose numbers mean something else to
// it. Read from a file, written back as text.
//
//   map = {
//     format = 1;
//     task = "quadruped_flat";
//     observation = ( { element = "qvel/*"; scale = 0.05; }, ... );
//     action = ( { element = "ctrl/left"; from = "ctrl/right"; sign = -1; delay = 1; }, ... );
//     pose = ( { of = "*_calf_joint"; value = -1.5; } );
//     turn = ( { of = "velocity/*"; to = "body/trunk"; } );
//     accept = ( "gain" );
//   };
//
// What the keys do is said in docs/maps.md; what becomes of them in a world in envs/world/map.h.
// Not thread-safe while being read.

#ifndef ENVS_WORLD_MAP_DEF_H_
#define ENVS_WORLD_MAP_DEF_H_

#include "core/arena.h"
#include "core/buf.h"
#include "core/config/schema.h"
#include "envs/task/task.h"

enum { CO_MAP_DELAY = 64, CO_MAP_HOLD = 64 };  // [control steps] the longest, as in domains

// One entry of `observation` or `action`. Lists of numbers hold one for all elements or one for
// each; a key that is not given (NULL, count 0, 0) leaves what an earlier entry said.
typedef struct co_map_entry {
  const char *element;  // pattern of what is written: the policy's observations, the task's actions
  const char *from;     // pattern of what they are taken from, as many
  co_floats sign;       // 1 or -1
  co_floats scale, offset;  // value = sign * scale * taken + offset
  int64_t delay;            // [control steps]
  int64_t hold;             // [control steps] between two readings
  const char *fill;         // of observations: "first" | "zero": what is read before the first
} co_map_entry;

// Vectors of observations that the policy sees from another frame.
typedef struct co_turn_def {
  const char *of;         // pattern of the task's observations, in threes: x, y, z
  const char *from, *to;  // "world", "body/NAME" or "site/NAME"; NULL: the world
} co_turn_def;

// The definition and all its strings live in `arena`, or in that of whoever built it by hand.
typedef struct co_map_def {
  int64_t format;    // 1
  const char *task;  // name of the task that it was written for; NULL: any
  // What the policy calls its elements, in its own order; count 0: as the task does.
  co_strings observation_order, action_order;
  co_list observation, action;  // of co_map_entry
  co_list pose;                 // of co_pose_def: positions that the policy takes for the default
  co_list turn;                 // of co_turn_def
  co_strings accept;            // patterns of differences that are meant, by their kind or path
  co_node *tree;  // of the file, for file:line in messages; owned, NULL: there is none
  co_arena arena;
} co_map_def;

extern const co_schema co_map_schema;

// Reads a file. CO_NO_INPUT when it does not exist, CO_CONFIG with one line per problem.
co_status co_map_read(const char *path, co_map_def *out);
// The same for text; `file` names it in messages.
co_status co_map_parse(const char *text, const char *file, co_map_def *out);
void co_map_def_free(co_map_def *def);

// Appends "map = { ... };" with defaults filled in: reads back to the same bytes.
co_status co_map_write(const co_map_def *def, co_buf *buf);

// Hash of that text.
co_status co_map_hash(const co_map_def *def, uint64_t *out);

#endif  // ENVS_WORLD_MAP_DEF_H_
