// Policies that are dropped onto the viewer's window.

#include "core/file.h"
#include "core/memory.h"
#include "viz/show/private/viewer_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

co_status co_viewer_list_policies(co_viewer *viewer) {
  const co_session_def *def = &viewer->def->session;
  size_t count = (size_t)def->num_choices, most = count + CO_VIEWER_DROPPED;
  viewer->choice = co_alloc(most, sizeof *viewer->choice);
  if (!viewer->choice) return CO_MEMORY;
  if (count) memcpy(viewer->choice, def->choice, count * sizeof *viewer->choice);
  viewer->num_choices = def->num_choices;
  return CO_OK;
}

void co_viewer_free_policies(co_viewer *viewer) {
  for (int i = viewer->def->session.num_choices; i < viewer->num_choices; i++)
    co_policy_free(viewer->choice[i].policy);
  free(viewer->choice);
}

// Only what can act in that world: else the list would hold names that nobody can choose.
static co_status load(const co_viewer *viewer, const char *path, co_policy **out) {
  const co_env_info *info =
      &co_shared_world_get(viewer->snapshot->stage[viewer->desk.side].world)->info;
  if (co_dir_exists(path))
    return co_fail(CO_CONFIG, "%s: is a folder: `carryover play` opens a study's", path);
  if (viewer->num_choices == viewer->def->session.num_choices + CO_VIEWER_DROPPED)
    return co_fail(CO_CONFIG, "%s: %d policies were dropped already", path, CO_VIEWER_DROPPED);
  CO_TRY(co_policy_load_to_act(path, out));
  co_status status = co_policy_check_world(*out, info);
  if (status == CO_OK) return CO_OK;
  co_policy_free(*out);
  return co_fail_context(status, "%s", co_path_base(path));
}

// The session knows of it before it is told to use it: the commands follow each other.
co_status co_viewer_drop(co_viewer *viewer, const char *path) {
  co_policy *policy;
  char text[CO_NAME + 32];
  CO_TRY(load(viewer, path, &policy));
  co_choice *choice = &viewer->choice[viewer->num_choices];
  snprintf(choice->name, sizeof choice->name, "%s", co_path_base(path));
  choice->policy = policy;
  viewer->facts.num_policies = ++viewer->num_choices;
  co_viewer_send(viewer, &(co_command){.id = CO_CMD_CHOICES, .value = viewer->num_choices});
  co_desk_command(&viewer->desk, &(co_command){.id = CO_CMD_POLICY,
                                               .stage = viewer->desk.side,
                                               .value = viewer->num_choices - 1});
  snprintf(text, sizeof text, "opened %s", choice->name);
  co_viewer_say(viewer, false, text);
  return CO_OK;
}

void co_viewer_on_drop(co_viewer *viewer, const co_event *event, const char *path) {
  int scene;
  bool over =
      co_layout_find(&viewer->layout, (int)event->x, (int)event->y, &scene) == CO_PLACE_SCENE;
  if (over && co_desk_scenes(&viewer->desk) == 2) viewer->desk.side = scene;
  if (co_viewer_drop(viewer, path) == CO_OK) return;
  // whoever dropped it knows the folder, and a line has room for so much
  const char *why = co_error_text();
  size_t folder = strlen(path) - strlen(co_path_base(path));
  co_viewer_say(viewer, true, strncmp(why, path, strlen(path)) == 0 ? why + folder : why);
}
