// A policy: network + normalisers + contract, and its file.
//
// File (docs/formats.md): safetensors. Tensors under their names, weights as (out x in) like other
// frameworks write them, normalisers in float64; metadata key "carryover" holds the contract as
// JSON (agents/contract/contract.h), "task" and "domain" the texts of the world it was trained in,
// "checksum" the xxh3-64 of the whole file with the checksum's own digits as zeros, so every
// flipped bit is found. No time, host or path inside: the same policy gives the same bytes. Reading
// checks every length before use.
//
// Whoever writes a file may leave out the checksum, then it is unverified, the texts, and what only
// a learner needs: the critics, the reward normaliser, the temperature. A part that is not there
// has no tensors in the list; what is copied from the policy or compared with it meets none.
//
// A policy of another program may have a function that is no network of ours: a compiled program
// (agents/program/program.h). Then the file has its operations as metadata "program" and its
// constants as tensors (agents/program/stored.h), beside the spread and the observation normaliser;
// of the network that the contract describes, a linear one, nothing else is there or acts. It is
// shared by copies, and never trained.
//
// How a policy acts is agents/policy/actor.h. Thread safety: a policy that nobody changes may be
// read by many.

#ifndef AGENTS_POLICY_POLICY_H_
#define AGENTS_POLICY_POLICY_H_

#include "agents/contract/contract.h"
#include "agents/contract/output.h"
#include "agents/nn/network.h"
#include "agents/nn/normalizer.h"
#include "agents/program/stored.h"
#include "core/buf.h"

typedef struct co_policy {
  const struct co_actor_class *acts;  // NULL: as its network says (agents/policy/actor.h)
  co_stored_program *program;         // that acts in place of the network, held; NULL: none
  co_network net;
  co_normalizer obs_norm;     // (obs_dim)
  co_normalizer reward_norm;  // (1) of discounted returns
  co_contract contract;
  co_output_map *output;  // (num_action) of the contract, owned
  int num_tensors;
  co_tensor *tensor;  // (num_tensors) views of the network's, then obs_norm.*, reward_norm.*; owned
  char *task_text;    // effective task that it was trained in, owned; NULL: unknown
  char *domain_text;  // effective domain, owned; NULL: none, or unknown
  bool unverified;    // read from a file without a checksum
} co_policy;

// A fresh policy for a world: network from `stream` (purpose INIT), normalisers empty, contract
// from the env.
co_status co_policy_create(const co_network_def *def, const co_env_info *world,
                           const char *algorithm, const co_stream *stream, co_policy **out);
// The same with all parameters zero, for who fills them otherwise (co_network_init_tensor):
// orthogonal weights are not cheap.
co_status co_policy_create_blank(const co_network_def *def, const co_env_info *world,
                                 const char *algorithm, const co_stream *stream, co_policy **out);
// A policy of this contract (copied): all parameters zero, normalisers fresh.
co_status co_policy_from_contract(const co_contract *contract, co_policy **out);
// A policy of this contract (copied) whose function is this program, which it takes over, also when
// it fails; the spread is exp(0). The contract's network is a linear one. `file` names the program
// for messages. CO_DATA for one that no policy can keep (agents/program/stored.h), or of other
// sizes.
co_status co_policy_from_program(co_program *program, const char *file, const co_contract *contract,
                                 co_policy **out);
// The same with one that is stored already, which the policy holds then, too.
co_status co_policy_from_stored(co_stored_program *stored, const char *file,
                                const co_contract *contract, co_policy **out);
// Lets a policy that was made for a linear network of these sizes act by a program, which it holds
// then, too.
void co_policy_take_program(co_policy *policy, co_stored_program *program);
co_status co_policy_copy(const co_policy *policy, co_policy **out);
// Critics are there: the policy knows values.
bool co_policy_has_critics(const co_policy *policy);
// Keeps the tensors for which `keep` is true in the list, in their order; the others are none of
// this policy's any more.
void co_policy_keep_tensors(co_policy *policy, bool (*keep)(const co_tensor *, const void *context),
                            const void *context);
void co_policy_free(co_policy *policy);

// The output of `policy` means what that of `source`, whose actor was copied into it, means
// (co_contract_keep_output).
co_status co_policy_keep_output(const co_policy *source, co_policy *policy);

// Appends the file's bytes. CO_INTERNAL when a tensor holds a number that is not finite.
co_status co_policy_write(const co_policy *policy, co_buf *out);
// CO_DATA with "file: offset N: text" for everything that docs/formats.md does not allow.
co_status co_policy_parse(const void *bytes, size_t size, const char *file, co_policy **out);
// The same with a file, written atomically, and read also by its name in the zoo
// (agents/policy/zoo.h); also CO_NO_INPUT, CO_CREATE, CO_IO.
co_status co_policy_save(const co_policy *policy, const char *path);
co_status co_policy_load(const char *path, co_policy **out);
// For who acts with it, not only looks: also CO_CONFIG where nothing is known of what observations
// go through before its network (co_contract_knows_normaliser).
co_status co_policy_load_to_act(const char *path, co_policy **out);
// Of the bytes that co_policy_write gives; 0 when it fails.
uint64_t co_policy_hash(const co_policy *policy);

// CO_CONFIG naming the first element that differs when the policy can't act in this world (size,
// order or names; only size where a map says that other names and another order are meant).
co_status co_policy_check_world(const co_policy *policy, const co_env_info *world);

// CO_INTERNAL that names the first tensor with a NaN or an infinity in it. Learners ask once per
// update, before anything acts with the policy.
co_status co_policy_check_finite(const co_policy *policy);

#endif  // AGENTS_POLICY_POLICY_H_
