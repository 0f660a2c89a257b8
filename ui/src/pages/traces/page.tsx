import { useLocation } from 'wouter';
import { ComparePage } from './compare-page.tsx';
import { SearchPage } from './search-page.tsx';
import { TracePage } from './trace-page.tsx';

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/** `/traces` searches, `/traces/{id}` shows one, `/traces/{id}/compare/{other}` tells two apart. */
export function Page() {
  const [location] = useLocation();
  const [id, action, other] = location.split('/').slice(2).map(decoded);
  if (id && action === 'compare' && other) return <ComparePage key={`${id} ${other}`} left={id} right={other} />;
  return id ? <TracePage key={id} id={id} /> : <SearchPage />;
}
