import { Form, Link } from "@remix-run/react";
import { CirclePause, CirclePlay, ListChecks, Unplug } from "lucide-react";
import { Button, ButtonLink } from "#app/components/ui/button.tsx";

interface Props {
  connection: { id: string; state: string; vendor: { vendorId: string } };
}

const wizardOf = ({ id, vendor }: Props["connection"]) => `/integrations/connect/${vendor.vendorId}?connection=${id}`;

/** At most two buttons: the step that the state asks for first. */
export function ConnectionButtons({ connection }: Props) {
  const { state } = connection;
  if (state === "disconnecting") return null;
  if (state === "added" || state === "needs_setup" || state === "needs_reconnect")
    return (
      <ButtonLink variant="primary" icon={Unplug} to={wizardOf(connection)}>
        {state === "added" ? "Sign in" : state === "needs_setup" ? "Finish setup" : "Reconnect"}
      </ButtonLink>
    );
  return (
    <>
      <Form method="post" action={`/integrations/${connection.id}`}>
        <Button icon={ListChecks} name="intent" value="test">
          Test
        </Button>
      </Form>
      <Form method="post" action={`/integrations/${connection.id}`}>
        {state === "paused_by_user" ? (
          <Button variant="primary" icon={CirclePlay} name="intent" value="resume">
            Resume
          </Button>
        ) : (
          <Button icon={CirclePause} name="intent" value="pause">
            Pause
          </Button>
        )}
      </Form>
    </>
  );
}

/** What stands in the "more" menu. */
export function ConnectionMore({ connection }: Props) {
  return (
    <>
      <Link className="menu-item" to={wizardOf(connection)}>
        Reconnect
      </Link>
      <Link className="menu-item" to={`/integrations/connect/${connection.vendor.vendorId}`}>
        Connect another account
      </Link>
      <Link className="menu-item" to={`/integrations/${connection.id}/disconnect`}>
        Disconnect
      </Link>
    </>
  );
}
