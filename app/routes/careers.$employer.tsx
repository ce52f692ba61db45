import type { LoaderFunctionArgs } from "@remix-run/node";
import { Outlet, useLoaderData, useSearchParams } from "@remix-run/react";
import { CareersShell } from "#app/components/careers/careers-shell.tsx";
import { ErrorPage } from "#app/components/error-page.tsx";
import { orRefuse } from "#app/platform/respond.server.ts";
import { careerSite } from "#app/services/careers.server.ts";

/** The frame of an employer's public career site. */
export async function loader({ params }: LoaderFunctionArgs) {
  const { name, slug, website } = await orRefuse(() => careerSite(params.employer ?? ""));
  return { site: { name, slug, website } };
}

export default function Careers() {
  const { site } = useLoaderData<typeof loader>();
  const src = useSearchParams()[0].get("src");
  return (
    <CareersShell site={site} query={src ? `?src=${encodeURIComponent(src)}` : ""}>
      <Outlet />
    </CareersShell>
  );
}

export function ErrorBoundary() {
  return <ErrorPage />;
}
