#include "cli/args.h"

#include "core/text.h"

#include <getopt.h>
#include <string.h>

const cli_option cli_common_options[] = {
    {"set", "PATH=VALUE", "edit one value of the definition (repeatable)"},
    {"seed", "N", "seed of all random streams (1)"},
    {"json", NULL, "print one JSON object instead of text"},
    {"quiet", NULL, "no messages but errors; data are printed (-q)"},
    {"verbose", NULL, "print details: which files are read (-v)"},
    {"help", NULL, "print this help, an example first (-h)"},
    {NULL, NULL, NULL},
};

// appends a value to an option's list
static co_status give(cli_args *args, const char *name, const char *value) {
  cli_given *given = NULL;
  for (int i = 0; i < args->num_given; i++)
    if (strcmp(args->given[i].name, name) == 0) given = &args->given[i];
  if (!given) {
    given = &args->given[args->num_given++];  // at most one entry per known option
    given->name = name;
  }
  if (given->count == CLI_MAX_VALUES)
    return co_fail(CO_USAGE, "--%s: given more than %d times", name, CLI_MAX_VALUES);
  given->values[given->count++] = value;
  return CO_OK;
}

static int add_options(const cli_option *options, struct option *out, int count) {
  for (const cli_option *o = options; o && o->name; o++)
    out[count++] = (struct option){o->name, o->value ? required_argument : no_argument, NULL, 1};
  return count;
}

// "--name", of which only the first `size` bytes count
static bool is_known(const char *text, size_t size, const struct option *known, int count) {
  for (int i = 0; size > 2 && i < count; i++)
    if (strlen(known[i].name) == size - 2 && memcmp(known[i].name, text + 2, size - 2) == 0)
      return true;
  return false;
}

static co_status unknown_option(const cli_command *command, const char *text,
                                const struct option *known, int count) {
  const char *names[CLI_MAX_VALUES];
  for (int i = 0; i < count; i++) names[i] = known[i].name;
  const char *equals = strchr(text, '=');
  if (equals && is_known(text, (size_t)(equals - text), known, count))
    return co_fail(CO_USAGE, "%s: option %.*s takes no value", command->name, (int)(equals - text),
                   text);
  const char *near = strncmp(text, "--", 2) == 0 ? co_suggest(text + 2, names, count) : NULL;
  if (near)
    return co_fail(CO_USAGE, "%s: unknown option %s, did you mean --%s?", command->name, text,
                   near);
  return co_fail(CO_USAGE, "%s: unknown option %s (see carryover %s --help)", command->name, text,
                 command->name);
}

static co_status check_positional(const cli_args *args) {
  const cli_command *command = args->command;
  if (args->num_positional < command->min_positional)
    return co_fail(CO_USAGE, "%s: missing argument, expected: carryover %s %s", command->name,
                   command->name, command->positional);
  if (args->num_positional > command->max_positional)
    return co_fail(CO_USAGE, "%s: unexpected argument \"%s\"", command->name,
                   args->positional[command->max_positional]);
  for (int i = 0; i < args->num_positional; i++)  // an unset variable of a script
    if (!*args->positional[i])
      return co_fail(CO_USAGE, "%s: argument %d is empty, expected: carryover %s %s", command->name,
                     i + 1, command->name, command->positional);
  return CO_OK;
}

co_status cli_args_parse(const cli_command *command, int argc, char **argv, cli_args *out) {
  *out = (cli_args){.command = command};
  struct option known[CLI_MAX_VALUES] = {{0}};
  int count = add_options(cli_common_options, known, 0);
  count = add_options(command->options, known, count);
  opterr = 0;
  optind = 1;
  for (;;) {
    int index = -1, at = optind;
    int c = getopt_long(argc, argv, "-:qvh", known, &index);
    if (c == -1) break;
    if (c == ':') return co_fail(CO_USAGE, "%s: option %s needs a value", command->name, argv[at]);
    if (c == '?') return unknown_option(command, argv[at], known, count);
    if (c == 1 && index < 0) {  // a positional argument, kept in order
      if (out->num_positional == CLI_MAX_VALUES)
        return co_fail(CO_USAGE, "%s: too many arguments", command->name);
      out->positional[out->num_positional++] = optarg;
      continue;
    }
    const char *name = c == 'q'   ? "quiet"
                       : c == 'v' ? "verbose"
                       : c == 'h' ? "help"
                                  : known[index].name;
    CO_TRY(give(out, name, optarg ? optarg : ""));
  }
  for (; optind < argc && out->num_positional < CLI_MAX_VALUES; optind++)  // after --
    out->positional[out->num_positional++] = argv[optind];
  if (cli_flag(out, "help")) return CO_OK;
  static const cli_pair common[] = {{"quiet", CLI_EXCLUDES, "verbose"}, {NULL, CLI_NEEDS, NULL}};
  CO_TRY(cli_check_pairs(out, common));
  return check_positional(out);
}

int cli_positional_count(const cli_args *args) {
  return args->num_positional;
}

const char *cli_positional(const cli_args *args, int index) {
  return index < args->num_positional ? args->positional[index] : NULL;
}

int cli_values(const cli_args *args, const char *name, const char *const **values) {
  for (int i = 0; i < args->num_given; i++) {
    if (strcmp(args->given[i].name, name) != 0) continue;
    *values = args->given[i].values;
    return args->given[i].count;
  }
  *values = NULL;
  return 0;
}

const char *cli_value(const cli_args *args, const char *name) {
  const char *const *values;
  int count = cli_values(args, name, &values);
  return count ? values[count - 1] : NULL;
}

bool cli_flag(const cli_args *args, const char *name) {
  return cli_value(args, name) != NULL;
}

co_status cli_int(const cli_args *args, const char *name, int64_t min, int64_t max, int64_t *out) {
  const char *text = cli_value(args, name);
  if (!text) return CO_OK;
  int64_t value;
  if (!co_parse_int(text, &value) || value < min || value > max)
    return co_fail(CO_USAGE, "--%s: \"%s\" is not a whole number from %lld to %lld", name, text,
                   (long long)min, (long long)max);
  *out = value;
  return CO_OK;
}

co_status cli_double(const cli_args *args, const char *name, double min, double max, double *out) {
  const char *text = cli_value(args, name);
  if (!text) return CO_OK;
  double value;
  if (!co_parse_double(text, &value) || value < min || value > max)
    return co_fail(CO_USAGE, "--%s: \"%s\" is not a number from %g to %g", name, text, min, max);
  *out = value;
  return CO_OK;
}

co_status cli_check_pairs(const cli_args *args, const cli_pair *pairs) {
  for (const cli_pair *pair = pairs; pair->name; pair++) {
    bool both = cli_flag(args, pair->other);
    if (!cli_flag(args, pair->name)) continue;
    if (pair->how == CLI_EXCLUDES && both)
      return co_fail(CO_USAGE, "%s: --%s and --%s exclude each other", args->command->name,
                     pair->name, pair->other);
    if (pair->how == CLI_NEEDS && !both)
      return co_fail(CO_USAGE, "%s: --%s does nothing without --%s", args->command->name,
                     pair->name, pair->other);
  }
  return CO_OK;
}

co_status cli_checkpoint_s(const cli_args *args, double *out) {
  *out = 10;
  return cli_double(args, "checkpoint", 0, 1e9, out);
}

bool cli_json(const cli_args *args) {
  return cli_flag(args, "json");
}

bool cli_verbose(const cli_args *args) {
  return cli_flag(args, "verbose");
}

uint64_t cli_seed(const cli_args *args) {
  int64_t seed = 1;
  cli_int(args, "seed", 0, INT64_MAX, &seed);  // checked by main before the command runs
  return (uint64_t)seed;
}
