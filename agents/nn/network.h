// Actor and critics as multi-layer perceptrons over one parameter block.
//
//   head "gaussian" (PPO):
//     actor:    obs (obs_dim) -> hidden layers, activation -> mean (act_dim)
//               log_std (act_dim), which does not depend on the state
//     critic.0: obs (obs_dim) -> hidden layers, activation -> value (1)
//   head "squashed" (SAC), actions tanh(mean + std x noise) brought to the bounds:
//     actor:    obs -> hidden layers -> mean (act_dim) and log_std (act_dim), both of the state;
//               log_alpha (1), the temperature, without which a copied policy would be blurred anew
//     critic.0, critic.1, ...: obs and action in -1..1 (obs_dim + act_dim) -> hidden -> value (1)
//
//   A residual network beside the actor (either head) adds to its mean:
//     mean + scale x tanh(obs -> hidden layers of its own -> act_dim)
//   Its last layer begins with zeros, and so the whole as the actor alone. It has no layer norm and
//   goes without memory and a shared trunk.
//
//   A shared trunk (gaussian only) has critic.0's value on the actor's last hidden layer. With
//   layer norm a hidden layer is activation(norm(x W + b)). With memory (gaussian, no shared trunk)
//   the observations of actor and critic each go through an LSTM or GRU of its own first, whose
//   output its hidden layers see; such a part is a graph of two nodes, cell and run.
//
// The block is one float array (agents/nn/dense.h). Initialisation: orthogonal, gain sqrt 2
// (hidden), 0.01 (mean, log_std head), 1 (value, memory), zero biases, log_std, log_alpha, unit
// norm weights (Huang et al. 2022, detail 2); an LSTM's forget gate has bias 1, so that it begins
// with remembering (Jozefowicz et al. 2015). The forward product of one row has the same bits for
// any number of rows and on every CPU level. A network is const during forward; calls on different
// rows may run at once.

#ifndef AGENTS_NN_NETWORK_H_
#define AGENTS_NN_NETWORK_H_

#include "agents/nn/graph.h"
#include "core/arena.h"
#include "core/rng.h"
#include "core/status.h"

#include <stdbool.h>

enum {
  CO_MAX_CRITICS = 10,
  CO_MAX_RESIDUAL = 4,  // hidden layers of a residual network
};

typedef enum co_head { CO_HEAD_GAUSSIAN, CO_HEAD_SQUASHED } co_head;
extern const char *const co_head_names[];  // NULL-terminated

typedef struct co_memory_def {
  co_cell cell;
  int width;  // outputs, at most CO_MAX_WIDTH; 0: no memory
} co_memory_def;

typedef struct co_residual_def {
  int num_hidden;  // 0: there is no residual network
  int hidden[CO_MAX_RESIDUAL];
  co_activation activation;  // of its hidden layers
  double scale;              // most that it adds to a mean, above 0
} co_residual_def;

typedef struct co_network_def {
  co_head head;
  int obs_dim, act_dim;
  int num_hidden;
  int hidden[CO_MAX_HIDDEN];
  co_activation activation;                  // of the hidden layers, where they differ of the first
  int num_activations;                       // 0: the same for all, else num_hidden
  co_activation activations[CO_MAX_HIDDEN];  // (num_activations)
  bool layer_norm;                           // before the activation of every hidden layer
  bool shared_trunk;                         // needs a hidden layer
  int num_critics;           // squashed: 1 to CO_MAX_CRITICS, 0: two; a Gaussian head has one
  co_memory_def memory;      // of actor and critic, each its own
  int num_privileged;        // gaussian, no shared trunk: numbers that the critic sees behind the
                             // observation and the actor does not
  co_residual_def residual;  // of the actor
} co_network_def;

// Whether the network may have its residual network: there is neither memory nor a shared trunk,
// and the actor's layers are at most CO_MAX_HIDDEN in all.
bool co_network_takes_residual(const co_network_def *def);
bool co_network_same_residual(const co_residual_def *a, const co_residual_def *b);

// Whether the actor is one product of the observation, with a Gaussian head.
bool co_network_is_linear(const co_network_def *def);

static inline co_activation co_network_activation(const co_network_def *def, int hidden) {
  return def->num_activations ? def->activations[hidden] : def->activation;
}

// How many critics the definition asks for.
static inline int co_network_critics(const co_network_def *def) {
  if (def->head == CO_HEAD_GAUSSIAN) return 1;
  return def->num_critics ? def->num_critics : 2;
}

// The activations of layers from as many names, or from one for all; the same for all is kept as
// one. All are names of co_activation_names.
void co_network_set_activations(co_network_def *def, const char *const *names, int count);
// The same activation behind each of as many layers.
bool co_network_same_activations(const co_network_def *a, const co_network_def *b);
// None in both, or cells of one kind and width.
bool co_network_same_memory(const co_network_def *a, const co_network_def *b);
// "lstm" or "gru", "none" without.
const char *co_network_memory_name(const co_network_def *def);

// The perceptrons of a network, in the order of their tensors: critic k is part CO_CRITIC + k.
enum { CO_ACTOR, CO_CRITIC, CO_MAX_PARTS = CO_CRITIC + CO_MAX_CRITICS };

typedef struct co_part {
  // obs_dim, of a critic also num_privileged, of a squashed head's act_dim
  int in;
  co_dense layer[CO_MAX_LAYERS];  // hidden layers, then mean or value; on a shared trunk the
                                  // critic's hidden layers are the actor's. Behind them those of
                                  // the actor's residual network
  // With memory, over the block: a cell and a run, whose layers are those above. Its last node's
  // output is that of the part. NULL: the part is a run.
  co_graph *graph;
} co_part;

// The nodes of such a graph.
enum { CO_NODE_MEMORY, CO_NODE_RUN, CO_PART_NODES };

typedef struct co_network {
  co_network_def def;
  int num_layers;         // num_hidden + 1
  int num_residual;       // layers of the actor's residual network, 0: none
  int num_parts;          // the actor and the critics
  co_part *part;          // (num_parts), owned
  size_t log_std;         // gaussian: offset in the block, (act_dim)
  co_dense log_std_head;  // squashed: beside mean on the actor's last hidden layer
  size_t log_alpha;       // squashed: offset in the block, logarithm of the temperature (1)
  size_t size;            // floats in the block, with padding
  float *block;           // (size), owned, 64-byte aligned
  int num_tensors;
  co_tensor *tensor;  // (num_tensors) views into block, owned
  co_arena graphs;    // memory of the parts' graphs, owned
} co_network;

// Block zeroed. CO_CONFIG when the world has more observation or action elements than CO_MAX_OBS,
// CO_MAX_WIDTH.
co_status co_network_create(const co_network_def *def, co_network *out);
void co_network_init(co_network *net,
                     const co_stream *stream);  // fresh values, per tensor its own row
// Fresh values for one tensor only, the same as co_network_init would give it: by its facts, and
// wherever it stands in net->tensor.
void co_network_init_tensor(co_network *net, const co_stream *stream, int tensor);
// The same into numbers that are laid out like the tensor, which stays as it is.
void co_network_draw_tensor(const co_network *net, const co_stream *stream, int tensor, float *out);
// Numbers that a step of the optimiser is counted with: whole vectors of each row, without what
// keeps rows apart in the cache.
double co_network_stepped(const co_network *net);
void co_network_free(co_network *net);

// The dense layers of a part as passes see them, or others of as many outputs. `layers` is
// net->part[i].layer. Without transposed weights: forward only.
co_mlp co_mlp_view(const co_kernels *kernels, const co_network *net, const co_dense *layers);

#endif  // AGENTS_NN_NETWORK_H_
