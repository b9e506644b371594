// Shifts as people read them (envs/env.h).

#include "envs/env.h"

#include <inttypes.h>

void co_shift_put_draw(const co_shift_info *shift, co_buf *out) {
  if (!*shift->distribution) return;
  if (shift->num_clip) co_buf_puts(out, " clip");
  for (int k = 0; k < shift->num_clip; k++) co_buf_printf(out, " %g", shift->clip[k]);
  if (shift->each) co_buf_puts(out, " each");
  if (shift->over) co_buf_printf(out, ", from %g over %" PRId64 " steps", shift->from, shift->over);
}

// %g, not the 17 digits of the JSON
void co_shifts_put(const co_shift_info *shift, int count, co_buf *out) {
  if (!count) co_buf_puts(out, "none");
  for (int i = 0; i < count; i++) {
    co_buf_printf(out, "%s%s", i ? ", " : "", shift[i].parameter);
    if (*shift[i].select) co_buf_printf(out, " of %s", shift[i].select);
    co_buf_printf(out, " %s", shift[i].operation);
    if (*shift[i].distribution) co_buf_printf(out, " %s", shift[i].distribution);
    for (int k = 0; k < shift[i].num_values; k++) co_buf_printf(out, " %g", shift[i].value[k]);
    co_shift_put_draw(&shift[i], out);
  }
}
