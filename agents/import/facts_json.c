// Facts as people and tools/convert.py write them: the keys of fact_rows.c.

#include "agents/import/private/fact_rows.h"
#include "core/text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct reader {
  const co_document *document;
  co_facts *facts;
} reader;

enum { PATH = 256 };

static bool ends_in(const char *text, const char *end) {
  size_t length = strlen(text), size = strlen(end);
  return length >= size && strcmp(text + length - size, end) == 0;
}

// For people: read over, wherever it stands.
static bool is_note(const char *key) {
  static const char *const notes[] = {"note", "notes", "source", "formula", "comment"};
  for (size_t i = 0; i < sizeof notes / sizeof *notes; i++)
    if (strcmp(key, notes[i]) == 0) return true;
  return ends_in(key, "_note") || ends_in(key, "_notes");
}

// Other words for a key.
static const char *without_alias(const char *path) {
  static const char *const alias[][2] = {{"sim.frame_skip", "sim.substeps"},
                                         {"policy.act_dim", "policy.action_dim"}};
  for (size_t i = 0; i < sizeof alias / sizeof *alias; i++)
    if (strcmp(path, alias[i][0]) == 0) return alias[i][1];
  return path;
}

static co_status unknown_key(const reader *r, const co_doc *doc, const char *path,
                             const char *const *keys, int count) {
  const char *near = co_suggest(doc->key, keys, count);
  if (near) return co_fact_fail(r->document, doc, path, "is no key of facts; is it \"%s\"?", near);
  return co_fact_fail(r->document, doc, path, "is no key of facts (docs/formats.md lists them)");
}

// ---- the observation

static co_status read_word(const reader *r, const co_doc *doc, const char *path, const char **out) {
  co_arena *memory = &r->facts->memory;
  const co_fact_row row = {.kind = CO_FACT_TEXT};
  co_fact_text text = {0};
  CO_TRY(co_fact_read(r->document, doc, path, &row, memory, &text));
  *out = text.value;
  return CO_OK;
}

static co_status read_count(const reader *r, const co_doc *doc, const char *path, int low, int high,
                            int *out) {
  const co_fact_row row = {.kind = CO_FACT_NUMBER, .low = low, .high = high, .whole = true};
  co_fact_number number = {0};
  CO_TRY(co_fact_read(r->document, doc, path, &row, &r->facts->memory, &number));
  if (number.at.stated) *out = (int)number.value;
  return CO_OK;
}

static co_status read_slice(const reader *r, const co_doc *doc, const char *path, int out[2]) {
  const co_fact_row row = {
      .kind = CO_FACT_NUMBERS, .per = CO_PER_PAIR, .low = 0, .high = 65535, .whole = true};
  co_fact_numbers slice = {0};
  CO_TRY(co_fact_read(r->document, doc, path, &row, &r->facts->memory, &slice));
  for (int k = 0; k < slice.count; k++) out[k] = (int)slice.value[k];
  if (slice.count && out[0] == out[1])
    return co_fact_fail(r->document, doc, path, "is empty: the end is the first one behind it");
  return CO_OK;
}

static co_status read_term_key(const reader *r, const co_doc *doc, const char *path,
                               co_fact_term *term) {
  static const char *const keys[] = {"term",  "start",    "dim",    "scale",  "offset",
                                     "clip",  "period",   "slice",  "sensor", "site",
                                     "frame", "elements", "history"};
  const co_fact_row *row = co_fact_find_row(co_term_rows, doc->key);
  if (row) return co_fact_read(r->document, doc, path, row, &r->facts->memory, term);
  const struct {
    const char *key;
    const char **word;
    int *count, low, high;
  } plain[] = {{"term", &term->stated_as, NULL, 0, 0},
               {"sensor", &term->sensor, NULL, 0, 0},
               {"site", &term->site, NULL, 0, 0},
               {"frame", &term->frame, NULL, 0, 0},
               {"start", NULL, &term->start, 0, 65535},
               {"dim", NULL, &term->dim, 1, 65536},
               {"history", NULL, &term->history, 1, CO_MAX_HISTORY}};
  for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
    if (strcmp(plain[i].key, doc->key) != 0) continue;
    if (plain[i].word) return read_word(r, doc, path, plain[i].word);
    return read_count(r, doc, path, plain[i].low, plain[i].high, plain[i].count);
  }
  if (strcmp(doc->key, "slice") == 0) return read_slice(r, doc, path, term->slice);
  if (is_note(doc->key))
    return doc->kind == CO_DOC_TEXT ? read_word(r, doc, path, &term->note) : CO_OK;
  return unknown_key(r, doc, path, keys, (int)(sizeof keys / sizeof *keys));
}

static co_status read_term(const reader *r, const co_doc *doc, const char *path,
                           co_fact_term *term) {
  *term = co_fact_term_empty();
  if (doc->kind != CO_DOC_MAP) return co_fact_fail(r->document, doc, path, "must be an object");
  for (int i = 0; i < doc->count; i++) {
    char below[PATH];
    snprintf(below, sizeof below, "%s.%.120s", path, doc->child[i].key);
    CO_TRY(read_term_key(r, &doc->child[i], below, term));
  }
  if (!term->stated_as) return co_fact_fail(r->document, doc, path, "has no \"term\"");
  if (!co_fact_is_word(term->stated_as))
    return co_fact_fail(r->document, doc, path, "a term has at most %d bytes", CO_NAME - 1);
  term->stated_as = co_arena_strdup(&r->facts->memory, term->stated_as);
  CO_TRY(co_arena_status(&r->facts->memory));
  term->term = co_term_canonical(term->stated_as);
  term->at =
      (co_fact){true, CO_FROM_FILE, co_fact_place(&r->facts->memory, r->document, doc, path), 0};
  return CO_OK;
}

static co_status read_observation(const reader *r, const co_doc *doc) {
  if (doc->kind != CO_DOC_LIST || doc->count == 0)
    return co_fact_fail(r->document, doc, "observation", "must be a list of terms");
  if (doc->count > 4096)
    return co_fact_fail(r->document, doc, "observation", "%d terms, at most 4096 are read",
                        doc->count);
  co_facts *facts = r->facts;
  facts->term = co_arena_alloc(&facts->memory, (size_t)doc->count, sizeof *facts->term);
  CO_TRY(co_arena_status(&facts->memory));
  for (int i = 0; i < doc->count; i++) {
    char path[32];
    snprintf(path, sizeof path, "observation.%d", i);
    CO_TRY(read_term(r, &doc->child[i], path, &facts->term[i]));
    facts->num_terms++;
  }
  return CO_OK;
}

// "observation_notes" {TERM: words}: to the terms that have no words of their own.
static co_status take_notes(const reader *r) {
  const co_doc *root = &r->document->root, *notes = NULL;
  for (int i = 0; i < root->count; i++)
    if (strcmp(root->child[i].key, "observation_notes") == 0) notes = &root->child[i];
  for (int i = 0; notes && notes->kind == CO_DOC_MAP && i < notes->count; i++) {
    const co_doc *note = &notes->child[i];
    for (int k = 0; note->kind == CO_DOC_TEXT && k < r->facts->num_terms; k++) {
      co_fact_term *term = &r->facts->term[k];
      bool meant = !term->note && strcmp(term->stated_as, note->key) == 0;
      if (meant) CO_TRY(read_word(r, note, "observation_notes", &term->note));
    }
  }
  return CO_OK;
}

// ---- the command

// "yaw rate (rad/s)" is "yaw" in rad/s: the names are those of our tasks.
static void name_command(co_arena *memory, const char *text, co_fact_command *out) {
  char name[CO_NAME], unit[16];
  size_t length = strcspn(text, "(");
  while (length > 0 && text[length - 1] == ' ') length--;
  if (length == 0) length = strlen(text);  // nothing but a unit
  snprintf(name, sizeof name, "%.*s", (int)length, text);
  const char *open = strchr(text, '(');
  size_t size = open ? strcspn(open + 1, ")") : 0;
  out->name = co_arena_strdup(memory, strcmp(name, "yaw rate") == 0 ? "yaw" : name);
  if (size == 0 || size >= sizeof unit) return;
  snprintf(unit, sizeof unit, "%.*s", (int)size, open + 1);
  out->unit = co_arena_strdup(memory, unit);
}

// The lists that make up the command: each as long as the others.
typedef struct command_lists {
  co_fact_numbers value, low, high;
  co_fact_names order;
} command_lists;

static const co_fact_row command_rows[] = {
    {.path = "command", .kind = CO_FACT_NUMBERS, .offset = offsetof(command_lists, value)},
    {.path = "command_low", .kind = CO_FACT_NUMBERS, .offset = offsetof(command_lists, low)},
    {.path = "command_high", .kind = CO_FACT_NUMBERS, .offset = offsetof(command_lists, high)},
    {.path = "command_order", .kind = CO_FACT_NAMES, .offset = offsetof(command_lists, order)},
    {.path = NULL},
};

static bool is_none(const co_fact_names *order) {
  return order->count == 1 && strcmp(order->name[0], "none") == 0;
}

static co_status check_command(const reader *r, const command_lists *lists, int count) {
  const int sizes[] = {lists->value.count, lists->low.count, lists->high.count, lists->order.count};
  for (int i = 0; i < 4; i++)
    if (sizes[i] && sizes[i] != count)
      return co_fail(CO_DATA, "%s: %s: %d entries where the command has %d", r->document->file,
                     command_rows[i].path, sizes[i], count);
  for (int i = 0; i < lists->low.count && i < lists->high.count; i++)
    if (lists->low.value[i] > lists->high.value[i])
      return co_fail(CO_DATA, "%s: command_low.%d: %.9g is above command_high", r->document->file,
                     i, lists->low.value[i]);
  return CO_OK;
}

static double entry(const co_fact_numbers *list, int i) {
  return i < list->count ? list->value[i] : (double)NAN;
}

static co_status make_command(const reader *r, const command_lists *lists) {
  co_facts *facts = r->facts;
  int count = lists->order.count ? lists->order.count : lists->value.count;
  const co_fact *at = lists->order.count ? &lists->order.at : &lists->value.at;
  if (!count) return CO_OK;
  facts->command_at = *at;
  if (is_none(&lists->order)) return CO_OK;
  CO_TRY(check_command(r, lists, count));
  facts->command = co_arena_alloc(&facts->memory, (size_t)count, sizeof *facts->command);
  CO_TRY(co_arena_status(&facts->memory));
  facts->num_commands = count;
  for (int i = 0; i < count; i++) {
    char number[16];
    snprintf(number, sizeof number, "%d", i);
    facts->command[i] = (co_fact_command){.value = entry(&lists->value, i),
                                          .low = entry(&lists->low, i),
                                          .high = entry(&lists->high, i)};
    name_command(&facts->memory, lists->order.count ? lists->order.name[i] : number,
                 &facts->command[i]);
  }
  return co_arena_status(&facts->memory);
}

// ---- words with a few meanings

static bool begins(const char *text, const char *with) {
  return strncmp(text, with, strlen(with)) == 0;
}

static co_status wrong_word(const reader *r, const char *path, const char *word,
                            const char *choices) {
  return co_fail(CO_DATA, "%s: %s: \"%.80s\" begins with none of %s", r->document->file, path, word,
                 choices);
}

// People write whole sentences, whose beginning decides.
static co_status settle_history(const reader *r) {
  co_fact_text *layout = &r->facts->history_layout, *reset = &r->facts->history_reset;
  co_fact_text *order = &r->facts->history_order;
  if (layout->value) {
    const char *text = begins(layout->value, "per ") ? layout->value + 4 : layout->value;
    if (!order->value && (strstr(text, "oldest first") || strstr(text, "newest first"))) {
      *order = *layout;
      order->value = strstr(text, "oldest first") ? "oldest_first" : "newest_first";
    }
    layout->value = begins(text, "term") ? "term" : begins(text, "frame") ? "frame" : NULL;
    if (!layout->value)
      return wrong_word(r, "history.layout", text, "\"term\", \"per term\", \"frame\"");
  }
  if (order->value) {
    if (!begins(order->value, "oldest") && !begins(order->value, "newest"))
      return wrong_word(r, "history.order", order->value, "\"oldest_first\", \"newest_first\"");
    order->value = begins(order->value, "oldest") ? "oldest_first" : "newest_first";
  }
  if (reset->value) {
    bool first = begins(reset->value, "first") || strstr(reset->value, "first observation");
    if (!first && !begins(reset->value, "zero"))
      return wrong_word(r, "history.reset", reset->value, "\"first\", \"zero\"");
    reset->value = first ? "first" : "zero";
  }
  return CO_OK;
}

static co_status settle_output(const reader *r) {
  const char *word = r->facts->action_output.value;
  if (!word || strcmp(word, "action") == 0 || strcmp(word, "range") == 0) return CO_OK;
  return co_fail(CO_DATA, "%s: action.output: \"%.80s\" is neither \"action\" nor \"range\"",
                 r->document->file, word);
}

// Where the numbers are given it does not matter in which file they lie.
static co_status settle_normaliser(const reader *r) {
  co_facts *facts = r->facts;
  co_fact_text *where = &facts->normaliser;
  if (facts->norm_mean.count) {
    if (!where->value) where->at = facts->norm_mean.at;
    if (!where->value || !begins(where->value, "inside")) where->value = "values";
  }
  if (!where->value) return CO_OK;
  static const char *const words[] = {"none", "inside", "values", "external"};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
    if (!begins(where->value, words[i])) continue;
    where->value = words[i];
    return CO_OK;
  }
  return wrong_word(r, "normalisation.where", where->value,
                    "\"none\", \"inside\", \"values\", \"external\"");
}

// ---- the file

static bool is_group(const char *path) {
  size_t length = strlen(path);
  for (const co_fact_row *row = co_fact_rows; row->path; row++)
    if (strncmp(row->path, path, length) == 0 && row->path[length] == '.') return true;
  return false;
}

// The keys that may stand below `prefix`, for a suggestion.
static int keys_below(const char *prefix, const char **keys, int most) {
  size_t length = strlen(prefix);
  int count = 0;
  for (const co_fact_row *row = co_fact_rows; row->path && count < most; row++)
    if (strncmp(row->path, prefix, length) == 0 && !strchr(row->path + length, '.'))
      keys[count++] = row->path + length;
  return count;
}

static co_status read_fact(const reader *r, const co_doc *doc, const char *path,
                           const co_fact_row *row) {
  if (row->kind == CO_FACT_NOTE) return CO_OK;
  if (co_fact_in(r->facts, row)->stated)
    return co_fact_fail(r->document, doc, path, "says what \"%s\" says already", row->path);
  return co_fact_read(r->document, doc, path, row, &r->facts->memory, r->facts);
}

static co_status read_key(const reader *r, const co_doc *doc, const char *prefix,
                          command_lists *lists);

static co_status read_map(const reader *r, const co_doc *map, const char *prefix,
                          command_lists *lists) {
  for (int i = 0; i < map->count; i++) CO_TRY(read_key(r, &map->child[i], prefix, lists));
  return CO_OK;
}

static co_status read_key(const reader *r, const co_doc *doc, const char *prefix,
                          command_lists *lists) {
  char path[PATH], below[PATH + 2];
  snprintf(path, sizeof path, "%s%.120s", prefix, doc->key);
  const co_fact_row *row = co_fact_find_row(co_fact_rows, without_alias(path));
  const co_fact_row *list = co_fact_find_row(command_rows, path);
  if (strcmp(path, "action.clip") == 0 && doc->kind == CO_DOC_TEXT)
    row = co_fact_find_row(co_fact_rows, "action.clip_of");
  if (row) return read_fact(r, doc, path, row);
  if (list) return co_fact_read(r->document, doc, path, list, &r->facts->memory, lists);
  if (strcmp(path, "observation") == 0) return read_observation(r, doc);
  if (is_note(doc->key)) return CO_OK;
  if (!is_group(path)) {
    const char *keys[96];
    int count = keys_below(prefix, keys, 90);
    if (!*prefix) keys[count++] = "observation", keys[count++] = "command";
    return unknown_key(r, doc, path, keys, count);
  }
  if (doc->kind == CO_DOC_NULL) return CO_OK;
  if (doc->kind != CO_DOC_MAP) return co_fact_fail(r->document, doc, path, "must be an object");
  snprintf(below, sizeof below, "%s.", path);
  return read_map(r, doc, below, lists);
}

co_status co_facts_read_document(const co_document *document, co_facts *facts) {
  const reader r = {document, facts};
  command_lists lists = {0};
  if (document->root.kind != CO_DOC_MAP)
    return co_fail(CO_DATA, "%s: facts are one object", document->file);
  CO_TRY(read_map(&r, &document->root, "", &lists));
  CO_TRY(take_notes(&r));
  CO_TRY(make_command(&r, &lists));
  CO_TRY(settle_output(&r));
  CO_TRY(settle_history(&r));
  CO_TRY(settle_normaliser(&r));
  return co_facts_settle(document->file, facts);
}

co_status co_facts_read_json(const char *path, co_facts *facts) {
  co_document document;
  co_facts read = {0};
  CO_TRY(co_document_read_json(path, &document));
  co_status status = co_facts_read_document(&document, &read);
  if (status == CO_OK) status = co_facts_merge(&read, facts);
  co_facts_free(&read);
  co_document_free(&document);
  return status;
}
