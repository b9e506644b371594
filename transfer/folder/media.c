#include "transfer/folder/media.h"

#include "core/file.h"
#include "core/memory.h"

#include <stdio.h>
#include <stdlib.h>

static char *media_path(const co_trial_context *context, const char *folder, const co_trial *trial,
                        const char *ending) {
  const co_study *study = context->study;
  char name[4 * CO_NAME];
  const char *target = co_study_target(study, trial->target)->name;
  const char *strategy = study->strategy[trial->strategy].name;
  if (trial->source >= 0)
    snprintf(name, sizeof name, "%s_to_%s.%s.%s", co_study_source(study, trial->source)->name,
             target, strategy, ending);
  else
    snprintf(name, sizeof name, "%s.%s.%s", target, strategy, ending);
  return co_path_join(folder, name);
}

static co_status add(const co_trial_context *context, int index, co_media_list *list) {
  const co_trial *trial = &context->trials->trial[index];
  co_media *media = &list->media[list->count++];
  *media = (co_media){.policy = co_trial_path(context, trial, "policy.safetensors"),
                      .picture = media_path(context, list->folder, trial, "png"),
                      .page = media_path(context, list->folder, trial, "html"),
                      .trial = index,
                      .source = trial->source,
                      .target = trial->target};
  return media->policy && media->picture && media->page ? CO_OK : CO_MEMORY;
}

co_status co_media_plan(const co_trial_context *context, co_media_list *out) {
  const co_trials *trials = context->trials;
  *out = (co_media_list){.folder = co_path_join(context->dir, "media"),
                         .media = co_alloc((size_t)trials->count + 1, sizeof *out->media)};
  co_status status = out->folder && out->media ? CO_OK : CO_MEMORY;
  for (int i = 0; i < trials->count && status == CO_OK; i++)
    if (trials->trial[i].kind == CO_TRIAL_TRANSFER && trials->trial[i].seed == 0)
      status = add(context, i, out);
  if (status != CO_OK) co_media_free(out);
  return status;
}

void co_media_free(co_media_list *list) {
  for (int i = 0; i < list->count; i++) {
    free(list->media[i].policy);
    free(list->media[i].picture);
    free(list->media[i].page);
  }
  free(list->media);
  free(list->folder);
  *list = (co_media_list){0};
}
