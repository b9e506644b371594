#include "envs/verify/private/ranges.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { kNamed = 3 };

// What is as good as the limit is at it; what is beyond is beyond by more than rounding.
static double slack(double limit) {
  return isfinite(limit) ? 1e-9 * fabs(limit) + 1e-12 : 0.0;
}

static bool is_at(double value, double low, double high) {
  return value <= low + slack(low) || value >= high - slack(high);
}

static bool is_beyond(double low, double high, double inner_low, double inner_high) {
  return low < inner_low - slack(inner_low) || high > inner_high + slack(inner_high);
}

// ---- counting

static void count_one(const co_row *row, co_ref control, co_range_count *count) {
  const co_physics *physics = row->physics;
  const co_model *model = physics->model;
  const co_drive *drive = &model->drive[control.index];
  const co_force_range *range = &model->force_range[control.index];
  int force = co_model_at(model, CO_ACTUATOR, drive->actuator);
  if (control.at < 0 || force < 0) return;
  double ctrl = physics->ctrl[control.at];
  double low = model->ctrl_low[control.index], high = model->ctrl_high[control.index];
  count->control += is_beyond(ctrl, ctrl, low, high);
  if (!physics->field[CO_ACTUATOR_FORCE]) return;
  double torque = drive->ratio * physics->field[CO_ACTUATOR_FORCE][force];
  count->force += is_at(torque, range->low, range->high);
  bool of_joint = drive->qvel >= 0 && !range->tendon;
  int joint = of_joint ? co_model_at(model, CO_JOINT_TORQUE, drive->qvel) : -1;
  double total = joint >= 0 ? physics->field[CO_JOINT_TORQUE][joint] : torque;
  count->total += is_at(total, range->total_low, range->total_high);
}

void co_ranges_count(const co_row *row, co_range_count *count) {
  const co_terms_bound *terms = &row->binding->terms[CO_TERM_ACTION];
  for (int k = 0; k < terms->count; k++) {
    const co_term *term = &terms->term[k];
    for (int i = 0; i < term->size; i++) {
      if (term->ref[i].group == CO_CTRL) count_one(row, term->ref[i], &count[term->at + i]);
    }
  }
}

// ---- telling

typedef struct teller {
  const co_binding *binding;
  int steps;
  int told;  // entries so far
  char *out;
  size_t size;
} teller;

// "+-10" or "-2..10"
static void put_range(char out[64], double low, double high) {
  if (low == -high) {
    snprintf(out, 64, "+-%g", high);
  } else {
    snprintf(out, 64, "%g..%g", low, high);
  }
}

static void tell(teller *t, const co_term *term, int i, const char *cut, const char *why,
                 int count) {
  char share[64] = "";
  if (t->told++ >= kNamed) return;
  size_t used = strlen(t->out);
  if (count) {
    snprintf(share, sizeof share, "%s%.3g %% of random steps", *why ? ", in " : " in ",
             100.0 * count / t->steps);
  }
  snprintf(t->out + used, t->size - used, "%s%s \"%s\": %s%s%s", used ? "; " : "",
           term->class->name, co_ref_name(t->binding->model, term->ref[i]), cut, why, share);
}

// What a torque would have been cut to, and by what.
static void tell_torque(teller *t, const co_term *term, int i, const char *range, double low,
                        double high, int count) {
  char text[64], cut[160], why[64] = ", there is no torque_limit";
  double limit = t->binding->action[term->at + i].torque_limit;
  if (isnan(limit)) limit = INFINITY;
  if (!is_beyond(-limit, limit, low, high)) return;
  put_range(text, low, high);
  snprintf(cut, sizeof cut, "%s cuts torques to %s N m", range, text);
  if (isfinite(limit)) snprintf(why, sizeof why, ", torque_limit is %g", limit);
  tell(t, term, i, cut, why, count);
}

// Of what is no torque: controls that are out of range, forces where they were.
static void tell_control(teller *t, const co_term *term, int i, int count) {
  const co_action_element *element = &t->binding->action[term->at + i];
  const co_model *model = t->binding->model;
  int control = term->ref[i].index;
  bool place = strcmp(element->kind, "position") == 0;
  double unit = place ? co_drive_unit(&model->drive[control]) : 1.0;
  double first = element->scale * element->low + element->offset;
  double second = element->scale * element->high + element->offset;
  double low = unit * model->ctrl_low[control], high = unit * model->ctrl_high[control];
  char text[64], reach[64], cut[160], why[128] = ", actions are not clipped";
  if (strcmp(element->kind, "increment") == 0) return;  // moves within the range
  if (!is_beyond(fmin(first, second), fmax(first, second), fmin(low, high), fmax(low, high)))
    return;
  put_range(text, fmin(low, high), fmax(low, high));
  put_range(reach, fmin(first, second), fmax(first, second));
  snprintf(cut, sizeof cut, "ctrlrange cuts %s to %s", place ? "targets" : "controls", text);
  if (isfinite(first)) snprintf(why, sizeof why, ", actions reach %s", reach);
  tell(t, term, i, cut, why, count);
}

static void tell_force(teller *t, const co_term *term, int i, const char *range, double low,
                       double high, int count) {
  char text[64], cut[160];
  put_range(text, low, high);
  snprintf(cut, sizeof cut, "%s cuts forces at the joint to %s", range, text);
  if (count) tell(t, term, i, cut, "", count);
}

static void tell_element(teller *t, const co_term *term, int i, const co_range_count *count) {
  const co_model *model = t->binding->model;
  int control = term->ref[i].index;
  const co_force_range *range = &model->force_range[control];
  if (strcmp(t->binding->action[term->at + i].kind, "torque") != 0) {
    tell_control(t, term, i, count->control);
    tell_force(t, term, i, "forcerange", range->low, range->high, count->force);
    tell_force(t, term, i, "actuatorfrcrange", range->total_low, range->total_high, count->total);
    return;
  }
  double unit = co_drive_unit(&model->drive[control]);
  double first = unit * model->ctrl_low[control], second = unit * model->ctrl_high[control];
  tell_torque(t, term, i, "ctrlrange", fmin(first, second), fmax(first, second), count->control);
  tell_torque(t, term, i, "forcerange", range->low, range->high, count->force);
  tell_torque(t, term, i, "actuatorfrcrange", range->total_low, range->total_high, count->total);
}

void co_ranges_text(const co_binding *binding, const co_range_count *count, int steps, char *out,
                    size_t size) {
  const co_terms_bound *terms = &binding->terms[CO_TERM_ACTION];
  teller t = {.binding = binding, .steps = steps, .out = out, .size = size};
  out[0] = '\0';
  for (int k = 0; k < terms->count; k++) {
    const co_term *term = &terms->term[k];
    for (int i = 0; i < term->size; i++) {
      if (term->ref[i].group == CO_CTRL) tell_element(&t, term, i, &count[term->at + i]);
    }
  }
  size_t used = strlen(out);
  if (t.told > kNamed) snprintf(out + used, size - used, "; and %d more", t.told - kNamed);
  if (!t.told) snprintf(out, size, "none cuts what actions command");
}
