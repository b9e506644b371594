#include "agents/data/hdf5.h"

#ifndef CARRYOVER_HDF5

static co_status without(const char *path) {
  return co_fail(CO_CONFIG,
                 "%s: this program is built without HDF5 (Debian: libhdf5-dev, then scripts/setup)",
                 path);
}

co_status co_data_hdf5_read(const char *path, const co_data_sink *sink,
                            co_data_problems *problems) {
  (void)sink, (void)problems;
  return without(path);
}

co_status co_data_hdf5_write(const co_data_set *set, const char *path) {
  (void)set;
  return without(path);
}

co_status co_data_minari_write(const co_data_set *set, const char *path) {
  return co_data_hdf5_write(set, path);
}

bool co_data_hdf5_is_there(void) {
  return false;
}

#else

#include "agents/data/columns.h"
#include "agents/data/link.h"
#include "core/file.h"
#include "core/memory.h"
#include "core/unconst.h"

#include <dlfcn.h>
#include <hdf5.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  BLOCK = 1024,   // rows that are read or written at once
  READ_ONLY = 0,  // H5F_ACC_RDONLY and H5F_ACC_TRUNC, which as macros would call the library
  REPLACE = 2
};

// ---- the library

// It brings along libraries for networks and cryptography, for which every start of the program
// would wait, so it is loaded when a file is read or written. Types are those of its header.
// clang-format off
#define H5_FUNCTIONS(X) \
  X(H5open) X(H5Eset_auto2) X(H5Fopen) X(H5Fcreate) X(H5Fclose) X(H5Gopen2) X(H5Gcreate2) \
  X(H5Acreate2) X(H5Awrite) X(H5Aclose) X(H5Screate) X(H5Gclose) X(H5Lexists) X(H5Dopen2) \
  X(H5Dcreate2) X(H5Dclose) X(H5Dread) X(H5Dwrite) X(H5Dget_space) X(H5Screate_simple) \
  X(H5Sclose) X(H5Sget_simple_extent_ndims) X(H5Sget_simple_extent_dims) \
  X(H5Sselect_hyperslab) X(H5Tcopy) X(H5Tclose) X(H5Tenum_create) X(H5Tenum_insert) \
  X(H5Pcreate) X(H5Pclose) X(H5Pset_obj_track_times)
#define H5_TYPES(X) \
  X(H5T_NATIVE_DOUBLE_g) X(H5T_NATIVE_UCHAR_g) X(H5T_NATIVE_INT8_g) X(H5T_IEEE_F32LE_g) \
  X(H5T_STD_U32LE_g) X(H5T_STD_U8LE_g) X(H5T_STD_I64LE_g) X(H5P_CLS_DATASET_CREATE_ID_g)
// clang-format on

typedef struct h5_library {
  void *handle;
#define X(name) __typeof__(name) *name;
  H5_FUNCTIONS(X)
#undef X
#define X(name) const hid_t *name;
  H5_TYPES(X)
#undef X
} h5_library;
static h5_library h5;  // loaded once, for the life of the process

static bool find(void *handle, const char *name, void *address) {
  void *found = dlsym(handle, name);
  memcpy(address, &found, sizeof found);  // to a pointer of any type
  return found;
}

static co_status load_library(const char *path) {
  if (h5.handle) return CO_OK;
  void *handle = dlopen(CARRYOVER_HDF5, RTLD_NOW | RTLD_LOCAL);
  bool whole = handle;
#define X(name) whole = whole && find(handle, #name, &h5.name);
  H5_FUNCTIONS(X)
  H5_TYPES(X)
#undef X
  if (!whole || h5.H5open() < 0)
    return co_fail(CO_CONFIG, "%s: %s cannot be loaded (Debian: libhdf5-dev): %s", path,
                   CARRYOVER_HDF5, handle ? "it is another version" : dlerror());
  h5.H5Eset_auto2(H5E_DEFAULT, NULL, NULL);  // it prints nothing
  h5.handle = handle;
  return CO_OK;
}

bool co_data_hdf5_is_there(void) {
  return load_library("") == CO_OK;
}

static co_status fail_file(const char *path, const char *what) {
  return co_fail(CO_DATA, "%s: offset 0: %s", path, what);
}

// ---- one array

typedef struct table {
  hid_t data;  // 0: there is none
  int64_t rows;
  int width;
  int64_t at, held;  // first row of those in memory, and how many
  double *value;     // (BLOCK x width), owned
} table;

static void close_table(table *t) {
  if (t->data) h5.H5Dclose(t->data);
  free(t->value);
  *t = (table){0};
}

static co_status read_shape(const char *path, const char *name, hid_t space, table *out) {
  hsize_t size[2] = {0, 1};
  int rank = h5.H5Sget_simple_extent_ndims(space);
  if (rank < 1 || rank > 2 || h5.H5Sget_simple_extent_dims(space, size, NULL) < 0)
    return co_fail(CO_DATA, "%s: offset 0: %s: its shape is neither (steps) nor (steps, numbers)",
                   path, name);
  if (size[0] > (hsize_t)1 << 40 || size[1] < 1 || size[1] > INT32_MAX / BLOCK)
    return co_fail(CO_DATA, "%s: offset 0: %s: its shape is out of range", path, name);
  out->rows = (int64_t)size[0];
  out->width = (int)size[1];
  return CO_OK;
}

// A missing array stays empty.
static co_status open_table(const char *path, hid_t group, const char *name, table *out) {
  *out = (table){0};
  if (h5.H5Lexists(group, name, H5P_DEFAULT) <= 0) return CO_OK;
  out->data = h5.H5Dopen2(group, name, H5P_DEFAULT);
  if (out->data < 0) {
    out->data = 0;
    return co_fail(CO_DATA, "%s: offset 0: %s: the library cannot open it as an array", path, name);
  }
  hid_t space = h5.H5Dget_space(out->data);
  co_status status = read_shape(path, name, space, out);
  h5.H5Sclose(space);
  if (status == CO_OK) {
    out->value = co_alloc((size_t)BLOCK * (size_t)out->width, sizeof *out->value);
    status = out->value ? CO_OK : CO_MEMORY;
  }
  return status;
}

// The rank in the file may be one.
static bool transfer(hid_t data, int64_t first, int64_t count, int width, hid_t type, bool write,
                     void *value) {
  hid_t file = h5.H5Dget_space(data);
  int rank = h5.H5Sget_simple_extent_ndims(file);
  const hsize_t start[2] = {(hsize_t)first, 0}, size[2] = {(hsize_t)count, (hsize_t)width};
  hid_t memory = h5.H5Screate_simple(rank, size, NULL);
  herr_t done = h5.H5Sselect_hyperslab(file, H5S_SELECT_SET, start, NULL, size, NULL);
  if (done >= 0)
    done = write ? h5.H5Dwrite(data, type, memory, file, H5P_DEFAULT, value)
                 : h5.H5Dread(data, type, memory, file, H5P_DEFAULT, value);
  h5.H5Sclose(memory);
  h5.H5Sclose(file);
  return done >= 0;
}

static co_status next_row(const char *path, const char *name, table *t, double *out) {
  int64_t row = t->at;
  if (row % BLOCK == 0) {
    t->held = t->rows - row < BLOCK ? t->rows - row : BLOCK;
    if (!transfer(t->data, row, t->held, t->width, *h5.H5T_NATIVE_DOUBLE_g, false, t->value))
      return co_fail(CO_DATA, "%s: offset 0: %s: the library cannot read it as numbers", path,
                     name);
  }
  memcpy(out, t->value + row % BLOCK * t->width, (size_t)t->width * sizeof *out);
  t->at++;
  return CO_OK;
}

// ---- D4RL

typedef struct tables {
  const char *path;
  table column[CO_NUM_COLUMNS];
} tables;

static co_status next_of_column(void *context, co_data_column column, double *out) {
  tables *all = context;
  return next_row(all->path, co_data_column_names[column], &all->column[column], out);
}

// The set's text, of our own files; *is_own stays false where there is none.
static co_status read_about(const char *path, hid_t root, const co_data_columns *columns,
                            co_data_about *about, bool *is_own) {
  enum { MOST = 16 << 20 };
  table text;
  co_status status = open_table(path, root, co_data_about_name, &text);
  bool whole = true;
  for (int c = 0; c < CO_NUM_COLUMNS; c++) whole = whole && columns->width[c];
  *is_own = status == CO_OK && text.data && whole;
  if (*is_own && (text.width != 1 || text.rows > MOST)) status = fail_file(path, "a wrong text");
  char *bytes = status == CO_OK && *is_own ? co_alloc((size_t)text.rows + 1, 1) : NULL;
  if (status == CO_OK && *is_own && !bytes) status = CO_MEMORY;
  if (bytes && !transfer(text.data, 0, text.rows, 1, *h5.H5T_NATIVE_UCHAR_g, false, bytes))
    status = fail_file(path, "the text of the set cannot be read");
  if (bytes && status == CO_OK) {
    status =
        co_data_about_parse(bytes, (size_t)text.rows, "carryover", columns->width[CO_COLUMN_OBS],
                            columns->width[CO_COLUMN_ACTION], about);
    if (status == CO_DATA) status = co_fail_context(status, "%s: offset 0", path);
  }
  free(bytes);
  close_table(&text);
  return status;
}

static co_status read_d4rl(const char *path, hid_t root, const co_data_sink *sink,
                           co_data_problems *problems) {
  tables all = {.path = path};
  co_data_columns columns = {.file = path, .context = &all, .next = next_of_column};
  int64_t rows[CO_NUM_COLUMNS];
  co_data_about about = {0};
  bool is_own = false;
  co_status status = CO_OK;
  for (int c = 0; status == CO_OK && c < CO_NUM_COLUMNS; c++) {
    status = open_table(path, root, co_data_column_names[c], &all.column[c]);
    columns.width[c] = all.column[c].width;
    rows[c] = all.column[c].rows;
  }
  columns.rows = all.column[CO_COLUMN_OBS].rows;
  if (status == CO_OK) status = co_data_columns_check(&columns, rows);
  if (status == CO_OK) status = read_about(path, root, &columns, &about, &is_own);
  if (status == CO_OK)
    status = co_data_columns_read(&columns, is_own ? &about : NULL, sink, problems);
  for (int c = 0; c < CO_NUM_COLUMNS; c++) close_table(&all.column[c]);
  co_data_about_free(&about);
  return status;
}

// ---- Minari

enum { OBS, ACTION, REWARD, TERMINATION, TRUNCATION, NUM_TABLES };
static const char *const minari_names[NUM_TABLES] = {"observations", "actions", "rewards",
                                                     "terminations", "truncations"};

// An episode while it is read.
typedef struct minari {
  const char *path;
  const co_data_sink *sink;
  co_data_link link;
  int obs_dim, act_dim;  // of the first episode
  int64_t rounded;
  float *block;                // owned
  float *obs, *next, *action;  // in it
  double *value;               // of the widest, owned
} minari;

static co_status read_part(minari *m, table *t, int which, float *out) {
  CO_TRY(next_row(m->path, minari_names[which], t, m->value));
  for (int i = 0; i < t->width; i++) out[i] = co_data_narrow(m->value[i], &m->rounded);
  return CO_OK;
}

static co_status read_step(minari *m, table *t, int64_t episode, bool is_last) {
  co_data_step step = {.obs = m->obs,
                       .action = m->action,
                       .next_obs = m->next,
                       .numbered = true,
                       .episode = (uint32_t)episode};
  float ends[2];
  CO_TRY(read_part(m, &t[OBS], OBS, m->next));
  CO_TRY(read_part(m, &t[ACTION], ACTION, m->action));
  CO_TRY(read_part(m, &t[REWARD], REWARD, &step.reward));
  CO_TRY(read_part(m, &t[TERMINATION], TERMINATION, &ends[0]));
  CO_TRY(read_part(m, &t[TRUNCATION], TRUNCATION, &ends[1]));
  step.terminated = ends[0] != 0;
  step.truncated = ends[1] != 0;
  bool unmarked = is_last && !step.terminated && !step.truncated;
  step.truncated |= unmarked;
  CO_TRY(co_data_link_add(&m->link, &step, is_last));
  m->link.cut += unmarked;
  float *seen = m->obs;
  m->obs = m->next;
  m->next = seen;
  return CO_OK;
}

static co_status check_sizes(const minari *m, const table *t) {
  bool whole = true;
  for (int i = 0; i < NUM_TABLES; i++) whole = whole && t[i].data;
  if (!whole)
    return fail_file(m->path,
                     "an episode lacks one of observations, actions, rewards, "
                     "terminations, truncations, as arrays");
  for (int i = ACTION; i < NUM_TABLES; i++)
    if (t[i].rows != t[ACTION].rows || (i > ACTION && t[i].width != 1))
      return fail_file(m->path, "arrays of an episode differ in length");
  if (t[OBS].rows != t[ACTION].rows + 1)
    return fail_file(m->path, "an episode has not one observation more than actions");
  if (m->obs_dim && (t[OBS].width != m->obs_dim || t[ACTION].width != m->act_dim))
    return fail_file(m->path, "episodes differ in the size of observations or actions");
  return CO_OK;
}

// The first episode tells the sizes.
static co_status begin(minari *m, const table *t) {
  if (m->obs_dim) return CO_OK;
  const co_data_about about = {.obs_dim = t[OBS].width, .act_dim = t[ACTION].width, .seed = -1};
  size_t obs = (size_t)about.obs_dim, action = (size_t)about.act_dim;
  m->obs_dim = about.obs_dim;
  m->act_dim = about.act_dim;
  m->value = co_alloc(obs + action, sizeof *m->value);
  m->block = co_alloc(2 * obs + action, sizeof *m->block);
  if (!m->value || !m->block) return CO_MEMORY;
  m->obs = m->block;
  m->next = m->obs + obs;
  m->action = m->next + obs;
  return co_data_link_begin(m->sink, m->path, &about, &m->link);
}

static co_status read_steps(minari *m, table *t, int64_t episode) {
  CO_TRY(check_sizes(m, t));
  CO_TRY(begin(m, t));
  CO_TRY(read_part(m, &t[OBS], OBS, m->obs));
  for (int64_t k = 0; k < t[ACTION].rows; k++)
    CO_TRY(read_step(m, t, episode, k + 1 == t[ACTION].rows));
  return CO_OK;
}

static co_status read_episode(minari *m, hid_t root, int64_t episode) {
  char name[32];
  table t[NUM_TABLES] = {0};
  snprintf(name, sizeof name, "episode_%" PRId64, episode);
  hid_t group = h5.H5Gopen2(root, name, H5P_DEFAULT);
  if (group < 0) return fail_file(m->path, "an episode is no group");
  co_status status = CO_OK;
  for (int i = 0; status == CO_OK && i < NUM_TABLES; i++)
    status = open_table(m->path, group, minari_names[i], &t[i]);
  if (status == CO_OK) status = read_steps(m, t, episode);
  for (int i = 0; i < NUM_TABLES; i++) close_table(&t[i]);
  h5.H5Gclose(group);
  return status;
}

static bool has_episode(hid_t root, int64_t episode) {
  char name[32];
  snprintf(name, sizeof name, "episode_%" PRId64, episode);
  return h5.H5Lexists(root, name, H5P_DEFAULT) > 0;
}

static co_status read_minari(const char *path, hid_t root, const co_data_sink *sink,
                             co_data_problems *problems) {
  minari m = {.path = path, .sink = sink};
  co_status status = CO_OK;
  for (int64_t e = 0; status == CO_OK && has_episode(root, e); e++)
    status = read_episode(&m, root, e);
  if (status == CO_OK) status = co_data_link_tell(&m.link, problems);
  if (status == CO_OK) status = co_data_tell_rounded(m.rounded, problems);
  co_data_link_free(&m.link);
  free(m.block);
  free(m.value);
  return status;
}

co_status co_data_hdf5_read(const char *path, const co_data_sink *sink,
                            co_data_problems *problems) {
  CO_TRY(load_library(path));
  hid_t file = h5.H5Fopen(path, READ_ONLY, H5P_DEFAULT);
  if (file < 0) return fail_file(path, "the library cannot open it: is it damaged?");
  co_status status = has_episode(file, 0) ? read_minari(path, file, sink, problems)
                                          : read_d4rl(path, file, sink, problems);
  h5.H5Fclose(file);
  return status;
}

// ---- writing

// One column, in blocks of rows.
typedef struct column_job {
  const co_data_about *about;
  co_data_column column;
  hid_t data, type;
  int width;
  int64_t at;            // rows written
  int held;              // rows in memory
  unsigned char *block;  // (BLOCK x width) elements, owned
} column_job;

static co_status put_block(column_job *job) {
  bool done = !job->held ||
              transfer(job->data, job->at, job->held, job->width, job->type, true, job->block);
  job->at += job->held;
  job->held = 0;
  return done ? CO_OK : co_fail(CO_IO, "the library cannot write an array");
}

static co_status begin_nothing(void *context, const co_data_about *about) {
  (void)context, (void)about;
  return CO_OK;
}

static co_status add_row(void *context, const co_data_transition *transition) {
  column_job *job = context;
  size_t bytes = (size_t)job->width * co_data_column_bytes(job->column);
  co_data_column_take(job->about, transition, job->column, job->block + (size_t)job->held * bytes);
  return ++job->held == BLOCK ? put_block(job) : CO_OK;
}

// As h5py has them: false and true.
static hid_t bool_type(void) {
  hid_t type = h5.H5Tenum_create(*h5.H5T_NATIVE_INT8_g);
  for (int8_t i = 0; i < 2; i++) h5.H5Tenum_insert(type, i ? "TRUE" : "FALSE", &i);
  return type;
}

static hid_t create_array(hid_t file, const char *name, hid_t type, int64_t rows, int width) {
  const hsize_t size[2] = {(hsize_t)rows, (hsize_t)width};
  hid_t space = h5.H5Screate_simple(width ? 2 : 1, size, NULL),
        how = h5.H5Pcreate(*h5.H5P_CLS_DATASET_CREATE_ID_g);
  h5.H5Pset_obj_track_times(how, 0);  // the same set is the same bytes
  hid_t data = h5.H5Dcreate2(file, name, type, space, H5P_DEFAULT, how, H5P_DEFAULT);
  h5.H5Pclose(how);
  h5.H5Sclose(space);
  return data;
}

static co_status write_column(const co_data_set *set, hid_t file, co_data_column column) {
  co_data_type kind = co_data_column_types[column];
  bool is_flat = kind != CO_DATA_F32 || column == CO_COLUMN_REWARD;
  hid_t type = kind == CO_DATA_BOOL  ? bool_type()
               : kind == CO_DATA_F32 ? h5.H5Tcopy(*h5.H5T_IEEE_F32LE_g)
                                     : h5.H5Tcopy(*h5.H5T_STD_U32LE_g);
  column_job job = {.about = &set->about,
                    .column = column,
                    .type = type,
                    .width = co_data_column_width(&set->about, column)};
  job.data = create_array(file, co_data_column_names[column], type, set->transitions,
                          is_flat ? 0 : job.width);
  job.block = co_alloc((size_t)BLOCK * (size_t)job.width, co_data_column_bytes(column));
  co_status status = !job.block ? CO_MEMORY : CO_OK;
  if (status == CO_OK && job.data < 0)
    status = co_fail(CO_IO, "the library cannot create an array");
  if (status == CO_OK)
    status = co_data_sink_set(set, &(co_data_sink){&job, begin_nothing, add_row});
  if (status == CO_OK) status = put_block(&job);
  if (job.data >= 0) h5.H5Dclose(job.data);
  h5.H5Tclose(type);
  free(job.block);
  return status;
}

static co_status write_about(const co_data_set *set, hid_t file) {
  co_buf text = {0};
  CO_TRY(co_data_about_write(&set->about, &text));
  hid_t data = create_array(file, co_data_about_name, *h5.H5T_STD_U8LE_g, (int64_t)text.size, 0);
  bool done = data >= 0 &&
              transfer(data, 0, (int64_t)text.size, 1, *h5.H5T_NATIVE_UCHAR_g, true, text.data);
  if (data >= 0) h5.H5Dclose(data);
  co_buf_free(&text);
  return done ? CO_OK : co_fail(CO_IO, "the library cannot write the text of the set");
}

typedef co_status write_into(const co_data_set *set, hid_t file);

static co_status write_d4rl(const co_data_set *set, hid_t file) {
  for (int c = 0; c < CO_NUM_COLUMNS; c++) CO_TRY(write_column(set, file, (co_data_column)c));
  return write_about(set, file);
}

// ---- writing Minari's groups

static co_status put_count(hid_t place, const char *name, int64_t value) {
  hid_t space = h5.H5Screate(H5S_SCALAR);
  hid_t count = h5.H5Acreate2(place, name, *h5.H5T_STD_I64LE_g, space, H5P_DEFAULT, H5P_DEFAULT);
  bool done = count >= 0 && h5.H5Awrite(count, *h5.H5T_STD_I64LE_g, &value) >= 0;
  if (count >= 0) h5.H5Aclose(count);
  h5.H5Sclose(space);
  return done ? CO_OK : co_fail(CO_IO, "the library cannot write an attribute");
}

// `width` 0: flat
static co_status put_array(hid_t group, int which, hid_t type, int64_t rows, int width,
                           const void *bytes) {
  hid_t data = create_array(group, minari_names[which], type, rows, width);
  bool done = data >= 0 &&
              (!rows || transfer(data, 0, rows, width ? width : 1, type, true, co_unconst(bytes)));
  if (data >= 0) h5.H5Dclose(data);
  return done ? CO_OK : co_fail(CO_IO, "the library cannot write an array");
}

// An episode's arrays one behind another in a block.
typedef struct minari_arrays {
  float *obs, *action, *reward;
  uint8_t *terminated, *truncated;
} minari_arrays;

static void take_episode(const co_data_set *set, const co_data_window *window, minari_arrays *out) {
  size_t obs = (size_t)set->about.obs_dim, action = (size_t)set->about.act_dim;
  for (int64_t k = 0; k < window->length; k++) {
    co_data_transition one = co_data_window_at(set, window, k);
    size_t at = (size_t)k;
    memcpy(out->obs + at * obs, one.obs, obs * sizeof *one.obs);
    memcpy(out->obs + (at + 1) * obs, one.next_obs, obs * sizeof *one.obs);
    memcpy(out->action + at * action, one.action, action * sizeof *one.action);
    out->reward[k] = one.reward;
    out->terminated[k] = (one.flags & CO_DATA_TERMINATED) != 0;
    out->truncated[k] = (one.flags & CO_DATA_TRUNCATED) != 0;
  }
}

static co_status put_arrays(const co_data_set *set, hid_t group, int64_t length,
                            const minari_arrays *arrays) {
  const co_data_about *about = &set->about;
  hid_t number = *h5.H5T_IEEE_F32LE_g, flag = bool_type();
  co_status status = put_array(group, OBS, number, length + 1, about->obs_dim, arrays->obs);
  if (status == CO_OK)
    status = put_array(group, ACTION, number, length, about->act_dim, arrays->action);
  if (status == CO_OK) status = put_array(group, REWARD, number, length, 0, arrays->reward);
  if (status == CO_OK) status = put_array(group, TERMINATION, flag, length, 0, arrays->terminated);
  if (status == CO_OK) status = put_array(group, TRUNCATION, flag, length, 0, arrays->truncated);
  h5.H5Tclose(flag);
  return status;
}

static co_status put_episode(const co_data_set *set, hid_t file, int64_t episode) {
  co_data_window window = co_data_set_window(set, set->start[episode] - episode, INT64_MAX);
  size_t length = (size_t)window.length;
  size_t obs = (size_t)set->about.obs_dim, action = (size_t)set->about.act_dim;
  float *block = co_alloc((length + 1) * (obs + action + 2), sizeof *block);
  if (!block) return CO_MEMORY;
  minari_arrays arrays = {.obs = block, .action = block + (length + 1) * obs};
  arrays.reward = arrays.action + length * action;
  arrays.terminated = (uint8_t *)(arrays.reward + length);
  arrays.truncated = arrays.terminated + length;
  take_episode(set, &window, &arrays);
  char name[32];
  snprintf(name, sizeof name, "episode_%" PRId64, episode);
  hid_t group = h5.H5Gcreate2(file, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  co_status status = group < 0 ? co_fail(CO_IO, "the library cannot create a group") : CO_OK;
  if (status == CO_OK) status = put_arrays(set, group, window.length, &arrays);
  if (status == CO_OK) status = put_count(group, "id", episode);
  if (status == CO_OK) status = put_count(group, "total_steps", window.length);
  if (group >= 0) h5.H5Gclose(group);
  free(block);
  return status;
}

static co_status write_minari(const co_data_set *set, hid_t file) {
  for (int64_t e = 0; e < set->episodes; e++) CO_TRY(put_episode(set, file, e));
  CO_TRY(put_count(file, "total_episodes", set->episodes));
  return put_count(file, "total_steps", set->transitions);
}

// ---- writing a file

static co_status write_all(const co_data_set *set, const char *temporary, write_into *write) {
  hid_t file = h5.H5Fcreate(temporary, REPLACE, H5P_DEFAULT, H5P_DEFAULT);
  if (file < 0) return co_fail(CO_IO, "the library cannot write");
  co_status status = write(set, file);
  if (h5.H5Fclose(file) < 0 && status == CO_OK) status = co_fail(CO_IO, "the library cannot write");
  return status;
}

// The library writes by itself, into the temporary file.
static co_status write_file(const co_data_set *set, const char *path, write_into *write) {
  co_file_out out;
  CO_TRY(load_library(path));
  CO_TRY(co_file_out_begin(path, &out));
  co_status status = write_all(set, out.temporary, write);
  if (status == CO_OK) return co_file_out_commit(&out);
  co_file_out_discard(&out);
  return co_fail_context(status, "%s", path);
}

co_status co_data_hdf5_write(const co_data_set *set, const char *path) {
  return write_file(set, path, write_d4rl);
}

co_status co_data_minari_write(const co_data_set *set, const char *path) {
  return write_file(set, path, write_minari);
}

#endif
