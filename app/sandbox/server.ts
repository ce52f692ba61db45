import { parseArgs } from "node:util";
import { createSandbox } from "./create.ts";

export { createSandbox, type Sandbox, type SandboxOptions } from "./create.ts";

/** The process: `node app/sandbox/server.ts [--port 4600] [--state file] [--portal origin] [--public origin]`. */
const main = async () => {
  const { values } = parseArgs({
    options: {
      port: { type: "string", default: "4600" },
      state: { type: "string", default: ".patchbay/sandbox.json" },
      portal: { type: "string", default: "http://127.0.0.1:3000" },
      public: { type: "string" },
    },
  });
  const sandbox = await createSandbox({
    port: Number(values.port),
    stateFile: values.state,
    portalOrigin: values.portal,
    ...(values.public === undefined ? {} : { publicOrigin: values.public }),
  });
  process.stdout.write(`Simulated vendors: ${sandbox.origin}/_control\n`);
  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    sandbox.close().then(() => process.exit(0));
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
};

if (import.meta.main) await main();
