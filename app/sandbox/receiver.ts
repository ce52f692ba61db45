import { createHmac, createPublicKey, randomUUID, timingSafeEqual, verify } from "node:crypto";
import { z } from "zod";
import { htmlReply, json, Refusal, type Reply } from "./framework.ts";
import { html, page, table } from "./markup.ts";
import { inputOf, isForm, type OwnCall } from "./special.ts";

const messageSchema = z.object({
  at: z.string(),
  headers: z.record(z.string(), z.string()),
  body: z.string(),
  bodyBase64: z.string(),
  /** "ok" or what is wrong, in words. */
  signature: z.string(),
  legacySignature: z.string(),
  verified: z.boolean(),
  answered: z.number(),
});
const boxSchema = z.object({
  secrets: z.array(z.string()),
  legacySecret: z.string(),
  fail: z.object({
    count: z.number(),
    status: z.number(),
    retryAfter: z.string(),
    location: z.string(),
    hang: z.boolean(),
  }),
  messages: z.array(messageSchema),
});
type Box = z.infer<typeof boxSchema>;
const KEPT = 2000;
const TOLERANCE_SECONDS = 300;
const calm = { count: 0, status: 500, retryAfter: "", location: "", hang: false };

const same = (left: Buffer, right: Buffer) => left.length === right.length && timingSafeEqual(left, right);

const ed25519Key = (secret: string) =>
  createPublicKey({
    key: Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), Buffer.from(secret.slice(5), "base64")]),
    format: "der",
    type: "spki",
  });

/** Whether one signature fits one secret (`whsec_` symmetric, `whpk_` public key). Strict base64 only. */
const fits = (signature: string, secret: string, base: Buffer): boolean => {
  const comma = signature.indexOf(",");
  const version = signature.slice(0, comma);
  const value = signature.slice(comma + 1);
  const given = Buffer.from(value, "base64");
  if (given.toString("base64") !== value) return false;
  if (version === "v1" && !secret.startsWith("whpk_"))
    return same(
      given,
      createHmac("sha256", Buffer.from(secret.replace(/^whsec_/, ""), "base64"))
        .update(base)
        .digest(),
    );
  return version === "v1a" && secret.startsWith("whpk_") && verify(null, base, ed25519Key(secret), given);
};

/** Standard Webhooks 1.0.0 as a receiver checks it. "ok", or the first thing that is wrong. */
export const checkStandard = (
  headers: Record<string, string>,
  body: Buffer,
  secrets: readonly string[],
  now: Date,
): string => {
  const id = headers["webhook-id"];
  const stamp = headers["webhook-timestamp"];
  const signatures = headers["webhook-signature"];
  if (!id || !stamp || !signatures) return "a webhook- header is missing";
  if (secrets.length === 0) return "no secret is set here";
  if (!/^\d+$/.test(stamp)) return "the time stamp is not a whole number";
  if (Math.abs(now.getTime() / 1000 - Number(stamp)) > TOLERANCE_SECONDS + 1)
    return "the time stamp is too far from now";
  const base = Buffer.concat([Buffer.from(`${id}.${stamp}.`), body]);
  const matches = signatures.split(" ").some((signature) => secrets.some((secret) => fits(signature, secret, base)));
  return matches ? "ok" : "no signature matches";
};

/** The older header: hex HMAC-SHA256 of the exact body. */
export const checkLegacy = (headers: Record<string, string>, body: Buffer, secret: string): string => {
  const given = headers["x-webhook-signature"];
  if (!given) return "absent";
  if (!secret) return "no secret is set here";
  const expected = createHmac("sha256", secret).update(body).digest("hex");
  return same(Buffer.from(given.replace(/^sha256=/, "")), Buffer.from(expected)) ? "ok" : "does not match";
};

const show = (token: string, box: Box) =>
  page(
    `Receiver ${token}`,
    html`<h1>Receiver ${token}</h1>
<p>An employer's own system, as far as the portal can tell. Give it the endpoint's secret and it checks each delivery by itself.</p>
<div class="card"><form class="row" method="post" action="/_receiver/${token}/secret">
<label>Secret (several: separate by a space)<input name="secret" size="52" autocomplete="off" placeholder="whsec_…"></label>
<label>Older header's secret<input name="legacySecret" autocomplete="off"></label><button>Set secret</button></form>
<p class="muted">${box.secrets.length === 0 ? "No secret is set." : `${box.secrets.length} secret(s) set.`}</p>
<form class="row" method="post" action="/_receiver/${token}/fail"><label>Fail the next<input name="count" type="number" min="0" value="1"></label>
<label>With status<input name="status" type="number" value="500"></label><label>Retry-After<input name="retryAfter"></label><button>Set</button></form>
<p class="muted">${box.fail.count > 0 ? `${box.fail.count} more will be answered with ${box.fail.status}.` : "Answers 200."}</p></div>
<h2>What arrived</h2>${table(
      "Messages",
      ["Arrived", "Event", "Id", "Verified", "Answered", "Body"],
      box.messages
        .slice(-100)
        .toReversed()
        .map((message) => [
          message.at,
          message.headers["x-webhook-event"] ?? "",
          message.headers["webhook-id"] ?? "",
          message.verified
            ? html`<span class="ok">✓ verified</span>`
            : html`<span class="bad">✕ ${message.signature}</span>`,
          message.answered,
          html`<pre style="white-space:pre-wrap;margin:0">${message.body.slice(0, 1500)}</pre>`,
        ]),
    )}`,
  );

/** Receivers for employers' outbound webhooks, one per unguessable token; each keeps raw bodies, headers and its verdict. */
export const createReceivers = (now: () => Date, changed: () => void) => {
  let boxes: Record<string, Box> = {};
  const box = (token: string): Box => {
    const known = boxes[token] ?? { secrets: [], legacySecret: "", fail: calm, messages: [] };
    boxes[token] = known;
    return known;
  };

  const receive = (token: string, call: OwnCall): Reply => {
    const own = box(token);
    const headers = Object.fromEntries(
      Object.entries(call.headers).map(([name, value]) => [
        name,
        Array.isArray(value) ? value.join(", ") : (value ?? ""),
      ]),
    );
    const failing = own.fail.count > 0;
    const answered = failing ? own.fail.status : 200;
    const signature = checkStandard(headers, call.body, own.secrets, now());
    const legacySignature = checkLegacy(headers, call.body, own.legacySecret);
    own.messages = [
      ...own.messages,
      {
        at: now().toISOString(),
        headers,
        body: call.body.toString("utf8"),
        bodyBase64: call.body.toString("base64"),
        signature,
        legacySignature,
        verified: signature === "ok" && (legacySignature === "ok" || legacySignature === "absent"),
        answered,
      },
    ].slice(-KEPT);
    if (failing) own.fail = { ...own.fail, count: own.fail.count - 1 };
    changed();
    if (failing && own.fail.hang) return { status: 0, hangUp: true };
    if (!failing) return json(200, { received: true });
    return json(
      answered,
      { error: "told to fail" },
      {
        ...(own.fail.retryAfter ? { "retry-after": own.fail.retryAfter } : {}),
        ...(own.fail.location ? { location: own.fail.location } : {}),
      },
    );
  };

  const configure = (token: string, what: string, call: OwnCall): Reply => {
    const own = box(token);
    const input = inputOf(call);
    if (what === "secret") {
      own.secrets = (input.secret ?? "").split(/[\s,]+/).filter(Boolean);
      own.legacySecret = input.legacySecret ?? own.legacySecret;
    } else {
      const status = Number(input.status || 500);
      const count = Number(input.count || 1);
      if (!Number.isInteger(status) || status < 200 || status > 599 || !Number.isInteger(count) || count < 0)
        throw new Refusal("Count and status must be whole numbers, the status between 200 and 599");
      own.fail = {
        count,
        status,
        retryAfter: input.retryAfter ?? "",
        location: input.location ?? "",
        hang: input.hang === "true",
      };
    }
    changed();
    return isForm(call) ? { status: 303, headers: { location: `/_receiver/${token}` } } : { status: 204 };
  };

  return {
    snapshot: (): unknown => boxes,
    restore(stored: unknown) {
      boxes = z.record(z.string(), boxSchema).catch({}).parse(stored);
    },
    handle(call: OwnCall): Reply {
      const [token, what] = call.parts;
      if (token === undefined) {
        if (call.method === "POST") return { status: 303, headers: { location: `/_receiver/${randomUUID()}` } };
        return htmlReply(
          200,
          page(
            "Receivers",
            html`<h1>Receivers</h1><p>Each stands for an employer's own system that takes the portal's webhooks and checks their signatures.</p>
<form method="post" action="/_receiver"><button class="primary">Make a receiver</button></form>
${table(
  "Receivers",
  ["Address", "Arrived"],
  Object.entries(boxes).map(([name, own]) => [
    html`<a href="/_receiver/${name}">/_receiver/${name}</a>`,
    own.messages.length,
  ]),
)}`,
          ),
        );
      }
      if (call.method === "POST" && (what === "secret" || what === "fail")) return configure(token, what, call);
      if (what === "messages") {
        const own = box(token);
        if (call.method === "DELETE") own.messages = [];
        return json(200, { messages: own.messages, failing: own.fail.count });
      }
      if (what !== undefined) return json(404, { error: "not_found" });
      return call.method === "GET" ? htmlReply(200, show(token, box(token))) : receive(token, call);
    },
  };
};
