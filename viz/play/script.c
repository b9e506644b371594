#include "viz/play/script.h"

#include "core/file.h"
#include "core/memory.h"
#include "core/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MOST_BYTES = 1 << 20, MOST_LINES = 10000 };

// --- one line

static const char *const kind_names[] = {
#define X(id, name) name,
    CO_SCRIPT_LIST(X)
#undef X
};

// How many texts, then numbers, a kind has.
static const int shape[CO_NUM_SCRIPT_KINDS][2] = {
    [CO_SCRIPT_KEY] = {1, 0},   [CO_SCRIPT_CLICK] = {0, 2},  [CO_SCRIPT_DOUBLE] = {0, 2},
    [CO_SCRIPT_DRAG] = {0, 4},  [CO_SCRIPT_WHEEL] = {0, 3},  [CO_SCRIPT_SEEK] = {0, 1},
    [CO_SCRIPT_SHIFT] = {2, 1}, [CO_SCRIPT_ACTION] = {1, 1}, [CO_SCRIPT_POLICY] = {0, 1},
    [CO_SCRIPT_WAIT] = {0, 1},  [CO_SCRIPT_SAVE] = {1, 0},   [CO_SCRIPT_DROP] = {1, 2},
};

static char *next_word(char **rest) {
  char *word;
  do word = strsep(rest, " \t\r");
  while (word && !*word);
  return word;
}

// "Ctrl+Shift+Right", as the help has it.
static bool read_key(const char *text, co_script_line *out) {
  static const struct {
    const char *name;
    int mod;
  } mods[] = {{"Ctrl+", CO_MOD_CTRL}, {"Shift+", CO_MOD_SHIFT}};
  for (int i = 0; i < 2; i++) {
    size_t length = strlen(mods[i].name);
    if (strncasecmp(text, mods[i].name, length) != 0) continue;
    out->mods |= mods[i].mod;
    text += length;
  }
  out->key = co_action_key_named(text);
  return out->key != CO_KEY_NONE;
}

static co_status read_words(char *rest, co_script_line *out) {
  const int *has = shape[out->kind];
  for (int i = 0; i < has[0] + has[1]; i++) {
    char *word = next_word(&rest);
    if (word && out->kind == CO_SCRIPT_DRAG && i == 0 && strcasecmp(word, "Ctrl") == 0) {
      out->mods = CO_MOD_CTRL;
      word = next_word(&rest);
    }
    if (!word) return co_fail(CO_CONFIG, "%s: something is missing", kind_names[out->kind]);
    if (i < has[0])
      snprintf(out->text[i], sizeof out->text[i], "%s", word);
    else if (!co_parse_double(word, &out->number[i - has[0]]))
      return co_fail(CO_CONFIG, "%s: \"%s\" is no number", kind_names[out->kind], word);
  }
  if (next_word(&rest))
    return co_fail(CO_CONFIG, "%s: something is too much", kind_names[out->kind]);
  if (out->kind == CO_SCRIPT_KEY && !read_key(out->text[0], out))
    return co_fail(CO_CONFIG, "key: \"%s\" is none (carryover play, F1)", out->text[0]);
  return CO_OK;
}

static co_status read_line(char *text, co_script_line *out) {
  char *word = next_word(&text);
  *out = (co_script_line){.kind = CO_NUM_SCRIPT_KINDS};
  for (int i = 0; i < CO_NUM_SCRIPT_KINDS; i++)
    if (strcmp(kind_names[i], word) == 0) out->kind = (co_script_kind)i;
  if (out->kind < CO_NUM_SCRIPT_KINDS) return read_words(text, out);
  const char *near = co_suggest(word, kind_names, CO_NUM_SCRIPT_KINDS);
  return co_fail(CO_CONFIG, "unknown \"%s\"%s%s%s", word, near ? ", did you mean \"" : "",
                 near ? near : "", near ? "\"?" : "");
}

// --- the file

static bool says_nothing(const char *line) {
  line += strspn(line, " \t\r");
  return *line == '\0' || *line == '#';
}

static co_status read_lines(char *text, const char *path, co_script *out) {
  for (int number = 1; text; number++) {
    char *line = strsep(&text, "\n");
    if (says_nothing(line)) continue;
    if (out->count == MOST_LINES)
      return co_fail(CO_CONFIG, "%s:%d: more than %d lines", path, number, MOST_LINES);
    co_status status = read_line(line, &out->line[out->count]);
    if (status != CO_OK) return co_fail_context(status, "%s:%d", path, number);
    out->count++;
  }
  return CO_OK;
}

co_status co_script_read(const char *path, co_script *out) {
  co_buf text;
  *out = (co_script){0};
  CO_TRY(co_file_read(path, MOST_BYTES, &text));
  int lines = 1;
  for (size_t i = 0; i < text.size; i++) lines += text.data[i] == '\n';
  if (lines > MOST_LINES) lines = MOST_LINES;
  out->line = co_alloc((size_t)lines, sizeof *out->line);
  co_status status = out->line ? read_lines(text.data, path, out) : CO_MEMORY;
  co_buf_free(&text);
  if (status != CO_OK) co_script_free(out);
  return status;
}

void co_script_free(co_script *script) {
  free(script->line);
  *script = (co_script){0};
}
