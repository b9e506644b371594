// Config files by name: names of a data folder, first sentences.

#include "core/config/config_file.h"
#include "tests/support/scratch.h"

#include <string.h>

static void write_text(const char *name, const char *text) {
  ck_assert_int_eq(co_file_write(at(name), text, strlen(text)), CO_OK);
}

START_TEST(test_names) {
  co_names names;
  ck_assert_int_eq(co_dir_create(at("data/configs/kinds")), CO_OK);
  write_text("data/configs/kinds/b.cfg", "");
  write_text("data/configs/kinds/a.x.cfg", "");
  write_text("data/configs/kinds/notes.txt", "");
  write_text("data/configs/kinds/.cfg", "");
  ck_assert_int_eq(setenv("CARRYOVER_DATA", at("data"), 1), 0);
  ck_assert_int_eq(co_config_names("configs/kinds", &names), CO_OK);
  ck_assert_int_eq(names.count, 2);
  ck_assert_str_eq(names.name[0], "a.x");
  ck_assert_str_eq(names.name[1], "b");
  co_names_free(&names);
  ck_assert_int_eq(co_config_names("configs/none", &names), CO_NO_INPUT);
}
END_TEST

static const struct {
  const char *text, *doc;
} docs[] = {
    {"// One sentence. Another.\ntask = 3;", "One sentence."},
    {"# A sentence over\n# two lines, 1.5 m long! More", "A sentence over two lines, 1.5 m long!"},
    {"// no end\n\n// another comment.", "no end"},
    {"task = 3; // Behind it.", ""},
    {"", ""},
};

START_TEST(test_doc) {
  char doc[64];
  write_text("a.cfg", docs[_i].text);
  co_config_doc(at("a.cfg"), doc, sizeof doc);
  ck_assert_str_eq(doc, docs[_i].doc);
}
END_TEST

START_TEST(test_doc_is_cut) {
  char doc[8];
  write_text("a.cfg", "// Longer than that.");
  co_config_doc(at("a.cfg"), doc, sizeof doc);
  ck_assert_str_eq(doc, "Longer ");
  co_config_doc(at("none.cfg"), doc, sizeof doc);
  ck_assert_str_eq(doc, "");
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("config_file");
  TCase *tcase = tcase_create("all");
  tcase_add_checked_fixture(tcase, scratch_make, scratch_remove);
  tcase_add_test(tcase, test_names);
  tcase_add_loop_test(tcase, test_doc, 0, sizeof docs / sizeof *docs);
  tcase_add_test(tcase, test_doc_is_cut);
  suite_add_tcase(suite, tcase);
  return suite;
}
