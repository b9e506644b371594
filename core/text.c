#include "core/text.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

// One alternative, pattern[0..end). On a mismatch the last * takes one more character, so the time
// is at most length of the pattern times length of the name.
static bool match_one(const char *pattern, const char *end, const char *name) {
  const char *star = NULL, *resume = NULL;
  while (*name) {
    if (pattern < end && *pattern == '*') {
      star = ++pattern;
      resume = name;
    } else if (pattern < end && (*pattern == '?' || *pattern == *name)) {
      pattern++;
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

bool co_glob_match(const char *pattern, const char *name) {
  for (;;) {
    const char *end = strchr(pattern, '|');
    if (!end) return match_one(pattern, pattern + strlen(pattern), name);
    if (match_one(pattern, end, name)) return true;
    pattern = end + 1;
  }
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
