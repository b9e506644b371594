#include "agents/learn/loss/loss.h"

#include "agents/learn/loss/private/terms.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

const co_loss_class *const co_loss_classes[] = {&co_kl_to_source, NULL};
const char *const co_loss_names[] = {"kl_to_source", NULL};

const co_loss_class *co_loss_find(const char *name) {
  assert(name);
  for (int i = 0; co_loss_classes[i]; i++)
    if (strcmp(co_loss_classes[i]->name, name) == 0) return co_loss_classes[i];
  return NULL;
}

// ---- as a strategy lists it ----

static const char *const schedule_names[] = {"constant", "linear", "exponential", NULL};

#define AT(member) offsetof(co_loss_def, member)
static const co_field fields[] = {
    {"term", CO_FIELD_STRING, AT(term), CO_REQUIRED, .choices = co_loss_names, .doc = "which"},
    {"weight", CO_FIELD_FLOAT, AT(weight), CO_REQUIRED, .min = 0, .max = 1e9,
     .doc = "of the term beside the algorithm's own loss"},
    {"schedule", CO_FIELD_CHOICE, AT(schedule), .choices = schedule_names,
     .doc = "of the weight: constant, linear to 0 over the training, or halved every half_life"},
    {"half_life", CO_FIELD_FLOAT, AT(half_life), CO_POSITIVE_EXCLUSIVE, .min = 0, .max = 1e12,
     .doc = "after which an exponential weight is half of what it was [env steps]"},
};

static void validate(const void *value, const co_node *node, co_schema_errors *errors) {
  const co_loss_def *def = value;
  bool halves = def->schedule == CO_LOSS_EXPONENTIAL;
  if (halves && isnan(def->half_life))
    co_schema_error(errors, node, "schedule", "exponential needs half_life, in env steps");
  if (!halves && !isnan(def->half_life))
    co_schema_error(errors, node, "half_life", "is of schedule = \"exponential\"");
}

const co_schema co_loss_schema = {
    "strategy.loss", sizeof(co_loss_def), fields, sizeof fields / sizeof *fields, NULL, validate};

double co_loss_weight(const co_loss_def *def, int64_t steps, int64_t planned) {
  assert(steps >= 0);
  double done = planned > 0 ? (double)steps / (double)planned : 0;
  if (def->schedule == CO_LOSS_LINEAR) return done < 1 ? def->weight * (1 - done) : 0;
  if (def->schedule == CO_LOSS_EXPONENTIAL)
    return def->weight * exp2(-(double)steps / def->half_life);
  return def->weight;
}

// ---- lists ----

static bool has_term(const co_loss_list *list, const char *term) {
  for (int i = 0; i < list->count; i++)
    if (strcmp(list->item[i]->term, term) == 0) return true;
  return false;
}

void co_loss_check_names(const co_list *defs, const co_node *node, co_schema_errors *errors) {
  const co_loss_def *def = defs->item;
  for (int i = 0; i < defs->count; i++)
    for (int j = 0; j < i; j++)
      if (strcmp(def[i].term, def[j].term) == 0)
        co_schema_error(errors, node ? node->child[i] : NULL, "term", "\"%s\" is listed twice",
                        def[i].term);
}

bool co_loss_list_add(co_loss_list *list, const co_list *defs) {
  const co_loss_def *def = defs->item;
  for (int i = 0; i < defs->count; i++) {
    if (has_term(list, def[i].term)) continue;
    if (list->count == CO_MAX_LOSSES) return false;
    list->item[list->count++] = &def[i];
  }
  return true;
}

co_status co_loss_list_write(const co_loss_list *list, co_buf *out) {
  for (int i = 0; i < list->count; i++) {
    co_buf_puts(out, "loss = { ");
    CO_TRY(co_schema_write(&co_loss_schema, list->item[i], out));
    co_buf_puts(out, " };\n");
  }
  return CO_OK;
}

bool co_loss_list_horizon_matters(const co_loss_list *list) {
  bool matters = false;
  for (int i = 0; i < list->count; i++)
    matters = matters || (list->item[i]->schedule == CO_LOSS_LINEAR && list->item[i]->weight > 0);
  return matters;
}

co_status co_loss_check(const co_loss_def *def, const co_algorithm *algorithm,
                        const co_policy *source, const co_policy *target, bool same_output) {
  const co_loss_class *class = co_loss_find(def->term);
  if (!algorithm->takes_losses)
    return co_fail(CO_CONFIG, "%s takes no loss terms", algorithm->name);
  if (!source && class->needs & CO_LOSS_NEEDS_SOURCE)
    return co_fail(CO_CONFIG, "it needs a source policy, and the training starts from none");
  return class->check ? class->check(source, target, same_output) : CO_OK;
}

// ---- of a training ----

static co_status create_loss(co_arena *arena, const co_losses_def *def, int index,
                             co_losses *losses) {
  co_loss *loss = &losses->loss[index];
  const co_loss_def *listed = def->list->item[index];
  *loss = (co_loss){.class = co_loss_find(listed->term),
                    .def = *listed,
                    .mean = NAN,
                    .first_label = losses->num_labels,
                    .log_std_min = def->log_std_min,
                    .kernels = def->kernels};
  loss->def.term = loss->class->name;  // the other one is borrowed until here
  CO_TRY(loss->class->create(arena, losses, def->source, loss));
  assert(loss->scratch_floats % CO_LANES == 0);
  losses->num_labels += loss->num_labels;
  if (loss->scratch_floats > losses->scratch_floats) losses->scratch_floats = loss->scratch_floats;
  return CO_OK;
}

co_status co_losses_create(co_arena *arena, const co_losses_def *def, co_losses *out) {
  *out = (co_losses){.count = def->list ? def->list->count : 0,
                     .total_steps = def->total_steps,
                     .task_rows = def->task_rows};
  for (int i = 0; i < out->count; i++) CO_TRY(create_loss(arena, def, i, out));
  if (!out->scratch_floats) return CO_OK;
  out->scratch = co_arena_alloc(arena, (size_t)def->tasks * out->scratch_floats, sizeof(float));
  return out->scratch ? CO_OK : CO_MEMORY;
}

void co_losses_begin(co_losses *losses, int64_t steps) {
  losses->active = false;
  for (int i = 0; i < losses->count; i++) {
    co_loss *loss = &losses->loss[i];
    loss->coefficient = co_loss_weight(&loss->def, steps, losses->total_steps);
    losses->active = losses->active || loss->coefficient > 0;
  }
}

void co_losses_label(const co_losses *losses, int task, const float *obs, int rows, float *label) {
  assert(rows >= 0 && rows <= losses->task_rows);
  float *scratch = losses->scratch + (size_t)task * losses->scratch_floats;
  for (int i = 0; i < losses->count; i++) {
    const co_loss *loss = &losses->loss[i];
    if (loss->coefficient > 0 && loss->num_labels > 0)
      loss->class->label(loss, obs, rows, scratch, label + loss->first_label, losses->num_labels);
  }
}

void co_losses_add(const co_losses *losses, const co_loss_rows *rows, float *value,
                   int value_stride) {
  assert(rows->count <= value_stride);
  co_loss_rows of = *rows;
  of.num_labels = losses->num_labels;
  for (int i = 0; i < losses->count; i++, value += value_stride) {
    const co_loss *loss = &losses->loss[i];
    if (loss->coefficient > 0)
      loss->class->add(loss, &of, value);
    else
      memset(value, 0, (size_t)rows->count * sizeof *value);
  }
}

void co_losses_end(co_losses *losses, const double *sum, int64_t rows) {
  for (int i = 0; i < losses->count; i++) {
    co_loss *loss = &losses->loss[i];
    loss->mean = loss->coefficient > 0 ? co_learner_mean(sum[i], rows) : (double)NAN;
  }
}

void co_losses_stats(const co_losses *losses, co_learner_stats *out) {
  for (int i = 0; i < losses->count; i++) {
    const co_loss *loss = &losses->loss[i];
    co_learner_metric_put(&co_learner_metrics[loss->class->metric], 0, loss->mean, out);
  }
}

double co_losses_label_flop(const co_losses *losses) {
  double flop = 0;
  for (int i = 0; i < losses->count; i++)
    if (losses->loss[i].coefficient > 0) flop += losses->loss[i].label_flop;
  return flop;
}

// ---- checkpoints ----

// What the terms are, as text.
static co_status write_defs(const co_losses *losses, co_buf *out) {
  for (int i = 0; i < losses->count; i++)
    CO_TRY(co_schema_write(&co_loss_schema, &losses->loss[i].def, out));
  return co_buf_status(out);
}

static void mean_name(const co_loss *loss, char out[64]) {
  snprintf(out, 64, "loss.%s.mean", loss->class->name);
}

co_status co_losses_save(const co_losses *losses, co_buf *pack) {
  if (!losses->count) return CO_OK;
  co_buf text = {0};
  co_status status = write_defs(losses, &text);
  if (status == CO_OK) co_pack_add(pack, "loss.terms", text.data, text.size);
  co_buf_free(&text);
  for (int i = 0; i < losses->count; i++) {
    const co_loss *loss = &losses->loss[i];
    char name[64];
    mean_name(loss, name);
    co_pack_add(pack, name, &loss->mean, sizeof loss->mean);
    if (loss->class->save) loss->class->save(loss, pack);
  }
  return status;
}

static co_status check_defs(const co_losses *losses, const co_pack *pack) {
  size_t size = 0;
  const void *saved = co_pack_find(pack, "loss.terms", &size);
  co_buf text = {0};
  co_status status = write_defs(losses, &text);
  bool same = saved ? size == text.size && memcmp(saved, text.data, size) == 0 : !losses->count;
  co_buf_free(&text);
  CO_TRY(status);
  return same ? CO_OK : co_fail(CO_DATA, "%s: loss.terms: of other loss terms", pack->file);
}

co_status co_losses_load(co_losses *losses, const co_pack *pack) {
  CO_TRY(check_defs(losses, pack));
  for (int i = 0; i < losses->count; i++) {
    co_loss *loss = &losses->loss[i];
    char name[64];
    mean_name(loss, name);
    CO_TRY(co_pack_read(pack, name, &loss->mean, sizeof loss->mean));
    if (loss->class->load) CO_TRY(loss->class->load(loss, pack));
  }
  return CO_OK;
}
