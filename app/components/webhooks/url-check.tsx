import { useFetcher } from "@remix-run/react";
import { Button } from "#app/components/ui/button.tsx";
import { Note } from "#app/components/ui/note.tsx";

interface UrlCheckShown {
  url: string;
  good: boolean;
  sentence: string;
}

/** What a look at an address found. */
export function UrlCheckNote({ check }: { check: UrlCheckShown }) {
  return (
    <Note tone={check.good ? "ok" : "warn"} role="status">
      <p>{check.sentence}</p>
    </Note>
  );
}

const isCheck = (answer: unknown): answer is UrlCheckShown =>
  typeof answer === "object" && answer !== null && "good" in answer && "sentence" in answer;
const isSaid = (answer: unknown): answer is { message: string } =>
  typeof answer === "object" && answer !== null && "message" in answer;

/** Looks at the address typed into the form around it. Without script the form is sent to the page that answers. */
export function UrlCheck() {
  const fetcher = useFetcher();
  const said = isCheck(fetcher.data)
    ? fetcher.data
    : isSaid(fetcher.data)
      ? { url: "", good: false, sentence: fetcher.data.message }
      : null;
  return (
    <div className="grid justify-items-start gap-2">
      {/* Enter in a field presses the form's first button: that is to save, not to check. */}
      <button type="submit" hidden />
      <Button
        size="sm"
        formAction="/webhooks/check"
        formNoValidate
        loading={fetcher.state !== "idle"}
        onClick={(event) => {
          const url = event.currentTarget.form?.elements.namedItem("url");
          if (!(url instanceof HTMLInputElement)) return;
          event.preventDefault();
          fetcher.submit({ url: url.value }, { method: "post", action: "/webhooks/check" });
        }}
      >
        Check the address
      </Button>
      {said && <UrlCheckNote check={said} />}
    </div>
  );
}
