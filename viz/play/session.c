#include "viz/play/session.h"

#include "core/clock.h"
#include "core/memory.h"
#include "core/number.h"
#include "viz/play/live_world.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

static const double kSlice = 0.008;   // [s] of computing at once: searches, and as fast as possible
static const double kLate = 0.03;     // [s] after which steps that are due are given up
static const double kLongest = 0.25;  // [s] that pass at once, whatever the caller says
static const double kWindow = 0.5;    // [s] over which the true speed is measured

typedef enum search_kind { NO_SEARCH, SEARCH_FAILURE, SEARCH_PARTING } search_kind;

typedef struct search {
  search_kind kind;
  co_pair pair;     // of a failure: in which it plays, while the session stays as it is
  int64_t episode;  // that is played
  int tried;        // episodes
  int64_t from;     // of a parting: step to go back to
} search;

struct co_session {
  co_pair pair;
  co_live_world live[CO_SESSION_STAGES];
  int policy[CO_SESSION_STAGES];
  const co_choice *choice;
  int num_choices, most_choices;
  uint64_t seed;
  size_t history_bytes;  // of one stage
  double threshold;
  bool running;
  int speed;
  double due;              // [s] simulated time that is due
  double wall, simulated;  // [s] since the window began
  double true_speed;
  search search;
  uint64_t found;  // failures that searches have shown
};

// ---- life

static const co_policy *policy_of(const co_session *session, int index) {
  return index < 0 ? NULL : session->choice[index].policy;
}

static co_stand_in stand_in_of(const co_session *session, int index) {
  return index < 0 ? CO_STAND_IN_ZERO : session->choice[index].stand_in;
}

static co_stage_def stage_def(const co_session *session, int i, co_shared_world *world) {
  return (co_stage_def){.policy = policy_of(session, session->policy[i]),
                        .stand_in = stand_in_of(session, session->policy[i]),
                        .world = world,
                        .seed = session->seed,
                        .history_bytes = session->history_bytes};
}

static co_status create_stages(co_session *session, const co_session_def *def) {
  co_stage_def stage[CO_SESSION_STAGES];
  co_shared_world *world[CO_SESSION_STAGES] = {NULL};
  co_status status = CO_OK;
  for (int i = 0; i < def->num_stages && status == CO_OK; i++) {
    session->policy[i] = def->recording ? -1 : def->policy[i];
    assert(session->policy[i] < def->num_choices);
    status = co_live_world_create(def->shelf, &def->world[i], &session->live[i], &world[i]);
    stage[i] = stage_def(session, i, world[i]);
    stage[i].recording = def->recording;
  }
  if (status == CO_OK)
    status = co_pair_create(stage, def->num_stages, def->threshold, &session->pair);
  for (int i = 0; i < def->num_stages; i++) co_shared_world_drop(world[i]);
  return status;
}

co_status co_session_create(const co_session_def *def, co_session **out) {
  assert(def->num_stages >= 1 && def->num_stages <= CO_SESSION_STAGES);
  co_session *session = co_alloc(1, sizeof *session);
  if (!session) return CO_MEMORY;
  session->choice = def->choice;
  session->num_choices = def->num_choices;
  session->most_choices = def->most_choices;
  session->seed = def->seed;
  session->threshold = def->threshold;
  session->history_bytes = def->history_bytes / (size_t)def->num_stages;
  co_status status = create_stages(session, def);
  if (status == CO_OK && def->episode) status = co_pair_reset(&session->pair, def->episode);
  if (status != CO_OK) {
    co_session_free(session);
    return status;
  }
  *out = session;
  return CO_OK;
}

void co_session_free(co_session *session) {
  if (!session) return;
  co_pair_free(&session->search.pair);
  co_pair_free(&session->pair);
  for (int i = 0; i < CO_SESSION_STAGES; i++) co_live_world_free(&session->live[i]);
  free(session);
}

// ---- running

static void set_running(co_session *session, bool running) {
  session->running = running;
  session->due = session->wall = session->simulated = session->true_speed = 0;
}

static co_status step(co_session *session) {
  CO_TRY(co_pair_step(&session->pair));
  bool at_end = co_pair_over(&session->pair);
  if (at_end && co_pair_now(&session->pair) >= co_pair_last(&session->pair))
    set_running(session, false);
  return CO_OK;
}

// [s] of one control step
static double period_of(const co_session *session) {
  const co_env_info *info = &co_stage_world(session->pair.stage[0])->info;
  return info->timestep * info->substeps;
}

static void measure(co_session *session, double seconds, int steps) {
  session->wall += seconds;
  session->simulated += steps * period_of(session);
  if (session->wall < kWindow) return;
  session->true_speed = session->simulated / session->wall;
  session->wall = session->simulated = 0;
}

static co_status run(co_session *session, double seconds) {
  bool fastest = session->speed == CO_SESSION_FASTEST;
  double began = co_clock_wall(), period = period_of(session);
  int steps = 0;
  session->due += seconds * ldexp(1, session->speed);
  while (session->running && (fastest || session->due >= period)) {
    co_status status = step(session);
    if (status != CO_OK) {
      set_running(session, false);
      return status;
    }
    steps++;
    session->due -= period;
    if (co_clock_wall() - began > (fastest ? kSlice : kLate)) break;
  }
  if (fastest || session->due >= period) session->due = 0;
  if (session->running) measure(session, seconds, steps);
  return CO_OK;
}

// ---- searches

static void end_search(co_session *session) {
  co_pair_free(&session->search.pair);
  session->search = (search){0};
}

// What a search plays again from the start of other episodes is neither recorded nor a hand's.
static co_status check_search(const co_session *session) {
  for (int i = 0; i < session->pair.count; i++) {
    const co_stage *stage = session->pair.stage[i];
    if (co_stage_recorded(stage)) return co_fail(CO_CONFIG, "a recording has one episode only");
    if (!co_stage_policy(stage) && co_stage_stand_in(stage) == CO_STAND_IN_SLIDERS)
      return co_fail(CO_CONFIG, "what sliders do is not searched: they act as they are moved");
  }
  return CO_OK;
}

static co_status begin_failure(co_session *session) {
  search *s = &session->search;
  co_stage_def def[CO_SESSION_STAGES];
  CO_TRY(check_search(session));
  for (int i = 0; i < session->pair.count; i++)
    def[i] = stage_def(session, i, co_stage_shared_world(session->pair.stage[i]));
  CO_TRY(co_pair_create(def, session->pair.count, session->threshold, &s->pair));
  // with the present one where nothing of it has been seen
  bool fresh = co_pair_last(&session->pair) == co_pair_first(&session->pair);
  s->episode = (int64_t)co_stage_episode(session->pair.stage[0]) + !fresh;
  co_status status = co_pair_reset(&s->pair, (uint32_t)s->episode);
  if (status == CO_OK) {
    s->kind = SEARCH_FAILURE;
  } else {
    end_search(session);
  }
  return status;
}

static co_status next_episode(co_session *session) {
  search *s = &session->search;
  if (++s->tried >= CO_SESSION_SEARCH)
    return co_fail(CO_WANTING, "no failure in %d episodes", s->tried);
  return co_pair_reset(&s->pair, (uint32_t)++s->episode);
}

static co_status search_failure(co_session *session) {
  search *s = &session->search;
  double began = co_clock_wall();
  while (co_clock_wall() - began < kSlice) {
    CO_TRY(co_pair_step(&s->pair));
    if (co_pair_failed(&s->pair)) {
      co_pair found = s->pair;
      s->pair = session->pair;
      session->pair = found;
      session->found++;
      end_search(session);
      return CO_OK;
    }
    if (co_pair_over(&s->pair)) CO_TRY(next_episode(session));
  }
  return CO_OK;
}

static co_status begin_parting(co_session *session) {
  co_pair *pair = &session->pair;
  if (pair->count < CO_SESSION_STAGES) return co_fail(CO_CONFIG, "there is one stage only");
  if (pair->parting >= 0) return co_pair_seek(pair, pair->parting);
  session->search = (search){.kind = SEARCH_PARTING,
                             .from = co_pair_now(pair),
                             .episode = (int64_t)co_stage_episode(pair->stage[0])};
  return CO_OK;
}

static co_status search_parting(co_session *session) {
  co_pair *pair = &session->pair;
  double began = co_clock_wall();
  while (pair->parting < 0 && co_clock_wall() - began < kSlice) {
    if (co_pair_over(pair)) {
      CO_TRY(co_pair_seek(pair, session->search.from));
      return co_fail(CO_WANTING, "the stages do not part in this episode");
    }
    CO_TRY(co_pair_step(pair));
  }
  if (pair->parting >= 0) end_search(session);
  return CO_OK;
}

static co_status go_on_searching(co_session *session) {
  bool failure = session->search.kind == SEARCH_FAILURE;
  co_status status = failure ? search_failure(session) : search_parting(session);
  if (status != CO_OK) end_search(session);
  return status;
}

co_status co_session_advance(co_session *session, double seconds) {
  if (session->search.kind) return go_on_searching(session);
  if (!session->running) return CO_OK;
  return run(session, co_clamp(seconds, 0, kLongest));
}

// ---- commands

static co_status toggle(co_session *session) {
  co_pair *pair = &session->pair;
  bool at_end = co_pair_over(pair) && co_pair_now(pair) >= co_pair_last(pair);
  if (at_end) CO_TRY(co_pair_seek(pair, co_pair_first(pair)));
  set_running(session, !session->running);
  return CO_OK;
}

static co_status go_back(co_session *session, int64_t steps) {
  CO_TRY(co_pair_seek(&session->pair, co_pair_now(&session->pair) - steps));
  set_running(session, false);
  return CO_OK;
}

// Steps that were not reached yet are played; what is reached before an error stays.
static co_status go_forward(co_session *session, int64_t steps) {
  co_status status = CO_OK;
  for (int64_t i = 0; i < steps && status == CO_OK; i++) status = co_pair_step(&session->pair);
  set_running(session, false);
  return status;
}

// At least one step, and not more than a hand waits for.
static int64_t stride(int64_t value) {
  return value < 1 ? 1 : value > CO_SESSION_STRIDE ? CO_SESSION_STRIDE : value;
}

static void set_speed(co_session *session, int64_t speed) {
  session->speed = speed < CO_SESSION_SLOWEST   ? CO_SESSION_SLOWEST
                   : speed > CO_SESSION_FASTEST ? CO_SESSION_FASTEST
                                                : (int)speed;
  set_running(session, session->running);
}

static co_status go_to_episode(co_session *session, int64_t episode) {
  if (episode < 0 || episode >= 1 << 30)
    return co_fail(CO_CONFIG, "there is no episode %" PRId64, episode);
  return co_pair_reset(&session->pair, (uint32_t)episode);
}

static co_status let_act(co_session *session, int stage, int index) {
  const co_policy *policy = policy_of(session, index);
  co_stage *of = session->pair.stage[stage];
  CO_TRY(policy ? co_stage_use_policy(of, policy)
                : co_stage_use_stand_in(of, stand_in_of(session, index)));
  session->policy[stage] = index;
  return co_pair_changed(&session->pair);
}

// Whoever says so has put the policies there before.
static co_status list_choices(co_session *session, int64_t count) {
  if (count < session->num_choices || count > session->most_choices)
    return co_fail(CO_CONFIG, "there are no %" PRId64 " policies", count);
  session->num_choices = (int)count;
  return CO_OK;
}

// From the start of the episode, which stages play together. What does not fit changes nothing.
static co_status play_anew(co_session *session, int stage, int index) {
  co_pair *pair = &session->pair;
  const co_policy *policy = policy_of(session, index);
  bool ended = co_pair_over(pair) && co_pair_now(pair) >= co_pair_last(pair);
  if (policy) CO_TRY(co_policy_check_world(policy, &co_stage_world(pair->stage[stage])->info));
  CO_TRY(co_pair_reset(pair, co_stage_episode(pair->stage[stage])));
  if (ended) set_running(session, true);
  return let_act(session, stage, index);
}

static co_status go_on_with(co_session *session, int stage, int index) {
  if (co_instant_ends(co_stage_now(session->pair.stage[stage])))
    return play_anew(session, stage, index);
  return let_act(session, stage, index);
}

static co_status use_policy(co_session *session, const co_command *command) {
  if (command->value < -1 || command->value >= session->num_choices)
    return co_fail(CO_CONFIG, "there is no policy %" PRId64, command->value);
  bool anew = command->id == CO_CMD_POLICY_ANEW;
  return (anew ? play_anew : go_on_with)(session, command->stage, (int)command->value);
}

static co_status shift_world(co_session *session, int stage, const co_shift_info *shift) {
  co_live_change change;
  CO_TRY(co_live_world_try(&session->live[stage], shift, &change));
  co_status status = co_stage_use_world(session->pair.stage[stage], change.world);
  if (status == CO_OK) {
    co_live_world_accept(&session->live[stage], &change);
    status = co_pair_changed(&session->pair);
  }
  co_live_change_free(&change);
  return status;
}

static co_status set_action(co_session *session, const co_command *command) {
  int element = command->value < 0 || command->value > INT32_MAX ? -1 : (int)command->value;
  CO_TRY(co_stage_set_action(session->pair.stage[command->stage], element, command->number));
  return co_pair_changed(&session->pair);
}

static co_status push(co_session *session, const co_command *command) {
  int body = command->value < 0 ? -1 : command->value > INT32_MAX ? INT32_MAX : (int)command->value;
  CO_TRY(co_stage_push(session->pair.stage[command->stage], body, command->force));
  return co_pair_changed(&session->pair);
}

static co_status execute(co_session *session, const co_command *command) {
  switch (command->id) {
    case CO_CMD_TOGGLE: return toggle(session);
    case CO_CMD_FORWARD: return go_forward(session, stride(command->value));
    case CO_CMD_BACK: return go_back(session, stride(command->value));
    case CO_CMD_SEEK: return co_pair_seek(&session->pair, command->value);
    case CO_CMD_SPEED: set_speed(session, command->value); return CO_OK;
    case CO_CMD_RESET:
      return co_pair_reset(&session->pair, co_stage_episode(session->pair.stage[0]));
    case CO_CMD_EPISODE: return go_to_episode(session, command->value);
    case CO_CMD_FAILURE: return begin_failure(session);
    case CO_CMD_PARTING: return begin_parting(session);
    case CO_CMD_POLICY:
    case CO_CMD_POLICY_ANEW: return use_policy(session, command);
    case CO_CMD_CHOICES: return list_choices(session, command->value);
    case CO_CMD_SHIFT: return shift_world(session, command->stage, &command->shift);
    case CO_CMD_UNSHIFT: return shift_world(session, command->stage, NULL);
    case CO_CMD_ACTION: return set_action(session, command);
    case CO_CMD_PUSH: return push(session, command);
    case CO_NUM_COMMANDS: break;
  }
  return co_fail(CO_CONFIG, "there is no command %d", (int)command->id);
}

static bool is_of_stage(co_command_id id) {
  return id == CO_CMD_POLICY || id == CO_CMD_POLICY_ANEW || id == CO_CMD_SHIFT ||
         id == CO_CMD_UNSHIFT || id == CO_CMD_ACTION || id == CO_CMD_PUSH;
}

co_status co_session_execute(co_session *session, const co_command *command) {
  if (is_of_stage(command->id) && (command->stage < 0 || command->stage >= session->pair.count)) {
    return co_fail(CO_CONFIG, "there is no stage %d", command->stage);
  }
  end_search(session);
  CO_TRY(execute(session, command));
  bool jumps = command->id == CO_CMD_FAILURE || command->id == CO_CMD_PARTING;
  if (jumps) set_running(session, false);
  return CO_OK;
}

// ---- what is there

bool co_session_running(const co_session *session) {
  return session->running;
}

double co_session_due_in(const co_session *session) {
  if (session->search.kind || session->speed == CO_SESSION_FASTEST) return 0;
  return fmax(0, ldexp(period_of(session) - session->due, -session->speed));
}

int co_session_speed(const co_session *session) {
  return session->speed;
}

double co_session_true_speed(const co_session *session) {
  return session->true_speed;
}

int64_t co_session_searching(const co_session *session) {
  return session->search.kind ? session->search.episode : -1;
}

int64_t co_session_step(const co_session *session) {
  return co_pair_now(&session->pair);
}

int64_t co_session_first(const co_session *session) {
  return co_pair_first(&session->pair);
}

int64_t co_session_last(const co_session *session) {
  return co_pair_last(&session->pair);
}

int64_t co_session_parting(const co_session *session) {
  return session->pair.parting;
}

bool co_session_over(const co_session *session) {
  return co_pair_over(&session->pair);
}

int co_session_stages(const co_session *session) {
  return session->pair.count;
}

const co_stage *co_session_stage(const co_session *session, int stage) {
  assert(stage >= 0 && stage < session->pair.count);
  return session->pair.stage[stage];
}

int co_session_policy(const co_session *session, int stage) {
  assert(stage >= 0 && stage < session->pair.count);
  return session->policy[stage];
}

int co_session_find(const co_session *session, const co_who *who) {
  for (int i = 0; i < session->num_choices; i++) {
    const co_who choice = {session->choice[i].policy, false, session->choice[i].stand_in};
    if (co_who_is(who, &choice)) return i;
  }
  return -1;
}

uint64_t co_session_changes(const co_session *session, int stage) {
  return (session->found << 32) + co_stage_changes(co_session_stage(session, stage));
}
