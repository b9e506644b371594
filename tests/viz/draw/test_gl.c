// Each way to a context, forced by CARRYOVER_GL. Every test is a process of its own: MuJoCo keeps
// to the first library that it has seen.

#include "tests/viz/frames.h"
#include "viz/draw/gl.h"

static const struct {
  const char *key, *how;
} ways[] = {{"egl", "EGL surfaceless"}, {"device", "EGL device"}, {"osmesa", "OSMesa"}};

static bool must_be_there(void) {
  const char *ci = getenv("CI");
  return ci && strcmp(ci, "true") == 0;
}

static const unsigned char *software_name(unsigned name) {
  ck_assert_uint_eq(name, 0x1F01);
  return (const unsigned char *)"llvmpipe (LLVM 15.0.6, 256 bits)";
}

static const unsigned char *hardware_name(unsigned name) {
  (void)name;
  return (const unsigned char *)"NVIDIA GeForce RTX 4090/PCIe/SSE2";
}

static const unsigned char *no_name(unsigned name) {
  (void)name;
  return NULL;
}

START_TEST(software_is_told) {
  co_gl_info info;
  co_gl_identify("a window", software_name, &info);
  ck_assert_str_eq(info.how, "a window");
  ck_assert_str_eq(info.renderer, "llvmpipe (LLVM 15.0.6, 256 bits)");
  ck_assert(info.software);
  co_gl_identify("a window", hardware_name, &info);
  ck_assert(!info.software);
  co_gl_identify("a window", no_name, &info);
  ck_assert_str_eq(info.renderer, "unknown");
  co_gl_identify("a window", NULL, &info);
  ck_assert_str_eq(info.renderer, "unknown");
}
END_TEST

START_TEST(a_way_that_is_forced) {
  co_gl *gl = NULL;
  setenv("CARRYOVER_GL", ways[_i].key, 1);
  co_status status = co_gl_create(&gl);
  if (status != CO_OK && !must_be_there()) {
    ck_assert_int_eq(status, CO_INTERNAL);
    ck_assert_ptr_nonnull(strstr(co_error_text(), ways[_i].how));
    fprintf(stderr, "skipped: %s\n", co_error_text());
    return;
  }
  ck_ok(status);
  ck_assert_str_eq(co_gl_describe(gl)->how, ways[_i].how);
  ck_assert_str_ne(co_gl_describe(gl)->renderer, "unknown");
  ck_ok(co_gl_use(gl));
  co_gl_free(gl);
}
END_TEST

// The same scene by each of them. All in one process do not go together: see above.
START_TEST(a_picture_by_each) {
  const char *fork = getenv("CK_FORK");
  if (_i > 0 && fork && strcmp(fork, "no") == 0) return;
  setenv("CARRYOVER_GL", ways[_i].key, 1);
  co_canvas *canvas = frame_canvas(64, 48);
  if (!canvas) return;
  frame_world frame = frame_open("hopper", NULL, 0);
  co_drawing *drawing = frame_drawing(&frame, 0);
  ck_ok(co_canvas_divide(canvas, &drawing, 1));
  ck_ok(co_canvas_draw(canvas, 0, NULL));
  const co_image *image = co_canvas_image(canvas);
  const unsigned char *sky = image->rgb + 3 * 2, *floor = sky + 47 * image->stride;
  ck_assert_int_gt(sky[2], sky[0]);  // blue above, greenish below
  ck_assert_int_gt(floor[1], floor[2]);
  co_canvas_free(canvas);
  co_drawing_free(drawing);
  frame_close(&frame);
}
END_TEST

START_TEST(nothing_is_allowed) {
  co_gl *gl = NULL;
  setenv("CARRYOVER_GL", "off", 1);
  ck_fails(co_gl_create(&gl), CO_INTERNAL, "no OpenGL: CARRYOVER_GL=off");
  setenv("CARRYOVER_GL", "vulkan", 1);
  ck_fails(co_gl_create(&gl), CO_CONFIG, "CARRYOVER_GL=vulkan: must be egl, device, osmesa or off");
}
END_TEST

// contexts follow each other and live side by side
START_TEST(several_contexts) {
  co_gl *gl[3] = {0};
  unsetenv("CARRYOVER_GL");
  for (int round = 0; round < 2; round++) {
    for (int i = 0; i < 3; i++)
      if (co_gl_create(&gl[i]) != CO_OK && !must_be_there()) return;
    for (int i = 0; i < 3; i++) ck_ok(co_gl_use(gl[i]));
    for (int i = 0; i < 3; i++) co_gl_free(gl[i]);
  }
  co_gl_free(NULL);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("viz/gl");
  TCase *tests = tcase_create("gl");
  tcase_add_test(tests, software_is_told);
  tcase_add_loop_test(tests, a_way_that_is_forced, 0, 3);
  tcase_add_loop_test(tests, a_picture_by_each, 0, 3);
  tcase_add_test(tests, nothing_is_allowed);
  tcase_add_test(tests, several_contexts);
  suite_add_tcase(suite, tests);
  return suite;
}
