// Models of other formats: a URDF with actuators, a free base and a floor from the task.

#include "envs/physics/model_file.h"
#include "envs/physics/scene.h"
#include "tests/envs/models.h"

#define INERTIA(m)                                                      \
  "<inertial><mass value='" m                                           \
  "'/><inertia ixx='.02' ixy='0' ixz='0' iyy='.02' iyz='0' izz='.02'/>" \
  "</inertial>"
#define URDF(mesh) \
  "<robot name='r'><link name='base'>" INERTIA("2") "<collision><geometry><box size='.2 .2 .2'/>"  \
  "</geometry></collision></link><link name='mount'>" INERTIA("0.5") "</link>"                     \
  "<joint name='fixed' type='fixed'><parent link='base'/><child link='mount'/></joint>"            \
  "<link name='leg'>" INERTIA("1") "<collision><origin xyz='0 0 -.2'/><geometry>" mesh             \
  "</geometry></collision></link><joint name='hip' type='revolute'><parent link='mount'/>"         \
  "<child link='leg'/><axis xyz='0 1 0'/><limit lower='-1' upper='1' effort='10' velocity='5'/>"   \
  "</joint></robot>"
#define CAPSULE "<capsule length='.2' radius='.03'/>"

static co_status load(const char *urdf, const co_scene *scene, co_model **out) {
  char *path = test_write("robot.urdf", urdf);
  co_status status = co_model_load(&co_engine_mujoco, path, scene, out);
  free(path);
  return status;
}

static co_scene scene_of(co_actuator_def *def, int count) {
  return (co_scene){.terrain.size = NAN, .actuators = {def, count}};
}

static co_actuator_def actuator(const char *joint, const char *name, const char *kind, double kp,
                                double kd) {
  return (co_actuator_def){
      .joint = joint, .name = name, .kind = kind, .kp = kp, .kd = kd, .gear = NAN};
}

START_TEST(test_urdf) {
  double range[] = {-3, 4}, height = -0.5;
  co_actuator_def def[] = {actuator("hip", NULL, "motor", NAN, NAN),
                           actuator("hip", "servo", "position", 20, 2),
                           actuator("hip", "speed", "velocity", NAN, 3)};
  def[0].gear = 5;
  def[0].ctrlrange = def[1].forcerange = (co_floats){range, 2};
  co_scene scene = scene_of(def, 3);
  co_model *model = NULL;
  scene.free = "base";
  scene.floor = (co_floats){&height, 1};
  ck_ok(load(URDF(CAPSULE), &scene, &model));
  const mjModel *m = test_mj(model);
  ck_assert_int_eq(model->nu, 3);
  ck_assert_int_eq(model->nv, 7);
  ck_assert_int_eq(co_model_find(model, CO_ACTUATOR, "hip"), 0);
  ck_assert_int_eq(co_model_find(model, CO_QPOS, "root.z"), 2);
  ck_assert_int_ge(co_model_find(model, CO_GEOM, "floor"), 0);
  ck_assert_double_eq(m->geom_pos[3 * co_model_find(model, CO_GEOM, "floor") + 2], -0.5);
  ck_assert_double_eq(m->actuator_gear[0], 5);
  ck_assert_double_eq(model->ctrl_low[0], -3);
  ck_assert(isinf(model->ctrl_low[1]));
  ck_assert_double_eq(m->actuator_gainprm[mjNGAIN], 20);
  ck_assert_double_eq(m->actuator_biasprm[mjNBIAS + 1], -20);
  ck_assert_double_eq(m->actuator_biasprm[mjNBIAS + 2], -2);
  ck_assert_double_eq(m->actuator_forcerange[2 + 1], 4);
  ck_assert_double_eq(m->actuator_biasprm[2 * mjNBIAS + 2], -3);
  ck_assert_double_eq(m->jnt_actfrcrange[2 + 1], 10);  // the effort limit
  ck_assert_double_eq(m->body_mass[co_model_find(model, CO_BODY, "base")], 2.5);  // with its mount
  ck_ok(test_put(model, CO_LIMB_LENGTH, "leg", (const double[]){2}));
  ck_assert_double_eq(test_mj(model)->body_mass[co_model_find(model, CO_BODY, "leg")], 2);
  ck_assert_double_eq(test_mj(model)->actuator_gear[0], 5);
  ck_ok(test_put(model, CO_LOCK, "hip", (const double[]){0.5}));  // below a fixed joint
  ck_assert_int_eq(test_mj(model)->nv, 6);
  co_model_free(model);
}
END_TEST

START_TEST(test_fixed_base) {
  co_actuator_def def = actuator("hip", NULL, "motor", NAN, NAN);
  co_scene scene = scene_of(&def, 1);
  co_model *model = NULL;
  ck_ok(load(URDF(CAPSULE), &scene, &model));
  ck_assert_int_eq(model->nv, 1);
  ck_assert_int_eq(co_model_find(model, CO_BODY, "base"), -1);  // a part of the world
  co_model_free(model);
}
END_TEST

// Defaults of a model's own actuators are not those of the task's.
START_TEST(test_actuator_without_defaults) {
  co_actuator_def def = actuator("hip", NULL, "motor", NAN, NAN);
  co_scene scene = scene_of(&def, 1);
  co_model *model = NULL;
  ck_ok(
      load("<mujoco><default><general gear='7' ctrlrange='-2 2' forcerange='-3 3'/></default>"
           "<worldbody><body><joint name='hip'/><geom size='.1'/></body></worldbody></mujoco>",
           &scene, &model));
  ck_assert_double_eq(test_mj(model)->actuator_gear[0], 1);
  ck_assert(isinf(model->ctrl_high[0]));
  ck_assert(!test_mj(model)->actuator_forcelimited[0]);
  co_model_free(model);
}
END_TEST

START_TEST(test_what_cannot_be_added) {
  double height = 0;
  co_actuator_def def[] = {actuator("hipp", NULL, "motor", NAN, NAN),
                           actuator("hip", "a", "motor", NAN, NAN),
                           actuator("hip", "a", "motor", NAN, NAN)};
  const struct {
    co_scene scene;
    const char *text;
  } wrong[] = {
      {scene_of(def, 1), "actuators: no joint \"hipp\"; did you mean \"hip\"?"},
      {scene_of(def + 1, 2), "actuators: there is an actuator \"a\" already"},
      {{.terrain.size = NAN, .free = "bass"}, "free: no body \"bass\"; did you mean \"base\"?"},
      {{.terrain.size = NAN, .free = "leg"}, "free: body \"leg\" is inside another body"},
      {{.terrain.size = NAN, .free = "world"}, "free: body \"world\" is the world"}};
  co_model *model = NULL;
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    ck_fails(load(URDF(CAPSULE), &wrong[i].scene, &model), CO_DATA, wrong[i].text);
  }
  co_scene floor = {.terrain.size = NAN, .floor = {&height, 1}};
  ck_fails(load("<mujoco><worldbody><geom name='floor' size='.1'/></worldbody></mujoco>", &floor,
                &model),
           CO_DATA, "floor: the model has a geom \"floor\" already");
}
END_TEST

// The meshes of a URDF are files that a task reads, too.
START_TEST(test_meshes_are_fenced) {
  char *inside = test_write("fence_in.obj", "v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\n");
  co_names files = {0};
  free(test_write("fence_in.urdf", URDF("<mesh filename='fence_in.obj'/>")));
  char *out = test_write("fence_out.urdf", URDF("<mesh filename='../fence_out.obj'/>"));
  char *package = test_write("fence_package.urdf", URDF("<mesh filename='package://r/a.obj'/>"));
  free(test_write("../fence_out.obj", "v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\n"));
  char *folder = co_path_dir(out), *path = NULL;
  co_node *node = test_domain("");
  const co_model_wish wish = {.folder = folder, .node = node};
  ck_ok(co_model_find_file(&co_engine_mujoco, &wish, "fence_in.urdf", &path));
  free(path);
  ck_fails(co_model_find_file(&co_engine_mujoco, &wish, "fence_out.urdf", &path), CO_CONFIG,
           "outside the folder of the task");
  ck_fails(co_mujoco_files(package, &files), CO_DATA,
           "mesh \"package://r/a.obj\": packages are not looked up");
  co_node_free(node);
  free(folder);
  free(inside);
  free(package);
  free(out);
}
END_TEST

// From a task's text.
START_TEST(test_task_with_actuators) {
  free(test_write("arm.urdf", URDF(CAPSULE)));
  char *task = test_write(
      "arm.cfg",
      "task = { format = 1; model = \"arm.urdf\"; substeps = 5; horizon = 20; free = \"base\"; "
      "floor = 0; actuators = ( { joint = \"hip\"; kind = \"position\"; kp = 20; kd = 1; "
      "ctrlrange = (-1, 1); } ); default_pose = ( { of = \"root.z\"; value = 0.8; } ); "
      "observation = ( { term = \"qpos\"; } ); action = ( { term = \"ctrl\"; } ); "
      "reward = ( { term = \"alive\"; } ); };");
  co_built_world *world = test_world(task, NULL, NULL);
  ck_assert_int_eq(world->info.act_dim, 1);
  ck_assert_int_eq(world->info.obs_dim, 8);
  co_row row = test_row(world, 1);
  ck_assert_double_eq(row.physics->qpos[2], 0.8);
  double action = 0.5;
  co_row_result result = {0};
  ck_ok(co_row_step(&row, &action, &result));
  ck_assert(!result.fault);
  co_row_free(&row);
  co_world_free(world);
  static const char *const wrong[][2] = {
      {"task.actuators.0.kind=\"motor\"", "kp: not a key of \"motor\""},
      {"task.actuators.0.kind=\"muscle\"", "kind: "},
      {"task.actuators.0={joint=\"hip\";kind=\"position\";}", "kp: \"position\" needs it"},
      {"task.actuators.0.ctrlrange=[1.0,1.0]", "ctrlrange: the first value must be below"},
      {"task.actuators.0.joint=\"knee\"", "actuators: no joint \"knee\""}};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    co_status status = test_try_world(task, NULL, wrong[i][0], &world);
    ck_assert(status == CO_CONFIG || status == CO_DATA);
    ck_assert_msg(strstr(co_error_text(), wrong[i][1]), "%s: %s", wrong[i][0], co_error_text());
  }
  free(task);
}
END_TEST

// Whoever runs a model with another time step or integrator than it states says so.
START_TEST(test_option) {
  static const int integrator[] = {mjINT_EULER, mjINT_RK4, mjINT_IMPLICIT, mjINT_IMPLICITFAST};
  for (int i = 0; co_integrator_names[i]; i++) {
    co_scene scene = {.terrain.size = NAN, .timestep = 0.005, .integrator = co_integrator_names[i]};
    co_model *model = NULL;
    ck_ok(load(URDF(CAPSULE), &scene, &model));
    ck_assert_double_eq(model->timestep, 0.005);
    ck_assert_int_eq(test_mj(model)->opt.integrator, integrator[i]);
    co_model_free(model);
  }
  static const char *const wrong[][2] = {
      {"task.timestep=0.0", "timestep: 0.0 is out of range"},
      {"task.integrator=\"RK5\"", "integrator: unknown value \"RK5\""}};
  co_built_world *world = NULL;
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
    ck_fails(test_try_world("hopper", NULL, wrong[i][0], &world), CO_CONFIG, wrong[i][1]);
  ck_fails(test_try_world("pendulum", NULL, "task.timestep=0.01", &world), CO_CONFIG,
           "timestep: engine \"pendulum\" has its own");
  world = test_world("hopper", NULL, "task.timestep=0.001");
  ck_assert_double_eq(world->info.timestep, 0.001);
  co_world_free(world);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("physics_mujoco_robot");
  TCase *tcase = tcase_create("physics_mujoco_robot");
  tcase_add_test(tcase, test_urdf);
  tcase_add_test(tcase, test_fixed_base);
  tcase_add_test(tcase, test_actuator_without_defaults);
  tcase_add_test(tcase, test_what_cannot_be_added);
  tcase_add_test(tcase, test_meshes_are_fenced);
  tcase_add_test(tcase, test_task_with_actuators);
  tcase_add_test(tcase, test_option);
  suite_add_tcase(suite, tcase);
  return suite;
}
