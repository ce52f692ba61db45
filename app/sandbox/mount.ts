import { createDeliveries, type Delivery, type Tamper } from "./deliveries.ts";
import { createFaults, type Fault, genericFailure, replyInstead, spoil, TRANSPORT_FAULTS } from "./faults.ts";
import {
  type Call,
  type Field,
  hostMatches,
  json,
  matchPath,
  Refusal,
  type Reply,
  type VendorDefinition,
  type World,
} from "./framework.ts";
import { createMeter } from "./meter.ts";

export type Surroundings = {
  origin(): string;
  portalOrigin: string | null;
  now(): Date;
  closing: AbortSignal;
  fetch: World<unknown>["fetch"];
  changed(): void;
};

/** One vendor brought to life: its state, faults, meter and webhooks behind an interface without type parameters. */
export const mountVendor = <S>(definition: VendorDefinition<S>, around: Surroundings) => {
  let skewMs = 0;
  const now = () => new Date(around.now().getTime() + skewMs);
  const meter = createMeter();
  const faults = createFaults();
  const inFlight = new Set<Promise<unknown>>();
  const world: World<S> = {
    state: definition.seed(now()),
    now,
    url: (host, path) => `${around.origin()}/${definition.id}/${host}${path}`,
    portalOrigin: around.portalOrigin,
    emit(event, fields = {}) {
      // A vendor whose webhook cannot be built or sent goes on working; the delivery list shows what happened.
      const sending = deliveries.send(event, fields).catch(() => []);
      inFlight.add(sending);
      return sending.finally(() => inFlight.delete(sending));
    },
    /** What a vendor reads by itself, such as a feed, passes its faults too: a broken crawler gets the broken answer. */
    async fetch(url, init) {
      if ((init?.method ?? "GET") !== "GET") return around.fetch(url, init);
      const { host, pathname } = new URL(url);
      const fault = faults.take({ method: "GET", host, path: pathname }, null);
      const context = { now: now(), gone: Promise.resolve(), failure: genericFailure };
      const instead = fault ? await replyInstead(fault, context) : null;
      if (!instead) return around.fetch(url, init);
      if (instead.hangUp) throw new Refusal(`${definition.name} could not read ${url}: the connection broke`);
      return new Response(String(instead.body ?? ""), { status: instead.status });
    },
  };
  const deliveries = createDeliveries(world, definition.webhooks, around.closing);

  const find = (call: Call) => {
    let otherMethod = false;
    for (const route of definition.routes) {
      if (route.host !== undefined && route.host !== call.host) continue;
      const params = matchPath(route.path, call.path);
      if (!params) continue;
      if (route.method === call.method) return { route, params };
      otherMethod = true;
    }
    return otherMethod ? 405 : 404;
  };

  const failure = (call: Call) => (status: number, retryAfter: string | null) =>
    definition.failure?.(call, status, retryAfter) ?? genericFailure(status, retryAfter);

  const answer = async (call: Call): Promise<Reply> => {
    const found = find(call);
    if (typeof found === "number") return json(found, { error: found === 404 ? "not_found" : "method_not_allowed" });
    const reply = await found.route.handle({ ...call, params: found.params }, world);
    if (call.method !== "GET" && call.method !== "HEAD") around.changed();
    return reply;
  };

  return {
    id: definition.id,
    name: definition.name,
    about: definition.about,
    hosts: definition.hosts,
    idField: definition.idField ?? "id",
    actions: definition.actions,
    events: definition.webhooks?.events ?? [],
    stateFaults: Object.fromEntries(
      Object.entries(definition.faults ?? {}).map(([kind, fault]) => [kind, fault.label]),
    ),
    faultFields: (kind: string): readonly Field[] =>
      definition.faults?.[kind]?.fields ?? [{ name: "account", label: "Account (blank: all)", optional: true }],
    faults,
    meter,
    deliveries,
    serves: (host: string) => hostMatches(definition.hosts, host),
    knows: (call: Call) => typeof find(call) !== "number",
    state: (): unknown => world.state,
    sections: () => definition.describe(world),
    credentials: () => definition.credentials(world),
    skewSeconds: () => skewMs / 1000,
    setSkew(seconds: number) {
      skewMs = seconds * 1000;
    },
    /** Takes a stored state back; false when it no longer fits the schema. */
    restore(stored: unknown): boolean {
      const parsed = definition.state.safeParse(stored);
      if (parsed.success) world.state = parsed.data;
      return parsed.success;
    },
    reset() {
      world.state = definition.seed(now());
      skewMs = 0;
      faults.clear();
      meter.clear();
      deliveries.clear();
      around.changed();
    },
    addFault(fault: Fault, input: Record<string, string>) {
      const stateFault = definition.faults?.[fault.kind];
      if (stateFault) stateFault.run(world, input);
      else if (fault.kind in TRANSPORT_FAULTS) faults.add(fault);
      else throw new Refusal(`${definition.name} has no fault called ${fault.kind}`);
      around.changed();
    },
    async runAction(id: string, input: Record<string, string>): Promise<unknown> {
      const action = definition.actions.find((candidate) => candidate.id === id);
      if (!action) throw new Refusal(`${definition.name} has no action called ${id}`);
      const missing = action.fields?.find(
        (field) => !field.optional && field.value === undefined && !input[field.name],
      );
      if (missing) throw new Refusal(`${missing.label} is missing`);
      const defaults = Object.fromEntries((action.fields ?? []).map((field) => [field.name, field.value ?? ""]));
      const result = await action.run(world, { ...defaults, ...input });
      around.changed();
      return result ?? { done: true };
    },
    async sendWebhook(
      event: string,
      fields: Record<string, string>,
      tamper: Tamper | null,
      repeat: boolean,
    ): Promise<readonly Delivery[]> {
      if (repeat) return deliveries.repeat(tamper);
      if (!definition.webhooks?.events.includes(event))
        throw new Refusal(`${definition.name} sends no event called ${event}`);
      return deliveries.send(event, fields, tamper);
    },
    settle: async () => void (await Promise.allSettled([...inFlight])),
    /** Answers one request of the vendor's API, faults applied, and writes it to the log. */
    async handle(call: Call, gone: Promise<void>): Promise<Reply> {
      const started = performance.now();
      const account = definition.account?.(call, world) ?? null;
      const done = meter.begin(account, call.method, call.path);
      const fault = faults.take(call, account);
      try {
        const instead = fault ? await replyInstead(fault, { now: now(), gone, failure: failure(call) }) : null;
        const reply = instead ?? (fault ? await spoil(fault, await answer(call), gone) : await answer(call));
        meter.record({
          at: now().toISOString(),
          account,
          method: call.method,
          host: call.host,
          path: call.path + (call.query.size > 0 ? `?${call.query}` : ""),
          status: reply.hangUp ? "hung up" : reply.status,
          fault: fault?.kind ?? null,
          ms: Math.round(performance.now() - started),
        });
        return reply;
      } finally {
        done();
      }
    },
  };
};
export type MountedVendor = ReturnType<typeof mountVendor>;
