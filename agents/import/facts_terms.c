#include "agents/import/private/fact_rows.h"

#include <string.h>

// Word of facts.json, then what others call the same. "joint_pos" is not among them: it is absolute
// in one project and relative in the next, so that the reader of a format has to say it.
static const char *const names[][8] = {
    {"base_lin_vel", "lin_vel", "base_linear_velocity", "linear_velocity", "local_linvel"},
    {"base_ang_vel", "ang_vel", "ang_vel_body", "base_angular_velocity", "angular_velocity",
     "gyro"},
    {"projected_gravity", "gravity_vec", "gravity"},
    {"command", "commands", "velocity_commands", "velocity_command", "generated_commands"},
    {"joint_pos_rel", "dof_pos"},
    {"joint_pos"},
    {"joint_vel", "joint_vel_rel", "dof_vel"},
    {"last_action", "last_actions", "actions", "prev_actions", "previous_action"},
    {"gait_clock"},
    {"gait_phase"},
    {"time_feature"},
    {"qpos"},
    {"qvel"},
};

const char *co_term_canonical(const char *term) {
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    for (int k = 0; k < 8 && names[i][k]; k++)
      if (strcmp(names[i][k], term) == 0) return names[i][0];
  return term;
}
