import { join } from "node:path";
import { fileURLToPath } from "node:url";
import chromium, { inflate } from "@sparticuz/chromium";

/** Run with TMPDIR set to an empty folder: unpacks Chromium, its fonts and the libraries that bare servers lack into it. */
const bin = fileURLToPath(new URL("../bin/", import.meta.resolve("@sparticuz/chromium")));
await chromium.executablePath();
await inflate(join(bin, "al2023.tar.br"));
