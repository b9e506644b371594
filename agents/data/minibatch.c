#include "agents/data/minibatch.h"

#include <assert.h>
#include <math.h>

static double share_of(const co_minibatch_source *source) {
  return source->count > 0 ? source->share : 0;
}

// Beyond 32 bits the remainder prefers small indices by 2^-11 at most.
static int64_t index_below(co_rng *rng, int64_t count) {
  if (count <= UINT32_MAX) return co_rng_below(rng, (uint32_t)count);
  return (int64_t)(co_rng_u64(rng) % (uint64_t)count);
}

static void draw_from(int set, int64_t count, co_rng *rng, int rows, co_minibatch_row *row) {
  for (int r = 0; r < rows; r++)
    row[r] = (co_minibatch_row){.index = index_below(rng, count), .set = set, .weight = 1};
}

void co_minibatch_draw(const co_minibatch_source *source, int num_sources, co_rng *rng, int rows,
                       co_minibatch_row *row) {
  double all = 0, before = 0;
  int candidates = 0, done = 0;
  for (int i = 0; i < num_sources; i++) {
    all += share_of(&source[i]);
    candidates += share_of(&source[i]) > 0;
  }
  assert(candidates > 0 && rows >= 0);
  // Points at offset, offset + 1, ... over the shares, laid end to end on a line of `rows`.
  double offset = candidates > 1 ? co_rng_uniform(rng) : 0;
  for (int i = 0; i < num_sources; i++) {
    if (share_of(&source[i]) <= 0) continue;
    before += share_of(&source[i]);
    candidates--;
    int end = candidates > 0 ? (int)floor(before / all * rows + offset) : rows;
    draw_from(i, source[i].count, rng, end - done, row + done);
    done = end;
  }
}
