// Reports to Auto-Dev over HTTP. Node 18 or newer is enough, no package: copy this file.
//
// Every report has an id that you make once, before you send it first. So anything can be sent again without harm, and this
// client does so by itself while the answer is one that passes (429, 502, 503, 504, no connection).

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const PASSING = [429, 502, 503, 504];
const MOST = 500; // reports in one request
const MOST_BYTES = 1_000_000;

/** The report is wrong, or the key is: sending it again will not help. `problem` says why (RFC 9457). */
export class Refused extends Error {
  constructor(status, problem) {
    super(`${status}: ${problem.detail ?? JSON.stringify(problem)}`);
    Object.assign(this, { status, problem });
  }
}

export class AutoDev {
  /** `patience`: seconds after which a request that does not get through throws. */
  constructor({ url, key, workspace, patience = 120 }) {
    Object.assign(this, { url: url.replace(/\/$/, ''), key, workspace: encodeURIComponent(workspace), patience });
  }

  /** The status: recorded, or duplicate where it was known. */
  async reportEpisode(episode) {
    return (await this.#post('reflection', 'episodes', episode)).status;
  }

  /** Any number. One {episode_id, status, errors} for each, in their order; an invalid one does not keep the others back. */
  async reportEpisodes(episodes) {
    const results = [];
    for (const batch of batches(episodes)) results.push(...(await this.#post('reflection', 'episodes', batch)).results);
    return results;
  }

  async reportExecution(execution) {
    return (await this.#post('reflection', 'executions', execution)).status;
  }

  async reportSignal(signal) {
    return (await this.#post('fitness', 'signals', signal)).status;
  }

  async #post(service, route, body) {
    const givesUp = Date.now() + this.patience * 1000;
    for (let pause = 250; ; pause = Math.min(pause * 2, 10_000)) {
      let wait;
      try {
        const answer = await fetch(`${this.url}/api/${service}/workspaces/${this.workspace}/${route}`, {
          method: 'POST',
          headers: { authorization: `Bearer ${this.key}`, 'content-type': 'application/json' },
          body: JSON.stringify(body),
          signal: AbortSignal.timeout(30_000),
        });
        if (answer.ok) return await answer.json();
        const problem = await answer.json().catch(() => ({ detail: answer.statusText }));
        if (!PASSING.includes(answer.status) || Date.now() > givesUp) throw new Refused(answer.status, problem);
        wait = Number(answer.headers.get('retry-after')) * 1000;
      } catch (error) { // nobody there, or it broke off: perhaps recorded, perhaps not
        if (error instanceof Refused || Date.now() > givesUp) throw error;
      }
      await sleep(wait || pause * (0.5 + Math.random() / 2));
    }
  }
}

function* batches(reports) {
  let batch = [];
  let size = 0;
  for (const report of reports) {
    const length = JSON.stringify(report).length;
    if (batch.length === MOST || (batch.length > 0 && size + length > MOST_BYTES)) {
      yield batch;
      [batch, size] = [[], 0];
    }
    batch.push(report);
    size += length;
  }
  if (batch.length > 0) yield batch;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { AUTODEV_URL: url, AUTODEV_KEY: key, AUTODEV_WORKSPACE: workspace } = process.env;
  const autodev = new AutoDev({ url, key, workspace });
  const run = process.argv[2] ?? randomUUID(); // the same again reports nothing twice
  const failure = {
    agent_id: 'mailroom', outcome: 'failure', task_description: 'Extract the invoice ID from customer e-mails',
    error_trace: 'ValueError: no invoice id found', input: { email_body: 'A question about INV-20391' }, expected_output: '20391',
  };
  console.log('episode', await autodev.reportEpisode({ ...failure, episode_id: `${run}/0` }));
  for (const { status } of await autodev.reportEpisodes([1, 2, 3].map((i) => ({ ...failure, episode_id: `${run}/${i}` })))) console.log('episode', status);
  console.log('execution', await autodev.reportExecution({
    execution_id: `${run}/execution`, agent_id: 'mailroom', skill_id: 'extract_invoice_id', skill_version: '1.0.0', execution_seconds: 0.02, success: true,
  }));
  console.log('signal', await autodev.reportSignal({ signal_id: `${run}/signal`, subject: 'skill:extract_invoice_id@1.0.0', signal: 'invoice_created' }));
}
