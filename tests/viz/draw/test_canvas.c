// Facts on frames, and frames against kept thumbnails.

#include "tests/viz/frames.h"

#include <mujoco/mujoco.h>

enum { WIDTH = 96, HEIGHT = 72 };

// Of tasks of each kind: most and least that the robot covers of the picture.
static const struct {
  const char *task;
  double least, most;
} tasks[] = {{"pendulum", 0.005, 0.2},
             {"inverted_pendulum", 0.02, 0.3},
             {"hopper", 0.02, 0.25},
             {"half_cheetah", 0.02, 0.25},
             {"ant", 0.02, 0.25},
             {"humanoid", 0.02, 0.3},
             {"quadruped_rough", 0.03, 0.4},
             {"arm_push", 0.02, 0.3},
             {"ant_maze", 0.0002, 0.1},
             {"reacher", 0.0005, 0.1},
             {"pusher", 0.02, 0.3},
             {"swimmer", 0.01, 0.2}};
enum { TASKS = sizeof tasks / sizeof *tasks };

typedef struct stand {
  frame_world frame;
  co_drawing *drawing;
  co_canvas *canvas;
} stand;

static bool open_shot(const char *task, int steps, unsigned overlays, stand *out) {
  out->canvas = frame_canvas(WIDTH, HEIGHT);
  if (!out->canvas) return false;
  out->frame = frame_open(task, NULL, steps);
  out->drawing = frame_drawing(&out->frame, overlays);
  ck_ok(co_canvas_divide(out->canvas, &out->drawing, 1));
  ck_ok(co_canvas_draw(out->canvas, 0, NULL));
  return true;
}

static void close_shot(stand *shot) {
  co_canvas_free(shot->canvas);
  co_drawing_free(shot->drawing);
  frame_close(&shot->frame);
}

static co_image draw_again(stand *shot) {
  ck_ok(co_canvas_draw(shot->canvas, 0, NULL));
  return frame_keep(co_canvas_image(shot->canvas));
}

static void remove_robot(co_drawing *drawing) {
  mjvScene *scene = co_drawing_scene(drawing);
  int kept = 0;
  for (int i = 0; i < scene->ngeom; i++)
    if (scene->geoms[i].category != mjCAT_DYNAMIC) scene->geoms[kept++] = scene->geoms[i];
  ck_assert_int_lt(kept, scene->ngeom);
  scene->ngeom = kept;
}

START_TEST(the_robot_is_there) {
  stand shot;
  if (!open_shot(tasks[_i].task, 30, 0, &shot)) return;
  co_image with = draw_again(&shot);
  remove_robot(shot.drawing);
  co_image without = draw_again(&shot);
  double share = frame_difference(&with, &without, 8);
  ck_assert_msg(share >= tasks[_i].least && share <= tasks[_i].most, "%s covers %.4f",
                tasks[_i].task, share);
  free(with.rgb);
  free(without.rgb);
  close_shot(&shot);
}
END_TEST

// --- thumbnails

static const double kSame = 0.012;  // share of pixels that may differ, by more than:
enum { DIFFERENT = 16 };

static char *thumbnail_path(const char *task) {
  char name[128];
  snprintf(name, sizeof name, "%s.png", task);
  const char *source = getenv("CARRYOVER_SOURCE");
  char *folder = co_path_join(source ? source : ".", "tests/golden/viz");
  char *path = co_path_join(folder, name);
  free(folder);
  ck_assert_ptr_nonnull(path);
  return path;
}

START_TEST(frames_look_as_kept) {
  stand shot;
  if (!open_shot(tasks[_i].task, 30, 0, &shot)) return;
  char *path = thumbnail_path(tasks[_i].task);
  if (getenv("CARRYOVER_WRITE_THUMBNAILS")) {
    ck_ok(co_png_write(path, co_canvas_image(shot.canvas)));
  } else {
    co_image kept;
    ck_ok(co_png_read(path, &kept));
    double share = frame_difference(&kept, co_canvas_image(shot.canvas), DIFFERENT);
    ck_assert_msg(share <= kSame, "%s: %.4f of the pixels differ", tasks[_i].task, share);
    free(kept.rgb);
  }
  free(path);
  close_shot(&shot);
}
END_TEST

// The tolerance is worth something: other poses and cameras are beyond it.
START_TEST(other_frames_look_different) {
  static const co_camera turned[] = {{.azimuth = 8}, {.elevation = -6}, {.distance = 0.2}};
  stand shot;
  if (!open_shot("half_cheetah", 30, 0, &shot)) return;
  co_image first = draw_again(&shot);
  for (int i = 0; i < 4; i++) {
    co_camera camera;
    if (i == 3) frame_play(&shot.frame, 5);
    ck_ok(co_drawing_load(shot.drawing, shot.frame.bytes));
    co_drawing_default_camera(shot.drawing, &camera);
    if (i < 3) {
      camera.azimuth += turned[i].azimuth;
      camera.elevation += turned[i].elevation;
      camera.distance *= 1 + turned[i].distance;
    }
    ck_ok(co_drawing_update(shot.drawing, &camera, 0));
    co_image other = draw_again(&shot);
    double share = frame_difference(&first, &other, DIFFERENT);
    ck_assert_msg(share > 1.5 * kSame, "change %d: only %.4f differ", i, share);
    free(other.rgb);
  }
  free(first.rgb);
  close_shot(&shot);
}
END_TEST

// --- ghosts, panes, sizes

static double blue_share(const co_image *image) {
  int count = 0;
  for (int y = image->height / 2; y < image->height; y++)  // below the sky
    for (int x = 0; x < image->width; x++) {
      const unsigned char *p = image->rgb + (size_t)y * image->stride + 3 * (size_t)x;
      count += p[2] > p[0] + 25 && p[2] > p[1] + 8;
    }
  return (double)count / (image->width * image->height);
}

START_TEST(ghosts_have_the_other_colour) {
  stand shot;
  if (!open_shot("hopper", 0, 0, &shot)) return;
  frame_world other = frame_open("hopper", "{ parameter = \"option.gravity\"; scale = 1.5; }", 40);
  co_drawing *ghost = frame_drawing(&other, CO_OVERLAY_MASS);
  ck_assert_double_lt(blue_share(co_canvas_image(shot.canvas)), 0.001);
  int before = co_drawing_scene(shot.drawing)->ngeom;
  co_drawing_add_ghost(shot.drawing, ghost, co_ghost_color);
  ck_assert_int_eq(co_drawing_scene(shot.drawing)->ngeom, before + 4);  // no floor, no overlays
  co_image image = draw_again(&shot);
  ck_assert_double_gt(blue_share(&image), 0.005);
  free(image.rgb);
  co_drawing_free(ghost);
  frame_close(&other);
  close_shot(&shot);
}
END_TEST

START_TEST(panes_stand_side_by_side) {
  co_canvas *canvas = frame_canvas(101, 40);  // odd: columns of 50 and 51
  if (!canvas) return;
  frame_world frame[2] = {frame_open("hopper", NULL, 0), frame_open("swimmer", NULL, 0)};
  co_drawing *drawing[2] = {frame_drawing(&frame[0], 0), frame_drawing(&frame[1], 0)};
  ck_ok(co_canvas_divide(canvas, drawing, 2));
  ck_ok(co_canvas_draw(canvas, 1, NULL));
  const co_image *image = co_canvas_image(canvas);
  for (int y = 0; y < 40; y++) {
    const unsigned char *row = image->rgb + (size_t)y * image->stride;
    for (int i = 0; i < 150; i++) ck_assert_uint_eq(row[i], 0);  // the left is not drawn yet
    ck_assert_uint_gt(row[302], 0);
  }
  ck_ok(co_canvas_draw(canvas, 0, NULL));
  ck_assert_uint_gt(image->rgb[2], 0);
  ck_ok(co_canvas_divide(canvas, drawing, 1));
  ck_ok(co_canvas_draw(canvas, 0, NULL));
  co_canvas_free(canvas);
  for (int i = 0; i < 2; i++) {
    co_drawing_free(drawing[i]);
    frame_close(&frame[i]);
  }
}
END_TEST

// A caption takes a band of the picture and leaves all of the scene to be seen above it: no pixel
// of the robot is under text, and none of the text over the scene.
START_TEST(captions_hide_nothing) {
  enum { W = 320, H = 240 };
  co_canvas *canvas = frame_canvas(W, H);
  if (!canvas) return;
  frame_world frame = frame_open("hopper", NULL, 0);
  co_drawing *drawing = frame_drawing(&frame, 0);
  co_caption one = {0}, three = {0};
  co_caption_add(&one, CO_INK_TEXT, "%s", "who acts");
  for (int i = 0; i < CO_CAPTION_LINES; i++) co_caption_add(&three, CO_INK_SOURCE, "line %d", i);
  ck_ok(co_canvas_divide(canvas, &drawing, 1));
  ck_ok(co_canvas_draw(canvas, 0, &one));
  int low = frame_band(co_canvas_image(canvas));
  ck_assert_int_ge(low, 8);
  ck_assert_int_le(low, H / 8);
  ck_ok(co_canvas_draw(canvas, 0, &three));
  int high = frame_band(co_canvas_image(canvas));
  ck_assert_int_gt(high, 2 * low);
  ck_assert_int_le(high, H / 3);
  ck_ok(co_canvas_draw(canvas, 0, NULL));
  ck_assert_int_eq(frame_band(co_canvas_image(canvas)), 0);
  co_canvas_free(canvas);
  co_drawing_free(drawing);
  frame_close(&frame);
}
END_TEST

static const int sizes[][2] = {{1, 1}, {3, 5}, {33, 1}, {4096, 2}};

START_TEST(any_size) {
  co_canvas *canvas = frame_canvas(sizes[_i][0], sizes[_i][1]);
  if (!canvas) return;
  frame_world frame = frame_open("hopper", NULL, 0);
  co_drawing *drawing = frame_drawing(&frame, 0);
  ck_ok(co_canvas_divide(canvas, &drawing, 1));
  co_caption caption = {0};
  co_caption_add(&caption, CO_INK_TEXT, "a caption much wider than the picture");
  ck_ok(co_canvas_draw(canvas, 0, &caption));
  if (sizes[_i][0] < 2) {
    co_drawing *two[] = {drawing, drawing};
    ck_fails(co_canvas_divide(canvas, two, 2), CO_USAGE, "need more than 1 pixel");
  }
  co_canvas_free(canvas);
  co_drawing_free(drawing);
  frame_close(&frame);
}
END_TEST

START_TEST(impossible_sizes) {
  static const int size[][2] = {{0, 10}, {10, 0}, {-1, 10}, {4097, 10}, {10, 4097}};
  co_canvas *canvas;
  for (size_t i = 0; i < sizeof size / sizeof *size; i++)
    ck_fails(co_canvas_create(size[i][0], size[i][1], &canvas), CO_USAGE, "1 x 1 to 4096 x 4096");
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("viz/canvas");
  TCase *tests = tcase_create("canvas");
  tcase_add_loop_test(tests, the_robot_is_there, 0, TASKS);
  tcase_add_loop_test(tests, frames_look_as_kept, 0, TASKS);
  tcase_add_test(tests, other_frames_look_different);
  tcase_add_test(tests, ghosts_have_the_other_colour);
  tcase_add_test(tests, panes_stand_side_by_side);
  tcase_add_test(tests, captions_hide_nothing);
  tcase_add_loop_test(tests, any_size, 0, 4);
  tcase_add_test(tests, impossible_sizes);
  suite_add_tcase(suite, tests);
  return suite;
}
