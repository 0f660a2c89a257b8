export type DiffLine = Readonly<{ kind: 'same' | 'added' | 'removed'; text: string }>;

/** Beyond so many lines on a side, all of one and all of the other are shown: the table of a comparison grows with the product. */
const maxLines = 2000;

/** What has to be taken out of one text and put in to have the other, line by line: by their longest common subsequence. */
export function lineDiff(before: string, after: string): readonly DiffLine[] {
  const [old, fresh] = [before === '' ? [] : before.split('\n'), after === '' ? [] : after.split('\n')];
  const removed = (lines: readonly string[]) => lines.map((text): DiffLine => ({ kind: 'removed', text }));
  const added = (lines: readonly string[]) => lines.map((text): DiffLine => ({ kind: 'added', text }));
  if (old.length > maxLines || fresh.length > maxLines) return [...removed(old), ...added(fresh)];
  const width = fresh.length + 1;
  /** `common[at]`: length of what the rests from there on have in common. */
  const common = new Uint32Array((old.length + 1) * width);
  for (let row = old.length - 1; row >= 0; row--) {
    for (let column = fresh.length - 1; column >= 0; column--) {
      const at = row * width + column;
      common[at] =
        old[row] === fresh[column]
          ? (common[at + width + 1] as number) + 1
          : Math.max(common[at + width] as number, common[at + 1] as number);
    }
  }
  const lines: DiffLine[] = [];
  let [row, column] = [0, 0];
  while (row < old.length && column < fresh.length) {
    const at = row * width + column;
    if (old[row] === fresh[column]) {
      lines.push({ kind: 'same', text: old[row] as string });
      row++;
      column++;
    } else if ((common[at + width] as number) >= (common[at + 1] as number)) lines.push({ kind: 'removed', text: old[row++] as string });
    else lines.push({ kind: 'added', text: fresh[column++] as string });
  }
  return [...lines, ...removed(old.slice(row)), ...added(fresh.slice(column))];
}
