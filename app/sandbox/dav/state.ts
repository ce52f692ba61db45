import { z } from "zod";

const objectSchema = z.object({ name: z.string(), text: z.string(), seq: z.number() });
export type StoredObject = z.infer<typeof objectSchema>;

const collectionSchema = z.object({
  id: z.string(),
  name: z.string(),
  kind: z.enum(["calendar", "subscribed"]),
  component: z.enum(["VEVENT", "VTODO"]),
  rights: z.enum(["all", "read"]),
  timeZone: z.string(),
  objects: z.array(objectSchema),
  /** The last change of each name, deletions included. */
  changes: z.array(z.object({ name: z.string(), seq: z.number(), gone: z.boolean() })),
});
export type Collection = z.infer<typeof collectionSchema>;

const accountSchema = z.object({
  user: z.string(),
  password: z.string(),
  /** How paths name the account. */
  key: z.string(),
  name: z.string(),
  addresses: z.array(z.string()),
  /** Whether the password opens calendars. */
  mayDav: z.boolean(),
  revoked: z.boolean(),
  collections: z.array(collectionSchema),
  /** Scheduling messages that arrived. */
  inbox: z.array(objectSchema),
  /** UIDs that were deleted and cannot be used again, where the service keeps them. */
  burnt: z.array(z.string()),
});
export type Account = z.infer<typeof accountSchema>;

export const stateSchema = z.object({
  seq: z.number(),
  /** Tokens of an older epoch are dead. */
  epoch: z.number(),
  /** Members that one sync report tells; 0 for all. */
  pageLimit: z.number(),
  accounts: z.array(accountSchema),
  /** Invitations, changes and cancellations that the server sent to guests. */
  sent: z.array(z.object({ at: z.string(), to: z.string(), kind: z.string(), summary: z.string(), way: z.string() })),
});
export type State = z.infer<typeof stateSchema>;

/** How one service differs from the others; everything else is the standards'. */
export type Habits = {
  id: string;
  name: string;
  about: string;
  hosts: readonly string[];
  /** Where people are told to begin; `config` of the credentials holds it under this field. */
  start: { field: string | null; url: string };
  /** Where the well-known address leads; null where there is none. */
  wellKnown: string | null;
  /** Paths that name the principal of whoever asks. */
  roots: readonly string[];
  /** `{key}` stands for the account. */
  principal: string;
  home: string;
  /** What `{key}` is: the sign-in name, its first part, or a number. */
  keys: "mail" | "name" | "number";
  /** The host of the home, where it is not the one that was asked. */
  homeHost: string | null;
  scheduling: boolean;
  freeBusyReport: boolean;
  /** The text before the number of a sync token; null where there are only ctags. */
  tokenPrefix: string | null;
  deadToken: { status: number; element: boolean };
  /** `plain`: unless the stored bytes differ. `never`: no etag comes back. */
  etagOnPut: "plain" | "never";
  /** A line that the service adds to every event it stores. */
  adds: string | null;
  /** Where a uid may occur once. */
  uidScope: "calendar" | "account";
  uidConflict: { status: number; element: string };
  refusesMethod: boolean;
  burnsUids: boolean;
  /** Names every object by its uid, whatever it was put as. */
  renames: boolean;
  extraCollections: readonly { id: string; name: string; kind: Collection["kind"] }[];
};

export const defaults = {
  deadToken: { status: 403, element: true },
  etagOnPut: "plain",
  adds: null,
  uidScope: "calendar",
  uidConflict: { status: 409, element: "no-uid-conflict" },
  refusesMethod: false,
  burnsUids: false,
  renames: false,
  homeHost: null,
  keys: "mail",
  extraCollections: [],
  scheduling: true,
  freeBusyReport: true,
} as const satisfies Partial<Habits>;

/** Puts a text under a name, or takes the name away, and remembers when. */
export function store(state: State, collection: Collection, name: string, text: string | null): StoredObject | null {
  const seq = ++state.seq;
  collection.objects = collection.objects.filter((object) => object.name !== name);
  collection.changes = [...collection.changes.filter((one) => one.name !== name), { name, seq, gone: text === null }];
  if (text === null) return null;
  const object = { name, text, seq };
  collection.objects.push(object);
  return object;
}

export const etagOf = (object: StoredObject): string => `"${object.seq}-${object.text.length.toString(36)}"`;

export const ctagOf = (state: State, collection: Collection): string =>
  `${state.epoch}/${Math.max(0, ...collection.changes.map((one) => one.seq))}`;
