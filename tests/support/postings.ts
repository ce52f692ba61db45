import { eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach } from "vitest";
import { setEnvironment } from "#app/platform/env.server.ts";
import { createSandbox, type Sandbox } from "#app/sandbox/server.ts";
import { control } from "#app/sandbox/testing.ts";
import { type Actor, systemActor } from "#app/services/actor.ts";
import { saveSecrets } from "#app/services/credentials.server.ts";
import { jobInput } from "#app/services/job-input.server.ts";
import { type Job, saveJob } from "#app/services/jobs.server.ts";
import { type Posting, reconcile } from "#app/services/postings.server.ts";
import { withEmployer } from "#db/client.server.ts";
import { posting, postingEvent } from "#db/schema/postings.ts";
import { makeConnection, makeEmployer } from "./connections.ts";

const words =
  "You will build and mend steel parts for cranes and bridges, read drawings, and pass on what you know. We give a permanent contract, paid training, thirty days of leave and tools of your own. Tell us about one piece of work you are proud of.";

export const sampleJob = jobInput.parse({
  title: "Senior Welder",
  descriptionHtml: `<h2>Your work</h2><p>${words}</p>`,
  locations: [{ city: "Austin", region: "TX", country: "US", postalCode: "78701" }],
  remote: "remote",
  salary: { min: 3_800_000, max: 4_400_000, currency: "USD", period: "year" },
  status: "open",
});

const settings: Record<string, { config: Record<string, string>; secrets: Record<string, string> }> = {
  ziprecruiter: {
    config: { keyForm: "raw", employerId: "acme", employerName: "Acme Logistics" },
    secrets: { apiKey: "zr-key-acme-91c4", webhookSecret: "zr-secret-acme" },
  },
  weworkremotely: {
    config: { company: "Acme Logistics", posterEmail: "jobs@acme.example", categoryId: "4" },
    secrets: { token: "wwr-token-acme-77ab" },
  },
  indeed: {
    config: { sourceName: "Acme Logistics", companyName: "Acme Logistics", contactEmail: "jobs@acme.example" },
    secrets: {},
  },
  "indeed:job-sync": {
    config: {
      way: "job-sync",
      clientId: "indeed-client-acme",
      sourceName: "Acme Logistics",
      companyName: "Acme Logistics",
      sourceType: "Employer",
      contactName: "Ana Ruiz",
      contactEmail: "jobs@acme.example",
    },
    secrets: { clientSecret: "indeed+client/secret=acme-7c1e" },
  },
  "linkedin:api": {
    config: {
      way: "api",
      clientId: "li-child-acme",
      organizationId: "990011",
      companyName: "Acme Logistics",
      apiVersion: "202504",
    },
    secrets: { clientSecret: "li+secret/acme=8d2f" },
  },
  wellfound: { config: { companyUrl: "https://wellfound.com/company/acme-logistics" }, secrets: {} },
};

/** A vendor id, or one with the way of posting behind a colon. */
const vendorOf = (named: string) => named.split(":")[0] ?? named;

export interface BoardWorld {
  employerId: string;
  actor: Actor;
  job: Job;
  sandbox: Sandbox;
  /** Connects a vendor, or one way of it: "indeed:job-sync". */
  connect(named: string): Promise<string>;
  /** Steps of one posting until it rests or `times` is used up. */
  run(postingId: string, times?: number): Promise<Posting>;
  /** Ends a lease as if its holder had died long ago. */
  expireLease(postingId: string): Promise<void>;
  row(postingId: string): Promise<Posting>;
  history(postingId: string): Promise<string[]>;
  act(vendorId: string, action: string, input?: Record<string, unknown>): Promise<Record<string, unknown>>;
  fault(vendorId: string, kind: string, more?: Record<string, unknown>): Promise<unknown>;
  state(vendorId: string): Promise<Record<string, unknown[]>>;
}

/** The simulated vendors on a free port, to be shared by a test file. */
export async function startBoards(portalOrigin?: string): Promise<Sandbox> {
  const sandbox = await createSandbox(portalOrigin ? { portalOrigin } : {});
  setEnvironment({ PATCHBAY_SANDBOX_URL: sandbox.origin });
  return sandbox;
}

/** Starts the boards for a test file, and hands each test an employer of its own in front of them. */
export function boardsForEach(use: (world: BoardWorld) => void | Promise<void>): void {
  let sandbox: Sandbox;
  beforeAll(async () => {
    setEnvironment({ PATCHBAY_URL: "http://127.0.0.1:3999" });
    sandbox = await startBoards();
  });
  afterAll(() => sandbox.close());
  beforeEach(async () => {
    await use(await boardWorld(sandbox));
  });
}

/** An employer with one open job in front of freshly reset boards. */
export async function boardWorld(sandbox: Sandbox): Promise<BoardWorld> {
  for (const id of Object.keys(settings)) sandbox.vendor(vendorOf(id)).reset();
  const employerId = await makeEmployer("Acme");
  const actor = systemActor(employerId, "Mara");
  const job = await saveJob(actor, null, sampleJob);
  const mine = (id: string) => eq(posting.id, id);
  const row = async (id: string): Promise<Posting> => {
    const [found] = await withEmployer(employerId, (tx) => tx.select().from(posting).where(mine(id)));
    if (!found) throw new Error("The posting is gone.");
    return found;
  };
  return {
    employerId,
    actor,
    job,
    sandbox,
    row,
    async connect(named) {
      const { config = {}, secrets = {} } = settings[named] ?? {};
      const id = await makeConnection(employerId, { vendorId: vendorOf(named), label: named, config });
      await withEmployer(employerId, (tx) => saveSecrets(tx, employerId, id, secrets));
      return id;
    },
    async run(id, times = 1) {
      for (let turn = 0; turn < times; turn++) await reconcile(employerId, id, new AbortController().signal);
      return row(id);
    },
    async expireLease(id) {
      await withEmployer(employerId, (tx) =>
        tx
          .update(posting)
          .set({ leaseUntil: new Date(0) })
          .where(mine(id)),
      );
    },
    async history(id) {
      const rows = await withEmployer(employerId, (tx) =>
        tx.select().from(postingEvent).where(eq(postingEvent.postingId, id)).orderBy(postingEvent.id),
      );
      return rows.map((one) => one.state);
    },
    act: (vendorId, action, input = {}) => control(sandbox, `${vendorId}/actions/${action}`, input),
    fault: (vendorId, kind, more = {}) => control(sandbox, `${vendorId}/faults`, { kind, ...more }),
    async state(vendorId) {
      return (await fetch(`${sandbox.origin}/_control/${vendorId}/state`)).json();
    },
  };
}
