export function Definitions({ server, tool }: Readonly<{ server: string; tool: string }>) {
  return (
    <section aria-labelledby="definitions" hidden>
      <h2 id="definitions">
        Definition of {server} {tool}
      </h2>
    </section>
  );
}
