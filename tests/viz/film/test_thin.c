// Meshes with fewer faces: what is small stays, what is large keeps its place and its shape.

#include "tests/envs/worlds.h"
#include "viz/film/private/thin.h"

#include <math.h>
#include <stdlib.h>

// A ball of `rows` x 2 `rows` patches, radius 2 about (5, 0, 0).
typedef struct ball_mesh {
  float *vertex;
  int *face;
  co_mesh_view view;
} ball_mesh;

static ball_mesh make_ball(int rows) {
  const double pi = acos(-1);
  int cols = 2 * rows, vertices = (rows + 1) * cols, faces = 0;
  ball_mesh out = {malloc(3 * (size_t)vertices * sizeof(float)),
                   malloc(6 * (size_t)(rows * cols) * sizeof(int)),
                   {0}};
  ck_assert(out.vertex && out.face);
  for (int r = 0; r <= rows; r++)
    for (int c = 0; c < cols; c++) {
      double up = pi * r / rows, about = 2 * pi * c / cols;
      float *at = out.vertex + 3 * (r * cols + c);
      at[0] = (float)(5 + 2 * sin(up) * cos(about));
      at[1] = (float)(2 * sin(up) * sin(about));
      at[2] = (float)(2 * cos(up));
    }
  for (int r = 0; r < rows; r++)
    for (int c = 0; c < cols; c++) {
      int a = r * cols + c, b = r * cols + (c + 1) % cols;
      int corner[6] = {a, a + cols, b, b, a + cols, b + cols};
      for (int k = 0; k < 6; k++) out.face[3 * faces + k] = corner[k];
      faces += 2;
    }
  out.view = (co_mesh_view){out.vertex, out.face, vertices, faces};
  return out;
}

static void free_ball(ball_mesh *ball) {
  free(ball->vertex);
  free(ball->face);
}

START_TEST(what_is_small_stays) {
  ball_mesh ball = make_ball(6);
  co_thin_mesh mesh;
  ck_ok(co_thin(&ball.view, ball.view.faces, &mesh));
  ck_assert_int_eq(mesh.vertices, ball.view.vertices);
  ck_assert_int_eq(mesh.faces, ball.view.faces);
  for (int i = 0; i < 3 * mesh.vertices; i++)
    ck_assert_double_eq(mesh.vertex[i], (double)ball.vertex[i]);
  for (int i = 0; i < 3 * mesh.faces; i++) ck_assert_int_eq(mesh.face[i], ball.face[i]);
  co_thin_free(&mesh);
  free_ball(&ball);
}
END_TEST

static const int most_faces[] = {4000, 1000, 300};

START_TEST(what_is_large_keeps_its_shape) {
  ball_mesh ball = make_ball(100);  // 40,000 faces
  co_thin_mesh mesh;
  int most = most_faces[_i];
  ck_ok(co_thin(&ball.view, most, &mesh));
  ck_assert_int_le(mesh.faces, most);
  ck_assert_int_ge(mesh.faces, most / 3);
  ck_assert_int_lt(mesh.vertices, mesh.faces);
  for (int i = 0; i < mesh.vertices; i++) {
    const double *at = &mesh.vertex[3 * i];
    double radius = sqrt((at[0] - 5) * (at[0] - 5) + at[1] * at[1] + at[2] * at[2]);
    ck_assert_double_ge(radius, 1.8);  // a mean of points on the ball lies inside
    ck_assert_double_le(radius, 2 + 1e-6);
  }
  for (int i = 0; i < mesh.faces; i++) {
    const int *corner = &mesh.face[3 * i];
    for (int k = 0; k < 3; k++) {
      ck_assert_int_ge(corner[k], 0);
      ck_assert_int_lt(corner[k], mesh.vertices);
      ck_assert_int_ne(corner[k], corner[(k + 1) % 3]);
    }
  }
  co_thin_free(&mesh);
  free_ball(&ball);
}
END_TEST

// All vertices in one place: no faces are left, and nothing is divided by zero.
START_TEST(a_point) {
  static const float vertex[9];
  static const int face[6] = {0, 1, 2, 2, 1, 0};
  co_mesh_view view = {vertex, face, 3, 2};
  co_thin_mesh mesh;
  ck_ok(co_thin(&view, 1, &mesh));
  ck_assert_int_eq(mesh.faces, 0);
  ck_assert_int_eq(mesh.vertices, 1);
  co_thin_free(&mesh);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("viz/film/thin");
  TCase *tests = tcase_create("thin");
  tcase_add_test(tests, what_is_small_stays);
  tcase_add_loop_test(tests, what_is_large_keeps_its_shape, 0, 3);
  tcase_add_test(tests, a_point);
  suite_add_tcase(suite, tests);
  return suite;
}
