#include "agents/import/private/fact_reader.h"

co_status co_fact_take(const co_fact_reader *r, const co_doc *map, const char *key,
                       const char *path) {
  const co_doc *doc = co_doc_get(map, key);
  const co_fact_row *row = co_fact_find_row(co_fact_rows, path);
  if (!doc || doc->kind == CO_DOC_OTHER) return CO_OK;
  return co_fact_read(r->document, doc, key, row, &r->facts->memory, r->facts);
}

co_status co_fact_take_all(const co_fact_reader *r, const co_doc *map, const co_fact_pair *pairs,
                           int count) {
  for (int i = 0; i < count; i++) CO_TRY(co_fact_take(r, map, pairs[i].key, pairs[i].path));
  return CO_OK;
}
const char *co_fact_place_of(const co_fact_reader *r, const co_doc *doc) {
  return co_fact_place(&r->facts->memory, r->document, doc, doc->key ? doc->key : "");
}

co_fact_term *co_fact_add_term(co_facts *facts, const char *word, const char *canonical,
                               const char *place) {
  co_fact_term *term = &facts->term[facts->num_terms++];
  *term = co_fact_term_empty();
  term->at = (co_fact){true, CO_FROM_FILE, place, 0};
  term->stated_as = co_arena_strdup(&facts->memory, word);
  term->term = canonical ? canonical : term->stated_as ? co_term_canonical(term->stated_as) : "";
  return term;
}

co_status co_fact_take_term(const co_fact_reader *r, const co_doc *map, const char *key,
                            const char *member, co_fact_term *term) {
  const co_doc *doc = co_doc_get(map, key);
  if (!doc || doc->kind == CO_DOC_OTHER) return CO_OK;
  const co_fact_row *row = co_fact_find_row(co_term_rows, member);
  return co_fact_read(r->document, doc, key, row, &r->facts->memory, term);
}

co_status co_fact_room_for(co_facts *facts, int count) {
  facts->term = co_arena_alloc(&facts->memory, (size_t)count, sizeof *facts->term);
  return co_arena_status(&facts->memory);
}

co_status co_fact_take_history(const co_fact_reader *r, const co_doc *doc, co_fact_term *term) {
  const co_fact_row row = {.kind = CO_FACT_NUMBER, .low = 0, .high = CO_MAX_HISTORY, .whole = true};
  co_fact_number past = {0};
  if (!doc) return CO_OK;
  CO_TRY(co_fact_read(r->document, doc, doc->key, &row, &r->facts->memory, &past));
  if (past.at.stated) term->history = past.value > 1 ? (int)past.value : 1;
  return CO_OK;
}
