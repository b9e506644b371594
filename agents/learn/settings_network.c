#include "agents/learn/private/settings_network.h"

#include <assert.h>

static co_status set(co_node *into, co_buf *edit) {
  co_status status = co_buf_status(edit);
  if (status == CO_OK) status = co_tree_set(into, edit->data);
  co_buf_free(edit);
  return status;
}

void co_settings_give_layers(const co_floats *hidden, const co_strings *activation,
                             co_network_def *out) {
  assert(hidden->count <= CO_MAX_HIDDEN);
  out->num_hidden = hidden->count;
  for (int i = 0; i < hidden->count; i++) out->hidden[i] = (int)hidden->value[i];
  co_network_set_activations(out, activation->value, activation->count);
}

co_status co_settings_take_network(const co_network_def *network, co_node *into) {
  co_buf edit = {0};
  co_buf_puts(&edit, "hidden=(");
  for (int i = 0; i < network->num_hidden; i++)
    co_buf_printf(&edit, "%s%d", i ? ", " : "", network->hidden[i]);
  co_buf_puts(&edit, ")");
  CO_TRY(set(into, &edit));
  bool all = network->num_activations == 0;
  co_buf_printf(&edit, "activation=%s\"%s\"", all ? "" : "(",
                co_activation_names[network->activation]);
  for (int i = 1; i < network->num_activations; i++)
    co_buf_printf(&edit, ", \"%s\"", co_activation_names[network->activations[i]]);
  co_buf_puts(&edit, all ? "" : ")");
  CO_TRY(set(into, &edit));
  return co_tree_set(into, network->layer_norm ? "layer_norm=true" : "layer_norm=false");
}
