#include "envs/world/work.h"

enum { kContacts = 2048 };  // more are not looked at

double co_row_work(const co_row *row) {
  co_contact contact[kContacts];
  const co_model *model = row->binding->model;
  double bodies = model->elements[CO_BODY].count;
  double rows = 4.0 * model->engine->contacts(row->physics, contact, kContacts);
  return (double)row->binding->task->substeps *
         (model->nv + bodies + rows * rows / 64 + model->chain / 3000);
}
