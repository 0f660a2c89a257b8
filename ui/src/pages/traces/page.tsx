export function Page() {
  return <h1>Traces</h1>;
}
