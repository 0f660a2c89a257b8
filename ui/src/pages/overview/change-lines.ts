import type { Changes } from '../../api/changes.ts';
import { formatDuration, formatShare } from '../../format/quantities.ts';

/** One thing that changed. `when`: since when, where that is known. */
export type ChangeLine = Readonly<{ key: string; agent: string; text: string; kind: 'bad' | 'note'; whenMillis: number | undefined }>;

const factor = (now: number, before: number): string => {
  const times = now / Math.max(before, 0.001);
  return times >= 9.95 ? String(Math.round(times)) : times.toFixed(1).replace(/\.0$/, '');
};

/** What changed as lines for people: what is bad first, then versions, then who came and went. */
export function changeLines(changes: Changes): readonly ChangeLine[] {
  const slower = new Map(changes.slower.map((one) => [one.agent, one]));
  const failing = new Map(changes.failing_more.map((one) => [one.agent, one]));
  const versions = new Map(changes.new_versions.map((one) => [one.service, one]));
  const agents = [...new Set([...failing.keys(), ...slower.keys()])];
  const bad = agents.map((agent): ChangeLine => {
    const [slow, fails, version] = [slower.get(agent), failing.get(agent), versions.get(agent)];
    const parts = [
      ...(fails === undefined ? [] : [`failed ${formatShare(fails.error_rate_before)} → ${formatShare(fails.error_rate)}`]),
      ...(slow === undefined
        ? []
        : [`p95 ×${factor(slow.p95_ms, slow.p95_ms_before)} (${formatDuration(slow.p95_ms_before)} → ${formatDuration(slow.p95_ms)})`]),
      ...(version === undefined ? [] : [`version ${version.before.join(', ')} → ${version.version}`]),
    ];
    const whenMillis = version === undefined ? undefined : Date.parse(version.first);
    return { key: `bad ${agent}`, agent, text: parts.join(', '), kind: 'bad', whenMillis };
  });
  const others = changes.new_versions
    .filter(({ service }) => !agents.includes(service))
    .map(
      ({ service, version, before, first }): ChangeLine => ({
        key: `version ${service} ${version}`,
        agent: service,
        text: `version ${before.join(', ')} → ${version}`,
        kind: 'note',
        whenMillis: Date.parse(first),
      }),
    );
  const note = (key: string, agent: string, text: string): ChangeLine => ({ key, agent, text, kind: 'note', whenMillis: undefined });
  return [
    ...bad,
    ...others,
    ...changes.silent_agents.map((agent) => note(`silent ${agent}`, agent, 'sent nothing in this time, but did before')),
    ...changes.new_agents.map((agent) => note(`new ${agent}`, agent, 'is new')),
  ];
}
