#include "agents/formats/magic.h"

#include <stdbool.h>
#include <string.h>

typedef struct magic {
  const char *bytes;
  size_t size;
  const char *name;
} magic;

// A message of protocol buffers has no magic: ONNX models start with their version (field 1) and
// the name of the producer or the like (field 2, 3, 4 or 7).
static bool is_onnx(const unsigned char *bytes, size_t size) {
  static const unsigned char next[] = {0x12, 0x1a, 0x22, 0x3a};
  return size > 3 && bytes[0] == 0x08 && bytes[1] > 0 && bytes[1] < 0x20 &&
         memchr(next, bytes[2], sizeof next);
}

static bool is_text(const unsigned char *bytes, size_t size) {
  enum { LOOKED_AT = 512 };
  for (size_t i = 0; i < size && i < LOOKED_AT; i++)
    if ((bytes[i] < 0x20 && !strchr("\t\n\r", bytes[i])) || bytes[i] == 0x7f || !bytes[i])
      return false;
  return size > 0;
}

const char *co_magic_name(const void *bytes, size_t size) {
#define MAGIC(text, name) \
  { text, sizeof text - 1, name }
  static const magic known[] = {
      MAGIC("CODATA01", "a data set of carryover"),
      MAGIC("version https://git-lfs.github.com/spec/",
            "a pointer of Git LFS, in place of the file that `git lfs pull` fetches"),
      MAGIC("PK\x03\x04", "a zip archive, as PyTorch, Stable-Baselines3 and NumPy write them"),
      MAGIC("PK\x05\x06", "a zip archive without files"),
      MAGIC("\x93NUMPY", "an array of NumPy"),
      MAGIC("\x89HDF\r\n", "a file of HDF5"),
      MAGIC("\x1f\x8b", "compressed by gzip"),
      MAGIC("\x80\x02", "a pickle of Python, as older PyTorch writes them"),
      MAGIC("\x80\x03", "a pickle of Python"),
      MAGIC("\x80\x04", "a pickle of Python"),
      MAGIC("\x80\x05", "a pickle of Python"),
      MAGIC("<", "XML, such as a robot's model"),
      MAGIC("{", "text, such as JSON")};
#undef MAGIC
  if (size == 0) return "an empty file";
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (size >= known[i].size && memcmp(bytes, known[i].bytes, known[i].size) == 0)
      return known[i].name;
  if (is_onnx(bytes, size)) return "a model of ONNX, to judge by its start";
  return is_text(bytes, size) ? "text, such as a config" : NULL;
}
