#include "cli/films.h"

#include "cli/signals.h"
#include "core/file.h"
#include "core/log.h"
#include "core/memory.h"
#include "transfer/folder/media.h"
#include "viz/film/films.h"

#include <stdlib.h>

enum { MAX_FILMS = 64 };  // in one call: a page holds 32 MiB

// The study's worlds, sources first, and the films in them.
struct cli_films {
  const co_trial_context *context;
  co_media_list media;
  co_film_world *world;
  co_film_def *film;  // (media.count)
  co_films_def def;
  int given;        // to the process beside the workers
  co_films *drawn;  // there
};

// ---- which there are ----

static co_film_def film_of(const co_trial_context *context, const co_media *media) {
  const co_study *study = context->study;
  const co_trial *trial = &context->trials->trial[media->trial];
  int sources = study->def.sources.count;
  co_film_def film = {.policy = media->policy,
                      .name = study->strategy[trial->strategy].name,
                      .picture = media->picture,
                      .page = media->page};
  if (media->source >= 0) film.world[film.rows++] = media->source;
  film.world[film.rows++] = sources + media->target;
  return film;
}

static void name_worlds(const co_study *study, co_film_world *world) {
  for (int i = 0; i < study->def.sources.count; i++) {
    const co_source_def *source = co_study_source(study, i);
    *world++ = (co_film_world){source->name, co_source_world(source)};
  }
  for (int i = 0; i < study->def.targets.count; i++) {
    const co_target_def *target = co_study_target(study, i);
    *world++ = (co_film_world){target->name, co_target_world(target)};
  }
}

static co_status fill(cli_films *films) {
  const co_study *study = films->context->study;
  int sources = study->def.sources.count, worlds = sources + study->def.targets.count;
  CO_TRY(co_media_plan(films->context, &films->media));
  films->world = co_alloc((size_t)worlds + 1, sizeof *films->world);
  films->film = co_alloc((size_t)films->media.count + 1, sizeof *films->film);
  if (!films->world || !films->film) return CO_MEMORY;
  name_worlds(study, films->world);
  for (int i = 0; i < films->media.count; i++)
    films->film[i] = film_of(films->context, &films->media.media[i]);
  films->def = (co_films_def){.folder = films->media.folder,
                              .world = films->world,
                              .worlds = worlds,
                              .film = films->film,
                              .count = films->media.count,
                              .most = MAX_FILMS,
                              .seed = (uint64_t)study->def.seed,
                              .stop = cli_stop};
  return CO_OK;
}

co_status cli_films_open(const co_trial_context *context, cli_films **out) {
  *out = NULL;
  cli_films *films = co_alloc(1, sizeof *films);
  if (!films) return CO_MEMORY;
  films->context = context;
  co_status status = fill(films);
  if (status != CO_OK) return cli_films_close(films), status;
  *out = films;
  return CO_OK;
}

void cli_films_close(cli_films *films) {
  if (!films) return;
  if (films->given) co_dir_remove_temporaries(films->media.folder);  // it was ended while it wrote
  co_media_free(&films->media);
  free(films->world);
  free(films->film);
  free(films);
}

// ---- beside the workers ----

// -1: the trial has none
static int film_of_trial(const cli_films *films, int trial) {
  for (int i = 0; i < films->media.count; i++)
    if (films->media.media[i].trial == trial) return i;
  return -1;
}

static bool is_wanted(void *context, int trial) {
  cli_films *films = context;
  int film = film_of_trial(films, trial);
  bool wanted = film >= 0 && films->given < MAX_FILMS && !co_film_is_made(&films->film[film]);
  films->given += wanted;
  return wanted;
}

// In a process of its own, which keeps worlds and OpenGL from one to the next.
static co_status draw(void *context, int trial, double asked) {
  cli_films *films = context;
  (void)asked;
  if (!films->drawn) CO_TRY(co_films_open(&films->def, &films->drawn));
  return *cli_stop ? CO_INTERRUPTED : co_films_draw(films->drawn, film_of_trial(films, trial));
}

co_aside cli_films_aside(cli_films *films) {
  return (co_aside){is_wanted, {draw, films, .stands_back = true}};
}

// ---- behind them ----

static bool has_strip(const cli_films *films) {
  for (int i = 0; i < films->media.count; i++)
    if (co_file_exists(films->media.media[i].picture)) return true;
  return false;
}

void cli_films_finish(cli_films *films, const co_study_run *run) {
  co_films_def rest = films->def;
  rest.count = 0;
  rest.most -= run->times.asides;
  co_film_def *film = co_alloc((size_t)films->media.count + 1, sizeof *film);
  co_status status = film ? CO_OK : CO_MEMORY;
  rest.film = film;
  for (int i = 0; film && i < films->media.count; i++)
    if (run->state[films->media.media[i].trial] == CO_TRIAL_DONE)
      film[rest.count++] = films->film[i];
  if (status == CO_OK) status = co_films_make(&rest, NULL);
  if (status != CO_OK)
    co_log(CO_LOG_INFO, "note: %s in the report: %s",
           has_strip(films) ? "only some film strips" : "no film strips", co_error_text());
  free(film);
}
