// Drafts of tasks: what the policy sees.

#include "transfer/import/private/draft_state.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

// ---- where something is seen from

static const char *join(const co_drafting *d, const char *group, const char *name) {
  size_t size = strlen(group) + strlen(name) + 2;
  char *text = co_arena_alloc(&d->out->memory, size, 1);
  if (text) snprintf(text, size, "%s/%s", group, name);
  return text;
}

static bool is_in(const char *const *names, int count, const char *name) {
  for (int i = 0; i < count; i++)
    if (strcmp(names[i], name) == 0) return true;
  return false;
}

static const co_robot_sensor *find_sensor(const co_drafting *d, const char *name) {
  for (int i = 0; i < d->robot->num_sensors; i++)
    if (strcmp(d->robot->sensor[i].name, name) == 0) return &d->robot->sensor[i];
  return NULL;
}

// The site of a sensor, a site, or the base.
static co_status frame_of(const co_drafting *d, const co_fact_term *term, const char **out) {
  const char *base = d->facts->base_body.value;
  if (term->sensor) {
    const co_robot_sensor *sensor = find_sensor(d, term->sensor);
    if (!sensor || !sensor->frame)
      return co_fail(CO_DATA, "%s: %s has no sensor \"%s\" of a body or site", term->at.place,
                     d->robot->file, term->sensor);
    *out = sensor->frame;
    return CO_OK;
  }
  if (term->site) {
    if (!is_in(d->robot->site, d->robot->num_sites, term->site))
      return co_fail(CO_DATA, "%s: %s has no site \"%s\"", term->at.place, d->robot->file,
                     term->site);
    *out = join(d, "site", term->site);
  } else if (base) {
    *out = join(d, "body", base);
  } else {
    *out = d->frame;
  }
  return *out ? CO_OK
              : co_fail(CO_DATA, "%s: \"%s\" needs a body that moves", term->at.place,
                        term->stated_as ? term->stated_as : term->term);
}

// ---- terms of facts

typedef struct seeing {
  co_drafting *d;
  const co_fact_term *term;
  int dim;  // of what was written
} seeing;

static void begin_term(seeing *s, const char *term) {
  co_draft_open(&s->d->text, NULL);
  co_draft_key(&s->d->text, "term", term);
}

// Scale, offset, clip and history, as any term has them.
static void end_term(seeing *s, int dim) {
  co_draft_text *text = &s->d->text;
  const co_fact_term *term = s->term;
  const co_facts *facts = s->d->facts;
  bool plain = term->scale.count == 1 && term->scale.value[0] == 1;
  if (!plain) co_draft_key_numbers(text, "scale", term->scale.value, term->scale.count);
  co_draft_key_numbers(text, "offset", term->offset.value, term->offset.count);
  if (term->clip.count == 2) co_draft_key_numbers(text, "clip", term->clip.value, 2);
  bool frames = facts->history_layout.value && strstr(facts->history_layout.value, "frame");
  int past = term->history ? term->history : frames ? 0 : (int)facts->history.value;
  if (!term->history && !(facts->history.value > 1)) past = 0;
  if (past > 1) co_draft_key_int(text, "history", past);
  if (past > 1 && facts->history_reset.value && strstr(facts->history_reset.value, "zero"))
    co_draft_key(text, "fill", "zero");
  co_draft_close(text);
  s->dim += dim * (past > 1 ? past : 1);
}

static co_status see_frame(seeing *s, const char *term) {
  const char *frame;
  CO_TRY(frame_of(s->d, s->term, &frame));
  begin_term(s, term);
  co_draft_key_frame(&s->d->text, "frame", frame);
  end_term(s, 3);
  return CO_OK;
}

static co_status see_velocity(seeing *s) {
  const char *root = s->d->robot->root, *frame = s->term->frame;
  if (!frame || strncmp(frame, "world", 5) != 0) return see_frame(s, "linear_velocity");
  if (!root)
    return co_fail(CO_DATA, "%s: a velocity seen from the world needs a free joint",
                   s->term->at.place);
  begin_term(s, "qvel");
  co_draft_key(&s->d->text, "name", "world_velocity");
  co_draft_key_names(&s->d->text, "of", "qvel", &root, 1, ".x");
  co_draft_key_int(&s->d->text, "count", 3);
  end_term(s, 3);
  return CO_OK;
}

// The joints in the policy's order, or those that the term names.
static co_status see_joints(seeing *s, const char *term) {
  const co_drafting *d = s->d;
  const co_fact_names *own = &s->term->elements;
  const char *const *name = own->count ? own->name : d->joint;
  int count = own->count ? own->count : d->num_joints;
  for (int i = 0; own->count && i < count; i++)
    CO_TRY(co_draft_need_joint(d, &s->term->at, name[i]));
  if (!count) return co_fail(CO_DATA, "%s: no joints are named", s->term->at.place);
  begin_term(s, term);
  co_draft_key_names(&s->d->text, "of", NULL, name, count, NULL);
  if (!co_draft_in_order(d, name, count)) co_draft_key(&s->d->text, "order", "given");
  end_term(s, count);
  return CO_OK;
}

static co_status see_slice(seeing *s, const char *term, int all) {
  int first = s->term->slice[0], end = s->term->slice[1];
  if (first < 0) first = 0, end = all;
  if (end > all || first >= end)
    return co_fail(CO_DATA, "%s: %d to %d are not within the %d of %s", s->term->at.place, first,
                   end, all, s->d->robot->file);
  begin_term(s, term);
  if (first) co_draft_key_int(&s->d->text, "from", first);
  if (end < all) co_draft_key_int(&s->d->text, "count", end - first);
  end_term(s, end - first);
  return CO_OK;
}

static co_status see_targets(seeing *s) {
  const co_drafting *d = s->d;
  const co_fact_names *actuators = &d->facts->actuators;
  if (actuators->count != d->num_joints || !d->num_joints)
    return co_fail(CO_DATA, "%s: needs an actuator named for each joint", s->term->at.place);
  begin_term(s, "relative");
  co_draft_key(&s->d->text, "name", "error");
  co_draft_key_names(&s->d->text, "of", "qpos", d->joint, d->num_joints, NULL);
  co_draft_key_names(&s->d->text, "to", "ctrl", actuators->name, actuators->count, NULL);
  co_draft_key(&s->d->text, "order", "given");
  end_term(s, d->num_joints);
  return CO_OK;
}

static void tell_of_gait(co_drafting *d) {
  if (!d->facts->gait_gain.at.stated) return;
  co_draft_unsure(d, 4, "gait.frequency_gain",
                  "up to which size of the command it grows is not stated: 1.5");
  if (d->facts->gait_standing.count)
    co_draft_unsure(d, 4, "gait.standing_phase",
                    "below which size of the command the clock stands is not stated: 0.01");
}

// The clock of legs: facts have the cosines first, a term has the sines first.
static co_status see_gait(seeing *s) {
  co_drafting *d = s->d;
  const co_facts *facts = d->facts;
  int legs = facts->gait_phase.count;
  if (!legs || !facts->gait_frequency.count)
    return co_fail(CO_DATA, "%s: needs gait.frequency and gait.phase0", s->term->at.place);
  for (int half = 0; half < 2; half++) {
    begin_term(s, "phase");
    if (!half) tell_of_gait(d);
    co_draft_key_numbers(&d->text, "frequency", facts->gait_frequency.value, 1);
    co_draft_key_numbers(&d->text, "angle", facts->gait_phase.value, legs);
    if (facts->gait_gain.at.stated) {
      co_draft_key_number(&d->text, "gain", facts->gait_gain.value / 1.5);
      co_draft_key_number(&d->text, "most", 1.5);
    }
    if (facts->gait_standing.count) {
      co_draft_key_number(&d->text, "stop", 0.01);
      co_draft_key_numbers(&d->text, "rest", facts->gait_standing.value,
                           facts->gait_standing.count);
    }
    co_draft_key_int(&d->text, half ? "count" : "from", legs);
    end_term(s, legs);
  }
  return CO_OK;
}

static co_status see_clock(seeing *s) {
  if (!isfinite(s->term->period.value) || !s->term->period.at.stated)
    return co_fail(CO_DATA, "%s: a clock needs its period", s->term->at.place);
  begin_term(s, "phase");
  co_draft_key_number(&s->d->text, "value", s->term->period.value);
  end_term(s, 2);
  return CO_OK;
}

static co_status see_command(seeing *s) {
  if (!s->d->num_commands)
    return co_fail(CO_DATA, "%s: names of the command are not stated (command_order)",
                   s->term->at.place);
  begin_term(s, "command");
  end_term(s, s->d->num_commands);
  return CO_OK;
}

static void see_plain(seeing *s, const char *term, int dim) {
  begin_term(s, term);
  end_term(s, dim);
}

// ---- objects, which facts describe in words

// "palm_position - cube_position": two position sensors of the model, whose names stand in the
// note with a minus between.
static const co_robot_sensor *next_place(const co_drafting *d, const char **rest) {
  char word[CO_NAME];
  while (**rest) {
    *rest += strspn(*rest, " ,;:()*-+");
    size_t size = strcspn(*rest, " ,;:()*-+");
    snprintf(word, sizeof word, "%.*s", (int)size, *rest);
    *rest += size;
    const co_robot_sensor *sensor = find_sensor(d, word);
    bool is_place = sensor && sensor->quantity && strcmp(sensor->quantity, "position") == 0;
    if (is_place && sensor->in_world) return sensor;
  }
  return NULL;
}

static void put_place(co_drafting *d, const char *key, const char *frame) {
  bool site = strncmp(frame, "site/", 5) == 0;
  const char *name = frame + 5;
  co_draft_key_names(&d->text, key, site ? "site_pos" : "body_pos", &name, 1, ".*");
}

static co_status see_places(seeing *s) {
  const char *rest = s->term->note ? s->term->note : "";
  const co_robot_sensor *first = next_place(s->d, &rest), *second = next_place(s->d, &rest);
  if (!first || !second)
    return co_fail(CO_DATA, "%s: \"%s\" is told apart by a note \"A - B\" of two position sensors",
                   s->term->at.place, s->term->term);
  begin_term(s, "relative");
  put_place(s->d, "of", first->frame);
  put_place(s->d, "to", second->frame);
  end_term(s, 3);
  return CO_OK;
}

static co_status see_turn(seeing *s) {
  const char *base = s->d->facts->base_body.value;
  const char *note = s->term->note ? s->term->note : "";
  if (!base || s->d->robot->goal_turned || !strstr(note, "rows 2 and 3"))
    return co_fail(CO_DATA, "%s: no term shows an orientation seen from another body",
                   s->term->at.place);
  begin_term(s, "body_mat");
  co_draft_unsure(s->d, 4, "observation",
                  "the goal of the orientation is not turned, so that it "
                  "is the orientation in the world");
  co_draft_key_names(&s->d->text, "of", "body_mat", &base, 1, ".*");
  co_draft_key_int(&s->d->text, "from", 3);
  co_draft_key_int(&s->d->text, "count", 6);
  end_term(s, 6);
  return CO_OK;
}

static bool ends_in(const char *text, const char *end) {
  size_t length = strlen(text), size = strlen(end);
  return length >= size && strcmp(text + length - size, end) == 0;
}

static co_status see(seeing *s) {
  const char *term = s->term->term;
  const struct {
    const char *name;
    co_status (*see)(seeing *s);
  } own[] = {{"base_lin_vel", see_velocity},
             {"joint_pos_minus_target", see_targets},
             {"gait_phase", see_gait},
             {"gait_clock", see_clock},
             {"command", see_command}};
  for (size_t i = 0; i < sizeof own / sizeof *own; i++)
    if (strcmp(term, own[i].name) == 0) return own[i].see(s);
  if (strcmp(term, "base_ang_vel") == 0) return see_frame(s, "angular_velocity");
  if (strcmp(term, "projected_gravity") == 0) return see_frame(s, "gravity");
  if (strcmp(term, "joint_pos_rel") == 0) return see_joints(s, "joint_pos");
  if (strcmp(term, "joint_pos") == 0) return see_joints(s, "qpos");
  if (strcmp(term, "joint_vel") == 0) return see_joints(s, "qvel");
  if (strcmp(term, "qpos") == 0) return see_slice(s, "qpos", s->d->robot->nq);
  if (strcmp(term, "qvel") == 0) return see_slice(s, "qvel", s->d->robot->nv);
  if (ends_in(term, "_pos_error")) return see_places(s);
  if (ends_in(term, "_ori_error")) return see_turn(s);
  bool actions = strcmp(term, "last_action") == 0, time = strcmp(term, "time_feature") == 0;
  if (!actions && !time)
    return co_fail(CO_DATA,
                   "%s: no term of a task shows \"%s\": write the task by hand, with "
                   "{ term = \"constant\"; value = 0.0; count = %d; } where it is fed zeros",
                   s->term->at.place, s->term->stated_as ? s->term->stated_as : term,
                   s->term->dim > 0 ? s->term->dim : 1);
  see_plain(s, actions ? "last_action" : "time_left", actions ? s->d->num_actions : 1);
  return CO_OK;
}

static co_status see_as_stated(co_drafting *d) {
  int sum = 0;
  for (int i = 0; i < d->facts->num_terms; i++) {
    const co_fact_term *term = &d->facts->term[i];
    seeing s = {d, term, 0};
    CO_TRY(see(&s));
    if (term->dim > 0 && term->dim != s.dim)
      return co_fail(CO_DATA, "%s: \"%s\" has %d numbers, %d with this model", term->at.place,
                     term->term, term->dim, s.dim);
    sum += s.dim;
  }
  const co_fact_number *all = &d->facts->obs_dim;
  if (all->at.stated && isfinite(all->value) && (int)all->value != sum &&
      !(d->facts->history.value > 1))
    return co_fail(CO_DATA, "%s: the policy sees %d numbers, the terms that are stated make %d",
                   all->at.place, (int)all->value, sum);
  co_draft_stated(d, "observation");
  return CO_OK;
}

// ---- by the model

static void put_term(co_drafting *d, const char *term, const char *frame, double scale) {
  co_draft_open(&d->text, NULL);
  co_draft_key(&d->text, "term", term);
  if (frame) co_draft_key_frame(&d->text, "frame", frame);
  co_draft_key_number(&d->text, "scale", scale);
  co_draft_close(&d->text);
}

static void put_joints(co_drafting *d, const char *term, double scale) {
  const char **name = d->joint;
  int count = d->num_joints, wheels = strcmp(term, "qvel") == 0 ? d->num_wheels : 0;
  for (int part = 0; part < 2; part++, name = d->wheel, count = wheels) {
    if (!count) continue;
    co_draft_open(&d->text, NULL);
    co_draft_key(&d->text, "term", term);
    co_draft_key_names(&d->text, "of", NULL, name, count, NULL);
    co_draft_key_number(&d->text, "scale", scale);
    co_draft_close(&d->text);
  }
}

// What else moves: bodies that are free, by place and two rows of their orientation.
static void put_objects(co_drafting *d) {
  const co_robot *robot = d->robot;
  for (int i = 0; i < robot->num_objects; i++) {
    for (int part = 0; part < 2; part++) {
      co_draft_open(&d->text, NULL);
      co_draft_key(&d->text, "term", part ? "body_mat" : "body_pos");
      co_draft_key_names(&d->text, "of", part ? "body_mat" : "body_pos", &robot->object[i], 1,
                         ".*");
      if (part) co_draft_key_int(&d->text, "from", 3);
      co_draft_close(&d->text);
    }
  }
}

static void see_as_usual(co_drafting *d) {
  bool floats = d->robot->tied == CO_ROBOT_FREE;
  co_draft_unsure(d, 2, "observation", "not stated: what %s usually sees; noise and delay are none",
                  floats ? "such a robot" : "a controller of joints");
  co_draft_begin(&d->text, "observation");
  if (floats && !d->num_joints) put_term(d, "linear_velocity", d->frame, NAN);
  if (floats) {
    put_term(d, "angular_velocity", d->frame, 0.25);
    put_term(d, "gravity", d->frame, NAN);
  }
  if (d->num_commands) put_term(d, "command", NULL, NAN);
  if (floats || (d->robot->tied == CO_ROBOT_FIXED && d->num_joints > 2)) {
    put_joints(d, "joint_pos", NAN);
    put_joints(d, "qvel", 0.05);
    put_objects(d);
    put_term(d, "last_action", NULL, NAN);
  } else {
    put_term(d, "qpos", NULL, NAN);
    put_term(d, "qvel", NULL, NAN);
  }
}

co_status co_draft_observe(co_drafting *d) {
  if (!d->facts->num_terms) {
    see_as_usual(d);
  } else {
    co_draft_begin(&d->text, "observation");
    CO_TRY(see_as_stated(d));
  }
  co_draft_end(&d->text);
  return CO_OK;
}
