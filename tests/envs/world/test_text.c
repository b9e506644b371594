// A task that is text, as a policy holds it: the same world as that of its file, wherever it lies.

#include "envs/world/shelf.h"
#include "tests/envs/worlds.h"

#include <unistd.h>

static char root[1024];

#define BODY(mass)                                                                           \
  "<mujoco><worldbody><body><joint name='hinge' axis='0 1 0'/><geom size='.1' pos='0 0 -1' " \
  "mass='" mass                                                                              \
  "'/></body></worldbody><actuator><motor name='hinge' joint='hinge' ctrlrange='"            \
  "-1 1' ctrllimited='true'/></actuator></mujoco>"
#define TASK(model)                                                              \
  "task = { format = 1; model = \"" model                                        \
  "\"; substeps = 2; horizon = 10;\n"                                            \
  "observation = ( { term = \"qpos\"; } ); action = ( { term = \"ctrl\"; } );\n" \
  "reward = ( { term = \"alive\"; } ); };\n"

static void put(const char *relative, const char *text) {
  char path[2048];
  snprintf(path, sizeof path, "%s/%s", root, relative);
  char *folder = co_path_dir(path);
  ck_ok(co_dir_create(folder));
  ck_ok(co_file_write(path, text, strlen(text)));
  free(folder);
}

// A task with its model, a folder with nothing, and two with models of the same name.
static void set_up(void) {
  const char *build = getenv("CARRYOVER_BUILD_DIR");
  snprintf(root, sizeof root, "%s/scratch/world_text", build ? build : ".");
  ck_ok(co_dir_remove(root));
  put("task/task.cfg", TASK("robot.xml"));
  put("task/robot.xml", BODY("1"));
  put("task/below.cfg", TASK("parts/robot.xml"));
  put("task/parts/robot.xml", BODY("1"));
  put("empty/nothing.txt", "");
  put("beside/robot.xml", BODY("1"));
  put("here/robot.xml", BODY("2"));
  put("here/other.xml", BODY("3"));
  put("here/reaches.xml", "<mujoco><include file='../beside/robot.xml'/></mujoco>");
}

static void tear_down(void) {
  ck_ok(co_dir_remove(root));
}

static co_built_world *from_file(const char *relative) {
  char path[2048];
  snprintf(path, sizeof path, "%s/%s", root, relative);
  return test_world(path, NULL, NULL);
}

// The task's text where it lies in `folder`; "here" is the current folder.
static co_status from_text(const co_env_info *info, const char *folder, const char *model,
                           co_built_world **out) {
  char place[2048], file[2048], here[2048], before[2048];
  snprintf(place, sizeof place, "%s/%s", root, folder);
  snprintf(file, sizeof file, "%s/%s", root, model ? model : "");
  snprintf(here, sizeof here, "%s/here", root);
  const co_world world = {.task = info->task,
                          .held = {info->task_text, place, model ? file : NULL}};
  ck_assert_ptr_nonnull(getcwd(before, sizeof before));
  ck_assert_int_eq(chdir(here), 0);
  *out = NULL;
  co_status status = co_world_build(&world, out);
  ck_assert_int_eq(chdir(before), 0);
  return status;
}

START_TEST(every_task_is_the_same_from_its_text) {
  co_built_world *file = test_world(test_tasks[_i], NULL, NULL), *text;
  const co_world world = {.task = test_tasks[_i], .held = {.text = file->info.task_text}};
  ck_ok(co_world_build(&world, &text));
  ck_assert_str_eq(text->info.task, file->info.task);
  ck_assert_uint_eq(text->info.task_hash, file->info.task_hash);
  ck_assert_uint_eq(text->info.model_hash, file->info.model_hash);
  ck_assert_str_eq(text->info.task_text, file->info.task_text);
  co_world_free(text);
  co_world_free(file);
}
END_TEST

// An edit is in the text, and a text can be edited again.
START_TEST(edits_are_in_the_text) {
  co_built_world *edited = test_world("hopper", NULL, "substeps=2"), *text, *twice;
  const char *set = "substeps=3";
  co_world world = {.task = "hopper", .held = {.text = edited->info.task_text}};
  ck_ok(co_world_build(&world, &text));
  ck_assert_int_eq(text->info.substeps, 2);
  world.set = &set;
  world.num_set = 1;
  ck_ok(co_world_build(&world, &twice));
  ck_assert_int_eq(twice->info.substeps, 3);
  const char *kept[1];
  co_world nominal = co_world_elsewhere(&world, NULL, kept);
  ck_assert_ptr_eq(nominal.held.text, world.held.text);
  co_world_free(twice);
  co_world_free(text);
  co_world_free(edited);
}
END_TEST

// on a shelf a text is not the file of its name
START_TEST(a_text_has_its_own_place_on_the_shelf) {
  co_built_world *edited = test_world("pendulum", NULL, "substeps=2");
  const co_world file = {.task = "pendulum"};
  const co_world text = {.task = "pendulum", .held = {.text = edited->info.task_text}};
  co_world_shelf *shelf;
  co_shared_world *a, *b, *c;
  ck_ok(co_world_shelf_create(&shelf));
  ck_ok(co_world_shelf_take(shelf, &file, &a));
  ck_ok(co_world_shelf_take(shelf, &text, &b));
  ck_ok(co_world_shelf_take(shelf, &text, &c));
  ck_assert_int_eq(co_world_shelf_builds(shelf), 2);
  ck_assert_int_eq(co_shared_world_get(b)->info.substeps, 2);
  co_shared_world_drop(a);
  co_shared_world_drop(b);
  co_shared_world_drop(c);
  co_world_shelf_free(shelf);
  co_world_free(edited);
}
END_TEST

// where the text lies, the model that is named by hand, and which model is found
static const struct {
  const char *task, *folder, *model;
  bool same;  // as the one that the task was written for
} found[] = {
    {"task/task.cfg", "task", NULL, true},                 // where it was
    {"task/task.cfg", "beside", NULL, true},               // next to the policy
    {"task/task.cfg", "empty", NULL, false},               // in the current folder
    {"task/below.cfg", "task", NULL, true},                // in the folder that it names
    {"task/below.cfg", "beside", NULL, true},              // without that folder
    {"task/task.cfg", "beside", "here/other.xml", false},  // by hand
};

START_TEST(the_model_is_found) {
  co_built_world *file = from_file(found[_i].task), *text;
  ck_ok(from_text(&file->info, found[_i].folder, found[_i].model, &text));
  ck_assert_uint_eq(text->info.task_hash, file->info.task_hash);
  bool same = text->info.model_hash == file->info.model_hash;
  ck_assert_int_eq(same, found[_i].same);
  co_world_free(text);
  co_world_free(file);
}
END_TEST

START_TEST(a_model_that_is_nowhere_is_named) {
  co_built_world *file = from_file("task/task.cfg"), *text;
  put("task/task.cfg", TASK("nowhere.xml"));
  char *gone = test_replace(file->info.task_text, "robot.xml", "nowhere.xml");
  co_env_info info = file->info;
  info.task_text = gone;
  ck_fails(from_text(&info, "empty", NULL, &text), CO_NO_INPUT,
           "no model \"nowhere.xml\" next to the policy, in envs/models, in the folders of "
           "CARRYOVER_MODEL_PATH or in this folder");
  ck_fails(from_text(&info, "empty", "here/no.xml", &text), CO_NO_INPUT, "--model: no file");
  ck_fails(from_text(&info, "empty", "here/reaches.xml", &text), CO_CONFIG, "outside the folder");
  free(gone);
  co_world_free(file);
}
END_TEST

// no folder of one machine in the text: a model that is named by its whole path
START_TEST(the_text_names_no_folder) {
  char path[2048], edit[2100];
  snprintf(path, sizeof path, "%s/task/task.cfg", root);
  snprintf(edit, sizeof edit, "model=\"%s/task/robot.xml\"", root);
  co_built_world *file = from_file("task/task.cfg"), *whole = test_world(path, NULL, edit);
  ck_assert_str_eq(whole->info.task_text, file->info.task_text);
  ck_assert_ptr_null(strstr(whole->info.task_text, root));
  co_world_free(whole);
  co_world_free(file);
}
END_TEST

START_TEST(a_domain_has_a_text) {
  co_built_world *plain = test_world("hopper", NULL, NULL);
  co_built_world *heavy =
      test_world("hopper", "{ parameter = \"body.mass\"; select = \"torso\"; scale = 2.0; }", NULL);
  ck_assert_ptr_null(plain->info.domain_text);
  ck_assert_ptr_nonnull(strstr(heavy->info.domain_text, "\"torso\""));
  ck_assert_str_eq(heavy->info.task_text, plain->info.task_text);
  co_world_free(heavy);
  co_world_free(plain);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("text");
  TCase *same = tcase_create("same");
  tcase_add_loop_test(same, every_task_is_the_same_from_its_text, 0, TEST_TASKS);
  tcase_add_test(same, edits_are_in_the_text);
  tcase_add_test(same, a_domain_has_a_text);
  tcase_add_test(same, a_text_has_its_own_place_on_the_shelf);
  suite_add_tcase(suite, same);
  TCase *model = tcase_create("model");
  tcase_add_checked_fixture(model, set_up, tear_down);
  tcase_add_loop_test(model, the_model_is_found, 0, sizeof found / sizeof *found);
  tcase_add_test(model, a_model_that_is_nowhere_is_named);
  tcase_add_test(model, the_text_names_no_folder);
  suite_add_tcase(suite, model);
  return suite;
}
