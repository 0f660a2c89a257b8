/** Beyond this the Bloom filter of `trace_hash` lets pass nearly every granule, and reading it costs more than it saves. */
const maxFiltered = 50;

/** The end of a statement that looks up so many traces in `traces` by their hashes. */
export const lookupSettings = (hashes: number): string => (hashes > maxFiltered ? ' SETTINGS use_skip_indexes = 0' : '');
