#include "agents/program/private/states.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { NAME = 128, WORDS = 16 };

// Names are compared by their words: runs of letters, and of digits.
typedef struct words {
  char text[NAME];
  const char *word[WORDS];
  int count;
} words;

static bool is_same_word(const char *a, const char *b) {
  return (isalpha((unsigned char)*a) != 0) == (isalpha((unsigned char)*b) != 0);
}

// "rnn.State_in" to rnn, state, in; "h0" to h, 0. False when it is too long to be a state's name.
static bool split(const char *name, words *out) {
  size_t length = 0;
  const char *before = NULL;
  out->count = 0;
  for (const char *at = name; *at; at++) {
    if (!isalnum((unsigned char)*at)) {
      before = NULL;
      continue;
    }
    if (!before || !is_same_word(before, at)) {
      if (out->count == WORDS || length + 1 >= NAME) return false;
      if (out->count > 0) out->text[length++] = '\0';
      out->word[out->count++] = out->text + length;
    }
    if (length + 2 >= NAME) return false;
    out->text[length++] = (char)tolower((unsigned char)*at);
    before = at;
  }
  out->text[length] = '\0';
  return out->count > 0;
}

static const char *const in_words[] = {"in",   "input",   "prev", "previous", "old",
                                       "init", "initial", "last", "0",        NULL};
static const char *const out_words[] = {"out", "output", "next", "new", "n", "final", "t", NULL};

static bool is_one_of(const char *word, const char *const *list) {
  for (; *list; list++)
    if (strcmp(word, *list) == 0) return true;
  return false;
}

// "hn", "cn", "hin", "hout": a letter and its mark in one word.
static bool split_mark(words *w, const char *const *marks) {
  const char *last = w->word[w->count - 1];
  if (!strchr("hc", *last) || w->count == WORDS || !is_one_of(last + 1, marks)) return false;
  w->count--;
  static const char *const letters[] = {"h", "c"};
  w->word[w->count++] = letters[*last == 'c'];
  return true;
}

// Takes one mark out of a name; false where it has none.
static bool take_mark(words *w, const char *const *marks) {
  for (int i = w->count - 1; i >= 0; i--) {
    if (!is_one_of(w->word[i], marks)) continue;
    for (; i + 1 < w->count; i++) w->word[i] = w->word[i + 1];
    w->count--;
    return true;
  }
  return split_mark(w, marks);
}

static bool are_same(const words *a, const words *b) {
  bool same = a->count == b->count;
  for (int i = 0; same && i < a->count; i++) same = strcmp(a->word[i], b->word[i]) == 0;
  return same;
}

// What is left of a name has to call something that is remembered.
static bool calls_state(const words *w) {
  static const char *const others[] = {"obs",     "observation", "observations", "action",
                                       "actions", "policy",      "actor",        NULL};
  bool letters = false;
  for (int i = 0; i < w->count; i++) {
    if (is_one_of(w->word[i], others) && w->count == 1) return false;
    if (strncmp(w->word[i], "action", 6) == 0 || strncmp(w->word[i], "obs", 3) == 0) return false;
    letters |= isalpha((unsigned char)*w->word[i]) != 0;
  }
  return letters;
}

static bool answers(const co_named_size *in, const co_named_size *out) {
  words a, b;
  bool fits = out->count < 0 || in->count == out->count;
  if (!fits || !split(in->name, &a) || !split(out->name, &b)) return false;
  bool marked = take_mark(&a, in_words);
  marked |= take_mark(&b, out_words);
  return marked && are_same(&a, &b) && calls_state(&a);
}

co_status co_states_match(const char *file, const co_named_size *in, int num_in,
                          const co_named_size *out, int num_out, int *answer) {
  for (int i = 0; i < num_in; i++) answer[i] = -1;
  if (num_in < 2) return CO_OK;
  for (int i = 0; i < num_in; i++) {
    for (int o = 0; o < num_out; o++) {
      if (!answers(&in[i], &out[o])) continue;
      if (answer[i] >= 0)
        return co_fail(
            CO_DATA, "%s: what follows input \"%s\" is output \"%s\" or \"%s\"; rename one of them",
            file, in[i].name, out[answer[i]].name, out[o].name);
      answer[i] = o;
    }
    for (int k = 0; k < i; k++)
      if (answer[i] >= 0 && answer[k] == answer[i])
        return co_fail(CO_DATA,
                       "%s: output \"%s\" follows input \"%s\" or \"%s\"; rename one of them", file,
                       out[answer[i]].name, in[k].name, in[i].name);
  }
  return CO_OK;
}
