import { Link } from "@remix-run/react";
import { Button } from "#app/components/ui/button.tsx";
import { Note } from "#app/components/ui/note.tsx";
import { ForChoice } from "./manifest-fields.tsx";

export interface SignInWay {
  when: { field: string; is: string } | null;
  consent: boolean;
  appReady: boolean;
  scopes: readonly { name: string; why: string; optional?: true | undefined }[];
}

interface SignInWaysProps {
  ways: readonly SignInWay[];
  vendor: string;
}

/** What each way to sign in asks for, and what it still lacks here; the form shows those of the chosen one. */
export function SignInNotes({ ways, vendor }: SignInWaysProps) {
  return ways.map((way) => (
    <ForChoice key={way.when?.is ?? ""} when={way.when}>
      <Scopes scopes={way.scopes} />
      {!way.appReady && (
        <Note tone="warn">
          This Patchbay is not registered at {vendor} yet. An instance administrator does it once under{" "}
          <Link className="link" to="/settings/instance">
            Settings, Instance
          </Link>
          .
        </Note>
      )}
    </ForChoice>
  ));
}

/** The button that ends the form: it says whether the vendor's own page comes next. Which one counts, the form's choice says. */
export function SignInButtons({ ways, vendor, primary, busy }: SignInWaysProps & { primary?: boolean; busy: boolean }) {
  const [first] = ways;
  const differ = ways.some((way) => way.consent !== first?.consent);
  return (differ ? ways : [{ when: null, consent: first?.consent ?? false }]).map(({ when, consent }) => (
    <ForChoice key={when?.is ?? ""} when={when}>
      <Button
        {...(primary ? { variant: "primary" } : {})}
        name="intent"
        value={consent ? "consent" : "credentials"}
        loading={busy}
      >
        {consent ? `Sign in with ${vendor}` : "Test and save"}
      </Button>
    </ForChoice>
  ));
}

/** What we ask for and why, before the vendor asks. */
function Scopes({ scopes }: { scopes: SignInWay["scopes"] }) {
  if (scopes.length === 0) return null;
  return (
    <details>
      <summary className="link">What we ask for, and why</summary>
      <ul className="may">
        {scopes.map((scope) => (
          <li key={scope.name}>
            <span>
              {scope.why}
              {scope.optional && <span className="text-muted"> (optional)</span>}{" "}
              <code className="text-muted text-xs">{scope.name}</code>
            </span>
          </li>
        ))}
      </ul>
    </details>
  );
}
