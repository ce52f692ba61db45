import { BarChart } from "#app/components/ui/bar-chart.tsx";
import { Card, CardBody, CardHeader } from "#app/components/ui/card.tsx";
import type { Figures } from "./endpoints-table.tsx";
import { LatencyBar } from "./latency-bar.tsx";

const clock = (at: string) => `${at.slice(11, 16)} UTC`;

/** Attempts per hour over the last day. */
export function AttemptsChart({ figures }: { figures: Figures }) {
  const { delivered, failed, hours, latency } = figures;
  const total = delivered + failed;
  const share = total === 0 ? "none" : `${Math.floor((1000 * delivered) / total) / 10}%`;
  return (
    <Card labelledBy="attempts">
      <CardHeader
        id="attempts"
        title="Attempts"
        beside={<span className="text-muted text-xs">per hour, last 24 h</span>}
        end={
          <span>
            <b>{share}</b> <span className="text-muted">succeeded</span>
          </span>
        }
      />
      <CardBody>
        <BarChart
          bars={hours.map((hour) => ({ key: hour.at, good: hour.good, bad: hour.bad }))}
          label={`Attempts per hour over 24 hours: ${delivered} succeeded and ${failed} failed.`}
          axis={[clock(hours[0]?.at ?? ""), clock(hours[12]?.at ?? ""), "now"]}
          legend={{ good: `succeeded, ${delivered}`, bad: `failed, ${failed}` }}
        />
        {latency && (
          <div className="mt-4 grid gap-1">
            <p className="text-muted text-xs">Answered within, slowest hundredth left out</p>
            <LatencyBar latency={latency} most={Math.max(1, latency.p99)} wide />
          </div>
        )}
      </CardBody>
    </Card>
  );
}
