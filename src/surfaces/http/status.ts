import { z } from 'zod';
import { type ApiRoute, apiRoute } from './api-route.ts';

/** One row of the start-up table. */
export type Listener = Readonly<{
  /** Such as `HTTP` or `Fluent Forward`. */
  name: string;
  /** Such as `127.0.0.1:8000`. */
  address: string;
  /** What is spoken there, for people: `Elasticsearch API, web UI`. */
  protocol: string;
  /** Why it does not listen. Absent: it does. */
  problem?: string;
}>;

export type SourceCounts = Readonly<{ received: number; accepted: number; rejected: number; deadLettered: number }>;

/** Sizes in bytes. */
export type ServerStatus = Readonly<{
  version: string;
  startedMillis: number;
  dataFolder: string;
  /** Whether HTTP requests must carry a name and a password. */
  needsCredentials: boolean;
  listeners: readonly Listener[];
  journal: Readonly<{ bytes: number; maxBytes: number }>;
  store: Readonly<{ rows: number; bytes: number; partitions: number }>;
  /** `budgetBytes`: what the data folder may hold. */
  disk: Readonly<{ freeBytes: number; budgetBytes: number }>;
  sources: Readonly<Record<string, SourceCounts>>;
}>;

export interface StatusPort {
  status(): ServerStatus | Promise<ServerStatus>;
}

const count = z.int().min(0);
const statusSchema = z.strictObject({
  version: z.string(),
  started: z.iso.datetime(),
  data_folder: z.string(),
  needs_credentials: z.boolean().describe('Whether HTTP requests must carry a name and a password.'),
  listeners: z.array(z.strictObject({ name: z.string(), address: z.string(), protocol: z.string(), problem: z.string().optional() })),
  journal: z.strictObject({ bytes: count, max_bytes: count }),
  store: z.strictObject({ rows: count, bytes: count, partitions: count }),
  disk: z.strictObject({ free: count, budget: count }).describe('In bytes.'),
  sources: z
    .record(z.string(), z.strictObject({ received: count, accepted: count, rejected: count, dead_lettered: count }))
    .describe('Records since the start, by source.'),
});

export function statusRoutes(port: StatusPort): readonly ApiRoute[] {
  return [
    apiRoute('GET', '/api/status', {
      id: 'status',
      summary: 'What runs here, where it listens and how full it is.',
      answers: { 200: { description: 'The state now.', schema: statusSchema } },
      handle: async () => ({ json: printed(await port.status()) }),
    }),
  ];
}

/** Each member is named here, so that what is added to a port, such as settings with secrets, does not go out by itself. */
function printed(status: ServerStatus): z.output<typeof statusSchema> {
  const { journal, store, disk } = status;
  return {
    version: status.version,
    started: new Date(status.startedMillis).toISOString(),
    data_folder: status.dataFolder,
    needs_credentials: status.needsCredentials,
    listeners: status.listeners.map(({ name, address, protocol, problem }) => ({
      name,
      address,
      protocol,
      ...(problem === undefined ? {} : { problem }),
    })),
    journal: { bytes: journal.bytes, max_bytes: journal.maxBytes },
    store: { rows: store.rows, bytes: store.bytes, partitions: store.partitions },
    disk: { free: disk.freeBytes, budget: disk.budgetBytes },
    sources: Object.fromEntries(
      Object.entries(status.sources).map(([name, { received, accepted, rejected, deadLettered }]) => [
        name,
        { received, accepted, rejected, dead_lettered: deadLettered },
      ]),
    ),
  };
}
