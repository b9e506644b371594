#include "core/text.h"
#include "viz/show/private/sidebar_internal.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const double kPause = 0.08;  // [s] between two shifts of one slider

// "body" of "body.mass"
static int prefix_length(co_parameter_id parameter) {
  return (int)strcspn(co_parameters[parameter].name, ".");
}

static bool same_group(co_parameter_id a, co_parameter_id b) {
  int length = prefix_length(a);
  return length == prefix_length(b) &&
         strncmp(co_parameters[a].name, co_parameters[b].name, (size_t)length) == 0;
}

// The first parameter of a group stands for it; the table has groups together.
static bool begins_group(const co_built_world *world, int parameter) {
  if (!co_knob_available(world, (co_parameter_id)parameter)) return false;
  for (int i = 0; i < parameter; i++)
    if (co_knob_available(world, (co_parameter_id)i) &&
        same_group((co_parameter_id)i, (co_parameter_id)parameter))
      return false;
  return true;
}

static void list_groups(co_sidebar *sidebar) {
  mjuiItem *item = co_sidebar_find(sidebar, CO_ITEM_GROUP);
  int count = 0;
  for (int i = 0; i < CO_NUM_PARAMETERS; i++) {
    if (!begins_group(sidebar->world, i)) continue;
    char name[CO_NAME];
    snprintf(name, sizeof name, "%.*s", prefix_length((co_parameter_id)i), co_parameters[i].name);
    co_sidebar_choice(item, count++, name);
  }
  co_sidebar_choices(item, count);
  if (sidebar->group >= count) sidebar->group = 0;
}

static co_parameter_id group_at(const co_built_world *world, int index) {
  for (int i = 0; i < CO_NUM_PARAMETERS; i++)
    if (begins_group(world, i) && index-- == 0) return (co_parameter_id)i;
  assert(0);
  return 0;
}

static void list_parameters(co_sidebar *sidebar) {
  mjuiItem *item = co_sidebar_find(sidebar, CO_ITEM_PARAMETER);
  co_parameter_id first = group_at(sidebar->world, sidebar->group);
  sidebar->num_listed = 0;
  for (int i = 0; i < CO_NUM_PARAMETERS; i++) {
    co_parameter_id id = (co_parameter_id)i;
    if (!co_knob_available(sidebar->world, id) || !same_group(first, id)) continue;
    co_sidebar_choice(item, sidebar->num_listed, co_parameters[i].name + prefix_length(id) + 1);
    sidebar->listed[sidebar->num_listed++] = id;
  }
  co_sidebar_choices(item, sidebar->num_listed);
  if (sidebar->parameter >= sidebar->num_listed) sidebar->parameter = 0;
}

static co_parameter_id chosen(const co_sidebar *sidebar) {
  return sidebar->listed[sidebar->parameter];
}

// "all", then as many names as the list takes; the pattern below it reaches the others, too.
static void list_elements(co_sidebar *sidebar) {
  mjuiItem *item = co_sidebar_find(sidebar, CO_ITEM_ELEMENT);
  co_parameter_id id = chosen(sidebar);
  bool selects = co_parameters[id].element != CO_NO_ELEMENT;
  int count = selects ? co_knob_elements(sidebar->world, id) : 0;
  co_sidebar_choice(item, 0, selects ? "all" : "the whole model");
  for (int i = 0; i < count && i + 1 < mjMAXUIMULTI; i++)
    co_sidebar_choice(item, i + 1, co_knob_element(sidebar->world, id, i));
  co_sidebar_choices(item, count + 1 < mjMAXUIMULTI ? count + 1 : mjMAXUIMULTI);
  co_sidebar_find(sidebar, CO_ITEM_PATTERN)->state = selects;
  sidebar->element = 0;
  snprintf(sidebar->pattern, sizeof sidebar->pattern, "%s", selects ? "*" : "");
}

static void list_components(co_sidebar *sidebar) {
  static const char *const axes[] = {"x", "y", "z"};
  mjuiItem *item = co_sidebar_find(sidebar, CO_ITEM_COMPONENT);
  int width = co_parameters[chosen(sidebar)].width;
  co_sidebar_choice(item, 0, width == 1 ? "one value" : "all values");
  for (int i = 0; i < width && width > 1; i++) {
    char name[32];
    snprintf(name, sizeof name, "value %d", i + 1);
    co_sidebar_choice(item, i + 1, width == 3 ? axes[i] : name);
  }
  co_sidebar_choices(item, width > 1 ? width + 1 : 1);
  sidebar->component = 0;
}

static void show_value(co_sidebar *sidebar) {
  mjuiItem *item = co_sidebar_find(sidebar, CO_ITEM_VALUE);
  mjuiItem *on = co_sidebar_find(sidebar, CO_ITEM_ON);
  char text[mjMAXUINAME] = "nothing matches";
  if (sidebar->has_knob) co_knob_text(&sidebar->knob, sidebar->value, text, sizeof text);
  snprintf(item->name, sizeof item->name, "%s", text);
  item->state = sidebar->has_knob && !sidebar->knob.toggle;
  on->state = sidebar->has_knob;
  sidebar->dirty = true;
}

// The value that the world has now where it was shifted by such a knob, else the neutral one.
static double present_value(const co_sidebar *sidebar) {
  const co_env_info *info = &sidebar->world->info;
  for (int i = 0; i < info->num_shifts; i++) {
    double value = co_knob_read(&sidebar->knob, &info->shift[i]);
    if (!isnan(value)) return value;
  }
  return isnan(sidebar->knob.neutral) ? 0 : sidebar->knob.neutral;
}

static void make_knob(co_sidebar *sidebar) {
  sidebar->has_knob = co_knob_make(sidebar->world, chosen(sidebar), sidebar->pattern,
                                   sidebar->component - 1, &sidebar->knob) == CO_OK;
  sidebar->due = false;
  sidebar->value = 0;
  if (sidebar->has_knob) {
    sidebar->value = present_value(sidebar);
    sidebar->place = co_knob_place(&sidebar->knob, sidebar->value);
    sidebar->on = sidebar->value != sidebar->knob.neutral && !isnan(sidebar->knob.neutral);
  }
  show_value(sidebar);
}

// Short enough for the list: "mass torso x1.5".
static void describe_shift(const co_shift_info *shift, char *out, size_t size) {
  const char *dot = strchr(shift->parameter, '.');
  const char *sign = strcmp(shift->operation, "scale") == 0 ? "x"
                     : strcmp(shift->operation, "add") == 0 ? "+"
                                                            : "= ";
  snprintf(out, size, "%.30s %.30s%s%s%.3g", dot ? dot + 1 : shift->parameter, shift->select,
           *shift->select ? " " : "", sign, shift->value[0]);
}

static bool is_of_knob(const co_sidebar *sidebar, const co_shift_info *shift) {
  const co_knob *knob = &sidebar->knob;
  return strcmp(shift->parameter, co_parameters[knob->parameter].name) == 0 &&
         strcmp(shift->select, knob->select) == 0;
}

// The one that is in the slider is shown.
void co_sidebar_list_made(co_sidebar *sidebar) {
  mjuiItem *item = co_sidebar_find(sidebar, CO_ITEM_MADE);
  const co_env_info *info = &sidebar->world->info;
  int count = info->num_shifts < mjMAXUIMULTI ? info->num_shifts : mjMAXUIMULTI;
  for (int i = 0; i < count; i++) {
    char text[128];
    describe_shift(&info->shift[i], text, sizeof text);
    co_sidebar_choice(item, i, text);
  }
  if (count == 0) co_sidebar_choice(item, 0, "no shifts");
  co_sidebar_choices(item, count ? count : 1);
  if (sidebar->made >= item->multi.nelem) sidebar->made = 0;
  for (int i = 0; i < count && sidebar->has_knob; i++)
    if (is_of_knob(sidebar, &info->shift[i])) sidebar->made = i;
}

void co_sidebar_list(co_sidebar *sidebar, int changed) {
  if (changed < CO_ITEM_GROUP) list_groups(sidebar);
  if (changed < CO_ITEM_PARAMETER) list_parameters(sidebar);
  if (changed < CO_ITEM_ELEMENT) {
    list_elements(sidebar);
    list_components(sidebar);
  }
  make_knob(sidebar);
  co_sidebar_list_made(sidebar);
}

static void send(co_sidebar *sidebar) {
  co_command command = {.id = CO_CMD_SHIFT, .stage = sidebar->desk->side};
  co_knob_shift(&sidebar->knob, sidebar->value, &command.shift);
  co_desk_command(sidebar->desk, &command);
  sidebar->due = false;
}

// The first entry of the list stands for what is none of the others.
static void show_pattern(co_sidebar *sidebar) {
  bool selects = co_parameters[chosen(sidebar)].element != CO_NO_ELEMENT;
  const char *text = !selects                             ? "the whole model"
                     : strcmp(sidebar->pattern, "*") == 0 ? "all"
                                                          : "by pattern";
  co_sidebar_choice(co_sidebar_find(sidebar, CO_ITEM_ELEMENT), 0, text);
}

// A pattern that is just a name is chosen in the list, too.
static void use_pattern(co_sidebar *sidebar, const char *pattern) {
  const mjuiItem *item = co_sidebar_find(sidebar, CO_ITEM_ELEMENT);
  snprintf(sidebar->pattern, sizeof sidebar->pattern, "%s", pattern);
  show_pattern(sidebar);
  sidebar->element = 0;
  for (int i = 1; i < item->multi.nelem; i++) {
    char name[sizeof sidebar->pattern];
    co_glob_escape(co_knob_element(sidebar->world, chosen(sidebar), i - 1), name, sizeof name);
    if (strcmp(name, pattern) == 0) sidebar->element = i;
  }
}

// The pattern below the list reaches elements that are behind its end, too.
void co_sidebar_use_element(co_sidebar *sidebar, int index) {
  char name[sizeof sidebar->pattern] = "*";
  bool selects = co_parameters[chosen(sidebar)].element != CO_NO_ELEMENT;
  if (index >= 0 && selects) co_glob_escape(co_sidebar_element(sidebar, index), name, sizeof name);
  use_pattern(sidebar, selects ? name : "");
  co_sidebar_list(sidebar, CO_ITEM_ELEMENT);
}

int co_sidebar_elements(const co_sidebar *sidebar) {
  bool selects = co_parameters[chosen(sidebar)].element != CO_NO_ELEMENT;
  return selects ? co_knob_elements(sidebar->world, chosen(sidebar)) : 0;
}

const char *co_sidebar_element(const co_sidebar *sidebar, int index) {
  return co_knob_element(sidebar->world, chosen(sidebar), index);
}

// Shows its parameter.
void co_sidebar_use_made(co_sidebar *sidebar, int index) {
  const co_env_info *info = &sidebar->world->info;
  if (index >= info->num_shifts) return;
  sidebar->made = index < mjMAXUIMULTI ? index : 0;
  const co_shift_info *shift = &info->shift[index];
  co_parameter_id id = co_parameter_find(shift->parameter);
  for (int g = 0; id < CO_NUM_PARAMETERS && g < mjMAXUIMULTI; g++) {
    if (!same_group(group_at(sidebar->world, g), id)) continue;
    sidebar->group = g;
    break;
  }
  list_parameters(sidebar);
  for (int i = 0; i < sidebar->num_listed; i++)
    if (sidebar->listed[i] == id) sidebar->parameter = i;
  list_elements(sidebar);
  list_components(sidebar);
  use_pattern(sidebar, shift->select);
  make_knob(sidebar);
}

// Off is the neutral value; where there is none, off takes all shifts by hand back.
static void use_switch(co_sidebar *sidebar) {
  const co_knob *knob = &sidebar->knob;
  double away = knob->toggle ? knob->high : co_knob_value(knob, sidebar->place);
  if (sidebar->on) {
    sidebar->value = away;
    send(sidebar);
  } else if (isnan(knob->neutral)) {
    co_desk_command(sidebar->desk,
                    &(co_command){.id = CO_CMD_UNSHIFT, .stage = sidebar->desk->side});
  } else {
    sidebar->value = knob->neutral;
    send(sidebar);
  }
  show_value(sidebar);
}

void co_sidebar_shifted(co_sidebar *sidebar, int id) {
  switch (id) {
    case CO_ITEM_GROUP: sidebar->parameter = 0; break;
    case CO_ITEM_ELEMENT: co_sidebar_use_element(sidebar, sidebar->element - 1); return;
    case CO_ITEM_PATTERN: {
      char typed[sizeof sidebar->pattern];
      memcpy(typed, sidebar->pattern, sizeof typed);
      use_pattern(sidebar, typed);
      break;
    }
    case CO_ITEM_MADE: co_sidebar_use_made(sidebar, sidebar->made); return;
    case CO_ITEM_ON:
      if (sidebar->has_knob) use_switch(sidebar);
      return;
    case CO_ITEM_VALUE:
      if (!sidebar->has_knob) return;
      sidebar->value = co_knob_value(&sidebar->knob, sidebar->place);
      sidebar->on = sidebar->value != sidebar->knob.neutral;
      sidebar->due = true;
      show_value(sidebar);
      return;
    default: break;
  }
  co_sidebar_list(sidebar, id);
}

void co_sidebar_tick(co_sidebar *sidebar, double time) {
  if (!sidebar->due || (sidebar->desk->drag == CO_DRAG_SIDEBAR && time - sidebar->made_at < kPause))
    return;
  sidebar->made_at = time;
  send(sidebar);
}

co_status co_sidebar_shift(co_sidebar *sidebar, co_parameter_id parameter, const char *select,
                           double place) {
  if (!co_knob_available(sidebar->world, parameter))
    return co_fail(CO_CONFIG, "%s: this world has none", co_parameters[parameter].name);
  co_knob knob;
  CO_TRY(co_knob_make(sidebar->world, parameter, select, -1, &knob));
  sidebar->group = 0;
  while (!same_group(group_at(sidebar->world, sidebar->group), parameter)) sidebar->group++;
  list_parameters(sidebar);
  for (int i = 0; i < sidebar->num_listed; i++)
    if (sidebar->listed[i] == parameter) sidebar->parameter = i;
  list_elements(sidebar);
  list_components(sidebar);
  use_pattern(sidebar, knob.select);
  make_knob(sidebar);
  sidebar->place = place;
  co_sidebar_shifted(sidebar, CO_ITEM_VALUE);
  return CO_OK;
}

const co_knob *co_sidebar_knob(const co_sidebar *sidebar) {
  return sidebar->has_knob ? &sidebar->knob : NULL;
}
