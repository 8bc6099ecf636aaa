// An agent that uses Auto-Dev's skills over MCP, with the protocol's official TypeScript SDK: npm ci, then
//   AUTODEV_URL=… AUTODEV_KEY=… AUTODEV_WORKSPACE=… node client.mjs            lists the tools
//   … node client.mjs NAME '{"argument": "value"}'                              calls one
//   … node client.mjs --wait NAME '{"argument": "value"}'                       waits until there is such a tool, then calls it

import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ToolListChangedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';

const { AUTODEV_URL, AUTODEV_KEY, AUTODEV_WORKSPACE } = process.env;
const client = new Client({ name: 'example-agent', version: '1.0.0' });
await client.connect(new StreamableHTTPClientTransport(
  new URL(`${AUTODEV_URL.replace(/\/$/, '')}/mcp/${encodeURIComponent(AUTODEV_WORKSPACE)}`),
  { requestInit: { headers: { Authorization: `Bearer ${AUTODEV_KEY}` } } },
));

async function tools() {
  const all = [];
  let cursor;
  do {
    const page = await client.listTools({ cursor });
    all.push(...page.tools);
    cursor = page.nextCursor;
  } while (cursor);
  return all;
}

/** Returns when the workspace has such a tool. The server says when its tools change; a client that was not listening just then looks again by itself. */
async function learned(name) {
  for (;;) {
    const changed = new Promise((resolve) => client.setNotificationHandler(ToolListChangedNotificationSchema, resolve));
    if ((await tools()).some((tool) => tool.name === name)) return;
    console.log(`no ${name} yet`);
    await Promise.race([changed, sleep(30_000, undefined, { ref: false })]);
  }
}

const words = process.argv.slice(2);
const waits = words[0] === '--wait' && words.shift();
const [name, given = '{}'] = words;
if (waits) await learned(name);
if (name) {
  const answer = await client.callTool({ name, arguments: JSON.parse(given) });
  console.log(JSON.stringify({ is_error: answer.isError === true, text: answer.content[0].text, result: answer.structuredContent?.result }));
} else {
  for (const tool of await tools()) console.log(JSON.stringify({ name: tool.name, input_schema: tool.inputSchema }));
}
await client.close();
