#include "core/stats/stats.h"
#include "transfer/measure/advice.h"
#include "transfer/measure/private/advice_rules.h"

static co_advice_case case_of(const co_advice_input *input, int pair, int arm) {
  const co_metrics *m = input->metrics;
  const co_arm *of = &m->data[pair].arm[arm];
  return (co_advice_case){.study = input->study,
                          .metrics = m,
                          .facts = &input->facts[pair],
                          .pair = &m->data[pair],
                          .found = &m->pair[pair],
                          .arm = of,
                          .result = &m->pair[pair].arm[arm],
                          .strategy = &input->study->strategy[of->strategy]};
}

// The first of the cases that the rule weighs most; false: it finds nothing.
static bool find_case(const co_advice_input *input, const co_advice_rule *rule,
                      co_advice_case *out) {
  double most = 0;
  for (int p = 0; p < input->metrics->pairs; p++) {
    for (int a = 0; a < input->metrics->data[p].arms; a++) {
      co_advice_case c = case_of(input, p, a);
      double weight = rule->weigh(&c);
      if (!(weight > most)) continue;
      most = weight;
      *out = c;
    }
  }
  return most > 0;
}

static co_status add_words(const co_advice_case *c, const co_advice_rule *rule, co_json *array) {
  co_advice_words words = {.set = co_json_array()};
  rule->say(c, &words);
  co_json *object = co_json_object();
  bool paired = !words.of_study, single = paired && !words.of_pair;
  co_json_set_string(object, "rule", rule->name);
  co_json_set_string(object, "source", paired ? c->pair->source : NULL);
  co_json_set_string(object, "target", paired ? c->pair->target : NULL);
  co_json_set_string(object, "strategy", single ? c->arm->name : NULL);
  co_json_set_string(object, "text", words.text.data);
  co_json_set(object, "set", words.set);
  co_json_add(array, object);
  co_status status = words.failed ? CO_MEMORY : co_buf_status(&words.text);
  co_buf_free(&words.text);
  return status;
}

co_status co_advice_json(const co_advice_input *input, co_json **out) {
  co_json *array = co_json_array();
  co_status status = CO_OK;
  for (int i = 0; i < CO_ADVICE_RULES && status == CO_OK; i++) {
    co_advice_case c;
    if (find_case(input, &co_advice_rules[i], &c))
      status = add_words(&c, &co_advice_rules[i], array);
  }
  if (status != CO_OK) {
    co_json_free(array);
    return status;
  }
  *out = array;
  return CO_OK;
}
