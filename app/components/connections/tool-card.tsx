import { Link } from "@remix-run/react";
import { Card } from "#app/components/ui/card.tsx";
import { Icon } from "#app/components/ui/icon.tsx";
import { Sparkline } from "#app/components/ui/sparkline.tsx";
import { StateLabel } from "#app/components/ui/state.tsx";
import { toneIcons } from "#app/components/ui/state-icons.tsx";
import { Tile } from "#app/components/ui/tile.tsx";
import { Time } from "#app/components/ui/time.tsx";
import { categoryWords, costWords, wordOf } from "./words.ts";

export interface ToolCardVendor {
  vendorId: string;
  name: string;
  summary: string;
  category: string;
  cost: string;
  color: string;
  monogram: string;
  signIn: string;
}

export interface ToolCardConnection extends ToolCardVendor {
  id: string;
  label: string;
  environment: string;
  state: string;
  stateReason: string | null;
  signsIn: boolean;
  sentence: string;
  lastSuccessAt: Date | null;
  bars: readonly { total: number; failed: number }[];
  rate: number | null;
}

const kindLine = (tool: ToolCardVendor) =>
  [categoryWords[tool.category] ?? tool.category, costWords[tool.cost] ?? tool.cost].join(" · ");

/** A connected tool: state in words, two weeks of calls, age. The whole card leads to its page. */
export function ConnectionTool({ tool }: { tool: ToolCardConnection }) {
  const failedDays = tool.bars.filter((bar) => bar.failed > 0).length;
  const word = wordOf({ state: tool.state, stateReason: tool.stateReason, signIn: tool.signsIn });
  return (
    <li className="card tool" data-loud={word.tone === "bad" || word.tone === "warn" ? true : undefined}>
      <div className="tool-top">
        <Tile name={tool.name} logo={tool.vendorId} color={tool.color} monogram={tool.monogram} />
        <div className="tool-name">
          <h3>
            <Link to={`/integrations/${tool.id}`}>{tool.label}</Link>
          </h3>
          <p className="text-muted text-xs">
            {kindLine(tool)}
            {tool.environment === "sandbox" && " · Sandbox"}
          </p>
        </div>
        <StateLabel state={word} pill={word.tone === "warn" || word.tone === "bad"} />
      </div>
      <p className="tool-text">{tool.sentence}</p>
      <div className="tool-foot">
        <Sparkline
          bars={tool.bars}
          label={`Calls per day, last 14 days; ${failedDays === 1 ? "1 day" : `${failedDays} days`} with failures`}
        />
        <span className="tool-nums text-xs">
          <span>{tool.rate === null ? "No runs" : `${tool.rate}%`}</span>
          <span className="text-muted">{tool.lastSuccessAt ? <Time at={tool.lastSuccessAt} /> : "–"}</span>
        </span>
      </div>
    </li>
  );
}

/** A tool that can be connected. */
export function VendorTool({ tool }: { tool: ToolCardVendor }) {
  return (
    <li className="card tool">
      <div className="tool-top">
        <Tile name={tool.name} logo={tool.vendorId} color={tool.color} monogram={tool.monogram} />
        <div className="tool-name">
          <h3>
            <Link to={`/integrations/connect/${tool.vendorId}`} aria-label={`Connect ${tool.name}`}>
              {tool.name}
            </Link>
          </h3>
          <p className="text-muted text-xs">{kindLine(tool)}</p>
        </div>
      </div>
      <p className="tool-text">{tool.summary}</p>
      <div className="tool-foot">
        <span className="text-muted text-xs">{tool.signIn}</span>
      </div>
    </li>
  );
}

interface Need {
  id: string;
  severity: string;
  title: string;
  detail: string;
  fixLabel: string | null;
  fixHref: string | null;
  connectionId: string | null;
  firstSeenAt: Date;
}

/** The open issues that wait for a person, worst first. */
export function Needs({ issues }: { issues: readonly Need[] }) {
  if (issues.length === 0) return null;
  return (
    <Card label="Needs you">
      <ul className="needs">
        {issues.map((issue) => (
          <li key={issue.id} className="need" data-tone={issue.severity}>
            <Icon icon={issue.severity === "bad" ? toneIcons.bad : toneIcons.warn} />
            <p>
              <b>{issue.title}.</b> <span className="text-muted">{issue.detail}</span>
            </p>
            <span className="whitespace-nowrap text-muted text-xs">
              <Time at={issue.firstSeenAt} />
            </span>
            {issue.fixHref && (
              <Link className="btn btn-sm" to={issue.fixHref}>
                {issue.fixLabel ?? "Look"}
              </Link>
            )}
          </li>
        ))}
      </ul>
    </Card>
  );
}
