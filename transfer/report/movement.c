// What trainings moved, layer by layer.

#include "transfer/report/private/strategy_table.h"

#include <math.h>

static void put_share(co_buf *out, double share) {
  char number[CO_NUMBER_MAX];
  co_format_number(100 * share, 0, false, number);
  co_buf_printf(out, "%s %%", number);
}

// "rank 20 → 21" of features at step 0 and at the end.
static void put_rank(co_buf *out, const co_json *layer) {
  double before = co_report_get(layer, "rank_before"), after = co_report_get(layer, "rank");
  if (isfinite(before) && isfinite(after))
    co_buf_printf(out, "<br/>rank %.0f → %.0f of %.0f", before, after,
                  co_report_get(layer, "units"));
}

static void put_dormant(co_buf *out, const co_json *layer) {
  double before = co_report_get(layer, "dormant_before"), after = co_report_get(layer, "dormant");
  if (!(before > 0) && !(after > 0)) return;  // what is never there is not worth a line
  co_buf_puts(out, "<br/>dormant ");
  put_share(out, before);
  co_buf_puts(out, " → ");
  put_share(out, after);
}

static void put_layer(co_buf *out, const co_json *layer) {
  double relative = co_report_get(layer, "relative"), cka = co_report_get(layer, "cka");
  if (!layer) {
    co_buf_puts(out, "<td>–</td>");
    return;
  }
  co_buf_puts(out, "<td>");
  if (relative == 0) {
    co_buf_puts(out, "<b>stayed</b>");
  } else if (isfinite(relative)) {
    co_buf_puts(out, "moved ");
    put_share(out, relative);
  }
  if (isfinite(cka)) co_buf_printf(out, "<br/>CKA %.3f", cka);
  put_rank(out, layer);
  put_dormant(out, layer);
  co_buf_puts(out, "</td>");
}

void co_report_put_movement(co_buf *out, const co_report *report) {
  static const co_strategy_table table = {.list = "movement",
                                          .items = "layers",
                                          .name = "layer",
                                          .css = "tensors",
                                          .label = "movement of layers per strategy",
                                          .head = "<th>layer</th>",
                                          .put = put_layer};
  co_report_put_section(out, "movement", "What moved");
  co_buf_puts(out,
              "<p class=\"caption\">Means over the seeds. Moved: the change of a layer’s weights "
              "and biases by training in the target, relative to what they were at step 0 (a fresh "
              "output layer begins near zero, so it moves by many times that). Of the actor’s "
              "hidden layers, on observations that the source policy meets at home: CKA, how much "
              "of the source’s features is left (1: the same up to rotation and scale); rank, how "
              "many directions hold 99 % of them, at step 0 → at the end; dormant, the share of "
              "units that put out next to nothing.</p>\n");
  bool any = co_strategy_table_put(out, report, &table);
  co_buf_puts(out, any ? "</section>\n" : "<p class=\"none\">not recorded</p>\n</section>\n");
}
