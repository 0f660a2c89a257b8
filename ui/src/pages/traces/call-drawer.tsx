export function CallDrawer({ id }: Readonly<{ id: string }>) {
  return <p>{id}</p>;
}
