import { isJson, type Operation, type Spec } from "./spec.ts";

/** One exchange with a vendor, on its own host. `spoilt`: the simulation was told to answer wrongly. */
export interface Exchange {
  method: string;
  url: URL;
  headers: Headers;
  body: string;
  status: number;
  answerType: string;
  answer: string;
  spoilt: boolean;
}

/** What one exchange broke, as sentences that are the same for the same fault. Null: the documents say nothing about it. */
export function judgeExchange(
  specs: readonly Spec[],
  exchange: Exchange,
): { operation: string; faults: string[] } | null {
  const { url, method } = exchange;
  const covering = specs.filter((spec) => spec.covers(url.host, url.pathname));
  if (covering.length === 0) return null;
  const operation = covering
    .flatMap((spec) => spec.operations)
    .find((one) => one.method === method && one.path.test(url.pathname));
  if (!operation) {
    const name = `${method} ${url.pathname.replaceAll(/\/\d[^/]*/g, "/*")}`;
    return { operation: name, faults: [`${name} · the documents have no such call`] };
  }
  const faults = [
    ...queryFaults(operation, url).map((fault) => `query ${fault}`),
    ...bodyFaults(operation, exchange).map((fault) => `body ${fault}`),
    ...(exchange.spoilt ? [] : answerFaults(operation, exchange)).map((fault) => `answer ${exchange.status} ${fault}`),
  ];
  return { operation: operation.name, faults: faults.map((fault) => `${operation.name} · ${fault}`) };
}

function queryFaults(operation: Operation, url: URL): string[] {
  const given = [...new Set(url.searchParams.keys())];
  const missing = [...operation.query].filter(([name, { required }]) => required && !given.includes(name));
  return [
    ...missing.map(([name]) => `${name} is missing`),
    ...given.flatMap((name) => {
      const parameter = operation.query.get(name);
      if (!parameter) return [`${name} is not a parameter`];
      const values = url.searchParams.getAll(name);
      return parameter.check(values.length === 1 ? values[0] : values).map((fault) => `${name} ${fault}`);
    }),
  ];
}

function bodyFaults(operation: Operation, { headers, body }: Exchange): string[] {
  if (body === "") return operation.bodyRequired ? ["is missing"] : [];
  const type = (headers.get("content-type") ?? "").split(";")[0]?.trim() ?? "";
  const check = operation.bodies.get(type);
  if (!check) return [`is ${type || "untyped"}, which is not taken`];
  if (type === "application/x-www-form-urlencoded") return check(Object.fromEntries(new URLSearchParams(body)));
  return check(parsed(body));
}

/** Refusals and outages are the same for all calls and are often not listed with each. */
const unlisted = (status: number) => status === 401 || status === 403 || status === 429 || status >= 500;

function answerFaults(operation: Operation, { status, answer, answerType }: Exchange): string[] {
  const { answers } = operation;
  const own = answers.get(String(status)) ?? answers.get(`${String(status)[0]}xx`);
  const check = own ?? (answers.has("default") ? answers.get("default") : undefined);
  const listed = answers.has(String(status)) || answers.has(`${String(status)[0]}xx`) || answers.has("default");
  if (!listed) return operation.listsStatuses && !unlisted(status) ? ["is not listed"] : [];
  if (!check) return [];
  if (!answerType.includes("json")) return [`comes as ${answerType || "nothing"}`];
  const value = parsed(answer);
  return isJson(value) || Array.isArray(value) ? check(value) : ["is not JSON"];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
