// What exporters write into an ONNX file beside the graph: mjlab and whole-body-tracking as numbers
// and names between commas, mostly with three decimals, holosoma as JSON. Keys that say nothing
// about the policy are read over: where it was trained (run_path), what a term's past looks like
// before it is one row (observation_terms_flatten_history_dim), and which motion it follows
// (command_names, body_names, anchor_body_name: the body that the motion is compared at, which need
// not be the one that the velocities are seen from).

#include "agents/import/private/fact_rows.h"
#include "core/file.h"
#include "core/text.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct reader {
  const co_onnx *onnx;
  co_document document;  // stands for the file in places and messages
  co_facts *facts;
} reader;

enum { FIXED = 3 };  // decimals that are a format, not a coincidence

// ---- lists between commas

// Decimals of a number; -1: it is none.
static int decimals_of(const char *text) {
  double number;
  if (!co_parse_double(text, &number)) return -1;
  const char *point = strchr(text, '.');
  return point ? (int)strspn(point + 1, "0123456789") : 0;
}

// All numbers have as many decimals, so that the last one was rounded.
static bool is_fixed(const co_doc *list) {
  int first = list->count ? decimals_of(list->child[0].text) : -1;
  for (int i = 1; i < list->count; i++)
    if (decimals_of(list->child[i].text) != first) return false;
  return first >= FIXED;
}

static void resolve(co_doc *item, bool fixed) {
  item->kind = CO_DOC_TEXT;
  if (!co_parse_double(item->text, &item->number)) return;
  item->kind = CO_DOC_NUMBER;
  item->resolution = co_text_resolution(item->text, fixed);
}

// "a, b" becomes a list of texts and numbers.
static co_status split_at(const reader *r, const char *key, const char *value, char separator,
                          co_doc *out) {
  co_arena *memory = &r->facts->memory;
  char *text = co_arena_strdup(memory, value);
  size_t count = 1;
  for (const char *c = value; *c; c++) count += *c == separator;
  if (count > CO_DOC_NODES)
    return co_fail(CO_DATA, "%s: metadata \"%s\": more than %d entries", r->onnx->file, key,
                   CO_DOC_NODES);
  *out = (co_doc){.kind = CO_DOC_LIST, .count = (int)count};
  out->child = co_arena_alloc(memory, count, sizeof *out->child);
  CO_TRY(co_arena_status(memory));
  for (size_t i = 0; i < count; i++) {
    char *end = strchr(text, separator);
    if (end) *end = '\0';
    text += strspn(text, " ");
    for (size_t size = strlen(text); size && text[size - 1] == ' ';) text[--size] = '\0';
    out->child[i].text = text;
    if (end) text = end + 1;
  }
  bool fixed = is_fixed(out);
  for (size_t i = 0; i < count; i++) resolve(&out->child[i], fixed);
  return CO_OK;
}

static co_status split(const reader *r, const char *key, const char *value, co_doc *out) {
  return split_at(r, key, value, strchr(value, ';') && !strchr(value, ',') ? ';' : ',', out);
}

// ---- values

static const char *metadata(const reader *r, const char *key) {
  const char *value = co_onnx_find_metadata(r->onnx, key);
  return value && *value ? value : NULL;
}

// The value of a key, JSON or a list; `json` holds the first and is the caller's to free.
static co_status parse(const reader *r, const char *key, const char *value, co_document *json,
                       co_doc *out) {
  *json = (co_document){0};
  if (*value != '[' && *value != '{' && *value != '"') return split(r, key, value, out);
  char file[512];
  snprintf(file, sizeof file, "%.380s: metadata \"%.80s\"", r->onnx->file, key);
  CO_TRY(co_document_parse_json(value, strlen(value), file, json));
  *out = json->root;
  return CO_OK;
}

static co_status take_row(const reader *r, const char *key, const co_fact_row *row, void *base) {
  const char *value = metadata(r, key);
  char path[128];
  co_document json;
  co_doc doc = {0};
  if (!value) return CO_OK;
  snprintf(path, sizeof path, "metadata \"%.100s\"", key);
  co_status status = parse(r, key, value, &json, &doc);
  bool alone = status == CO_OK && doc.kind == CO_DOC_LIST && doc.count == 1;
  if (alone && (row->kind == CO_FACT_NUMBER || row->kind == CO_FACT_TEXT)) {
    co_doc only = doc.child[0];
    doc = only;
  }
  if (status == CO_OK)
    status = co_fact_read(&r->document, &doc, path, row, &r->facts->memory, base);
  co_document_free(&json);
  return status;
}

static co_status take(const reader *r, const char *key, const char *path) {
  return take_row(r, key, co_fact_find_row(co_fact_rows, path), r->facts);
}

// ---- terms

// mjlab: of each term something between commas, which is a list between semicolons where it has
// several numbers. No bound is "inf" there.
static void read_endless(co_doc *ends) {
  for (int k = 0; k < ends->count; k++) {
    co_doc *end = &ends->child[k];
    bool low = strcmp(end->text, "-inf") == 0;
    if (!low && strcmp(end->text, "inf") != 0) continue;
    end->kind = CO_DOC_NUMBER;
    end->number = low ? -(double)FLT_MAX : (double)FLT_MAX;
    end->resolution = 0;
  }
}

// What each term has of a member.
static co_status take_of_terms(const reader *r, const char *key, const char *member) {
  const co_fact_row *row = co_fact_find_row(co_term_rows, member);
  const char *value = metadata(r, key);
  co_facts *facts = r->facts;
  co_doc list = {0};
  if (!value || !facts->num_terms) return CO_OK;
  CO_TRY(split_at(r, key, value, ',', &list));
  if (list.count != facts->num_terms)
    return co_fail(CO_DATA, "%s: metadata \"%s\": %d entries for %d terms", r->onnx->file, key,
                   list.count, facts->num_terms);
  for (int i = 0; i < list.count; i++) {
    char path[128];
    co_doc item = list.child[i];
    snprintf(path, sizeof path, "metadata \"%.100s\".%d", key, i);
    if (strchr(item.text, ';')) CO_TRY(split_at(r, key, item.text, ';', &item));
    if (row->per == CO_PER_PAIR) read_endless(&item);
    CO_TRY(co_fact_read(&r->document, &item, path, row, &facts->memory, &facts->term[i]));
  }
  return CO_OK;
}

// Numbers of a frame are as many as its factors.
static void count_by_scale(co_facts *facts) {
  for (int i = 0; i < facts->num_terms; i++) {
    co_fact_term *term = &facts->term[i];
    int past = term->history ? term->history : 1;
    if (term->scale.count > 1) term->dim = term->scale.count * past;
  }
}

// Their own words that mean something else in facts.json.
static const char *word_of(const char *term) {
  return strcmp(term, "joint_pos") == 0 ? "joint_pos_rel" : co_term_canonical(term);
}

// How many values of the past each term has: mjlab, then whole-body-tracking. One number stands for
// all of them.
static co_status take_past(const reader *r, co_fact_numbers *past) {
  static const char *const keys[] = {"observation_terms_history_length",
                                     "observation_history_lengths"};
  static const co_fact_row row = {
      .kind = CO_FACT_NUMBERS, .one = true, .whole = true, .low = 0, .high = CO_MAX_HISTORY};
  for (size_t i = 0; i < sizeof keys / sizeof *keys && !past->count; i++) {
    CO_TRY(take_row(r, keys[i], &row, past));
    if (past->count > 1 && past->count != r->facts->num_terms)
      return co_fail(CO_DATA, "%s: metadata \"%s\": %d entries for %d terms", r->onnx->file,
                     keys[i], past->count, r->facts->num_terms);
  }
  return CO_OK;
}

static co_status take_terms(const reader *r, const char *key) {
  static const co_fact_row names_row = {.kind = CO_FACT_NAMES};
  co_facts *facts = r->facts;
  co_fact_names names = {0};
  co_fact_numbers past = {0};
  CO_TRY(take_row(r, key, &names_row, &names));
  if (!names.count || facts->num_terms) return CO_OK;
  facts->term = co_arena_alloc(&facts->memory, (size_t)names.count, sizeof *facts->term);
  CO_TRY(co_arena_status(&facts->memory));
  facts->num_terms = names.count;
  CO_TRY(take_past(r, &past));
  for (int i = 0; i < names.count; i++) {
    co_fact_term *term = &facts->term[i];
    *term = co_fact_term_empty();
    term->at = names.at;
    term->stated_as = names.name[i];
    term->term = word_of(names.name[i]);
    int k = past.count == 1 ? 0 : i;
    if (k < past.count) term->history = past.value[k] > 1 ? (int)past.value[k] : 1;
  }
  return CO_OK;
}

// ---- the command

static co_status take_ranges(const reader *r) {
  static const char *const keys[][3] = {{"lin_vel_x", "vx", "m/s"},
                                        {"lin_vel_y", "vy", "m/s"},
                                        {"ang_vel_yaw", "yaw", "rad/s"},
                                        {"ang_vel_z", "yaw", "rad/s"}};
  static const co_fact_row row = {.kind = CO_FACT_NUMBERS, .per = CO_PER_PAIR};
  const char *value = metadata(r, "command_ranges");
  co_facts *facts = r->facts;
  co_document json;
  co_doc doc = {0};
  if (!value || *value != '{') return CO_OK;
  CO_TRY(parse(r, "command_ranges", value, &json, &doc));
  facts->command = co_arena_alloc(&facts->memory, 4, sizeof *facts->command);
  co_status status = co_arena_status(&facts->memory);
  for (int i = 0; status == CO_OK && i < 4; i++) {
    const co_doc *range = co_doc_get(&doc, keys[i][0]);
    co_fact_numbers ends = {0};
    if (!range) continue;
    status = co_fact_read(&r->document, range, "metadata \"command_ranges\"", &row, &facts->memory,
                          &ends);
    if (ends.count != 2) continue;
    facts->command_at = ends.at;
    facts->command[facts->num_commands++] = (co_fact_command){.name = keys[i][1],
                                                              .unit = keys[i][2],
                                                              .value = (double)NAN,
                                                              .low = ends.value[0],
                                                              .high = ends.value[1]};
  }
  co_document_free(&json);
  return status;
}

// ---- the file

// Gains of the simulator's servos, or of a law beside the model: both are how targets are followed.
static void infer_kind(co_facts *facts) {
  const co_fact_numbers *gains = facts->servo_kp.count ? &facts->servo_kp : &facts->kp;
  if (!gains->count) return;
  facts->action_kind.at = gains->at;
  facts->action_kind.at.from = CO_FROM_INFERRED;
  facts->action_kind.at.resolution = 0;
  facts->action_kind.value = gains == &facts->servo_kp ? "joint position target" : "pd torque";
}

// As text, or as a string of JSON.
static co_status take_urdf(const reader *r) {
  const char *urdf = metadata(r, "robot_urdf");
  co_document json = {0};
  co_doc doc = {.kind = CO_DOC_TEXT, .text = urdf};
  if (urdf && *urdf == '"') CO_TRY(parse(r, "robot_urdf", urdf, &json, &doc));
  if (urdf && doc.kind == CO_DOC_TEXT && strstr(doc.text, "<robot"))
    r->facts->urdf = co_arena_strdup(&r->facts->memory, doc.text);
  co_document_free(&json);
  return CO_OK;
}

static co_status read_all(const reader *r) {
  static const char *const keys[][2] = {{"joint_names", "joints"},
                                        {"dof_names", "joints"},
                                        {"joint_stiffness", "gains.kp"},
                                        {"joint_damping", "gains.kd_actuator"},
                                        {"kp", "action.kp"},
                                        {"kd", "action.kd"},
                                        {"default_joint_pos", "default_pose"},
                                        {"action_scale", "action.scale"},
                                        {"action_offset", "action.offset"},
                                        {"physics_dt", "sim.timestep"},
                                        {"control_dt", "sim.control_dt"},
                                        {"history_length", "history.length"}};
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) CO_TRY(take(r, keys[i][0], keys[i][1]));
  CO_TRY(take_terms(r, "observation_names"));
  CO_TRY(take_terms(r, "obs_term_names_sorted"));
  CO_TRY(take_of_terms(r, "observation_terms_scale", "scale"));
  CO_TRY(take_of_terms(r, "observation_terms_clip", "clip"));
  count_by_scale(r->facts);
  CO_TRY(take_ranges(r));
  infer_kind(r->facts);
  co_facts_settle_history(r->facts);
  CO_TRY(take_urdf(r));
  CO_TRY(co_arena_status(&r->facts->memory));
  return co_facts_settle(r->onnx->file, r->facts);
}

co_status co_facts_read_onnx(const co_onnx *onnx, co_facts *facts) {
  co_facts read = {0};
  const reader r = {onnx, {.file = onnx->file, .base = co_path_base(onnx->file)}, &read};
  co_status status = read_all(&r);
  if (status == CO_OK) status = co_facts_merge(&read, facts);
  co_facts_free(&read);
  return status;
}
