// `npm run fake`: a fake API server with a small living fleet, on the real wire.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { FakeApiServer } from "./fake-api/fake-api-server.ts";
import { FakeFleet } from "./fake-fleet.ts";
import { FakeLife } from "./fake-life.ts";

const api = await FakeApiServer.start({ control: true });
const fleet = new FakeFleet(api);
fleet.furnish();
const life = new FakeLife(fleet);
const folder = await mkdtemp(path.join(tmpdir(), "runnerscope-fake-"));
const kubeconfig = await api.writeKubeconfig(folder);

console.log(`Fake API server   ${api.url}
Kubeconfig        ${kubeconfig}
Start the product KUBECONFIG=${kubeconfig} npm start
Look with kubectl kubectl --kubeconfig ${kubeconfig} get pods -A -w
Misbehave         curl -d '{"verb":"cut","request":"watch"}' ${api.controlUrl}/_control/faults
                  verbs: cut stall drip garble gone throttle unauthorized forbid fail end duplicate reorder miss slow-tls refuse skew
                  GET shows what stands, DELETE clears; ${api.controlUrl}/_control/requests shows what was asked
Stop              Ctrl-C`);

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    life.stop();
    void api
      .stop()
      .then(() => rm(folder, { recursive: true }))
      .finally(() => process.exit(0));
  });
}
