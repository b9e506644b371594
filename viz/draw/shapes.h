// What a drawing shows as plain data, for pictures that are made elsewhere: shapes, each fixed to a
// body, and in every frame the poses of the bodies and the coordinates of the joints. No MuJoCo
// types, no OpenGL.
//
// Shown are geoms and sites as the scene has them (visible groups, colours of materials) and the
// ground that is drawn where a world has no floor. Tendons, skins and flexible bodies are not.
//
// Everything is the drawing's until its next load. Thread safety: that of the drawing.

#ifndef VIZ_DRAW_SHAPES_H_
#define VIZ_DRAW_SHAPES_H_

#include "viz/draw/drawing.h"

// Kind, name; the sizes of a kind are half lengths along x, y, z, MuJoCo's.
#define CO_SHAPE_LIST(X)                                                    \
  X(CO_SHAPE_PLANE, "plane")         /* x, y; 0: without end; faces z */    \
  X(CO_SHAPE_SPHERE, "sphere")       /* radius */                           \
  X(CO_SHAPE_ELLIPSOID, "ellipsoid") /* three radii */                      \
  X(CO_SHAPE_CAPSULE, "capsule")     /* radius, half length between ends */ \
  X(CO_SHAPE_CYLINDER, "cylinder")   /* radius, half length */              \
  X(CO_SHAPE_BOX, "box")                                                    \
  X(CO_SHAPE_MESH, "mesh")   /* of the model: co_drawing_mesh */            \
  X(CO_SHAPE_FIELD, "field") /* heights: co_drawing_field */

typedef enum co_shape_kind {
#define X(id, name) id,
  CO_SHAPE_LIST(X)
#undef X
      CO_NUM_SHAPES
} co_shape_kind;
extern const char *const co_shape_names[];  // (CO_NUM_SHAPES)

typedef struct co_shape {
  co_shape_kind kind;
  int body;                         // 0: the world
  int data;                         // index of the mesh or field, else -1
  double size[3], pos[3], quat[4];  // [m], frame of the body; w first
  float rgba[4];
  bool robot;  // moves, and so is part of a ghost
} co_shape;

typedef struct co_mesh_view {
  const float *vertex;  // (vertices x 3) [m]
  const int *face;      // (faces x 3) counter-clockwise from outside
  int vertices, faces;
} co_mesh_view;

typedef struct co_field_view {
  const float *height;  // (rows x cols) 0 to 1, along y and x
  int rows, cols;
  double half[2], top;  // [m] half lengths along x and y, and the height of 1
} co_field_view;

// Shapes of the scene as last updated without overlays; at most `most` are written. Returns how
// many there are.
int co_drawing_shapes(const co_drawing *drawing, co_shape *out, int most);
co_mesh_view co_drawing_mesh(const co_drawing *drawing, int index);
co_field_view co_drawing_field(const co_drawing *drawing, int index);

// Bodies of the model, the world first, and their poses in what was loaded [m], w first.
int co_drawing_bodies(const co_drawing *drawing);
const char *co_drawing_body_name(const co_drawing *drawing, int body);  // "": without a name
void co_drawing_pose(const co_drawing *drawing, int body, double pos[3], double quat[4]);

// Coordinates of the nominal model's joints [m, rad, 1 of quaternions]. NAN: this variant of the
// model lacks the joint.
int co_drawing_coordinates(const co_drawing *drawing);
const char *co_drawing_coordinate_name(const co_drawing *drawing, int index);
const char *co_drawing_coordinate_unit(const co_drawing *drawing, int index);
double co_drawing_coordinate(const co_drawing *drawing, int index);

#endif  // VIZ_DRAW_SHAPES_H_
