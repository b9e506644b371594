#include "agents/formats/private/onnx_reader.h"

#include <onnx.pb-c.h>

// The library says that a message is broken, not where. This walks the same bytes by the same
// descriptors; messages of the schema do not hold themselves, so depth is bounded.

typedef struct wire {
  const uint8_t *bytes;
  size_t at, end;
} wire;

enum { VARINT_BYTES = 10, WIRE_BITS = 3 };

static bool read_varint(wire *in, uint64_t *out) {
  *out = 0;
  for (int i = 0; i < VARINT_BYTES && in->at < in->end; i++) {
    uint8_t byte = in->bytes[in->at++];
    *out |= (uint64_t)(byte & 0x7f) << (7 * i);
    if (!(byte & 0x80)) return true;
  }
  return false;
}

static bool skip(wire *in, uint64_t bytes) {
  if (bytes > in->end - in->at) return false;
  in->at += (size_t)bytes;
  return true;
}

static const ProtobufCFieldDescriptor *field_of(const ProtobufCMessageDescriptor *message,
                                                uint64_t number) {
  if (number > UINT32_MAX) return NULL;
  return protobuf_c_message_descriptor_get_field(message, (unsigned)number);
}

static unsigned wire_type_of(ProtobufCType type) {
  switch (type) {
    case PROTOBUF_C_TYPE_DOUBLE: return PROTOBUF_C_WIRE_TYPE_64BIT;
    case PROTOBUF_C_TYPE_FLOAT: return PROTOBUF_C_WIRE_TYPE_32BIT;
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_BYTES:
    case PROTOBUF_C_TYPE_MESSAGE: return PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED;
    default: return PROTOBUF_C_WIRE_TYPE_VARINT;
  }
}

static bool walk(const ProtobufCMessageDescriptor *message, wire *in);

// What a field of `bytes` bytes holds: a message, several numbers, or what is not looked into.
static bool walk_sized(const ProtobufCFieldDescriptor *field, wire *in, uint64_t bytes) {
  if (bytes > in->end - in->at) return false;
  unsigned type = field ? wire_type_of(field->type) : PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED;
  wire inner = {in->bytes, in->at, in->at + (size_t)bytes};
  bool ok = true;
  if (field && field->type == PROTOBUF_C_TYPE_MESSAGE)
    ok = walk(field->descriptor, &inner);
  else if (type == PROTOBUF_C_WIRE_TYPE_32BIT)
    ok = bytes % sizeof(float) == 0;
  else if (type == PROTOBUF_C_WIRE_TYPE_64BIT)
    ok = bytes % sizeof(double) == 0;
  else if (type == PROTOBUF_C_WIRE_TYPE_VARINT)
    for (uint64_t value; ok && inner.at < inner.end;) ok = read_varint(&inner, &value);
  in->at = ok ? inner.end : inner.at;
  return ok;
}

static bool may_be(const ProtobufCFieldDescriptor *field, unsigned type) {
  if (!field || type == wire_type_of(field->type)) return true;
  return field->label == PROTOBUF_C_LABEL_REPEATED && type == PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED;
}

// False leaves `at` where it went wrong.
static bool walk_field(const ProtobufCMessageDescriptor *message, wire *in) {
  uint64_t tag, value;
  if (!read_varint(in, &tag) || tag >> WIRE_BITS == 0) return false;
  const ProtobufCFieldDescriptor *field = field_of(message, tag >> WIRE_BITS);
  unsigned type = (unsigned)(tag & ((1u << WIRE_BITS) - 1));
  if (!may_be(field, type)) return false;
  switch (type) {
    case PROTOBUF_C_WIRE_TYPE_VARINT: return read_varint(in, &value);
    case PROTOBUF_C_WIRE_TYPE_64BIT: return skip(in, sizeof(double));
    case PROTOBUF_C_WIRE_TYPE_32BIT: return skip(in, sizeof(float));
    case PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED:
      return read_varint(in, &value) && walk_sized(field, in, value);
    default: return false;
  }
}

static bool walk(const ProtobufCMessageDescriptor *message, wire *in) {
  while (in->at < in->end)
    if (!walk_field(message, in)) return false;
  return true;
}

size_t co_onnx_fault_offset(const uint8_t *bytes, size_t size) {
  wire in = {bytes, 0, size};
  return walk(&co_onnx__model__descriptor, &in) ? size : in.at;
}
