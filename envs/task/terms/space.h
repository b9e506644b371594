// What terms of several kinds share about space: frames to look from, and distances between points.

#ifndef ENVS_TASK_TERMS_SPACE_H_
#define ENVS_TASK_TERMS_SPACE_H_

#include "envs/task/terms/terms.h"

// ---- frames

// A body or site to look from.
typedef struct co_frame {
  co_element object;  // CO_BODY | CO_SITE
  int index;          // of the object in the row's arrays, -1: the compilation lacks it
  co_element matrix;  // CO_BODY_MAT | CO_SITE_MAT
  int matrix_at;      // first of its nine elements in the row's array
} co_frame;

// Looks up "body/NAME" or "site/NAME", which stands at `key` of `node`; false after adding to
// `errors` what is wrong with it.
bool co_frame_find(const co_model *model, const char *frame, const char *key, const co_node *node,
                   co_schema_errors *errors, co_frame *out);

// Looks up the definition's `frame`; false after reporting what is wrong with it.
bool co_frame_bind(const co_term *term, const co_term_binder *binder, co_frame *out);

// The same, and the engine must know velocities.
bool co_frame_bind_moving(const co_term *term, const co_term_binder *binder, co_frame *out);

// Rotation from the frame to the world, by rows; NULL: the compilation lacks the frame.
const double *co_frame_matrix(const co_frame *frame, const co_physics *physics);

// A vector of the world as seen from the frame; 0 where the frame is lacking.
void co_frame_rotate(const co_frame *frame, const co_physics *physics, const double world[3],
                     double out[3]);

// The other way: a vector as seen from the frame, in the world.
void co_frame_unrotate(const co_frame *frame, const co_physics *physics, const double seen[3],
                       double out[3]);

// Direction of gravity as seen from the frame: (0, 0, -1) when it stands upright.
void co_frame_gravity(const co_frame *frame, const co_physics *physics, double out[3]);

// Roll, pitch and yaw of the frame [rad]: R = Rz(yaw) Ry(pitch) Rx(roll) turns its axes into the
// world's. Roll and yaw in -pi..pi, pitch in -pi/2..pi/2; 0 where the frame is lacking.
void co_frame_euler(const co_frame *frame, const co_physics *physics, double out[3]);

// Rotation [rad/s], then translation [m/s] of the frame's origin, as seen from the frame.
void co_frame_velocity(const co_frame *frame, const co_physics *physics, double out[6]);

// ---- distances between two points: `of`, and `to` or `value`

#define CO_POINTS                                                                           \
  (CO_BIT(CO_QPOS) | CO_BIT(CO_BODY_POS) | CO_BIT(CO_BODY_COM) | CO_BIT(CO_GEOM_POSITION) | \
   CO_BIT(CO_SITE_POS) | CO_BIT(CO_SENSOR) | CO_BIT(CO_MOCAP_POS))

// Whether `to` names as many elements as `of`; reports it where it does not.
bool co_pairs_check(const co_term *term, const co_term_binder *binder);

// A bind: either `to` or `value` is given, with as many coordinates as `of`.
void co_points_bind(co_term *term, const co_term_binder *binder);

// Euclidean distance, the squares summed in the order of the coordinates.
double co_points_distance(const co_term *term, const co_physics *physics);

#endif  // ENVS_TASK_TERMS_SPACE_H_
