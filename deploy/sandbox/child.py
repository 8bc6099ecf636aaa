"""The untrusted side of runner.py: loads one source, then calls its function once per input. A child can lie about its own results, and about nothing else.

An answer is a byte that says what it is and three texts, each with its length.
"""
import io
import json
import linecache
import os
import struct
import sys
import traceback
import types

OK, RAISED, NOT_JSON, TOO_LARGE, MISSING, SYNTAX = KINDS = b"o", b"r", b"j", b"l", b"m", b"s"
FILE = "<skill>"
MESSAGE_BYTES, TRACEBACK_BYTES, NAME_BYTES, FRAMES = 4096, 8192, 200, 12


def read_exactly(fd, size):
    data = bytearray()
    while len(data) < size:
        more = os.read(fd, min(size - len(data), 1 << 20))
        if not more:
            os._exit(0)
        data += more
    return bytes(data)


def read_frame(fd):
    return read_exactly(fd, struct.unpack(">I", read_exactly(fd, 4))[0])


def write_all(fd, data):
    data = memoryview(data)
    while data:
        data = data[os.write(fd, data):]


def frame(data):
    return struct.pack(">I", len(data)) + data


def answer(fd, kind, *texts):
    parts = [text if isinstance(text, bytes) else text.encode("utf-8", "replace") for text in (*texts, "", "", "")[:3]]
    write_all(fd, frame(kind + b"".join(map(frame, parts))))


def describe(error):
    """The exception's type, message and last frames, without this file's own; the exception's class may do anything while it is asked."""
    name = str(type(error).__name__)[:NAME_BYTES]
    try:
        message = str(error)[:MESSAGE_BYTES]
    except BaseException:
        message = "(its message could not be read)"
    try:
        frames = error.__traceback__
        while frames is not None and frames.tb_frame.f_code.co_filename == __file__:
            frames = frames.tb_next
        text = "".join(traceback.format_tb(frames, limit=-FRAMES))[-TRACEBACK_BYTES + 1024:]
        text = f"Traceback (most recent call last):\n{text}{name}: {message[:512]}"
    except BaseException:
        text = ""
    return name, message, text


def load(source, function):
    module = types.ModuleType("skill")
    sys.modules["skill"] = module
    text = source.decode("utf-8", "replace")
    linecache.cache[FILE] = (len(text), None, text.splitlines(keepends=True), FILE)
    exec(compile(text, FILE, "exec", dont_inherit=True), module.__dict__)
    return module.__dict__.get(function.decode())


def call(function, job, result_bytes):
    try:
        value = function(**json.loads(job))
    except BaseException as error:
        return RAISED, *describe(error)
    try:
        result = json.dumps(value, allow_nan=False, ensure_ascii=False).encode("utf-8")
    except MemoryError as error:
        return RAISED, *describe(error)
    except BaseException as error:
        name, message, _ = describe(error)
        return NOT_JSON, f"{name}: {message}"
    if len(result) > result_bytes:
        return TOO_LARGE, f"the result is {len(result)} bytes of JSON"
    return OK, result


def main(jobs, answers, result_bytes):
    sys.stdout, sys.stderr = (io.TextIOWrapper(open(fd, "wb"), "utf-8", "backslashreplace", line_buffering=True) for fd in (1, 2))
    sys.__stdout__, sys.__stderr__ = sys.stdout, sys.stderr
    name, source = read_frame(jobs), read_frame(jobs)
    try:
        function = load(source, name)
    except BaseException as error:
        return answer(answers, RAISED, *describe(error))
    if not callable(function):
        return answer(answers, MISSING)
    answer(answers, OK)
    while True:
        said = call(function, read_frame(jobs), result_bytes)
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except BaseException:
                pass
        answer(answers, *said)
