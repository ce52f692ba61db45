import type { ActionFunctionArgs, LoaderFunctionArgs } from "@remix-run/node";
import { Form, useLoaderData } from "@remix-run/react";
import { errorsFor, RefusalNote, refusalIn } from "#app/components/people/refusal-note.tsx";
import { SettingsPage } from "#app/components/people/settings-page.tsx";
import { InvitationsTable, MembersTable, roleOptions } from "#app/components/people/team-tables.tsx";
import { useAnswer } from "#app/components/shell/use-answer.ts";
import { Button } from "#app/components/ui/button.tsx";
import { Card, CardBody, Section } from "#app/components/ui/card.tsx";
import { SelectField, TextField } from "#app/components/ui/field.tsx";
import { ownUrl } from "#app/platform/caller.server.ts";
import { isRefusal, orExplain, redirectWithMessage, refused } from "#app/platform/respond.server.ts";
import type { Actor } from "#app/services/actor.ts";
import { requireMember } from "#app/services/people.server.ts";
import { changeRole, invite, listTeam, removeMember, withdrawInvitation } from "#app/services/team.server.ts";

export const meta = () => [{ title: "Team · Patchbay" }];

export async function loader({ request }: LoaderFunctionArgs) {
  const { actor, user } = await requireMember(request);
  const mayManage = actor.permissions.has("team:manage");
  return { ...(await listTeam(actor)), mayManage, ownId: user.id, instance: user.instanceAdmin };
}

export async function action({ request }: ActionFunctionArgs) {
  const { actor } = await requireMember(request);
  const form = await request.formData();
  const done = await orExplain(() => perform(actor, form, ownUrl(request)));
  return isRefusal(done) ? refused(done, form) : redirectWithMessage("/settings/team", done);
}

/** Does what the pressed button says; answers with the sentence for the next page. */
async function perform(actor: Actor, form: FormData, origin: string): Promise<string> {
  const field = (name: string) => String(form.get(name) ?? "");
  switch (field("intent")) {
    case "invite": {
      const sent = await invite(actor, { email: field("email"), role: field("role") }, origin);
      return sent.mailed ? `${sent.email} has been invited.` : `The mail did not go. Hand over this link: ${sent.link}`;
    }
    case "withdraw":
      await withdrawInvitation(actor, field("invitationId"));
      return "Invitation withdrawn.";
    case "role":
      await changeRole(actor, field("memberId"), form.get("role"));
      return "Role changed. It holds from the next page on.";
    default:
      await removeMember(actor, field("memberId"));
      return "Taken out of the team.";
  }
}

export default function Team() {
  const { members, invitations, mayManage, ownId, instance } = useLoaderData<typeof loader>();
  const refusal = refusalIn(useAnswer<typeof action>());
  const people = members.length === 1 ? "One person works" : `${members.length} people work`;
  return (
    <SettingsPage title="Team" sentence={`${people} here, ${invitations.length} invited.`} instance={instance}>
      <RefusalNote refusal={refusal} />
      <Section id="members" title="Members" count={members.length}>
        <Card labelledBy="members">
          <MembersTable members={members} mayManage={mayManage} ownId={ownId} />
        </Card>
      </Section>
      {mayManage && (
        <Section id="invitations" title="Invitations" count={invitations.length}>
          <Card labelledBy="invitations">
            <CardBody>
              <Form method="post" className="flex flex-wrap items-end gap-3">
                <TextField
                  label="Mail address"
                  id="email"
                  name="email"
                  type="email"
                  required
                  defaultValue={refusal?.values?.email ?? ""}
                  errors={errorsFor(refusal, "email")}
                />
                <SelectField label="Role" name="role" defaultValue="recruiter" options={roleOptions} />
                <Button variant="primary" name="intent" value="invite">
                  Invite
                </Button>
              </Form>
            </CardBody>
            <InvitationsTable invitations={invitations} />
          </Card>
        </Section>
      )}
    </SettingsPage>
  );
}
