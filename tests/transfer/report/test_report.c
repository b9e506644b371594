#include "core/file.h"
#include "core/unconst.h"
#include "tests/support/support.h"
#include "tests/transfer/markup.h"
#include "tests/transfer/report_page.h"
#include "transfer/report/report.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---- the whole page

START_TEST(sections_come_in_order) {
  static const char *const order[] = {
      "<h1>quickstart</h1>", "id=\"verdict\"",  "id=\"carry-over\"", "id=\"target-0\"",
      "id=\"target-1\"",     "id=\"target-2\"", "id=\"matrix\"",     "id=\"forgetting\"",
      "id=\"shifts\"",       "id=\"tensors\"",  "id=\"step0\"",      "id=\"details\""};
  co_json *results = fixture_results();
  co_buf page = {0};
  make_page(results, NULL, &page);
  const char *at = page.data;
  for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
    const char *found = strstr(at, order[i]);
    ck_assert_msg(found != NULL, "%s is missing or too early", order[i]);
    at = found;
  }
  co_buf_free(&page);
  co_json_free(results);
}
END_TEST

START_TEST(every_seed_is_drawn) {
  co_json *results = fixture_results();
  co_buf page = {0};
  make_page(results, NULL, &page);
  // final returns of all strategies, differences of all but scratch, returns of the source policies
  int expected = TARGETS * (STRATEGIES * SEEDS + (STRATEGIES - 1) * SEEDS) + SEEDS;
  ck_assert_int_eq(markup_count(page.data, "<use class=\"seed"), expected);
  // and each curve: in the small charts a line per seed
  ck_assert_int_eq(markup_count(page.data, "class=\"thin"), TARGETS * STRATEGIES * SEEDS);
  co_buf_free(&page);
  co_json_free(results);
}
END_TEST

START_TEST(numbers_carry_n_and_interval) {
  static const char *const expected[] = {"n = 5 source seeds, 95 % nominal interval",
                                         "2,649 [2,389, 2,883]",
                                         "+2,319 [+1,999, +2,607]",
                                         ">20 %<",
                                         "[15, 24] %<",
                                         "5 of 5",
                                         "random 14.2",
                                         "zero-shot 503",
                                         "oracle 2,718"};
  co_json *results = fixture_results();
  co_buf page = {0};
  make_page(results, NULL, &page);
  for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
    ck_assert_msg(strstr(page.data, expected[i]) != NULL, "%s", expected[i]);
  }
  co_buf_free(&page);
  co_json_free(results);
}
END_TEST

// One policy for two target seeds is one source seed; a live shift may move the mean by nothing.
START_TEST(what_is_not_known_is_not_claimed) {
  static const char text[] =
      "{\"seeds\":2,\"shifts\":[{\"source\":\"a\",\"target\":\"b\",\"grade\":\"live\",\"live\":"
      "true,"
      "\"difference\":%s,\"noise\":84}],"
      "\"paired\":[{\"source\":\"a\",\"target\":\"b\",\"strategy\":\"full\",\"difference\":[1,2]}],"
      "\"strategies\":[{\"source\":\"a\",\"target\":\"b\",\"strategy\":\"full\",\"metrics\":{"
      "\"difference_to_scratch\":{\"value\":1.5,\"lo\":null,\"hi\":null,\"n\":%d}}}]}";
  static const char live[] = "<span class=\"badge good\">live</span>",
                    moot[] = "<span class=\"badge middling\">mean return within the noise</span>";
  for (int known = 0; known < 2; known++) {
    char json[1024];
    snprintf(json, sizeof json, text, known ? "-85" : "-83", known ? 2 : 1);
    co_json *results = fixture_parse(json);
    co_buf page = {0};
    make_page(results, NULL, &page);
    ck_assert_int_eq(strstr(page.data, "2 of 2") != NULL, known);
    ck_assert_int_eq(markup_count(page.data, live), known ? 2 : 0);
    ck_assert_int_eq(markup_count(page.data, moot), known ? 0 : 2);
    co_buf_free(&page);
    co_json_free(results);
  }
}
END_TEST

// Sets what the test against scratch gave for the first strategy that has an entry.
static void set_comparison(co_json *results, const char *comparison) {
  co_json *entry = co_unconst(co_json_at(co_json_get(results, "strategies"), 0));
  co_json_set(entry, "against_scratch", fixture_parse(comparison));
}

START_TEST(only_planned_comparisons_are_told) {
  static const struct {
    const char *comparison, *cell;
  } cases[] = {
      {"{\"n\":5,\"planned\":true,\"test\":\"unpaired "
       "permutation\",\"p_holm\":0.03,\"told_apart\":true}",
       "<td class=\"number\">yes, p = 0.030, unpaired</td>"},
      {"{\"n\":10,\"planned\":true,\"test\":\"paired sign "
       "flip\",\"p_holm\":0.3,\"told_apart\":false}",
       "<td class=\"number\">no, p = 0.300</td>"},
      {"{\"n\":5,\"planned\":false,\"test\":null,\"p_holm\":null,\"told_apart\":false}",
       "<td class=\"number\">not planned</td>"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    co_json *results = fixture_results();
    co_buf page = {0};
    set_comparison(results, cases[i].comparison);
    make_page(results, NULL, &page);
    ck_assert_msg(strstr(page.data, cases[i].cell) != NULL, "%s", cases[i].cell);
    ck_assert_int_eq(markup_count(page.data, "<td class=\"number\">not planned</td>"), i == 2);
    co_buf_free(&page);
    co_json_free(results);
  }
}
END_TEST

START_TEST(steps_of_a_source_have_their_unit) {
  co_json *results = fixture_parse(
      "{\"sources\":[{\"name\":\"a\",\"steps\":4000},{\"name\":\"clone\","
      "\"steps\":300,\"unit\":\"gradient steps\"}]}");
  co_buf page = {0};
  make_page(results, NULL, &page);
  ck_assert_ptr_nonnull(strstr(page.data, ", 4,000 env steps"));
  ck_assert_ptr_nonnull(strstr(page.data, ", 300 gradient steps"));
  co_buf_free(&page);
  co_json_free(results);
}
END_TEST

START_TEST(nominal_only_below_ten_seeds) {
  co_json *results = fixture_parse(
      "{\"seeds\":10,\"strategies\":[{\"source\":\"a\",\"target\":\"b\",\"strategy\":\"full\","
      "\"metrics\":{\"carry_over\":{\"value\":0.5,\"lo\":0.4,\"hi\":0.6,\"n\":10}}}]}");
  co_buf page = {0};
  make_page(results, NULL, &page);
  ck_assert_ptr_nonnull(strstr(page.data, "n = 10 source seeds, 95 % interval"));
  co_buf_free(&page);
  co_json_free(results);
}
END_TEST

START_TEST(refused_target_says_why) {
  co_json *results = fixture_results();
  co_buf page = {0};
  make_page(results, NULL, &page);
  const char *slippery = strstr(page.data, "id=\"target-2\"");
  ck_assert_ptr_nonnull(strstr(slippery, "Left out of the comparison"));
  ck_assert_ptr_nonnull(strstr(slippery, "4 of 5 source policies return exactly the same"));
  ck_assert_ptr_nonnull(strstr(page.data, "inert under this policy</span>"));
  ck_assert_ptr_nonnull(strstr(page.data, "1 trial failed"));
  co_buf_free(&page);
  co_json_free(results);
}
END_TEST

START_TEST(strategy_keeps_its_colour) {
  static const char *const labels[] = {
      "c0\" aria-hidden=\"true\"><use href=\"#mark6\"/></svg>scratch",
      "c1\" aria-hidden=\"true\"><use href=\"#mark0\"/></svg>zero_shot",
      "c2\" aria-hidden=\"true\"><use href=\"#mark1\"/></svg>full"};
  co_json *results = fixture_results();
  co_buf page = {0};
  make_page(results, NULL, &page);
  for (int i = 0; i < 3; i++) ck_assert_int_ge(markup_count(page.data, labels[i]), 5);
  ck_assert_int_ge(markup_count(page.data, "class=\"seed c2\" href=\"#mark1\""), SEEDS);
  ck_assert_int_eq(markup_count(page.data, "class=\"seed c2\" href=\"#mark0\""), 0);
  co_buf_free(&page);
  co_json_free(results);
}
END_TEST

START_TEST(page_is_one_file_without_scripts) {
  static const char *const forbidden[] = {"<script", "http:",   "https:",   "<link",
                                          "url(",    "@import", " src=\"/", "onclick"};
  co_json *results = fixture_results();
  co_buf page = {0};
  make_page(results, NULL, &page);
  for (size_t i = 0; i < sizeof forbidden / sizeof *forbidden; i++) {
    ck_assert_msg(strstr(page.data, forbidden[i]) == NULL, "%s", forbidden[i]);
  }
  ck_assert_ptr_nonnull(strstr(page.data, "prefers-color-scheme:dark"));
  ck_assert_int_eq(markup_count(page.data, "role=\"img\"><title>"),
                   markup_count(page.data, "<svg class=\"plot"));
  co_buf_free(&page);
  co_json_free(results);
}
END_TEST

START_TEST(same_results_same_bytes) {
  co_json *one = fixture_results(), *two = fixture_results();
  co_buf a = {0}, b = {0};
  make_page(one, NULL, &a);
  make_page(two, NULL, &b);
  ck_assert_uint_eq(a.size, b.size);
  ck_assert_int_eq(memcmp(a.data, b.data, a.size), 0);
  co_buf_free(&a);
  co_buf_free(&b);
  co_json_free(one);
  co_json_free(two);
}
END_TEST

// ---- the strange and the broken

START_TEST(text_of_results_is_escaped) {
  co_json *results = fixture_parse(
      "{\"name\":\"<script>x\",\"verdict\":\"a <b> & "
      "\\\"c\\\"\\nnext\",\"config\":\"</pre><script>\",\"seeds\":2,"
      "\"versions\":{\"<i>\":\"<u>\"},\"targets\":[{\"name\":\"<t>\",\"domain\":\"<d>\"}],"
      "\"strategy_definitions\":[{\"name\":\"<s>\",\"doc\":\"<doc>\",\"copy\":\"<a|b>\",\"train\":"
      "\"*\"}],"
      "\"final\":[{\"source\":\"<o>\",\"target\":\"<t>\",\"strategy\":\"<s>\",\"seeds\":[1,2]}],"
      "\"strategies\":[{\"source\":\"<o>\",\"target\":\"<t>\",\"strategy\":\"<s>\",\"metrics\":{"
      "\"final_iqm\":"
      "{\"value\":1,\"lo\":0,\"hi\":2,\"n\":2,\"note\":\"<note>\"}}}],"
      "\"shifts\":[{\"target\":\"<t>\",\"grade\":\"<g>\",\"reason\":\"<r>\"}],\"trials\":{"
      "\"failed\":[{\"id\":\"<f>\"}]}}");
  static const char *const tags[] = {"<script", "<i>", "<u>",    "<t>", "<d>", "<s>", "<doc>",
                                     "<a|",     "<o>", "<note>", "<g>", "<r>", "<f>"};
  co_buf page = {0};
  make_page(results, NULL, &page);
  for (size_t i = 0; i < sizeof tags / sizeof *tags; i++)
    ck_assert_msg(!strstr(page.data, tags[i]), "%s", tags[i]);
  ck_assert_ptr_nonnull(strstr(page.data, "<p>a &lt;b&gt; &amp; &quot;c&quot;</p>"));
  ck_assert_ptr_nonnull(strstr(page.data, "<p>next</p>"));
  co_buf_free(&page);
  co_json_free(results);
}
END_TEST

static const char *const strange[] = {
    "{}",
    "{\"strategies\":[],\"targets\":[]}",
    "{\"strategies\":{},\"targets\":7,\"curves\":\"x\",\"shifts\":[1,null,[]],\"matrix\":[],"
    "\"tensors\":[{}],\"step0\":[3]}",
    "{\"seeds\":-3,\"verdict\":null,\"trials\":null,\"references\":null,\"versions\":[1]}",
    "{\"targets\":[{\"name\":\"b\"}],\"matrix\":{\"b\":[[1],[null,2]]}}",
    "{\"final\":[{\"target\":\"b\",\"strategy\":\"full\",\"seeds\":[null,null]}]}",
    "{\"final\":[{\"source\":\"a\",\"target\":\"b\",\"strategy\":\"full\",\"seeds\":[1e300,-1e300,"
    "0]}]}",
    "{\"final\":[{\"source\":\"a\",\"target\":\"b\",\"strategy\":\"full\",\"seeds\":[5]}],"
    "\"references\":{\"b\":"
    "{\"random\":{\"value\":5},\"oracle\":[]}}}",
    "{\"curves\":[{\"source\":\"a\",\"target\":\"b\",\"strategy\":\"full\",\"step\":[0],\"iqm\":[3]"
    "}]}",
    "{\"curves\":[{\"source\":\"a\",\"target\":\"b\",\"strategy\":\"full\",\"step\":[0,10],\"iqm\":"
    "[3],\"lo\":[1,2,3],"
    "\"hi\":null,\"seeds\":[[1],null,[1,2,3]]}]}",
    "{\"curves\":[{\"source\":\"a\",\"target\":\"b\",\"strategy\":\"full\",\"step\":[null,null],"
    "\"iqm\":[3,4]}]}",
    "{\"tensors\":[{\"source\":\"a\",\"target\":\"b\",\"strategy\":\"full\",\"tensors\":[{},{"
    "\"name\":\"w\"},"
    "{\"name\":\"w\",\"shape\":[1,2,3],\"status\":\"copied\",\"trained\":false,\"hash_before\":"
    "\"1\",\"hash_after\":\"2\"}]}]}",
};

START_TEST(strange_results_give_a_page) {
  co_json *results = fixture_parse(strange[_i]);
  co_buf page = {0}, text = {0};
  make_page(results, NULL, &page);
  make_text(results, true, &text);
  ck_assert_ptr_nonnull(strstr(page.data, "</html>"));
  co_buf_free(&page);
  co_buf_free(&text);
  co_json_free(results);
}
END_TEST

START_TEST(broken_freeze_is_an_alarm) {
  co_json *results = fixture_parse(strange[sizeof strange / sizeof *strange - 1]);
  co_buf page = {0};
  make_page(results, NULL, &page);
  ck_assert_ptr_null(strstr(page.data, "<b>frozen</b>"));
  results = (co_json_free(results), fixture_results());
  page.size = 0;
  make_page(results, NULL, &page);
  ck_assert_ptr_nonnull(strstr(page.data, "<b>frozen</b>"));
  ck_assert_ptr_null(strstr(page.data, "frozen, but changed"));
  co_buf_free(&page);
  co_json_free(results);
}
END_TEST

START_TEST(results_must_be_an_object) {
  co_json *results = fixture_parse("[1]");
  co_buf out = {0};
  ck_assert_int_eq(co_report_html(results, NULL, &out), CO_DATA);
  ck_assert_int_eq(co_report_text(results, false, &out), CO_DATA);
  ck_assert_int_eq(co_report_html(NULL, NULL, &out), CO_DATA);
  ck_assert_uint_eq(out.size, 0);
  co_json_free(results);
}
END_TEST

// A copy in which some members are dropped, some values replaced by null or another type.
static co_json *damaged(const co_json *json, uint32_t *state, int percent) {
  *state = *state * 1664525u + 1013904223u;
  unsigned draw = (*state >> 8) % 100;
  if (draw < (unsigned)percent) {
    return draw % 3 == 0 ? co_json_null() : draw % 3 == 1 ? co_json_string("<x>") : co_json_array();
  }
  if (co_json_is_array(json) || co_json_is_object(json)) {
    bool object = co_json_is_object(json);
    co_json *copy = object ? co_json_object() : co_json_array();
    for (size_t i = 0; i < co_json_count(json); i++) {
      *state = *state * 1664525u + 1013904223u;
      if ((*state >> 8) % 100 < (unsigned)percent) continue;
      co_json *child =
          damaged(object ? co_json_value_at(json, i) : co_json_at(json, i), state, percent);
      if (object) {
        co_json_set(copy, co_json_key_at(json, i), child);
      } else {
        co_json_add(copy, child);
      }
    }
    return copy;
  }
  if (co_json_is_number(json)) return co_json_number(co_json_as_number(json, 0));
  return co_json_is_string(json) ? co_json_string(co_json_as_string(json)) : co_json_bool(true);
}

START_TEST(damaged_results_give_a_page) {
  co_json *results = fixture_results();
  for (uint32_t round = 0; round < 40; round++) {
    uint32_t state = round * 97u + 1;
    co_json *copy = damaged(results, &state, round % 2 ? 2 : 12);
    co_buf page = {0}, text = {0};
    if (co_json_is_object(copy)) {
      make_page(copy, NULL, &page);
      make_text(copy, false, &text);
    } else {
      ck_assert_int_eq(co_report_html(copy, NULL, &page), CO_DATA);
    }
    co_buf_free(&page);
    co_buf_free(&text);
    co_json_free(copy);
  }
  co_json_free(results);
}
END_TEST

START_TEST(many_targets_are_folded) {
  co_buf json = {0};
  co_buf_puts(&json, "{\"final\":[");
  for (int i = 0; i < 12; i++) {
    co_buf_printf(&json,
                  "%s{\"source\":\"s%d\",\"target\":\"t%d\",\"strategy\":\"full\",\"seeds\":[1,2]}",
                  i ? "," : "", i % 2, i);
  }
  co_buf_puts(&json, "],\"shifts\":[{\"source\":\"s0\",\"target\":\"t0\",\"grade\":\"live\"}]}");
  co_json *results = fixture_parse(json.data);
  co_buf page = {0};
  make_page(results, NULL, &page);
  ck_assert_int_eq(markup_count(page.data, "<details><summary>target "), 12);
  ck_assert_ptr_nonnull(strstr(
      page.data, "<details><summary>What each shift changes, 12 targets</summary>\n<section"));
  ck_assert_ptr_nonnull(strstr(page.data, "s1 → t11"));  // two sources: both are named
  co_buf_free(&page);
  co_buf_free(&json);
  co_json_free(results);
}
END_TEST

// More lines than can be told apart are thinned out, which is said.
START_TEST(many_seeds_are_thinned_out) {
  co_buf json = {0};
  co_buf_puts(
      &json,
      "{\"final\":[{\"source\":\"s\",\"target\":\"t\",\"strategy\":\"full\","
      "\"seeds\":[1,2]}],\"curves\":[{\"source\":\"s\",\"target\":\"t\",\"strategy\":\"full\","
      "\"step\":[0,9],\"iqm\":[1,2],\"lo\":[0,1],\"hi\":[2,3],\"seeds\":[");
  for (int i = 0; i < 90; i++) co_buf_printf(&json, "%s[%d,2]", i ? "," : "", i);
  co_buf_puts(&json, "]}]}");
  co_json *results = fixture_parse(json.data);
  co_buf page = {0};
  make_page(results, NULL, &page);
  ck_assert_int_eq(markup_count(page.data, "class=\"thin"), 30);
  ck_assert_ptr_nonnull(strstr(
      page.data,
      "Each strategy alone: return over env steps, one seed in 3 a thin line, of 90</summary>"));
  co_buf_free(&page);
  co_buf_free(&json);
  co_json_free(results);
}
END_TEST

// ---- pictures

static char *media_folder(void) {
  const char *build = getenv("CARRYOVER_BUILD_DIR");
  char *folder = co_path_join(build ? build : ".", "report_media");
  ck_assert_int_eq(co_dir_remove(folder), CO_OK);
  ck_assert_int_eq(co_dir_create(folder), CO_OK);
  return folder;
}

static void write_file(const char *folder, const char *name, const void *bytes, size_t size) {
  char *path = co_path_join(folder, name);
  ck_assert_int_eq(co_file_write(path, bytes, size), CO_OK);
  free(path);
}

START_TEST(pictures_are_embedded) {
  static const unsigned char png[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 'x', 'y'};
  char *folder = media_folder();
  write_file(folder, "a_to_b.full.png", png, sizeof png);
  write_file(folder, "z&z.png", png, sizeof png - 1);
  write_file(folder, "fake.png", "GIF89a", 6);
  write_file(folder, "notes.txt", "x", 1);
  co_json *results = fixture_results();
  co_buf page = {0};
  make_page(results, folder, &page);
  ck_assert_ptr_nonnull(
      strstr(page.data, "alt=\"a to b, full\" src=\"data:image/png;base64,iVBORw0KGgp4eQ==\"/>"));
  ck_assert_ptr_nonnull(
      strstr(page.data, "alt=\"z&amp;z\" src=\"data:image/png;base64,iVBORw0KGgp4\"/>"));
  ck_assert_ptr_nonnull(strstr(page.data, "fake.png: left out, not a PNG file"));
  ck_assert_ptr_null(strstr(page.data, "notes.txt"));
  co_buf_free(&page);
  co_json_free(results);
  ck_assert_int_eq(co_dir_remove(folder), CO_OK);
  free(folder);
}
END_TEST

// A replay is the document of a frame without any of this page's rights; one too large is a link,
// and a file that is none is nothing.
START_TEST(replays_are_framed) {
  static const unsigned char png[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 'x', 'y'};
  static const char replay[] =
      "<meta name=\"generator\" content=\"carryover replay 1\"><script>a && \"b\"</script>";
  char *folder = media_folder();
  write_file(folder, "a_to_b.full.png", png, sizeof png);
  write_file(folder, "a_to_b.full.html", replay, sizeof replay - 1);
  write_file(folder, "b.scratch.html", replay, sizeof replay - 1);
  write_file(folder, "other.html", "<script>alert(1)</script>", 25);
  size_t size = 7u << 20;
  char *large = malloc(size);
  ck_assert_ptr_nonnull(large);
  memset(large, ' ', size);
  memcpy(large, replay, sizeof replay - 1);
  write_file(folder, "large_1.html", large, size);
  write_file(folder, "large 2.html", large, size);
  free(large);
  co_json *results = fixture_results();
  co_buf page = {0};
  make_page(results, folder, &page);
  static const char framed[] =
      "<iframe sandbox=\"allow-scripts\" loading=\"lazy\" title=\"a to b, full\" srcdoc=\"&lt;meta "
      "name=&quot;generator&quot; content=&quot;carryover replay 1&quot;&gt;&lt;script&gt;a "
      "&amp;&amp; "
      "&quot;b&quot;&lt;/script&gt;\"></iframe></details>\n</figure>";
  ck_assert_ptr_nonnull(strstr(page.data, framed));
  ck_assert_int_eq(markup_count(page.data, "<iframe"), 3);  // full, scratch, one of the large ones
  ck_assert_int_eq(markup_count(page.data, "<script"), 0);
  ck_assert_ptr_nonnull(strstr(page.data, "<a href=\"media/large_1.html\">Replay</a>"));
  ck_assert_ptr_null(strstr(page.data, "alert"));
  ck_assert_ptr_null(strstr(page.data, "<figcaption>other</figcaption>"));
  co_buf_free(&page);
  co_json_free(results);
  ck_assert_int_eq(co_dir_remove(folder), CO_OK);
  free(folder);
}
END_TEST

// Neither a section nor a figure.
START_TEST(other_pages_are_no_replays) {
  char *folder = media_folder();
  write_file(folder, "other.html", "<p>of a person</p>", 18);
  co_json *results = fixture_results();
  co_buf page = {0};
  make_page(results, folder, &page);
  ck_assert_ptr_null(strstr(page.data, "id=\"pictures\""));
  ck_assert_ptr_null(strstr(page.data, "<figcaption>other</figcaption>"));
  co_buf_free(&page);
  co_json_free(results);
  ck_assert_int_eq(co_dir_remove(folder), CO_OK);
  free(folder);
}
END_TEST

START_TEST(missing_media_is_no_fault) {
  co_json *results = fixture_results();
  co_buf page = {0};
  make_page(results, "no/such/folder", &page);
  ck_assert_ptr_null(strstr(page.data, "id=\"pictures\""));
  co_buf_free(&page);
  co_json_free(results);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("report");
  TCase *page = tcase_create("page"), *odd = tcase_create("odd input"),
        *other = tcase_create("media");
  tcase_add_test(page, sections_come_in_order);
  tcase_add_test(page, every_seed_is_drawn);
  tcase_add_test(page, numbers_carry_n_and_interval);
  tcase_add_test(page, only_planned_comparisons_are_told);
  tcase_add_test(page, steps_of_a_source_have_their_unit);
  tcase_add_test(page, nominal_only_below_ten_seeds);
  tcase_add_test(page, what_is_not_known_is_not_claimed);
  tcase_add_test(page, refused_target_says_why);
  tcase_add_test(page, strategy_keeps_its_colour);
  tcase_add_test(page, page_is_one_file_without_scripts);
  tcase_add_test(page, same_results_same_bytes);
  tcase_add_test(odd, text_of_results_is_escaped);
  tcase_add_loop_test(odd, strange_results_give_a_page, 0, sizeof strange / sizeof *strange);
  tcase_add_test(odd, broken_freeze_is_an_alarm);
  tcase_add_test(odd, results_must_be_an_object);
  tcase_add_test(odd, damaged_results_give_a_page);
  tcase_add_test(odd, many_targets_are_folded);
  tcase_add_test(odd, many_seeds_are_thinned_out);
  tcase_set_timeout(odd, 60);
  tcase_add_test(other, pictures_are_embedded);
  tcase_add_test(other, replays_are_framed);
  tcase_add_test(other, other_pages_are_no_replays);
  tcase_add_test(other, missing_media_is_no_fault);
  suite_add_tcase(suite, page);
  suite_add_tcase(suite, odd);
  suite_add_tcase(suite, other);
  return suite;
}
