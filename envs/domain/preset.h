// Domains that are written down under a name.
//
// A file below configs/domains holds either one domain,
//   domain = ( { parameter = ...; }, ... );
// whose name is the file's ("gravity_x1.5"), or a collection,
//   presets = ( { name = "hopper-friction-0.1"; task = "hopper"; domain = ( ... ); }, ... );
// whose members are called COLLECTION/NAME ("odrl/hopper-friction-0.1"). `task` says which task the
// numbers are meant for.

#ifndef ENVS_DOMAIN_PRESET_H_
#define ENVS_DOMAIN_PRESET_H_

#include "core/config/tree.h"
#include "core/status.h"
#include "envs/env.h"

typedef struct co_preset {
  char *name;       // as --domain takes it
  char *task;       // NULL: no task in particular
  co_node *domain;  // the list of shifts
} co_preset;

typedef struct co_presets {
  co_preset *preset;  // (count), in the order of files by name, then of the file
  int count;
} co_presets;

// All there are. CO_NO_INPUT, CO_CONFIG with file:line.
co_status co_presets_read(co_presets *out);
void co_presets_free(co_presets *presets);

// The list of shifts of one domain: a path to a file with one domain, or a name. The caller frees
// it. CO_NO_INPUT when there is none, CO_CONFIG when it is no domain file.
co_status co_domain_load(const char *name, co_node **out);

// Several domains as one list: each text is a list of shifts "( {...} )" or one shift "{...}" in
// config syntax, a path or a name. `option` ("domain") names them in messages. *out is NULL when
// count is 0; the caller frees it. CO_CONFIG and CO_NO_INPUT as above, and nothing is left behind.
co_status co_domains_read(const char *option, const char *const *text, int count, co_node **out);

// The task that a domain as --domain takes it was written for; "" of paths, and of names that say
// no task.
co_status co_domain_find_task(const char *name, char out[CO_NAME]);

// Whether a file of one domain or of a collection can be used: all its shifts are read, without the
// robot that they are meant for. CO_NO_INPUT, CO_CONFIG with one line per problem.
co_status co_domain_file_check(const char *path);

#endif  // ENVS_DOMAIN_PRESET_H_
