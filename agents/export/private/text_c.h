// Texts and numbers as C has them.

#ifndef AGENTS_EXPORT_PRIVATE_TEXT_C_H_
#define AGENTS_EXPORT_PRIVATE_TEXT_C_H_

#include "core/buf.h"

// A string literal with its quotes: what is not plain ASCII is octal, and no trigraph begins.
void co_c_put_string(co_buf *out, const char *text);
// Text that cannot end a comment or begin another one, nor go on in the next line.
void co_c_put_comment(co_buf *out, const char *text);
// Literals with all bits of the number, which is finite.
void co_c_put_float(co_buf *out, float value);
void co_c_put_double(co_buf *out, double value);

#endif  // AGENTS_EXPORT_PRIVATE_TEXT_C_H_
