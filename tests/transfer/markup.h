// A small checker of markup for tests of what the program writes: elements nest and close,
// attributes are quoted, entities are known. Stricter than HTML, which the pages keep to.

#ifndef TESTS_TRANSFER_MARKUP_H_
#define TESTS_TRANSFER_MARKUP_H_

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { MARKUP_DEPTH = 64, MARKUP_NAME = 32 };

static inline int markup_count(const char *text, const char *needle) {
  int count = 0;
  for (const char *at = text; (at = strstr(at, needle)); at += strlen(needle)) count++;
  return count;
}

// after the & of an entity: the character after its ;, or NULL
static inline const char *markup_entity(const char *text) {
  static const char *const known[] = {"amp;", "lt;", "gt;", "quot;", "#39;"};
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    size_t size = strlen(known[i]);
    if (strncmp(text, known[i], size) == 0) return text + size;
  }
  return NULL;
}

// after the name of a tag: the closing > or />, or NULL when an attribute is malformed
static inline const char *markup_attributes(const char *text) {
  while (*text && *text != '>' && strncmp(text, "/>", 2) != 0) {
    if (*text != ' ') return NULL;
    text++;
    size_t name = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-0123456789");
    if (name == 0 || strncmp(text + name, "=\"", 2) != 0) return NULL;
    text += name + 2;
    size_t value = strcspn(text, "\"<");
    if (text[value] != '"') return NULL;
    text += value + 1;
  }
  return *text ? text : NULL;
}

// NULL when the text is well-formed, else where it is not.
static inline const char *markup_fault(const char *text) {
  char open[MARKUP_DEPTH][MARKUP_NAME];
  int depth = 0;
  const char *at = text;
  if (strncmp(at, "<!DOCTYPE html>", 15) == 0) at += 15;
  while (*at) {
    const char *here = at;
    if (*at == '&') {
      if (!(at = markup_entity(at + 1))) return here;
    } else if (*at == '>') {
      if (depth == 0 || strcmp(open[depth - 1], "style") != 0) return here;
      at++;
    } else if (*at != '<') {
      at++;
    } else {
      bool closing = at[1] == '/';
      const char *name = at + 1 + closing;
      size_t size = strcspn(name, " />\n");
      if (size == 0 || size >= MARKUP_NAME || !(at = markup_attributes(name + size))) return here;
      bool empty = *at == '/';
      at += 1 + empty;
      if (empty) continue;
      if (closing) {
        if (depth == 0 || strlen(open[depth - 1]) != size ||
            memcmp(open[depth - 1], name, size) != 0)
          return here;
        depth--;
      } else {
        if (depth == MARKUP_DEPTH) return here;
        snprintf(open[depth++], MARKUP_NAME, "%.*s", (int)size, name);
      }
    }
  }
  return depth == 0 ? NULL : at;
}

// Whether a number that is none was printed: nan, inf as words of their own in attributes or text.
static inline bool markup_has_nan(const char *text) {
  static const char *const bad[] = {"\"nan", "\"-nan", "\"inf", "\"-inf", ">nan", ">-nan",
                                    ">inf<", ">-inf",  " nan ", " inf ",  "nan%", "inf%",
                                    "[nan",  "[inf",   "Mnan",  "Lnan"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    if (strstr(text, bad[i])) return true;
  }
  return false;
}

#endif  // TESTS_TRANSFER_MARKUP_H_
