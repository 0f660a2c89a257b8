export function Page() {
  return <h1>Sessions</h1>;
}
