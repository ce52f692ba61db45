export interface SandboxApp {
  clientId: string;
  clientSecret: string;
  settings: Readonly<Record<string, string>>;
}

/**
 * The apps that the simulated vendors know, printed on their control pages. Worth nothing anywhere else. Vendors that are
 * not listed accept the common one.
 */
const apps: Readonly<Record<string, SandboxApp>> = {
  "google-calendar": {
    clientId: "482915-patchbay.apps.googleusercontent.com",
    clientSecret: "GOCSPX-sandbox-secret",
    settings: {},
  },
  slack: {
    clientId: "1111111111.2222222222",
    clientSecret: "slack-client-secret-4be1",
    settings: { signing_secret: "7f3c9e2b1d804a56b0c4e8f1a2d39b6e" },
  },
};

const common: SandboxApp = { clientId: "patchbay-sandbox", clientSecret: "patchbay-sandbox-secret", settings: {} };

/** The app of a simulated vendor. */
export const sandboxApp = (vendorId: string): SandboxApp =>
  Object.hasOwn(apps, vendorId) ? (apps[vendorId] ?? common) : common;
