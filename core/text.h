// Small text tools: glob patterns, spelling suggestions, numbers.

#ifndef CORE_TEXT_H_
#define CORE_TEXT_H_

#include <stdbool.h>
#include <stdint.h>

// Matches `name` against alternatives separated by '|', each with * (any run, slashes and dots
// included) and ?.
bool co_glob_match(const char *pattern, const char *name);

// The candidate nearest to `word` by edit distance (transpositions count 1), or NULL when none is
// near: as many edits as a slip makes (1 to 3 by length), and less than half of the candidate.
const char *co_suggest(const char *word, const char *const *candidates, int count);

// Whole text as a number, no rest, no inf or nan: true on success.
bool co_parse_int(const char *text, int64_t *out);
bool co_parse_double(const char *text, double *out);

#endif  // CORE_TEXT_H_
