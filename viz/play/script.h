// What is to be done in the window, line by line, in place of a person: for demonstrations,
// pictures and tests.
//
//   key Ctrl+P             a key, as the help names it, without spaces
//   click X Y              the left button; positions are shares of the window's width and height
//   double X Y
//   drag X Y X Y           with the left button held; "drag Ctrl X Y X Y" with a key
//   wheel X Y N            N lines up
//   seek STEP              shows a step, playing on to it if need be
//   shift PARAMETER PATTERN PLACE    the slider of a parameter, 0 to 1; "*": all elements
//   action NAME VALUE      the slider of an element of the action
//   policy N               of the list, from 0
//   drop FILE X Y          a policy's file, dropped there
//   wait SECONDS
//   save FILE.png
//   quit
//
// Empty lines and those that begin with # mean nothing. A line is done when what it asked for was
// executed and is on the screen.

#ifndef VIZ_PLAY_SCRIPT_H_
#define VIZ_PLAY_SCRIPT_H_

#include "core/status.h"
#include "viz/play/actions.h"

#include <stdint.h>

#define CO_SCRIPT_LIST(X)       \
  X(CO_SCRIPT_KEY, "key")       \
  X(CO_SCRIPT_CLICK, "click")   \
  X(CO_SCRIPT_DOUBLE, "double") \
  X(CO_SCRIPT_DRAG, "drag")     \
  X(CO_SCRIPT_WHEEL, "wheel")   \
  X(CO_SCRIPT_SEEK, "seek")     \
  X(CO_SCRIPT_SHIFT, "shift")   \
  X(CO_SCRIPT_ACTION, "action") \
  X(CO_SCRIPT_POLICY, "policy") \
  X(CO_SCRIPT_DROP, "drop")     \
  X(CO_SCRIPT_WAIT, "wait")     \
  X(CO_SCRIPT_SAVE, "save")     \
  X(CO_SCRIPT_QUIT, "quit")

typedef enum co_script_kind {
#define X(id, name) id,
  CO_SCRIPT_LIST(X)
#undef X
      CO_NUM_SCRIPT_KINDS
} co_script_kind;

typedef struct co_script_line {
  co_script_kind kind;
  int key, mods;      // KEY: of the table of actions; DRAG: mods
  double number[4];   // as many as the kind has
  char text[2][256];  // SHIFT: parameter, pattern; ACTION: element; SAVE, DROP: file
} co_script_line;

typedef struct co_script {
  int count;
  co_script_line *line;  // (count) owned
} co_script;

// CO_NO_INPUT, CO_CONFIG "file:line: what", one line per problem; CO_MEMORY.
co_status co_script_read(const char *path, co_script *out);
void co_script_free(co_script *script);

#endif  // VIZ_PLAY_SCRIPT_H_
