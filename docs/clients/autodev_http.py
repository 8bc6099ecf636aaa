"""Reports to Auto-Dev over HTTP. The standard library is enough: copy this file.

Every report has an id that you make once, before you send it first. So anything can be sent again without harm, and this
client does so by itself while the answer is one that passes (429, 502, 503, 504, no connection).
"""

import http.client
import json
import os
import random
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

PASSING = {429, 502, 503, 504}
MOST = 500  # reports in one request
MOST_BYTES = 1_000_000


class Refused(Exception):
    """The report is wrong, or the key is: sending it again will not help. `problem` says why (RFC 9457)."""

    def __init__(self, status, problem):
        super().__init__(f"{status}: {problem.get('detail') or problem}")
        self.status, self.problem = status, problem


class AutoDev:
    def __init__(self, url, key, workspace, patience=120.0):
        """`patience`: seconds after which a request that does not get through raises."""
        self.url, self.key, self.patience = url.rstrip("/"), key, patience
        self.workspace = urllib.parse.quote(workspace, safe="")

    def report_episode(self, episode):
        """Returns the status: recorded, or duplicate where it was known."""
        return self._post("reflection", "episodes", episode)["status"]

    def report_episodes(self, episodes):
        """Any number. Returns one {episode_id, status, errors} for each, in their order; an invalid one does not keep the others back."""
        return [result for batch in _batches(episodes) for result in self._post("reflection", "episodes", batch)["results"]]

    def report_execution(self, execution):
        return self._post("reflection", "executions", execution)["status"]

    def report_signal(self, signal):
        return self._post("fitness", "signals", signal)["status"]

    def _post(self, service, route, body):
        request = urllib.request.Request(f"{self.url}/api/{service}/workspaces/{self.workspace}/{route}", method="POST", data=json.dumps(body).encode())
        request.add_header("Authorization", "Bearer " + self.key)
        request.add_header("Content-Type", "application/json")
        gives_up, pause = time.monotonic() + self.patience, 0.25
        while True:
            wait = None
            try:
                with urllib.request.urlopen(request, timeout=30) as answer:
                    return json.load(answer)
            except urllib.error.HTTPError as error:
                if error.code not in PASSING or time.monotonic() > gives_up:
                    raise Refused(error.code, _problem(error)) from None
                wait = error.headers.get("Retry-After")
            except (OSError, http.client.HTTPException):  # nobody there, or it broke off: perhaps recorded, perhaps not
                if time.monotonic() > gives_up:
                    raise
            time.sleep(float(wait) if wait and wait.isdigit() else pause * random.uniform(0.5, 1))
            pause = min(pause * 2, 10)


def _problem(error):
    try:
        return json.load(error)
    except ValueError:
        return {"detail": error.reason}


def _batches(reports):
    batch, size = [], 0
    for report in reports:
        length = len(json.dumps(report))
        if batch and (len(batch) == MOST or size + length > MOST_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(report)
        size += length
    if batch:
        yield batch


if __name__ == "__main__":
    autodev = AutoDev(os.environ["AUTODEV_URL"], os.environ["AUTODEV_KEY"], os.environ["AUTODEV_WORKSPACE"])
    run = sys.argv[1] if len(sys.argv) > 1 else str(uuid.uuid4())  # the same again reports nothing twice
    failure = {
        "agent_id": "mailroom", "outcome": "failure", "task_description": "Extract the invoice ID from customer e-mails",
        "error_trace": "ValueError: no invoice id found", "input": {"email_body": "A question about INV-20391"}, "expected_output": "20391",
    }
    print("episode", autodev.report_episode(failure | {"episode_id": f"{run}/0"}))
    for result in autodev.report_episodes(failure | {"episode_id": f"{run}/{i}"} for i in range(1, 4)):
        print("episode", result["status"])
    print("execution", autodev.report_execution({
        "execution_id": f"{run}/execution", "agent_id": "mailroom", "skill_id": "extract_invoice_id", "skill_version": "1.0.0",
        "execution_seconds": 0.02, "success": True,
    }))
    print("signal", autodev.report_signal({"signal_id": f"{run}/signal", "subject": "skill:extract_invoice_id@1.0.0", "signal": "invoice_created"}))
