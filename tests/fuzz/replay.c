// Runs a fuzz target over its corpus, a zip archive: the main program where there is no libFuzzer.
// What once was found wrong lies in there and is tried again by every test run.

#include "agents/data/zip.h"
#include "core/memory.h"
#include "tests/fuzz/target.h"

static bool replay(const co_zip *zip, const co_zip_member *member) {
  co_zip_stream stream;
  uint8_t *bytes = co_alloc(member->size + 1, 1);
  if (!bytes || co_zip_stream_open(zip, member, &stream) != CO_OK) return false;
  bool whole = co_zip_stream_read(&stream, bytes, member->size) == CO_OK;
  co_zip_stream_close(&stream);
  // exactly as large as it says, so that a read behind the end is seen
  uint8_t *exact = malloc(member->size ? member->size : 1);
  if (whole && exact) {
    memcpy(exact, bytes, member->size);
    LLVMFuzzerTestOneInput(exact, member->size);
  }
  free(exact);
  free(bytes);
  return whole && exact;
}

int main(int argc, char **argv) {
  co_file_map map;
  co_zip zip;
  if (argc != 2 || co_file_map_open(argv[1], &map) != CO_OK ||
      co_zip_parse(map.bytes, map.size, argv[1], &zip) != CO_OK) {
    fprintf(stderr, "replay: %s\n", argc == 2 ? co_error_text() : "one corpus is asked for");
    return EXIT_FAILURE;
  }
  for (int i = 0; i < zip.count; i++)
    if (!replay(&zip, &zip.member[i])) {
      fprintf(stderr, "replay: %s: %s\n", zip.member[i].name, co_error_text());
      return EXIT_FAILURE;
    }
  printf("%d inputs\n", zip.count);
  bool some = zip.count > 0;
  co_zip_free(&zip);
  return some ? EXIT_SUCCESS : EXIT_FAILURE;
}
