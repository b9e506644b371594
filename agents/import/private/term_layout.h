// Which term, value and age each number of an observation is. For agents/import/ only.

#ifndef AGENTS_IMPORT_PRIVATE_TERM_LAYOUT_H_
#define AGENTS_IMPORT_PRIVATE_TERM_LAYOUT_H_

#include "agents/import/facts.h"

typedef struct co_obs_place {
  int term;       // -1: nobody says
  int element;    // within one frame of the term
  int index;      // within the term, its past included
  int age;        // control steps
  bool named;     // a source names it; else it is numbered
  bool has_unit;  // its term is one whose unit is known
} co_obs_place;

// Places (obs_dim) of all numbers. CO_DATA where the terms are not as many numbers.
co_status co_facts_lay_out(const co_facts *facts, int obs_dim, int act_dim, co_obs_place *place);
// Names, term, unit, frame and quantity of number i, as a world of ours has them; settles
// `named` and `has_unit`.
void co_facts_describe(const co_facts *facts, int act_dim, int i, co_obs_place *place,
                       co_obs_element *out);
// The name of action i: "pd/FL_hip", "action/3" where it has none.
const char *co_facts_action_name(const co_facts *facts, int act_dim, int i, char out[CO_NAME]);

#endif  // AGENTS_IMPORT_PRIVATE_TERM_LAYOUT_H_
