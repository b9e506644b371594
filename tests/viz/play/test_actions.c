// The table of actions: no key twice, docs/viewer.md and the help overlay list the same.
//
// CARRYOVER_WRITE_DOCS=1 writes the table into docs/viewer.md.

#include "core/buf.h"
#include "core/file.h"
#include "tests/support/support.h"
#include "tests/viz/panel_fixture.h"
#include "viz/play/actions.h"
#include "viz/show/help.h"

static const char kBegin[] = "<!-- keys: written by tests/viz/play/test_actions.c -->\n";
static const char kEnd[] = "<!-- end of keys -->";

START_TEST(no_key_does_two_things) {
  for (int a = 0; a < CO_NUM_ACTIONS; a++) {
    for (int b = 0; b < a; b++)
      ck_assert_msg(
          co_actions[a].key != co_actions[b].key || co_actions[a].mods != co_actions[b].mods,
          "\"%s\" and \"%s\" have one key", co_actions[a].doc, co_actions[b].doc);
    ck_assert_int_ne(co_actions[a].key, CO_KEY_NONE);
    ck_assert_msg(co_actions[a].key < '1' || co_actions[a].key > '9', "digits choose cameras");
  }
}
END_TEST

START_TEST(everything_can_be_done_with_the_mouse_too) {
  for (int a = 0; a < CO_NUM_ACTIONS; a++)
    ck_assert_msg(co_actions[a].mouse[0] && co_actions[a].doc[0], "%d", a);
}
END_TEST

START_TEST(keys_find_their_action) {
  for (int a = 0; a < CO_NUM_ACTIONS; a++)
    ck_assert_int_eq(co_action_find(co_actions[a].key, co_actions[a].mods), a);
  ck_assert_int_eq(co_action_find('d', 0), CO_DO_PARTING);
  ck_assert_int_eq(co_action_find('D', CO_MOD_CTRL | CO_MOD_SHIFT), CO_DO_NOTHING);
  ck_assert_int_eq(co_action_find(CO_KEY_NONE, 0), CO_DO_NOTHING);
}
END_TEST

START_TEST(keys_have_names) {
  static const struct {
    co_action_id id;
    const char *name;
  } cases[] = {{CO_DO_TOGGLE, "Space"},
               {CO_DO_FORWARD_FAR, "Shift+Right"},
               {CO_DO_COPY, "Ctrl+C"},
               {CO_DO_HELP, "F1"},
               {CO_DO_FIXED, "]"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char key[32];
    ck_assert_str_eq(co_action_key(cases[i].id, key), cases[i].name);
  }
}
END_TEST

// ---- the document

static void write_table(co_buf *out) {
  co_buf_puts(out, "| key | mouse | what it does |\n|---|---|---|\n");
  for (int g = 0; g < CO_NUM_ACTION_GROUPS; g++) {
    co_buf_printf(out, "| **%s** | | |\n", co_action_group_names[g]);
    for (int a = 0; a < CO_NUM_ACTIONS; a++) {
      char key[32];
      if (co_actions[a].group == (co_action_group)g)
        co_buf_printf(out, "| `%s` | %s | %s |\n", co_action_key((co_action_id)a, key),
                      co_actions[a].mouse, co_actions[a].doc);
    }
  }
  co_buf_printf(out, "| `1` to `%d` | sidebar | the model's camera of this number |\n",
                CO_CAMERA_KEYS);
}

START_TEST(the_document_lists_them) {
  const char *source = getenv("CARRYOVER_SOURCE");
  ck_assert_ptr_nonnull(source);
  char *path = co_path_join(source, "docs/viewer.md");
  co_buf text = {0}, table = {0};
  ck_assert_msg(co_file_read(path, 0, &text) == CO_OK, "%s", co_error_text());
  char *begin = strstr(text.data, kBegin), *end = strstr(text.data, kEnd);
  ck_assert_msg(begin && end && begin < end, "docs/viewer.md has no place for the keys");
  begin += strlen(kBegin);
  write_table(&table);
  if (getenv("CARRYOVER_WRITE_DOCS")) {
    co_buf all = {0};
    co_buf_add(&all, text.data, (size_t)(begin - text.data));
    co_buf_puts(&all, table.data);
    co_buf_puts(&all, end);
    ck_assert_int_eq(co_file_write(path, all.data, all.size), CO_OK);
    co_buf_free(&all);
  } else {
    ck_assert_msg((size_t)(end - begin) == table.size && !memcmp(begin, table.data, table.size),
                  "docs/viewer.md lists other keys (CARRYOVER_WRITE_DOCS=1 writes them)");
  }
  co_buf_free(&text);
  co_buf_free(&table);
  free(path);
}
END_TEST

// ---- the overlay

static void draw_help(co_box box, int scroll, co_paint *paint, int *most) {
  static co_font font;
  co_font_plain(18, &font);
  co_paint_begin(paint, &font);
  *most = co_help_paint(paint, box, scroll);
  ck_assert(panel_inside(paint));
}

START_TEST(the_overlay_shows_all_of_them) {
  co_paint paint = {0};
  int most;
  draw_help((co_box){0, 0, 2560, 1440}, 0, &paint, &most);
  ck_assert_int_eq(most, 0);
  for (int a = 0; a < CO_NUM_ACTIONS; a++) {
    char key[32];
    co_action_key((co_action_id)a, key);
    ck_assert_msg(panel_find_text(&paint, 0, key) >= 0, "%s", key);
  }
  co_paint_free(&paint);
}
END_TEST

START_TEST(the_overlay_scrolls_where_it_is_small) {
  co_paint paint = {0};
  int most, seen[CO_NUM_ACTIONS] = {0}, none;
  draw_help((co_box){0, 0, 640, 300}, 0, &paint, &most);
  ck_assert_int_gt(most, 0);
  for (int scroll = 0; scroll <= most; scroll++) {
    draw_help((co_box){0, 0, 640, 300}, scroll, &paint, &none);
    for (int a = 0; a < CO_NUM_ACTIONS; a++) {
      char key[32];
      seen[a] |= panel_find_text(&paint, 0, co_action_key((co_action_id)a, key)) >= 0;
    }
  }
  for (int a = 0; a < CO_NUM_ACTIONS; a++) ck_assert_msg(seen[a], "%s", co_actions[a].doc);
  for (int w = 0; w < 300; w += 17) draw_help((co_box){5, 5, w, w / 2}, 3, &paint, &none);
  co_paint_free(&paint);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("viz/actions");
  TCase *tcase = tcase_create("actions");
  tcase_add_test(tcase, no_key_does_two_things);
  tcase_add_test(tcase, everything_can_be_done_with_the_mouse_too);
  tcase_add_test(tcase, keys_find_their_action);
  tcase_add_test(tcase, keys_have_names);
  tcase_add_test(tcase, the_document_lists_them);
  tcase_add_test(tcase, the_overlay_shows_all_of_them);
  tcase_add_test(tcase, the_overlay_scrolls_where_it_is_small);
  suite_add_tcase(suite, tcase);
  return suite;
}
