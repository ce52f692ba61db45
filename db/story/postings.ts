import { and, eq, isNotNull } from "drizzle-orm";
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
import type { StorySteps } from "./steps.ts";
import { control } from "./vendors.ts";

export interface StoryBoards {
  ziprecruiter: string;
  weworkremotely: string;
  indeed: string;
  wellfound: string;
}

/** A posting whose sending was cut off is looked for, then sent, then read: more turns than that change nothing. */
const TURNS = 4;

/** Somebody watches the story: it may spend the part of the call budget that is kept for people. */
const carryOn = ({ employerId }: Actor, postingId: string) =>
  reconcile(employerId, postingId, AbortSignal.timeout(20_000), { interactive: true });

const postingsOf = ({ employerId }: Actor, jobId: string) =>
  withEmployer(employerId, (tx) =>
    tx
      .select({ id: posting.id, connectionId: posting.connectionId, state: posting.state })
      .from(posting)
      .where(and(eq(posting.employerId, employerId), eq(posting.jobId, jobId))),
  );

/** Sends one job to boards, agreeing to the price shown, and carries each posting to where it rests. */
async function send(actor: Actor, jobId: string, boards: readonly string[]): Promise<void> {
  const checks = (await preflight(actor, jobId, boards)).filter(({ already }) => already === null);
  const open = checks.map(({ connectionId }) => connectionId);
  if (open.length > 0) await publish(actor, jobId, open, totalWord(totalOf(checks.map(({ price }) => price))));
  for (let turn = 0, before = ""; turn < TURNS; turn += 1) {
    const all = await postingsOf(actor, jobId);
    const states = all.map(({ state }) => state).join();
    if (states === before) return;
    before = states;
    for (const { id, state } of all) if (state === "validating" || state === "queued") await carryOn(actor, id);
  }
}

async function postingAt(actor: Actor, jobId: string, connectionId: string) {
  const found = (await postingsOf(actor, jobId)).find((one) => one.connectionId === connectionId);
  if (!found) throw new Error("The story's posting is gone.");
  return found;
}

/** After an interrupted story: whoever held these postings is gone. */
export async function freePostings({ employerId }: Actor): Promise<void> {
  await withEmployer(employerId, (tx) =>
    tx
      .update(posting)
      .set({ leaseOwner: null, leaseUntil: null })
      .where(and(eq(posting.employerId, employerId), isNotNull(posting.leaseOwner))),
  );
}

/** What the boards show on the story's first day: live, in review, refused, waiting for a person, closed. */
export async function makePostings(
  steps: StorySteps,
  actor: Actor,
  jobs: Map<string, string>,
  boards: StoryBoards,
): Promise<void> {
  const job = (key: string): string => {
    const id = jobs.get(key);
    if (id === undefined) throw new Error(`The story has no job ${key}.`);
    return id;
  };
  const { ziprecruiter, weworkremotely, indeed, wellfound } = boards;
  const post = (key: string, to: readonly string[]) => steps.once(`post ${key}`, () => send(actor, job(key), to));

  await steps.once("refuse field", async () => {
    await control("ziprecruiter", "faults", {
      ...{ kind: "reject-next-posting", account: "acme" },
      reason: "The place in the text differs from the place of the job.",
    });
  });
  await post("field", [ziprecruiter, indeed]);
  await post("installer", [ziprecruiter, indeed]);
  await post("backend", [ziprecruiter, weworkremotely, indeed, wellfound]);
  await steps.once("approve backend", async () => {
    const { id } = await postingAt(actor, job("backend"), weworkremotely);
    await control("weworkremotely", "actions/approve", {});
    await carryOn(actor, id);
  });
  await post("designer", [ziprecruiter, weworkremotely, wellfound]);
  await steps.once("hand over designer", async () => {
    const { id, state } = await postingAt(actor, job("designer"), wellfound);
    const url = "https://wellfound.com/jobs/2840112-product-designer";
    if (state === "your_step") await confirmPosting(actor, id, { state: "live", url });
  });
  await post("care", [ziprecruiter, indeed]);
  await post("warehouse", [ziprecruiter]);
  await post("payroll", [ziprecruiter]);
  await steps.once("close payroll", async () => {
    const { id } = await postingAt(actor, job("payroll"), ziprecruiter);
    await closePostings(actor, { postingId: id }, "filled");
    await carryOn(actor, id);
  });
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
export async function makeApplicants(
  steps: StorySteps,
  { employerId }: Actor,
  jobs: Map<string, string>,
  boards: StoryBoards,
): Promise<string[]> {
  const connectionOf: Readonly<Record<string, string>> = { ...boards };
  const ids: string[] = [];
  for (const [index, [firstName, lastName, key, source]] of people.entries()) {
    const jobId = jobs.get(key) ?? "";
    const apply = () =>
      withEmployer(employerId, async (tx) => {
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
    ids.push(await steps.once(`applicant ${firstName} ${lastName}`, async () => (await apply()).applicationId));
  }
  return ids;
}
