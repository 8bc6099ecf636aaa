"""The whole loop, live: an agent fails, a skill is born, a person approves it, the agent succeeds on what nobody has shown before.

Environment: AUTODEV_URL (the Console's origin), AUTODEV_ADMIN_KEY, AUTODEV_AMQP (optional), AUTODEV_WORKSPACE (optional).
Arguments: names of tasks; none means all. Exit code 0: every task is learned.
"""

import os
import sys
import time

from agent import Agent, Api
from tasks import TASKS

WANTED = 0.9
PATIENCE = 120  # seconds for one step of the loop
GONE = ("generation_failed", "validation_failed", "rejected")


class Story:
    def __init__(self):
        self.start = time.monotonic()

    def say(self, text=""):
        print(f"{time.monotonic() - self.start:7.1f} s  {text}" if text else "", flush=True)


def need(answer, *statuses):
    status, headers, body = answer
    if status not in statuses:
        raise RuntimeError(f"HTTP {status}: {body}")
    return headers, body


def wait_for(what, ask):
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            if (answer := ask()) is not None:
                return answer
        except OSError:
            pass  # a service that is just restarting
        time.sleep(0.2)
    raise TimeoutError(f"waited {PATIENCE} s in vain for {what}")


def steadily(action):
    """Does it, and again if a service was just restarting: every request of this story may be repeated."""
    def ask():
        try:
            return action() or True
        except RuntimeError as error:
            if any(f"HTTP {code}" in str(error) for code in (404, 500, 502, 503, 504)):
                return None
            raise
    return wait_for("a request to go through", ask)


def open_workspace(story, api, workspace):
    story.say(f"An administrator makes the workspace '{workspace}'. Auto-Dev is disabled in it, as in every new one.")
    steadily(lambda: need(api.call("PUT", f"/api/governance/workspaces/{workspace}", {}), 200, 201))
    steadily(lambda: need(api.call("PUT", f"/api/governance/workspaces/{workspace}/agents/mailroom", {"maturity": "INTERN", "reason": "it has answered mail for a year"}), 200, 201))
    settings = {"auto_dev.enabled": True, "max_skill_candidates_per_day": 20}
    steadily(lambda: need(api.call("PATCH", f"/api/governance/workspaces/{workspace}/settings", settings), 200))
    story.say("  Auto-Dev is enabled: the second failure of the same task makes a pattern. The agent 'mailroom' is INTERN.")


def learn(story, api, agent, task):
    workspace = agent.workspace
    story.say()
    story.say(f"TASK  {task['task'][0]}")
    unseen_before = sum(agent.attempt(task, case)[0] for case in task["prove"])
    story.say(f"  The agent has no skill for it: {unseen_before} of {len(task['prove'])} new cases succeed.")

    known = {p["pattern_id"] for p in patterns(api, workspace)}
    failed = []
    for case in task["learn"]:
        _, episode = agent.attempt(task, case)
        failed.append(episode | {"expected_output": case[1], "human_interventions": 1})
    agent.report(failed)
    story.say(f"  It fails on {len(failed)} cases; a person corrects each. The episodes go out over {agent.way} as plain JSON.")

    pattern = wait_for("the pattern to fire", lambda: next((p for p in patterns(api, workspace) if p["pattern_id"] not in known and p["state"] != "open"), None))
    story.say("  Reflection sees a pattern: the same task failed again.")

    told = set()
    candidate = wait_for("a candidate that holds on every case", lambda: proven(story, api, workspace, pattern["pattern_id"], len(failed), told))
    story.say(f"  Memento wrote {candidate['skill_name']}() with the {candidate['code']['generator']} generator, SandboxRunner ran it in a container:")
    for check in candidate["checks"]:
        story.say(f"    {check['verdict']:<14} {check['name']:<17} {check['evidence']}")
    print("\n" + "\n".join("            " + line for line in candidate["code"]["source"].rstrip().splitlines()) + "\n", flush=True)

    approve(api, workspace, candidate["id"])
    story.say("  The operator has read it and approves.")
    name = candidate["skill_name"]
    wait_for("the skill in the catalog", lambda: steadily(lambda: agent.fetch_skill(name)) if skill_exists(api, workspace, name) else None)
    story.say(f"  The agent fetched {name} {agent.skills[name][0]} from the catalog.")

    outcomes = [agent.attempt(task, case, name) for case in task["prove"]]
    agent.report([episode for _, episode in outcomes])
    after = sum(succeeded for succeeded, _ in outcomes)
    story.say(f"  New cases, never shown to the generator: {after} of {len(outcomes)} succeed (before: {unseen_before}).")
    for (succeeded, episode), (arguments, right) in zip(outcomes, task["prove"]):
        if not succeeded:
            story.say(f"    wrong: {arguments} -> {episode['output']!r}, right is {right!r}")
    return unseen_before / len(outcomes), after / len(outcomes)


def patterns(api, workspace):
    status, _, body = api.call("GET", f"/api/reflection/workspaces/{workspace}/patterns")
    return body["items"] if status == 200 else []


def proven(story, api, workspace, pattern_id, cases, told):
    """The candidate that was tried on every case and waits for a person. What was refuted on the way is told once."""
    status, _, body = api.call("GET", f"/api/memento/workspaces/{workspace}/candidates?pattern={pattern_id}")
    for item in reversed(body["items"] if status == 200 else []):
        if item["status"] in GONE and item["id"] not in told:
            told.add(item["id"])
            story.say(f"  Attempt {item['attempt']} is refused, tried on {item['episodes']} failures: {item['failure_reason']}")
        if item["status"] == "validated" and item["episodes"] == cases:
            return need(api.call("GET", f"/api/memento/workspaces/{workspace}/candidates/{item['id']}"), 200)[1]
    return None


def approve(api, workspace, candidate_id):
    path = f"/api/memento/workspaces/{workspace}/candidates/{candidate_id}"

    def decide():
        headers, _ = need(api.call("GET", path), 200)
        need(api.call("POST", path + "/approve", {"reason": "read it, tried it"}, {"If-Match": headers["ETag"]}), 200)

    steadily(decide)


def skill_exists(api, workspace, name):
    return api.call("GET", f"/api/memento/workspaces/{workspace}/skills/{name}")[0] == 200


def main(names):
    story = Story()
    api = Api(os.environ["AUTODEV_URL"], os.environ["AUTODEV_ADMIN_KEY"])
    workspace = os.environ.get("AUTODEV_WORKSPACE") or f"demo-{time.strftime('%Y%m%d-%H%M%S')}"
    open_workspace(story, api, workspace)
    agent = Agent(api, workspace, "mailroom", os.environ.get("AUTODEV_AMQP"))
    rates = {task["name"]: learn(story, api, agent, task) for task in TASKS if not names or task["name"] in names}
    story.say()
    story.say("Success on new cases: " + ", ".join(f"{name} {before:.0%} -> {after:.0%}" for name, (before, after) in rates.items()))
    story.say(f"See it in the Console: {api.url}/w/{workspace}")
    return 0 if all(after >= WANTED for _, after in rates.values()) else 1


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (RuntimeError, TimeoutError, LookupError) as error:
        sys.exit(f"The demo stopped: {error}")
