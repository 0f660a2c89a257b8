export function Page() {
  return <h1>Mesh</h1>;
}
