// A parameter of the domain table as a slider or a switch: which values make sense, where they lie
// on the slider, and which shift they stand for. No windows, no GL.
//
// Values are those of the operation: a factor where the nominal number can be scaled, else what is
// added to it or set. Thread safety: pure, given a world.

#ifndef VIZ_SHOW_PRIVATE_KNOB_H_
#define VIZ_SHOW_PRIVATE_KNOB_H_

#include "envs/world/world.h"

typedef struct co_knob {
  co_parameter_id parameter;
  char select[256];  // pattern of element names, "" for the whole model
  int component;     // of the parameter's values, from 0; -1: all of them
  co_operation operation;
  double low, high;  // [as the operation's value] ends of the slider
  double neutral;    // changes nothing; NAN: any value changes something
  double nominal;    // of the first element that matches, component or first number
  bool log;          // the slider is even in the logarithm
  bool whole;        // whole numbers only
  bool toggle;       // low is off and high is on: nothing between
  bool both_ends;    // a range that is set to -value..value
} co_knob;

// Whether a world's shifts may name this parameter: its engine has it, with elements to change.
bool co_knob_available(const co_built_world *world, co_parameter_id parameter);
int co_knob_elements(const co_built_world *world, co_parameter_id parameter);  // 0: none needed
const char *co_knob_element(const co_built_world *world, co_parameter_id parameter, int i);

// A knob for the elements that match `select` ("" or NULL: all), component -1 for all values.
// CO_CONFIG when nothing matches.
co_status co_knob_make(const co_built_world *world, co_parameter_id parameter, const char *select,
                       int component, co_knob *out);

// Where a value lies on the slider, 0 to 1, and back; a value beyond the ends lies at the end.
double co_knob_place(const co_knob *knob, double value);
double co_knob_value(const co_knob *knob, double place);

// The shift of a value, as a domain file would declare it.
void co_knob_shift(const co_knob *knob, double value, co_shift_info *out);
// The value that this shift has put, NAN when it is one of other elements or another operation.
double co_knob_read(const co_knob *knob, const co_shift_info *shift);
// "x 1.25 = 3.5 kg", "+ 0.02 m", "3 control steps", "on".
void co_knob_text(const co_knob *knob, double value, char *out, size_t size);

#endif  // VIZ_SHOW_PRIVATE_KNOB_H_
