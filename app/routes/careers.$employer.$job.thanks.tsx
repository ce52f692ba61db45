import type { LoaderFunctionArgs, MetaFunction } from "@remix-run/node";
import { Link, useLoaderData } from "@remix-run/react";
import { CircleCheck } from "lucide-react";
import { Note } from "#app/components/ui/note.tsx";
import { orRefuse } from "#app/platform/respond.server.ts";
import { careerSite, publicJob } from "#app/services/careers.server.ts";

export const meta: MetaFunction = () => [{ title: "Application sent" }, { name: "robots", content: "noindex" }];

/** Names the job and the employer, and nothing about who applied: anybody may open this address. */
export async function loader({ params }: LoaderFunctionArgs) {
  const site = await orRefuse(() => careerSite(params.employer ?? ""));
  const { title } = await orRefuse(() => publicJob(site, params.job ?? ""));
  return { site: { name: site.name, slug: site.slug }, title };
}

export default function Thanks() {
  const { site, title } = useLoaderData<typeof loader>();
  return (
    <>
      <h1>Thank you</h1>
      <Note tone="ok" icon={CircleCheck} role="status" className="mt-4">
        Your application for {title} is with {site.name}. They answer by e-mail.
      </Note>
      <p className="mt-5">
        <Link className="link" to={`/careers/${site.slug}`}>
          See the other jobs at {site.name}
        </Link>
      </p>
    </>
  );
}
