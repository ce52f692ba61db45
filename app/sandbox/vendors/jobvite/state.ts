import { generateKeyPairSync } from "node:crypto";
import { z } from "zod";
import { PEOPLE, pick, titleOf } from "../../names.ts";

const DAY = 86_400_000;

const jobSchema = z.object({
  eId: z.string(),
  requisitionId: z.string(),
  title: z.string(),
  jobState: z.string(),
  department: z.string(),
  jobType: z.string(),
  city: z.string(),
  sentDate: z.number(),
  lastUpdatedDate: z.number(),
});
const fileSchema = z.object({ name: z.string(), format: z.enum(["Text", "ByteArray"]), content: z.string() });
const applicationSchema = z.object({
  eId: z.string(),
  person: z.number(),
  personId: z.string(),
  jobId: z.string(),
  workflowState: z.string(),
  disposition: z.string(),
  source: z.string(),
  sentDate: z.number(),
  lastUpdatedDate: z.number(),
  hireDate: z.number().nullable(),
  consent: z.string(),
  resume: fileSchema.nullable(),
});
const taskSchema = z.object({
  id: z.string(),
  processInstanceId: z.string(),
  name: z.string(),
  type: z.string(),
  status: z.string(),
  dueDate: z.number(),
  completedDate: z.number().nullable(),
});
const processSchema = z.object({
  id: z.string(),
  status: z.string(),
  hireDate: z.number(),
  applicationId: z.string(),
});

const accountSchema = z.object({
  /** The company id. */
  key: z.string(),
  name: z.string(),
  jobs: z.array(jobSchema),
  applications: z.array(applicationSchema),
  processes: z.array(processSchema),
  tasks: z.array(taskSchema),
  /** Jobvite sets webhooks up on request: base address and signing key. */
  hooks: z.array(z.object({ url: z.string(), secret: z.string() })),
  /** PEM of the customer's public key, as exchanged by hand. */
  customerKey: z.string(),
  signingKey: z.string(),
});
export type Account = z.infer<typeof accountSchema>;
export type Application = z.infer<typeof applicationSchema>;

const credentialSchema = z.object({
  account: z.string(),
  apiKey: z.string(),
  secret: z.string(),
  rights: z.array(z.string()),
  revoked: z.boolean(),
});

export const stateSchema = z.object({
  next: z.number(),
  accounts: z.array(accountSchema),
  credentials: z.array(credentialSchema),
  /** Jobvite's own pair, and the pair of the demonstration customer; PEM. */
  keys: z.object({
    vendorPublic: z.string(),
    vendorPrivate: z.string(),
    demoPublic: z.string(),
    demoPrivate: z.string(),
  }),
});
export type State = z.infer<typeof stateSchema>;

let made: State["keys"] | undefined;

/** Made once per process; a kept state brings its own. */
const keys = (): State["keys"] => {
  if (!made) {
    const pair = () =>
      generateKeyPairSync("rsa", {
        modulusLength: 2048,
        publicKeyEncoding: { type: "spki", format: "pem" },
        privateKeyEncoding: { type: "pkcs8", format: "pem" },
      });
    const [vendor, demo] = [pair(), pair()];
    made = {
      vendorPublic: vendor.publicKey,
      vendorPrivate: vendor.privateKey,
      demoPublic: demo.publicKey,
      demoPrivate: demo.privateKey,
    };
  }
  return made;
};

export const STAGES = ["New", "Phone Screen", "Interview", "Offer", "Hired"] as const;
const id = (state: State, letter: string) => `${letter}${(state.next++).toString(36).toUpperCase().padStart(7, "0")}`;

export const accountOf = (state: State, key: string): Account => {
  const found = state.accounts.find((account) => account.key === key);
  if (!found) throw new Error(`No account ${key}`);
  return found;
};

export const addJob = (state: State, account: Account, title: string, at: number, jobState = "Open") => {
  const number = account.jobs.length;
  const job = {
    eId: id(state, "o"),
    requisitionId: `REQ-${70 + number}`,
    title,
    jobState,
    department: pick(["Operations", "Technology", "Office"], number),
    jobType: number % 5 === 0 ? "Part-Time" : "Full-Time",
    city: pick(["Leeds", "Madrid", "Utrecht"], number),
    sentDate: at,
    lastUpdatedDate: at,
  };
  account.jobs.push(job);
  return job;
};

export const addApplication = (
  state: State,
  account: Account,
  person: number,
  jobId: string,
  at: number,
  more: { personId?: string; state?: string } = {},
): Application => {
  const [first, last] = PEOPLE(person);
  const text = `${first} ${last}\nSeven years of experience.\n`;
  const application: Application = {
    eId: id(state, "a"),
    person,
    personId: more.personId ?? id(state, "p"),
    jobId,
    workflowState: more.state ?? pick(STAGES.slice(0, 4), person),
    disposition: "",
    source: pick(["Careers Site", "Indeed", "Referral"], person),
    sentDate: at,
    lastUpdatedDate: at,
    hireDate: null,
    consent: "active",
    resume:
      person % 2 === 0
        ? { name: `${first}.pdf`, format: "Text", content: text }
        : {
            name: `${first}.pdf`,
            format: "ByteArray",
            content: Buffer.from(`%PDF-1.4\n% ${text}%%EOF\n`).toString("base64"),
          },
  };
  account.applications.push(application);
  return application;
};

/** One onboarding per hire, with the usual tasks. */
export const hire = (state: State, account: Account, application: Application, at: number): void => {
  Object.assign(application, { workflowState: "Hired", hireDate: at, lastUpdatedDate: at });
  const processId = (state.next++).toString(16).padStart(24, "0");
  account.processes.push({
    id: processId,
    status: "In Progress",
    hireDate: at + 14 * DAY,
    applicationId: application.eId,
  });
  for (const [number, [name, type]] of [
    ["Tax form", "W4"] as const,
    ["Proof of identity", "I9"] as const,
    ["Handbook", "DOC"] as const,
  ].entries())
    account.tasks.push({
      id: (state.next++).toString(16).padStart(24, "0"),
      processInstanceId: processId,
      name,
      type,
      status: number === 0 ? "Completed" : "Not Started",
      dueDate: at + 7 * DAY,
      completedDate: number === 0 ? at : null,
    });
};

/** Grows an account; times go back, so that most is older than the two days that a careful client reads again. */
export const grow = (state: State, account: Account, want: { jobs: number; candidates: number }, now: Date): void => {
  const back = (number: number) => now.getTime() - 4 * DAY - number * 600_000;
  while (account.jobs.length < want.jobs) {
    const number = account.jobs.length;
    addJob(state, account, titleOf(number), back(number), number % 9 === 8 ? "Closed" : "Open");
  }
  const open = account.jobs.filter((job) => job.jobState === "Open");
  for (let number = account.applications.length; number < want.candidates && open.length > 0; number++) {
    const first = addApplication(state, account, number, pick(open, number).eId, back(number));
    // Some people apply twice: they come as two rows with one id, side by side.
    if (number % 40 === 3)
      addApplication(state, account, number, pick(open, number + 1).eId, back(number), { personId: first.personId });
  }
};

/** Three companies: a busy one, a small one and an empty one. */
export const seedJobvite = (now: Date): State => {
  const at = now.getTime();
  const all = ["job", "candidate", "task", "process"];
  const credential = (account: string, suffix: string, rights = all, revoked = false) => ({
    account,
    apiKey: `jv_key_${suffix}_1234`,
    secret: `jv_secret_${suffix}_5f81c2d94e`,
    rights,
    revoked,
  });
  const account = (key: string, name: string): Account => ({
    ...{ key, name, jobs: [], applications: [], processes: [], tasks: [], hooks: [] },
    customerKey: keys().demoPublic,
    signingKey: `jv-signing-key-${key}-0001`,
  });
  const state: State = {
    next: 60_000_000,
    accounts: [account("acme", "Acme Logistics"), account("birch", "Birch and Sons"), account("cedar", "Cedar Works")],
    credentials: [
      credential("acme", "acme"),
      credential("birch", "birch"),
      credential("acme", "noscope", ["job"]),
      credential("acme", "revoked", all, true),
      credential("cedar", "cedar"),
    ],
    keys: keys(),
  };
  grow(state, accountOf(state, "acme"), { jobs: 18, candidates: 160 }, now);
  grow(state, accountOf(state, "birch"), { jobs: 3, candidates: 8 }, now);
  for (const key of ["acme", "birch"]) {
    const busy = accountOf(state, key);
    for (const application of busy.applications.slice(0, 3)) hire(state, busy, application, at - 5 * DAY);
  }
  return state;
};
