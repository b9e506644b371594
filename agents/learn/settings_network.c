#include "agents/learn/private/settings_network.h"

static co_status set(co_node *into, co_buf *edit) {
  co_status status = co_buf_status(edit);
  if (status == CO_OK) status = co_tree_set(into, edit->data);
  co_buf_free(edit);
  return status;
}

co_status co_settings_take_network(const co_network_def *network, co_node *into) {
  co_buf edit = {0};
  co_buf_puts(&edit, "hidden=(");
  for (int i = 0; i < network->num_hidden; i++)
    co_buf_printf(&edit, "%s%d", i ? ", " : "", network->hidden[i]);
  co_buf_puts(&edit, ")");
  CO_TRY(set(into, &edit));
  co_buf_printf(&edit, "activation=\"%s\"", co_activation_names[network->activation]);
  CO_TRY(set(into, &edit));
  return co_tree_set(into, network->layer_norm ? "layer_norm=true" : "layer_norm=false");
}
