import { and, eq } from "drizzle-orm";
import { newId, randomToken } from "#app/platform/crypto.server.ts";
import type { Actor } from "#app/services/actor.ts";
import { receiveApplication } from "#app/services/applications.server.ts";
import {
  closePostings,
  confirmPosting,
  preflight,
  publish,
  reconcile,
  totalOf,
  totalWord,
} from "#app/services/postings.server.ts";
import { withEmployer } from "../client.server.ts";
import { posting } from "../schema/postings.ts";
import { control } from "./vendors.ts";

export interface StoryBoards {
  ziprecruiter: string;
  weworkremotely: string;
  indeed: string;
  wellfound: string;
}

const signal = () => AbortSignal.timeout(20_000);

/** Sends one job to boards, agreeing to the price shown, and carries each posting one step further. */
async function send(actor: Actor, jobId: string, boards: readonly string[]): Promise<Map<string, string>> {
  const checks = await preflight(actor, jobId, boards);
  const { sent } = await publish(actor, jobId, boards, totalWord(totalOf(checks.map((check) => check.price))));
  for (const { postingId } of sent) await reconcile(actor.employerId, postingId, signal());
  return new Map(sent.map((one) => [one.connectionId, one.postingId]));
}

/** What the boards show on the story's first day: live, in review, refused, waiting for a person, closed. */
export async function makePostings(actor: Actor, jobs: Map<string, string>, boards: StoryBoards): Promise<void> {
  const job = (key: string): string => {
    const id = jobs.get(key);
    if (id === undefined) throw new Error(`The story has no job ${key}.`);
    return id;
  };
  const { ziprecruiter, weworkremotely, indeed, wellfound } = boards;
  await control("ziprecruiter", "faults", {
    ...{ kind: "reject-next-posting", account: "acme" },
    reason: "The place in the text differs from the place of the job.",
  });
  await send(actor, job("field"), [ziprecruiter, indeed]);
  await send(actor, job("installer"), [ziprecruiter, indeed]);
  const backend = await send(actor, job("backend"), [ziprecruiter, weworkremotely, indeed, wellfound]);
  const paid = backend.get(weworkremotely);
  if (paid) {
    await control("weworkremotely", "actions/approve", {});
    await reconcile(actor.employerId, paid, signal());
  }
  const designer = await send(actor, job("designer"), [ziprecruiter, weworkremotely, wellfound]);
  const handed = designer.get(wellfound);
  if (handed)
    await confirmPosting(actor, handed, { state: "live", url: "https://wellfound.com/jobs/2840112-product-designer" });
  await send(actor, job("care"), [ziprecruiter, indeed]);
  await send(actor, job("warehouse"), [ziprecruiter]);
  const payroll = await send(actor, job("payroll"), [ziprecruiter]);
  const done = payroll.get(ziprecruiter);
  if (done) {
    await closePostings(actor, { postingId: done }, "filled");
    await reconcile(actor.employerId, done, signal());
  }
}

const people: readonly (readonly [string, string, string, string])[] = [
  ["Wen", "Li", "backend", "ziprecruiter"],
  ["Ada", "Okoye", "backend", "weworkremotely"],
  ["Tomás", "Ferreira", "backend", "career-site"],
  ["Ines", "Marchetti", "designer", "weworkremotely"],
  ["Noor", "Haddad", "designer", "career-site"],
  ["Kofi", "Mensah", "installer", "ziprecruiter"],
  ["Lena", "Brandt", "installer", "indeed"],
  ["Hugo", "Stein", "care", "ziprecruiter"],
  ["Priya", "Nair", "care", "career-site"],
  ["Sam", "Whitlock", "warehouse", "ziprecruiter"],
];

/** Ten people who applied over the last days, each with the source that brought them. Returns application ids in order. */
export async function makeApplicants(actor: Actor, jobs: Map<string, string>, boards: StoryBoards): Promise<string[]> {
  const { employerId } = actor;
  const connectionOf: Readonly<Record<string, string>> = { ...boards };
  const ids: string[] = [];
  for (const [index, [firstName, lastName, key, source]] of people.entries()) {
    const jobId = jobs.get(key) ?? "";
    const made = await withEmployer(employerId, async (tx) => {
      const [from] = await tx
        .select({ id: posting.id })
        .from(posting)
        .where(
          and(
            eq(posting.employerId, employerId),
            eq(posting.jobId, jobId),
            eq(posting.connectionId, connectionOf[source] ?? newId()),
          ),
        );
      const plain = (word: string) =>
        word
          .normalize("NFKD")
          .replaceAll(/[^a-zA-Z]/g, "")
          .toLowerCase();
      return receiveApplication(tx, employerId, {
        ...{ jobId, postingId: from?.id ?? null, source },
        candidate: {
          ...{ firstName, lastName, links: [] },
          emails: [`${plain(firstName)}.${plain(lastName)}@mail.example`],
          phones: [`+1 555 01${String(10 + index)}`],
        },
        appliedAt: new Date(Date.now() - (index * 7 + 2) * 3_600_000),
        answers: [{ question: "When could you start?", answer: index % 2 === 0 ? "In a month" : "At once" }],
        coverLetter: `I read what Hollin Verge does and would like to help. Reference ${randomToken(4)}.`,
      });
    });
    ids.push(made.applicationId);
  }
  return ids;
}
