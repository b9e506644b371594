// The window's OpenGL side: what is drawn where, with one renderer for each stage's scene and one
// context for text, panels and the sidebar.
//
// Thread safety: that of the window.

#ifndef VIZ_SHOW_PRIVATE_SCREEN_H_
#define VIZ_SHOW_PRIVATE_SCREEN_H_

#include "viz/draw/drawing.h"
#include "viz/draw/paint_mjr.h"
#include "viz/draw/png.h"
#include "viz/show/window.h"

struct mjrContext_;

enum { CO_SCREEN_SCENES = 2 };

typedef struct co_screen co_screen;

// The window is borrowed; `text`: size of text [%] against what the display asks for. CO_INTERNAL,
// CO_MEMORY.
co_status co_screen_create(co_window *window, int text, co_screen **out);
void co_screen_free(co_screen *screen);  // before the window

struct mjrContext_ *co_screen_context(co_screen *screen);  // of text and sidebar
const co_font *co_screen_font(const co_screen *screen);
// Text of another size, or for another scale of the display; true: context and font are others.
bool co_screen_rescale(co_screen *screen, int text, co_status *status);

// Textures and meshes of a drawing, in place of those of the scene before; NULL: none.
co_status co_screen_dress(co_screen *screen, int scene, const co_drawing *drawing);
// Begins a frame of the window's size.
void co_screen_begin(co_screen *screen);
// Draws a scene into a box of the window; at three quarters of its resolution when `scaled`.
co_status co_screen_scene(co_screen *screen, int scene, co_box box, co_drawing *drawing,
                          bool scaled);
co_status co_screen_paint(co_screen *screen, const co_paint *paint);
// What was drawn so far, in memory of the screen's until the next call. CO_MEMORY.
co_status co_screen_read(co_screen *screen, co_image *out);
// The same as a file.
co_status co_screen_save(co_screen *screen, const char *path);

#endif  // VIZ_SHOW_PRIVATE_SCREEN_H_
