// Layers by their place, in front of a strategy's rules.

#include "core/text.h"
#include "transfer/study/private/by_depth.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

const char *const co_depth_keys[CO_DEPTH_KINDS] = {[CO_DEPTH_RATES] = "rate_decay",
                                                   [CO_DEPTH_FRESH] = "fresh",
                                                   [CO_DEPTH_FREEZE] = "freeze",
                                                   [CO_DEPTH_UNFREEZE] = "unfreeze"};

// The layers that are frozen, or fresh; NULL: of the other kinds.
static const co_by_depth *layers_of(const co_strategy_def *def, co_depth_kind kind) {
  return kind == CO_DEPTH_FRESH ? &def->fresh : kind == CO_DEPTH_FREEZE ? &def->freeze : NULL;
}

bool co_depth_is_said(const co_strategy_def *def, co_depth_kind kind) {
  const co_by_depth *layers = layers_of(def, kind);
  if (layers) return layers->from != NULL;
  return kind == CO_DEPTH_RATES ? !isnan(def->rate_decay) : def->unfreeze.every > 0;
}

bool co_depth_is_there(const co_strategy *strategy, co_depth_kind kind) {
  const co_strategy_def *def = strategy->depth[kind].def;
  if (!def) return false;
  const co_by_depth *layers = layers_of(def, kind);
  if (layers) return layers->actor > 0 || layers->critic > 0;
  return kind != CO_DEPTH_RATES || def->rate_decay > 1;
}

void co_depth_inherit(const co_strategy_def *def, co_strategy *out) {
  for (co_depth_kind kind = 0; kind < CO_DEPTH_KINDS; kind++) {
    if (out->depth[kind].def)
      out->depth[kind].before += def->rules.count;
    else if (co_depth_is_said(def, kind))
      out->depth[kind] = (co_depth_rule){.def = def, .beside_train = out->train != NULL};
  }
}

bool co_depth_has(const co_strategy *strategy, co_depth_kind kind, const co_tensor *tensor,
                  int count, int index) {
  return co_depth_is_there(strategy, kind) &&
         co_depth_selects(layers_of(strategy->depth[kind].def, kind), tensor, count, index);
}

// Of the networks that learn, those with layers in the way.
static bool is_of(const co_tensor *tensor, bool critics) {
  co_tensor_part part = tensor->facts.part;
  return part == CO_PART_ACTOR || (critics && part == CO_PART_CRITIC);
}

static void apply_kind(const co_strategy *strategy, co_depth_kind kind, const co_tensor *tensor,
                       int count, int index, co_tensor_plan *plan) {
  const co_strategy_def *def = strategy->depth[kind].def;
  int place = co_depth_of(tensor, count, index);
  int below = co_depth_layers(tensor, count, tensor[index].facts.part) - 1 - place;
  if (place < 0) return;
  switch (kind) {
    case CO_DEPTH_RATES:
      if (is_of(&tensor[index], true)) plan->rule.rate *= pow(def->rate_decay, -below);
      return;
    case CO_DEPTH_FRESH:
      if (!co_depth_selects(&def->fresh, tensor, count, index)) return;
      plan->init = CO_INIT_FRESH;
      plan->rule.rate = 1;
      return;
    case CO_DEPTH_FREEZE:
      if (co_depth_selects(&def->freeze, tensor, count, index)) plan->rule.rate = 0;
      return;
    default:
      if (is_of(&tensor[index], def->unfreeze.critic))
        plan->rule.from_update = below * def->unfreeze.every;
  }
}

void co_depth_apply(const co_strategy *strategy, int rule, const co_tensor *tensor, int count,
                    int index, co_tensor_plan *plan) {
  for (co_depth_kind kind = 0; kind < CO_DEPTH_KINDS; kind++)
    if (co_depth_is_there(strategy, kind) && strategy->depth[kind].before == rule)
      apply_kind(strategy, kind, tensor, count, index, plan);
}

// ---- as text ----

static co_status write_rates(const co_strategy_def *def, co_buf *out) {
  static const co_field field = {"rate_decay", CO_FIELD_FLOAT,
                                 offsetof(co_strategy_def, rate_decay), .doc = ""};
  static const co_schema schema = {"strategy.rates", sizeof *def, &field, 1, NULL, NULL};
  return co_schema_write(&schema, def, out);
}

static co_status write_kind(const co_strategy_def *def, co_depth_kind kind, co_buf *out) {
  const co_by_depth *layers = layers_of(def, kind);
  if (kind == CO_DEPTH_RATES) return write_rates(def, out);
  co_buf_printf(out, "%s = { ", co_depth_keys[kind]);
  if (layers)
    CO_TRY(co_schema_write(&co_by_depth_schema, layers, out));
  else
    CO_TRY(co_schema_write(&co_unfreeze_schema, &def->unfreeze, out));
  co_buf_puts(out, " };\n");
  return CO_OK;
}

co_status co_depth_write(const co_strategy *strategy, int rule, co_buf *out) {
  for (co_depth_kind kind = 0; kind < CO_DEPTH_KINDS; kind++)
    if (co_depth_is_there(strategy, kind) && strategy->depth[kind].before == rule)
      CO_TRY(write_kind(strategy->depth[kind].def, kind, out));
  return CO_OK;
}

void co_depth_say(const co_strategy *strategy, co_depth_kind kind, char *out, size_t size) {
  const co_by_depth *layers = layers_of(strategy->depth[kind].def, kind);
  if (!layers) {
    snprintf(out, size, "%s", co_depth_keys[kind]);
    return;
  }
  char part[2][48] = {"", ""};
  if (layers->actor) snprintf(part[0], sizeof part[0], "actor = %" PRId64 "; ", layers->actor);
  if (layers->critic) snprintf(part[1], sizeof part[1], "critic = %" PRId64 "; ", layers->critic);
  snprintf(out, size, "%s = { %s%sfrom = \"%s\"; }", co_depth_keys[kind], part[0], part[1],
           layers->from);
}

// ---- what can't be ----

enum { SAID = 128 };  // characters of a member

static co_status check_number(const co_strategy *strategy, co_depth_kind kind, int64_t selected,
                              const char *whose, int there) {
  if (selected <= there) return CO_OK;
  char said[SAID];
  co_depth_say(strategy, kind, said, sizeof said);
  if (!there)
    return co_fail(CO_CONFIG, "strategy \"%s\": %s: %s has no layers where it trains",
                   strategy->name, said, whose);
  return co_fail(CO_CONFIG, "strategy \"%s\": %s: %s has %d layer%s", strategy->name, said, whose,
                 there, there == 1 ? "" : "s");
}

static co_status check_train(const co_strategy *strategy, co_depth_kind kind,
                             const co_tensor *tensor) {
  bool trains = co_glob_match(strategy->train, tensor->name);
  bool freezes = kind == CO_DEPTH_FREEZE;
  bool everything = strcmp(strategy->train, "*") == 0;
  if (!strategy->depth[kind].beside_train || trains != freezes || everything) return CO_OK;
  char said[SAID];
  co_depth_say(strategy, kind, said, sizeof said);
  return co_fail(CO_CONFIG, "strategy \"%s\": %s %s %s, and train = \"%s\" %s: say one of the two",
                 strategy->name, said, freezes ? "freezes" : "trains", tensor->name,
                 strategy->train, freezes ? "lets it move" : "freezes it");
}

static co_status check_drawn(const co_strategy *strategy, const co_tensor *tensor, int count,
                             int index) {
  if (!co_depth_has(strategy, CO_DEPTH_FRESH, tensor, count, index)) return CO_OK;
  return co_fail(CO_CONFIG,
                 "strategy \"%s\": freeze and fresh both select %s, which would stay as it was "
                 "drawn",
                 strategy->name, tensor[index].name);
}

co_status co_depth_check(const co_strategy *strategy, co_depth_kind kind, const co_tensor *tensor,
                         int count) {
  if (!co_depth_is_there(strategy, kind)) return CO_OK;
  const co_strategy_def *def = strategy->depth[kind].def;
  const co_by_depth *layers = layers_of(def, kind);
  int critic = co_depth_layers(tensor, count, CO_PART_CRITIC);
  if (kind == CO_DEPTH_UNFREEZE && def->unfreeze.critic)
    return check_number(strategy, kind, 1, "a critic", critic > 0);
  if (!layers) return CO_OK;
  CO_TRY(check_number(strategy, kind, layers->actor, "the actor",
                      co_depth_layers(tensor, count, CO_PART_ACTOR)));
  CO_TRY(check_number(strategy, kind, layers->critic, "a critic", critic));
  for (int i = 0; i < count; i++) {
    if (!co_depth_selects(layers, tensor, count, i)) continue;
    CO_TRY(check_train(strategy, kind, &tensor[i]));
    if (kind == CO_DEPTH_FREEZE) CO_TRY(check_drawn(strategy, tensor, count, i));
  }
  return CO_OK;
}

co_status co_depth_check_plan(const co_strategy *strategy, const co_tensor *tensor, int count,
                              const co_tensor_plan *plan) {
  if (!co_depth_is_there(strategy, CO_DEPTH_UNFREEZE)) return CO_OK;
  bool critics = strategy->depth[CO_DEPTH_UNFREEZE].def->unfreeze.critic;
  for (int i = 0; i < count; i++)
    if (is_of(&tensor[i], critics) && co_depth_of(tensor, count, i) >= 0 && plan[i].rule.rate > 0)
      return CO_OK;
  return co_fail(CO_CONFIG, "strategy \"%s\": unfreeze opens no layer, since all stay frozen",
                 strategy->name);
}
