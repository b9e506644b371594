// Where the arrays of a served world lie in its frames.

#ifndef ENVS_SERVE_PRIVATE_LAYOUT_H_
#define ENVS_SERVE_PRIVATE_LAYOUT_H_

#include "core/json.h"
#include "envs/env.h"

// First bytes of requests.
enum { CO_SERVE_RESET = 'r', CO_SERVE_STEP = 's', CO_SERVE_CLOSE = 'c' };

// Arrays of an answer, in their order.
typedef enum co_serve_array {
  CO_SERVE_OBS,
  CO_SERVE_FINAL_OBS,
  CO_SERVE_REWARD,
  CO_SERVE_TERMINATED,
  CO_SERVE_TRUNCATED,
  CO_SERVE_SUCCESS,
  CO_SERVE_FAULT,
  CO_SERVE_ARRAYS
} co_serve_array;

// What every answer begins with.
typedef struct co_serve_head {
  uint32_t code;      // 0: arrays follow; else exit code of the process, and a text follows
  uint32_t text;      // its bytes
  int64_t env_steps;  // so far
} co_serve_head;

typedef struct co_serve_layout {
  int rows, obs_dim, act_dim;
  size_t offset[CO_SERVE_ARRAYS];  // from the answer's first byte; 0: left out
  size_t answer, request;          // bytes of an answer, of the longest request
} co_serve_layout;

co_serve_layout co_serve_layout_make(const co_env_info *info, int rows, bool hide_rewards);
// Bytes of a request that begins with this byte, itself included; 0: none does.
size_t co_serve_request_size(const co_serve_layout *layout, unsigned char first);
// Adds requests[] and answer{} to an object.
void co_serve_layout_describe(const co_serve_layout *layout, co_json *object);

#endif  // ENVS_SERVE_PRIVATE_LAYOUT_H_
