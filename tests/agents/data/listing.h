// A sink for tests: everything that comes, as one hash and in short.

#ifndef TESTS_AGENTS_DATA_LISTING_H_
#define TESTS_AGENTS_DATA_LISTING_H_

#include "agents/data/sink.h"
#include "core/hash.h"
#include "tests/support/support.h"

#include <string.h>

typedef struct listing {
  co_hasher *hasher;
  co_buf
      text;  // "e0 T1 ..." of each transition: episode, ends, first observation, next one at ends
  int obs_dim, act_dim;
} listing;

static inline co_status listing_begin(void *context, const co_data_about *about) {
  listing *out = context;
  co_buf json = {0};
  ck_assert_int_eq(co_data_about_write(about, &json), CO_OK);
  co_hasher_add(out->hasher, json.data, json.size);
  co_buf_free(&json);
  out->obs_dim = about->obs_dim;
  out->act_dim = about->act_dim;
  return CO_OK;
}

static inline co_status listing_add(void *context, const co_data_transition *at) {
  listing *out = context;
  bool ends = at->flags & (CO_DATA_TERMINATED | CO_DATA_TRUNCATED);
  size_t bytes = (size_t)out->obs_dim * sizeof *at->obs;
  unsigned flags = at->flags & ~(unsigned)CO_DATA_FIRST;
  co_hasher_add(out->hasher, at->obs, bytes);
  co_hasher_add(out->hasher, at->action, (size_t)out->act_dim * sizeof *at->action);
  co_hasher_add(out->hasher, &at->reward, sizeof at->reward);
  co_hasher_add(out->hasher, &flags, sizeof flags);
  co_hasher_add(out->hasher, &at->episode, sizeof at->episode);
  co_hasher_add(out->hasher, &at->row, sizeof at->row);
  if (ends) co_hasher_add(out->hasher, at->next_obs, bytes);
  co_buf_printf(&out->text, "%s%u:%g", out->text.size ? " " : "", at->episode, (double)*at->obs);
  if (flags & CO_DATA_TERMINATED) co_buf_puts(&out->text, "T");
  if (flags & CO_DATA_TRUNCATED) co_buf_puts(&out->text, "C");
  if (ends) co_buf_printf(&out->text, ">%g", (double)*at->next_obs);
  return CO_OK;
}

static inline listing listing_make(void) {
  return (listing){.hasher = co_hasher_create()};
}

static inline co_data_sink listing_sink(listing *to) {
  return (co_data_sink){to, listing_begin, listing_add};
}

static inline uint64_t listing_free(listing *all) {
  uint64_t hash = co_hasher_value(all->hasher);
  co_hasher_free(all->hasher);
  co_buf_free(&all->text);
  return hash;
}

#endif  // TESTS_AGENTS_DATA_LISTING_H_
