// What estimates of a study's time and disk take as given: all figures of one kind of machine that
// are not measured at run time, in one place. They are rough: a plan says "about".
//
// Measured on cores of x86-64 servers without a graphics card, in Release: strips of smoke.cfg
// (five in 0.6 s, software renderer); a trial's wall time less its worlds and the times of its
// timing.csv; folders of trials of quickstart.cfg.

#ifndef TRANSFER_RUN_PRIVATE_PACE_H_
#define TRANSFER_RUN_PRIVATE_PACE_H_

#define CO_PACE_FILM_S 0.12  // [s] of a film strip of two rows
#define CO_PACE_TRIAL_S \
  0.02  // [s] of a trial beside worlds, training and evaluations: a process,
        // its files on the disk
#define CO_PACE_TRAIN_RATIO \
  2.0  // a step of training to one of evaluation, where no training can be
       // tried in a moment
#define CO_PACE_FOLDER_BYTES 150000  // of a finished trial's folder

#endif  // TRANSFER_RUN_PRIVATE_PACE_H_
