// The sidebar without OpenGL: what is in it, that every button is an action and every switch
// changes the desk, and that shifts and policies chosen there become commands.

#include "tests/viz/sessions.h"
#include "viz/show/private/sidebar_internal.h"

typedef struct fixture {
  test_worlds worlds;
  co_built_world *world[2];
  co_desk desk;
  co_facts facts;
  co_sidebar_view view;
  co_sidebar *sidebar;
} fixture;

static const char *const cameras[] = {"track", "side"};

static void open_fixture(const char *task, int stages, fixture *out) {
  *out = (fixture){0};
  test_worlds_make(task, NULL, NULL, &out->worlds);
  co_desk_init(stages, true, &out->desk);
  out->facts = (co_facts){.num_policies = 2, .num_cameras = 2};
  out->view =
      (co_sidebar_view){.facts = &out->facts, .choice = out->worlds.choice, .camera = cameras};
  for (int i = 0; i < stages; i++)
    out->view.world[i] = out->world[i] =
        test_world(task, i ? "{ parameter = \"option.gravity\"; scale = 2.0; }" : NULL, NULL);
  ck_ok(co_sidebar_create(&out->desk, &out->view, &out->sidebar));
}

static void close_fixture(fixture *f) {
  co_sidebar_free(f->sidebar);
  for (int i = 0; i < 2; i++) co_world_free(f->world[i]);
  test_worlds_free(&f->worlds);
}

static co_command only_command(co_desk *desk) {
  co_wish wish;
  ck_assert_int_eq(desk->num_wishes, 1);
  ck_assert(co_desk_take(desk, &wish));
  ck_assert_int_eq(wish.kind, CO_WISH_COMMAND);
  return wish.command;
}

static mjuiItem *item(fixture *f, int id) {
  return co_sidebar_find(f->sidebar, id);
}

static void set_choice(fixture *f, int id, const char *name) {
  mjuiItem *list = item(f, id);
  for (int i = 0; i < list->multi.nelem; i++) {
    if (strcmp(list->multi.name[i], name) != 0) continue;
    *(int *)list->pdata = i;
    co_sidebar_shifted(f->sidebar, id);
    return;
  }
  ck_abort_msg("no %s in the list", name);
}

// ---- what is in it

START_TEST(test_sections) {
  static const char *const names[] = {"Transport", "View", "Shifts", "Policies", "Window"};
  fixture f;
  open_fixture("hopper", 2, &f);
  const mjUI *ui = co_sidebar_ui(f.sidebar);
  ck_assert_int_eq(ui->nsect, CO_NUM_SECTIONS - 1);  // no sliders
  for (int s = 0; s < ui->nsect; s++) {
    ck_assert_str_eq(ui->sect[s].name, names[s]);
    for (int i = 0; i < ui->sect[s].nitem; i++) {
      const mjuiItem *it = &ui->sect[s].item[i];
      bool is_action = it->userid < CO_NUM_ACTIONS;
      ck_assert_msg((it->type == mjITEM_BUTTON) == is_action, "%s", it->name);
      ck_assert_msg(is_action || it->pdata, "%s is bound to nothing", it->name);
    }
  }
  close_fixture(&f);
}
END_TEST

// Whatever the table calls "sidebar" alone can be done there: as a button, switch or list.
START_TEST(test_mouse_reaches_all) {
  static const co_action_id by_other_items[] = {
      CO_DO_FASTER,   CO_DO_SLOWER,      CO_DO_SIDE,       CO_DO_ARRANGE,  CO_DO_TRACK,
      CO_DO_FREE,     CO_DO_FIXED,       CO_DO_FIXED_BACK, CO_DO_CONTACTS, CO_DO_FORCES,
      CO_DO_FRICTION, CO_DO_LIMITS,      CO_DO_MASS,       CO_DO_VELOCITY, CO_DO_STRIPS,
      CO_DO_MAPPING,  CO_DO_ACTIVATIONS, CO_DO_TIMELINE,   CO_DO_HEAD,     CO_DO_PRESET,
      CO_DO_SCALE};
  fixture f;
  open_fixture("hopper", 2, &f);
  const mjUI *ui = co_sidebar_ui(f.sidebar);
  for (int a = 0; a < CO_NUM_ACTIONS; a++) {
    bool found = strcmp(co_actions[a].mouse, "sidebar") != 0;
    for (size_t i = 0; i < sizeof by_other_items / sizeof *by_other_items; i++)
      found = found || by_other_items[i] == (co_action_id)a;
    for (int s = 0; s < ui->nsect; s++)
      for (int i = 0; i < ui->sect[s].nitem; i++) found = found || ui->sect[s].item[i].userid == a;
    ck_assert_msg(found, "%s: not in the sidebar", co_actions[a].doc);
  }
  close_fixture(&f);
}
END_TEST

START_TEST(test_one_stage) {
  fixture f;
  open_fixture("hopper", 1, &f);
  ck_assert_int_eq(item(&f, CO_ITEM_SIDE)->state, 0);
  ck_assert_int_eq(item(&f, CO_ITEM_POLICY)->state, 1);
  ck_assert_int_eq(item(&f, CO_ITEM_CAMERA)->multi.nelem, 4);
  ck_assert_str_eq(item(&f, CO_ITEM_CAMERA)->multi.name[3], "side");
  close_fixture(&f);
}
END_TEST

// ---- sliders of actions

// Two worlds whose first side chance plays and whose second side is steered.
static void open_sliders(const char *task, fixture *out) {
  static const float shown[CO_SESSION_STAGES][17] = {{0.5f}, {0, 0.25f}};
  open_fixture(task, 2, out);
  co_sidebar_free(out->sidebar);
  for (int i = 0; i < 2; i++) {
    co_policy_free(out->worlds.choice[i].policy);
    out->worlds.choice[i] = (co_choice){"", NULL, i ? CO_STAND_IN_SLIDERS : CO_STAND_IN_RANDOM};
    out->view.action[i] = shown[i];
    out->facts.policy[i] = i;
  }
  out->desk.side = 1;
  ck_ok(co_sidebar_create(&out->desk, &out->view, &out->sidebar));
}

START_TEST(test_sliders) {
  fixture f;
  open_sliders("hopper", &f);
  ck_assert_int_eq(co_sidebar_ui(f.sidebar)->nsect, CO_NUM_SECTIONS);
  ck_assert_str_eq(co_sidebar_ui(f.sidebar)->sect[1].name, "Actions");
  ck_assert_int_eq(co_sidebar_ui(f.sidebar)->sect[1].nitem, 3);
  mjuiItem *thigh = item(&f, CO_ITEM_SLIDER);
  ck_assert_str_eq(thigh->name, "thigh_joint");
  ck_assert_int_eq(thigh->state, 1);
  co_sidebar_update(f.sidebar, &f.view);
  ck_assert_double_eq(*(mjtNum *)item(&f, CO_ITEM_SLIDER + 1)->pdata, 0.25);
  ck_ok(co_sidebar_steer(f.sidebar, "thigh_joint", -0.5));
  co_command command = only_command(&f.desk);  // of the side that is steered, and of no other
  ck_assert(command.id == CO_CMD_ACTION && command.stage == 1 && command.value == 0);
  ck_assert_double_eq(command.number, -0.5);
  f.view.action[1] = (const float[3]){0};  // the session has not followed yet
  co_sidebar_update(f.sidebar, &f.view);
  ck_assert_double_eq(*(mjtNum *)thigh->pdata, -0.5);
  for (int i = 0; i < 10; i++) co_sidebar_update(f.sidebar, &f.view);
  ck_assert_double_eq(*(mjtNum *)thigh->pdata, 0);
  f.desk.side = 0;
  co_sidebar_update(f.sidebar, &f.view);
  ck_assert_int_eq(thigh->state, 0);
  ck_fails(co_sidebar_steer(f.sidebar, "thigh_joint", 0), CO_CONFIG, "do not act here");
  close_fixture(&f);
}
END_TEST

// Both sides that are steered go alike.
START_TEST(test_one_hand_for_both) {
  fixture f;
  open_sliders("humanoid", &f);
  ck_assert_str_eq(item(&f, CO_ITEM_SLIDER + 11)->name, "right_s..lder1");
  f.facts.policy[0] = 1;
  co_sidebar_update(f.sidebar, &f.view);
  ck_fails(co_sidebar_steer(f.sidebar, "wing", 0), CO_CONFIG, "no slider \"wing\"");
  ck_fails(co_sidebar_steer(f.sidebar, "abdomen_z", 2), CO_CONFIG, "must be from");
  ck_assert_int_eq(f.desk.num_wishes, 0);
  ck_ok(co_sidebar_steer(f.sidebar, "abdomen_z", 0.3));
  ck_assert_int_eq(f.desk.num_wishes, 2);
  for (int stage = 0; stage < 2; stage++) {
    co_wish wish;
    ck_assert(co_desk_take(&f.desk, &wish));
    ck_assert(wish.command.id == CO_CMD_ACTION && wish.command.stage == stage);
    ck_assert_double_eq(wish.command.number, 0.3);
  }
  close_fixture(&f);
}
END_TEST

// ---- shifts

START_TEST(test_shift_by_lists) {
  fixture f;
  open_fixture("hopper", 2, &f);
  set_choice(&f, CO_ITEM_GROUP, "body");
  set_choice(&f, CO_ITEM_PARAMETER, "mass");
  set_choice(&f, CO_ITEM_ELEMENT, "torso");
  ck_assert_int_eq(f.desk.num_wishes, 0);  // choosing shifts nothing yet
  const co_knob *knob = co_sidebar_knob(f.sidebar);
  ck_assert_ptr_nonnull(knob);
  ck_assert(knob->parameter == CO_MASS && strcmp(knob->select, "torso") == 0);
  f.sidebar->place = 1;
  co_sidebar_shifted(f.sidebar, CO_ITEM_VALUE);
  ck_assert_int_eq(f.desk.num_wishes, 0);
  co_sidebar_tick(f.sidebar, 100);
  co_command command = only_command(&f.desk);
  ck_assert(command.id == CO_CMD_SHIFT && command.stage == 1);
  ck_assert_str_eq(command.shift.parameter, "body.mass");
  ck_assert_double_eq(command.shift.value[0], 10);
  ck_assert(strstr(item(&f, CO_ITEM_VALUE)->name, "x 10"));
  close_fixture(&f);
}
END_TEST

// While the slider is dragged, one shift in a while; when it is let go, the last one.
START_TEST(test_dragged_slider) {
  fixture f;
  open_fixture("hopper", 2, &f);
  ck_ok(co_sidebar_shift(f.sidebar, CO_FRICTION, "floor", 0.9));
  f.desk.drag = CO_DRAG_SIDEBAR;
  co_sidebar_tick(f.sidebar, 10);
  only_command(&f.desk);
  for (int i = 1; i < 8; i++) {
    f.sidebar->place = 0.1 * i;
    co_sidebar_shifted(f.sidebar, CO_ITEM_VALUE);
    co_sidebar_tick(f.sidebar, 10 + 0.01 * i);
    ck_assert_int_eq(f.desk.num_wishes, 0);
  }
  f.desk.drag = CO_DRAG_NONE;
  co_sidebar_tick(f.sidebar, 10.075);
  co_command command = only_command(&f.desk);
  ck_assert_double_eq(command.shift.value[0], co_knob_value(co_sidebar_knob(f.sidebar), 0.7));
  co_sidebar_tick(f.sidebar, 20);
  ck_assert_int_eq(f.desk.num_wishes, 0);
  close_fixture(&f);
}
END_TEST

START_TEST(test_switch) {
  fixture f;
  open_fixture("hopper", 2, &f);
  ck_ok(co_sidebar_shift(f.sidebar, CO_MASS, "torso", 1));
  co_sidebar_tick(f.sidebar, 1);
  only_command(&f.desk);
  f.sidebar->on = 0;
  co_sidebar_shifted(f.sidebar, CO_ITEM_ON);
  ck_assert_double_eq(only_command(&f.desk).shift.value[0], 1);
  f.sidebar->on = 1;
  co_sidebar_shifted(f.sidebar, CO_ITEM_ON);
  ck_assert_double_eq(only_command(&f.desk).shift.value[0], 10);
  close_fixture(&f);
}
END_TEST

START_TEST(test_pattern) {
  fixture f;
  open_fixture("hopper", 2, &f);
  set_choice(&f, CO_ITEM_GROUP, "body");
  snprintf(f.sidebar->pattern, sizeof f.sidebar->pattern, "t*");
  co_sidebar_shifted(f.sidebar, CO_ITEM_PATTERN);
  ck_assert_str_eq(co_sidebar_knob(f.sidebar)->select, "t*");
  snprintf(f.sidebar->pattern, sizeof f.sidebar->pattern, "wing");
  co_sidebar_shifted(f.sidebar, CO_ITEM_PATTERN);
  ck_assert_ptr_null(co_sidebar_knob(f.sidebar));
  ck_assert_str_eq(item(&f, CO_ITEM_VALUE)->name, "nothing matches");
  co_sidebar_shifted(f.sidebar, CO_ITEM_VALUE);  // and no slider
  co_sidebar_tick(f.sidebar, 1);
  ck_assert_int_eq(f.desk.num_wishes, 0);
  close_fixture(&f);
}
END_TEST

// Every parameter of every group can be chosen, for each kind of model, and shows something.
START_TEST(test_all_lists) {
  static const char *const tasks[] = {"hopper", "pendulum", "quadruped_flat", "ant_maze"};
  fixture f;
  open_fixture(tasks[_i], 2, &f);
  int seen = 0;
  for (int g = 0; g < item(&f, CO_ITEM_GROUP)->multi.nelem; g++) {
    f.sidebar->group = g;
    co_sidebar_shifted(f.sidebar, CO_ITEM_GROUP);
    for (int p = 0; p < f.sidebar->num_listed; p++) {
      f.sidebar->parameter = p;
      co_sidebar_shifted(f.sidebar, CO_ITEM_PARAMETER);
      ck_assert_ptr_nonnull(co_sidebar_knob(f.sidebar));
      for (int e = 0; e < item(&f, CO_ITEM_ELEMENT)->multi.nelem; e++) {
        f.sidebar->element = e;
        co_sidebar_shifted(f.sidebar, CO_ITEM_ELEMENT);
        ck_assert_ptr_nonnull(co_sidebar_knob(f.sidebar));
      }
      seen++;
    }
  }
  int available = 0;
  for (int i = 0; i < CO_NUM_PARAMETERS; i++)
    available += co_knob_available(f.world[1], (co_parameter_id)i);
  ck_assert_int_eq(seen, available);
  close_fixture(&f);
}
END_TEST

START_TEST(test_made) {
  fixture f;
  open_fixture("hopper", 2, &f);
  ck_assert_int_eq(item(&f, CO_ITEM_MADE)->multi.nelem, 1);
  ck_assert_str_eq(item(&f, CO_ITEM_MADE)->multi.name[0], "gravity x2");
  set_choice(&f, CO_ITEM_GROUP, "joint");
  co_sidebar_shifted(f.sidebar, CO_ITEM_MADE);
  ck_assert_int_eq(co_sidebar_knob(f.sidebar)->parameter, CO_GRAVITY);
  ck_assert_double_eq(f.sidebar->value, 2);
  ck_assert_int_eq(f.sidebar->on, 1);
  close_fixture(&f);
}
END_TEST

// ---- what changes outside

START_TEST(test_update) {
  fixture f;
  open_fixture("hopper", 2, &f);
  ck_assert(!co_sidebar_update(f.sidebar, &f.view));
  f.facts.speed = 3;
  ck_assert(co_sidebar_update(f.sidebar, &f.view));
  ck_assert_int_eq(f.sidebar->speed, 3);
  f.facts.policy[1] = 1;
  ck_assert(co_sidebar_update(f.sidebar, &f.view));
  ck_assert_int_eq(f.sidebar->policy, 1);
  f.desk.open[CO_PANEL_MAPPING] = 1;
  ck_assert(co_sidebar_update(f.sidebar, &f.view));
  f.desk.side = 0;
  ck_assert(co_sidebar_update(f.sidebar, &f.view));
  ck_assert_str_eq(item(&f, CO_ITEM_MADE)->multi.name[0], "no shifts");
  ck_assert(!co_sidebar_update(f.sidebar, &f.view));
  close_fixture(&f);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("viz/sidebar");
  TCase *tcase = tcase_create("sidebar");
  tcase_set_timeout(tcase, 120);
  tcase_add_test(tcase, test_sections);
  tcase_add_test(tcase, test_mouse_reaches_all);
  tcase_add_test(tcase, test_one_stage);
  tcase_add_test(tcase, test_sliders);
  tcase_add_test(tcase, test_one_hand_for_both);
  tcase_add_test(tcase, test_shift_by_lists);
  tcase_add_test(tcase, test_dragged_slider);
  tcase_add_test(tcase, test_switch);
  tcase_add_test(tcase, test_pattern);
  tcase_add_loop_test(tcase, test_all_lists, 0, 4);
  tcase_add_test(tcase, test_made);
  tcase_add_test(tcase, test_update);
  suite_add_tcase(suite, tcase);
  return suite;
}
