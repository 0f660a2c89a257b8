import { logs } from '@opentelemetry/api-logs';
import { api } from '@opentelemetry/sdk-node';

/** Takes away what an SDK registered in this process, and the variables by which it was configured. */
export function resetOpenTelemetry(): void {
  for (const name of Object.keys(process.env)) if (name.startsWith('OTEL_')) delete process.env[name];
  api.trace.disable();
  api.metrics.disable();
  api.context.disable();
  api.propagation.disable();
  logs.disable();
}
