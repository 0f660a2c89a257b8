/** The processor time that this process takes for some work, which other programs on the machine hardly change. */
export function processorMillis(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
