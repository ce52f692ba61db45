import { ErrorPage } from "#app/components/error-page.tsx";

/** Every address that nothing else answers. */
export function loader(): never {
  throw new Response("Not found", { status: 404 });
}
export function action(): never {
  return loader();
}

export const meta = () => [{ title: "Nothing lives here · Patchbay" }];

export default function Missing() {
  return null;
}

export function ErrorBoundary() {
  return <ErrorPage />;
}
