// Learning curves of one target: IQM with its interval band per strategy, then each strategy alone
// with every seed. What learns from data alone takes no env steps and is drawn alone only.

#include "transfer/report/private/parts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HEIGHT = 300, SMALL_HEIGHT = 150, LABEL_STEP = 15, LABEL_MAX = 18, POINTS_MAX = 1000 };
enum { HEAD = 22, TOGETHER_HEIGHT = HEAD + HEIGHT + 42 };  // with the titles of the axes
enum {
  THIN_LINES = 40
};  // at most in one chart: more are an area, in which no seed can be followed

typedef enum curve_unit { ENV_STEPS, GRADIENT_STEPS, UNITS } curve_unit;
static const char *const unit_names[UNITS] = {"env steps", "gradient steps"};

// One strategy's curve in plot coordinates, read from an entry of curves[].
typedef struct curve {
  int strategy;
  curve_unit unit;
  const co_json *entry;
  int points;
  double *step, *iqm, *lo, *hi;  // (points), NAN where not measured
} curve;

typedef struct curves {
  co_arena arena;
  curve *curve;  // (count) those over env steps, `together` in one chart, first
  int count, together;
  co_svg_axis x[UNITS], y;
  double random, oracle;
} curves;

static double *read_numbers(co_arena *arena, const co_json *array, int count) {
  double *value = co_arena_alloc(arena, (size_t)count, sizeof *value);
  for (int i = 0; value && i < count; i++) {
    value[i] =
        co_json_is_array(array) ? co_report_number(co_json_at(array, (size_t)i)) : (double)NAN;
  }
  return value;
}

static curve_unit unit_of(const co_json *entry) {
  const char *name = co_json_get_string(entry, "unit");
  return name && strcmp(name, unit_names[GRADIENT_STEPS]) == 0 ? GRADIENT_STEPS : ENV_STEPS;
}

static bool read_curve(curves *all, const co_json *entry, int strategy) {
  const co_json *step = co_json_get(entry, "step");
  size_t points = co_json_is_array(step) ? co_json_count(step) : 0;
  if (points == 0 || points > POINTS_MAX) return true;
  curve *c = &all->curve[all->count];
  *c = (curve){.strategy = strategy, .unit = unit_of(entry), .entry = entry, .points = (int)points};
  c->step = read_numbers(&all->arena, step, c->points);
  c->iqm = read_numbers(&all->arena, co_json_get(entry, "iqm"), c->points);
  c->lo = read_numbers(&all->arena, co_json_get(entry, "lo"), c->points);
  c->hi = read_numbers(&all->arena, co_json_get(entry, "hi"), c->points);
  if (!c->step || !c->iqm || !c->lo || !c->hi) return false;
  int drawn = 0;
  for (int i = 0; i < c->points; i++) drawn += isfinite(c->step[i]) && isfinite(c->iqm[i]);
  all->count += drawn > 0;
  return true;
}

static const co_json *seed_curve(const curve *c, size_t seed) {
  const co_json *seeds = co_json_get(c->entry, "seeds");
  return co_json_is_array(seeds) ? co_json_at(seeds, seed) : NULL;
}

static size_t seeds_of(const curve *c) {
  const co_json *seeds = co_json_get(c->entry, "seeds");
  return co_json_is_array(seeds) ? co_json_count(seeds) : 0;
}

static void cover(curves *all, const curve *c) {
  for (int i = 0; i < c->points; i++) {
    co_svg_axis_cover(&all->x[c->unit], c->step[i]);
    co_svg_axis_cover(&all->y, c->iqm[i]);
    co_svg_axis_cover(&all->y, c->lo[i]);
    co_svg_axis_cover(&all->y, c->hi[i]);
  }
  for (size_t s = 0; s < seeds_of(c); s++) {
    const co_json *seed = seed_curve(c, s);
    for (int i = 0; co_json_is_array(seed) && i < c->points; i++) {
      co_svg_axis_cover(&all->y, co_report_number(co_json_at(seed, (size_t)i)));
    }
  }
}

static bool read_curves(const co_report *report, int pair, curves *all) {
  *all = (curves){.random = co_report_reference(report, report->pair[pair].target, "random"),
                  .oracle = co_report_reference(report, report->pair[pair].target, "oracle")};
  all->curve = co_arena_alloc(&all->arena, (size_t)report->strategies, sizeof *all->curve);
  if (!all->curve) return false;
  for (curve_unit unit = 0; unit < UNITS; unit++) {
    for (int i = 0; i < report->strategies; i++) {
      const co_json *entry = co_report_entry(report, "curves", pair, i);
      if (entry && unit_of(entry) == unit && !read_curve(all, entry, i)) return false;
    }
    if (unit == ENV_STEPS) all->together = all->count;
  }
  for (int i = 0; i < all->count; i++) cover(all, &all->curve[i]);
  co_svg_axis_cover(&all->y, all->random);
  co_svg_axis_cover(&all->y, all->oracle);
  for (int unit = 0; unit < UNITS; unit++) co_svg_axis_finish(&all->x[unit], 4, 0);
  co_svg_axis_finish(&all->y, 6, 0.06);
  return true;
}

// ---- drawing

static double y_at(const curves *all, double value, double height) {
  return isfinite(value) ? height * (1 - co_svg_axis_at(&all->y, value)) : (double)NAN;
}

static void put_axes(co_buf *out, const curves *all, const co_svg_axis *axis, double height,
                     bool small) {
  char text[CO_NUMBER_MAX];
  for (int i = 0; i < all->y.ticks; i += small ? 2 : 1) {
    double y = y_at(all, all->y.tick[i], height);
    co_format_tick(all->y.tick[i], all->y.step, text);
    co_svg_horizontal(out, "gridline", 0, 1, y);
    co_svg_text(out, "tick", CO_SVG_END, 0, -8, y + 4, text);
  }
  for (int i = 0; i < axis->ticks; i++) {
    double x = co_svg_axis_at(axis, axis->tick[i]);
    co_format_tick(axis->tick[i], axis->step, text);
    co_svg_vertical(out, "gridline", x, height, height + 4);
    co_svg_text(out, "tick", CO_SVG_MIDDLE, x, 0, height + 18, text);
  }
  if (small) return;
  co_svg_text(out, "unit", CO_SVG_START, 0, -46, -9, "IQM of the return");
  co_svg_text(out, "unit", CO_SVG_MIDDLE, 0.5, 0, height + 37,
              "training in the target [env steps]");
}

static void put_reference(co_buf *out, const curves *all, const char *css, double value) {
  if (isfinite(value)) co_svg_horizontal(out, css, 0, 1, y_at(all, value, HEIGHT));
}

// "oracle 790"
static void put_reference_name(co_buf *out, const char *name, double value) {
  char number[CO_NUMBER_MAX];
  co_format_number(value, 0, false, number);
  co_buf_printf(out, "%s %s", name, number);
}

// plot coordinates of `value` over the curve's steps; the caller's arrays have c->points
static void place(const curves *all, const curve *c, const double *value, double height, double *x,
                  double *y) {
  for (int i = 0; i < c->points; i++) {
    x[i] = isfinite(c->step[i]) ? co_svg_axis_at(&all->x[c->unit], c->step[i]) : (double)NAN;
    y[i] = y_at(all, value[i], height);
  }
}

static void put_band(co_buf *out, curves *all, const curve *c, int color, double height) {
  co_arena_mark mark = co_arena_get_mark(&all->arena);
  double *x = co_arena_alloc(&all->arena, (size_t)c->points, sizeof *x);
  double *lower = co_arena_alloc(&all->arena, (size_t)c->points, sizeof *lower);
  double *upper = co_arena_alloc(&all->arena, (size_t)c->points, sizeof *upper);
  if (x && lower && upper) {
    place(all, c, c->lo, height, x, lower);
    place(all, c, c->hi, height, x, upper);
    co_svg_area(out, "band", color, height, x, lower, upper, c->points);
  } else {
    out->failed = true;
  }
  co_arena_release(&all->arena, mark);
}

// a line over the steps; a curve of one point (no training) is level
static void put_values(co_buf *out, curves *all, const curve *c, const char *css, int color,
                       const double *value, double height) {
  co_arena_mark mark = co_arena_get_mark(&all->arena);
  double *x = co_arena_alloc(&all->arena, (size_t)c->points, sizeof *x);
  double *y = co_arena_alloc(&all->arena, (size_t)c->points, sizeof *y);
  if (!x || !y) {
    out->failed = true;
  } else if (c->points == 1) {
    char level[48];
    snprintf(level, sizeof level, "%.20s level c%d", css, color);
    if (isfinite(value[0])) co_svg_horizontal(out, level, 0, 1, y_at(all, value[0], height));
  } else {
    place(all, c, value, height, x, y);
    co_svg_line(out, css, color, height, x, y, c->points);
  }
  co_arena_release(&all->arena, mark);
}

static void put_points(co_buf *out, const co_report *report, const curves *all, const curve *c,
                       double height) {
  for (int i = 0; i < c->points; i++) {
    if (!isfinite(c->step[i]) || !isfinite(c->iqm[i])) continue;
    co_estimate at = {c->iqm[i], c->lo[i], c->hi[i], 0, 0, NULL};
    co_buf title = {0};
    char step[CO_NUMBER_MAX];
    co_format_number(c->step[i], 0, false, step);
    co_buf_printf(&title, "%s, step %s: ", report->strategy[c->strategy], step);
    co_put_estimate(&title, &at, false);
    co_svg_mark(out, "node", co_report_color(report, c->strategy),
                co_report_mark(report, c->strategy), co_svg_axis_at(&all->x[c->unit], c->step[i]),
                y_at(all, c->iqm[i], height), title.data);
    out->failed |= title.failed;
    co_buf_free(&title);
  }
}

// ---- names at the right end of curves and references, moved apart

typedef struct end_label {
  int strategy;           // -1: a reference
  const char *reference;  // its name
  double value, y;
} end_label;

static int by_height(const void *a, const void *b) {
  const end_label *left = a, *right = b;
  if (left->y != right->y) return left->y < right->y ? -1 : 1;
  return left->strategy - right->strategy;
}

static double last_value(const curve *c) {
  for (int i = c->points - 1; i >= 0; i--) {
    if (isfinite(c->iqm[i])) return c->iqm[i];
  }
  return NAN;
}

// pushes down what overlaps, then up what has left the plot
static void move_apart(end_label *label, int count) {
  qsort(label, (size_t)count, sizeof *label, by_height);
  for (int i = 1; i < count; i++) label[i].y = fmax(label[i].y, label[i - 1].y + LABEL_STEP);
  double limit = HEIGHT;
  for (int i = count - 1; i >= 0; i--, limit -= LABEL_STEP) label[i].y = fmin(label[i].y, limit);
}

// The mark tells strategies apart whose colour is the same.
static void put_end_label(co_buf *out, const co_report *report, const end_label *label) {
  co_buf name = {0};
  char css[32] = "end end-reference";
  if (label->strategy < 0) {
    put_reference_name(&name, label->reference, label->value);
  } else {
    int color = co_report_color(report, label->strategy);
    co_put_plain(&name, report->strategy[label->strategy], LABEL_MAX);
    snprintf(css, sizeof css, "end c%d", color);
    co_buf_puts(out, "<g transform=\"translate(16 0)\">");
    co_svg_mark(out, "end", color, co_report_mark(report, label->strategy), 1, label->y, NULL);
    co_buf_puts(out, "</g>\n");
  }
  co_svg_text(out, css, CO_SVG_START, 1, 26, label->y + 4, name.data ? name.data : "");
  out->failed |= name.failed;
  co_buf_free(&name);
}

static void put_end_labels(co_buf *out, const co_report *report, curves *all) {
  const end_label reference[] = {{-1, "random", all->random, 0}, {-1, "oracle", all->oracle, 0}};
  end_label *label = co_arena_alloc(&all->arena, (size_t)all->together + 2, sizeof *label);
  int count = 0;
  if (!label) {
    out->failed = true;
    return;
  }
  for (int i = 0; i < all->together; i++)
    label[count++] = (end_label){all->curve[i].strategy, NULL, last_value(&all->curve[i]), 0};
  for (int i = 0; i < 2; i++)
    if (isfinite(reference[i].value)) label[count++] = reference[i];
  for (int i = 0; i < count; i++) label[i].y = y_at(all, label[i].value, HEIGHT);
  move_apart(label, count);
  for (int i = 0; i < count; i++) put_end_label(out, report, &label[i]);
}

// ---- figures

static void put_together(co_buf *out, const co_report *report, curves *all) {
  if (all->together == 0) return;
  co_svg_open(out, "curves", TOGETHER_HEIGHT,
              "learning curves: IQM of the return over training in the target");
  co_buf_printf(out, "<g transform=\"translate(0 %d)\">\n", HEAD);
  put_axes(out, all, &all->x[ENV_STEPS], HEIGHT, false);
  for (int i = 0; i < all->together; i++) {
    put_band(out, all, &all->curve[i], co_report_color(report, all->curve[i].strategy), HEIGHT);
  }
  put_reference(out, all, "random", all->random);
  put_reference(out, all, "oracle", all->oracle);
  for (int i = 0; i < all->together; i++) {
    const curve *c = &all->curve[i];
    put_values(out, all, c, "curve", co_report_color(report, c->strategy), c->iqm, HEIGHT);
    put_points(out, report, all, c, HEIGHT);
  }
  put_end_labels(out, report, all);
  co_buf_puts(out, "</g>\n");
  co_svg_close(out);
}

// of how many seeds one is drawn
static size_t thinning(size_t seeds) {
  return (seeds + THIN_LINES - 1) / THIN_LINES;
}

static void put_alone(co_buf *out, const co_report *report, curves *all, const curve *c) {
  int color = co_report_color(report, c->strategy);
  co_buf_puts(out, "<figure><figcaption>");
  co_report_put_strategy(out, report, c->strategy);
  if (c->unit != ENV_STEPS) co_buf_printf(out, ", over %s", unit_names[c->unit]);
  co_buf_puts(out, "</figcaption>\n");
  co_svg_open(out, "curves small", SMALL_HEIGHT + 22, report->strategy[c->strategy]);
  put_axes(out, all, &all->x[c->unit], SMALL_HEIGHT, true);
  for (size_t s = 0; s < seeds_of(c); s += thinning(seeds_of(c))) {
    co_arena_mark mark = co_arena_get_mark(&all->arena);
    double *value = read_numbers(&all->arena, seed_curve(c, s), c->points);
    if (value) put_values(out, all, c, "thin", color, value, SMALL_HEIGHT);
    out->failed |= !value;
    co_arena_release(&all->arena, mark);
  }
  put_values(out, all, c, "curve", color, c->iqm, SMALL_HEIGHT);
  co_svg_close(out);
  co_buf_puts(out, "</figure>\n");
}

static void put_each(co_buf *out, const co_report *report, curves *all) {
  size_t seeds = 0;
  for (int i = 0; i < all->count; i++) {
    size_t own = seeds_of(&all->curve[i]);
    if (own > seeds) seeds = own;
  }
  if (seeds == 0) return;
  co_buf_puts(out, "<details><summary>Each strategy alone: return over env steps, ");
  if (thinning(seeds) > 1)
    co_buf_printf(out, "one seed in %zu a thin line, of %zu", thinning(seeds), seeds);
  else
    co_buf_puts(out, "every seed a thin line");
  co_buf_puts(out, "</summary>\n<div class=\"grid three\">\n");
  for (int i = 0; i < all->count; i++) put_alone(out, report, all, &all->curve[i]);
  co_buf_puts(out, "</div></details>\n");
}

static void put_legend_reference(co_buf *out, const char *name, double value) {
  if (!isfinite(value)) return;
  co_buf_printf(out,
                "<span class=\"strategy\"><svg class=\"sample\" aria-hidden=\"true\"><line "
                "class=\"%s\" x2=\"22\" y1=\"7\" y2=\"7\"/></svg>",
                name);
  put_reference_name(out, name, value);
  co_buf_puts(out, "</span> ");
}

// Stands in for the names at the right where the page is too narrow for them.
static void put_legend(co_buf *out, const co_report *report, const curves *all) {
  co_buf_puts(out, "<p class=\"legend\">");
  for (int i = 0; i < all->together; i++) {
    co_report_put_strategy(out, report, all->curve[i].strategy);
    co_buf_puts(out, " ");
  }
  put_legend_reference(out, "random", all->random);
  put_legend_reference(out, "oracle", all->oracle);
  co_buf_puts(out, "</p>\n");
}

static int sample_of(const co_report *report, int pair, const curves *all) {
  int n = 0;
  for (int i = 0; i < all->count; i++) {
    n = co_report_least(n, co_report_metric(report, pair, all->curve[i].strategy, "final_iqm").n);
  }
  return n ? n : co_report_seeds(report);
}

double co_report_put_curve_chart(co_buf *out, const co_report *report, int pair) {
  curves all;
  double height = 0;
  if (!read_curves(report, pair, &all)) {
    out->failed = true;
  } else if (all.together > 0) {
    put_together(out, report, &all);
    height = TOGETHER_HEIGHT;
  }
  co_arena_free(&all.arena);
  return height;
}

void co_report_put_curves(co_buf *out, const co_report *report, int pair) {
  curves all;
  if (!read_curves(report, pair, &all)) {
    out->failed = true;
  } else if (all.count == 0) {
    co_buf_puts(out, "<p class=\"none\">Learning curves: not measured.</p>\n");
  } else {
    co_buf_puts(out,
                "<figure class=\"wide\"><figcaption><b>Learning curves</b> IQM of the return with "
                "its interval as a band; ");
    co_report_put_sample(out, sample_of(report, pair, &all));
    co_buf_puts(out, ".");
    if (all.together < all.count)
      co_buf_puts(out, " What learns from data alone, over gradient steps, is drawn alone.");
    co_buf_puts(out, "</figcaption>\n");
    if (all.together) put_legend(out, report, &all);
    put_together(out, report, &all);
    put_each(out, report, &all);
    co_buf_puts(out, "</figure>\n");
  }
  co_arena_free(&all.arena);
}
