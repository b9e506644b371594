#include "viz/film/page.h"

#include "core/format.h"
#include "core/json.h"
#include "core/memory.h"
#include "viz/film/private/columns.h"
#include "viz/film/private/looks.h"
#include "viz/film/private/reel.h"
#include "viz/film/private/web.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// Steps of the columns: half of one is the error.
static const double kPosition = 1e-4;           // [m]
static const double kQuaternion = 1.0 / 32767;  // of a unit quaternion's elements
static const double kCoordinate = 1e-5;         // [m, rad]
static const double kReward = 1e-4;

enum { POSE = 7, REST = 6 };  // numbers of a body; step, return, reward, where the camera looks

typedef struct page_side {
  co_page_side def;
  co_camera camera;
  int bodies, coordinates, width;
  int32_t *number;  // (capacity x width) owned: poses, coordinates, the rest
  double *quat;     // (bodies x 4) owned: as last written
  co_json *looks;   // lists of shapes, owned
  co_buf look;      // the last of them as text
  co_json *ends;    // [{frame, text}] owned
  bool over;
} page_side;

struct co_page {
  co_page_def def;
  page_side side[2];
  co_look_meshes meshes;
  co_json *episodes;  // [{frame, episode, look[]}] owned
  int64_t frames, capacity;
};

// --- life

static co_status open_side(const co_page_side *def, page_side *out) {
  out->def = *def;
  out->bodies = co_drawing_bodies(def->drawing);
  out->coordinates = co_drawing_coordinates(def->drawing);
  out->width = POSE * out->bodies + out->coordinates + REST;
  out->quat = co_alloc(4 * (size_t)out->bodies, sizeof *out->quat);
  out->looks = co_json_array();
  out->ends = co_json_array();
  return out->quat ? CO_OK : CO_MEMORY;
}

co_status co_page_create(const co_page_def *def, co_page **out) {
  assert(def->count == 1 || def->count == 2);
  assert(!def->ghost || def->count == 2);
  co_page *page = co_alloc(1, sizeof *page);
  if (!page) return CO_MEMORY;
  page->def = *def;
  page->episodes = co_json_array();
  co_status status = CO_OK;
  for (int i = 0; i < def->count && status == CO_OK; i++)
    status = open_side(&def->side[i], &page->side[i]);
  if (status != CO_OK) {
    co_page_free(page);
    return status;
  }
  *out = page;
  return CO_OK;
}

void co_page_free(co_page *page) {
  if (!page) return;
  for (int i = 0; i < page->def.count; i++) {
    page_side *side = &page->side[i];
    free(side->number);
    free(side->quat);
    co_json_free(side->looks);
    co_buf_free(&side->look);
    co_json_free(side->ends);
  }
  co_look_meshes_free(&page->meshes);
  co_json_free(page->episodes);
  free(page);
}

// --- frames

static co_status check_frames(double frames) {
  if (frames <= CO_PAGE_FRAMES) return CO_OK;
  return co_fail(CO_USAGE, "a replay of more than %d frames: fewer seconds, or fewer a second",
                 CO_PAGE_FRAMES);
}

static co_status make_room(co_page *page) {
  int width = 0;
  for (int i = 0; i < page->def.count; i++) width += page->side[i].width;
  CO_TRY(check_frames((double)page->frames + 1));
  if ((page->frames + 1) * width > CO_PAGE_NUMBERS)
    return co_fail(CO_USAGE,
                   "a replay of more than %d numbers, %d in a frame: fewer seconds, or fewer "
                   "frames a second",
                   CO_PAGE_NUMBERS, width);
  if (page->frames < page->capacity) return CO_OK;
  int64_t capacity = page->capacity ? 2 * page->capacity : 256;
  for (int i = 0; i < page->def.count; i++) {
    page_side *side = &page->side[i];
    int32_t *number =
        co_realloc(side->number, (size_t)capacity * (size_t)side->width, sizeof *number);
    if (!number) return CO_MEMORY;
    side->number = number;
  }
  page->capacity = capacity;
  return CO_OK;
}

// q and -q are the same turn: the one that is nearer to the last, so that columns are smooth.
static void keep_sign(double quat[4], double last[4]) {
  double dot = 0;
  for (int k = 0; k < 4; k++) dot += quat[k] * last[k];
  for (int k = 0; k < 4; k++) last[k] = quat[k] = dot < 0 ? -quat[k] : quat[k];
}

static int32_t *put(int32_t *to, const double *value, int count, double step) {
  for (int i = 0; i < count; i++) *to++ = co_column_number(value[i], step);
  return to;
}

static void read_numbers(const page_side *side, const co_instant *now, int32_t *to) {
  const co_drawing *drawing = side->def.drawing;
  int present = co_drawing_bodies(drawing);  // a variant of the world may have fewer
  for (int body = 0; body < side->bodies; body++) {
    double pos[3] = {NAN, NAN, NAN}, quat[4] = {1};
    if (body < present) co_drawing_pose(drawing, body, pos, quat);
    keep_sign(quat, &side->quat[4 * body]);
    to = put(put(to, pos, 3, kPosition), quat, 4, kQuaternion);
  }
  for (int i = 0; i < side->coordinates; i++)
    *to++ = co_column_number(co_drawing_coordinate(drawing, i), kCoordinate);
  *to++ = (int32_t)now->step;
  to = put(to, &now->ret, 1, kReward);
  *to++ = co_column_number((double)now->reward, kReward);
  put(to, side->camera.lookat, 3, kPosition);
}

// The world may look otherwise in each episode, where rows draw their own numbers.
static co_status read_look(co_page *page, page_side *side) {
  co_json *look;
  co_buf text = {0};
  CO_TRY(co_drawing_update(side->def.drawing, &side->camera, CO_OVERLAY_NONE));
  CO_TRY(co_look_read(side->def.drawing, &page->meshes, &look));
  co_status status = co_json_write(look, 0, &text);
  if (status != CO_OK || (side->look.data && strcmp(text.data, side->look.data) == 0)) {
    co_json_free(look);
    co_buf_free(&text);
    return status;
  }
  co_buf_free(&side->look);
  side->look = text;
  co_json_add(side->looks, look);
  return CO_OK;
}

static co_status begin_episode(co_page *page, uint32_t episode) {
  co_json *entry = co_json_object(), *look = co_json_array();
  co_status status = CO_OK;
  for (int i = 0; i < page->def.count && status == CO_OK; i++) {
    page_side *side = &page->side[i];
    if (page->frames == 0) co_drawing_default_camera(side->def.drawing, &side->camera);
    co_drawing_follow(side->def.drawing, INFINITY, &side->camera);
    status = read_look(page, side);
    side->over = false;
    co_json_add(look, co_json_int((int64_t)co_json_count(side->looks) - 1));
  }
  co_json_set_int(entry, "frame", page->frames);
  co_json_set_int(entry, "episode", episode);
  co_json_set(entry, "look", look);
  co_json_add(page->episodes, entry);
  return status;
}

static void note_end(const co_page *page, page_side *side, const co_instant *now) {
  const char *end = co_recorder_end(now);
  if (side->over || !*end) return;
  co_json *entry = co_json_object();
  co_json_set_int(entry, "frame", page->frames);
  co_json_set_string(entry, "text", end);
  co_json_add(side->ends, entry);
  side->over = true;
}

static co_status load(co_page *page, const co_instant *const *instant) {
  for (int i = 0; i < page->def.count; i++)
    CO_TRY(co_drawing_load(page->side[i].def.drawing, instant[i]->row));
  return CO_OK;
}

co_status co_page_add(co_page *page, const co_instant *const *instant, bool begins,
                      uint32_t episode) {
  CO_TRY(make_room(page));
  CO_TRY(load(page, instant));
  if (begins) CO_TRY(begin_episode(page, episode));
  for (int i = 0; i < page->def.count; i++) {
    page_side *side = &page->side[i];
    co_drawing_follow(side->def.drawing, 1.0 / page->def.fps, &side->camera);
    read_numbers(side, instant[i], side->number + page->frames * side->width);
    note_end(page, side, instant[i]);
  }
  page->frames++;
  return CO_OK;
}

// --- the page

static co_json *copy_of(const co_json *json) {
  co_buf text = {0};
  co_json *copy = NULL;
  if (co_json_write(json, 0, &text) == CO_OK) co_json_parse(text.data, text.size, "", &copy);
  co_buf_free(&text);
  return copy;
}

static co_json *coordinates_json(const page_side *side) {
  co_json *list = co_json_array();
  for (int i = 0; i < side->coordinates; i++) {
    co_json *entry = co_json_object();
    co_json_set_string(entry, "name", co_drawing_coordinate_name(side->def.drawing, i));
    co_json_set_string(entry, "unit", co_drawing_coordinate_unit(side->def.drawing, i));
    co_json_add(list, entry);
  }
  return list;
}

static co_json *side_json(const page_side *side) {
  co_json *object = co_json_object(), *bodies = co_json_array();
  for (int i = 0; i < side->bodies; i++)
    co_json_add(bodies, co_json_string(co_drawing_body_name(side->def.drawing, i)));
  co_json_set_string(object, "policy", side->def.policy ? side->def.policy : "recorded actions");
  co_json_set_string(object, "world", side->def.world ? side->def.world : "");
  co_json_set_number(object, "dt", side->def.dt);
  co_json_set_number(object, "azimuth", side->camera.azimuth);
  co_json_set_number(object, "elevation", side->camera.elevation);
  co_json_set_number(object, "distance", side->camera.distance);
  co_json_set(object, "bodies", bodies);
  co_json_set(object, "coordinates", coordinates_json(side));
  co_json_set(object, "looks", copy_of(side->looks));
  co_json_set(object, "ends", copy_of(side->ends));
  return object;
}

static co_json *steps_json(void) {
  co_json *object = co_json_object();
  co_json_set_number(object, "position", kPosition);
  co_json_set_number(object, "quaternion", kQuaternion);
  co_json_set_number(object, "coordinate", kCoordinate);
  co_json_set_number(object, "reward", kReward);
  return object;
}

static co_status put_head(const co_page *page, co_buf *out) {
  co_json *head = co_json_object(), *sides = co_json_array();
  for (int i = 0; i < page->def.count; i++) co_json_add(sides, side_json(&page->side[i]));
  co_json_set_int(head, "format", 1);
  co_json_set_int(head, "fps", page->def.fps);
  co_json_set_int(head, "frames", page->frames);
  co_json_set_bool(head, "ghost", page->def.ghost);
  co_json_set(head, "step", steps_json());
  co_json_set(head, "episodes", copy_of(page->episodes));
  co_json_set(head, "meshes", page->meshes.list ? copy_of(page->meshes.list) : co_json_array());
  co_json_set(head, "sides", sides);
  co_status status = co_json_write(head, 0, out);
  co_json_free(head);
  return status;
}

static void put_columns(const co_page *page, co_buf *out) {
  co_buf_add(out, page->meshes.columns.data, page->meshes.columns.size);
  for (int i = 0; i < page->def.count; i++) {
    const page_side *side = &page->side[i];
    for (int k = 0; k < side->width; k++)
      co_columns_add(out, side->number + k, (size_t)page->frames, (size_t)side->width);
  }
}

static void put_title(const co_page *page, co_buf *out) {
  for (int i = 0; i < page->def.count; i++) {
    const co_page_side *side = &page->side[i].def;
    if (i) co_buf_puts(out, " | ");
    co_put_html(out, side->policy ? side->policy : "recorded actions");
    co_buf_puts(out, " in ");
    co_put_html(out, side->world ? side->world : "");
  }
}

co_status co_page_put(const co_page *page, co_buf *out) {
  co_buf head = {0}, columns = {0};
  assert(page->frames > 0);
  co_status status = put_head(page, &head);
  put_columns(page, &columns);
  co_buf_puts(out,
              "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
              "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
              "<meta name=\"generator\" content=\"carryover replay 1\">\n<title>");
  put_title(page, out);
  co_buf_printf(out, "</title>\n<style>\n%s</style>\n</head>\n<body>\n%s", co_web_style,
                co_web_body);
  co_buf_puts(out, "<script type=\"text/plain\" id=\"data\">");
  if (status == CO_OK) status = co_buf_status(&columns);
  if (status == CO_OK) status = co_columns_pack(&head, &columns, out);
  co_buf_printf(out, "</script>\n<script>\n%s\n%s</script>\n</body>\n</html>\n", co_web_scene,
                co_web_player);
  co_buf_free(&head);
  co_buf_free(&columns);
  return status == CO_OK ? co_buf_status(out) : status;
}

// --- recording

typedef struct page_recorder {
  const co_recorder_def *def;
  co_reel reel;
  co_drawing *drawing[2];
  co_page *page;
  co_file_out file;
} page_recorder;

static co_status open_all(page_recorder *rec) {
  const co_recorder_def *def = rec->def;
  co_page_def page = {.count = def->count, .ghost = def->ghost, .fps = def->fps};
  CO_TRY(co_reel_open(def->stage, def->count, def->episode, def->fps, def->seconds, &rec->reel));
  for (int i = 0; i < def->count; i++) {
    const co_built_world *world = co_stage_world(rec->reel.pair.stage[i]);
    CO_TRY(co_drawing_create(world, CO_QUALITY_FAST, &rec->drawing[i]));
    co_drawing_tell_bare(rec->drawing[i]);
    page.side[i] = (co_page_side){.drawing = rec->drawing[i],
                                  .policy = def->policy[i],
                                  .world = def->world[i],
                                  .dt = world->binding.dt};
  }
  CO_TRY(co_page_create(&page, &rec->page));
  return co_file_out_begin(def->out, &rec->file);  // before an hour's work, not behind it
}

static co_status record_all(page_recorder *rec) {
  bool begins = false;
  while (!co_reel_done(&rec->reel)) {
    const co_instant *now[2] = {0};
    CO_TRY(co_reel_next(&rec->reel, rec->def->stop, &begins));
    for (int i = 0; i < rec->def->count; i++) now[i] = co_stage_now(rec->reel.pair.stage[i]);
    CO_TRY(co_page_add(rec->page, now, begins, rec->reel.episode));
  }
  return CO_OK;
}

static co_status write_page(page_recorder *rec, co_recorded *out) {
  co_buf page = {0};
  co_status status = co_page_put(rec->page, &page);
  if (status == CO_OK) status = co_file_out_write(&rec->file, page.data, page.size);
  if (status == CO_OK) status = co_file_out_commit(&rec->file);
  co_buf_free(&page);
  if (status != CO_OK) return status;
  *out = (co_recorded){.frames = rec->reel.frames,
                       .seconds = (double)rec->reel.frames / rec->def->fps,
                       .faults = rec->reel.faults,
                       .files = {co_alloc(1, sizeof *out->files.name), 0}};
  if (out->files.name) out->files.name[0] = co_strdup(rec->def->out);
  if (!out->files.name || !out->files.name[0]) return co_names_free(&out->files), CO_MEMORY;
  out->files.count = 1;
  return CO_OK;
}

co_status co_page_record(const co_recorder_def *def, co_recorded *out) {
  page_recorder rec = {.def = def};
  CO_TRY(co_reel_check(def->fps, def->seconds));
  CO_TRY(check_frames(def->seconds * def->fps));
  co_status status = open_all(&rec);
  if (status == CO_OK) status = record_all(&rec);
  if (status == CO_OK) status = write_page(&rec, out);
  co_file_out_discard(&rec.file);
  co_page_free(rec.page);
  for (int i = 0; i < def->count; i++) co_drawing_free(rec.drawing[i]);
  co_reel_close(&rec.reel);
  return status;
}
