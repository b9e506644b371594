// What the subcommands share: one table of commands, one parser, one way to print.
//
// A command is a function from parsed arguments to a status. On success it has printed its data on
// stdout; on failure stdout is empty and main prints "carryover: error: TEXT" and exits with the
// status' code. One process, one command: nothing here is thread-safe, except the log sink.

#ifndef CLI_CLI_H_
#define CLI_CLI_H_

#include "agents/policy/interval.h"
#include "core/buf.h"
#include "core/json.h"
#include "core/log.h"
#include "core/status.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct cli_option {
  const char *name;   // without --
  const char *value;  // what it takes ("N", "DIR"), NULL for a flag
  const char *help;
} cli_option;

typedef struct cli_args cli_args;

enum {
  CLI_MAX_THREADS = 256,  // of --threads
  CLI_MAX_VALUES = 64,    // positional arguments, values of an option, options of a command
};

typedef struct cli_command {
  const char *name;
  const char *summary;     // one line
  const char *example;     // printed first by --help
  const char *positional;  // "POLICY", "TASK FILE.json", "" ...
  int min_positional, max_positional;
  const cli_option *options;  // own options, ended by a NULL name
  co_status (*run)(const cli_args *args);
} cli_command;

// positional arguments and options; a repeated option keeps all its values
int cli_positional_count(const cli_args *args);
const char *cli_positional(const cli_args *args, int index);  // NULL when not given
bool cli_flag(const cli_args *args, const char *name);
const char *cli_value(const cli_args *args, const char *name);  // last value given, or NULL
int cli_values(const cli_args *args, const char *name, const char *const **values);
// Whole numbers with bounds: CO_USAGE when out of range or not a number; `out` keeps its default
// when not given.
co_status cli_int(const cli_args *args, const char *name, int64_t min, int64_t max, int64_t *out);
co_status cli_double(const cli_args *args, const char *name, double min, double max, double *out);

// How two options go together.
typedef struct cli_pair {
  const char *name;
  enum { CLI_EXCLUDES, CLI_NEEDS } how;
  const char *other;
} cli_pair;

// CO_USAGE naming both options of the first pair that is not kept; pairs end with a NULL name. An
// option that would be ignored is refused: it was meant to do something.
co_status cli_check_pairs(const cli_args *args, const cli_pair *pairs);

// --checkpoint S of what trains: least time between two checkpoints [s].
#define CLI_CHECKPOINT_OPTION \
  { "checkpoint", "S", "seconds between two checkpoints of a training, 0: after every update (10)" }
co_status cli_checkpoint_s(const cli_args *args, double *out);

#define CLI_TENSORBOARD_OPTION \
  { "tensorboard", NULL, "write event files beside the logs of trainings" }

// common options of every command
bool cli_json(const cli_args *args);      // --json
bool cli_verbose(const cli_args *args);   // -v
uint64_t cli_seed(const cli_args *args);  // --seed N, default 1

// {"format":1,"command":NAME,"version":...}: start of every object
co_json *cli_object(const char *command);
// Sets mean, std and iqm of an evaluation's returns, and lo and hi of the interval of the iqm.
void cli_set_return(co_json *object, const co_evaluation *result, const co_interval *interval);
// One line on stdout. What files bring is shown as core/printable.h has it, here and below.
co_status cli_print_json(const co_json *object);
co_status cli_print_text(const co_buf *text);
// Text whose maker has done that and has put colours around it.
co_status cli_print_laid_out(const co_buf *text);
// A line on stderr.
void cli_tell(const char *format, ...) __attribute__((format(printf, 1, 2)));

// One line "carryover: error: " on stderr for each of the text: a config has one error per line.
void cli_tell_error(const char *text);
// From here on messages up to this level go to stderr, as if nothing had been told yet.
void cli_begin_log(co_log_level most);

// "0.1.0 Release GNU 12.2.0": version, build type and compiler, part of records.
const char *cli_build_text(void);

// the commands
#define CLI_COMMAND_LIST(X) \
  X(run)                    \
  X(train)                  \
  X(eval)                   \
  X(play)                   \
  X(record)                 \
  X(data)                   \
  X(export)                 \
  X(task)                   \
  X(import)                 \
  X(serve)                  \
  X(inspect) X(diff) X(check) X(replay) X(list) X(report) X(bench) X(doctor) X(completion)
#define X(name) extern const cli_command cli_##name;
CLI_COMMAND_LIST(X)
#undef X

#endif  // CLI_CLI_H_
