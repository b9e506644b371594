// What stands in a robot's model, as a value: bodies, joints, actuators, sensors, poses. No physics
// types, so that whoever words a task for a robot needs no engine.
//
// Names are those by which tasks call elements ("qpos/NAME", "body/NAME"). SI units, angles in
// radians. Everything lives in `memory` and is constant once read; thread-safe to read.

#ifndef ENVS_ROBOT_H_
#define ENVS_ROBOT_H_

#include "core/arena.h"

#include <stdbool.h>

// How the robot is tied to the world.
typedef enum co_robot_base {
  CO_ROBOT_FREE,   // its first body has a free joint, or could get one (`link`)
  CO_ROBOT_RIDES,  // its first body moves along joints that nothing drives, as planar walkers do
  CO_ROBOT_FIXED,  // its first joint is driven
} co_robot_base;

typedef enum co_robot_drive {
  CO_ROBOT_MOTOR,  // force or torque
  CO_ROBOT_SERVO,  // of a position
  CO_ROBOT_OTHER,  // velocity servos, muscles, thrusters, tendons over several joints
} co_robot_drive;

// A hinge or slide.
typedef struct co_robot_joint {
  const char *name, *body;
  int parent;  // the joint that moves what it hangs on, -1: none of them
  bool slide;
  bool own;                                     // of the robot; else of an object beside it
  bool ends;                                    // its body ends a chain: a foot, hand or wheel
  int qpos, qvel;                               // coordinate
  double low, high;                             // -INFINITY, INFINITY: no limit
  double damping, friction, armature, inertia;  // inertia: what the coordinate moves, nominal pose
  double effort;                                // largest torque or force; INFINITY: unlimited
  int actuator;                                 // the first that drives it, -1: none
} co_robot_joint;

typedef struct co_robot_actuator {
  const char *name;
  co_robot_drive drive;
  int joint;         // index of the one that it drives, -1: none or several
  double low, high;  // of the control, -INFINITY, INFINITY: no limit
} co_robot_actuator;

// A sensor of a body or site, or another one.
typedef struct co_robot_sensor {
  const char *name;
  const char *quantity;  // "angular_velocity", "linear_velocity", "position", ...; NULL: another
  const char *frame;     // "site/imu", "body/trunk"; NULL: of neither
  bool in_world;         // seen from the world
} co_robot_sensor;

typedef struct co_robot_key {
  const char *name;
  const double *qpos;  // (nq)
} co_robot_key;

typedef struct co_robot {
  const char *file;  // name of the model's file
  bool urdf;
  double timestep;         // [s]
  const char *integrator;  // "Euler"

  co_robot_base tied;
  const char *base;  // its first body; NULL: no body moves
  const char *root;  // free joint of that body, NULL: none
  const char *link;  // of URDF: body that a free joint could be given to, NULL: none
  const char *imu;   // "site/NAME" at the base that has its axes, where one measures; else NULL

  int nq, nv;
  const char **qpos;  // (nq) names of coordinates: "root.z", "hip"
  const char **qvel;  // (nv)
  int num_joints, num_actuators, num_sensors, num_keys, num_feet, num_bodies, num_sites;
  co_robot_joint *joint;        // hinges and slides, in the model's order
  co_robot_actuator *actuator;  // one per control
  co_robot_sensor *sensor;
  co_robot_key *key;
  const char **foot;          // bodies that end the robot's chains
  const char **body, **site;  // names
  const char **object;        // (num_objects) other bodies that move by a free joint of theirs
  int num_objects;
  const char *hand;  // body placed by hand that a weld drags the robot by; NULL: none
  bool goal_turned;  // a body that is placed by hand is turned in the model

  // The pose that the model offers: of a keyframe, else all zeros brought within the limits.
  const char *keyframe;  // name, NULL: none
  bool within;           // zeros were outside of some limit
  double *pose;          // (nq)
  double height;         // [m] of the base's origin in it, NAN without base
  double lowest;         // [m] lowest point of the robot's geoms in it, NAN: it has none
  double up;             // z of the base's z axis in it
  double ground;         // [m] height of a plane or height field that does not move, NAN: none

  co_arena memory;  // owned
} co_robot;

#endif  // ENVS_ROBOT_H_
