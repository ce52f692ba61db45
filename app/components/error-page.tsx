import { isRouteErrorResponse, Link, useRouteError, useRouteLoaderData } from "@remix-run/react";
import type { loader as rootLoader } from "#app/root.tsx";

interface Said {
  title: string;
  text: string;
  /** Our own mistake: the page names the reference under which the log holds it. */
  ours: boolean;
}

/** Refusals whose body is our own sentence for the reader (`asPageError`). */
const SAID: ReadonlySet<number> = new Set([400, 409, 503]);

/** What to say about an error, in words for a reader. */
export function errorWords(error: unknown): Said {
  if (isRouteErrorResponse(error)) {
    if (error.status === 404) {
      return { title: "Nothing lives here", text: "The address is wrong, or what was here is gone.", ours: false };
    }
    if (error.status === 403) {
      return {
        title: "Not yours to open",
        text: "Your role does not include this page. An owner or admin can change it.",
        ours: false,
      };
    }
    if (error.status === 429) {
      return { title: "Too many tries", text: "Wait a minute, then try again.", ours: false };
    }
    if (SAID.has(error.status) && typeof error.data === "string" && !error.data.startsWith("Error:")) {
      return { title: "This did not work", text: error.data, ours: false };
    }
  }
  return {
    title: "This page did not load",
    text: "What you see elsewhere is still correct. Try again in a moment.",
    ours: true,
  };
}

/** What went wrong and the way out, as the content of a page. */
export function ErrorContent() {
  const { title, text, ours } = errorWords(useRouteError());
  const reference = useRouteLoaderData<typeof rootLoader>("root")?.requestId;
  return (
    <>
      <h1>{title}</h1>
      <p className="mt-2 text-muted">
        {text} {ours && reference && <>Reference {reference}.</>}
      </p>
      <div className="btns mt-5">
        <Link className="btn" to="/" reloadDocument>
          <span>Go to the start page</span>
        </Link>
      </div>
    </>
  );
}

/** The page in place of one that failed. */
export function ErrorPage() {
  return (
    <div className="public public-narrow" id="error-boundary">
      <span />
      <main id="main" tabIndex={-1} className="content-center">
        <ErrorContent />
      </main>
    </div>
  );
}
