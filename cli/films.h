// Film strips and replays of a study: which policies in which worlds (transfer/folder/media.h),
// made (viz/film/films.h) while its trials run, and the rest of them behind those.

#ifndef CLI_FILMS_H_
#define CLI_FILMS_H_

#include "transfer/run/runner.h"

typedef struct cli_films cli_films;

// Which strips there are. `context` outlives it. CO_MEMORY.
co_status cli_films_open(const co_trial_context *context, cli_films **out);
void cli_films_close(cli_films *films);

// Draws each beside the workers once its trial is done, and stands back behind them. Says nothing
// where that fails.
co_aside cli_films_aside(cli_films *films);

// Draws those that are missing or older than their policy. A study is worth as much without them:
// why some cannot be drawn, for want of OpenGL say, is told, and that is all.
void cli_films_finish(cli_films *films, const co_study_run *run);

#endif  // CLI_FILMS_H_
