// Numbers of a replay as bytes: columns of whole multiples of a step, each as its difference to the
// one before, and all of them packed as text for a page.
//
// A difference d (modulo 2^32) is written as the unsigned number (d << 1) ^ (d >> 31), seven bits
// to a byte, the low ones first; the top bit says that another byte follows. The first number of a
// column differs from 0. Thread-safe.

#ifndef VIZ_FILM_PRIVATE_COLUMNS_H_
#define VIZ_FILM_PRIVATE_COLUMNS_H_

#include "core/buf.h"

#include <stdint.h>

#define CO_COLUMN_NONE INT32_MIN  // stands for what is not finite

// The nearest multiple of `step`, at most INT32_MAX of them; the error is half a step.
int32_t co_column_number(double value, double step);

// Appends `count` numbers that lie `stride` apart.
void co_columns_add(co_buf *out, const int32_t *number, size_t count, size_t stride);
void co_columns_add_doubles(co_buf *out, const double *value, size_t count, size_t stride,
                            double step);

// Appends, as base64, one zlib stream (RFC 1950) of: bytes of `head` (4, little-endian), head,
// columns. The same bytes with the same version of zlib. CO_MEMORY.
co_status co_columns_pack(const co_buf *head, const co_buf *columns, co_buf *out);

#endif  // VIZ_FILM_PRIVATE_COLUMNS_H_
