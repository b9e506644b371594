#include "agents/import/chain.h"

#include "agents/import/private/chain_layers.h"

#include <math.h>
#include <stdio.h>

// Where a line of stages stands: behind what.
typedef enum chain_place {
  AT_INPUT,
  BEHIND_CLIP,  // of the normaliser
  BEHIND_MEMORY,
  BEHIND_DENSE,
  BEHIND_NORM,
  BEHIND_ACTIVATION,
  AT_END,  // behind bounds of the action
} chain_place;

typedef struct chain_assembly {
  const chain_walk *walk;
  co_chain *chain;
  co_arena *memory;
  chain_layers *layers;
  chain_place place;
  int width;              // of the numbers there
  chain_affine pending;   // of them, for the layer that comes
  double *mean, *spread;  // of the input, the same as `pending` says; NULL: nothing is normalised
} chain_assembly;

static double *filled(co_arena *memory, int count, double value) {
  double *number = co_arena_alloc(memory, (size_t)count, sizeof *number);
  for (int i = 0; number && i < count; i++) number[i] = value;
  return number;
}

// affine, then the stage
static bool compose(co_arena *memory, chain_affine *affine, const chain_stage *stage) {
  if (!affine->scale) {
    affine->scale = filled(memory, stage->width, 1);
    affine->shift = filled(memory, stage->width, 0);
  }
  if (!affine->scale || !affine->shift) return false;
  for (int i = 0; i < stage->width; i++) {
    double number = stage->number[i];
    if (stage->kind == CHAIN_ADD) {
      affine->shift[i] += number;
    } else if (stage->kind == CHAIN_MULTIPLY) {
      affine->scale[i] *= number;
      affine->shift[i] *= number;
    } else {
      affine->scale[i] /= number;
      affine->shift[i] /= number;
    }
  }
  return true;
}

// The same as (x - mean) / spread, whose numbers are the graph's own where it says it so.
static bool normalise(chain_assembly *a, const chain_stage *stage) {
  if (!a->mean) {
    a->mean = filled(a->memory, stage->width, 0);
    a->spread = filled(a->memory, stage->width, 1);
  }
  if (!a->mean || !a->spread) return false;
  for (int i = 0; i < stage->width; i++) {
    double number = stage->number[i];
    if (stage->kind == CHAIN_ADD) {
      a->mean[i] -= number * a->spread[i];
    } else if (stage->kind == CHAIN_MULTIPLY) {
      a->spread[i] /= number;
    } else {
      a->spread[i] *= number;
    }
  }
  return true;
}

static chain_layer *last_layer(chain_assembly *a) {
  return &a->layers->layer[a->layers->count - 1];
}

static bool put_affine(chain_assembly *a, const chain_stage *stage) {
  if (a->place == AT_INPUT && !normalise(a, stage)) return false;
  if (a->place == BEHIND_DENSE) return compose(a->memory, &last_layer(a)->out, stage);
  if (a->place == BEHIND_NORM) return compose(a->memory, &last_layer(a)->norm, stage);
  return compose(a->memory, &a->pending, stage);
}

// A spread that is not above 0 is no deviation: it goes into the weights of the first layer.
static void settle_normaliser(chain_assembly *a) {
  co_chain *chain = a->chain;
  bool valid = a->place == AT_INPUT && a->mean;
  for (int i = 0; valid && i < a->width; i++) {
    double var = a->spread[i] * a->spread[i];
    valid = a->spread[i] > 0 && var > 0 && isfinite(var) && isfinite(a->mean[i]);
  }
  if (!valid) return;
  for (int i = 0; i < a->width; i++) a->spread[i] *= a->spread[i];
  chain->has_normaliser = true;
  chain->mean = a->mean;
  chain->var = a->spread;
  a->pending = (chain_affine){0};
}

static bool refuse(const chain_assembly *a, const chain_stage *stage, const char *text) {
  return co_chain_refuse(a->walk, stage->node, "%s", text);
}

static bool put_dense(chain_assembly *a, const chain_stage *stage) {
  if (a->place == BEHIND_DENSE || a->place == BEHIND_NORM)
    return refuse(a, stage, "no activation between this layer and the one before it");
  settle_normaliser(a);
  a->layers->layer[a->layers->count++] =
      (chain_layer){.dense = stage, .width = stage->width, .in = a->pending};
  a->pending = (chain_affine){0};
  a->place = BEHIND_DENSE;
  return true;
}

static bool put_activation(chain_assembly *a, const chain_stage *stage) {
  if (a->place != BEHIND_DENSE && a->place != BEHIND_NORM)
    return refuse(a, stage, "no dense layer before this activation");
  last_layer(a)->is_active = true;
  last_layer(a)->activation = stage->activation;
  a->place = BEHIND_ACTIVATION;
  return true;
}

static bool put_norm(chain_assembly *a, const chain_stage *stage) {
  if (a->place != BEHIND_DENSE) return refuse(a, stage, "no dense layer before this layer norm");
  last_layer(a)->has_norm = true;
  a->place = BEHIND_NORM;
  return true;
}

static bool put_memory(chain_assembly *a, const chain_stage *stage) {
  if (a->place != AT_INPUT && a->place != BEHIND_CLIP)
    return refuse(a, stage, "its memory does not stand first");
  settle_normaliser(a);
  if (a->pending.scale) return refuse(a, stage, "what comes before its memory is no normaliser");
  a->layers->memory = stage;
  a->place = BEHIND_MEMORY;
  return true;
}

static bool pick(co_arena *memory, double **number, const chain_stage *stage) {
  if (!*number) return true;
  double *picked = co_arena_alloc(memory, (size_t)stage->width, sizeof *picked);
  for (int i = 0; picked && i < stage->width; i++) picked[i] = (*number)[stage->index[i]];
  *number = picked;
  return picked;
}

static bool put_select(chain_assembly *a, const chain_stage *stage) {
  if (a->place != BEHIND_DENSE) return refuse(a, stage, "it takes a part of what is no layer");
  chain_layer *layer = last_layer(a);
  int *index = co_arena_alloc(a->memory, (size_t)stage->width, sizeof *index);
  if (!index || !pick(a->memory, &layer->out.scale, stage) ||
      !pick(a->memory, &layer->out.shift, stage))
    return false;
  for (int i = 0; i < stage->width; i++)
    index[i] = layer->index ? layer->index[stage->index[i]] : stage->index[i];
  layer->index = index;
  layer->width = stage->width;
  return true;
}

// Of the input the normaliser's, which is the same to both sides; of the action its bounds.
static bool put_clip(chain_assembly *a, const chain_stage *stage) {
  co_chain *chain = a->chain;
  if (!(stage->low <= stage->high)) return refuse(a, stage, "its bounds are in the wrong order");
  if (a->place == AT_INPUT) {
    if (stage->low != -stage->high)
      return refuse(a, stage, "a normaliser clips to both sides alike");
    settle_normaliser(a);
    if (!chain->has_normaliser) return refuse(a, stage, "it clips what no normaliser gives");
    chain->clip = stage->high;
    a->place = BEHIND_CLIP;
    return true;
  }
  if (a->place != BEHIND_DENSE && a->place != BEHIND_ACTIVATION && a->place != AT_END)
    return refuse(a, stage, "it bounds what is neither observation nor action");
  chain->low = fmin(fmax(chain->low, stage->low), stage->high);
  chain->high = fmin(fmax(chain->high, stage->low), stage->high);
  a->place = AT_END;
  return true;
}

static bool put_stage(chain_assembly *a, const chain_stage *stage) {
  if (a->place == AT_END && stage->kind != CHAIN_CLIP)
    return refuse(a, stage, "something stands behind bounds, which are an action's");
  switch (stage->kind) {
    case CHAIN_DENSE: return put_dense(a, stage);
    case CHAIN_ACTIVATION: return put_activation(a, stage);
    case CHAIN_NORM: return put_norm(a, stage);
    case CHAIN_MEMORY: return put_memory(a, stage);
    case CHAIN_SELECT: return put_select(a, stage);
    case CHAIN_CLIP: return put_clip(a, stage);
    default: return put_affine(a, stage);
  }
}

// ---- what it came to

// From tanh to the action; the range that it has, -1 to 1 where nothing stands behind.
static bool settle_range(chain_assembly *a) {
  co_chain *chain = a->chain;
  const chain_stage *at = last_layer(a)->dense;
  chain->range = co_arena_alloc(a->memory, (size_t)a->width, sizeof *chain->range);
  for (int i = 0; chain->range && i < a->width; i++) {
    double scale = a->pending.scale ? a->pending.scale[i] : 1;
    double shift = a->pending.shift ? a->pending.shift[i] : 0;
    if (!(scale > 0)) return refuse(a, at, "tanh at the end times what is not above 0");
    chain->range[i] = (co_output_range){shift - scale, shift + scale};
  }
  return chain->range;
}

static bool settle_head(chain_assembly *a) {
  const chain_walk *walk = a->walk;
  if (a->layers->count == 0)
    return co_chain_refuse(walk, walk->program->value[walk->program->action].name,
                           "there is no dense layer");
  chain_layer *last = last_layer(a);
  if (last->has_norm) return refuse(a, last->dense, "a layer norm behind the last layer");
  if (!last->is_active) return true;
  if (last->activation != CO_TANH) return refuse(a, last->dense, "the last activation is not tanh");
  return settle_range(a);
}

static bool settle_layers(chain_assembly *a) {
  co_network_def *def = &a->chain->def;
  const char *names[CO_MAX_HIDDEN];
  const chain_layer *layer = a->layers->layer;
  def->num_hidden = a->layers->count - 1;
  if (def->num_hidden > CO_MAX_HIDDEN)
    return co_chain_refuse(a->walk, layer[0].dense->node, "%d layers, a network has at most %d",
                           a->layers->count, CO_MAX_HIDDEN + 1);
  for (int l = 0; l < def->num_hidden; l++) {
    def->hidden[l] = layer[l].width;
    names[l] = co_activation_names[layer[l].activation];
    if (layer[l].has_norm != layer[0].has_norm)
      return refuse(a, layer[l].dense, "layer norm in some layers and not in others");
  }
  def->layer_norm = def->num_hidden > 0 && layer[0].has_norm;
  if (def->num_hidden > 0) co_network_set_activations(def, names, def->num_hidden);
  return true;
}

static bool check_sizes(const chain_assembly *a) {
  const co_network_def *def = &a->chain->def;
  for (int l = 0; l <= def->num_hidden; l++)
    if (a->layers->layer[l].width > CO_MAX_WIDTH)
      return co_chain_refuse(a->walk, a->layers->layer[l].dense->node,
                             "%d units, a layer that is trained here has at most %d",
                             a->layers->layer[l].width, CO_MAX_WIDTH);
  if (def->memory.width > CO_MAX_WIDTH || def->obs_dim > CO_MAX_OBS)
    return co_chain_refuse(a->walk, a->layers->layer[0].dense->node,
                           "%d units of memory and %d inputs, at most %d and %d are trained here",
                           def->memory.width, def->obs_dim, CO_MAX_WIDTH, CO_MAX_OBS);
  return true;
}

bool co_chain_assemble(const chain_walk *walk, co_chain *chain, chain_layers *out) {
  const co_program *program = walk->program;
  chain_assembly a = {.walk = walk,
                      .chain = chain,
                      .memory = &chain->memory,
                      .layers = out,
                      .width = program->obs_dim};
  out->layer = co_arena_alloc(a.memory, (size_t)walk->count + 1, sizeof *out->layer);
  if (!out->layer) return false;
  chain->clip = chain->high = (double)INFINITY;
  chain->low = (double)-INFINITY;
  for (int s = walk->count - 1; s >= 0; s--) {
    if (!put_stage(&a, &walk->stage[s])) return false;
    a.width = walk->stage[s].width;
  }
  chain->def = (co_network_def){.obs_dim = program->obs_dim, .act_dim = program->act_dim};
  if (!settle_head(&a) || !settle_layers(&a)) return false;
  if (out->memory) chain->def.memory = (co_memory_def){out->memory->cell, out->memory->width};
  if (!out->memory && program->num_states > 0)
    return co_chain_refuse(walk, program->value[program->state[0].value].name,
                           "a state, and neither LSTM nor GRU that has it");
  return check_sizes(&a);
}

// ---- in one call

co_status co_chain_match(const co_program *program, co_chain *out) {
  *out = (co_chain){0};
  chain_layers *layers = co_arena_alloc(&out->memory, 1, sizeof *layers);
  chain_walk walk = {.program = program, .memory = &out->memory, .reason = out->reason};
  out->matches = layers && co_chain_walk(&walk) && co_chain_assemble(&walk, out, layers);
  co_status status = co_arena_status(&out->memory);
  if (status == CO_OK && !out->matches) {
    // nothing of a half-made chain is left for anybody to read
    co_arena_free(&out->memory);
    co_chain none = {0};
    snprintf(none.reason, sizeof none.reason, "%s", out->reason);
    *out = none;
  }
  out->layers = layers;
  if (!out->matches) out->layers = NULL;
  if (status != CO_OK) co_chain_free(out);
  return status;
}

void co_chain_free(co_chain *chain) {
  co_arena_free(&chain->memory);
  *chain = (co_chain){0};
}
