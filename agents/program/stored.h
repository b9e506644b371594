// A program as a policy's file keeps it: its operations as JSON, its constants as tensors.
//
//   {"format": 1,
//    "inputs":  [{"name": "obs", "type": "float32", "shape": [1, 48]}, ...],   the observation
//    "states":  [{"name": "h", "type": ..., "shape": ..., "next": "h_out"}, ...],
//    "action":  "actions",
//    "outputs": ["value", ...],                                                what else comes out
//    "operations": [{"op": "Gemm", "name": "/actor/0", "opset": 17, "inputs": ["obs", "w", "b"],
//                    "outputs": ["x"], "attributes": {"alpha": {"float": 1}, ...}}, ...]}
//
// A constant is a tensor "program.NAME" of type F32 or I64. Nothing else is stored: reading
// compiles the operations anew, by the rules and limits of any graph (agents/program/program.h), so
// that a hostile file meets them too, and refuses what compiling would fold or drop. What is
// written is read to the same program, and written again to the same bytes.
//
// A stored program is const; those who hold it share it, whatever their threads.

#ifndef AGENTS_PROGRAM_STORED_H_
#define AGENTS_PROGRAM_STORED_H_

#include "agents/formats/safetensors.h"
#include "agents/program/program.h"

#include <stdatomic.h>

#define CO_STORED_PREFIX "program."

enum {
  CO_STORED_TENSORS = 4000,  // most constants
  CO_STORED_TEXT = 4 << 20,  // most bytes of the operations' text
  CO_STORED_WORK = 4 << 20,  // most bytes that one row takes while it acts
};

typedef struct co_stored_program {
  co_program program;
  char *text;     // its operations as JSON, owned
  uint64_t hash;  // of the text and all constants
  int num_tensors;
  co_safetensor *tensor;  // (num_tensors) its constants, in the program's memory
  atomic_int holders;
} co_stored_program;

// Takes the program over, also when it fails; `file` names it for messages. CO_DATA for what is too
// large to be kept.
co_status co_stored_make(co_program *program, const char *file, co_stored_program **out);
// From text and tensors of a file. CO_DATA with "file: program: path: text", or as compiling has
// it.
co_status co_stored_read(const char *text, const co_safetensors *tensors, const char *file,
                         co_stored_program **out);
// One more who holds it, and one less: the last one frees it. NULL is none.
co_stored_program *co_stored_hold(co_stored_program *stored);
void co_stored_drop(co_stored_program *stored);
// Whether a tensor of a file is one of a program's.
bool co_stored_owns(const char *tensor);

#endif  // AGENTS_PROGRAM_STORED_H_
