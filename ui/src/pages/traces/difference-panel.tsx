import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { StateView } from '../../components/state-view.tsx';
import { formatShare } from '../../format/quantities.ts';
import styles from './search-page.module.css';
import { type Difference, explainTraces } from './trace-api.ts';
import controls from './traces.module.css';

type DifferencePanelProps = Readonly<{
  selected: readonly string[];
  others: readonly string[];
  onClose: () => void;
  onFilter: (condition: string) => void;
}>;

/** What sets the selected traces apart from the others on the screen. */
export function DifferencePanel({ selected, others, onClose, onFilter }: DifferencePanelProps) {
  const asked = useQuery({
    queryKey: ['trace differences', selected, others],
    enabled: selected.length > 0 && others.length > 0,
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    queryFn: ({ signal }) => explainTraces(selected, others, signal),
  });
  return (
    <section className={styles.explained} aria-label="What is different about the selected traces">
      <header>
        <b>
          {selected.length.toLocaleString('en')} selected, {others.length.toLocaleString('en')} others
        </b>
        <span className={controls.space} />
        <button type="button" className={controls.button} onClick={onClose}>
          Show all
        </button>
      </header>
      {selected.length === 0 || others.length === 0 ? (
        <p className={styles.nothing}>
          {selected.length === 0 ? 'No trace lies in this box.' : 'All traces are in this box; there is nothing to compare with.'}
        </p>
      ) : (
        <StateView
          query={asked}
          height={120}
          isEmpty={({ differences }) => differences.length === 0}
          empty="They have the same values in all fields as the others."
        >
          {(answer) => (
            <table>
              <thead>
                <tr>
                  <th scope="col">What is different</th>
                  <th scope="col">Selected</th>
                  <th scope="col">Others</th>
                </tr>
              </thead>
              <tbody>
                {answer.differences.map((difference) => (
                  <tr key={`${difference.field} ${difference.value}`}>
                    <td>
                      <button
                        type="button"
                        className={styles.value}
                        title={`${difference.field} = ${difference.value}: only traces with this`}
                        onClick={() => onFilter(conditionOf(difference))}
                      >
                        <code>{difference.field}</code> {String(difference.value)}
                      </button>
                    </td>
                    <Share share={difference.selected / answer.selected} />
                    <Share share={difference.others / answer.others} />
                  </tr>
                ))}
              </tbody>
            </table>
          )}
        </StateView>
      )}
    </section>
  );
}

const conditionOf = ({ field, value }: Difference): string => `${field} = ${JSON.stringify(value)}`;

const Share = ({ share }: Readonly<{ share: number }>) => (
  <td className={styles.share}>
    <i style={{ width: `${share * 100}%` }} />
    <span>{formatShare(share)}</span>
  </td>
);
