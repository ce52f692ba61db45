import assert from "node:assert/strict";
import type { AnyAdapter } from "#app/integrations/contract/adapter.ts";
import { type ErrorKind, IntegrationError } from "#app/integrations/contract/errors.ts";
import type { Manifest, ResourceName, SetupChoice } from "#app/integrations/contract/manifest.ts";
import { createEgress, type Egress } from "#app/integrations/kit/egress.server.ts";
import type { Pacer } from "#app/integrations/kit/pacer.server.ts";
import { type LocalVendor, openLocally } from "#app/integrations/local.server.ts";
import type { Sandbox } from "#app/sandbox/server.ts";
import type { Receiver } from "./receiver.ts";

export type CredentialName = "good" | "other" | "missingScope" | "revoked" | "empty";
type Simulated = ReturnType<Sandbox["vendor"]>;

/** Never in the way: for checks that are not about the budget. */
const freePacer: Pacer = { take: async () => ({ ok: true }) };

/** One vendor in front of its simulation, reset before each check. */
export interface World {
  manifest: Manifest;
  adapter: AnyAdapter;
  sandbox: Sandbox;
  simulated: Simulated;
  receiver: Receiver;
  writeGolden: boolean;
  isSimulated: boolean;
  has(name: CredentialName): boolean;
  hasFault(kind: string): boolean;
  hasAction(id: string): boolean;
  fault(kind: string, more?: Record<string, string>): void;
  values(name: CredentialName): Record<string, string>;
  /** What the instance registered with the vendor, signing secret included. */
  app(): Record<string, string>;
  secrets(name: CredentialName): string[];
  open(name?: CredentialName, more?: Partial<Parameters<typeof openLocally>[0]>): Promise<LocalVendor>;
  /** The same with the required setup choices made: the first destination, the primary calendar. */
  openSetUp(): Promise<LocalVendor>;
}

export function createWorld(parts: {
  manifest: Manifest;
  adapter: AnyAdapter;
  sandbox: Sandbox;
  receiver: Receiver;
  egress: Egress;
  writeGolden: boolean;
}): World {
  const { manifest, sandbox } = parts;
  const simulated = find(sandbox, manifest.id);
  const credential = (name: CredentialName) => {
    const found = simulated?.credentials()[name];
    assert.ok(found, `The simulated ${manifest.name} has no credential called "${name}".`);
    return found;
  };
  const world: World = {
    ...parts,
    get simulated() {
      return sandbox.vendor(manifest.id);
    },
    isSimulated: simulated !== null,
    has: (name) => simulated?.credentials()[name] !== undefined,
    hasFault: (kind) => simulated !== null && Object.hasOwn(simulated.stateFaults, kind),
    hasAction: (id) => simulated?.actions.some((action) => action.id === id) ?? false,
    fault(kind, more = {}) {
      const seconds = Number(more.seconds ?? 2);
      const retryAfter = more.retryAfter === "date" ? "date" : more.retryAfter === "none" ? "none" : "seconds";
      const { match, field } = more;
      sandbox.vendor(manifest.id).addFault(
        {
          kind,
          count: Number(more.count ?? 1),
          seconds,
          retryAfter,
          ...(match ? { match } : {}),
          ...(field ? { field } : {}),
        },
        more,
      );
    },
    values: (name) => credential(name).config,
    app: () => simulated?.credentials().good?.client ?? {},
    secrets(name) {
      const found = credential(name);
      const typed = manifest.fields
        .filter((field) => field.kind === "secret")
        .map((field) => found.config[field.key] ?? "");
      return [
        ...typed,
        found.tokens?.accessToken ?? "",
        found.tokens?.refreshToken ?? "",
        found.client?.clientSecret ?? "",
      ].filter((secret) => secret !== "");
    },
    open(name = "good", more = {}) {
      const found = credential(name);
      return openLocally({
        vendorId: manifest.id,
        values: found.config,
        ...(found.client
          ? { client: { clientId: found.client.clientId ?? "", clientSecret: found.client.clientSecret ?? "" } }
          : {}),
        ...(found.tokens
          ? {
              tokens: { accessToken: found.tokens.accessToken, refreshToken: found.tokens.refreshToken },
              keep: found.tokens.keep,
            }
          : {}),
        rewrite: { kind: "sandbox", origin: sandbox.origin },
        egress: parts.egress,
        pacer: freePacer,
        http: { sleep: async () => {}, attemptMs: 5_000 },
        ...more,
      });
    },
    async openSetUp() {
      const vendor = await world.open();
      const setup: Record<string, unknown> = {};
      for (const choice of manifest.setup.filter((one) => one.required)) {
        const id = await firstChoice(vendor, choice);
        setup[choice.key] = choice.multiple ? [id] : id;
      }
      return world.open("good", { setup });
    },
  };
  return world;
}

async function firstChoice({ adapter, ctx }: LocalVendor, choice: SetupChoice): Promise<string> {
  if (choice.from === "calendar.list") {
    const all = (await adapter.calendar?.list(ctx)) ?? [];
    return (all.find((one) => one.primary) ?? all[0])?.id ?? "";
  }
  if (choice.from === "messaging.destinations")
    return (await adapter.messaging?.destinations(ctx, { search: "", cursor: null }))?.items[0]?.id ?? "";
  return choice.options?.[0]?.value ?? "";
}

function find(sandbox: Sandbox, id: string): Simulated | null {
  try {
    return sandbox.vendor(id);
  } catch {
    return null;
  }
}

/** The guard as the suite needs it: the sandbox, and nothing else on loopback. */
export function suiteEgress(sandbox: Sandbox): Egress {
  return createEgress({ allow: [`127.0.0.1:${sandbox.port}`], connections: 64 });
}

/** The error that a call ends in; a call that succeeds is a failure of the check. */
export async function errorOf(what: string, call: Promise<unknown>): Promise<IntegrationError> {
  const thrown = await call.then(
    () => null,
    (error: unknown) => error,
  );
  if (thrown instanceof IntegrationError) return thrown;
  throw new assert.AssertionError({
    message:
      thrown === null ? `${what} succeeded.` : `${what} ended in ${String(thrown)} and not in an IntegrationError.`,
  });
}

/** Asserts that a call ends in an IntegrationError of one of these kinds. */
export async function expectKind(
  what: string,
  call: Promise<unknown>,
  ...kinds: ErrorKind[]
): Promise<IntegrationError> {
  const error = await errorOf(what, call);
  assert.ok(
    kinds.includes(error.kind),
    `${what} was "${error.kind}" (${error.message}), expected ${kinds.join(" or ")}.`,
  );
  return error;
}

/** Every resource that can be read. */
export function pullable(manifest: Manifest): ResourceName[] {
  return (manifest.resources ?? []).filter((one) => one.direction !== "push").map((one) => one.name);
}

/** All pages of one run, at most `limit`. */
export async function pullAll(
  vendor: LocalVendor,
  resource: ResourceName,
  checkpoint: string | null = null,
  from: string | null = null,
  limit = 60,
) {
  const { sync } = vendor.adapter;
  assert.ok(sync, "There is no sync module.");
  const ids: string[] = [];
  const versions = new Map<string, string>();
  let cursor = from;
  let pages = 0;
  do {
    const page = await sync.pull(vendor.ctx, { resource, cursor, checkpoint });
    for (const row of page.upserts) {
      ids.push(row.externalId);
      versions.set(row.externalId, row.version);
    }
    cursor = page.cursor;
    pages++;
  } while (cursor !== null && pages < limit);
  return { ids, versions, pages, cursor };
}
