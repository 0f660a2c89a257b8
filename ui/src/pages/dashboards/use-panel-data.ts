import { useQuery } from '@tanstack/react-query';
import { postJson } from '../../api/http.ts';
import type { JsonObject, Panel } from './model/panel.ts';
import { type PanelData, panelData } from './model/panel-data.ts';
import { type PanelContext, panelPath, panelRequest, stepRequest, stepsOf } from './model/panel-request.ts';

/** With what it was asked within: while a new question is open, the old answer stands in its old time. */
export type AnsweredPanel = Readonly<{ panel: Panel; context: PanelContext; data: PanelData }>;

async function ask(panel: Panel, context: PanelContext, signal: AbortSignal): Promise<AnsweredPanel> {
  const widths = stepRequest(panel, context);
  const steps = widths === undefined ? {} : stepsOf(panel, await postJson<JsonObject>(panelPath(panel), widths, signal));
  const full = { ...context, steps };
  const body = panelRequest(panel, full);
  return { panel, context: full, data: panelData(panel, body === undefined ? {} : await postJson(panelPath(panel), body, signal)) };
}

/** What a panel shows; it asks when it is `enabled`, such as when it has come into view. */
export function usePanelData(panel: Panel, context: PanelContext, enabled: boolean) {
  const { content, index, timeField, query, filters } = panel;
  return useQuery<AnsweredPanel>({
    queryKey: ['panel', content, index, timeField, query, filters, context],
    enabled: enabled && content.kind !== 'markdown',
    gcTime: 60_000,
    placeholderData: (previous) => (previous?.panel.content === content ? previous : undefined),
    queryFn: ({ signal }) => ask(panel, context, signal),
  });
}
