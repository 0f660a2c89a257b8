export function ToolDrawer({ id }: Readonly<{ id: string }>) {
  return <p>{id}</p>;
}
