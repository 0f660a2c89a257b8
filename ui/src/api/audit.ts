import { getJson } from './http.ts';

export type AuditRecord = Readonly<{
  seq: number;
  time: string;
  actor: string;
  action: string;
  resource: string;
  result: string;
  details: Readonly<Record<string, unknown>>;
  hash: string;
  prev: string;
}>;

export type AuditFilter = Readonly<{ actor: string; action: string; resource: string; result: string; start: string; end: string }>;

type AuditPage = Readonly<{ records: readonly AuditRecord[]; next_before?: number }>;

/** A page of records, the newest first; empty filters are left out. */
export const listAudit = (filter: AuditFilter, before: number | undefined, signal?: AbortSignal): Promise<AuditPage> =>
  getJson<AuditPage>(
    '/api/audit',
    { ...Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== '')), before, limit: 500 },
    signal,
  );

export type Verification = Readonly<{
  ok: boolean;
  findings: readonly Readonly<{
    kind: string;
    seq: number | null;
    until: number | null;
    file: string;
    line: number | null;
    message: string;
  }>[];
  unlisted: number;
  records: number;
  head: Readonly<{ seq: number; hash: string }> | null;
  signed: Readonly<{ seq: number; time: string }> | null;
  unsigned: number;
  notes: readonly string[];
}>;

export const verifyAudit = (signal?: AbortSignal): Promise<Verification> => getJson('/api/audit/verification', {}, signal);
