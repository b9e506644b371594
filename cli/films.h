// Film strips of a study: media/SOURCE_to_TARGET.STRATEGY.png, the adapted policy in its source and
// in its target.

#ifndef CLI_FILMS_H_
#define CLI_FILMS_H_

#include "transfer/run/runner.h"

// Makes those that are missing or older than their policy, of the first seed. They are an extra:
// what goes wrong, no OpenGL for one, is told once and ends nothing.
void cli_make_films(const co_study_run *run);

#endif  // CLI_FILMS_H_
