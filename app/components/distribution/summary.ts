/** "26 postings live, 2 rejected, 1 still up after closing. 3 wait for you.": is it all right, in one sentence. */
export function summaryWords(counts: Readonly<Partial<Record<string, number>>>, boards: number): string {
  const n = (state: string) => counts[state] ?? 0;
  const live = n("live") + n("expiring");
  const moving = n("validating") + n("queued") + n("in_review");
  const parts = [
    live === 1 ? "1 posting live" : `${live} postings live`,
    ...(moving > 0 ? [`${moving} on the way`] : []),
    ...(n("rejected") > 0 ? [`${n("rejected")} rejected`] : []),
    ...(n("still_up") > 0 ? [`${n("still_up")} still up after closing`] : []),
  ];
  const waiting = n("your_step") + n("rejected") + n("draft");
  const rest = waiting === 0 ? "" : waiting === 1 ? " 1 waits for you." : ` ${waiting} wait for you.`;
  const where = boards === 0 ? "The career site is the only board. " : "";
  return `${where}${parts.join(", ")}.${rest}`;
}
