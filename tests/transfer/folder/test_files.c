// The files of a study's folder, and the pictures that it should have.

#include "tests/transfer/study_fixture.h"
#include "transfer/folder/files.h"
#include "transfer/folder/media.h"

static const char *const files[] = {"results.csv", "results.json", "timing.csv", "report.html"};

// A run of the tiny study in which two trials are done.
static void begin(fixture *f, co_study_run *run) {
  const co_look look = {.trial = -1};
  fixture_open(f, fixture_study(NULL, "seeds=1", NULL));
  ck_ok(co_study_run_claim(&f->context));
  fixture_run(f, "source.a.-.-.s0");
  fixture_run(f, "transfer.a.b.full.s0");
  fixture_run(f, "transfer.-.b.scratch.s0");
  ck_ok(co_study_run_begin(&f->context, run));
  ck_ok(co_study_look(&f->context, &look, run->state));
}

static void end(fixture *f, co_study_run *run) {
  co_study_run_free(run);
  fixture_close(f);
}

static co_buf read_text(const char *name) {
  co_buf text = {0};
  ck_ok(co_file_read(fixture_path(name), 0, &text));
  return text;
}

START_TEST(test_all_four) {
  fixture f;
  co_study_run run;
  begin(&f, &run);
  fixture_write("results.csv.1.tmp", "");  // not a temporary name of ours: stays
  co_json *results = co_json_object();
  co_json_set_string(results, "command", "test");
  ck_ok(co_folder_write(&run, NULL, NULL, results));
  ck_assert_str_eq(co_json_get_string(results, "command"), "test");
  ck_assert_str_eq(co_json_get_string(results, "study"), "tiny");
  co_json *again = NULL;
  ck_ok(co_json_read(fixture_path("results.json"), &again));
  ck_assert_str_eq(co_json_get_string(again, "command"), "test");
  co_buf first[4], second[4];
  for (int i = 0; i < 4; i++) first[i] = read_text(files[i]);
  ck_assert_ptr_nonnull(strstr(first[0].data, "transfer.a.b.full.s0,"));
  ck_assert_ptr_nonnull(strstr(first[2].data, "source.a.-.-.s0,train,"));
  ck_assert_ptr_nonnull(strstr(first[3].data, "</html>"));
  // the same bytes from the same trials, and the report from its results alone
  ck_assert_int_eq(remove(fixture_path("report.html")), 0);
  ck_ok(co_folder_write_report(fixture_folder, again));
  for (int i = 0; i < 4; i++) {
    second[i] = read_text(files[i]);
    ck_assert_str_eq(first[i].data, second[i].data);
    co_buf_free(&first[i]);
    co_buf_free(&second[i]);
  }
  co_json_free(results);
  co_json_free(again);
  end(&f, &run);
}
END_TEST

// What cannot be written leaves what was there, and nothing half-written.
START_TEST(test_what_is_wrong) {
  fixture f;
  co_study_run run;
  begin(&f, &run);
  fixture_write("report.html", "an older one");
  ck_ok(co_dir_create(fixture_path("results.json")));
  co_json *results = co_json_object();
  ck_fails(co_folder_write(&run, NULL, NULL, results), CO_CREATE, "results.json");
  co_buf report = read_text("report.html");
  ck_assert_str_eq(report.data, "an older one");
  co_buf_free(&report);
  co_names names;
  ck_ok(co_dir_list(fixture_folder, &names));
  for (int i = 0; i < names.count; i++)
    ck_assert_msg(!strstr(names.name[i], "tmp"), "%s was left", names.name[i]);
  co_names_free(&names);
  ck_fails(co_folder_write_report(fixture_path("none"), results), CO_CREATE, "report.html");
  co_json_free(results);
  end(&f, &run);
}
END_TEST

START_TEST(test_pictures) {
  fixture f;
  co_study_run run;
  co_media_list list;
  begin(&f, &run);
  ck_ok(co_media_plan(run.context, &list));
  ck_assert_int_eq(list.count, 3);
  ck_assert_str_eq(list.folder, fixture_path("media"));
  for (int i = 0; i < 3; i++) {
    if (run.state[list.media[i].trial] != CO_TRIAL_DONE) continue;
    bool full = list.media[i].source >= 0;
    ck_assert_str_eq(list.media[i].picture,
                     fixture_path(full ? "media/a_to_b.full.png" : "media/b.scratch.png"));
    ck_assert_str_eq(list.media[i].page,
                     fixture_path(full ? "media/a_to_b.full.html" : "media/b.scratch.html"));
    ck_assert_int_eq(list.media[i].target, 0);
    ck_assert(co_file_exists(list.media[i].policy));
  }
  ck_assert_int_ne(list.media[0].source, list.media[1].source);
  ck_assert(!co_dir_exists(list.folder));
  co_media_free(&list);
  end(&f, &run);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("files");
  TCase *tcase = tcase_create("files");
  tcase_add_checked_fixture(tcase, fixture_setup, fixture_teardown);
  tcase_set_timeout(tcase, 120);
  tcase_add_test(tcase, test_all_four);
  tcase_add_test(tcase, test_what_is_wrong);
  tcase_add_test(tcase, test_pictures);
  suite_add_tcase(suite, tcase);
  return suite;
}
