// carryover: subcommand, arguments, one call, exit code.

#include "cli/args.h"
#include "core/hash.h"
#include "core/log.h"
#include "core/text.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void print_usage(FILE *out) {
  fputs(
      "carryover: does a robot policy trained in one simulated world carry over to another?\n"
      "\n"
      "  carryover run configs/studies/quickstart.cfg      a whole study, from training to "
      "report.html\n"
      "\n",
      out);
  for (const cli_command *const *c = cli_commands; *c; c++)
    fprintf(out, "  %-10s %s\n", (*c)->name, (*c)->summary);
  fputs("\ncarryover COMMAND --help tells more; --version prints the version.\n", out);
}

static void print_options(const cli_option *options) {
  for (const cli_option *o = options; o && o->name; o++) {
    char head[64];
    snprintf(head, sizeof head, "--%s%s%s", o->name, o->value ? " " : "", o->value ? o->value : "");
    printf("  %-24s %s\n", head, o->help);
  }
}

static void print_help(const cli_command *command) {
  printf("example: %s\n\n", command->example);
  printf("usage: carryover %s%s%s [options]\n", command->name, *command->positional ? " " : "",
         command->positional);
  printf("%s\n\n", command->summary);
  print_options(command->options);
  print_options(cli_common_options);
}

// What has been told once: a model that is loaded for each of several worlds says the same again.
enum { TOLD_WARNINGS = 64 };
typedef struct log_state {
  co_log_level most;  // that of -q and -v
  pthread_mutex_t lock;
  uint64_t told[TOLD_WARNINGS];  // hashes
  int num_told;
} log_state;

static bool was_told(log_state *state, const char *line) {
  uint64_t hash = co_hash(line, strlen(line));
  bool told = false;
  pthread_mutex_lock(&state->lock);
  for (int i = 0; i < state->num_told && !told; i++) told = state->told[i] == hash;
  if (!told && state->num_told < TOLD_WARNINGS) state->told[state->num_told++] = hash;
  pthread_mutex_unlock(&state->lock);
  return told;
}

// messages of the library go to stderr
static void print_log(void *context, co_log_level level, const char *line) {
  log_state *state = context;
  if (level > state->most || (level == CO_LOG_ONCE && was_told(state, line))) return;
  const char *prefix = level == CO_LOG_ERROR ? "error: " : level <= CO_LOG_ONCE ? "warning: " : "";
  cli_tell("carryover: %s%s", prefix, line);
}

void cli_begin_log(co_log_level most) {
  static log_state state;
  state = (log_state){.most = most, .lock = PTHREAD_MUTEX_INITIALIZER};
  co_log_set(print_log, &state);
}

void cli_tell_error(const char *text) {
  while (*text) {
    size_t length = strcspn(text, "\n");
    if (length) cli_tell("carryover: error: %.*s", (int)length, text);
    text += length + (text[length] == '\n');
  }
}

static const cli_command *find_command(const char *name) {
  for (const cli_command *const *c = cli_commands; *c; c++)
    if (strcmp((*c)->name, name) == 0) return *c;
  return NULL;
}

static int unknown_command(const char *name) {
  enum { MOST = 64 };
  const char *names[MOST];
  int count = 0;
  for (const cli_command *const *c = cli_commands; *c && count < MOST; c++)
    names[count++] = (*c)->name;
  const char *near = co_suggest(name, names, count);
  cli_tell("carryover: error: unknown command \"%s\"%s%s%s", name, near ? ", did you mean \"" : "",
           near ? near : "", near ? "\"?" : " (see carryover --help)");
  return CO_USAGE;
}

static co_status run_command(const cli_command *command, int argc, char **argv) {
  cli_args args;
  CO_TRY(cli_args_parse(command, argc, argv, &args));
  if (cli_flag(&args, "help")) {
    print_help(command);
    return CO_OK;
  }
  int64_t seed = 0;
  CO_TRY(cli_int(&args, "seed", 0, INT64_MAX, &seed));
  cli_begin_log(cli_flag(&args, "quiet") ? CO_LOG_ERROR
                : cli_verbose(&args)     ? CO_LOG_DETAIL
                                         : CO_LOG_INFO);
  return command->run(&args);
}

// exit code, after everything that was printed has reached standard output
static int finish(co_status status) {
  bool lost = fflush(stdout) != 0 || ferror(stdout);
  if (lost && (status == CO_OK || status == CO_WANTING)) {
    cli_tell("carryover: error: standard output: cannot write");
    status = CO_IO;
  }
  return (int)status;
}

// The first file that is opened takes the lowest free number: where the caller closed a standard
// file, messages would go into a policy or a lock. What takes its place here fails when used, as
// the closed one does.
static bool hold_standard_files(void) {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
    if (fcntl(fd, F_GETFD) >= 0 || errno != EBADF) continue;
    if (open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd) return false;
  }
  return true;
}

static bool is_one_of(const char *text, const char *a, const char *b, const char *c) {
  return strcmp(text, a) == 0 || strcmp(text, b) == 0 || strcmp(text, c) == 0;
}

int main(int argc, char **argv) {
  if (!hold_standard_files()) return CO_IO;
  signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is a failed write, with its clearing up
  if (argc < 2) {
    print_usage(stderr);
    return CO_USAGE;
  }
  if (is_one_of(argv[1], "--help", "-h", "help")) {
    print_usage(stdout);
    return finish(CO_OK);
  }
  if (is_one_of(argv[1], "--version", "-V", "version")) {
    printf("carryover %s\n", CARRYOVER_VERSION);
    return finish(CO_OK);
  }
  const cli_command *command = find_command(argv[1]);
  if (!command) return unknown_command(argv[1]);
  co_status status = run_command(command, argc - 1, argv + 1);
  if (status != CO_OK && status != CO_WANTING) cli_tell_error(co_error_text());
  return finish(status);
}
