// Functions in double by nothing but sums, products and quotients: relative errors far below
// float32's last digit, and the same bits on any CPU.

#ifndef AGENTS_PROGRAM_PRIVATE_PRECISE_H_
#define AGENTS_PROGRAM_PRIVATE_PRECISE_H_

// 0 below -800, infinity above 800, between them an error of 1e-14.
double co_precise_exp(double x);
// Of positive normal finite numbers: an error of 1e-15.
double co_precise_log(double x);
// As IEEE 754 has pow, for numbers and exponents of float32: an error of 1e-13.
double co_precise_power(double x, double y);
// 1 - erf x: an error of 1.2e-7 of itself, also where it is small.
double co_precise_erfc(double x);

#endif  // AGENTS_PROGRAM_PRIVATE_PRECISE_H_
