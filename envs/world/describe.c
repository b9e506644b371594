#include "envs/world/describe.h"

#include <math.h>
#include <string.h>

// {index, name}, added to a list; the list owns it.
static co_json *add_entry(co_json *list, int index, const char *name) {
  co_json *entry = co_json_object();
  co_json_set_int(entry, "index", index);
  co_json_set_string(entry, "name", name);
  co_json_add(list, entry);
  return entry;
}

static void set_range(co_json *entry, double low, double high) {
  co_json_set_number(entry, "low", low);
  co_json_set_number(entry, "high", high);
}

static void add_element(co_json *list, int index, const char *name, const char *unit,
                        const char *block) {
  co_json *entry = add_entry(list, index, name);
  co_json_set_string(entry, "unit", unit);
  co_json_set_string(entry, "block", block);
}

static co_json *elements_json(const co_env_info *info) {
  co_json *list = co_json_array();
  for (int i = 0; i < info->obs_dim; i++)
    add_element(list, i, info->obs[i].name, info->obs[i].unit, "observation");
  for (int i = 0; i < info->act_dim; i++)
    add_element(list, i, info->action[i].name, info->action[i].unit, "action");
  for (int i = 0; i < info->num_commands; i++)
    add_element(list, i, info->command[i].name, info->command[i].unit, "command");
  return list;
}

// How many coordinates the joint has whose first one is at `at`: "knee", or "root.x" and so on.
static int coordinates_of(const co_model *model, const char *joint, int at) {
  const char *first = model->elements[CO_QPOS].name[at];
  if (strcmp(first, joint) == 0) return 1;
  return strcmp(first + strlen(joint), ".x") == 0 ? 7 : 4;
}

static co_json *joints_json(const co_model *model) {
  co_json *list = co_json_array();
  const co_elements *joints = &model->elements[CO_JOINT], *qpos = &model->elements[CO_QPOS];
  for (int i = 0, at = 0; i < joints->count && at < qpos->count; i++) {
    co_json *entry = add_entry(list, i, joints->name[i]), *names = co_json_array();
    int count = coordinates_of(model, joints->name[i], at);
    for (int k = 0; k < count; k++) co_json_add(names, co_json_string(qpos->name[at + k]));
    co_json_set_string(entry, "unit", count == 1 ? qpos->unit[at] : NULL);
    co_json_set(entry, "coordinates", names);
    set_range(entry, count == 1 ? model->qpos_low[at] : (double)NAN,
              count == 1 ? model->qpos_high[at] : (double)NAN);
    at += count;
  }
  return list;
}

static co_json *actuators_json(const co_model *model) {
  co_json *list = co_json_array();
  const co_elements *controls = &model->elements[CO_CTRL];
  for (int i = 0; i < controls->count; i++) {
    co_json *entry = add_entry(list, i, controls->name[i]);
    const co_drive *drive = &model->drive[i];
    const char *joint = drive->qpos >= 0 ? model->elements[CO_QPOS].name[drive->qpos] : NULL;
    co_json_set_string(entry, "kind", co_drive_name(drive->kind));
    co_json_set_string(entry, "joint", joint);
    set_range(entry, model->ctrl_low[i], model->ctrl_high[i]);
  }
  return list;
}

static co_json *names_json(const co_model *model, co_element kind) {
  co_json *list = co_json_array();
  const co_elements *elements = &model->elements[kind];
  for (int i = 0; i < elements->count; i++) {
    co_json *entry = add_entry(list, i, elements->name[i]);
    if (elements->unit) co_json_set_string(entry, "unit", elements->unit[i]);
  }
  return list;
}

// The smallest group above `last`; false: there is none.
static bool next_group(const co_model *model, bool first, int last, int *out) {
  bool found = false;
  for (int i = 0; i < model->elements[CO_GEOM].count; i++) {
    int group = model->engine->geom_group(model, i);
    if ((!first && group <= last) || (found && group >= *out)) continue;
    *out = group;
    found = true;
  }
  return found;
}

// By group, then in the model's order.
static co_json *groups_json(const co_model *model) {
  co_json *list = co_json_array();
  const co_elements *geoms = &model->elements[CO_GEOM];
  int group = 0;
  for (bool first = true; model->engine->geom_group && next_group(model, first, group, &group);
       first = false) {
    co_json *entry = co_json_object(), *names = co_json_array();
    for (int i = 0; i < geoms->count; i++) {
      if (model->engine->geom_group(model, i) == group)
        co_json_add(names, co_json_string(geoms->name[i]));
    }
    co_json_set_int(entry, "group", group);
    co_json_set(entry, "geoms", names);
    co_json_add(list, entry);
  }
  return list;
}

void co_world_describe(const co_built_world *world, co_json *object) {
  const co_model *model = world->model;
  co_json_set(object, "elements", elements_json(&world->info));
  co_json_set(object, "joints", joints_json(model));
  co_json_set(object, "actuators", actuators_json(model));
  co_json_set(object, "sensors", names_json(model, CO_SENSOR));
  co_json_set(object, "cameras", names_json(model, CO_CAMERA));
  co_json_set(object, "keyframes", names_json(model, CO_KEYFRAME));
  co_json_set(object, "geom_groups", groups_json(model));
}
