// What a replay holds of shapes: meshes and height fields as columns, each once, and the list of
// shapes of each variant of a world ("look") as JSON.

#ifndef VIZ_FILM_PRIVATE_LOOKS_H_
#define VIZ_FILM_PRIVATE_LOOKS_H_

#include "core/json.h"
#include "viz/draw/shapes.h"

enum { CO_LOOK_FACES = 4000, CO_LOOK_SIDE = 200 };  // most of a mesh; samples along a field's side

// Meshes of all worlds of a replay. Zero-initialise.
typedef struct co_look_meshes {
  co_buf columns;  // of all meshes, in their order
  co_json *list;   // [{kind, vertices, faces, step} or {kind, rows, cols, half, step}]
  size_t *end;     // (count) where the columns of each end, owned
  int count;
} co_look_meshes;
void co_look_meshes_free(co_look_meshes *meshes);

// The shapes of a drawing as a list of {kind, body, size, pos, quat, rgba, mesh, robot}, for the
// caller to free; meshes that are new are added. CO_MEMORY.
co_status co_look_read(const co_drawing *drawing, co_look_meshes *meshes, co_json **out);

#endif  // VIZ_FILM_PRIVATE_LOOKS_H_
