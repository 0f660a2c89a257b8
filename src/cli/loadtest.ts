import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { AppError } from '../lib/errors.ts';
import { type Command, type OptionSpec, parseOptions, UsageError, wholeNumber } from './command.ts';
import { type LoadPlan, type LoadResult, runLoad } from './load-generator.ts';
import { indexPath } from './log-query.ts';
import { createProgress } from './progress.ts';
import { clientOptions, createServerClient, type ServerClient } from './server-client.ts';
import { createPaint, type Terminal, write } from './terminal.ts';

const options = {
  rate: { type: 'string', short: 'r', placeholder: 'N', help: 'Records per second.', fallback: '1000' },
  seconds: { type: 'string', short: 's', placeholder: 'N', help: 'How long records are sent.', fallback: '10' },
  connections: { type: 'string', short: 'c', placeholder: 'N', help: 'Requests at the same time.', fallback: '100 for doc, 4 for bulk' },
  mode: { type: 'string', placeholder: 'doc|bulk', help: 'One record per request, or batches.', fallback: 'doc' },
  batch: { type: 'string', placeholder: 'N', help: 'Records per bulk request.', fallback: '500' },
  index: { type: 'string', short: 'i', placeholder: 'NAME', help: 'Index into which the records go.', fallback: 'mcp-mesh-logs' },
  json: { type: 'boolean', help: 'Print the receipt as JSON.' },
  ...clientOptions,
} as const satisfies Record<string, OptionSpec>;

const countWithinMillis = 5_000;

type Receipt = LoadResult & Readonly<{ run: string; wantedRate: number; found: number; searchableAfterMillis: number; ok: boolean }>;

export const loadtestCommand: Command = {
  summary: 'Send test records at a chosen rate and count whether each one arrived.',
  operands: '',
  description: [
    'Every record carries the id of the run in the field `load_test_run`. A request counts from the moment at which it was due, so a server\nthat falls behind shows in the latencies. Fails when the records found are not the records acknowledged; a record whose answer was\nlost may be there or not.',
  ],
  options,
  examples: ['meshscope loadtest', 'meshscope loadtest --mode bulk --rate 50000 --seconds 60'],
  run: async ({ args, terminal }) => {
    const { values } = parseOptions(options, args, 0);
    const mode = values.mode ?? 'doc';
    if (mode !== 'doc' && mode !== 'bulk') throw new UsageError(`--mode must be doc or bulk, not ${JSON.stringify(mode)}.`);
    const index = values.index ?? 'mcp-mesh-logs';
    const plan: LoadPlan = {
      run: randomUUID(),
      path: `${indexPath(index)}/${mode === 'doc' ? '_doc' : '_bulk'}`,
      rate: wholeNumber('rate', values.rate ?? '1000', 1, 10_000_000),
      seconds: wholeNumber('seconds', values.seconds ?? '10', 1, 86_400),
      connections: wholeNumber('connections', values.connections ?? (mode === 'doc' ? '100' : '4'), 1, 10_000),
      batch: mode === 'doc' ? 1 : wholeNumber('batch', values.batch ?? '500', 1, 100_000),
      bulk: mode === 'bulk',
    };
    const client = createServerClient(values, terminal.env, plan.connections);
    try {
      await client.send({ method: 'GET', path: '/elasticsearch/' });
      const progress = createProgress(terminal);
      const result = await runLoad(client, plan, progress.report);
      progress.end(undefined);
      const counted = await countFound(client, index, plan.run, result.acknowledged);
      const ok = counted.found >= result.acknowledged && counted.found <= result.acknowledged + result.unanswered;
      await printReceipt({ ...result, run: plan.run, wantedRate: plan.rate, ...counted, ok }, values.json === true, terminal);
      return ok ? 0 : 1;
    } finally {
      client.close();
    }
  },
};

const countAnswer = z.object({ count: z.number() });

/** Counts the records of a run; counts again for a while when some are missing, to tell "late" from "lost". */
async function countFound(client: ServerClient, index: string, run: string, expected: number) {
  const started = performance.now();
  for (;;) {
    await client.send({ method: 'POST', path: `${indexPath(index)}/_refresh` });
    const body = JSON.stringify({ query: { term: { load_test_run: run } } });
    const answer = await client.send({ method: 'POST', path: `${indexPath(index)}/_count`, body });
    const parsed = countAnswer.safeParse(JSON.parse(answer.body.toString('utf8')));
    if (!parsed.success) throw new AppError('bad_request', 'The answer to _count has no count. Is --url a meshscope?');
    const searchableAfterMillis = performance.now() - started;
    if (parsed.data.count >= expected || searchableAfterMillis > countWithinMillis)
      return { found: parsed.data.count, searchableAfterMillis };
    await sleep(250);
  }
}

async function printReceipt(receipt: Receipt, json: boolean, { stdout, env }: Terminal): Promise<void> {
  if (json) {
    await write(stdout, `${JSON.stringify(receipt)}\n`);
    return;
  }
  const paint = createPaint(stdout, env);
  const { latencyMillis: latency, seconds, sent } = receipt;
  const reasons = receipt.reasons.map((reason) => `              ${reason}\n`).join('');
  const lines = [
    `run           ${receipt.run}`,
    `sent          ${sent} records in ${seconds.toFixed(1)} s (${Math.round(sent / seconds)}/s of ${receipt.wantedRate}/s wanted)`,
    `acknowledged  ${receipt.acknowledged}`,
    `refused       ${receipt.refused}`,
    `unanswered    ${receipt.unanswered}\n${reasons}found         ${receipt.found} (counted ${(receipt.searchableAfterMillis / 1000).toFixed(2)} s after the last answer)`,
    `latency       p50 ${latency.p50.toFixed(1)} ms, p95 ${latency.p95.toFixed(1)} ms, p99 ${latency.p99.toFixed(1)} ms, max ${latency.max.toFixed(1)} ms`,
    receipt.ok
      ? paint('green', 'Every acknowledged record was found once.')
      : paint('red', 'The records found are not the records acknowledged.'),
  ];
  await write(stdout, `${lines.join('\n')}\n`);
}
