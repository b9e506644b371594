#include "cli/diff/diff_print.h"

#include "core/memory.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---- JSON

// A value is owned by its difference, so the object gets its own.
static co_json *copy_value(const co_json *value) {
  if (co_json_is_number(value)) return co_json_number(co_json_as_number(value, NAN));
  if (co_json_is_string(value)) return co_json_string(co_json_as_string(value));
  if (!co_json_is_array(value)) return co_json_null();
  co_json *array = co_json_array();
  for (size_t i = 0; i < co_json_count(value); i++)
    co_json_add(array, copy_value(co_json_at(value, i)));
  return array;
}

static co_json *difference_json(const co_difference *found) {
  co_json *object = co_json_object();
  co_json_set_string(object, "path", found->path);
  co_json_set_string(object, "kind", co_difference_names[found->kind]);
  co_json_set_string(object, "element", *found->element ? found->element : NULL);
  co_json_set(object, "a", copy_value(found->a));
  co_json_set(object, "b", copy_value(found->b));
  co_json_set_bool(object, "changes_meaning", found->changes_meaning);
  co_json_set_bool(object, "inferred", found->inferred);
  co_json_set_string(object, "config", found->config);
  return object;
}

void diff_add_json(const co_contract_diff *diff, co_json *object) {
  co_json_set_bool(object, "equal", diff->equal);
  co_json_set_bool(object, "meaning_equal", diff->meaning_equal);
  co_json *differences = co_json_array(), *tensors = co_json_array(), *other = co_json_array();
  for (int i = 0; i < diff->count; i++)
    co_json_add(differences, difference_json(&diff->difference[i]));
  for (int i = 0; i < diff->num_tensors; i++) {
    co_json *tensor = co_json_object();
    co_json_set_string(tensor, "name", diff->tensor[i].name);
    co_json_set_string(tensor, "status", co_tensor_status_names[diff->tensor[i].status]);
    co_json_set_number(tensor, "max_abs", diff->tensor[i].max_abs);
    co_json_add(tensors, tensor);
  }
  for (int i = 0; i < diff->num_others; i++) co_json_add(other, co_json_string(diff->other[i]));
  co_json_set(object, "differences", differences);
  co_json_set(object, "unknown", copy_value(diff->unknown));
  co_json_set(object, "tensors", tensors);
  co_json_set(object, "other", other);
}

// ---- the table of differences

enum { CELL = 44, WHAT = 80, LOOK_BACK = 64 };

// A row of the table: one difference, or the same one of several elements.
typedef struct table_row {
  const co_difference *first;
  char a[CELL], b[CELL];
  int count;
  size_t ending;  // bytes that the elements' names end in alike: "_knee"
} table_row;

typedef struct table {
  table_row *row;
  int count;
} table;

// Longer texts end in dots, so that columns stay.
static void put_cell(char *out, size_t size, const char *text) {
  size_t length = strlen(text);
  if (length < size) {
    memcpy(out, text, length + 1);
    return;
  }
  memcpy(out, text, size - 4);
  memcpy(out + size - 4, "...", 4);
}

static void put_value(const co_json *value, const char *between, co_buf *out) {
  if (co_json_is_number(value)) {
    co_buf_printf(out, "%.6g", co_json_as_number(value, NAN));
  } else if (co_json_is_string(value)) {
    co_buf_puts(out, co_json_as_string(value));
  } else if (co_json_is_array(value)) {
    for (size_t i = 0; i < co_json_count(value); i++) {
      co_buf_puts(out, i ? between : "");
      put_value(co_json_at(value, i), between, out);
    }
  } else {
    co_buf_puts(out, "-");
  }
}

// Lists are bounds, but of facts that are vectors or have a number for each leg.
static const char *between_numbers(const co_difference *found) {
  static const char *const members[] = {"joints.", "frames.", "clocks."};
  for (size_t i = 0; i < sizeof members / sizeof *members; i++)
    if (strncmp(found->path, members[i], strlen(members[i])) == 0) return " ";
  return " to ";
}

// Orders are told from the first place on where they part.
static size_t parting_place(const co_difference *found) {
  size_t i = 0;
  while (i < co_json_count(found->a)) {
    const char *a = co_json_as_string(co_json_at(found->a, i));
    const char *b = co_json_as_string(co_json_at(found->b, i));
    if (!a || !b || strcmp(a, b) != 0) return i;
    i++;
  }
  return 0;
}

static void put_order(const co_json *names, size_t from, co_buf *out) {
  size_t count = co_json_count(names), end = from + 2 < count ? from + 2 : count;
  if (from) co_buf_puts(out, "..., ");
  for (size_t i = from; i < end; i++) {
    const char *name = co_json_as_string(co_json_at(names, i));
    co_buf_printf(out, "%s%s", i > from ? ", " : "", name ? co_element_tail(name) : "?");
  }
  if (end < count) co_buf_puts(out, ", ...");
}

static bool is_element(const co_difference *found) {
  return strncmp(found->path, "observation.", 12) == 0 || strncmp(found->path, "action.", 7) == 0;
}

// "scale" of "observation.3.scale", "" of a joint
static const char *key_of(const co_difference *found) {
  if (found->kind == CO_DIFF_POSE && !is_element(found)) return "";
  const char *dot = strrchr(found->path, '.');
  return dot ? dot + 1 : found->path;
}

// An element that only one side has: the path ends with its index.
static bool is_missing(const co_difference *found) {
  const char *key = key_of(found);
  return is_element(found) && key[strspn(key, "0123456789")] == '\0';
}

static void fill_cell(const co_difference *found, const co_json *value, char out[CELL]) {
  co_buf text = {0};
  if (found->kind == CO_DIFF_ORDER) {
    put_order(value, parting_place(found), &text);
  } else if (is_missing(found) && co_json_is_string(value)) {
    co_buf_puts(&text, co_element_tail(found->element));
  } else {
    put_value(value, between_numbers(found), &text);
  }
  put_cell(out, CELL, text.data && !text.failed ? text.data : "?");
  co_buf_free(&text);
}

// What is said of single elements or joints, and may be said of several at once.
static bool is_single(const co_difference *found) {
  return is_element(found) || (found->kind == CO_DIFF_POSE && *found->element);
}

// Part of an element's name up to and with the slash; a joint has none.
static size_t term_length(const char *name) {
  return (size_t)(co_element_tail(name) - name);
}

static bool same_values(const table_row *row, const table_row *next) {
  if (is_missing(row->first))
    return is_missing(next->first) &&
           co_json_is_null(row->first->a) == co_json_is_null(next->first->a);
  return strcmp(key_of(row->first), key_of(next->first)) == 0 && strcmp(row->a, next->a) == 0 &&
         strcmp(row->b, next->b) == 0;
}

// A joint's key is its own name.
static bool same_row(const table_row *row, const table_row *next) {
  const co_difference *x = row->first, *y = next->first;
  size_t term = term_length(x->element);
  return is_single(x) && is_single(y) && x->kind == y->kind && x->path[0] == y->path[0] &&
         x->changes_meaning == y->changes_meaning && x->inferred == y->inferred &&
         term == term_length(y->element) && strncmp(x->element, y->element, term) == 0 &&
         same_values(row, next);
}

// Names are cut at an underscore or a dot.
static size_t common_ending(const char *x, const char *y, size_t most) {
  size_t ending = 0, length_x = strlen(x), length_y = strlen(y), same = 0;
  while (same < most && same < length_x && same < length_y &&
         x[length_x - same - 1] == y[length_y - same - 1]) {
    same++;
    if (strchr("_.", x[length_x - same])) ending = same;
  }
  return ending;
}

// One more name, where there is room.
static void extend_cell(char cell[CELL], const char *name) {
  size_t length = strlen(cell), more = strlen(name) + 2;
  bool is_full = length > 3 && strcmp(cell + length - 3, "...") == 0;
  if (is_full) return;
  if (length + more + 5 < CELL) {
    snprintf(cell + length, CELL - length, ", %s", name);
  } else if (length + 6 <= CELL) {
    memcpy(cell + length, ", ...", 6);
  }
}

static void add_row(table *out, const co_difference *found) {
  table_row next = {.first = found, .count = 1, .ending = CO_NAME};
  fill_cell(found, found->a, next.a);
  fill_cell(found, found->b, next.b);
  for (int i = out->count - 1; i >= 0 && i >= out->count - LOOK_BACK; i--) {
    if (!same_row(&out->row[i], &next)) continue;
    table_row *row = &out->row[i];
    row->count++;
    row->ending = common_ending(row->first->element, found->element, row->ending);
    if (is_missing(found)) {
      extend_cell(co_json_is_null(found->a) ? row->b : row->a, co_element_tail(found->element));
    }
    return;
  }
  out->row[out->count++] = next;
}

// The element and which of its facts, or the path of what is no element.
static void put_what(const table_row *row, char out[WHAT]) {
  const co_difference *found = row->first;
  co_buf text = {0};
  if (row->count > 1) {
    const char *name = found->element;
    co_buf_printf(&text, "%.*s*%s (%d)", (int)term_length(name), name,
                  name + strlen(name) - row->ending, row->count);
    if (is_element(found) && !is_missing(found)) co_buf_printf(&text, " %s", key_of(found));
  } else if (is_element(found) && !is_missing(found)) {
    co_buf_printf(&text, "%s %s", found->element, key_of(found));
  } else if (found->kind == CO_DIFF_ORDER) {
    co_buf_printf(&text, "%s%s%s (%zu)", found->path, *found->element ? "/" : "", found->element,
                  co_json_count(found->a));
  } else {
    co_buf_puts(&text, is_element(found) ? found->element : found->path);
  }
  put_cell(out, WHAT, text.data && !text.failed ? text.data : "?");
  co_buf_free(&text);
}

// Where a difference was found that no number of its own tells.
static const char *origin_of(const co_difference *found) {
  if (!found->inferred) return "";
  return found->by_axis ? "  (from the joint's axis)" : "  (from the default pose)";
}

static void print_rows(const table *rows, bool changes_meaning, co_buf *text) {
  int what = 0, a = 1;
  for (int i = 0; i < rows->count; i++) {
    char cell[WHAT];
    if (rows->row[i].first->changes_meaning != changes_meaning) continue;
    put_what(&rows->row[i], cell);
    if ((int)strlen(cell) > what) what = (int)strlen(cell);
    if ((int)strlen(rows->row[i].a) > a) a = (int)strlen(rows->row[i].a);
  }
  co_buf_printf(text, "  %-14s  %-*s  %-*s  %s\n", "kind", what, "", a, "A", "B");
  for (int i = 0; i < rows->count; i++) {
    const table_row *row = &rows->row[i];
    char cell[WHAT];
    if (row->first->changes_meaning != changes_meaning) continue;
    put_what(row, cell);
    co_buf_printf(text, "  %-14s  %-*s  %-*s  %s%s\n", co_difference_names[row->first->kind], what,
                  cell, a, row->a, row->b, origin_of(row->first));
  }
}

static int count_rows(const table *rows, bool changes_meaning) {
  int count = 0;
  for (int i = 0; i < rows->count; i++)
    count += rows->row[i].first->changes_meaning == changes_meaning;
  return count;
}

static void print_differences(const co_contract_diff *diff, co_buf *text) {
  table rows = {.row = co_alloc((size_t)diff->count + 1, sizeof *rows.row)};
  text->failed = text->failed || !rows.row;
  if (!rows.row) return;
  for (int i = 0; i < diff->count; i++) add_row(&rows, &diff->difference[i]);
  if (count_rows(&rows, true)) {
    co_buf_puts(text, "\nthe same numbers mean something else:\n");
    print_rows(&rows, true, text);
  }
  if (count_rows(&rows, false)) {
    co_buf_puts(text, "\nanother world, or no matter for the meaning:\n");
    print_rows(&rows, false, text);
  }
  free(rows.row);
}

// ---- config, tensors

// The same config stands at all elements of a term: printed once.
static bool is_repeated(const co_contract_diff *diff, int index) {
  const char *config = diff->difference[index].config;
  for (int i = index - 1; i >= 0; i--) {
    const char *before = diff->difference[i].config;
    if (before && strcmp(before, config) == 0) return true;
    if (before) return false;  // those of a term follow each other
  }
  return false;
}

// The list that an entry belongs into: a path begins with it, but for facts that a shift or a term
// makes up for.
static const char *list_for(const co_difference *found) {
  if (strncmp(found->config, "{ parameter", 11) == 0) return "domain";
  return strncmp(found->path, "clocks.", 7) == 0 ? "observation" : found->path;
}

static void print_config(const co_contract_diff *diff, co_buf *text) {
  char list[32] = "";
  bool any = false;
  for (int i = 0; i < diff->count; i++) {
    const co_difference *found = &diff->difference[i];
    if (!found->config || is_repeated(diff, i)) continue;
    if (!any) co_buf_puts(text, "\nconfig that gives B what A has:\n");
    any = true;
    bool is_entry = found->config[0] == '{';
    const char *list_of = list_for(found);
    int length = (int)strcspn(list_of, ".");
    if (is_entry && ((int)strlen(list) != length || strncmp(list, list_of, (size_t)length)))
      co_buf_printf(text, "  in %.*s:\n", length, list_of);
    snprintf(list, sizeof list, "%.*s", is_entry ? length : 0, list_of);
    co_buf_printf(text, "  %s%s\n", is_entry ? "  " : "", found->config);
  }
}

enum { MOST_TENSORS = 16 };

static void print_tensors(const co_contract_diff *diff, co_buf *text) {
  if (!diff->num_tensors) return;
  int count[CO_NUM_TENSOR_STATUS] = {0}, width = 0, shown = 0;
  for (int i = 0; i < diff->num_tensors; i++) {
    count[diff->tensor[i].status]++;
    int length = (int)strlen(diff->tensor[i].name);
    if (diff->tensor[i].status != CO_TENSOR_SAME && length > width) width = length;
  }
  co_buf_puts(text, "\ntensors:");
  for (int i = 0, some = 0; i < CO_NUM_TENSOR_STATUS; i++)
    if (count[i])
      co_buf_printf(text, "%s %d %s", some++ ? "," : "", count[i], co_tensor_status_names[i]);
  co_buf_puts(text, "\n");
  for (int i = 0; i < diff->num_tensors && shown < MOST_TENSORS; i++) {
    const co_tensor_difference *tensor = &diff->tensor[i];
    if (tensor->status == CO_TENSOR_SAME) continue;
    shown++;
    co_buf_printf(text, "  %-*s  %s", width, tensor->name, co_tensor_status_names[tensor->status]);
    if (tensor->status == CO_TENSOR_CHANGED)
      co_buf_printf(text, "  by up to %.3g", tensor->max_abs);
    co_buf_puts(text, "\n");
  }
  int left = diff->num_tensors - count[CO_TENSOR_SAME] - shown;
  if (left > 0) co_buf_printf(text, "  and %d more\n", left);
}

void diff_add_text(const co_contract_diff *diff, co_buf *text) {
  print_differences(diff, text);
  print_tensors(diff, text);
  for (size_t i = 0; i < co_json_count(diff->unknown); i++)
    co_buf_printf(text, "%s%s", i ? ", " : "\nunknown on one side: ",
                  co_json_as_string(co_json_at(diff->unknown, i)));
  if (co_json_count(diff->unknown)) co_buf_puts(text, "\n");
  for (int i = 0; i < diff->num_others; i++)
    co_buf_printf(text, "%s%s", i ? ", " : "\nalso different: ", diff->other[i]);
  if (diff->num_others) co_buf_puts(text, "\n");
  print_config(diff, text);
  int changed = 0;
  for (int i = 0; i < diff->count; i++) changed += diff->difference[i].changes_meaning;
  if (diff->equal) {
    co_buf_puts(text, "\nA and B are equal\n");
  } else if (diff->meaning_equal) {
    co_buf_puts(text, "\nthe same numbers mean the same in A and B\n");
  } else {
    co_buf_printf(text, "\n%d difference%s of meaning between A and B\n", changed,
                  changed == 1 ? "" : "s");
  }
}
