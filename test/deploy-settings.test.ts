import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { renderChart } from "../scripts/deployment/lint-chart.ts";
import { loadCompose } from "../scripts/deployment/lint-compose.ts";
import { COMPOSE_LOADER, HELM } from "../scripts/deployment/tools.ts";
import { root } from "../scripts/run-tool.ts";
import { installTool } from "../scripts/install-tool.ts";

const CHART = join(root, "deploy/helm/caselink-worker");
const read = (path: string): string => readFileSync(join(root, path), "utf8");

const helm = await installTool(HELM);
const loader = await installTool(COMPOSE_LOADER);
for (const tool of [helm, loader]) if ("missing" in tool) console.log(`skipped: ${tool.missing}`);

/** The time after which a worker that was asked to end does so in any case, in seconds. */
const force = Number(
  /SHUTDOWN_FORCE = "(\d+) seconds"/.exec(read("packages/workflows/src/process/batch-worker.ts"))?.[1],
);

interface Service {
  readonly image?: string;
  readonly stop_grace_period?: string;
  readonly volumes?: readonly {
    readonly type: string;
    readonly source: string;
    readonly bind?: { readonly create_host_path?: boolean };
  }[];
}

/** The resources of the chart with a file of values in its folder `ci`. */
async function render(values: string, ...sets: string[]): Promise<string> {
  if ("missing" in helm) throw new Error(helm.missing);
  const rendered = await renderChart(helm.path, CHART, join(CHART, "ci", `${values}-values.yaml`), ...sets);
  if ("problem" in rendered) throw new Error(rendered.problem);
  return rendered.manifests;
}

test("the image has the versions of Node and pnpm that the tests run with", () => {
  const { devDependencies, devEngines } = JSON.parse(read("package.json")) as {
    devDependencies: { node: string };
    devEngines: { packageManager: { version: string } };
  };
  const dockerfile = read("deploy/docker/Dockerfile");
  expect(dockerfile).toContain(`NODE_IMAGE=node:${devDependencies.node}-`);
  expect(dockerfile).toContain(`pnpm@${devEngines.packageManager.version}\n`);
});

describe.skipIf("missing" in helm)("the chart", () => {
  test("gives a worker longer than it needs to end, whatever the values", async () => {
    const grace = Number(/terminationGracePeriodSeconds: (\d+)/.exec(await render("minimal"))?.[1]);
    expect(grace).toBeGreaterThan(force);
    await expect(render("minimal", `terminationGracePeriodSeconds=${force}`)).rejects.toThrow("minimum");
  });

  test("runs workers without rights that they do not need", async () => {
    const manifests = await render("minimal");
    for (const setting of [
      "automountServiceAccountToken: false",
      "runAsNonRoot: true",
      "readOnlyRootFilesystem: true",
      "allowPrivilegeEscalation: false",
      "drop: [ALL]",
      "type: RuntimeDefault",
    ])
      expect(manifests).toContain(setting);
    const [, user] = /runAsUser: (\d+)/.exec(manifests) ?? [];
    expect(read("deploy/docker/Dockerfile")).toContain(`\nUSER ${user}:${user}\n`);
  });

  test("has no Secret, and names those of the values", async () => {
    const manifests = await render("everything");
    expect(manifests).not.toContain("kind: Secret");
    const named = [...manifests.matchAll(/(?:secretRef|secretKeyRef):\s+name: "([\w-]+)"|secretName: "([\w-]+)"/g)];
    expect(named.map(([, reference, volume]) => reference ?? volume)).toEqual([
      "temporal-api-key",
      "caselink-account",
      "object-storage",
      "temporal-client",
      "temporal-ca",
    ]);
  });

  test("lets KEDA set the number of workers if it is on", async () => {
    expect(await render("minimal")).toContain("\n  replicas: 2\n");
    const scaled = await render("everything");
    expect(scaled).not.toMatch(/^ {2}replicas:/m);
    expect(scaled).toContain('waits_for=\\"slot\\",namespace=\\"caselink\\",pod=~\\"workers-caselink-worker-.*\\"');
    await expect(render("minimal", "keda.enabled=true")).rejects.toThrow("/keda/prometheus/address");
  });

  test.each([
    ["image.tag=", "/image"],
    ["account.existingSecret=", "/account/existingSecret"],
    ["temporal.address=temporal", "/temporal/address"],
    ["ledger.location=/ledger/batches", "/ledger/volume"],
    ["ledger.location=batches", "/ledger/location"],
    ["api.site=us", "/api/site"],
    ["api.site=", "/api"],
    ["replicaCount=17", "/replicaCount"],
    ["replicas=3", "replicas"],
  ])("rejects %s, and names the value", async (set, place) => {
    await expect(render("minimal", set)).rejects.toThrow(place);
  });

  test("takes the values of the guide", async () => {
    if ("missing" in helm) throw new Error(helm.missing);
    const [, values = ""] = /<!-- file: account-a\.yaml -->\n```yaml\n(.*?)```/s.exec(read("docs/deploying.md")) ?? [];
    const folder = await mkdtemp(join(tmpdir(), "caselink-values-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, "account-a.yaml"), values);
    const rendered = await renderChart(helm.path, CHART, join(folder, "account-a.yaml"));
    expect(rendered).toEqual({ manifests: expect.stringContaining('value: "s3://caselink/ledger"') });
  });
});

/** The model of the file; its services have more fields than the linter reads. */
async function loadServices(): Promise<Record<string, Service>> {
  if ("missing" in loader) throw new Error(loader.missing);
  const model = await loadCompose(loader.path, join(root, "deploy/compose/compose.yaml"));
  if (typeof model === "string") throw new Error(model);
  return model.services;
}

describe.skipIf("missing" in loader)("the Compose file", () => {
  test("gives a worker longer than it needs to end", async () => {
    const grace = (await loadServices())["worker"]?.stop_grace_period ?? "";
    const [, minutes = "0", seconds = "0"] = /^(?:(\d+)m)?(?:(\d+)s)?$/.exec(grace) ?? [];
    expect(60 * Number(minutes) + Number(seconds)).toBeGreaterThan(force);
  });

  test("mounts files that are there", async () => {
    const mounts = Object.values(await loadServices()).flatMap(({ volumes = [] }) => volumes);
    const files = mounts.filter(({ type, bind }) => type === "bind" && bind?.create_host_path === false);
    expect(files.length).toBeGreaterThanOrEqual(6);
    const missing = files.map(({ source }) => relative(root, source)).filter((file) => !existsSync(join(root, file)));
    expect(missing).toEqual([]);
  });

  test("runs caselink on a read-only root folder, without rights that it does not need", async () => {
    const services = Object.values(await loadServices()).filter(({ image }) => image === "caselink:latest");
    expect(services.length).toBe(3);
    for (const service of services)
      expect(service).toMatchObject({
        read_only: true,
        cap_drop: ["ALL"],
        security_opt: ["no-new-privileges:true"],
      });
  });
});
