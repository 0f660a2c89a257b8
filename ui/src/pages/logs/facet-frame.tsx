import type { ReactNode } from 'react';
import styles from './facets.module.css';

/** A facet's name, and the button that takes it away. */
export function FacetFrame({ field, onRemove, children }: Readonly<{ field: string; onRemove: () => void; children: ReactNode }>) {
  return (
    <section className={styles.facet} aria-label={field}>
      <h2 className={styles.name}>
        <span title={field}>{field}</span>
        <button type="button" className={styles.remove} aria-label={`Remove the facet ${field}`} title="Remove" onClick={onRemove}>
          ✕
        </button>
      </h2>
      {children}
    </section>
  );
}
