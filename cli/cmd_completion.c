// carryover completion: what a shell completes, and the man page, from the table of commands.

#include "agents/learn/algorithm.h"
#include "agents/policy/zoo.h"
#include "cli/args.h"
#include "core/arena.h"
#include "core/config/config_file.h"
#include "core/text.h"
#include "transfer/study/strategy.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

// ---- words that an argument can be

// Appends "name name ..." of the files *.cfg below a folder.
static co_status add_files(const char *folder, co_buf *out) {
  co_names names;
  CO_TRY(co_config_names(folder, &names));
  for (int i = 0; i < names.count; i++)
    co_buf_printf(out, "%s%s", out->size ? " " : "", names.name[i]);
  co_names_free(&names);
  return CO_OK;
}

static co_status add_zoo(co_buf *out) {
  co_names names;
  CO_TRY(co_zoo_names(&names));
  for (int i = 0; i < names.count; i++)
    co_buf_printf(out, "%s%s%s", out->size ? " " : "", CO_ZOO_PREFIX, names.name[i]);
  co_names_free(&names);
  return CO_OK;
}

static co_status add_strategies(co_buf *out) {
  co_arena arena = {0};
  co_list list;
  co_status status = co_strategies_builtin(&arena, &list);
  const co_strategy_def *def = list.item;
  for (int i = 0; status == CO_OK && i < list.count; i++)
    co_buf_printf(out, "%s%s", out->size ? " " : "", def[i].name);
  co_arena_free(&arena);
  return status;
}

// "record POLICY|random" to "record random": alternatives that are written as they are, which have
// no capitals.
static void add_literals(const char *spec, co_buf *out) {
  enum { LONGEST = 32 };
  char word[LONGEST];
  if (!strchr(spec, '|')) return;
  while (*spec) {
    size_t size = strcspn(spec, " |[]");
    bool literal = size > 0 && size < LONGEST;
    for (size_t i = 0; i < size; i++) literal &= islower((unsigned char)spec[i]) != 0;
    if (literal) {
      snprintf(word, sizeof word, "%.*s", (int)size, spec);
      co_buf_printf(out, "%s%s", out->size ? " " : "", word);
    }
    spec += size + (spec[size] != 0);
  }
}

static bool begins(const char *text, const char *with) {
  return strncmp(text, with, strlen(with)) == 0;
}

// Whether "[POLICY|TASK]" has this alternative.
static bool offers(const char *spec, const char *word) {
  size_t size = strlen(word);
  for (const char *at = spec; (at = strstr(at, word)); at += size)
    if ((at == spec || strchr("|[", at[-1])) && (!at[size] || strchr("|] ", at[size]))) return true;
  return false;
}

// Of what is called `name` (NULL: an argument without one) and takes `value`; files come from the
// shell.
static co_status add_words(const char *name, const char *value, co_buf *out) {
  add_literals(value, out);
  if (strstr(value, "POLICY")) CO_TRY(add_zoo(out));
  if (offers(value, "TASK")) return add_files("configs/tasks", out);
  if (begins(value, "STUDY")) return add_files("configs/studies", out);
  if (name && strcmp(name, "domain") == 0) return add_files("configs/domains", out);
  if (name && strcmp(name, "strategy") == 0) return add_strategies(out);
  for (int i = 0; name && strcmp(name, "algorithm") == 0 && co_algorithm_names[i]; i++)
    co_buf_printf(out, "%s%s", out->size ? " " : "", co_algorithm_names[i]);
  return CO_OK;
}

static co_status add_commands(co_buf *out) {
  for (const cli_command *const *c = cli_commands; *c; c++)
    co_buf_printf(out, "%s%s", out->size ? " " : "", (*c)->name);
  return co_buf_status(out);
}

// Calls `put` for the command's own options and those of all, in this order.
static co_status each_option(const cli_command *command,
                             co_status (*put)(co_buf *out, const cli_command *command,
                                              const cli_option *option),
                             co_buf *out) {
  for (const cli_option *o = command->options; o && o->name; o++) CO_TRY(put(out, command, o));
  for (const cli_option *o = cli_common_options; o->name; o++) CO_TRY(put(out, command, o));
  return co_buf_status(out);
}

// ---- bash; zsh takes the same function

static co_status put_bash_option(co_buf *out, const cli_command *command,
                                 const cli_option *option) {
  (void)command;
  co_buf_printf(out, " --%s", option->name);
  return CO_OK;
}

static co_status put_bash_value(co_buf *out, const cli_command *command, const cli_option *option) {
  co_buf words = {0};
  co_status status = option->value ? add_words(option->name, option->value, &words) : CO_OK;
  if (status == CO_OK && option->value)
    co_buf_printf(out, "    %s.--%s) words=\"%s\" value=yes ;;\n", command->name, option->name,
                  words.data ? words.data : "");
  co_buf_free(&words);
  return status;
}

static co_status put_bash_command(co_buf *out, const cli_command *command) {
  co_buf words = {0};
  co_status status = add_words(NULL, command->positional, &words);
  co_buf_printf(out, "    %s) words=\"%s\" options=\"", command->name,
                words.data ? words.data : "");
  co_buf_free(&words);
  if (status == CO_OK) status = each_option(command, put_bash_option, out);
  co_buf_puts(out, "\" ;;\n");
  return status;
}

// An option's value is completed as a file where it has no words of its own, like any argument.
// Bash takes a colon for a word of its own: what stands on both sides of it belongs together, and
// only what is behind it is replaced.
static co_status put_bash(co_buf *out) {
  co_buf_puts(out,
              "# completion of carryover for bash: source it, or keep it as\n"
              "# ~/.local/share/bash-completion/completions/carryover\n"
              "_carryover() {\n"
              "  local current=\"${COMP_WORDS[COMP_CWORD]}\" words=\"\" options=\"\" value=\"\"\n"
              "  local at=$COMP_CWORD zoo=\"\"\n"
              "  COMPREPLY=()\n"
              "  if [ \"$current\" = : ]; then current=; at=$((at + 1)); fi\n"
              "  if [ $at -gt 2 ] && [ \"${COMP_WORDS[at-2]}${COMP_WORDS[at-1]}\" = zoo: ]; then\n"
              "    at=$((at - 2)) zoo=zoo: current=\"zoo:$current\"\n"
              "  fi\n"
              "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
              "    COMPREPLY=($(compgen -W \"");
  CO_TRY(add_commands(out));
  co_buf_puts(out,
              " --help --version\" -- \"$current\"))\n"
              "    return\n"
              "  fi\n"
              "  case \"${COMP_WORDS[1]}\" in\n");
  for (const cli_command *const *c = cli_commands; *c; c++) CO_TRY(put_bash_command(out, *c));
  co_buf_puts(out,
              "    *) return ;;\n"
              "  esac\n"
              "  case \"${COMP_WORDS[1]}.${COMP_WORDS[at-1]}\" in\n");
  for (const cli_command *const *c = cli_commands; *c; c++)
    CO_TRY(each_option(*c, put_bash_value, out));
  co_buf_puts(out,
              "  esac\n"
              "  if [ -z \"$value\" ] && [[ \"$current\" == -* ]]; then words=\"$options\"; fi\n"
              "  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
              "  COMPREPLY=(\"${COMPREPLY[@]#$zoo}\")\n"
              "}\n"
              "complete -o default -F _carryover carryover\n");
  return co_buf_status(out);
}

static co_status put_zsh(co_buf *out) {
  co_buf_puts(out,
              "#compdef carryover\n"
              "# completion of carryover for zsh: keep it as _carryover in a folder of $fpath\n"
              "autoload -U +X bashcompinit && bashcompinit\n");
  CO_TRY(put_bash(out));
  co_buf_puts(out, "_bash_complete -o default -F _carryover\n");  // of this first call
  return co_buf_status(out);
}

// ---- fish

// between single quotes
static void put_quoted(co_buf *out, const char *text) {
  co_buf_puts(out, "'");
  for (; *text; text++) {
    if (*text == '\'' || *text == '\\') co_buf_puts(out, "\\");
    co_buf_add(out, text, 1);
  }
  co_buf_puts(out, "'");
}

static co_status put_fish_option(co_buf *out, const cli_command *command,
                                 const cli_option *option) {
  co_buf words = {0};
  co_status status = option->value ? add_words(option->name, option->value, &words) : CO_OK;
  co_buf_printf(out, "complete -c carryover -n '__fish_seen_subcommand_from %s' -l %s",
                command->name, option->name);
  if (option->value) co_buf_puts(out, " -r");
  if (words.size) co_buf_printf(out, " -a '%s'", words.data);
  co_buf_puts(out, " -d ");
  put_quoted(out, option->help);
  co_buf_puts(out, "\n");
  co_buf_free(&words);
  return status;
}

static co_status put_fish_command(co_buf *out, const cli_command *command) {
  co_buf words = {0};
  co_status status = add_words(NULL, command->positional, &words);
  co_buf_printf(out, "complete -c carryover -n __fish_use_subcommand -a %s -d ", command->name);
  put_quoted(out, command->summary);
  co_buf_puts(out, "\n");
  if (words.size)
    co_buf_printf(out, "complete -c carryover -n '__fish_seen_subcommand_from %s' -a '%s'\n",
                  command->name, words.data);
  co_buf_free(&words);
  return status == CO_OK ? each_option(command, put_fish_option, out) : status;
}

static co_status put_fish(co_buf *out) {
  co_buf_puts(out,
              "# completion of carryover for fish: keep it as\n"
              "# ~/.config/fish/completions/carryover.fish\n");
  for (const cli_command *const *c = cli_commands; *c; c++) CO_TRY(put_fish_command(out, *c));
  return co_buf_status(out);
}

// ---- the man page

// What roff would take for its own is escaped.
static void put_roff(co_buf *out, const char *text) {
  if (*text == '.' || *text == '\'') co_buf_puts(out, "\\&");
  for (; *text; text++) {
    if (*text == '-') {
      co_buf_puts(out, "\\-");
    } else if (*text == '\\') {
      co_buf_puts(out, "\\e");
    } else {
      co_buf_add(out, text, 1);
    }
  }
}

// A paragraph with a tag in bold, and what follows it in italics.
static void put_tag(co_buf *out, const char *dashes, const char *tag, const char *value) {
  co_buf_puts(out, ".TP\n\\fB");
  put_roff(out, dashes);
  put_roff(out, tag);
  co_buf_puts(out, "\\fR");
  if (value && *value) {
    co_buf_puts(out, " \\fI");
    put_roff(out, value);
    co_buf_puts(out, "\\fR");
  }
  co_buf_puts(out, "\n");
}

static void put_man_options(co_buf *out, const cli_option *options) {
  for (const cli_option *o = options; o && o->name; o++) {
    put_tag(out, "--", o->name, o->value);
    put_roff(out, o->help);
    co_buf_puts(out, "\n");
  }
}

static void put_man_command(co_buf *out, const cli_command *command) {
  co_buf_printf(out, ".SS %s", command->name);
  co_buf_puts(out, "\n\\fBcarryover ");
  put_roff(out, command->name);
  co_buf_puts(out, "\\fR \\fI");
  put_roff(out, command->positional);
  co_buf_puts(out, "\\fR [options]\n.PP\n");
  put_roff(out, command->summary);
  co_buf_puts(out, "\n.PP\n.EX\n");
  put_roff(out, command->example);
  co_buf_puts(out, "\n.EE\n");
  put_man_options(out, command->options);
}

static void put_man_exit_codes(co_buf *out) {
  static const struct {
    int code;
    const char *text;
  } codes[] = {
#define X(name, code, text) {code, text},
      CO_STATUS_LIST(X)
#undef X
  };
  co_buf_puts(out, ".SH EXIT STATUS\n");
  for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
    char number[16];
    snprintf(number, sizeof number, "%d", codes[i].code);
    put_tag(out, "", number, NULL);
    put_roff(out, codes[i].text);
    co_buf_puts(out, "\n");
  }
}

static co_status put_man(co_buf *out) {
  co_buf_puts(out, ".TH CARRYOVER 1 \"\" \"carryover " CARRYOVER_VERSION
                   "\" \"User commands\"\n"
                   ".SH NAME\n"
                   "carryover \\- does a robot policy trained in one simulated world carry over to "
                   "another?\n"
                   ".SH SYNOPSIS\n"
                   "\\fBcarryover\\fR \\fICOMMAND\\fR [arguments] [options]\n"
                   ".br\n"
                   "\\fBcarryover\\fR \\fB\\-\\-version\\fR\n"
                   ".SH COMMANDS\n");
  for (const cli_command *const *c = cli_commands; *c; c++) put_man_command(out, *c);
  co_buf_puts(out, ".SH OPTIONS OF ALL COMMANDS\n");
  put_man_options(out, cli_common_options);
  put_man_exit_codes(out);
  co_buf_puts(out,
              ".SH ENVIRONMENT\n"
              ".TP\n\\fBCARRYOVER_MODEL_PATH\\fR\nfolders in which models are looked for\n"
              ".TP\n\\fBCARRYOVER_GL\\fR\nhow pictures are drawn: egl, device, osmesa, off\n");
  return co_buf_status(out);
}

// ---- the command

typedef struct kind {
  const char *name;
  co_status (*put)(co_buf *out);
} kind;

static const kind kinds[] = {
    {"bash", put_bash}, {"zsh", put_zsh}, {"fish", put_fish}, {"man", put_man}};
enum { NUM_KINDS = sizeof kinds / sizeof *kinds };

static co_status unknown(const char *name) {
  const char *names[NUM_KINDS];
  for (int i = 0; i < NUM_KINDS; i++) names[i] = kinds[i].name;
  const char *near = co_suggest(name, names, NUM_KINDS);
  if (near)
    return co_fail(CO_USAGE, "completion: unknown \"%s\", did you mean \"%s\"?", name, near);
  return co_fail(CO_USAGE, "completion: unknown \"%s\", expected: carryover completion %s", name,
                 cli_completion.positional);
}

static co_status print_object(const char *name, const co_buf *text) {
  co_json *object = cli_object("completion");
  co_json_set_string(object, "kind", name);
  co_json_set_string(object, "text", text->data);
  co_status status = cli_print_json(object);
  co_json_free(object);
  return status;
}

static co_status run(const cli_args *args) {
  const char *name = cli_positional(args, 0);
  const kind *found = NULL;
  for (int i = 0; i < NUM_KINDS; i++)
    if (strcmp(kinds[i].name, name) == 0) found = &kinds[i];
  if (!found) return unknown(name);
  co_buf text = {0};
  co_status status = found->put(&text);
  if (status == CO_OK) status = co_buf_status(&text);
  if (status == CO_OK)
    status = cli_json(args) ? print_object(name, &text) : cli_print_laid_out(&text);
  co_buf_free(&text);
  return status;
}

static const cli_option options[] = {{NULL, NULL, NULL}};

const cli_command cli_completion = {
    "completion",
    "completion for a shell, or the man page, from the table of commands",
    "carryover completion bash > ~/.local/share/bash-completion/completions/carryover",
    "bash|zsh|fish|man",
    1,
    1,
    options,
    run,
};
