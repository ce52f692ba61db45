import type { ActionFunctionArgs, LoaderFunctionArgs } from "@remix-run/node";
import { Form, useLoaderData } from "@remix-run/react";
import { errorsFor, RefusalNote, refusalIn } from "#app/components/people/refusal-note.tsx";
import { SettingsPage } from "#app/components/people/settings-page.tsx";
import { useAnswer } from "#app/components/shell/use-answer.ts";
import { Button } from "#app/components/ui/button.tsx";
import { Card, CardBody } from "#app/components/ui/card.tsx";
import { SelectField, TextareaField, TextField } from "#app/components/ui/field.tsx";
import { isRefusal, orExplain, redirectWithMessage, refused } from "#app/platform/respond.server.ts";
import { requireMember } from "#app/services/people.server.ts";
import { getSettings, saveSettings, timeZones } from "#app/services/settings.server.ts";

export const meta = () => [{ title: "Settings · Patchbay" }];

export async function loader({ request }: LoaderFunctionArgs) {
  const { actor, user } = await requireMember(request);
  const mayChange = actor.permissions.has("settings:manage");
  return { settings: await getSettings(actor), timeZones, mayChange, instance: user.instanceAdmin };
}

export async function action({ request }: ActionFunctionArgs) {
  const { actor } = await requireMember(request, "settings:manage");
  const form = await request.formData();
  const saved = await orExplain(() => saveSettings(actor, Object.fromEntries(form)));
  return isRefusal(saved) ? refused(saved, form) : redirectWithMessage("/settings", "Saved.");
}

export default function EmployerSettings() {
  const { settings, timeZones, mayChange, instance } = useLoaderData<typeof loader>();
  const refusal = refusalIn(useAnswer<typeof action>());
  const shown = { ...settings, ...refusal?.values };
  const field = (name: "name" | "website" | "about" | "timeZone") => ({
    id: name,
    name,
    defaultValue: shown[name] ?? "",
    errors: errorsFor(refusal, name),
    disabled: !mayChange,
  });
  const sentence = mayChange
    ? "What candidates read about you on your career site."
    : "What candidates read about you. Owners and admins can change it.";
  return (
    <SettingsPage title="Settings" sentence={sentence} instance={instance}>
      <Card label="Employer">
        <CardBody>
          <Form method="post" className="grid max-w-xl gap-4">
            <RefusalNote refusal={refusal} />
            <TextField {...field("name")} label="Name" required />
            <TextField {...field("website")} label="Website" optional type="url" placeholder="https://" />
            <TextareaField {...field("about")} label="About" optional rows={6} />
            <SelectField
              {...field("timeZone")}
              label="Time zone"
              hint="Interviews and dates in mails use it."
              options={timeZones.map((zone) => ({ value: zone, label: zone }))}
            />
            {mayChange && (
              <div>
                <Button variant="primary">Save</Button>
              </div>
            )}
          </Form>
        </CardBody>
      </Card>
    </SettingsPage>
  );
}
