import assert from "node:assert/strict";
import { IntegrationError } from "#app/integrations/contract/errors.ts";
import type { Manifest } from "#app/integrations/contract/manifest.ts";
import { isRefreshable } from "#app/integrations/kit/auth.server.ts";
import { createEgress } from "#app/integrations/kit/egress.server.ts";
import { authorizationUrl, type CodeStrategy, newConsent, readCallback } from "#app/integrations/kit/oauth.server.ts";
import type { LocalVendor } from "#app/integrations/local.server.ts";
import type { Check } from "../check.ts";
import { expectKind, pullable, type World } from "../world.ts";

const signsIn = (world: World) => world.has("good") && !isNone(world);
const isNone = ({ manifest }: World) => manifest.auth.kind === "none";

function consentOf(auth: Manifest["auth"]): CodeStrategy | null {
  const all = auth.kind === "choice" ? Object.values(auth.options) : [auth];
  return all.find((one) => one.kind === "oauth2-code") ?? null;
}

/** One cheap call of each kind that the vendor offers. */
async function touchEverything(world: World, name: "good" | "missingScope"): Promise<unknown[]> {
  const vendor = await world.open(name);
  const { adapter, ctx } = vendor;
  const soon = new Date(Date.now() + 86_400_000);
  const calls: (() => Promise<unknown>)[] = [() => adapter.test(ctx)];
  for (const resource of adapter.sync ? pullable(world.manifest) : [])
    calls.push(() => adapter.sync?.pull(ctx, { resource, cursor: null, checkpoint: null }) ?? Promise.resolve());
  if (adapter.calendar) {
    calls.push(() => adapter.calendar?.list(ctx) ?? Promise.resolve());
    calls.push(
      () =>
        adapter.calendar?.freeBusy(ctx, { calendarIds: ["primary"], from: new Date(), to: soon }) ?? Promise.resolve(),
    );
    calls.push(() => adapter.calendar?.changes(ctx, "primary", null) ?? Promise.resolve());
  }
  if (adapter.messaging) calls.push(() => say(vendor));
  const errors: unknown[] = [];
  for (const call of calls) await call().catch((error: unknown) => errors.push(error));
  return errors;
}

async function say({ adapter, ctx }: LocalVendor): Promise<void> {
  const found = await adapter.messaging?.destinations(ctx, { search: "", cursor: null });
  const message = { title: "Conformance", text: "One message to see what is allowed.", facts: [] };
  await adapter.messaging?.send(ctx, found?.items[0]?.id ?? "", message);
}

export const auth: Check[] = [
  {
    id: "A-1",
    title: "a good credential names its account",
    when: (_manifest, _adapter, world) => world.has("good"),
    async run(world) {
      const { ctx, adapter } = await world.open();
      const account = await adapter.test(ctx);
      const expected = world.simulated.credentials().good?.accountName;
      assert.ok(account.id !== "", "The account has no id.");
      assert.equal(account.name, expected);
      if (!world.has("other") || isNone(world)) return;
      const other = await world.open("other");
      assert.notEqual((await adapter.test(other.ctx)).id, account.id, "Two accounts share one id.");
    },
  },
  {
    id: "A-2",
    title: "a withdrawn or wrong credential is auth-revoked at once",
    when: (_manifest, _adapter, world) => signsIn(world) && (world.has("revoked") || world.hasFault("revoke")),
    async run(world) {
      if (world.has("revoked")) {
        const revoked = await world.open("revoked");
        await expectKind("A withdrawn credential", revoked.adapter.test(revoked.ctx), "auth-revoked");
      }
      if (world.hasFault("revoke")) {
        const vendor = await world.open();
        await vendor.adapter.test(vendor.ctx);
        world.fault("revoke");
        const fresh = await world.open();
        await expectKind("A credential withdrawn meanwhile", fresh.adapter.test(fresh.ctx), "auth-revoked");
      }
    },
  },
  {
    id: "A-3",
    title: "a missing permission is forbidden, and only that",
    when: (_manifest, _adapter, world) => world.has("missingScope"),
    async run(world) {
      const errors = await touchEverything(world, "missingScope");
      const kinds = errors.map((error) => (error instanceof IntegrationError ? error.kind : String(error)));
      assert.ok(kinds.includes("forbidden"), `Nothing was forbidden (${kinds.join(", ") || "all calls succeeded"}).`);
      assert.deepEqual([...new Set(kinds)], ["forbidden"]);
    },
  },
  {
    id: "A-4",
    title: "an address that does not exist is a wrong setting",
    when: (manifest, _adapter, world) => manifest.hosts.some((host) => host.startsWith("{")) && world.has("good"),
    async run(world) {
      const field = world.manifest.hosts.find((host) => host.startsWith("{"))?.slice(1, -1) ?? "";
      const egress = createEgress({
        resolver: () => Promise.reject(Object.assign(new Error("no"), { code: "ENOTFOUND" })),
      });
      const values = { ...world.values("good"), [field]: "https://nowhere.patchbay.example" };
      const vendor = await world.open("good", { values, rewrite: undefined, egress });
      await expectKind("An unknown host", vendor.adapter.test(vendor.ctx), "config");
      await egress.close();
    },
  },
  {
    id: "A-5",
    title: "twenty calls on an expired token cause one refresh",
    when: (_manifest, _adapter, world) => world.has("good") && world.hasFault("expire"),
    async run(world) {
      const vendor = await world.open();
      const lasting =
        vendor.strategy.kind === "oauth2-code" && !world.simulated.credentials().good?.tokens?.refreshToken;
      if (!isRefreshable(vendor.strategy) || lasting) return;
      await vendor.adapter.test(vendor.ctx);
      const before = vendor.refreshes();
      world.fault("expire");
      await Promise.all(Array.from({ length: 20 }, () => vendor.adapter.test(vendor.ctx)));
      assert.equal(vendor.refreshes() - before, 1);
    },
  },
  {
    id: "A-6",
    title: "secrets never show in errors or call records",
    when: (_manifest, _adapter, world) => signsIn(world),
    async run(world) {
      const secrets = world.secrets("good");
      for (const kind of ["500", "429", "html", "truncated", "missing-field", "reset"]) {
        world.simulated.reset();
        const vendor = await world.open();
        world.fault(kind, { count: "0" });
        const error = await vendor.adapter.test(vendor.ctx).then(
          () => null,
          (thrown: unknown) => thrown,
        );
        const said = error instanceof Error ? `${error.message} ${error.stack} ${JSON.stringify(error)}` : "";
        const all = `${said} ${JSON.stringify(vendor.calls)}`;
        for (const secret of secrets) assert.ok(!all.includes(secret), `A secret shows after ${kind}.`);
      }
    },
  },
  {
    id: "A-7",
    title: "no call leaves the listed hosts",
    when: (_manifest, _adapter, world) => world.has("good"),
    async run(world) {
      const vendor = await world.open();
      await expectKind("A foreign host", vendor.ctx.http.send({ url: "https://patchbay.example/" }), "config");
      assert.equal(vendor.calls.length, 0);
    },
  },
  {
    id: "A-8",
    title: "consent is asked with a state, and an answer with another one is refused before any call",
    when: ({ auth }) => consentOf(auth) !== null,
    run({ manifest }) {
      const strategy = consentOf(manifest.auth);
      assert.ok(strategy);
      const { state, codeVerifier } = newConsent();
      const redirectUri = "https://portal.example/oauth/callback";
      const url = authorizationUrl({
        io: { manifest },
        strategy,
        clientId: "client-1",
        redirectUri,
        state,
        codeVerifier,
      });
      const asked = url.searchParams;
      assert.deepEqual(
        [asked.get("state"), asked.get("redirect_uri"), asked.get("client_id")],
        [state, redirectUri, "client-1"],
      );
      assert.equal(asked.get("code_challenge_method"), strategy.pkce === "S256" ? "S256" : null);
      assert.ok(!url.href.includes(codeVerifier), "The verifier travels with the browser.");
      const scopes = (asked.get("scope") ?? "").split(strategy.scopeSeparator ?? " ");
      for (const scope of strategy.scopes)
        assert.ok(scope.optional || scopes.includes(scope.name), `${scope.name} is not asked for.`);
      assert.equal(readCallback(new URLSearchParams({ code: "c-1", state }), state), "c-1");
      for (const answer of [{ code: "c-1", state: `${state}x` }, { code: "c-1" }])
        assert.throws(() => readCallback(new URLSearchParams(answer), state), IntegrationError);
    },
  },
];

export const resilience: Check[] = [
  {
    id: "R-1",
    title: "429 is honoured, as seconds and as a date",
    when: (_manifest, _adapter, world) => signsIn(world),
    async run(world) {
      for (const retryAfter of ["seconds", "date"]) {
        world.simulated.reset();
        const vendor = await world.open();
        await vendor.adapter.test(vendor.ctx);
        world.fault("429", { retryAfter, seconds: "30", count: "0" });
        const error = await expectKind("A throttled call", vendor.adapter.test(vendor.ctx), "rate-limited");
        const wait = (error.info.retryAfter?.getTime() ?? 0) - Date.now();
        assert.ok(wait > 20_000 && wait < 40_000, `The wait was ${wait} ms and not about 30 s.`);
      }
    },
  },
  {
    id: "R-2",
    title: "trouble at the vendor is retried and never taken for a dead credential",
    when: (_manifest, _adapter, world) => signsIn(world),
    async run(world) {
      const expected = {
        "500": "unavailable",
        "502": "unavailable",
        html: "unavailable",
        reset: "network",
        timeout: "network",
      } as const;
      for (const [kind, wanted] of Object.entries(expected)) {
        world.simulated.reset();
        const vendor = await world.open("good", { http: { sleep: async () => {}, attemptMs: 150, totalMs: 1_000 } });
        await vendor.adapter.test(vendor.ctx);
        world.fault(kind, { count: "0" });
        await expectKind(`"${kind}"`, vendor.adapter.test(vendor.ctx), wanted);
      }
      world.simulated.reset();
      const vendor = await world.open();
      await vendor.adapter.test(vendor.ctx);
      world.fault("502");
      const recovered = await vendor.adapter.test(vendor.ctx).then(
        () => true,
        () => false,
      );
      const reads = vendor.calls.every(
        (call) => call.method === "GET" || call.method === "PROPFIND" || call.method === "REPORT",
      );
      assert.ok(recovered || !reads, "One bad answer was not retried.");
    },
  },
  {
    id: "R-3",
    title: "stopping ends what is under way",
    when: (_manifest, _adapter, world) => signsIn(world),
    async run(world) {
      const abort = new AbortController();
      const vendor = await world.open("good", { signal: abort.signal });
      world.fault("slow", { seconds: "20", count: "0" });
      const pending = vendor.adapter.test(vendor.ctx).then(
        () => "finished",
        (error: unknown) => error,
      );
      const reason = new Error("stopped by the person");
      setTimeout(() => abort.abort(reason), 50);
      assert.equal(await pending, reason);
    },
  },
  {
    id: "R-4",
    title: "the vendor never sees more calls than the manifest allows",
    when: (manifest, _adapter, world) => signsIn(world) && manifest.rateLimit.buckets.length > 0,
    async run(world) {
      const vendor = await world.open("good", { pacer: undefined });
      const { rateLimit } = world.manifest;
      await vendor.adapter.test(vendor.ctx);
      // Slow enough that calls overlap.
      world.fault("slow", { seconds: "0.03", count: "0" });
      const most = Math.max(...rateLimit.buckets.map((bucket) => bucket.limit));
      const wave = Math.min(400, most + 20);
      await Promise.allSettled(Array.from({ length: Math.min(wave, 120) }, () => vendor.adapter.test(vendor.ctx)));
      for (const bucket of rateLimit.buckets) {
        for (const [account, seen] of Object.entries(world.simulated.meter.read(bucket.seconds).accounts)) {
          assert.ok(
            seen.peak <= bucket.limit + 2,
            `${account} saw ${seen.peak} calls in ${bucket.seconds} s, ${bucket.limit} are allowed.`,
          );
          assert.ok(seen.concurrency <= rateLimit.concurrency + 1, `${account} saw ${seen.concurrency} calls at once.`);
        }
      }
    },
  },
  {
    id: "R-5",
    title: "a cut answer is told as such and is no crash",
    when: (_manifest, _adapter, world) => signsIn(world),
    async run(world) {
      const vendor = await world.open();
      await vendor.adapter.test(vendor.ctx);
      world.fault("truncated", { count: "0" });
      // Where the vendor has nothing to read, the status alone proves the credential.
      const error = await vendor.adapter.test(vendor.ctx).then(
        () => null,
        (thrown: unknown) => thrown,
      );
      if (error === null) return;
      assert.ok(error instanceof IntegrationError, `A cut answer ended in ${String(error)}.`);
      assert.ok(["contract", "unavailable", "network"].includes(error.kind), `It was ${error.kind}.`);
    },
  },
];
