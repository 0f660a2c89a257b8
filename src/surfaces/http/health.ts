import { z } from 'zod';
import { type ApiRoute, apiRoute } from './api-route.ts';

export interface HealthPort {
  /** Whether queries are answered. Not whether there is room for records: who cannot write must still be able to read. */
  ready(): boolean | Promise<boolean>;
}

/** Route patterns that need no credentials: probes of orchestrators have none. */
export const openPaths: ReadonlySet<string> = new Set(['/healthz', '/readyz']);

const alive = z.strictObject({ status: z.literal('ok') });
const ready = z.strictObject({ status: z.literal('ready') });
const notReady = z.strictObject({ status: z.literal('not ready') });

/** `/healthz`: the process answers; restarting it when it does not makes sense. `/readyz`: it can be used now. */
export function healthRoutes(port: HealthPort): readonly ApiRoute[] {
  return [
    apiRoute('GET', '/healthz', {
      id: 'health',
      summary: 'Whether the process answers.',
      answers: { 200: { description: 'It does.', schema: alive } },
      handle: () => ({ json: { status: 'ok' } }),
    }),
    apiRoute('GET', '/readyz', {
      id: 'readiness',
      summary: 'Whether queries are answered; also while a full disk keeps records out.',
      answers: {
        200: { description: 'Ready.', schema: ready },
        503: { description: 'Starting, stopping, or the engine does not answer.', schema: notReady },
      },
      handle: async () => ((await isReady(port)) ? { json: { status: 'ready' } } : { status: 503, json: { status: 'not ready' } }),
    }),
  ];
}

async function isReady(port: HealthPort): Promise<boolean> {
  try {
    return await port.ready();
  } catch {
    // What the check could not find out is what it is asked for: not ready.
    return false;
  }
}
