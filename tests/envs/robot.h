// A small robot for tests of terms: a free trunk with a two-joint leg, a site turned against the
// trunk, a goal placed by hand, and actuators of every kind that action terms tell apart.

#ifndef TESTS_ENVS_ROBOT_H_
#define TESTS_ENVS_ROBOT_H_

#include "tests/envs/worlds.h"

#include <unistd.h>

static const char robot_model[] =
    "<mujoco model=\"robot\">\n"
    "<option timestep=\"0.004\"/>\n"
    "<worldbody>\n"
    "<geom name=\"floor\" type=\"plane\" size=\"5 5 .1\"/>\n"
    "<body name=\"trunk\" pos=\"0 0 .5\"><freejoint name=\"root\"/>\n"
    "<geom name=\"box\" type=\"box\" size=\".2 .1 .05\" mass=\"3\"/>\n"
    "<site name=\"imu\" pos=\".1 .02 .03\" euler=\"0 0 90\"/>\n"
    "<body name=\"leg\" pos=\".2 0 0\"><joint name=\"hip\" axis=\"0 1 0\" range=\"-60 60\"/>\n"
    "<geom name=\"leg\" type=\"capsule\" size=\".02\" fromto=\"0 0 0 0 0 -.2\" mass=\".5\"/>\n"
    "<body name=\"shin\" pos=\"0 0 -.2\"><joint name=\"knee\" axis=\"0 1 0\"/>\n"
    "<geom name=\"shin\" type=\"capsule\" size=\".02\" fromto=\"0 0 0 0 0 -.2\" mass=\".3\"/>\n"
    "<site name=\"foot\" pos=\"0 0 -.2\"/>\n"
    "</body></body></body>\n"
    "<body name=\"goal\" mocap=\"true\" pos=\"1 -.5 .4\"/>\n"
    "</worldbody>\n"
    "<tendon><fixed name=\"both\"><joint joint=\"hip\" coef=\"1\"/><joint joint=\"knee\" "
    "coef=\"1\"/></fixed>\n"
    "<fixed name=\"one\"><joint joint=\"hip\" coef=\"-2\"/></fixed>\n"
    "<fixed name=\"held\" actuatorfrcrange=\"-2 1\"><joint joint=\"hip\" coef=\"-3\"/></fixed>\n"
    "</tendon>\n"
    "<actuator>\n"
    "<motor name=\"hip\" joint=\"hip\"/>\n"
    "<motor name=\"knee\" joint=\"knee\" ctrlrange=\"-20 20\"/>\n"
    "<position name=\"servo\" joint=\"hip\" kp=\"20\" ctrlrange=\"-.5 .7\"/>\n"
    "<motor name=\"free\" joint=\"knee\"/>\n"
    "<motor name=\"pull\" tendon=\"both\" ctrlrange=\"-1 1\"/>\n"
    "</actuator>\n"
    "<sensor><gyro name=\"gyro\" site=\"imu\"/><accelerometer name=\"acc\" "
    "site=\"imu\"/></sensor>\n"
    "</mujoco>\n";

// Lists of terms as in a task file, without the parentheses; NULL: something that does no harm.
// And elements of the model's <actuator> beside those above; NULL: none.
typedef struct robot_task {
  const char *pose, *command, *observation, *action, *reward, *terminate, *success, *reset;
  const char *actuators;
  const char *more;  // members of the task beside the lists
  const char *shifts;
} robot_task;

// One line per list, so that the first of them is line 3.
enum { ROBOT_POSE = 3, ROBOT_COMMAND, ROBOT_OBSERVATION, ROBOT_ACTION, ROBOT_REWARD };
enum { ROBOT_TERMINATE = ROBOT_REWARD + 1, ROBOT_SUCCESS, ROBOT_RESET };

// Writes the model; returns its path.
static inline char *robot_write_model(const char *name, const char *actuators) {
  char text[2 * sizeof robot_model + 4096];
  const char *end = strstr(robot_model, "</actuator>");
  snprintf(text, sizeof text, "%.*s%s%s", (int)(end - robot_model), robot_model,
           actuators ? actuators : "", end);
  return test_write(name, text);
}

static inline co_status robot_try(const robot_task *task, co_built_world **out) {
  static const char pattern[] =
      "task = { format = 1; model = \"robot_%d.xml\"; substeps = 5;\n"
      "horizon = 100; observe = \"fresh\"; %s\n"
      "default_pose = ( %s );\ncommand = ( %s );\nobservation = ( %s );\naction = ( %s );\n"
      "reward = ( %s );\nterminate = ( %s );\nsuccess = ( %s );\nreset = ( %s ); };\n";
  char text[4096], name[64];
  int id = (int)getpid();  // tests run at the same time in several processes
#define OR(list, otherwise) (task->list ? task->list : (otherwise))
  snprintf(text, sizeof text, pattern, id, OR(more, ""), OR(pose, ""), OR(command, ""),
           OR(observation, "{term=\"qvel\";}"),
           OR(action, "{term=\"ctrl\";actuators=\"hip|knee\";clip=(-5.0,5.0);}"),
           OR(reward, "{term=\"alive\";}"), OR(terminate, ""), OR(success, ""), OR(reset, ""));
#undef OR
  snprintf(name, sizeof name, "robot_%d.xml", id);
  char *model = robot_write_model(name, task->actuators);
  snprintf(name, sizeof name, "robot_%d.cfg", id);
  char *path = test_write(name, text);
  co_status status = test_try_world(path, task->shifts, NULL, out);
  remove(model);
  remove(path);
  free(model);
  free(path);
  return status;
}

static inline co_built_world *robot_world(const robot_task *task) {
  co_built_world *world = NULL;
  ck_ok(robot_try(task, &world));
  return world;
}

// Puts the robot anywhere, anyhow turned, with everything moving, and observes.
static inline void robot_scatter(co_row *row, uint64_t seed) {
  co_rng rng = co_rng_make(&(co_stream){seed, 0, CO_PURPOSE_TEST}, 3);
  double norm = 0.0, *q = row->physics->qpos;
  ck_ok(co_row_clear(row));
  for (int i = 0; i < 9; i++) q[i] = co_rng_normal(&rng);
  for (int i = 3; i < 7; i++) norm += q[i] * q[i];
  for (int i = 3; i < 7; i++) q[i] /= sqrt(norm);
  q[2] += 5.0;  // above the ground
  q[7] *= 0.3;  // within the limits
  for (int i = 0; i < 8; i++) row->physics->qvel[i] = co_rng_normal(&rng);
  ck_ok(co_row_start(row));
}

// Rotates by the inverse of a unit quaternion (w x y z).
static inline void robot_unrotate(const double q[4], const double v[3], double out[3]) {
  const double u[3] = {-q[1], -q[2], -q[3]};
  const double t[3] = {2 * (u[1] * v[2] - u[2] * v[1]), 2 * (u[2] * v[0] - u[0] * v[2]),
                       2 * (u[0] * v[1] - u[1] * v[0])};
  out[0] = v[0] + q[0] * t[0] + u[1] * t[2] - u[2] * t[1];
  out[1] = v[1] + q[0] * t[1] + u[2] * t[0] - u[0] * t[2];
  out[2] = v[2] + q[0] * t[2] + u[0] * t[1] - u[1] * t[0];
}

// The trunk's velocity of rotation and of its origin, and gravity, in its own frame.
static inline void robot_motion(const co_physics *physics, double turn[3], double move[3],
                                double down[3]) {
  for (int i = 0; i < 3; i++) turn[i] = physics->qvel[3 + i];
  robot_unrotate(physics->qpos + 3, physics->qvel, move);
  robot_unrotate(physics->qpos + 3, (double[]){0, 0, -1}, down);
}

// The three coordinates of a named body or site in the world.
static inline const double *robot_place(const co_physics *physics, co_element group,
                                        const char *first) {
  int index = co_model_find(physics->model, group, first);
  ck_assert_int_ge(index, 0);
  return physics->field[group] + index;
}

#define ck_near(a, b) ck_assert_double_eq_tol((a), (b), 1e-11)

#endif  // TESTS_ENVS_ROBOT_H_
