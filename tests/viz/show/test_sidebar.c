// The sidebar without OpenGL: what is in it, that every button is an action and every switch
// changes the desk, and that shifts and policies chosen there become commands.

#include "tests/viz/panel_fixture.h"
#include "tests/viz/sessions.h"
#include "viz/show/private/sidebar_internal.h"

typedef struct fixture {
  test_worlds worlds;
  co_built_world *world[2];
  co_desk desk;
  co_desk_facts facts;
  co_sidebar_view view;
  co_sidebar *sidebar;
} fixture;

static const char *const cameras[] = {"track", "side"};

static void open_fixture(const char *task, int stages, fixture *out) {
  *out = (fixture){0};
  test_worlds_make(task, NULL, NULL, &out->worlds);
  co_desk_init(stages, true, &out->desk);
  out->facts = (co_desk_facts){.num_policies = 2, .num_cameras = 2};
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
    out->worlds.choice[i] = (co_choice){.stand_in = i ? CO_STAND_IN_SLIDERS : CO_STAND_IN_RANDOM};
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

// A world that changes while a slider is dragged is in the list, too, and the slider's own shift
// in its field.
START_TEST(test_made_follows) {
  fixture f;
  open_fixture("hopper", 2, &f);
  static const char both[] =
      "{ parameter = \"option.gravity\"; scale = 3.0; }, "
      "{ parameter = \"body.mass\"; select = \"torso\"; scale = 10.0; }";
  co_built_world *changed = test_world("hopper", both, NULL);
  ck_ok(co_sidebar_shift(f.sidebar, CO_MASS, "torso", 1));
  f.desk.drag = CO_DRAG_SIDEBAR;
  f.view.world[1] = changed;
  ck_assert(co_sidebar_update(f.sidebar, &f.view));
  ck_assert_str_eq(item(&f, CO_ITEM_MADE)->multi.name[0], "gravity x3");
  ck_assert_str_eq(item(&f, CO_ITEM_MADE)->multi.name[1], "mass torso x10");
  ck_assert_int_eq(f.sidebar->made, 1);
  ck_assert_double_eq(f.sidebar->value, 10);  // the hand's
  close_fixture(&f);
  co_world_free(changed);
}
END_TEST

// ---- lists

enum { MANY = 60 };

typedef struct lists {
  fixture f;
  co_choice choice[MANY];
  co_font font;
  co_paint paint;
  co_box box;  // of the sidebar
} lists;

// One item below another, as MuJoCo has it where there is OpenGL.
static void lay(lists *l, int width, int height) {
  mjUI *ui = &l->f.sidebar->ui;
  int below = 0, line = 30;
  ui->width = 300;
  ui->scroll = 0;
  for (int s = ui->nsect - 1; s >= 0; s--)
    for (int i = ui->sect[s].nitem - 1; i >= 0; i--, below += line)
      ui->sect[s].item[i].rect = (mjrRect){120, below, 140, line - 5};
  ui->height = below;
  l->box = (co_box){0, 0, l->f.sidebar->ui.width, height - 50};
  co_paint_begin(&l->paint, &l->font);
  co_sidebar_paint(l->f.sidebar, &l->paint, width, height);
}

static lists *open_lists(int width, int height) {
  lists *l = calloc(1, sizeof *l);
  ck_assert_ptr_nonnull(l);
  open_fixture("hopper", 2, &l->f);
  for (int i = 0; i < MANY; i++) {
    snprintf(l->choice[i].name, CO_NAME, "frozen_trunk_and_fresh_head, seed %d", i);
    l->choice[i].policy = l->f.worlds.choice[0].policy;
  }
  l->f.facts.num_policies = MANY;
  l->f.view.choice = l->choice;
  co_sidebar_free(l->f.sidebar);
  ck_ok(co_sidebar_create(&l->f.desk, &l->f.view, &l->f.sidebar));
  co_font_plain(14, &l->font);
  lay(l, width, height);
  return l;
}

static void close_lists(lists *l) {
  co_paint_free(&l->paint);
  close_fixture(&l->f);
  free(l);
}

static bool send(lists *l, co_event_kind kind, double x, double y) {
  co_event event = {.kind = kind, .button = CO_BUTTON_LEFT, .x = x, .y = y};
  return co_sidebar_menu_event(l->f.sidebar, &event, l->box);
}

static bool press_key(lists *l, int key) {
  co_event event = {.kind = CO_EVENT_KEY, .key = key};
  return co_sidebar_menu_event(l->f.sidebar, &event, l->box);
}

// As a hand does: scrolls until the field is there, then clicks it.
static void drop_down(lists *l, const mjuiItem *field) {
  co_box place = co_sidebar_place(l->f.sidebar, field, l->box);
  int hidden = l->f.sidebar->ui.height - l->box.h;
  while (place.y + place.h > l->box.h && l->f.sidebar->ui.scroll < hidden) {
    l->f.sidebar->ui.scroll++;
    place = co_sidebar_place(l->f.sidebar, field, l->box);
  }
  ck_assert(send(l, CO_EVENT_PRESS, place.x + 3, place.y + 3));
  ck_assert(send(l, CO_EVENT_RELEASE, place.x + 3, place.y + 3));
}

static void paint_lists(lists *l) {
  co_paint_begin(&l->paint, &l->font);
  co_sidebar_paint(l->f.sidebar, &l->paint, l->f.sidebar->width, l->f.sidebar->height);
  ck_assert(panel_inside(&l->paint));
}

// Every list opens within the window, beside its field, and shows names in full.
START_TEST(test_lists_lie_in_the_window) {
  static const int sizes[][2] = {{1280, 800}, {1920, 1080}, {900, 600}, {640, 480}};
  lists *l = open_lists(sizes[_i][0], sizes[_i][1]);
  const mjUI *ui = &l->f.sidebar->ui;
  int seen = 0;
  for (int s = 0; s < ui->nsect; s++)
    for (int i = 0; i < ui->sect[s].nitem; i++) {
      const mjuiItem *field = &ui->sect[s].item[i];
      if (field->type != mjITEM_SELECT || field->state <= 0) continue;
      drop_down(l, field);
      co_box menu = co_sidebar_menu(l->f.sidebar), window = {0, 0, sizes[_i][0], sizes[_i][1]};
      co_box inside = co_box_cut(menu, window);
      ck_assert_msg(menu.w > 0 && memcmp(&inside, &menu, sizeof menu) == 0, "%s", field->name);
      ck_assert_int_ge(menu.x, l->box.w);
      paint_lists(l);
      const co_menu *open = &l->f.sidebar->menu;
      ck_assert_int_ge(panel_find_text(&l->paint, 0, open->name(open->context, open->marked)), 0);
      ck_assert(press_key(l, 256));  // Esc
      ck_assert_int_eq(co_sidebar_menu(l->f.sidebar).w, 0);
      seen++;
    }
  ck_assert_int_eq(seen, 8);
  ck_assert_int_eq(l->f.desk.num_wishes, 0);
  close_lists(l);
}
END_TEST

// A policy that was dropped is in the list at once, whether it was chosen yet or not.
START_TEST(test_list_grows) {
  lists *l = open_lists(1280, 800);
  l->f.facts.num_policies = 2;
  ck_assert(co_sidebar_update(l->f.sidebar, &l->f.view));
  ck_assert_int_eq(item(&l->f, CO_ITEM_POLICY)->multi.nelem, 2);
  l->f.facts.num_policies = 3;
  ck_assert(co_sidebar_update(l->f.sidebar, &l->f.view));
  ck_assert_int_eq(item(&l->f, CO_ITEM_POLICY)->multi.nelem, 3);
  ck_assert_str_eq(item(&l->f, CO_ITEM_POLICY)->multi.name[2], "frozen.., seed 2");
  ck_assert(!co_sidebar_update(l->f.sidebar, &l->f.view));
  l->f.facts.num_policies = 1;  // of a recording with one policy beside it
  l->f.facts.policy[1] = -1;
  ck_assert(co_sidebar_update(l->f.sidebar, &l->f.view));
  ck_assert_int_eq(item(&l->f, CO_ITEM_POLICY)->state, 1);
  close_lists(l);
}
END_TEST

// More policies than MuJoCo's lists hold; the field keeps the seed.
START_TEST(test_policy_list) {
  lists *l = open_lists(1280, 800);
  ck_assert_str_eq(item(&l->f, CO_ITEM_POLICY)->multi.name[7], "frozen.., seed 7");
  drop_down(l, item(&l->f, CO_ITEM_POLICY));
  paint_lists(l);
  ck_assert_int_ge(panel_find_text(&l->paint, 0, "frozen_trunk_and_fresh_head, seed 0"), 0);
  co_box menu = co_sidebar_menu(l->f.sidebar);
  co_event wheel = {.kind = CO_EVENT_SCROLL, .dy = -1, .x = menu.x + 5, .y = menu.y + 40};
  for (int i = 0; i < MANY; i++) ck_assert(co_sidebar_menu_event(l->f.sidebar, &wheel, l->box));
  ck_assert(send(l, CO_EVENT_PRESS, menu.x + 9, menu.y + menu.h - 10));
  co_command command = only_command(&l->f.desk);
  ck_assert(command.id == CO_CMD_POLICY && command.value == MANY - 1 && command.stage == 1);
  drop_down(l, item(&l->f, CO_ITEM_POLICY));  // by keys
  ck_assert(press_key(l, 264) && press_key(l, 264) && press_key(l, 265) && press_key(l, 257));
  ck_assert_int_eq(only_command(&l->f.desk).value, 1);
  drop_down(l, item(&l->f, CO_ITEM_POLICY));  // a click beside it chooses nothing
  ck_assert(send(l, CO_EVENT_PRESS, 1200, 20));
  ck_assert(co_sidebar_menu(l->f.sidebar).w == 0 && l->f.desk.num_wishes == 0);
  ck_assert(!send(l, CO_EVENT_MOVE, 1200, 20) && !press_key(l, 'D'));  // closed: not its own
  close_lists(l);
}
END_TEST

START_TEST(test_lists_choose) {
  lists *l = open_lists(1280, 800);
  drop_down(l, item(&l->f, CO_ITEM_GROUP));
  ck_assert(press_key(l, 264) && press_key(l, 257));  // body
  drop_down(l, item(&l->f, CO_ITEM_ELEMENT));
  ck_assert(press_key(l, 269) && press_key(l, 257));  // the last one
  const co_knob *knob = co_sidebar_knob(l->f.sidebar);
  ck_assert_str_eq(knob->select, "foot");
  ck_assert(strncmp(co_parameters[knob->parameter].name, "body.", 5) == 0);
  drop_down(l, item(&l->f, CO_ITEM_MADE));
  paint_lists(l);
  ck_assert_int_ge(panel_find_text(&l->paint, 0, "option.gravity x 2"), 0);
  ck_assert(press_key(l, 257));
  ck_assert_int_eq(co_sidebar_knob(l->f.sidebar)->parameter, CO_GRAVITY);
  ck_assert_int_eq(l->f.desk.num_wishes, 0);
  close_lists(l);
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
  tcase_add_test(tcase, test_made_follows);
  tcase_add_loop_test(tcase, test_lists_lie_in_the_window, 0, 4);
  tcase_add_test(tcase, test_list_grows);
  tcase_add_test(tcase, test_policy_list);
  tcase_add_test(tcase, test_lists_choose);
  tcase_add_test(tcase, test_update);
  suite_add_tcase(suite, tcase);
  return suite;
}
