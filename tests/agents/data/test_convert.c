// Sets in other formats and back: the same set. What is damaged is refused, or is the same.

#include "agents/data/convert.h"
#include "agents/data/hdf5.h"
#include "agents/data/npz.h"
#include "tests/agents/data/deflated.h"
#include "tests/agents/data/listing.h"
#include "tests/agents/data/small_set.h"

static void convert(const char *from, const char *to, int want_problems) {
  co_data_problems problems = {0};
  ck_ok(co_data_convert(at(from), at(to), &problems));
  ck_assert_msg(problems.count == want_problems, "%s", problems.count ? problems.text[0] : "none");
  co_data_problems_free(&problems);
}

static void same_bytes(const char *a, const char *b) {
  co_buf one, other;
  ck_ok(co_file_read(at(a), 0, &one));
  ck_ok(co_file_read(at(b), 0, &other));
  ck_assert_uint_eq(one.size, other.size);
  ck_assert_mem_eq(one.data, other.data, one.size);
  co_buf_free(&one);
  co_buf_free(&other);
}

// An archive holds all of a set, a table all but the contract and who acted.
START_TEST(there_and_back) {
  small_set_write(at("a.codata"), _i);
  convert("a.codata", "a.npz", 0);
  convert("a.npz", "b.codata", 0);
  same_bytes("a.codata", "b.codata");
  convert("a.codata", "a.csv", 0);
  convert("a.csv", "c.codata", 0);
  convert("a.npz", "b.csv", 0);
  same_bytes("a.csv", "b.csv");
  convert("b.csv", "c.npz", 0);
  convert("c.npz", "d.codata", 0);
  same_bytes("c.codata", "d.codata");
  convert("a.codata", "e.codata", 0);
  same_bytes("a.codata", "e.codata");
  co_data_set a, c;
  ck_ok(co_data_set_open(at("a.codata"), &a));
  ck_ok(co_data_set_open(at("c.codata"), &c));
  ck_assert_uint_eq(a.hash, c.hash);
  ck_assert_int_eq(c.about.num_obs, _i ? SMALL_OBS : 0);
  if (_i) ck_assert_str_eq(c.about.action[1].name, "ctrl/pull");
  co_data_set_close(&a);
  co_data_set_close(&c);
  co_names names;
  ck_ok(co_dir_list(scratch, &names));
  ck_assert_int_eq(names.count, 9);  // and nothing between
  co_names_free(&names);
}
END_TEST

START_TEST(there_and_back_by_hdf5) {
  small_set_write(at("a.codata"), _i);
  if (!co_data_hdf5_is_there()) {
    co_data_problems problems = {0};
    ck_assert_int_eq(co_data_convert(at("a.codata"), at("a.hdf5"), &problems), CO_CONFIG);
    ck_assert_ptr_nonnull(strstr(co_error_text(), "libhdf5-dev"));
    ck_assert(!co_file_exists(at("a.hdf5")));
    return;
  }
  convert("a.codata", "a.hdf5", 0);
  convert("a.hdf5", "b.codata", 0);
  same_bytes("a.codata", "b.codata");
  convert("b.codata", "b.h5", 0);
  same_bytes("a.hdf5", "b.h5");
  convert("a.hdf5", "a.npz", 0);
  convert("a.npz", "c.hdf5", 0);
  same_bytes("a.hdf5", "c.hdf5");
  // Minari's groups hold transitions alone, and are told by what is in them
  convert("a.codata", "a.minari.hdf5", 0);
  convert("a.minari.hdf5", "d.csv", 0);
  convert("d.csv", "d.minari.hdf5", 0);
  same_bytes("a.minari.hdf5", "d.minari.hdf5");
  convert("a.minari.hdf5", "d.codata", 0);
  co_data_set a, d;
  ck_ok(co_data_set_open(at("a.codata"), &a));
  ck_ok(co_data_set_open(at("d.codata"), &d));
  ck_assert_int_eq(a.transitions, d.transitions);
  for (int64_t i = 0; i < a.transitions; i++) {
    co_data_transition x = co_data_set_at(&a, i), y = co_data_set_at(&d, i);
    ck_assert(x.flags == y.flags && x.reward == y.reward);
    ck_assert_mem_eq(x.obs, y.obs, (SMALL_OBS + SMALL_ACTION) * sizeof *x.obs);
    ck_assert_mem_eq(x.next_obs, y.next_obs, SMALL_OBS * sizeof *x.obs);
  }
  co_data_set_close(&a);
  co_data_set_close(&d);
}
END_TEST

// ---- damage

static void put(const char *path, const char *bytes, size_t size) {
  FILE *file = fopen(path, "wb");  // without a sync, for speed
  ck_assert_ptr_nonnull(file);
  ck_assert_uint_eq(fwrite(bytes, 1, size, file), size);
  ck_assert_int_eq(fclose(file), 0);
}

// The hash of what is read; 0 where it is refused.
static uint64_t hash_of(const co_buf *bytes, size_t size) {
  listing all = listing_make();
  const co_data_sink sink = listing_sink(&all);
  co_data_problems problems = {0};
  co_status status = co_data_npz_parse(bytes->data, size, "damaged.npz", &sink, &problems);
  if (status != CO_OK)
    ck_assert_msg(status == CO_DATA && strstr(co_error_text(), "damaged.npz: offset "), "%s",
                  co_error_text());
  co_data_problems_free(&problems);
  uint64_t hash = listing_free(&all);
  return status == CO_OK ? hash : 0;
}

static void flip_and_cut(co_buf *bytes) {
  uint64_t want = hash_of(bytes, bytes->size);
  ck_assert_uint_ne(want, 0);
  size_t same = 0;
  for (size_t bit = 0; bit < 8 * bytes->size; bit++) {
    bytes->data[bit / 8] ^= (char)(1 << bit % 8);
    uint64_t hash = hash_of(bytes, bytes->size);
    ck_assert_msg(hash == 0 || hash == want, "bit %zu", bit);
    same += hash == want;
    bytes->data[bit / 8] ^= (char)(1 << bit % 8);
  }
  ck_assert_uint_lt(same, 4 * bytes->size);  // times, attributes, sizes that are told twice
  for (size_t size = 0; size < bytes->size; size++)
    ck_assert_msg(hash_of(bytes, size) == 0, "%zu bytes", size);
}

START_TEST(a_damaged_archive_is_refused_or_the_same) {
  co_buf bytes;
  small_set_write(at("a.codata"), false);
  convert("a.codata", "a.npz", 0);
  ck_ok(co_file_read(at("a.npz"), 0, &bytes));
  flip_and_cut(&bytes);
  co_buf_free(&bytes);
}
END_TEST

START_TEST(a_deflated_archive_is_read_and_its_damage_refused) {
  listing all = listing_make();
  const co_data_sink sink = listing_sink(&all);
  co_data_problems problems = {0};
  co_buf bytes = {0};
  co_buf_add(&bytes, deflated, sizeof deflated);
  ck_ok(co_data_npz_parse(bytes.data, bytes.size, "a.npz", &sink, &problems));
  ck_assert_str_eq(all.text.data, "0:1 0:3 0:5T>7");
  ck_assert_int_eq(problems.count, 0);
  flip_and_cut(&bytes);
  listing_free(&all);
  co_buf_free(&bytes);
}
END_TEST

// ---- tables

#define HEAD "terminated,reward,obs/x,action/u\n"
static const struct {
  const char *text, *want;  // an error, or the transitions
} tables[] = {
    {"reward,terminated,action/u,obs/x\n1,0,2,3\n1,1,4,5\n", "0:3 0:5T>5"},
    {"terminated,reward,\"obs/a,\"\"b\",action/u\r\n0,1,2,3\r\n1,1,4,5", "0:2 0:4T>4"},
    {"terminated,truncated,reward,obs/x,action/u,next_obs/"
     "x\n0,0,1,2,3,\n0,1,1,4,3,6\n1,0,0,7,0,8\n",
     "0:2 0:4C>6 1:7T>8"},
    {"", ":1: column \"\": expected episode"},
    {"x\n", ":1: column \"x\": expected episode"},
    {"terminated,reward,obs/x\n", ":1: no column \"action/\": is this a data set?"},
    {"reward,reward\n", ":1: column \"reward\": it is one too many"},
    {"episode,terminated,reward,obs/x,action/u\n", ":1: episode and row need each other"},
    {"terminated,reward,obs/x,action/u,next_obs/y\n", ":1: obs and next_obs have other names"},
    {HEAD "0,1,2\n", ":2: fewer cells than names"},
    {HEAD "0,1,2,3\n1,2,3,4,5\n", ":3: more cells than names"},
    {HEAD "0,1,2,x\n", ":2: \"x\" is no number"},
    {HEAD "0,1,2,nan\n", ":2: \"nan\" is no number"},
    {HEAD "0,1,,3\n", ":2: \"\" is no number"},
    {HEAD "0,\"1,2,3\n", ":2: a quote has no end"},
    {HEAD "0,\"1\"2,3,4\n", ":2: a comma is missing behind a cell"},
    {"episode,row,terminated,reward,obs/x,action/u\n0,0.5,1,0,0,0\n",
     ":2: episode and row are whole"},
    {"terminated,reward,obs/x,obs/y,action/u,next_obs/x,next_obs/y\n1,0,0,0,0,1,\n",
     ":2: next_obs is there in part"},
};

START_TEST(tables_by_hand) {
  listing all = listing_make();
  const co_data_sink sink = listing_sink(&all);
  const co_data_format *format;
  co_data_problems problems = {0};
  char path[2300];
  snprintf(path, sizeof path, "%s", at("a.csv"));
  put(path, tables[_i].text, strlen(tables[_i].text));
  ck_ok(co_data_format_of(path, &format));
  ck_assert_str_eq(format->name, "csv");
  co_status status = format->read(path, &sink, &problems);
  if (*tables[_i].want == ':') {
    ck_assert_int_eq(status, CO_DATA);
    const char *text = strstr(co_error_text(), "a.csv");
    ck_assert_msg(text && strncmp(text + 5, tables[_i].want, strlen(tables[_i].want)) == 0, "%s",
                  co_error_text());
  } else {
    ck_ok(status);
    ck_assert_str_eq(all.text.data, tables[_i].want);
  }
  co_data_problems_free(&problems);
  listing_free(&all);
}
END_TEST

START_TEST(formats_are_known) {
  const co_data_format *format;
  ck_assert_int_eq(co_data_format_for("a.txt", &format), CO_USAGE);
  ck_assert_ptr_nonnull(
      strstr(co_error_text(), "*.codata, *.npz, *.csv, *.minari.hdf5, *.hdf5, *.h5"));
  ck_assert_int_eq(co_data_format_of(at("none.npz"), &format), CO_NO_INPUT);
  ck_ok(co_file_write(at("a.bin"), "\x80\x04 pickle", 9));
  ck_assert_int_eq(co_data_format_of(at("a.bin"), &format), CO_DATA);
  ck_assert_ptr_nonnull(strstr(co_error_text(), "this is a pickle of Python, not a data set"));
  small_set_write(at("a.codata"), false);
  ck_ok(co_file_write(at("a.csv"), "x", 1));
  co_data_problems problems = {0};
  ck_assert_int_eq(co_data_convert(at("a.csv"), at("b.codata"), &problems), CO_DATA);
  ck_assert_int_eq(co_data_convert(at("a.csv"), at("b.npz"), &problems), CO_DATA);
  ck_assert(!co_file_exists(at("b.codata")) && !co_file_exists(at("b.npz")));
  ck_assert(!co_file_exists(at("b.npz.between.codata")));
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("convert");
  TCase *tests = tcase_create("convert");
  tcase_add_checked_fixture(tests, scratch_make, scratch_remove);
  tcase_add_loop_test(tests, there_and_back, 0, 2);
  tcase_add_loop_test(tests, there_and_back_by_hdf5, 0, 2);
  tcase_add_test(tests, a_damaged_archive_is_refused_or_the_same);
  tcase_add_test(tests, a_deflated_archive_is_read_and_its_damage_refused);
  tcase_add_loop_test(tests, tables_by_hand, 0, sizeof tables / sizeof *tables);
  tcase_add_test(tests, formats_are_known);
  suite_add_tcase(suite, tests);
  return suite;
}
