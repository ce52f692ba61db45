import type { Answer } from "./answering.ts";
import * as work from "./calls.ts";
import { type ErrorShape, indeed, linkedin } from "./shape.ts";

const indeedShapes: readonly Omit<ErrorShape, "vendor" | "section">[] = [
  { what: "the budget is spent", api: [{ status: 429 }], kind: "rate-limited", waits: 60 },
  {
    what: "a client without the permission, told with a fresh token too",
    api: indeed("FORBIDDEN", "client not authorised"),
    ...{ kind: "forbidden", code: "FORBIDDEN" },
  },
  {
    what: "a fresh token that is refused",
    api: indeed("UNAUTHENTICATED", "Not authenticated"),
    ...{ kind: "auth-revoked", code: "UNAUTHENTICATED" },
  },
  {
    what: "an input that it does not take",
    api: indeed("BAD_USER_INPUT", "cityRegionPostal must not be null"),
    ...{ call: work.look, kind: "validation", code: "BAD_USER_INPUT" },
  },
  { what: "no such posting", api: indeed("NOT_FOUND", "Not found"), call: work.look, kind: "not-found" },
  { what: "a query that it cannot read", api: indeed("GRAPHQL_PARSE_FAILED", "Syntax Error"), kind: "contract" },
  {
    what: "trouble behind it",
    api: indeed("DOWNSTREAM_SERVICE_ERROR", "Downstream failed"),
    ...{ kind: "unavailable", code: "DOWNSTREAM_SERVICE_ERROR" },
  },
  { what: "trouble of its own", api: indeed("INTERNAL_SERVER_ERROR", "Internal error"), kind: "unavailable" },
];

const element = (status: number, message: string): readonly Answer[] => [
  { status: 200, body: { elements: [{ status, error: { status, message } }] } },
];
const linkedinShapes: readonly (Omit<ErrorShape, "vendor" | "section"> & { section?: string })[] = [
  {
    what: "a token that it does not know, renewed in vain",
    api: linkedin(401, "Invalid access token", { serviceErrorCode: 65600 }),
    ...{ kind: "auth-revoked", code: "65600" },
  },
  { what: "no right under this contract", api: linkedin(403, "Not enough permissions"), kind: "forbidden" },
  { what: "the wrong resource", api: linkedin(404, "Not Found"), call: work.look, kind: "not-found" },
  { what: "a field that it does not take", api: linkedin(422, "Invalid"), call: work.look, kind: "validation" },
  { what: "an address that is too long", api: linkedin(414, "URI too long"), call: work.look, kind: "validation" },
  {
    what: "an element without a title, under 200",
    api: element(422, "ERROR :: /title :: field is required …"),
    ...{ section: "4.1", call: work.publish, kind: "validation", field: "title" },
  },
  {
    what: "an element too many, under 200",
    api: element(429, "Throttled"),
    ...{ section: "4.1", call: work.publish, kind: "rate-limited", waits: 60, unsure: "the status in an element" },
  },
  { what: "too many calls", api: linkedin(429, "Throttled"), kind: "rate-limited", waits: 60 },
];

const smallBoardShapes: readonly ErrorShape[] = [
  ...(["ziprecruiter", "weworkremotely"] as const).flatMap((vendor): ErrorShape[] => [
    { vendor, section: "7", what: "a dead key", api: [{ status: 401 }], kind: "auth-revoked", unsure: "the body" },
    {
      ...{ vendor, section: "7", what: "too many calls", api: [{ status: 429 }], unsure: "the body" },
      ...{ kind: "rate-limited", waits: 60 },
    },
    {
      ...{ vendor, section: "7", what: "no such job", api: [{ status: 404 }], unsure: "the body" },
      ...{ call: work.look, kind: "not-found" },
    },
  ]),
];

export const boardShapes: readonly ErrorShape[] = [
  ...indeedShapes.map((one): ErrorShape => ({ vendor: "indeed", section: "7", ...one })),
  ...linkedinShapes.map((one): ErrorShape => ({ vendor: "linkedin", section: "7", ...one })),
  ...smallBoardShapes,
];
