import { matchesGlob } from "node:path";

export interface Instruction {
  /** In capitals, such as `RUN`. */
  readonly keyword: string;
  /** The rest, with continued lines joined. */
  readonly argument: string;
}

/** Reads the instructions of a Dockerfile, and fills in the values of `ARG`s with a default. */
export function readDockerfile(text: string): Instruction[] {
  const lines = text.replaceAll(/^\s*#.*\n/gm, "").replaceAll(/\\\n\s*/g, " ");
  const args = new Map<string, string>();
  const instructions: Instruction[] = [];
  for (const [, keyword = "", rest = ""] of lines.matchAll(/^([A-Z]+)\s+(.*)$/gm)) {
    if (keyword === "ARG") {
      const [name = "", value = ""] = rest.split("=");
      args.set(name, value);
    } else {
      const argument = rest.replaceAll(/\$\{(\w+)\}/g, (whole, name: string) => args.get(name) ?? whole);
      instructions.push({ keyword, argument });
    }
  }
  return instructions;
}

/** Reads `NAME=value NAME="value"` of an `ENV`. */
export function readEnv(argument: string): Record<string, string> {
  const pairs = argument.matchAll(/([A-Z_]+)=(?:"([^"]*)"|(\S+))/g);
  return Object.fromEntries([...pairs].map(([, name = "", quoted, plain = ""]) => [name, quoted ?? plain]));
}

/** Reads an instruction in exec form, `["node", "main.js"]`. */
export function readExecForm(argument: string): string[] {
  const array: unknown = JSON.parse(argument);
  if (!Array.isArray(array) || !array.every((each) => typeof each === "string"))
    throw new Error(`${argument} is not in exec form`);
  return array;
}

/** Returns those of the files that `.dockerignore` lets into the build. The last pattern that matches counts. */
export function applyDockerignore(ignore: string, files: readonly string[]): string[] {
  const patterns = ignore.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return files.filter((file) => {
    const parts = file.split("/");
    const paths = parts.map((_, index) => parts.slice(0, index + 1).join("/"));
    let isIgnored = false;
    for (const pattern of patterns) {
      const isException = pattern.startsWith("!");
      if (paths.some((path) => matchesGlob(path, isException ? pattern.slice(1) : pattern))) isIgnored = !isException;
    }
    return !isIgnored;
  });
}
