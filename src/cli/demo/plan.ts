export const agentNames = ['planner-agent', 'report-agent', 'auth-agent', 'weather-agent'] as const;
export type AgentName = (typeof agentNames)[number];

export const serverNames = ['everything', 'filesystem', 'memory'] as const;
export type ServerName = (typeof serverNames)[number];

/** The agent that is the client of each MCP server. */
export const clientOf: Readonly<Record<ServerName, AgentName>> = {
  everything: 'weather-agent',
  filesystem: 'report-agent',
  memory: 'planner-agent',
};

export type Failure = Readonly<{ type: string; message: string }>;

/** How a call of a tool ends, in the recorder's words. */
export type ToolOutcome = 'ok' | 'tool_error' | 'rpc_error' | 'cancelled' | 'timed_out' | 'transport';
export type ToolResult = Readonly<{ outcome: ToolOutcome; text: string }>;

/** What an agent logs beside the line about the call itself. */
export type PlannedLine = Readonly<{ level: 'INFO' | 'WARNING' | 'ERROR'; msg: string; fields?: Readonly<Record<string, unknown>> }>;

/** An agent handles a call: some work of its own, and steps one after another. The first step that fails ends it, unless it is tolerant. */
export type AgentCall = Readonly<{
  kind: 'agent';
  agent: AgentName;
  operation: string;
  params: Readonly<Record<string, unknown>>;
  workMillis: number;
  steps: readonly Step[];
  /** It fails although no step did. */
  failure?: Failure;
  isTolerant?: boolean;
  lines?: readonly PlannedLine[];
}>;

/** A call of a tool of a wrapped MCP server. */
export type ToolCall = Readonly<{
  kind: 'tool';
  server: ServerName;
  tool: string;
  args: Readonly<Record<string, unknown>>;
  /** The caller gives the call up. A reason that speaks of a timeout makes it one. */
  giveUp?: Readonly<{ afterMillis: number; reason: string }>;
  /** How it goes where no server runs: in the history. */
  simulated: Readonly<{ millis: number; result: ToolResult }>;
}>;

/** A span inside an agent, such as a query of a database. */
export type InnerWork = Readonly<{
  kind: 'inner';
  name: string;
  millis: number;
  attributes: Readonly<Record<string, string>>;
  failure?: Failure;
}>;

export type Step = AgentCall | ToolCall | InnerWork;
