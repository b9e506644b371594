// Which files a task may read: below its folder, below envs/models, and what is allowed by name.

#include "envs/physics/model_file.h"
#include "tests/envs/worlds.h"

#include <unistd.h>

static char root[1024];

static void put(const char *relative, const char *text) {
  char path[2048];
  snprintf(path, sizeof path, "%s/%s", root, relative);
  char *folder = co_path_dir(path);
  ck_ok(co_dir_create(folder));
  ck_ok(co_file_write(path, text, strlen(text)));
  free(folder);
}

static void link_to(const char *target, const char *relative) {
  char from[2048], at[2048];
  snprintf(from, sizeof from, "%s/%s", root, target);
  snprintf(at, sizeof at, "%s/%s", root, relative);
  ck_assert_int_eq(symlink(from, at), 0);
}

#define PENDULUM                                                                      \
  "<worldbody><body><joint name='hinge' axis='0 1 0'/><geom size='.1' pos='0 0 -1'/>" \
  "</body></worldbody><actuator><motor name='hinge' joint='hinge' ctrlrange='-1 1' "  \
  "ctrllimited='true'/></actuator>"
#define MODEL(head) "<mujoco>" head PENDULUM "</mujoco>"
#define PART "<mujocoinclude><option timestep='0.004'/></mujocoinclude>"
#define MESH "v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nf 1 3 2\nf 1 2 4\nf 2 3 4\nf 3 1 4\n"

// A task's folder, one outside it, and one beside it whose name begins alike.
static void set_up(void) {
  const char *build = getenv("CARRYOVER_BUILD_DIR");
  snprintf(root, sizeof root, "%s/scratch/model_file", build ? build : ".");
  ck_ok(co_dir_remove(root));
  put("task/robot.xml", MODEL(""));
  put("task/parts/robot.xml", MODEL(""));
  put("task/parts/part.xml", PART);
  put("task/parts/solid.obj", MESH);
  put("outside/robot.xml", MODEL(""));
  put("outside/only.xml", MODEL(""));
  put("outside/part.xml", PART);
  put("outside/solid.obj", MESH);
  put("task_2/robot.xml", MODEL(""));
  link_to("outside", "task/way_out");
  link_to("task/parts", "task/way_in");
  link_to("outside/solid.obj", "task/solid.obj");
  put("task/include_in.xml", MODEL("<include file='parts/part.xml'/>"));
  put("task/include_out.xml", MODEL("<include file='../outside/part.xml'/>"));
  put("task/include_coded.xml", MODEL("<include file='&#46;./outside/part.xml'/>"));
  put("task/include_twice.xml", MODEL("<include file='parts/next.xml'/>"));
  put("task/parts/next.xml", "<mujocoinclude><include file='way_out/part.xml'/></mujocoinclude>");
#define WITH_MESH(compiler, file) \
  MODEL(compiler "<asset><mesh name='solid' file='" file "'/></asset>")
  put("task/mesh_in.xml", WITH_MESH("<compiler meshdir='parts'/>", "solid.obj"));
  put("task/mesh_dir.xml", WITH_MESH("<compiler meshdir='../outside'/>", "solid.obj"));
  put("task/mesh_link.xml", WITH_MESH("", "solid.obj"));
  put("task/mesh_up.xml", WITH_MESH("<compiler meshdir='parts'/>", "../../outside/solid.obj"));
  put("task/mesh_lacks.xml", WITH_MESH("<compiler meshdir='parts'/>", "nothing.obj"));
  put("task/texture.xml", MODEL("<asset><texture name='t' type='2d' file='/etc/passwd'/></asset>"));
  put("task/field.xml",
      MODEL("<asset><hfield name='h' file='/etc/passwd' size='1 1 1 1'/></asset>"));
  put("task/broken.xml", "<mujoco><include file='parts/part.xml'>");
  put("task/lacks.xml", MODEL("<include file='parts/nothing.xml'/>"));
}

static void tear_down(void) {
  unsetenv("CARRYOVER_MODEL_PATH");
  ck_ok(co_dir_remove(root));
}

// ---- a task with that model, with CARRYOVER_MODEL_PATH set to a folder below the root

static co_status build(const char *model, const char *allowed, co_built_world **out) {
  char task[2048], edit[2048], list[2048];
  snprintf(task, sizeof task,
           "task = { format = 1; model = \"robot.xml\"; substeps = 2; horizon = 10;\n"
           "observation = ( { term = \"qpos\"; } ); action = ( { term = \"ctrl\"; } );\n"
           "reward = ( { term = \"alive\"; } ); };\n");
  put("task/task.cfg", task);
  snprintf(task, sizeof task, "%s/task/task.cfg", root);
  snprintf(edit, sizeof edit, "model=\"%s\"", model);
  snprintf(list, sizeof list, "/nowhere::%s/%s", root, allowed ? allowed : "");
  if (allowed) setenv("CARRYOVER_MODEL_PATH", list, 1);
  return test_try_world(task, NULL, edit, out);
}

static const char *const kAllowed[][2] = {
    {"robot.xml", NULL},
    {"./parts/../robot.xml", NULL},
    {"parts/robot.xml", NULL},
    {"way_in/robot.xml", NULL},
    {"hopper.xml", NULL},  // of envs/models
    {"include_in.xml", NULL},
    {"mesh_in.xml", NULL},
    {"../outside/robot.xml", "outside"},
    {"way_out/robot.xml", "outside"},
    {"../outside/robot.xml", "task/way_out"},  // the same folder
    {"only.xml", "outside"},                   // looked for there too
    {"include_out.xml", "outside"},
    {"include_twice.xml", "outside"},
    {"mesh_dir.xml", "outside"},
    {"mesh_link.xml", "outside"},
};
enum { kNumAllowed = sizeof kAllowed / sizeof *kAllowed };

START_TEST(test_reads_what_is_inside_or_allowed) {
  co_built_world *world = NULL;
  ck_ok(build(kAllowed[_i][0], kAllowed[_i][1], &world));
  co_world_free(world);
}
END_TEST

static const struct refusal {
  const char *model, *allowed;
  co_status status;
  const char *says;
} kRefused[] = {
    {"../outside/robot.xml", NULL, CO_CONFIG, "/outside/robot.xml, outside the folder of the task"},
    {"../outside/robot.xml", "task_2", CO_CONFIG, "CARRYOVER_MODEL_PATH"},
    {"../task_2/robot.xml", NULL, CO_CONFIG, "outside the folder"},
    {"way_out/robot.xml", NULL, CO_CONFIG, "/outside/robot.xml, outside"},
    {"only.xml", NULL, CO_NO_INPUT, "no file \"only.xml\""},
    {"only.xml", "task_2", CO_NO_INPUT, "no file \"only.xml\""},
    {"/etc/passwd", NULL, CO_CONFIG, "is the file /etc/passwd, outside"},
    {"parts", NULL, CO_NO_INPUT, "no file \"parts\""},
    {"", NULL, CO_NO_INPUT, "no file \"\""},
    {"include_out.xml", NULL, CO_CONFIG, "/outside/part.xml, outside"},
    {"include_coded.xml", NULL, CO_CONFIG, "/outside/part.xml, outside"},
    {"include_twice.xml", NULL, CO_CONFIG, "/outside/part.xml, outside"},
    {"mesh_dir.xml", NULL, CO_CONFIG, "/outside/solid.obj, outside"},
    {"mesh_link.xml", NULL, CO_CONFIG, "/outside/solid.obj, outside"},
    {"mesh_up.xml", NULL, CO_CONFIG, "/outside/solid.obj, outside"},
    {"texture.xml", NULL, CO_CONFIG, "the file /etc/passwd, outside"},
    {"field.xml", NULL, CO_CONFIG, "the file /etc/passwd, outside"},
    {"broken.xml", NULL, CO_DATA, "broken.xml"},
    {"lacks.xml", NULL, CO_DATA, "parts/nothing.xml"},
    {"mesh_lacks.xml", NULL, CO_NO_INPUT, "mesh_lacks.xml: mesh \"solid\": no file "},
    {"mesh_lacks.xml", NULL, CO_NO_INPUT, "/task/parts/nothing.obj; put it there"},
};
enum { kNumRefused = sizeof kRefused / sizeof *kRefused };

START_TEST(test_refuses_what_is_outside) {
  const struct refusal *r = &kRefused[_i];
  co_built_world *world = NULL;
  ck_fails(build(r->model, r->allowed, &world), r->status, r->says);
  ck_assert_ptr_null(world);
}
END_TEST

START_TEST(test_too_many_folders) {
  char list[200] = "";
  for (int i = 0; i < 60; i++) strcat(list, "a:");
  setenv("CARRYOVER_MODEL_PATH", list, 1);
  co_built_world *world = NULL;
  ck_fails(build("robot.xml", NULL, &world), CO_CONFIG, "more than 32 folders");
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("model_file");
  TCase *tests = tcase_create("confined");
  tcase_add_checked_fixture(tests, set_up, tear_down);
  tcase_add_loop_test(tests, test_reads_what_is_inside_or_allowed, 0, kNumAllowed);
  tcase_add_loop_test(tests, test_refuses_what_is_outside, 0, kNumRefused);
  tcase_add_test(tests, test_too_many_folders);
  suite_add_tcase(suite, tests);
  return suite;
}
