import { buildWithGo, unpackFromPypi, type Tool } from "./install-tool.ts";

/** A linter of workflows. */
export interface Linter extends Tool {
  readonly args: readonly string[];
}

export const LINTERS: readonly Linter[] = [
  {
    name: "actionlint",
    version: "1.7.12",
    program: "actionlint",
    install: buildWithGo("github.com/rhysd/actionlint/cmd/actionlint@v1.7.12"),
    // The findings must not depend on what else the machine has.
    args: ["-no-color", "-shellcheck=", "-pyflakes="],
  },
  {
    name: "zizmor",
    version: "1.32.0",
    program: "bin/zizmor",
    install: unpackFromPypi("zizmor==1.32.0"),
    args: ["--offline", "--no-progress", "--color=never", "--quiet"],
  },
];
