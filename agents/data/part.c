#include "agents/data/part.h"

#include <assert.h>
#include <math.h>

static co_status create(const co_data_set *set, int64_t episodes, co_arena *arena,
                        co_data_part *out) {
  *out = (co_data_part){.set = set};
  out->episode = co_arena_alloc(arena, (size_t)episodes + 1, sizeof *out->episode);
  out->first = co_arena_alloc(arena, (size_t)episodes + 1, sizeof *out->first);
  return co_arena_status(arena);
}

static void add(co_data_part *part, int64_t episode) {
  const int64_t *start = part->set->start;
  part->episode[part->episodes] = episode;
  part->transitions += start[episode + 1] - start[episode] - 1;  // without the final record
  part->first[++part->episodes] = part->transitions;
}

// Selection sampling (Knuth, The Art of Computer Programming 2, 3.4.2, algorithm S).
co_status co_data_split(const co_data_set *set, double share, co_rng *rng, co_arena *arena,
                        co_data_part *kept, co_data_part *held) {
  assert(share >= 0 && share <= 1);
  int64_t count = set->episodes, wanted = (int64_t)floor(share * (double)count + 0.5);
  if (wanted == count && count > 0) wanted--;
  CO_TRY(create(set, count - wanted, arena, kept));
  CO_TRY(create(set, wanted, arena, held));
  for (int64_t e = 0; e < count; e++) {
    int64_t missing = wanted - held->episodes;
    bool holds = missing > 0 && co_rng_uniform(rng) * (double)(count - e) < (double)missing;
    add(holds ? held : kept, e);
  }
  return CO_OK;
}

co_data_transition co_data_part_at(const co_data_part *part, int64_t index) {
  assert(index >= 0 && index < part->transitions);
  int64_t low = 0, high = part->episodes;
  while (high - low > 1) {
    int64_t middle = low + (high - low) / 2;
    if (part->first[middle] <= index)
      low = middle;
    else
      high = middle;
  }
  int64_t record = part->set->start[part->episode[low]] + index - part->first[low];
  return co_data_set_record(part->set, record);
}
