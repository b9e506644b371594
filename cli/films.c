#include "cli/films.h"

#include "cli/signals.h"
#include "core/file.h"
#include "core/log.h"
#include "viz/film/film.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WIDTH = 200, HEIGHT = 150, PICTURES = 7 };  // of one picture; of a row
enum { MAX_FILMS = 64 };                           // in one study: a page holds 32 MiB

// A world of the study, built when it is first seen.
typedef struct film_scene {
  co_shared_world *world;
  co_drawing *drawing;
} film_scene;

typedef struct film_set {
  const co_study_run *run;
  co_canvas *canvas;
  film_scene *source, *target;  // (sources), (targets)
  int made;
} film_set;

static const co_study *study_of(const film_set *films) {
  return films->run->context->study;
}

static co_status open_scene(const co_world *world, film_scene *out) {
  if (out->drawing) return CO_OK;
  if (!out->world) CO_TRY(co_shared_world_build(world, &out->world));
  return co_drawing_create(co_shared_world_get(out->world), CO_QUALITY_SMOOTH, &out->drawing);
}

static void close_scenes(film_scene *scenes, int count) {
  for (int i = 0; scenes && i < count; i++) {
    co_drawing_free(scenes[i].drawing);
    co_shared_world_drop(scenes[i].world);
  }
  free(scenes);
}

// --- one film

typedef struct film_rows {
  co_film_row row[2];
  char caption[2][CO_NAME + 8];
  int count;
} film_rows;

// A policy need not fit the world it comes from: its head may be new.
static co_status add_row(const film_set *films, const co_policy *policy, const film_scene *scene,
                         const char *name, film_rows *out) {
  co_film_row *row = &out->row[out->count];
  co_stage_def def = {.policy = policy,
                      .world = scene->world,
                      .seed = (uint64_t)study_of(films)->def.seed,
                      .history_bytes = CO_STAGE_HISTORY};
  co_status status = co_stage_create(&def, &row->stage);
  if (status == CO_CONFIG) return CO_OK;
  CO_TRY(status);
  snprintf(out->caption[out->count], sizeof out->caption[0], "in %s", name);
  row->drawing = scene->drawing;
  row->caption = out->caption[out->count];
  out->count++;
  return CO_OK;
}

static co_status fill_rows(film_set *films, const co_trial *trial, const co_policy *policy,
                           film_rows *out) {
  const co_target_def *target = co_study_target(study_of(films), trial->target);
  if (trial->source >= 0) {
    const co_source_def *source = co_study_source(study_of(films), trial->source);
    co_world world = co_source_world(source);
    CO_TRY(open_scene(&world, &films->source[trial->source]));
    CO_TRY(add_row(films, policy, &films->source[trial->source], source->name, out));
  }
  co_world world = co_target_world(target);
  CO_TRY(open_scene(&world, &films->target[trial->target]));
  return add_row(films, policy, &films->target[trial->target], target->name, out);
}

static co_status write_film(film_set *films, const film_rows *rows, const char *path) {
  co_image strip;
  if (rows->count == 0) return CO_OK;
  CO_TRY(co_film_strip(films->canvas, rows->row, rows->count, PICTURES, &strip));
  co_status status = co_png_write(path, &strip);
  free(strip.rgb);
  return status;
}

static co_status make_film(film_set *films, const co_trial *trial, const char *policy_path,
                           const char *path) {
  co_policy *policy;
  film_rows rows = {0};
  CO_TRY(co_policy_load(policy_path, &policy));
  co_status status = fill_rows(films, trial, policy, &rows);
  if (status == CO_OK) status = write_film(films, &rows, path);
  for (int i = 0; i < rows.count; i++) co_stage_free(rows.row[i].stage);
  co_policy_free(policy);
  films->made++;
  return status;
}

// --- all of them

static char *film_path(const film_set *films, const co_trial *trial) {
  const co_study *study = study_of(films);
  char name[4 * CO_NAME];
  const char *target = co_study_target(study, trial->target)->name;
  const char *strategy = study->strategy[trial->strategy].name;
  if (trial->source >= 0)
    snprintf(name, sizeof name, "media/%s_to_%s.%s.png",
             co_study_source(study, trial->source)->name, target, strategy);
  else
    snprintf(name, sizeof name, "media/%s.%s.png", target, strategy);
  return co_path_join(films->run->context->dir, name);
}

static bool is_newer(const char *path, const char *than) {
  struct stat a, b;
  if (stat(path, &a) != 0 || stat(than, &b) != 0) return false;
  if (a.st_mtim.tv_sec != b.st_mtim.tv_sec) return a.st_mtim.tv_sec > b.st_mtim.tv_sec;
  return a.st_mtim.tv_nsec >= b.st_mtim.tv_nsec;
}

// The context of OpenGL is opened for the first film that has to be made.
static co_status visit(film_set *films, const co_trial *trial) {
  char *policy = co_trial_path(films->run->context, trial, "policy.safetensors");
  char *path = film_path(films, trial);
  co_status status = policy && path ? CO_OK : co_fail(CO_MEMORY, "out of memory for a path");
  bool due = status == CO_OK && !is_newer(path, policy);
  if (due && !films->canvas) status = co_canvas_create(WIDTH, HEIGHT, &films->canvas);
  if (due && status == CO_OK) status = make_film(films, trial, policy, path);
  free(policy);
  free(path);
  return status;
}

static bool is_wanted(const film_set *films, int index) {
  const co_trial *trial = &films->run->context->trials->trial[index];
  return trial->kind == CO_TRIAL_TRANSFER && trial->seed == 0 &&
         films->run->state[index] == CO_TRIAL_DONE;
}

static co_status make_all(film_set *films) {
  const co_study *study = study_of(films);
  const co_trials *trials = films->run->context->trials;
  films->source = calloc((size_t)study->def.sources.count + 1, sizeof *films->source);
  films->target = calloc((size_t)study->def.targets.count + 1, sizeof *films->target);
  char *media = co_path_join(films->run->context->dir, "media");
  co_status status = films->source && films->target && media
                         ? co_dir_create(media)
                         : co_fail(CO_MEMORY, "out of memory for film strips");
  for (int i = 0; status == CO_OK && i < trials->count && films->made < MAX_FILMS; i++)
    if (is_wanted(films, i) && !*cli_stop) status = visit(films, &trials->trial[i]);
  rmdir(media);  // only where nothing was made
  free(media);
  return status;
}

void cli_make_films(const co_study_run *run) {
  film_set films = {.run = run};
  if (make_all(&films) != CO_OK)
    co_log(CO_LOG_INFO, "note: %s in the report: %s",
           films.made ? "only some film strips" : "no film strips", co_error_text());
  close_scenes(films.source, study_of(&films)->def.sources.count);
  close_scenes(films.target, study_of(&films)->def.targets.count);
  co_canvas_free(films.canvas);
}
