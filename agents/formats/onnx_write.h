// Writes graphs as ONNX files (onnx.ai): what co_onnx_parse reads, from the same schema.
//
// Weights lie inside the file, raw; floating-point numbers are float32, whatever they were read
// from; whole numbers are int64, or bool or int32 where the tensor says so. A size of -1 is called
// "batch". The same graph gives the same bytes. Thread-safe for different buffers.

#ifndef AGENTS_FORMATS_ONNX_WRITE_H_
#define AGENTS_FORMATS_ONNX_WRITE_H_

#include "agents/formats/onnx.h"
#include "core/buf.h"

// Appends the file. CO_DATA for an attribute that is none of those which are read; CO_MEMORY.
co_status co_onnx_write(const co_onnx *onnx, co_buf *out);

#endif  // AGENTS_FORMATS_ONNX_WRITE_H_
