// Starts Vercel's emulator of GitHub: node emulate.mjs MODULE PORT KEY
// An organisation with a private repository and an app that is installed there; what lies in the repository comes
// from the tests. A repository that is sown has no branch, hence they make their own.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [module, port, key] = process.argv.slice(2);
const { createEmulator } = await import(pathToFileURL(module));
await createEmulator({
  service: "github",
  port: Number(port),
  seed: {
    tokens: { "test-token": { login: "ada", id: 1, scopes: ["repo"] } },
    github: {
      users: [{ login: "ada", name: "Ada", email: "ada@example.org" }],
      orgs: [{ login: "acme", members: [{ login: "ada", role: "admin" }] }],
      apps: [
        {
          app_id: 7,
          slug: "shipwake",
          name: "shipwake",
          private_key: readFileSync(key, "utf8"),
          permissions: { contents: "read", metadata: "read", pull_requests: "read", issues: "read", checks: "read" },
          events: [],
          installations: [{ installation_id: 70, account: "acme", repository_selection: "all" }],
        },
      ],
    },
  },
});
