"""PNG files as this program writes them: 8 bits, RGB, not interlaced."""

import struct
import zlib


def pixels(path):
    """Rows of RGB bytes of a PNG file as this program writes them."""
    with open(path, "rb") as file:
        data = file.read()
    width, height = struct.unpack(">II", data[16:24])
    packed, place = b"", 8
    while place < len(data):
        size, kind = struct.unpack(">I4s", data[place:place + 8])
        packed += data[place + 8:place + 8 + size] if kind == b"IDAT" else b""
        place += 12 + size
    raw, rows, before = zlib.decompress(packed), [], bytearray(3 * width)
    for y in range(height):
        kind, line = raw[y * (3 * width + 1)], bytearray(raw[y * (3 * width + 1) + 1:(y + 1) * (3 * width + 1)])
        for x in range(3 * width):
            left, up = line[x - 3] if x >= 3 else 0, before[x]
            corner = before[x - 3] if x >= 3 else 0
            guess = left + up - corner
            nearest = min((abs(guess - left), 0, left), (abs(guess - up), 1, up), (abs(guess - corner), 2, corner))[2]
            line[x] = (line[x] + (0, left, up, (left + up) // 2, nearest)[kind]) & 255
        rows.append(bytes(line))
        before = line
    return rows
