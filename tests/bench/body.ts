/** A body of 1 KB as an event has it. */
export const oneKilobyte = (id: string): string =>
  JSON.stringify({ id, type: "job.closed", data: { job: { title: "Bench", note: "x".repeat(920) } } });
