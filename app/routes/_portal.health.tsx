import type { ActionFunctionArgs, LoaderFunctionArgs } from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { HealthFigures, IssueRows, VendorTable } from "#app/components/health/health-parts.tsx";
import { Section } from "#app/components/ui/card.tsx";
import { PageHead } from "#app/components/ui/page-head.tsx";
import { isRefusal, orExplain, redirectWithMessage } from "#app/platform/respond.server.ts";
import { health } from "#app/services/health.server.ts";
import { snoozeFor } from "#app/services/issues.server.ts";
import { requireMember } from "#app/services/people.server.ts";

export const meta = () => [{ title: "Health · Patchbay" }];

export async function loader({ request }: LoaderFunctionArgs) {
  const { actor } = await requireMember(request, "connections:read");
  return health(actor);
}

/** Snooze until tomorrow, or show again. */
export async function action({ request }: ActionFunctionArgs) {
  const { actor } = await requireMember(request, "connections:manage");
  const form = await request.formData();
  const id = String(form.get("issue") ?? "");
  const wake = form.get("intent") === "wake";
  const done = await orExplain(() => snoozeFor(actor, id, wake ? null : "day"));
  if (isRefusal(done)) return redirectWithMessage("/health", { tone: "bad", title: done.message });
  const undo = { action: "/health", fields: { issue: id, intent: wake ? "snooze" : "wake" } };
  return redirectWithMessage("/health", {
    tone: "ok",
    title: wake ? "The issue shows again." : "Issue snoozed until tomorrow.",
    undo,
  });
}

export default function HealthPage() {
  const page = useLoaderData<typeof loader>();
  const count = page.open.length;
  return (
    <>
      <PageHead
        title="Health"
        sentence={count === 0 ? "Everything runs as it should." : `${count} open ${count === 1 ? "issue" : "issues"}.`}
      />
      <HealthFigures page={page} />
      <Section id="issues" title="Open issues" count={count}>
        <IssueRows issues={page.open} lastHealed={page.lastHealed} />
      </Section>
      {page.snoozed.length > 0 && (
        <Section id="snoozed" title="Snoozed" count={page.snoozed.length}>
          <IssueRows issues={page.snoozed} lastHealed={null} />
        </Section>
      )}
      <Section id="vendors" title="Tools in the last day">
        <VendorTable vendors={page.vendors} />
      </Section>
    </>
  );
}
