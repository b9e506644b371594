// A task as a value: what to observe, do, reward, when it ends, how it starts. Read from a tree,
// written back as text.
//
// The definition and all its strings live in the arena it is read into. Not thread-safe while being
// read.

#ifndef ENVS_TASK_TASK_H_
#define ENVS_TASK_TASK_H_

#include "core/buf.h"
#include "core/config/schema.h"
#include "core/hash.h"
#include "envs/physics/scene.h"
#include "envs/task/terms/terms.h"

// Default positions of joints: where an episode starts, and what targets and relative positions
// refer to. Coordinates that no entry names keep the model's nominal position; later entries win.
typedef struct co_pose_def {
  const char *of;     // pattern of positions
  co_floats value;    // [m or rad] one for all, or one for each match
  const char *order;  // "model" | "given"
} co_pose_def;

typedef struct co_task_def {
  int64_t format;  // 1
  int engine;      // index into co_engine_names
  const char *
      model;  // file, relative to the task file or below envs/models; NULL for a closed-form engine
  int64_t substeps;  // physics steps per control step
  int64_t horizon;   // control steps until truncation
  int observe;  // 0 "stale": what the last physics step left; 1 "fresh": derived quantities renewed
                // first
  int64_t stack;     // frames of the whole observation, oldest first; 0 or 1: only the present one
  const char *fill;  // "first" | "zero": what frames and past values before the start read
  co_scene scene;
  const char *start;  // "keyframe NAME" of the model: what an episode starts from, below the pose
  co_list default_pose;             // of co_pose_def
  co_list term[CO_NUM_TERM_KINDS];  // of co_term_def
} co_task_def;

extern const co_schema co_task_schema;
extern const co_schema co_pose_schema;  // of co_pose_def
extern const char *const co_observe_names[];

// Reads a task group. Errors are added to `errors`, one line each.
void co_task_read(const co_node *node, co_arena *arena, co_task_def *out, co_schema_errors *errors);

// Appends "task = { ... };" with defaults filled in: reads back to the same bytes.
co_status co_task_write(const co_task_def *task, co_buf *buf);

// Hash of that text.
co_status co_task_hash(const co_task_def *task, uint64_t *out);

static inline const co_term_def *co_task_term(const co_task_def *task, co_term_kind kind, int i) {
  return (const co_term_def *)task->term[kind].item + i;
}

#endif  // ENVS_TASK_TASK_H_
