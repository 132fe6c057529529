import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { lintDockerfile, lintScripts } from "../scripts/check-deployment.ts";
import { lintChart } from "../scripts/deployment/lint-chart.ts";
import { findComposeProblems, lintCompose } from "../scripts/deployment/lint-compose.ts";
import type { LintResult } from "../scripts/deployment/run-tools.ts";
import { root } from "../scripts/run-tool.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "caselink-deployment-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

interface Part {
  readonly path: string;
  readonly lint: (path: string) => Promise<LintResult>;
}

const DOCKERFILE = { path: "deploy/docker", lint: (path: string) => lintDockerfile(join(path, "Dockerfile")) };
const SCRIPTS = { path: "deploy/compose/temporal", lint: lintScripts };
const COMPOSE = { path: "deploy/compose", lint: (path: string) => lintCompose(join(path, "compose.yaml")) };
const HELM_CHART = { path: "deploy/helm/caselink-worker", lint: lintChart };

test.each<[tool: string, file: string, Part, from: string | RegExp, to: string, finding: RegExp]>([
  ["hadolint", "Dockerfile", DOCKERFILE, /^WORKDIR \/src$/m, "WORKDIR src", /^hadolint: .*DL3000/],
  ["hadolint", "Dockerfile", DOCKERFILE, "USER 10001:10001", "USER root", /^hadolint: .*DL3002/],
  ["shellcheck", "create-schema.sh", SCRIPTS, /\$/, "$ (", /^shellcheck: .*SC\d{4}/],
  [
    "Compose's loader",
    "compose.yaml",
    COMPOSE,
    "stop_grace_period",
    "stop_grace_time",
    /^compose-go: .*stop_grace_time/s,
  ],
  ["Compose's loader", "compose.yaml", COMPOSE, ":?set it in .env}", "", /^compose-go: .*invalid interpolation/s],
  ["helm lint", "values.yaml", HELM_CHART, "replicaCount: 2", "replicaCount: two", /^helm: .*replicaCount/s],
  ["helm lint", "templates/deployment.yaml", HELM_CHART, "{{- end }}", "", /^helm: .*deployment\.yaml/s],
  [
    "kubeconform",
    "templates/deployment.yaml",
    HELM_CHART,
    "periodSeconds",
    "perodSeconds",
    /^kubeconform: .*perodSeconds/s,
  ],
  ["kubeconform", "templates/podmonitor.yaml", HELM_CHART, "interval:", "every:", /^kubeconform: .*every/s],
  [
    "kubeconform",
    "templates/scaledobject.yaml",
    HELM_CHART,
    "maxReplicaCount",
    "maxReplicas",
    /^kubeconform: .*maxReplicas/s,
  ],
])("%s finds a fault in %s", async (_, file, { path, lint }, from, to, finding) => {
  await cp(join(root, path), folder, { recursive: true });
  const { skipped, problems } = await lint(folder);
  if (skipped.length > 0) {
    console.log(`skipped: ${skipped.join("; ")}`);
    return;
  }
  expect(problems).toEqual([]);
  const good = await readFile(join(folder, file), "utf8");
  const bad = good.replace(from, to);
  expect(bad).not.toBe(good);
  await writeFile(join(folder, file), bad);
  expect((await lint(folder)).problems).toContainEqual(expect.stringMatching(finding));
});

describe("a rule for the Compose file", () => {
  const good = {
    services: {
      database: { image: "postgres:18", healthcheck: {} },
      server: {
        image: "registry.example.com:5000/server:1.32.2",
        depends_on: { database: { condition: "service_healthy" } },
        ports: [{ host_ip: "127.0.0.1", published: "7233" }],
      },
    },
  };
  const { database, server } = good.services;

  test.each<[problem: string, services: object]>([
    ["the image postgres has no version", { database: { ...database, image: "postgres" } }],
    ["the image postgres:latest has no version", { database: { ...database, image: "postgres:latest" } }],
    ["depends on cache, which is no service", { server: { ...server, depends_on: { cache: {} } } }],
    ["waits for the health of database, which has no check", { database: { image: "postgres:18" } }],
    ["the port 7233 is open to other machines", { server: { ...server, ports: [{ published: "7233" }] } }],
  ])("reports: %s", (problem, services) => {
    expect(findComposeProblems(good)).toEqual([]);
    expect(findComposeProblems({ services: { ...good.services, ...services } })).toEqual([
      expect.stringContaining(problem),
    ]);
  });
});
