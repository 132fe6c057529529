import { existsSync, readdirSync, readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join, posix } from "node:path";
import { parseSync, Visitor } from "vite";

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
}

interface InstalledPackage {
  readonly folder: string;
  readonly manifest: Manifest;
  /** The specifiers that each file of `dist` loads, by the file's path in the package. */
  readonly imports: ReadonlyMap<string, readonly string[]>;
}

/**
 * Returns the modules that the packages load and do not declare, each as `package/file: reason`.
 *
 * A package declares what its code and its type declarations load as a dependency or as a peer dependency. It also declares
 * the peer dependencies of the entry points that it imports from the other packages: npm installs no optional ones for it.
 * A file that a relative specifier names must be in the package.
 */
export function findUndeclaredImports(folders: readonly string[]): string[] {
  const packages = new Map(
    folders.map((folder) => {
      const installed = readPackage(folder);
      return [installed.manifest.name, installed] as const;
    }),
  );
  const problems: string[] = [];
  for (const { folder, manifest, imports } of packages.values()) {
    const isDeclared = (name: string): boolean =>
      name === manifest.name || Object.hasOwn({ ...manifest.dependencies, ...manifest.peerDependencies }, name);
    for (const [file, specifiers] of imports) {
      const report = (reason: string) => problems.push(`${manifest.name}/${file}: ${reason}`);
      for (const specifier of specifiers) {
        if (specifier.startsWith(".")) {
          if (!existsSync(join(folder, targetOf(file, specifier)))) report(`${specifier} is not in the package`);
          continue;
        }
        const name = packageNameOf(specifier);
        if (!isDeclared(name)) report(`${name} is not a dependency`);
        const imported = packages.get(name);
        if (!imported) continue;
        for (const peer of peersOf(imported, `.${specifier.slice(name.length)}`)) {
          if (!isDeclared(peer)) report(`${specifier} needs ${peer}, which is not a dependency`);
        }
      }
    }
  }
  return problems;
}

function readPackage(folder: string): InstalledPackage {
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
  const files = readdirSync(join(folder, "dist"), { encoding: "utf8", recursive: true });
  const imports = files
    .filter((file) => /\.[cm]?[jt]s$/.test(file))
    .map((name) => {
      const file = `dist/${name.replaceAll("\\", "/")}`;
      return [file, readSpecifiers(file, readFileSync(join(folder, file), "utf8"))] as const;
    });
  return { folder, manifest, imports: new Map(imports) };
}

/** The peer dependencies that an entry point loads, itself or through other files of its package. */
function peersOf({ manifest, imports }: InstalledPackage, entryPoint: string): string[] {
  const entry = manifest.exports[entryPoint] ?? {};
  const targets = typeof entry === "string" ? [entry] : Object.values(entry);
  // The loop below visits the files that it adds to the set.
  const reached = new Set(targets.map((target) => posix.normalize(target)));
  const peers = new Set<string>();
  for (const file of reached) {
    for (const specifier of imports.get(file) ?? []) {
      if (specifier.startsWith(".")) reached.add(targetOf(file, specifier));
      else if (Object.hasOwn(manifest.peerDependencies ?? {}, packageNameOf(specifier)))
        peers.add(packageNameOf(specifier));
    }
  }
  return [...peers];
}

/** The path in the package of the file that a relative specifier names; type declarations name the JavaScript file. */
function targetOf(file: string, specifier: string): string {
  const target = posix.join(posix.dirname(file), specifier);
  return file.endsWith(".d.ts") ? target.replace(/\.js$/, ".d.ts") : target;
}

const packageNameOf = (specifier: string): string => /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier;

/** Imports, exports and type imports, and the literal arguments of `require`, `require.resolve`, `URL` and `Worker`. */
function readSpecifiers(file: string, code: string): string[] {
  const { program, errors } = parseSync(file, code);
  if (errors.length > 0)
    throw new Error(`${file} cannot be parsed: ${errors.map(({ message }) => message).join("; ")}`);
  const found = new Set<string>();
  const add = (source: { readonly type: string; readonly value?: unknown } | null | undefined) => {
    if (source?.type === "Literal" && typeof source.value === "string") found.add(source.value);
  };
  const textOf = ({ start, end }: { readonly start: number; readonly end: number }) => code.slice(start, end);
  new Visitor({
    ImportDeclaration: ({ source }) => add(source),
    ExportNamedDeclaration: ({ source }) => add(source),
    ExportAllDeclaration: ({ source }) => add(source),
    ImportExpression: ({ source }) => add(source),
    TSImportType: ({ source }) => add(source),
    CallExpression({ callee, arguments: [first] }) {
      if (["require", "require.resolve", "import.meta.resolve"].includes(textOf(callee))) add(first);
    },
    NewExpression({ callee, arguments: [first, base] }) {
      const isOfPackage = base !== undefined && textOf(base) === "import.meta.url";
      if (textOf(callee) === "Worker" || (textOf(callee) === "URL" && isOfPackage)) add(first);
    },
  }).visit(program);
  return [...found].filter((specifier) => !isBuiltin(specifier));
}
