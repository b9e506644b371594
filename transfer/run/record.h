// What a finished trial leaves: done.json. Written once, read by the runner (is it done?) and the
// collection of results.
//
// A record owns its arrays; co_record_free releases them. Reading checks every member, since files
// may be damaged; docs/formats.md has them one by one.

#ifndef TRANSFER_RUN_RECORD_H_
#define TRANSFER_RUN_RECORD_H_

#include "agents/policy/evaluate.h"
#include "agents/policy/movement.h"
#include "core/json.h"
#include "transfer/study/trial.h"

// One evaluation: a point of the curve, or the final one on fresh episodes, in the target or back
// in the source.
typedef struct co_point {
  int64_t step;  // env steps of training before it
  bool in_source, is_final;
  co_evaluation eval;
} co_point;

typedef struct co_tensor_record {
  char name[CO_NAME];
  int rank, shape[2];      // as in the policy's file: (out x in) or (n)
  char status[8];          // "copied" | "fresh" | "zero"
  bool trained;            // allowed to move
  int lora;                // by an adapter of this rank; 0: by its numbers
  int adapter;             // co_adapter_kind: by a linear layer
  uint64_t before, after;  // hashes at step 0 and at the end
  double moved;            // largest absolute change of an element
} co_tensor_record;

enum { CO_MAX_INPUTS = 64, CO_MAX_LOGS = 2, CO_INPUT_NAME = CO_TRIAL_ID + CO_NAME };
typedef struct co_file_record {
  char name[CO_INPUT_NAME];  // base name; of another trial's file "TRIAL/FILE"
  uint64_t hash;             // of the file
} co_file_record;

// A data set that the trial leaves.
typedef struct co_set_record {
  char file[32];  // base name
  uint64_t hash;  // of the file
  int64_t episodes, transitions;
  double return_mean;  // of an episode; NAN: there is none
} co_set_record;

// Whether the training came to its end, or to numbers that are not finite: a result too.
typedef enum co_record_status { CO_RECORD_DONE, CO_RECORD_DIVERGED } co_record_status;

typedef struct co_record {
  char id[CO_TRIAL_ID];
  char build[128], libc[64];  // libc is "unknown" in files of older versions
  int status;                 // co_record_status
  char failed[512];           // why and where it diverged, "" when it did not
  uint64_t definition_hash;   // of the trial's effective definition
  char *definition;           // its text, owned; NULL in files of older versions, and of `train`
  int num_inputs;
  co_file_record *input;  // (num_inputs) what it started from, owned
  uint64_t policy_hash;   // of policy.safetensors, 0: none
  int num_logs;
  co_file_record log[CO_MAX_LOGS];  // of what trains; none in files of older versions
  int num_sets;
  co_set_record *set;  // (num_sets), owned
  int num_points;
  co_point *point;  // (num_points), owned
  int num_tensors;
  co_tensor_record *tensor;  // (num_tensors), owned
  int num_layers;
  co_layer_movement *layer;   // (num_layers), owned; none where nothing was trained
  double action_difference;   // largest at step 0 against the source policy; NAN: no source
  double entropy;             // of the policy at step 0 [nat]; NAN: no policy
  double explained_variance;  // of the first rollout by the critic at step 0; NAN: not trained
  int64_t env_steps, gradient_steps;
  int64_t source_env_steps, source_episodes;  // of co-training, in the source's world
  int faults;                                 // faulty episodes in training and evaluation
} co_record;

// The text of done.json, which carries a checksum of itself. Reading: CO_NO_INPUT when missing,
// CO_DATA when anything in it was changed, with the path of the member that is wrong.
co_status co_record_write(const co_record *record, co_buf *out);
co_status co_record_read(const char *path, co_record *out);
// The same of a text in memory (NULL when size is 0); `file` is for messages.
co_status co_record_parse(const void *text, size_t size, const char *file, co_record *out);
void co_record_free(co_record *record);

// Steps of its training, as its budget is counted (co_algorithm_steps).
int64_t co_record_steps(const co_record *record, const co_algorithm *algorithm);

// The name of another trial's file among the inputs, and whether an input has that name: files of
// older versions call a trial's policy by the trial's id.
void co_record_input_name(const char *trial, const char *file, char out[CO_INPUT_NAME]);
bool co_record_input_is(const co_file_record *input, const char *trial, const char *file);

// The tensor's entry in done.json and results.json.
co_json *co_tensor_record_json(const co_tensor_record *tensor);

// Appends a point, taking over the evaluation (released on failure).
co_status co_record_add_point(co_record *record, int64_t step, bool in_source, bool is_final,
                              co_evaluation *eval);

// Takes a copy of what a training moved. CO_MEMORY.
co_status co_record_set_layers(co_record *record, const co_layer_movement *layer, int count);
// A layer's entry in done.json.
co_json *co_layer_movement_json(const co_layer_movement *layer);

// The last curve point or the final evaluation in target or source, NULL when there is none.
const co_point *co_record_final(const co_record *record, bool in_source);

#endif  // TRANSFER_RUN_RECORD_H_
