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
  co_status blind;    // what that failed with, after which it is not asked for again
  char why[512];      // and its words
  film_scene *scene;  // (worlds)
  int made;           // of which something was written
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

// False where none can be had, for which `blind` and `why` stand from then on.
static bool open_canvas(co_films *films) {
  if (films->canvas) return true;
  if (films->blind != CO_OK) return false;
  films->blind = co_canvas_create(WIDTH, HEIGHT, &films->canvas);
  if (films->blind != CO_OK) snprintf(films->why, sizeof films->why, "%s", co_error_text());
  return films->blind == CO_OK;
}

// The page comes first, since it needs no OpenGL, without which it stays alone.
static co_status write_both(co_films *films, const co_film_def *film, const film_rows *rows,
                            bool *written) {
  if (rows->count == 0) return CO_OK;
  if (!is_newer(film->page, film->policy)) {
    CO_TRY(write_page(film, rows));
    *written = true;
  }
  if (is_newer(film->picture, film->policy) || !open_canvas(films)) return CO_OK;
  CO_TRY(write_film(films, rows, film->picture));
  *written = true;
  return CO_OK;
}

static co_status make_film(co_films *films, const co_film_def *film) {
  co_policy *policy;
  film_rows rows = {0};
  bool written = false;
  CO_TRY(co_policy_load_to_act(film->policy, &policy));
  co_status status = CO_OK;
  for (int i = 0; i < film->rows && status == CO_OK; i++)
    status = add_row(films, policy, film->world[i], &rows);
  if (status == CO_OK) status = write_both(films, film, &rows, &written);
  for (int i = 0; i < rows.count; i++) co_stage_free(rows.row[i].stage);
  co_policy_free(policy);
  films->made += written;
  return status;
}

// --- all of them

bool co_film_is_made(const co_film_def *film) {
  return is_newer(film->picture, film->policy) && is_newer(film->page, film->policy);
}

// Nothing but OpenGL is missing for it.
static bool is_blind(const co_films *films, const co_film_def *film) {
  return films->blind != CO_OK && is_newer(film->page, film->policy) &&
         !is_newer(film->picture, film->policy);
}

static co_status draw_film(co_films *films, const co_film_def *film) {
  assert(film->rows <= CO_FILM_ROWS);
  if (co_film_is_made(film) || is_blind(films, film)) return CO_OK;
  return make_film(films, film);
}

static co_status fail_blind(const co_films *films) {
  return co_fail(films->blind, "%s", films->why);
}

co_status co_films_draw(co_films *films, int index) {
  assert(index >= 0 && index < films->def->count);
  const co_film_def *film = &films->def->film[index];
  CO_TRY(draw_film(films, film));
  return is_blind(films, film) ? fail_blind(films) : CO_OK;
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
  for (int i = 0; i < def->count && films->made < def->most; i++) {
    if (def->stop && *def->stop) break;
    CO_TRY(draw_film(films, &def->film[i]));
  }
  return films->blind != CO_OK ? fail_blind(films) : CO_OK;
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
