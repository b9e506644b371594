"""TensorBoard event files, read with the standard library: framing, checksums, and the messages inside."""

import struct


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def masked(data):
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def records(data):
    """Messages of a file; ValueError when a checksum is wrong or the file ends within a record."""
    at, found = 0, []
    while at < len(data):
        size, check = struct.unpack_from("<QI", data, at)
        message = data[at + 12:at + 12 + size]
        if masked(data[at:at + 8]) != check or len(message) != size:
            raise ValueError(f"length at {at}")
        if masked(message) != struct.unpack_from("<I", data, at + 12 + size)[0]:
            raise ValueError(f"message at {at}")
        found.append(message)
        at += 16 + size
    return found


def varint(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 127) << shift
        shift, at = shift + 7, at + 1
        if data[at - 1] < 128:
            return value, at


def fields(message):
    """[(number, value)] of a protocol buffer message; bytes of what is nested."""
    at, found = 0, []
    while at < len(message):
        key, at = varint(message, at)
        wire = key & 7
        if wire == 0:
            value, at = varint(message, at)
        elif wire == 1:
            value, at = struct.unpack_from("<d", message, at)[0], at + 8
        elif wire == 5:
            value, at = struct.unpack_from("<f", message, at)[0], at + 4
        elif wire == 2:
            size, at = varint(message, at)
            value, at = message[at:at + size], at + size
        else:
            raise ValueError(f"wire type {wire}")
        found.append((key >> 3, value))
    return found


def scalars(data):
    """The file's version, and [(wall time, step, {tag: value})]."""
    events = [dict(fields(message)) for message in records(data)]
    rows = []
    for event in events[1:]:
        values = [dict(fields(value)) for number, value in fields(event[5]) if number == 1]
        rows.append((event[1], event[2], {value[1].decode(): value[2] for value in values}))
    return events[0][3].decode(), rows
