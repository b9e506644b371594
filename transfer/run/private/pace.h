// What estimates of a study's time and disk take as given: all figures of one kind of machine that
// are not measured at run time, in one place. They are rough: a plan says "about".
//
// Measured on cores of x86-64 servers without a graphics card, in Release, on configs/studies/
// smoke.cfg, with `run --trial ID --threads 1` for trials; each comment has what came out.

#ifndef TRANSFER_RUN_PRIVATE_PACE_H_
#define TRANSFER_RUN_PRIVATE_PACE_H_

// [s] of a film strip: five took 0.6 s, drawn by software
#define CO_PACE_FILM_S 0.12

// [s] of a trial beside worlds, training and evaluations, for a process and its files on the disk:
// 6 ms of wall time with 0.5 ms in timing.csv (random), 60 ms with 50 ms (source); the rest is for
// disks that take longer to sync
#define CO_PACE_TRIAL_S 0.02

// a step of training to one of evaluation, where no training can be tried in a moment
#define CO_PACE_TRAIN_RATIO 2.0

// of a finished trial's folder: 7 to 78 kB; larger networks and longer logs take more
#define CO_PACE_FOLDER_BYTES 150000

#endif  // TRANSFER_RUN_PRIVATE_PACE_H_
