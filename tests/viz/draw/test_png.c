#include "core/file.h"
#include "tests/support/scratch.h"
#include "tests/support/support.h"
#include "viz/draw/png.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static unsigned char value_at(int x, int y, int channel) {
  return (unsigned char)(37 * x + 11 * y + 85 * channel);
}

static co_image make_image(int width, int height, size_t padding) {
  co_image image = {width, height, NULL, 3 * (size_t)width + padding};
  image.rgb = malloc(image.stride * (size_t)height);
  ck_assert_ptr_nonnull(image.rgb);
  memset(image.rgb, 0xEE, image.stride * (size_t)height);
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++)
      for (int k = 0; k < 3; k++)
        image.rgb[(size_t)y * image.stride + 3 * (size_t)x + (size_t)k] = value_at(x, y, k);
  return image;
}

static const struct {
  int width, height;
  size_t padding;
} sizes[] = {{1, 1, 0}, {7, 3, 0}, {7, 3, 5}, {1, 300, 1}, {640, 480, 0}};

START_TEST(what_is_written_is_read) {
  co_image image = make_image(sizes[_i].width, sizes[_i].height, sizes[_i].padding), back;
  ck_assert_int_eq(co_png_write(at("a.png"), &image), CO_OK);
  ck_assert_int_eq(co_png_read(at("a.png"), &back), CO_OK);
  ck_assert_int_eq(back.width, image.width);
  ck_assert_int_eq(back.height, image.height);
  ck_assert_uint_eq(back.stride, 3 * (size_t)image.width);
  for (int y = 0; y < image.height; y++)
    ck_assert_mem_eq(back.rgb + (size_t)y * back.stride, image.rgb + (size_t)y * image.stride,
                     back.stride);
  free(back.rgb);
  free(image.rgb);
}
END_TEST

// no time stamps or other accidents
START_TEST(same_bytes_every_time) {
  co_image image = make_image(31, 17, 0);
  co_buf first = {0}, second = {0};
  ck_assert_int_eq(co_png_encode(&image, &first), CO_OK);
  ck_assert_int_eq(co_png_encode(&image, &second), CO_OK);
  ck_assert_uint_eq(first.size, second.size);
  ck_assert_mem_eq(first.data, second.data, first.size);
  ck_assert_ptr_null(memmem(first.data, first.size, "tIME", 4));
  co_buf_free(&first);
  co_buf_free(&second);
  free(image.rgb);
}
END_TEST

START_TEST(folder_is_missing) {
  co_image image = make_image(2, 2, 0);
  ck_assert_int_eq(co_png_write(at("none/a.png"), &image), CO_CREATE);
  ck_assert_ptr_nonnull(strstr(co_error_text(), "none/a.png"));
  free(image.rgb);
}
END_TEST

START_TEST(missing_file) {
  co_image image;
  ck_assert_int_eq(co_png_read(at("none.png"), &image), CO_NO_INPUT);
}
END_TEST

// every cut of a file, and every bit of its head turned over
START_TEST(damaged_files) {
  co_image image = make_image(5, 4, 0), back;
  co_buf file = {0};
  ck_assert_int_eq(co_png_encode(&image, &file), CO_OK);
  free(image.rgb);
  for (size_t size = 0; size < file.size - 16; size++) {
    ck_assert_int_eq(co_file_write(at("cut.png"), file.data, size), CO_OK);
    ck_assert_int_eq(co_png_read(at("cut.png"), &back), CO_DATA);
    ck_assert_ptr_nonnull(strstr(co_error_text(), "cut.png"));
    ck_assert_ptr_null(back.rgb);
  }
  for (size_t bit = 0; bit < 8 * 33; bit++) {
    file.data[bit / 8] ^= (char)(1 << bit % 8);
    ck_assert_int_eq(co_file_write(at("bit.png"), file.data, file.size), CO_OK);
    if (co_png_read(at("bit.png"), &back) == CO_OK) free(back.rgb);  // must not crash
    file.data[bit / 8] ^= (char)(1 << bit % 8);
  }
  co_buf_free(&file);
}
END_TEST

START_TEST(too_large) {
  co_image image = make_image(4097, 1, 0), back;
  ck_assert_int_eq(co_png_write(at("wide.png"), &image), CO_OK);
  ck_assert_int_eq(co_png_read(at("wide.png"), &back), CO_DATA);
  ck_assert_ptr_nonnull(strstr(co_error_text(), "4097 x 1 pixels"));
  free(image.rgb);
}
END_TEST

Suite *test_suite(void) {
  Suite *suite = suite_create("viz/png");
  TCase *tests = tcase_create("png");
  tcase_add_checked_fixture(tests, scratch_make, scratch_remove);
  tcase_add_loop_test(tests, what_is_written_is_read, 0, sizeof sizes / sizeof *sizes);
  tcase_add_test(tests, same_bytes_every_time);
  tcase_add_test(tests, folder_is_missing);
  tcase_add_test(tests, missing_file);
  tcase_add_test(tests, damaged_files);
  tcase_add_test(tests, too_large);
  suite_add_tcase(suite, tests);
  return suite;
}
