// carryover task: the draft of a task for a robot, from its model and what is
// known of a policy.

#include "agents/import/order.h"
#include "cli/cli.h"
#include "core/file.h"
#include "core/hash.h"
#include "core/log.h"
#include "envs/draft/place.h"
#include "envs/draft/robot_read.h"
#include "envs/world/world.h"
#include "transfer/import/draft.h"

#include <stdlib.h>
#include <string.h>

static const char kMark[] = "// as written by carryover task: ";

typedef struct task_job {
  const char *from, *facts_path, *out;  // facts_path: the first one, NULL: none
  co_robot robot;
  co_facts facts;
  co_model_place place;
  co_draft draft;
} task_job;

// ---- the file

// A draft is edited by hand: what somebody has changed is not written over. The
// last line says what the rest was when it was written.
static co_status check_free(const char *path) {
  co_buf text = {0};
  char hash[CO_HASH_TEXT];
  if (!co_file_exists(path)) return CO_OK;
  CO_TRY(co_file_read(path, 0, &text));
  const char *mark = NULL;
  for (const char *at = text.data; at && (at = strstr(at, kMark)); at++) mark = at;
  if (mark) co_hash_text(co_hash(text.data, (size_t)(mark - text.data)), hash);
  size_t size = sizeof kMark - 1;
  bool own = mark && strncmp(mark + size, hash, strlen(hash)) == 0 &&
             strcmp(mark + size + strlen(hash), "\n") == 0;
  co_buf_free(&text);
  if (own) return CO_OK;
  return co_fail(CO_CREATE,
                 "%s: is there, and is no draft as this command wrote it: nothing is "
                 "written over it",
                 path);
}

static co_status put_mark(co_buf *text) {
  char hash[CO_HASH_TEXT];
  CO_TRY(co_buf_status(text));
  co_hash_text(co_hash(text->data, text->size), hash);
  co_buf_printf(text, "%s%s\n", kMark, hash);
  return co_buf_status(text);
}

// What is written is a task that is built: a draft that no world comes of is a
// fault of the facts or of the model.
static co_status try_world(const task_job *job) {
  co_built_world *built = NULL;
  const co_world world = {.task = co_path_base(job->out),
                          .held = {job->draft.text.data, job->place.folder, NULL}};
  co_status status = co_world_build(&world, &built);
  if (status == CO_OK) co_world_free(built);
  if (status == CO_OK || status == CO_MEMORY) return status;
  return co_fail_context(CO_DATA, "%s: no task comes of it",
                         job->facts_path ? job->facts_path : job->from);
}

static co_status write_file(const task_job *job) {
  CO_TRY(co_model_place_copy(&job->place));
  co_status status = try_world(job);
  if (status == CO_OK) status = co_file_write(job->out, job->draft.text.data, job->draft.text.size);
  if (status != CO_OK) co_model_place_remove(&job->place);
  return status;
}

// ---- output

static co_status print_json(const task_job *job) {
  co_json *object = cli_object("task"), *stated = co_json_array(), *open = co_json_array();
  co_json *copied = co_json_array();
  for (int i = 0; i < job->draft.num_stated; i++)
    co_json_add(stated, co_json_string(job->draft.stated[i]));
  for (int i = 0; i < job->draft.num_open; i++) {
    co_json *item = co_json_object();
    co_json_set_string(item, "key", job->draft.open[i].key);
    co_json_set_string(item, "text", job->draft.open[i].text);
    co_json_add(open, item);
  }
  for (int i = 0; i < job->place.to.count; i++)
    co_json_add(copied, co_json_string(job->place.to.name[i]));
  co_json_set_string(object, "task", job->out);
  co_json_set_string(object, "model", job->place.model);
  co_json_set(object, "copied", copied);
  co_json_set(object, "stated", stated);
  co_json_set(object, "open", open);
  co_status status = cli_print_json(object);
  co_json_free(object);
  return status;
}

static co_status print_text(const task_job *job) {
  co_buf text = {0};
  co_buf_printf(&text, "%s: a draft for %s\n\n", job->out, job->robot.file);
  for (int i = 0; i < job->place.to.count; i++)
    co_buf_printf(&text, "  %-8s %s\n", i ? "" : "copied", job->place.to.name[i]);
  for (int i = 0; i < job->draft.num_stated; i++)
    co_buf_printf(&text, "  %-8s %s\n", i ? "" : "stated", job->draft.stated[i]);
  for (int i = 0; i < job->draft.num_open; i++)
    co_buf_printf(&text, "  %-8s %-20s %s\n", i ? "" : "open", job->draft.open[i].key,
                  job->draft.open[i].text);
  co_status status = cli_print_text(&text);
  co_buf_free(&text);
  return status;
}

// ---- the whole

// The first to say something counts, as for import. Joints without names get those of the robot
// where their order is stated.
static co_status read_facts(const cli_args *args, task_job *job) {
  const char *const *path;
  const int count = cli_values(args, "facts", &path);
  co_arena arena = {0};
  co_joint_tree tree;
  for (int i = 0; i < count; i++) CO_TRY(co_facts_read(path[i], &job->facts));
  if (!count) return CO_OK;
  job->facts_path = path[0];
  for (int i = 0; i < job->facts.num_conflicts; i++)
    co_log(CO_LOG_WARNING, "%s: two sources disagree: %s is taken, %s is not",
           job->facts.conflict[i].path, job->facts.conflict[i].kept, job->facts.conflict[i].other);
  co_status status = co_joint_tree_of(&job->robot, &arena, &tree);
  if (status == CO_OK) status = co_facts_name_joints(&job->facts, &tree, co_path_base(job->from));
  co_arena_free(&arena);
  return status;
}

static co_status make(const cli_args *args, task_job *job) {
  if (!job->from) return co_fail(CO_USAGE, "--from MODEL: which robot is the task for?");
  if (!job->out) return co_fail(CO_USAGE, "--out T.cfg: which file is to be written?");
  size_t size = strlen(job->out);
  if (size < 5 || strcmp(job->out + size - 4, ".cfg") != 0)
    return co_fail(CO_USAGE, "--out %s: a task's file ends in .cfg", job->out);
  CO_TRY(check_free(job->out));
  CO_TRY(co_robot_read(job->from, &job->robot));
  CO_TRY(read_facts(args, job));
  CO_TRY(co_model_place_find(job->from, job->out, &job->place));
  CO_TRY(co_draft_make(&job->robot, job->facts_path ? &job->facts : NULL, job->place.model,
                       &job->draft));
  CO_TRY(put_mark(&job->draft.text));
  CO_TRY(write_file(job));
  return cli_json(args) ? print_json(job) : print_text(job);
}

static co_status run(const cli_args *args) {
  task_job job = {.from = cli_value(args, "from"), .out = cli_value(args, "out")};
  co_status status = make(args, &job);
  co_draft_free(&job.draft);
  co_model_place_free(&job.place);
  co_facts_free(&job.facts);
  co_robot_free(&job.robot);
  return status;
}

static const cli_option options[] = {
    {"from", "MODEL", "robot: MJCF or URDF"},
    {"facts", "FILE",
     "what is known of a policy for it: facts.json, settings, its ONNX file (repeatable)"},
    {"out", "T.cfg", "task to write; a draft that was not edited is replaced"},
    {NULL, NULL, NULL},
};

const cli_command cli_task = {
    "task",
    "write the draft of a task for a robot: from its model, and from what is "
    "known of a policy",
    "carryover task --from robot.xml --out robot.cfg",
    "",
    0,
    0,
    options,
    run,
};
