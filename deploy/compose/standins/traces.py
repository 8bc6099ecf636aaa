"""Takes OTLP over HTTP in the place of Jaeger, and answers of its API only which services sent spans."""

import gzip
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SEEN = set()
# In protobuf a resource's attribute: the key, then a value that is a string.
NAME = re.compile(rb"\x0a\x0cservice\.name\x12.\x0a.([a-z]+)", re.DOTALL)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path == "/v1/traces":
            body = gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body
            SEEN.update(name.decode() for name in NAME.findall(body))
        self.answer(200 if self.path == "/v1/traces" else 404, b"")

    def do_GET(self):
        self.answer(200, json.dumps({"data": sorted(SEEN)}).encode())

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


for port in (14269, 16686):
    threading.Thread(target=ThreadingHTTPServer(("", port), Handler).serve_forever, daemon=True).start()
ThreadingHTTPServer(("", 4318), Handler).serve_forever()
