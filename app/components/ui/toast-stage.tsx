import { CircleCheck, X } from "lucide-react";
import { useEffect } from "react";
import { toast as sonner, Toaster } from "sonner";
import { Button, IconButton } from "./button.tsx";
import { Icon } from "./icon.tsx";
import { type ToastMessage, takeToasts } from "./toast.tsx";

function draw({ title, text, undo }: ToastMessage) {
  sonner.custom(
    (id) => (
      <div className="toast">
        <Icon icon={CircleCheck} />
        <p>
          <b>{title}</b> {text && <span className="text-muted">{text}</span>}
        </p>
        {undo && (
          <Button
            type="button"
            size="sm"
            onClick={() => {
              sonner.dismiss(id);
              undo.run();
            }}
          >
            {undo.label}
          </Button>
        )}
        <IconButton type="button" size="sm" icon={X} label="Dismiss" onClick={() => sonner.dismiss(id)} />
      </div>
    ),
    { duration: 10_000 },
  );
}

/** The part of toasts that needs sonner; loaded by `toast.tsx` on first use. */
export default function ToastStage() {
  useEffect(() => takeToasts(draw), []);
  return <Toaster position="bottom-right" offset={16} mobileOffset={{ bottom: 72 }} />;
}
