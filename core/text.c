#include "core/text.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Length of one character of a pattern: an escaped one has two.
static size_t unit(const char *pattern, const char *end) {
  return *pattern == '\\' && pattern + 1 < end ? 2 : 1;
}

// Whether the character at `pattern` stands for c.
static bool takes(const char *pattern, const char *end, char c) {
  return unit(pattern, end) == 2 ? pattern[1] == c : *pattern == '?' || *pattern == c;
}

// On a mismatch the last * takes one more character, so the time is at most length of the pattern
// times length of the name.
bool co_glob_match_one(co_glob glob, const char *name) {
  const char *pattern = glob.text, *end = pattern + glob.size;
  const char *star = NULL, *resume = NULL;
  while (*name) {
    if (pattern < end && *pattern == '*') {
      star = ++pattern;
      resume = name;
    } else if (pattern < end && takes(pattern, end, *name)) {
      pattern += unit(pattern, end);
      name++;
    } else if (star) {
      pattern = star;
      name = ++resume;
    } else {
      return false;
    }
  }
  while (pattern < end && *pattern == '*') pattern++;
  return pattern == end;
}

co_glob co_glob_take(const char **rest) {
  const char *start = *rest, *end = start + strlen(start), *at = start;
  while (at < end && *at != '|') at += unit(at, end);
  *rest = at < end ? at + 1 : NULL;
  return (co_glob){start, (size_t)(at - start)};
}

bool co_glob_match(const char *pattern, const char *name) {
  while (pattern) {
    if (co_glob_match_one(co_glob_take(&pattern), name)) return true;
  }
  return false;
}

enum { WORD_MAX = 64 };  // longer words get no suggestion

static size_t min2(size_t a, size_t b) {
  return a < b ? a : b;
}

// Edit distance with transpositions of neighbours (Damerau 1964, "optimal string alignment"), three
// rows at a time.
static size_t edit_distance(const char *a, size_t a_size, const char *b, size_t b_size) {
  size_t rows[3][WORD_MAX + 1];
  size_t *before = rows[0], *last = rows[1], *row = rows[2];
  for (size_t j = 0; j <= b_size; j++) last[j] = j;
  for (size_t i = 1; i <= a_size; i++) {
    row[0] = i;
    for (size_t j = 1; j <= b_size; j++) {
      size_t replaced = last[j - 1] + (a[i - 1] != b[j - 1]);
      row[j] = min2(replaced, 1 + min2(last[j], row[j - 1]));
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = min2(row[j], before[j - 2] + 1);
      }
    }
    size_t *oldest = before;
    before = last;
    last = row;
    row = oldest;
  }
  return last[b_size];
}

const char *co_suggest(const char *word, const char *const *candidates, int count) {
  const char *nearest = NULL;
  size_t size = strlen(word), limit = size <= 3 ? 1 : size <= 7 ? 2 : 3;
  if (size < 2 || size > WORD_MAX) return NULL;
  for (int i = 0; i < count; i++) {
    size_t candidate_size = strlen(candidates[i]);
    if (candidate_size > WORD_MAX || candidate_size > size + limit) continue;
    size_t distance = edit_distance(word, size, candidates[i], candidate_size);
    // a word of which as much changes as stays is another word
    if (distance > limit || 2 * distance > candidate_size) continue;
    nearest = candidates[i];
    if (distance == 0) break;
    limit = distance - 1;  // the first of equally near ones wins
  }
  return nearest;
}

// The alternative without its backslashes: what it matches where nothing else is special.
static bool plain_text(co_glob glob, char out[WORD_MAX + 1]) {
  size_t used = 0;
  if (glob.size > WORD_MAX) return false;
  for (const char *at = glob.text, *end = at + glob.size; at < end; at += unit(at, end)) {
    out[used++] = at[unit(at, end) - 1];
  }
  out[used] = '\0';
  return true;
}

void co_glob_escape(const char *name, char *out, size_t size) {
  size_t used = 0;
  for (; *name && used + 2 < size; name++) {
    if (strchr("|*?\\", *name)) out[used++] = '\\';
    out[used++] = *name;
  }
  out[used] = '\0';
}

const char *co_glob_suggest(co_glob one, const char *const *names, int count, char *out,
                            size_t size) {
  char plain[WORD_MAX + 1];
  const char *whole = co_suggest(one.text, names, count), *near = NULL;
  if (whole && strcmp(whole, one.text) == 0) near = whole;
  if (!near && plain_text(one, plain)) near = co_suggest(plain, names, count);
  if (!near) near = whole;
  if (!near) return NULL;
  co_glob_escape(near, out, size);
  bool typed = strlen(out) == one.size && memcmp(out, one.text, one.size) == 0;
  return typed ? NULL : out;
}

const char *co_glob_quote(const char *pattern, co_glob one, char *out, size_t size) {
  bool single = one.size == strlen(pattern);
  snprintf(out, size, "\"%.*s\"%s%s%s", (int)one.size, one.text, single ? "" : " of \"",
           single ? "" : pattern, single ? "" : "\"");
  return out;
}

void co_name_list(const char *const *name, int count, char *out, size_t size) {
  size_t used = (size_t)snprintf(out, size, "%s", count ? "" : "none");
  for (int i = 0; i < count && used + strlen(name[i]) + 3 < size; i++) {
    used += (size_t)snprintf(out + used, size - used, "%s%s", i ? ", " : "", name[i]);
  }
}

bool co_parse_int(const char *text, int64_t *out) {
  if (!*text || strspn(text, "+-0123456789") != strlen(text)) return false;
  char *end;
  errno = 0;
  long long value = strtoll(text, &end, 10);
  if (errno || *end || end == text) return false;
  *out = value;
  return true;
}

bool co_parse_double(const char *text, double *out) {
  // strtod would also take spaces, hexadecimal, inf and nan
  if (!*text || strspn(text, "+-.0123456789eE") != strlen(text)) return false;
  char *end;
  double value = strtod(text, &end);
  if (*end || end == text || !isfinite(value)) return false;
  *out = value;
  return true;
}
