import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { type LintResult, runProgram, withTools } from "./run-tools.ts";
import { COMPOSE_LOADER } from "./tools.ts";

/** The variables that the Compose file requires. */
const VARIABLES: Readonly<Record<string, string>> = {
  POSTGRES_PASSWORD: "postgres",
  OBJECT_STORAGE_ACCESS_KEY: "key",
  OBJECT_STORAGE_SECRET_KEY: "secret",
  GRAFANA_PASSWORD: "grafana",
};

/** Checks a Compose file with Compose's own loader: its schema, its variables, and what services name of each other. */
export const lintCompose = (file: string): Promise<LintResult> =>
  withTools([COMPOSE_LOADER], async (loader = "") => {
    const loaded = await loadCompose(loader, file);
    return typeof loaded === "string" ? [`${COMPOSE_LOADER.name}: ${loaded}`] : findComposeProblems(loaded);
  });

interface ComposeService {
  readonly image?: string;
  readonly depends_on?: Readonly<Record<string, { readonly condition?: string }>>;
  readonly healthcheck?: { readonly disable?: boolean };
  readonly ports?: readonly { readonly host_ip?: string; readonly published?: string }[];
}

export interface ComposeModel {
  readonly services: Readonly<Record<string, ComposeService>>;
}

/** Returns the model of a Compose file, with its variables filled in, or why Compose would reject it. */
export async function loadCompose(loader: string, file: string): Promise<ComposeModel | string> {
  const work = await mkdtemp(join(tmpdir(), "caselink-compose-"));
  try {
    // The loader's own program does not fill in variables.
    const filled = join(work, basename(file));
    await writeFile(filled, fillIn(await readFile(file, "utf8")));
    const env = { PATH: process.env["PATH"] };
    const { failure, stdout } = await runProgram(loader, ["--format", "json", filled], { env, cwd: dirname(file) });
    return failure ?? (JSON.parse(stdout) as ComposeModel);
  } finally {
    await rm(work, { recursive: true });
  }
}

/** Fills in the variables that have a default, and those of {@link VARIABLES} that are required. */
function fillIn(text: string): string {
  return text.replaceAll(/\$\{(\w+)(?::-([^}]*)|:\?[^}]*)\}/g, (whole, name: string, fallback?: string) => {
    return fallback ?? VARIABLES[name] ?? whole;
  });
}

/** The rules that the loader does not have: pinned images, dependencies that can be met, ports for this machine only. */
export function findComposeProblems({ services }: ComposeModel): string[] {
  const problems: string[] = [];
  for (const [name, { image = "", depends_on: needs = {}, ports = [] }] of Object.entries(services)) {
    const report = (problem: string) => problems.push(`compose: ${name}: ${problem}`);
    // Compose builds the one without a registry from the checkout.
    if (!/:[^:/]*\d[^:/]*$/.test(image) && image !== "caselink:latest") report(`the image ${image} has no version`);
    for (const [needed, { condition }] of Object.entries(needs)) {
      const service = services[needed];
      if (service === undefined) report(`depends on ${needed}, which is no service`);
      const hasCheck = service?.healthcheck !== undefined || service?.image === "caselink:latest";
      if (condition === "service_healthy" && !hasCheck) report(`waits for the health of ${needed}, which has no check`);
    }
    for (const { host_ip: host, published } of ports)
      if (host !== "127.0.0.1") report(`the port ${published} is open to other machines`);
  }
  return problems;
}
