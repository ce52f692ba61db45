import { Form } from "@remix-run/react";
import { Button } from "#app/components/ui/button.tsx";

/** Sends everything again that the filter shows, and the rest of the same beyond this page. */
export function SendAgain({
  filters,
}: {
  filters: { state: string; type: string } & Readonly<Record<string, string>>;
}) {
  const narrowed = Object.entries(filters).some(([name, value]) => !["state", "type"].includes(name) && value !== "");
  if (narrowed || ["queued", "sending", "retrying"].includes(filters.state)) return null;
  return (
    <details>
      <summary className="link">Send all that match again</summary>
      <Form method="post" className="mt-3 grid justify-items-start gap-3">
        <input type="hidden" name="since" value="all" />
        <input type="hidden" name="type" value={filters.type} />
        {(filters.state === "" ? ["failed", "not_sent"] : [filters.state]).map((state) => (
          <input key={state} type="hidden" name="states" value={state} />
        ))}
        <p className="max-w-[76ch] text-muted">{meaning(filters)}</p>
        <Button size="sm" name="intent" value="recover">
          Send all again
        </Button>
      </Form>
    </details>
  );
}

function meaning({ state, type }: { state: string; type: string }): string {
  const of = type === "" ? "" : ` of ${type}`;
  if (state === "delivered") return `Every event${of} that arrived here goes out once more, however old.`;
  const ended = state === "failed" ? "failed" : state === "not_sent" ? "was not sent" : "failed or was not sent";
  return `Every event${of} that ${ended} and never arrived goes out once, however old. The page shows how far it is.`;
}
