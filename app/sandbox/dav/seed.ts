import { fold, writeEvent } from "./icalendar.ts";
import { type Account, type Collection, type Habits, type State, store } from "./state.ts";

const MADRID = [
  "BEGIN:VTIMEZONE",
  "TZID:Europe/Madrid",
  "BEGIN:DAYLIGHT",
  "DTSTART:19700329T020000",
  "TZOFFSETFROM:+0100",
  "TZOFFSETTO:+0200",
  "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU",
  "END:DAYLIGHT",
  "BEGIN:STANDARD",
  "DTSTART:19701025T030000",
  "TZOFFSETFROM:+0200",
  "TZOFFSETTO:+0100",
  "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU",
  "END:STANDARD",
  "END:VTIMEZONE",
];

/** "20270302" of the nth day from now. */
const day = (now: Date, n: number): string =>
  new Date(now.getTime() + n * 86_400_000).toISOString().slice(0, 10).replaceAll("-", "");

/** The nth Monday to come. */
const monday = (now: Date, n: number): string => day(now, ((8 - now.getUTCDay()) % 7) + n * 7);

const calendar = (id: string, name: string, over: Partial<Collection> = {}): Collection => ({
  ...{ id, name, kind: "calendar", component: "VEVENT", rights: "all", timeZone: "Europe/Madrid" },
  ...{ objects: [], changes: [] },
  ...over,
});

const account = (user: string, name: string, over: Partial<Account> = {}): Account => ({
  ...{ user, name, password: `sandbox-${name.split(" ")[0]?.toLowerCase()}-pass`, key: user, addresses: [user] },
  ...{ mayDav: true, revoked: false, collections: [], inbox: [], burnt: [] },
  ...over,
});

/** Series with exceptions, whole days, clock times without a zone, things that do not count as busy. */
const fillWork = (state: State, work: Collection, now: Date): void => {
  const put = (uid: string, summary: string, start: string, end: string, extra: string[] = [], before: string[] = []) =>
    store(state, work, `${uid}.ics`, writeEvent({ uid, summary, start, end, extra, before }));
  const zone = ";TZID=Europe/Madrid";
  const first = monday(now, 0);
  const standup = writeEvent({
    uid: "standup-1",
    summary: "Stand-up",
    start: `${zone}:${first}T091500`,
    end: `${zone}:${first}T093000`,
    extra: ["RRULE:FREQ=WEEKLY;BYDAY=MO,WE,FR;COUNT=60", `EXDATE${zone}:${monday(now, 1)}T091500`],
    before: MADRID,
  });
  const moved = [
    "BEGIN:VEVENT",
    "UID:standup-1",
    "DTSTAMP:20260101T000000Z",
    `RECURRENCE-ID${zone}:${monday(now, 2)}T091500`,
    `DTSTART${zone}:${monday(now, 2)}T150000`,
    `DTEND${zone}:${monday(now, 2)}T153000`,
    "SUMMARY:Stand-up\\, moved",
    "END:VEVENT",
  ];
  store(state, work, "standup-1.ics", standup.replace("END:VCALENDAR\r\n", `${fold(moved)}END:VCALENDAR\r\n`));
  put("review-1", "Hiring review", `:${day(now, 2)}T130000Z`, `:${day(now, 2)}T140000Z`);
  put("offsite-1", "Day off", `;VALUE=DATE:${day(now, 9)}`, `;VALUE=DATE:${day(now, 10)}`);
  put("birthday-1", "Birthday of Li", `;VALUE=DATE:${day(now, 4)}`, `;VALUE=DATE:${day(now, 5)}`, [
    "TRANSP:TRANSPARENT",
  ]);
  put("lunch-1", "Lunch", `:${day(now, 3)}T123000`, `:${day(now, 3)}T133000`);
  put("maybe-1", "Maybe tennis", `:${day(now, 5)}T160000Z`, `:${day(now, 5)}T170000Z`, ["STATUS:TENTATIVE"]);
  put("off-1", "Called off", `:${day(now, 6)}T100000Z`, `:${day(now, 6)}T110000Z`, ["STATUS:CANCELLED"]);
};

/** Four accounts: one busy, one of another employer, one without events, one whose password opens no calendars. */
export const seed = (habits: Habits, now: Date): State => {
  const state: State = { seq: 0, epoch: 1, pageLimit: 0, accounts: [], sent: [] };
  const work = calendar("work", "Work");
  const interviews = calendar("interviews", "Interviews");
  const team = calendar("team", "Team holidays", { rights: "read" });
  const tasks = calendar("tasks", "Tasks", { component: "VTODO" });
  fillWork(state, work, now);
  const holiday = { uid: "holiday-1", summary: "Company holiday" };
  const when = { start: `;VALUE=DATE:${day(now, 12)}`, end: `;VALUE=DATE:${day(now, 13)}` };
  store(state, team, "holiday-1.ics", writeEvent({ ...holiday, ...when }));
  const extra = habits.extraCollections.map(({ id, name, kind }) => calendar(id, name, { kind, rights: "read" }));
  const li = calendar("work", "Work", { timeZone: "America/New_York" });
  const design = { uid: "design-1", summary: "Design review" };
  store(
    state,
    li,
    "design-1.ics",
    writeEvent({ ...design, start: `:${day(now, 2)}T150000Z`, end: `:${day(now, 2)}T170000Z` }),
  );
  state.accounts = [
    account("rosa@acme.example", "Rosa Alba", { collections: [work, interviews, team, tasks, ...extra] }),
    account("li@acme.example", "Li Chen", { collections: [li] }),
    account("bo@birch.example", "Bo Birch", { collections: [calendar("home", "Home", { timeZone: "Europe/London" })] }),
    account("eva@cedar.example", "Eva Cedar", { collections: [calendar("home", "Home", { timeZone: "UTC" })] }),
    account("mail@acme.example", "Mail only", { mayDav: false, password: "sandbox-mailonly-pass" }),
    account("gone@acme.example", "Gone", { revoked: true }),
  ];
  for (const [index, one] of state.accounts.entries())
    if (habits.keys !== "mail") one.key = habits.keys === "number" ? String(20_481_000 + index) : keyOfName(one.user);
  return state;
};

const keyOfName = (user: string): string => user.slice(0, user.indexOf("@"));
