"""Uses Auto-Dev's skills over MCP (Streamable HTTP, revision 2025-11-25). Python 3.9 or newer is enough, no package: copy this file.

    AUTODEV_URL=… AUTODEV_KEY=… AUTODEV_WORKSPACE=… python3 autodev_mcp.py [NAME '{"argument": "value"}']
"""
import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request


class ToolError(Exception):
    """The tool was called and says what went wrong."""


class Tools:
    def __init__(self, url, key, workspace, agent=None):
        self.url = f"{url.rstrip('/')}/mcp/{urllib.parse.quote(workspace, safe='')}"
        self.headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
        if agent:
            self.headers["X-Agent-Id"] = agent
        self.session, self.last = None, 0

    def list(self):
        """All tools: name, description, inputSchema."""
        tools, page = [], {}
        while page is not None:
            answer = self._ask("tools/list", page)
            tools += answer["tools"]
            page = {"cursor": answer["nextCursor"]} if answer.get("nextCursor") else None
        return tools

    def call(self, name, arguments):
        """What the skill returned; for the system's own tools, their answer."""
        answer = self._ask("tools/call", {"name": name, "arguments": arguments})
        if answer.get("isError"):
            raise ToolError(answer["content"][0]["text"])
        found = answer["structuredContent"]
        return found["result"] if set(found) == {"result"} else found

    def close(self):
        if self.session:
            self._send("DELETE", None)
            self.session = None

    def _ask(self, method, params):
        if not self.session:
            self._open()
        try:
            return self._request(method, params)
        except urllib.error.HTTPError as error:
            if error.code != 404:
                raise
            self._open()  # the session is too old
            return self._request(method, params)

    def _open(self):
        self.session = None
        self._request("initialize", {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "autodev_mcp.py", "version": "1"}})
        self._send("POST", {"jsonrpc": "2.0", "method": "notifications/initialized"})

    def _request(self, method, params):
        self.last += 1
        for message in self._send("POST", {"jsonrpc": "2.0", "id": self.last, "method": method, "params": params}):
            if message.get("id") == self.last:
                if "error" in message:
                    raise LookupError(message["error"]["message"])
                return message["result"]
        raise ConnectionError(f"{method} was not answered")

    def _send(self, method, message):
        headers = {**self.headers, **({"Mcp-Session-Id": self.session, "MCP-Protocol-Version": "2025-11-25"} if self.session else {})}
        request = urllib.request.Request(self.url, None if message is None else json.dumps(message).encode(), headers, method=method)
        with urllib.request.urlopen(request, timeout=120) as answer:
            self.session = answer.headers.get("Mcp-Session-Id", self.session)
            return [json.loads(line[5:]) for line in answer.read().decode("utf-8").splitlines() if line.startswith("data:")]


if __name__ == "__main__":
    tools = Tools(os.environ["AUTODEV_URL"], os.environ["AUTODEV_KEY"], os.environ["AUTODEV_WORKSPACE"])
    try:
        if len(sys.argv) > 1:
            print(json.dumps(tools.call(sys.argv[1], json.loads(sys.argv[2] if len(sys.argv) > 2 else "{}"))))
        else:
            for tool in tools.list():
                print(json.dumps({"name": tool["name"], "input_schema": tool["inputSchema"]}))
    except ToolError as error:
        sys.exit(f"{error}")
    finally:
        tools.close()
