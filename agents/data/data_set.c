#include "agents/data/data_set.h"

#include "agents/data/private/layout.h"
#include "agents/nn/network.h"
#include "core/file.h"
#include "core/hash.h"
#include "core/memory.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

// A file while it is read.
typedef struct reader {
  const char *file;
  const unsigned char *bytes;  // (size)
  size_t size;
  data_header head;
  size_t record_at, hash_at;  // offsets of the first record and of the first hash behind them
} reader;

// ---- lengths and checksums

static co_status check_head(const reader *in) {
  const uint64_t most = (uint64_t)1 << 40;  // more records than a disk holds
  const data_header *head = &in->head;
  if (head->obs_dim < 1 || head->obs_dim > CO_MAX_OBS || head->act_dim < 1 ||
      head->act_dim > CO_MAX_WIDTH)
    return co_fail(CO_DATA, "%s: offset 8: 1 to %d observations and 1 to %d actions are allowed",
                   in->file, CO_MAX_OBS, CO_MAX_WIDTH);
  if (head->records > most || head->episodes > head->records / 2)
    return co_fail(CO_DATA, "%s: offset 16: %" PRIu64 " records of %" PRIu64 " episodes", in->file,
                   head->records, head->episodes);
  if (head->text <= DATA_TEXT_MAX && (sizeof *head + head->text + DATA_HASH) % DATA_ALIGN == 0)
    return CO_OK;
  return co_fail(CO_DATA, "%s: offset 40: %" PRIu64 " bytes of text", in->file, head->text);
}

static co_status check_size(const reader *in, size_t words) {
  uint64_t bytes = in->record_at + in->head.records * words * DATA_WORD +
                   data_pieces(in->head.records) * DATA_HASH;
  if (in->size == bytes) return CO_OK;
  return co_fail(CO_DATA,
                 "%s: offset 16: %" PRIu64 " records make %" PRIu64 " bytes, there are %zu",
                 in->file, in->head.records, bytes, in->size);
}

// Where everything lies, before any of it is looked at.
static co_status measure(reader *in, co_data_set *out) {
  if (in->size < sizeof data_magic || memcmp(in->bytes, data_magic, sizeof data_magic) != 0)
    return co_fail(CO_DATA, "%s: offset 0: this is no data set of carryover", in->file);
  if (in->size < sizeof in->head)
    return co_fail(CO_DATA, "%s: offset %zu: the header is cut off", in->file, in->size);
  memcpy(&in->head, in->bytes, sizeof in->head);
  CO_TRY(check_head(in));
  in->record_at = sizeof in->head + (size_t)in->head.text + DATA_HASH;
  if (in->size < in->record_at)
    return co_fail(CO_DATA, "%s: offset %zu: the header is cut off", in->file, in->size);
  size_t words = (size_t)in->head.obs_dim + in->head.act_dim + DATA_TAIL;
  CO_TRY(check_size(in, words));
  in->hash_at = in->record_at + (size_t)in->head.records * words * DATA_WORD;
  out->words = (int)words;
  out->records = (int64_t)in->head.records;
  out->episodes = (int64_t)in->head.episodes;
  out->transitions = out->records - out->episodes;
  out->record = (const float *)(const void *)(in->bytes + in->record_at);
  out->hash = in->head.hash;
  return CO_OK;
}

static co_status check_hash(const reader *in, size_t at, size_t size, size_t hash_at) {
  uint64_t want;
  memcpy(&want, in->bytes + hash_at, sizeof want);
  if (co_hash(in->bytes + at, size) == want) return CO_OK;
  return co_fail(CO_DATA, "%s: offset %zu: the checksum of these %zu bytes doesn't match", in->file,
                 at, size);
}

static int64_t piece_end(const co_data_set *set, size_t piece) {
  int64_t end = (int64_t)(piece + 1) * CO_DATA_PIECE;
  return end < set->records ? end : set->records;
}

static co_status check_piece_hash(const reader *in, const co_data_set *set, size_t piece) {
  size_t bytes = (size_t)set->words * DATA_WORD, begin = piece * CO_DATA_PIECE;
  size_t size = ((size_t)piece_end(set, piece) - begin) * bytes;
  return check_hash(in, in->record_at + begin * bytes, size, in->hash_at + piece * DATA_HASH);
}

static co_status check_hash_of_hashes(const reader *in) {
  if (co_hash(in->bytes + in->hash_at, in->size - in->hash_at) == in->head.hash) return CO_OK;
  return co_fail(CO_DATA, "%s: offset %zu: the checksum of the checksums doesn't match", in->file,
                 in->hash_at);
}

static co_status read_text(const reader *in, co_data_about *out) {
  const char *text = (const char *)in->bytes + sizeof in->head;
  co_status status = co_data_about_parse(text, (size_t)in->head.text, "header",
                                         (int)in->head.obs_dim, (int)in->head.act_dim, out);
  if (status != CO_DATA) return status;
  return co_fail_context(status, "%s: offset %zu", in->file, sizeof in->head);
}

// ---- records

// What one record allows the next to be.
typedef struct walk {
  const reader *in;
  co_data_set *set;
  int64_t at, episode;  // record, and episodes that have begun
  bool inside, ended;   // of an episode; its last transition was the last record
  uint32_t number, row;
} walk;

static co_status fail_record(const walk *w, const char *text) {
  size_t offset = w->in->record_at + (size_t)w->at * (size_t)w->set->words * DATA_WORD;
  return co_fail(CO_DATA, "%s: offset %zu: record %" PRId64 ": %s", w->in->file, offset, w->at,
                 text);
}

// All of `count` floats: an exponent of ones, an infinity or none, carries into the place of the
// sign, which is masked out. Two at a time.
static bool is_finite(const float *x, int count) {
  const uint64_t exponent = 0x7f8000007f800000, one = 0x0080000000800000;
  uint64_t carries = 0, pair;
  int i = 0;
  for (; i + 2 <= count; i += 2) {
    memcpy(&pair, x + i, sizeof pair);
    carries |= (pair & exponent) + one;
  }
  if (i < count) carries |= (data_word(x + i) & (exponent >> 32)) + (one >> 32);
  return !(carries & 0x8000000080000000);
}

static bool is_zero(const float *x, int count) {
  uint32_t bits = 0;
  for (int i = 0; i < count; i++) bits |= data_word(x + i);
  return !bits;
}

static co_status begin_episode(walk *w, uint32_t number, uint32_t row) {
  if (w->episode == w->set->episodes) return fail_record(w, "more episodes than the header says");
  if (w->episode && number <= w->number) return fail_record(w, "numbers of episodes must rise");
  if (w->episode && row < w->row) return fail_record(w, "numbers of rows must not fall");
  w->set->start[w->episode++] = w->at;
  w->number = number;
  w->row = row;
  w->inside = true;
  return CO_OK;
}

static co_status check_final(walk *w, unsigned flags, const float *record) {
  const co_data_about *about = &w->set->about;
  if (flags != CO_DATA_FINAL) return fail_record(w, "an end without the observation behind it");
  if (!is_zero(record + about->obs_dim, about->act_dim + 1))
    return fail_record(w, "the observation of an end has an action or a reward");
  w->inside = w->ended = false;
  return CO_OK;
}

static co_status check_record(walk *w, const float *record) {
  const co_data_about *about = &w->set->about;
  const float *tail = record + about->obs_dim + about->act_dim;
  unsigned flags = data_word(tail + DATA_FLAGS);
  uint32_t number = data_word(tail + DATA_EPISODE), row = data_word(tail + DATA_ROW);
  if (!is_finite(record, about->obs_dim + about->act_dim + 1))
    return fail_record(w, "a number is not finite");
  if (!w->inside) {
    if (!(flags & CO_DATA_FIRST)) return fail_record(w, "no episode has begun");
    CO_TRY(begin_episode(w, number, row));
  } else if (flags & CO_DATA_FIRST) {
    return fail_record(w, "an episode begins within another");
  } else if (number != w->number || row != w->row) {
    return fail_record(w, "it is of another episode or row");
  }
  if (w->ended) return check_final(w, flags, record);
  if (flags & ~(unsigned)(CO_DATA_TERMINATED | CO_DATA_TRUNCATED | CO_DATA_FIRST))
    return fail_record(w, "its flags are not known, or are not those of a transition");
  w->ended = flags & (CO_DATA_TERMINATED | CO_DATA_TRUNCATED);
  return CO_OK;
}

// A piece is read once: its records are looked at while they are in the cache from hashing.
static co_status check_piece(walk *w, size_t piece) {
  const co_data_set *set = w->set;
  CO_TRY(check_piece_hash(w->in, set, piece));
  for (int64_t end = piece_end(set, piece); w->at < end; w->at++)
    CO_TRY(check_record(w, set->record + w->at * set->words));
  return CO_OK;
}

static co_status check_records(const reader *in, co_data_set *set) {
  walk w = {.in = in, .set = set};
  for (size_t i = 0; i < data_pieces(in->head.records); i++) CO_TRY(check_piece(&w, i));
  if (w.inside) return fail_record(&w, "the last episode has no end");
  if (w.episode != set->episodes) return fail_record(&w, "fewer episodes than the header says");
  set->start[set->episodes] = set->records;
  return CO_OK;
}

static co_status parse(reader *in, co_data_set *out) {
  CO_TRY(measure(in, out));
  CO_TRY(check_hash(in, 0, in->record_at - DATA_HASH, in->record_at - DATA_HASH));
  CO_TRY(check_hash_of_hashes(in));
  CO_TRY(read_text(in, &out->about));
  out->start = co_alloc((size_t)out->episodes + 1, sizeof *out->start);
  return out->start ? check_records(in, out) : CO_MEMORY;
}

co_status co_data_set_parse(const void *bytes, size_t size, const char *file, co_data_set *out) {
  assert((bytes || size == 0) && file && (uintptr_t)bytes % DATA_WORD == 0);
  *out = (co_data_set){0};
  reader in = {.file = file, .bytes = bytes, .size = size};
  co_status status = parse(&in, out);
  if (status != CO_OK) co_data_set_close(out);
  return status;
}

co_status co_data_set_open(const char *path, co_data_set *out) {
  co_file_map map;
  CO_TRY(co_file_map_open(path, &map));
  co_status status = co_data_set_parse(map.bytes, map.size, path, out);
  if (status == CO_OK)
    out->map = map;
  else
    co_file_map_close(&map);
  return status;
}

void co_data_set_close(co_data_set *set) {
  co_data_about_free(&set->about);
  co_file_map_close(&set->map);
  free(set->start);
  *set = (co_data_set){0};
}

// ---- all that is wrong

// Every piece of a file that is as long as it says.
static co_status check_pieces(const co_file_map *map, const char *path,
                              co_data_problems *problems) {
  reader in = {.file = path, .bytes = map->bytes, .size = map->size};
  co_data_set set = {0};
  if (measure(&in, &set) != CO_OK) return CO_OK;
  for (size_t i = 0; i < data_pieces(in.head.records); i++)
    if (check_piece_hash(&in, &set, i) != CO_OK)
      CO_TRY(co_data_problems_add(problems, "%s", co_error_text()));
  return CO_OK;
}

co_status co_data_set_check(const char *path, co_data_problems *problems) {
  co_file_map map;
  co_data_set set;
  CO_TRY(co_file_map_open(path, &map));
  int before = problems->count;
  co_status status = check_pieces(&map, path, problems);
  if (status == CO_OK && problems->count == before) {
    status = co_data_set_parse(map.bytes, map.size, path, &set);
    if (status == CO_OK) co_data_set_close(&set);
    if (status == CO_DATA) status = co_data_problems_add(problems, "%s", co_error_text());
  }
  co_file_map_close(&map);
  return status;
}

// ---- access

static int64_t first_of(const co_data_set *set, int64_t episode) {
  return set->start[episode] - episode;  // every episode before has one record more
}

int64_t co_data_set_episode_of(const co_data_set *set, int64_t index) {
  assert(index >= 0 && index < set->transitions);
  int64_t low = 0, high = set->episodes;
  while (high - low > 1) {
    int64_t middle = low + (high - low) / 2;
    if (first_of(set, middle) <= index)
      low = middle;
    else
      high = middle;
  }
  return low;
}

static co_data_transition transition_at(const co_data_set *set, const float *record) {
  const float *action = record + set->about.obs_dim, *tail = action + set->about.act_dim;
  return (co_data_transition){.obs = record,
                              .action = action,
                              .next_obs = record + set->words,
                              .reward = tail[DATA_REWARD],
                              .flags = data_word(tail + DATA_FLAGS),
                              .episode = data_word(tail + DATA_EPISODE),
                              .row = data_word(tail + DATA_ROW)};
}

co_data_transition co_data_set_record(const co_data_set *set, int64_t record) {
  assert(record >= 0 && record < set->records);
  return transition_at(set, set->record + record * set->words);
}

co_data_transition co_data_set_at(const co_data_set *set, int64_t index) {
  return co_data_set_record(set, index + co_data_set_episode_of(set, index));
}

co_data_episode co_data_set_episode(const co_data_set *set, int64_t episode) {
  assert(episode >= 0 && episode < set->episodes);
  int64_t begin = set->start[episode], last = set->start[episode + 1] - 2;
  co_data_transition end = co_data_set_record(set, last);
  co_data_episode out = {.first = first_of(set, episode),
                         .length = last - begin + 1,
                         .number = end.episode,
                         .row = end.row,
                         .flags = end.flags & ~(unsigned)CO_DATA_FIRST};
  int reward = set->about.obs_dim + set->about.act_dim + DATA_REWARD;
  for (int64_t i = begin; i <= last; i++) out.ret += (double)set->record[i * set->words + reward];
  return out;
}

double co_data_most_bytes(const co_env_info *world, int64_t episodes) {
  double words = world->obs_dim + world->act_dim + DATA_TAIL;
  return (double)episodes * (world->horizon + 1.0) * words * DATA_WORD;
}

co_data_window co_data_set_window(const co_data_set *set, int64_t index, int64_t most) {
  assert(most >= 0);
  int64_t episode = co_data_set_episode_of(set, index), record = index + episode;
  int64_t left = set->start[episode + 1] - 1 - record;
  return (co_data_window){set->record + record * set->words, left < most ? left : most};
}

co_data_transition co_data_window_at(const co_data_set *set, const co_data_window *window,
                                     int64_t step) {
  assert(step >= 0 && step < window->length);
  return transition_at(set, window->record + step * set->words);
}
