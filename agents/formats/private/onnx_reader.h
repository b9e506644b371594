// Parts of the reader of ONNX files.

#ifndef AGENTS_FORMATS_PRIVATE_ONNX_READER_H_
#define AGENTS_FORMATS_PRIVATE_ONNX_READER_H_

#include "agents/formats/onnx.h"

struct CoOnnx__Tensor;  // of the schema

// A file with weights, by the path that no link changes.
typedef struct onnx_counted {
  const char *path;
  struct onnx_counted *next;
} onnx_counted;

// A file while it is read.
typedef struct onnx_reader {
  const char *file, *folder;
  co_arena *memory;
  size_t budget;                 // bytes that are left to allocate
  bool spent;                    // more was wanted
  struct onnx_counted *counted;  // files of weights whose sizes are in the budget
} onnx_reader;

// Memory out of the budget, zeroed, or NULL.
void *co_onnx_take(onnx_reader *in, size_t count, size_t size);
// The sentence of why it was NULL.
co_status co_onnx_fail_taking(const onnx_reader *in);

// Where the wire format is broken: in, or right behind, the head of the first field that is not as
// its message asks for; `size`: nowhere.
size_t co_onnx_fault_offset(const uint8_t *bytes, size_t size);

// Text that can stand in one line of a message; `what` names it in the error.
co_status co_onnx_text(const onnx_reader *in, const char *text, const char *what, const char **out);

// An array of the file. `where` begins the sentence of what is wrong with it.
co_status co_onnx_read_tensor(onnx_reader *in, const struct CoOnnx__Tensor *from, const char *where,
                              co_onnx_tensor *out);
// "float32", NULL for types that no policy has.
const char *co_onnx_element_name(int32_t type);

#endif  // AGENTS_FORMATS_PRIVATE_ONNX_READER_H_
