import { Form } from "@remix-run/react";
import { Button, type ButtonProps } from "./button.tsx";

interface RowActionProps extends Pick<ButtonProps, "variant" | "aria-label" | "children"> {
  /** Whose button it is: the id is posted under this name. */
  field: string;
  id: string;
  /** What the page's action is to do; absent where it does one thing only. */
  intent?: string;
}

/** The button of one row: a form of its own, so that it works without script. */
export function RowAction({ field, id, intent, ...button }: RowActionProps) {
  return (
    <Form method="post">
      <input type="hidden" name={field} value={id} />
      <Button size="sm" {...(intent === undefined ? {} : { name: "intent", value: intent })} {...button} />
    </Form>
  );
}
