import { Card, CardBody, CardHeader } from "#app/components/ui/card.tsx";
import { useClock } from "#app/components/ui/clock.tsx";
import { CodeBlock } from "#app/components/ui/code-block.tsx";
import { StateLabel } from "#app/components/ui/state.tsx";
import { Time } from "#app/components/ui/time.tsx";

interface RequestShown {
  id: string;
  receivedAt: Date;
  method: string;
  headers: Readonly<Record<string, string>>;
  body: string;
  bytes: number;
  cut: boolean;
  verified: boolean;
  verdict: string;
  answered: number;
}

const right = { word: "Signature right", icon: "circle-check", tone: "ok", means: "" } as const;
const wrong = { word: "Not verified", icon: "circle-x", tone: "bad", means: "" } as const;

const headerLines = (headers: Readonly<Record<string, string>>) =>
  Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}`)
    .join("\n");

/** JSON with line breaks for the eye; anything else as it came. */
function readable(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}

/** One request that arrived: whether its signature is right and why not, its headers and body. */
export function InboxRequestCard({ request }: { request: RequestShown }) {
  const id = `request-${request.id}`;
  const { method, headers, body, bytes, cut, verified, verdict, answered, receivedAt } = request;
  const { locale } = useClock();
  const size = `${bytes.toLocaleString(locale)} bytes${cut ? `, the first ${(65_536).toLocaleString(locale)} shown` : ""}`;
  return (
    <Card labelledBy={id}>
      <CardHeader
        id={id}
        title={headers["x-webhook-event"] ?? `${method} request`}
        beside={<StateLabel state={verified ? right : wrong} pill />}
        end={
          <span className="text-muted">
            <Time at={receivedAt} show="datetime" /> · answered {answered}
          </span>
        }
      />
      <CardBody>
        <p className="mb-3">{verdict}</p>
        <details>
          <summary className="link">Headers and body, {size}</summary>
          <div className="rr mt-3">
            <CodeBlock label="Body" code={body === "" ? "(empty)" : readable(body)} copy={body !== ""} />
            <CodeBlock label="Headers" code={headerLines(headers)} copy={false} />
          </div>
        </details>
      </CardBody>
    </Card>
  );
}
