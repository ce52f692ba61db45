import { newId } from "#app/platform/crypto.server.ts";
import { asAdmin } from "#tests/support/database.ts";

type Ending = "failed" | "not_sent" | "delivered" | "retrying" | "queued" | "sending";

/** Of one message: its deliveries to one endpoint, oldest first. */
export interface History {
  deliveries: readonly { state: Ending; attempts: number }[];
}

export interface Message {
  eventId: string;
  states: readonly Ending[];
}

const DAY = 86_400_000;
/** The messages happened over so many days. */
const SPAN = 40 * DAY;

/** Writes messages with their deliveries and attempts as the worker would have left them; returns the messages. */
export async function writeHistories(
  adminUrl: string,
  { employerId, endpointId }: { employerId: string; endpointId: string },
  histories: readonly History[],
): Promise<Message[]> {
  const now = Date.now() - 60_000;
  const messages: Message[] = [];
  const [events, deliveries]: Record<string, unknown>[][] = [[], []];
  for (const [index, { deliveries: own }] of histories.entries()) {
    const happened = now - SPAN + Math.floor((index * (SPAN - 3_600_000)) / Math.max(1, histories.length));
    const eventId = idAt(happened);
    const at = new Date(happened);
    messages.push({ eventId, states: own.map(({ state }) => state) });
    events?.push({ employer_id: employerId, id: eventId, type: "job.closed", body: "{}", created_at: at });
    for (const [nth, { state, attempts: count }] of own.entries()) {
      const made = happened + nth * 500_000;
      const id = idAt(made);
      const waits = ["retrying", "queued", "sending"].includes(state);
      const tried = state === "not_sent" || state === "queued" ? 0 : count;
      deliveries?.push({
        ...{ employer_id: employerId, id, endpoint_id: endpointId, event_id: eventId, event_type: "job.closed", state },
        ...{ cause: nth === 0 ? "event" : "replay", attempts: tried, created_at: new Date(made) },
        next_attempt_at: waits ? new Date(Date.now() + DAY) : null,
      });
    }
  }
  await asAdmin(adminUrl, async (admin) => {
    for (const [table, rows] of Object.entries({ event: events, delivery: deliveries })) {
      for (let from = 0; from < (rows?.length ?? 0); from += 5_000) {
        const page = JSON.stringify(rows?.slice(from, from + 5_000));
        const names = Object.keys(rows?.[0] ?? {}).join(", ");
        await admin.unsafe(
          `insert into ${table} (${names}) select ${names} from json_populate_recordset(null::${table}, $1::text::json)`,
          [page],
        );
      }
    }
    await admin`
      insert into attempt (employer_id, id, delivery_id, endpoint_id, number, started_at, milliseconds, outcome,
        request_headers, response_headers)
      select d.employer_id, overlay(gen_random_uuid()::text placing left(uuid_floor(d.created_at + n * interval '1 second')::text, 13)
          from 1 for 13)::uuid, d.id, d.endpoint_id, n, d.created_at + n * interval '1 second', 5,
        case when d.state = 'delivered' and n = d.attempts then 'delivered' else 'http' end, '{}', '{}'
      from delivery d, generate_series(1, d.attempts) n where d.employer_id = ${employerId}`;
  });
  return messages;
}

/** A UUIDv7 of that millisecond, whose order within it is random. */
function idAt(at: number): string {
  const time = at.toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7${newId().slice(-11, -8)}-8${newId().slice(-3)}-${newId().slice(-12)}`;
}

/** The messages that never arrived and for which nothing is under way, but something ended without arriving. */
export const stillFailed = (messages: readonly Message[]): string[] =>
  messages
    .filter(({ states }) => states.every((one) => one === "failed" || one === "not_sent"))
    .map(({ eventId }) => eventId);

/** What recoveries made, and of which event. */
export function replaysOf(adminUrl: string, employerId: string): Promise<{ id: string; eventId: string }[]> {
  return asAdmin(adminUrl, async (admin) => [
    ...(await admin<{ id: string; eventId: string }[]>`
        select id, event_id as "eventId" from delivery where employer_id = ${employerId} and recovery_id is not null`),
  ]);
}
