import { z } from "zod";
import { offered, type Person, type Sheet } from "./person.ts";
import { fetchPlainly, Untruth } from "./untruth.ts";

/** What the story's steps share: where things are, who acts, and what earlier steps made. */
export interface Story {
  url: string;
  sandbox: string;
  signInLink: string;
  person: Person;
  /** Vendor id → connection id. */
  connections: Map<string, string>;
  notes: Map<string, string>;
}

export function expectTrue(holds: unknown, sentence: string): asserts holds {
  if (!holds) throw new Untruth(sentence);
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

let most = Number.POSITIVE_INFINITY;
/** From now on nobody waits longer than this for what a broken vendor will not bring. */
export function waitAtMost(seconds: number): void {
  most = seconds;
}

/** Looks again until `look` answers, for at most `seconds`. */
export async function until<T>(
  sentence: string,
  look: () => Promise<T | null | undefined | false>,
  seconds = 40,
): Promise<T> {
  const end = Date.now() + Math.min(seconds, most) * 1_000;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Untruth(sentence);
    await wait(300);
  }
}

/** The control plane of a simulated vendor: what the other side holds. */
export async function control<S extends z.ZodType>(
  story: Story,
  path: string,
  schema: S,
  body?: unknown,
): Promise<z.output<S>> {
  const headers = { "content-type": "application/json", accept: "application/json" };
  const init =
    body === undefined
      ? { headers: { accept: "application/json" } }
      : { method: "POST", headers, body: JSON.stringify(body) };
  const answer = await fetchPlainly(`${story.sandbox}/${path}`, init);
  const text = await answer.text();
  if (!answer.ok) {
    const said = /^\{"error":"(.*)"\}$/.exec(text)?.[1]?.replaceAll('\\"', '"') ?? text.slice(0, 200);
    throw new Untruth(`The simulated side did not do ${path} (${answer.status}): ${said}`);
  }
  return schema.parse(text === "" ? null : JSON.parse(text));
}

export const anything = z.unknown();

const credentials = z.record(
  z.string(),
  z.object({ config: z.record(z.string(), z.string()), accountName: z.string() }),
);

/** Second employer, second account: Birch Works connects with the sandbox's "other" credentials. */
export async function given(story: Story, vendorId: string) {
  const entry = (await control(story, `_control/${vendorId}/credentials`, credentials)).other;
  expectTrue(entry, `The simulated ${vendorId} hands out no second account.`);
  return entry;
}

/** What a page complains of, in its own words; the beginning of its text where it marks nothing. */
export const complaint = (page: Sheet): string =>
  page.root.querySelector('main [role="alert"]')?.textContent.replace(/\s+/g, " ").trim() || page.text.slice(0, 160);

const portal = (story: Story, path: string) => story.person.open(`${story.url}${path}`);

async function chooseSandbox(story: Story, vendorId: string): Promise<Sheet> {
  const page = await portal(story, `/integrations/connect/${vendorId}`);
  return story.person.press(page, /^Continue$/, { environment: "sandbox" });
}

function remember(story: Story, vendorId: string, page: Sheet): void {
  const id = page.url.searchParams.get("connection") ?? /\/integrations\/([0-9a-f-]{36})/.exec(page.url.pathname)?.[1];
  expectTrue(id, `The wizard of ${vendorId} led to ${page.url.pathname} and not to a connection.`);
  story.connections.set(vendorId, id);
}

/** Answers the setup step: the first fitting value of each choice. */
async function answerSetup(story: Story, page: Sheet, wanted: Readonly<Record<string, RegExp>>): Promise<Sheet> {
  const fields: Record<string, string | string[]> = {};
  for (const [key, label] of Object.entries(wanted)) {
    const values = offered(page, key).filter((one) => label.test(one.label));
    expectTrue(values[0], `The wizard offers nothing like ${label} for ${key}: ${page.text.slice(0, 200)}`);
    fields[key] = values[0].value;
  }
  return story.person.press(page, /Save and start/, fields);
}

/** The state that the portal shows of a vendor's connection, in its own words. */
export const stands = async (story: Story, vendorId: string): Promise<string> => {
  const page = await portal(story, `/integrations/${story.connections.get(vendorId)}`);
  const word = page.root.querySelector("main .state, main [data-tone]")?.textContent.trim() ?? "";
  return word;
};

/** Connects by a pasted key, as the wizard's form asks. */
export async function connectByKey(
  story: Story,
  vendorId: string,
  chosen: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { config, accountName } = await given(story, vendorId);
  const form = await chooseSandbox(story, vendorId);
  remember(story, vendorId, form);
  const page = await story.person.press(form, /Test and save/, { ...config, ...chosen });
  expectTrue(page.status < 400, `${vendorId} did not accept its own credentials: ${complaint(page)}`);
  await until(
    `${vendorId} is not shown as connected.`,
    async () => /Connected|Ready/.test(await stands(story, vendorId)),
    10,
  );
  return accountName;
}

/** Connects on the vendor's own consent page, with state and PKCE checked on both sides. */
export async function connectByConsent(
  story: Story,
  vendorId: string,
  account: string,
  setup: Readonly<Record<string, RegExp>>,
): Promise<string> {
  const start = await chooseSandbox(story, vendorId);
  remember(story, vendorId, start);
  const consent = await story.person.press(start, /^Sign in with/);
  expectTrue(
    consent.url.origin === story.sandbox,
    `The sign-in of ${vendorId} led to ${consent.url.origin} and not to the vendor.`,
  );
  const back = await story.person.press(consent, /Allow/, { account });
  expectTrue(back.url.origin === story.url, `${vendorId} sent the person to ${back.url.origin}.`);
  const page = Object.keys(setup).length > 0 ? await answerSetup(story, back, setup) : back;
  expectTrue(page.status < 400, `The setup of ${vendorId} was refused: ${complaint(page)}`);
  await until(
    `${vendorId} is not shown as connected.`,
    async () => /Connected/.test(await stands(story, vendorId)),
    10,
  );
  return account;
}

export const openPortal = portal;
