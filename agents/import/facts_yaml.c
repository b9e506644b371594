// Settings files of other projects, recognised by what lies in them: deploy.yaml of unitree_rl_lab
// and unitree_rl_mjlab, configs of unitree_rl_gym's deployment, of rl_sar, descriptors of Isaac
// Lab. Keys that say nothing about the policy are theirs, and read over.

#include "agents/formats/magic.h"
#include "agents/formats/yaml.h"
#include "agents/import/private/fact_reader.h"
#include "core/file.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

// Gains of an action that is a target are those of a law beside the model.
static void infer_kind(const co_fact_reader *r) {
  co_facts *facts = r->facts;
  if (facts->action_kind.at.stated || !facts->kp.count) return;
  facts->action_kind.at = facts->kp.at;
  facts->action_kind.at.from = CO_FROM_INFERRED;
  facts->action_kind.at.resolution = 0;
  facts->action_kind.value = "pd torque";
}

// ---- the command

static co_status add_command(const co_fact_reader *r, const co_doc *range, const char *name,
                             const char *unit) {
  const co_fact_row row = {.kind = CO_FACT_NUMBERS, .per = CO_PER_PAIR};
  co_fact_numbers ends = {0};
  co_facts *facts = r->facts;
  if (!range) return CO_OK;
  CO_TRY(co_fact_read(r->document, range, range->key, &row, &facts->memory, &ends));
  if (ends.count != 2) return CO_OK;
  if (!facts->num_commands) facts->command_at = ends.at;
  facts->command[facts->num_commands++] = (co_fact_command){
      .name = name, .unit = unit, .value = NAN, .low = ends.value[0], .high = ends.value[1]};
  return CO_OK;
}

static co_status take_ranges(const co_fact_reader *r, const co_doc *ranges) {
  co_facts *facts = r->facts;
  if (!ranges || facts->command) return CO_OK;
  facts->command = co_arena_alloc(&facts->memory, 3, sizeof *facts->command);
  CO_TRY(co_arena_status(&facts->memory));
  CO_TRY(add_command(r, co_doc_get(ranges, "lin_vel_x"), "vx", "m/s"));
  CO_TRY(add_command(r, co_doc_get(ranges, "lin_vel_y"), "vy", "m/s"));
  return add_command(r, co_doc_get(ranges, "ang_vel_z"), "yaw", "rad/s");
}

// Where a file says no more than that there is a command of three numbers it is that of all these
// projects; their ranges stay unknown.
static co_status usual_command(const co_fact_reader *r, const char *place) {
  static const char *const usual[][2] = {{"vx", "m/s"}, {"vy", "m/s"}, {"yaw", "rad/s"}};
  co_facts *facts = r->facts;
  if (facts->command) return CO_OK;
  facts->command = co_arena_alloc(&facts->memory, 3, sizeof *facts->command);
  CO_TRY(co_arena_status(&facts->memory));
  facts->command_at = (co_fact){true, CO_FROM_DEFAULT, place, 0};
  facts->num_commands = 3;
  for (int i = 0; i < 3; i++)
    facts->command[i] = (co_fact_command){.name = usual[i][0],
                                          .unit = usual[i][1],
                                          .value = (double)NAN,
                                          .low = (double)NAN,
                                          .high = (double)NAN};
  return CO_OK;
}

// ---- deploy.yaml

// Its gains are in the order of the robot's motors, all else in that of the policy.
static co_status to_policy_order(const co_fact_reader *r, const char *key, co_fact_numbers *list) {
  const co_fact_numbers *map = &r->facts->joint_order;
  if (list->count <= 1 || !map->count) return CO_OK;
  if (map->count != list->count)
    return co_fail(CO_DATA, "%s: %s: %d numbers, joint_ids_map has %d", r->document->file, key,
                   list->count, map->count);
  co_fact_numbers old = *list;
  CO_TRY(co_fact_set_numbers(&r->facts->memory, old.value, old.resolution, old.count, old.at.place,
                             list));
  for (int i = 0; i < old.count; i++) {
    int k = (int)map->value[i];
    if (k >= old.count)
      return co_fail(CO_DATA, "%s: joint_ids_map.%d: %d of %d joints", r->document->file, i, k,
                     old.count);
    list->value[i] = old.value[k];
    list->resolution[i] = old.resolution[k];
  }
  return CO_OK;
}

// The number of action i: of all where there is one.
static double number_of(const co_fact_numbers *list, int i, double otherwise) {
  return list->count == 0 ? otherwise : list->value[list->count == 1 ? 0 : i];
}

// [low, high] of targets, which are scale x action + offset there, for each action; null: none.
// What they mean for the action itself.
static co_status take_clip(const co_fact_reader *r, const co_doc *action) {
  const co_doc *clip = co_doc_get(action, "clip");
  co_facts *facts = r->facts;
  const co_fact_numbers *scale = &facts->action_scale, *offset = &facts->action_offset;
  if (!clip || clip->kind != CO_DOC_LIST || clip->count == 0)
    return co_fact_take(r, action, "clip", "action.clip");
  int count = clip->count;
  if ((scale->count > 1 && scale->count != count) || (offset->count > 1 && offset->count != count))
    return co_fact_fail(r->document, clip, "clip", "must have as many pairs as there are actions");
  double *end = co_arena_alloc(&facts->memory, 2 * (size_t)count, sizeof *end);
  CO_TRY(co_arena_status(&facts->memory));
  for (int i = 0; i < count; i++) {
    const co_doc *one = &clip->child[i];
    double factor = number_of(scale, i, 1), middle = number_of(offset, i, 0);
    for (int k = 0; k < 2; k++) {
      if (one->kind != CO_DOC_LIST || one->count != 2 || one->child[k].kind != CO_DOC_NUMBER)
        return co_fact_fail(r->document, one, "clip", "must be pairs [low, high]");
      if (factor == 0)
        return co_fact_fail(r->document, one, "clip", "bounds what a scale of 0 does not move");
      int side = factor > 0 ? k : 1 - k;
      end[side * count + i] = (one->child[k].number - middle) / factor;
    }
  }
  const char *place = co_fact_place_of(r, clip);
  CO_TRY(co_fact_set_numbers(&facts->memory, end, NULL, count, place, &facts->action_low));
  return co_fact_set_numbers(&facts->memory, end + count, NULL, count, place, &facts->action_high);
}

static co_status take_deploy_term(const co_fact_reader *r, const co_doc *doc) {
  const co_doc *period = co_doc_get(co_doc_get(doc, "params"), "period");
  if (!co_fact_is_word(doc->key))
    return co_fact_fail(r->document, doc, "observations", "a term has no printable name");
  bool clock = strcmp(doc->key, "gait_phase") == 0;  // a sine and a cosine there
  co_fact_term *term =
      co_fact_add_term(r->facts, doc->key, clock ? "gait_clock" : NULL, co_fact_place_of(r, doc));
  CO_TRY(co_fact_take_term(r, doc, "scale", "scale", term));
  CO_TRY(co_fact_take_term(r, doc, "clip", "clip", term));
  if (period) CO_TRY(co_fact_take_term(r, co_doc_get(doc, "params"), "period", "period", term));
  CO_TRY(co_fact_take_history(r, co_doc_get(doc, "history_length"), term));
  if (term->scale.count > 1) term->dim = term->scale.count * (term->history ? term->history : 1);
  return CO_OK;
}

static co_status read_deploy(const co_fact_reader *r) {
  static const co_fact_pair pairs[] = {{"joint_ids_map", "joint_order"},
                                       {"step_dt", "sim.control_dt"},
                                       {"stiffness", "action.kp"},
                                       {"damping", "action.kd"},
                                       {"default_joint_pos", "default_pose"}};
  static const co_fact_pair of_action[] = {{"scale", "action.scale"}, {"offset", "action.offset"}};
  const co_doc *root = &r->document->root;
  const co_doc *actions = co_doc_get(root, "actions"), *terms = co_doc_get(root, "observations");
  CO_TRY(CO_FACT_TAKE_ALL(r, root, pairs));
  if (r->facts->joint_order.count)
    co_fact_set_text(&r->facts->memory, "motors of the robot", r->facts->joint_order.at.place,
                     &r->facts->order_name);
  CO_TRY(to_policy_order(r, "stiffness", &r->facts->kp));
  CO_TRY(to_policy_order(r, "damping", &r->facts->kd));
  if (actions && actions->kind == CO_DOC_MAP && actions->count == 1) {
    CO_TRY(CO_FACT_TAKE_ALL(r, &actions->child[0], of_action));
    CO_TRY(take_clip(r, &actions->child[0]));
  }
  if (terms && terms->kind == CO_DOC_MAP && terms->count) {
    CO_TRY(co_fact_room_for(r->facts, terms->count));
    for (int i = 0; i < terms->count; i++) CO_TRY(take_deploy_term(r, &terms->child[i]));
  }
  co_facts_settle_history(r->facts);
  const co_doc *base = co_doc_get(co_doc_get(root, "commands"), "base_velocity");
  CO_TRY(take_ranges(r, co_doc_get(base, "ranges")));
  infer_kind(r);
  return CO_OK;
}

// ---- unitree_rl_gym

// What is not in the file is what its program does: turns, gravity, command, joints, rates, last
// action, and a clock where there are two numbers more.
static co_status gym_terms(const co_fact_reader *r) {
  static const struct {
    const char *word, *key;
    int dim;  // 0: one for each action
  } terms[] = {{"base_ang_vel", "ang_vel_scale", 3},
               {"projected_gravity", NULL, 3},
               {"command", "cmd_scale", 3},
               {"joint_pos_rel", "dof_pos_scale", 0},
               {"joint_vel", "dof_vel_scale", 0},
               {"last_action", NULL, 0},
               {"gait_clock", NULL, 2}};
  static const double kPeriod = 0.8;  // [s] of the clock, which its program has as a constant
  co_facts *facts = r->facts;
  const co_doc *root = &r->document->root;
  if (!facts->obs_dim.at.stated || !facts->act_dim.at.stated) return CO_OK;
  int actions = (int)facts->act_dim.value, left = (int)facts->obs_dim.value - 9 - 3 * actions;
  if (left != 0 && left != 2) return CO_OK;
  CO_TRY(co_fact_room_for(facts, 7));
  for (int i = 0; i < (left ? 7 : 6); i++) {
    co_fact_term *term = co_fact_add_term(facts, terms[i].word, NULL, facts->obs_dim.at.place);
    term->at.from = CO_FROM_DEFAULT;
    term->dim = terms[i].dim ? terms[i].dim : actions;
    if (terms[i].key) CO_TRY(co_fact_take_term(r, root, terms[i].key, "scale", term));
    if (i < 6) continue;
    co_fact_set_number(kPeriod, 0, facts->obs_dim.at.place, &term->period);
    term->period.at.from = CO_FROM_DEFAULT;
  }
  return usual_command(r, facts->obs_dim.at.place);
}

static co_status read_gym(const co_fact_reader *r) {
  static const co_fact_pair pairs[] = {{"simulation_dt", "sim.timestep"},
                                       {"control_decimation", "sim.substeps"},
                                       {"kps", "action.kp"},
                                       {"kds", "action.kd"},
                                       {"default_angles", "default_pose"},
                                       {"action_scale", "action.scale"},
                                       {"num_obs", "policy.obs_dim"},
                                       {"num_actions", "policy.action_dim"}};
  CO_TRY(CO_FACT_TAKE_ALL(r, &r->document->root, pairs));
  infer_kind(r);
  return gym_terms(r);
}

// ---- rl_sar

static co_status sar_joints(const co_fact_reader *r, const co_doc *map) {
  co_facts *facts = r->facts;
  CO_TRY(co_fact_take(r, map, "joint_names", "joints"));
  CO_TRY(co_fact_take(r, map, "joint_mapping", "joint_order"));
  int count = facts->joints.count;
  if (!count || facts->joint_order.count != count) return CO_OK;
  const char **own = co_arena_alloc(&facts->memory, (size_t)count, sizeof *own);
  CO_TRY(co_arena_status(&facts->memory));
  for (int i = 0; i < count; i++) {
    int k = (int)facts->joint_order.value[i];
    if (k >= count)
      return co_fail(CO_DATA, "%s: joint_mapping.%d: %d of %d joints", r->document->file, i, k,
                     count);
    for (int j = 0; j < i; j++)
      if ((int)facts->joint_order.value[j] == k)
        return co_fail(CO_DATA, "%s: joint_mapping.%d: %d stands twice", r->document->file, i, k);
    own[i] = facts->joints.name[k];
  }
  facts->joints.name = own;
  return CO_OK;
}

static co_status sar_term(const co_fact_reader *r, const co_doc *map, const co_doc *word) {
  static const char *const scale[][2] = {{"base_lin_vel", "lin_vel_scale"},
                                         {"base_ang_vel", "ang_vel_scale"},
                                         {"command", "commands_scale"},
                                         {"joint_pos_rel", "dof_pos_scale"},
                                         {"joint_vel", "dof_vel_scale"}};
  if (word->kind != CO_DOC_TEXT || !co_fact_is_word(word->text))
    return co_fact_fail(r->document, word, "observations", "must be a list of names");
  co_fact_term *term = co_fact_add_term(r->facts, word->text, NULL, co_fact_place_of(r, word));
  for (size_t i = 0; i < sizeof scale / sizeof *scale; i++)
    if (strcmp(scale[i][0], term->term) == 0)
      CO_TRY(co_fact_take_term(r, map, scale[i][1], "scale", term));
  if (strcmp(term->term, "command") == 0) CO_TRY(usual_command(r, term->at.place));
  const co_doc *clip = co_doc_get(map, "clip_obs");
  if (!clip || clip->kind != CO_DOC_NUMBER || !(clip->number > 0)) return CO_OK;
  return co_fact_set_numbers(&r->facts->memory, (double[]){-clip->number, clip->number}, NULL, 2,
                             co_fact_place_of(r, clip), &term->clip);
}

// [0, 1, 2]: 0 is the present observation.
static co_status sar_history(const co_fact_reader *r, const co_doc *map) {
  const co_doc *past = co_doc_get(map, "observations_history");
  const co_doc *priority = co_doc_get(map, "observations_history_priority");
  co_facts *facts = r->facts;
  if (!past || past->kind != CO_DOC_LIST) return CO_OK;
  const char *place = co_fact_place_of(r, past);
  int count = past->count ? past->count : 1;
  bool newest = past->count && past->child[0].number == 0;
  for (int i = 0; i < past->count; i++)
    if (past->child[i].kind != CO_DOC_NUMBER ||
        past->child[i].number != (newest ? i : count - 1 - i))
      return co_fact_fail(r->document, past, "observations_history",
                          "is no run of steps from or to 0");
  if (count > CO_MAX_HISTORY)
    return co_fact_fail(r->document, past, "observations_history", "at most %d values are read",
                        CO_MAX_HISTORY);
  co_fact_set_number(count, 0, place, &facts->history);
  if (count == 1) return CO_OK;
  co_fact_set_text(&facts->memory, newest ? "newest_first" : "oldest_first", place,
                   &facts->history_order);
  if (!priority || priority->kind != CO_DOC_TEXT) return CO_OK;
  co_fact_set_text(&facts->memory, strcmp(priority->text, "term") == 0 ? "term" : "frame",
                   co_fact_place_of(r, priority), &facts->history_layout);
  return CO_OK;
}

static co_status read_sar(const co_fact_reader *r, const co_doc *map) {
  static const co_fact_pair pairs[] = {{"dt", "sim.timestep"},
                                       {"decimation", "sim.substeps"},
                                       {"rl_kp", "action.kp"},
                                       {"rl_kd", "action.kd"},
                                       {"torque_limits", "action.torque_limit"},
                                       {"action_scale", "action.scale"},
                                       {"default_dof_pos", "default_pose"},
                                       {"num_observations", "policy.obs_dim"},
                                       {"num_of_dofs", "policy.action_dim"},
                                       {"clip_actions_lower", "action.low"},
                                       {"clip_actions_upper", "action.high"}};
  const co_doc *terms = co_doc_get(map, "observations");
  CO_TRY(CO_FACT_TAKE_ALL(r, map, pairs));
  CO_TRY(sar_joints(r, map));
  if (terms && terms->kind == CO_DOC_LIST && terms->count) {
    CO_TRY(co_fact_room_for(r->facts, terms->count));
    for (int i = 0; i < terms->count; i++) CO_TRY(sar_term(r, map, &terms->child[i]));
  }
  infer_kind(r);
  return sar_history(r, map);
}

// ---- which one it is

static bool has(const co_doc *map, const char *key) {
  return co_doc_get(map, key) != NULL;
}

static co_status read_any(const co_fact_reader *r) {
  const co_doc *root = &r->document->root;
  if (has(root, "articulations") && has(root, "observations")) return co_facts_read_isaac(r);
  if (has(root, "source_joint_names") && has(root, "target_joint_names"))
    return co_facts_read_joint_orders(r);
  if (has(root, "joint_ids_map") || (has(root, "step_dt") && has(root, "observations")))
    return read_deploy(r);
  if (has(root, "simulation_dt") || has(root, "default_angles")) return read_gym(r);
  const co_doc *robot = root->kind == CO_DOC_MAP && root->count == 1 ? root->child : NULL;
  if (has(robot, "rl_kp") || has(robot, "num_of_dofs") || has(robot, "joint_mapping"))
    return read_sar(r, robot);
  return co_facts_read_document(r->document, r->facts);
}

static co_status read_document(const co_document *document, co_facts *facts) {
  co_facts read = {0};
  const co_fact_reader r = {document, &read};
  co_status status = read_any(&r);
  if (status == CO_OK) status = co_arena_status(&read.memory);
  if (status == CO_OK) status = co_facts_settle(document->file, &read);
  if (status == CO_OK) status = co_facts_merge(&read, facts);
  co_facts_free(&read);
  return status;
}

co_status co_facts_read_yaml(const char *path, co_facts *facts) {
  co_document document;
  CO_TRY(co_yaml_read(path, &document));
  co_status status = read_document(&document, facts);
  co_document_free(&document);
  return status;
}

// JSON begins with a brace; a pointer, an archive is told by what it is.
co_status co_facts_parse(const char *text, size_t size, const char *file, co_facts *facts) {
  const char *kind = co_magic_name(text, size);
  size_t at = 0;
  while (at < size && strchr(" \t\r\n", text[at]) && text[at]) at++;
  if (kind && strncmp(kind, "text", 4) != 0) return co_fail(CO_DATA, "%s: this is %s", file, kind);
  co_document document;
  bool json = at < size && text[at] == '{';
  CO_TRY(json ? co_document_parse_json(text, size, file, &document)
              : co_yaml_parse(text, size, file, &document));
  co_status status = read_document(&document, facts);
  co_document_free(&document);
  return status;
}

static co_status read_model(const char *path, co_facts *facts) {
  co_onnx onnx;
  CO_TRY(co_onnx_read(path, &onnx));
  co_status status = co_facts_read_onnx(&onnx, facts);
  co_onnx_free(&onnx);
  return status;
}

co_status co_facts_read(const char *path, co_facts *facts) {
  size_t length = strlen(path);
  co_buf text = {0};
  if (length > 5 && strcmp(path + length - 5, ".onnx") == 0) return read_model(path, facts);
  CO_TRY(co_file_read(path, CO_DOC_BYTES, &text));
  co_status status = co_facts_parse(text.data ? text.data : "", text.size, path, facts);
  co_buf_free(&text);
  return status;
}
