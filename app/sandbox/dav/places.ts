import { basic, type Call, type Reply } from "../framework.ts";
import { problem } from "./markup.ts";
import type { Account, Collection, Habits, State, StoredObject } from "./state.ts";

/** What a path stands for, to the account that asks. */
export type Place =
  | { at: "root" }
  | { at: "principal"; account: Account }
  | { at: "home"; account: Account }
  | { at: "inbox" | "outbox"; account: Account }
  | { at: "message"; account: Account; object: StoredObject }
  | { at: "collection"; account: Account; collection: Collection }
  | { at: "object"; account: Account; collection: Collection; name: string; object: StoredObject | null };

export const fill = (template: string, account: Account): string =>
  template.replace("{key}", account.key.split("/").map(encodeURIComponent).join("/").replaceAll("%40", "@"));

/** Address of a place as the service writes it into its answers. */
export const paths = (habits: Habits, account: Account) => {
  const host = habits.homeHost === null ? "" : `https://${habits.homeHost}`;
  const home = `${host}${fill(habits.home, account)}`;
  return {
    principal: fill(habits.principal, account),
    home,
    inbox: `${home}inbox/`,
    outbox: `${home}outbox/`,
    collection: (collection: Collection) => `${home}${encodeURIComponent(collection.id)}/`,
    object: (collection: Collection, name: string) =>
      `${home}${encodeURIComponent(collection.id)}/${encodeURIComponent(name)}`,
  };
};

const decoded = (path: string): string => {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
};

/** Null for a path that stands for nothing of the account's. */
export const placeOf = (habits: Habits, account: Account, call: Call): Place | null => {
  const path = decoded(call.path);
  if (habits.roots.some((root) => path === root || `${path}/` === root)) return { at: "root" };
  const trimmed = `${path.replace(/\/$/, "")}/`;
  if (trimmed === decoded(fill(habits.principal, account))) return { at: "principal", account };
  const home = decoded(fill(habits.home, account));
  if (habits.homeHost !== null && call.host !== habits.homeHost) return null;
  if (trimmed === home) return { at: "home", account };
  if (!path.startsWith(home)) return null;
  const [id = "", name = "", ...more] = path.slice(home.length).split("/");
  if (more.length > 0) return null;
  if (habits.scheduling && (id === "inbox" || id === "outbox")) {
    if (name === "") return { at: id, account };
    const object = account.inbox.find((one) => one.name === name);
    return id === "inbox" && object ? { at: "message", account, object } : null;
  }
  const collection = account.collections.find((one) => one.id === id);
  if (!collection) return null;
  if (name === "") return { at: "collection", account, collection };
  const object = collection.objects.find((one) => one.name === name) ?? null;
  return { at: "object", account, collection, name, object };
};

/** Whose password this is; else the answer of a server that was not given one that it knows. */
export const signIn = (call: Call, state: State, habits: Habits): Account | Reply => {
  const given = basic(call);
  const account = state.accounts.find((one) => one.user === given?.user && one.password === given.password);
  if (!account || account.revoked)
    return { status: 401, headers: { "www-authenticate": `Basic realm="${habits.name}"` }, body: "" };
  return account.mayDav ? account : problem(403, "d:need-privileges");
};

export const isReply = (value: Account | Reply): value is Reply => "status" in value;

/** The account that has this mail address. */
export const byAddress = (state: State, email: string): Account | undefined =>
  state.accounts.find((account) => account.addresses.includes(email.toLowerCase()) && !account.revoked);

/** Where messages and invitations of an account go by default. */
export const defaultCalendar = (account: Account): Collection | undefined =>
  account.collections.find((one) => one.kind === "calendar" && one.component === "VEVENT" && one.rights === "all");

/** The object with this uid in one or all calendars of an account. */
export const findUid = (
  account: Account,
  uid: string,
  uidOf: (text: string) => string,
  within?: Collection,
): { collection: Collection; object: StoredObject } | null => {
  for (const collection of within ? [within] : account.collections)
    for (const object of collection.objects) if (uidOf(object.text) === uid) return { collection, object };
  return null;
};
