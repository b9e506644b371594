// What commands that open a window share.

#ifndef CLI_PLAY_H_
#define CLI_PLAY_H_

#include "cli/cli.h"
#include "viz/show/viewer.h"

// --size WxH into a viewer's definition, which keeps its size when not given; CO_USAGE.
co_status cli_window_size(const cli_args *args, co_viewer_def *out);

#endif  // CLI_PLAY_H_
