// What a drawing shows as data: shapes, meshes, poses, coordinates, of every task.

#include "tests/viz/frames.h"
#include "viz/draw/drawing_internal.h"
#include "viz/draw/shapes.h"

#include <math.h>

enum { MOST = 4000 };
static co_shape shape[MOST];

static int count_of(int shapes, co_shape_kind kind) {
  int count = 0;
  for (int i = 0; i < shapes; i++) count += shape[i].kind == kind;
  return count;
}

START_TEST(a_hopper) {
  frame_world frame = frame_open("hopper", NULL, 20);
  co_drawing *drawing = frame_drawing(&frame, CO_OVERLAY_NONE);
  int count = co_drawing_shapes(drawing, shape, MOST);
  ck_assert_int_eq(count, 5);
  ck_assert_int_eq(co_drawing_shapes(drawing, NULL, 0), 5);
  ck_assert_int_eq(count_of(count, CO_SHAPE_CAPSULE), 4);
  ck_assert_int_eq(count_of(count, CO_SHAPE_PLANE), 1);
  for (int i = 0; i < count; i++) {
    ck_assert_int_eq(shape[i].robot, shape[i].kind == CO_SHAPE_CAPSULE);
    ck_assert_int_eq(shape[i].body > 0, shape[i].kind == CO_SHAPE_CAPSULE);
    ck_assert_int_eq(shape[i].data, -1);
  }
  static const char *const name[] = {"rootx",       "rootz",     "rooty",
                                     "thigh_joint", "leg_joint", "foot_joint"};
  ck_assert_int_eq(co_drawing_coordinates(drawing), 6);
  for (int i = 0; i < 6; i++) {
    ck_assert_str_eq(co_drawing_coordinate_name(drawing, i), name[i]);
    ck_assert_str_eq(co_drawing_coordinate_unit(drawing, i), i < 2 ? "m" : "rad");
    ck_assert_double_eq(co_drawing_coordinate(drawing, i), frame.row.physics->qpos[i]);
  }
  co_drawing_free(drawing);
  frame_close(&frame);
}
END_TEST

// A shape turned and moved by its body's pose is where MuJoCo has it.
static void check_place(const co_drawing *drawing, const co_shape *one, const mjvGeom *geom) {
  double pos[3], quat[4], at[3];
  co_drawing_pose(drawing, one->body, pos, quat);
  mju_rotVecQuat(at, one->pos, quat);
  for (int k = 0; k < 3; k++) ck_assert_double_eq_tol(pos[k] + at[k], (double)geom->pos[k], 1e-5);
}

static const char *const tasks[] = {"ant",      "humanoid", "point_maze", "quadruped_rough",
                                    "arm_push", "pendulum", "swimmer",    "door_open"};

START_TEST(every_kind_of_world) {
  frame_world frame = frame_open(tasks[_i], NULL, 5);
  co_drawing *drawing = frame_drawing(&frame, CO_OVERLAY_NONE);
  int count = co_drawing_shapes(drawing, shape, MOST), next = 0, robot = 0;
  ck_assert_int_gt(count, 1);
  ck_assert_int_le(count, MOST);
  const mjvScene *scene = &drawing->scene;
  for (int i = 0; i < scene->ngeom && next < count; i++) {
    int type = scene->geoms[i].objtype;
    if (type != mjOBJ_GEOM && type != mjOBJ_SITE && type != mjOBJ_UNKNOWN) continue;
    const co_shape *one = &shape[next++];
    robot += one->robot;
    ck_assert_int_lt(one->body, co_drawing_bodies(drawing));
    if (one->kind != CO_SHAPE_PLANE) check_place(drawing, one, &scene->geoms[i]);
  }
  ck_assert_int_eq(next, count);
  ck_assert_int_gt(robot, 0);
  ck_assert_int_ge(co_drawing_coordinates(drawing), 1);
  co_drawing_free(drawing);
  frame_close(&frame);
}
END_TEST

// below a swimmer lies the ground that the drawing has added
START_TEST(the_ground) {
  frame_world frame = frame_open("inverted_pendulum", NULL, 1);
  co_drawing *drawing = frame_drawing(&frame, CO_OVERLAY_NONE);
  int count = co_drawing_shapes(drawing, shape, MOST);
  const co_shape *last = &shape[count - 1];
  ck_assert(drawing->ground);
  ck_assert_int_eq(last->kind, CO_SHAPE_PLANE);
  ck_assert_int_eq(last->body, 0);
  ck_assert(!last->robot);
  ck_assert_double_eq_tol(last->pos[2], drawing->depth, 1e-6);
  ck_assert_double_eq(last->size[0], 0);
  co_drawing_free(drawing);
  frame_close(&frame);
}
END_TEST

START_TEST(terrain) {
  frame_world frame = frame_open("quadruped_rough", NULL, 1);
  co_drawing *drawing = frame_drawing(&frame, CO_OVERLAY_NONE);
  int count = co_drawing_shapes(drawing, shape, MOST), fields = 0;
  for (int i = 0; i < count; i++) {
    if (shape[i].kind != CO_SHAPE_FIELD) continue;
    co_field_view field = co_drawing_field(drawing, shape[i].data);
    fields++;
    ck_assert_int_gt(field.rows, 2);
    ck_assert_int_gt(field.cols, 2);
    ck_assert_double_gt(field.half[0], 1);
    for (int k = 0; k < field.rows * field.cols; k++)
      ck_assert(field.height[k] >= 0 && field.height[k] <= 1);
  }
  ck_assert_int_eq(fields, 1);
  co_drawing_free(drawing);
  frame_close(&frame);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("viz/draw/shapes");
  TCase *tests = tcase_create("shapes");
  tcase_add_test(tests, a_hopper);
  tcase_add_loop_test(tests, every_kind_of_world, 0, (int)(sizeof tasks / sizeof *tasks));
  tcase_add_test(tests, the_ground);
  tcase_add_test(tests, terrain);
  suite_add_tcase(suite, tests);
  return suite;
}
