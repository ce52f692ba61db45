interface Receiver {
  language: string;
  /** What to install first; empty when the language has it all. */
  install: string;
  code: string;
}

/** Receivers that check the signature before they believe a byte. The body must be the raw bytes, never parsed JSON. */
export const receivers: readonly Receiver[] = [
  {
    language: "Node",
    install: "npm install express standardwebhooks",
    code: `import express from "express";
import { Webhook } from "standardwebhooks";

const webhook = new Webhook(process.env.PATCHBAY_WEBHOOK_SECRET);
const seen = new Set(); // keep these for 8 days, in your database

express()
  .post("/patchbay", express.raw({ type: "*/*" }), (request, response) => {
    let event;
    try {
      event = webhook.verify(request.body, request.headers);
    } catch {
      return response.sendStatus(401);
    }
    response.sendStatus(204); // answer first, work later
    if (seen.has(event.id)) return;
    seen.add(event.id);
    console.log(event.type, event.data);
  })
  .listen(8080);`,
  },
  {
    language: "Python",
    install: "",
    code: `import base64, hashlib, hmac, json, os, time
from http.server import BaseHTTPRequestHandler, HTTPServer

KEY = base64.b64decode(os.environ["PATCHBAY_WEBHOOK_SECRET"].removeprefix("whsec_"))

def verify(headers, body):
    message_id, stamp = headers["webhook-id"], headers["webhook-timestamp"]
    if abs(time.time() - int(stamp)) > 300:
        return False
    signed = f"{message_id}.{stamp}.".encode() + body
    expected = "v1," + base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
    return any(hmac.compare_digest(expected, one) for one in headers["webhook-signature"].split())

class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        good = verify(self.headers, body)
        self.send_response(204 if good else 401)
        self.end_headers()
        if good:
            event = json.loads(body)
            print(event["type"], event["data"])

HTTPServer(("", 8080), Receiver).serve_forever()`,
  },
];
