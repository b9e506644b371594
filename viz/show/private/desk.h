// What a person has chosen in the window, and what each key, click and drag means: a command for
// the session, a change of the view, or a wish that needs the scene or the system. No windows, no
// GL.
//
// The window's loop hands in actions and mouse events with the facts that they depend on, and takes
// the wishes out again. Thread safety: none.

#ifndef VIZ_SHOW_PRIVATE_DESK_H_
#define VIZ_SHOW_PRIVATE_DESK_H_

#include "viz/draw/drawing.h"
#include "viz/play/actions.h"
#include "viz/play/session.h"
#include "viz/show/private/layout.h"
#include "viz/show/strips.h"
#include "viz/show/window.h"

#define CO_ARRANGE_LIST(X)                                                    \
  X(CO_ARRANGE_SPLIT, "side by side")                                         \
  X(CO_ARRANGE_GHOST, "ghost") /* the source's robot in the target's scene */ \
  X(CO_ARRANGE_ONE, "one side")

typedef enum co_arrange {
#define X(id, name) id,
  CO_ARRANGE_LIST(X)
#undef X
      CO_NUM_ARRANGES
} co_arrange;
extern const char *const co_arrange_names[];

#define CO_WISH_LIST(X)                                                        \
  X(CO_WISH_COMMAND) /* command */                                             \
  X(CO_WISH_ORBIT)   /* turns the camera of scene `index` by dx, dy */         \
  X(CO_WISH_SLIDE)   /* moves it sideways */                                   \
  X(CO_WISH_ZOOM)    /* dy > 0: nearer */                                      \
  X(CO_WISH_CAMERA)  /* camera `mode`, FIXED: number `index` of the model */   \
  X(CO_WISH_SELECT)  /* the body at pixel x, y of scene `index` */             \
  X(CO_WISH_GRAB)    /* the same, and holds it; `turn`: to turn it */          \
  X(CO_WISH_PULL)    /* moves what is held by dx, dy */                        \
  X(CO_WISH_DROP)    /* lets it go */                                          \
  X(CO_WISH_NUDGE)   /* pushes the selected body sideways, dx says where to */ \
  X(CO_WISH_COPY)    /* the shifts as config text */                           \
  X(CO_WISH_SAVE)    /* a picture as PNG */                                    \
  X(CO_WISH_REDRESS) /* renderers for another preset */                        \
  X(CO_WISH_TEXT)    /* tells how large text is now */                         \
  X(CO_WISH_RECORD)  /* begins or ends a video of the window */                \
  X(CO_WISH_FULL)    /* all of the screen, or the old size again */            \
  X(CO_WISH_QUIT)

typedef enum co_wish_kind {
#define X(id) id,
  CO_WISH_LIST(X)
#undef X
} co_wish_kind;

typedef struct co_wish {
  co_wish_kind kind;
  co_command command;
  co_camera_mode mode;
  int index;
  bool turn;
  int x, y;       // [pixels] of the window, y down
  double dx, dy;  // shares of the scene's height, y down
} co_wish;

enum { CO_MOST_WISHES = 32 };

typedef enum co_drag {
  CO_DRAG_NONE,
  CO_DRAG_ORBIT,
  CO_DRAG_SLIDE,
  CO_DRAG_BODY,
  CO_DRAG_STEP,     // along the time line or a strip
  CO_DRAG_SIDEBAR,  // MuJoCo's
} co_drag;

typedef struct co_desk {
  int stages;                         // 1 or 2
  int side;                           // stage that gets policies, shifts and pushes
  int arrange;                        // co_arrange
  int full;                           // preset: 0 fast, 1 full
  int text;                           // [%] size of text against what the screen asks for
  int scaled;                         // scenes at three quarters of the resolution
  int sidebar, timeline, head, help;  // 0 or 1
  int open[CO_NUM_PANELS];
  int overlay[CO_NUM_OVERLAYS];
  int camera_mode, fixed;     // co_camera_mode
  int scroll[CO_NUM_PANELS];  // rows; of strips in `strips`
  int help_scroll;
  bool only;  // the mapping shows differences only
  co_strips_view strips;
  double mouse_x, mouse_y;
  co_drag drag;
  co_button drag_button;
  int drag_scene;  // scene, or panel (-1: time line) of a STEP
  int nudging;     // key that is held to push, 0: none
  co_wish wish[CO_MOST_WISHES];
  int num_wishes;
} co_desk;

// What actions depend on.
typedef struct co_desk_facts {
  int64_t step, first, last;  // that is shown, and can be
  int64_t episode;
  int speed;
  int policy[CO_SESSION_STAGES], num_policies;
  int num_cameras;      // of the model in the scene
  double screen_scale;  // pixels to a point, 0: not known
} co_desk_facts;

void co_desk_init(int stages, bool software, co_desk *out);

// Does an action.
void co_desk_do(co_desk *desk, co_action_id action, const co_desk_facts *facts);
void co_desk_command(co_desk *desk, const co_command *command);
void co_desk_camera(co_desk *desk, co_camera_mode mode, int fixed);
// Takes the oldest wish out; false: there is none.
bool co_desk_take(co_desk *desk, co_wish *out);

// A key of the window (numbers of mujoco/mjui.h) as one of the table's.
int co_desk_key(int key);
// A key and modifiers of the table: the action they stand for, or a camera of the model.
void co_desk_press(co_desk *desk, int key, int mods, const co_desk_facts *facts);
// A key event of the window.
void co_desk_on_key(co_desk *desk, const co_event *event, const co_desk_facts *facts);

// Which stage a scene of the layout shows.
int co_desk_stage(const co_desk *desk, int scene);
// How many scenes there are side by side.
int co_desk_scenes(const co_desk *desk);
unsigned co_desk_overlays(const co_desk *desk);

// Layout of the window for what is open.
void co_desk_layout(const co_desk *desk, int width, int height, int row, int sidebar,
                    co_layout *out);

// A mouse event over scenes; what lies in a panel, the time line or the sidebar is the loop's. True
// when it meant something.
bool co_desk_on_scene(co_desk *desk, const co_event *event, const co_layout *layout);

#endif  // VIZ_SHOW_PRIVATE_DESK_H_
