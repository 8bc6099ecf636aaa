"""An agent as users write them: it tries a task with what it knows, reports what happened, and uses the skills that were approved.

Nothing but the standard library, and pika where it is installed: then its reports go straight to the broker, else over HTTP.
"""

import http.client
import json
import time
import urllib.error
import urllib.request
import uuid

try:
    import pika
except ImportError:
    pika = None


class Api:
    """JSON over HTTP with a key."""

    def __init__(self, url, key):
        self.url, self.key = url.rstrip("/"), key

    def call(self, method, path, body=None, headers=None):
        """Returns status, headers and the parsed answer (text where it is not JSON). Errors are answers too; OSError is none."""
        request = urllib.request.Request(self.url + path, method=method, data=None if body is None else json.dumps(body).encode())
        request.add_header("Authorization", "Bearer " + self.key)
        request.add_header("Content-Type", "application/json")
        for name, value in (headers or {}).items():
            request.add_header(name, value)
        try:
            try:
                with urllib.request.urlopen(request, timeout=60) as answer:
                    return answer.status, answer.headers, _parse(answer)
            except urllib.error.HTTPError as error:
                return error.code, error.headers, _parse(error)
        except http.client.HTTPException as error:  # an answer that broke off; to urllib that is no lost connection
            raise ConnectionError(f"the answer to {method} {path} broke off: {error!r}") from error


def _parse(answer):
    text = answer.read().decode()
    return json.loads(text) if "json" in (answer.headers.get("Content-Type") or "") else text


class Agent:
    def __init__(self, api, workspace, agent_id, amqp=None):
        self.api, self.workspace, self.agent_id = api, workspace, agent_id
        self.amqp = amqp if pika else None
        self.skills = {}

    @property
    def way(self):
        return "AMQP" if self.amqp else "HTTP"

    def fetch_skill(self, name):
        """Takes an approved skill from the workspace's catalog."""
        status, _, skill = self.api.call("GET", f"/api/memento/workspaces/{self.workspace}/skills/{name}")
        if status != 200:
            raise LookupError(f"no skill {name}: {skill}")
        _, _, source = self.api.call("GET", f"/api/memento/workspaces/{self.workspace}/skills/{name}/source")
        module = {"__name__": name}
        exec(compile(source, f"<skill {name}>", "exec"), module)  # approved by a person of this workspace
        self.skills[name] = (skill["current_version"], module[name])

    def attempt(self, task, case, skill=None):
        """Tries one case, with a skill where it has one. Returns whether it succeeded and the episode to report."""
        arguments, right = case
        episode = {
            "episode_id": str(uuid.uuid4()),
            "workspace_id": self.workspace,
            "agent_id": self.agent_id,
            "task_description": task["task"][len(str(arguments)) % len(task["task"])],
            "input": arguments,
            "tools_attempted": task["tools"],
        }
        if skill not in self.skills:
            return False, episode | {"outcome": "failure", "error_trace": f"Traceback (most recent call last):\n  File \"agent.py\", line 1\n{task['error']}"}

        version, function = self.skills[skill]
        started = time.perf_counter()
        try:
            output, error = function(**arguments), None
        except Exception as raised:  # whatever the skill raises is an outcome to report
            output, error = None, f"{type(raised).__name__}: {raised}"
        right_answer = error is None and output == right
        self.report_execution(skill, version, arguments, output, error, time.perf_counter() - started, right_answer, episode["episode_id"])
        return right_answer, episode | {"outcome": "success" if right_answer else "failure", "output": output, "error_trace": error, "skills_used": [skill]}

    def report(self, episodes):
        """Plain JSON (contracts/Ingest/EpisodeReport.cs says the fields) to the ingest exchange, or the same JSON over HTTP."""
        if self.amqp:
            self._publish([("episode.succeeded" if e["outcome"] == "success" else "episode.failed", e) for e in episodes])
            return
        status, _, answer = self.api.call("POST", f"/api/reflection/workspaces/{self.workspace}/episodes", episodes)
        if status != 200 or any(r["status"] == "invalid" for r in answer["results"]):
            raise RuntimeError(f"episodes were refused: {answer}")

    def report_execution(self, skill, version, arguments, output, error, seconds, success, episode_id):
        """Plain JSON too: contracts/Ingest/SkillExecutionReport.cs."""
        report = {
            "execution_id": str(uuid.uuid4()), "workspace_id": self.workspace, "agent_id": self.agent_id, "skill_id": skill, "skill_version": version,
            "execution_seconds": seconds, "success": success, "error": error, "input": arguments, "output": output, "episode_id": episode_id,
        }
        if self.amqp:
            self._publish([("skill.executed", report)])
            return
        status, _, answer = self.api.call("POST", f"/api/reflection/workspaces/{self.workspace}/executions", report)
        if status != 200:
            raise RuntimeError(f"the execution was refused: {answer}")

    def _publish(self, messages):
        connection = pika.BlockingConnection(pika.URLParameters(self.amqp))
        try:
            channel = connection.channel()
            channel.confirm_delivery()  # publish returns when the broker has it
            for key, body in messages:
                channel.basic_publish("autodev.ingest", key, json.dumps(body), pika.BasicProperties(content_type="application/json", delivery_mode=2), mandatory=True)
        finally:
            connection.close()
