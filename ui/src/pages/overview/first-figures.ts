import { activityParameters, activityPath } from '../../api/activity-question.ts';
import type { Question } from '../../api/early-answers.ts';
import { withParameters } from '../../api/http.ts';
import { rangeOf, resolveTimeRange } from '../../state/time-range.ts';

/** What the page asks for first: whether there is anything, and how busy it is. */
export const firstFigures = (parameters: URLSearchParams, nowMillis: number): readonly Question[] => [
  { method: 'GET', path: '/api/status' },
  { method: 'GET', path: withParameters(activityPath, activityParameters(resolveTimeRange(rangeOf(parameters), nowMillis))) },
];
