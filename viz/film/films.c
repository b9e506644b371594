#include "viz/film/films.h"

#include "core/file.h"
#include "core/memory.h"
#include "viz/film/page.h"
#include "viz/film/private/reel.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WIDTH = 200, HEIGHT = 150, PICTURES = 7 };  // of one picture; of a row
enum { FPS = 25, SIDES = 2, MOST_SECONDS = 120 };  // of a page

// A world, built when it is first seen.
typedef struct film_scene {
  co_shared_world *world;
  co_drawing *drawing;
} film_scene;

struct co_films {
  const co_films_def *def;
  co_canvas *canvas;  // opened for the first film that has to be made
  bool blind;         // which failed
  film_scene *scene;  // (worlds)
  int made;
};

static co_status open_scene(co_films *films, int index) {
  film_scene *scene = &films->scene[index];
  if (scene->drawing) return CO_OK;
  if (!scene->world) CO_TRY(co_shared_world_build(&films->def->world[index].world, &scene->world));
  return co_drawing_create(co_shared_world_get(scene->world), CO_QUALITY_SMOOTH, &scene->drawing);
}

// --- pictures and pages

typedef struct film_rows {
  co_film_row row[CO_FILM_ROWS];
  const char *world[CO_FILM_ROWS];
  char caption[CO_FILM_ROWS][CO_NAME + 8];
  int count;
} film_rows;

// A policy need not fit the world it comes from: its head may be new.
static co_status add_row(co_films *films, const co_policy *policy, int world, film_rows *out) {
  CO_TRY(open_scene(films, world));
  co_film_row *row = &out->row[out->count];
  co_stage_def def = {.policy = policy,
                      .world = films->scene[world].world,
                      .seed = films->def->seed,
                      .history_bytes = CO_STAGE_HISTORY};
  co_status status = co_stage_create(&def, &row->stage);
  if (status == CO_CONFIG) return CO_OK;
  CO_TRY(status);
  out->world[out->count] = films->def->world[world].name;
  snprintf(out->caption[out->count], sizeof out->caption[0], "in %s", out->world[out->count]);
  row->drawing = films->scene[world].drawing;
  row->caption = out->caption[out->count];
  out->count++;
  return CO_OK;
}

static co_status write_film(co_films *films, const film_rows *rows, const char *path) {
  co_image strip;
  CO_TRY(co_film_strip(films->canvas, rows->row, rows->count, PICTURES, &strip));
  co_status status = co_png_write(path, &strip);
  free(strip.rgb);
  return status;
}

// As long as the longer episode, and no longer than MOST_SECONDS.
static co_status add_frames(const film_rows *rows, int sides, co_page *page) {
  double span = 0, seconds;
  for (int i = 0; i < sides; i++) {
    CO_TRY(co_reel_play(rows->row[i].stage, &seconds));
    span = fmax(span, seconds);
  }
  int frames = (int)ceil((fmin(span, MOST_SECONDS) + co_reel_hold) * FPS - 1e-6);
  for (int frame = 0; frame < frames; frame++) {
    const co_instant *now[SIDES] = {0};
    for (int i = 0; i < sides; i++) now[i] = co_reel_at(rows->row[i].stage, (double)frame / FPS);
    CO_TRY(co_page_add(page, now, frame == 0, 0));
  }
  return CO_OK;
}

static co_status write_page(const co_film_def *film, const film_rows *rows) {
  co_page_def def = {.count = rows->count < SIDES ? rows->count : SIDES, .fps = FPS};
  for (int i = 0; i < def.count; i++)
    def.side[i] = (co_page_side){.drawing = rows->row[i].drawing,
                                 .policy = film->name,
                                 .world = rows->world[i],
                                 .dt = co_stage_world(rows->row[i].stage)->binding.dt};
  co_page *page;
  co_buf text = {0};
  CO_TRY(co_page_create(&def, &page));
  co_status status = add_frames(rows, def.count, page);
  if (status == CO_OK) status = co_page_put(page, &text);
  if (status == CO_OK) status = co_file_write(film->page, text.data, text.size);
  co_buf_free(&text);
  co_page_free(page);
  return status;
}

// --- one policy

static bool is_newer(const char *path, const char *than) {
  struct stat a, b;
  if (stat(path, &a) != 0 || stat(than, &b) != 0) return false;
  if (a.st_mtim.tv_sec != b.st_mtim.tv_sec) return a.st_mtim.tv_sec > b.st_mtim.tv_sec;
  return a.st_mtim.tv_nsec >= b.st_mtim.tv_nsec;
}

// The page comes first, since it needs no OpenGL.
static co_status write_both(co_films *films, const co_film_def *film, const film_rows *rows) {
  if (rows->count == 0) return CO_OK;
  if (!is_newer(film->page, film->policy)) CO_TRY(write_page(film, rows));
  if (is_newer(film->picture, film->policy)) return CO_OK;
  co_status status = CO_OK;
  if (!films->canvas) status = co_canvas_create(WIDTH, HEIGHT, &films->canvas);
  films->blind = status != CO_OK;
  if (films->blind) return status;
  return write_film(films, rows, film->picture);
}

static co_status make_film(co_films *films, const co_film_def *film) {
  co_policy *policy;
  film_rows rows = {0};
  CO_TRY(co_policy_load(film->policy, &policy));
  co_status status = CO_OK;
  for (int i = 0; i < film->rows && status == CO_OK; i++)
    status = add_row(films, policy, film->world[i], &rows);
  if (status == CO_OK) status = write_both(films, film, &rows);
  for (int i = 0; i < rows.count; i++) co_stage_free(rows.row[i].stage);
  co_policy_free(policy);
  films->made++;
  return status;
}

// --- all of them

bool co_film_is_made(const co_film_def *film) {
  return is_newer(film->picture, film->policy) && is_newer(film->page, film->policy);
}

co_status co_films_draw(co_films *films, int index) {
  assert(index >= 0 && index < films->def->count);
  const co_film_def *film = &films->def->film[index];
  assert(film->rows <= CO_FILM_ROWS);
  if (co_film_is_made(film)) return CO_OK;
  return make_film(films, film);
}

void co_films_close(co_films *films) {
  if (!films) return;
  rmdir(films->def->folder);  // only where nothing was made
  for (int i = 0; i < films->def->worlds; i++) {
    co_drawing_free(films->scene[i].drawing);
    co_shared_world_drop(films->scene[i].world);
  }
  free(films->scene);
  co_canvas_free(films->canvas);
  free(films);
}

co_status co_films_open(const co_films_def *def, co_films **out) {
  *out = NULL;
  CO_TRY(co_dir_create(def->folder));
  co_dir_remove_temporaries(def->folder);  // a call that was killed while it wrote
  co_films *films = co_alloc(1, sizeof *films);
  film_scene *scene = co_alloc((size_t)def->worlds + 1, sizeof *scene);
  if (!films || !scene) {
    free(films);
    free(scene);
    return CO_MEMORY;
  }
  *films = (co_films){.def = def, .scene = scene};
  *out = films;
  return CO_OK;
}

// Without OpenGL the pages of all others are made before that is told.
static co_status make_all(co_films *films) {
  const co_films_def *def = films->def;
  co_status status = CO_OK, blind = CO_OK;
  char why[512] = "";
  for (int i = 0; i < def->count && films->made < def->most && status == CO_OK; i++) {
    if (def->stop && *def->stop) break;
    status = co_films_draw(films, i);
    if (status == CO_OK || !films->blind) continue;
    snprintf(why, sizeof why, "%s", co_error_text());
    blind = status;
    status = CO_OK;
  }
  return status == CO_OK && blind != CO_OK ? co_fail(blind, "%s", why) : status;
}

co_status co_films_make(const co_films_def *def, int *made) {
  co_films *films;
  if (made) *made = 0;
  CO_TRY(co_films_open(def, &films));
  co_status status = make_all(films);
  if (made) *made = films->made;
  co_films_close(films);
  return status;
}
