import { type StateWord, stateWord } from "#app/components/state-vocabulary.ts";

export interface EndpointShown {
  id: string;
  url: string;
  kind?: "endpoint" | "hook";
  description: string;
  state: string;
  offReason: string | null;
  eventTypes: readonly string[];
  failingSince: Date | null;
  lastSuccessAt: Date | null;
}

/** The address as people read it: without https://. */
export const shortUrl = (url: string): string => url.replace(/^https:\/\//, "").replace(/\/$/, "");

export const endpointWord = (state: string): StateWord =>
  stateWord("endpoint", state === "off" ? "switched_off" : state);

const offSentences: Record<string, string> = {
  gone: "The receiver answered that it is gone (410), so we stopped. What happens meanwhile is kept as not sent.",
  failing: "Every delivery failed for five days, so we stopped. What happens meanwhile is kept as not sent.",
  "by-person": "Switched off by hand. What happens meanwhile is kept as not sent.",
};

const waitsInWords = (waiting: number): string =>
  waiting === 1 ? "1 delivery waits and goes out by itself." : `${waiting} deliveries wait and go out by themselves.`;

/** The page's first sentence: is it all right? */
export function endpointSentence(endpoint: EndpointShown, waiting: number): string {
  if (endpoint.state === "off" && endpoint.kind === "hook" && endpoint.offReason === "gone")
    return "It unsubscribed by answering 410. Nothing is sent there any more, and nothing is kept for it.";
  if (endpoint.state === "off") return offSentences[endpoint.offReason ?? ""] ?? "Switched off.";
  const waits = waitsInWords(waiting);
  if (endpoint.state === "struggling") return `The receiver fails. Nothing is lost: ${waits}`;
  if (endpoint.lastSuccessAt === null) return "Nothing has been delivered yet. Send a test event to see one arrive.";
  return waiting === 0 ? "Everything has been delivered." : waits;
}

/** The same for all endpoints of an employer. */
export function endpointsSentence(endpoints: readonly { state: string; figures: { waiting: number } }[]): string {
  const among = (state: string) => endpoints.filter((one) => one.state === state).length;
  const all = endpoints.length;
  const [struggling, off] = [among("struggling"), among("off")];
  if (all === 0) return "Your own systems hear of events the moment they happen, signed.";
  if (struggling + off === 0)
    return all === 1
      ? "The endpoint takes what we send."
      : `${all === 2 ? "Both" : `All ${all}`} endpoints take what we send.`;
  const parts = [
    ...(struggling > 0 ? [struggling === 1 ? "1 struggles" : `${struggling} struggle`] : []),
    ...(off > 0 ? [`${off} ${off === 1 ? "is" : "are"} switched off`] : []),
  ];
  const waiting = endpoints.reduce((sum, { figures }) => sum + figures.waiting, 0);
  const waits = struggling > 0 && waiting > 0 ? ` ${waitsInWords(waiting)}` : "";
  return `Of ${all === 1 ? "1 endpoint" : `${all} endpoints`} ${parts.join(" and ")}.${waits}`;
}

/** How a delivery stands, without when it is tried next. */
export function deliverySentence(one: { state: string; attempts: number; lastError: string | null }): string {
  const tries = one.attempts === 1 ? "after 1 attempt" : `after ${one.attempts} attempts`;
  switch (one.state) {
    case "delivered":
      return "The receiver took it.";
    case "sending":
      return "An attempt is under way.";
    case "failed":
      return `${one.lastError ?? "It did not arrive."} We stopped ${tries}; send it again when the receiver works.`;
    default:
      return one.lastError ?? (one.attempts === 0 ? "Not tried yet." : "It did not arrive yet.");
  }
}

export const typesInWords = (types: readonly string[]): string =>
  types.length === 0 ? "Every event" : types.length === 1 ? (types[0] ?? "") : `${types.length} events`;

export const causeWords: Readonly<Record<string, string>> = { event: "", test: "test event", replay: "sent again" };

/** Why a delivery has no body to show any more. */
export const bodyGoneWords = {
  expired:
    "The event itself is older than its days and no longer kept, so it cannot be sent again. What became of it is still below.",
  erased:
    "The content was erased together with the person it is about, so it cannot be sent again. When it was sent and how that ended stays.",
} as const;

/** Where an attempt ended, in words. */
export const outcomeWords: Readonly<Record<string, string>> = {
  delivered: "Delivered",
  http: "Refused",
  redirect: "Sent us elsewhere",
  timeout: "Too slow",
  dns: "Name not found",
  blocked: "Address not public",
  connect: "No connection",
  tls: "Certificate not accepted",
  reset: "Connection broken",
  "too-large": "Answer too large",
};

/** In which step a failed attempt ended, in words. */
export const phaseWords: Readonly<Record<string, string>> = {
  dns: "while its name was looked up and checked",
  connect: "while we connected",
  tls: "during the encrypted greeting",
  ttfb: "while we waited for the answer",
  body: "in the middle of the answer",
};

/** What took the time, in the order in which it happens. */
export const timingWords: Readonly<Record<string, string>> = {
  dns: "Name look-up",
  connect: "Connection",
  tls: "Encryption",
  ttfb: "Wait for the answer",
  body: "Answer read",
};
