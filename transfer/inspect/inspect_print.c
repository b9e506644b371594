// The object of inspect as text for people.

#include "agents/contract/answers.h"
#include "agents/contract/contract.h"
#include "transfer/inspect/inspect.h"
#include "transfer/inspect/private/parts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const char *co_inspect_text(const co_json *object, const char *key) {
  const char *text = co_json_get_string(object, key);
  return text ? text : "-";
}

// "64 x 11", "" of a scalar
static void shape_text(const co_json *tensor, char *out, size_t size) {
  const co_json *shape = co_json_get(tensor, "shape");
  size_t used = 0;
  out[0] = '\0';
  for (size_t i = 0; i < co_json_count(shape) && used < size; i++)
    used += (size_t)snprintf(out + used, size - used, "%s%.0f", i ? " x " : "",
                             co_json_as_number(co_json_at(shape, i), 0));
}

enum { SHAPE = 32 };

static void column_widths(const co_json *tensors, int *name, int *shape) {
  *name = (int)strlen("tensor");
  *shape = (int)strlen("shape");
  for (size_t i = 0; i < co_json_count(tensors); i++) {
    const co_json *tensor = co_json_at(tensors, i);
    char text[SHAPE];
    shape_text(tensor, text, sizeof text);
    int length = (int)strlen(co_inspect_text(tensor, "name"));
    if (length > *name) *name = length;
    if ((int)strlen(text) > *shape) *shape = (int)strlen(text);
  }
}

static void print_tensors(const co_json *tensors, co_buf *out) {
  if (co_json_count(tensors) == 0) return;
  int name, shape;
  column_widths(tensors, &name, &shape);
  co_buf_printf(out, "\n%-*s  %-*s  %-5s  %11s  %11s  %s\n", name, "tensor", shape, "shape", "type",
                "mean", "std", "hash");
  for (size_t i = 0; i < co_json_count(tensors); i++) {
    const co_json *tensor = co_json_at(tensors, i);
    char text[SHAPE];
    shape_text(tensor, text, sizeof text);
    co_buf_printf(out, "%-*s  %-*s  %-5s  %11.4g  %11.4g  %s\n", name,
                  co_inspect_text(tensor, "name"), shape, text, co_inspect_text(tensor, "dtype"),
                  co_json_get_number(tensor, "mean", NAN), co_json_get_number(tensor, "std", NAN),
                  co_inspect_text(tensor, "hash"));
  }
}

// "low to high", each "-" where there is no bound
static void print_bounds(const co_json *low, const co_json *high, co_buf *out) {
  const co_json *bound[2] = {low, high};
  for (int i = 0; i < 2; i++) {
    co_buf_puts(out, i ? " to " : "");
    if (co_json_is_number(bound[i])) {
      co_buf_printf(out, "%g", co_json_as_number(bound[i], 0));
    } else {
      co_buf_puts(out, "-");
    }
  }
}

static void print_scaling(const co_json *element, co_buf *out) {
  double scale = co_json_get_number(element, "scale", 1),
         offset = co_json_get_number(element, "offset", 0);
  if (scale != 1) co_buf_printf(out, ", scale %g", scale);
  if (offset != 0) co_buf_printf(out, ", offset %g", offset);
}

// Nothing where a value is the present one, and exact.
static void print_signal(const co_json *element, co_buf *out) {
  double delay = co_json_get_number(element, "delay", 0);
  double noise = co_json_get_number(element, "noise", 0);
  const char *quantity = co_json_get_string(element, "quantity");
  if (quantity) co_buf_printf(out, ", %s of %s", quantity, co_inspect_text(element, "of"));
  if (delay > 0) co_buf_printf(out, ", %g steps old", delay);
  if (noise > 0) co_buf_printf(out, ", noise %g", noise);
}

static void print_observation(const co_json *list, co_buf *out) {
  co_buf_printf(out, "\nobservation (%zu)\n", co_json_count(list));
  for (size_t i = 0; i < co_json_count(list); i++) {
    const co_json *element = co_json_at(list, i), *clip = co_json_get(element, "clip");
    co_buf_printf(out, "  %3zu  %s [%s]", i, co_inspect_text(element, "name"),
                  co_inspect_text(element, "unit"));
    print_scaling(element, out);
    if (co_json_is_array(clip)) {
      co_buf_puts(out, ", clip ");
      print_bounds(co_json_at(clip, 0), co_json_at(clip, 1), out);
    }
    const char *frame = co_json_get_string(element, "frame");
    if (frame) co_buf_printf(out, ", seen from %s", frame);
    print_signal(element, out);
    co_buf_puts(out, "\n");
  }
}

// What a torque that follows a target is made of; nothing where there is none.
static void print_gains(const co_json *element, co_buf *out) {
  static const char *const key[] = {"kp", "kd", "torque_limit"}, *const name[] = {"kp", "kd",
                                                                                  "limit"};
  for (int i = 0; i < 3; i++) {
    double value = co_json_get_number(element, key[i], NAN);
    if (!isnan(value)) co_buf_printf(out, ", %s %g", name[i], value);
  }
}

// What stands between the control and its joint.
static void print_drive(const co_json *drive, co_buf *out) {
  static const char *const key[] = {"gear", "kp", "kv"};
  const char *joint = co_json_get_string(drive, "joint");
  if (!drive) return;
  co_buf_printf(out, "; %s", co_inspect_text(drive, "kind"));
  if (joint) co_buf_printf(out, " of %s", joint);
  for (int i = 0; i < 3; i++) {
    double value = co_json_get_number(drive, key[i], NAN);
    if (!isnan(value)) co_buf_printf(out, ", %s %g", key[i], value);
  }
}

// Ranges: of an actor that was trained with other bounds; may be NULL.
static void print_action(const co_json *list, const char *output, const co_json *ranges,
                         co_buf *out) {
  co_buf_printf(out, "\naction (%zu), output %s\n", co_json_count(list),
                strcmp(output, "range") == 0  ? "in units of the range"
                : strcmp(output, "tanh") == 0 ? "through tanh, in units of the range"
                                              : output);
  for (size_t i = 0; i < co_json_count(list); i++) {
    const co_json *element = co_json_at(list, i);
    co_buf_printf(out, "  %3zu  %s [%s] %s, ", i, co_inspect_text(element, "name"),
                  co_inspect_text(element, "unit"), co_inspect_text(element, "kind"));
    print_bounds(co_json_get(element, "low"), co_json_get(element, "high"), out);
    print_scaling(element, out);
    print_gains(element, out);
    print_drive(co_json_get(element, "drive"), out);
    if (co_json_count(ranges) > i) {
      const co_json *range = co_json_at(ranges, i);
      co_buf_puts(out, ", the range of the output is ");
      print_bounds(co_json_get(range, "low"), co_json_get(range, "high"), out);
    }
    co_buf_puts(out, "\n");
  }
}

static void print_command(const co_json *list, co_buf *out) {
  for (size_t i = 0; i < co_json_count(list); i++) {
    const co_json *element = co_json_at(list, i);
    co_buf_printf(out, "  command     %s [%s], ", co_inspect_text(element, "name"),
                  co_inspect_text(element, "unit"));
    print_bounds(co_json_get(element, "low"), co_json_get(element, "high"), out);
    co_buf_puts(out, "\n");
  }
}

// nothing where the pose is unknown or empty
static void print_pose(const co_json *pose, co_buf *out) {
  for (size_t i = 0; i < co_json_count(pose); i++)
    co_buf_printf(out, "%s%s %g", i ? ", " : "  pose        ", co_json_key_at(pose, i),
                  co_json_as_number(co_json_value_at(pose, i), NAN));
  if (co_json_count(pose)) co_buf_puts(out, "\n");
}

static void print_numbers(const co_json *numbers, co_buf *out) {
  for (size_t i = 0; i < co_json_count(numbers); i++)
    co_buf_printf(out, "%s%g", i ? " " : "", co_json_as_number(co_json_at(numbers, i), NAN));
}

// Which way joints turn, where frames are, how clocks go.
static void print_geometry(const co_json *contract, co_buf *out) {
  const co_json *joints = co_json_get(contract, "joints"),
                *frames = co_json_get(contract, "frames"),
                *clocks = co_json_get(contract, "clocks");
  for (size_t i = 0; i < co_json_count(joints); i++) {
    const co_json *joint = co_json_at(joints, i);
    co_buf_printf(out, "%s%s ", i ? ", " : "  axes        ", co_inspect_text(joint, "name"));
    print_numbers(co_json_get(joint, "axis"), out);
  }
  if (co_json_count(joints)) co_buf_puts(out, "\n");
  for (size_t i = 0; i < co_json_count(frames); i++) {
    const co_json *frame = co_json_at(frames, i);
    co_buf_printf(out, "  frame       %s in %s at ", co_inspect_text(frame, "name"),
                  co_inspect_text(frame, "body"));
    print_numbers(co_json_get(frame, "pos"), out);
    co_buf_puts(out, ", turned ");
    print_numbers(co_json_get(frame, "quat"), out);
    co_buf_puts(out, "\n");
  }
  for (size_t i = 0; i < co_json_count(clocks); i++) {
    const co_json *clock = co_json_at(clocks, i);
    co_buf_printf(out, "  clock       %s, period %g s\n", co_inspect_text(clock, "name"),
                  co_json_get_number(clock, "period", NAN));
  }
}

static void print_draw(const co_json *shift, co_buf *out) {
  const co_json *draw = co_json_get(shift, "draw"), *clip = co_json_get(draw, "clip");
  co_shift_info read = {.distribution = "drawn",
                        .each = co_json_get_bool(draw, "each", false),
                        .from = co_json_get_number(draw, "from", 0),
                        .over = co_json_get_int(draw, "over", 0)};
  for (size_t k = 0; k < co_json_count(clip) && k < sizeof read.clip / sizeof *read.clip; k++)
    read.clip[read.num_clip++] = co_json_as_number(co_json_at(clip, k), NAN);
  if (draw) co_shift_put_draw(&read, out);
}

static void print_domain(const co_json *domain, co_buf *out) {
  for (size_t i = 0; i < co_json_count(domain); i++) {
    const co_json *shift = co_json_at(domain, i), *value = co_json_get(shift, "value");
    const char *select = co_inspect_text(shift, "select");
    co_buf_printf(out, "  shift       %s%s%s %s", co_inspect_text(shift, "parameter"),
                  *select ? " of " : "", select, co_inspect_text(shift, "operation"));
    if (co_json_get_string(shift, "distribution"))
      co_buf_printf(out, " %s", co_inspect_text(shift, "distribution"));
    for (size_t k = 0; k < co_json_count(value); k++)
      co_buf_printf(out, " %g", co_json_as_number(co_json_at(value, k), NAN));
    print_draw(shift, out);
    co_buf_puts(out, "\n");
  }
}

static void put_widths(const co_json *layers, co_buf *out) {
  for (size_t i = 0; i < co_json_count(layers); i++)
    co_buf_printf(out, "%s%.0f", i ? ", " : "", co_json_as_number(co_json_at(layers, i), 0));
}

static void print_network(const co_json *network, co_buf *out) {
  const co_json *layers = co_json_get(network, "layers"), *memory = co_json_get(network, "memory");
  co_buf_puts(out, "  network     ");
  if (memory)
    co_buf_printf(out, "%s %.0f, then ", co_inspect_text(memory, "cell"),
                  co_json_as_number(co_json_get(memory, "width"), 0));
  put_widths(layers, out);
  co_buf_printf(out, "%s%s", co_json_count(layers) ? " " : "linear, ",
                co_inspect_text(network, "activation"));
  int64_t critics = co_json_get_int(network, "critics", 0);  // told where they are not as usual
  if (critics > 0) co_buf_printf(out, ", %d critic%s", (int)critics, critics > 1 ? "s" : "");
  co_buf_puts(out, "\n");
  const co_json *residual = co_json_get(network, "residual");
  if (!residual) return;
  co_buf_puts(out, "  residual    ");
  put_widths(co_json_get(residual, "layers"), out);
  co_buf_printf(out, " %s, adds at most %g\n", co_inspect_text(residual, "activation"),
                co_json_get_number(residual, "scale", NAN));
}

static void print_world(const co_json *contract, co_buf *out) {
  const co_json *timing = co_json_get(contract, "timing"), *task = co_json_get(contract, "task");
  const co_json *model = co_json_get(contract, "model");
  co_buf_printf(out, "  task        %s (%s)\n", co_inspect_text(task, "name"),
                co_inspect_text(task, "hash"));
  co_buf_printf(out, "  model       %s (%s), %s\n", co_inspect_text(model, "name"),
                co_inspect_text(model, "hash"), co_inspect_text(contract, "engine"));
  print_domain(co_json_get(contract, "domain"), out);
  print_pose(co_json_get(contract, "default_pose"), out);
  print_geometry(contract, out);
  print_command(co_json_get(contract, "command"), out);
  co_buf_printf(out, "  timing      %g s a control step: %lld physics steps of %g s; observed %s\n",
                co_json_get_number(timing, "control_dt", NAN),
                (long long)co_json_get_int(timing, "substeps", 0),
                co_json_get_number(timing, "timestep", NAN), co_inspect_text(contract, "observe"));
  int64_t history = co_json_get_int(co_json_get(contract, "history"), "length", 0);
  if (history > 1) {
    const co_json *past = co_json_get(contract, "history");
    bool frames = strcmp(co_inspect_text(past, "layout"), "frame") == 0;
    bool zero = strcmp(co_inspect_text(past, "reset"), "first") != 0;
    bool newest = strcmp(co_inspect_text(past, "order"), "newest_first") == 0;
    co_buf_printf(out, "  history     %lld %s, %s first%s\n", (long long)history,
                  frames ? "frames" : "values", newest ? "newest" : "oldest",
                  zero ? ", from zeros on" : "");
  }
}

static void print_expected(const co_json *expected, co_buf *out) {
  const co_json *interval = co_json_get(expected, "interval");
  co_buf_printf(out, "  expected    %s %.6g, std %.4g over %lld episode%s\n",
                co_inspect_text(expected, "metric"), co_json_get_number(expected, "mean", NAN),
                co_json_get_number(expected, "std", NAN),
                (long long)co_json_get_int(expected, "episodes", 0),
                co_json_get_int(expected, "episodes", 0) == 1 ? "" : "s");
  if (interval)
    co_buf_printf(out, "              IQM %.6g, %g %% interval %.6g to %.6g, seed %lld\n",
                  co_json_get_number(interval, "iqm", NAN),
                  100 * co_json_get_number(interval, "confidence", NAN),
                  co_json_get_number(interval, "lo", NAN), co_json_get_number(interval, "hi", NAN),
                  (long long)co_json_get_int(interval, "seed", 0));
}

static void print_training(const co_json *contract, co_buf *out) {
  const co_json *norm = co_json_get(contract, "normaliser"),
                *training = co_json_get(contract, "training");
  const co_json *expected = co_json_get(contract, "expected");
  co_buf_printf(out, "  normaliser  %.0f samples, clip ", co_json_get_number(norm, "count", 0));
  if (co_json_is_number(co_json_get(norm, "clip"))) {
    co_buf_printf(out, "%g\n", co_json_get_number(norm, "clip", 0));
  } else {
    co_buf_puts(out, "-\n");
  }
  co_buf_printf(
      out, "  training    %s, %lld steps, seed %lld number %lld, parent %s\n",
      co_inspect_text(training, "algorithm"), (long long)co_json_get_int(training, "steps", 0),
      (long long)co_json_get_int(training, "seed", 0),
      (long long)co_json_get_int(training, "seed_number", 0), co_inspect_text(training, "parent"));
  if (expected) print_expected(expected, out);
  const char *note = co_json_get_string(contract, "note");
  if (note) co_buf_printf(out, "  note        %s\n", note);
}

static void print_contract(const co_json *contract, co_buf *out) {
  if (co_json_count(contract) == 0) return;
  print_observation(co_json_get(contract, "observation"), out);
  print_action(co_json_get(contract, "action"), co_inspect_text(contract, "output"),
               co_json_get(contract, "output_range"), out);
  co_buf_puts(out, "\n");
  print_world(contract, out);
  print_network(co_json_get(contract, "network"), out);
  print_training(contract, out);
}

// What is not first-hand: each fact with the place that it is known from.
static void print_origins(const co_json *facts, co_buf *out) {
  bool first_hand = true;
  for (size_t i = 0; i < co_json_count(facts); i++)
    first_hand = first_hand && strcmp(co_inspect_text(co_json_at(facts, i), "from"),
                                      co_origin_names[CO_FROM_TRAINED]) == 0;
  if (first_hand) return;
  co_buf_puts(out, "\nwhat is known, and from where\n");
  co_answers_print(facts, out);
}

static void print_texts(const char *title, const co_json *texts, const char *between, co_buf *out) {
  if (co_json_count(texts) == 0) return;
  co_buf_puts(out, title);
  for (size_t i = 0; i < co_json_count(texts); i++) {
    const char *text = co_json_as_string(co_json_at(texts, i));
    co_buf_printf(out, "%s%s", i ? between : "", text ? text : "?");
  }
  co_buf_puts(out, "\n");
}

// ---- what a task's world consists of

static void print_entry(const co_json *entry, co_buf *out) {
  const char *unit = co_json_get_string(entry, "unit"), *kind = co_json_get_string(entry, "kind");
  const char *joint = co_json_get_string(entry, "joint");
  co_buf_printf(out, "  %3lld  %s", (long long)co_json_get_int(entry, "index", 0),
                co_inspect_text(entry, "name"));
  if (unit) co_buf_printf(out, " [%s]", unit);
  if (kind) co_buf_printf(out, ", %s", kind);
  if (joint) co_buf_printf(out, " of %s", joint);
  if (co_json_is_number(co_json_get(entry, "low")) ||
      co_json_is_number(co_json_get(entry, "high"))) {
    co_buf_puts(out, ", ");
    print_bounds(co_json_get(entry, "low"), co_json_get(entry, "high"), out);
  }
  const co_json *names = co_json_get(entry, "coordinates");
  for (size_t i = 0; co_json_count(names) > 1 && i < co_json_count(names); i++)
    co_buf_printf(out, "%s%s", i ? " " : ": ", co_json_as_string(co_json_at(names, i)));
  co_buf_puts(out, "\n");
}

// A list under its own name, or under those of its blocks.
static void print_entries(const co_json *object, const char *key, co_buf *out) {
  const co_json *list = co_json_get(object, key);
  const char *title = NULL;
  for (size_t i = 0; i < co_json_count(list); i++) {
    const co_json *entry = co_json_at(list, i);
    const char *block = co_json_get_string(entry, "block"), *now = block ? block : key;
    if (!title || strcmp(title, now) != 0) co_buf_printf(out, "\n%s\n", now);
    title = now;
    print_entry(entry, out);
  }
}

static void print_groups(const co_json *groups, co_buf *out) {
  if (co_json_count(groups)) co_buf_puts(out, "\ngeoms by group\n");
  for (size_t i = 0; i < co_json_count(groups); i++) {
    const co_json *group = co_json_at(groups, i), *names = co_json_get(group, "geoms");
    co_buf_printf(out, "  %3lld ", (long long)co_json_get_int(group, "group", 0));
    for (size_t k = 0; k < co_json_count(names); k++)
      co_buf_printf(out, " %s", co_json_as_string(co_json_at(names, k)));
    co_buf_puts(out, "\n");
  }
}

static void print_world_parts(const co_json *object, co_buf *out) {
  static const char *const keys[] = {"elements", "joints",  "actuators",
                                     "sensors",  "cameras", "keyframes"};
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) print_entries(object, keys[i], out);
  print_groups(co_json_get(object, "geom_groups"), out);
}

void co_inspect_print(const co_json *object, co_buf *out) {
  co_buf_printf(out, "%s  %s  %s\n", co_inspect_text(object, "kind"),
                co_inspect_text(object, "path"), co_inspect_text(object, "hash"));
  print_tensors(co_json_get(object, "tensors"), out);
  co_inspect_print_program(object, out);
  print_contract(co_json_get(object, "contract"), out);
  print_origins(co_json_get(object, "facts"), out);
  co_inspect_print_onnx(object, out);
  print_texts("  keys        ", co_json_get(object, "keys"), ", ", out);
  print_world_parts(object, out);
  const co_json *trials = co_json_get(object, "trials");
  if (co_json_is_object(trials))
    co_buf_printf(out, "  trials      %lld of %lld done\n",
                  (long long)co_json_get_int(trials, "done", 0),
                  (long long)co_json_get_int(trials, "total", 0));
  print_texts("\nproblem: ", co_json_get(object, "problems"), "\nproblem: ", out);
}
