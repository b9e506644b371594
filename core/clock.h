// Clocks. Results never depend on them: they go to timing files, benches and progress lines only.

#ifndef CORE_CLOCK_H_
#define CORE_CLOCK_H_

double co_clock_wall(void);        // [s] monotonic, from an arbitrary start
double co_clock_cpu(void);         // [s] processor time of this process, all threads
double co_clock_thread_cpu(void);  // [s] of the calling thread

#endif  // CORE_CLOCK_H_
