"""Reports to Auto-Dev over AMQP: plain JSON to one exchange. It needs pika (pip install pika, or Debian's python3-pika): copy this file.

`report` returns when the broker has the message on disk; what was not confirmed is published again after a lost connection.
Every report has an id that you make once, so that one that arrives twice counts once.
A report that is wrong is not answered here: it becomes a dead letter, which operators see with its reason in the Console.
"""

import json
import os
import random
import sys
import time
import uuid

import pika
import pika.exceptions

EXCHANGE = "autodev.ingest"


class Reporter:
    def __init__(self, amqp, workspace, patience=120.0):
        """`amqp`: amqp://user:password@host:5672/vhost. `patience`: seconds after which a report that does not get through raises."""
        self.parameters, self.workspace, self.patience = pika.URLParameters(amqp), workspace, patience
        self.connection = self.channel = None

    def report_episode(self, episode):
        self.report("episode.succeeded" if episode["outcome"] == "success" else "episode.failed", episode)

    def report_execution(self, execution):
        self.report("skill.executed", execution)

    def report_signal(self, signal):
        self.report("fitness.signal", signal)

    def report(self, routing_key, body):
        text = json.dumps({"workspace_id": self.workspace} | body)
        properties = pika.BasicProperties(content_type="application/json", delivery_mode=2)
        gives_up, pause = time.monotonic() + self.patience, 0.25
        while True:
            try:
                self._open().basic_publish(EXCHANGE, routing_key, text, properties, mandatory=True)
                return
            except (pika.exceptions.AMQPError, OSError):  # unroutable is among them: the service that takes it has not started yet
                self.close()
                if time.monotonic() > gives_up:
                    raise
                time.sleep(pause * random.uniform(0.5, 1))
                pause = min(pause * 2, 10)

    def close(self):
        try:
            if self.connection and self.connection.is_open:
                self.connection.close()
        except (pika.exceptions.AMQPError, OSError):
            pass
        self.connection = self.channel = None

    def _open(self):
        if self.channel is None or not self.channel.is_open:
            self.close()
            self.connection = pika.BlockingConnection(self.parameters)
            self.channel = self.connection.channel()
            self.channel.confirm_delivery()
        return self.channel


if __name__ == "__main__":
    reporter = Reporter(os.environ["AUTODEV_AMQP"], os.environ["AUTODEV_WORKSPACE"])
    run = sys.argv[1] if len(sys.argv) > 1 else str(uuid.uuid4())  # the same again counts nothing twice
    for i in range(4):
        reporter.report_episode({
            "episode_id": f"{run}/{i}", "agent_id": "mailroom", "outcome": "failure", "task_description": "Extract the invoice ID from customer e-mails",
            "error_trace": "ValueError: no invoice id found", "input": {"email_body": "A question about INV-20391"}, "expected_output": "20391",
        })
        print("episode confirmed", flush=True)
    reporter.report_execution({
        "execution_id": f"{run}/execution", "agent_id": "mailroom", "skill_id": "extract_invoice_id", "skill_version": "1.0.0",
        "execution_seconds": 0.02, "success": True,
    })
    print("execution confirmed")
    reporter.report_signal({"signal_id": f"{run}/signal", "subject": "skill:extract_invoice_id@1.0.0", "signal": "invoice_created"})
    print("signal confirmed")
    reporter.close()
