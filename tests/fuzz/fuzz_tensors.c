// Tensors of other programs in safetensors files: what a preset makes of them compiles to a graph,
// or there is a sentence why not; and the normaliser among them has a spread.

#include "agents/formats/safetensors.h"
#include "agents/import/preset.h"
#include "agents/program/program.h"
#include "tests/fuzz/target.h"

#include <math.h>

static void check(const co_preset_result *made) {
  const co_import_normaliser *norm = &made->normaliser;
  for (int i = 0; i < norm->dim; i++)
    fuzz_hold(isfinite(norm->mean[i]) && norm->var[i] + norm->epsilon > 0, "a normaliser");
  for (int i = 0; i < made->num_log_std; i++) fuzz_hold(isfinite(made->log_std[i]), "a spread");
  const co_onnx *graph = &made->graph;
  co_program program;
  if (fuzz_accepted(co_program_compile(&graph, 1, NULL, &program), CO_DATA))
    co_program_free(&program);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  static const char *const activations[] = {NULL, "tanh", "ELU"};
  co_safetensors tensors;
  if (!fuzz_accepted(co_safetensors_parse(bytes, size, FUZZ_FILE, &tensors), CO_DATA)) return 0;
  for (int i = 0; i < 3; i++) {
    const co_preset_options options = {.activation = activations[i]};
    co_preset_result made;
    co_status status = co_preset_graph(&tensors, FUZZ_FILE, &options, &made);
    if (fuzz_accepted(status, status == CO_CONFIG ? CO_CONFIG : CO_DATA)) {
      check(&made);
      co_preset_free(&made);
    }
  }
  co_safetensors_free(&tensors);
  return 0;
}
