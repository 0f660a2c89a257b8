const good = /^(?:success|succeeded|ok|allowed|granted|empty|yes|true)$/i;

/** A result in its own word, with a mark and a colour for those that are no success. */
export function ResultMark({ result }: Readonly<{ result: string }>) {
  const isGood = good.test(result);
  return (
    <span style={{ color: isGood ? 'var(--text)' : 'var(--error)' }}>
      <span aria-hidden="true">{isGood ? '' : '● '}</span>
      {result}
    </span>
  );
}
