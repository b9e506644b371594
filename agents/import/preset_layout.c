#include "agents/import/private/preset_layout.h"

#include "core/config/schema.h"
#include "core/text.h"

#include <stddef.h>
#include <string.h>

#define LAYERS(...)       \
  (const char *const[]) { \
    __VA_ARGS__, NULL     \
  }

// The first whose sign is there is taken. Defaults of activations are the libraries': on-policy
// algorithms of Stable-Baselines3 have tanh, the others ReLU; rsl_rl has ELU, and so has what its
// exporter and legged_gym's write; CleanRL's scripts have tanh (PPO) and ReLU. skrl and RL Games
// have none.
const preset_layout co_preset_layouts[] = {
    {"sb3", "mlp_extractor.policy_net.0.weight",
     LAYERS("mlp_extractor.shared_net.", "mlp_extractor.policy_net.", "action_net"),
     .log_std = "log_std", .output = "none", .activation = "tanh", .scale = "action_scale",
     .offset = "action_bias"},
    {"sb3", "actor.latent_pi.0.weight", LAYERS("actor.latent_pi.", "actor.mu"), .output = "tanh",
     .activation = "relu", .scale = "action_scale", .offset = "action_bias"},
    {"sb3", "actor.mu.0.weight", LAYERS("actor.mu."), .output = "tanh", .activation = "relu",
     .scale = "action_scale", .offset = "action_bias"},
    {"sb3", "action_net.0.weight", LAYERS("action_net."), .output = "layers", .activation = "relu",
     .scale = "action_scale", .offset = "action_bias"},
    {"sb3", "action_net.weight", LAYERS("action_net"), .log_std = "log_std", .output = "none",
     .activation = "tanh", .scale = "action_scale", .offset = "action_bias"},
    {"rsl_rl", "actor.mlp.0.weight", LAYERS("actor.mlp."), .memory = "actor.rnn.rnn.",
     .log_std = "actor.distribution.log_std_param", .std = "actor.distribution.std_param",
     .output = "none", .activation = "elu"},
    {"rsl_rl", "memory_a.rnn.weight_ih_l0", LAYERS("actor."), .memory = "memory_a.rnn.",
     .log_std = "log_std", .std = "std", .output = "none", .activation = "elu",
     .scale = "action_scale", .offset = "action_bias"},
    {"rsl_rl", "std", LAYERS("actor."), .std = "std", .output = "none", .activation = "elu"},
    {"rsl_rl", "critic.0.weight", LAYERS("actor."), .log_std = "log_std", .output = "none",
     .activation = "elu"},
    {"cleanrl", "actor_mean.0.weight", LAYERS("actor_mean."), .log_std = "actor_logstd",
     .output = "none", .activation = "tanh"},
    {"cleanrl", "fc_mean.weight", LAYERS("fc1", "fc2", "fc3", "fc_mean"), .output = "tanh",
     .activation = "relu", .scale = "action_scale", .offset = "action_bias"},
    {"cleanrl", "fc_mu.weight", LAYERS("fc1", "fc2", "fc3", "fc_mu"), .output = "tanh",
     .activation = "relu", .scale = "action_scale", .offset = "action_bias"},
    {"skrl", "policy_layer.weight",
     LAYERS("net.", "net_container.", "policy_net.", "policy_container.", "policy_layer"),
     .log_std = "log_std_parameter", .output = "none"},
    {"skrl", "mean_layer.weight", LAYERS("net.", "net_container.", "mean_layer"),
     .log_std = "log_std_parameter", .output = "none"},
    {"skrl", "net_container.0.weight", LAYERS("net_container."), .log_std = "log_std_parameter",
     .output = "none"},
    {"rl_games", "a2c_network.mu.weight", LAYERS("a2c_network.actor_mlp.", "a2c_network.mu"),
     .log_std = "a2c_network.sigma", .output = "none"},
    {"torchscript", "memory.weight_ih_l0", LAYERS("actor."), .memory = "memory.", .output = "none",
     .activation = "elu"},
    {"torchscript", "rnn.weight_ih_l0", LAYERS("actor.", "mlp."), .memory = "rnn.",
     .output = "none", .activation = "elu"},
    {"torchscript", "actor.0.weight", LAYERS("actor."), .output = "none", .activation = "elu"},
    {"torchscript", "mlp.0.weight", LAYERS("mlp."), .output = "none", .activation = "elu"},
    {"torchscript", "0.weight",
     LAYERS("0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15",
            "16", "17", "18"),
     .output = "none"},
};
const int co_preset_num_layouts = sizeof co_preset_layouts / sizeof *co_preset_layouts;

bool co_preset_is_learners(const char *name) {
  return co_glob_match(
      "critic*|*.critic*|value*|*value_net*|actor_target*|target*|memory_c*|*logstd*|*log_std*|"
      "std|log_alpha|log_ent_coef|ret_rms.*|reward_norm*|critic_obs_normalizer*|"
      "value_mean_std*|*num_batches_tracked|optimizer*|clip_*|running_mean_std.count|"
      "a2c_network.value*|privileged_*|rnd*|hidden_state|cell_state",
      name);
}

// ---- a file of the user's

typedef struct preset_file {
  co_strings layers;
  const char *activation, *output, *memory, *log_std, *std, *scale, *offset;
} preset_file;

static const char *const outputs[] = {"none", "tanh", NULL};

#define MEMBER(name, type, text, ...) \
  { .key = #name, .kind = type, .offset = offsetof(preset_file, name), .doc = text, __VA_ARGS__ }

static const co_field fields[] = {
    MEMBER(layers, CO_FIELD_STRINGS, "layers in their order", .flags = CO_REQUIRED, .min_count = 1,
           .max_count = CO_PRESET_LAYERS),
    MEMBER(activation, CO_FIELD_STRING, "behind each layer but the last"),
    MEMBER(output, CO_FIELD_STRING, "behind the last layer", .choices = outputs),
    MEMBER(memory, CO_FIELD_STRING, "what stands before weight_ih_l0 of an LSTM or GRU"),
    MEMBER(log_std, CO_FIELD_STRING, "tensor of the logarithm of the spread"),
    MEMBER(std, CO_FIELD_STRING, "tensor of the spread"),
    MEMBER(scale, CO_FIELD_STRING, "tensor that the output is multiplied with"),
    MEMBER(offset, CO_FIELD_STRING, "tensor that is added to the output"),
};

static const co_schema schema = {.name = "preset",
                                 .size = sizeof(preset_file),
                                 .field = fields,
                                 .count = sizeof fields / sizeof *fields};

co_status co_preset_read_layout(const char *path, co_arena *memory, preset_layout *out) {
  co_node *root;
  CO_TRY(co_tree_read(path, &root));
  preset_file file;
  co_status status = co_schema_read(&schema, root, memory, &file);
  co_node_free(root);
  CO_TRY(status);
  const char **layers = co_arena_alloc(memory, (size_t)file.layers.count + 1, sizeof *layers);
  if (!layers) return CO_MEMORY;
  for (int i = 0; i < file.layers.count; i++) layers[i] = file.layers.value[i];
  *out = (preset_layout){.preset = "file",
                         .layers = layers,
                         .memory = file.memory,
                         .log_std = file.log_std,
                         .std = file.std,
                         .output = file.output ? file.output : "none",
                         .activation = file.activation,
                         .scale = file.scale,
                         .offset = file.offset};
  return CO_OK;
}
