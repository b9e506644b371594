// The help overlay: every action with its key, where the mouse does it, and what it does. Pure.

#ifndef VIZ_SHOW_HELP_H_
#define VIZ_SHOW_HELP_H_

#include "viz/draw/paint.h"

// Paints as many columns as fit into the box, over what is there. `scroll`: lines above the first
// one shown; returns the largest that is useful.
int co_help_paint(co_paint *paint, co_box box, int scroll);

#endif  // VIZ_SHOW_HELP_H_
