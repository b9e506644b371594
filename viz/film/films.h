// Film strips as PNG files (viz/film/film.h) and pages that replay the same episodes
// (viz/film/page.h): policies, given as files, each in one or several worlds, which are built when
// they are first seen.

#ifndef VIZ_FILM_FILMS_H_
#define VIZ_FILM_FILMS_H_

#include "envs/env.h"
#include "viz/film/film.h"

#include <signal.h>

// A world that films are played in.
typedef struct co_film_world {
  const char *name;  // as the caption has it: "in NAME"
  co_world world;
} co_film_world;

typedef struct co_film_def {
  const char *policy;       // path
  const char *name;         // what the page calls it
  const char *picture;      // path of the PNG file
  const char *page;         // path of the HTML file, which shows the first two worlds
  int world[CO_FILM_ROWS];  // (rows) indices of the worlds, from above
  int rows;
} co_film_def;

typedef struct co_films_def {
  const char *folder;          // of the pictures, made when missing; removed where it stays empty
  const co_film_world *world;  // (worlds)
  int worlds;
  const co_film_def *film;  // (count)
  int count;
  int most;                           // that are made
  uint64_t seed;                      // of the episodes
  const volatile sig_atomic_t *stop;  // non-zero: no further one; NULL: never
} co_films_def;

// Picture and page are there and no older than their policy.
bool co_film_is_made(const co_film_def *film);

// Films one by one, each where it is not made yet: worlds, and what draws, stay from one to the
// next. `def` outlives it. CO_CREATE, CO_IO, CO_MEMORY, and of a film as below.
typedef struct co_films co_films;
co_status co_films_open(const co_films_def *def, co_films **out);
co_status co_films_draw(co_films *films, int film);
void co_films_close(co_films *films);

// Makes those films that are missing or older than their policy. A policy that does not fit a world
// has no row there, and without any row there is neither picture nor page. `made` (may be NULL)
// counts films of which something was written, on failure too: what is made stays. CO_NO_INPUT,
// CO_DATA of a policy, CO_CREATE and CO_IO, which end it, and where no OpenGL context can be had
// its error, behind all pages; those that are there already are not made again for their picture.
co_status co_films_make(const co_films_def *def, int *made);

#endif  // VIZ_FILM_FILMS_H_
