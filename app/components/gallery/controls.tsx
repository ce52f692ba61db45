import { Contrast, ExternalLink, Pause, RotateCw } from "lucide-react";
import { vocabulary } from "#app/components/state-vocabulary.ts";
import { Button, Buttons, IconButton } from "#app/components/ui/button.tsx";
import { Card, CardBody, CardFooter, CardHeader, Section } from "#app/components/ui/card.tsx";
import { Checkbox, Radio, RadioGroup, Switch } from "#app/components/ui/choice.tsx";
import { SelectField, TextareaField, TextField } from "#app/components/ui/field.tsx";
import { FilterBar } from "#app/components/ui/filter-bar.tsx";
import { FormErrors } from "#app/components/ui/form-errors.tsx";
import { Pill } from "#app/components/ui/state.tsx";
import { Tile } from "#app/components/ui/tile.tsx";
import { Tooltip } from "#app/components/ui/tooltip.tsx";

const states = [
  { value: "", label: "Any state" },
  { value: "active", label: "Connected" },
];

function ButtonCard() {
  return (
    <Card labelledBy="g-buttons">
      <CardHeader id="g-buttons" title="Buttons" level={3} />
      <CardBody className="grid gap-4">
        <Buttons>
          <Button variant="primary">Primary</Button>
          <Button>Secondary</Button>
          <Button variant="ghost">Quiet</Button>
          <Button variant="danger">Disconnect</Button>
          <Button waitsFor="g-why">Not yet</Button>
        </Buttons>
        <p id="g-why" className="text-muted text-xs">
          Not yet waits for two problems.
        </p>
        <Buttons>
          <Button size="sm" icon={RotateCw}>
            Try again
          </Button>
          <Button size="sm" iconEnd={ExternalLink}>
            Open the page
          </Button>
          <Button loading>Publishing</Button>
          <Button loading icon={RotateCw} variant="primary">
            Testing
          </Button>
          <IconButton icon={Pause} label="Pause" variant="secondary" />
          <IconButton icon={Contrast} label="Theme" />
        </Buttons>
        <Buttons>
          <Pill state={vocabulary.connection.needs_reconnect} />
          <Pill state={vocabulary.reason.forbidden} />
          <Pill state={vocabulary.sync.running} />
          <Pill state={vocabulary.posting.live} />
          <Pill state={vocabulary.posting.draft} />
        </Buttons>
        <Buttons>
          <Tile name="We Work Remotely" color="#a83232" size="sm" />
          <Tile name="We Work Remotely" color="#a83232" />
          <Tile name="LinkedIn" monogram="in" color="#0f5f9e" size="lg" />
          <Tile name="Own site" />
          <span>
            A <Tooltip text="Where a sync goes on after it stopped.">checkpoint</Tooltip> in words.
          </span>
        </Buttons>
      </CardBody>
    </Card>
  );
}

function FieldCard() {
  return (
    <Card labelledBy="g-fields">
      <CardHeader id="g-fields" title="Fields" level={3} />
      <CardBody className="grid gap-4">
        <TextField
          id="g-secret"
          label="Client secret"
          code
          defaultValue="gh_demo_secret"
          errors={["Greenhouse does not know this pair. Copy both parts again; the secret is shown once."]}
        />
        <TextField
          id="g-token"
          label="Job board token"
          optional
          placeholder="hollinverge"
          hint="Only for public job pages. The last part of their address."
        />
        <SelectField id="g-region" label="Region" options={states} />
        <TextareaField id="g-note" label="Note to the team" hint="Up to 500 characters." />
      </CardBody>
      <CardFooter>
        <Button variant="primary">Save</Button>
        <Button variant="ghost">Cancel</Button>
      </CardFooter>
    </Card>
  );
}

function ChoiceCard() {
  return (
    <Card labelledBy="g-choices">
      <CardHeader id="g-choices" title="Choices" level={3} />
      <CardBody className="grid gap-4">
        <Checkbox label="Close the 4 postings first" hint="Waits for proof, about 10 min." defaultChecked />
        <Radio name="g-one" label="One of several" defaultChecked />
        <Switch label="Write changes back" hint="Stage moves reach Greenhouse." defaultChecked />
        <Switch label="Tell me in Slack" />
        <RadioGroup
          boxed
          name="g-auth"
          label="How to sign in"
          defaultValue="key"
          options={[
            { value: "key", label: "API key", hint: "A super admin of Greenhouse makes one." },
            { value: "oauth", label: "Sign in at Greenhouse", hint: "Takes two minutes." },
          ]}
        />
      </CardBody>
    </Card>
  );
}

/** Buttons, fields, choices, filters. */
export function GalleryControls() {
  return (
    <Section id="g-controls" title="Controls" count={3}>
      <FilterBar
        searchLabel="Search 47 tools"
        search=""
        selects={[
          { name: "state", label: "State", value: "", options: states },
          { name: "cost", label: "Cost", value: "", options: [{ value: "", label: "Any cost" }] },
        ]}
      />
      <FormErrors
        takeFocus={false}
        problems={[
          { id: "g-secret", label: "Client secret", text: "Greenhouse does not know this pair." },
          { id: "g-region", label: "Region", text: "Choose one." },
        ]}
      />
      <div className="sheet mt-3">
        <ButtonCard />
        <FieldCard />
        <ChoiceCard />
      </div>
    </Section>
  );
}
