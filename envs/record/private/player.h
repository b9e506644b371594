// What the two recording formats of replay share: numbers read with every length checked, and the
// book-keeping of differences. player_file.c knows the formats, replay.c compares trajectories,
// replay_log.c logs of a policy, replay_kwargs.c the recorded task's parameters.
//
// A player lives for one call; not thread-safe. Errors are CO_DATA with "FILE: FIELD[i]: text".

#ifndef ENVS_RECORD_PRIVATE_PLAYER_H_
#define ENVS_RECORD_PRIVATE_PLAYER_H_

#include "core/json.h"
#include "envs/record/comparison.h"
#include "envs/world/row.h"
#include "envs/world/world.h"

enum {
  CO_PLAYER_STEPS = 1000000,  // most steps of a file
  CO_PLAYER_COMMANDS = 64,    // most commands of a file
};

// One replay: the file, the row it runs on, and the result.
typedef struct co_player {
  const co_built_world *world;
  const char *path;
  const co_json *file;
  const co_json *data;  // of a log; NULL: a trajectory
  bool is_dump;         // a log that holds its row
  co_row row;
  int steps, obs_dim, act_dim;
  double *action;          // (act_dim)
  double *terms;           // (num_terms)
  double *wanted;          // scratch, the longest of all recorded vectors
  double *largest;         // (obs_dim + nq + nv) difference of each element, where it is largest:
  co_replay_worst *worst;  // as many
  co_tolerance tolerance;
  // the commands that the file was recorded under, where the task's ranges hold them
  double command[CO_PLAYER_COMMANDS];
  bool has_command;
  co_replay *out;
} co_player;

// CO_DATA that names a field, and its entry unless `index` is negative. `text` may use formats.
co_status co_player_bad(const co_player *p, const char *field, int index, const char *text, ...)
    __attribute__((format(printf, 4, 5)));

// Exactly `count` finite numbers.
co_status co_player_numbers(const co_player *p, const co_json *array, const char *field, int index,
                            int count, double *out);

// A field of the result, named prefix + name.
co_replay_field *co_player_field(co_player *p, const char *prefix, const char *name,
                                 double tolerance);

// Remembers a difference; NaN is above everything. Steps beyond those that are judged show in
// max_abs only.
void co_player_note(const co_player *p, co_replay_field *field, int step, double difference);

bool co_player_is_above(double difference, double bound);
double co_player_difference(const double *a, const double *b, int count);  // largest of all

// Scratch, a row of the world, an empty result, once `steps` is known. The first two are given back
// by co_player_release, also after a failure or where nothing was prepared.
co_status co_player_prepare(co_player *p);
void co_player_release(co_player *p);

// After a recorded state was written into the row: the stages of a reset. CO_DATA that names
// `field` when nothing can start there.
co_status co_player_start(co_player *p, const char *field, int index);

// One control step with `action`; a fault is remembered.
co_status co_player_step(co_player *p, int step, co_row_result *result);

// What the file says (player_file.c): its form is checked, as are the recorded task's parameters,
// and `steps` counted;
co_status co_player_check(co_player *p);
// the row, once prepared, is put where the recording begins;
co_status co_player_begin(co_player *p);
// `action` gets what was done in control step `step`, from 0.
co_status co_player_action(co_player *p, int step);

// Parts of it: numbers under a key, CO_DATA unless a list has one entry per step, and of a log the
// numbers of an entry, whether it has observations (logs may keep those of some steps only), its
// qpos and qvel into the row.
co_status co_player_named(const co_player *p, const char *key, int count, double *out);
co_status co_player_series(const co_player *p, const co_json *array, const char *key);
co_status co_player_entry(const co_player *p, int entry, const char *key, int count, double *out);
bool co_player_has_obs(const co_player *p, int entry);
co_status co_player_put_state(co_player *p, int entry);

// Remembers each element of the observation, p->row.obs against p->wanted, and of the state, where
// it differs most; and puts the worst of them into the result, those of the observation first.
void co_player_note_elements(co_player *p, int step);
void co_player_note_qpos(co_player *p, const double *wanted, int step);
void co_player_note_qvel(co_player *p, const double *wanted, int step);
void co_player_tell_worst(co_player *p);

// What the file claims of time, commands and engine against the world here, into the result.
// CO_DATA for members that cannot be.
co_status co_player_claims(co_player *p);

// CO_DATA when the recorded task's parameters (kwargs) are not those of the task here.
co_status co_player_kwargs(const co_player *p);

// Compares a log, in place of a trajectory; prepares the player itself.
co_status co_player_log(co_player *p, const co_replay_options *options);

#endif  // ENVS_RECORD_PRIVATE_PLAYER_H_
