import { Form } from "@remix-run/react";
import { Button, ButtonLink } from "#app/components/ui/button.tsx";
import { IssueCard } from "#app/components/ui/issue-card.tsx";
import { Time } from "#app/components/ui/time.tsx";

export interface ShownIssue {
  id: string;
  severity: string;
  title: string;
  detail: string;
  fixLabel: string | null;
  fixHref: string | null;
  occurrences: number;
  firstSeenAt: Date;
  lastSeenAt: Date;
  snoozedUntil: Date | null;
  toldWhom: string | null;
  affected: readonly { label: string; count: number }[];
}

/** The one fix, and Snooze; both are forms or links. */
export function IssueActions({ issue }: { issue: ShownIssue }) {
  const asleep = issue.snoozedUntil !== null;
  return (
    <>
      {issue.fixHref && <ButtonLink to={issue.fixHref}>{issue.fixLabel ?? "Look"}</ButtonLink>}
      <Form method="post" action="/health">
        <input type="hidden" name="issue" value={issue.id} />
        <Button variant="ghost" name="intent" value={asleep ? "wake" : "snooze"}>
          {asleep ? "Show again" : "Snooze until tomorrow"}
        </Button>
      </Form>
    </>
  );
}

/** An open issue on the page of the connection that it concerns. `said` stands above it already and is not repeated. */
export function ConnectionIssue({ issue, said }: { issue: ShownIssue; said: string }) {
  return (
    <IssueCard
      id={`issue-${issue.id}`}
      tone={issue.severity === "bad" ? "bad" : "warn"}
      title={issue.title}
      text={issue.detail === said ? null : <p>{issue.detail}</p>}
      facts={[
        { label: "First seen", value: <Time at={issue.firstSeenAt} /> },
        { label: "Last seen", value: <Time at={issue.lastSeenAt} /> },
        ...issue.affected.map((one) => ({ label: one.label, value: one.count })),
        ...(issue.toldWhom ? [{ label: "Told", value: issue.toldWhom }] : []),
      ]}
      actions={<IssueActions issue={issue} />}
    />
  );
}
