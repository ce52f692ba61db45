import type { ActionFunctionArgs, LoaderFunctionArgs } from "@remix-run/node";
import { useLoaderData } from "@remix-run/react";
import { Plus } from "lucide-react";
import { PreviewCard, RuleForm } from "#app/components/notifications/rule-form.tsx";
import { MessageTable, RuleTable } from "#app/components/notifications/rule-tables.tsx";
import { useAnswer } from "#app/components/shell/use-answer.ts";
import { ButtonLink } from "#app/components/ui/button.tsx";
import { Card, CardHeader } from "#app/components/ui/card.tsx";
import { Note } from "#app/components/ui/note.tsx";
import { isRefusal, orExplain, orRefuse, redirectWithMessage, refused } from "#app/platform/respond.server.ts";
import { notificationsTab, steerNotifications } from "#app/services/notification-page.server.ts";
import { requireMember } from "#app/services/people.server.ts";
import { needId } from "#app/services/search-text.ts";

export async function loader({ request, params }: LoaderFunctionArgs) {
  const { actor } = await requireMember(request, "connections:read");
  const query = new URL(request.url).searchParams;
  return orRefuse(() => notificationsTab(actor, needId(params.id), query.get("rule"), query.get("event")));
}

export async function action({ request, params }: ActionFunctionArgs) {
  const { actor } = await requireMember(request, "connections:manage");
  const form = await request.formData();
  const done = await orExplain(() => steerNotifications(actor, needId(params.id), form));
  if (isRefusal(done)) return refused(done);
  if ("preview" in done) return done;
  return redirectWithMessage(`/integrations/${params.id}/notifications`, done.said);
}

export default function Notifications() {
  const { id, manages, problem, open, draft, placeholders, events, channels, rules, messages } =
    useLoaderData<typeof loader>();
  const answer = useAnswer<typeof action>();
  const base = `/integrations/${id}/notifications`;
  const previewed = answer && "preview" in answer ? answer : null;
  const refusal = answer && "fields" in answer ? answer : null;
  return (
    <div className="grid gap-4">
      {problem && <Note tone="warn">The channels could not be read: {problem}</Note>}
      {manages && (open || answer) && (
        <RuleForm
          draft={previewed?.draft ?? draft}
          events={events}
          channels={channels}
          placeholders={placeholders}
          refusal={refusal}
          closeTo={base}
        />
      )}
      {previewed && <PreviewCard preview={previewed.preview} />}
      <Card labelledBy="rules">
        <CardHeader
          id="rules"
          title="Rules"
          end={
            manages && (
              <ButtonLink size="sm" icon={Plus} to={`${base}?rule=new`}>
                New rule
              </ButtonLink>
            )
          }
        />
        <RuleTable rows={rules} base={base} manages={manages} />
      </Card>
      <Card labelledBy="messages">
        <CardHeader id="messages" title="Latest messages" />
        <MessageTable rows={messages} manages={manages} />
      </Card>
    </div>
  );
}
