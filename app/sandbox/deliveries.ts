import type { Outgoing, Webhooks, World } from "./framework.ts";

export const TAMPERS = ["signature", "secret", "body", "old", "future", "no-signature"] as const;
export type Tamper = (typeof TAMPERS)[number];

export type Delivery = {
  id: string;
  event: string;
  url: string;
  at: string;
  attempt: number;
  tamper: Tamper | null;
  status: number | null;
  error: string | null;
  answer: string;
  body: string;
};

const KEPT = 100;
const HOUR = 3_600_000;
/** Further off than any vendor allows a time stamp inside a body to be. */
const TWO_DAYS = 48 * HOUR;

/** Changes one character in the middle of a signature so that its length and alphabet stay. */
const flip = (value: string): string => {
  const at = value.length - 6;
  return `${value.slice(0, at)}${value[at] === "a" ? "b" : "a"}${value.slice(at + 1)}`;
};

/** The headers and body that leave, honest or spoilt in the way asked for. */
const prepare = <S>(hooks: Webhooks<S>, delivery: Outgoing, now: Date, tamper: Tamper | null) => {
  const shift = hooks.redate || hooks.signInside ? TWO_DAYS : HOUR;
  const at = new Date(now.getTime() + (tamper === "old" ? -shift : tamper === "future" ? shift : 0));
  const keyed = tamper === "secret" ? { ...delivery, secret: `${delivery.secret}x` } : delivery;
  const signed = hooks.sign(keyed, at);
  const looksSigned = ([name]: [string, string]) => /(signature|token|^authorization)$/i.test(name);
  const entries = Object.entries(signed);
  const headers = Object.fromEntries(
    tamper === "no-signature"
      ? entries.filter((entry) => !looksSigned(entry))
      : tamper === "signature"
        ? entries.map((entry) => (looksSigned(entry) ? [entry[0], flip(entry[1])] : entry))
        : entries,
  );
  const spoil = (signature: string) =>
    tamper === "no-signature" ? undefined : tamper === "signature" ? flip(signature) : signature;
  const inside = hooks.signInside?.(keyed, at, spoil);
  if (inside !== undefined) return { headers, body: tamper === "body" ? `${inside} ` : inside };
  const shifted = tamper === "old" || tamper === "future" ? hooks.redate?.(delivery.body, at) : undefined;
  return { headers, body: tamper === "body" ? `${delivery.body} ` : (shifted ?? delivery.body) };
};

/** Sends one vendor's webhooks, keeps what happened, and retries on the vendor's own schedule. */
export const createDeliveries = <S>(world: World<S>, hooks: Webhooks<S> | undefined, closing: AbortSignal) => {
  let kept: Delivery[] = [];
  let last: { event: string; delivery: Outgoing } | null = null;
  const timers = new Set<NodeJS.Timeout>();
  closing.addEventListener("abort", () => {
    for (const timer of timers) clearTimeout(timer);
  });

  const attempt = async (event: string, delivery: Outgoing, count: number, tamper: Tamper | null, reason = "") => {
    if (!hooks) throw new Error("This vendor sends no webhooks");
    const now = world.now();
    const sent = prepare(hooks, delivery, now, tamper);
    const result: Delivery = {
      id: delivery.id,
      event,
      url: delivery.url,
      at: now.toISOString(),
      attempt: count,
      tamper,
      status: null,
      error: null,
      answer: "",
      body: sent.body,
    };
    try {
      const response = await world.fetch(delivery.url, {
        method: "POST",
        headers: {
          "content-type": delivery.contentType ?? "application/json",
          ...delivery.headers,
          ...(count > 1 ? hooks.retryHeaders?.(count - 1, reason) : {}),
          ...sent.headers,
        },
        body: sent.body,
      });
      result.status = response.status;
      result.answer = (await response.text()).slice(0, 2000);
    } catch (error) {
      result.error = error instanceof Error ? error.message : String(error);
    }
    kept = [...kept, result].slice(-KEPT);
    const fine =
      result.status !== null && (hooks.succeeded?.(result.status) ?? (result.status >= 200 && result.status < 300));
    const wait = hooks.retryAfterMs?.[count - 1];
    if (!fine && tamper === null && wait !== undefined && !closing.aborted) {
      const why = result.status === null ? "connection_failed" : "http_error";
      const timer = setTimeout(() => {
        timers.delete(timer);
        void attempt(event, delivery, count + 1, null, why);
      }, wait).unref();
      timers.add(timer);
    }
    return result;
  };

  return {
    list: (): readonly Delivery[] => kept,
    clear: () => {
      kept = [];
      last = null;
    },
    async send(
      event: string,
      fields: Record<string, string>,
      tamper: Tamper | null = null,
    ): Promise<readonly Delivery[]> {
      const outgoing = hooks?.build(world, event, fields) ?? [];
      const final = outgoing.at(-1);
      if (final) last = { event, delivery: final };
      return Promise.all(outgoing.map((delivery) => attempt(event, delivery, 1, tamper)));
    },
    /** Sends the latest webhook once more: same id and body, a fresh time stamp. */
    async repeat(tamper: Tamper | null = null): Promise<readonly Delivery[]> {
      return last ? [await attempt(last.event, last.delivery, 1, tamper)] : [];
    },
  };
};
