// Loss terms: what a strategy adds to the loss of the algorithm that trains with it.
//
// A term is an entry of a table (co_loss_classes). It gives labels to observations, numbers that do
// not change while a training lives ("what would the source policy do here?"), and derivatives to
// rows of a minibatch, from what the actor puts out and the labels of its observations. A learner
// asks for labels where observations come in, once per rollout (PPO) or minibatch (SAC), and adds
// the derivatives to those of its own loss, before the backward pass.
//
// The weight of a term follows a schedule of env steps and is constant within an update. A term of
// weight 0 is not computed at all, so it is no term, bit for bit.
//
// Thread safety: labelling and adding are const; different tasks, and different rows, may be done
// at once. Nothing is allocated after creation. Numbers of a row depend on this row alone.

#ifndef AGENTS_LEARN_LOSS_LOSS_H_
#define AGENTS_LEARN_LOSS_LOSS_H_

#include "agents/learn/algorithm.h"
#include "agents/nn/gaussian.h"

enum { CO_MAX_LOSSES = 4 };  // terms of a strategy

typedef enum co_loss_schedule {
  CO_LOSS_CONSTANT,
  CO_LOSS_LINEAR,       // to 0 over the planned env steps
  CO_LOSS_EXPONENTIAL,  // halved with every half_life env steps
} co_loss_schedule;

// A term as a strategy lists it.
typedef struct co_loss_def {
  const char *term;  // of co_loss_names
  double weight;     // at the start
  int schedule;      // co_loss_schedule
  double half_life;  // [env steps] of the exponential schedule, NAN with another
} co_loss_def;

extern const co_schema co_loss_schema;

// Weight of a term in an update that begins behind `steps` of `planned` env steps.
double co_loss_weight(const co_loss_def *def, int64_t steps, int64_t planned);

// The terms of a training, each once; definitions are borrowed.
typedef struct co_loss_list {
  int count;
  const co_loss_def *item[CO_MAX_LOSSES];  // (count)
} co_loss_list;

// Reports what is twice among `defs` (of co_loss_def), which `node` (of the list, or NULL) holds.
void co_loss_check_names(const co_list *defs, const co_node *node, co_schema_errors *errors);
// Adds those of `defs` whose term the list does not have. False: they are too many.
bool co_loss_list_add(co_loss_list *list, const co_list *defs);
// "loss = { ... };" per term. CO_MEMORY.
co_status co_loss_list_write(const co_loss_list *list, co_buf *out);
// Whether a weight depends on how many steps are planned (docs/methods.md rule 3).
bool co_loss_list_horizon_matters(const co_loss_list *list);

typedef struct co_losses co_losses;
typedef struct co_loss co_loss;
typedef struct co_loss_rows co_loss_rows;

typedef enum co_loss_needs {
  CO_LOSS_NEEDS_SOURCE = 1,  // a source policy
} co_loss_needs;

// A kind of term.
typedef struct co_loss_class {
  const char *name, *doc;
  unsigned needs;  // co_loss_needs
  int metric;      // CO_LEARNER_NAME: its mean over the rows of an update, without the weight
  // CO_CONFIG where it means nothing between these two. `same_output`: what the target's actor puts
  // out will mean what the source's does, whatever its contract says by now.
  co_status (*check)(const co_policy *source, const co_policy *target, bool same_output);
  // Fills in what is its own of `out`; memory from the arena. CO_MEMORY.
  co_status (*create)(co_arena *arena, const co_losses *losses, const co_policy *source,
                      co_loss *out);
  // label (rows x stride) from obs (rows x obs_dim), raw; scratch (scratch_floats).
  void (*label)(const co_loss *loss, const float *obs, int rows, float *scratch, float *label,
                int stride);
  // Adds coefficient x rows->weight x derivative, and sets value (rows->count).
  void (*add)(const co_loss *loss, const co_loss_rows *rows, float *value);
  // What decides what it gives, as an entry "loss.NAME.*"; load compares or reads. Both or NULL.
  void (*save)(const co_loss *loss, co_buf *pack);
  co_status (*load)(co_loss *loss, const co_pack *pack);
} co_loss_class;

extern const co_loss_class *const co_loss_classes[];  // NULL-terminated
extern const char *const co_loss_names[];             // NULL-terminated
const co_loss_class *co_loss_find(const char *name);  // NULL when unknown

// CO_CONFIG in one sentence where a term cannot work: the algorithm takes none, there is no source
// policy (NULL) and it needs one, or as its class says.
co_status co_loss_check(const co_loss_def *def, const co_algorithm *algorithm,
                        const co_policy *source, const co_policy *target, bool same_output);

// A term of a training.
struct co_loss {
  const co_loss_class *class;
  co_loss_def def;
  double coefficient;     // of the running update; 0: it is left out
  double mean;            // of the last update, NAN: it was left out
  int first_label;        // of a row's labels, the first that is its own
  int num_labels;         // how many
  size_t scratch_floats;  // that labelling `task_rows` rows needs, a multiple of CO_LANES
  double label_flop;      // operations of a row's labels
  float log_std_min;      // as in co_losses_def
  const co_kernels *kernels;
  void *state;  // of its class
};

// All terms of a training.
struct co_losses {
  int count;
  co_loss loss[CO_MAX_LOSSES];
  bool active;     // any is, in the running update
  int num_labels;  // of an observation; 0: there is nothing to label
  int64_t total_steps;
  int task_rows;
  float *scratch;  // (tasks x scratch_floats)
  size_t scratch_floats;
};

typedef struct co_losses_def {
  const co_loss_list *list;  // borrowed during create only, NULL: none
  const co_policy *source;   // borrowed while the terms live, never changed
  const co_kernels *kernels;
  float log_std_min;  // the least log_std that the learner takes the head at (CO_LOG_STD_MAX most)
  int64_t total_steps;  // planned env steps
  int tasks;            // that label at once
  int task_rows;        // most rows that one labels
} co_losses_def;

// Of no terms: nothing is allocated, nothing below does anything. CO_MEMORY.
co_status co_losses_create(co_arena *arena, const co_losses_def *def, co_losses *out);

// Sets the weights of an update that begins behind so many env steps.
void co_losses_begin(co_losses *losses, int64_t steps);

// label (rows x num_labels) from obs (rows x obs_dim), raw; rows <= task_rows, task < tasks.
void co_losses_label(const co_losses *losses, int task, const float *obs, int rows, float *label);

// Rows of a minibatch, and the actor's distribution there: Gaussian, or before tanh squashed.
struct co_loss_rows {
  int count;
  float weight;            // 1 / rows of the minibatch: losses are means over it
  const float *label;      // (samples x num_labels)
  const uint32_t *sample;  // (count) the sample that a row is, NULL: row r is sample r
  int num_labels;          // set by co_losses_add
  int dim, stride;         // elements of the action; from row to row
  const float *mean;       // (count x stride)
  float *dmean;            // (count x stride), added to
  // The same of log_std, from row to row log_std_stride: 0 of a head where all rows have one, whose
  // derivative is the sum over rows in their order.
  const float *log_std;
  float *dlog_std;
  int log_std_stride;
};

// Adds the derivatives of all terms. value (count x value_stride per term, one term behind the
// other) gets what each is at each row, without weights, 0 of one that is left out.
void co_losses_add(const co_losses *losses, const co_loss_rows *rows, float *value,
                   int value_stride);

// Ends an update in which so many rows had these sums of values (count).
void co_losses_end(co_losses *losses, const double *sum, int64_t rows);

// The means of the last update, each in its column.
void co_losses_stats(const co_losses *losses, co_learner_stats *out);

// Operations of labelling a row in the running update.
double co_losses_label_flop(const co_losses *losses);

// As entries "loss.*" of a pack; none where there are no terms. CO_DATA when they are of others.
co_status co_losses_save(const co_losses *losses, co_buf *pack);
co_status co_losses_load(co_losses *losses, const co_pack *pack);

#endif  // AGENTS_LEARN_LOSS_LOSS_H_
