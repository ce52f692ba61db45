import type { Egress } from "#app/integrations/kit/egress.server.ts";
import type { Sandbox } from "#app/sandbox/server.ts";
import type { Exchange } from "./judge.ts";

/** Keeps what one vendor and its adapter say to each other, with the vendor's own hosts put back. */
export function recording(vendorId: string) {
  const exchanges: Exchange[] = [];
  return {
    exchanges,
    around: (egress: Egress, sandbox: Sandbox): Egress => ({
      ...egress,
      async request(url, request) {
        // A fault that waits changes the next answers: they are then the simulation's doing and not the vendor's.
        const spoilt = sandbox.vendor(vendorId).faults.list().length > 0;
        const answer = await egress.request(url, request);
        const [, id, host, ...rest] = new URL(url).pathname.split("/");
        if (id === vendorId && host)
          exchanges.push({
            method: request?.method ?? "GET",
            url: new URL(`https://${host}/${rest.join("/")}${new URL(url).search}`),
            headers: new Headers(request?.headers),
            body: request?.body ? new TextDecoder().decode(Buffer.from(request.body)) : "",
            status: answer.status,
            answerType: answer.headers.get("content-type") ?? "",
            answer: new TextDecoder().decode(answer.body),
            spoilt,
          });
        return answer;
      },
    }),
  };
}
