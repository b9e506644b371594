// What stands beside the scenes, filled from a session without OpenGL: tracks that follow it, texts
// that are painted, and what a click or a drag there asks for.

#include "tests/viz/panel_fixture.h"
#include "tests/viz/sessions.h"
#include "viz/show/private/board.h"

typedef struct fixture {
  test_worlds worlds;
  co_session *session;
  co_snapshot snapshot;
  co_board board;
  co_desk desk;
  co_layout layout;
  co_font font;
  co_paint paint;
  co_board_view view;
} fixture;

static const char kHeavy[] = "{ parameter = \"body.mass\"; select = \"torso\"; scale = 3.0; }";

static void take(fixture *f) {
  ck_ok(co_snapshot_take(&f->snapshot, f->session, CO_BOARD_SERIES));
  ck_ok(co_board_update(&f->board, &f->snapshot));
}

static void paint(fixture *f) {
  co_paint_begin(&f->paint, &f->font);
  co_desk_layout(&f->desk, 1280, 800, co_paint_row(&f->paint), 200, &f->layout);
  co_board_paint(&f->board, &f->paint, &f->view);
  ck_ok(co_paint_status(&f->paint));
}

static void open_fixture(const char *second, fixture *f) {
  memset(f, 0, sizeof *f);
  test_worlds_make("hopper", NULL, second, &f->worlds);
  f->session = test_session(&f->worlds);
  co_desk_init(second ? 2 : 1, true, &f->desk);
  for (int p = 0; p < CO_NUM_PANELS; p++) f->desk.open[p] = 1;
  co_font_plain(14, &f->font);
  f->view = (co_board_view){.snapshot = &f->snapshot,
                            .desk = &f->desk,
                            .layout = &f->layout,
                            .choice = f->worlds.choice,
                            .world_name = {"source: hopper", "target: hopper"}};
  take(f);
  paint(f);
}

static void close_fixture(fixture *f) {
  co_board_free(&f->board);
  co_snapshot_free(&f->snapshot);
  co_paint_free(&f->paint);
  co_session_free(f->session);
  test_worlds_free(&f->worlds);
}

static bool shows(const fixture *f, const char *text) {
  for (int i = 0; i < f->paint.num_ops; i++) {
    const co_paint_op *op = &f->paint.op[i];
    if (op->kind == CO_PAINT_TEXT && op->count >= (int)strlen(text) &&
        memmem(f->paint.text + op->first, (size_t)op->count, text, strlen(text)))
      return true;
  }
  return false;
}

static bool click(fixture *f, co_event_kind kind, double x, double y) {
  co_event event = {.kind = kind, .button = CO_BUTTON_LEFT, .x = x, .y = y};
  return co_board_event(&f->board, &f->desk, &event, co_paint_row(&f->paint), &f->view);
}

static int64_t sought(fixture *f) {
  co_wish wish;
  ck_assert(co_desk_take(&f->desk, &wish));
  ck_assert(wish.kind == CO_WISH_COMMAND && wish.command.id == CO_CMD_SEEK);
  return wish.command.value;
}

// ---- following

START_TEST(test_tracks_follow) {
  fixture f;
  open_fixture(kHeavy, &f);
  test_walk(f.session, 12);
  take(&f);
  for (int i = 0; i < 2; i++) {
    ck_assert_int_eq(co_track_last(&f.board.track[i]), 12);
    const co_instant *now = test_now(f.session, i);
    ck_assert_float_eq(co_track_row(&f.board.track[i], 12)[f.board.track[i].reward], now->reward);
  }
  test_do(f.session, CO_CMD_SEEK, 4);  // what was seen stays
  take(&f);
  ck_assert_int_eq(co_track_last(&f.board.track[0]), 12);
  test_put(f.session, 1, "body.mass", "torso", "scale", 2);  // and goes where it is void
  take(&f);
  ck_assert_int_eq(co_track_last(&f.board.track[1]), 4);
  test_do(f.session, CO_CMD_EPISODE, 3);
  take(&f);
  ck_assert_int_eq(co_track_last(&f.board.track[0]), 0);
  close_fixture(&f);
}
END_TEST

START_TEST(test_other_policy) {
  fixture f;
  open_fixture(kHeavy, &f);
  ck_assert_int_gt(f.board.fates[1].count, 0);
  ck_assert_double_eq(f.board.fates[1].fate[0].change, 0);
  co_command command = {.id = CO_CMD_POLICY, .stage = 1, .value = 1};
  ck_ok(co_session_execute(f.session, &command));
  take(&f);
  ck_assert_double_gt(f.board.fates[1].fate[0].change, 0);
  paint(&f);
  ck_assert(shows(&f, "two") && shows(&f, "one"));
  close_fixture(&f);
}
END_TEST

// All that is told belongs to the policy that answers at the shown step.
START_TEST(test_flips_are_told) {
  fixture f;
  open_fixture(kHeavy, &f);
  test_walk(f.session, 10);
  co_command command = {.id = CO_CMD_POLICY, .stage = 1, .value = 1};
  ck_ok(co_session_execute(f.session, &command));
  test_walk(f.session, 3);
  take(&f);
  paint(&f);
  ck_assert(shows(&f, "> two") && shows(&f, "branched at 0.08 s") && shows(&f, "from one"));
  ck_assert(shows(&f, "since then") && shows(&f, "in all"));
  test_do(f.session, CO_CMD_SEEK, 9);  // where the first one acted
  take(&f);
  paint(&f);
  ck_assert(shows(&f, "> one") && !shows(&f, "branched") && !shows(&f, "two"));
  ck_assert_ptr_eq(f.board.policy[1], f.worlds.choice[0].policy);
  ck_assert_int_eq(f.snapshot.stage[1].choice, 1);  // and who goes on when it is left
  command.id = CO_CMD_POLICY_ANEW;
  ck_ok(co_session_execute(f.session, &command));
  take(&f);
  paint(&f);
  ck_assert(shows(&f, "> two") && shows(&f, "0.00 s  step 0") && !shows(&f, "branched"));
  close_fixture(&f);
}
END_TEST

// "fell" and the return of one policy never stand below the name of another.
START_TEST(test_an_end_is_not_another_ones) {
  fixture f;
  open_fixture(kHeavy, &f);
  while (!co_stage_over(co_session_stage(f.session, 1))) test_walk(f.session, 1);
  take(&f);
  paint(&f);
  ck_assert(shows(&f, "> one") && shows(&f, "over: fell"));
  co_command command = {.id = CO_CMD_POLICY, .stage = 1, .value = 1};
  ck_ok(co_session_execute(f.session, &command));
  take(&f);
  paint(&f);
  ck_assert(shows(&f, "> two") && !shows(&f, "fell") && shows(&f, "return 0"));
  close_fixture(&f);
}
END_TEST

// ---- what is painted

START_TEST(test_texts) {
  fixture f;
  open_fixture(kHeavy, &f);
  ck_assert(shows(&f, "in source: hopper") && shows(&f, "in target: hopper"));
  ck_assert(shows(&f, "body.mass torso x 3"));
  ck_assert(!shows(&f, "copied"));
  co_board_say(&f.board, false, 5, "copied: something\nand more");
  paint(&f);
  ck_assert(shows(&f, "copied: something") && !shows(&f, "and more"));
  f.view.time = 6;
  snprintf(f.board.picked, sizeof f.board.picked, "torso, 3.53 kg");
  paint(&f);
  ck_assert(!shows(&f, "copied") && shows(&f, "torso, 3.53 kg"));
  f.desk.help = 1;
  paint(&f);
  ck_assert(shows(&f, "run or pause") && !shows(&f, "in source: hopper"));
  close_fixture(&f);
}
END_TEST

// Of one stage the mapping compares the policy with its world.
START_TEST(test_mapping) {
  fixture f;
  open_fixture(NULL, &f);
  ck_assert_int_eq(f.board.mapping.in_meaning, 0);
  ck_assert(shows(&f, "trained for"));
  close_fixture(&f);
  open_fixture("{ parameter = \"action.gain\"; select = \"ctrl/leg_joint\"; scale = -1.0; }", &f);
  ck_assert_int_gt(f.board.mapping.differences, 0);
  close_fixture(&f);
}
END_TEST

// It is of the policy that answers, and of the world as it began where none does.
START_TEST(test_mapping_of_another_policy) {
  fixture f;
  open_fixture(NULL, &f);
  f.worlds.choice[1].policy->contract.action[0].scale *= 2;
  int same = f.board.mapping.differences;
  test_do(f.session, CO_CMD_POLICY, 1);
  take(&f);
  ck_assert_int_gt(f.board.mapping.differences, same);
  test_do(f.session, CO_CMD_POLICY, -1);
  take(&f);
  paint(&f);
  ck_assert_int_eq(f.board.mapping.differences, same);
  ck_assert(shows(&f, "at first") && !shows(&f, "trained for"));
  close_fixture(&f);
}
END_TEST

// Whatever is open, surfaces lie within the window; smaller windows show less, not nonsense.
START_TEST(test_any_size) {
  fixture f;
  open_fixture(kHeavy, &f);
  test_walk(f.session, 30);
  take(&f);
  for (int w = 160; w < 1400; w += 97)
    for (int h = 160; h < 900; h += 61) {
      f.desk.help = (w + h) % 5 == 0;
      f.desk.arrange = (w + h) % CO_NUM_ARRANGES;
      co_paint_begin(&f.paint, &f.font);
      co_desk_layout(&f.desk, w, h, co_paint_row(&f.paint), 200, &f.layout);
      co_board_paint(&f.board, &f.paint, &f.view);
      for (int i = 0; i < f.paint.num_ops; i++) {
        co_box box = f.paint.op[i].box;
        ck_assert_msg(box.x >= 0 && box.y >= 0 && box.x + box.w <= w && box.y + box.h <= h,
                      "%d x %d: a box at %d, %d of %d x %d", w, h, box.x, box.y, box.w, box.h);
      }
    }
  close_fixture(&f);
}
END_TEST

// ---- the mouse

START_TEST(test_timeline) {
  fixture f;
  open_fixture(kHeavy, &f);
  test_walk(f.session, 30);
  take(&f);
  paint(&f);
  co_box line = f.layout.timeline;
  double y = line.y + line.h - 6;
  ck_assert(click(&f, CO_EVENT_PRESS, line.x + line.w / 2.0, y));
  int64_t middle = sought(&f);
  ck_assert_int_ge(middle, 480);  // of a horizon of 1,000
  ck_assert_int_le(middle, 520);
  ck_assert_int_eq(f.desk.drag, CO_DRAG_STEP);
  ck_assert(click(&f, CO_EVENT_MOVE, line.x + line.w / 4.0, y - 300));  // anywhere
  ck_assert_int_lt(sought(&f), middle);
  ck_assert(click(&f, CO_EVENT_RELEASE, 0, 0));
  ck_assert(!click(&f, CO_EVENT_MOVE, line.x + 9, y) && f.desk.num_wishes == 0);
  ck_assert(click(&f, CO_EVENT_PRESS, line.x + 20, line.y + 8));  // the button
  co_wish wish;
  ck_assert(co_desk_take(&f.desk, &wish) && wish.command.id == CO_CMD_TOGGLE);
  close_fixture(&f);
}
END_TEST

START_TEST(test_strips) {
  fixture f;
  open_fixture(kHeavy, &f);
  for (int p = 1; p < CO_NUM_PANELS; p++) f.desk.open[p] = 0;
  test_walk(f.session, 30);
  take(&f);
  paint(&f);
  co_box box = f.layout.panel[CO_PANEL_STRIPS];
  int groups = 0, steps = 0;
  for (int y = box.y; y < box.y + box.h; y += 4) {
    uint64_t open = f.desk.strips.open;
    ck_assert(click(&f, CO_EVENT_PRESS, box.x + 4, y));
    groups += open != f.desk.strips.open;
    f.desk.strips.open = open;
    f.desk.drag = CO_DRAG_NONE;
    f.desk.num_wishes = 0;
    ck_assert(click(&f, CO_EVENT_PRESS, box.x + 0.6 * box.w, y));
    steps += f.desk.num_wishes;
    f.desk.drag = CO_DRAG_NONE;
    f.desk.num_wishes = 0;
  }
  ck_assert_int_gt(groups, 0);
  ck_assert_int_gt(steps, 10);
  close_fixture(&f);
}
END_TEST

START_TEST(test_wheels) {
  fixture f;
  open_fixture(kHeavy, &f);
  co_event event = {.kind = CO_EVENT_SCROLL, .dy = -1, .control = true};
  co_box box = f.layout.panel[CO_PANEL_STRIPS];
  event.x = box.x + 3, event.y = box.y + 3;
  ck_assert(co_board_event(&f.board, &f.desk, &event, 16, &f.view));
  ck_assert_int_eq(f.desk.strips.span, 500);
  box = f.layout.panel[CO_PANEL_MAPPING];
  event = (co_event){.kind = CO_EVENT_SCROLL, .dy = -1, .x = box.x + 3, .y = box.y + 3};
  for (int i = 0; i < 100; i++) ck_assert(co_board_event(&f.board, &f.desk, &event, 16, &f.view));
  ck_assert_int_eq(f.desk.scroll[CO_PANEL_MAPPING], f.board.most[CO_PANEL_MAPPING]);
  event.dy = 1;
  for (int i = 0; i < 100; i++) co_board_event(&f.board, &f.desk, &event, 16, &f.view);
  ck_assert_int_eq(f.desk.scroll[CO_PANEL_MAPPING], 0);
  close_fixture(&f);
}
END_TEST

static bool shows_all(const fixture *f, int from) {
  for (int a = from; a < CO_NUM_ACTIONS; a++)
    if (panel_find_text(&f->paint, 0, co_actions[a].doc) < 0) return false;
  return true;
}

static void paint_help(fixture *f, int width, int height) {
  co_font_plain(18, &f->font);  // MuJoCo's at 100 %: as high, and at most 8 pixels wide on average
  memset(f->font.width, 8, sizeof f->font.width);
  co_paint_begin(&f->paint, &f->font);
  co_desk_layout(&f->desk, width, height, co_paint_row(&f->paint), 300, &f->layout);
  co_board_paint(&f->board, &f->paint, &f->view);
}

// All of it in the window that opens by itself and in larger ones, whatever else is open; in a
// small one nothing is out of reach.
START_TEST(test_help_is_whole) {
  fixture f;
  open_fixture(kHeavy, &f);
  f.desk.help = 1;
  paint_help(&f, 1280, 800);
  ck_assert(f.board.help_most == 0 && shows_all(&f, 0));
  ck_assert(!shows(&f, "time line, the mark"));  // no room for hints
  paint_help(&f, 1920, 1080);
  ck_assert(f.board.help_most == 0 && shows_all(&f, 0) && shows(&f, "time line, the mark"));
  paint_help(&f, 900, 600);
  int most = f.board.help_most;
  ck_assert(most > 0 && !shows_all(&f, 0) && shows(&f, "below"));
  bool seen[CO_NUM_ACTIONS] = {false};
  for (f.desk.help_scroll = 0; f.desk.help_scroll <= most; f.desk.help_scroll++) {
    paint_help(&f, 900, 600);
    for (int a = 0; a < CO_NUM_ACTIONS; a++) seen[a] |= shows(&f, co_actions[a].doc);
  }
  for (int a = 0; a < CO_NUM_ACTIONS; a++) ck_assert_msg(seen[a], "%s", co_actions[a].doc);
  close_fixture(&f);
}
END_TEST

START_TEST(test_help_by_mouse) {
  fixture f;
  open_fixture(kHeavy, &f);
  f.desk.help = 1;
  paint(&f);
  co_event event = {.kind = CO_EVENT_SCROLL, .dy = -1, .x = 600, .y = 300};
  for (int i = 0; i < 500; i++) co_board_event(&f.board, &f.desk, &event, 16, &f.view);
  ck_assert_int_eq(f.desk.help_scroll, f.board.help_most);
  ck_assert(click(&f, CO_EVENT_PRESS, 600, 300));
  ck_assert(!f.desk.help && f.desk.num_wishes == 0);
  close_fixture(&f);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("viz/board");
  TCase *tcase = tcase_create("board");
  tcase_set_timeout(tcase, 120);
  tcase_add_test(tcase, test_tracks_follow);
  tcase_add_test(tcase, test_other_policy);
  tcase_add_test(tcase, test_flips_are_told);
  tcase_add_test(tcase, test_an_end_is_not_another_ones);
  tcase_add_test(tcase, test_texts);
  tcase_add_test(tcase, test_mapping);
  tcase_add_test(tcase, test_mapping_of_another_policy);
  tcase_add_test(tcase, test_any_size);
  tcase_add_test(tcase, test_timeline);
  tcase_add_test(tcase, test_strips);
  tcase_add_test(tcase, test_wheels);
  tcase_add_test(tcase, test_help_is_whole);
  tcase_add_test(tcase, test_help_by_mouse);
  suite_add_tcase(suite, tcase);
  return suite;
}
