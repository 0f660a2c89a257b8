import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useLocation, useSearch as useSearchText } from 'wouter';
import { type MenuAction, MenuButton } from '../../components/menu-button.tsx';
import { pageLink } from '../../frame/page-link.ts';
import styles from './dashboards.module.css';
import { logsSearch } from './logs-search.ts';
import { isChart, type Panel } from './model/panel.ts';
import { type PanelContext, panelPath, panelRequest } from './model/panel-request.ts';
import { PanelBody } from './panel-body.tsx';
import { type AnsweredPanel, usePanelData } from './use-panel-data.ts';

/** Pixels of a unit of height, of the panel's head, and around its body. */
export const unitHeight = 20;
const headHeight = 28;
const around = 14;

type PanelFrameProps = Readonly<{
  panel: Panel;
  context: PanelContext;
  /** What editing adds to the menu. */
  actions?: readonly MenuAction[];
  children?: ReactNode;
}>;

/** A panel with its title, its menu and its states. It asks for data once it has come into view. */
export function PanelFrame({ panel, context, actions = [], children }: PanelFrameProps) {
  const place = useRef<HTMLElement>(null);
  const isSeen = useSeen(place);
  const query = usePanelData(panel, context, isSeen);
  const [showNumbers, setShowNumbers] = useState(false);
  const height = panel.place.h * unitHeight - headHeight - around;
  const { missing = [], leftOut = [] } = query.data?.data ?? {};
  return (
    <section ref={place} className={styles.panel} aria-label={panel.title || 'Panel'} aria-busy={query.isFetching}>
      <header className={styles.panelHead}>
        <h2 title={panel.title}>{panel.title}</h2>
        {missing.length > 0 && (
          <span className={styles.partial} title={missing.join('\n')}>
            partial<span className="visually-hidden">: {missing.join(' ')}</span>
          </span>
        )}
        {leftOut.length > 0 && (
          <span className={styles.leftOut} title={leftOut.join('\n')}>
            not all<span className="visually-hidden">: {leftOut.join(' ')}</span>
          </span>
        )}
        <PanelMenu
          panel={panel}
          answered={query.data}
          context={context}
          actions={actions}
          showNumbers={showNumbers}
          onShowNumbers={setShowNumbers}
        />
      </header>
      <div className={styles.panelBody} data-old={query.isPlaceholderData}>
        <PanelBody panel={panel} query={query} height={height} showNumbers={showNumbers} />
      </div>
      {children}
    </section>
  );
}

function useSeen(place: React.RefObject<HTMLElement | null>): boolean {
  const [isSeen, setSeen] = useState(false);
  useEffect(() => {
    const element = place.current;
    if (element === null || isSeen) return;
    const observer = new IntersectionObserver((entries) => setSeen(entries.some(({ isIntersecting }) => isIntersecting)), {
      rootMargin: '200px',
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [isSeen, place]);
  return isSeen;
}

type PanelMenuProps = Readonly<{
  panel: Panel;
  context: PanelContext;
  answered: AnsweredPanel | undefined;
  actions: readonly MenuAction[];
  showNumbers: boolean;
  onShowNumbers: (show: boolean) => void;
}>;

function PanelMenu({ panel, context, answered, actions, showNumbers, onShowNumbers }: PanelMenuProps) {
  const [, navigate] = useLocation();
  const search = useSearchText();
  const asked = { ...context, steps: answered?.context.steps ?? {} };
  const body = () => JSON.stringify(panelRequest(panel, asked), undefined, 2);
  const url = `${window.location.origin}${panelPath(panel)}`;
  const inLogs = logsSearch(panel, asked);
  const own: readonly MenuAction[] =
    panel.content.kind === 'markdown'
      ? []
      : [
          ...((isChart(panel.content) && panel.content.kind !== 'table') || panel.content.kind === 'map'
            ? [{ id: 'numbers', title: showNumbers ? 'Show the picture' : 'Show the numbers', run: () => onShowNumbers(!showNumbers) }]
            : []),
          ...(inLogs === undefined ? [] : [{ id: 'logs', title: 'Open in Logs', run: () => navigate(pageLink('/logs', search, inLogs)) }]),
          { id: 'query', title: 'Copy Elasticsearch query', run: () => void navigator.clipboard.writeText(body()) },
          {
            id: 'curl',
            title: 'Copy as curl',
            run: () =>
              void navigator.clipboard.writeText(
                `curl -s '${url}' -H 'Content-Type: application/json' -d '${body().replaceAll("'", "'\\''")}'`,
              ),
          },
        ];
  if (actions.length + own.length === 0) return null;
  return (
    <MenuButton
      className={styles.more}
      label={`Menu of ${panel.title || 'the panel'}`}
      name="Panel"
      placement="bottom end"
      actions={[...actions, ...own]}
    >
      ⋯
    </MenuButton>
  );
}
