/** Gives the reader a file of what was put together in the page. */
export function download(name: string, contentType: string, parts: readonly BlobPart[]): void {
  const url = URL.createObjectURL(new Blob([...parts], { type: contentType }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // Some browsers read it only after the click was handled.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** One line of CSV (RFC 4180). Cells that a spreadsheet would take for a formula are made text. */
export const csvLine = (cells: readonly string[]): string =>
  `${cells
    .map((cell) => {
      const harmless = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
      return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
    })
    .join(',')}\r\n`;
