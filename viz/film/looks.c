#include "viz/film/private/looks.h"

#include "core/memory.h"
#include "viz/film/private/columns.h"
#include "viz/film/private/thin.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double kParts = 8192;  // steps along the longest way from a mesh's centre

void co_look_meshes_free(co_look_meshes *meshes) {
  co_buf_free(&meshes->columns);
  co_json_free(meshes->list);
  free(meshes->end);
  *meshes = (co_look_meshes){0};
}

// --- meshes

static double mesh_step(const co_thin_mesh *mesh) {
  double largest = 1e-9;
  for (int i = 0; i < 3 * mesh->vertices; i++) largest = fmax(largest, fabs(mesh->vertex[i]));
  return largest / kParts;
}

static void add_faces(co_buf *out, const co_thin_mesh *mesh) {
  for (size_t k = 0; k < 3; k++) {
    const int32_t *corner = mesh->face + k;
    co_columns_add(out, corner, (size_t)mesh->faces, 3);
  }
}

static co_status put_mesh(const co_drawing *drawing, int index, co_buf *columns, co_json *entry) {
  co_mesh_view view = co_drawing_mesh(drawing, index);
  co_thin_mesh mesh;
  CO_TRY(co_thin(&view, CO_LOOK_FACES, &mesh));
  double step = mesh_step(&mesh);
  for (size_t k = 0; k < 3; k++)
    co_columns_add_doubles(columns, mesh.vertex + k, (size_t)mesh.vertices, 3, step);
  add_faces(columns, &mesh);
  co_json_set_string(entry, "kind", "mesh");
  co_json_set_int(entry, "vertices", mesh.vertices);
  co_json_set_int(entry, "faces", mesh.faces);
  co_json_set_number(entry, "step", step);
  co_thin_free(&mesh);
  return CO_OK;
}

// --- height fields

// Samples that are kept of `count`, the first and the last among them.
static int kept(int count) {
  return count < CO_LOOK_SIDE ? count : CO_LOOK_SIDE;
}

static int sample(int at, int of, int count) {
  return of > 1 ? (int)lround((double)at * (count - 1) / (of - 1)) : 0;
}

static co_status put_field(const co_drawing *drawing, int index, co_buf *columns, co_json *entry) {
  co_field_view field = co_drawing_field(drawing, index);
  int rows = kept(field.rows), cols = kept(field.cols);
  double step = fmax(field.top, 1e-9) / kParts;
  double *height = co_alloc((size_t)rows * (size_t)cols + 1, sizeof *height);
  if (!height) return CO_MEMORY;
  for (int r = 0; r < rows; r++)
    for (int c = 0; c < cols; c++) {
      int at = sample(r, rows, field.rows) * field.cols + sample(c, cols, field.cols);
      height[r * cols + c] = (double)field.height[at] * field.top;
    }
  co_columns_add_doubles(columns, height, (size_t)rows * (size_t)cols, 1, step);
  free(height);
  co_json_set_string(entry, "kind", "field");
  co_json_set_int(entry, "rows", rows);
  co_json_set_int(entry, "cols", cols);
  co_json_set(entry, "half", co_json_numbers(field.half, 2));
  co_json_set_number(entry, "step", step);
  return CO_OK;
}

// --- each once

static co_status text_of(const co_json *json, co_buf *out) {
  *out = (co_buf){0};
  return co_json_write(json, 0, out);
}

// Index of the same entry with the same columns, -1: there is none. CO_MEMORY.
static co_status find(const co_look_meshes *meshes, const co_json *entry, const co_buf *columns,
                      int *out) {
  co_buf wanted, text = {0};
  *out = -1;
  co_status status = text_of(entry, &wanted);
  for (int i = 0; i < meshes->count && *out < 0 && status == CO_OK; i++) {
    size_t begin = i ? meshes->end[i - 1] : 0, size = meshes->end[i] - begin;
    if (size != columns->size || memcmp(meshes->columns.data + begin, columns->data, size) != 0)
      continue;
    status = text_of(co_json_at(meshes->list, (size_t)i), &text);
    if (status == CO_OK && strcmp(text.data, wanted.data) == 0) *out = i;
    co_buf_free(&text);
  }
  co_buf_free(&wanted);
  return status;
}

// Takes over the entry.
static co_status append(co_look_meshes *meshes, co_json *entry, const co_buf *columns) {
  size_t *end = co_realloc(meshes->end, (size_t)meshes->count + 1, sizeof *end);
  if (!meshes->list) meshes->list = co_json_array();
  co_json_add(meshes->list, entry);
  if (!end) return CO_MEMORY;
  meshes->end = end;
  co_buf_add(&meshes->columns, columns->data, columns->size);
  end[meshes->count++] = meshes->columns.size;
  return co_buf_status(&meshes->columns);
}

static co_status add_mesh(const co_drawing *drawing, const co_shape *shape, co_look_meshes *meshes,
                          int *out) {
  co_buf columns = {0};
  co_json *entry = co_json_object();
  bool field = shape->kind == CO_SHAPE_FIELD;
  co_status status = field ? put_field(drawing, shape->data, &columns, entry)
                           : put_mesh(drawing, shape->data, &columns, entry);
  if (status == CO_OK) status = co_buf_status(&columns);
  if (status == CO_OK) status = find(meshes, entry, &columns, out);
  if (status == CO_OK && *out < 0) {
    *out = meshes->count;
    status = append(meshes, entry, &columns);
    entry = NULL;
  }
  co_json_free(entry);
  co_buf_free(&columns);
  return status;
}

// --- shapes

static co_json *shape_json(const co_shape *shape, int mesh) {
  co_json *object = co_json_object();
  double rgba[4];
  for (int k = 0; k < 4; k++) rgba[k] = (double)shape->rgba[k];
  co_json_set_string(object, "kind", co_shape_names[shape->kind]);
  co_json_set_int(object, "body", shape->body);
  co_json_set(object, "size", co_json_numbers(shape->size, 3));
  co_json_set(object, "pos", co_json_numbers(shape->pos, 3));
  co_json_set(object, "quat", co_json_numbers(shape->quat, 4));
  co_json_set(object, "rgba", co_json_numbers(rgba, 4));
  if (mesh >= 0) co_json_set_int(object, "mesh", mesh);
  co_json_set_bool(object, "robot", shape->robot);
  return object;
}

static co_status read_shapes(const co_drawing *drawing, const co_shape *shape, int count,
                             co_look_meshes *meshes, co_json *list) {
  for (int i = 0; i < count; i++) {
    int mesh = -1;
    if (shape[i].data >= 0 && (shape[i].kind == CO_SHAPE_MESH || shape[i].kind == CO_SHAPE_FIELD))
      CO_TRY(add_mesh(drawing, &shape[i], meshes, &mesh));
    co_json_add(list, shape_json(&shape[i], mesh));
  }
  return CO_OK;
}

co_status co_look_read(const co_drawing *drawing, co_look_meshes *meshes, co_json **out) {
  int count = co_drawing_shapes(drawing, NULL, 0);
  co_shape *shape = co_alloc((size_t)count + 1, sizeof *shape);
  if (!shape) return CO_MEMORY;
  co_drawing_shapes(drawing, shape, count);
  *out = co_json_array();
  co_status status = read_shapes(drawing, shape, count, meshes, *out);
  if (status != CO_OK) {
    co_json_free(*out);
    *out = NULL;
  }
  free(shape);
  return status;
}
