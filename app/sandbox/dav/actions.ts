import { type Action, type Field, Refusal, type World } from "../framework.ts";
import { fold, stamp, uidOf, unfold, writeEvent } from "./icalendar.ts";
import { defaultCalendar } from "./places.ts";
import { answered, schedule } from "./scheduling.ts";
import { type Account, type Habits, type State, store } from "./state.ts";

const HOUR = 3_600_000;
const ACCOUNT: Field = {
  name: "account",
  label: "Account",
  options: ["rosa@acme.example", "li@acme.example", "bo@birch.example", "eva@cedar.example"],
  value: "rosa@acme.example",
};
const OBJECT: Field = { name: "object", label: "Object (its name or uid)" };

const chosen = ({ state }: World<State>, input: Record<string, string>): Account => {
  const account = state.accounts.find((one) => one.user === input.account);
  if (!account) throw new Refusal(`There is no account ${input.account}`);
  return account;
};

const chosenObject = (world: World<State>, input: Record<string, string>) => {
  const account = chosen(world, input);
  for (const collection of account.collections) {
    const object = collection.objects.find((one) => one.name === input.object || uidOf(one.text) === input.object);
    if (object) return { account, collection, object };
  }
  throw new Refusal(`There is no event ${input.object}`);
};

const chosenCalendar = (account: Account, id: string | undefined) => {
  const calendar = id ? account.collections.find((one) => one.id === id) : defaultCalendar(account);
  if (!calendar) throw new Refusal("There is no such calendar");
  return calendar;
};

/** Shifts the times of an event that are written in UTC or on a clock, by whole hours. */
const shifted = (text: string, hours: number): string => {
  let moved = false;
  const lines = unfold(text).map((line) => {
    const [, head, y, mo, d, h, rest] = /^(DT(?:START|END)[^:]*):(\d{4})(\d\d)(\d\d)T(\d\d)(\d{4}Z?)$/.exec(line) ?? [];
    if (!head) return line;
    moved = true;
    const at = new Date(Date.UTC(Number(y), Number(mo) - 1, Number(d), Number(h)) + hours * HOUR);
    return `${head}:${stamp(at).slice(0, 11)}${rest}`;
  });
  if (!moved) throw new Refusal("Whole days cannot be moved by hours");
  return fold(lines);
};

/** What the owner of a calendar, or a guest, does in a calendar program of their own. */
export const actionsOf = (habits: Habits): readonly Action<State>[] => [
  {
    id: "add-event",
    label: "Put something in a calendar",
    fields: [
      ACCOUNT,
      { name: "calendar", label: "Calendar (blank: the first)", optional: true },
      { name: "summary", label: "Title", value: "Dentist" },
      { name: "start", label: "Start (blank: in one hour)", optional: true },
      { name: "hours", label: "Hours", kind: "number", value: "1" },
      { name: "rule", label: "Repeats (RRULE, blank: once)", optional: true },
    ],
    run(world, input) {
      const calendar = chosenCalendar(chosen(world, input), input.calendar);
      const start = input.start ? new Date(input.start) : new Date(world.now().getTime() + HOUR);
      const end = new Date(start.getTime() + Number(input.hours) * HOUR);
      const uid = `person-${world.state.seq + 1}`;
      const extra = input.rule ? [`RRULE:${input.rule}`] : [];
      const text = writeEvent({
        uid,
        summary: input.summary ?? "",
        start: `:${stamp(start)}`,
        end: `:${stamp(end)}`,
        extra,
      });
      store(world.state, calendar, `${uid}.ics`, text);
      return { object: `${uid}.ics` };
    },
  },
  {
    id: "move-event",
    label: "Move an event by hours",
    fields: [ACCOUNT, OBJECT, { name: "hours", label: "Hours", kind: "number", value: "1" }],
    run(world, input) {
      const { account, collection, object } = chosenObject(world, input);
      const text = shifted(object.text, Number(input.hours));
      const kept = habits.scheduling ? schedule(world, account, object.text, text) : text;
      store(world.state, collection, object.name, kept ?? text);
    },
  },
  {
    id: "delete-event",
    label: "Delete an event",
    fields: [ACCOUNT, OBJECT],
    run(world, input) {
      const { account, collection, object } = chosenObject(world, input);
      if (habits.scheduling) schedule(world, account, object.text, null);
      store(world.state, collection, object.name, null);
      if (habits.burnsUids) account.burnt.push(uidOf(object.text));
    },
  },
  {
    id: "answer",
    label: "Let a guest answer",
    fields: [
      ACCOUNT,
      OBJECT,
      { name: "email", label: "Guest" },
      { name: "response", label: "Answer", options: ["ACCEPTED", "DECLINED", "TENTATIVE"], value: "ACCEPTED" },
    ],
    run(world, input) {
      const { collection, object } = chosenObject(world, input);
      const text = answered(object.text, input.email ?? "", input.response ?? "ACCEPTED");
      if (text === object.text) throw new Refusal(`${input.email} is not invited, or has said so before`);
      store(world.state, collection, object.name, text);
    },
  },
  {
    id: "settings",
    label: "Change the server's habits",
    fields: [{ name: "pageLimit", label: "Changes told at once (0: all)", kind: "number", value: "0" }],
    run({ state }, input) {
      state.pageLimit = Number(input.pageLimit);
    },
  },
];
