import { cx } from "./cx.ts";

interface TileProps {
  name: string;
  /** Vendor id with a mark in /logos/; absent shows the monogram. */
  logo?: string | undefined;
  /** The mark's ground, from the vendor's manifest. */
  color?: string | undefined;
  monogram?: string | undefined;
  size?: "sm" | "md" | "lg" | undefined;
}

/** First letters of the first two words: "We Work Remotely" → "WW". */
export function monogramOf(name: string): string {
  const words = name.split(/\s+/).filter(Boolean);
  return words
    .slice(0, 2)
    .map((word) => word.charAt(0).toUpperCase())
    .join("");
}

/** A vendor's mark on its own ground. It is decoration: the name always stands beside it. */
export function Tile({ name, logo, color, monogram, size = "md" }: TileProps) {
  const className = cx("tile", size === "sm" && "tile-sm", size === "lg" && "tile-lg", !color && "tile-plain");
  return (
    <span className={className} style={color ? { background: color } : undefined} aria-hidden="true">
      {logo ? <img src={`/logos/${logo}.svg`} alt="" loading="lazy" /> : (monogram ?? monogramOf(name))}
    </span>
  );
}
