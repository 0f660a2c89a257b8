import { type KeyboardEvent, type PointerEvent, useMemo, useRef, useState } from 'react';
import { inReadingOrder, placeVariables, usePanelContext } from '../dashboard-view.tsx';
import styles from '../dashboards.module.css';
import { duplicatePanel, placePanel, removePanel } from '../model/layout.ts';
import { type Dashboard, gridColumns, type Panel, type Place } from '../model/panel.ts';
import { readPlace } from '../model/read-dashboard.ts';
import { PanelFrame, unitHeight } from '../panel-frame.tsx';

type EditGridProps = Readonly<{
  dashboard: Dashboard;
  onChange: (dashboard: Dashboard) => void;
  onEdit: (id: string) => void;
  edited: string;
}>;

type Held = Readonly<{ id: string; what: 'move' | 'resize'; fromX: number; fromY: number; place: Place }>;

/** Units by arrow key; with Shift as many as `far`. */
const far = 6;

/** The grid while it is changed: panels are dragged by their handles, or moved by the arrow keys on them. */
export function EditGrid({ dashboard, onChange, onEdit, edited }: EditGridProps) {
  const context = usePanelContext(dashboard);
  const grid = useRef<HTMLDivElement>(null);
  const [held, setHeld] = useState<Held | undefined>();
  const [said, say] = useState('');
  const panels = useMemo(
    () => (held === undefined ? dashboard.panels : placePanel(dashboard.panels, held.id, held.place)),
    [dashboard.panels, held],
  );
  const set = (next: readonly Panel[]) => onChange({ ...dashboard, panels: next });

  const onHandle = (panel: Panel, what: Held['what']) => ({
    onPointerDown: (event: PointerEvent<HTMLElement>) => {
      if (event.button !== 0) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      setHeld({ id: panel.id, what, fromX: event.clientX, fromY: event.clientY, place: panel.place });
    },
    onPointerMove: (event: PointerEvent<HTMLElement>) => {
      if (held?.id !== panel.id || held.what !== what) return;
      const unit = (grid.current?.clientWidth ?? gridColumns) / gridColumns;
      const [x, y] = [Math.round((event.clientX - held.fromX) / unit), Math.round((event.clientY - held.fromY) / unitHeight)];
      const start = dashboard.panels.find(({ id }) => id === panel.id)?.place ?? held.place;
      const place = moved(start, what, x, y);
      if (JSON.stringify(place) !== JSON.stringify(held.place)) setHeld({ ...held, place });
    },
    onPointerUp: () => {
      if (held !== undefined && panels !== dashboard.panels) set(panels);
      setHeld(undefined);
    },
    onPointerCancel: () => setHeld(undefined),
    onKeyDown: (event: KeyboardEvent<HTMLElement>) => {
      const by = event.shiftKey ? far : 1;
      const step = ({ ArrowLeft: [-by, 0], ArrowRight: [by, 0], ArrowUp: [0, -by], ArrowDown: [0, by] } as const)[event.key as 'ArrowLeft'];
      if (event.key === 'Escape') setHeld(undefined);
      if (step === undefined) return;
      event.preventDefault();
      const place = stepped(dashboard.panels, panel, what, step[0], step[1]);
      const next = placePanel(dashboard.panels, panel.id, place);
      const now = next.find(({ id }) => id === panel.id)?.place ?? place;
      set(next);
      say(`${panel.title || 'Panel'}: column ${now.x + 1}, row ${now.y + 1}, ${now.w} wide, ${now.h} high`);
    },
  });

  return (
    <>
      <p role="status" className="visually-hidden">
        {said}
      </p>
      <div ref={grid} className={styles.grid} data-editing="true">
        {inReadingOrder(panels).map((panel) => (
          <div
            key={panel.id}
            className={styles.place}
            style={placeVariables(panel.place)}
            data-held={held?.id === panel.id}
            data-edited={edited === panel.id}
          >
            <PanelFrame
              panel={panel}
              context={context}
              actions={[
                { id: 'edit', title: 'Edit', run: () => onEdit(panel.id) },
                { id: 'duplicate', title: 'Duplicate', run: () => set(duplicatePanel(dashboard.panels, panel.id)) },
                { id: 'remove', title: 'Remove', run: () => set(removePanel(dashboard.panels, panel.id)) },
              ]}
            >
              <button
                type="button"
                className={styles.moveHandle}
                aria-label={`Move ${panel.title || 'the panel'}`}
                title="Drag, or arrow keys"
                {...onHandle(panel, 'move')}
              >
                <span aria-hidden="true">⠿</span>
              </button>
              <button
                type="button"
                className={styles.resizeHandle}
                aria-label={`Resize ${panel.title || 'the panel'}`}
                title="Drag, or arrow keys"
                {...onHandle(panel, 'resize')}
              >
                <span aria-hidden="true">◢</span>
              </button>
            </PanelFrame>
          </div>
        ))}
      </div>
    </>
  );
}

function moved({ x, y, w, h }: Place, what: Held['what'], right: number, down: number): Place {
  if (what === 'move') return readPlace({ x: Math.max(0, Math.min(gridColumns - w, x + right)), y: Math.max(0, y + down), w, h });
  return readPlace({ x, y, w: Math.max(4, Math.min(gridColumns - x, w + right)), h: h + down });
}

/** Up and down by key go past the neighbour: panels rise, so a step of less would be none. */
function stepped(panels: readonly Panel[], panel: Panel, what: Held['what'], right: number, down: number): Place {
  const place = moved(panel.place, what, right, down);
  if (what === 'resize' || down === 0) return place;
  const { x, y, w, h } = panel.place;
  const beside = panels.filter((one) => one.id !== panel.id && one.place.x < x + w && x < one.place.x + one.place.w);
  if (down < 0) return { ...place, y: Math.max(0, ...beside.map((one) => one.place.y).filter((top) => top < y)) };
  const below = beside.filter((one) => one.place.y >= y + h).toSorted((one, other) => one.place.y - other.place.y)[0];
  return below === undefined ? panel.place : { ...place, y: below.place.y + below.place.h - h + 1 };
}
