#include "transfer/study/depth.h"

static const char *const end_names[] = {"input", "output", NULL};

#define LAYERS(member) offsetof(co_by_depth, member)
static const co_field layer_fields[] = {
    {"actor", CO_FIELD_INT, LAYERS(actor), .max = CO_MAX_LAYERS, .doc = "layers of the actor"},
    {"critic", CO_FIELD_INT, LAYERS(critic), .max = CO_MAX_LAYERS, .doc = "layers of each critic"},
    {"from", CO_FIELD_STRING, LAYERS(from), CO_REQUIRED, .choices = end_names,
     .doc = "the end that they are counted from"},
};

const co_schema co_by_depth_schema = {.name = "strategy.layers",
                                      .size = sizeof(co_by_depth),
                                      .field = layer_fields,
                                      .count = sizeof layer_fields / sizeof *layer_fields};

#define UNFREEZE(member) offsetof(co_unfreeze, member)
static const co_field unfreeze_fields[] = {
    {"every", CO_FIELD_INT, UNFREEZE(every), CO_REQUIRED | CO_ZERO_IS_UNSET, .min = 1, .max = 1e9,
     .doc = "updates until the next layer moves, from the output on"},
    {"critic", CO_FIELD_BOOL, UNFREEZE(critic), .doc = "whether layers of critics wait, too"},
};

const co_schema co_unfreeze_schema = {.name = "strategy.unfreeze",
                                      .size = sizeof(co_unfreeze),
                                      .field = unfreeze_fields,
                                      .count = sizeof unfreeze_fields / sizeof *unfreeze_fields};

static bool is_output(const co_tensor_facts *facts) {
  return facts->layer == CO_LAYER_MEAN || facts->layer == CO_LAYER_VALUE;
}

int co_depth_layers(const co_tensor *tensor, int count, co_tensor_part part) {
  int hidden = 0, output = 0;
  for (int i = 0; i < count; i++) {
    const co_tensor_facts *facts = &tensor[i].facts;
    if (facts->part != part || facts->member != 0 || facts->role != CO_TENSOR_WEIGHT) continue;
    hidden += facts->layer == CO_LAYER_TRUNK;
    output += is_output(facts);
  }
  return hidden + output;
}

int co_depth_of(const co_tensor *tensor, int count, int index) {
  const co_tensor_facts *facts = &tensor[index].facts;
  if (is_output(facts)) return co_depth_layers(tensor, count, facts->part) - 1;
  return facts->layer == CO_LAYER_TRUNK || facts->layer == CO_LAYER_MEMORY ? facts->depth : -1;
}

bool co_depth_selects(const co_by_depth *layers, const co_tensor *tensor, int count, int index) {
  co_tensor_part part = tensor[index].facts.part;
  int place = co_depth_of(tensor, count, index);
  int64_t selected = part == CO_PART_ACTOR    ? layers->actor
                     : part == CO_PART_CRITIC ? layers->critic
                                              : 0;
  if (place < 0) return false;
  bool from_input = layers->from[0] == 'i';
  return (from_input ? place : co_depth_layers(tensor, count, part) - 1 - place) < selected;
}
