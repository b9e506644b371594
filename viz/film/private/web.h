// The pieces of a replay's page, files of viz/film/web/ that CMake puts into the program.

#ifndef VIZ_FILM_PRIVATE_WEB_H_
#define VIZ_FILM_PRIVATE_WEB_H_

extern const char co_web_body[], co_web_style[], co_web_scene[], co_web_player[];

#endif  // VIZ_FILM_PRIVATE_WEB_H_
