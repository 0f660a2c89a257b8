import { ErrorNote } from '../../components/state-view.tsx';
import { useSearch } from '../../state/use-search.ts';
import styles from './logs.module.css';
import { searchProblem } from './search-problem.ts';

/** Why there is no answer. A mistake in the search is shown at its place. */
export function ProblemNote({ error, retry }: Readonly<{ error: unknown; retry?: () => void }>) {
  const { search } = useSearch();
  const problem = searchProblem(error, search);
  if (problem === undefined) return <ErrorNote error={error} {...(retry === undefined ? {} : { retry })} />;
  const { text, at } = problem;
  const goThere = () => {
    const input = document.getElementById('search');
    if (!(input instanceof HTMLInputElement)) return;
    input.focus();
    input.setSelectionRange(at ?? 0, at === undefined ? input.value.length : at + 1);
  };
  return (
    <div role="alert" className={styles.problem}>
      <p>
        <strong>{text}</strong> {at !== undefined && `At character ${at + 1}:`}
      </p>
      {at !== undefined && (
        <pre>
          {search.text}
          {'\n'}
          {' '.repeat(at)}^
        </pre>
      )}
      <button type="button" onClick={goThere}>
        Go there
      </button>
    </div>
  );
}
