import { RemixBrowser } from "@remix-run/react";
import { StrictMode, startTransition } from "react";
import { hydrateRoot } from "react-dom/client";

// The server formats times in this zone from the next request on.
const YEAR = 365 * 24 * 60 * 60 * 1000;
const value = encodeURIComponent(Intl.DateTimeFormat().resolvedOptions().timeZone);
void window.cookieStore?.set({ name: "tz", value, path: "/", sameSite: "lax", expires: Date.now() + YEAR });

startTransition(() => {
  hydrateRoot(
    document,
    <StrictMode>
      <RemixBrowser />
    </StrictMode>,
  );
});
