// Scenes without OpenGL.

#include "tests/viz/frames.h"

#include <mujoco/mujoco.h>

static co_camera camera_of(const co_drawing *drawing) {
  co_camera camera;
  co_drawing_default_camera(drawing, &camera);
  return camera;
}

static int count_decor(co_drawing *drawing) {
  mjvScene *scene = co_drawing_scene(drawing);
  int count = 0;
  for (int i = 0; i < scene->ngeom; i++) count += scene->geoms[i].objtype == mjOBJ_UNKNOWN;
  return count;
}

static int count_type(co_drawing *drawing, int type) {
  mjvScene *scene = co_drawing_scene(drawing);
  int count = 0;
  for (int i = 0; i < scene->ngeom; i++)
    count += scene->geoms[i].objtype == mjOBJ_UNKNOWN && scene->geoms[i].type == type;
  return count;
}

static void update(co_drawing *drawing, unsigned overlays) {
  co_camera camera = camera_of(drawing);
  ck_ok(co_drawing_update(drawing, &camera, overlays));
}

// every task can be drawn, before anything is loaded too
START_TEST(every_task) {
  frame_world frame = frame_open(test_tasks[_i], NULL, 3);
  co_drawing *drawing = NULL;
  ck_ok(co_drawing_create(frame.world, CO_QUALITY_FULL, &drawing));
  update(drawing, 0);
  ck_assert_int_gt(co_drawing_scene(drawing)->ngeom, 2);
  ck_ok(co_drawing_load(drawing, frame.bytes));
  for (unsigned overlays = 0; overlays < 1u << CO_NUM_OVERLAYS; overlays++)
    update(drawing, overlays);
  co_drawing_free(drawing);
  frame_close(&frame);
}
END_TEST

// what is drawn is what was loaded, and the row that simulates does not notice
START_TEST(poses_are_those_of_the_row) {
  frame_world frame = frame_open("hopper", NULL, 25);
  co_drawing *drawing = frame_drawing(&frame, 0);
  const mjData *data = co_drawing_data(drawing);
  for (int i = 0; i < frame.world->model->nq; i++)
    ck_assert_double_eq(data->qpos[i], frame.row.physics->qpos[i]);
  const mjModel *mj = co_drawing_model(drawing);
  const mjvScene *scene = co_drawing_scene(drawing);
  int seen = 0;
  for (int i = 0; i < scene->ngeom; i++) {
    if (scene->geoms[i].objtype != mjOBJ_GEOM) continue;
    int geom = scene->geoms[i].objid;
    if (mj->geom_type[geom] == mjGEOM_PLANE) continue;  // follows the camera
    seen++;
    for (int k = 0; k < 3; k++)
      ck_assert_double_eq_tol(scene->geoms[i].pos[k], data->geom_xpos[3 * geom + k], 1e-6);
  }
  ck_assert_int_eq(seen, 4);
  co_drawing_free(drawing);
  frame_close(&frame);
}
END_TEST

START_TEST(the_pendulum_turns) {
  frame_world frame = frame_open("pendulum", NULL, 0);
  const double angles[] = {0, 0.7, -2.0, 9.0};
  for (int i = 0; i < 4; i++) {
    frame.row.physics->qpos[0] = angles[i];
    co_row_save(&frame.row, frame.bytes);
    co_drawing *drawing = frame_drawing(&frame, 0);
    const double *center = co_drawing_data(drawing)->subtree_com + 3;
    double reach = mju_norm3(center);  // upright at 0, positive to the left
    ck_assert_double_eq_tol(center[0], -reach * sin(angles[i]), 1e-6);
    ck_assert_double_eq_tol(center[2], reach * cos(angles[i]), 1e-6);
    co_drawing_free(drawing);
  }
  frame_close(&frame);
}
END_TEST

// --- overlays

START_TEST(contacts_have_forces) {
  frame_world frame = frame_open("hopper", NULL, 60);
  co_drawing *drawing = frame_drawing(&frame, CO_OVERLAY_CONTACTS | CO_OVERLAY_FORCES);
  int contacts = (int)co_drawing_data(drawing)->ncon;
  ck_assert_int_gt(contacts, 0);
  ck_assert_int_eq(count_type(drawing, mjGEOM_SPHERE), contacts);
  ck_assert_int_ge(count_type(drawing, mjGEOM_ARROW), 1);
  update(drawing, CO_OVERLAY_CONTACTS);
  ck_assert_int_eq(count_decor(drawing), contacts);
  update(drawing, 0);
  ck_assert_int_eq(count_decor(drawing), 0);
  co_drawing_free(drawing);
  frame_close(&frame);
}
END_TEST

// the label is what acts after the shift: the larger of floor and foot
START_TEST(friction_is_the_effective_one) {
  const char *shift = "{ parameter = \"geom.friction\"; select = \"*\"; set = 0.35; }";
  frame_world frame = frame_open("hopper", shift, 60);
  co_drawing *drawing = frame_drawing(&frame, CO_OVERLAY_FRICTION);
  const mjvScene *scene = co_drawing_scene(drawing);
  int labels = 0;
  for (int i = 0; i < scene->ngeom; i++) labels += strcmp(scene->geoms[i].label, "0.35") == 0;
  ck_assert_int_gt(labels, 0);
  ck_assert_int_eq(labels, (int)co_drawing_data(drawing)->ncon);
  ck_assert_int_eq(count_type(drawing, mjGEOM_ARROW), 0);
  co_drawing_free(drawing);
  frame_close(&frame);
}
END_TEST

START_TEST(limits_that_act) {
  frame_world frame = frame_open("hopper", NULL, 0);
  co_drawing *drawing = frame_drawing(&frame, CO_OVERLAY_LIMITS);
  ck_assert_int_eq(count_type(drawing, mjGEOM_CYLINDER), 0);
  frame.row.physics->qpos[5] = 0.9;  // the foot goes to 45 degrees
  frame.row.physics->qpos[1] = 3.0;  // in the air
  co_row_save(&frame.row, frame.bytes);
  ck_ok(co_drawing_load(drawing, frame.bytes));
  update(drawing, CO_OVERLAY_LIMITS);
  ck_assert_int_eq(count_type(drawing, mjGEOM_CYLINDER), 1);
  co_drawing_free(drawing);
  frame_close(&frame);
}
END_TEST

// commanded against actual velocity: one arrow alone where there is no command
START_TEST(velocities) {
  static const struct {
    const char *task;
    int arrows;
  } cases[] = {{"half_cheetah", 1}, {"quadruped_flat", 2}, {"reacher", 0}};
  for (int i = 0; i < 3; i++) {
    frame_world frame = frame_open(cases[i].task, NULL, 20);
    co_drawing *drawing = frame_drawing(&frame, CO_OVERLAY_VELOCITY);
    ck_assert_int_eq(count_type(drawing, mjGEOM_ARROW), cases[i].arrows);
    co_drawing_free(drawing);
    frame_close(&frame);
  }
}
END_TEST

START_TEST(centre_of_mass) {
  frame_world frame = frame_open("ant", NULL, 5);
  co_drawing *drawing = frame_drawing(&frame, CO_OVERLAY_MASS);
  double center[3];
  co_engine_mujoco.mass_center(frame.row.physics, center);
  ck_assert_int_eq(count_decor(drawing), 3);
  const mjvScene *scene = co_drawing_scene(drawing);
  const mjvGeom *ball = &scene->geoms[scene->ngeom - 3];
  for (int k = 0; k < 3; k++) ck_assert_double_eq_tol(ball->pos[k], center[k], 0.05);
  ck_assert_double_eq(ball[1].pos[2], 0);
  co_drawing_free(drawing);
  frame_close(&frame);
}
END_TEST

// --- cameras

START_TEST(views_fit_the_robot) {
  static const struct {
    const char *task;
    double azimuth, elevation;
  } cases[] = {{"hopper", 90, -10},  {"ant", 120, -20},       {"swimmer", 90, -60},
               {"reacher", 90, -60}, {"point_maze", 90, -65}, {"pendulum", 90, -10}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    frame_world frame = frame_open(cases[i].task, NULL, 0);
    co_drawing *drawing = frame_drawing(&frame, 0);
    co_camera camera = camera_of(drawing);
    ck_assert_double_eq(camera.azimuth, cases[i].azimuth);
    ck_assert_double_eq(camera.elevation, cases[i].elevation);
    co_drawing_free(drawing);
    frame_close(&frame);
  }
}
END_TEST

// After a fault the robot may be nowhere; the next episode is seen all the same.
START_TEST(the_camera_stays_where_it_was) {
  frame_world frame = frame_open("half_cheetah", NULL, 0);
  co_drawing *drawing = frame_drawing(&frame, 0);
  co_camera camera = camera_of(drawing), before = camera;
  double *center = co_drawing_data(drawing)->subtree_com;
  for (int i = 0; i < 3 * (int)co_drawing_model(drawing)->nbody; i++) center[i] = NAN;
  co_drawing_follow(drawing, 0.02, &camera);
  co_drawing_follow(drawing, INFINITY, &camera);
  ck_assert_mem_eq(camera.lookat, before.lookat, sizeof before.lookat);
  co_drawing_free(drawing);
  frame_close(&frame);
}
END_TEST

START_TEST(the_camera_follows) {
  frame_world frame = frame_open("half_cheetah", NULL, 0);
  co_drawing *drawing = frame_drawing(&frame, 0);
  co_camera camera = camera_of(drawing), still = camera, free_camera = camera;
  free_camera.mode = CO_CAMERA_FREE;
  frame.row.physics->qpos[0] += 2.0;
  co_row_save(&frame.row, frame.bytes);
  ck_ok(co_drawing_load(drawing, frame.bytes));
  double goal = camera.lookat[0] + 2.0;
  co_drawing_follow(drawing, 0, &camera);  // so far that it would be out of the picture
  ck_assert_double_gt(camera.lookat[0], still.lookat[0] + 1.5);
  ck_assert_double_lt(camera.lookat[0], goal - 0.1);
  double last = camera.lookat[0];
  for (int i = 0; i < 10; i++) {  // closer each time, never beyond
    co_drawing_follow(drawing, 0.05, &camera);
    ck_assert_double_gt(camera.lookat[0], last);
    ck_assert_double_lt(camera.lookat[0], goal);
    last = camera.lookat[0];
  }
  co_drawing_follow(drawing, INFINITY, &camera);
  ck_assert_double_eq_tol(camera.lookat[0], goal, 1e-9);
  co_drawing_follow(drawing, INFINITY, &free_camera);
  ck_assert_double_eq(free_camera.lookat[0], still.lookat[0]);
  co_drawing_free(drawing);
  frame_close(&frame);
}
END_TEST

// equal steps or one long one: the frame rate does not matter
START_TEST(following_knows_no_frame_rate) {
  frame_world frame = frame_open("ant", NULL, 30);
  co_drawing *drawing = frame_drawing(&frame, 0);
  co_camera a = camera_of(drawing);
  for (int k = 0; k < 3; k++) a.lookat[k] -= 1.0;
  co_camera b = a;
  co_drawing_follow(drawing, 0.3, &a);
  for (int i = 0; i < 30; i++) co_drawing_follow(drawing, 0.01, &b);
  for (int k = 0; k < 3; k++) ck_assert_double_eq_tol(a.lookat[k], b.lookat[k], 1e-9);
  co_drawing_free(drawing);
  frame_close(&frame);
}
END_TEST

START_TEST(cameras_without_names) {
  char *model = test_write("cameras.xml",
                           "<mujoco><worldbody><camera pos='0 -1 1'/><camera name='top'/><camera/>"
                           "<body><joint name='j'/><geom size='.1'/></body></worldbody><actuator>"
                           "<motor joint='j' ctrlrange='-1 1'/></actuator></mujoco>");
  char *task = test_write("cameras.cfg",
                          "task = { format = 1; model = \"cameras.xml\"; substeps = 1; "
                          "horizon = 10; observation = ( { term = \"qpos\"; } ); "
                          "action = ( { term = \"ctrl\"; } ); reward = ( { term = \"alive\"; } );"
                          " };");
  frame_world frame = frame_open(task, NULL, 0);
  co_drawing *drawing = frame_drawing(&frame, 0);
  ck_assert_int_eq(co_drawing_cameras(drawing), 3);
  ck_assert_str_eq(co_drawing_camera_name(drawing, 0), "#0");
  ck_assert_str_eq(co_drawing_camera_name(drawing, 1), "top");
  ck_assert_str_eq(co_drawing_camera_name(drawing, 2), "#2");
  co_drawing_free(drawing);
  frame_close(&frame);
  free(task);
  free(model);
}
END_TEST

START_TEST(fixed_cameras) {
  frame_world frame = frame_open("pusher", NULL, 0);
  co_drawing *drawing = frame_drawing(&frame, 0);
  ck_assert_int_eq(co_drawing_cameras(drawing), 1);
  ck_assert_str_eq(co_drawing_camera_name(drawing, 0), "side");
  co_camera camera = camera_of(drawing);
  camera.mode = CO_CAMERA_FIXED;
  camera.fixed = 0;
  ck_ok(co_drawing_update(drawing, &camera, 0));
  ck_assert_double_eq_tol(co_drawing_scene(drawing)->camera[0].pos[1], -2.2, 0.1);
  co_drawing_free(drawing);
  frame_close(&frame);
}
END_TEST

// --- the unusual

START_TEST(damaged_bytes) {
  frame_world frame = frame_open("hopper", NULL, 3);
  co_drawing *drawing = frame_drawing(&frame, 0);
  void *broken = calloc(1, co_row_size(&frame.world->binding));
  memset(broken, 0xFF, co_row_size(&frame.world->binding));
  ck_fails(co_drawing_load(drawing, broken), CO_DATA, "damaged");
  ck_ok(co_drawing_load(drawing, frame.bytes));
  free(broken);
  co_drawing_free(drawing);
  frame_close(&frame);
}
END_TEST

// rows with numbers of their own, of compiled variants too, where limbs differ in length
START_TEST(drawn_numbers) {
  const char *shifts =
      "{ parameter = \"limb.length\"; select = \"leg\"; scale = { uniform = (0.6, 1.4); }; }, "
      "{ parameter = \"body.mass\"; select = \"torso\"; scale = { uniform = (0.6, 1.4); }; }";
  co_built_world *world = test_world("hopper", shifts, NULL);
  bool varied = false;
  double last = 0;
  frame_world frame = {.world = world, .row = test_row(world, 1)};
  frame.bytes = malloc(co_row_size(&world->binding));
  co_drawing *drawing = NULL;
  ck_ok(co_drawing_create(world, CO_QUALITY_FAST, &drawing));
  for (int i = 0; i < 4; i++) {
    ck_ok(co_row_reset(&frame.row));
    frame_play(&frame, 2);
    ck_ok(co_drawing_load(drawing, frame.bytes));
    update(drawing, ~0u);
    double length = co_drawing_model(drawing)->geom_size[3 * 3 + 1];
    varied = varied || (i && length != last);
    last = length;
  }
  ck_assert(varied);
  co_drawing_free(drawing);
  frame_close(&frame);
}
END_TEST

// more contacts than there is room for are left out
START_TEST(a_full_scene) {
  frame_world frame = frame_open("ant", NULL, 5);
  co_drawing *drawing = frame_drawing(&frame, 0), *ghost = frame_drawing(&frame, 0);
  mjvScene *scene = co_drawing_scene(drawing);
  int room = scene->maxgeom;
  scene->maxgeom = scene->ngeom + 1;
  update(drawing, ~0u);
  ck_assert_int_eq(scene->ngeom, scene->maxgeom);
  co_drawing_add_ghost(drawing, ghost, co_ghost_color);
  ck_assert_int_eq(scene->ngeom, scene->maxgeom);
  scene->maxgeom = room;
  co_drawing_free(ghost);
  co_drawing_free(drawing);
  frame_close(&frame);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("viz/drawing");
  TCase *tests = tcase_create("drawing");
  tcase_add_loop_test(tests, every_task, 0, TEST_TASKS);
  tcase_add_test(tests, poses_are_those_of_the_row);
  tcase_add_test(tests, the_pendulum_turns);
  tcase_add_test(tests, contacts_have_forces);
  tcase_add_test(tests, friction_is_the_effective_one);
  tcase_add_test(tests, limits_that_act);
  tcase_add_test(tests, velocities);
  tcase_add_test(tests, centre_of_mass);
  tcase_add_test(tests, views_fit_the_robot);
  tcase_add_test(tests, the_camera_stays_where_it_was);
  tcase_add_test(tests, the_camera_follows);
  tcase_add_test(tests, following_knows_no_frame_rate);
  tcase_add_test(tests, cameras_without_names);
  tcase_add_test(tests, fixed_cameras);
  tcase_add_test(tests, damaged_bytes);
  tcase_add_test(tests, drawn_numbers);
  tcase_add_test(tests, a_full_scene);
  suite_add_tcase(suite, tests);
  return suite;
}
