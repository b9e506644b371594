// Where a drawing is seen from.

#include "core/unconst.h"
#include "viz/draw/drawing_internal.h"

#include <math.h>
#include <string.h>

// Share of the view that a robot may be off the middle of the picture: no fall and no sprint takes
// it out of it.
static const double kSlack = 0.2;

// [m] where the robot is that the camera follows, or the middle of a scene that is seen as a whole.
static void target_of(const co_drawing *drawing, double out[3]) {
  const mjData *data = co_drawing_data(co_unconst(drawing));
  memcpy(out, drawing->still ? drawing->center : &data->subtree_com[3 * drawing->root],
         3 * sizeof *out);
}

static bool is_somewhere(const double at[3]) {
  return isfinite(at[0]) && isfinite(at[1]) && isfinite(at[2]);
}

void co_drawing_default_camera(const co_drawing *drawing, co_camera *out) {
  static const double azimuth[] = {120, 90, 90}, elevation[] = {-20, -10, -60};
  *out = (co_camera){.mode = CO_CAMERA_TRACK,
                     .fixed = -1,
                     .distance = 1.7 * drawing->view,
                     .azimuth = drawing->maze ? 90 : azimuth[drawing->plane],
                     .elevation = drawing->maze ? -65 : elevation[drawing->plane]};
  memcpy(out->lookat, drawing->center, sizeof out->lookat);
  co_drawing_follow(drawing, INFINITY, out);
}

// Moves a way of `offset` at most `most` closer to nothing.
static double shorten(double offset, double most) {
  return offset > most ? offset - most : offset < -most ? offset + most : 0;
}

// Height is followed more slowly than the way, so that hops and falls stay visible.
void co_drawing_follow(const co_drawing *drawing, double seconds, co_camera *camera) {
  static const double lag[3] = {0.2, 0.2, 1.0};  // [s]
  double target[3];
  if (camera->mode != CO_CAMERA_TRACK) return;
  target_of(drawing, target);
  // a robot that is nowhere, after a fault, would take the camera with it for good
  if (!is_somewhere(target)) return;
  for (int k = 0; k < 3; k++) {
    double *at = &camera->lookat[k];
    *at += shorten(target[k] - *at, kSlack * drawing->view);
    *at += (target[k] - *at) * -expm1(-seconds / lag[k]);
  }
}

// How far the camera has to go along with a ghost that is `apart` views away: wholly at first, and
// not at all with one that is left behind for good.
static double share_of(double apart) {
  const double all = 4, none = 6;
  return apart <= all ? 1 : apart >= none ? 0 : (none - apart) / (none - all);
}

void co_drawing_widen(const co_drawing *drawing, const co_drawing *ghost, co_camera *camera) {
  double own[3], other[3], way[3];
  if (camera->mode != CO_CAMERA_TRACK || drawing->still) return;
  target_of(drawing, own);
  target_of(ghost, other);
  if (!is_somewhere(own) || !is_somewhere(other)) return;
  for (int k = 0; k < 3; k++) way[k] = shorten(other[k] - own[k], kSlack * drawing->view);
  double apart = mju_norm3(way), share = share_of(apart / drawing->view);
  for (int k = 0; k < 3; k++) camera->lookat[k] += 0.5 * share * way[k];
  camera->distance += 1.1 * share * apart;  // 45 degrees from top to bottom, and not less wide
}

int co_drawing_cameras(const co_drawing *drawing) {
  return (int)co_drawing_model(drawing)->ncam;
}

const char *co_drawing_camera_name(const co_drawing *drawing, int index) {
  const char *name = mj_id2name(co_drawing_model(drawing), mjOBJ_CAMERA, index);
  return name && *name ? name : drawing->number[index];
}
