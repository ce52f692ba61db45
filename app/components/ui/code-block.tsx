import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";
import { IconButton } from "./button.tsx";

/** A button that copies a text; it shows once script runs, because without it nothing could be copied. */
export function CopyButton({ text, label = "Copy" }: { text: string; label?: string }) {
  const [ready, setReady] = useState(false);
  const [copied, setCopied] = useState(false);
  useEffect(() => setReady(true), []);
  useEffect(() => {
    if (!copied) return;
    const back = setTimeout(() => setCopied(false), 2000);
    return () => clearTimeout(back);
  }, [copied]);
  return (
    <span className={ready ? undefined : "invisible"}>
      <IconButton
        type="button"
        size="sm"
        variant="secondary"
        icon={copied ? Check : Copy}
        label={copied ? "Copied" : label}
        onClick={() => void navigator.clipboard.writeText(text).then(() => setCopied(true))}
      />
      <span className="sr-only" role="status">
        {copied ? "Copied" : ""}
      </span>
    </span>
  );
}

interface CodeBlockProps {
  /** What it is: "Request", "Secret". */
  label: string;
  code: string;
  copy?: boolean | undefined;
  /** Lines stay whole, because their indentation means something. */
  program?: boolean | undefined;
}

/** What scrolls sideways is reachable by keyboard. */
const scrolls = { tabIndex: 0 } as const;

/** Text for machines, with its name and a copy button. Long lines wrap; those of a program scroll. */
export function CodeBlock({ label, code, copy = true, program = false }: CodeBlockProps) {
  return (
    <div className="min-w-0">
      <div className="rr-head">
        <h3>{label}</h3>
        {copy && <CopyButton text={code} label={`Copy ${label.toLowerCase()}`} />}
      </div>
      {program ? (
        <section className="code" aria-label={label} {...scrolls}>
          <pre>
            <code>{code}</code>
          </pre>
        </section>
      ) : (
        <pre className="code">
          <code>{code}</code>
        </pre>
      )}
    </div>
  );
}
