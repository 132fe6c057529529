import type { Output } from "../output.ts";
import type { Settings } from "../settings.ts";
import type { Engine, EngineOptions } from "./engine.ts";

/** Opens Temporal: the configured cluster, else the local development server, which is started if it does not run. */
export async function openEngine(settings: Settings, output: Output, options: EngineOptions = {}): Promise<Engine> {
  if (settings.isLocal) {
    const { openLocalEngine } = await import("./local-engine.ts");
    return openLocalEngine(settings, output, options);
  }
  const { openClusterEngine } = await import("./cluster-engine.ts");
  return openClusterEngine(settings, output);
}
