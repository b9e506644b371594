// What a viewer shows: one or two stages that go together, and the transport over them. No GL.
//
// Two stages (two worlds, or two policies) start from the same episode and step together; a stage
// whose episode is over stands still (viz/play/pair.h).
//
// Everything that can be asked of a session is a co_command, a value, so that keys, buttons and
// tests say the same things. co_playback (viz/play/playback.h) runs a session on a thread of its
// own.
//
// Searches (the next failure, the parting) are begun by a command and go on in co_session_advance,
// a slice of time in each call, until they have found something, given up, or another command has
// come, which ends them.
//
// Thread safety: none. An error leaves the session as it was, but for steps that were played before
// it came.

#ifndef VIZ_PLAY_SESSION_H_
#define VIZ_PLAY_SESSION_H_

#include "envs/world/shelf.h"
#include "viz/play/pair.h"

enum {
  CO_SESSION_STAGES = CO_PAIR_STAGES,
  CO_SESSION_FASTEST = 7,    // speed: as fast as possible
  CO_SESSION_SLOWEST = -7,   // 1/128
  CO_SESSION_STRIDE = 25,    // most control steps forward or back at once
  CO_SESSION_SEARCH = 1000,  // episodes without a failure after which a search gives up
};

#define CO_COMMAND_LIST(X)                                                                        \
  X(CO_CMD_TOGGLE, "runs or pauses; at the end runs again from the first step that is kept")      \
  X(CO_CMD_FORWARD, "`value` control steps forward, at least one, and pauses")                    \
  X(CO_CMD_BACK, "`value` control steps back, at least one, and pauses")                          \
  X(CO_CMD_SEEK, "shows step `value`, or the nearest that is kept")                               \
  X(CO_CMD_SPEED, "speed 2^value of true, at CO_SESSION_FASTEST as fast as possible")             \
  X(CO_CMD_RESET, "the same episode again")                                                       \
  X(CO_CMD_EPISODE, "episode `value` of the seed")                                                \
  X(CO_CMD_FAILURE, "searches the next episode that ends in a fall or a fault, shows its end")    \
  X(CO_CMD_PARTING, "shows the first step at which the two stages differ, or searches it")        \
  X(CO_CMD_POLICY, "policy `value` of the list in stage `stage`, from the present state on")      \
  X(CO_CMD_POLICY_ANEW, "the same, from the start of the episode")                                \
  X(CO_CMD_CHOICES, "so many policies of the list can be chosen from now on: `value`")            \
  X(CO_CMD_SHIFT, "puts `shift` in stage `stage`, in place of one of the same elements")          \
  X(CO_CMD_UNSHIFT, "takes all shifts made by hand back in stage `stage`")                        \
  X(CO_CMD_ACTION, "element `value` of the action in stage `stage` becomes `number`, of sliders") \
  X(CO_CMD_PUSH, "`force` on body `value` of stage `stage` until said otherwise, -1: none")

typedef enum co_command_id {
#define X(id, doc) id,
  CO_COMMAND_LIST(X)
#undef X
      CO_NUM_COMMANDS
} co_command_id;

// Where an episode has ended there is no state to go on from: CO_CMD_POLICY plays it from its
// start, and runs again what the end had stopped.
typedef struct co_command {
  co_command_id id;
  int stage;
  int64_t value;
  double force[6];      // [N, N m] of a push
  double number;        // of an action
  co_shift_info shift;  // as a domain file declares it; scale 1 or add 0: that shift goes away
} co_command;

// Who can be chosen to act while a session runs: of a study, each strategy and seed.
typedef struct co_choice {
  char name[CO_NAME];    // "partial, seed 3"
  co_policy *policy;     // NULL: none
  co_stand_in stand_in;  // who acts then
} co_choice;

typedef struct co_session_def {
  int num_stages;                     // 1 or 2
  co_world_shelf *shelf;              // of the worlds it begins in, NULL: they are built anew
  co_world world[CO_SESSION_STAGES];  // borrowed during creation
  int policy[CO_SESSION_STAGES];      // index into `choice`; -1: no policy
  const co_choice *choice;            // (num_choices) borrowed for the session's life
  int num_choices;
  int most_choices;       // that CO_CMD_CHOICES may say, the list has room for them; 0: no more
  const char *recording;  // path of a log or fault dump that is played instead of a policy, or NULL
  uint64_t seed;
  uint32_t episode;      // to begin with
  double threshold;      // of parting [m or rad]
  size_t history_bytes;  // of all stages together
} co_session_def;

typedef struct co_session co_session;

// Paused, at true speed, at the first step of the episode. Errors of co_stage_create.
co_status co_session_create(const co_session_def *def, co_session **out);
void co_session_free(co_session *session);

// CO_CONFIG when the command makes no sense here, and what a shift or policy is refused for.
co_status co_session_execute(co_session *session, const co_command *command);
// Lets `seconds` of wall time pass: steps as many control steps as the speed asks for, at least one
// if it is as fast as possible, until the end of the episode; some 30 ms of computing at most. A
// search that has found nothing ends as CO_WANTING with a sentence.
co_status co_session_advance(co_session *session, double seconds);

bool co_session_running(const co_session *session);
// [s] of wall time until the next step is due; 0: at once.
double co_session_due_in(const co_session *session);
int co_session_speed(const co_session *session);          // exponent of two
double co_session_true_speed(const co_session *session);  // simulated / wall, of late; 0: paused
int64_t co_session_searching(const co_session *session);  // episode that is searched, -1: no search
int64_t co_session_step(const co_session *session);
int64_t co_session_first(const co_session *session);  // steps that can be shown
int64_t co_session_last(const co_session *session);
int64_t co_session_parting(const co_session *session);  // step, -1: not (yet)
bool co_session_over(const co_session *session);        // at the end of the episode
int co_session_stages(const co_session *session);
const co_stage *co_session_stage(const co_session *session, int stage);
int co_session_policy(const co_session *session, int stage);  // index of its choice, -1: none
// Index in the list of who acts, -1: it is none of them.
int co_session_find(const co_session *session, const co_who *who);
// As co_stage_changes, also where a search has put other instants in their place.
uint64_t co_session_changes(const co_session *session, int stage);

#endif  // VIZ_PLAY_SESSION_H_
