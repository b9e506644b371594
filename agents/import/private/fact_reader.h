// What readers of settings files share: facts and terms out of a map's keys. For agents/import/
// only.

#ifndef AGENTS_IMPORT_PRIVATE_FACT_READER_H_
#define AGENTS_IMPORT_PRIVATE_FACT_READER_H_

#include "agents/import/private/fact_rows.h"

typedef struct co_fact_reader {
  const co_document *document;
  co_facts *facts;
} co_fact_reader;

typedef struct co_fact_pair {
  const char *key, *path;
} co_fact_pair;

// The value at `key` as the fact that facts.json has at `path`; nothing where there is none.
co_status co_fact_take(const co_fact_reader *r, const co_doc *map, const char *key,
                       const char *path);
co_status co_fact_take_all(const co_fact_reader *r, const co_doc *map, const co_fact_pair *pairs,
                           int count);
#define CO_FACT_TAKE_ALL(r, map, pairs) \
  co_fact_take_all(r, map, pairs, (int)(sizeof(pairs) / sizeof *(pairs)))
const char *co_fact_place_of(const co_fact_reader *r, const co_doc *doc);

// Terms: room for `count` before the first; `canonical` NULL: by the word.
co_status co_fact_room_for(co_facts *facts, int count);
co_fact_term *co_fact_add_term(co_facts *facts, const char *word, const char *canonical,
                               const char *place);
co_status co_fact_take_term(const co_fact_reader *r, const co_doc *map, const char *key,
                            const char *member, co_fact_term *term);
co_status co_fact_take_history(const co_fact_reader *r, const co_doc *doc, co_fact_term *term);

// Descriptors and joint orders of Isaac Lab.
co_status co_facts_read_isaac(const co_fact_reader *r);
co_status co_facts_read_joint_orders(const co_fact_reader *r);

#endif  // AGENTS_IMPORT_PRIVATE_FACT_READER_H_
