import { Form } from "@remix-run/react";
import { Button } from "./button.tsx";
import { Note } from "./note.tsx";

export interface Flash {
  tone: "ok" | "warn" | "bad";
  title: string;
  text?: string | undefined;
  /** A form post that takes it back. */
  undo?: { action: string; fields: Record<string, string> } | undefined;
}

/** What the last action did, at the top of the page it led to. Works without script. */
export function FlashNote({ flash }: { flash: Flash }) {
  return (
    <Note tone={flash.tone} role="status" className="mb-5">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
        <span className="min-w-0 flex-1">
          <b>{flash.title}</b> {flash.text}
        </span>
        {flash.undo && (
          <Form method="post" action={flash.undo.action}>
            {Object.entries(flash.undo.fields).map(([name, value]) => (
              <input key={name} type="hidden" name={name} value={value} />
            ))}
            <Button size="sm">Undo</Button>
          </Form>
        )}
      </div>
    </Note>
  );
}
