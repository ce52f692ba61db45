import { Fragment } from "react";
import { shortUrl } from "./words.ts";

/** An endpoint's address as people read it; a long one breaks behind a slash rather than inside a word. */
export function Address({ url }: { url: string }) {
  const parts = shortUrl(url).split(/(?<=[^/:]\/)/);
  return (
    <span className="ep-url">
      {parts.map((part, index) => (
        <Fragment key={parts.slice(0, index + 1).join("")}>
          {index > 0 && <wbr />}
          {part}
        </Fragment>
      ))}
    </span>
  );
}
