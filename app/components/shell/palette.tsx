import { useNavigate } from "@remix-run/react";
import { Command } from "cmdk";
import { Search } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { Icon } from "#app/components/ui/icon.tsx";
import { mainNav, secondNav } from "./nav.ts";

/** Jump to a place, or search everything. Loaded on the first ⌘K. */
export default function Palette({ onClose }: { onClose: () => void }) {
  const box = useRef<HTMLDialogElement>(null);
  const [text, setText] = useState("");
  const navigate = useNavigate();
  useEffect(() => {
    box.current?.showModal();
    box.current?.querySelector("input")?.focus();
  }, []);
  const go = (to: string) => {
    box.current?.close();
    navigate(to);
  };
  return (
    <dialog
      ref={box}
      className="palette"
      aria-label="Search or jump to"
      onClose={onClose}
      onClick={(event) => event.target === box.current && box.current.close()}
      onKeyDown={(event) => event.key === "Escape" && box.current?.close()}
    >
      <Command label="Search or jump to" loop>
        <div className="search">
          <Icon icon={Search} />
          <Command.Input className="input" placeholder="Search or jump to" value={text} onValueChange={setText} />
        </div>
        <Command.List className="palette-list">
          <Command.Group heading={<span className="pal-h">Go to</span>}>
            {[...mainNav, ...secondNav].map((entry) => (
              <Command.Item key={entry.to} className="pal-item" value={entry.label} onSelect={() => go(entry.to)}>
                <Icon icon={entry.icon} />
                <span>{entry.label}</span>
              </Command.Item>
            ))}
          </Command.Group>
          {text.trim() !== "" && (
            <Command.Group heading={<span className="pal-h">Search</span>} forceMount>
              <Command.Item
                className="pal-item"
                value={`search ${text}`}
                forceMount
                onSelect={() => go(`/search?q=${encodeURIComponent(text.trim())}`)}
              >
                <Icon icon={Search} />
                <span>Search for “{text.trim()}”</span>
              </Command.Item>
            </Command.Group>
          )}
        </Command.List>
      </Command>
    </dialog>
  );
}
