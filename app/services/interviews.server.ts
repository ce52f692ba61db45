import { and, asc, desc, eq, gte, inArray, lt } from "drizzle-orm";
import { z } from "zod";
import { inWriting } from "#app/platform/moments.ts";
import { allow } from "#app/platform/permissions.ts";
import { type EmployerTx, withEmployer } from "#db/client.server.ts";
import { application, candidate, job } from "#db/schema/hiring.ts";
import { interview, interviewAttendee } from "#db/schema/interviews.ts";
import { enqueue } from "#jobs/enqueue.server.ts";
import { recordActivity } from "./activity.server.ts";
import type { Actor } from "./actor.ts";
import { audit } from "./audit.server.ts";
import { calendarConnections, listBookables, readLanes } from "./availability.server.ts";
import { isFree, type Lane, type Span } from "./availability-slots.ts";
import { fullName } from "./candidates.server.ts";
import { AppError } from "./errors.ts";
import { type Interview, ofInterview, outsideCause, writeCause } from "./interview-changes.server.ts";
import { spanWords, whenWords } from "./interview-words.ts";
import { resolveIssues } from "./issues.server.ts";
import { notifyLive } from "./live.server.ts";

const moment = z.iso.datetime({ offset: true }).transform((text) => new Date(text));
const bookingInput = z.object({
  /** Made when the form was shown: the same form sent twice is one interview. */
  key: z.uuid(),
  applicationId: z.uuid(),
  title: z.string().trim().min(1, "Give it a title.").max(200, "200 characters are enough for a title."),
  startsAt: z.string().min(1, "Choose a time.").pipe(moment),
  minutes: z.coerce.number().int().min(15, "At least 15 minutes.").max(480, "At most eight hours."),
  people: z.array(z.string()).min(1, "Choose at least one interviewer.").max(20, "At most 20 calendars."),
  timeZone: z.string(),
  meeting: z.boolean(),
  location: z.string().trim().max(200, "At most 200 characters.").default(""),
  notes: z.string().trim().max(2000, "At most 2,000 characters.").default(""),
  /** Books although some calendars cannot be seen. */
  unseen: z.boolean(),
});
export type BookingInput = z.input<typeof bookingInput>;

function parse<S extends z.ZodType>(schema: S, input: unknown): z.output<S> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const fields: Record<string, string> = {};
  for (const issue of parsed.error.issues) fields[String(issue.path[0] ?? "")] ??= issue.message;
  throw new AppError("invalid", "Some fields need another look.", { fields });
}

/**
 * Books an interview: the row, its guests, the job that writes the calendar, activity and audit in one transaction. The
 * time is looked up once more before. Sending the same form again returns the same interview. Kinds: forbidden,
 * not-found, invalid with fields, conflict when the time is taken, unavailable without a calendar to write to.
 */
export async function bookInterview(actor: Actor, input: BookingInput): Promise<{ id: string }> {
  allow(actor, "interviews:manage");
  const wanted = parse(bookingInput, input);
  const { employerId } = actor;
  const known = await withEmployer(employerId, (tx) =>
    tx.select().from(interview).where(ofInterview(employerId, wanted.key)),
  );
  if (known[0]) return { id: known[0].id };
  const { person, place, guests } = await withEmployer(employerId, async (tx) => {
    const person = await applicantOf(tx, employerId, wanted.applicationId);
    return { person, place: await bookingPlace(tx, employerId), guests: await guestsOf(tx, employerId, wanted.people) };
  });
  if (!person.email)
    throw new AppError(
      "invalid",
      `${person.name} has no mail address, so no invitation can reach them. Add one first.`,
    );
  const span = { start: wanted.startsAt, end: new Date(wanted.startsAt.getTime() + wanted.minutes * 60_000) };
  await assertFree(actor, wanted.people, span, wanted);
  const id = wanted.key;
  await withEmployer(employerId, async (tx) => {
    const [made] = await tx
      .insert(interview)
      .values({
        ...{ employerId, id, applicationId: wanted.applicationId, title: wanted.title, ...place.at },
        ...{
          startsAt: span.start,
          endsAt: span.end,
          timeZone: wanted.timeZone,
          meeting: wanted.meeting && place.makesMeetings,
        },
        ...{ location: wanted.location || null, notes: wanted.notes || null, createdBy: actor.name },
        state: "booking",
        intent: "book",
        uid: id,
      })
      .onConflictDoNothing()
      .returning();
    if (!made) return;
    const rows = [
      ...guests.map(({ email, name }) => ({ email, name, role: "interviewer" })),
      { email: person.email ?? "", name: person.name, role: "candidate" },
    ];
    await tx
      .insert(interviewAttendee)
      .values(rows.map((row) => ({ employerId, interviewId: id, ...row })))
      .onConflictDoNothing();
    await enqueue(tx, "interview-write", { employerId, interviewId: id });
    await record(tx, actor, made, "interview.booked", `booked “${made.title}” for ${whenOf(made)}`);
  });
  return { id };
}

const whenOf = (row: Interview): string => whenWords(row.startsAt, row.endsAt, inWriting(row.timeZone));

async function record(tx: EmployerTx, actor: Actor, row: Interview, action: string, what: string): Promise<void> {
  const { employerId } = actor;
  await recordActivity(tx, employerId, {
    ...(row.connectionId ? { connectionId: row.connectionId } : {}),
    subject: { kind: "interview", id: row.id },
    kind: "interview",
    who: actor.name,
    what,
    href: `/interviews/${row.id}`,
  });
  await notifyLive(tx, employerId, "interview", row.id);
  await audit(tx, actor, action, { kind: "interview", id: row.id, name: row.title });
}

/** Who an application is from and what for. Kind not-found. */
export async function applicantOf(tx: EmployerTx, employerId: string, applicationId: string) {
  const [row] = await tx
    .select({
      applicationId: application.id,
      status: application.status,
      firstName: candidate.firstName,
      lastName: candidate.lastName,
      email: candidate.email,
      jobId: job.id,
      jobTitle: job.title,
    })
    .from(application)
    .innerJoin(
      candidate,
      and(eq(candidate.employerId, application.employerId), eq(candidate.id, application.candidateId)),
    )
    .innerJoin(job, and(eq(job.employerId, application.employerId), eq(job.id, application.jobId)))
    .where(and(eq(application.employerId, employerId), eq(application.id, applicationId)));
  if (!row) throw new AppError("not-found", "This application does not exist.");
  return { ...row, name: fullName(row) };
}

/** Where new interviews are written: the calendar chosen for it in the first connection that runs. */
async function bookingPlace(tx: EmployerTx, employerId: string) {
  const found = (await calendarConnections(tx, employerId)).find((one) => one.runs && one.bookingCalendarId !== null);
  if (found?.bookingCalendarId) {
    const { id: connectionId, bookingCalendarId: calendarId, makesMeetings } = found;
    return { at: { connectionId, calendarId }, makesMeetings };
  }
  throw new AppError(
    "unavailable",
    "No calendar is connected to write interviews to. Connect one under Integrations and choose its calendar.",
  );
}

async function guestsOf(tx: EmployerTx, employerId: string, keys: readonly string[]) {
  const all = await listBookables(tx, employerId);
  const chosen = keys.map((key) => all.find((one) => one.key === key));
  if (chosen.includes(undefined))
    throw new AppError("invalid", "Somebody you chose is not here any more.", { fields: { people: "Choose again." } });
  const guests = chosen.flatMap((one) =>
    one?.email ? [{ email: one.email.toLowerCase(), name: one.person ?? one.name }] : [],
  );
  return [...new Map(guests.map((guest) => [guest.email, guest])).values()];
}

/** Vendors cut busy times to what was asked: asking wider shows when a clash really begins and ends. */
const AROUND_HOURS = 8;

/** Looks the time up once more. Our own event in a calendar does not count as busy. */
async function assertFree(
  actor: Actor,
  keys: readonly string[],
  span: Span,
  { unseen, timeZone }: { unseen: boolean; timeZone: string },
  own?: Span,
): Promise<void> {
  const around = (at: Date, hours: number) => new Date(at.getTime() + hours * 3_600_000);
  const lanes = await readLanes(actor, keys, around(span.start, -AROUND_HOURS), around(span.end, AROUND_HOURS));
  const others = lanes.map((lane) => ({ ...lane, busy: lane.busy.filter((busy) => !isSame(busy, own)) }));
  const taken = others.find((lane) => lane.state !== "unknown" && !isFree(lane, span));
  if (taken)
    throw new AppError(
      "conflict",
      `${taken.name} has something else ${clashWords(taken, span, timeZone)}. Choose another time.`,
      {
        fields: { startsAt: "This time is taken." },
      },
    );
  const blind = lanes.filter((lane) => lane.state === "unknown").map((lane) => lane.name);
  if (blind.length > 0 && !unseen)
    throw new AppError("invalid", `We cannot see the calendar of ${blind.join(", ")}.`, {
      fields: { unseen: "Tick to book although we cannot see every calendar, or leave them out." },
    });
}

const isSame = (busy: Span, own: Span | undefined): boolean =>
  own !== undefined && busy.start.getTime() === own.start.getTime() && busy.end.getTime() === own.end.getTime();

function clashWords(lane: Lane, span: Span, timeZone: string): string {
  const clash = lane.busy.find((busy) => busy.start < span.end && span.start < busy.end);
  return clash ? `from ${spanWords(clash.start, clash.end, inWriting(timeZone))}` : "then";
}

const moveInput = z.object({
  startsAt: z.string().min(1, "Choose a time.").pipe(moment),
  minutes: z.coerce.number().int().min(15, "At least 15 minutes.").max(480, "At most eight hours."),
  unseen: z.boolean().default(false),
  /** Keeps our time against one that was set outside; the clash was shown. */
  insist: z.boolean().default(false),
});

/**
 * Moves an interview that the calendar knows. The old time stands until the calendar has taken the new one; if somebody
 * moved it there meanwhile, both times are shown and a person decides. Kinds: as for booking.
 */
export async function moveInterview(actor: Actor, id: string, input: z.input<typeof moveInput>): Promise<void> {
  allow(actor, "interviews:manage");
  const wanted = parse(moveInput, input);
  const { employerId } = actor;
  const { row, attendees } = await getInterview(actor, id);
  const span = { start: wanted.startsAt, end: new Date(wanted.startsAt.getTime() + wanted.minutes * 60_000) };
  if (!wanted.insist) {
    const keys = attendees.filter(({ role }) => role === "interviewer").map(({ email }) => email);
    const own = { start: row.startsAt, end: row.endsAt };
    await assertFree(actor, keys, span, { unseen: wanted.unseen, timeZone: row.timeZone }, own);
  }
  await change(actor, id, "interview.moved", ["booked", "moved", "failed"], async (tx, now) => {
    if (!now.externalId)
      throw new AppError("conflict", "The calendar does not have it yet. Try the booking again first.");
    await tx
      .update(interview)
      .set({ ...pendingWrite("move"), wantedStartsAt: span.start, wantedEndsAt: span.end })
      .where(ofInterview(employerId, id));
    await enqueue(tx, "interview-write", { employerId, interviewId: id });
    return `moves “${now.title}” to ${whenWords(span.start, span.end, inWriting(now.timeZone))}`;
  });
}

const pendingWrite = (intent: "book" | "move" | "cancel") => ({
  intent,
  state: intent === "cancel" ? ("cancelling" as const) : ("booking" as const),
  error: null,
  updatedAt: new Date(),
});

/** Calls an interview off; also one whose booking is still being written. */
export async function cancelInterview(actor: Actor, id: string): Promise<void> {
  const { employerId } = actor;
  await change(actor, id, "interview.cancelled", ["booking", "booked", "moved", "failed"], async (tx, row) => {
    const gone = { wantedStartsAt: null, wantedEndsAt: null };
    await tx
      .update(interview)
      .set({ ...pendingWrite("cancel"), ...gone })
      .where(ofInterview(employerId, id));
    await enqueue(tx, "interview-write", { employerId, interviewId: id });
    return `cancels “${row.title}” of ${whenOf(row)}`;
  });
}

/** Tries what failed once more. */
export async function retryInterview(actor: Actor, id: string): Promise<void> {
  const { employerId } = actor;
  await change(actor, id, "interview.retried", ["failed"], async (tx, row) => {
    await tx
      .update(interview)
      .set(pendingWrite(row.intent ?? "book"))
      .where(ofInterview(employerId, id));
    await enqueue(tx, "interview-write", { employerId, interviewId: id });
    return `tries again: “${row.title}”`;
  });
}

/** Takes a time that was set in the calendar as it is, or marks a cancellation from there as seen. */
export async function acceptOutside(actor: Actor, id: string): Promise<void> {
  const { employerId } = actor;
  await change(actor, id, "interview.change_seen", ["moved", "cancelled"], async (tx, row) => {
    const settled = { intent: null, wantedStartsAt: null, wantedEndsAt: null, error: null };
    if (row.state === "moved")
      await tx
        .update(interview)
        .set({ state: "booked", ...settled })
        .where(ofInterview(employerId, id));
    return row.state === "moved" ? `keeps the new time ${whenOf(row)}` : `has seen that “${row.title}” was cancelled`;
  });
}

async function change(
  actor: Actor,
  id: string,
  action: string,
  from: readonly Interview["state"][],
  work: (tx: EmployerTx, row: Interview) => Promise<string>,
): Promise<void> {
  allow(actor, "interviews:manage");
  const { employerId } = actor;
  await withEmployer(employerId, async (tx) => {
    const [row] = await tx.select().from(interview).where(ofInterview(employerId, id)).for("update");
    if (!row) throw notHere();
    if (!from.includes(row.state)) throw new AppError("conflict", refusals[row.state]);
    const what = await work(tx, row);
    await resolveIssues(tx, employerId, { causeKey: outsideCause(id) });
    await resolveIssues(tx, employerId, { causeKey: writeCause(id) });
    await record(tx, actor, row, action, what);
  });
}

const refusals: Record<Interview["state"], string> = {
  booking: "The calendar is being told right now. Try again in a moment.",
  booked: "It stands as it was booked; there is nothing to settle.",
  moved: "It was moved in the calendar. Settle that first.",
  cancelling: "It is being cancelled.",
  cancelled: "It was cancelled. Book a new one instead.",
  failed: "The calendar could not be told. Try that again first.",
};

const notHere = () => new AppError("not-found", "This interview does not exist.");

/** One interview with its guests and whom it is about. Kind not-found. */
export async function getInterview(actor: Actor, id: string) {
  allow(actor, "applications:read");
  const { employerId } = actor;
  if (!z.uuid().safeParse(id).success) throw notHere();
  return withEmployer(employerId, async (tx) => {
    const [row] = await tx.select().from(interview).where(ofInterview(employerId, id));
    if (!row) throw notHere();
    const attendees = await attendeesOf(tx, employerId, [id]);
    return { row, attendees, applicant: await applicantOf(tx, employerId, row.applicationId) };
  });
}

const attendeesOf = (tx: EmployerTx, employerId: string, ids: readonly string[]) =>
  tx
    .select()
    .from(interviewAttendee)
    .where(and(eq(interviewAttendee.employerId, employerId), inArray(interviewAttendee.interviewId, [...ids])))
    .orderBy(asc(interviewAttendee.role), asc(interviewAttendee.name));

export type ListedInterview = Awaited<ReturnType<typeof listInterviews>>[number];

/** Interviews that end after `from`, soonest first; or with `past` those that ended before it, latest first. At most 200. */
export async function listInterviews(
  actor: Actor,
  { from, past = false, applicationId }: { from: Date; past?: boolean; applicationId?: string },
) {
  allow(actor, "applications:read");
  const { employerId } = actor;
  return withEmployer(employerId, async (tx) => {
    const rows = await tx
      .select({ row: interview, firstName: candidate.firstName, lastName: candidate.lastName, jobTitle: job.title })
      .from(interview)
      .innerJoin(
        application,
        and(eq(application.employerId, interview.employerId), eq(application.id, interview.applicationId)),
      )
      .innerJoin(
        candidate,
        and(eq(candidate.employerId, application.employerId), eq(candidate.id, application.candidateId)),
      )
      .innerJoin(job, and(eq(job.employerId, application.employerId), eq(job.id, application.jobId)))
      .where(
        and(
          eq(interview.employerId, employerId),
          past ? lt(interview.endsAt, from) : gte(interview.endsAt, from),
          applicationId ? eq(interview.applicationId, applicationId) : undefined,
        ),
      )
      .orderBy(past ? desc(interview.startsAt) : asc(interview.startsAt))
      .limit(200);
    if (rows.length === 0) return [];
    const guests = await attendeesOf(
      tx,
      employerId,
      rows.map(({ row }) => row.id),
    );
    return rows.map(({ row, jobTitle, ...person }) => ({
      ...row,
      candidateName: fullName(person),
      jobTitle,
      interviewers: guests
        .filter((guest) => guest.interviewId === row.id && guest.role === "interviewer")
        .map(({ name }) => name),
    }));
  });
}
