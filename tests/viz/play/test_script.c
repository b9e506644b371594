// Scripts for the window: every kind of line, and a sentence with the line's number for those that
// are wrong.

#include "core/file.h"
#include "tests/support/support.h"
#include "viz/play/script.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static co_status read_text(const char *text, co_script *out) {
  const char *folder = getenv("CARRYOVER_BUILD_DIR");
  char *path = co_path_join(folder ? folder : ".", "test_window.script");
  ck_assert_ptr_nonnull(path);
  ck_assert_int_eq(co_file_write(path, text, strlen(text)), CO_OK);
  co_status status = co_script_read(path, out);
  free(path);
  return status;
}

START_TEST(test_every_kind) {
  static const char text[] =
      "# a comment\n\n"
      "  key Ctrl+Shift+Right\nkey space\r\nclick 0.5 0.25\ndouble 0 1\n"
      "drag 0.1 0.2 0.3 0.4\ndrag Ctrl 0.1 0.2 0.3 0.4\nwheel 0.5 0.5 -3\nseek 120\n"
      "shift body.mass torso 0.75\naction thigh_joint -0.5\npolicy 2\nwait 0.5\nsave a.png\n"
      "quit\ndrop b.safetensors 0.25 0.5\n";
  co_script script;
  ck_assert_int_eq(read_text(text, &script), CO_OK);
  ck_assert_int_eq(script.count, 15);
  const co_script_line *line = script.line;
  ck_assert(line[0].key == CO_KEY_RIGHT && line[0].mods == (CO_MOD_CTRL | CO_MOD_SHIFT));
  ck_assert(line[1].key == ' ' && line[1].mods == 0);
  ck_assert_double_eq(line[2].number[1], 0.25);
  ck_assert_int_eq(line[3].kind, CO_SCRIPT_DOUBLE);
  ck_assert(line[4].mods == 0 && line[5].mods == CO_MOD_CTRL);
  ck_assert_double_eq(line[5].number[3], 0.4);
  ck_assert_double_eq(line[6].number[2], -3);
  ck_assert_str_eq(line[8].text[0], "body.mass");
  ck_assert_str_eq(line[8].text[1], "torso");
  ck_assert_double_eq(line[8].number[0], 0.75);
  ck_assert_str_eq(line[9].text[0], "thigh_joint");
  ck_assert_double_eq(line[9].number[0], -0.5);
  ck_assert_str_eq(line[12].text[0], "a.png");
  ck_assert_int_eq(line[13].kind, CO_SCRIPT_QUIT);
  ck_assert_str_eq(line[14].text[0], "b.safetensors");
  ck_assert_double_eq(line[14].number[1], 0.5);
  co_script_free(&script);
}
END_TEST

// Every key of the table can be said as the help says it.
START_TEST(test_every_key) {
  for (int i = 0; i < CO_NUM_ACTIONS; i++) {
    char name[32], text[64];
    co_script script;
    co_action_key((co_action_id)i, name);
    char *space = strchr(name, ' ');
    if (space) memmove(space, space + 1, strlen(space));  // "Page Down" is one word here
    snprintf(text, sizeof text, "key %s\n", name);
    ck_assert_msg(read_text(text, &script) == CO_OK, "%s", text);
    ck_assert_int_eq(co_action_find(script.line[0].key, script.line[0].mods), i);
    co_script_free(&script);
  }
}
END_TEST

static const struct {
  const char *text, *says;
} wrong[] = {
    {"\nclik 1 1\n", ":2: unknown \"clik\", did you mean \"click\"?"},
    {"jump\n", ":1: unknown \"jump\""},
    {"click 1\n", ":1: click: something is missing"},
    {"click 1 2 3\n", ":1: click: something is too much"},
    {"click 1 x\n", ":1: click: \"x\" is no number"},
    {"wait nan\n", ":1: wait: \"nan\" is no number"},
    {"key F77\n", ":1: key: \"F77\" is none"},
    {"key Ctrl+\n", ":1: key"},
    {"shift body.mass 0.5\n", ":1: shift: something is missing"},
    {"drag Ctrl\n", ":1: drag: something is missing"},
};
enum { NUM_WRONG = sizeof wrong / sizeof *wrong };

START_TEST(test_wrong_lines) {
  co_script script;
  ck_assert_int_eq(read_text(wrong[_i].text, &script), CO_CONFIG);
  ck_assert_msg(strstr(co_error_text(), wrong[_i].says), "%s", co_error_text());
  ck_assert(script.line == NULL && script.count == 0);
}
END_TEST

START_TEST(test_files) {
  co_script script;
  ck_assert_int_eq(co_script_read("no/such.script", &script), CO_NO_INPUT);
  ck_assert_int_eq(read_text("", &script), CO_OK);
  ck_assert_int_eq(script.count, 0);
  co_script_free(&script);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("viz/script");
  TCase *tcase = tcase_create("script");
  tcase_add_test(tcase, test_every_kind);
  tcase_add_test(tcase, test_every_key);
  tcase_add_loop_test(tcase, test_wrong_lines, 0, NUM_WRONG);
  tcase_add_test(tcase, test_files);
  suite_add_tcase(suite, tcase);
  return suite;
}
