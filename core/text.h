// Small text tools: glob patterns, spelling suggestions, numbers.

#ifndef CORE_TEXT_H_
#define CORE_TEXT_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CO_NAME = 64 };  // bytes of an element, term, task, ... name, with NUL

// Patterns: alternatives separated by '|', each with * (any run, slashes and dots included) and ?.
// A backslash takes the meaning from the character behind it: g\|1 is the name "g|1".
bool co_glob_match(const char *pattern, const char *name);

// One alternative of a pattern, lent; the pattern goes on behind it.
typedef struct co_glob {
  const char *text;
  size_t size;
} co_glob;

// The first alternative of *rest, which moves behind it and is NULL after the last.
co_glob co_glob_take(const char **rest);
bool co_glob_match_one(co_glob one, const char *name);

// A name as the pattern that matches it alone; cut to `size`.
void co_glob_escape(const char *name, char *out, size_t size);

// For the error that an alternative matches nothing: the nearest name, or the one that the pattern
// from there on is when its bars are read as letters; as it is written in a pattern, in `out`.
// NULL: none is near, or it is what stands there.
const char *co_glob_suggest(co_glob one, const char *const *names, int count, char *out,
                            size_t size);

// And what it is called there, in `out`: "typo" of "rootz|typo", or "typo" where it is alone.
const char *co_glob_quote(const char *pattern, co_glob one, char *out, size_t size);

// The candidate nearest to `word` by edit distance (transpositions count 1), or NULL when none is
// near: as many edits as a slip makes (1 to 3 by length), and less than half of the candidate.
const char *co_suggest(const char *word, const char *const *candidates, int count);

// "a, b, c", as many of the names as fit; "none" where there are none.
void co_name_list(const char *const *name, int count, char *out, size_t size);

// Whole text as a number, no rest, no inf or nan: true on success.
bool co_parse_int(const char *text, int64_t *out);
bool co_parse_double(const char *text, double *out);

#endif  // CORE_TEXT_H_
