// A recording as an episode to be played: a trajectory, a log or a dump of a fault, in the forms
// that envs/record/replay.h describes. Replay compares; this only says where the episode begins and
// what was done in it.
//
// Not thread-safe. Errors: CO_NO_INPUT, CO_DATA with "FILE: FIELD[i]: text".

#ifndef ENVS_RECORD_RECORDING_H_
#define ENVS_RECORD_RECORDING_H_

#include "envs/world/world.h"

typedef struct co_recording co_recording;

// For rows of this world. The whole file is read, and closed again.
co_status co_recording_open(const co_built_world *world, const char *path, co_recording **out);
void co_recording_close(co_recording *recording);  // NULL: nothing

int co_recording_steps(const co_recording *recording);
// Bytes (co_row_size) of a row where the episode begins; the recording's.
const void *co_recording_row(const co_recording *recording);
// What was done in control step `step`, counted from the beginning: (act_dim), the recording's.
const double *co_recording_action(const co_recording *recording, int step);

#endif  // ENVS_RECORD_RECORDING_H_
