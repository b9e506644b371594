// A report of made-up results as page and as text of a terminal.

#ifndef TESTS_TRANSFER_REPORT_PAGE_H_
#define TESTS_TRANSFER_REPORT_PAGE_H_

#include "tests/support/support.h"
#include "tests/transfer/markup.h"
#include "tests/transfer/report_fixture.h"
#include "transfer/report/report.h"

static inline void make_page(const co_json *results, const char *media, co_buf *page) {
  co_status status = co_report_html(results, media, page);
  ck_assert_msg(status == CO_OK, "%s", co_error_text());
  const char *fault = markup_fault(page->data);
  ck_assert_msg(fault == NULL, "not well-formed at: %.120s", fault ? fault : "");
  ck_assert(!markup_has_nan(page->data));
}

static inline void make_text(const co_json *results, bool color, co_buf *text) {
  ck_assert_int_eq(co_report_text(results, color, text), CO_OK);
}

#endif  // TESTS_TRANSFER_REPORT_PAGE_H_
