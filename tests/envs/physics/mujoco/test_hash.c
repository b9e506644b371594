// Which edits of a model file make it another model: all but names, and what is only drawn.

#include "tests/envs/models.h"

#include <stdlib.h>
#include <string.h>

static const char kModel[] =
    "<mujoco model='m'><option timestep='.002' gravity='0 0 -9.81' integrator='Euler'>"
    "<flag contact='enable'/></option><visual><map zfar='20'/></visual>"
    "<asset><texture name='sky' type='skybox' builtin='flat' width='8' height='8' rgb1='.1 .2 .3'/>"
    "<material name='steel' rgba='.5 .5 .5 1'/>"
    "<mesh name='tent' vertex='0 0 0 .1 0 0 0 .1 0 0 0 .1'/></asset>"
    "<custom><numeric name='n' data='1'/></custom>"
    "<worldbody><light pos='0 0 3'/><camera name='film' pos='0 -3 1'/>"
    "<geom name='floor' type='plane' size='5 5 .1' rgba='.1 .1 .1 1' friction='1 .005 .0001'/>"
    "<body name='base' pos='0 0 .5'><freejoint name='root'/>"
    "<geom name='ball' size='.1' rgba='.2 .3 .4 1' group='0' material='steel'/>"
    "<site name='imu' pos='0 0 .1' rgba='1 0 0 1'/><site name='eye' pos='0 0 .2'/>"
    "<body name='leg' pos='.3 0 0' gravcomp='.1'>"
    "<joint name='hip' axis='0 1 0' damping='.1' range='-1 1' limited='true'/>"
    "<geom name='shin' type='capsule' size='.05 .1' mass='1'/>"
    "<geom name='roof' type='mesh' mesh='tent' pos='0 0 .3'/></body></body></worldbody>"
    "<contact><exclude body1='base' body2='leg'/></contact>"
    "<equality><joint name='stiff' joint1='hip' polycoef='.1 0 0 0 0' active='false'/></equality>"
    "<actuator><position name='servo' joint='hip' kp='20' kv='1' gear='1' ctrlrange='-1 1'/>"
    "</actuator><sensor><gyro name='rate' site='imu' noise='0' cutoff='0'/>"
    "<accelerometer name='push' site='imu'/></sensor>"
    "<keyframe><key name='up' qpos='0 0 .5 1 0 0 0 .1'/></keyframe></mujoco>";

typedef struct edit {
  const char *from, *to;
  bool other;    // another model
  bool other_1;  // by the hash of format 1
} edit;

static const edit edits[] = {
    // what format 1 does not see
    {"pos='0 0 .1' rgba='1 0 0 1'", "pos='0 0 .4' rgba='1 0 0 1'", true, false},
    {"name='eye' pos='0 0 .2'", "name='eye' pos='0 0 .2' euler='0 0 90'", true, false},
    {"<site name='eye' pos='0 0 .2'/>", "", true, false},
    {"noise='0'", "noise='.1'", true, false},
    {"cutoff='0'", "cutoff='1'", true, false},
    {"<gyro name", "<velocimeter name", true, false},
    {"<gyro name='rate' site='imu'", "<gyro name='rate' site='eye'", true, false},
    {"<accelerometer name='push' site='imu'/>", "", true, false},
    {"pos='0 -3 1'", "pos='0 -2 1'", true, false},
    {"qpos='0 0 .5 1 0 0 0 .1'", "qpos='0 0 .5 1 0 0 0 .2'", true, false},
    {"data='1'", "data='2'", true, false},
    {"kv='1'", "kv='1' delay='.01' nsample='8'", true, false},
    {"friction='1 .005 .0001'", "friction='1 .005 .0001' surfacevel='1 0 0 0 0 0'", true, false},
    {"gear='1'", "gear='1' group='3'", true, false},
    // what it sees
    {"axis='0 1 0'", "axis='0 -1 0'", true, true},
    {"axis='0 1 0'", "axis='0 1 0' armature='.01'", true, true},
    {"damping='.1'", "damping='.2'", true, true},
    {"range='-1 1' limited", "range='-1 2' limited", true, true},
    {"pos='.3 0 0'", "pos='.31 0 0'", true, true},
    {"gravcomp='.1'", "gravcomp='.2'", true, true},
    {"mass='1'", "mass='1.1'", true, true},
    {"friction='1 .005", "friction='.9 .005", true, true},
    {"size='.1' rgba", "size='.11' rgba", true, true},
    {"0 .1 0 0 0 .1'", "0 .1 0 0 0 .2'", true, true},
    {"gear='1'", "gear='-1'", true, true},
    {"kp='20'", "kp='10'", true, true},
    {"ctrlrange='-1 1'", "ctrlrange='-1 .5'", true, true},
    {"<exclude body1='base' body2='leg'/>", "", true, true},
    {"polycoef='.1 0", "polycoef='.2 0", true, true},
    {"active='false'", "active='true'", true, true},
    {"timestep='.002'", "timestep='.001'", true, true},
    {"-9.81", "-9.8", true, true},
    {"integrator='Euler'", "integrator='implicitfast'", true, true},
    {"contact='enable'", "contact='disable'", true, true},
    // names, and what is only drawn
    {"model='m'", "model='n'", false, false},
    {"name='ball'", "name='globe'", false, false},
    {"name='roof'", "", false, false},
    {"name='film'", "name='movie'", false, false},
    {"rgba='.2 .3 .4 1'", "rgba='.9 .3 .4 0'", false, false},
    {"rgba='1 0 0 1'", "rgba='0 1 0 1'", false, false},
    {"rgba='.5 .5 .5 1'", "rgba='.5 .5 .5 .5' specular='.1'", false, false},
    {" material='steel'", "", false, false},
    {"group='0'", "group='2'", false, false},
    {"rgb1='.1", "rgb1='.9", false, false},
    {"width='8'", "width='16'", false, false},
    {"zfar='20'", "zfar='30'", false, false},
    {"<light pos='0 0 3'/>", "<light pos='0 0 2'/><light pos='1 0 2' diffuse='1 0 0'/>", false,
     false},
    {"<option timestep", "<size memory='1M'/><option timestep", false, false},
};

static char *with(const char *text, const char *from, const char *to) {
  const char *at = strstr(text, from);
  ck_assert_msg(at, "%s", from);
  size_t before = (size_t)(at - text), size = strlen(text) + strlen(to) + 1;
  char *out = calloc(size, 1);
  memcpy(out, text, before);
  strcat(out, to);
  strcat(out, at + strlen(from));
  return out;
}

static void hash_of(const char *text, uint64_t out[2]) {
  co_model *model = test_model(text);
  out[0] = model->hash;
  out[1] = model->hash_1;
  co_model_free(model);
}

START_TEST(an_edit_is_another_model_or_not) {
  const edit *one = &edits[_i];
  uint64_t plain[2], edited[2];
  char *text = with(kModel, one->from, one->to);
  hash_of(kModel, plain);
  hash_of(text, edited);
  ck_assert_msg((plain[0] != edited[0]) == one->other, "%s -> %s", one->from, one->to);
  ck_assert_msg((plain[1] != edited[1]) == one->other_1, "format 1: %s -> %s", one->from, one->to);
  free(text);
}
END_TEST

// A sensor that sends rays looks through what is wholly transparent, and through nothing else.
START_TEST(rays_see_colours) {
  static const char ray[] = "<rangefinder name='far' site='eye'/>";
  uint64_t plain[2], clear[2], blue[2];
  char *sees = with(kModel, "<accelerometer name='push' site='imu'/>", ray);
  char *through = with(sees, "rgba='.1 .1 .1 1'", "rgba='.1 .1 .1 0'");
  char *other = with(sees, "rgba='.1 .1 .1 1'", "rgba='0 0 1 .5'");
  hash_of(sees, plain);
  hash_of(through, clear);
  hash_of(other, blue);
  ck_assert(plain[0] != clear[0] && plain[0] == blue[0] && plain[1] == clear[1]);
  free(sees);
  free(through);
  free(other);
}
END_TEST

// Constants: files of before hold the older one. The newer changes with MuJoCo and with what it
// leaves out; then say why here, and in the commit.
START_TEST(hashes_are_these) {
  co_model *model = test_model_file("hopper"), *again = test_model_file("hopper");
  char text[2][CO_HASH_TEXT];
  co_hash_text(model->hash, text[0]);
  co_hash_text(model->hash_1, text[1]);
  ck_assert_str_eq(text[1], "04e7a1f31e140deb");
  ck_assert_str_eq(text[0], "5c15c84767dbcde5");
  ck_assert_uint_eq(model->hash, again->hash);
  co_model_free(model);
  co_model_free(again);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("hash");
  TCase *tcase = tcase_create("all");
  tcase_add_loop_test(tcase, an_edit_is_another_model_or_not, 0, sizeof edits / sizeof *edits);
  tcase_add_test(tcase, rays_see_colours);
  tcase_add_test(tcase, hashes_are_these);
  suite_add_tcase(suite, tcase);
  return suite;
}
