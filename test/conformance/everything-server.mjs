// A server with the tools, resources and prompts that the scenarios of @modelcontextprotocol/conformance ask for by name, over Streamable
// HTTP with sessions and resumable streams: node test/conformance/everything-server.mjs PORT
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { InMemoryEventStore } from '@modelcontextprotocol/sdk/examples/shared/inMemoryEventStore.js';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import {
  CallToolRequestSchema,
  CompleteRequestSchema,
  CreateMessageResultSchema,
  ElicitResultSchema,
  GetPromptRequestSchema,
  ListPromptsRequestSchema,
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  ListToolsRequestSchema,
  ReadResourceRequestSchema,
  SetLevelRequestSchema,
  SubscribeRequestSchema,
  UnsubscribeRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';

const image = { type: 'image', data: Buffer.from('\x89PNG\r\n\x1a\n', 'latin1').toString('base64'), mimeType: 'image/png' };
const audio = { type: 'audio', data: Buffer.from('RIFF\x24\0\0\0WAVE', 'latin1').toString('base64'), mimeType: 'audio/wav' };
const text = (said) => ({ type: 'text', text: said });
const embedded = (uri, mimeType, content) => ({ type: 'resource', resource: { uri, mimeType, text: content } });
const content = (...parts) => ({ content: parts });
const object = (properties = {}, required = []) => ({ type: 'object', properties, required });

const elicit = async ({ sendRequest }, message, requestedSchema) => {
  const answer = await sendRequest({ method: 'elicitation/create', params: { message, requestedSchema } }, ElicitResultSchema);
  return `action=${answer.action}, content=${JSON.stringify(answer.content ?? {})}`;
};
const titled = (words) => words.map((word, at) => ({ const: `value${at + 1}`, title: `${word} choice` }));
const words = ['First', 'Second', 'Third'];

const tools = {
  test_simple_text: { run: () => content(text('This is a simple text response for testing.')) },
  test_image_content: { run: () => content(image) },
  test_audio_content: { run: () => content(audio) },
  test_embedded_resource: {
    run: () => content(embedded('test://embedded-resource', 'text/plain', 'This is an embedded resource content.')),
  },
  test_multiple_content_types: {
    run: () =>
      content(
        text('Multiple content types test:'),
        image,
        embedded('test://mixed-content-resource', 'application/json', '{"test":"data","value":123}'),
      ),
  },
  test_tool_with_logging: {
    run: async (_, { sendNotification }) => {
      for (const data of ['Tool execution started', 'Tool processing data', 'Tool execution completed']) {
        await sendNotification({ method: 'notifications/message', params: { level: 'info', data } });
        await sleep(50);
      }
      return content(text('Tool with logging executed successfully'));
    },
  },
  test_tool_with_progress: {
    run: async (_, { sendNotification, _meta }) => {
      const progressToken = _meta?.progressToken ?? 0;
      for (const progress of [0, 50, 100]) {
        await sendNotification({ method: 'notifications/progress', params: { progressToken, progress, total: 100 } });
        await sleep(50);
      }
      return content(text(String(progressToken)));
    },
  },
  test_error_handling: { run: () => ({ isError: true, ...content(text('This tool intentionally returns an error for testing')) }) },
  test_reconnection: {
    run: async (_, { closeSSEStream }) => {
      closeSSEStream?.();
      await sleep(100);
      return content(text('The client came back for this.'));
    },
  },
  test_sampling: {
    schema: object({ prompt: { type: 'string' } }, ['prompt']),
    run: async ({ prompt }, { sendRequest }) => {
      const messages = [{ role: 'user', content: text(prompt) }];
      const answer = await sendRequest(
        { method: 'sampling/createMessage', params: { messages, maxTokens: 100 } },
        CreateMessageResultSchema,
      );
      return content(text(`LLM response: ${answer.content.text}`));
    },
  },
  test_elicitation: {
    schema: object({ message: { type: 'string' } }, ['message']),
    run: async ({ message }, extra) =>
      content(text(`User response: ${await elicit(extra, message, object({ response: { type: 'string' } }, ['response']))}`)),
  },
  test_elicitation_sep1034_defaults: {
    run: async (_, extra) => {
      const schema = object({
        name: { type: 'string', default: 'John Doe' },
        age: { type: 'integer', default: 30 },
        score: { type: 'number', default: 95.5 },
        status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
        verified: { type: 'boolean', default: true },
      });
      return content(text(`Elicitation completed: ${await elicit(extra, 'Please look at the defaults', schema)}`));
    },
  },
  test_elicitation_sep1330_enums: {
    run: async (_, extra) => {
      const options = ['option1', 'option2', 'option3'];
      const schema = object({
        untitledSingle: { type: 'string', enum: options },
        titledSingle: { type: 'string', oneOf: titled(words) },
        legacyEnum: { type: 'string', enum: ['opt1', 'opt2', 'opt3'], enumNames: words },
        untitledMulti: { type: 'array', minItems: 1, maxItems: 3, items: { type: 'string', enum: options } },
        titledMulti: { type: 'array', minItems: 1, maxItems: 3, items: { anyOf: titled(words) } },
      });
      return content(text(`Elicitation completed: ${await elicit(extra, 'Please choose', schema)}`));
    },
  },
  json_schema_2020_12_tool: {
    schema: {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      $defs: { address: { type: 'object', properties: { street: { type: 'string' }, city: { type: 'string' } } } },
      properties: { name: { type: 'string' }, address: { $ref: '#/$defs/address' } },
      additionalProperties: false,
    },
    run: (args) => content(text(JSON.stringify(args))),
  },
};

const resources = {
  'test://static-text': { mimeType: 'text/plain', text: 'This is the content of the static text resource.' },
  'test://static-binary': { mimeType: 'image/png', blob: image.data },
  'test://watched-resource': { mimeType: 'text/plain', text: 'Watched resource content' },
};
const template = /^test:\/\/template\/([^/]+)\/data$/;
const templated = (id) => ({ mimeType: 'application/json', text: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` }) });

const prompts = {
  test_simple_prompt: { run: () => [text('This is a simple prompt for testing.')] },
  test_prompt_with_arguments: {
    needs: ['arg1', 'arg2'],
    run: ({ arg1, arg2 }) => [text(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`)],
  },
  test_prompt_with_embedded_resource: {
    needs: ['resourceUri'],
    run: ({ resourceUri }) => [embedded(resourceUri, 'text/plain', 'Embedded resource content for testing.'), text('Please look at it.')],
  },
  test_prompt_with_image: { run: () => [image, text('Please look at it.')] },
};

function createEverything() {
  const capabilities = {
    tools: { listChanged: true },
    resources: { subscribe: true, listChanged: true },
    prompts: { listChanged: true },
    logging: {},
    completions: {},
  };
  const server = new Server({ name: 'conformance-everything', version: '1.0.0' }, { capabilities });
  const named = (entries, show) =>
    Object.entries(entries).map(([name, entry]) => ({ name, description: `${name} of the suite`, ...show(entry) }));
  const answers = [
    [ListToolsRequestSchema, () => ({ tools: named(tools, ({ schema = object() }) => ({ inputSchema: schema })) })],
    [CallToolRequestSchema, ({ params }, extra) => found(tools, params.name).run(params.arguments ?? {}, extra)],
    [
      ListResourcesRequestSchema,
      () => ({ resources: Object.entries(resources).map(([uri, { mimeType }]) => ({ uri, name: uri.slice(7), mimeType })) }),
    ],
    [
      ListResourceTemplatesRequestSchema,
      () => ({ resourceTemplates: [{ uriTemplate: 'test://template/{id}/data', name: 'template', mimeType: 'application/json' }] }),
    ],
    [
      ReadResourceRequestSchema,
      ({ params: { uri } }) => {
        const id = template.exec(uri)?.[1];
        return { contents: [{ uri, ...(id === undefined ? found(resources, uri) : templated(id)) }] };
      },
    ],
    [SubscribeRequestSchema, () => ({})],
    [UnsubscribeRequestSchema, () => ({})],
    [
      ListPromptsRequestSchema,
      () => ({ prompts: named(prompts, ({ needs = [] }) => ({ arguments: needs.map((name) => ({ name, required: true })) })) }),
    ],
    [
      GetPromptRequestSchema,
      ({ params }) => ({
        messages: found(prompts, params.name)
          .run(params.arguments ?? {})
          .map((part) => ({ role: 'user', content: part })),
      }),
    ],
    [SetLevelRequestSchema, () => ({})],
    [CompleteRequestSchema, () => ({ completion: { values: [], total: 0, hasMore: false } })],
  ];
  for (const [schema, answer] of answers) server.setRequestHandler(schema, answer);
  return server;
}

function found(entries, name) {
  if (!Object.hasOwn(entries, name)) throw new Error(`there is no ${name}`);
  return entries[name];
}

const sessions = new Map();
const ownHost = /^(?:localhost|127\.0\.0\.1)(?::\d+)?$/;

const http = createServer(async (request, response) => {
  if (!ownHost.test(request.headers.host ?? '')) return response.writeHead(403).end();
  const id = request.headers['mcp-session-id'];
  let transport = sessions.get(id);
  if (transport === undefined && id !== undefined) return response.writeHead(404).end();
  if (transport === undefined) {
    transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      eventStore: new InMemoryEventStore(),
      retryInterval: 1000,
      onsessioninitialized: (session) => void sessions.set(session, transport),
    });
    await createEverything().connect(transport);
  }
  await transport.handleRequest(request, response);
});
http.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => process.stdout.write(`http://127.0.0.1:${http.address().port}/mcp\n`));
