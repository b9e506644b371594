"""What a training that is stopped, killed, damaged or out of disk has to do, for the tests of each learner."""

import os
import random
import re
import shutil
import signal
import subprocess
import time

from common import OK, PROGRAM, Tests, run, scratch
from studies import empty, files, read, start

INTERRUPTED, CREATE, IO = 75, 73, 74
KILLS = 20
INTERRUPT = "interrupted at step [0-9]+; the same command goes on from here"
LEFT_OUT = "damaged checkpoint left out: "
AFRESH = "no whole checkpoint is left: starts from the beginning"
# calls that can fail for want of room, and one more at which a process can die
FAIL, DIE = ("openat", "write", "pwrite64", "ftruncate", "fsync", "fdatasync", "rename"), ("unlinkat",)


def damage(name, at=0.5):
    """Flips a bit, a part `at` of the way into a file."""
    data = bytearray(read(name))
    data[min(int(len(data) * at), len(data) - 1)] ^= 4
    with open(name, "wb") as file:
        file.write(data)


def cut(name, size):
    """Takes the last bytes off a file."""
    os.truncate(name, os.path.getsize(name) - size)


def newest(folder):
    """Checkpoints in a folder, the newest last."""
    names = [name for name in files(folder) if re.fullmatch(r"checkpoint\.[01]", name)] if os.path.isdir(folder) else []
    return sorted(names, key=lambda name: os.stat(os.path.join(folder, name)).st_mtime_ns)


# for traced processes, in which the leak sanitizer of a sanitized build cannot work
CALM = {**os.environ, "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"}


def can_trace():
    if not shutil.which("strace"):
        print("strace is missing: what needs it is not tested")
        return False
    if subprocess.run(["strace", "-qq", "-o", os.devnull, "true"], capture_output=True, check=False).returncode:
        print("strace may not trace here: what needs it is not tested")
        return False
    return True


class Training:
    """One command, the bytes that it leads to, and ways to come in between."""

    def __init__(self, name, settings, steps, short):
        """`steps` take about a second; `short` are three updates."""
        self.t = Tests()
        self.folder = scratch("continue_" + name)
        self.rng = random.Random(20261124)
        self.plain = ("train", "pendulum", "--evaluations", 4, "--episodes", 3, *settings, "--checkpoint", 0)
        self.args = (*self.plain, "--steps", steps)
        self.short = (*self.plain, "--steps", short, "--threads", 1)
        self.steps = steps
        self.want, self.said = self.uninterrupted()

    def path(self, name):
        return os.path.join(self.folder, name)

    def clear(self, out):
        for name in (out, *(os.path.join(self.folder, n) for n in os.listdir(self.folder) if ".tmp." in n)):
            if os.path.exists(name):
                os.remove(name)
        empty(out + ".checkpoint")
        return out

    def result(self, out):
        """Bytes of the policy and of the logs."""
        return {"policy": read(out) if os.path.exists(out) else None,
                **{name: read(out + ".log", name) for name in files(out + ".log")}}

    def uninterrupted(self):
        out = self.path("want")
        done = run(*self.args, "--out", out, "--json")
        self.t.equal(done.code, OK, f"train: {done.err}")
        self.t.equal(files(self.folder), ["want", "want.log/log.csv", "want.log/log.jsonl"], "policy and logs are left only")
        return self.result(out), done.out.replace(out, "FILE")

    def finish(self, out, text, *more, args=None, want=None):
        """The same command ends well, with the bytes of one that was never stopped, and leaves nothing else."""
        done = run(*(args or self.args), "--out", out, "--checkpoint", 10, *more)
        self.t.equal(done.code, OK, f"{text}: {done.err}")
        self.t.check(self.result(out) == (want or self.want), f"{text}: other bytes")
        self.t.check(not os.path.exists(out + ".checkpoint"), f"{text}: checkpoints are left")
        self.t.check(not [name for name in os.listdir(self.folder) if ".tmp." in name], f"{text}: temporary files are left")
        return done

    def when_kept(self, process, out, count=2):
        """Waits for checkpoints."""
        while process.poll() is None and len(newest(out + ".checkpoint")) < count:
            time.sleep(0.002)

    def interrupted(self, out, number=signal.SIGTERM, args=None):
        """A training that was told to stop once it had two checkpoints; its words."""
        process = start(*(args or self.args), "--out", self.clear(out))
        self.when_kept(process, out)
        process.send_signal(number)
        text, errors = process.communicate()
        self.t.equal([process.returncode, text], [INTERRUPTED, ""], f"signal {number}: {errors}")
        self.t.check(re.search("error: " + INTERRUPT, errors), f"signal {number}: {errors}")
        self.t.check(newest(out + ".checkpoint") and not os.path.exists(out), f"signal {number}: what is left")
        return errors

    # ---- signals and kills ----

    def stopped(self):
        for i, number in enumerate((signal.SIGINT, signal.SIGTERM)):
            out = self.path(f"stopped{number}")
            step = re.search("at step ([0-9]+)", self.interrupted(out, number)).group(1)
            done = self.finish(out, f"after signal {number}", "--threads", 1 + 2 * i, "--json")
            self.t.check(f"goes on from step {step} (" in done.err, f"signal {number}: {done.err}")
            self.t.equal(done.out.replace(out, "FILE"), self.said, "--json of a training that went on")

    def stopped_twice(self):
        """Two signals in a row end at once, whatever is done."""
        out = self.path("twice")
        process = start(*self.args, "--out", out, "--steps", 10**7)
        self.when_kept(process, out, 1)
        began = time.monotonic()
        while process.poll() is None:
            process.send_signal(signal.SIGTERM)
            time.sleep(0.0005)
        process.communicate()
        self.t.equal(process.returncode, INTERRUPTED, "two signals")
        self.t.check(time.monotonic() - began < 2, "two signals end at once")
        self.finish(out, "after two signals of another training")  # other steps: from the beginning

    def killed(self):
        """kill -9 at any instant, over and over; each call goes on from what the last one left."""
        out, done = self.path("killed"), 0
        for i in range(KILLS):
            process = start(*self.args, "--out", out, "-q", "--threads", 1 + i % 3)
            time.sleep(0.02 + 0.15 * self.rng.random())
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            if process.returncode == OK:
                done += 1
                self.t.check(self.result(out) == self.want, f"kill {i}: other bytes")
        self.t.check(done < KILLS // 2, f"{done} of {KILLS} kills came too late")
        self.finish(out, f"{KILLS} kills", "--threads", 2)

    # ---- damage ----

    def falls_back(self, text, left_out, change):
        """After `change(checkpoints, out)` so many checkpoints are left out, which is said, and the bytes are the same."""
        out = self.path("damaged")
        self.interrupted(out)
        kept = [os.path.join(out + ".checkpoint", name) for name in newest(out + ".checkpoint")]
        self.t.equal(len(kept), 2, f"{text}: two generations")
        change(kept, out)
        done = self.finish(out, text)
        self.t.equal(done.err.count("warning: pendulum: " + LEFT_OUT), left_out, f"{text}: {done.err}")
        self.t.equal("goes on from step" in done.err, left_out == 1, f"{text}: {done.err}")
        self.t.equal(AFRESH in done.err, left_out == 2, f"{text}: {done.err}")
        return done.err

    def damaged_checkpoints(self):
        """The other one serves, and this is said; without any, from the beginning."""
        said = self.falls_back("newest flipped", 1, lambda kept, out: damage(kept[1], self.rng.random()))
        self.t.check(re.search(r"checkpoint\.[01]: offset [0-9]+: ", said), said)
        self.falls_back("newest cut", 1, lambda kept, out: cut(kept[1], 1))
        self.falls_back("newest empty", 1, lambda kept, out: os.truncate(kept[1], 0))
        self.falls_back("both flipped", 2, lambda kept, out: [damage(name, self.rng.random()) for name in kept])

    def damaged_logs(self):
        """A log that lacks what a checkpoint counts on: as if the checkpoint were damaged."""
        said = self.falls_back("log cut", 1, lambda kept, out: cut(out + ".log/log.csv", 1))
        self.t.check(re.search("log.csv: has [0-9]+ bytes, fewer than the [0-9]+ of the checkpoint", said), said)
        self.falls_back("no log", 2, lambda kept, out: os.remove(out + ".log/log.jsonl"))

    def other_definition(self):
        """What belongs to another training is not used, which is said, and is gone when this one begins."""
        for more in (("--steps", self.steps - 1000), ("--domain", '{ parameter = "option.gravity"; scale = 1.5; }')):
            out = self.path("other")
            self.interrupted(out, args=(*self.args, *more))
            done = self.finish(out, f"after {more}")
            said = [line for line in done.err.splitlines() if "warning" in line]
            self.t.equal(said, ["carryover: warning: pendulum: checkpoints are of another definition, build or C library: "
                                "starts from the beginning"], f"{more}")
            self.t.check("goes on from" not in done.err, f"{more}: {done.err}")

    # ---- every write fails or is the last one ----

    def strace(self, *args, inject=None):
        command = ["strace", "-qq", "-y", "-e", "trace=" + ",".join(FAIL + DIE), "-o", self.path("trace")]
        command += ["-e", f"inject={inject}"] if inject else []
        done = subprocess.run([*command, PROGRAM, *map(str, args)], capture_output=True, text=True, timeout=100, check=False,
                              env=CALM)
        return done.returncode, done.stderr

    def places(self, out):
        """(call, number of the call, where) of all that writes checkpoints, logs and the policy, and clears up."""
        count, found = dict.fromkeys(FAIL + DIE, 0), []
        for line in read(self.path("trace")).decode(errors="replace").splitlines():
            call = line.split("(")[0]
            if call not in count:
                continue
            count[call] += 1
            where = re.search(re.escape(out) + r"(\.checkpoint|\.log|\.tmp)", line)
            if where and "lock" not in line and (call != "openat" or "O_WRONLY" in line):
                found.append((call, count[call], where.group(1)))
        return found

    def every_write(self, least):
        """Without room for it: no checkpoint, the same result. Killed at it: goes on. `least` of them at any rate."""
        if not can_trace():
            return
        t, out = self.t, self.path("traced")
        code, said = self.strace(*self.short, "--out", out)
        want, found = self.result(out), self.places(out)
        t.equal(code, OK, f"traced: {said}")
        t.check(sum(where == ".checkpoint" for _, _, where in found) >= least, f"only {found} write three checkpoints")
        last = [place for place in found if place[0] == "fdatasync"][-2:]  # logs, at the end
        for call, number, where in found:
            if call in FAIL and where == ".checkpoint" or call in ("pwrite64", "fdatasync"):
                code, said = self.strace(*self.short, "--out", self.clear(out), inject=f"{call}:error=ENOSPC:when={number}")
                if (call, number, where) in last:
                    t.equal([code, os.path.exists(out)], [IO, False], f"{call} {number} {where} without room: {said}")
                    self.finish(out, f"after {call} {number} without room", args=self.short, want=want)
                else:
                    t.equal([code, self.result(out) == want], [OK, True], f"{call} {number} {where} without room: {said}")
                    t.equal("warning: pendulum: no checkpoint: " in said, call != "pwrite64", f"{call} {number}: {said}")
            code, _ = self.strace(*self.short, "--out", self.clear(out), inject=f"{call}:signal=KILL:when={number}")
            t.equal(code, -signal.SIGKILL, f"{call} {number} {where} is the last")
            whole = newest(out + ".checkpoint")
            done = self.finish(out, f"killed at {call} {number} {where}", args=self.short, want=want)
            if call != "unlinkat":  # which has taken some away already
                t.check("warning" not in done.err, f"killed at {call} {number} {where}: {done.err}")
                t.equal("goes on from step" in done.err, bool(whole), f"killed at {call} {number} {where}: {done.err}")
