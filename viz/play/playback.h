// A session on a thread of its own. Commands go in through a queue, copies of what it shows come
// out; neither side waits for the other longer than a queue entry or a pointer takes to be copied.
//
// Thread safety: start, stop, send, latest and set_series are for one thread, the drawing one.

#ifndef VIZ_PLAY_PLAYBACK_H_
#define VIZ_PLAY_PLAYBACK_H_

#include "viz/play/snapshot.h"

enum { CO_PLAYBACK_QUEUE = 64 };  // commands that may wait

typedef struct co_playback co_playback;

// Errors of co_session_create; CO_INTERNAL when there is no thread to be had. `def`'s policies must
// outlive it.
co_status co_playback_start(const co_session_def *def, co_playback **out);
// Ends the thread, whatever it does: within a slice of a search, or a world that is being built.
// Snapshots are gone then. NULL: nothing.
void co_playback_stop(co_playback *playback);

// Puts a command behind the others. A shift, push, seek or speed takes the place of the last one in
// the queue when it says the same thing anew, so that drags don't pile up. False: the queue is
// full.
bool co_playback_send(co_playback *playback, const co_command *command);

// The newest snapshot: there is one from the start. Valid until the next call. Failures of commands
// and of the simulation are told by it, too.
const co_snapshot *co_playback_latest(co_playback *playback);

// How far the series of later snapshots reach (co_snapshot_take); 0, as at the beginning: none.
void co_playback_set_series(co_playback *playback, int count);

#endif  // VIZ_PLAY_PLAYBACK_H_
