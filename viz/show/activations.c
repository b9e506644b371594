#include "viz/show/private/activations.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_ITEMS = 256 };  // whose heights are remembered for scrolling

// The panel is a list of items from top to bottom; scrolling leaves out the first ones.
typedef struct pen {
  co_paint *paint;
  co_box rest;
  int row;
  int skip;   // items still to leave out
  bool full;  // the next items have no room
  int items, height[MOST_ITEMS];
} pen;

// False: the next item is not in view; else its box.
static bool next_item(pen *at, int height, co_box *box) {
  if (at->items < MOST_ITEMS) at->height[at->items++] = height;
  if (at->skip > 0) {
    at->skip--;
    return false;
  }
  at->full = at->full || height > at->rest.h;
  if (at->full) return false;
  *box = co_box_take_top(&at->rest, height);
  return true;
}

// Items to leave out so that the last one just fits in.
static int most_scroll(const pen *at, int room) {
  int left = at->items;
  while (left > 0 && at->height[left - 1] <= room) room -= at->height[--left];
  return left;
}

double co_activations_scale(const float *value, int count, bool bounded) {
  double most = 1;
  for (int i = 0; i < count && !bounded; i++)
    if (isfinite(value[i]) && fabs((double)value[i]) > most) most = fabs((double)value[i]);
  return exp2(ceil(log2(most)));
}

// ---- tags: where a tensor came from, whether it moved, how far it is

// Tags stand at the right, put down from the right edge.
static void tag(co_paint *paint, co_box *rest, co_ink ink, const char *text) {
  int width = co_font_text_width(paint->font, text, (int)strlen(text));
  co_paint_text(paint, co_box_take_right(rest, width), CO_LEFT, co_ink_color(ink), text);
  co_box_take_right(rest, rest->h / 2);
}

static co_ink ink_of_status(const char *status) {
  return strcmp(status, "copied") == 0 ? CO_INK_DIM : CO_INK_WARNING;
}

// Words where a percentage would mislead.
static void change_text(const co_tensor_fate *fate, char out[32]) {
  *out = '\0';
  if (fate->reshaped) {
    snprintf(out, 32, "new shape");
  } else if (isinf(fate->change)) {
    snprintf(out, 32, "from zero");
  } else if (fate->change >= 10) {
    snprintf(out, 32, "> 999 %%");
  } else if (!isnan(fate->change)) {
    snprintf(out, 32, fate->change > 0 && fate->change < 0.001 ? "< 0.1 %%" : "%.1f %%",
             100 * fate->change);
  }
}

static void paint_tags(co_paint *paint, co_box *rest, const co_tensor_fate *fate) {
  if (!fate) return;
  if (fate->trained != CO_UNKNOWN)
    tag(paint, rest, fate->trained == CO_KNOWN_YES ? CO_INK_GOOD : CO_INK_DIM,
        fate->trained == CO_KNOWN_YES ? "trained" : "frozen");
  if (*fate->status) tag(paint, rest, ink_of_status(fate->status), fate->status);
}

// ---- layers

// Row by row from the left, as many as fit; one pixel of ground between them.
static void paint_cells(co_paint *paint, co_box box, const float *value, int count, int cell,
                        double scale) {
  int columns = box.w / cell;
  for (int i = 0; i < count; i++) {
    co_box place = {box.x + i % columns * cell, box.y + i / columns * cell, cell - 1, cell - 1};
    co_paint_fill(paint, place, co_color_diverging((double)value[i] / scale));
  }
}

typedef struct layer {
  const char *title, *what;
  const float *value;
  int count;
  bool bounded;
  const co_tensor_fate *fate;  // of its weight, or NULL
} layer;

// Title and cells are two items, so that a large layer does not take its title along when scrolled.
static void paint_layer(pen *at, const layer *l) {
  co_box box;
  double scale = co_activations_scale(l->value, l->count, l->bounded);
  if (next_item(at, at->row, &box)) {
    paint_tags(at->paint, &box, l->fate);
    co_paint_textf(at->paint, box, CO_LEFT, co_ink_color(CO_INK_TEXT), "%s: %d %s, +-%g", l->title,
                   l->count, l->what, scale);
  }
  int cell = at->row * 3 / 8 > 3 ? at->row * 3 / 8 : 3, columns = at->rest.w / cell;
  if (columns < 1) return;
  int lines = (l->count + columns - 1) / columns;
  if (next_item(at, lines * cell + at->row / 4, &box))
    paint_cells(at->paint, box, l->value, l->count, cell, scale);
}

static const co_tensor_fate *fate_of(const co_activations_input *input, int tensor) {
  return co_tensor_fates_find(input->fates, input->policy->net.tensor[tensor].name);
}

// What a memory keeps when it has seen the observation: its output, and of an LSTM what its cell
// holds.
static void paint_memory(pen *at, const co_activations_input *input) {
  static const char *const titles[] = {"memory h", "memory c"};
  const co_policy_trace *trace = input->trace;
  const co_network *net = &input->policy->net;
  for (int s = 0; s < trace->num_remembered; s++)
    paint_layer(at, &(layer){.title = titles[s],
                             .what = co_cell_names[net->def.memory.cell],
                             .value = trace->remembered[s],
                             .count = trace->memory_width,
                             .bounded = s == 0,
                             .fate = fate_of(input, net->part[CO_ACTOR].graph->first_tensor)});
}

// The layers of the network beside the actor, the last of which is added to the means.
static void paint_residual(pen *at, const co_activations_input *input) {
  const co_network *net = &input->policy->net;
  const co_residual_def *def = &net->def.residual;
  for (int i = 0; i < net->num_residual; i++) {
    const int l = net->num_layers + i;
    const co_dense *dense = &net->part[CO_ACTOR].layer[l];
    bool last = i == net->num_residual - 1;
    co_activation activation = last ? CO_TANH : def->activation;
    char title[32], what[64];
    snprintf(title, sizeof title, "residual %d", i + 1);
    snprintf(what, sizeof what, "%s", co_activation_names[activation]);
    if (last) snprintf(what, sizeof what, "tanh, %g of it added", def->scale);
    paint_layer(at, &(layer){.title = title,
                             .what = what,
                             .value = input->trace->at.output[l],
                             .count = dense->out,
                             .bounded = activation == CO_TANH,
                             .fate = fate_of(input, dense->tensor)});
  }
}

static void paint_layers(pen *at, const co_activations_input *input) {
  const co_policy *policy = input->policy;
  const co_policy_trace *trace = input->trace;
  const co_network_def *def = &policy->net.def;
  const co_dense *dense = policy->net.part[CO_ACTOR].layer;
  paint_layer(at, &(layer){.title = "observation",
                           .what = "numbers, normalised",
                           .value = trace->input,
                           .count = def->obs_dim});
  paint_memory(at, input);
  for (int i = 0; i < trace->num_layers; i++) {
    char title[32];
    co_activation activation = co_network_activation(def, i);
    snprintf(title, sizeof title, "layer %d", i + 1);
    paint_layer(at, &(layer){.title = title,
                             .what = co_activation_names[activation],
                             .value = trace->activation[i],
                             .count = trace->width[i],
                             .bounded = activation == CO_TANH,
                             .fate = fate_of(input, dense[i].tensor)});
  }
  paint_residual(at, input);
  paint_layer(at, &(layer){.title = "action",
                           .what = "numbers",
                           .value = trace->action,
                           .count = def->act_dim,
                           .fate = fate_of(input, dense[trace->num_layers].tensor)});
}

// ---- the table of tensors

// Name, tags, a bar up to 100 %, the number: columns from the right.
static void paint_tensor(co_paint *paint, co_box box, const co_tensor_fate *fate) {
  char change[32];
  change_text(fate, change);
  co_box number = co_box_take_right(&box, box.w / 6), bar = co_box_take_right(&box, box.w / 5);
  co_paint_text(paint, number, CO_RIGHT, co_ink_color(CO_INK_TEXT), change);
  if (fate->change > 0) {
    bar = co_box_inset(bar, 2, box.h / 3);
    co_paint_fill(paint, bar, co_ink_color(CO_INK_RAISED));
    double share = fmin(fate->change, 1);
    bar.w = (int)lround(share * bar.w);
    co_paint_fill(paint, bar, co_ink_color(CO_INK_GOOD));
  }
  co_box tags = co_box_take_right(&box, box.w * 2 / 5);
  co_box_take_right(&tags, box.h / 4);
  paint_tags(paint, &tags, fate);
  co_paint_text(paint, box, CO_LEFT, co_ink_color(CO_INK_DIM), fate->name);
}

// All tensors, critics and normalisers too: what is not drawn as a layer is told here.
static void paint_table(pen *at, const co_tensor_fates *fates) {
  co_box box;
  if (next_item(at, at->row + at->row / 2, &box))
    co_paint_text(at->paint, box, CO_LEFT, co_ink_color(CO_INK_TEXT),
                  "tensors: change against the source");
  for (int i = 0; i < fates->count; i++)
    if (next_item(at, at->row, &box)) paint_tensor(at->paint, box, &fates->fate[i]);
}

int co_activations_paint(co_paint *paint, co_box box, const co_activations_input *input) {
  co_paint_surface(paint, box, co_ink_color(CO_INK_GROUND));
  co_paint_fill(paint, (co_box){box.x, box.y, box.w, 1}, co_ink_color(CO_INK_GRID));
  int row = co_paint_row(paint);
  box = co_box_inset(box, row / 4, row / 4);
  co_box title = co_box_take_top(&box, row);
  co_paint_text(paint, title, CO_LEFT, co_ink_of_stage(input->side),
                input->policy ? input->name : "no policy");
  if (!input->policy) return 0;
  assert(input->trace && input->fates);
  if (isfinite(input->trace->value))
    co_paint_textf(paint, title, CO_RIGHT, co_ink_color(CO_INK_TEXT), "value %.4g",
                   (double)input->trace->value);
  pen at = {.paint = paint, .rest = box, .row = row, .skip = input->scroll > 0 ? input->scroll : 0};
  paint_layers(&at, input);
  paint_table(&at, input->fates);
  return most_scroll(&at, box.h);
}
