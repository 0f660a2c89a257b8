export function Page() {
  return <h1>Pipeline</h1>;
}
