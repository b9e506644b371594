#include "cli/zoo.h"

#include "agents/policy/zoo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

co_status cli_check_policy_out(const cli_args *args, const char *option) {
  const char *path = cli_value(args, option);
  if (!path || !co_zoo_is_name(path)) return CO_OK;
  return co_fail(CO_USAGE, "--%s: %s is a policy of the zoo, which is only read: name a file",
                 option, path);
}

co_status cli_policy_path(const char *given, char name[CLI_POLICY_NAME], const char **path) {
  char *file;
  *path = given;
  if (strpbrk(given, "/.:") || co_file_exists(given) || co_dir_exists(given)) return CO_OK;
  snprintf(name, CLI_POLICY_NAME, "%s%s", CO_ZOO_PREFIX, given);
  co_status status = co_zoo_find(name, &file);
  free(file);
  *path = name;
  return status == CO_NO_INPUT ? co_fail_context(status, "%s is no file", given) : status;
}
