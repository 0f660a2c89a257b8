export function LogDrawer({ id }: Readonly<{ id: string }>) {
  return <p>{id}</p>;
}
