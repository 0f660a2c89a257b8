import { type Interval, stepOf } from '../state/time-range.ts';
import type { Parameters } from './http.ts';

/** The end of our own API's ranges belongs to them. */
export const rangeParameters = ({ startMillis, endMillis }: Interval) => ({
  start: new Date(startMillis).toISOString(),
  end: new Date(endMillis - 1).toISOString(),
});

export const activityPath = '/api/tools/activity';

/** With what agents were asked to do, not only MCP's calls. */
export const activityParameters = (interval: Interval, mostSteps = 60): Parameters => ({
  ...rangeParameters(interval),
  step: `${stepOf(interval, mostSteps)}ms`,
  operations: true,
});
