export function Page() {
  return <h1>Overview</h1>;
}
