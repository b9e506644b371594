#include "viz/camera.h"

#include "viz/drawing_internal.h"

#include <math.h>

static const double kSteepest = 89.0;                  // [deg] beyond, the picture would turn over
static const double kNearest = 0.05, kFarthest = 500;  // [m]
static const double kView = 0.83;  // height of the picture over distance, at MuJoCo's 45 degrees

void co_camera_turn(co_camera *camera, double right, double up) {
  if (camera->mode == CO_CAMERA_FIXED) return;
  camera->azimuth = remainder(camera->azimuth - 180 * right, 360);
  camera->elevation = fmax(-kSteepest, fmin(kSteepest, camera->elevation + 180 * up));
}

// The picture's right and up in the world.
void co_camera_pan(co_camera *camera, double right, double up) {
  if (camera->mode == CO_CAMERA_FIXED) return;
  const double degree = acos(-1.0) / 180;
  double azimuth = camera->azimuth * degree, elevation = camera->elevation * degree;
  double scale = kView * camera->distance;
  double across[3] = {sin(azimuth), -cos(azimuth), 0};
  double above[3] = {-sin(elevation) * cos(azimuth), -sin(elevation) * sin(azimuth),
                     cos(elevation)};
  camera->mode = CO_CAMERA_FREE;
  for (int k = 0; k < 3; k++) camera->lookat[k] -= scale * (right * across[k] + up * above[k]);
}

void co_camera_zoom(co_camera *camera, double steps) {
  if (camera->mode == CO_CAMERA_FIXED) return;
  double distance = camera->distance * exp2(-steps);
  camera->distance = fmax(kNearest, fmin(kFarthest, distance));
}

bool co_camera_pick(co_drawing *drawing, double aspect, double x, double y, co_pick *out) {
  const mjModel *mj = co_drawing_model(drawing);
  int geom = -1, flex = -1, skin = -1;
  if (setjmp(*co_mujoco_guard())) return false;
  int body = mjv_select(mj, co_drawing_data(drawing), &drawing->option, aspect, x, y,
                        &drawing->scene, out->point, &geom, &flex, &skin);
  co_mujoco_done();
  if (body <= 0 || mj->body_weldid[body] == 0) return false;
  out->body = body;
  return true;
}

void co_drawing_add_arrow(co_drawing *drawing, const double from[3], const double to[3],
                          const float rgba[4]) {
  mjvGeom *geom = co_drawing_add(drawing, mjGEOM_ARROW, NULL, NULL, NULL, rgba);
  if (geom) mjv_connector(geom, mjGEOM_ARROW, 0.015 * drawing->size, from, to);
}
