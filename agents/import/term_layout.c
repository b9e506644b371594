#include "agents/import/private/term_layout.h"

#include <stdio.h>
#include <string.h>

// What the values of a term are called by.
typedef enum by {
  BY_AXIS,
  BY_JOINT,
  BY_ACTION,
  BY_COMMAND,
  BY_CLOCK,
  BY_PHASE,
  BY_TIME,
  BY_NUMBER
} by;

// facts.json's word, the term of our worlds, what it measures.
static const struct {
  const char *word, *term, *unit, *quantity;
  by by;
} terms[] = {
    {"base_lin_vel", "linear_velocity", "m/s", "linear_velocity", BY_AXIS},
    {"base_ang_vel", "angular_velocity", "rad/s", "angular_velocity", BY_AXIS},
    {"projected_gravity", "gravity", "1", NULL, BY_AXIS},
    {"command", "command", "1", NULL, BY_COMMAND},
    {"joint_pos_rel", "joint_pos", "rad", NULL, BY_JOINT},
    {"joint_pos", "qpos", "rad", NULL, BY_JOINT},
    {"joint_vel", "qvel", "rad/s", NULL, BY_JOINT},
    {"last_action", "last_action", "1", NULL, BY_ACTION},
    {"gait_clock", "phase", "1", NULL, BY_CLOCK},
    {"gait_phase", "phase", "1", NULL, BY_PHASE},
    {"time_feature", "time_left", "1", NULL, BY_TIME},
};

static int find_term(const char *word) {
  for (int i = 0; i < (int)(sizeof terms / sizeof *terms); i++)
    if (strcmp(terms[i].word, word) == 0) return i;
  return -1;
}

// ---- layout

// Values of one frame where the facts do not count them; 0: unknown.
static int usual_width(const co_facts *facts, const co_fact_term *term, int act_dim) {
  int found = find_term(term->term);
  if (found < 0) return 0;
  switch (terms[found].by) {
    case BY_AXIS: return 3;
    case BY_JOINT: return facts->joints.count ? facts->joints.count : facts->default_pose.count;
    case BY_ACTION: return act_dim;
    case BY_COMMAND: return facts->num_commands;
    case BY_CLOCK: return 2;
    case BY_PHASE: return 2 * facts->gait_phase.count;
    case BY_TIME: return 1;
    case BY_NUMBER: break;
  }
  return 0;
}

static int past_of(const co_facts *facts, const co_fact_term *term) {
  if (term->history) return term->history;
  return facts->history.at.stated ? (int)facts->history.value : 1;
}

typedef struct widths {
  int *width;     // (terms) of one frame; 0: unknown
  int64_t total;  // of all, with their past, as far as they are known
  int open;       // the first term of unknown width, -1: none
} widths;

// `dim` counts the past too where that makes up the observation.
static bool counts_past(const co_facts *facts, int obs_dim) {
  int64_t sum = 0;
  for (int i = 0; i < facts->num_terms; i++) sum += facts->term[i].dim > 0 ? facts->term[i].dim : 0;
  return sum == obs_dim;
}

static co_status measure(const co_facts *facts, int obs_dim, int act_dim, widths *out) {
  bool with_past = counts_past(facts, obs_dim);
  out->total = 0, out->open = -1;
  for (int i = 0; i < facts->num_terms; i++) {
    const co_fact_term *term = &facts->term[i];
    int past = past_of(facts, term), dim = term->dim;
    if (dim > 0 && with_past && dim % past)
      return co_fail(CO_DATA, "%s: \"%s\": %d values are not %d of each", term->at.place,
                     term->stated_as, dim, past);
    out->width[i] = dim > 0 ? (with_past ? dim / past : dim) : usual_width(facts, term, act_dim);
    if (!out->width[i] && out->open < 0) out->open = i;
    out->total += (int64_t)out->width[i] * past;
  }
  return CO_OK;
}

// The one term that nobody counts is what is left. Where several are not counted, nothing is known
// from the first of them on: `total` is less than the observation then.
static co_status settle_widths(const co_facts *facts, int obs_dim, int act_dim, widths *out) {
  CO_TRY(measure(facts, obs_dim, act_dim, out));
  if (out->open >= 0) {
    int past = past_of(facts, &facts->term[out->open]), others = 0;
    int64_t rest = obs_dim - out->total;
    for (int i = 0; i < facts->num_terms; i++) others += i != out->open && !out->width[i];
    if (others && rest > 0) return CO_OK;
    if (!others && rest > 0 && rest % past == 0) {
      out->width[out->open] = (int)(rest / past);
      out->total = obs_dim;
      out->open = -1;
    }
  }
  if (out->total == obs_dim && out->open < 0) return CO_OK;
  return co_fail(CO_DATA, "%s: the terms have %lld values, the network observes %d",
                 facts->term[0].at.place, (long long)out->total, obs_dim);
}

static int age_of(const co_facts *facts, int k, int past) {
  const char *order = facts->history_order.value;
  return order && strcmp(order, "newest_first") == 0 ? k : past - 1 - k;
}

static void lay_terms(const co_facts *facts, const widths *w, co_obs_place *place) {
  int end = w->open < 0 ? facts->num_terms : w->open;
  for (int i = 0, at = 0; i < end; i++) {
    int past = past_of(facts, &facts->term[i]);
    for (int k = 0; k < past * w->width[i]; k++, at++)
      place[at] = (co_obs_place){.term = i,
                                 .element = k % w->width[i],
                                 .index = k,
                                 .age = age_of(facts, k / w->width[i], past)};
  }
}

static void lay_frames(const co_facts *facts, const widths *w, co_obs_place *place) {
  int past = facts->history.at.stated ? (int)facts->history.value : 1, at = 0;
  for (int frame = 0; frame < past; frame++)
    for (int i = 0; i < facts->num_terms; i++)
      for (int k = 0; k < w->width[i]; k++, at++)
        place[at] = (co_obs_place){.term = i,
                                   .element = k,
                                   .index = frame * w->width[i] + k,
                                   .age = age_of(facts, frame, past)};
}

co_status co_facts_lay_out(const co_facts *facts, int obs_dim, int act_dim, co_obs_place *place) {
  for (int i = 0; i < obs_dim; i++) place[i] = (co_obs_place){.term = -1};
  if (!facts->num_terms) return CO_OK;
  co_arena scratch = {0};
  widths w = {.width = co_arena_alloc(&scratch, (size_t)facts->num_terms, sizeof *w.width)};
  co_status status = w.width ? settle_widths(facts, obs_dim, act_dim, &w) : CO_MEMORY;
  bool frames = facts->history_layout.value && strcmp(facts->history_layout.value, "frame") == 0;
  for (int i = 0; i < facts->num_terms; i++) frames = frames && !facts->term[i].history;
  if (status == CO_OK && frames && w.open < 0) lay_frames(facts, &w, place);
  if (status == CO_OK && !frames) lay_terms(facts, &w, place);
  co_arena_free(&scratch);
  return status;
}

// ---- names

static const char *joint_name(const co_facts *facts, int width, int i) {
  return facts->joints.count == width ? facts->joints.name[i] : NULL;
}

static const char *command_name(const co_facts *facts, int width, int i) {
  return facts->num_commands == width ? facts->command[i].name : NULL;
}

// Its own name within the term, or NULL: nobody names it.
static const char *element_name(const co_facts *facts, int act_dim, const co_fact_term *term,
                                by how, int width, int i, char text[CO_NAME]) {
  static const char *const axes[] = {"x", "y", "z"}, *const clock[] = {"sin", "cos"};
  if (term->elements.count == width) return term->elements.name[i];
  switch (how) {
    case BY_AXIS: return width == 3 ? axes[i] : NULL;
    case BY_JOINT: return joint_name(facts, width, i);
    case BY_ACTION: return width == act_dim ? co_facts_action_name(facts, act_dim, i, text) : NULL;
    case BY_COMMAND: return command_name(facts, width, i);
    case BY_CLOCK: return width == 2 ? clock[i] : NULL;
    case BY_TIME: return width == 1 ? "share" : NULL;
    case BY_PHASE:
      if (width % 2) return NULL;
      snprintf(text, CO_NAME, width > 2 ? "%s.%d" : "%s", i < width / 2 ? "cos" : "sin",
               i % (width / 2));
      return text;
    case BY_NUMBER: break;
  }
  return NULL;
}

// How often the word stood before: a second one of it needs a name of its own.
static int earlier(const co_facts *facts, int term) {
  int count = 0;
  for (int i = 0; i < term; i++) count += strcmp(facts->term[i].term, facts->term[term].term) == 0;
  return count;
}

static void put_name(const co_facts *facts, const co_obs_place *place, const char *word,
                     const char *own, co_obs_element *out) {
  char age[16] = "", text[CO_NAME], again[16] = "";
  const co_fact_term *term = &facts->term[place->term];
  int before = earlier(facts, place->term);
  int first = term->slice[0] > 0 ? term->slice[0] : 0;
  if (place->age) snprintf(age, sizeof age, "@-%d", place->age);
  if (before) snprintf(again, sizeof again, ".%d", before + 1);
  snprintf(text, sizeof text, "%d", first + place->element);
  int length = snprintf(out->name, CO_NAME, "%s%s/%s%s", word, again, own ? own : text, age);
  if (length >= CO_NAME)
    snprintf(out->name, CO_NAME, "observation/%d.%d%s", place->term, place->element, age);
}

static void put_view(const co_facts *facts, const co_fact_term *term, int known, int element,
                     co_obs_element *out) {
  static const char axes[] = "xyz";
  enum { LONGEST = CO_NAME - 5 };  // behind "site/"
  const char *base = facts->base_body.value;
  if (known < 0 || terms[known].by != BY_AXIS || element > 2) return;
  if (base && strlen(base) >= LONGEST) base = NULL;
  if (term->site && strlen(term->site) < LONGEST) {
    snprintf(out->frame, CO_NAME, "site/%.58s", term->site);
  } else if (!term->sensor && base) {
    snprintf(out->frame, CO_NAME, "body/%.58s", base);
  }
  if (!terms[known].quantity || !base) return;
  snprintf(out->quantity, CO_NAME, "%s.%c", terms[known].quantity, axes[element]);
  snprintf(out->of, CO_NAME, "%.63s", base);
}

static int width_of(const co_facts *facts, const co_fact_term *term, int act_dim, int element) {
  int past = past_of(facts, term), usual = usual_width(facts, term, act_dim), dim = term->dim;
  if (dim < 0) return usual > element ? usual : element + 1;
  if (usual && (dim == usual || dim == usual * past)) return usual;
  return term->elements.count ? term->elements.count : dim;
}

void co_facts_describe(const co_facts *facts, int act_dim, int i, co_obs_place *place,
                       co_obs_element *out) {
  snprintf(out->unit, sizeof out->unit, "1");
  if (place->term < 0) {
    snprintf(out->term, CO_NAME, "unknown");
    snprintf(out->name, CO_NAME, "observation/%d", i);
    return;
  }
  const co_fact_term *term = &facts->term[place->term];
  int known = find_term(term->term);
  const char *word = known < 0 ? term->term : terms[known].term;
  char text[CO_NAME];
  int width = width_of(facts, term, act_dim, place->element);
  const char *own = place->element < width ? element_name(facts, act_dim, term,
                                                          known < 0 ? BY_NUMBER : terms[known].by,
                                                          width, place->element, text)
                                           : NULL;
  place->named = own != NULL || term->slice[0] >= 0;
  snprintf(out->term, CO_NAME, "%s", word);
  place->has_unit = known >= 0;
  if (known >= 0) snprintf(out->unit, sizeof out->unit, "%s", terms[known].unit);
  put_name(facts, place, word, own, out);
  put_view(facts, term, known, place->element, out);
}
