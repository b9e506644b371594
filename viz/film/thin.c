#include "viz/film/private/thin.h"

#include "core/memory.h"

#include <math.h>
#include <stdlib.h>

enum { FINEST = 96, COARSEST = 4 };  // cells along the longest side

typedef struct cell_grid {
  double low[3], cell;  // [m] corner, side of a cell
  int cells;            // along a side
  int *vertex;          // (cells^3) the new vertex of a cell, -1: none yet
  int *of;              // (vertices) the new one of an old one
  int *members;         // (vertices) old ones in each of the new ones
} cell_grid;

static double longest_side(const co_mesh_view *mesh, double low[3]) {
  double longest = 0;
  for (int k = 0; k < 3; k++) {
    double high = -INFINITY;
    low[k] = INFINITY;
    for (int i = 0; i < mesh->vertices; i++) {
      low[k] = fmin(low[k], (double)mesh->vertex[3 * i + k]);
      high = fmax(high, (double)mesh->vertex[3 * i + k]);
    }
    longest = fmax(longest, high - low[k]);
  }
  return longest;
}

static int cell_of(const cell_grid *grid, const float *vertex) {
  int cell = 0;
  for (int k = 0; k < 3; k++) {
    int at = (int)(((double)vertex[k] - grid->low[k]) / grid->cell);
    cell = cell * grid->cells + (at < 0 ? 0 : at >= grid->cells ? grid->cells - 1 : at);
  }
  return cell;
}

// New vertices are the means of the old ones in their cells.
static void cluster(cell_grid *grid, const co_mesh_view *mesh, co_thin_mesh *out) {
  int cells = grid->cells * grid->cells * grid->cells;
  for (int i = 0; i < cells; i++) grid->vertex[i] = -1;
  out->vertices = 0;
  for (int i = 0; i < mesh->vertices; i++) {
    int *slot = &grid->vertex[cell_of(grid, mesh->vertex + 3 * i)];
    if (*slot < 0) {
      *slot = out->vertices++;
      grid->members[*slot] = 0;
    }
    int members = ++grid->members[*slot];
    grid->of[i] = *slot;
    for (int k = 0; k < 3; k++) {
      double *mean = &out->vertex[3 * *slot + k];
      double value = (double)mesh->vertex[3 * i + k];
      *mean = members == 1 ? value : *mean + (value - *mean) / members;
    }
  }
}

static void keep_faces(const cell_grid *grid, const co_mesh_view *mesh, co_thin_mesh *out) {
  out->faces = 0;
  for (int i = 0; i < mesh->faces; i++) {
    int a = grid->of[mesh->face[3 * i]], b = grid->of[mesh->face[3 * i + 1]],
        c = grid->of[mesh->face[3 * i + 2]], *to = &out->face[3 * out->faces];
    if (a == b || b == c || c == a) continue;
    to[0] = a, to[1] = b, to[2] = c;
    out->faces++;
  }
}

static void copy(const co_mesh_view *mesh, co_thin_mesh *out) {
  for (int i = 0; i < 3 * mesh->vertices; i++) out->vertex[i] = (double)mesh->vertex[i];
  for (int i = 0; i < 3 * mesh->faces; i++) out->face[i] = mesh->face[i];
  out->vertices = mesh->vertices;
  out->faces = mesh->faces;
}

static co_status thin(const co_mesh_view *mesh, int most, co_thin_mesh *out) {
  size_t count = (size_t)mesh->vertices + 1;
  cell_grid grid = {.vertex = co_alloc(FINEST * FINEST * FINEST, sizeof *grid.vertex),
                    .of = co_alloc(count, sizeof *grid.of),
                    .members = co_alloc(count, sizeof *grid.members)};
  co_status status = grid.vertex && grid.of && grid.members ? CO_OK : CO_MEMORY;
  double side = fmax(longest_side(mesh, grid.low), 1e-12);  // a point has none
  for (int cells = FINEST; status == CO_OK && cells >= COARSEST; cells = cells * 5 / 6) {
    grid.cells = cells;
    grid.cell = side / cells;
    cluster(&grid, mesh, out);
    keep_faces(&grid, mesh, out);
    if (out->faces <= most) break;
  }
  free(grid.vertex);
  free(grid.of);
  free(grid.members);
  return status;
}

co_status co_thin(const co_mesh_view *mesh, int most, co_thin_mesh *out) {
  *out = (co_thin_mesh){.vertex = co_alloc(3 * (size_t)mesh->vertices + 1, sizeof *out->vertex),
                        .face = co_alloc(3 * (size_t)mesh->faces + 1, sizeof *out->face)};
  co_status status = out->vertex && out->face ? CO_OK : CO_MEMORY;
  if (status == CO_OK && mesh->faces > most)
    status = thin(mesh, most, out);
  else if (status == CO_OK)
    copy(mesh, out);
  if (status != CO_OK) co_thin_free(out);
  return status;
}

void co_thin_free(co_thin_mesh *mesh) {
  free(mesh->vertex);
  free(mesh->face);
  *mesh = (co_thin_mesh){0};
}
