import type { LinksFunction, LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { Links, Meta, Outlet, Scripts, ScrollRestoration, useLoaderData, useRouteLoaderData } from "@remix-run/react";
import type { ReactNode } from "react";
import { ErrorPage } from "#app/components/error-page.tsx";
import { useNonce } from "#app/components/nonce.tsx";
import { ClockProvider } from "#app/components/ui/clock.tsx";
import { readLocale, readTheme, readTimeZone } from "#app/platform/preferences.server.ts";
import styles from "./app.css?url";

export const links: LinksFunction = () => [
  { rel: "preload", href: "/fonts/inter-latin.woff2", as: "font", type: "font/woff2", crossOrigin: "anonymous" },
  { rel: "stylesheet", href: styles },
  { rel: "icon", href: "/favicon.svg", type: "image/svg+xml" },
];

export const meta: MetaFunction = () => [
  { title: "Patchbay" },
  {
    name: "description",
    content: "Connect your hiring tools, publish jobs to every board and see what each one says.",
  },
];

export async function loader({ request, context }: LoaderFunctionArgs) {
  return {
    theme: await readTheme(request),
    locale: readLocale(request),
    timeZone: readTimeZone(request),
    now: Date.now(),
    requestId: context.requestId,
  };
}

/** The document. The theme comes from the cookie, so the first paint is right; "system" leaves it to the browser. */
export function Layout({ children }: { children: ReactNode }) {
  const data = useRouteLoaderData<typeof loader>("root");
  const nonce = useNonce();
  const theme = data && data.theme !== "system" ? data.theme : undefined;
  return (
    <html lang="en" data-theme={theme}>
      <head>
        <meta charSet="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
        <meta name="color-scheme" content={theme ?? "light dark"} />
        <Meta />
        <Links />
      </head>
      <body>
        {children}
        <ScrollRestoration nonce={nonce} />
        <Scripts nonce={nonce} />
      </body>
    </html>
  );
}

export default function App() {
  const { now, locale, timeZone } = useLoaderData<typeof loader>();
  return (
    <ClockProvider now={now} locale={locale} timeZone={timeZone}>
      <Outlet />
    </ClockProvider>
  );
}

export function ErrorBoundary() {
  return <ErrorPage />;
}
