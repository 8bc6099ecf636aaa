"""The untrusted side of the supervisor: reads a source's syntax tree, loads it, then calls its function once per input. It can lie about its own results,
and about nothing else.

A job is a letter and texts, an answer a byte that says what it is and three texts; each text has its length before it.
"""
import io
import json
import linecache
import os
import struct
import sys
import traceback
import types
import warnings

OK, RAISED, NOT_JSON, TOO_LARGE, MISSING, SYNTAX = KINDS = b"o", b"r", b"j", b"l", b"m", b"s"
ANALYSE, LOAD = b"A", b"L"
FILE = "<skill>"
MESSAGE_BYTES, TRACEBACK_BYTES, NAME_BYTES, FRAMES = 4096, 8192, 200, 12
# The image's own analysers by name: analyse(source, argument) returns what JSON can hold, or raises SyntaxError. The supervisor imports what is asked for.
TOOLS = {}


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


def analyse(tool, argument, source):
    """No line of the source has run yet, so this answer can be trusted as far as the parser can. Returns it, and the code."""
    text, code = source.decode("utf-8", "replace"), None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            code = compile(text, FILE, "exec", dont_inherit=True)
            return (OK, json.dumps(TOOLS[tool](text, argument.decode()))), code
    except SyntaxError as error:
        return (SYNTAX, f"line {error.lineno or 1}: {error.msg}"), None
    except (RecursionError, MemoryError, OverflowError) as error:
        return (SYNTAX, str(error) or "it is nested too deeply"), None
    except BaseException as error:
        return (SYNTAX, str(error)) if code is None else (RAISED, *describe(error)), None


def load(source, function, code):
    module = types.ModuleType("skill")
    sys.modules["skill"] = module
    text = source.decode("utf-8", "replace")
    linecache.cache[FILE] = (len(text), None, text.splitlines(keepends=True), FILE)
    exec(code or compile(text, FILE, "exec", dont_inherit=True), module.__dict__)
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


def main(jobs, answers):
    sys.stdout, sys.stderr = (io.TextIOWrapper(open(fd, "wb"), "utf-8", "backslashreplace", line_buffering=True) for fd in (1, 2))
    sys.__stdout__, sys.__stderr__ = sys.stdout, sys.stderr
    job, code = read_frame(jobs), None
    if job[:1] == ANALYSE:
        tool, argument, source = texts_of(job)
        said, code = analyse(tool.decode(), argument, source)
        answer(answers, *said)
        job = read_frame(jobs)
    name, source, result_bytes = texts_of(job)
    try:
        function = load(source, name, code)
    except BaseException as error:
        return answer(answers, RAISED, *describe(error))
    if not callable(function):
        return answer(answers, MISSING)
    answer(answers, OK)
    result_bytes = int(result_bytes)
    while True:
        said = call(function, read_frame(jobs), result_bytes)
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except BaseException:
                pass
        answer(answers, *said)


def rehearse():
    """Runs a harmless source through all of this, in the supervisor and before it forks: what that prepares, no child has to prepare again."""
    source = b"import re\ndef f(text: str) -> str:\n    if not text: raise ValueError(text)\n    return text.upper()\n"
    for _ in range(20):
        _, code = analyse("shape", b"f", source)
        function = load(source, b"f", code)
        for job in (b'{"text": "a"}', b'{"text": ""}', b'{"other": [1, 2.5, null, true, {}]}'):
            call(function, job, 1 << 20)
    del sys.modules["skill"]
    linecache.clearcache()


def job_of(kind, *texts):
    return kind + b"".join(map(frame, texts))


def texts_of(job):
    found, at = [], 1
    while at < len(job):
        size = struct.unpack_from(">I", job, at)[0]
        found.append(job[at + 4:at + 4 + size])
        at += 4 + size
    return found
