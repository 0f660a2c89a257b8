import { readFile, writeFile } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CallToolResult, McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';

const say = (text: string): CallToolResult => ({ content: [{ type: 'text', text }] });
const refuse = (text: string): CallToolResult => ({ isError: true, ...say(text) });

/** The tools of the published servers that the demo calls, as far as it calls them. `folder` is all that they read and write. */
export function createStandIn(name: string, folder: string): McpServer {
  const server = new McpServer({ name: `${name}-standin`, version: '1.0.0' });
  if (name === 'everything') addEverything(server);
  else if (name === 'filesystem') addFilesystem(server, resolve(folder));
  else addMemory(server);
  return server;
}

function addEverything(server: McpServer): void {
  const echo = { description: 'Echoes a message', inputSchema: z.object({ message: z.string() }) };
  server.registerTool('echo', echo, async ({ message }) => say(`Echo: ${message}`));
  const sum = { description: 'Adds two numbers', inputSchema: z.object({ a: z.number(), b: z.number() }) };
  server.registerTool('get-sum', sum, async ({ a, b }) => say(`The sum of ${a} and ${b} is ${a + b}.`));
  const weather = { description: 'Weather of a city', inputSchema: z.object({ location: z.string() }) };
  server.registerTool('get-structured-content', weather, async ({ location }) =>
    say(JSON.stringify({ location, temperature: 21, conditions: 'Clear' })),
  );
  const long = { description: 'Takes its time', inputSchema: z.object({ duration: z.number().max(60), steps: z.number() }) };
  server.registerTool('trigger-long-running-operation', long, async ({ duration }, { mcpReq }) => {
    await sleep(duration * 1000, undefined, { signal: mcpReq.signal });
    return say(`Long running operation completed. Duration: ${duration} seconds.`);
  });
}

function addFilesystem(server: McpServer, folder: string): void {
  const allowed = (path: string) => resolve(path).startsWith(folder + sep);
  const denied = (path: string) => refuse(`Access denied - path outside allowed directories: ${path} not in ${folder}`);
  const read = { description: 'Reads a text file', inputSchema: z.object({ path: z.string() }) };
  server.registerTool('read_text_file', read, async ({ path }) => (allowed(path) ? say(await readFile(path, 'utf8')) : denied(path)));
  const write = { description: 'Writes a text file', inputSchema: z.object({ path: z.string(), content: z.string().max(100_000) }) };
  server.registerTool('write_file', write, async ({ path, content }) => {
    if (!allowed(path)) return denied(path);
    await writeFile(path, content);
    return say(`Successfully wrote to ${path}`);
  });
}

function addMemory(server: McpServer): void {
  const entity = z.object({ name: z.string(), entityType: z.string(), observations: z.array(z.string()) });
  const entities = new Map<string, z.output<typeof entity>>();
  const create = { description: 'Remembers entities', inputSchema: z.object({ entities: z.array(entity).max(100) }) };
  server.registerTool('create_entities', create, async ({ entities: given }) => {
    const fresh = given.filter(({ name }) => !entities.has(name) && entities.size < 1000);
    for (const one of fresh) entities.set(one.name, one);
    return say(JSON.stringify(fresh));
  });
  const search = { description: 'Finds entities', inputSchema: z.object({ query: z.string() }) };
  server.registerTool('search_nodes', search, async ({ query }) =>
    say(JSON.stringify([...entities.values()].filter((one) => JSON.stringify(one).includes(query)))),
  );
}
