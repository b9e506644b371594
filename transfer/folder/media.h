// The pictures that a study's folder should have: media/SOURCE_to_TARGET.STRATEGY.png, the adapted
// policy in its source and in its target, and media/TARGET.STRATEGY.png where there is no source;
// and beside each a page that replays it, .html.

#ifndef TRANSFER_FOLDER_MEDIA_H_
#define TRANSFER_FOLDER_MEDIA_H_

#include "transfer/run/training.h"
#include "transfer/study/trial.h"

typedef struct co_media {
  char *policy, *picture, *page;  // paths, owned
  int trial, target;              // indices in the study
  int source;                     // the same; -1: none
} co_media;

typedef struct co_media_list {
  char *folder;     // owned
  co_media *media;  // (count), owned
  int count;
} co_media_list;

// Of each transfer of the first seed, in the order of the trials; there once its trial is done.
// CO_MEMORY.
co_status co_media_plan(const co_trial_context *context, co_media_list *out);
void co_media_free(co_media_list *list);

#endif  // TRANSFER_FOLDER_MEDIA_H_
