import { CodeBlock } from "#app/components/ui/code-block.tsx";
import { Note } from "#app/components/ui/note.tsx";

/** Secrets that were just made, this once. */
export function SecretOnce({ secret, legacySecret }: { secret?: string | null; legacySecret?: string | null }) {
  return (
    <Note tone="ok" role="status" className="mb-4">
      <p className="mb-2">Copy it into your receiver now; it is not shown again. A new one can be made at any time.</p>
      {secret && <CodeBlock label="Signing secret" code={secret} />}
      {legacySecret && <CodeBlock label="Secret of X-Webhook-Signature" code={legacySecret} />}
    </Note>
  );
}
