export function TraceDrawer({ id }: Readonly<{ id: string }>) {
  return <p>{id}</p>;
}
