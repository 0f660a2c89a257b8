export function SessionDrawer({ id }: Readonly<{ id: string }>) {
  return <p>{id}</p>;
}
