/** One `<job>` of a feed: element name to text. */
export type FeedJob = Record<string, string>;
export type Feed = { header: Record<string, string>; jobs: readonly FeedJob[] };

export class MalformedFeed extends Error {
  override readonly name = "MalformedFeed";
}

const NAMED: Record<string, string> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

const decode = (text: string): string =>
  text.replace(/&(#x?[0-9a-f]+|[a-z]+);|&/gi, (_whole, name: string | undefined) => {
    if (name === undefined) throw new MalformedFeed("An ampersand stands alone outside CDATA");
    if (name.startsWith("#"))
      return String.fromCodePoint(Number(name[1] === "x" ? `0x${name.slice(2)}` : name.slice(1)));
    const found = NAMED[name];
    if (found === undefined) throw new MalformedFeed(`&${name}; is not an XML entity`);
    return found;
  });

const TOKEN =
  /<!\[CDATA\[([\s\S]*?)\]\]>|<\?[\s\S]*?\?>|<!--[\s\S]*?-->|<(\/?)([A-Za-z][\w.:-]*)((?:\s+[\w.:-]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(\/?)>|([^<]+)/gy;

/**
 * Reads a `<source>` feed strictly: tags must nest and close, text must be CDATA or escaped.
 * Throws MalformedFeed with the place, as a crawler that throws the whole feed away would report it.
 */
export const parseFeed = (xml: string): Feed => {
  const stack: string[] = [];
  const header: Record<string, string> = {};
  const jobs: FeedJob[] = [];
  let job: FeedJob | null = null;
  let text = "";
  let at = 0;
  let roots = 0;
  TOKEN.lastIndex = 0;
  while (at < xml.length) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(xml);
    if (!match) throw new MalformedFeed(`The feed is not well-formed XML near "${xml.slice(at, at + 30)}"`);
    at = TOKEN.lastIndex;
    const [, cdata, closing, name, , selfClosing, plain] = match;
    if (cdata !== undefined) text += cdata;
    else if (plain !== undefined) text += decode(plain);
    else if (name !== undefined && closing !== "/") {
      if (stack.length === 0 && (name !== "source" || roots++ > 0))
        throw new MalformedFeed("The root element must be one <source>");
      if (selfClosing === "/") continue;
      stack.push(name);
      if (stack.length === 2 && name === "job") job = {};
      text = "";
    } else if (name !== undefined) {
      const open = stack.pop();
      if (open !== name) throw new MalformedFeed(`</${name}> closes <${open ?? "nothing"}>`);
      if (stack.length === 2 && job) job[name] = text.trim();
      else if (stack.length === 1 && name === "job" && job) {
        jobs.push(job);
        job = null;
      } else if (stack.length === 1) header[name] = text.trim();
      text = "";
    }
  }
  if (stack.length > 0) throw new MalformedFeed(`<${stack.at(-1)}> is never closed`);
  if (roots === 0) throw new MalformedFeed("There is no <source>");
  return { header, jobs };
};

const REQUIRED = [
  "title",
  "date",
  "referencenumber",
  "requisitionid",
  "url",
  "company",
  "city",
  "country",
  "description",
];

/** The Indeed Apply parameters of a job, or a reason why they cannot be used. Null: the job has none. */
export const applyData = (job: FeedJob): Record<string, string> | string | null => {
  const raw = job["indeed-apply-data"];
  if (raw === undefined) return null;
  const found: Record<string, string> = {};
  for (const pair of raw.split("&")) {
    const [name = "", value, ...more] = pair.split("=");
    if (more.length > 0 || value === undefined || value === "")
      return `indeed-apply-data: ${name || "a parameter"} has no URL-encoded value`;
    const short = name.toLowerCase().replace(/^indeed-apply-/, "");
    if (short === name.toLowerCase()) return `indeed-apply-data: ${name} lacks the prefix indeed-apply-`;
    try {
      found[short] = decodeURIComponent(value.replaceAll("+", " "));
    } catch {
      return `indeed-apply-data: the value of ${name} is not URL-encoded`;
    }
  }
  const missing = ["apitoken", "jobid", "posturl"].find((name) => !found[name]);
  return missing ? `indeed-apply-data: ${missing} is missing` : found;
};

/** Why a job would not be shown; null when it would. `seen` are the reference numbers before it in the same feed. */
export const rejectionOf = (
  job: FeedJob,
  header: Record<string, string>,
  apiToken: string,
  seen: ReadonlySet<string>,
): string | null => {
  const missing = REQUIRED.find((name) => !job[name]);
  if (missing) return `<${missing}> is missing`;
  if (header.publisher && !job.email) return "<email> is missing, which a feed with a publisher needs";
  if (seen.has(job.referencenumber ?? "")) return "the referencenumber occurs twice";
  if (Number.isNaN(Date.parse(job.date ?? ""))) return "<date> is not a date";
  if (!URL.canParse(job.url ?? "")) return "<url> is not absolute";
  if ((job.title ?? "").length > 75) return "the title is longer than 75 characters";
  const description = job.description ?? "";
  if (description.length < 30) return "the description is shorter than 30 characters";
  if (Buffer.byteLength(description) > 65_000) return "the description is longer than 65,000 bytes";
  if (/&(?:[a-z]+|#\d+);/i.test(`${job.title}${job.company}`)) return "HTML entities are not supported inside CDATA";
  const apply = applyData(job);
  if (typeof apply === "string") return apply;
  return apply && apply.apitoken !== apiToken ? "indeed-apply-data: the apiToken is not this employer's" : null;
};
