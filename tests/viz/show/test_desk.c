// What keys and the mouse mean: every action of the table does something, each key event is a
// command, a change of the view or a wish.

#include "tests/support/support.h"
#include "viz/show/private/desk.h"

#include <string.h>

static co_desk_facts facts(void) {
  return (co_desk_facts){.step = 40,
                         .first = 10,
                         .last = 60,
                         .episode = 3,
                         .speed = -1,
                         .policy = {0, 2},
                         .num_policies = 3,
                         .num_cameras = 2};
}

static co_desk two_sides(void) {
  co_desk desk;
  co_desk_init(2, true, &desk);
  return desk;
}

static co_wish only_wish(co_desk *desk) {
  co_wish wish;
  ck_assert_int_eq(desk->num_wishes, 1);
  ck_assert(co_desk_take(desk, &wish));
  ck_assert(!co_desk_take(desk, &wish) && desk->num_wishes == 0);
  return wish;
}

static co_command only_command(co_desk *desk) {
  co_wish wish = only_wish(desk);
  ck_assert_int_eq(wish.kind, CO_WISH_COMMAND);
  return wish.command;
}

// ---- actions

// Each but scrolling, which belongs to the panel under the mouse.
START_TEST(test_every_action_does_something) {
  co_desk_facts now = facts();
  for (int i = 0; i < CO_NUM_ACTIONS; i++) {
    if (i == CO_DO_SCROLL_DOWN || i == CO_DO_SCROLL_UP) continue;
    co_desk desk = two_sides(), before = desk;
    co_desk_do(&desk, (co_action_id)i, &now);
    ck_assert_msg(memcmp(&desk, &before, sizeof desk) != 0, "%s", co_actions[i].doc);
  }
}
END_TEST

static const struct {
  co_action_id action;
  co_command_id command;
  int64_t value;
} commands[] = {
    {CO_DO_TOGGLE, CO_CMD_TOGGLE, 0},
    {CO_DO_FORWARD, CO_CMD_FORWARD, 1},
    {CO_DO_BACK, CO_CMD_BACK, 1},
    {CO_DO_FORWARD_FAR, CO_CMD_FORWARD, 25},
    {CO_DO_BACK_FAR, CO_CMD_BACK, 25},
    {CO_DO_FIRST, CO_CMD_SEEK, 10},
    {CO_DO_LAST, CO_CMD_SEEK, 60},
    {CO_DO_FASTER, CO_CMD_SPEED, 0},
    {CO_DO_SLOWER, CO_CMD_SPEED, -2},
    {CO_DO_TRUE_SPEED, CO_CMD_SPEED, 0},
    {CO_DO_PARTING, CO_CMD_PARTING, 0},
    {CO_DO_RESET, CO_CMD_RESET, 0},
    {CO_DO_NEXT_EPISODE, CO_CMD_EPISODE, 4},
    {CO_DO_PREVIOUS_EPISODE, CO_CMD_EPISODE, 2},
    {CO_DO_FAILURE, CO_CMD_FAILURE, 0},
    {CO_DO_NEXT_POLICY, CO_CMD_POLICY, 0},
    {CO_DO_PREVIOUS_POLICY, CO_CMD_POLICY, 1},
    {CO_DO_NEXT_POLICY_ANEW, CO_CMD_POLICY_ANEW, 0},
    {CO_DO_PREVIOUS_POLICY_ANEW, CO_CMD_POLICY_ANEW, 1},
    {CO_DO_UNSHIFT, CO_CMD_UNSHIFT, 0},
};
enum { NUM_COMMANDS = sizeof commands / sizeof *commands };

START_TEST(test_commands) {
  co_desk desk = two_sides();
  co_desk_facts now = facts();
  co_desk_do(&desk, commands[_i].action, &now);
  co_command command = only_command(&desk);
  ck_assert_int_eq(command.id, commands[_i].command);
  ck_assert_int_eq(command.value, commands[_i].value);
  ck_assert_int_eq(command.stage, 1);  // the target is the side to begin with
}
END_TEST

START_TEST(test_first_episode_has_none_before) {
  co_desk desk = two_sides();
  co_desk_facts now = facts();
  now.episode = 0;
  co_desk_do(&desk, CO_DO_PREVIOUS_EPISODE, &now);
  ck_assert_int_eq(desk.num_wishes, 0);
}
END_TEST

START_TEST(test_one_stage_stays_alone) {
  co_desk desk;
  co_desk_facts now = facts();
  co_desk_init(1, false, &desk);
  ck_assert(desk.full && desk.arrange == CO_ARRANGE_ONE && desk.side == 0);
  co_desk_do(&desk, CO_DO_ARRANGE, &now);
  co_desk_do(&desk, CO_DO_SIDE, &now);
  ck_assert(desk.arrange == CO_ARRANGE_ONE && desk.side == 0);
  ck_assert_int_eq(co_desk_scenes(&desk), 1);
}
END_TEST

START_TEST(test_arrangements) {
  co_desk desk = two_sides();
  co_desk_facts now = facts();
  ck_assert_int_eq(co_desk_scenes(&desk), 2);
  ck_assert_int_eq(co_desk_stage(&desk, 1), 1);
  co_desk_do(&desk, CO_DO_ARRANGE, &now);
  ck_assert(desk.arrange == CO_ARRANGE_GHOST && co_desk_scenes(&desk) == 1);
  ck_assert_int_eq(co_desk_stage(&desk, 0), 1);
  co_desk_do(&desk, CO_DO_SIDE, &now);
  ck_assert_int_eq(co_desk_stage(&desk, 0), 1);  // the ghost is the source's in any case
  co_desk_do(&desk, CO_DO_ARRANGE, &now);
  ck_assert_int_eq(co_desk_stage(&desk, 0), 0);
}
END_TEST

// ---- keys

static void key(co_desk *desk, int code, bool shift, bool control) {
  co_desk_facts now = facts();
  co_event event = {.kind = CO_EVENT_KEY, .key = code, .shift = shift, .control = control};
  co_desk_on_key(desk, &event, &now);
}

START_TEST(test_keys) {
  co_desk desk = two_sides();
  key(&desk, ' ', false, false);
  ck_assert_int_eq(only_command(&desk).id, CO_CMD_TOGGLE);
  key(&desk, 262, false, false);
  ck_assert_int_eq(only_command(&desk).id, CO_CMD_FORWARD);
  key(&desk, 262, true, false);
  ck_assert_int_eq(only_command(&desk).value, CO_SESSION_STRIDE);
  key(&desk, 'C', false, false);
  ck_assert(desk.overlay[CO_OVERLAY_CONTACTS_INDEX] && desk.num_wishes == 0);
  ck_assert_uint_eq(co_desk_overlays(&desk), 1u << CO_OVERLAY_CONTACTS_INDEX);
  key(&desk, 'C', false, true);
  ck_assert_int_eq(only_wish(&desk).kind, CO_WISH_COPY);
  key(&desk, '2', false, false);
  co_wish wish = only_wish(&desk);
  ck_assert(wish.kind == CO_WISH_CAMERA && wish.mode == CO_CAMERA_FIXED && wish.index == 1);
  key(&desk, '3', false, false);  // the model has two
  ck_assert_int_eq(desk.num_wishes, 0);
  for (int code = 0; code < 400; code++) key(&desk, code, false, false);  // none is a trap
}
END_TEST

START_TEST(test_help_has_keys_of_its_own) {
  co_desk desk = two_sides();
  key(&desk, 290, false, false);
  ck_assert(desk.help);
  key(&desk, 264, false, false);
  key(&desk, 264, false, false);
  key(&desk, 265, false, false);
  ck_assert_int_eq(desk.help_scroll, 1);
  key(&desk, 256, false, false);
  ck_assert(!desk.help && desk.num_wishes == 0);
}
END_TEST

START_TEST(test_a_push_ends_with_its_key) {
  co_desk desk = two_sides();
  key(&desk, 262, false, true);
  co_wish wish = only_wish(&desk);
  ck_assert(wish.kind == CO_WISH_NUDGE && wish.dx > 0);
  co_desk_facts now = facts();
  co_event up = {.kind = CO_EVENT_KEY_UP, .key = 'A'};
  co_desk_on_key(&desk, &up, &now);
  ck_assert_int_eq(desk.num_wishes, 0);
  up.key = 262;
  co_desk_on_key(&desk, &up, &now);
  ck_assert_int_eq(only_wish(&desk).kind, CO_WISH_DROP);
}
END_TEST

// ---- text

static const struct {
  co_action_id action;
  double scale;  // of the screen
  int text;      // [%] afterwards
} sizes[] = {
    {CO_DO_TEXT_LARGER, 1, 150}, {CO_DO_TEXT_LARGER, 1, 200}, {CO_DO_TEXT_USUAL, 1, 100},
    {CO_DO_TEXT_SMALLER, 1, 50}, {CO_DO_TEXT_SMALLER, 1, 50}, {CO_DO_TEXT_USUAL, 2, 100},
    {CO_DO_TEXT_LARGER, 2, 150}, {CO_DO_TEXT_LARGER, 2, 150}, {CO_DO_TEXT_SMALLER, 2, 100},
    {CO_DO_TEXT_SMALLER, 2, 50}, {CO_DO_TEXT_SMALLER, 2, 50},
};

// No further than there are fonts: keys that do nothing would have to be taken back one by one.
START_TEST(test_text_has_sizes) {
  co_desk desk = two_sides();
  co_desk_facts now = facts();
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    now.screen_scale = sizes[i].scale;
    co_desk_do(&desk, sizes[i].action, &now);
    ck_assert_int_eq(desk.text, sizes[i].text);
    ck_assert_int_eq(only_wish(&desk).kind, CO_WISH_TEXT);
  }
}
END_TEST

START_TEST(test_full_screen_is_a_wish) {
  co_desk desk = two_sides();
  key(&desk, 300, false, false);
  ck_assert_int_eq(only_wish(&desk).kind, CO_WISH_FULL);
}
END_TEST

// ---- the mouse

static co_layout layout_of(const co_desk *desk) {
  co_layout layout;
  co_desk_layout(desk, 1280, 800, 16, 200, &layout);
  return layout;
}

static bool mouse(co_desk *desk, co_event_kind kind, co_button button, int scene, double dx) {
  co_layout layout = layout_of(desk);
  co_box box = layout.scene[scene];
  co_event event = {.kind = kind, .button = button, .x = box.x + 9, .y = box.y + 9, .dx = dx};
  return co_desk_on_scene(desk, &event, &layout);
}

static const struct {
  co_button button;
  co_wish_kind kind;
} drags[] = {{CO_BUTTON_LEFT, CO_WISH_ORBIT},
             {CO_BUTTON_RIGHT, CO_WISH_SLIDE},
             {CO_BUTTON_MIDDLE, CO_WISH_SLIDE}};

START_TEST(test_drags_move_cameras) {
  co_desk desk = two_sides();
  ck_assert(!mouse(&desk, CO_EVENT_MOVE, CO_BUTTON_NONE, 0, 5));
  ck_assert(mouse(&desk, CO_EVENT_PRESS, drags[_i].button, 0, 0));
  ck_assert_int_eq(desk.side, 0);  // a click chooses the side
  ck_assert_int_eq(desk.num_wishes, 0);
  ck_assert(mouse(&desk, CO_EVENT_MOVE, CO_BUTTON_NONE, 0, 40));
  co_wish wish = only_wish(&desk);
  ck_assert_int_eq(wish.kind, drags[_i].kind);
  ck_assert_double_eq_tol(wish.dx, 40.0 / layout_of(&desk).scene[0].h, 1e-12);
  ck_assert(!mouse(&desk, CO_EVENT_RELEASE, CO_BUTTON_NONE, 0, 0));
  ck_assert(mouse(&desk, CO_EVENT_RELEASE, drags[_i].button, 0, 0));
  ck_assert_int_eq(desk.drag, CO_DRAG_NONE);
}
END_TEST

START_TEST(test_control_drag_pushes) {
  co_desk desk = two_sides();
  co_layout layout = layout_of(&desk);
  co_box box = layout.scene[1];
  co_event event = {.kind = CO_EVENT_PRESS, .button = CO_BUTTON_RIGHT, .control = true};
  event.x = box.x + 30, event.y = box.y + 20;
  ck_assert(co_desk_on_scene(&desk, &event, &layout));
  co_wish wish = only_wish(&desk);
  ck_assert(wish.kind == CO_WISH_GRAB && wish.turn && wish.index == 1);
  ck_assert(wish.x == box.x + 30 && wish.y == box.y + 20);
  event.kind = CO_EVENT_MOVE, event.dy = 10;
  ck_assert(co_desk_on_scene(&desk, &event, &layout));
  ck_assert_int_eq(only_wish(&desk).kind, CO_WISH_PULL);
  event.kind = CO_EVENT_LEAVE;  // another window came to the front
  co_desk_on_scene(&desk, &event, &layout);
  ck_assert_int_eq(only_wish(&desk).kind, CO_WISH_DROP);
  ck_assert_int_eq(desk.drag, CO_DRAG_NONE);
}
END_TEST

START_TEST(test_double_click_selects) {
  co_desk desk = two_sides();
  co_layout layout = layout_of(&desk);
  co_event event = {.kind = CO_EVENT_PRESS, .button = CO_BUTTON_LEFT, .twice = true};
  event.x = layout.scene[0].x + 1, event.y = layout.scene[0].y + 1;
  ck_assert(co_desk_on_scene(&desk, &event, &layout));
  ck_assert_int_eq(only_wish(&desk).kind, CO_WISH_SELECT);
}
END_TEST

START_TEST(test_wheel_zooms) {
  co_desk desk = two_sides();
  co_layout layout = layout_of(&desk);
  co_event event = {.kind = CO_EVENT_SCROLL, .dy = 2};
  event.x = layout.scene[0].x + 1, event.y = layout.scene[0].y + 1;
  ck_assert(co_desk_on_scene(&desk, &event, &layout));
  co_wish wish = only_wish(&desk);
  ck_assert(wish.kind == CO_WISH_ZOOM && wish.dy == 2);
  event.x = layout.timeline.x + 1, event.y = layout.timeline.y + 1;
  ck_assert(!co_desk_on_scene(&desk, &event, &layout));
}
END_TEST

START_TEST(test_wishes_do_not_pile_up) {
  co_desk desk = two_sides();
  for (int i = 0; i < 10 * CO_MOST_WISHES; i++) key(&desk, ' ', false, false);
  ck_assert_int_eq(desk.num_wishes, CO_MOST_WISHES);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("viz/desk");
  TCase *tcase = tcase_create("desk");
  tcase_add_test(tcase, test_every_action_does_something);
  tcase_add_loop_test(tcase, test_commands, 0, NUM_COMMANDS);
  tcase_add_test(tcase, test_first_episode_has_none_before);
  tcase_add_test(tcase, test_one_stage_stays_alone);
  tcase_add_test(tcase, test_arrangements);
  tcase_add_test(tcase, test_keys);
  tcase_add_test(tcase, test_help_has_keys_of_its_own);
  tcase_add_test(tcase, test_a_push_ends_with_its_key);
  tcase_add_test(tcase, test_text_has_sizes);
  tcase_add_test(tcase, test_full_screen_is_a_wish);
  tcase_add_loop_test(tcase, test_drags_move_cameras, 0, 3);
  tcase_add_test(tcase, test_control_drag_pushes);
  tcase_add_test(tcase, test_double_click_selects);
  tcase_add_test(tcase, test_wheel_zooms);
  tcase_add_test(tcase, test_wishes_do_not_pile_up);
  suite_add_tcase(suite, tcase);
  return suite;
}
