// The members of facts as one table: what reads, merges, lists and checks them goes by it. Keys are
// those of facts.json, which docs/formats.md lists. For agents/import/ only.

#ifndef AGENTS_IMPORT_PRIVATE_FACT_ROWS_H_
#define AGENTS_IMPORT_PRIVATE_FACT_ROWS_H_

#include "agents/formats/document.h"
#include "agents/import/facts.h"

typedef enum co_fact_kind {
  CO_FACT_TEXT,     // co_fact_text
  CO_FACT_NUMBER,   // co_fact_number
  CO_FACT_NUMBERS,  // co_fact_numbers
  CO_FACT_NAMES,    // co_fact_names
  CO_FACT_NOTE,     // for people: read over
} co_fact_kind;

// What a list has one of for each.
typedef enum co_fact_per {
  CO_PER_ANY,
  CO_PER_PAIR,
  CO_PER_JOINT,
  CO_PER_ACTION,
  CO_PER_OBS
} co_fact_per;

typedef struct co_fact_row {
  const char *path;
  co_fact_kind kind;
  size_t offset;
  co_fact_per per;
  double low, high;  // of a number; equal: any
  bool whole;        // a whole number, exact
  bool one;          // NUMBERS: a single number stands for all
  bool none;         // null says that there is none, in place of nothing
  bool asked;        // listed also where nobody says it: without it a policy is not understood
} co_fact_row;

extern const co_fact_row co_fact_rows[];  // of co_facts, up to a path of NULL
extern const co_fact_row co_term_rows[];  // of co_fact_term

// The first member of every fact.
static inline co_fact *co_fact_at(void *base, const co_fact_row *row) {
  return (co_fact *)((char *)base + row->offset);
}
static inline const co_fact *co_fact_in(const void *base, const co_fact_row *row) {
  return (const co_fact *)((const char *)base + row->offset);
}
const co_fact_row *co_fact_find_row(const co_fact_row *rows, const char *path);  // or NULL

// Readers: what is set is stated, at "BASE: path", or "BASE:line" where the document has lines.
const char *co_fact_place(co_arena *memory, const co_document *document, const co_doc *doc,
                          const char *path);
// Reads a value as the row says. CO_DATA with "file: path: text", or "file:line: path: text".
co_status co_fact_read(const co_document *document, const co_doc *doc, const char *path,
                       const co_fact_row *row, co_arena *memory, void *base);
__attribute__((format(printf, 4, 5))) co_status co_fact_fail(const co_document *document,
                                                             const co_doc *doc, const char *path,
                                                             const char *format, ...);
bool co_fact_is_word(const char *text);  // may name a term: printable, not empty, not too long
// Values that readers make themselves.
void co_fact_set_text(co_arena *memory, const char *value, const char *place, co_fact_text *out);
void co_fact_set_number(double value, double resolution, const char *place, co_fact_number *out);
co_status co_fact_set_numbers(co_arena *memory, const double *value, const double *resolution,
                              int count, const char *place, co_fact_numbers *out);

// What follows from what one file says, and what in it contradicts itself: lengths, places of
// terms, the clock. `file` begins the sentence of CO_DATA.
co_status co_facts_settle(const char *file, co_facts *facts);
// Of no action the lower bound is above the higher one, which may be from two files; `file` as
// above.
co_status co_facts_check_bounds(const char *file, const co_facts *facts);

// The past of all from that of the terms, where nobody tells it; what is left open is a habit of
// trainers on Isaac Lab and its kin, from there on CO_FROM_DEFAULT.
void co_facts_settle_history(co_facts *facts);
// All keys of facts.json, from any document.
co_status co_facts_read_document(const co_document *document, co_facts *facts);
// Terms of all sources by facts.json's word; the term itself where none is known.
const char *co_term_canonical(const char *term);
// The value of a term, NAN numbers and absent members.
co_fact_term co_fact_term_empty(void);

#endif  // AGENTS_IMPORT_PRIVATE_FACT_ROWS_H_
