import { z } from 'zod';
import type { ErrorMessage } from '../../queries/changes/error-messages.ts';

export const errorMessageSchema = z.strictObject({
  message: z.string(),
  count: z.number(),
  exception: z.string(),
  trace_id: z.string().describe('Of one of them, for show_trace; empty when they name none.'),
});

export const printErrorMessage = ({ message, count: times, exception, traceId }: ErrorMessage): z.output<typeof errorMessageSchema> => ({
  message,
  count: times,
  exception,
  trace_id: traceId,
});
