import type { AgentCall, AgentName, InnerWork, PlannedLine, Step, ToolCall, ToolResult } from './plan.ts';
import type { Chance } from './seeded-chance.ts';

/** What the plans depend on. */
export type Situation = Readonly<{
  chance: Chance;
  /** The folder that server-filesystem may read and write. */
  notes: string;
  /** Whether the version of report-agent that leaks sessions is deployed. */
  isIncident: boolean;
}>;

export const versions = { before: '1.4.2', after: '1.5.0', others: '2.1.0' } as const;

export const versionOf = (agent: AgentName, isIncident: boolean): string =>
  agent === 'report-agent' ? (isIncident ? versions.after : versions.before) : versions.others;

/** What is left to find: the error that people see, and the line that says why. */
export const poolError = 'pool at db-primary:5432 exhausted';
const leak = (held: number) =>
  `${held} of 50 connections to db-primary:5432 are held by sessions that report-agent ${versions.after} never closed`;

const cities = ['New York', 'Chicago', 'Los Angeles'] as const;
const people = ['ada', 'grace', 'linus', 'margaret', 'alan'] as const;

/** One request of a user, and all that follows from it. */
export function planFlow(situation: Situation): AgentCall {
  const dice = situation.chance.between(0, 1);
  if (dice < 0.5) return briefing(situation);
  if (dice < 0.66) return login(situation);
  if (dice < 0.83) return stations(situation);
  return question(situation);
}

/** What a newcomer should see at once: a trace through all agents, and each of the failures that happen all the time. */
export const openingFlows = (situation: Situation): readonly [AgentCall, ...AgentCall[]] => [
  briefing(situation),
  question(situation, true),
  stations(situation, true),
  login(situation),
];

type Parts = Partial<Omit<AgentCall, 'kind' | 'agent' | 'operation'>>;
const agentCall = (agent: AgentName, operation: string, parts: Parts): AgentCall => ({
  kind: 'agent',
  agent,
  operation,
  params: {},
  workMillis: 2,
  steps: [],
  ...parts,
});

type ToolParts = Readonly<{ millis?: number; result?: ToolResult; giveUp?: ToolCall['giveUp'] | undefined }>;
const toolCall = (
  server: ToolCall['server'],
  tool: string,
  args: ToolCall['args'],
  { millis = 2, result = { outcome: 'ok', text: '' }, giveUp }: ToolParts = {},
): ToolCall => ({ kind: 'tool', server, tool, args, simulated: { millis, result }, ...(giveUp === undefined ? {} : { giveUp }) });

const database = { 'db.system.name': 'postgresql', 'server.address': 'db-primary', 'server.port': '5432' };
const inner = (name: string, millis: number, more: Partial<InnerWork> = {}): InnerWork => ({
  kind: 'inner',
  name,
  millis,
  attributes: database,
  ...more,
});

/** The planner asks for a forecast, has a report made, and remembers that it did. */
function briefing(situation: Situation): AgentCall {
  const { chance } = situation;
  const city = chance.pick(cities);
  const forecast = agentCall('weather-agent', 'get_forecast', {
    params: { city },
    workMillis: chance.between(4, 15),
    steps: [
      toolCall('everything', 'get-structured-content', { location: city }, { millis: chance.between(1, 4) }),
      ...(chance.happens(0.4) ? [toolCall('everything', 'get-sum', { a: 3, b: Math.round(chance.between(1, 90)) })] : []),
    ],
  });
  return agentCall('planner-agent', 'make_briefing', {
    params: { city },
    workMillis: chance.between(5, 20),
    steps: [
      forecast,
      renderReport(situation, city),
      toolCall('memory', 'create_entities', { entities: [{ name: city, entityType: 'city', observations: ['has a briefing'] }] }),
    ],
  });
}

/** The version that leaks opens a session for each section instead of one, and closes none. */
function renderReport({ chance, notes, isIncident }: Situation, city: string): AgentCall {
  const sections = isIncident ? ['summary', 'forecast', 'map', 'sources'] : ['all'];
  const held = Math.round(chance.between(46, 50));
  const leaking: PlannedLine = { level: 'WARNING', msg: leak(held), fields: { pool: { name: 'db-primary:5432', held, size: 50 } } };
  const client = { client: 'report-agent', client_version: versionOf('report-agent', isIncident) };
  const open = sections.map((section) =>
    agentCall('auth-agent', 'open_session', {
      params: { ...client, section },
      workMillis: chance.between(3, 9),
      lines: isIncident && section === 'sources' ? [leaking] : [],
    }),
  );
  const isExhausted = isIncident && chance.happens(0.7);
  const waited = isIncident ? chance.between(450, 700) : chance.between(2, 10);
  const failure = { type: 'TimeoutError', message: `${poolError}: 50 of 50 connections in use, waited ${Math.round(waited)} ms` };
  const file = `${notes}/${city.toLowerCase().replaceAll(' ', '-')}.md`;
  return agentCall('report-agent', 'render_report', {
    params: { city, sections: sections.length },
    workMillis: chance.between(8, 25),
    steps: [
      ...open,
      inner('acquire connection', waited, isExhausted ? { failure } : {}),
      inner('SELECT report_rows', chance.between(15, 45)),
      toolCall('filesystem', 'read_text_file', { path: `${notes}/template.md` }, { millis: chance.between(1, 4) }),
      toolCall('filesystem', 'write_file', { path: file, content: `# Briefing for ${city}\n` }, { millis: chance.between(2, 6) }),
      ...(isIncident ? [] : [agentCall('auth-agent', 'close_session', { params: client, workMillis: chance.between(2, 5) })]),
    ],
  });
}

function login({ chance }: Situation): AgentCall {
  const user = chance.pick(people);
  const isWrong = chance.happens(0.2);
  const result = isWrong ? 'failure' : 'success';
  const line: PlannedLine = {
    level: 'INFO',
    msg: `Audit: login ${user}`,
    fields: { user_id: user, audit: { action: 'login', resource: 'session', result, user_id: user } },
  };
  return agentCall('auth-agent', 'login', {
    params: { user },
    workMillis: chance.between(8, 30),
    steps: [inner('SELECT users', chance.between(2, 9))],
    lines: [line],
    ...(isWrong ? { failure: { type: 'AuthError', message: 'wrong password' } } : {}),
  });
}

/** Slow on purpose, and now and then given up. */
function stations({ chance }: Situation, isGivenUp = chance.happens(0.35)): AgentCall {
  const count = Math.round(chance.between(1, 3));
  const duration = Math.round(chance.between(4, 12)) / 10;
  const echoes: Step[] = Array.from({ length: count }, (_, at) => toolCall('everything', 'echo', { message: `station ${at + 1}` }));
  const afterMillis = 250;
  const reason = chance.pick([`request timed out after ${afterMillis} ms`, 'the user pressed stop']);
  const outcome = reason.includes('timed out') ? 'timed_out' : 'cancelled';
  const slow = toolCall(
    'everything',
    'trigger-long-running-operation',
    { duration, steps: 4 },
    isGivenUp
      ? { millis: afterMillis, result: { outcome, text: reason }, giveUp: { afterMillis, reason } }
      : { millis: duration * 1000 + chance.between(1, 9) },
  );
  return agentCall('weather-agent', 'refresh_stations', {
    params: { stations: count },
    workMillis: chance.between(3, 10),
    steps: [...echoes, slow],
    isTolerant: true,
  });
}

/** Questions of users, some of which no tool can answer. */
function question({ chance, notes }: Situation, isHard = false): AgentCall {
  const city = chance.pick(cities);
  const steps: Step[] = [toolCall('memory', 'search_nodes', { query: city }, { millis: chance.between(1, 4) })];
  if (isHard || chance.happens(0.35)) {
    const wrong = { outcome: 'tool_error', text: wrongArguments } as const;
    const sum = toolCall('everything', 'get-sum', { a: 'seven', b: 2 }, { result: wrong });
    steps.push(
      agentCall('weather-agent', 'estimate', { params: { expression: 'seven + 2' }, workMillis: chance.between(2, 6), steps: [sum] }),
    );
  }
  if (isHard || chance.happens(0.35)) {
    const path = '/etc/shadow';
    const denied = { outcome: 'tool_error', text: `Access denied - path outside allowed directories: ${path} not in ${notes}` } as const;
    const read = toolCall('filesystem', 'read_text_file', { path }, { result: denied });
    steps.push(agentCall('report-agent', 'read_attachment', { params: { path }, workMillis: chance.between(2, 6), steps: [read] }));
  }
  return agentCall('planner-agent', 'answer_question', {
    params: { question: `Is it warm in ${city}?` },
    workMillis: chance.between(5, 25),
    steps,
    isTolerant: true,
  });
}

/** What server-everything answers; the history says the same. */
const wrongArguments =
  'MCP error -32602: Input validation error: Invalid arguments for tool get-sum: Invalid input: expected number, received string at a';
