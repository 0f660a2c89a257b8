import type { CallToolResult, McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { AppError } from '../../lib/errors.ts';
import type { JsonObject } from '../../lib/json/json-text.ts';
import { type Ask, askJson } from './ask.ts';
import { answerEnd, type Draft, fitAnswer } from './fit-answer.ts';

export type ToolPorts = Readonly<{
  ask: Ask;
  /** Where people find this server: `http://127.0.0.1:8000`. */
  baseUrl: string;
  /** Longest answer; see `fitAnswer`. */
  maxTokens: number;
  /** Milliseconds since the epoch; default `Date.now`. */
  now?: () => number;
}>;

export type ToolContext = Readonly<{
  get: (path: string, query?: Readonly<Record<string, string | undefined>>) => Promise<JsonObject>;
  post: (path: string, body: Readonly<Record<string, unknown>>) => Promise<JsonObject>;
  /** The address of a path of this server, for people. */
  link: (path: string) => string;
  now: number;
}>;

type ToolSpec<Input extends z.ZodRawShape, Output extends z.ZodRawShape> = Readonly<{
  name: string;
  title: string;
  description: string;
  input: Input;
  /** Members of the structured answer beside those that all have. */
  output: Output;
  run: (args: z.output<z.ZodObject<Input>>, context: ToolContext) => Promise<Draft>;
}>;

export type Tool = Readonly<{ name: string; register: (server: McpServer, ports: ToolPorts) => void }>;

/** The SDK puts this text into the answer, so what a caller wrote is not repeated at length. */
const describeIssue: z.core.$ZodErrorMap = (issue) =>
  issue.code === 'unrecognized_keys'
    ? `Unknown arguments: ${issue.keys
        .slice(0, 5)
        .map((key) => JSON.stringify(key.slice(0, 50)))
        .join(', ')}`
    : undefined;

export const cursorArgument = z.string().min(1).max(4000).optional().describe('next_cursor of the answer before.');

/** A tool that only reads. Its answers fit the budget, and its failures say what to do. */
export function defineTool<Input extends z.ZodRawShape, Output extends z.ZodRawShape>(spec: ToolSpec<Input, Output>): Tool {
  const input = z.strictObject(spec.input, { error: describeIssue });
  const output = z.strictObject({ ...spec.output, ...answerEnd });
  return {
    name: spec.name,
    register: (server, ports) => {
      server.registerTool(
        spec.name,
        {
          title: spec.title,
          description: spec.description,
          inputSchema: input as z.ZodObject,
          outputSchema: output as z.ZodObject,
          annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
        },
        async (args, context): Promise<CallToolResult> => {
          try {
            const draft = await spec.run(args as z.output<typeof input>, toolContext(ports, context.mcpReq.signal));
            return fitAnswer(draft, ports.maxTokens);
          } catch (error) {
            return { isError: true, content: [{ type: 'text', text: reasonOf(error) }] };
          }
        },
      );
    },
  };
}

function toolContext({ ask, baseUrl, now = Date.now }: ToolPorts, signal: AbortSignal): ToolContext {
  return {
    get: (path, query = {}) => {
      const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
      return askJson(ask, signal, 'GET', given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`);
    },
    post: (path, body) => askJson(ask, signal, 'POST', path, body),
    link: (path) => `${baseUrl}${path}`,
    now: now(),
  };
}

/** What an unexpected error says may name files or statements, so it stays inside. */
function reasonOf(error: unknown): string {
  return error instanceof AppError ? error.message.slice(0, 1500) : 'A defect in meshscope; the tool could not answer.';
}
