#include "agents/nn/ensemble.h"

#include "agents/nn/tensor_init.h"

#include <assert.h>
#include <string.h>

static int tensors_of_member(const co_ensemble_def *def) {
  return def->num_hidden * (def->layer_norm ? 4 : 2) + 2;
}

static co_status make(co_arena *arena, const co_kernels *kernels, const co_ensemble_def *def,
                      co_ensemble *out) {
  assert(def->num_members > 0 && def->num_hidden >= 0 && def->num_hidden <= CO_MAX_HIDDEN);
  *out = (co_ensemble){.def = *def,
                       .kernels = kernels,
                       .num_layers = def->num_hidden + 1,
                       .num_tensors = def->num_members * tensors_of_member(def)};
  size_t members = (size_t)def->num_members;
  out->dense = co_arena_alloc(arena, members * (size_t)out->num_layers, sizeof *out->dense);
  out->mlp = co_arena_alloc(arena, members, sizeof *out->mlp);
  return co_arena_status(arena);
}

static void view_members(co_ensemble *ensemble) {
  for (int k = 0; k < ensemble->def.num_members; k++)
    ensemble->mlp[k] =
        co_mlp_of_layers(ensemble->kernels, ensemble->block, co_ensemble_dense(ensemble, k, 0),
                         ensemble->num_layers, ensemble->def.activation);
}

// ---- a block of its own ----

static size_t place_member(const co_ensemble_def *def, size_t offset, co_dense *layer) {
  for (int l = 0, in = def->in; l <= def->num_hidden; l++) {
    bool hidden = l < def->num_hidden;
    int out = hidden ? def->hidden[l] : def->out;
    offset = co_dense_place(in, out, offset, &layer[l]);
    if (hidden && def->layer_norm) offset = co_dense_place_norm(&layer[l], offset);
    in = out;
  }
  return offset;
}

// of the weight of a layer
static co_tensor_facts facts_of(const co_ensemble_def *def, int member, int layer) {
  co_tensor_facts facts = def->facts;
  bool hidden = layer < def->num_hidden;
  int per_hidden = def->layer_norm ? 4 : 2;
  facts.member = member;
  facts.role = CO_TENSOR_WEIGHT;
  if (layer > 0) facts.rows_are = CO_FACES_HIDDEN;
  if (hidden) {
    facts.layer = CO_LAYER_TRUNK;
    facts.depth = layer;
    facts.cols_are = CO_FACES_HIDDEN;
  }
  facts.init_row += member * tensors_of_member(def) + layer * per_hidden;
  return facts;
}

static void add_tensors(co_ensemble *ensemble) {
  int count = 0;
  for (int k = 0; k < ensemble->def.num_members; k++) {
    for (int l = 0; l < ensemble->num_layers; l++) {
      co_dense *layer = &ensemble->dense[k * ensemble->num_layers + l];
      co_tensor_facts facts = facts_of(&ensemble->def, k, l);
      layer->tensor = count;
      count += co_dense_tensors(layer, &facts, ensemble->block, ensemble->tensor + count);
    }
  }
  assert(count == ensemble->num_tensors);
}

co_status co_ensemble_create(co_arena *arena, const co_kernels *kernels, const co_ensemble_def *def,
                             co_ensemble *out) {
  assert(def->in > 0 && def->out > 0);
  CO_TRY(make(arena, kernels, def, out));
  for (int k = 0; k < def->num_members; k++)
    out->size = place_member(def, out->size, &out->dense[k * out->num_layers]);
  out->block = co_arena_alloc(arena, out->size, sizeof *out->block);
  out->tensor = co_arena_alloc(arena, (size_t)out->num_tensors, sizeof *out->tensor);
  CO_TRY(co_arena_status(arena));
  add_tensors(out);
  view_members(out);
  return CO_OK;
}

// ---- critics ----

co_status co_ensemble_of_critics(co_arena *arena, const co_kernels *kernels, const co_network *net,
                                 co_ensemble *out) {
  assert(!net->def.shared_trunk && net->def.memory.width == 0);
  const co_part *first = &net->part[CO_CRITIC];
  co_ensemble_def def = {.num_members = net->num_parts - CO_CRITIC,
                         .in = first->in,
                         .num_hidden = net->def.num_hidden,
                         .out = first->layer[net->num_layers - 1].out,
                         .layer_norm = net->def.layer_norm};
  def.facts = net->tensor[first->layer[0].tensor].facts;
  def.facts.layer = CO_LAYER_VALUE;
  def.facts.cols_are = CO_FACES_VALUE;
  for (int l = 0; l < def.num_hidden; l++) {
    def.hidden[l] = net->def.hidden[l];
    def.activation[l] = co_network_activation(&net->def, l);
  }
  CO_TRY(make(arena, kernels, &def, out));
  for (int k = 0; k < def.num_members; k++)
    memcpy(&out->dense[k * out->num_layers], net->part[CO_CRITIC + k].layer,
           (size_t)out->num_layers * sizeof *out->dense);
  out->block = net->block;
  out->size = net->size;
  out->tensor = net->tensor + first->layer[0].tensor;
  view_members(out);
  return CO_OK;
}

// ---- parameters ----

void co_ensemble_init(const co_ensemble *ensemble, const co_stream *stream) {
  for (int t = 0; t < ensemble->num_tensors; t++) co_tensor_init(&ensemble->tensor[t], stream);
}

void co_ensemble_copy(const co_ensemble *from, const co_ensemble *to) {
  assert(from->num_tensors == to->num_tensors);
  for (int t = 0; t < from->num_tensors; t++) co_tensor_copy(&to->tensor[t], &from->tensor[t]);
}

void co_ensemble_follow(const co_ensemble *from, const co_ensemble *to, float tau, int member,
                        int layer, int in0, int count) {
  const co_dense *a = co_ensemble_dense(from, member, layer);
  const co_dense *b = co_ensemble_dense(to, member, layer);
  size_t stride = (size_t)a->out_stride, row0 = (size_t)in0 * stride;
  const co_kernels *kernels = from->kernels;
  kernels->follow(tau, (size_t)count * stride, from->block + a->weight + row0,
                  to->block + b->weight + row0);
  if (in0 > 0) return;
  kernels->follow(tau, stride, from->block + a->bias, to->block + b->bias);
  if (a->norm) kernels->follow(tau, 2 * stride, from->block + a->norm, to->block + b->norm);
}

double co_ensemble_forward_flop(const co_ensemble *ensemble) {
  return ensemble->def.num_members * co_mlp_forward_flop(&ensemble->mlp[0]);
}
