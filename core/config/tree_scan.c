// The scan in front of libconfig, whose version 1.5 takes an integer over 32 bits as another number
// and 1e400 as infinity, explains a syntax error with these two words, and loses memory at each
// one. What passes here is in its grammar.

#include "core/config/private/tree_scan.h"

#include "core/config/tree.h"
#include "core/memory.h"
#include "core/text.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  GROUP_MAX = 4096,  // members of one group: looking for doubled ones is quadratic
  WORD_MAX = 255,    // bytes of a key or number
};

#define DIGITS "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define KEY_START LETTERS "*"
#define KEY_BYTES LETTERS DIGITS "_-*"
#define WORD_BYTES KEY_BYTES "+."

typedef struct seen_key {
  const char *text;
  size_t size;
  int line;
} seen_key;

// What libconfig takes as one type in an array.
typedef enum value_type { NO_VALUE, A_BOOL, AN_INT, A_LONG, A_FLOAT, A_STRING } value_type;

typedef struct open_bracket {
  char closing;
  int line;
  value_type type;  // of the elements of an array seen so far
  int first_key;    // of this group, in scan.key
} open_bracket;

typedef struct scan {
  const char *file, *at;
  int line;
  char last;  // first byte of the last token, 'k' for a key, 'a' for a number or truth value
  open_bracket open[CO_TREE_DEPTH + 1];  // [0] is the file itself
  int depth;
  seen_key *key;  // (num_keys) of all open groups, owned
  int num_keys, capacity;
} scan;

#define FAIL(scan, format, ...) \
  co_fail(CO_CONFIG, "%s:%d: " format, (scan)->file, (scan)->line, __VA_ARGS__)

static bool in(const char *set, char c) {
  return c && strchr(set, c);
}

static co_status scan_comment(scan *s) {
  if (s->at[0] == '#' || s->at[1] == '/') {
    s->at += strcspn(s->at, "\n");
    return CO_OK;
  }
  const char *end = strstr(s->at + 2, "*/");
  if (!end) return FAIL(s, "%s", "the comment that begins here is not closed with */");
  for (; s->at < end + 2; s->at++) s->line += *s->at == '\n';
  return CO_OK;
}

// The key whose value is being read, as "key: " for messages; "" outside of values.
typedef struct value_key {
  char text[WORD_MAX + 3];
} value_key;

static value_key current_key(const scan *s) {
  value_key where = {""};
  if (s->num_keys == 0) return where;
  const seen_key *key = &s->key[s->num_keys - 1];
  snprintf(where.text, sizeof where.text, "%.*s: ", (int)key->size, key->text);
  return where;
}

// Whether `token` may follow the last one, in the grammar of libconfig: settings key = value with
// an optional ; or , behind, strings side by side are one.
static co_status check_order(const scan *s, char token) {
  const open_bracket *open = &s->open[s->depth];
  bool in_list = in(")]", open->closing);
  bool value_ended = in("a\")]}", s->last), value_due = in("k=:", s->last);
  if (s->last == 'k' && !in("=:", token)) return FAIL(s, "%s= is missing", current_key(s).text);
  if (in("=:", token)) {
    return s->last == 'k' ? CO_OK : FAIL(s, "%c without a key before it", token);
  }
  if (token == '\0' || in(";,})]", token)) {
    if (value_due) return FAIL(s, "%sthe value is missing", current_key(s).text);
    if (in(")]", token) && s->last == ',')
      return FAIL(s, "%sa comma right before %c", current_key(s).text, token);
    if (token == ';' && in_list) {
      return FAIL(s, "; where %c must close what line %d opened", open->closing, open->line);
    }
    bool fits = value_ended || !in(";,", token);
    return fits ? CO_OK : FAIL(s, "%c where nothing ends", token);
  }
  if (token == 'k' || (token == '"' && s->last == '"')) return CO_OK;
  if (in_list)
    return value_ended ? FAIL(s, "%sa comma is missing between values", current_key(s).text)
                       : CO_OK;
  return value_due ? CO_OK : FAIL(s, "%s", "a value without a key");
}

static co_status check_array(scan *s, value_type type) {
  open_bracket *open = &s->open[s->depth];
  if (open->closing != ']') return CO_OK;
  if (open->type == NO_VALUE) open->type = type;
  if (open->type == type) return CO_OK;
  bool integers =
      (type == AN_INT && open->type == A_LONG) || (type == A_LONG && open->type == AN_INT);
  return FAIL(s, "%sarrays [ ] hold one type: write %s, or use ( )", current_key(s).text,
              integers ? "L behind every integer" : "0.0");
}

static co_status scan_string(scan *s) {
  CO_TRY(check_order(s, '"'));
  int lines = 0;
  const char *c = s->at + 1;
  for (; *c != '"'; c++) {
    if (*c == '\0') return FAIL(s, "%s", "the string that begins here is not closed");
    if (strncmp(c, "\\x00", 4) == 0 || strncmp(c, "\\X00", 4) == 0) {
      return FAIL(s, "%s", "a string must not hold \\x00");
    }
    if (*c == '\\' && c[1]) c++;
    lines += *c == '\n';
  }
  CO_TRY(check_array(s, A_STRING));
  s->line += lines;
  s->at = c + 1;
  s->last = '"';
  return CO_OK;
}

static co_status scan_opening(scan *s) {
  CO_TRY(check_order(s, *s->at));
  if (s->depth == CO_TREE_DEPTH) return FAIL(s, "nested more than %d deep", CO_TREE_DEPTH);
  if (s->open[s->depth].closing == ']') {
    return FAIL(s, "%sarrays [ ] hold numbers, strings or truth values: use ( )",
                current_key(s).text);
  }
  char closing = *s->at == '{' ? '}' : *s->at == '(' ? ')' : ']';
  s->open[++s->depth] = (open_bracket){closing, s->line, NO_VALUE, s->num_keys};
  s->last = *s->at++;
  return CO_OK;
}

static co_status scan_closing(scan *s) {
  const open_bracket *open = &s->open[s->depth];
  if (s->depth == 0) return FAIL(s, "%c closes nothing", *s->at);
  if (open->closing != *s->at) {
    return FAIL(s, "%c where %c must close what line %d opened", *s->at, open->closing, open->line);
  }
  CO_TRY(check_order(s, *s->at));
  s->num_keys = open->first_key;
  s->depth--;
  s->last = *s->at++;
  return CO_OK;
}

static bool is_integer(const char *word, size_t *digits, bool *is_hex, bool *is_long) {
  *is_hex = word[0] == '0' && in("xX", word[1]);
  size_t prefix = *is_hex ? 2 : strspn(word, "+-");
  size_t size = strspn(word + prefix, *is_hex ? DIGITS "abcdefABCDEF" : DIGITS);
  *digits = prefix + size;
  *is_long = strcmp(word + *digits, "L") == 0 || strcmp(word + *digits, "LL") == 0;
  return size > 0 && prefix <= (*is_hex ? 2 : 1) && (*is_long || word[*digits] == '\0');
}

// libconfig reads an integer over 32 bits without L as another number, and 1e400 as infinity
static co_status check_number(const scan *s, const char *word, const char *key, value_type *type) {
  size_t digits;
  bool is_hex, is_long;
  double real;
  if (is_integer(word, &digits, &is_hex, &is_long)) {
    errno = 0;
    long long value = strtoll(word, NULL, is_hex ? 16 : 10);
    if (errno) return FAIL(s, "%s%s does not fit into 64 bits", key, word);
    if (!is_long && (value < INT32_MIN || value > INT32_MAX)) {
      return FAIL(s, "%s%s does not fit into 32 bits: write %sL", key, word, word);
    }
    *type = is_long ? A_LONG : AN_INT;
    return CO_OK;
  }
  *type = A_FLOAT;
  if (co_parse_double(word, &real)) return CO_OK;
  bool number = strspn(word, DIGITS "+-.eE") == strlen(word) && strpbrk(word, DIGITS);
  return FAIL(s, "%s\"%s\" is %s", key, word,
              number ? "not a finite number" : "neither a key nor a number");
}

static co_status add_key(scan *s, const char *text, size_t size) {
  const open_bracket *open = &s->open[s->depth];
  for (int i = open->first_key; i < s->num_keys; i++) {
    const seen_key *seen = &s->key[i];
    if (seen->size == size && memcmp(seen->text, text, size) == 0) {
      return FAIL(s, "%.*s: written twice in one group, first in line %d", (int)size, text,
                  seen->line);
    }
  }
  if (s->num_keys - open->first_key == GROUP_MAX) {
    return FAIL(s, "more than %d keys in one group", GROUP_MAX);
  }
  if (s->num_keys == s->capacity) {
    int capacity = s->capacity ? 2 * s->capacity : 64;
    seen_key *key = co_realloc(s->key, (size_t)capacity, sizeof *key);
    if (!key) return CO_MEMORY;
    s->key = key;
    s->capacity = capacity;
  }
  s->key[s->num_keys++] = (seen_key){text, size, s->line};
  return CO_OK;
}

static bool is_boolean(const char *word) {
  return strcasecmp(word, "true") == 0 || strcasecmp(word, "false") == 0;
}

static co_status check_key(scan *s, const char *word, size_t size) {
  if (strspn(word, KEY_BYTES) != size || is_boolean(word)) {
    return FAIL(s, "\"%s\" is not a key: letters, digits, _ - * only", word);
  }
  CO_TRY(check_order(s, 'k'));
  return add_key(s, s->at, size);
}

static co_status check_value(scan *s, const char *word, bool is_value) {
  value_key where = {""};
  value_type type = A_BOOL;
  if (is_value) where = current_key(s);
  if (!in(KEY_START, word[0])) {
    CO_TRY(check_number(s, word, where.text, &type));
  } else if (!is_boolean(word)) {
    return FAIL(s, "%s\"%s\" is a string and must be quoted", where.text, word);
  }
  CO_TRY(check_order(s, 'a'));
  return check_array(s, type);
}

static co_status scan_word(scan *s) {
  char word[WORD_MAX + 1];
  size_t size = strspn(s->at, WORD_BYTES);
  if (size > WORD_MAX) return FAIL(s, "\"%.20s...\" is too long", s->at);
  memcpy(word, s->at, size);
  word[size] = '\0';
  bool is_value = in("=:", s->last) || in(")]", s->open[s->depth].closing);
  bool is_key = !is_value && in(KEY_START, word[0]);
  CO_TRY(is_key ? check_key(s, word, size) : check_value(s, word, is_value));
  s->at += size;
  s->last = is_key ? 'k' : 'a';
  return CO_OK;
}

static co_status scan_punctuation(scan *s) {
  CO_TRY(check_order(s, *s->at));
  s->last = *s->at++;
  return CO_OK;
}

static co_status scan_token(scan *s) {
  char c = *s->at;
  if (c == '#' || (c == '/' && in("/*", s->at[1]))) return scan_comment(s);
  if (c == '"') return scan_string(s);
  if (in("{([", c)) return scan_opening(s);
  if (in("})]", c)) return scan_closing(s);
  if (in(WORD_BYTES, c)) return scan_word(s);
  if (in("=:;,", c)) return scan_punctuation(s);
  if (c == '@') return FAIL(s, "%s", "@include is not allowed: one file holds all");
  if (!in(" \t\r\n\f", c)) {
    return c > ' ' && c < 0x7f ? FAIL(s, "%c means nothing here", c)
                               : FAIL(s, "byte 0x%02x outside of a string", (unsigned char)c);
  }
  if (c == '\n') s->line++;
  s->at++;
  return CO_OK;
}

co_status co_tree_scan(const char *text, const char *file) {
  scan s = {.file = file, .at = text, .line = 1, .last = ';'};
  co_status status = CO_OK;
  while (*s.at && status == CO_OK) status = scan_token(&s);
  if (status == CO_OK && s.depth > 0) {
    const open_bracket *open = &s.open[s.depth];
    s.line = open->line;
    status = FAIL(&s, "what opens here is not closed with %c", open->closing);
  }
  if (status == CO_OK) status = check_order(&s, '\0');
  free(s.key);
  return status;
}
