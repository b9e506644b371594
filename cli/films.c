#include "cli/films.h"

#include "cli/signals.h"
#include "core/log.h"
#include "core/memory.h"
#include "transfer/folder/media.h"
#include "viz/film/films.h"

#include <stdlib.h>

enum { MAX_FILMS = 64 };  // in one study: a page holds 32 MiB

// The study's worlds, sources first, and the films in them.
typedef struct films_job {
  co_media_list media;
  co_film_world *world;
  co_film_def *film;
} films_job;

static co_film_def film_of(const co_media *media, int sources) {
  co_film_def film = {.policy = media->policy, .picture = media->picture};
  if (media->source >= 0) film.world[film.rows++] = media->source;
  film.world[film.rows++] = sources + media->target;
  return film;
}

static co_status fill(const co_study_run *run, films_job *job) {
  const co_study *study = run->context->study;
  int sources = study->def.sources.count, targets = study->def.targets.count;
  CO_TRY(co_media_plan(run, &job->media));
  job->world = co_alloc((size_t)(sources + targets) + 1, sizeof *job->world);
  job->film = co_alloc((size_t)job->media.count + 1, sizeof *job->film);
  if (!job->world || !job->film) return CO_MEMORY;
  for (int i = 0; i < sources; i++) {
    const co_source_def *source = co_study_source(study, i);
    job->world[i] = (co_film_world){source->name, co_source_world(source)};
  }
  for (int i = 0; i < targets; i++) {
    const co_target_def *target = co_study_target(study, i);
    job->world[sources + i] = (co_film_world){target->name, co_target_world(target)};
  }
  for (int i = 0; i < job->media.count; i++) job->film[i] = film_of(&job->media.media[i], sources);
  return CO_OK;
}

void cli_make_films(const co_study_run *run) {
  const co_study_def *study = &run->context->study->def;
  films_job job = {0};
  int made = 0;
  co_status status = fill(run, &job);
  const co_films_def def = {.folder = job.media.folder,
                            .world = job.world,
                            .worlds = study->sources.count + study->targets.count,
                            .film = job.film,
                            .count = job.media.count,
                            .most = MAX_FILMS,
                            .seed = (uint64_t)study->seed,
                            .stop = cli_stop};
  if (status == CO_OK) status = co_films_make(&def, &made);
  if (status != CO_OK)
    co_log(CO_LOG_INFO, "note: %s in the report: %s",
           made ? "only some film strips" : "no film strips", co_error_text());
  co_media_free(&job.media);
  free(job.world);
  free(job.film);
}
