// Sine and cosine from basic arithmetic only, so that the closed-form engine gives the same bits
// with every compiler, C library and processor. The C library's own pick code by processor and
// differ in the last bit.

#ifndef ENVS_PHYSICS_TRIG_H_
#define ENVS_PHYSICS_TRIG_H_

// Within 1 unit in the last place of the true value for |x| <= 1e5 [rad]; beyond that the argument
// is first reduced modulo the double nearest to 2 pi. Non-finite x gives NaN.
double co_sin(double x);
double co_cos(double x);

// x brought to [-pi, pi) by whole turns of the double nearest to 2 pi.
double co_wrap(double x);

#endif  // ENVS_PHYSICS_TRIG_H_
