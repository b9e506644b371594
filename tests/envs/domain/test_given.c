// Domains as commands are given them, and shifts as people read them.

#include "envs/domain/domain.h"
#include "envs/domain/preset.h"
#include "tests/envs/worlds.h"

static const char gravity[] = "{ parameter = \"option.gravity\"; scale = 1.5; }";
static const char two[] =
    "( { parameter = \"body.mass\"; select = \"torso\"; scale = 2.0; }, "
    "{ parameter = \"joint.damping\"; select = \"*\"; set = 1.0; } )";

START_TEST(test_one_list_of_all) {
  const char *text[] = {gravity, two, "gravity_x0.5", "odrl/hopper-friction-0.1"};
  co_node *list = NULL;
  ck_ok(co_domains_read("domain", text, 4, &list));
  ck_assert_int_eq(list->kind, CO_NODE_LIST);
  ck_assert_int_ge(list->count, 5);
  ck_assert_str_eq(co_node_get(list->child[0], "parameter")->value.string, "option.gravity");
  ck_assert_str_eq(co_node_get(list->child[1], "parameter")->value.string, "body.mass");
  ck_assert_str_eq(co_node_get(list->child[2], "parameter")->value.string, "joint.damping");
  co_node_free(list);
  ck_ok(co_domains_read("domain", NULL, 0, &list));
  ck_assert_ptr_null(list);
}
END_TEST

static const struct {
  const char *text;
  co_status status;
  const char *says;
} wrong[] = {
    {"{ parameter = \"option.gravity\"; scale = 1.5; }; x = 3", CO_CONFIG, "--domain:1: "},
    {"( ); more = ( )", CO_CONFIG, "something stands behind the shifts"},
    {"{ parameter = ", CO_CONFIG, "--domain:1: "},
    {"gravity_x1.6", CO_NO_INPUT, "did you mean"},
    {"no/such.cfg", CO_NO_INPUT, "no/such.cfg"},
};

START_TEST(test_wrong) {
  const char *text[] = {gravity, wrong[_i].text};
  co_node *list = (co_node *)text;
  ck_fails(co_domains_read("domain", text, 2, &list), wrong[_i].status, wrong[_i].says);
  ck_assert_ptr_null(list);
}
END_TEST

// What a contract keeps of a domain makes the same domain again.
START_TEST(test_back_from_shifts) {
  const char *text[] = {gravity, two};
  co_node *list = NULL, *again = NULL;
  ck_ok(co_domains_read("domain", text, 2, &list));
  co_built_world *world, *same;
  ck_ok(co_world_build(&(co_world){.task = "hopper", .domain = list}, &world));
  ck_ok(co_shifts_to_tree(world->info.shift, world->info.num_shifts, "contract", &again));
  ck_ok(co_world_build(&(co_world){.task = "hopper", .domain = again}, &same));
  ck_assert_int_eq(same->info.num_shifts, 3);
  co_buf one = {0}, other = {0};
  ck_ok(co_domain_write(&world->def.domain, &one));
  ck_ok(co_domain_write(&same->def.domain, &other));
  ck_assert_str_eq(one.data, other.data);
  co_buf_free(&one);
  co_buf_free(&other);
  co_world_free(world);
  co_world_free(same);
  co_node_free(list);
  co_node_free(again);
  ck_ok(co_shifts_to_tree(NULL, 0, "contract", &again));
  ck_assert_ptr_null(again);
  const co_shift_info stranger = {.parameter = "body.mass", .operation = "halve", .num_values = 1};
  ck_fails(co_shifts_to_tree(&stranger, 1, "contract", &again), CO_DATA, "no shift");
  ck_assert_ptr_null(again);
}
END_TEST

START_TEST(test_text) {
  const co_shift_info shift[] = {
      {.parameter = "option.gravity", .operation = "scale", .value = {1.5}, .num_values = 1},
      {.parameter = "geom.friction",
       .select = "floor",
       .operation = "set",
       .distribution = "uniform",
       .value = {0.5, 2},
       .num_values = 2,
       .clip = {0.25, 4},
       .num_clip = 2,
       .each = true,
       .from = 1,
       .over = 30000},
  };
  co_buf text = {0};
  co_shifts_put(shift, 2, &text);
  ck_assert_str_eq(text.data,
                   "option.gravity scale 1.5, geom.friction of floor set uniform 0.5 2 clip 0.25 4 "
                   "each, from 1 over 30000 steps");
  co_buf_free(&text);
  co_shifts_put(NULL, 0, &text);
  ck_assert_str_eq(text.data, "none");
  co_buf_free(&text);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("given");
  TCase *tcase = tcase_create("all");
  tcase_add_test(tcase, test_one_list_of_all);
  tcase_add_loop_test(tcase, test_wrong, 0, sizeof wrong / sizeof *wrong);
  tcase_add_test(tcase, test_back_from_shifts);
  tcase_add_test(tcase, test_text);
  suite_add_tcase(suite, tcase);
  return suite;
}
