#include "agents/data/writer.h"

#include "agents/data/private/layout.h"
#include "agents/nn/network.h"
#include "core/file.h"
#include "core/hash.h"
#include "core/memory.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

struct co_data_writer {
  co_data_about about;
  co_file_out file;
  data_header head;  // as far as the set has come
  co_buf text;       // of the header, padded
  float *piece;      // (CO_DATA_PIECE x words), owned
  int words, used;   // records in the piece
  co_buf hashes;     // of the pieces that are written
  bool inside;       // of an episode
  uint32_t episode, row;
};

static const char *name_of(const co_data_name *name, int i) {
  return name ? name[i].name : "";
}

// ---- header

// The text, with as many spaces as bring the first record to its place.
static co_status make_text(co_data_writer *writer) {
  CO_TRY(co_data_about_write(&writer->about, &writer->text));
  while ((sizeof writer->head + writer->text.size + DATA_HASH) % DATA_ALIGN)
    co_buf_add(&writer->text, " ", 1);
  CO_TRY(co_buf_status(&writer->text));
  writer->head.text = writer->text.size;
  if (writer->text.size <= DATA_TEXT_MAX) return CO_OK;
  return co_fail(CO_CONFIG, "%s: the contract is too long", writer->file.path);
}

static co_status make_header(co_data_writer *writer, co_buf *out) {
  co_buf_add(out, &writer->head, sizeof writer->head);
  co_buf_add(out, writer->text.data, writer->text.size);
  CO_TRY(co_buf_status(out));
  uint64_t hash = co_hash(out->data, out->size);
  co_buf_add(out, &hash, sizeof hash);
  return co_buf_status(out);
}

// At the start its totals are not known yet, and its place is kept.
static co_status put_header(co_data_writer *writer, bool again) {
  co_buf bytes = {0};
  co_status status = make_header(writer, &bytes);
  if (status == CO_OK)
    status = again ? co_file_out_patch(&writer->file, 0, bytes.data, bytes.size)
                   : co_file_out_write(&writer->file, bytes.data, bytes.size);
  co_buf_free(&bytes);
  return status;
}

// ---- records

static co_status put_piece(co_data_writer *writer) {
  size_t size = (size_t)writer->used * (size_t)writer->words * DATA_WORD;
  uint64_t hash = co_hash(writer->piece, size);
  co_buf_add(&writer->hashes, &hash, sizeof hash);
  CO_TRY(co_buf_status(&writer->hashes));
  writer->used = 0;
  return co_file_out_write(&writer->file, writer->piece, size);
}

static void put_word(float *at, uint32_t word) {
  memcpy(at, &word, sizeof word);
}

static co_status put_record(co_data_writer *writer, const co_data_transition *from,
                            const float *obs, unsigned flags) {
  const co_data_about *about = &writer->about;
  float *record = writer->piece + (ptrdiff_t)writer->used * writer->words;
  float *action = record + about->obs_dim, *tail = action + about->act_dim;
  size_t action_bytes = (size_t)about->act_dim * sizeof *action;
  bool is_final = flags == CO_DATA_FINAL;
  memcpy(record, obs, (size_t)about->obs_dim * sizeof *obs);
  if (is_final)
    memset(action, 0, action_bytes);
  else
    memcpy(action, from->action, action_bytes);
  tail[DATA_REWARD] = is_final ? 0 : from->reward;
  put_word(tail + DATA_FLAGS, flags);
  put_word(tail + DATA_EPISODE, from->episode);
  put_word(tail + DATA_ROW, from->row);
  writer->head.records++;
  return ++writer->used == CO_DATA_PIECE ? put_piece(writer) : CO_OK;
}

static co_status check_array(const co_data_writer *writer, const co_data_transition *at,
                             const char *what, const float *x, int count,
                             const co_data_name *name) {
  for (int i = 0; i < count; i++)
    if (!isfinite(x[i]))
      return co_fail(CO_DATA, "%s: episode %" PRIu32 ": %s %d%s%s is not finite", writer->file.path,
                     at->episode, what, i, name ? " " : "", name_of(name, i));
  return CO_OK;
}

static co_status check(const co_data_writer *writer, const co_data_transition *at, bool ends) {
  const co_data_about *about = &writer->about;
  CO_TRY(check_array(writer, at, "observation", at->obs, about->obs_dim, about->obs));
  CO_TRY(check_array(writer, at, "action", at->action, about->act_dim, about->action));
  CO_TRY(check_array(writer, at, "reward", &at->reward, 1, NULL));
  if (!ends) return CO_OK;
  return check_array(writer, at, "observation", at->next_obs, about->obs_dim, about->obs);
}

static co_status begin_episode(co_data_writer *writer, const co_data_transition *at) {
  if (writer->head.episodes && (at->episode <= writer->episode || at->row < writer->row))
    return co_fail(CO_DATA,
                   "%s: episode %" PRIu32 " of row %" PRIu32 " stands behind episode %" PRIu32
                   " of row %" PRIu32 ": numbers of episodes must rise and those of rows not fall",
                   writer->file.path, at->episode, at->row, writer->episode, writer->row);
  writer->head.episodes++;
  writer->episode = at->episode;
  writer->row = at->row;
  return CO_OK;
}

co_status co_data_writer_add(co_data_writer *writer, const co_data_transition *at) {
  unsigned flags = at->flags & (CO_DATA_TERMINATED | CO_DATA_TRUNCATED);
  bool ends = flags != 0, begins = !writer->inside;
  CO_TRY(check(writer, at, ends));
  if (begins) CO_TRY(begin_episode(writer, at));
  assert(at->episode == writer->episode && at->row == writer->row);
  writer->inside = !ends;
  CO_TRY(put_record(writer, at, at->obs, flags | (begins ? CO_DATA_FIRST : 0U)));
  return ends ? put_record(writer, at, at->next_obs, CO_DATA_FINAL) : CO_OK;
}

// ---- the whole

static co_status begin(co_data_writer *writer, const char *path, const co_data_about *about) {
  writer->words = about->obs_dim + about->act_dim + DATA_TAIL;
  memcpy(writer->head.magic, data_magic, sizeof data_magic);
  writer->head.obs_dim = (uint32_t)about->obs_dim;
  writer->head.act_dim = (uint32_t)about->act_dim;
  CO_TRY(co_data_about_copy(about, &writer->about));
  writer->piece = co_alloc(CO_DATA_PIECE, (size_t)writer->words * DATA_WORD);
  if (!writer->piece) return CO_MEMORY;
  CO_TRY(co_file_out_begin(path, &writer->file));
  CO_TRY(make_text(writer));
  return put_header(writer, false);
}

co_status co_data_writer_create(const char *path, const co_data_about *about,
                                co_data_writer **out) {
  *out = NULL;
  if (about->obs_dim < 1 || about->obs_dim > CO_MAX_OBS || about->act_dim < 1 ||
      about->act_dim > CO_MAX_WIDTH)
    return co_fail(CO_CONFIG,
                   "%s: a set has 1 to %d observations and 1 to %d actions, not %d and %d", path,
                   CO_MAX_OBS, CO_MAX_WIDTH, about->obs_dim, about->act_dim);
  co_data_writer *writer = co_alloc(1, sizeof *writer);
  if (!writer) return CO_MEMORY;
  co_status status = begin(writer, path, about);
  if (status == CO_OK)
    *out = writer;
  else
    co_data_writer_destroy(writer);
  return status;
}

co_status co_data_writer_commit(co_data_writer *writer) {
  assert(!writer->inside);
  if (writer->used) CO_TRY(put_piece(writer));
  co_buf *hashes = &writer->hashes;
  writer->head.hash = co_hash(hashes->data, hashes->size);
  CO_TRY(co_file_out_write(&writer->file, hashes->data, hashes->size));
  CO_TRY(put_header(writer, true));
  return co_file_out_commit(&writer->file);
}

void co_data_writer_destroy(co_data_writer *writer) {
  if (!writer) return;
  co_file_out_discard(&writer->file);
  co_data_about_free(&writer->about);
  co_buf_free(&writer->text);
  co_buf_free(&writer->hashes);
  free(writer->piece);
  free(writer);
}
