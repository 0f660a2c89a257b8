export function Page() {
  return <h1>Logs</h1>;
}
