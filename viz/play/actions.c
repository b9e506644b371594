#include "viz/play/actions.h"

#include <assert.h>
#include <stdio.h>
#include <strings.h>

const co_action_entry co_actions[] = {
#define X(id, key, mods, group, mouse, doc) [id] = {key, mods, group, mouse, doc},
    CO_ACTION_LIST(X)
#undef X
};

const char *const co_action_group_names[] = {
#define X(id, name) [id] = name,
    CO_ACTION_GROUP_LIST(X)
#undef X
};

static const char *const key_names[] = {
#define X(id, name) [id - CO_KEY_FIRST] = name,
    CO_KEY_LIST(X)
#undef X
};

// Linear: some sixty entries, once per key.
co_action_id co_action_find(int key, int mods) {
  if (key >= 'a' && key <= 'z') key += 'A' - 'a';
  for (int i = 0; key != CO_KEY_NONE && i < CO_NUM_ACTIONS; i++)
    if (co_actions[i].key == key && co_actions[i].mods == mods) return (co_action_id)i;
  return CO_DO_NOTHING;
}

// "Page Down" is also "PageDown".
static bool is_named(const char *key, const char *name) {
  for (; *key; key++) {
    if (*key == ' ') continue;
    if (strncasecmp(key, name, 1) != 0) return false;
    name++;
  }
  return *name == '\0';
}

int co_action_key_named(const char *name) {
  for (size_t i = 1; i < sizeof key_names / sizeof *key_names; i++)
    if (is_named(key_names[i], name)) return CO_KEY_FIRST + (int)i;
  if (is_named("Space", name)) return ' ';
  if (!name[0] || name[1] || name[0] < 0) return CO_KEY_NONE;
  return name[0] >= 'a' && name[0] <= 'z' ? name[0] + 'A' - 'a' : name[0];
}

const char *co_action_key(co_action_id id, char out[32]) {
  assert(id >= 0 && id < CO_NUM_ACTIONS);
  int key = co_actions[id].key, mods = co_actions[id].mods;
  char one[2] = {(char)key, '\0'};
  const char *name = key > CO_KEY_FIRST   ? key_names[key - CO_KEY_FIRST]
                     : key == ' '         ? "Space"
                     : key == CO_KEY_NONE ? ""
                                          : one;
  snprintf(out, 32, "%s%s%s", mods & CO_MOD_CTRL ? "Ctrl+" : "",
           mods & CO_MOD_SHIFT ? "Shift+" : "", name);
  return out;
}
