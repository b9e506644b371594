// Meshes with fewer faces.

#ifndef VIZ_FILM_PRIVATE_THIN_H_
#define VIZ_FILM_PRIVATE_THIN_H_

#include "viz/draw/shapes.h"

typedef struct co_thin_mesh {
  double *vertex;  // (vertices x 3) owned [m]
  int *face;       // (faces x 3) owned
  int vertices, faces;
} co_thin_mesh;

// The mesh as it is when it has `most` faces or fewer; else vertices that share a cell of a grid
// become one, their mean, and faces without area are left out (Rossignac and Borrel, "Multi-
// resolution 3D approximations for rendering complex scenes", 1993), in the finest grid that leaves
// `most` faces. CO_MEMORY.
co_status co_thin(const co_mesh_view *mesh, int most, co_thin_mesh *out);
void co_thin_free(co_thin_mesh *mesh);

#endif  // VIZ_FILM_PRIVATE_THIN_H_
