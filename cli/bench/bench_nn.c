// bench nn: passes of multi-layer perceptrons and of cells with memory against the multiply-add
// peak of one core, and against the same passes with OpenBLAS for their products. One pass as the
// options say, or with --all a table of those that learning is made of.
//
// All on one thread, in processor time, so that what else runs on the machine counts little.

#include "cli/bench/bench.h"
#include "cli/bench/blas.h"
#include "cli/bench/nn_pass.h"
#include "core/memory.h"
#include "core/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The shapes of --all: single layers, whose products are timed alone, whole networks, and cells.
static const nn_shape all_shapes[] = {
    {{64, 64}, 2},        {{256, 256}, 2},        {{512, 512}, 2},
    {{17, 64, 64, 6}, 4}, {{23, 256, 256, 1}, 4}, {{111, 256, 256, 8}, 4},
};
static const nn_shape cell_shapes[] = {{{17, 64}, 2}, {{23, 256}, 2}};
static const int all_rows[] = {1, 32, 64, 256};
static const nn_case layer_cases[] = {NN_FORWARD, NN_BACKWARD, NN_GRADIENT};
static const nn_case network_cases[] = {NN_FORWARD, NN_UPDATE};
static const nn_case cell_cases[] = {NN_LSTM, NN_GRU};
static const int cell_rows[] = {1, 8, 32};  // sequences

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))
enum { NUM_SHAPES = COUNT(all_shapes), NUM_ROWS = COUNT(all_rows) };
enum { NUM_CELLS = COUNT(cell_shapes) * COUNT(cell_cases) };
enum { MAX_PAIRS = NUM_SHAPES + NUM_CELLS };
enum { MAX_LINES = NUM_SHAPES * NUM_ROWS * COUNT(layer_cases) + NUM_CELLS * COUNT(cell_rows) };

// The same network or cell twice: with our products, and with the opponent's.
typedef struct pair {
  nn_shape shape;
  nn_case which;  // that it is made for
  nn own, blas;
} pair;

// What is timed, and in each repeat: the time of a pass by both [us], how often the opponent's
// contains ours, and our part of the peak.
typedef struct line {
  nn_case which;
  int rows;
  pair *pair;
  double *us, *blas_us, *ratio, *of_peak;  // (repeats)
} line;

typedef struct state {
  bool all;
  pair pair[MAX_PAIRS];
  line line[MAX_LINES];
  int num_pairs, num_lines, count;  // count: repeats done
  const co_kernels *opponent;       // NULL: not installed
  co_arena arena;                   // figures of the lines
  double max_error;
} state;

// --- settings

// "17,64,64,6"
static co_status read_shape(const cli_args *args, nn_case which, nn_shape *out) {
  const char *text = cli_value(args, "shape");
  int64_t width;
  if (!text) text = nn_case_remembers(which) ? "17,64" : "17,64,64,6";
  for (const char *at = text;; at++) {
    char number[16];
    size_t length = strcspn(at, ",");
    snprintf(number, sizeof number, "%.*s", (int)length, at);
    if (out->count == NN_MAX_SHAPE || length >= sizeof number || !co_parse_int(number, &width) ||
        width < 1 || width > CO_MAX_WIDTH)
      return co_fail(CO_USAGE, "--shape: \"%s\" is not a list of 2 to %d widths from 1 to %d", text,
                     NN_MAX_SHAPE, CO_MAX_WIDTH);
    out->width[out->count++] = (double)width;
    at += length;
    if (!*at) break;
  }
  if (out->count >= 2) return CO_OK;
  return co_fail(CO_USAGE, "--shape: \"%s\" has no output", text);
}

static co_status read_case(const cli_args *args, nn_case *out) {
  const char *text = cli_value(args, "case");
  *out = NN_FORWARD;
  for (int i = 0; text && nn_case_names[i]; i++) {
    if (strcmp(text, nn_case_names[i]) == 0) {
      *out = (nn_case)i;
      return CO_OK;
    }
  }
  if (!text) return CO_OK;
  return co_fail(
      CO_USAGE, "--case: \"%s\" is none of latency, forward, update, backward, gradient, lstm, gru",
      text);
}

static pair *add_pair(state *s, nn_case which, const nn_shape *shape) {
  s->pair[s->num_pairs].shape = *shape;
  s->pair[s->num_pairs].which = which;
  return &s->pair[s->num_pairs++];
}

static void add_line(state *s, pair *of, nn_case which, int rows) {
  s->line[s->num_lines++] = (line){.which = which, .rows = rows, .pair = of};
}

// the one line that the options say
static co_status choose_line(const bench *b, state *s) {
  nn_case which;
  nn_shape shape = {.count = 0};
  CO_TRY(read_case(b->args, &which));
  CO_TRY(read_shape(b->args, which, &shape));
  if (nn_case_is_layer(which) && shape.count != 2)
    return co_fail(CO_USAGE, "--case: %s is of one layer, --shape INPUTS,OUTPUTS",
                   nn_case_names[which]);
  int64_t rows = which == NN_LATENCY ? 1 : nn_case_remembers(which) ? 32 : 256;
  int64_t most = nn_case_remembers(which) ? NN_MAX_ROWS / NN_STEPS : NN_MAX_ROWS;
  CO_TRY(cli_int(b->args, "rows", 1, most, &rows));
  add_line(s, add_pair(s, which, &shape), which, (int)rows);
  return CO_OK;
}

static void choose_cells(state *s) {
  for (int i = 0; i < COUNT(cell_shapes); i++)
    for (int c = 0; c < COUNT(cell_cases); c++) {
      pair *of = add_pair(s, cell_cases[c], &cell_shapes[i]);
      for (int r = 0; r < COUNT(cell_rows); r++) add_line(s, of, cell_cases[c], cell_rows[r]);
    }
}

static void choose_all(state *s) {
  for (int i = 0; i < NUM_SHAPES; i++) {
    pair *of = add_pair(s, NN_FORWARD, &all_shapes[i]);
    bool layer = of->shape.count == 2;
    int cases = layer ? COUNT(layer_cases) : COUNT(network_cases);
    for (int c = 0; c < cases; c++) {
      for (int r = 0; r < NUM_ROWS; r++)
        add_line(s, of, layer ? layer_cases[c] : network_cases[c], all_rows[r]);
    }
  }
  choose_cells(s);
}

static co_status choose_lines(bench *b, state *s) {
  static const cli_pair pairs[] = {{"all", CLI_EXCLUDES, "case"},
                                   {"all", CLI_EXCLUDES, "shape"},
                                   {"all", CLI_EXCLUDES, "rows"},
                                   {NULL, 0, NULL}};
  s->all = cli_flag(b->args, "all");
  if (!s->all) return choose_line(b, s);
  CO_TRY(cli_check_pairs(b->args, pairs));
  if (!cli_flag(b->args, "seconds")) b->seconds = 0.1;
  choose_all(s);
  return CO_OK;
}

// --- preparing

static int most_rows(const state *s, const pair *of) {
  int rows = 0;
  for (int i = 0; i < s->num_lines; i++)
    if (s->line[i].pair == of && s->line[i].rows > rows) rows = s->line[i].rows;
  return rows;
}

static co_status create_pairs(const bench *b, state *s) {
  const co_kernels *own = co_kernels_get();
  s->opponent = blas_kernels(own, cli_value(b->args, "isa") != NULL);
  for (int i = 0; i < s->num_pairs; i++) {
    pair *p = &s->pair[i];
    int rows = most_rows(s, p);
    uint64_t seed = cli_seed(b->args);
    CO_TRY(nn_create(&p->shape, p->which, rows, own, seed, &p->own));
    if (s->opponent) CO_TRY(nn_create(&p->shape, p->which, rows, s->opponent, seed, &p->blas));
  }
  return CO_OK;
}

// Rows whose numbers are held against double precision, which is slow: of cells, whose rows are
// sequences, few.
static int checked_rows(const state *s, const line *l) {
  enum { SEQUENCES = 8 };
  int most = nn_case_remembers(l->which) ? SEQUENCES : s->all ? CO_BLOCK : l->rows;
  return l->rows < most ? l->rows : most;
}

static co_status prepare_line(const bench *b, state *s, line *l) {
  double *figures = co_arena_alloc(&s->arena, 4 * (size_t)b->repeats, sizeof *figures);
  if (!figures) return CO_MEMORY;
  l->us = figures;
  l->blas_us = l->us + b->repeats;
  l->ratio = l->blas_us + b->repeats;
  l->of_peak = l->ratio + b->repeats;
  int rows = checked_rows(s, l);
  double error = nn_error(&l->pair->own, l->which, rows);
  s->max_error = fmax(s->max_error, error);
  return error < 1e-3 ? CO_OK : co_fail(CO_INTERNAL, "bench nn: wrong by %g", error);
}

static co_status prepare(bench *b) {
  state *s = b->state = co_alloc(1, sizeof *s);
  if (!s) return CO_MEMORY;
  CO_TRY(choose_lines(b, s));
  CO_TRY(create_pairs(b, s));
  for (int i = 0; i < s->num_lines; i++) CO_TRY(prepare_line(b, s, &s->line[i]));
  b->threads = 1;
  b->blas = blas_name();
  b->blas_core = blas_core();
  return CO_OK;
}

// --- measuring

typedef struct rates {
  double own, peak;  // [GFLOP/s]
} rates;

// Peak, ours and the opponent's are neighbours in time, so a busy machine hits all three.
static rates measure_line(const bench *b, const state *s, const line *l) {
  double each = b->seconds / 3;
  rates out = {.peak = co_kernels_peak(each / 2) * 1e-9};
  double us = nn_time(&l->pair->own, l->which, l->rows, each) * 1e6;
  double blas_us =
      s->opponent ? nn_time(&l->pair->blas, l->which, l->rows, each) * 1e6 : (double)NAN;
  out.own = nn_flop(&l->pair->own, l->which, l->rows) / us * 1e-3;
  l->us[s->count] = us;
  l->blas_us[s->count] = blas_us;
  l->ratio[s->count] = blas_us / us;
  l->of_peak[s->count] = out.own / out.peak;
  return out;
}

// geometric means over the lines
static co_status measure(bench *b, double *value, double *limit) {
  state *s = b->state;
  double own = 0, peak = 0;
  for (int i = 0; i < s->num_lines; i++) {
    rates found = measure_line(b, s, &s->line[i]);
    own += log(found.own);
    peak += log(found.peak);
  }
  s->count++;
  *value = exp(own / s->num_lines);
  *limit = exp(peak / s->num_lines);
  return CO_OK;
}

// --- printing

static void set_median(const state *s, const double *figures, const char *key, co_json *object) {
  co_json_set_number(object, key, bench_median(figures, s->count));
}

static void set_what(const line *l, co_json *object) {
  co_json_set_string(object, "case", nn_case_names[l->which]);
  co_json_set(object, "shape", co_json_numbers(l->pair->shape.width, l->pair->shape.count));
  co_json_set_int(object, "rows", l->rows);
}

static co_json *line_json(const state *s, const line *l) {
  co_json *object = co_json_object();
  set_what(l, object);
  set_median(s, l->us, "us", object);
  set_median(s, l->blas_us, "openblas_us", object);
  set_median(s, l->ratio, "ratio", object);
  set_median(s, l->of_peak, "of_peak", object);
  return object;
}

static void add_line_json(const bench *b, co_json *object) {
  const state *s = b->state;
  const line *l = &s->line[0];
  set_what(l, object);
  set_median(s, l->us, "us", object);
  co_json_set_number(object, "gflops", b->value);
  set_median(s, l->blas_us, "openblas_us", object);
}

static void add_json(const bench *b, co_json *object) {
  const state *s = b->state;
  if (s->all) {
    co_json *rows = co_json_array();
    for (int i = 0; i < s->num_lines; i++) co_json_add(rows, line_json(s, &s->line[i]));
    co_json_set(object, "rows", rows);
  } else {
    add_line_json(b, object);
  }
  co_json_set_number(object, "max_error", s->max_error);
}

static void finish(bench *b) {
  state *s = b->state;
  if (!s) return;
  for (int i = 0; i < s->num_pairs; i++) {
    nn_destroy(&s->pair[i].own);
    nn_destroy(&s->pair[i].blas);
  }
  co_arena_free(&s->arena);
  free(s);
}

const bench_kind bench_nn = {
    .name = "nn",
    .unit = "GFLOP/s",
    .limit_name = "multiply-add peak of one core",
    .prepare = prepare,
    .measure = measure,
    .add_json = add_json,
    .finish = finish,
};
