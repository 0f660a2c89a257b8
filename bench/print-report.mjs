export function printReport(result) {
  process.stdout.write(`${JSON.stringify({ ...result, ingest: result.ingest.median }, null, 1)}\n`);
}
