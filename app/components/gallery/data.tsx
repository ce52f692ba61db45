import { Webhook } from "lucide-react";
import { BarChart } from "#app/components/ui/bar-chart.tsx";
import { Card, CardBody, CardHeader, Section } from "#app/components/ui/card.tsx";
import { CodeBlock } from "#app/components/ui/code-block.tsx";
import { Figures, KeyValue } from "#app/components/ui/key-value.tsx";
import { Lifecycle } from "#app/components/ui/lifecycle.tsx";
import { Money } from "#app/components/ui/money.tsx";
import { Sparkline } from "#app/components/ui/sparkline.tsx";
import { Time } from "#app/components/ui/time.tsx";
import { Timeline } from "#app/components/ui/timeline.tsx";

const at = Date.UTC(2026, 10, 12, 15, 40);
const volume = [5, 3, 0, 2, 8, 6, 4, 7, 3, 9, 2, 5, 8, 4];

function Charts() {
  return (
    <Card labelledBy="g-chart">
      <CardHeader id="g-chart" level={3} title="Attempts" end={<b>94.9% succeeded</b>} />
      <CardBody className="grid gap-4">
        <BarChart
          label="722 attempts in 24 hours; 37 failed, most of them in the last two hours."
          bars={volume.map((good, index) => ({ key: `h${index}`, good: good * 8, bad: index > 11 ? 20 : 0 }))}
          axis={["11:00", "17:00", "23:00", "05:00", "now"]}
          legend={{ good: "succeeded, 685", bad: "failed, 37" }}
        />
        <Sparkline
          label="14 days: 97.9% succeeded; two days had failures."
          bars={volume.map((total, index) => ({ total, failed: index > 11 ? 2 : 0 }))}
        />
      </CardBody>
    </Card>
  );
}

function Facts() {
  return (
    <Card labelledBy="g-facts">
      <CardHeader id="g-facts" level={3} title="Connection" />
      <CardBody className="grid gap-4">
        <KeyValue
          pairs={[
            { label: "Sign-in", value: "Harvest v3 client, entered 3 Aug" },
            { label: "Connected", value: <Time at={at} show="datetime" /> },
            { label: "Cost so far", value: <Money minor={29900} currency="USD" /> },
            { label: "Last run", value: <Time at={at} /> },
          ]}
        />
        <CodeBlock label="Request" code={'POST /patchbay\nwebhook-id: msg_2yKfW3qGm7Xo\n\n{ "type": "job.posted" }'} />
      </CardBody>
    </Card>
  );
}

function Way() {
  return (
    <Card labelledBy="g-way">
      <CardHeader id="g-way" level={3} title="Field Service Manager" />
      <CardBody>
        <Lifecycle
          label="Way of the posting"
          steps={[
            { label: "Checked", tone: "ok", note: "3 Nov, 09:02" },
            { label: "Queued", tone: "ok", note: "3 Nov, 09:02 · in the feed" },
            { label: "In review", tone: "run", note: "3 Nov, 12:40" },
            { label: "Rejected", tone: "bad", note: "12 Nov, 07:15" },
            { label: "Live", tone: "idle", note: "after the fix" },
          ]}
        />
        <Timeline
          level={4}
          days={[
            {
              label: "Today",
              entries: [
                {
                  id: "1",
                  at,
                  tone: "warn",
                  text: (
                    <>
                      <b>Applications synced in part.</b> 214 read, 9 changed, 3 rejected.
                    </>
                  ),
                },
                {
                  id: "2",
                  at,
                  tone: "ok",
                  icon: Webhook,
                  text: (
                    <>
                      <b>Amara Osei</b> moved to On-site, told by webhook.
                    </>
                  ),
                },
              ],
            },
            { label: "Yesterday", entries: [{ id: "3", at: at - 86_400_000, text: "Told Mara in Slack." }] },
          ]}
        />
      </CardBody>
    </Card>
  );
}

/** Figures, charts, facts and histories. */
export function GalleryData() {
  return (
    <Section id="g-data" title="Data">
      <Figures
        items={[
          { label: "Oldest waiting job", value: "0.8 s", note: "alert at 30 s" },
          { label: "Oldest webhook not processed", value: "0.3 s", note: "2,418 today" },
          { label: "Deliveries waiting", value: "31", note: "all for one endpoint" },
          { label: "Parked for a rate limit", value: "2 jobs", note: "ZipRecruiter, until 10:43" },
        ]}
      />
      <div className="sheet mt-3">
        <Charts />
        <Facts />
        <Way />
      </div>
    </Section>
  );
}
