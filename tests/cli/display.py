"""A display of its own for tests of the window, hands (keys, clicks and drags by xdotool), and eyes: pixels of pictures."""

import ctypes
import os
import pathlib
import re
import shutil
import struct
import subprocess
import time
import zlib
from ctypes import POINTER, byref, c_int, c_long, c_ulong, c_void_p

from common import PROGRAM, SOURCE

PATIENCE = 60  # [s] for one thing to happen; software renderers under sanitizers are slow


def available():
    return shutil.which("Xvfb") is not None and shutil.which("xdotool") is not None


class Display:
    """An X server without a screen."""

    def __init__(self, size="1280x1024", dpi=96):
        read, write = os.pipe()
        self.server = subprocess.Popen(["Xvfb", "-displayfd", str(write), "-screen", "0", f"{size}x24", "-nolisten", "tcp",
                                        "-noreset"],
                                       pass_fds=[write], stderr=subprocess.DEVNULL)
        os.close(write)
        with os.fdopen(read) as pipe:
            self.name = ":" + pipe.readline().strip()
        leaks = "suppressions=" + os.path.join(SOURCE, "tests", "support", "leaks.txt")
        self.env = {"LSAN_OPTIONS": leaks, **os.environ, "DISPLAY": self.name}
        if dpi != 96:
            self.set_resources(f"Xft.dpi: {dpi}\n".encode())

    def set_resources(self, text):
        """What xrdb would do: a desktop tells the scale of its screens so. The connection stays open, since the server forgets
        what the last one to go has set."""
        xlib = ctypes.CDLL("libX11.so.6")
        xlib.XOpenDisplay.restype = ctypes.c_void_p
        xlib.XDefaultRootWindow.restype = ctypes.c_ulong
        self.client = ctypes.c_void_p(xlib.XOpenDisplay(self.name.encode()))
        root = ctypes.c_ulong(xlib.XDefaultRootWindow(self.client))
        resource_manager, string, replace = ctypes.c_ulong(23), ctypes.c_ulong(31), 0  # X11/Xatom.h
        xlib.XChangeProperty(self.client, root, resource_manager, string, 8, replace, text, len(text))
        xlib.XSync(self.client, 0)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.server.kill()
        self.server.wait()

    def tool(self, *args):
        done = subprocess.run(["xdotool", *map(str, args)], env=self.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=PATIENCE, text=True)
        return done.stdout


class Window:
    """carryover with a window, its words as they come, and its exit code."""

    def __init__(self, display, folder, *args):
        self.display = display
        self.log = os.path.join(folder, "window.log")
        self.file = open(self.log, "w", encoding="utf-8")  # closed by wait()
        self.process = subprocess.Popen([PROGRAM, *map(str, args), "-v"], cwd=folder, env=display.env,
                                        stdout=self.file, stderr=subprocess.STDOUT)
        self.id = ""
        self.until(self.find)

    def find(self):
        found = self.display.tool("search", "--onlyvisible", "--name", "^carryover").split()
        self.id = found[-1] if found and found[-1].isdigit() else ""
        return self.id

    def text(self):
        with open(self.log, encoding="utf-8") as file:
            return file.read()

    def until(self, condition):
        """Waits; what the condition gave, or what it gives at last."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and self.process.poll() is None:
            found = condition()
            if found:
                return found
            time.sleep(0.02)
        return condition()

    def says(self, pattern, times=1):
        """Waits until the log has matches of a pattern; all of them."""
        self.until(lambda: len(re.findall(pattern, self.text())) >= times)
        return re.findall(pattern, self.text())

    def keys(self, *names):
        self.display.tool("windowfocus", self.id)
        self.display.tool("key", "--delay", 40, *names)

    def click(self, x, y, button=1, repeat=1):
        self.display.tool("mousemove", "--window", self.id, x, y, "click", "--repeat", repeat, "--delay", 60, button)

    def drag(self, x0, y0, x1, y1, button=1, key=None):
        """In pieces, as a hand would."""
        self.display.tool("mousemove", "--window", self.id, x0, y0, *(("keydown", key) if key else ()), "mousedown", button)
        for i in range(1, 9):
            time.sleep(0.03)
            self.display.tool("mousemove", "--window", self.id, x0 + (x1 - x0) * i // 8, y0 + (y1 - y0) * i // 8)
        time.sleep(0.1)
        self.display.tool("mouseup", button, *(("keyup", key) if key else ()))

    def wait(self):
        """The exit code, once it has ended by itself; None: it did not."""
        try:
            code = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            code = None
            self.process.kill()
            self.process.wait()
        self.file.close()
        return code


def pixels(path):
    """Rows of RGB bytes of a PNG file as this program writes them: 8 bits, RGB, not interlaced."""
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


# --- dropping a file as a file manager would: the source's side of XDND version 5, by Xlib

CLIENT_MESSAGE, SELECTION_REQUEST, SELECTION_NOTIFY = 33, 30, 31  # X11/X.h


class ClientMessage(ctypes.Structure):
    _fields_ = [("type", c_int), ("serial", c_ulong), ("send_event", c_int), ("display", c_void_p), ("window", c_ulong),
                ("message_type", c_ulong), ("format", c_int), ("data", c_long * 5)]


class SelectionRequest(ctypes.Structure):
    _fields_ = [("type", c_int), ("serial", c_ulong), ("send_event", c_int), ("display", c_void_p), ("owner", c_ulong),
                ("requestor", c_ulong), ("selection", c_ulong), ("target", c_ulong), ("property", c_ulong), ("time", c_ulong)]


class SelectionNotify(ctypes.Structure):
    _fields_ = [("type", c_int), ("serial", c_ulong), ("send_event", c_int), ("display", c_void_p), ("requestor", c_ulong),
                ("selection", c_ulong), ("target", c_ulong), ("property", c_ulong), ("time", c_ulong)]


class Event(ctypes.Union):
    _fields_ = [("type", c_int), ("message", ClientMessage), ("request", SelectionRequest), ("notify", SelectionNotify),
                ("pad", c_long * 24)]


class Source:
    """A client with a window of its own from which things are dragged."""

    def __init__(self, display):
        self.x = ctypes.CDLL("libX11.so.6")
        self.x.XOpenDisplay.restype = c_void_p
        for name in ("XDefaultRootWindow", "XCreateSimpleWindow", "XInternAtom"):
            getattr(self.x, name).restype = c_ulong
        self.x.XSendEvent.argtypes = [c_void_p, c_ulong, c_int, c_long, POINTER(Event)]
        self.server = c_void_p(self.x.XOpenDisplay(display.name.encode()))
        root = c_ulong(self.x.XDefaultRootWindow(self.server))
        zero = c_ulong(0)
        self.window = self.x.XCreateSimpleWindow(self.server, root, 0, 0, 1, 1, 0, zero, zero)

    def atom(self, name):
        return self.x.XInternAtom(self.server, name.encode(), 0)

    def send(self, to, name, *data):
        event = Event()
        event.message = ClientMessage(CLIENT_MESSAGE, 0, 1, self.server, to, self.atom(name), 32,
                                      (c_long * 5)(self.window, *data))
        self.x.XSendEvent(self.server, c_ulong(to), 0, 0, byref(event))
        self.x.XFlush(self.server)

    def answer(self, request, text):
        """What is dragged, as the target has asked for it."""
        self.x.XChangeProperty(self.server, c_ulong(request.requestor), c_ulong(request.property), c_ulong(request.target), 8, 0,
                               text, len(text))
        event = Event()
        event.notify = SelectionNotify(SELECTION_NOTIFY, 0, 1, self.server, request.requestor, request.selection,
                                       request.target, request.property, request.time)
        self.x.XSendEvent(self.server, c_ulong(request.requestor), 0, 0, byref(event))
        self.x.XFlush(self.server)

    def drop(self, target, path, x, y, patience=10):
        """At a pixel of the root; whether the target says that it has it."""
        text, uris = pathlib.Path(path).as_uri().encode() + b"\r\n", self.atom("text/uri-list")
        self.x.XSetSelectionOwner(self.server, c_ulong(self.atom("XdndSelection")), c_ulong(self.window), c_ulong(0))
        self.send(target, "XdndEnter", 5 << 24, uris, 0, 0)
        self.send(target, "XdndPosition", 0, x << 16 | y, 0, self.atom("XdndActionCopy"))
        self.send(target, "XdndDrop", 0, 0, 0, 0)
        end, event = time.monotonic() + patience, Event()
        while time.monotonic() < end:
            if not self.x.XPending(self.server):
                time.sleep(0.01)
                continue
            self.x.XNextEvent(self.server, byref(event))
            if event.type == SELECTION_REQUEST:
                self.answer(event.request, text)
            if event.type == CLIENT_MESSAGE and event.message.message_type == self.atom("XdndFinished"):
                return True
        return False
